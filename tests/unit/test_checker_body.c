/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_body.c - bodies that live: slots, limits, who must be told, what is said of them. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price", .timeout_ms = 2000, .retry = {.jitter = CLOACINA_JITTER_NONE}},
    {.name = "charge"},
    {.name = "ship"},
    {.name = "pack"},
};

#define SECOND NANOSECONDS_PER_SECOND
#define GRACE_NS (5 * SECOND) /* what runners give unless they are told otherwise */

/* All four claimed by lease 1. */
static int running(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 4, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    assert_int_equal(scene_claim(&scene), 4);
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

static struct attempt starts(struct scene *scene, const char *name)
{
    struct attempt attempt = scene_attempt(scene, name);
    checkers_attempt_started(scene->checkers, &attempt);
    return attempt;
}

static void times_out(struct scene *scene, const char *name, int64_t grace_ns)
{
    scene_input(scene, &(struct execution_input){
                           .type = EXECUTION_TIMED_OUT,
                           .task = scene_task(scene, name),
                           .claim = scene_row(scene, name)->claim,
                           .message = TEXT_LITERAL("timed out after 2 s"),
                           .grace_ns = grace_ns,
                       });
    scene_commit(scene);
}

/* ---- I-33: slots ---- */

/* The machine was bought for so many. */
static void more_bodies_than_slots_are_seen(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "price");
    (void)starts(scene, "charge");
    assert_holds(scene);
    (void)starts(scene, "ship");
    assert_breaks(
        scene, "I-33",
        "task 'ship': attempt 1 starts on runner 1, which has 2 slots and 3 bodies at work");
}

/* Each runner has its own. */
static void bodies_of_another_runner_take_no_slot_here(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "price");
    (void)starts(scene, "charge");
    struct attempt elsewhere = scene_attempt(scene, "ship");
    elsewhere.runner = 2;
    checkers_attempt_started(scene->checkers, &elsewhere);
    assert_holds(scene);
}

/* Waiting is arithmetic: a parked body costs no slot, and takes one again to go on. */
static void a_parked_body_gives_its_slot_up_and_takes_it_back(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    struct attempt charge = starts(scene, "charge");
    checkers_attempt_says(scene->checkers, &charge, ATTEMPT_DEFERRED);
    scene_apply(scene, EXECUTION_DEFERRED, "charge");
    scene_commit(scene);
    checkers_attempt_resumed(scene->checkers, &charge); /* "I know": no slot comes with it */
    (void)starts(scene, "ship");
    assert_holds(scene);
    checkers_attempt_ended(scene->checkers, &price);
    checkers_attempt_says(scene->checkers, &charge, ATTEMPT_WANTS_SLOT);
    scene_apply(scene, EXECUTION_TASK_RESUMED, "charge");
    scene_commit(scene);
    checkers_attempt_resumed(scene->checkers, &charge);
    assert_holds(scene);
    (void)starts(scene, "pack");
    assert_breaks(
        scene, "I-33",
        "task 'pack': attempt 1 starts on runner 1, which has 2 slots and 3 bodies at work");
}

/* One that goes on without a slot is one too many as well. */
static void a_parked_body_that_goes_on_without_a_free_slot_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    checkers_attempt_says(scene->checkers, &price, ATTEMPT_DEFERRED);
    (void)starts(scene, "charge");
    (void)starts(scene, "ship");
    assert_holds(scene);
    checkers_attempt_resumed(scene->checkers, &price);
    assert_breaks(
        scene, "I-33",
        "task 'price': attempt 1 starts on runner 1, which has 2 slots and 3 bodies at work");
}

/* What does not return is replaced, but not before it had its grace. */
static void a_cancelled_body_keeps_its_slot_during_its_grace(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    (void)starts(scene, "charge");
    checkers_attempt_cancelled(scene->checkers, &price);
    scene_pass(scene, GRACE_NS);
    (void)starts(scene, "ship");
    assert_holds(scene);
}

/* The same a second earlier. */
static void a_slot_replaced_before_the_grace_is_over_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    (void)starts(scene, "charge");
    checkers_attempt_cancelled(scene->checkers, &price);
    scene_pass(scene, GRACE_NS - SECOND);
    (void)starts(scene, "ship");
    assert_breaks(
        scene, "I-33",
        "task 'ship': attempt 1 starts on runner 1, which has 2 slots and 3 bodies at work");
}

/* Its execution is cancelled and another one of the same kind could come: here the task is reset to
 * a fresh claim by the operator. */
static void charge_starts_anew(struct scene *scene)
{
    scene_input(scene, &(struct execution_input){
                           .type = EXECUTION_ABANDONED,
                           .task = scene_task(scene, "charge"),
                           .claim = scene_row(scene, "charge")->claim,
                           .code = CLOACINA_IO,
                           .message = TEXT_LITERAL("it does not return"),
                       });
    for (size_t i = 0; i < 3; i++) {
        static const char *const others[] = {"price", "ship", "pack"};
        if (scene_row(scene, others[i])->status == TASK_RUNNING) {
            scene_apply(scene, EXECUTION_SUCCEEDED, others[i]);
        }
    }
    scene_commit(scene);
    scene_apply(scene, EXECUTION_RESET, "charge");
    assert_int_equal(scene_claim(scene), 1);
    scene_commit(scene);
}

/* A machine full of bodies that do not return takes no more. The first ones have lost their claims;
 * who starts them again is this runner every time. */
static void too_many_bodies_that_do_not_return_are_seen(void **state)
{
    struct scene *scene = *state;
    enum { TOLERATED = SCENE_ZOMBIES_MAX + SCENE_SLOTS };
    for (int i = 0; i <= TOLERATED; i++) {
        assert_holds(scene);
        struct attempt charge = starts(scene, "charge");
        checkers_attempt_cancelled(scene->checkers, &charge);
        scene_pass(scene, GRACE_NS);
        charge_starts_anew(scene);
    }
    assert_holds(scene);
    (void)starts(scene, "charge");
    assert_breaks(
        scene, "I-33",
        "task 'charge': attempt 1 starts on runner 1, which has 4 bodies that do not return");
}

/* ---- I-25: slots, as the runner counts them ---- */

/* A slot that nobody holds is lost for ever. */
static void a_slot_that_nobody_holds_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    checkers_runner_counts(scene->checkers, 1, 1, 1);
    checkers_runner_counts(scene->checkers, 1, 2, 2); /* one is claimed and not started yet */
    checkers_attempt_ended(scene->checkers, &price);
    checkers_runner_counts(scene->checkers, 1, 0, 1);
    assert_holds(scene);
    checkers_runner_counts(scene->checkers, 1, 1, 0);
    assert_breaks(scene, "I-25",
                  "runner 1 counts 1 slots in use, and 0 bodies and 0 attempts without one could "
                  "hold them");
}

/* A runner that believes in too many zombies never claims again. */
static void more_zombies_than_attempts_are_seen(void **state)
{
    struct scene *scene = *state;
    checkers_runner_parts(scene->checkers, 1, 2, 2, 0);
    checkers_runner_parts(scene->checkers, 1, 2, 0, 2);
    assert_holds(scene);
    checkers_runner_parts(scene->checkers, 1, 0, 0, UINT32_MAX);
    assert_breaks(scene, "I-25",
                  "runner 1 counts 0 parked attempts and 4294967295 zombies among 0");
}

/* Its slot is to be replaced when its grace is over. */
static void a_slot_that_a_zombie_keeps_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    (void)starts(scene, "charge");
    checkers_attempt_cancelled(scene->checkers, &price);
    scene_pass(scene, GRACE_NS);
    checkers_runner_counts(scene->checkers, 1, 2, 2);
    checkers_runner_counts(scene->checkers, 1, 1, 2);
    assert_holds(scene);
    scene_pass(scene, SECOND);
    checkers_runner_counts(scene->checkers, 1, 1, 2);
    assert_holds(scene);
    checkers_runner_counts(scene->checkers, 1, 2, 2);
    assert_breaks(scene, "I-25",
                  "runner 1 counts 2 slots in use, and 1 bodies and 0 attempts without one could "
                  "hold them");
}

/* ---- I-10: limits ---- */

/* A second is a second. */
static void a_body_timed_out_before_its_limit_is_seen(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "price");
    scene_pass(scene, SECOND);
    times_out(scene, "price", GRACE_NS);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 1 was timed out after 1 s, and its limit is not reached");
}

/* No limit, no timeout. */
static void a_body_without_a_limit_timed_out_is_seen(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "charge");
    scene_pass(scene, 1000 * SECOND);
    times_out(scene, "charge", GRACE_NS);
    assert_breaks(
        scene, "I-10",
        "task 'charge': attempt 1 was timed out after 1000 s, and its limit is not reached");
}

/* Parked time is outside the timeout. */
static void parked_time_does_not_count(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_pass(scene, SECOND);
    checkers_attempt_says(scene->checkers, &price, ATTEMPT_DEFERRED);
    scene_pass(scene, 3600 * SECOND);
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_apply(scene, EXECUTION_TASK_RESUMED, "price");
    scene_commit(scene);
    checkers_attempt_resumed(scene->checkers, &price);
    scene_pass(scene, SECOND / 2);
    times_out(scene, "price", GRACE_NS);
    assert_breaks(
        scene, "I-10",
        "task 'price': attempt 1 was timed out after 1.5 s, and its limit is not reached");
}

/* The old body may still write its last lines. */
static void a_retry_within_the_grace_of_a_timed_out_body_is_seen(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "price");
    scene_pass(scene, 2 * SECOND);
    times_out(scene, "price", GRACE_NS - 2 * SECOND);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 2 is to start 2 s before the one that timed out has had "
                  "its grace");
}

/* A timer of another length. */
static void a_timeout_long_after_the_limit_is_seen(void **state)
{
    struct scene *scene = *state;
    (void)starts(scene, "price");
    scene_pass(scene, 7 * SECOND + SECOND / 2);
    times_out(scene, "price", GRACE_NS);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 1 was timed out after 7.5 s, long after its limit");
}

/* The runner and the store need a moment. */
static void a_body_that_ends_a_moment_after_its_limit_is_excused(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_pass(scene, 7 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_holds(scene);
    struct attempt charge = starts(scene, "charge");
    checkers_attempt_ended(scene->checkers, &charge);
    assert_holds(scene);
}

/* A timer that was never armed. */
static void a_body_that_nobody_times_out_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_pass(scene, 9 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_breaks(scene, "I-10",
                  "task 'price': attempt 1 has worked for 9 s, its limit is 2 s, and nobody timed "
                  "it out");
}

/* A fault may take the timer with it: what began before it is not judged. */
static void a_body_that_was_disturbed_may_work_on(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    checkers_disturbed(scene->checkers, scene->clock.now + SECOND);
    scene_pass(scene, 3600 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_holds(scene);
}

/* There was no memory for its timer: it runs without its limit, as promised. */
static void a_body_of_a_runner_without_memory_may_work_on(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene->scarce = 1;
    scene_pass(scene, 3600 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_holds(scene);
}

/* A runner that is busy hears a while later that a body has parked: it cannot know better. */
static void a_runner_that_hears_late_of_parking_is_excused(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_pass(scene, SECOND);
    checkers_attempt_says(scene->checkers, &price, ATTEMPT_DEFERRED);
    scene_pass(scene, SECOND / 2);
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_commit(scene);
    checkers_attempt_resumed(scene->checkers, &price);
    scene_pass(scene, 60 * SECOND);
    scene_apply(scene, EXECUTION_TASK_RESUMED, "price");
    scene_commit(scene);
    checkers_attempt_resumed(scene->checkers, &price);
    scene_pass(scene, SECOND / 2);
    times_out(scene, "price", GRACE_NS);
    assert_holds(scene);
}

/* ---- what is said of bodies ---- */

static void ends(struct scene *scene, struct attempt *attempt, enum cloacina_code code,
                 const char *message)
{
    attempt->outcome.code = code;
    attempt->outcome.message = message;
    checkers_attempt_ended(scene->checkers, attempt);
}

/* The operator reads this text at night. */
static void the_text_of_a_failure_is_kept(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    ends(scene, &price, CLOACINA_FAILED, "no such article");
    scene_fails(scene, "price", "no such article");
    scene_commit(scene);
    assert_holds(scene);
}

static void another_text_than_the_bodys_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    ends(scene, &price, CLOACINA_FAILED, "no such article");
    scene_fails(scene, "price", "no such");
    scene_commit(scene);
    assert_breaks(scene, "I-05",
                  "task 'price': its body did not end with 'failed: no such', and its row says so");
}

/* A failure that becomes a success. */
static void a_success_that_the_body_did_not_report_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    ends(scene, &price, CLOACINA_FAILED, "no such article");
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_commit(scene);
    assert_breaks(
        scene, "I-12",
        "task 'price': attempt 1 completed, and its commit does not say what its body wrote");
}

/* The text stays until the next failure replaces it. */
static void a_text_that_changes_without_a_failure_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no such article");
    scene_commit(scene);
    scene_pass(scene, SECOND);
    scene_claim(scene);
    scene_row(scene, "price")->error = "something else";
    scene_commit(scene);
    assert_breaks(scene, "I-05",
                  "task 'price': its row had the text 'no such article' and has 'something else', "
                  "and no attempt has failed");
}

/* ---- I-01: who must be told ---- */

/* It works for nobody, and may do harm. */
static void a_body_without_a_claim_that_nobody_tells_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    scene_pass(scene, CHECKERS_LATE_NS_MAX + SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 1 has no claim for 31 s, and its body was not told");
}

/* Another one has taken its claim away: its runner hears of it with its next beat. */
static void a_body_that_others_have_robbed_is_told_a_while_later(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene->lease = 2;
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    scene_pass(scene, CHECKERS_LATE_NS_MAX);
    checkers_attempt_cancelled(scene->checkers, &price);
    checkers_attempt_ended(scene->checkers, &price);
    assert_holds(scene);
}

/* Its own runner knows at once. */
static void a_body_that_its_own_runner_does_not_tell_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    scene_pass(scene, 6 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 1 has no claim for 6 s, and its body was not told");
}

/* It knows; what it does with that is its own affair. */
static void a_body_that_was_told_may_take_its_time(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_attempt_cancelled(scene->checkers, &price);
    scene_pass(scene, 3600 * SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_holds(scene);
}

/* While nothing gets through, nobody can be told anything. */
static void telling_is_counted_from_the_calm(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    struct attempt charge = starts(scene, "charge");
    checkers_attempt_cancelled(scene->checkers, &charge);
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_disturbed(scene->checkers, scene->clock.now + 60 * SECOND);
    scene_pass(scene, 60 * SECOND + CHECKERS_LATE_NS_MAX);
    checkers_attempt_ended(scene->checkers, &charge);
    assert_holds(scene);
    scene_pass(scene, SECOND);
    checkers_attempt_ended(scene->checkers, &price);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 1 has no claim for 91 s, and its body was not told");
}

/* The store has given the task to somebody else. */
static void an_effect_under_a_closed_lease_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    checkers_body_effect(scene->checkers, &price);
    assert_holds(scene);
    scene_close_lease(scene, 1);
    checkers_body_effect(scene->checkers, &price);
    assert_breaks(scene, "I-01",
                  "task 'price': attempt 1 goes on under lease 1, which was closed, and is not "
                  "cancelled");
}

/* Others may close it in a moment; by then it must have stopped. */
static void a_body_that_goes_on_when_its_lease_has_ended_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt charge = starts(scene, "charge");
    int64_t sent_at = scene->clock.now;
    scene_pass(scene, 10 * SECOND);
    checkers_lease_answered(scene->checkers, 1, sent_at);
    scene_pass(scene, 45 * SECOND);
    checkers_body_effect(scene->checkers, &charge);
    assert_holds(scene);
    scene_pass(scene, SECOND);
    checkers_body_effect(scene->checkers, &charge);
    assert_breaks(scene, "I-01",
                  "task 'charge': attempt 1 goes on under lease 1, which has ended, and is not "
                  "cancelled");
}

/* A body that ignores its cancellation was told all the same. */
static void an_effect_of_a_cancelled_body_is_its_own_affair(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    scene_close_lease(scene, 1);
    atomic_store(&price.is_cancelled, true);
    checkers_body_effect(scene->checkers, &price);
    assert_holds(scene);
}

/* ---- I-12: what a body leaves ---- */

static void leaves(struct scene *scene, struct attempt *attempt, const char *json)
{
    const struct value *value;
    assert_int_equal(value_read(&scene->arena, text_of(json), &value, NULL), CLOACINA_OK);
    checkers_body_output(scene->checkers, attempt, value);
}

/* What it reports makes of its input what it left behind. */
static void a_delta_that_leads_to_the_output_is_right(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    leaves(scene, &price, "{}");
    assert_holds(scene);
}

/* Said too broadly, it would replace what others wrote beside it. */
static void a_change_that_is_reported_too_broadly_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    const struct delta *delta;
    assert_int_equal(delta_read(&scene->arena, TEXT_LITERAL("{\"-/cents\":null}"), &delta, NULL),
                     CLOACINA_OK);
    price.outcome.delta = delta;
    leaves(scene, &price, "{}");
    assert_breaks(
        scene, "I-11",
        "task 'price': what attempt 1 reports to have written removes what was not there");
}

/* A change that is not reported is lost for everybody after it. */
static void a_change_that_is_not_reported_is_seen(void **state)
{
    struct scene *scene = *state;
    struct attempt price = starts(scene, "price");
    leaves(scene, &price, "{\"cents\":4200}");
    assert_breaks(scene, "I-12",
                  "task 'price': attempt 1 left {\"cents\":4200}, but what it reports makes {}");
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, running, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(more_bodies_than_slots_are_seen),
        RUNNING(bodies_of_another_runner_take_no_slot_here),
        RUNNING(a_parked_body_gives_its_slot_up_and_takes_it_back),
        RUNNING(a_parked_body_that_goes_on_without_a_free_slot_is_seen),
        RUNNING(a_cancelled_body_keeps_its_slot_during_its_grace),
        RUNNING(a_slot_replaced_before_the_grace_is_over_is_seen),
        RUNNING(too_many_bodies_that_do_not_return_are_seen),
        RUNNING(a_slot_that_nobody_holds_is_seen),
        RUNNING(more_zombies_than_attempts_are_seen),
        RUNNING(a_slot_that_a_zombie_keeps_is_seen),
        RUNNING(a_body_timed_out_before_its_limit_is_seen),
        RUNNING(a_body_without_a_limit_timed_out_is_seen),
        RUNNING(parked_time_does_not_count),
        RUNNING(a_retry_within_the_grace_of_a_timed_out_body_is_seen),
        RUNNING(a_timeout_long_after_the_limit_is_seen),
        RUNNING(a_body_that_ends_a_moment_after_its_limit_is_excused),
        RUNNING(a_body_that_nobody_times_out_is_seen),
        RUNNING(a_body_that_was_disturbed_may_work_on),
        RUNNING(a_body_of_a_runner_without_memory_may_work_on),
        RUNNING(a_runner_that_hears_late_of_parking_is_excused),
        RUNNING(the_text_of_a_failure_is_kept),
        RUNNING(another_text_than_the_bodys_is_seen),
        RUNNING(a_success_that_the_body_did_not_report_is_seen),
        RUNNING(a_text_that_changes_without_a_failure_is_seen),
        RUNNING(a_body_without_a_claim_that_nobody_tells_is_seen),
        RUNNING(a_body_that_others_have_robbed_is_told_a_while_later),
        RUNNING(a_body_that_its_own_runner_does_not_tell_is_seen),
        RUNNING(a_body_that_was_told_may_take_its_time),
        RUNNING(telling_is_counted_from_the_calm),
        RUNNING(an_effect_under_a_closed_lease_is_seen),
        RUNNING(a_body_that_goes_on_when_its_lease_has_ended_is_seen),
        RUNNING(an_effect_of_a_cancelled_body_is_its_own_affair),
        RUNNING(a_delta_that_leads_to_the_output_is_right),
        RUNNING(a_change_that_is_reported_too_broadly_is_seen),
        RUNNING(a_change_that_is_not_reported_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
