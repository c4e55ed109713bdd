/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - the store put together: create, destroy, and the table of its calls.
 *
 * Law: every call is atomic because nothing in it gives up the processor. */
#include "dal/memory/memory.h"

#include <assert.h>

#include "dal/memory/store.h"
#include "execution/state.h"

static void destroy(struct dal *dal)
{
    struct memory_store *store = (struct memory_store *)dal;
    struct cloacina_heap *heap = store->heap;
    for (size_t i = 0; i < store->execution_count; i++) {
        execution_free(store, store->executions[i]);
    }
    heap_give(heap, store->executions, store->execution_capacity * sizeof(store->executions[0]));
    heap_give(heap, store->staged, store->staged_capacity * sizeof(store->staged[0]));
    id_map_finish(&store->by_id);
    ready_finish(store);
    lease_finish(store);
    heap_give(heap, store, sizeof(*store));
}

/* Hints of this store come by themselves, from within the commit of the other. */
static int no_descriptor(struct dal *dal)
{
    (void)dal;
    return -1;
}

static void no_hints(struct dal *dal)
{
    (void)dal;
}

static const struct dal_impl memory_impl = {
    .commit = commit_many,
    .commit_locked = commit_locked,
    .poll = ready_poll,
    .load = query_load,
    .refresh = query_refresh,
    .find_commit = query_find_commit,
    .open_lease = lease_open,
    .close_lease = lease_close,
    .claims = query_claims,
    .events = query_events,
    .executions = query_executions,
    .definition = query_definition,
    .leases = lease_list,
    .remove = remove_one,
    .remove_ended = remove_ended,
    .listen = lease_listen,
    .descriptor = no_descriptor,
    .take_hints = no_hints,
    .destroy = destroy,
};

struct memory_store *memory_store_of(struct dal *dal)
{
    assert(dal->impl == &memory_impl);
    return (struct memory_store *)dal;
}

struct dal *dal_memory_create(struct cloacina_heap *heap, struct cloacina_clock *clock)
{
    struct cloacina_heap *used = heap != NULL ? heap : cloacina_heap_system();
    struct memory_store *store = heap_take_zeroed(used, 1, sizeof(*store));
    if (store == NULL) {
        return NULL;
    }
    store->dal.impl = &memory_impl;
    store->heap = used;
    store->clock = clock;
    id_map_init(&store->by_id, used);
    return &store->dal;
}

void dal_memory_observe(struct dal *dal, struct memory_observer *observer)
{
    memory_store_of(dal)->observer = observer;
}

size_t dal_memory_active_count(const struct dal *dal)
{
    const struct memory_store *store = (const struct memory_store *)dal;
    size_t active = 0;
    for (size_t i = 0; i < store->execution_count; i++) {
        active += !execution_status_is_terminal(store->executions[i]->row.status);
    }
    return active;
}
