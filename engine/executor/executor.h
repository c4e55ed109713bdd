/* SPDX-License-Identifier: Apache-2.0 */
/* executor.h - the interface that runs bodies, and the attempt that travels between runner and
 * executor.
 *
 *   runner --start-->  executor
 *   runner <--post---  executor  (deferred: "I gave up my slot")
 *   runner --resume->  executor  (seen: the body may poll its condition)
 *   runner <--post---  executor  (wants its slot back)
 *   runner --resume->  executor  (here it is)
 *   runner --cancel->  executor  (claim lost, timeout, cancel: tell the body)
 *   runner <--post---  executor  (finished)
 *
 * One attempt, one owner at a time: the executor from start to finished, then the runner.
 * Posting is thread-safe and never blocks; an attempt has at most one message on its way.
 * Production fills the interface with a thread pool, a world with coroutines. */
#ifndef EXECUTOR_EXECUTOR_H
#define EXECUTOR_EXECUTOR_H

#include <stdatomic.h>

#include <cloacina/authoring.h>

#include <cloacina/clock.h>

#include "base/id.h"
#include "base/inbox.h"
#include "context/view.h"
#include "execution/rows.h"
#include "workflow/workflow.h"

struct attempt;
struct executor;

struct executor_impl {
    /* Runs the attempt's body, sooner or later. Never blocks, cannot fail: an executor that cannot
     * go on posts the attempt as finished with NO_MEMORY. */
    void (*start)(struct executor *executor, struct attempt *attempt);

    /* Sets the body's is_cancelled and ends its waiting calls with CLOACINA_CANCELLED. The attempt
     * still posts `finished` when its body returns. Calling it twice, or after the finish was
     * posted, is harmless. */
    void (*cancel)(struct executor *executor, struct attempt *attempt);

    /* Answers `deferred` and `wants slot`. */
    void (*resume)(struct executor *executor, struct attempt *attempt);
};

/* Embed first. */
struct executor {
    const struct executor_impl *impl;
};

/* What an attempt tells its runner. */
enum attempt_message { ATTEMPT_FINISHED = 1, ATTEMPT_DEFERRED = 2, ATTEMPT_WANTS_SLOT = 3 };

struct attempt_outcome {
    enum cloacina_code code; /* OK: completed */
    const char *message; /* not OK: Borrowed until the runner releases the attempt; may be NULL */
    const struct delta *delta; /* OK: likewise; NULL = wrote nothing */
    bool is_unstarted; /* not OK: the body was never called, its claim is to be handed back */
};

/* One run of one task. Made and released by the runner. The executor reads the first part, writes
 * the second. */
struct attempt {
    struct inbox_message message; /* first: it is posted by address; kind = enum attempt_message, 0
                                     once it was read */

    /* Set by the runner before start; constant. */
    const struct workflow *workflow;
    const struct workflow_task *task;
    enum cloacina_code (*body)(struct cloacina_task *task, struct cloacina_error *err);
    void *user; /* the definition's .user */
    const struct view *input;
    struct id execution;
    struct stamp claim;
    uint32_t index;      /* of the task in definition order */
    uint32_t number;     /* 1-based attempt */
    uint32_t runner;     /* actor number of the runner */
    struct inbox *inbox; /* Borrowed: where to post */
    /* Borrowed from the runner: when its lease ends, on its monotonic clock. NULL: never. */
    const _Atomic(int64_t) *fence_at;
    struct cloacina_clock *clock;

    /* Written by the executor. */
    struct attempt_outcome outcome;
    void (*release)(struct attempt *attempt); /* frees executor_state; called by the runner once,
                                                 after finished; may be NULL */
    void *executor_state;

    /* Set by the runner, read by the body's side. */
    atomic_bool is_cancelled;
};

/* Whether the body should return: it was cancelled, or its runner's lease has ended, which a runner
 * that stood still learns later than its bodies. Thread-safe. */
static inline bool attempt_is_cancelled(const struct attempt *attempt)
{
    return atomic_load_explicit(&attempt->is_cancelled, memory_order_relaxed) ||
           (attempt->fence_at != NULL &&
            cloacina_clock_monotonic(attempt->clock) >=
                atomic_load_explicit(attempt->fence_at, memory_order_relaxed));
}

/* ---- for executors: running a body ---- */

/* What a body's handle needs from the place it runs in. Calls come from the body's own thread or
 * coroutine. */
struct body_environment;
struct body_environment_impl {
    /* Realtime of this runner, nanoseconds since 1970. */
    int64_t (*now)(struct body_environment *environment);
    /* Waits `duration` nanoseconds; CANCELLED when the attempt is cancelled meanwhile. */
    enum cloacina_code (*sleep)(struct body_environment *environment, int64_t duration,
                                struct cloacina_error *err);
    /* Posts DEFERRED or WANTS_SLOT and waits for resume. CANCELLED likewise. */
    enum cloacina_code (*post_and_wait)(struct body_environment *environment,
                                        enum attempt_message message, struct cloacina_error *err);
    enum cloacina_code (*effect)(struct body_environment *environment,
                                 const struct cloacina_effect *effect, struct cloacina_error *err);
    uint64_t (*random)(struct body_environment *environment, uint64_t bound);
};

/* Embed first. `heap` is where the body's context lives. */
struct body_environment {
    const struct body_environment_impl *impl;
    struct attempt *attempt;
    struct cloacina_heap *heap;
};

/* Builds the handle, calls the body, computes the delta, fills attempt->outcome. The returned
 * handle owns what the outcome borrows: free it with body_handle_destroy when the attempt is
 * released. NULL: no memory; then the outcome says so. Does not post. */
struct cloacina_task;
struct cloacina_task *body_run(struct body_environment *environment);
void body_handle_destroy(struct cloacina_task *handle); /* NULL is legal */

/* cloacina_task_sleep_ms in nanoseconds, for bodies of our own. */
enum cloacina_code body_sleep(struct cloacina_task *task, int64_t duration,
                              struct cloacina_error *err) MUST_CHECK;

#endif
