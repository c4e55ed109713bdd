/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_bodies.c - what a body finds around it in a world, and how it ends with it. */
#include "world_scene.h"

#include <stdio.h>

/* One workflow of one task whose body is chosen by the test. */
static enum cloacina_code (*chosen)(struct cloacina_task *task, struct cloacina_error *err);
static enum cloacina_code chosen_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return chosen(task, err);
}

CLOACINA_TASK(only, .body = chosen_body, .retry = {.attempts_max = 1});
CLOACINA_WORKFLOW(single, .tasks = CLOACINA_TASKS(&only));

static struct cloacina_world *world_of(const struct cloacina_world_options *options,
                                       enum cloacina_code (*body)(struct cloacina_task *,
                                                                  struct cloacina_error *),
                                       struct cloacina_world_execution *ret_run)
{
    struct cloacina_world *world = scene_world(options, &single);
    chosen = body;
    *ret_run = scene_submit(world, "single", NULL);
    return world;
}

/* ---- time ---- */

static int64_t seen[4];

static enum cloacina_code watch_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    static const int64_t naps[] = {1500, 0, -7};
    seen[0] = cloacina_task_now(task);
    for (int i = 0; i < 3 && code == CLOACINA_OK; i++) {
        code = cloacina_task_sleep_ms(task, naps[i], err);
        seen[i + 1] = cloacina_task_now(task);
    }
    return code;
}

/* Waiting is arithmetic; a nap of nothing lets others run and takes no time. */
static void a_body_sees_virtual_time(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = world_of(NULL, watch_body, &run);
    scene_run(world);
    scene_assert_times(world, run, "only", 1, 0, 1500 * MS);
    assert_true(seen[0] == CLOACINA_WORLD_START_NS);
    assert_true(seen[1] == CLOACINA_WORLD_START_NS + 1500 * MS);
    assert_true(seen[2] == seen[1] && seen[3] == seen[1]);
    cloacina_world_destroy(world);
}

/* ---- randomness ---- */

static uint64_t drawn[8];

static enum cloacina_code draw_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    for (int i = 0; i < 8; i++) {
        drawn[i] = cloacina_task_random(task, 1000000);
    }
    return CLOACINA_OK;
}

static void random_numbers_are_zero_in_the_calm_and_follow_the_seed(void **state)
{
    struct cloacina_world_execution run;
    uint64_t first[8];
    (void)state;
    struct cloacina_world *world = world_of(NULL, draw_body, &run);
    scene_run(world);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(drawn[i], 0);
    }
    cloacina_world_destroy(world);
    for (int round = 0; round < 2; round++) {
        world =
            world_of(&(struct cloacina_world_options){.is_seeded = 1, .seed = 3}, draw_body, &run);
        scene_run(world);
        if (round == 0) {
            memcpy(first, drawn, sizeof(first));
            assert_true(first[0] != first[1] || first[1] != first[2]);
        }
        assert_memory_equal(first, drawn, sizeof(first));
        cloacina_world_destroy(world);
    }
}

/* ---- effects ---- */

static int applications;

static enum cloacina_code apply_well(void *argument, struct cloacina_error *err)
{
    (void)err;
    applications += *(int *)argument;
    return CLOACINA_OK;
}

static enum cloacina_code apply_badly(void *argument, struct cloacina_error *err)
{
    (void)argument;
    return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "the gateway is down");
}

static enum cloacina_code deed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int amount = 5;
    struct cloacina_effect effect = {
        .name = "payments.charge",
        .key = cloacina_task_idempotency_key(task),
        .apply = apply_well,
        .argument = &amount,
    };
    enum cloacina_code code = cloacina_task_effect(task, &effect, err);
    if (code == CLOACINA_OK) {
        effect.apply = apply_badly;
        code = cloacina_task_effect(task, &effect, err);
    }
    return code;
}

/* Calm: each deed is done once. One that failed has not been done. */
static void an_effect_is_applied_and_written_down(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    applications = 0;
    struct cloacina_world *world = world_of(NULL, deed_body, &run);
    scene_run(world);
    assert_int_equal(applications, 5);
    assert_int_equal(cloacina_world_effects(world, "payments.charge"), 1);
    assert_int_equal(cloacina_world_effects_per_key_max(world, "payments.charge"), 1);
    assert_int_equal(cloacina_world_effects(world, NULL), 1);
    assert_int_equal(cloacina_world_effects(world, "mail.send"), 0);
    scene_assert_task(world, run, "only", "Failed", "the gateway is down", 1);
    assert_int_equal(scene_task(world, run, "only").code, CLOACINA_UNAVAILABLE);
    cloacina_world_destroy(world);
}

/* ---- cancel ---- */

static enum cloacina_code answers[3];

static enum cloacina_code stubborn_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int amount = 1;
    struct cloacina_effect effect = {.name = "late", .apply = apply_well, .argument = &amount};
    answers[0] = cloacina_task_sleep_ms(task, 60000, err);
    assert_int_equal(cloacina_task_is_cancelled(task), 1);
    answers[1] = cloacina_task_sleep_ms(task, 60000, err);
    answers[2] = cloacina_task_effect(task, &effect, err);
    return CLOACINA_OK;
}

/* The answer of a cancelled attempt is not waited for: its cost does not pass any more. */
static void the_cost_of_a_cancelled_body_does_not_pass(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = world_of(NULL, stubborn_body, &run);
    assert_ok(cloacina_world_cost(world, "single", "only", 3600 * SECOND, err));
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_CANCEL, SECOND, err));
    scene_run(world);
    assert_true(cloacina_world_now_ns(world) == SECOND);
    cloacina_world_destroy(world);
}

/* A body that does not listen is told again by every call; what it still wants to do is not
 * done. */
static void a_cancelled_body_is_told_by_every_call(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    applications = 0;
    struct cloacina_world *world = world_of(NULL, stubborn_body, &run);
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_CANCEL, SECOND, err));
    scene_run(world);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(answers[i], CLOACINA_CANCELLED);
    }
    assert_int_equal(applications, 0);
    assert_true(cloacina_world_now_ns(world) == SECOND);
    cloacina_world_destroy(world);
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum cloacina_code wait_body(struct cloacina_task *task, struct cloacina_error *err)
{
    answers[0] = cloacina_task_defer_until(task, never, NULL, 1000, err);
    return answers[0];
}

static void a_deferred_body_can_be_cancelled(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = world_of(NULL, wait_body, &run);
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_CANCEL, 2500 * MS, err));
    scene_run(world);
    assert_int_equal(answers[0], CLOACINA_CANCELLED);
    assert_true(cloacina_world_now_ns(world) == 2500 * MS);
    cloacina_world_destroy(world);
}

/* ---- bodies that never rest ---- */

static enum cloacina_code spin_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK && cloacina_task_now(task) < INT64_MAX) {
        code = cloacina_task_sleep_ms(task, 0, err);
    }
    return code;
}

/* Asking a thousand times at one instant is a spin, and ends the run instead of hanging it. */
static void a_body_that_spins_is_a_violation(void **state)
{
    struct cloacina_world_execution run;
    const char *message = NULL;
    (void)state;
    struct cloacina_world *world = world_of(NULL, spin_body, &run);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "I-26");
    assert_non_null(strstr(message, "task 'only'"));
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION); /* and stays one */
    cloacina_world_destroy(world);
}

static enum cloacina_code busy_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    while (cloacina_task_now(task) < INT64_MAX && cloacina_task_random(task, 2) < 2) {
        continue;
    }
    return CLOACINA_OK;
}

/* It never waits, so it is stopped inside of its call. */
static void a_body_that_waits_for_nothing_is_a_violation(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = world_of(NULL, busy_body, &run);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, NULL), "I-26");
    cloacina_world_destroy(world);
}

/* Without checkers the number of events is the last line of defence. */
static void a_body_that_spins_runs_into_the_limit_of_events(void **state)
{
    struct cloacina_world_execution run;
    const char *message = NULL;
    (void)state;
    struct cloacina_world *world = world_of(
        &(struct cloacina_world_options){.checkers_off = 1, .events_max = 5000}, spin_body, &run);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_LIMIT);
    assert_string_equal(cloacina_world_violation(world, &message), "I-07");
    assert_non_null(strstr(message, "5000 events have happened"));
    assert_non_null(strstr(message, "'only' Running"));
    cloacina_world_destroy(world);
}

/* ---- the end of the world ---- */

static int cleaned;

static enum cloacina_code tidy_body(struct cloacina_task *task, struct cloacina_error *err)
{
    void *held = malloc(64);
    answers[0] = cloacina_task_sleep_ms(task, 3600000, err);
    free(held);
    cleaned++;
    return answers[0];
}

/* A stack is never thrown away half used: the body unwinds through its own error path. */
static void destroying_a_world_unwinds_its_bodies(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    cleaned = 0;
    struct cloacina_world *world = world_of(NULL, tidy_body, &run);
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    cloacina_world_destroy(world);
    assert_int_equal(cleaned, 1);
    assert_int_equal(answers[0], CLOACINA_CRASHED);
}

static void a_deferred_body_is_unwound_too(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = world_of(NULL, wait_body, &run);
    scene_run_until(world, 1500 * MS, CLOACINA_WORLD_UNTIL);
    cloacina_world_destroy(world);
    assert_int_equal(answers[0], CLOACINA_CRASHED);
}

static int calls;

static enum cloacina_code deaf_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK || code == CLOACINA_CRASHED) {
        calls++;
        code = cloacina_task_sleep_ms(task, 1000, err);
    }
    return code;
}

/* After 64 calls that were answered CRASHED a body is given up, and the world ends without it. */
static void a_body_that_ignores_the_end_is_given_up(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    calls = 0;
    struct cloacina_world *world = world_of(NULL, deaf_body, &run);
    scene_run_until(world, 500 * MS, CLOACINA_WORLD_UNTIL);
    cloacina_world_destroy(world);
    assert_int_equal(calls, 1 + 64);
}

static jmp_buf elsewhere;

static enum cloacina_code jump_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    longjmp(elsewhere, 1);
}

/* As a failing assertion in a body does. The rest of the world ends in order, and another one
 * runs. */
static void a_body_may_be_left_by_a_jump(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    static struct cloacina_world *volatile left;
    left = world_of(NULL, jump_body, &run);
    if (setjmp(elsewhere) == 0) {
        enum cloacina_world_end end;
        (void)!cloacina_world_run(left, INT64_MAX, &end, NULL);
        fail_msg("the body has returned");
    }
    assert_error(cloacina_world_run(left, INT64_MAX, &(enum cloacina_world_end){0}, err),
                 CLOACINA_INVALID, "world: a run is under way, or a body has jumped out of it");
    cloacina_world_destroy(left);
    struct cloacina_world *world = world_of(NULL, watch_body, &run);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    cloacina_world_destroy(world);
}

/* Nothing was begun, something is on its way, a cost passes: every moment is a good one to stop. */
static void a_world_can_be_destroyed_at_any_moment(void **state)
{
    (void)state;
    for (int moment = 0; moment < 6; moment++) {
        struct failing_heap heap;
        failing_heap_init(&heap, FAIL_NEVER);
        struct cloacina_world_options options = {
            .heap = &heap.heap,
            .runners = 2,
            .round_trip_ns = 200 * MS,
            .is_seeded = moment % 2,
        };
        struct cloacina_world *world = scene_world(&options, &single);
        chosen = tidy_body;
        if (moment >= 1) {
            struct cloacina_world_execution run = scene_submit(world, "single", "{\"a\": [1]}");
            assert_ok(
                cloacina_world_command(world, run, CLOACINA_WORLD_CANCEL, 3600 * SECOND, err));
        }
        if (moment >= 2) {
            scene_run_until(world, (moment - 2) * 150 * MS, CLOACINA_WORLD_UNTIL);
        }
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_sees_virtual_time),
        cmocka_unit_test(random_numbers_are_zero_in_the_calm_and_follow_the_seed),
        cmocka_unit_test(an_effect_is_applied_and_written_down),
        cmocka_unit_test(a_cancelled_body_is_told_by_every_call),
        cmocka_unit_test(the_cost_of_a_cancelled_body_does_not_pass),
        cmocka_unit_test(a_deferred_body_can_be_cancelled),
        cmocka_unit_test(a_body_that_spins_is_a_violation),
        cmocka_unit_test(a_body_that_waits_for_nothing_is_a_violation),
        cmocka_unit_test(a_body_that_spins_runs_into_the_limit_of_events),
        cmocka_unit_test(destroying_a_world_unwinds_its_bodies),
        cmocka_unit_test(a_deferred_body_is_unwound_too),
        cmocka_unit_test(a_body_that_ignores_the_end_is_given_up),
        cmocka_unit_test(a_body_may_be_left_by_a_jump),
        cmocka_unit_test(a_world_can_be_destroyed_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
