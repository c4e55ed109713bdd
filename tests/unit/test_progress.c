/* SPDX-License-Identifier: Apache-2.0 */
/* test_progress.c - something starts when something could; a legitimate stall is none. */
#include "world_scene.h"

#include "../../fixtures/passing_store.h"
#include "world/world.h"

static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 100, err);
}

CLOACINA_TASK(left, .body = nap_body);
CLOACINA_TASK(right, .body = nap_body);
CLOACINA_WORKFLOW(fan, .tasks = CLOACINA_TASKS(&left, &right));

/* A store that never gives anybody a task: polls only look. */
static struct stingy {
    struct passing_store passing; /* first */
    struct dal_impl impl;
} stingy;

static enum cloacina_code stingy_poll(struct dal *dal, const struct dal_poll *request,
                                      struct arena *arena, struct dal_poll_reply *ret_reply,
                                      struct cloacina_error *err)
{
    struct dal *inner = ((struct stingy *)dal)->passing.inner;
    struct dal_poll look = *request;
    look.limit = 0;
    return inner->impl->poll(inner, &look, arena, ret_reply, err);
}

static struct cloacina_world *stingy_world(const struct cloacina_world_options *options)
{
    struct cloacina_world *world = scene_world(options, &fan);
    passing_store_init(&stingy.passing, world->memory);
    stingy.impl = *stingy.passing.dal.impl;
    stingy.impl.poll = stingy_poll;
    stingy.passing.dal.impl = &stingy.impl;
    world->store = &stingy.passing.dal;
    return world;
}

/* The runner with its one slot is stopped at its first beat, while 'left' runs; its successor
 * should claim 'right', and does not. */
static void a_task_that_nobody_starts_is_reported(void **state)
{
    struct cloacina_world_options options = {.slots = 1, .replay = "runner-1/poll@1=stop:1s"};
    const char *message = NULL;
    (void)state;
    struct cloacina_world *world = stingy_world(&options);
    (void)scene_submit(world, "fan", NULL);
    assert_ok(cloacina_world_cost(world, "fan", "left", 15 * SECOND, err));
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "I-27");
    assert_non_null(strstr(message, "nothing has started, although 'right' of run 1 is Ready and "
                                    "due, and runner-1 has its body, uses 0 slots and idles\n"));
    assert_non_null(strstr(message, "'right' Ready: attempt 1 of 3"));
    assert_true(cloacina_world_now_ns(world) < 120 * SECOND);
    cloacina_world_destroy(world);
}

/* The same, without anything that went wrong before. */
static void a_calm_world_is_watched_too(void **state)
{
    struct cloacina_world_options options = {.slots = 1, .runners = 2};
    const char *message = NULL;
    (void)state;
    struct cloacina_world *world = stingy_world(&options);
    (void)scene_submit(world, "fan", NULL);
    assert_ok(cloacina_world_cost(world, "fan", "left", 100 * SECOND, err));
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "I-27");
    assert_non_null(strstr(message, "runner-2 has its body"));
    assert_true(cloacina_world_now_ns(world) < 60 * SECOND);
    cloacina_world_destroy(world);
}

/* All slots are taken for an hour: nothing can start. */
static void a_stall_for_want_of_slots_is_legitimate(void **state)
{
    struct cloacina_world_options options = {.slots = 1};
    (void)state;
    struct cloacina_world *world = scene_world(&options, &fan);
    struct cloacina_world_execution run = scene_submit(world, "fan", NULL);
    assert_ok(cloacina_world_cost(world, "fan", "left", 3600 * SECOND, err));
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    cloacina_world_destroy(world);
}

/* Paused for an hour: nothing may start. */
static void a_pause_is_legitimate(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &fan);
    struct cloacina_world_execution run = scene_submit(world, "fan", NULL);
    assert_ok(cloacina_world_fail(world, "fan", "left", 1, CLOACINA_FAILED, "no", err));
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_PAUSE, 50 * MS, err));
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_RESUME, 3600 * SECOND, err));
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    cloacina_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_that_nobody_starts_is_reported),
        cmocka_unit_test(a_calm_world_is_watched_too),
        cmocka_unit_test(a_stall_for_want_of_slots_is_legitimate),
        cmocka_unit_test(a_pause_is_legitimate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
