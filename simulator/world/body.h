/* SPDX-License-Identifier: Apache-2.0 */
/* body.h - the simulated executor: attempts as coroutines, or as timers when they only cost time.
 *
 *   start -+-> code on a coroutine --returns--+-> its cost passes -+-> ended: posted to the runner
 *          +-> stub, failure, cost only ------+                    |
 *                                     cancel: the rest is cut off -+
 *
 *   faults: fail, transient in place of the code; late: more cost; hang: after the cost, and no
 *   cancel cuts it off; crash: nothing of it happens; crash-after: in place of the post
 *
 * A body that neither waits nor costs anything runs, ends and is answered at one instant, still as
 * an actor of its own, between two turns of its runner.
 * Laws:
 * - Whatever a body waits for is one planned event; cancel and resume only move that event to the
 *   present instant.
 * - At most one of an attempt's messages is on its way.
 * - The memory of a body lives until the runner releases the attempt; then it is used again, and
 *   never freed before the world ends.
 * - Nothing of a dead process moves, and nothing of a frozen one before it thaws. */
#ifndef SIMULATOR_BODY_H
#define SIMULATOR_BODY_H

#include "world/coroutine.h"
#include "executor/executor.h"
#include "oracle/label.h"
#include "world/tale.h"
#include "world/timeline.h"

struct actor;
struct stage;
struct stub;

/* An attempt in this world. */
struct body {
    struct event event; /* first: what the attempt waits for */
    struct actor *actor;
    struct attempt *attempt; /* NULL: free */
    struct stage *stage;     /* Owned: where its code runs; NULL: it has none */
    struct body *next;       /* in the free list */
    int64_t cost_ns;         /* passes after the code has returned */
    int64_t hang_ns;         /* passes after that, whatever the body is told */
    int64_t started_at;
    struct choice fate; /* what goes wrong with it */
    uint32_t run;       /* the number of its execution in this world */
    uint32_t lane;
    bool has_lane;
    bool has_ended;
    bool is_postponed; /* its present event has let others go first already */
};

/* All bodies of a world. Fields private but the counts. */
struct bodies {
    struct cloacina_heap *heap;
    struct body *free;    /* linked */
    struct body **blocks; /* Owned */
    size_t block_count;
    size_t block_capacity;
    struct stage *stages;      /* Owned: every one ever made */
    struct stage *free_stages; /* those of them that nobody uses */
    struct coroutine_pool coroutines;
    uint32_t running;   /* started and not ended */
    uint32_t parked;    /* of those: in a coroutine */
    uint32_t abandoned; /* given up by bodies_end or bodies_kill */
};

/* `scribble`: see struct coroutine_pool. */
void bodies_init(struct bodies *bodies, struct cloacina_heap *heap, uint8_t scribble);

/* In a world that is ending: makes the waiting calls of all bodies answer CRASHED until they have
 * returned. A body that goes on calling is given up after so many calls, and so is one that has
 * left by longjmp: its stack stays as it is. */
enum { BODY_CRASHED_CALLS_MAX = 64 };
void bodies_end(struct bodies *bodies);

/* Its process has died: makes all bodies of that actor return (every call answers CRASHED), and
 * frees what its attempts borrow; after that its runner may be destroyed. Called from the main
 * loop. A body that has not returned after BODY_CRASHED_CALLS_MAX answers is given up, and that is
 * a violation (I-30). */
void bodies_kill(struct bodies *bodies, struct actor *actor);

/* Frees what attempts borrow, before their runners go; then everything else, after them. */
void bodies_drop(struct bodies *bodies);
void bodies_finish(struct bodies *bodies);

/* The executor of one runner, embedded in its actor. */
void body_executor_init(struct executor *executor);

/* What stands for the code of a task that only costs time; never called. Its `.user` is the struct
 * registration. */
enum cloacina_code body_costs_only(struct cloacina_task *task,
                                   struct cloacina_error *err) MUST_CHECK;

/* ---- fate.c ---- */

/* Asks what goes wrong with it, and plans what comes first; it may also die with its process.
 * False: no memory. */
bool fate_meet(struct body *body) MUST_CHECK;

/* Code that runs, now. */
bool body_plan_code(struct body *body) MUST_CHECK;

/* Nothing but its cost passes, and then a stub (NULL: none) may speak. */
bool body_plan_passing(struct body *body, const struct stub *stub) MUST_CHECK;

/* ---- for stage.c ---- */

/* Puts a message on its way. One that the runner has not read yet is overwritten: only a cancelled
 * attempt says two things in a row, and then only the last one matters. */
void body_post(struct body *body, enum attempt_message kind);

/* Plans the body's event; `time` may have come already. False: no memory, and the world fails. */
bool body_plan(struct body *body, int64_t time) MUST_CHECK;

/* What a question at that site is about; and the question. */
struct label body_label(const struct body *body, enum site site);

struct choice body_ask(const struct body *body, enum site site);

/* Its code has returned: the cost passes (unless it was cancelled), then it has ended. */
void body_returned(struct body *body);

/* ---- body_tale.c ---- */

/* The beginning of a tale about the attempt. */
struct tale body_tale(const struct body *body, enum tale_kind kind);
void body_tell_start(const struct body *body);
void body_tell_return(const struct body *body);

static inline bool body_is_cancelled(const struct body *body)
{
    return attempt_is_cancelled(body->attempt);
}

#endif
