/* SPDX-License-Identifier: Apache-2.0 */
/* mirror.h - what SQLite has stored, told commit by commit to the memory store of the same world.
 *
 *   runner --commit--> SQLite --visible--> mirror reads rows and events through the ghost
 *                                             \--each revision as a changeset--> memory store
 *                                                   checkers, story, hints <--observer--/
 *
 * So whoever looks at a world (checkers, progress, hints, figures, tests) looks at one kind of
 * store, and sees what SQLite really has, not what it was asked to do.
 * Laws: a commit is told when it can be seen, before anybody else acts on it. One transaction may
 * hold several revisions of several executions: they are told in the order in which the runner asked
 * for them. What was told must be there for ever, also after a power loss (I-35). */
#ifndef WORLD_MIRROR_H
#define WORLD_MIRROR_H

#include "base/id_map.h"
#include "dal/dal.h"

struct actor;
struct cloacina_world;
struct mirrored;
struct mirrored_lease;

/* Owned by the world; all-zero but for the heap: nothing was seen. */
struct mirror {
    struct cloacina_heap *heap; /* Borrowed */
    struct id_map by_id;
    struct mirrored **executions; /* Owned, each Owned; in the order in which they were seen */
    size_t count, capacity;
    struct mirrored_lease *leases; /* Owned; open ones, ascending */
    size_t lease_count, lease_capacity;
    bool is_unsure; /* what comes next may be somebody else's work, found after his death */
};

void mirror_init(struct mirror *mirror, struct cloacina_heap *heap);
void mirror_finish(struct mirror *mirror);

/* What the actor has committed can be seen from now on. */
void mirror_look(struct cloacina_world *world, const struct actor *writer);

/* Somebody is about to close the lease: should a power loss hit him, it may be closed or not. */
void mirror_lease_closing(struct cloacina_world *world, uint64_t lease);

/* A process has died: a commit of it that nobody could see may turn up when its log is read. */
void mirror_is_unsure(struct cloacina_world *world);

/* The disk has what it has after a power loss: all that was told must be in it, and what is new is
 * told. */
void mirror_power_lost(struct cloacina_world *world);

#endif
