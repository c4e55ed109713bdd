/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c - who is alive: numbers that only grow, beats that only count.
 *
 * Law: nobody's wall clock is read here; a lease is closed by an observer who saw the same beat for
 * too long. */
#include <string.h>

#include "dal/memory/store.h"

static struct memory_lease *find(const struct memory_store *store, uint64_t lease)
{
    for (size_t i = 0; i < store->lease_count; i++) {
        if (store->leases[i].lease == lease) {
            return &store->leases[i];
        }
    }
    return NULL;
}

bool lease_is_open(const struct memory_store *store, uint64_t lease)
{
    return find(store, lease) != NULL;
}

enum cloacina_code lease_open(struct dal *dal, struct text name, uint64_t *ret_lease,
                              int64_t *ret_now, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    char *copy = heap_take(store->heap, name.length + 1);
    if (copy == NULL || !heap_grow(store->heap, &store->leases, &store->lease_capacity,
                                   store->lease_count + 1, sizeof(store->leases[0]))) {
        heap_give(store->heap, copy, name.length + 1);
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for a lease");
    }
    if (name.length > 0) {
        memcpy(copy, name.bytes, name.length);
    }
    copy[name.length] = '\0';
    store->leases[store->lease_count++] = (struct memory_lease){
        .lease = ++store->lease_last,
        .opened_at = cloacina_clock_realtime(store->clock),
        .beat_at = cloacina_clock_realtime(store->clock),
        .name = copy,
        .name_size = name.length + 1,
    };
    *ret_lease = store->lease_last;
    *ret_now = cloacina_clock_realtime(store->clock);
    if (store->observer != NULL) {
        store->observer->lease_opened(store->observer, *ret_lease);
    }
    return CLOACINA_OK;
}

void lease_count_claims(struct memory_store *store, uint64_t lost, uint64_t gained)
{
    struct memory_lease *loser = lost == 0 ? NULL : find(store, lost);
    struct memory_lease *winner = gained == 0 ? NULL : find(store, gained);
    store->claims -= lost != 0;
    store->claims += gained != 0;
    if (loser != NULL) {
        loser->claims--;
    }
    if (winner != NULL) {
        winner->claims++;
    }
}

/* NULL: no memory. */
static struct dal_lease *list(const struct memory_store *store, struct arena *arena)
{
    struct dal_lease *leases = arena_take(arena, store->lease_count * sizeof(leases[0]));
    for (size_t i = 0; leases != NULL && i < store->lease_count; i++) {
        const struct memory_lease *lease = &store->leases[i];
        struct text name = text_copy(arena, text_of(lease->name));
        if (name.bytes == NULL) {
            return NULL;
        }
        leases[i] = (struct dal_lease){
            .lease = lease->lease,
            .beat = lease->beat,
            .claims = lease->claims,
            .name = name,
            .opened_at = lease->opened_at,
            .beat_at = lease->beat_at,
        };
    }
    return leases;
}

bool lease_tell(const struct memory_store *store, struct arena *arena, struct dal_poll_reply *reply)
{
    reply->leases = list(store, arena);
    reply->lease_count = store->lease_count;
    return reply->leases != NULL;
}

void lease_beat(struct memory_store *store, uint64_t lease, struct dal_poll_reply *reply)
{
    struct memory_lease *own = find(store, lease);
    if (own != NULL) {
        struct dal_lease *told = &reply->leases[own - store->leases];
        told->beat = ++own->beat;
        told->beat_at = own->beat_at = reply->now;
    }
    reply->orphans = store->claims;
    for (size_t i = 0; i < store->lease_count; i++) {
        reply->leases[i].claims = store->leases[i].claims;
        reply->orphans -= store->leases[i].claims;
    }
}

enum cloacina_code lease_list(struct dal *dal, struct arena *arena, struct dal_lease **ret_leases,
                              size_t *ret_count, int64_t *ret_now, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct dal_lease *leases = list(store, arena);
    if (leases == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for the answer");
    }
    *ret_leases = leases;
    *ret_count = store->lease_count;
    *ret_now = cloacina_clock_realtime(store->clock);
    return CLOACINA_OK;
}

enum cloacina_code lease_close(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                               struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct memory_lease *found = find(store, lease);
    if (found == NULL) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: the lease was closed before");
    }
    if (found->beat != observed_beat) {
        return cloacina_error_raise(err, CLOACINA_CONFLICT, "store: the lease has beaten since");
    }
    heap_give(store->heap, found->name, found->name_size);
    size_t place = (size_t)(found - store->leases);
    memmove(found, found + 1, (store->lease_count - place - 1) * sizeof(*found));
    store->lease_count--;
    if (store->observer != NULL) {
        store->observer->lease_closed(store->observer, lease);
    }
    return CLOACINA_OK;
}

void lease_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct memory_lease *found = find(memory_store_of(dal), lease);
    if (found != NULL) {
        found->wake = wake;
        found->user = user;
    }
}

void lease_wake_others(struct memory_store *store, uint64_t lease)
{
    for (size_t i = 0; i < store->lease_count; i++) {
        if (store->leases[i].lease != lease && store->leases[i].wake != NULL) {
            store->leases[i].wake(store->leases[i].user);
        }
    }
}

void lease_finish(struct memory_store *store)
{
    for (size_t i = 0; i < store->lease_count; i++) {
        heap_give(store->heap, store->leases[i].name, store->leases[i].name_size);
    }
    heap_give(store->heap, store->leases, store->lease_capacity * sizeof(store->leases[0]));
}
