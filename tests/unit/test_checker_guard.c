/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_guard.c - claims, tokens, retries, dead leases: each test makes one commit that the
 * engine would never make. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price",
     .retry = {.attempts_max = 2, .initial_delay_ms = 1000, .backoff = CLOACINA_BACKOFF_FIXED}},
    {.name = "charge", .dependencies = TASKS("price")},
};

/* Submitted; 'price' is Ready. */
static int submitted(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 2, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    assert_holds(&scene);
    *state = &scene;
    return 0;
}

/* 'price' is Running under token 1.2. */
static int running(void **state)
{
    submitted(state);
    scene_claim(*state);
    scene_commit(*state);
    assert_holds(*state);
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

static void lose_price(struct scene *scene)
{
    scene_close_lease(scene, scene->lease);
    scene->lease = 2;
    scene_apply(scene, EXECUTION_LOST, "price");
}

/* ---- I-01, I-09, I-10: claims ---- */

/* The pause was committed first: it wins. */
static void a_claim_while_paused_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_commit(scene);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    scene->execution.row.status = EXECUTION_RUNNING;
    scene_claim(scene);
    scene->execution.row.status = EXECUTION_PAUSED;
    scene->changeset.before.status = EXECUTION_PAUSED;
    scene_commit(scene);
    assert_breaks(scene, "I-09",
                  "task 'price': attempt 1 was claimed while the execution is Paused");
}

/* A person would see Pending while bodies run. */
static void a_claim_that_does_not_start_the_execution_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_lose_event(scene, EVENT_WORKFLOW_STARTED);
    scene_commit(scene);
    assert_breaks(scene, "I-08",
                  "task 'price': attempt 1 was claimed while the execution is Pending");
}

/* When the one that works dies, its claim would not be found. */
static void a_claim_in_the_name_of_another_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene->lease = 2;
    scene_commit(scene);
    assert_breaks(scene, "I-01", "task 'price': was claimed with token 1.2 by lease 2");
}

/* The same token for two claims, and the late answer of the first would pass for the second's. */
static void a_token_that_was_used_before_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_commit(scene);
    scene->serial = 2;
    scene_claim(scene);
    scene_commit(scene);
    assert_breaks(scene, "I-01",
                  "task 'price': was claimed with token 1.2, which is not a fresh one");
}

/* A token made from a clock or an address repeats some day. */
static void a_token_that_is_no_counter_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->serial = UINT64_C(1) << 32;
    scene_claim(scene);
    scene_commit(scene);
    assert_breaks(scene, "I-01",
                  "task 'price': was claimed with token 1.4294967296, which is not a fresh one");
}

/* It did no work: nothing is to be waited for. */
static void a_hand_back_that_has_to_wait_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_event(scene, EVENT_TASK_HANDED_BACK)->retry_at = scene->clock.now + 1;
    scene_row(scene, "price")->retry_at = scene->clock.now + 1;
    scene_commit(scene);
    assert_breaks(scene, "I-10", "task 'price': task_handed_back, and may not start again at once");
}

/* A store that does not look at retry_at starts the next attempt at once. */
static void a_claim_before_its_time_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene_commit(scene);
    scene_pass(scene, 400 * NANOSECONDS_PER_MILLISECOND);
    scene_row(scene, "price")->retry_at = 0;
    scene->execution.ready_count = 0;
    assert_true(scene_row(scene, "price")->status == TASK_READY);
    scene_row(scene, "price")->retry_at = scene->clock.now + 600 * NANOSECONDS_PER_MILLISECOND;
    struct task_row *row = scene_add_row(scene, "price");
    struct event_row *event = scene_add_event(scene, EVENT_TASK_CLAIMED, "price");
    event->claim = (struct stamp){1, 50};
    task_row_claim(row, event->claim, event->at);
    scene_commit(scene);
    assert_breaks(scene, "I-10", "task 'price': attempt 2 was claimed 0.6 s before its time");
}

/* A runner whose clock runs ahead: its event is in time, the store's clock says no. */
static void a_claim_dated_in_the_future_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene_commit(scene);
    scene_pass(scene, NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_pass(scene, -NANOSECONDS_PER_SECOND);
    scene_commit(scene);
    assert_breaks(scene, "I-10", "task 'price': attempt 2 was claimed 1 s before its time");
}

/* ---- I-02: tokens ---- */

/* The late result of an attempt that was given up must not win over the present one. */
static void a_result_with_a_lost_token_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_event(scene, EVENT_TASK_COMPLETED)->claim.serial = 1;
    scene_commit(scene);
    assert_breaks(scene, "I-02",
                  "task 'price': task_completed with token 1.1, but it is held by 1.2");
}

/* Two runners would work on one task. */
static void a_recovery_from_the_living_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->lease = 2;
    scene_apply(scene, EXECUTION_LOST, "price");
    scene_commit(scene);
    assert_breaks(scene, "I-02", "task 'price': was taken from lease 1, which is open");
}

/* The claim that was lost is not the one that is held now. */
static void a_recovery_with_another_token_is_seen(void **state)
{
    struct scene *scene = *state;
    lose_price(scene);
    scene_event(scene, EVENT_TASK_RECOVERED)->claim.serial = 1;
    scene_commit(scene);
    assert_breaks(scene, "I-02",
                  "task 'price': task_recovered with token 1.1, but it is held by 1.2");
}

/* Nobody but its own runner may give up an attempt that goes on. */
static void abandoning_what_the_living_hold_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_row(scene, "price")->recoveries = 1;
    scene_apply(scene, EXECUTION_LOST, "price");
    scene_row(scene, "price")->recoveries = 0;
    scene->changeset.rows[0].before.recoveries = 0;
    scene_commit(scene);
    assert_breaks(scene, "I-02", "task 'price': was taken from lease 1, which is open");
}

/* A runner that gives up its own attempt says why; no death is needed. */
static void abandoning_ones_own_attempt_is_right(void **state)
{
    struct scene *scene = *state;
    scene_input(scene, &(struct execution_input){.type = EXECUTION_ABANDONED,
                                                 .task = scene_task(scene, "price"),
                                                 .claim = scene_row(scene, "price")->claim,
                                                 .code = CLOACINA_LIMIT,
                                                 .message = TEXT_LITERAL("too large")});
    scene_commit(scene);
    assert_holds(scene);
}

/* The slot would be given back twice. */
static void deferring_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    *scene_add_event(scene, EVENT_TASK_DEFERRED, "price") = scene->changeset.events[0];
    scene_commit(scene);
    assert_breaks(scene, "I-04", "task 'price': task_deferred, but its body is deferred already");
}

/* The slot would be taken twice. */
static void resuming_what_was_not_deferred_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene->changeset.events[0].type = EVENT_TASK_RESUMED;
    scene_commit(scene);
    assert_breaks(scene, "I-04", "task 'price': task_resumed, but its body is not deferred");
}

/* ---- I-10: retries and recoveries ---- */

/* A second loss, when one recovery is allowed. */
static void a_recovery_beyond_the_cap_is_seen(void **state)
{
    struct scene *scene = *state;
    lose_price(scene);
    scene_claim(scene);
    scene_commit(scene);
    assert_holds(scene);
    scene_close_lease(scene, 2);
    struct memory_observer *observer = checkers_observer(scene->checkers);
    observer->lease_opened(observer, 3);
    scene->lease = 3;
    scene->execution.row.recoveries_max = 2;
    scene_apply(scene, EXECUTION_LOST, "price");
    scene->execution.row.recoveries_max = 1;
    scene->changeset.before.recoveries_max = 1;
    scene_commit(scene);
    assert_breaks(scene, "I-10", "task 'price': was recovered 1 times before, and 1 are allowed");
}

/* A task would fail that still had a recovery. */
static void giving_up_before_the_cap_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_row(scene, "price")->recoveries = 1;
    lose_price(scene);
    scene_row(scene, "price")->recoveries = 0;
    scene->changeset.rows[0].before.recoveries = 0;
    scene_commit(scene);
    assert_breaks(scene, "I-10",
                  "task 'price': was abandoned after 0 recoveries, and 1 are allowed");
}

/* At the cap it is a visible failure, and that is right. */
static void giving_up_at_the_cap_is_right(void **state)
{
    struct scene *scene = *state;
    lose_price(scene);
    scene_claim(scene);
    scene_commit(scene);
    scene_close_lease(scene, 2);
    struct memory_observer *observer = checkers_observer(scene->checkers);
    observer->lease_opened(observer, 3);
    scene->lease = 3;
    scene_apply(scene, EXECUTION_LOST, "price");
    scene_commit(scene);
    assert_holds(scene);
    assert_int_equal(scene_row(scene, "price")->status, TASK_FAILED);
}

/* The service that failed would get no rest. */
static void a_retry_before_its_delay_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    int64_t retry_at = scene->clock.now + 700 * NANOSECONDS_PER_MILLISECOND;
    scene_event(scene, EVENT_TASK_RETRY_SCHEDULED)->retry_at = retry_at;
    scene_row(scene, "price")->retry_at = retry_at;
    scene_commit(scene);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 2 is to start 0.05 s before its policy allows");
}

/* The policy allows a quarter less: that much jitter is right. */
static void a_retry_with_the_largest_jitter_is_right(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    int64_t retry_at = scene->clock.now + 750 * NANOSECONDS_PER_MILLISECOND;
    scene_event(scene, EVENT_TASK_RETRY_SCHEDULED)->retry_at = retry_at;
    scene_row(scene, "price")->retry_at = retry_at;
    scene_commit(scene);
    assert_holds(scene);
}

/* An attempt would be lost that nobody has made. */
static void a_retry_that_skips_a_number_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene_event(scene, EVENT_TASK_RETRY_SCHEDULED)->attempt = 3;
    scene_row(scene, "price")->attempt = 3;
    scene_commit(scene);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 3 is to follow attempt 1, and 2 are allowed");
}

/* The cap counts runs in all. */
static void one_attempt_more_than_allowed_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene_commit(scene);
    scene_pass(scene, NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_commit(scene);
    scene_row(scene, "price")->attempt = 1;
    scene_fails(scene, "price", "no");
    scene->changeset.rows[0].before.attempt = 2;
    scene_row(scene, "price")->attempt = 3;
    scene_event(scene, EVENT_TASK_RETRY_SCHEDULED)->attempt = 3;
    scene_commit(scene);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 3 is to follow attempt 2, and 2 are allowed");
}

/* The policy promises the author a second attempt. */
static void a_failure_that_should_have_been_retried_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_row(scene, "price")->attempt = 2;
    scene_fails(scene, "price", "no");
    scene_row(scene, "price")->attempt = 1;
    scene->changeset.rows[0].before.attempt = 1;
    scene_event(scene, EVENT_TASK_FAILED)->attempt = 1;
    scene_commit(scene);
    assert_breaks(
        scene, "I-10",
        "task 'price': attempt 1 of 2 ended with 'failed' and is the last, against its policy");
}

static const struct cloacina_task_options careful[] = {
    {.name = "price",
     .retry = {.attempts_max = 9, .retry_when = CLOACINA_RETRY_TRANSIENT, .initial_delay_ms = 1}},
};

/* The policy retries only what may cure itself; the row says what it was. */
static void a_retry_that_the_policy_does_not_want_is_seen(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, careful, 1, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    scene_claim(&scene);
    scene_commit(&scene);
    scene_fails(&scene, "price", "connection reset");
    scene_row(&scene, "price")->error = "no such order";
    scene_commit(&scene);
    assert_breaks(&scene, "I-10",
                  "task 'price': attempt 1 of 9 ended with 'failed' and is to be followed by "
                  "another, against its policy");
    scene_close(&scene);
}

/* ---- I-12 ---- */

/* The dependents would start with what came before, as if nothing had been written. */
static void a_completion_without_its_context_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene->changeset.delta_count = 0;
    scene_commit(scene);
    assert_breaks(scene, "I-12",
                  "task 'price': attempt 1 completed, and its commit does not say what it wrote");
}

/* The record must be of the attempt that completed. */
static void a_context_of_another_attempt_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene->changeset.deltas[0].attempt = 2;
    scene_commit(scene);
    assert_breaks(scene, "I-12",
                  "task 'price': attempt 1 completed, and its commit does not say what it wrote");
}

/* ---- I-06: dead leases ---- */

/* Nobody takes the task back. The bound is counted in store time and judged at commits. */
static void a_claim_that_nobody_takes_back_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_close_lease(scene, 1);
    scene->lease = 2;
    scene_pass(scene, CHECKERS_LOST_NS_MAX);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    assert_holds(scene);
    scene_pass(scene, 1);
    scene_apply(scene, EXECUTION_RESUME, NULL);
    scene_commit(scene);
    assert_breaks(scene, "I-06",
                  "task 'price': is still Running under lease 1, which was closed: nobody took it "
                  "back for 30.000000001 s");
}

/* A claim may slip in after the lease was closed: its runner learns it with the next poll. */
static void a_claim_after_the_end_of_its_lease_must_be_taken_back_too(void **state)
{
    struct scene *scene = *state;
    scene_close_lease(scene, 1);
    scene_pass(scene, 5 * NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_commit(scene);
    assert_holds(scene);
    scene->lease = 2;
    scene_pass(scene, CHECKERS_LOST_NS_MAX + 1);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    assert_string_equal(checkers_violation(scene->checkers)->id, "I-06");
}

/* The first lease has lost its task in time; the second still may. */
static void each_closed_lease_has_its_own_time(void **state)
{
    struct scene *scene = *state;
    scene_close_lease(scene, 1);
    scene->lease = 2;
    scene_apply(scene, EXECUTION_LOST, "price");
    scene_claim(scene);
    scene_commit(scene);
    scene_pass(scene, 20 * NANOSECONDS_PER_SECOND);
    scene_close_lease(scene, 2);
    scene_pass(scene, 20 * NANOSECONDS_PER_SECOND);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    assert_holds(scene);
    scene_pass(scene, 20 * NANOSECONDS_PER_SECOND);
    scene_apply(scene, EXECUTION_RESUME, NULL);
    scene_commit(scene);
    assert_string_equal(checkers_violation(scene->checkers)->id, "I-06");
}

/* 0 stands for "no claim": a lease of that number could not claim. */
static void a_lease_without_a_number_is_seen(void **state)
{
    struct scene *scene = *state;
    checkers_observer(scene->checkers)->lease_opened(checkers_observer(scene->checkers), 0);
    assert_breaks(scene, "I-01", "lease 0 was given out though 0 means none");
}

/* Two observers find one runner dead: one of them closes the lease. */
static void closing_a_lease_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_close_lease(scene, 2);
    assert_holds(scene);
    scene_close_lease(scene, 2);
    assert_breaks(scene, "I-01", "lease 2 was closed, but it was not open");
}

#define SUBMITTED(test) cmocka_unit_test_setup_teardown(test, submitted, closed)
#define RUNNING(test) cmocka_unit_test_setup_teardown(test, running, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUBMITTED(a_claim_while_paused_is_seen),
        SUBMITTED(a_claim_that_does_not_start_the_execution_is_seen),
        SUBMITTED(a_claim_in_the_name_of_another_is_seen),
        RUNNING(a_token_that_was_used_before_is_seen),
        SUBMITTED(a_token_that_is_no_counter_is_seen),
        RUNNING(a_hand_back_that_has_to_wait_is_seen),
        RUNNING(a_claim_before_its_time_is_seen),
        RUNNING(a_claim_dated_in_the_future_is_seen),
        RUNNING(a_result_with_a_lost_token_is_seen),
        RUNNING(a_recovery_from_the_living_is_seen),
        RUNNING(a_recovery_with_another_token_is_seen),
        RUNNING(abandoning_what_the_living_hold_is_seen),
        RUNNING(abandoning_ones_own_attempt_is_right),
        RUNNING(deferring_twice_is_seen),
        RUNNING(resuming_what_was_not_deferred_is_seen),
        RUNNING(a_recovery_beyond_the_cap_is_seen),
        RUNNING(giving_up_before_the_cap_is_seen),
        RUNNING(giving_up_at_the_cap_is_right),
        RUNNING(a_retry_before_its_delay_is_seen),
        RUNNING(a_retry_with_the_largest_jitter_is_right),
        RUNNING(a_retry_that_skips_a_number_is_seen),
        RUNNING(one_attempt_more_than_allowed_is_seen),
        RUNNING(a_failure_that_should_have_been_retried_is_seen),
        cmocka_unit_test(a_retry_that_the_policy_does_not_want_is_seen),
        RUNNING(a_completion_without_its_context_is_seen),
        RUNNING(a_context_of_another_attempt_is_seen),
        RUNNING(a_claim_that_nobody_takes_back_is_seen),
        SUBMITTED(a_claim_after_the_end_of_its_lease_must_be_taken_back_too),
        RUNNING(each_closed_lease_has_its_own_time),
        SUBMITTED(a_lease_without_a_number_is_seen),
        SUBMITTED(closing_a_lease_twice_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
