/* SPDX-License-Identifier: Apache-2.0 */
/* checker.h - the promises of the engine, judged while a world runs.
 *
 *   memory store --observer--> checkers <--attempts, inputs-- simulated executor
 *                                 ^  ^
 *                 effect calls ---+  +--- what is left when the world has come to rest
 *
 * The checkers believe nobody. They keep a shadow of every row, move it by the events of each
 * commit alone, and compare it with the rows that the store really has (invariant I-05); everything
 * else is judged on the shadow, and at the end of an execution by a model (model.h). Which
 * invariant is checked when, and what it costs, is the table in docs/reference/invariants.md.
 *
 * Laws:
 * - Work is proportional to what a commit changed, plus the dependents of the tasks that it ended.
 *   Nothing is allocated per commit on the steady path; a task costs 96 bytes, and 16 more once
 *   something was written into a context.
 * - The first violation is kept and ends the checking: after a broken promise nothing is proved.
 * - Checkers read no clock but the store's, and change nothing that they look at. */
#ifndef SIMULATOR_CHECKER_H
#define SIMULATOR_CHECKER_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/clock.h>
#include <cloacina/error.h>
#include <cloacina/heap.h>

#include "base/hash.h"
#include "dal/memory/memory.h"
#include "executor/executor.h"

struct attempt;
struct edges;
struct value;
struct workflow;

struct checkers;

/* How long tasks may stay Running under a lease that was closed (I-06), unless the options say
 * otherwise: three heartbeat intervals of a runner. */
#define CHECKERS_LOST_NS_MAX INT64_C(30000000000)

/* How much later than due a thing may happen when nothing is wrong: a timeout, a cancelled body's
 * being told, the closing of a dead runner's lease. */
#define CHECKERS_LATE_NS_MAX INT64_C(30000000000)

/* Effect calls of one actor at one instant, without input and without a change in the store, before
 * it spins (I-26). */
enum { CHECKERS_SPIN_MAX = 1000 };

struct checkers_options {
    struct cloacina_heap *heap;   /* Borrowed; NULL: the system heap */
    struct cloacina_clock *clock; /* Borrowed; required: the store's */
    /* Borrowed: the world's time, which nothing can step; NULL: the store's is as good. Its value
     * at creation is "0 s" in messages. */
    const int64_t *now;
    struct edges *edges;     /* Borrowed; NULL: nobody counts */
    uint32_t slots;          /* of each runner; 0: as many as it likes */
    uint32_t zombies_max;    /* of each runner; 0: its default */
    int64_t task_timeout_ns; /* for tasks that have none of their own; 0: none */
    int64_t cancel_grace_ns; /* 0: the runner's default */
    int64_t lease_ns;        /* without a beat, until a lease is dead; 0: the runner's default */
    int64_t lease_margin_ns; /* its owner stops so much earlier; 0: the runner\'s default */
    int64_t lost_ns_max;     /* 0 = CHECKERS_LOST_NS_MAX */
    int64_t clock_error_ns;  /* how far a runner's store time may be ahead; 0 without drift */

    /* What only the world knows. Does the runner that holds `lease` (0: any living one) offer the
     * body of this task? NULL: every body is offered. */
    bool (*is_offered)(void *user, uint64_t lease, const struct workflow *workflow, uint32_t task);
    /* Does a living runner hold this lease, and go by it? NULL: nobody asks. */
    bool (*is_alive)(void *user, uint64_t lease);
    /* Was this runner ever short of memory? Then a timer may be missing. NULL: none was. */
    bool (*was_scarce)(void *user, uint32_t runner);
    void *user; /* Borrowed */
};

/* NULL: no memory. */
struct checkers *checkers_create(const struct checkers_options *options) CLOACINA_MUST_CHECK;
void checkers_destroy(struct checkers *checkers); /* NULL is legal */

/* What was broken first; NULL as long as nothing was. Borrowed until checkers_destroy. */
struct checkers_violation {
    const char *id; /* "I-03"; static */
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
};
const struct checkers_violation *checkers_violation(const struct checkers *checkers);

/* True when they had no memory and stopped looking: the run proves nothing and must end with
 * NO_MEMORY. */
bool checkers_are_blind(const struct checkers *checkers);

/* ---- what the store did ---- */

/* To be put on the memory store before its first lease is opened, or called by the observer that is
 * there. */
struct memory_observer *checkers_observer(struct checkers *checkers);

/* ---- what the executor does; `attempt` is the runner's, Borrowed for the call ---- */

/* Before the body (or what stands for it) begins. Once per attempt. */
void checkers_attempt_started(struct checkers *checkers, const struct attempt *attempt);

/* When the body has returned, before `finished` is posted. Once per started attempt. */
void checkers_attempt_ended(struct checkers *checkers, const struct attempt *attempt);

/* When the body looks at its input for the first time: `input` is the object it sees. */
void checkers_body_input(struct checkers *checkers, const struct attempt *attempt,
                         const struct value *input);

/* What an attempt tells its runner: that it gave up its slot (DEFERRED), or wants one again. */
void checkers_attempt_says(struct checkers *checkers, const struct attempt *attempt,
                           enum attempt_message message);

/* The runner lets a waiting attempt go on; tells it that it is cancelled. */
void checkers_attempt_resumed(struct checkers *checkers, const struct attempt *attempt);
void checkers_attempt_cancelled(struct checkers *checkers, const struct attempt *attempt);

/* The code has returned OK, its outcome is there, and `output` is the whole context as it
 * left it. */
void checkers_body_output(struct checkers *checkers, const struct attempt *attempt,
                          const struct value *output);

/* A body makes a call of its handle. */
void checkers_body_effect(struct checkers *checkers, const struct attempt *attempt);

/* ---- what goes wrong, and what becomes of runners ---- */

/* Until the world's time `until` a fault is in force. What must happen in time is counted from
 * there. */
void checkers_disturbed(struct checkers *checkers, int64_t until);

/* Between the two calls the runner that holds `lease` polls; 0: it has polled. */
void checkers_polls(struct checkers *checkers, uint64_t lease);

/* The store has raised the beat of this lease; has closed it, for another one who last saw that
 * beat. */
void checkers_lease_beat(struct checkers *checkers, uint64_t lease);
void checkers_lease_closed(struct checkers *checkers, uint64_t lease, uint64_t observed_beat);

/* Its runner has got the answer to a beat, or to its opening, that it sent at the world's time
 * `sent_at`: from then on its lease lasts so long again. */
void checkers_lease_answered(struct checkers *checkers, uint64_t lease, int64_t sent_at);

/* What a runner says of itself between two of its steps: of its attempts, so many are parked, and
 * so many are zombies. */
void checkers_runner_counts(struct checkers *checkers, uint32_t runner, uint32_t slots_used,
                            uint32_t attempts);
void checkers_runner_parts(struct checkers *checkers, uint32_t runner, uint32_t attempts,
                           uint32_t parked, uint32_t zombies);

/* The process that held the lease is dead; has closed it to stop in good order; is gone after that,
 * with this as its last lease (0: it had none). */
void checkers_runner_died(struct checkers *checkers, uint64_t lease);
void checkers_runner_stopped(struct checkers *checkers, uint64_t lease);
void checkers_runner_left(struct checkers *checkers, uint64_t lease);

/* ---- what actors do (I-26) ---- */

/* One per actor, in the actor's own struct; all-zero at its start. */
struct checkers_spin {
    uint64_t changes;
    int64_t time;
    uint32_t calls;
};

/* At every effect call of the actor. `actor` names it in the message: "runner-1". */
void checkers_effect_call(struct checkers *checkers, struct checkers_spin *spin, const char *actor);

/* The actor was given something to do: a message, a hint, a due timer. */
static inline void checkers_input(struct checkers_spin *spin)
{
    spin->calls = 0;
}

/* ---- at rest ---- */

/* What must be as it was before the first execution came (I-24). */
struct checkers_figures {
    uint64_t slots;      /* in use, of all runners */
    uint64_t attempts;   /* that runners keep */
    uint64_t executions; /* that runners keep; at rest only those that are not over */
    uint64_t bodies;     /* started and not ended, as the executors count them */
    uint64_t coroutines; /* bodies in one; the runners' own are not counted */
    uint64_t timers;     /* in the timeline; the idle deadlines of runners are not counted */
    uint64_t leases;     /* that living runners hold */
};

struct checkers_rest {
    struct checkers_figures baseline;
    struct checkers_figures found;
    uint64_t started;  /* bodies, ever, as the world counts them; 0: it does not */
    struct dal *store; /* Borrowed: must give back what it took; NULL: it is not asked */
};

/* Nothing but idle timers is left: every execution is over or legitimately waits (I-07), nothing
 * has leaked (I-24). May be called again after the world went on. */
void checkers_settled(struct checkers *checkers, const struct checkers_rest *rest);

/* After a power loss: every execution, as the store gives it back, is what was committed. */
void checkers_judge_store(struct checkers *checkers, struct dal *store);

/* ---- double run (I-29) ---- */

/* OK when both runs of one seed left the same trace; else FAILED: "I-29: seed 7 left two traces:
 * <32 digits>, then <32 digits>". */
enum cloacina_code checkers_compare_traces(uint64_t seed, struct hash128 first,
                                           struct hash128 second,
                                           struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
