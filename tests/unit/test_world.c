/* SPDX-License-Identifier: Apache-2.0 */
/* test_world.c - virtual time is exact: chains, diamonds, slots, retries, timeouts, deferrals. */
#include "world_scene.h"

/* ---- workflows ---- */

CLOACINA_TASK(first, .body = scene_quiet);
CLOACINA_TASK(second, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_TASK(third, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&second));
CLOACINA_WORKFLOW(chain, .tasks = CLOACINA_TASKS(&first, &second, &third));

CLOACINA_TASK(top, .body = scene_quiet);
CLOACINA_TASK(left, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&top));
CLOACINA_TASK(right, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&top));
CLOACINA_TASK(bottom, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&left, &right));
CLOACINA_WORKFLOW(diamond, .tasks = CLOACINA_TASKS(&top, &left, &right, &bottom));

CLOACINA_TASK(flaky, .body = scene_quiet, .retry = {.attempts_max = 4, .initial_delay_ms = 1000});
CLOACINA_TASK(later, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&flaky));
CLOACINA_WORKFLOW(retried, .tasks = CLOACINA_TASKS(&flaky, &later));

static enum cloacina_code sleep_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 10000, err);
}

CLOACINA_TASK(sleeper, .body = sleep_body, .timeout_ms = 3000,
              .retry = {.attempts_max = 2, .initial_delay_ms = 1000});
CLOACINA_WORKFLOW(slow, .tasks = CLOACINA_TASKS(&sleeper));

static int asked;
static int third_time(void *user)
{
    (void)user;
    return ++asked == 3;
}

static enum cloacina_code patient_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, third_time, NULL, 2000, err);
}

CLOACINA_TASK(patient, .body = patient_body);
CLOACINA_TASK(urgent, .body = sleep_body);
CLOACINA_WORKFLOW(parked, .tasks = CLOACINA_TASKS(&patient, &urgent));

/* ---- times ---- */

/* The engine's own steps cost no virtual time, so a chain takes the sum of its costs. */
static void a_chain_takes_the_sum_of_its_costs(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &chain);
    assert_ok(cloacina_world_cost(world, "chain", "first", 100 * MS, err));
    assert_ok(cloacina_world_cost(world, "chain", "second", 20 * MS, err));
    assert_ok(cloacina_world_cost(world, "chain", "third", 3 * MS, err));
    struct cloacina_world_execution run = scene_submit(world, "chain", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    scene_assert_times(world, run, "first", 1, 0, 100 * MS);
    scene_assert_times(world, run, "second", 1, 100 * MS, 120 * MS);
    scene_assert_times(world, run, "third", 1, 120 * MS, 123 * MS);
    assert_true(cloacina_world_now_ns(world) == 123 * MS);
    cloacina_world_destroy(world);
}

/* A join starts at the instant at which the last of its dependencies ends. */
static void a_diamond_takes_its_longer_branch(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &diamond);
    assert_ok(cloacina_world_cost(world, "diamond", "left", 5 * SECOND, err));
    assert_ok(cloacina_world_cost(world, "diamond", "right", 7 * SECOND, err));
    struct cloacina_world_execution run = scene_submit(world, "diamond", "{}");
    scene_run(world);
    scene_assert_times(world, run, "left", 1, 0, 5 * SECOND);
    scene_assert_times(world, run, "right", 1, 0, 7 * SECOND);
    scene_assert_times(world, run, "bottom", 1, 7 * SECOND, 7 * SECOND);
    struct cloacina_world_counts counts;
    cloacina_world_count(world, &counts);
    assert_true(counts.makespan_ns == 7 * SECOND);
    assert_int_equal(counts.tasks, 4);
    assert_int_equal(counts.completed, 4);
    assert_int_equal(counts.attempts, 4);
    assert_int_equal(counts.executions, 1);
    assert_int_equal(counts.executions_active, 0);
    cloacina_world_destroy(world);
}

/* With one slot the branches come one after the other, the smaller name first. */
static void slots_limit_what_runs_at_a_time(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.slots = 1}, &diamond);
    assert_ok(cloacina_world_cost(world, "diamond", "left", 5 * SECOND, err));
    assert_ok(cloacina_world_cost(world, "diamond", "right", 7 * SECOND, err));
    struct cloacina_world_execution run = scene_submit(world, "diamond", NULL);
    scene_run(world);
    scene_assert_times(world, run, "left", 1, 0, 5 * SECOND);
    scene_assert_times(world, run, "right", 1, 5 * SECOND, 12 * SECOND);
    cloacina_world_destroy(world);
}

/* In a calm world there is no jitter: delays are exact, 1 s and then 2 s. */
static void retries_come_after_their_exact_delays(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &retried);
    assert_ok(cloacina_world_cost(world, "retried", "flaky", 500 * MS, err));
    assert_ok(cloacina_world_fail(world, "retried", "flaky", 1, CLOACINA_FAILED, "no", err));
    assert_ok(
        cloacina_world_fail(world, "retried", "flaky", 2, CLOACINA_UNAVAILABLE, "not yet", err));
    struct cloacina_world_execution run = scene_submit(world, "retried", NULL);
    scene_run(world);
    scene_assert_times(world, run, "flaky", 1, 0, 4500 * MS);
    scene_assert_times(world, run, "flaky", 2, 1500 * MS, 4500 * MS);
    scene_assert_times(world, run, "flaky", 3, 4000 * MS, 4500 * MS);
    scene_assert_times(world, run, "later", 1, 4500 * MS, 4500 * MS);
    scene_assert_task(world, run, "flaky", "Completed", "not yet", 3);
    cloacina_world_destroy(world);
}

/* The last attempt's failure is final, and what depends on it is skipped at that instant. */
static void a_task_that_always_fails_ends_failed(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &retried);
    for (uint32_t attempt = 1; attempt <= 4; attempt++) {
        assert_ok(
            cloacina_world_fail(world, "retried", "flaky", attempt, CLOACINA_FAILED, "no", err));
    }
    struct cloacina_world_execution run = scene_submit(world, "retried", NULL);
    scene_run(world);
    const char *reason = NULL;
    assert_string_equal(cloacina_world_status(world, run, &reason), "Failed");
    assert_non_null(reason);
    assert_true(strlen(reason) > 0);
    scene_assert_task(world, run, "flaky", "Failed", "no", 4);
    scene_assert_task(world, run, "later", "Skipped", "upstream_failed", 0);
    scene_assert_times(world, run, "flaky", 4, 7 * SECOND, 7 * SECOND);
    struct cloacina_world_counts counts;
    cloacina_world_count(world, &counts);
    assert_int_equal(counts.failed, 1);
    assert_int_equal(counts.skipped, 1);
    cloacina_world_destroy(world);
}

/* A body that sleeps past its timeout is told, returns, and is tried again after grace and
 * delay. */
static void a_body_that_takes_too_long_is_timed_out(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &slow);
    struct cloacina_world_execution run = scene_submit(world, "slow", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Failed");
    struct cloacina_world_task task = scene_task(world, run, "sleeper");
    assert_int_equal(task.attempts, 2);
    assert_int_equal(task.code, CLOACINA_TIMEOUT);
    assert_string_equal(task.reason, "timed out after 3 s");
    assert_true(task.started_ns[0] == 0);
    assert_true(task.ended_ns == task.started_ns[1] + 3 * SECOND);
    cloacina_world_destroy(world);
}

/* Deferred means: no slot is held. The first look comes after one interval. */
static void a_deferred_body_gives_its_slot_to_others(void **state)
{
    (void)state;
    asked = 0;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.slots = 1}, &parked);
    struct cloacina_world_execution run = scene_submit(world, "parked", NULL);
    scene_run(world);
    assert_int_equal(asked, 3);
    scene_assert_times(world, run, "urgent", 1, 0, 10 * SECOND);
    scene_assert_times(world, run, "patient", 1, 0, 10 * SECOND); /* at 6 s the slot was taken */
    cloacina_world_destroy(world);
}

/* Until an instant: everything due by then has happened, and nothing else. */
static void a_world_can_be_run_in_steps(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &chain);
    assert_ok(cloacina_world_cost(world, "chain", "first", 100 * MS, err));
    assert_ok(cloacina_world_cost(world, "chain", "third", 100 * MS, err));
    struct cloacina_world_execution run = scene_submit(world, "chain", NULL);
    assert_null(cloacina_world_status(world, run, NULL)); /* nothing has happened yet */
    scene_run_until(world, 99 * MS, CLOACINA_WORLD_UNTIL);
    assert_true(cloacina_world_now_ns(world) == 99 * MS);
    scene_assert_task(world, run, "first", "Running", "", 1);
    scene_assert_task(world, run, "second", "NotStarted", "", 0);
    assert_true(scene_task(world, run, "first").ended_ns == -1);
    scene_run_until(world, 100 * MS, CLOACINA_WORLD_UNTIL);
    scene_assert_task(world, run, "second", "Completed", "", 1);
    scene_assert_task(world, run, "third", "Running", "", 1);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_true(cloacina_world_now_ns(world) == 200 * MS);
    assert_error(cloacina_world_run(world, 50 * MS, &(enum cloacina_world_end){0}, err),
                 CLOACINA_INVALID, "world: a run until an instant before now (0.2 s)");
    cloacina_world_destroy(world);
}

/* Days of waiting pass at once, with the idle beats of the runners in between. */
static void long_costs_pass_at_once(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.runners = 2}, &chain);
    assert_ok(cloacina_world_cost(world, "chain", "second", 86400 * SECOND, err));
    struct cloacina_world_execution run = scene_submit(world, "chain", NULL);
    scene_run(world);
    scene_assert_times(world, run, "third", 1, 86400 * SECOND, 86400 * SECOND);
    cloacina_world_destroy(world);
}

/* Several executions of several workflows share the slots of one runner. */
static void executions_share_a_world(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &chain);
    assert_ok(cloacina_world_register(world, &diamond, err));
    assert_ok(cloacina_world_cost(world, "chain", "first", SECOND, err));
    struct cloacina_world_execution one = scene_submit(world, "chain", NULL);
    struct cloacina_world_execution two = scene_submit(world, "diamond", NULL);
    scene_run(world);
    struct cloacina_world_execution three = scene_submit(world, "chain", NULL);
    scene_run(world);
    scene_assert_status(world, one, "Completed");
    scene_assert_status(world, two, "Completed");
    scene_assert_status(world, three, "Completed");
    scene_assert_times(world, three, "first", 1, SECOND, 2 * SECOND);
    struct cloacina_world_counts counts;
    cloacina_world_count(world, &counts);
    assert_int_equal(counts.executions, 3);
    assert_int_equal(counts.tasks, 10);
    assert_true(counts.makespan_ns == 2 * SECOND);
    cloacina_world_destroy(world);
}

/* A world without work rests at once, and time stands still. */
static void an_empty_world_rests(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, NULL);
    scene_run(world);
    assert_true(cloacina_world_now_ns(world) == 0);
    struct cloacina_world_counts counts;
    cloacina_world_count(world, &counts);
    assert_int_equal(counts.executions, 0);
    assert_true(counts.makespan_ns == 0);
    cloacina_world_destroy(world);
    cloacina_world_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_takes_the_sum_of_its_costs),
        cmocka_unit_test(a_diamond_takes_its_longer_branch),
        cmocka_unit_test(slots_limit_what_runs_at_a_time),
        cmocka_unit_test(retries_come_after_their_exact_delays),
        cmocka_unit_test(a_task_that_always_fails_ends_failed),
        cmocka_unit_test(a_body_that_takes_too_long_is_timed_out),
        cmocka_unit_test(a_deferred_body_gives_its_slot_to_others),
        cmocka_unit_test(a_world_can_be_run_in_steps),
        cmocka_unit_test(long_costs_pass_at_once),
        cmocka_unit_test(executions_share_a_world),
        cmocka_unit_test(an_empty_world_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
