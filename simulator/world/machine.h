/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the machine on which all runners of a world live when their store is SQLite: its
 * disk, and what goes wrong with it.
 *
 *   runner-1 --session--> SQLite --client--\
 *   runner-2 --session--> SQLite --client---+--> disk      each call: postpone, slow, freeze, die,
 *   the world --looker--> SQLite --ghost---/               fail, full, power loss
 *                                                  \--commit is visible--> mirror.c
 *
 * A process that dies loses its locks at that instant; what it wrote stays. When the power is lost
 * all die, and the disk keeps what it has promised. Durability is FULL: nothing that was seen may
 * be gone (I-35).
 * Laws: what goes wrong is one question to the oracle, before the call has done anything. Nothing
 * is asked of a runner that has no coroutine: it cannot wait. Every world begins with the same
 * bytes. */
#ifndef WORLD_MACHINE_H
#define WORLD_MACHINE_H

#include "dal/dal.h"
#include "disk/client.h"

struct actor;
struct cloacina_world;

/* The database in it. */
#define MACHINE_PATH "world.db"

/* Owned by the world; all-zero in one whose store is memory. */
struct machine {
    struct disk_host host; /* first */
    struct cloacina_world *world;
    bool is_on; /* there is one */
    struct disk disk;
    struct disk_client ghost;
    struct dal *looker;   /* Owned: the ghost's session; NULL: none is open */
    uint64_t names_known; /* disk.names_changed when it was opened */
    int64_t full_until;   /* world time: no file grows before that instant */
};

/* Makes the disk and a client for each actor, which has been initialised. */
enum cloacina_code machine_begin(struct cloacina_world *world,
                                 struct cloacina_error *err) MUST_CHECK;

/* All sessions have been closed. */
void machine_finish(struct cloacina_world *world);

/* The actor's own session, which it closes by machine_close. Without a machine: nothing is done. */
enum cloacina_code machine_open(struct actor *actor, struct cloacina_error *err) MUST_CHECK;
void machine_close(struct actor *actor);

/* The process of the actor dies now. */
void machine_kill(struct actor *actor);

/* Code of a dead actor is about to run, and has run. */
void machine_afterlife_begin(struct cloacina_world *world);
void machine_afterlife_end(struct cloacina_world *world);

/* The store as it is now, for whoever only looks: Borrowed until the next call. NULL: it cannot be
 * opened, and the world has failed. */
struct dal *machine_look(struct cloacina_world *world);

/* image.c: a disk with an empty, migrated database, made once in a process. Borrowed for ever. */
enum cloacina_code machine_image(const struct disk **ret_image,
                                 struct cloacina_error *err) MUST_CHECK;

#endif
