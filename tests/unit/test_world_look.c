/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_look.c - what can be asked of a world between two runs, and what it says at a
 * limit. */
#include "world_scene.h"

#include <stdio.h>

static enum cloacina_code count_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "count", 3, err);
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum cloacina_code wait_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, never, NULL, 60000, err);
}

CLOACINA_TASK(count, .body = count_body);
CLOACINA_TASK(wait, .body = wait_body, .dependencies = CLOACINA_TASKS(&count));
CLOACINA_TASK(end, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&wait));
CLOACINA_WORKFLOW(stuck, .tasks = CLOACINA_TASKS(&count, &wait, &end));

/* ---- one execution ---- */

/* Asking twice gives the same text, asking about one execution does not disturb another. */
static void contexts_and_explanations_live_until_the_next_run(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &stuck);
    struct cloacina_world_execution one = scene_submit(world, "stuck", "{\"a\": 1}");
    struct cloacina_world_execution two = scene_submit(world, "stuck", "{\"b\": 2}");
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    const char *first = cloacina_world_context(world, one);
    const char *explanation = cloacina_world_explain(world, one);
    assert_string_equal(cloacina_world_context(world, two), "{\"b\":2,\"count\":3}");
    assert_string_equal(first, "{\"a\":1,\"count\":3}");
    assert_ptr_equal(first, cloacina_world_context(world, one));
    assert_ptr_equal(explanation, cloacina_world_explain(world, one));
    assert_non_null(strstr(explanation, "'wait' Running: "));
    assert_non_null(strstr(explanation, "'end' NotStarted: waits for 'wait'"));
    assert_null(strstr(explanation, "'count'"));
    cloacina_world_destroy(world);
}

/* What a body was given: the united views of its dependencies, once all of them have ended. */
static void the_input_of_a_task_can_be_asked_for(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &stuck);
    struct cloacina_world_execution run = scene_submit(world, "stuck", "{\"a\": 1}");
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    assert_string_equal(cloacina_world_input(world, run, "count"), "{\"a\":1}");
    assert_string_equal(cloacina_world_input(world, run, "wait"), "{\"a\":1,\"count\":3}");
    assert_null(cloacina_world_input(world, run, "end")); /* 'wait' has not ended */
    assert_null(cloacina_world_input(world, run, "coun"));
    cloacina_world_destroy(world);
}

static void what_does_not_exist_has_no_status(void **state)
{
    (void)state;
    struct cloacina_world_task task;
    struct cloacina_world_execution none = {7, 7};
    struct cloacina_world *world = scene_world(NULL, &stuck);
    assert_null(cloacina_world_status(world, none, NULL));
    assert_null(cloacina_world_context(world, none));
    assert_null(cloacina_world_explain(world, none));
    assert_int_equal(cloacina_world_task(world, none, "count", &task, NULL), CLOACINA_NOT_FOUND);
    struct cloacina_world_execution run = scene_submit(world, "stuck", NULL);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    assert_error(cloacina_world_task(world, run, "coun", &task, err), CLOACINA_NOT_FOUND,
                 "workflow 'stuck' has no task 'coun'; did you mean 'count'?");
    cloacina_world_destroy(world);
}

/* Before the first commit of a task it is NotStarted, not missing. */
static void tasks_that_nobody_has_touched_are_shown_too(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &stuck);
    struct cloacina_world_execution run = scene_submit(world, "stuck", NULL);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    scene_assert_task(world, run, "count", "Completed", "", 1);
    scene_assert_task(world, run, "wait", "Running", "", 1);
    scene_assert_task(world, run, "end", "NotStarted", "", 0);
    const char *reason = NULL;
    assert_string_equal(cloacina_world_status(world, run, &reason), "Running");
    assert_string_equal(reason, "");
    assert_null(cloacina_world_violation(world, NULL));
    cloacina_world_destroy(world);
}

/* ---- limits ---- */

/* A hang ends with what everything waits for, not with a hang. */
static void a_world_that_never_rests_says_what_it_waits_for(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.days_max = 2}, &stuck);
    (void)scene_submit(world, "stuck", NULL);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_LIMIT);
    const char *message = NULL;
    assert_string_equal(cloacina_world_violation(world, &message), "I-07");
    assert_non_null(strstr(message, "the world is 2 d old, and there is still something to do\n"));
    assert_non_null(strstr(message, " of 'stuck' is Running:\n"));
    assert_non_null(strstr(message, "'end' NotStarted: waits for 'wait'\n"));
    assert_true(cloacina_world_now_ns(world) <= 2 * 86400 * SECOND);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_LIMIT); /* and stays at its limit */
    cloacina_world_destroy(world);
}

/* An instant beyond the limit is not reached either. */
static void no_instant_beyond_the_limit_is_reached(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.days_max = 1}, &stuck);
    scene_run_until(world, 86400 * SECOND, CLOACINA_WORLD_UNTIL);
    scene_run_until(world, 86400 * SECOND + 1, CLOACINA_WORLD_LIMIT);
    cloacina_world_destroy(world);
}

/* More days than int64 nanoseconds hold are as many as it holds. */
static void an_enormous_limit_is_no_limit(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.days_max = INT64_MAX}, &stuck);
    assert_ok(cloacina_world_stub(world, "stuck", "wait", NULL, err));
    assert_ok(cloacina_world_cost(world, "stuck", "wait", 86400 * 40 * SECOND, err));
    struct cloacina_world_execution run = scene_submit(world, "stuck", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_true(cloacina_world_now_ns(world) == 86400 * 40 * SECOND);
    cloacina_world_destroy(world);
}

enum { MANY = 400 };

/* A report is read by a person: many executions are cut at a line. */
static void a_long_explanation_is_cut_at_a_line(void **state)
{
    (void)state;
    struct cloacina_world *world =
        scene_world(&(struct cloacina_world_options){.days_max = 1, .slots_unlimited = 1}, &stuck);
    for (int i = 0; i < MANY; i++) {
        (void)scene_submit(world, "stuck", NULL);
    }
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_LIMIT);
    const char *message = NULL;
    (void)cloacina_world_violation(world, &message);
    size_t length = strlen(message);
    assert_in_range(length, 15000, 16500);
    assert_string_equal(message + length - 5, "\n...\n");
    cloacina_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_and_explanations_live_until_the_next_run),
        cmocka_unit_test(the_input_of_a_task_can_be_asked_for),
        cmocka_unit_test(what_does_not_exist_has_no_status),
        cmocka_unit_test(tasks_that_nobody_has_touched_are_shown_too),
        cmocka_unit_test(a_world_that_never_rests_says_what_it_waits_for),
        cmocka_unit_test(no_instant_beyond_the_limit_is_reached),
        cmocka_unit_test(an_enormous_limit_is_no_limit),
        cmocka_unit_test(a_long_explanation_is_cut_at_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
