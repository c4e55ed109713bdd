/* SPDX-License-Identifier: Apache-2.0 */
/* actor.h - a runner in a world: its clock, its border to the store, its bodies, its turns.
 *
 *            wake (inbox, hint, deadline)                     turn
 *   IDLE ------------------------------> READY -------------------------> runner_step()
 *     ^                                    ^                               |        |
 *     |                                    +--- the wait is over --- BLOCKED <------+ store call
 *     +----------------------------------------------------------------------------+ done
 *
 * A step runs on a coroutine when its store calls may wait; otherwise it is called directly.
 * Law: whoever wakes a runner only marks it; it moves when its turn comes. */
#ifndef SIMULATOR_ACTOR_H
#define SIMULATOR_ACTOR_H

#include "checker/checker.h"
#include "clock/virtual.h"
#include "world/coroutine.h"
#include "executor/executor.h"
#include "world/lanes.h"
#include "runner/runner.h"
#include "world/store.h"
#include "world/timeline.h"

enum actor_state { ACTOR_IDLE, ACTOR_READY, ACTOR_BLOCKED };

enum { ACTOR_NAME_SIZE = 16 };

struct actor {
    struct event event; /* a store call's wait is over, or a postponed turn comes */
    struct cloacina_world *world;
    struct runner *runner; /* Owned */
    enum actor_state state;
    bool is_wanted;    /* somebody woke it since its last step began */
    bool is_idle_turn; /* READY or BLOCKED for nothing but an idle timer */
    bool is_dead;      /* from its death until it is started again */
    uint32_t number;   /* from 1 */
    int64_t deadline;  /* world time of its next turn; INSTANT_NEVER: when woken */
    int64_t busy;      /* the same of what it watches */
    int64_t thaws_at;  /* frozen before that instant; INT64_MIN: never was */
    uint64_t turns;
    struct coroutine *coroutine; /* Owned; NULL: store calls never wait */
    struct executor executor;    /* body.c */
    struct store store;
    struct virtual_clock clock;
    struct lanes lanes;
    struct checkers_spin spin;
    char name[ACTOR_NAME_SIZE]; /* "runner-1" */
};

/* Gives it a number (from 1) and a clock; nothing to finish yet. */
void actor_init(struct actor *actor, struct cloacina_world *world, uint32_t number);

/* Makes its runner, which opens a lease and learns what bodies there are. On an error it is as
 * after actor_init. */
enum cloacina_code actor_begin(struct actor *actor, struct cloacina_error *err) MUST_CHECK;

/* In a world that is ending, once begun: makes a blocked step return; then frees everything. */
void actor_end(struct actor *actor);
void actor_finish(struct actor *actor);

/* The runner is to be stepped when its turn comes: somebody has news for it, or its deadline has
 * come. */
void actor_wake(struct actor *actor);
void actor_wake_at_deadline(struct actor *actor);

/* ---- faults ---- */

/* Its process dies at this instant, wherever this is called from: the main loop, its own step, one
 * of its bodies. From now on every effect call of it and of its bodies does nothing and answers
 * CRASHED. The burial comes as an event of its own from the main loop, at this instant; after
 * `restart_after_ns` it is started again. `where` is static and for the story: "at commit". Dying
 * twice changes nothing. */
void actor_kill(struct actor *actor, int64_t restart_after_ns, const char *where);

/* True from its death until it is started again. */
static inline bool actor_is_dead(const struct actor *actor)
{
    return actor->is_dead;
}

/* When a frozen process goes on, world time; INT64_MIN: it is not frozen now. Nothing of it moves
 * before that: an event of one of its bodies that comes earlier plans itself for then. */
int64_t actor_frozen_until(const struct actor *actor);

/* Its turn: it has been taken out of the world's woken ones. */
void actor_turn(struct actor *actor);

/* Gives up the processor until the event fires, which the caller has planned. */
void actor_block(struct actor *actor);

#endif
