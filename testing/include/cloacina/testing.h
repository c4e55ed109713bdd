/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/testing.h - unit tests of workflows: the real engine, no database, no waiting.
 *
 *     #include <cloacina/testing.h>
 *
 *     static void a_failed_charge_is_retried_after_its_delay(void **state)
 *     {
 *         struct cloacina_test *test = *state;
 *         cloacina_test_cost_ms(test, "charge", 1200);
 *         cloacina_test_fail(test, "charge", 1, "gateway timeout");
 *         const struct cloacina_result *result = cloacina_test_run(test, "{\"order\": 7}");
 *         cloacina_assert_task_completed(result, "charge");
 *         cloacina_assert_started_ms(result, "charge", 2, 2200);
 *     }
 *
 *     int main(void)
 *     {
 *         const struct CMUnitTest tests[] = {
 *             cloacina_unit_test(a_failed_charge_is_retried_after_its_delay, &shop),
 *         };
 *         return cmocka_run_group_tests(tests, NULL, NULL);
 *     }
 *
 * A test runner is a world (<cloacina/world.h>) with one runner in which nothing goes wrong by
 * itself: no jitter, no crash, no lost reply. Its clock is virtual: the engine costs no time, a
 * body costs what cloacina_test_cost_ms says and what it sleeps, and a delay of a day passes at
 * once. Instants are therefore exact and are compared exactly. Nothing here opens a file or a
 * socket or starts a thread.
 *
 * STRICT. Nothing here returns an error: a call that cannot do what it says fails the test that
 * made it, at the caller's file and line, through cmocka. That is so for a task that does not
 * exist, for a workflow that is not valid, for a run that breaks one of the engine's promises or
 * never comes to rest, and, when the test runner is destroyed, for a stub, a cost or a failure that
 * was never used.
 *
 * The names below that are macros add the caller's file and line and evaluate each argument once.
 * One thread uses a test runner at a time. Reading order: make one, prepare, run, look, assert. */
#ifndef CLOACINA_TESTING_H
#define CLOACINA_TESTING_H

/* cmocka.h wants these before it, in this order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <cloacina/authoring.h>
#include <cloacina/world.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_test;
struct cloacina_result;

/* ---- make one ---- */

/* All-zero, but for the workflow or the tasks, means: one runner with four slots, calm. */
struct cloacina_test_options {
    const struct cloacina_workflow_definition *workflow; /* Borrowed; outlives the test runner */
    /* Instead of a workflow: only these tasks, ending in NULL. A dependency on a task outside the
     * list is left out; what that task would have written goes into the initial context. The list
     * and the definitions are copied; bodies, rules, texts and .user stay Borrowed. */
    const struct cloacina_task_definition *const *tasks;
    enum cloacina_world_store store; /* 0 = in memory */
    uint32_t runners;                /* 0 = 1 */
    uint32_t slots;                  /* of each runner: bodies at a time; 0 = 4 */
    int slots_unlimited;             /* `slots` is not looked at */
    int is_seeded;                   /* draw jitter, and the order at one instant, from `seed` */
    uint64_t seed;                   /* the same seed, the same run */
    /* What goes wrong: a token, or decisions separated by commas, as in <cloacina/world.h>; NULL:
     * nothing. One that never comes up fails the test. */
    const char *replay;
    int64_t round_trip_ms;      /* what each call of the store takes; 0 */
    int64_t days_max;           /* of virtual time; a longer run fails the test; 0 = 30 */
    struct cloacina_heap *heap; /* Borrowed; NULL: the system heap */
};

/* A test runner of a whole workflow: `const struct cloacina_workflow_definition *`. Never NULL. */
#define cloacina_test_create(definition)                                                           \
    cloacina_test_create_at(&(const struct cloacina_test_options){.workflow = (definition)},       \
                            __FILE__, __LINE__)

/* A test runner of some tasks, CLOACINA_TASKS(&price, &charge). */
#define cloacina_test_create_tasks(...)                                                            \
    cloacina_test_create_at(&(const struct cloacina_test_options){.tasks = __VA_ARGS__}, __FILE__, \
                            __LINE__)

/* A test runner as `const struct cloacina_test_options *` says. */
#define cloacina_test_create_with(...) cloacina_test_create_at(__VA_ARGS__, __FILE__, __LINE__)

/* Ends it and frees everything, the results too; NULL is legal. Fails the test, after having freed
 * everything, for a stub, a cost or a failure that was never used. */
#define cloacina_test_destroy(test) cloacina_test_destroy_at(test, __FILE__, __LINE__)

/* An entry of cmocka's list of tests: `function` finds in *state a fresh test runner of
 * `definition`, which is destroyed after it, also when the function failed. */
#define cloacina_unit_test(function, definition)                                                   \
    cmocka_unit_test_prestate_setup_teardown(function, cloacina_test_setup,                        \
                                             cloacina_test_teardown, (void *)(definition))

/* The two halves of that, for entries of your own: *state is the definition before, the test runner
 * after. */
CLOACINA_API int cloacina_test_setup(void **state);
CLOACINA_API int cloacina_test_teardown(void **state);

/* ---- prepare: `task` is a short name ---- */

/* Every attempt of the task takes `cost_ms` longer: its body runs, the time passes, then it
 * answers. */
#define cloacina_test_cost_ms(test, task, cost_ms)                                                 \
    cloacina_test_cost_ms_at(test, task, cost_ms, __FILE__, __LINE__)

/* In place of its body the task sets the keys of this JSON object and completes. "{}" or NULL: it
 * sets nothing. */
#define cloacina_test_stub(test, task, returns_json)                                               \
    cloacina_test_stub_at(test, task, returns_json, __FILE__, __LINE__)

/* Attempt number `attempt`, counted from 1, fails with this message (and CLOACINA_FAILED) without
 * running the body. */
#define cloacina_test_fail(test, task, attempt, message)                                           \
    cloacina_test_fail_at(test, task, attempt, CLOACINA_FAILED, message, __FILE__, __LINE__)

/* The same with another code, CLOACINA_UNAVAILABLE for instance; not CLOACINA_OK. */
#define cloacina_test_fail_code(test, task, attempt, code, message)                                \
    cloacina_test_fail_at(test, task, attempt, code, message, __FILE__, __LINE__)

/* What an operator does to the next run, that many milliseconds after its start. */
#define cloacina_test_pause_at_ms(test, at_ms)                                                     \
    cloacina_test_command_at(test, CLOACINA_WORLD_PAUSE, at_ms, __FILE__, __LINE__)
#define cloacina_test_resume_at_ms(test, at_ms)                                                    \
    cloacina_test_command_at(test, CLOACINA_WORLD_RESUME, at_ms, __FILE__, __LINE__)
#define cloacina_test_cancel_at_ms(test, at_ms)                                                    \
    cloacina_test_command_at(test, CLOACINA_WORLD_CANCEL, at_ms, __FILE__, __LINE__)

/* Moves the wall clock of runner 1, now: what cloacina_task_now() answers jumps; delays do not
 * change. */
CLOACINA_API void cloacina_test_step_clock_ms(struct cloacina_test *test, int64_t step_ms);

/* The world beneath, for what has no name here. Borrowed. */
CLOACINA_API struct cloacina_world *cloacina_test_world(struct cloacina_test *test);

/* ---- run ---- */

/* Runs the workflow with this initial context, a JSON object (NULL: "{}"), until nothing is left to
 * do. A second run in the same test runner is a second execution, later. The result is never NULL
 * and is Borrowed: it lives as long as the test runner, and always shows its execution as it is
 * now. */
#define cloacina_test_run(test, context_json)                                                      \
    cloacina_test_run_at(test, context_json, __FILE__, __LINE__)

/* The same in steps: start, and move time as far as wished, as often as wished, and then to the
 * end. Everything due up to 0.5 s after the start of the latest run is done here:
 *
 *     const struct cloacina_result *result = cloacina_test_start(test, "{}");
 *     cloacina_test_run_until_ms(test, 500);
 *     ...
 *     cloacina_test_run_to_end(test); */
#define cloacina_test_start(test, context_json)                                                    \
    cloacina_test_start_at(test, context_json, __FILE__, __LINE__)
#define cloacina_test_run_until_ms(test, until_ms)                                                 \
    cloacina_test_run_until_ms_at(test, until_ms, __FILE__, __LINE__)
#define cloacina_test_run_to_end(test) cloacina_test_run_to_end_at(test, __FILE__, __LINE__)

/* ---- look: texts are Borrowed until the next run or until the test runner is destroyed ---- */

/* "Pending", "Running", "Completed", "Failed", "Cancelled", "Paused"; static. */
CLOACINA_API const char *cloacina_result_status(const struct cloacina_result *result);
/* Why it failed or was cancelled; "" = nothing to say. */
CLOACINA_API const char *cloacina_result_reason(const struct cloacina_result *result);
/* From its start to the end of its last task, in whole milliseconds; what is below is cut off. */
#define cloacina_result_makespan_ms(result)                                                        \
    cloacina_result_makespan_ms_at(result, __FILE__, __LINE__)
/* What every unfinished task waits for, one line each; "" when all have ended. */
CLOACINA_API const char *cloacina_result_explain(const struct cloacina_result *result);

/* The final context as canonical JSON: keys in byte order, no blanks. */
#define cloacina_result_context_json(result)                                                       \
    cloacina_result_context_json_at(result, __FILE__, __LINE__)
/* The value of one key of it, or the test fails: the key is absent, or its value is of another type
 * or does not fit. */
#define cloacina_result_int64(result, key) cloacina_result_int64_at(result, key, __FILE__, __LINE__)
#define cloacina_result_uint64(result, key)                                                        \
    cloacina_result_uint64_at(result, key, __FILE__, __LINE__)
#define cloacina_result_double(result, key)                                                        \
    cloacina_result_double_at(result, key, __FILE__, __LINE__)
#define cloacina_result_bool(result, key) cloacina_result_bool_at(result, key, __FILE__, __LINE__)
#define cloacina_result_string(result, key)                                                        \
    cloacina_result_string_at(result, key, __FILE__, __LINE__)
/* The value of a key, whatever its type, as canonical JSON; NULL: there is no such key. */
#define cloacina_result_json(result, key) cloacina_result_json_at(result, key, __FILE__, __LINE__)

/* "NotStarted", "Ready", "Running", "Completed", "Failed", "Skipped"; static. */
#define cloacina_result_task_status(result, task)                                                  \
    cloacina_result_task_status_at(result, task, __FILE__, __LINE__)
/* The message of its last failure, or why it was skipped: "upstream_failed"; "" = neither. */
#define cloacina_result_task_reason(result, task)                                                  \
    cloacina_result_task_reason_at(result, task, __FILE__, __LINE__)
/* How many attempts were started. */
#define cloacina_result_attempts(result, task)                                                     \
    cloacina_result_attempts_at(result, task, __FILE__, __LINE__)
/* When an attempt, counted from 1, started, and when the task ended, since the start of the run, in
 * whole milliseconds; what is below is cut off. The test fails when that has not happened. */
#define cloacina_result_started_ms(result, task, attempt)                                          \
    cloacina_result_started_ms_at(result, task, attempt, __FILE__, __LINE__)
#define cloacina_result_ended_ms(result, task)                                                     \
    cloacina_result_ended_ms_at(result, task, __FILE__, __LINE__)

/* What the task was given, as canonical JSON; of a stub, this is its call, recorded. The test fails
 * when the tasks that it depends on have not all ended. */
#define cloacina_result_input_json(result, task)                                                   \
    cloacina_result_input_json_at(result, task, __FILE__, __LINE__)

/* How many effects of this name (cloacina_task_effect) were applied, in all runs of the test
 * runner; NULL: of any. */
CLOACINA_API uint64_t cloacina_result_effects(const struct cloacina_result *result,
                                              const char *name);

/* ---- assert: a failure prints what was expected, then every task with what became of it ---- */

/* Every task is Completed; so nothing was skipped either. */
#define cloacina_assert_all_completed(result)                                                      \
    cloacina_assert_all_completed_at(result, __FILE__, __LINE__)
#define cloacina_assert_task_completed(result, task)                                               \
    cloacina_assert_task_status_at(result, task, "Completed", __FILE__, __LINE__)
#define cloacina_assert_task_failed(result, task)                                                  \
    cloacina_assert_task_status_at(result, task, "Failed", __FILE__, __LINE__)
#define cloacina_assert_task_skipped(result, task)                                                 \
    cloacina_assert_task_status_at(result, task, "Skipped", __FILE__, __LINE__)
/* Of the execution: "Completed", "Failed", "Cancelled", "Paused", "Running". */
#define cloacina_assert_status(result, status)                                                     \
    cloacina_assert_status_at(result, status, __FILE__, __LINE__)
#define cloacina_assert_attempts(result, task, attempts)                                           \
    cloacina_assert_attempts_at(result, task, attempts, __FILE__, __LINE__)
/* Attempt number `attempt` started exactly then. */
#define cloacina_assert_started_ms(result, task, attempt, at_ms)                                   \
    cloacina_assert_started_ms_at(result, task, attempt, at_ms, __FILE__, __LINE__)
/* Exactly `count` effects of this name were applied. */
#define cloacina_assert_effects(result, name, count)                                               \
    cloacina_assert_effects_at(result, name, count, __FILE__, __LINE__)
/* The final context is this JSON object: the same keys with equal values, in whatever order; 1
 * equals 1.0. */
#define cloacina_assert_context_equals(result, json)                                               \
    cloacina_assert_context_equals_at(result, json, __FILE__, __LINE__)

/* ---- explore: many runs in which things go wrong ---- */

/* All-zero, but for the workflow, means: 1,000 seeds of chaos on three runners, and no property but
 * the engine's own promises. Everything is Borrowed for the call. */
struct cloacina_explore_options {
    const struct cloacina_workflow_definition *workflow; /* required */
    const char *context; /* initial context, a JSON object; NULL: "{}" */
    const char *faults;  /* a plan that is always there (<cloacina/fault.h>); NULL: "chaos" */
    const struct cloacina_fault_plan *plan; /* in place of `faults`: one of your own */
    uint64_t seeds;                         /* how many; 0 = 1,000 */
    uint64_t first_seed;                    /* 0: the same seeds every time */
    int64_t budget_ms; /* of wall time, after which no further run begins; 0: none */
    int64_t hang_ms;   /* of wall time: a body that computes for so long hangs; 0 = 10,000 */
    enum cloacina_world_store store; /* 0 = in memory */
    uint32_t runners;                /* 0 = 3 */
    uint32_t slots;                  /* of each runner; 0 = 4 */
    uint32_t jobs;                   /* child processes; 0 = 1 */
    int sweep;                       /* not 0: first every single fault, one after the other */

    /* What must hold; each may be NULL. They are shown by the message that they set. */
    enum cloacina_code (*always)(const struct cloacina_world *world, void *user,
                                 struct cloacina_error *err);
    enum cloacina_code (*eventually)(const struct cloacina_world *world, void *user,
                                     struct cloacina_error *err);
    const struct cloacina_property *const *properties; /* more of them, ending in NULL */

    /* Around every run, in the process in which it is made. What `setup` puts into *state is handed
     * to `prepare`, `always` and `eventually` as `user`, and to `teardown`, which comes when the
     * world is gone (and not at all when the process was ended). A failure of `setup` (not 0)
     * fails the test. NULL: nothing. */
    int (*setup)(void **state);
    int (*teardown)(void **state);
    void *state; /* what *state is before `setup` */
    /* Costs, stubs, failures, commands for the world of this seed: cloacina_world_cost() and so
     * on. An error fails the test. NULL: nothing. */
    enum cloacina_code (*prepare)(struct cloacina_world *world, void *user,
                                  struct cloacina_error *err);
    const char *token; /* not NULL: only this run, see below */
};

/* Runs the workflow in that many worlds (`const struct cloacina_explore_options *`), each in a
 * child process: a body that crashes, hangs or fails an assertion is a finding like a broken
 * promise. The first finding is shrunk to the decisions that it needs, told as a story, and fails
 * the test at the caller's file and line, with a token. CLOACINA_TOKEN=<token> in the environment
 * runs only that token, in this process, so that a debugger can look; a token of another workflow
 * is passed over. Blocks for as long as it takes. */
#define cloacina_explore(...) cloacina_explore_at(__VA_ARGS__, __FILE__, __LINE__)

/* ======== below this line: what the macros call; `file` must outlive the test runner ======== */

CLOACINA_API struct cloacina_test *
cloacina_test_create_at(const struct cloacina_test_options *options, const char *file, int line);
CLOACINA_API void cloacina_test_destroy_at(struct cloacina_test *test, const char *file, int line);
CLOACINA_API void cloacina_test_cost_ms_at(struct cloacina_test *test, const char *task,
                                           int64_t cost_ms, const char *file, int line);
CLOACINA_API void cloacina_test_stub_at(struct cloacina_test *test, const char *task,
                                        const char *returns_json, const char *file, int line);
CLOACINA_API void cloacina_test_fail_at(struct cloacina_test *test, const char *task,
                                        uint32_t attempt, enum cloacina_code code,
                                        const char *message, const char *file, int line);
CLOACINA_API void cloacina_test_command_at(struct cloacina_test *test,
                                           enum cloacina_world_command command, int64_t at_ms,
                                           const char *file, int line);
CLOACINA_API const struct cloacina_result *cloacina_test_run_at(struct cloacina_test *test,
                                                                const char *context_json,
                                                                const char *file, int line);
CLOACINA_API const struct cloacina_result *cloacina_test_start_at(struct cloacina_test *test,
                                                                  const char *context_json,
                                                                  const char *file, int line);
CLOACINA_API void cloacina_test_run_until_ms_at(struct cloacina_test *test, int64_t until_ms,
                                                const char *file, int line);
CLOACINA_API void cloacina_test_run_to_end_at(struct cloacina_test *test, const char *file,
                                              int line);

CLOACINA_API int64_t cloacina_result_makespan_ms_at(const struct cloacina_result *result,
                                                    const char *file, int line);
CLOACINA_API const char *cloacina_result_context_json_at(const struct cloacina_result *result,
                                                         const char *file, int line);
CLOACINA_API int64_t cloacina_result_int64_at(const struct cloacina_result *result, const char *key,
                                              const char *file, int line);
CLOACINA_API uint64_t cloacina_result_uint64_at(const struct cloacina_result *result,
                                                const char *key, const char *file, int line);
CLOACINA_API double cloacina_result_double_at(const struct cloacina_result *result, const char *key,
                                              const char *file, int line);
CLOACINA_API bool cloacina_result_bool_at(const struct cloacina_result *result, const char *key,
                                          const char *file, int line);
CLOACINA_API const char *cloacina_result_string_at(const struct cloacina_result *result,
                                                   const char *key, const char *file, int line);
CLOACINA_API const char *cloacina_result_json_at(const struct cloacina_result *result,
                                                 const char *key, const char *file, int line);
CLOACINA_API const char *cloacina_result_task_status_at(const struct cloacina_result *result,
                                                        const char *task, const char *file,
                                                        int line);
CLOACINA_API const char *cloacina_result_task_reason_at(const struct cloacina_result *result,
                                                        const char *task, const char *file,
                                                        int line);
CLOACINA_API uint32_t cloacina_result_attempts_at(const struct cloacina_result *result,
                                                  const char *task, const char *file, int line);
CLOACINA_API int64_t cloacina_result_started_ms_at(const struct cloacina_result *result,
                                                   const char *task, uint32_t attempt,
                                                   const char *file, int line);
CLOACINA_API int64_t cloacina_result_ended_ms_at(const struct cloacina_result *result,
                                                 const char *task, const char *file, int line);
CLOACINA_API const char *cloacina_result_input_json_at(const struct cloacina_result *result,
                                                       const char *task, const char *file,
                                                       int line);

CLOACINA_API void cloacina_assert_all_completed_at(const struct cloacina_result *result,
                                                   const char *file, int line);
CLOACINA_API void cloacina_assert_task_status_at(const struct cloacina_result *result,
                                                 const char *task, const char *status,
                                                 const char *file, int line);
CLOACINA_API void cloacina_assert_status_at(const struct cloacina_result *result,
                                            const char *status, const char *file, int line);
CLOACINA_API void cloacina_assert_attempts_at(const struct cloacina_result *result,
                                              const char *task, uint32_t attempts, const char *file,
                                              int line);
CLOACINA_API void cloacina_assert_started_ms_at(const struct cloacina_result *result,
                                                const char *task, uint32_t attempt, int64_t at_ms,
                                                const char *file, int line);
CLOACINA_API void cloacina_assert_effects_at(const struct cloacina_result *result, const char *name,
                                             uint64_t count, const char *file, int line);
CLOACINA_API void cloacina_assert_context_equals_at(const struct cloacina_result *result,
                                                    const char *json, const char *file, int line);

CLOACINA_API void cloacina_explore_at(const struct cloacina_explore_options *options,
                                      const char *file, int line);

#ifdef __cplusplus
}
#endif
#endif
