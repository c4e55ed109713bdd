/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_leases.c - how a runner leaves, dies, or learns that it was taken for dead. */
#include "runner_scene.h"

/* Why: an orderly stop starts nothing more and is answered when the last body has returned. */
static void stopping_waits_for_the_bodies(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a; b");
    stage_submit(&stage, 0, "{}");
    struct id id = stage.command.id;
    assert_false(stage_command(&stage, 0, RUNNER_STOP, NULL));
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_true(stage.is_done);
    assert_int_equal(stage_running(&stage), 0);
    assert_int_equal(stage_counts(&stage, 0).lease, 0); /* nobody has to wait for its death */
    stage.command.id = id;
    stage_assert_task(&stage, "b", TASK_READY);
    stage_close(&stage);
}

/* Why: a parked body that gets no slot back never ends, and neither does the stop. */
static void a_parked_body_gets_its_slot_back_while_its_runner_stops(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_submit(&stage, 0, "{}");
    stage_post(&stage, "a", ATTEMPT_DEFERRED);
    assert_false(stage_command(&stage, 0, RUNNER_STOP, NULL));
    stage_post(&stage, "a", ATTEMPT_WANTS_SLOT);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_true(stage.is_done);
    stage_close(&stage);
}

/* Why: a dead runner's tasks are found by the beats that stopped, on the observer's own clock, and
 * run elsewhere. */
static void the_work_of_a_dead_runner_is_recovered(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a");
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_attempt(&stage, "a")->runner, 1);
    stage.runners[0].is_dead = true;
    stage_time(&stage, seconds(10));
    assert_true(stage.runners[1].next.busy <= seconds(20));
    stage_time(&stage, seconds(70));
    assert_int_equal(stage_attempt(&stage, "a")->runner, 2);
    assert_int_equal(stage_row(&stage, "a")->recoveries, 1);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: a runner that was away longer than its lease stops its bodies before it does anything else,
 * and starts anew. */
static void a_runner_that_was_away_too_long_fences_itself(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a");
    stage_submit(&stage, 0, "{}");
    uint64_t lease = stage_counts(&stage, 0).lease;
    stage.runners[0].is_dead = true;
    stage_time(&stage, seconds(80));
    stage.runners[0].is_dead = false;
    stage.runners[0].is_woken = true;
    stage_settle(&stage);
    assert_int_equal(stage.cancelled, 1);
    assert_true(stage_counts(&stage, 0).lease > lease);
    struct attempt *late = stage.started[0];
    late->outcome.code = CLOACINA_OK;
    late->message.kind = ATTEMPT_FINISHED;
    inbox_post(late->inbox, &late->message);
    stage.started[0] = NULL;
    stage_settle(&stage);
    stage_assert_task(&stage, "a", TASK_RUNNING);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: with a new lease come new ears: else every hint is lost for the rest of its life. */
static void a_runner_hears_hints_on_its_new_lease(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b");
    stage_settle(&stage);
    stage.runners[1].is_dead = true;
    stage_time(&stage, seconds(80));
    stage.runners[1].is_dead = false;
    stage.runners[1].is_woken = true;
    stage_time(&stage, seconds(12));
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 2);
    stage_close(&stage);
}

/* Why: what a poll has claimed, whose answer was lost, must not wait for anybody's death when its
 * runner stops: an orderly stop is no crash and costs no recovery. */
static void a_stop_hands_back_what_the_runner_does_not_know(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b");
    stage.runners[1].border.poll = (struct border_fault){CLOACINA_UNKNOWN, true, 1};
    stage_submit(&stage, 0, "{}");
    stage_assert_task(&stage, "b", TASK_RUNNING);
    struct id id = stage.command.id;
    assert_true(stage_command(&stage, 1, RUNNER_STOP, NULL));
    stage.command.id = id;
    stage_assert_task(&stage, "b", TASK_READY);
    assert_int_equal(stage_row(&stage, "b")->recoveries, 0);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: a process that stood still runs its bodies before its runner has looked at the clock. They
 * must not go on in the name of a lease that others may have closed. */
static void a_body_knows_that_the_lease_has_ended_before_its_runner_does(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_submit(&stage, 0, "{}");
    const struct attempt *attempt = stage_attempt(&stage, "a");
    stage.runners[0].is_dead = true;
    stage.now += seconds(55) - 1;
    assert_false(attempt_is_cancelled(attempt));
    stage.now += 1;
    assert_true(attempt_is_cancelled(attempt));
    stage_close(&stage);
}

/* Why: what was claimed with a commit whose answer is awaited dies with the lease, whatever the
 * answer will be; it once left a timer behind that fired in somebody else's attempt. */
static void a_claim_whose_answer_is_awaited_dies_with_the_lease(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct stage stage;
        stage_open(&stage, 2, 1, "a; b: a");
        stage_submit(&stage, 0, "{}");
        struct border *border = &stage.runners[0].border;
        border->commit = (struct border_fault){CLOACINA_UNKNOWN, applied != 0, 1};
        border->find_commit = (struct border_fault){CLOACINA_UNAVAILABLE, false, 13};
        border->poll = (struct border_fault){CLOACINA_UNAVAILABLE, false, 80};
        stage_end(&stage, "a", CLOACINA_OK, NULL);
        stage_time(&stage, seconds(120));
        if (applied == 0) {
            stage_end(&stage, "a", CLOACINA_OK, NULL);
        }
        stage_end(&stage, "b", CLOACINA_OK, NULL);
        stage_assert_execution(&stage, EXECUTION_COMPLETED);
        assert_int_equal(stage_counts(&stage, 0).slots_used, 0);
        assert_int_equal(stage_counts(&stage, 0).attempts, 0);
        stage_close(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stopping_waits_for_the_bodies),
        cmocka_unit_test(a_parked_body_gets_its_slot_back_while_its_runner_stops),
        cmocka_unit_test(the_work_of_a_dead_runner_is_recovered),
        cmocka_unit_test(a_runner_that_was_away_too_long_fences_itself),
        cmocka_unit_test(a_runner_hears_hints_on_its_new_lease),
        cmocka_unit_test(a_stop_hands_back_what_the_runner_does_not_know),
        cmocka_unit_test(a_claim_whose_answer_is_awaited_dies_with_the_lease),
        cmocka_unit_test(a_body_knows_that_the_lease_has_ended_before_its_runner_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
