/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_attempt.c - bodies that run, what they see, and actors that turn on the spot. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What runners give unless they are told otherwise. */
#define GRACE_NS (5 * NANOSECONDS_PER_SECOND)

static const struct cloacina_task_options shop[] = {
    {.name = "price", .timeout_ms = 2000},
    {.name = "charge", .dependencies = TASKS("price")},
    {.name = "ship", .dependencies = TASKS("price")},
    {.name = "report", .dependencies = TASKS("charge", "ship")},
};

/* 'price' is Running. */
static int running(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 4, "{\"order\":7}", FAIL_NEVER));
    scene_submit(&scene, "{\"order\":7}");
    scene_claim(&scene);
    scene_commit(&scene);
    assert_holds(&scene);
    *state = &scene;
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

static void looks_at(struct scene *scene, const struct attempt *attempt, const char *json)
{
    const struct value *value;
    assert_int_equal(value_read(&scene->arena, text_of(json), &value, NULL), CLOACINA_OK);
    checkers_body_input(scene->checkers, attempt, value);
}

/* ---- I-01 ---- */

/* What every attempt does; the other tests differ from this one in one point. */
static void a_body_that_starts_and_ends_once_is_right(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_started(scene->checkers, &attempt);
    checkers_attempt_ended(scene->checkers, &attempt);
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_commit(scene);
    assert_holds(scene);
}

/* A runner that hears of its claim twice would do the work twice. */
static void one_claim_started_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_started(scene->checkers, &attempt);
    checkers_attempt_ended(scene->checkers, &attempt);
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-01",
                  "task 'price': the body of attempt 1 was started twice under one claim");
}

/* A commit that was never applied gives nobody the right to start. */
static void a_body_without_a_claim_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    attempt.claim.serial = 1000;
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 1 starts with token 1.1000, which the store never gave");
}

/* A token of a lease that the store never opened is made up. */
static void a_body_under_an_unknown_lease_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "charge");
    attempt.claim = (struct stamp){77, 1};
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-01",
                  "task 'charge': attempt 1 starts with token 77.1, which the store never gave");
}

/* The reply to the claim was on its way while somebody cancelled: nobody's fault. */
static void a_body_that_starts_after_its_claim_was_lost_is_right(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_attempt_started(scene->checkers, &attempt);
    looks_at(scene, &attempt, "{\"anything\":true}");
    checkers_attempt_ended(scene->checkers, &attempt);
    assert_holds(scene);
}

/* Another runner would start it beside the one that still works. */
static void a_claim_handed_back_while_its_body_runs_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_started(scene->checkers, &attempt);
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_commit(scene);
    assert_breaks(scene, "I-01",
                  "task 'price': task_handed_back, but the body of attempt 1 still runs");
}

/* The runner says that its time is over, and commits. */
static void times_out(struct scene *scene, const char *name, int64_t grace_ns, const char *message)
{
    scene_input(scene, &(struct execution_input){
                           .type = EXECUTION_TIMED_OUT,
                           .task = scene_task(scene, name),
                           .claim = scene_row(scene, name)->claim,
                           .message = text_of(message),
                           .grace_ns = grace_ns,
                       });
    scene_commit(scene);
}

/* A body that ignores its timeout may outlive its claim: that is what cancel_grace is for. */
static void a_claim_that_timed_out_may_end_before_its_body(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_started(scene->checkers, &attempt);
    scene_pass(scene, 2 * NANOSECONDS_PER_SECOND);
    times_out(scene, "price", GRACE_NS, "timed out after 2 s");
    checkers_attempt_cancelled(scene->checkers, &attempt);
    checkers_attempt_ended(scene->checkers, &attempt);
    assert_holds(scene);
}

/* A store that was down sees the end of the time and the return of the body in one commit; and the
 * runner may have had no memory for the length of the time. */
static void a_body_that_returned_too_late_may_have_timed_out_in_few_words(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_started(scene->checkers, &attempt);
    scene_pass(scene, 3 * NANOSECONDS_PER_SECOND);
    checkers_attempt_ended(scene->checkers, &attempt);
    times_out(scene, "price", GRACE_NS, "timed out");
    assert_holds(scene);
}

/* The count of bodies must never wrap around. */
static void a_body_that_ends_without_having_started_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    checkers_attempt_ended(scene->checkers, &attempt);
    assert_breaks(scene, "I-01", "task 'price': the body of attempt 1 ended, but none was started");
}

/* ---- I-10, I-13 ---- */

/* What a body does may depend on its number: "the second time, be careful". */
static void another_attempt_than_the_claimed_one_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    attempt.number = 2;
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-10", "task 'price': attempt 1 was claimed, attempt 2 starts");
}

/* What the store does not have must not run. */
static void an_attempt_of_an_unknown_execution_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    attempt.execution.low++;
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-13",
                  "at 0 s: an attempt of task number 0, which the store does not have");
}

/* A wrong number must not be read as another task. */
static void an_attempt_of_an_unknown_task_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    attempt.index = 4;
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-13",
                  "'shop': an attempt of task number 4, which the store does not have");
}

/* An execution runs by the definition that it started with, for all its life. */
static void an_attempt_by_another_definition_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    struct workflow other = *scene->workflow->definition;
    other.hash.low++;
    attempt.workflow = &other;
    checkers_attempt_started(scene->checkers, &attempt);
    assert_breaks(scene, "I-13",
                  "task 'price': attempt 1 runs by another definition than its execution");
}

/* ---- I-11 ---- */

/* 'charge' and 'ship' write; 'report' is Running and sees both. */
static struct attempt report_runs(struct scene *scene)
{
    scene_writes(scene, "price", "{}", "{\"cents\":4200}");
    scene_claim(scene);
    scene_commit(scene);
    scene_writes(scene, "charge", "{\"cents\":4200}", "{\"paid\":true}");
    scene_writes(scene, "ship", "{}", "{\"parcel\":{\"to\":\"Rome\"}}");
    scene_claim(scene);
    scene_commit(scene);
    return scene_attempt(scene, "report");
}

/* Nothing is before a root but the context of the submission. */
static void the_initial_context_is_what_a_root_sees(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = scene_attempt(scene, "price");
    looks_at(scene, &attempt, "{\"order\":7}");
    assert_holds(scene);
    looks_at(scene, &attempt, "{}");
    assert_breaks(scene, "I-11",
                  "task 'price': attempt 1 sees {}, but its dependencies committed {\"order\":7}");
}

/* A runner that reads its memory in place of the store shows a body what nobody committed. */
static void what_the_dependencies_committed_is_what_a_join_sees(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = report_runs(scene);
    looks_at(scene, &attempt, "{\"order\":7,\"paid\":true,\"parcel\":{\"to\":\"Rome\"}}");
    assert_holds(scene);
    looks_at(scene, &attempt, "{\"order\":7,\"cents\":4200,\"parcel\":{\"to\":\"Rome\"}}");
    assert_breaks(scene, "I-11",
                  "task 'report': attempt 1 sees "
                  "{\"cents\":4200,\"order\":7,\"parcel\":{\"to\":\"Rome\"}}, but its dependencies "
                  "committed {\"order\":7,\"paid\":true,\"parcel\":{\"to\":\"Rome\"}}");
}

/* What the task wrote in its former life is gone. */
static void after_a_reset_the_old_writes_are_not_seen(void **state)
{
    struct scene *scene = *state;
    report_runs(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "report");
    scene_commit(scene);
    scene_apply(scene, EXECUTION_RESET, "price");
    scene_claim(scene);
    scene_commit(scene);
    struct attempt price = scene_attempt(scene, "price");
    looks_at(scene, &price, "{\"order\":7}");
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_claim(scene);
    scene_commit(scene);
    struct attempt charge = scene_attempt(scene, "charge");
    looks_at(scene, &charge, "{\"order\":7}");
    assert_holds(scene);
}

/* A comparison that was not made must not pass for one that was. */
static void without_memory_for_a_comparison_the_checkers_are_blind(void **state)
{
    struct scene *scene = *state;
    struct attempt attempt = report_runs(scene);
    assert_holds(scene);
    scene->heap.fail_at = scene->heap.allocations;
    scene->heap.keeps_failing = true;
    looks_at(scene, &attempt, "{}");
    assert_null(checkers_violation(scene->checkers));
    assert_true(checkers_are_blind(scene->checkers));
}

/* ---- I-26 ---- */

static void calls(struct scene *scene, struct checkers_spin *spin, int count)
{
    for (int i = 0; i < count; i++) {
        checkers_effect_call(scene->checkers, spin, "runner-1");
    }
}

/* In production this would be a processor at full load, and nobody would know why. */
static void a_thousand_calls_for_nothing_are_a_spin(void **state)
{
    struct scene *scene = *state;
    struct checkers_spin spin = {0};
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    assert_holds(scene);
    calls(scene, &spin, 1);
    assert_breaks(scene, "I-26",
                  "at 0 s: runner-1 made 1000 effect calls without input, and neither the store "
                  "nor time moved");
}

/* A busy actor is not a spinning one. */
static void time_input_and_changes_excuse_calls(void **state)
{
    struct scene *scene = *state;
    struct checkers_spin spin = {0};
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    scene_pass(scene, 1);
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    checkers_input(&spin);
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    scene_close_lease(scene, 2);
    calls(scene, &spin, CHECKERS_SPIN_MAX - 1);
    assert_holds(scene);
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, running, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(a_body_that_starts_and_ends_once_is_right),
        RUNNING(one_claim_started_twice_is_seen),
        RUNNING(a_body_without_a_claim_is_seen),
        RUNNING(a_body_under_an_unknown_lease_is_seen),
        RUNNING(a_body_that_starts_after_its_claim_was_lost_is_right),
        RUNNING(a_claim_handed_back_while_its_body_runs_is_seen),
        RUNNING(a_claim_that_timed_out_may_end_before_its_body),
        RUNNING(a_body_that_returned_too_late_may_have_timed_out_in_few_words),
        RUNNING(a_body_that_ends_without_having_started_is_seen),
        RUNNING(another_attempt_than_the_claimed_one_is_seen),
        RUNNING(an_attempt_of_an_unknown_execution_is_seen),
        RUNNING(an_attempt_of_an_unknown_task_is_seen),
        RUNNING(an_attempt_by_another_definition_is_seen),
        RUNNING(the_initial_context_is_what_a_root_sees),
        RUNNING(what_the_dependencies_committed_is_what_a_join_sees),
        RUNNING(after_a_reset_the_old_writes_are_not_seen),
        RUNNING(without_memory_for_a_comparison_the_checkers_are_blind),
        RUNNING(a_thousand_calls_for_nothing_are_a_spin),
        RUNNING(time_input_and_changes_excuse_calls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
