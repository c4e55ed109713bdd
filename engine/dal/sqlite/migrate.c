/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c - is the file ours, and as this library wants it?
 *
 *   empty ------------------> step 1 -> step 2 ... -> ours
 *   ours, older version ----------------^
 *   ours, newer version; another program's; no database: refused, and nothing is changed
 *
 * Each step is a transaction with the row that says so; sessions that open the same file at the same
 * time queue at the turnstile.
 * Law: nothing is written before it is known whose file it is. */
#include "dal/sqlite/schema.h"
#include "dal/sqlite/store.h"

static enum cloacina_code run(struct sqlite_store *store, const char *sql,
                              struct cloacina_error *err)
{
    int code = sqlite3_exec(store->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CLOACINA_OK : fail_with(store, code, err);
}

/* The one number that a query answers. */
static enum cloacina_code ask(struct sqlite_store *store, const char *sql, int64_t *ret_number,
                              struct cloacina_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    enum cloacina_code answer = CLOACINA_OK;
    if (code == SQLITE_ROW) {
        *ret_number = sqlite3_column_int64(statement, 0);
    } else {
        answer = fail_with(store, code, err);
    }
    (void)sqlite3_finalize(statement);
    return answer;
}

static enum cloacina_code refuse(struct sqlite_store *store, const char *reason,
                                 struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_INVALID, "store '%s': %s", store->shown, reason);
}

/* The version of the schema; 0: the database is empty. */
static enum cloacina_code find_version(struct sqlite_store *store, int64_t *ret_version,
                                       struct cloacina_error *err)
{
    int64_t application = 0;
    int64_t tables = 0;
    enum cloacina_code code = ask(store, "PRAGMA application_id", &application, err);
    *ret_version = 0;
    if (code == CLOACINA_OK) {
        code = ask(store, "SELECT count(*) FROM sqlite_schema", &tables, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (application == 0 && tables == 0) {
        return CLOACINA_OK;
    }
    if (application != SCHEMA_APPLICATION_ID) {
        return refuse(store, "it is the database of another program", err);
    }
    return ask(store, "SELECT ifnull(max(version), 0) FROM schema_migrations", ret_version, err);
}

/* What may not be done to a database of this version. */
static enum cloacina_code check_version(struct sqlite_store *store,
                                        const struct store_options *options, int64_t version,
                                        struct cloacina_error *err)
{
    if (version == 0 && options->must_exist) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store '%s': it is empty",
                                    store->shown);
    }
    if (version < 0 || (uint64_t)version > schema_step_count) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': its schema has version %lld, this library knows "
                                    "versions up to %zu: use a newer one",
                                    store->shown, (long long)version, schema_step_count);
    }
    if ((uint64_t)version < schema_step_count && options->without_migration) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': its schema has version %lld, this library needs "
                                    "%zu: migrate it first",
                                    store->shown, (long long)version, schema_step_count);
    }
    if ((uint64_t)version < schema_step_count && sqlite3_db_readonly(store->db, "main") != 0) {
        return cloacina_error_raise(err, CLOACINA_IO, "store '%s': it cannot be written",
                                    store->shown);
    }
    return CLOACINA_OK;
}

static enum cloacina_code note_step(struct sqlite_store *store, size_t step,
                                    struct cloacina_error *err)
{
    sqlite3_stmt *insert = NULL;
    int code = sqlite3_prepare_v2(store->db,
                                  "INSERT INTO schema_migrations (version, name, applied_at)"
                                  " VALUES (?, ?, ?)",
                                  -1, &insert, NULL);
    if (code == SQLITE_OK) {
        (void)sqlite3_bind_int64(insert, 1, (int64_t)step + 1);
        (void)sqlite3_bind_text(insert, 2, schema_steps[step].name, -1, SQLITE_STATIC);
        (void)sqlite3_bind_int64(insert, 3, cloacina_clock_realtime(store->clock));
        code = sqlite3_step(insert);
    }
    enum cloacina_code answer = code == SQLITE_DONE ? CLOACINA_OK : fail_with(store, code, err);
    (void)sqlite3_finalize(insert);
    return answer;
}

static enum cloacina_code take_step(struct sqlite_store *store, size_t step,
                                    struct cloacina_error *err)
{
    char mark[64];
    (void)sqlite3_snprintf(sizeof(mark), mark, "PRAGMA application_id = %d", SCHEMA_APPLICATION_ID);
    enum cloacina_code code = run(store, "BEGIN IMMEDIATE", err);
    if (code == CLOACINA_OK && step == 0) {
        code = run(store, mark, err);
    }
    if (code == CLOACINA_OK) {
        code = run(store, schema_steps[step].sql, err);
    }
    if (code == CLOACINA_OK) {
        code = note_step(store, step, err);
    }
    if (code == CLOACINA_OK) {
        code = run(store, "COMMIT", err);
    }
    if (code != CLOACINA_OK && sqlite3_get_autocommit(store->db) == 0) {
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    }
    return code;
}

/* Answers the mode of the journal, which the statement may have changed. */
static enum cloacina_code journal(struct sqlite_store *store, const char *sql, bool *ret_is_wal,
                                  struct cloacina_error *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) {
        code = sqlite3_step(statement);
    }
    enum cloacina_code answer = CLOACINA_OK;
    if (code == SQLITE_ROW) {
        const char *mode = (const char *)sqlite3_column_text(statement, 0);
        *ret_is_wal = mode != NULL && text_equal(text_of(mode), TEXT_LITERAL("wal"));
    } else {
        answer = fail_with(store, code, err);
    }
    (void)sqlite3_finalize(statement);
    return answer;
}

/* A copy made by VACUUM INTO has no WAL until somebody asks for it. */
static enum cloacina_code find_wal(struct sqlite_store *store, bool *ret_is_ready,
                                   struct cloacina_error *err)
{
    *ret_is_ready = store->is_private;
    return store->is_private ? CLOACINA_OK
                             : journal(store, "PRAGMA journal_mode", ret_is_ready, err);
}

/* The journal of a file that others use is changed under the turnstile, once in its life. */
static enum cloacina_code use_wal(struct sqlite_store *store, struct cloacina_error *err)
{
    bool is_wal = false;
    enum cloacina_code code = journal(store, "PRAGMA journal_mode = WAL", &is_wal, err);
    if (code == CLOACINA_OK && !is_wal && !store->is_private) {
        code = cloacina_error_raise(err, CLOACINA_IO,
                                    "store '%s': its file system cannot have a write-ahead log",
                                    store->shown);
    }
    return code;
}

static enum cloacina_code take_steps(struct sqlite_store *store,
                                     const struct store_options *options,
                                     struct cloacina_error *err)
{
    int64_t version;
    enum cloacina_code code = find_version(store, &version, err); /* others may have been first */
    if (code == CLOACINA_OK) {
        code = check_version(store, options, version, err);
    }
    if (code == CLOACINA_OK) {
        code = use_wal(store, err);
    }
    for (size_t step = (size_t)version; code == CLOACINA_OK && step < schema_step_count; step++) {
        code = take_step(store, step, err);
    }
    return code;
}

enum cloacina_code migrate(struct sqlite_store *store, const struct store_options *options,
                           struct cloacina_error *err)
{
    int64_t version;
    wait_begin(store);
    enum cloacina_code code = find_version(store, &version, err);
    if (code == CLOACINA_OK) {
        code = check_version(store, options, version, err);
    }
    bool is_ready = false;
    if (code == CLOACINA_OK) {
        code = find_wal(store, &is_ready, err);
    }
    is_ready = is_ready || sqlite3_db_readonly(store->db, "main") != 0;
    if (code == CLOACINA_OK && (!is_ready || (uint64_t)version < schema_step_count)) {
        code = turnstile_take(store, err);
        if (code == CLOACINA_OK) {
            code = take_steps(store, options, err);
            turnstile_give(store);
        }
    }
    if (code == CLOACINA_OK && options->ret_version_before != NULL) {
        *options->ret_version_before = (uint32_t)version;
    }
    if (code == CLOACINA_OK && options->ret_version != NULL) {
        *options->ret_version = (uint32_t)schema_step_count;
    }
    return code;
}
