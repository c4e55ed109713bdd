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
    uint32_t number;   /* from 1 */
    int64_t deadline;  /* world time of its next turn; INSTANT_NEVER: when woken */
    int64_t busy;      /* the same of what it watches */
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

/* Its turn: it has been taken out of the world's woken ones. */
void actor_turn(struct actor *actor);

/* Gives up the processor until the event fires, which the caller has planned. */
void actor_block(struct actor *actor);

#endif
