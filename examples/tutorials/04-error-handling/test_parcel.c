/* SPDX-License-Identifier: Apache-2.0 */
/* test_parcel.c - each way an order can go, in virtual time, and one of them on a real runner. */
#include "parcel.h"

#include <cloacina/runner.h>
#include <cloacina/testing.h>

/* The code, not the text, says that a later try may help. */
static void a_sleeping_warehouse_is_asked_three_times(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"card\": \"good\"}");
    cloacina_assert_attempts(result, "reserve_stock", 3);
    cloacina_assert_started_ms(result, "reserve_stock", 2, 10);
    cloacina_assert_started_ms(result, "reserve_stock", 3, 20);
    cloacina_assert_status(result, "Completed");
    assert_string_equal(cloacina_result_string(result, "outcome"), "shipped");
}

/* An expired card stays expired: one attempt, although three would be allowed. */
static void an_expired_card_is_charged_once(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"card\": \"expired\"}");
    cloacina_assert_attempts(result, "charge_card", 1);
    cloacina_assert_task_failed(result, "charge_card");
    assert_string_equal(cloacina_result_task_reason(result, "charge_card"), "the card has expired");
}

/* The same task, another code: now it is worth a second try. */
static void a_card_company_that_is_out_of_reach_is_asked_again(void **state)
{
    cloacina_test_fail_code(*state, "charge_card", 1, CLOACINA_UNAVAILABLE, "no line");
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"card\": \"good\"}");
    cloacina_assert_attempts(result, "charge_card", 2);
    cloacina_assert_status(result, "Completed");
}

/* A failure skips what needs the failed task, and opens the way of whoever waits for failures. */
static void a_failed_charge_is_followed_by_an_apology(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"card\": \"expired\"}");
    cloacina_assert_task_skipped(result, "ship_parcel");
    assert_string_equal(cloacina_result_task_reason(result, "ship_parcel"), "upstream_failed");
    cloacina_assert_task_completed(result, "write_apology");
    assert_string_equal(cloacina_result_string(result, "outcome"), "apologised");
}

/* A rule decides alone: the last task runs on both ways, and the execution is Failed all the
 * same. */
static void the_order_is_closed_whatever_happened(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"card\": \"expired\"}");
    cloacina_assert_task_completed(result, "close_order");
    cloacina_assert_status(result, "Failed");
}

/* What virtual time has shown holds on a real runner: a failed workflow is an answer, not an error
 * of the call. */
static void a_real_runner_tells_the_same_story(void **state)
{
    (void)state;
    struct cloacina_runner *runner;
    struct cloacina_execution *execution;
    const struct cloacina_workflow_definition *const workflows[] = {&parcel, NULL};
    const struct cloacina_runner_options options = {.workflows = workflows};
    assert_int_equal(cloacina_runner_start(&options, &runner, NULL), CLOACINA_OK);
    assert_int_equal(
        cloacina_runner_execute(runner, "parcel", "{\"card\": \"expired\"}", &execution, NULL),
        CLOACINA_OK);
    const struct cloacina_execution_info *info = cloacina_execution_look(execution);
    assert_int_equal(info->status, CLOACINA_EXECUTION_FAILED);
    assert_int_equal(info->completed, 3);
    assert_int_equal(info->failed, 1);
    assert_int_equal(info->skipped, 1);
    assert_string_equal(
        cloacina_execution_context(execution),
        "{\"card\":\"expired\",\"is_closed\":true,\"outcome\":\"apologised\",\"shelf\":17}");
    cloacina_execution_destroy(execution);
    cloacina_runner_destroy(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(a_sleeping_warehouse_is_asked_three_times, &parcel),
        cloacina_unit_test(an_expired_card_is_charged_once, &parcel),
        cloacina_unit_test(a_card_company_that_is_out_of_reach_is_asked_again, &parcel),
        cloacina_unit_test(a_failed_charge_is_followed_by_an_apology, &parcel),
        cloacina_unit_test(the_order_is_closed_whatever_happened, &parcel),
        cmocka_unit_test(a_real_runner_tells_the_same_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
