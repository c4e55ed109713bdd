/* SPDX-License-Identifier: Apache-2.0 */
/* fail.c - what went wrong, in our words.
 *
 * Law: SQLite's codes are looked at here only, and never its texts. */
#include "dal/sqlite/store.h"

/* What is not in it (constraints, damage, misuse) is INVALID: the same again would fail again. */
static const struct {
    int theirs;
    enum cloacina_code ours;
} meanings[] = {
    {SQLITE_OK, CLOACINA_OK},
    {SQLITE_ROW, CLOACINA_OK},
    {SQLITE_DONE, CLOACINA_OK},
    {SQLITE_BUSY, CLOACINA_UNAVAILABLE},
    {SQLITE_LOCKED, CLOACINA_UNAVAILABLE},
    {SQLITE_PROTOCOL, CLOACINA_UNAVAILABLE},
    {SQLITE_INTERRUPT, CLOACINA_UNAVAILABLE},
    {SQLITE_NOMEM, CLOACINA_NO_MEMORY},
    {SQLITE_TOOBIG, CLOACINA_LIMIT},
    {SQLITE_FULL, CLOACINA_IO},
    {SQLITE_IOERR, CLOACINA_IO},
    {SQLITE_CANTOPEN, CLOACINA_IO},
    {SQLITE_READONLY, CLOACINA_IO},
    {SQLITE_PERM, CLOACINA_IO},
    {SQLITE_NOLFS, CLOACINA_IO},
};

enum cloacina_code fail_code(int code)
{
    if (code == SQLITE_IOERR_NOMEM) {
        return CLOACINA_NO_MEMORY;
    }
    for (size_t i = 0; i < ARRAY_COUNT(meanings); i++) {
        if (meanings[i].theirs == (code & 0xff)) {
            return meanings[i].ours;
        }
    }
    return CLOACINA_INVALID;
}

enum cloacina_code fail_with(struct sqlite_store *store, int code, struct cloacina_error *err)
{
    enum cloacina_code answer = fail_code(code);
    if (answer == CLOACINA_UNAVAILABLE) {
        return cloacina_error_raise(err, answer, "store '%s': others are writing all the time",
                                    store->shown);
    }
    if (code == SQLITE_READONLY_DIRECTORY || code == SQLITE_READONLY_CANTINIT) {
        return cloacina_error_raise(err, answer,
                                    "store '%s': its folder cannot be written, which even readers "
                                    "of its log need",
                                    store->shown);
    }
    const char *reason = store->db == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(store->db);
    return cloacina_error_raise(err, answer, "store '%s': %s (SQLite says %d)", store->shown,
                                reason, code);
}

enum cloacina_code fail_no_memory(struct sqlite_store *store, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store '%s': no memory", store->shown);
}

enum cloacina_code fail_damaged(struct sqlite_store *store, const char *table, int64_t execution,
                                uint32_t task, struct cloacina_error *err)
{
    if (task == TASK_NONE) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': table '%s', execution %lld: the row is damaged",
                                    store->shown, table, (long long)execution);
    }
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "store '%s': table '%s', execution %lld, task %lu: it is damaged",
                                store->shown, table, (long long)execution, (unsigned long)task);
}

enum cloacina_code fail_no_execution(struct sqlite_store *store, struct id id,
                                     struct cloacina_error *err)
{
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store '%s': there is no execution %s",
                                store->shown, text);
}
