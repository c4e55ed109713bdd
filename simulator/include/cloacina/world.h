/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/world.h - a world: runners, bodies, a store and a virtual timeline, in one thread.
 *
 *        timeline (time, actor, sequence)   decision oracle: what could go differently
 *               |                                       |
 *     +---------+--------+----------------+             |
 *     v                  v                v             v
 *   bodies --post--> runner 1 ... n --calls--> store --observed by--> checkers
 *   (coroutines, or
 *    timers when they only cost time)
 *
 * A world fires one event at a time in a total order. Its clock starts at 2024-01-01T00:00:00Z and
 * moves only when nothing is left to do at the present instant: waiting is arithmetic. The engine's
 * own steps cost no virtual time. The runners in it are the ones of production; nothing in them
 * knows that they are simulated.
 *
 *     struct cloacina_world *world;
 *     struct cloacina_world_execution execution;
 *     enum cloacina_world_end end;
 *     cloacina_world_create(NULL, &world, &err);
 *     cloacina_world_register(world, &shop, &err);
 *     cloacina_world_submit(world, "shop", "{\"order\": 7}", &execution, &err);
 *     cloacina_world_run(world, INT64_MAX, &end, &err);
 *     puts(cloacina_world_status(world, execution, NULL));
 *     cloacina_world_destroy(world);
 *
 * One thread uses a world at a time; worlds do not share anything. Nothing here opens a file or a
 * socket, starts a thread or waits. Every call may also fail with CLOACINA_NO_MEMORY. docs/world.md
 * explains what a world is and what it leaves out. */
#ifndef CLOACINA_WORLD_H
#define CLOACINA_WORLD_H

#include <stddef.h>
#include <stdint.h>

#include <cloacina/authoring.h>
#include <cloacina/fault.h>
#include <cloacina/heap.h>
#include <cloacina/property.h>
#include <cloacina/workflow.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_world;

#define CLOACINA_WORLD_START_NS INT64_C(1704067200000000000) /* 2024-01-01T00:00:00Z */
#define CLOACINA_WORLD_DAYS_MAX 30                           /* default time limit: virtual days */
#define CLOACINA_WORLD_EVENTS_MAX 10000000                   /* default event limit */
#define CLOACINA_WORLD_RUNNERS_MAX 64

/* What stores: a data structure, or SQLite on a disk in memory, which can fail, tear and lose its
 * power as a real one does. */
enum cloacina_world_store { CLOACINA_WORLD_MEMORY = 0, CLOACINA_WORLD_SQLITE = 1 };

/* All-zero means: calm (every decision zero), one runner with four slots, checkers on, the default
 * limits. */
struct cloacina_world_options {
    struct cloacina_heap *heap; /* Borrowed; NULL: the system heap */
    int is_seeded;              /* false: the empty token, every decision is the calm one */
    uint64_t seed; /* with is_seeded: jitter, ids, who goes first at one instant, faults */
    /* Borrowed; with is_seeded: what may go wrong; NULL: nothing. */
    const struct cloacina_fault_plan *faults;
    /* A run that was written down: a token, or decisions alone, separated by commas
     * ("run-1/charge/1/effect.payments.charge@1=reply-lost"). What they say happens, and nothing
     * else: is_seeded, seed and faults are not looked at. NULL: none. */
    const char *replay;
    enum cloacina_world_store store; /* 0 = in memory */
    uint32_t runners;                /* 0 = 1 */
    uint32_t slots;                  /* per runner; 0 = 4 */
    int slots_unlimited;             /* not 0: `slots` is not looked at */
    int checkers_off;                /* not 0: nobody judges; for measuring only */
    int64_t round_trip_ns; /* every store call of a runner takes this long, half of it on the way
                              there; 0 */
    int64_t days_max; /* 0 = CLOACINA_WORLD_DAYS_MAX; more than int64 nanoseconds hold: no limit */
    uint64_t events_max; /* 0 = CLOACINA_WORLD_EVENTS_MAX; idle turns of runners are not counted */
    const struct cloacina_world_telling *telling; /* Borrowed; NULL: nobody listens */
};

/* What a world tells while it runs; slots may be NULL. Times are nanoseconds since the world's
 * start. Texts are Borrowed for the call, which must not use the world. */
struct cloacina_world_attempt {
    const char *workflow;
    const char *task;
    uint32_t task_index; /* in definition order */
    uint32_t attempt;    /* 1-based */
    uint32_t runner;     /* 1-based */
    uint32_t slot;       /* 0-based lane of that runner: the lowest that is free */
    int64_t started_ns;
    int64_t ended_ns;
    enum cloacina_code code;
    const char *message; /* "" when OK */
};
struct cloacina_world_telling {
    void (*attempt_ended)(void *user, const struct cloacina_world_attempt *attempt);
    void *user;
};

/* `options` NULL: all-zero. INVALID: over a limit, or negative. On an error *ret_world is
 * untouched. */
CLOACINA_API enum cloacina_code
cloacina_world_create(const struct cloacina_world_options *options,
                      struct cloacina_world **ret_world,
                      struct cloacina_error *err) CLOACINA_MUST_CHECK;
/* Ends every body that is still there (its waiting calls answer CLOACINA_CRASHED) and frees
 * everything. A body that has not returned after 64 such answers, or was left by longjmp, is given
 * up, with its stack and what it held. NULL is legal. */
CLOACINA_API void cloacina_world_destroy(struct cloacina_world *world);

/* ---- which workflows there are: before the first submission, command or run, because a runner
 * learns at its start which bodies it has (INVALID later) ---- */

/* Gives every runner the bodies of a declared workflow. EXISTS when the name is taken; otherwise
 * the errors of cloacina_workflow_build_definition. The definition must outlive the world. */
CLOACINA_API enum cloacina_code
cloacina_world_register(struct cloacina_world *world,
                        const struct cloacina_workflow_definition *definition,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The same for a workflow as an object, with the bodies it came with: built at run time, or found
 * in a library, which must stay open until the world is destroyed. Takes a reference. INVALID: a
 * task has no body. */
CLOACINA_API enum cloacina_code
cloacina_world_register_workflow(struct cloacina_world *world, struct cloacina_workflow *workflow,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The bodies that runners begin with where an upgrade is tried out: those registered otherwise are
 * the new ones, which a runner has from its deploy on (a fault, <cloacina/fault.h>). A submission
 * starts the definition of the runner that it reaches. A workflow that has no old bodies is offered
 * by deployed runners only. Errors as above. */
CLOACINA_API enum cloacina_code
cloacina_world_register_old(struct cloacina_world *world, struct cloacina_workflow *workflow,
                            struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The same for a workflow built at run time, whose bodies only cost time: costs_ns[i] virtual
 * nanoseconds for task i in definition order (NULL: none). INVALID: a cost is negative. Both are
 * Borrowed and must outlive the world. */
CLOACINA_API enum cloacina_code
cloacina_world_register_costs(struct cloacina_world *world,
                              const struct cloacina_workflow *workflow, const int64_t *costs_ns,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- what the tests of a workflow change about its bodies, at any time; workflow and task by
 * name. NOT_FOUND names what is missing and what is similar. What is said twice counts the second
 * time ---- */

/* Every attempt of the task takes `cost_ns` longer: its body runs first, then the time passes, then
 * it answers. INVALID: it is negative. */
CLOACINA_API enum cloacina_code cloacina_world_cost(struct cloacina_world *world,
                                                    const char *workflow, const char *task,
                                                    int64_t cost_ns,
                                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Instead of the body: sets the keys of this JSON object (NULL or "{}": none) and completes, after
 * its cost. INVALID: it is no JSON object. */
CLOACINA_API enum cloacina_code cloacina_world_stub(struct cloacina_world *world,
                                                    const char *workflow, const char *task,
                                                    const char *returns_json,
                                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Attempt number `attempt`, counted from 1, fails with this code and message, without running body
 * or stub, after its cost. `message` NULL is "". INVALID: `code` is CLOACINA_OK, or the
 * attempt 0. */
CLOACINA_API enum cloacina_code cloacina_world_fail(struct cloacina_world *world,
                                                    const char *workflow, const char *task,
                                                    uint32_t attempt, enum cloacina_code code,
                                                    const char *message,
                                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Whether a cost, stub, failure or decision (`replay`) was never used, or a command was refused
 * because it made no sense when its time came: then the test speaks of something that did not
 * happen. Fills `ret_message` with the first one ("stub of task 'price' was never used", "resume
 * at 1.5 s was refused: execution is Completed: it cannot be resumed"); 0 when there is none. */
CLOACINA_API int cloacina_world_has_unused(const struct cloacina_world *world, char *ret_message,
                                           size_t size);

/* ---- what must hold: <cloacina/property.h> ---- */

/* Judges a property in this world, from now on. A broken one ends the run like a broken invariant:
 * cloacina_world_violation answers "always" or "eventually" and a message that begins with the
 * property's name in quotes. Borrowed. INVALID: a field is missing, or too many
 * (CLOACINA_WORLD_PROPERTIES_MAX). */
#define CLOACINA_WORLD_PROPERTIES_MAX 64
CLOACINA_API enum cloacina_code
cloacina_world_property(struct cloacina_world *world, const struct cloacina_property *property,
                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Whether the property was true at some moment so far (ALWAYS: was never found false). */
CLOACINA_API int cloacina_world_property_seen(const struct cloacina_world *world,
                                              const struct cloacina_property *property);

/* ---- running ---- */

struct cloacina_world_execution {
    uint64_t high, low; /* the execution's id */
};

/* Asks the first runner that lives to start a workflow at the present instant; what follows happens
 * in cloacina_world_run. Whoever gets no answer, because that runner died or the store was away,
 * asks again after a second. `workflow` is "shop" or "tenant::package::shop"; `context_json` NULL
 * is "{}". NOT_FOUND names the workflow and what is similar; INVALID (or as the JSON reader says):
 * the context is no JSON object. */
CLOACINA_API enum cloacina_code
cloacina_world_submit(struct cloacina_world *world, const char *workflow, const char *context_json,
                      struct cloacina_world_execution *ret_execution,
                      struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Operator commands, asked likewise at the instant `at_ns` (since the start; INVALID: it is
 * over), before bodies and runners do anything at that instant. What is refused then changes
 * nothing: see cloacina_world_has_unused. */
enum cloacina_world_command {
    CLOACINA_WORLD_PAUSE, /* nothing new starts; bodies finish */
    CLOACINA_WORLD_RESUME,
    CLOACINA_WORLD_CANCEL, /* ends at once; bodies are told */
    CLOACINA_WORLD_RESET   /* every failed task runs again, and what depends on it */
};
CLOACINA_API enum cloacina_code
cloacina_world_command(struct cloacina_world *world, struct cloacina_world_execution execution,
                       enum cloacina_world_command command, int64_t at_ns,
                       struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Moves one runner's wall clock by `step_ns` now (its monotonic clock does not jump). Runner
 * numbers start at 1; there must be such a runner. */
CLOACINA_API void cloacina_world_step_clock(struct cloacina_world *world, uint32_t runner,
                                            int64_t step_ns);

/* How a run ended. */
enum cloacina_world_end {
    CLOACINA_WORLD_SETTLED, /* nothing but idle timers is left */
    CLOACINA_WORLD_UNTIL,   /* the given instant was reached */
    /* a checker saw a broken promise: cloacina_world_violation says which */
    CLOACINA_WORLD_VIOLATION,
    /* out of virtual time or events: cloacina_world_violation explains what did not move */
    CLOACINA_WORLD_LIMIT
};

/* Fires events until the world is settled, or, with an instant `until_ns` (since the start;
 * INT64_MAX: none), until that is reached: the clock then stands there, with everything due before
 * or at it fired, idle timers included. May be called again; after a violation or a limit it
 * answers the same without doing anything. A violation is an answer, not an error. INVALID:
 * `until_ns` is over, or a run is under way. NO_MEMORY: the run proves nothing, and the world can
 * only be destroyed. */
CLOACINA_API enum cloacina_code cloacina_world_run(struct cloacina_world *world, int64_t until_ns,
                                                   enum cloacina_world_end *ret_end,
                                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The invariant that was broken ("I-03"), and what the checker saw; NULL when none was. At a limit:
 * "I-07", and what every active execution waits for. `ret_message` may be NULL, and is written only
 * with an answer. Borrowed. */
CLOACINA_API const char *cloacina_world_violation(const struct cloacina_world *world,
                                                  const char **ret_message);

/* ---- what came out ---- */

/* Since the start. */
CLOACINA_API int64_t cloacina_world_now_ns(const struct cloacina_world *world);

struct cloacina_world_counts {
    uint64_t events;                            /* fired by the world */
    uint64_t attempts;                          /* started */
    uint64_t tasks, completed, failed, skipped; /* of all executions */
    uint64_t executions, executions_active;
    int64_t makespan_ns;         /* from the first submission to the last task's end */
    uint64_t commits, conflicts; /* of the runners with the store */
};
CLOACINA_API void cloacina_world_count(const struct cloacina_world *world,
                                       struct cloacina_world_counts *ret_counts);

/* 128 bits over everything that happened so far, as 32 hex digits and a NUL: equal for equal runs,
 * whatever the machine, compiler or allocator. */
CLOACINA_API void cloacina_world_trace_hash(const struct cloacina_world *world, char ret_text[33]);

/* One task of one execution as the store has it. NOT_FOUND names the task (or there is no such
 * execution yet). */
struct cloacina_world_task {
    const char *status; /* "NotStarted" "Ready" "Running" "Completed" "Failed" "Skipped"; static */
    const char *reason; /* Skipped: why, "upstream_failed"; else the text of its last failure, "" =
                           none; Borrowed until the next run */
    enum cloacina_code code;   /* of its last failure; CLOACINA_OK: none */
    uint32_t attempts;         /* started */
    const int64_t *started_ns; /* of each attempt, since the start; Borrowed until the next run */
    int64_t ended_ns;          /* since the start; -1: it has not ended */
};
CLOACINA_API enum cloacina_code cloacina_world_task(const struct cloacina_world *world,
                                                    struct cloacina_world_execution execution,
                                                    const char *task,
                                                    struct cloacina_world_task *ret_task,
                                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* "Pending", "Running", "Completed", "Failed", "Cancelled", "Paused"; static. NULL: no such
 * execution (yet). `ret_reason` may be NULL; it is why the execution failed, was paused or
 * cancelled, "" = nothing to say, Borrowed until the next run. */
CLOACINA_API const char *cloacina_world_status(const struct cloacina_world *world,
                                               struct cloacina_world_execution execution,
                                               const char **ret_reason);

/* The final context (before the end: what the completed tasks have made of it so far) as canonical
 * JSON, Borrowed until the next run. NULL: no such execution, or no memory. */
CLOACINA_API const char *cloacina_world_context(const struct cloacina_world *world,
                                                struct cloacina_world_execution execution);

/* What a task was given, or would be given now, as canonical JSON: its input context. Borrowed
 * until the next run. NULL: no such execution or task, not all its dependencies have ended, or no
 * memory. */
CLOACINA_API const char *cloacina_world_input(const struct cloacina_world *world,
                                              struct cloacina_world_execution execution,
                                              const char *task);

/* What every unfinished task waits for, one line each; "" when all have ended. Borrowed until the
 * next run. NULL: no such execution, or no memory. */
CLOACINA_API const char *cloacina_world_explain(const struct cloacina_world *world,
                                                struct cloacina_world_execution execution);

/* ---- the ledger: what bodies did to the outside through cloacina_task_effect. Counted is what was
 * applied: an effect whose `apply` failed was not. `name` NULL: all names ---- */

CLOACINA_API uint64_t cloacina_world_effects(const struct cloacina_world *world, const char *name);

/* How often the key was used that was used most: 2 = somebody paid twice. */
CLOACINA_API uint64_t cloacina_world_effects_per_key_max(const struct cloacina_world *world,
                                                         const char *name);

/* How often the effect was applied under this key; `name` and `key` are required. */
CLOACINA_API uint64_t cloacina_world_effects_with_key(const struct cloacina_world *world,
                                                      const char *name, const char *key);

/* How often it was called, whatever became of it. */
CLOACINA_API uint64_t cloacina_world_effect_calls(const struct cloacina_world *world,
                                                  const char *name);

/* How often it was applied without its caller learning it, for a fault "reply-lost". */
CLOACINA_API uint64_t cloacina_world_replies_lost(const struct cloacina_world *world,
                                                  const char *name);

#ifdef __cplusplus
}
#endif
#endif
