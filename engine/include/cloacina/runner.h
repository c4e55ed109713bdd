/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/runner.h - workflows for real: a runner, its store, its threads.
 *
 *   your threads --execute, wait, cancel--> runner thread --commits--> store (memory, SQLite,
 *        ^                                    |      ^                        PostgreSQL)
 *        +---------- answers ----------------+      | finished
 *                                             +--> executor threads: the bodies
 *
 *     struct cloacina_runner *runner;
 *     struct cloacina_execution *run;
 *     cloacina_runner_start(&(struct cloacina_runner_options){.database = "sqlite://app.db"},
 *                           &runner, &err);
 *     cloacina_runner_execute(runner, "shop", "{\"order\": 7}", &run, &err);
 *     puts(cloacina_execution_context(run));
 *     cloacina_execution_destroy(run);
 *     cloacina_runner_destroy(runner);
 *
 * Several runners, in one process or in many, share a database: each task attempt is claimed by one
 * of them. TASKS RUN AT LEAST ONCE (authoring.h says what that asks of a body).
 *
 * Every call may be made from any thread, but for those of the host's own event loop below; a
 * handle is used by one thread at a time. Bodies run on threads of their own and may make these
 * calls, too, but for shutdown and destroy of their own runner; a body that waits there for another
 * one keeps its slot meanwhile: with all slots waiting nothing moves until a timeout. Blocking
 * calls wait for the runner's thread and its store; a store that does not answer is tried again
 * inside, so they last until it does, or until the runner shuts down (CLOACINA_UNAVAILABLE). The
 * library's threads take no signals; it installs no handler and prints nothing unless it is
 * given a log. Every call may also fail with CLOACINA_NO_MEMORY. docs/embedding.md is the tour. */
#ifndef CLOACINA_RUNNER_H
#define CLOACINA_RUNNER_H

#include <stddef.h>
#include <stdint.h>

#include <cloacina/authoring.h>
#include <cloacina/heap.h>
#include <cloacina/log.h>
#include <cloacina/workflow.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_runner;
struct cloacina_execution;

#define CLOACINA_EXECUTION_ID_SIZE 37 /* 36 characters of an UUID and the NUL */
#define CLOACINA_RUNNER_SLOTS_MAX 65536

/* ---- options ---- */

/* What an acknowledged change survives. A crash of the process loses nothing with either. */
enum cloacina_durability {
    CLOACINA_DURABILITY_DEFAULT = 0, /* what the URL says; else FULL */
    CLOACINA_DURABILITY_FULL = 1,    /* after a power cut everything acknowledged is there */
    CLOACINA_DURABILITY_NORMAL = 2   /* after a power cut a prefix of the changes is there (SQLite:
                                        synchronous=NORMAL; PostgreSQL: synchronous_commit=off) */
};

/* Where bodies run. */
enum cloacina_executor {
    CLOACINA_EXECUTOR_THREADS = 0, /* on threads of the runner, with stacks of 256 KiB */
    CLOACINA_EXECUTOR_HOST = 1     /* where the host calls cloacina_runner_work() */
};

/* All-zero means the defaults; a number below zero where zero means a default is "none" or "no
 * limit" if its comment says so, else INVALID. Everything is copied, but what says Borrowed. */
struct cloacina_runner_options {
    const char *database; /* URL; NULL: "memory://". docs/choosing-a-store.md has all forms */
    const char *name;     /* shown to people; NULL: "runner" */
    const char *schema;   /* PostgreSQL: the tenant's schema; NULL: public */
    enum cloacina_durability durability;
    enum cloacina_executor executor;

    /* Whose bodies it has. All may be given; with all NULL: what this program declares by
     * CLOACINA_WORKFLOW. More can be added later by cloacina_runner_register. */
    const struct cloacina_workflow_definition *const *workflows; /* ends with NULL; Borrowed */
    const char *const *libraries; /* files of shared objects; ends with NULL */
    int with_declared;            /* also what this program declares */

    int64_t slots;               /* max_concurrent_tasks: bodies at a time; default 4 */
    int64_t task_timeout_ms;     /* for tasks without their own; default 300,000; -1: none */
    int64_t workflow_timeout_ms; /* how long execute() waits; default 3,600,000; -1: for ever. The
                                     execution goes on when it is over */
    int64_t heartbeat_ms;        /* default 10,000 */
    int64_t stale_after_ms;      /* a runner without a heartbeat is dead; default 60,000; more than
                                     twice heartbeat_ms */
    int64_t cancel_grace_ms;     /* how long a cancelled body may take; default 5,000 */
    int64_t zombies_max;         /* bodies over their grace before claiming stops; default 16 */
    int64_t recoveries_max;      /* lost claims one task survives; default 3 */

    /* Borrowed until destroy, and until the last body that it left behind has returned. */
    struct cloacina_heap *heap; /* thread-safe; NULL: the system heap */
    struct cloacina_log *log;   /* NULL: silence */
};

/* Sets an option by its name in the reference system's configuration, or by its field's name, from
 * text: "max_concurrent_tasks", "heartbeat_interval_ms", ... docs/reference/runner-options.md lists
 * all of them: live ones; those accepted without effect, of which options->log hears once, with the
 * reason; and those that are INVALID. NOT_FOUND: no such option (the message suggests one).
 * INVALID: the text is no such value. Texts are Borrowed. */
CLOACINA_API enum cloacina_code
cloacina_runner_options_set(struct cloacina_runner_options *options, const char *name,
                            const char *value, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- a runner ---- */

/* Opens the store (and creates and migrates it), then starts the runner's thread. `options` NULL:
 * the defaults. Blocks. INVALID names the option or what is wrong with the database; UNAVAILABLE:
 * the database does not answer. */
CLOACINA_API enum cloacina_code
cloacina_runner_start(const struct cloacina_runner_options *options,
                      struct cloacina_runner **ret_runner,
                      struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Adds the bodies of one more workflow. EXISTS: another one has its name. Blocks. */
CLOACINA_API enum cloacina_code
cloacina_runner_register(struct cloacina_runner *runner,
                         const struct cloacina_workflow_definition *definition,
                         struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Ends in good order: claims nothing more, waits for running bodies up to `timeout_ms` (0: 5,000;
 * -1: as long as they take), then tells them to stop and waits cancel_grace more; hands back what
 * never started, what is parked in defer_until and what came back after it was told, and closes its
 * lease. TIMEOUT: bodies are still running; UNAVAILABLE: the store does not answer (with both, its
 * claims are left for other runners to find lost). Executions go on with other runners, or with the
 * next one. Waiting calls of other threads end with UNAVAILABLE, and so does every later one. A
 * second call is a no-op that says OK. Blocks. */
CLOACINA_API enum cloacina_code
cloacina_runner_shutdown(struct cloacina_runner *runner, int64_t timeout_ms,
                         struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Shuts down if that was not done, and frees it. NULL is allowed. No other call may be going on,
 * and executions' handles must have been destroyed. Threads of bodies that have not returned
 * are left behind, with what these bodies may look at; the last one to return frees it. */
CLOACINA_API void cloacina_runner_destroy(struct cloacina_runner *runner);

/* ---- executing ---- */

/* Starts the workflow and waits until it is over: the call returns with the commit that finished
 * it. How it ended is no error of this call: ask the handle. `workflow` is "shop" or
 * "tenant::package::shop", of this program or, by its short name, one that the store has seen
 * before (other runners then have its bodies); `context` a JSON object, NULL for {}. NOT_FOUND:
 * no such workflow; INVALID: `context` is no JSON object; LIMIT: it is too large; TIMEOUT: not
 * over within workflow_timeout_ms; then and on UNAVAILABLE the handle is there, too, if the
 * execution was stored (else NULL); it shows it as it was submitted. */
CLOACINA_API enum cloacina_code
cloacina_runner_execute(struct cloacina_runner *runner, const char *workflow, const char *context,
                        struct cloacina_execution **ret_execution,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The same without the wait: returns when the execution is stored. */
CLOACINA_API enum cloacina_code
cloacina_runner_execute_async(struct cloacina_runner *runner, const char *workflow,
                              const char *context, struct cloacina_execution **ret_execution,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* A handle of an execution that is in the store, whoever started it. `id` as text. INVALID,
 * NOT_FOUND. Blocks. */
CLOACINA_API enum cloacina_code
cloacina_runner_find(struct cloacina_runner *runner, const char *id,
                     struct cloacina_execution **ret_execution,
                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- the handle of an execution ---- */

enum cloacina_execution_status {
    CLOACINA_EXECUTION_PENDING = 0,
    CLOACINA_EXECUTION_RUNNING = 1,
    CLOACINA_EXECUTION_COMPLETED = 2,
    CLOACINA_EXECUTION_FAILED = 3,
    CLOACINA_EXECUTION_CANCELLED = 4,
    CLOACINA_EXECUTION_PAUSED = 5
};

enum cloacina_task_status {
    CLOACINA_TASK_NOT_STARTED = 0,
    CLOACINA_TASK_READY = 1,
    CLOACINA_TASK_RUNNING = 2,
    CLOACINA_TASK_COMPLETED = 3,
    CLOACINA_TASK_FAILED = 4,
    CLOACINA_TASK_SKIPPED = 5
};

/* "Pending", "NotStarted", ...; "unknown-status" for a number that is none. Static. */
CLOACINA_API const char *cloacina_execution_status_name(enum cloacina_execution_status status);
CLOACINA_API const char *cloacina_task_status_name(enum cloacina_task_status status);

/* Waits until the execution is over. `timeout_ms` 0: only looks; -1: as long as it takes. TIMEOUT.
 * After OK the calls that look show its end. */
CLOACINA_API enum cloacina_code
cloacina_execution_wait(struct cloacina_execution *execution, int64_t timeout_ms,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Reads its rows anew from the store. Blocks. NOT_FOUND: it was removed. */
CLOACINA_API enum cloacina_code
cloacina_execution_refresh(struct cloacina_execution *execution,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Operator's commands; `reason` may be NULL. INVALID when it makes no sense now ("execution is
 * Completed: it cannot be paused"). `retry` runs failed tasks and all that depends on them again;
 * `task` NULL: every failed one. They return when the change is stored. */
CLOACINA_API enum cloacina_code
cloacina_execution_pause(struct cloacina_execution *execution, const char *reason,
                         struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_execution_resume(struct cloacina_execution *execution,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_execution_cancel(struct cloacina_execution *execution, const char *reason,
                          struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API enum cloacina_code
cloacina_execution_retry(struct cloacina_execution *execution, const char *task,
                         struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* What the handle knows, as of its last wait, refresh or command: none of these blocks or fails.
 * Texts live until the next such call, or until the handle is destroyed. */
struct cloacina_execution_info {
    const char *id;
    const char *workflow, *package, *tenant;
    enum cloacina_execution_status status;
    const char *reason; /* why it is Failed, Paused or Cancelled; or NULL */
    uint64_t revision;
    int64_t created_at, started_at, completed_at; /* nanoseconds since 1970; 0: not yet */
    uint32_t tasks, completed, failed, skipped;
};
struct cloacina_task_info {
    const char *name;
    enum cloacina_task_status status;
    uint32_t attempt, attempts_max;
    const char *skip_reason; /* "upstream_failed", ...; or NULL */
    const char *error;       /* of the last failed attempt, or NULL */
    int64_t started_at, completed_at, retry_at;
};
CLOACINA_API const struct cloacina_execution_info *
cloacina_execution_look(const struct cloacina_execution *execution);

/* Tasks in definition order; NULL: there is no such task. */
CLOACINA_API const struct cloacina_task_info *
cloacina_execution_task(const struct cloacina_execution *execution, uint32_t task);

/* The final context as canonical JSON; NULL: the execution is not over. */
CLOACINA_API const char *cloacina_execution_context(const struct cloacina_execution *execution);

/* The execution itself goes on. NULL is allowed. */
CLOACINA_API void cloacina_execution_destroy(struct cloacina_execution *execution);

/* ---- looking at the store ---- */

/* All-zero: the newest 100 of all. */
struct cloacina_list_options {
    const char *workflow; /* only this name; NULL: all */
    uint32_t statuses;    /* bit (1 << enum cloacina_execution_status) for each wanted; 0: all */
    int oldest_first;
    const char *after; /* id of the last one of the page before; NULL: from the start */
    uint32_t limit;    /* default 100, at most 1,000 */
};

/* Owned by the caller: free each with its destroy. `items` may be read freely. */
struct cloacina_listing {
    size_t count;
    const struct cloacina_execution_info *items;
};
struct cloacina_history {
    size_t count;
    const struct cloacina_event *items;
};
struct cloacina_event {
    uint64_t revision; /* events are ordered by (revision, n) */
    uint32_t n;
    const char *type;   /* "task_completed", ... */
    const char *task;   /* NULL: it is about the execution */
    uint32_t attempt;   /* 0: likewise */
    const char *detail; /* the error's code, or the skip reason; or NULL */
    int64_t at;         /* nanoseconds since 1970, the store's clock */
    int64_t retry_at;   /* of the next attempt; 0: none */
    uint64_t lease;     /* of the runner that held or took the task; 0: none */
};

CLOACINA_API enum cloacina_code
cloacina_runner_list(struct cloacina_runner *runner, const struct cloacina_list_options *options,
                     struct cloacina_listing **ret_listing,
                     struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API void cloacina_listing_destroy(struct cloacina_listing *listing);

/* Events after a revision (0: from the start), at most `limit` (0: 1,000), in whole revisions:
 * one that alone has more events comes whole. NOT_FOUND. */
CLOACINA_API enum cloacina_code
cloacina_execution_history(struct cloacina_execution *execution, uint64_t after_revision,
                           uint32_t limit, struct cloacina_history **ret_history,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;
CLOACINA_API void cloacina_history_destroy(struct cloacina_history *history);

/* What each unfinished task waits for, one line a task, as of now: "'charge' Ready: attempt 2 of 3,
 * not before 8 s from now (gateway timeout); needs a slot: 'runner' has 0 of 4 free". The text
 * lives as the handle's other texts. Blocks. */
CLOACINA_API enum cloacina_code
cloacina_execution_explain(struct cloacina_execution *execution, const char **ret_text,
                           struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- how it is doing: thread-safe, never blocks; as of the end of a step ---- */

struct cloacina_runner_figures {
    uint64_t lease; /* its number in the store; 0: it has none now */
    uint32_t slots, slots_used;
    uint32_t attempts;   /* bodies that have not returned */
    uint32_t parked;     /* of those: in defer_until, without a slot */
    uint32_t zombies;    /* of those: cancelled, and over their grace */
    uint32_t executions; /* in memory */
    uint64_t steps, commits, conflicts, unknowns;
    uint64_t store_calls;
    uint64_t tasks_completed, tasks_failed, tasks_skipped; /* by this runner's commits */
    uint64_t workflows_completed, workflows_failed, workflows_cancelled;
    uint64_t claims_recovered; /* of other runners, found lost */
    int64_t
        answered_at; /* when the store answered last, nanoseconds on the system's steady clock */
    int is_claiming; /* false: stopping, or too many zombies, or without a lease */
};
CLOACINA_API void cloacina_runner_look(const struct cloacina_runner *runner,
                                       struct cloacina_runner_figures *ret_figures);

/* ---- in the host's own event loop ----
 *
 *     cloacina_runner_open(&options, &runner, &err);       no thread of the runner
 *     loop:  epoll_wait(..., milliseconds until deadline)   the descriptor is one of yours
 *            cloacina_runner_step(runner, &deadline, &err)  readable, or the deadline has come
 *            while (cloacina_runner_work(runner)) {}        with CLOACINA_EXECUTOR_HOST
 *
 * One thread steps: the one that opened, or that stepped last. A blocking call that it makes steps
 * meanwhile. With CLOACINA_EXECUTOR_HOST it cannot wait for an execution to be over (INVALID): it
 * asks with the handle's wait(0) between the steps. Other threads may wait for anything.
 * examples/features/own-event-loop is a whole one. */

/* As cloacina_runner_start, but nobody steps it. */
CLOACINA_API enum cloacina_code
cloacina_runner_open(const struct cloacina_runner_options *options,
                     struct cloacina_runner **ret_runner,
                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Readable (POLLIN) when the runner wants to be stepped, or a body waits for cloacina_runner_work;
 * the same for its whole life. Of a runner that was started, and steps itself: the latter only, or
 * -1 without CLOACINA_EXECUTOR_HOST. */
CLOACINA_API int cloacina_runner_descriptor(const struct cloacina_runner *runner);

/* Does all that can be done now. May block in the store. `*ret_deadline` is when to call again at
 * the latest, nanoseconds on the system's steady clock (CLOCK_BOOTTIME); INT64_MAX: only when
 * woken. CLOACINA_CANCELLED: it has shut down; nothing more will be done. INVALID: it steps
 * itself. */
CLOACINA_API enum cloacina_code
cloacina_runner_step(struct cloacina_runner *runner, int64_t *ret_deadline,
                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Runs one waiting body to its end in the calling thread, any thread but from inside a body or a
 * step; 0: none was waiting. While a body that was run by the thread that steps waits in
 * defer_until or sleeps, the runner is stepped from there; other bodies wait for their turn. */
CLOACINA_API int cloacina_runner_work(struct cloacina_runner *runner);

#ifdef __cplusplus
}
#endif
#endif
