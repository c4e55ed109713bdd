/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_operator.c - what an operator does at an instant: pause, resume, cancel, reset,
 * clocks. */
#include "world_scene.h"

#include <stdio.h>

#include "world/world.h"

/* ---- a workflow in two steps ---- */

static enum cloacina_code sleep_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 1000, err);
}

static int64_t seen_now;
static enum cloacina_code now_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    seen_now = cloacina_task_now(task);
    return CLOACINA_OK;
}

CLOACINA_TASK(one, .body = sleep_body);
CLOACINA_TASK(two, .body = now_body, .dependencies = CLOACINA_TASKS(&one));
CLOACINA_WORKFLOW(steps, .tasks = CLOACINA_TASKS(&one, &two));

static bool is_broken;
static enum cloacina_code broken_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return is_broken ? cloacina_error_set(err, "broken") : CLOACINA_OK;
}

CLOACINA_TASK(broken, .body = broken_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(after, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&broken));
CLOACINA_WORKFLOW(repaired, .tasks = CLOACINA_TASKS(&broken, &after));

static void command(struct cloacina_world *world, struct cloacina_world_execution execution,
                    enum cloacina_world_command what, int64_t at_ns)
{
    assert_ok(cloacina_world_command(world, execution, what, at_ns, err));
}

/* A running body finishes; nothing new starts until somebody resumes. */
static void a_paused_execution_starts_nothing_until_it_is_resumed(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    command(world, run, CLOACINA_WORLD_PAUSE, 500 * MS);
    scene_run(world); /* rests: what is paused legitimately waits */
    const char *reason = NULL;
    assert_string_equal(cloacina_world_status(world, run, &reason), "Paused");
    assert_string_equal(reason, "operator");
    scene_assert_times(world, run, "one", 1, 0, SECOND);
    scene_assert_task(world, run, "two", "NotStarted", "", 0);
    command(world, run, CLOACINA_WORLD_RESUME, 5 * SECOND);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    scene_assert_times(world, run, "two", 1, 5 * SECOND, 5 * SECOND);
    assert_false(cloacina_world_has_unused(world, (char[8]){0}, 8));
    cloacina_world_destroy(world);
}

/* Cancel is terminal at once; the body learns it, and what it says afterwards counts for
 * nothing. */
static void a_cancelled_execution_ends_at_that_instant(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    command(world, run, CLOACINA_WORLD_CANCEL, 300 * MS);
    scene_run(world);
    scene_assert_status(world, run, "Cancelled");
    scene_assert_task(world, run, "one", "Skipped", "cancelled", 1);
    scene_assert_task(world, run, "two", "Skipped", "cancelled", 0);
    assert_true(scene_task(world, run, "one").ended_ns == 300 * MS);
    assert_true(cloacina_world_now_ns(world) == 300 * MS); /* the sleep was cut off */
    cloacina_world_destroy(world);
}

/* A cost is cut off like a sleep. */
static void a_cancelled_cost_answers_at_once(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    assert_ok(cloacina_world_stub(world, "steps", "one", NULL, err));
    assert_ok(cloacina_world_cost(world, "steps", "one", 3600 * SECOND, err));
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    command(world, run, CLOACINA_WORLD_CANCEL, 60 * SECOND);
    scene_run(world);
    scene_assert_status(world, run, "Cancelled");
    assert_true(cloacina_world_now_ns(world) == 60 * SECOND);
    cloacina_world_destroy(world);
}

/* Reset: the failed task and what depended on it run again, from attempt 1. */
static void a_failed_execution_can_be_reset(void **state)
{
    (void)state;
    is_broken = true;
    struct cloacina_world *world = scene_world(NULL, &repaired);
    struct cloacina_world_execution run = scene_submit(world, "repaired", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Failed");
    scene_assert_task(world, run, "after", "Skipped", "upstream_failed", 0);
    is_broken = false;
    command(world, run, CLOACINA_WORLD_RESET, 10 * SECOND);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    scene_assert_times(world, run, "after", 1, 10 * SECOND, 10 * SECOND);
    cloacina_world_destroy(world);
}

/* ---- an operator whom the oracle sends ---- */

struct listener {
    struct teller teller; /* first */
    char command[64];     /* "reset one" */
};

static void listen(struct teller *teller, const struct tale *tale)
{
    struct listener *listener = (struct listener *)teller;
    if (tale->kind == TALE_COMMAND) {
        (void)snprintf(listener->command, sizeof(listener->command), "%.*s %.*s",
                       TEXT_PRINT(tale->text), TEXT_PRINT(tale->task));
    }
}

/* Interferes after the commit that ends the execution. */
static void assert_interferes(const char *choice, const char *command, uint64_t attempts,
                              int64_t ended_ns)
{
    char decision[64];
    struct listener listener = {.teller = {listen}};
    struct world_setup setup = {.teller = &listener.teller};
    struct cloacina_world_options options = {.replay = decision};
    struct cloacina_world *world = NULL;
    struct cloacina_world_counts counts;
    (void)snprintf(decision, sizeof(decision), "run-1/operator@3=%s", choice);
    assert_ok(world_create(&options, &setup, &world, err));
    assert_ok(cloacina_world_register(world, &steps, err));
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    cloacina_world_count(world, &counts);
    assert_string_equal(listener.command, command);
    assert_int_equal(counts.attempts, attempts);
    assert_true(scene_task(world, run, "two").ended_ns == ended_ns);
    cloacina_world_destroy(world);
}

/* Tasks are counted round in the order of the definition; what depends on one is reset with it. */
static void an_operator_may_reset_any_task_of_what_is_completed(void **state)
{
    (void)state;
    assert_interferes("reset:1", "reset one", 4, 2 * SECOND);
    assert_interferes("reset:63", "reset one", 4, 2 * SECOND);
    assert_interferes("reset:2", "reset two", 3, SECOND);
    assert_interferes("reset:64", "reset two", 3, SECOND);
    assert_interferes("reset", "reset ", 2, SECOND); /* refused: nothing has failed */
}

/* What makes no sense when its time comes changes nothing, and a strict test hears of it. */
static void a_refused_command_is_told(void **state)
{
    char message[256] = "";
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    command(world, run, CLOACINA_WORLD_RESUME, 1500 * MS);
    command(world, run, CLOACINA_WORLD_CANCEL, 1600 * MS);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_true(cloacina_world_now_ns(world) == 1600 * MS);
    assert_true(cloacina_world_has_unused(world, message, sizeof(message)));
    assert_string_equal(
        message, "resume at 1.5 s was refused: execution is Completed: it cannot be resumed");
    cloacina_world_destroy(world);
}

/* Who names an execution that does not exist hears of it in the same way. */
static void a_command_for_no_execution_is_refused(void **state)
{
    char message[256] = "";
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    command(world, (struct cloacina_world_execution){1, 2}, CLOACINA_WORLD_PAUSE, 0);
    scene_run(world);
    assert_true(cloacina_world_has_unused(world, message, sizeof(message)));
    assert_non_null(strstr(message, "pause at 0 s was refused: "));
    cloacina_world_destroy(world);
}

static void a_command_in_the_past_is_an_error(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    scene_run(world);
    assert_error(cloacina_world_command(world, run, CLOACINA_WORLD_PAUSE, 999 * MS, err),
                 CLOACINA_INVALID, "world: a command at 0.999 s: it is 1 s already");
    assert_error(
        cloacina_world_command(world, run, (enum cloacina_world_command)7, 2 * SECOND, err),
        CLOACINA_INVALID, "world: there is no command 7");
    cloacina_world_destroy(world);
}

/* What the outside does at an instant comes before what bodies and runners do at it. */
static void at_its_instant_a_command_goes_first(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    command(world, run, CLOACINA_WORLD_CANCEL, SECOND); /* when 'one' would end */
    scene_run(world);
    scene_assert_status(world, run, "Cancelled");
    scene_assert_task(world, run, "one", "Skipped", "cancelled", 1);
    cloacina_world_destroy(world);
}

/* A step moves what bodies see, and no delay. */
static void a_stepped_clock_changes_what_bodies_see_and_no_delay(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    struct cloacina_world_execution run = scene_submit(world, "steps", NULL);
    scene_run_until(world, 400 * MS, CLOACINA_WORLD_UNTIL);
    cloacina_world_step_clock(world, 1, -3600 * SECOND);
    scene_run(world);
    scene_assert_times(world, run, "two", 1, SECOND, SECOND);
    assert_true(seen_now == CLOACINA_WORLD_START_NS + SECOND - 3600 * SECOND);
    cloacina_world_destroy(world);
}

/* It may be done before anything runs, too. */
static void a_clock_can_be_stepped_before_the_first_run(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &steps);
    cloacina_world_step_clock(world, 1, SECOND);
    (void)scene_submit(world, "steps", NULL);
    scene_run(world);
    assert_true(seen_now == CLOACINA_WORLD_START_NS + 2 * SECOND);
    cloacina_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paused_execution_starts_nothing_until_it_is_resumed),
        cmocka_unit_test(a_cancelled_execution_ends_at_that_instant),
        cmocka_unit_test(a_cancelled_cost_answers_at_once),
        cmocka_unit_test(a_failed_execution_can_be_reset),
        cmocka_unit_test(an_operator_may_reset_any_task_of_what_is_completed),
        cmocka_unit_test(a_refused_command_is_told),
        cmocka_unit_test(a_command_for_no_execution_is_refused),
        cmocka_unit_test(a_command_in_the_past_is_an_error),
        cmocka_unit_test(at_its_instant_a_command_goes_first),
        cmocka_unit_test(a_stepped_clock_changes_what_bodies_see_and_no_delay),
        cmocka_unit_test(a_clock_can_be_stepped_before_the_first_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
