/* SPDX-License-Identifier: Apache-2.0 */
/* mirror_lease.c - leases that come, beat and go.
 *
 * Law: numbers only grow, in SQLite and in the memory store alike. */
#include <string.h>

#include "world/mirror_round.h"
#include "world/witness.h"
#include "world/world.h"

void mirror_lease_closing(struct cloacina_world *world, uint64_t lease)
{
    for (size_t i = 0; i < world->mirror.lease_count; i++) {
        struct mirrored_lease *known = &world->mirror.leases[i];
        known->is_closing = known->is_closing || known->lease == lease;
    }
}

static void lease_came(struct look_round *round, const struct dal_lease *lease,
                       const struct actor *writer)
{
    struct cloacina_world *world = round->world;
    struct mirror *mirror = &world->mirror;
    uint64_t number = 0;
    int64_t now;
    if (!heap_grow(mirror->heap, &mirror->leases, &mirror->lease_capacity, mirror->lease_count + 1,
                   sizeof(mirror->leases[0]))) {
        world_fail_no_memory(world);
        return;
    }
    world->news.opener = writer != NULL ? writer->number : 0;
    enum cloacina_code code =
        world->memory->impl->open_lease(world->memory, lease->name, &number, &now, NULL);
    if (code != CLOACINA_OK) {
        world_fail_no_memory(world);
    } else if (number != lease->lease) {
        world_violated(world, "I-02", "SQLite has opened lease %llu, and the next one is %llu",
                       (unsigned long long)lease->lease, (unsigned long long)number);
    }
    mirror->leases[mirror->lease_count++] = (struct mirrored_lease){.lease = lease->lease};
}

static void lease_beats(struct look_round *round, struct mirrored_lease *known, uint64_t beat)
{
    for (; known->beat < beat; known->beat++) {
        if (round->world->checkers != NULL) {
            checkers_lease_beat(round->world->checkers, known->lease);
        }
    }
}

static void lease_went(struct look_round *round, size_t place, const struct actor *writer)
{
    struct cloacina_world *world = round->world;
    struct mirror *mirror = &world->mirror;
    uint64_t lease = mirror->leases[place].lease;
    const struct store_call *call = round->call;
    mirror->lease_count--;
    memmove(&mirror->leases[place], &mirror->leases[place + 1],
            (mirror->lease_count - place) * sizeof(mirror->leases[0]));
    if (world->memory->impl->close_lease(world->memory, lease, 0, NULL) != CLOACINA_OK) {
        world_violated(world, "I-02", "SQLite has closed lease %llu, which was never opened",
                       (unsigned long long)lease);
    } else if (call != NULL && call->closing == lease) {
        witness_closed(writer, lease, call->observed_beat);
    }
}

static bool leases_read(struct look_round *round, struct dal_lease **ret_leases, size_t *ret_count)
{
    int64_t now;
    struct cloacina_error err = {CLOACINA_OK, ""};
    enum cloacina_code code =
        round->dal->impl->leases(round->dal, &round->arena, ret_leases, ret_count, &now, &err);
    return mirror_answered(round, code, &err);
}

/* Both lists ascend; numbers only grow. */
void mirror_tell_leases(struct look_round *round, const struct actor *writer)
{
    struct mirror *mirror = &round->world->mirror;
    struct dal_lease *found;
    size_t count, at = 0;
    if (!leases_read(round, &found, &count)) {
        return;
    }
    for (size_t i = 0; i < mirror->lease_count;) {
        if (at < count && found[at].lease == mirror->leases[i].lease) {
            lease_beats(round, &mirror->leases[i++], found[at++].beat);
        } else {
            lease_went(round, i, writer);
        }
    }
    for (; at < count && world_goes_on(round->world); at++) {
        lease_came(round, &found[at], writer);
    }
}

/* ---- after a power loss ---- */

/* NULL: it is not open. */
static const struct dal_lease *lease_of(const struct dal_lease *leases, size_t count,
                                        uint64_t lease)
{
    for (size_t i = 0; i < count; i++) {
        if (leases[i].lease == lease) {
            return &leases[i];
        }
    }
    return NULL;
}

bool mirror_are_leases_there(struct look_round *round)
{
    const struct mirror *mirror = &round->world->mirror;
    struct dal_lease *leases;
    size_t count;
    if (!leases_read(round, &leases, &count)) {
        return false;
    }
    for (size_t i = 0; i < mirror->lease_count; i++) {
        const struct mirrored_lease *known = &mirror->leases[i];
        const struct dal_lease *found = lease_of(leases, count, known->lease);
        if (found == NULL ? !known->is_closing : found->beat < known->beat) {
            world_violated(round->world, "I-35",
                           "lease %llu was stored with beat %llu, and is not after a power loss",
                           (unsigned long long)known->lease, (unsigned long long)known->beat);
            return false;
        }
    }
    return true;
}
