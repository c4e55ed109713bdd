/* SPDX-License-Identifier: Apache-2.0 */
/* actor.h - a runner in a world: its clock, its border to the store, its bodies, its turns, and its
 * lives.
 *
 *            wake (inbox, hint, deadline)                     turn
 *   IDLE ------------------------------> READY -------------------------> runner_step()
 *     ^                                    ^                   store call |        | done
 *     |                                    |                              v        |
 *     |                                    +--- the wait is over --- BLOCKED       |
 *     +----------------------------------------------------------------------------+
 *
 *   GONE --begin--> BEGINNING --lease is open--> LIVING --stop--> STOPPING
 *     ^                  | no answer: again in 1 s  |                  |
 *     +--- burial, after a death at any moment -----+------------------+ stopped in good order
 *
 * A step runs on a coroutine when its store calls may wait; otherwise it is called directly.
 * Laws:
 * - Whoever wakes a runner only marks it; it moves when its turn comes.
 * - A process dies at one instant and is buried by an event of its own: nobody pulls the stack from
 *   under running code.
 * - Its clocks belong to the machine: they go on while the runner is dead, stopped or frozen. */
#ifndef SIMULATOR_ACTOR_H
#define SIMULATOR_ACTOR_H

#include "checker/checker.h"
#include "clock/virtual.h"
#include "disk/client.h"
#include "world/coroutine.h"
#include "executor/executor.h"
#include "world/lanes.h"
#include "runner/runner.h"
#include "world/scarce.h"
#include "world/store.h"
#include "world/timeline.h"

enum actor_state {
    ACTOR_IDLE,
    ACTOR_READY,
    ACTOR_BLOCKED,
    ACTOR_STILL /* dead, gone, or refused by a world that has stopped: it has no turns */
};

enum actor_life {
    ACTOR_GONE, /* there is no runner; `next` begins one */
    ACTOR_BEGINNING,
    ACTOR_LIVING,
    ACTOR_STOPPING
};

enum { ACTOR_NAME_SIZE = 16 };

struct actor {
    struct event event; /* a store call's wait is over, or a postponed turn comes */
    struct event next;  /* what its life brings next: burial, good end, or a new beginning */
    struct cloacina_world *world;
    struct runner *runner; /* Owned; NULL unless LIVING or STOPPING */
    enum actor_state state;
    enum actor_life life;
    bool is_wanted;        /* somebody woke it since its last step began */
    bool is_idle_turn;     /* READY or BLOCKED for nothing but an idle timer */
    bool is_dead;          /* from its death until it is started again */
    bool is_over;          /* its coroutine is to end */
    bool has_new_code;     /* its next runner has the changed code */
    uint32_t number;       /* from 1 */
    uint64_t lease;        /* the last one that its runner had an answer about; 0: none */
    int64_t deadline;      /* world time of its next turn; INSTANT_NEVER: when woken */
    int64_t busy;          /* the same of what it watches */
    int64_t thaws_at;      /* frozen before that instant; INT64_MIN: never was */
    int64_t away_ns;       /* dead or stopping: how long until its next runner begins */
    int64_t round_trip_ns; /* of its store calls */
    uint64_t turns;
    uint64_t commits, conflicts; /* of its runners that are gone */
    struct coroutine *coroutine; /* Owned; NULL: store calls never wait */
    struct runner_command stop;
    struct executor executor; /* body.c */
    struct store store;
    struct disk_client client; /* its process, for the disk under SQLite */
    struct dal *session;       /* Owned: with SQLite, its own; NULL: none is open */
    struct scarce_heap heap;   /* of its runners, in a world that is not calm */
    struct virtual_clock clock;
    struct lanes lanes;
    struct checkers_spin spin;
    char name[ACTOR_NAME_SIZE]; /* "runner-1" */
};

/* Gives it a number (from 1) and a clock; nothing to finish yet. */
void actor_init(struct actor *actor, struct cloacina_world *world, uint32_t number);

/* What is wrong with its machine, for all its lives: clock and network. Asked once, before it
 * begins. */
void actor_ask_machine(struct actor *actor);

/* Starts its first runner, which opens a lease and learns what bodies there are. An error is one of
 * the machine: then it is as after actor_init. A store that does not answer is asked again. */
enum cloacina_code actor_begin(struct actor *actor, struct cloacina_error *err) MUST_CHECK;

/* In a world that is ending, once begun: makes a blocked step return; then frees everything. */
void actor_end(struct actor *actor);
void actor_finish(struct actor *actor);

/* ---- turns ---- */

/* The runner is to be stepped when its turn comes: somebody has news for it, or its deadline has
 * come. One that is dead or not there yet is not. */
void actor_wake(struct actor *actor);
void actor_wake_at_deadline(struct actor *actor);

/* Its turn: it has been taken out of the world's woken ones. */
void actor_turn(struct actor *actor);

/* Gives up the processor until the event fires, which the caller has planned. */
void actor_block(struct actor *actor);

/* ---- lives: life.c ---- */

/* Its process dies at this instant, wherever this is called from: the main loop, its own step, one
 * of its bodies. From now on every effect call of it and of its bodies does nothing and answers
 * CRASHED. The burial comes as an event of its own from the main loop, at this instant; after
 * `restart_after_ns` it is started again. `where` is static and for the story: "at commit". Dying
 * twice changes nothing. */
void actor_kill(struct actor *actor, int64_t restart_after_ns, const char *where);

/* Asks its runner to stop in good order; when it has, the next one begins `restart_after_ns` later,
 * with changed code if `is_deploy`. Only a living one can be stopped: otherwise nothing happens. */
void actor_stop(struct actor *actor, int64_t restart_after_ns, bool is_deploy);

/* True from its death until it is started again. */
static inline bool actor_is_dead(const struct actor *actor)
{
    return actor->is_dead;
}

/* Can it be asked something? */
static inline bool actor_is_living(const struct actor *actor)
{
    return actor->life == ACTOR_LIVING && !actor->is_dead;
}

/* When a frozen process goes on, world time; INT64_MIN: it is not frozen now. Nothing of it moves
 * before that: an event of one of its bodies that comes earlier plans itself for then. */
int64_t actor_frozen_until(const struct actor *actor);

/* ---- between actor.c and life.c ---- */

/* From now on it has no turns, whoever wakes it. */
void actor_still(struct actor *actor);

/* Makes the coroutine that begins the runner, if there is none, and then takes its steps until the
 * actor is over. */
enum cloacina_code actor_make_coroutine(struct actor *actor, struct cloacina_error *err) MUST_CHECK;

/* Runs its coroutine until it waits or has ended (then there is none any more), or one step. */
void actor_go_on(struct actor *actor);

/* Makes the runner, which opens its lease. False: it could not; then the next try is planned, or
 * the burial. */
bool actor_make_runner(struct actor *actor) MUST_CHECK;

/* What its life brings next. */
void actor_fire_next(struct cloacina_world *world, struct event *event);

#endif
