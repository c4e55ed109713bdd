/* SPDX-License-Identifier: Apache-2.0 */
/* runner.h - the step that ties it together. Production wraps it in a thread, a host in its event
 * loop, a world in a coroutine; nothing in it knows which.
 *
 *   runner_step():   inbox ---> executions ---> changesets --one commit--> store
 *                    (finished, deferred,           |                         |
 *                     commands, timers)             +---- start, resume <-----+--> claimed attempts
 *
 * One owning thread: every call but runner_post and inbox_post is made from the thread that steps.
 * No user code runs there. A step may block in the store; it never waits for anything else. */
#ifndef RUNNER_RUNNER_H
#define RUNNER_RUNNER_H

#include <cloacina/clock.h>

#include "base/inbox.h"
#include "base/random.h"
#include "dal/dal.h"
#include "executor/bodies.h"
#include "executor/executor.h"

struct runner;

/* All-zero (with the required fields set) means the defaults. Everything Borrowed outlives the
 * runner. */
struct runner_options {
    struct cloacina_heap *heap;   /* Borrowed; NULL: the system heap */
    struct cloacina_clock *clock; /* Borrowed; required */
    struct random *random;        /* Borrowed; required */
    struct dal *dal;              /* Borrowed; required */
    struct executor *executor;    /* Borrowed; required */
    struct body_source *bodies;   /* Borrowed; required: the bodies this runner has */
    const char *name;             /* copied; NULL: "runner" */
    uint32_t actor;               /* its number in random labels */
    uint32_t slots;               /* bodies at a time; 0 = unlimited */
    int64_t heartbeat_ns;         /* default 10 s: beat, and look for what a lost hint hid */
    int64_t lease_threshold_ns;   /* default 60 s without a beat: the lease is dead */
    int64_t lease_margin_ns;      /* default 5 s: its owner stops that much earlier */
    int64_t cancel_grace_ns;      /* default 5 s: how long a cancelled body may take to return */
    uint32_t recoveries_max;      /* default 3 */
    /* Default 16: bodies that did not return; beyond that nothing more is claimed. */
    uint32_t zombies_max;
    int64_t task_timeout_ns;  /* for tasks that have none of their own; default: none */
    void (*wake)(void *user); /* required; thread-safe: the runner wants to be stepped */
    void *wake_user;
};

/* INVALID names the missing field. Opens a lease in the store. */
enum cloacina_code runner_create(const struct runner_options *options, struct runner **ret_runner,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Frees it as it is: claims stay in the store until they are found lost. Attempts must have come
 * back (their bodies returned and were drained), or their executor must be gone. NULL is legal. For
 * an orderly end call runner_stop first. */
void runner_destroy(struct runner *runner);

/* When the runner wants its next step, on its own monotonic clock; INSTANT_NEVER = only when
 * woken. */
struct runner_next {
    int64_t deadline; /* the earliest of all its timers */
    /* The earliest that watches something: a retry, a timeout, a grace, a lease that may die. Not
     * the idle beat. */
    int64_t busy;
};

/* Does everything that can be done now, and says when to call again. An error is one that stops the
 * runner (a missing slot, no memory at start-up): operating errors of the store are retried inside.
 * CRASHED: this actor is dead. */
enum cloacina_code runner_step(struct runner *runner, struct runner_next *ret_next,
                               struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- commands: posted from any thread, carried out by the step, answered through `done` ---- */

enum runner_command_type {
    RUNNER_SUBMIT = 16, /* workflow, context; id (zero: one is made, and filled in before `done`) */
    RUNNER_PAUSE,       /* id, reason */
    RUNNER_RESUME,      /* id */
    RUNNER_CANCEL,      /* id, reason */
    RUNNER_RESET,       /* id, task (TASK_NONE: all failed ones) */
    /* id: `done` comes with the commit that finishes the execution (at once when it is over) */
    RUNNER_WAIT,
    /* claim nothing more; `done` when no body runs, all is committed and handed back, and the lease
     * is closed */
    RUNNER_STOP,
    /* The rest is for whoever wraps the step. */
    /* id: `done` with its rows as the store has them now, in `execution` */
    RUNNER_LOOK,
    /* other: a RUNNER_WAIT, or a RUNNER_SUBMIT that waits, which was posted before. It is answered
     * with TIMEOUT; one that is not stored yet, when it is. `done` at once */
    RUNNER_END_WAIT,
    RUNNER_CALL, /* call: is called, may use the store, sets code and error */
    /* Tells bodies to stop: those that are parked, or park from now on; or all. One that was
     * recalled and comes back without success is handed back: it costs no attempt. `done` at once */
    RUNNER_RECALL_PARKED,
    RUNNER_RECALL
};

/* Owned by the caller until `done` was called (on the stepping thread). */
struct runner_command {
    struct inbox_message message; /* first; kind = enum runner_command_type */
    struct workflow *workflow;    /* Borrowed until done */
    struct text context;          /* Borrowed until done */
    struct text reason;           /* Borrowed until done */
    struct id id;
    uint32_t task;
    bool waits; /* SUBMIT: `done` comes with the commit that finishes the execution */
    struct runner_command *other;
    void (*call)(struct runner *runner, struct runner_command *command);
    enum cloacina_code code;      /* the answer */
    enum execution_status status; /* of the execution, when known */
    struct cloacina_error error;
    /* The execution as this runner knows it, Borrowed during `done`; NULL: it has none to show. */
    struct execution *execution;
    atomic_bool is_stored; /* SUBMIT: it is in the store, under `id`; any thread may look */
    void (*done)(struct runner_command *command);
    void *user;
};
void runner_post(struct runner *runner, struct runner_command *command);

/* The source has bodies that it had not: offers them, and binds them to what is in memory. False:
 * no memory, nothing was changed. */
bool runner_renew_offers(struct runner *runner) CLOACINA_MUST_CHECK;

/* Nobody will step it any more: answers every command that waits, and all that are posted before
 * the next call of this, with `code` and `message`. From one thread at a time. */
void runner_refuse(struct runner *runner, enum cloacina_code code, const char *message);

/* Nobody will step it any more: its store may be destroyed before it. The lease stays open. */
void runner_abandon(struct runner *runner);

/* ---- looking ---- */

/* Store time, as far as it is known. */
int64_t runner_now(struct runner *runner);

/* The execution as this runner knows it, or NULL when it has not loaded it. Borrowed until the next
 * step. */
const struct execution *runner_execution(const struct runner *runner, struct id id);

struct runner_counts {
    uint32_t slots_used;
    uint32_t attempts;   /* with the executor */
    uint32_t parked;     /* of those: deferred */
    uint32_t zombies;    /* of those: cancelled, and over their grace */
    uint32_t executions; /* in memory */
    uint64_t lease;
    uint64_t steps;
    uint64_t commits, conflicts, unknowns;
    uint64_t tasks_completed, tasks_failed, tasks_skipped; /* by its commits */
    uint64_t workflows_completed, workflows_failed, workflows_cancelled;
    uint64_t claims_recovered; /* lost claims that it took back */
    bool is_claiming;          /* would take work if it had a slot */
};
void runner_count(const struct runner *runner, struct runner_counts *ret_counts);

/* For every unfinished task of an execution, what it waits for, one line a task, appended to
 * `ret_text`. Uses only what the rows say and what this runner knows; `now` is store time. */
void runner_explain(const struct runner *runner, const struct execution *execution, int64_t now,
                    struct text_builder *ret_text);

/* What one task waits for, without its name, by what anybody can see: its rows and the open leases;
 * nothing for one that is over. */
struct explain_leases {
    const struct dal_lease *leases;
    size_t count;
};
void explain_task(const struct execution *execution, uint32_t task,
                  const struct explain_leases *leases, int64_t now, struct text_builder *ret_text);

#endif
