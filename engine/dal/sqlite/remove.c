/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c - forgetting executions that are over, a transaction's worth at a time.
 *
 *   revision 7 --hide--> revision 0 --trim, trim...--> no children --> no row
 *   all of it            nobody sees it
 *
 * A crash in the middle leaves what a half-written submission leaves; the next remove_ended goes on.
 * Law: what can still move is never removed. */
#include "dal/sqlite/store.h"
#include "execution/state.h"

static enum cloacina_code run_for(struct sqlite_store *store, enum statement_name name,
                                  int64_t number, struct cloacina_error *err)
{
    struct statement *statement = statement_begin(store, name);
    statement_put_number(statement, number);
    return statement_run(store, statement, err);
}

/* Deletes at most `*budget` rows of one table; `*budget` 0 afterwards: there may be more. */
static enum cloacina_code trim(struct sqlite_store *store, enum statement_name some,
                               enum statement_name all, int64_t execution, int64_t *budget,
                               struct cloacina_error *err)
{
    if (*budget == 0) {
        return CLOACINA_OK;
    }
    struct statement *statement = statement_begin(store, some);
    statement_put_number(statement, execution);
    statement_put_number(statement, *budget - 1);
    enum cloacina_code code = statement_run(store, statement, err);
    if (code == CLOACINA_OK && sqlite3_changes(store->db) == 0) { /* there are fewer than that */
        code = run_for(store, all, execution, err);
    }
    *budget -= code == CLOACINA_OK ? sqlite3_changes(store->db) : 0;
    return code;
}

/* Deletes what is beneath a hidden execution, then itself, as far as the budget goes. */
static enum cloacina_code erase(struct sqlite_store *store, int64_t execution, int64_t definition,
                                int64_t *budget, struct cloacina_error *err)
{
    static const struct {
        enum statement_name some, all;
    } tables[] = {
        {STATEMENT_TASKS_TRIM, STATEMENT_TASKS_DELETE},
        {STATEMENT_OUTPUTS_TRIM, STATEMENT_OUTPUTS_DELETE},
        {STATEMENT_EVENTS_TRIM, STATEMENT_EVENTS_DELETE},
    };
    enum cloacina_code code = CLOACINA_OK;
    number_forget_all(store);
    for (size_t i = 0; code == CLOACINA_OK && i < ARRAY_COUNT(tables); i++) {
        code = trim(store, tables[i].some, tables[i].all, execution, budget, err);
    }
    if (code == CLOACINA_OK && *budget > 0) {
        code = run_for(store, STATEMENT_EXECUTION_DELETE, execution, err);
        if (code == CLOACINA_OK) {
            code = run_for(store, STATEMENT_DEFINITION_DELETE, definition, err);
        }
    }
    return code;
}

enum cloacina_code remove_hidden(struct sqlite_store *store, int64_t execution, int64_t definition,
                                 struct cloacina_error *err)
{
    int64_t budget = 0;
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK && budget == 0) {
        code = transaction_write(store, err);
        if (code == CLOACINA_OK) {
            budget = TRANSACTION_ROWS_MAX;
            code = erase(store, execution, definition, &budget, err);
            code = transaction_end(store, code, err);
        }
    }
    return code;
}

static enum cloacina_code check_over(struct sqlite_store *store, struct id id,
                                     const struct found_execution *found,
                                     struct cloacina_error *err)
{
    if (execution_status_is_terminal(found->status)) {
        return CLOACINA_OK;
    }
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    return cloacina_error_raise(
        err, CLOACINA_INVALID, "store '%s': execution %s is %s: it cannot be removed", store->shown,
        text, execution_status_name((enum execution_status)found->status));
}

enum cloacina_code sqlite_remove(struct dal *dal, struct id id, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct found_execution found;
    int64_t budget = TRANSACTION_ROWS_MAX;
    enum cloacina_code code = transaction_write(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = number_find(store, id, &found, err);
    if (code == CLOACINA_OK) {
        code = check_over(store, id, &found, err);
    }
    if (code == CLOACINA_OK) {
        code = run_for(store, STATEMENT_EXECUTION_HIDE, found.number, err);
    }
    if (code == CLOACINA_OK) {
        code = erase(store, found.number, found.definition, &budget, err);
    }
    code = transaction_end(store, code, err);
    if (code == CLOACINA_OK && budget == 0) { /* it is gone for everybody; what is left is large */
        code = remove_hidden(store, found.number, found.definition, err);
    }
    return code;
}

/* ---- all that ended before an instant ---- */

/* The number of the next execution of a list, 0: there is none. */
static enum cloacina_code next_of(struct sqlite_store *store, enum statement_name name,
                                  int64_t before, int64_t *ret_number, int64_t *ret_definition,
                                  struct cloacina_error *err)
{
    struct statement *next = statement_begin(store, name);
    statement_put_number(next, before);
    enum cloacina_code code = statement_first(store, next, err);
    *ret_number = code == CLOACINA_OK ? statement_get_number(next) : 0;
    *ret_definition = code == CLOACINA_OK ? statement_get_number(next) : 0;
    statement_end(next);
    return code == CLOACINA_NOT_FOUND ? CLOACINA_OK : code;
}

/* One transaction: first what is hidden already, then up to `limit` more. `*ret_is_done`: nothing
 * is left to do. */
static enum cloacina_code sweep(struct sqlite_store *store, int64_t before, size_t limit,
                                size_t *ret_hidden, bool *ret_is_done, struct cloacina_error *err)
{
    int64_t budget = TRANSACTION_ROWS_MAX;
    enum cloacina_code code = CLOACINA_OK;
    *ret_hidden = 0;
    *ret_is_done = false;
    while (code == CLOACINA_OK && budget > 0 && !*ret_is_done) {
        int64_t number;
        int64_t definition;
        code = next_of(store, STATEMENT_HIDDEN_NEXT, before, &number, &definition, err);
        if (code == CLOACINA_OK && number == 0 && *ret_hidden < limit) {
            code = next_of(store, STATEMENT_ENDED_NEXT, before, &number, &definition, err);
            if (code == CLOACINA_OK && number != 0) {
                code = run_for(store, STATEMENT_EXECUTION_HIDE, number, err);
                ++*ret_hidden;
            }
        }
        *ret_is_done = number == 0;
        if (code == CLOACINA_OK && number != 0) {
            code = erase(store, number, definition, &budget, err);
        }
    }
    return code;
}

enum cloacina_code sqlite_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                       size_t *ret_removed, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    enum cloacina_code code = CLOACINA_OK;
    bool is_done = false;
    *ret_removed = 0;
    while (code == CLOACINA_OK && !is_done) {
        size_t hidden = 0;
        code = transaction_write(store, err);
        if (code == CLOACINA_OK) {
            code = sweep(store, before, limit - *ret_removed, &hidden, &is_done, err);
            code = transaction_end(store, code, err);
        }
        *ret_removed += code == CLOACINA_OK ? hidden : 0;
    }
    return code;
}
