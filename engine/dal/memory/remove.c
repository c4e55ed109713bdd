/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c - forgetting executions that are over.
 *
 * Law: what can still move is never removed. */
#include <string.h>

#include "dal/memory/store.h"
#include "execution/state.h"

static void forget(struct memory_store *store, size_t place)
{
    struct memory_execution *execution = store->executions[place];
    size_t behind = store->execution_count - place - 1;
    ready_forget(store, execution);
    id_map_remove(&store->by_id, execution->row.id);
    memmove(&store->executions[place], &store->executions[place + 1],
            behind * sizeof(store->executions[0]));
    store->execution_count--;
    execution_free(store, execution);
}

enum cloacina_code remove_one(struct dal *dal, struct id id, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    for (size_t i = 0; i < store->execution_count; i++) {
        const struct execution_row *row = &store->executions[i]->row;
        if (id_compare(row->id, id) != 0) {
            continue;
        }
        if (!execution_status_is_terminal(row->status)) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "store: execution %s is %s: it cannot be removed", text,
                                        execution_status_name((enum execution_status)row->status));
        }
        forget(store, i);
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: there is no execution %s", text);
}

/* The one that ended first, of those that may go; SIZE_MAX: there is none. */
static size_t oldest_end(const struct memory_store *store, int64_t before)
{
    size_t oldest = SIZE_MAX;
    int64_t end = before;
    for (size_t i = 0; i < store->execution_count; i++) {
        const struct execution_row *row = &store->executions[i]->row;
        if (execution_status_is_terminal(row->status) && row->completed_at < end) {
            oldest = i;
            end = row->completed_at;
        }
    }
    return oldest;
}

enum cloacina_code remove_ended(struct dal *dal, int64_t before, size_t limit, size_t *ret_removed,
                                struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    (void)err;
    *ret_removed = 0;
    while (*ret_removed < limit) {
        size_t place = oldest_end(store, before);
        if (place == SIZE_MAX) {
            break;
        }
        forget(store, place);
        ++*ret_removed;
    }
    return CLOACINA_OK;
}
