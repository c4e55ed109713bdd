/* SPDX-License-Identifier: Apache-2.0 */
/* execution.h - one workflow execution as a pure state machine: rows in, rows out, no clock, no
 * store.
 *
 *   struct execution e;
 *   execution_begin(&e, options)               all tasks NotStarted, nothing decided
 *   execution_apply(&e, SUBMITTED, ...)        roots are decided
 *   execution_claim(&e, slots, ...)            Ready -> Running, oldest first
 *   execution_apply(&e, SUCCEEDED, ...)        row, event, delta; dependents are decided
 *   ... commit the changeset, then execution_accept(); or execution_undo() when the store said no
 *
 * Laws (design.md section 3):
 * - A task is decided once, when all its dependencies are terminal, never earlier.
 * - Every write of an attempt is guarded by its token: the loser gets CLOACINA_CONFLICT and changes
 *   nothing.
 * - The result is a function of rows, deltas and events alone: not of timing, row order or runner.
 * - Work is proportional to what changes; a cascade of skips is a loop, not a recursion. */
#ifndef EXECUTION_EXECUTION_H
#define EXECUTION_EXECUTION_H

#include "base/arena.h"
#include "base/random.h"
#include "base/timer_queue.h"
#include "context/delta.h"
#include "context/value.h"
#include "context/view.h"
#include "execution/changeset.h"
#include "execution/rows.h"
#include "workflow/workflow.h"

/* What goes with a task beside its row; only in memory. */
struct execution_task {
    /* NotStarted: NULL; Ready, Running: its input; terminal: what it hands on. */
    const struct view *view;
    uint32_t pending; /* dependencies that are not terminal yet */
    uint32_t change;  /* 1 + its index in the open changeset's rows; 0 = not in it */
};

/* Owned by the caller; read freely, changed only through the calls below. */
struct execution {
    struct cloacina_heap *heap;      /* Borrowed */
    const struct workflow *workflow; /* Owned reference */
    struct arena arena;              /* views, copied deltas, error texts */
    struct execution_row row;
    struct task_row *rows;        /* Owned, task_count, definition order */
    struct execution_task *tasks; /* Owned, task_count */
    const struct value *context;  /* the initial context; in the arena */
    const struct view *view;      /* the initial context as a view */
    uint32_t *ready; /* Owned ring of task indices that were Ready when pushed, oldest first */
    size_t ready_head, ready_count, ready_capacity;
    struct timer_queue retries; /* Ready tasks with a retry_at: (retry_at, task) */
    uint32_t *settled;          /* Owned scratch: tasks whose dependents are to be decided */
    size_t settled_count, settled_capacity;
    const struct view **inputs; /* Owned scratch: the views that meet in one task */
    size_t inputs_capacity;
    bool has_writes; /* some task wrote something: until then every view is the initial one */
    bool is_torn;    /* a refresh ran out of memory half way: only another one makes it whole */
};

struct execution_options {
    struct cloacina_heap *heap;
    struct workflow *workflow; /* a reference is taken */
    struct id id;
    struct text context; /* JSON object; empty text = {} */
    uint32_t recoveries_max;
};

/* Makes an execution that no store knows yet: revision 0, Pending, tasks NotStarted. INVALID:
 * `context` is no JSON object (the message says where). On an error nothing is left to finish. */
enum cloacina_code execution_begin(struct execution *execution,
                                   const struct execution_options *options,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;
void execution_finish(struct execution *execution);

/* ---- what may happen to it ---- */

enum execution_input_type {
    EXECUTION_SUBMITTED = 1, /* revision 0 only */
    EXECUTION_SUCCEEDED,     /* task, claim, delta */
    EXECUTION_TASK_FAILED,   /* task, claim, code, message */
    EXECUTION_TIMED_OUT,     /* task, claim, message, grace_ns */
    EXECUTION_DEFERRED,      /* task, claim */
    EXECUTION_TASK_RESUMED,  /* task, claim */
    /* task, claim: the runner gives an attempt back that did no work; costs nothing */
    EXECUTION_HANDED_BACK,
    EXECUTION_LOST, /* task, claim: its runner is dead */
    /* task, claim, message: it can never be finished; Failed without a retry */
    EXECUTION_ABANDONED,
    EXECUTION_PAUSE, /* message = why, may be empty */
    EXECUTION_RESUME,
    EXECUTION_CANCEL, /* message = why, may be empty */
    /* task, or TASK_NONE = every failed task: it and all that depends on it run again */
    EXECUTION_RESET
};

struct execution_input {
    enum execution_input_type type;
    uint32_t task;
    struct stamp claim;
    enum cloacina_code code;
    struct text message;
    /* SUCCEEDED: NULL means nothing was written. Copied into the execution. */
    const struct delta *delta;
    int64_t grace_ns; /* TIMED_OUT: the next attempt starts no earlier than this from now */
};

/* Applies one input in place and appends what changed to `changeset` (opened by the first change).
 * `now` is store time; `random` answers the jitter of a retry
 * (RANDOM_SITE_RETRY_JITTER, with `actor`, execution, task and attempt).
 * OK: applied. CONFLICT: the task is not held by this claim, or the execution is over: the loser
 * changes nothing. INVALID: a command that makes no sense now: "execution is Completed: it cannot
 * be paused". NO_MEMORY: partly applied: call execution_undo. */
enum cloacina_code execution_apply(struct execution *execution, const struct execution_input *input,
                                   int64_t now, struct random *random, uint32_t actor,
                                   struct changeset *changeset,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Claims for one runner: gives the oldest Ready tasks whose retry_at has come, and whose body
 * `can_run` accepts (NULL: all), the stamps {lease, serial}, {lease, serial + 1}... Writes at most
 * `slots` task indices to `ret_tasks` and their number to `*ret_count`. Tasks that `can_run`
 * refuses stay Ready. Nothing is claimed while Paused or over. */
struct claim_request {
    uint32_t slots;
    uint64_t lease;
    uint64_t serial;
    bool (*can_run)(void *user, uint32_t task);
    void *user;
};
enum cloacina_code execution_claim(struct execution *execution, const struct claim_request *request,
                                   int64_t now, struct changeset *changeset, uint32_t *ret_tasks,
                                   uint32_t *ret_count,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* When the next Ready task's retry_at comes (INSTANT_NEVER: none is waiting). Entries that are no
 * longer true are dropped on the way. */
int64_t execution_next_retry(struct execution *execution);

/* True when a Ready task may be claimed at `now` (one that `can_run` would refuse counts). */
bool execution_is_claimable(struct execution *execution, int64_t now);

/* ---- the end of a changeset ---- */

/* Names the open changeset before it is sent: row.revision becomes before.revision + 1, row.commit
 * is `commit`. */
void execution_seal(struct execution *execution, struct changeset *changeset, struct stamp commit);

/* The store applied it: empties the changeset. */
void execution_accept(struct execution *execution, struct changeset *changeset);

/* The store refused it, or it was half made: every row, count and view is as before; empties the
 * changeset. */
void execution_undo(struct execution *execution, struct changeset *changeset);

/* ---- what others committed ---- */

struct feed_task {
    uint32_t task;
    struct task_row row;
    bool has_delta;            /* true for every Completed task */
    const struct delta *delta; /* what it wrote, NULL = nothing; Borrowed for the call */
};

/* Rows that changed in the store since the execution's revision; or, for a load, all rows of it.
 * Tasks ascending. */
struct feed {
    struct execution_row row;
    struct feed_task *tasks;
    size_t task_count;
};

/* Takes over committed rows. No changeset may be open. NO_MEMORY leaves it torn: nothing but
 * another refresh may be tried then. INVALID: the rows contradict the definition (a Completed task
 * without its delta, a task number that does not exist): missing data is an error, never an empty
 * default. */
enum cloacina_code execution_refresh(struct execution *execution, const struct feed *feed,
                                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- questions ---- */

/* What a task's body sees: the united views of its dependencies. For a decided task. */
const struct view *execution_input_view(const struct execution *execution, uint32_t task);

/* The final context: the united views of the completed tasks that no completed task depends on; the
 * initial context when none completed. In the execution's arena. NULL: no memory. */
const struct value *execution_final_context(struct execution *execution);

/* The claim of a Ready row, shared with stores that claim by themselves: the one place that writes
 * Running. */
void task_row_claim(struct task_row *row, struct stamp claim, int64_t now);

#endif
