/* SPDX-License-Identifier: Apache-2.0 */
/* test_testing.c - the test runner: what it prepares, runs and answers. How it fails:
 * test_testing_failures.c. */
#include <cloacina/testing.h>

#include <string.h>

#include "support.h"

/* ---- a shop ---- */

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code card_charge(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t cents;
    const struct cloacina_effect effect = {.name = "payments.charge",
                                           .key = cloacina_task_idempotency_key(task),
                                           .apply = card_charge};
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
    return code != CLOACINA_OK ? code : cloacina_task_effect(task, &effect, err);
}

static enum cloacina_code thank_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    enum cloacina_code code = cloacina_context_set_string(context, "text", "thank you", err);
    if (code == CLOACINA_OK) {
        code = cloacina_context_set_double(context, "rate", 0.1, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_context_set_bool(context, "is_sent", 1, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_context_set_uint64(context, "number", UINT64_MAX, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_context_set_int64(context, "now", cloacina_task_now(task), err);
    }
    return code;
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000}, .timeout_ms = 30000);
CLOACINA_TASK(thank, .body = thank_body, .dependencies = CLOACINA_TASKS(&charge));
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge, &thank));

/* ---- preparing ---- */

/* The first sample of the manual. */
static void a_failed_charge_is_retried_after_its_delay(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create(&shop);
    cloacina_test_cost_ms(test, "charge", 1200);
    cloacina_test_fail(test, "charge", 1, "gateway timeout");
    const struct cloacina_result *result = cloacina_test_run(test, "{\"order\": 7}");
    cloacina_assert_task_completed(result, "charge");
    cloacina_assert_started_ms(result, "charge", 1, 0);
    cloacina_assert_started_ms(result, "charge", 2, 2200);
    cloacina_assert_attempts(result, "charge", 2);
    cloacina_assert_effects(result, "payments.charge", 1);
    cloacina_assert_effects(result, NULL, 1);
    cloacina_assert_all_completed(result);
    cloacina_assert_status(result, "Completed");
    cloacina_test_destroy(test);
}

/* A stub replaces the body; what it returns is what the next task sees. */
static void a_stub_answers_in_place_of_the_body(void **state)
{
    cloacina_test_stub(*state, "price", "{\"cents\": 1, \"note\": \"half price\"}");
    cloacina_test_stub(*state, "charge", NULL);
    const struct cloacina_result *result = cloacina_test_run(*state, NULL);
    cloacina_assert_all_completed(result);
    assert_int_equal(cloacina_result_int64(result, "cents"), 1);
    cloacina_assert_effects(result, "payments.charge", 0);
}

/* A code decides about retries where the policy looks at codes. */
static void a_failure_may_have_a_code(void **state)
{
    cloacina_test_fail_code(*state, "price", 1, CLOACINA_UNAVAILABLE, "list is locked");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_started_ms(result, "price", 2, 1000);
}

/* The last failure is final, and its message is the reason. */
static void a_task_that_fails_too_often_fails_its_dependents(void **state)
{
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        cloacina_test_fail(*state, "charge", attempt, "card refused");
    }
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Failed");
    cloacina_assert_task_failed(result, "charge");
    cloacina_assert_task_skipped(result, "thank");
    assert_string_equal(cloacina_result_task_reason(result, "charge"), "card refused");
    assert_string_equal(cloacina_result_task_reason(result, "thank"), "upstream_failed");
    assert_string_equal(cloacina_result_task_reason(result, "price"), "");
    assert_non_null(strstr(cloacina_result_reason(result), "1"));
    assert_int_equal(cloacina_result_ended_ms(result, "charge"), 3000);
    assert_int_equal(cloacina_result_makespan_ms(result), 3000);
}

/* Pause stops new work, a body ends, resume goes on. */
static void an_operator_can_pause_and_resume(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    cloacina_test_pause_at_ms(*state, 50);
    cloacina_test_resume_at_ms(*state, 700);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_all_completed(result);
    assert_int_equal(cloacina_result_ended_ms(result, "price"), 100);
    cloacina_assert_started_ms(result, "charge", 1, 700);
}

/* A run that stays paused is an answer, not a hang. */
static void a_paused_run_comes_to_rest(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    cloacina_test_pause_at_ms(*state, 50);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Paused");
    assert_string_equal(cloacina_result_task_status(result, "charge"), "NotStarted");
    assert_non_null(strstr(cloacina_result_explain(result), "charge"));
}

/* Cancel is terminal at once. */
static void an_operator_can_cancel(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    cloacina_test_cancel_at_ms(*state, 50);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Cancelled");
    cloacina_assert_task_skipped(result, "price");
    assert_int_equal(cloacina_result_ended_ms(result, "price"), 50);
}

/* The wall clock is what bodies see; delays are measured otherwise. */
static void a_step_of_the_clock_changes_no_delay(void **state)
{
    cloacina_test_step_clock_ms(*state, -5000);
    cloacina_test_fail(*state, "charge", 1, "gateway timeout");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_started_ms(result, "charge", 2, 1000);
    assert_int_equal(cloacina_result_int64(result, "now"),
                     CLOACINA_WORLD_START_NS + (1000 - 5000) * INT64_C(1000000));
}

/* ---- running ---- */

/* Time moves as far as it is told to, and no further. */
static void a_run_can_be_moved_in_steps(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *result = cloacina_test_start(*state, "{}");
    assert_string_equal(cloacina_result_task_status(result, "price"), "NotStarted");
    cloacina_test_run_until_ms(*state, 50);
    assert_string_equal(cloacina_result_task_status(result, "price"), "Running");
    assert_int_equal(cloacina_result_started_ms(result, "price", 1), 0);
    assert_int_equal(cloacina_result_attempts(result, "charge"), 0);
    cloacina_test_run_until_ms(*state, 100);
    cloacina_assert_task_completed(result, "price");
    cloacina_test_run_to_end(*state);
    cloacina_assert_all_completed(result);
    assert_string_equal(cloacina_result_explain(result), "");
}

/* Instants count from the start of their own run. */
static void a_second_run_counts_from_its_own_start(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *first = cloacina_test_run(*state, "{}");
    cloacina_test_cancel_at_ms(*state, 30);
    const struct cloacina_result *second = cloacina_test_run(*state, "{}");
    cloacina_assert_started_ms(first, "charge", 1, 100);
    cloacina_assert_started_ms(second, "price", 1, 0);
    assert_int_equal(cloacina_result_ended_ms(second, "price"), 30);
    cloacina_assert_status(first, "Completed");
    cloacina_assert_status(second, "Cancelled");
}

/* Several runners, slow store calls, a seed: the options reach the world. */
static void a_seed_brings_jitter_and_the_same_seed_the_same(void **state)
{
    const struct cloacina_test_options options = {
        .workflow = &shop, .runners = 3, .slots = 1, .is_seeded = 1, .seed = 7, .round_trip_ms = 2};
    int64_t started[2];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct cloacina_test *test = cloacina_test_create_with(&options);
        cloacina_test_fail(test, "charge", 1, "gateway timeout");
        const struct cloacina_result *result = cloacina_test_run(test, "{}");
        cloacina_assert_all_completed(result);
        started[i] = cloacina_result_started_ms(result, "charge", 2);
        cloacina_test_destroy(test);
    }
    assert_in_range(started[0], 750, 1350);
    assert_int_equal(started[0], started[1]);
}

/* ---- results ---- */

/* Each type of a value has its question. */
static void values_of_the_final_context_have_types(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"order\": 7}");
    assert_int_equal(cloacina_result_int64(result, "order"), 7);
    assert_true(cloacina_result_uint64(result, "number") == UINT64_MAX);
    assert_true(cloacina_result_double(result, "rate") == 0.1);
    assert_true(cloacina_result_bool(result, "is_sent"));
    assert_string_equal(cloacina_result_string(result, "text"), "thank you");
    assert_string_equal(cloacina_result_json(result, "text"), "\"thank you\"");
    assert_null(cloacina_result_json(result, "absent"));
}

/* Canonical: byte order, no blanks. Compared as values: no order, and 1 equals 1.0. */
static void the_final_context_can_be_compared_whole(void **state)
{
    cloacina_test_stub(*state, "thank", "{\"z\": [1, 2], \"a\": {\"b\": null}}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    assert_string_equal(cloacina_result_context_json(result),
                        "{\"a\":{\"b\":null},\"cents\":4200,\"z\":[1,2]}");
    cloacina_assert_context_equals(result,
                                   "{\"z\": [1.0, 2], \"cents\": 4200, \"a\": {\"b\": null}}");
}

/* A stub's recorded call; and what a task would get is known as soon as it can be. */
static void what_a_task_was_given_can_be_asked(void **state)
{
    cloacina_test_stub(*state, "charge", "{\"receipt\": 9}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"order\": 7}");
    assert_string_equal(cloacina_result_input_json(result, "price"), "{\"order\":7}");
    assert_string_equal(cloacina_result_input_json(result, "charge"),
                        "{\"cents\":4200,\"order\":7}");
    assert_string_equal(cloacina_result_input_json(result, "thank"),
                        "{\"cents\":4200,\"order\":7,\"receipt\":9}");
}

/* ---- some tasks ---- */

/* What a task outside would have written comes with the initial context. */
static void some_tasks_run_without_the_others(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create_tasks(CLOACINA_TASKS(&charge, &thank));
    const struct cloacina_result *result = cloacina_test_run(test, "{\"cents\": 5}");
    cloacina_assert_all_completed(result);
    cloacina_assert_effects(result, "payments.charge", 1);
    cloacina_test_destroy(test);
}

/* ---- the world beneath ---- */

/* What has no name here is asked there. */
static void the_world_beneath_can_be_asked(void **state)
{
    cloacina_test_run(*state, "{}");
    cloacina_test_run(*state, "{}");
    struct cloacina_world *world = cloacina_test_world(*state);
    assert_int_equal(cloacina_world_effects(world, "payments.charge"), 2);
    assert_int_equal(cloacina_world_effects_per_key_max(world, "payments.charge"), 1);
}

/* Destroying nothing is legal, as everywhere. */
static void destroying_nothing_is_legal(void **state)
{
    (void)state;
    cloacina_test_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_charge_is_retried_after_its_delay),
        cloacina_unit_test(a_stub_answers_in_place_of_the_body, &shop),
        cloacina_unit_test(a_failure_may_have_a_code, &shop),
        cloacina_unit_test(a_task_that_fails_too_often_fails_its_dependents, &shop),
        cloacina_unit_test(an_operator_can_pause_and_resume, &shop),
        cloacina_unit_test(a_paused_run_comes_to_rest, &shop),
        cloacina_unit_test(an_operator_can_cancel, &shop),
        cloacina_unit_test(a_step_of_the_clock_changes_no_delay, &shop),
        cloacina_unit_test(a_run_can_be_moved_in_steps, &shop),
        cloacina_unit_test(a_second_run_counts_from_its_own_start, &shop),
        cmocka_unit_test(a_seed_brings_jitter_and_the_same_seed_the_same),
        cloacina_unit_test(values_of_the_final_context_have_types, &shop),
        cloacina_unit_test(the_final_context_can_be_compared_whole, &shop),
        cloacina_unit_test(what_a_task_was_given_can_be_asked, &shop),
        cmocka_unit_test(some_tasks_run_without_the_others),
        cloacina_unit_test(the_world_beneath_can_be_asked, &shop),
        cmocka_unit_test(destroying_nothing_is_legal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
