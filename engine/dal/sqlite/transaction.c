/* SPDX-License-Identifier: Apache-2.0 */
/* transaction.c - begin, end, and what is true meanwhile.
 *
 * Law: only an error of COMMIT itself is UNKNOWN: what was written before it can be read back by a
 * recovery after a crash. Every other error means that nothing was applied. */
#include <assert.h>

#include "dal/sqlite/store.h"

enum cloacina_code transaction_read(struct sqlite_store *store, struct cloacina_error *err)
{
    wait_begin(store);
    return statement_run(store, statement_begin(store, STATEMENT_BEGIN), err);
}

enum cloacina_code transaction_write(struct sqlite_store *store, struct cloacina_error *err)
{
    wait_begin(store);
    enum cloacina_code code = turnstile_take(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = statement_run(store, statement_begin(store, STATEMENT_BEGIN_IMMEDIATE), err);
    turnstile_give(store);
    store->is_writing = code == CLOACINA_OK;
    store->is_news = false;
    store->ready_last = -1;
    store->bytes = 0;
    return code;
}

/* Numbers that were given meanwhile will be given to others. */
static void undo(struct sqlite_store *store, bool was_writing)
{
    if (was_writing) {
        number_forget_all(store);
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        statement_end(&store->statements[i]);
    }
    if (sqlite3_get_autocommit(store->db) == 0) {
        struct cloacina_error ignored; /* a rollback that fails has undone all the same */
        enum cloacina_code code =
            statement_run(store, statement_begin(store, STATEMENT_ROLLBACK), &ignored);
        (void)code;
    }
}

enum cloacina_code transaction_end(struct sqlite_store *store, enum cloacina_code code,
                                   struct cloacina_error *err)
{
    bool was_writing = store->is_writing;
    store->is_writing = false;
    if (code != CLOACINA_OK) {
        undo(store, was_writing);
        return code;
    }
    code = statement_run(store, statement_begin(store, STATEMENT_COMMIT), err);
    if (code != CLOACINA_OK) {
        bool was_ended = sqlite3_get_autocommit(store->db) != 0;
        undo(store, was_writing);
        if (was_writing && was_ended && err != NULL) {
            err->code = CLOACINA_UNKNOWN;
        }
        return was_writing && was_ended ? CLOACINA_UNKNOWN : code;
    }
    if (was_writing && store->is_news) {
        turnstile_tell(store);
    }
    return CLOACINA_OK;
}

enum cloacina_code transaction_version(struct sqlite_store *store, struct cloacina_error *err)
{
    struct statement *ask = statement_begin(store, STATEMENT_DATA_VERSION);
    enum cloacina_code code = statement_first(store, ask, err);
    if (code == CLOACINA_OK) {
        store->version = statement_get_number(ask);
    }
    statement_end(ask);
    return code;
}

enum cloacina_code transaction_time(struct sqlite_store *store, int64_t *ret_now,
                                    struct cloacina_error *err)
{
    struct statement *get = statement_begin(store, STATEMENT_TIME_GET);
    enum cloacina_code code = statement_first(store, get, err);
    if (code != CLOACINA_OK) {
        statement_end(get);
        return code == CLOACINA_NOT_FOUND ? fail_damaged(store, "store_time", 0, TASK_NONE, err)
                                          : code;
    }
    int64_t newest = statement_get_number(get);
    statement_end(get);
    if (get->is_damaged) {
        return fail_damaged(store, "store_time", 0, TASK_NONE, err);
    }
    int64_t now = cloacina_clock_realtime(store->clock);
    now = now > store->newest ? now : store->newest;
    now = now > newest ? now : newest;
    if (store->is_writing && now > newest) {
        struct statement *put = statement_begin(store, STATEMENT_TIME_PUT);
        statement_put_number(put, now);
        code = statement_run(store, put, err);
    }
    store->newest = now;
    *ret_now = now;
    return code;
}
