/* SPDX-License-Identifier: Apache-2.0 */
/* mirror_round.h - private to the mirror: one look at SQLite, and what is known from looks before.
 *
 *   mirror.c        what is new, and after a power loss what must be there
 *   mirror_tell.c   a revision becomes a changeset and is told
 *   mirror_lease.c  leases that come, beat and go
 *
 * A round ends at the first thing that cannot go on: then the world has failed, or is stopped. */
#ifndef WORLD_MIRROR_ROUND_H
#define WORLD_MIRROR_ROUND_H

#include "base/arena.h"
#include "world/mirror.h"

struct store_call;

/* An execution as it was told last. */
struct mirrored {
    struct execution_row row;
    const struct workflow *workflow; /* Borrowed from the world's behaviours */
    struct arena arena;              /* texts of rows */
    struct task_row rows[];          /* task_count */
};

struct mirrored_lease {
    uint64_t lease;
    uint64_t beat;
    bool is_closing; /* somebody has tried to close it */
};

/* What is new in one execution. */
struct fresh {
    struct mirrored *known;
    struct feed feed;
    struct event_row *events; /* after the known revision */
    size_t event_count;
};

/* One of its revisions, to be told. */
struct revision {
    const struct fresh *fresh;
    uint64_t number;
    size_t first, end; /* of its events */
    uint64_t order;
};

/* One look. */
struct look_round {
    struct cloacina_world *world;
    const struct store_call *call; /* of the writer; NULL: nobody's, or it is not known whose */
    struct dal *dal;
    struct arena arena;
    struct revision *revisions;
    size_t count, capacity; /* in the arena */
};

/* Did the ghost get its answer? It can only be short of memory. */
bool mirror_answered(struct look_round *round, enum cloacina_code code,
                     struct cloacina_error *err) MUST_CHECK;
/* Was there memory? */
bool mirror_has_memory(struct look_round *round, const void *taken) MUST_CHECK;

/* Tells all revisions of the round, in order. */
void mirror_tell_all(struct look_round *round);

/* Tells of leases; `writer` NULL: nobody knows who it was. */
void mirror_tell_leases(struct look_round *round, const struct actor *writer);
/* After a power loss; false: one is missing, and that was said. */
bool mirror_are_leases_there(struct look_round *round) MUST_CHECK;

#endif
