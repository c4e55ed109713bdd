/* SPDX-License-Identifier: Apache-2.0 */
/* definition.c - workflow definitions: written once for each hash, read when an offer names tasks of
 * another definition of the same workflow.
 *
 * Law: a number is never given twice, so what is remembered under it stays true. */
#include "dal/sqlite/store.h"

static enum cloacina_code insert(struct sqlite_store *store, const struct workflow *workflow,
                                 struct cloacina_error *err)
{
    int64_t now;
    enum cloacina_code code = transaction_time(store, &now, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct statement *put = statement_begin(store, STATEMENT_DEFINITION_INSERT);
    statement_put_hash(put, workflow->hash);
    statement_put_text(put, workflow->tenant);
    statement_put_text(put, workflow->package);
    statement_put_text(put, workflow->name);
    statement_put_number(put, workflow->task_count);
    statement_put_text(put, workflow->json);
    statement_put_number(put, now);
    store->bytes += (int64_t)workflow->json.length;
    return statement_run(store, put, err);
}

enum cloacina_code definition_number(struct sqlite_store *store, const struct workflow *workflow,
                                     int64_t *ret_number, struct cloacina_error *err)
{
    struct statement *find = statement_begin(store, STATEMENT_DEFINITION_FIND);
    statement_put_hash(find, workflow->hash);
    enum cloacina_code code = statement_first(store, find, err);
    if (code == CLOACINA_OK) {
        *ret_number = statement_get_number(find);
    }
    statement_end(find);
    if (code != CLOACINA_NOT_FOUND) {
        return code;
    }
    code = insert(store, workflow, err);
    *ret_number = sqlite3_last_insert_rowid(store->db);
    return code;
}

static enum cloacina_code read_anew(struct sqlite_store *store, int64_t number,
                                    struct workflow **ret_workflow, struct cloacina_error *err)
{
    struct statement *json = statement_begin(store, STATEMENT_DEFINITION_JSON);
    statement_put_number(json, number);
    enum cloacina_code code = statement_first(store, json, err);
    if (code == CLOACINA_OK) {
        code = workflow_read(store->heap, statement_get_text(json), ret_workflow, err);
        if (code != CLOACINA_OK) {
            struct cloacina_error ignored = {.code = code};
            (void)cloacina_error_wrap(err != NULL ? err : &ignored,
                                      "store '%s': table 'workflow_definitions', definition %lld",
                                      store->shown, (long long)number);
        }
    } else if (code == CLOACINA_NOT_FOUND) {
        code = cloacina_error_raise(err, CLOACINA_INVALID, "store '%s': definition %lld is missing",
                                    store->shown, (long long)number);
    }
    statement_end(json);
    return code;
}

enum cloacina_code definition_read(struct sqlite_store *store, int64_t number,
                                   const struct workflow **ret_workflow, struct cloacina_error *err)
{
    struct known_definition *known = &store->definitions[(uint64_t)number % DEFINITIONS_MAX];
    if (known->number != number) {
        struct workflow *workflow;
        enum cloacina_code code = read_anew(store, number, &workflow, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        workflow_unref(known->workflow);
        *known = (struct known_definition){.number = number, .workflow = workflow};
    }
    *ret_workflow = known->workflow;
    return CLOACINA_OK;
}

void definition_forget_all(struct sqlite_store *store)
{
    for (size_t i = 0; i < DEFINITIONS_MAX; i++) {
        workflow_unref(store->definitions[i].workflow);
        store->definitions[i] = (struct known_definition){.number = 0};
    }
}
