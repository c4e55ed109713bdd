/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_effects.c - what may become of a deed, and what the ledger says of it. */
#include "fault_scene.h"

static void a_deed_may_fail_before_it_is_done(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, charge_body, "run-1/only/1/effect.payments.charge@1=error", &run);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    scene_assert_task(world, run, "only", "Ready", "payments.charge: connection refused (injected)",
                      1);
    assert_int_equal(scene_task(world, run, "only").code, CLOACINA_UNAVAILABLE);
    assert_ledger(world, 1, 0, 0);
    scene_run(world);
    scene_assert_times(world, run, "only", 2, SECOND, SECOND);
    assert_ledger(world, 2, 1, 0);
    end(world);
}

/* The classic: it is done, the retry does it again. */
static void a_deed_whose_reply_is_lost_is_done_twice(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, charge_body, "run-1/only/1/effect.payments.charge@1=reply-lost", &run);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    scene_assert_task(world, run, "only", "Ready", "payments.charge: reply lost (injected)", 1);
    assert_int_equal(scene_task(world, run, "only").code, CLOACINA_TIMEOUT);
    assert_ledger(world, 1, 1, 1);
    scene_run(world);
    assert_ledger(world, 2, 2, 1);
    end(world);
}

static enum cloacina_code do_badly(void *argument, struct cloacina_error *err)
{
    (void)argument;
    return cloacina_error_set(err, "no such account");
}

static enum cloacina_code broken_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_effect(
        task, &(struct cloacina_effect){.name = "payments.charge", .apply = do_badly}, err);
}

/* Nothing was done, so there is no reply that could be lost; a crash comes all the same. */
static void a_deed_that_fails_by_itself_says_so(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&single, broken_body,
                                        "run-1/only/1/effect.payments.charge@1=reply-lost,"
                                        "run-1/only/2/effect.payments.charge@1=slow-reply:1s",
                                        &run);
    scene_run(world);
    scene_assert_times(world, run, "only", 2, SECOND, SECOND);
    scene_assert_task(world, run, "only", "Failed", "no such account", 2);
    assert_ledger(world, 2, 0, 0);
    end(world);

    world =
        play(&single, broken_body, "run-1/only/1/effect.payments.charge@1=crash-after:5s", &run);
    scene_run(world);
    scene_assert_times(world, run, "only", 1, AGAIN_S * SECOND, (AGAIN_S + 1) * SECOND);
    end(world);
}

static enum cloacina_code once_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_effect(task,
                                &(struct cloacina_effect){
                                    .name = "payments.charge",
                                    .key = cloacina_task_idempotency_key(task),
                                    .apply = do_well,
                                    .once_per_key = 1,
                                },
                                err);
}

/* The receiver knows the key: whatever happens to the reply, it does the deed once. */
static void a_deed_once_per_key_survives_a_lost_reply(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, once_body, "run-1/only/1/effect.payments.charge@1=reply-lost", &run);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_ledger(world, 2, 1, 1);
    end(world);
}

static void a_slow_deed_is_done_later_and_a_slow_reply_after_it(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, charge_body, "run-1/only/1/effect.payments.charge@1=slow:3s", &run);
    scene_run_until(world, 3 * SECOND - 1, CLOACINA_WORLD_UNTIL);
    assert_ledger(world, 1, 0, 0);
    scene_run(world);
    assert_ledger(world, 1, 1, 0);
    scene_assert_times(world, run, "only", 1, 0, 3 * SECOND);
    end(world);

    world = play(&single, charge_body, "run-1/only/1/effect.payments.charge@1=slow-reply:3s", &run);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    assert_ledger(world, 1, 1, 0);
    scene_run(world);
    scene_assert_times(world, run, "only", 1, 0, 3 * SECOND);
    end(world);
}

/* A cancel cuts off the wait; only the order of wait and deed decides whether it was done. */
static void a_timeout_cuts_off_a_slow_deed(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&watched, charge_body, "run-1/timed/1/effect.payments.charge@1=slow:3s", &run);
    scene_run(world);
    assert_ledger(world, 1, 0, 0);
    assert_true(ended[0].at == SECOND && ended[0].code == CLOACINA_CANCELLED);
    end(world);

    world =
        play(&watched, charge_body, "run-1/timed/1/effect.payments.charge@1=slow-reply:3s", &run);
    scene_run(world);
    assert_ledger(world, 1, 1, 0);
    assert_true(ended[0].at == SECOND && ended[0].code == CLOACINA_CANCELLED);
    end(world);
}

static enum cloacina_code answers[4];

static enum cloacina_code others_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_effect effect = {.name = "payments.refund", .apply = do_well};
    answers[0] = charge_body(task, err);
    answers[1] = cloacina_task_effect(task, &effect, err);
    effect.name = "mail.send";
    answers[2] = cloacina_task_effect(task, &effect, err);
    return answers[0];
}

/* The service is what stands before the last dot. It is down for everybody, and nobody is asked
 * while it is. */
static void a_service_goes_down_as_a_whole(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, others_body, "run-1/only/1/effect.payments.charge@1=down:1s", &run);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    assert_int_equal(answers[0], CLOACINA_UNAVAILABLE);
    assert_int_equal(answers[1], CLOACINA_UNAVAILABLE);
    assert_int_equal(answers[2], CLOACINA_OK);
    scene_assert_task(world, run, "only", "Ready", "payments is down (injected)", 1);
    scene_run(world);
    assert_int_equal(answers[0], CLOACINA_OK);
    assert_int_equal(answers[1], CLOACINA_OK);
    scene_assert_times(world, run, "only", 2, SECOND, SECOND);
    end(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deed_may_fail_before_it_is_done),
        cmocka_unit_test(a_deed_whose_reply_is_lost_is_done_twice),
        cmocka_unit_test(a_deed_that_fails_by_itself_says_so),
        cmocka_unit_test(a_deed_once_per_key_survives_a_lost_reply),
        cmocka_unit_test(a_slow_deed_is_done_later_and_a_slow_reply_after_it),
        cmocka_unit_test(a_timeout_cuts_off_a_slow_deed),
        cmocka_unit_test(a_service_goes_down_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
