/* SPDX-License-Identifier: Apache-2.0 */
/* number.c - the short number behind an id, and which ones are remembered.
 *
 * A runner commits to the same executions again and again, and asks whether others did; what it used
 * last is in a table with one place for each hash. A number is never given twice, so one that is
 * out of date finds nothing; a revision counts as long as nobody else has committed. */
#include "dal/sqlite/store.h"

static struct known_number *place_of(struct sqlite_store *store, struct id id)
{
    return &store->numbers[id_hash(id) % NUMBERS_MAX];
}

/* NULL: not remembered. */
static const struct known_number *find(struct sqlite_store *store, struct id id)
{
    if (store->numbers == NULL) {
        return NULL;
    }
    const struct known_number *known = place_of(store, id);
    return known->number != 0 && id_equal(known->id, id) ? known : NULL;
}

int64_t number_recall(struct sqlite_store *store, struct id id)
{
    const struct known_number *known = find(store, id);
    return known == NULL ? 0 : known->number;
}

bool number_revision(struct sqlite_store *store, struct id id, uint64_t *ret_revision)
{
    const struct known_number *known = find(store, id);
    if (known == NULL || known->version != store->version) {
        return false;
    }
    *ret_revision = known->revision;
    return true;
}

void number_remember(struct sqlite_store *store, struct id id, int64_t number, uint64_t revision)
{
    if (store->numbers == NULL) {
        store->numbers = heap_take_zeroed(store->heap, NUMBERS_MAX, sizeof(store->numbers[0]));
    }
    if (store->numbers != NULL) { /* without memory it is only slower */
        *place_of(store, id) = (struct known_number){
            .id = id, .number = number, .revision = revision, .version = store->version};
    }
}

void number_forget_all(struct sqlite_store *store)
{
    heap_give(store->heap, store->numbers,
              store->numbers == NULL ? 0 : NUMBERS_MAX * sizeof(store->numbers[0]));
    store->numbers = NULL;
}

enum cloacina_code number_find_hidden(struct sqlite_store *store, struct id id,
                                      struct found_execution *ret_found, struct cloacina_error *err)
{
    struct statement *find = statement_begin(store, STATEMENT_EXECUTION_FIND);
    statement_put_id(find, id);
    enum cloacina_code code = statement_first(store, find, err);
    if (code == CLOACINA_OK) {
        ret_found->number = statement_get_number(find);
        ret_found->revision = statement_get_unsigned(find);
        ret_found->commit = statement_get_stamp(find);
        ret_found->status = (uint8_t)statement_get_small(find, EXECUTION_STATUSES - 1);
        ret_found->definition = statement_get_number(find);
        if (find->is_damaged) {
            code = fail_damaged(store, "workflow_executions", ret_found->number, TASK_NONE, err);
        }
    } else if (code == CLOACINA_NOT_FOUND) {
        code = fail_no_execution(store, id, err);
    }
    statement_end(find);
    return code;
}

enum cloacina_code number_find(struct sqlite_store *store, struct id id,
                               struct found_execution *ret_found, struct cloacina_error *err)
{
    enum cloacina_code code = number_find_hidden(store, id, ret_found, err);
    if (code == CLOACINA_OK && ret_found->revision == 0) {
        return fail_no_execution(store, id, err);
    }
    return code;
}
