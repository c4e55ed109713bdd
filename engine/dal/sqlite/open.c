/* SPDX-License-Identifier: Apache-2.0 */
/* open.c - the session put together: connection, pragmas, and the table of its calls.
 *
 * Law: pragmas are of the connection, so every session sets them all; nothing depends on what the
 * library was compiled with. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "dal/sqlite/store.h"

enum { BUSY_TIMEOUT_DEFAULT_S = 30 };

static void destroy(struct dal *dal)
{
    struct sqlite_store *store = (struct sqlite_store *)dal;
    struct cloacina_heap *heap = store->heap;
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        (void)sqlite3_finalize(store->statements[i].handle);
    }
    hint_close(store);
    turnstile_close(store);
    (void)sqlite3_close(store->db);
    definition_forget_all(store);
    text_builder_finish(&store->text);
    heap_give(heap, store->scratch, store->scratch_capacity);
    number_forget_all(store);
    heap_give(heap, store->shown, store->shown_size);
    heap_give(heap, store, sizeof(*store));
}

static const struct dal_impl sqlite_impl = {
    .commit = sqlite_commit,
    .commit_locked = sqlite_commit_locked,
    .poll = sqlite_poll,
    .load = sqlite_load,
    .refresh = sqlite_refresh,
    .find_commit = sqlite_find_commit,
    .open_lease = sqlite_open_lease,
    .close_lease = sqlite_close_lease,
    .claims = sqlite_claims,
    .events = sqlite_events,
    .executions = sqlite_executions,
    .definition = sqlite_definition,
    .leases = sqlite_leases,
    .remove = sqlite_remove,
    .remove_ended = sqlite_remove_ended,
    .listen = sqlite_listen,
    .descriptor = sqlite_descriptor,
    .take_hints = sqlite_take_hints,
    .destroy = destroy,
};

struct sqlite_store *sqlite_store_of(struct dal *dal)
{
    assert(dal->impl == &sqlite_impl);
    return (struct sqlite_store *)dal;
}

/* ---- the connection ---- */

static enum cloacina_code no_file(struct sqlite_store *store, int code, bool must_exist,
                                  struct cloacina_error *err)
{
    int reason = store->db == NULL ? 0 : sqlite3_system_errno(store->db);
    if (code == SQLITE_NOMEM) {
        return fail_no_memory(store, err);
    }
    if (reason == ENOENT && !must_exist) { /* SQLite tried to read what it could not make */
        return cloacina_error_raise(err, CLOACINA_IO,
                                    "store '%s': it cannot be created in its folder", store->shown);
    }
    switch (reason) {
    case EISDIR:
        return cloacina_error_raise(err, CLOACINA_IO, "store '%s': it is a folder", store->shown);
    case EACCES:
    case EROFS:
        return cloacina_error_raise(err, CLOACINA_IO, "store '%s': no permission to open it",
                                    store->shown);
    case ENOENT:
    case ENOTDIR:
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store '%s': there is no such file",
                                    store->shown);
    default:
        return cloacina_error_raise(err, fail_code(code), "store '%s': cannot open it: %s",
                                    store->shown, sqlite3_errstr(code));
    }
}

/* The folder that a new file would be in, if it is missing: ends with a NUL in `ret_folder`. */
static bool folder_is_missing(struct sqlite_store *store, const char *path, char *ret_folder,
                              size_t size)
{
    const char *slash = strrchr(path, '/');
    int exists = 1;
    if (slash == NULL || slash == path || (size_t)(slash - path) >= size) {
        return false;
    }
    memcpy(ret_folder, path, (size_t)(slash - path));
    ret_folder[slash - path] = '\0';
    sqlite3_vfs *vfs = store->vfs;
    return vfs->xAccess(vfs, ret_folder, SQLITE_ACCESS_EXISTS, &exists) == SQLITE_OK && exists == 0;
}

static enum cloacina_code connect(struct sqlite_store *store, const struct store_options *options,
                                  const char *path, struct cloacina_error *err)
{
    char folder[CLOACINA_ERROR_MESSAGE_SIZE];
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
                SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE |
                (options->must_exist ? 0 : SQLITE_OPEN_CREATE);
    store->vfs = sqlite3_vfs_find(options->vfs);
    if (store->vfs == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "store '%s': there is no VFS '%s'",
                                    store->shown, options->vfs);
    }
    int code = sqlite3_open_v2(path, &store->db, flags, options->vfs);
    if (code == SQLITE_OK) {
        return CLOACINA_OK;
    }
    if (!options->must_exist && folder_is_missing(store, store->shown, folder, sizeof(folder))) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store '%s': there is no folder '%s'",
                                    store->shown, folder);
    }
    return no_file(store, code, options->must_exist, err);
}

static int on_busy(void *user, int turn)
{
    return wait_pause(user, turn);
}

/* ---- settings ---- */

static enum cloacina_code set(struct sqlite_store *store, const char *sql,
                              struct cloacina_error *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CLOACINA_OK : fail_with(store, code, err);
}

/* Does the schema nothing that it was not written for, whoever else has written in the file. */
static enum cloacina_code secure(struct sqlite_store *store, struct cloacina_error *err)
{
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    (void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
    return set(store, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = 2",
               err);
}

/* Sizes as measured: 4 KiB pages, 16 MiB of cache, a checkpoint every 16 MiB. No
 * auto_vacuum: free pages are used again, and its map of pages costs every write. */
static enum cloacina_code settle(struct sqlite_store *store, enum store_durability durability,
                                 struct cloacina_error *err)
{
    enum cloacina_code code = set(store,
                                  "PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384;"
                                  "PRAGMA wal_autocheckpoint = 4000",
                                  err);
    if (code == CLOACINA_OK) {
        code = set(store,
                   durability == STORE_DURABILITY_NORMAL ? "PRAGMA synchronous = NORMAL"
                                                         : "PRAGMA synchronous = FULL",
                   err);
    }
    return code;
}

/* ---- the parameters of the URL ---- */

static enum cloacina_code read_parameter(struct sqlite_store *store, struct text name,
                                         struct text value, enum store_durability *durability,
                                         struct cloacina_error *err)
{
    if (!text_equal(name, TEXT_LITERAL("synchronous"))) {
        cloacina_log_print(store->log, CLOACINA_LOG_INFO,
                           "store '%s': parameter '%.*s' has no effect", store->shown,
                           TEXT_PRINT(name));
        return CLOACINA_OK;
    }
    if (text_equal(value, TEXT_LITERAL("normal"))) {
        *durability = STORE_DURABILITY_NORMAL;
    } else if (text_equal(value, TEXT_LITERAL("full"))) {
        *durability = STORE_DURABILITY_FULL;
    } else {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': parameter 'synchronous' is '%.*s': 'full' or "
                                    "'normal'",
                                    store->shown, TEXT_PRINT(value));
    }
    return CLOACINA_OK;
}

/* "a=b&c=d" */
static enum cloacina_code read_parameters(struct sqlite_store *store, struct text query,
                                          enum store_durability *durability,
                                          struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    size_t start = 0;
    while (code == CLOACINA_OK && start < query.length) {
        size_t equals = SIZE_MAX;
        size_t end = start;
        while (end < query.length && query.bytes[end] != '&') {
            equals = query.bytes[end] == '=' && equals == SIZE_MAX ? end : equals;
            end++;
        }
        equals = equals == SIZE_MAX ? end : equals;
        struct text name = {query.bytes + start, equals - start};
        struct text value = {query.bytes + equals, end - equals};
        if (value.length > 0) { /* without the '=' */
            value = (struct text){value.bytes + 1, value.length - 1};
        }
        if (name.length > 0) {
            code = read_parameter(store, name, value, durability, err);
        }
        start = end + 1;
    }
    return code;
}

/* ---- put together ---- */

/* What SQLite is to open: a name without our parameters; "file:..." as it is. */
static bool name_split(struct sqlite_store *store, const char *path, struct text *ret_query)
{
    const char *question = strchr(path, '?');
    size_t length = question == NULL ? strlen(path) : (size_t)(question - path);
    bool is_uri = strncmp(path, "file:", 5) == 0;
    *ret_query = text_of(question == NULL || is_uri ? NULL : question + 1);
    store->shown_size = length + 1;
    store->shown = heap_take(store->heap, store->shown_size);
    if (store->shown != NULL) {
        memcpy(store->shown, path, length);
        store->shown[length] = '\0';
    }
    return store->shown != NULL;
}

static enum cloacina_code turnstile_name(struct sqlite_store *store, struct cloacina_error *err)
{
    const char *file = sqlite3_db_filename(store->db, "main");
    store->is_private = file == NULL || file[0] == '\0';
    if (store->is_private) {
        return CLOACINA_OK;
    }
    char *name = sqlite3_mprintf("%s-turnstile", file);
    if (name != NULL) {
        store->turnstile.path = (char *)sqlite3_create_filename(name, "", "", 0, NULL);
    }
    sqlite3_free(name);
    return store->turnstile.path != NULL ? CLOACINA_OK : fail_no_memory(store, err);
}

static enum cloacina_code open_all(struct sqlite_store *store, const struct store_options *options,
                                   const char *path, struct text query, struct cloacina_error *err)
{
    enum store_durability durability = options->durability;
    enum store_durability asked = STORE_DURABILITY_FULL;
    bool is_uri = strncmp(path, "file:", 5) == 0;
    enum cloacina_code code = read_parameters(store, query, &asked, err);
    if (code == CLOACINA_OK) {
        code = connect(store, options, is_uri ? path : store->shown, err);
    }
    if (code == CLOACINA_OK) {
        (void)sqlite3_busy_handler(store->db, on_busy, store);
        wait_begin(store);
        code = turnstile_name(store, err);
    }
    if (code == CLOACINA_OK && store->is_private && options->must_exist) {
        code = cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store '%s': it is always new",
                                    store->shown);
    }
    if (code == CLOACINA_OK) {
        code = secure(store, err);
    }
    if (code == CLOACINA_OK) {
        code = settle(store, durability == STORE_DURABILITY_DEFAULT ? asked : durability, err);
    }
    return code == CLOACINA_OK ? migrate(store, options, err) : code;
}

enum cloacina_code sqlite_open(const struct store_options *options, const char *path,
                               struct dal **ret_dal, struct cloacina_error *err)
{
    struct cloacina_heap *heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    struct sqlite_store *store = heap_take_zeroed(heap, 1, sizeof(*store));
    struct text query;
    if (store == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store '%s': no memory", path);
    }
    store->dal.impl = &sqlite_impl;
    store->heap = heap;
    store->clock = options->clock != NULL ? options->clock : cloacina_clock_system();
    store->log = options->log;
    store->gate = options->gate;
    store->gate_user = options->gate_user;
    store->busy_timeout_ns = options->busy_timeout_ns != 0 ? options->busy_timeout_ns
                                                           : BUSY_TIMEOUT_DEFAULT_S * 1000000000LL;
    store->uses_inotify = options->vfs == NULL;
    store->hints.descriptor = -1;
    text_builder_init(&store->text, heap);
    enum cloacina_code code = CLOACINA_OK;
    if (!name_split(store, path, &query)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store '%s': no memory", path);
    }
    if (code == CLOACINA_OK) {
        code = open_all(store, options, path, query, err);
    }
    if (code != CLOACINA_OK) {
        destroy(&store->dal);
        return code;
    }
    *ret_dal = &store->dal;
    return CLOACINA_OK;
}
