/* SPDX-License-Identifier: Apache-2.0 */
/* test_bill.c - retries, permanent failures and effects, each asserted to the millisecond. */
#include "bill.h"

#include <cloacina/testing.h>

/* A chain: each task starts when the one before it has ended. */
static void a_task_starts_when_the_one_before_it_ends(void **state)
{
    cloacina_test_cost_ms(*state, "read_meter", 900);
    cloacina_test_cost_ms(*state, "price_usage", 100);
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"last_reading\": 1200}");
    cloacina_assert_all_completed(result);
    cloacina_assert_started_ms(result, "price_usage", 1, 900);
    cloacina_assert_started_ms(result, "send_bill", 1, 1000);
    assert_int_equal(cloacina_result_int64(result, "cents"), 342 * 31);
}

/* FIXED: the same delay after every failure, counted from the failure. */
static void a_silent_meter_is_asked_again_every_minute(void **state)
{
    cloacina_test_cost_ms(*state, "read_meter", 900);
    cloacina_test_fail(*state, "read_meter", 1, "no answer from the meter");
    cloacina_test_fail(*state, "read_meter", 2, "no answer from the meter");
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"last_reading\": 1200}");
    cloacina_assert_all_completed(result);
    cloacina_assert_attempts(result, "read_meter", 3);
    cloacina_assert_started_ms(result, "read_meter", 2, 60900);
    cloacina_assert_started_ms(result, "read_meter", 3, 121800);
}

/* attempts_max counts all runs; what depends on a failed task is skipped. */
static void after_five_failures_no_bill_is_sent(void **state)
{
    for (uint32_t attempt = 1; attempt <= 5; attempt++) {
        cloacina_test_fail(*state, "read_meter", attempt, "no answer from the meter");
    }
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"last_reading\": 1200}");
    cloacina_assert_status(result, "Failed");
    cloacina_assert_attempts(result, "read_meter", 5);
    cloacina_assert_task_skipped(result, "send_bill");
    assert_string_equal(cloacina_result_task_reason(result, "send_bill"), "upstream_failed");
    cloacina_assert_effects(result, "mail.send", 0);
}

/* NEVER: an error that no repetition cures is final at once. A stub stands in for the meter. */
static void a_reading_that_went_down_is_not_retried(void **state)
{
    cloacina_test_stub(*state, "read_meter", "{\"reading\": 1100}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"last_reading\": 1200}");
    cloacina_assert_attempts(result, "price_usage", 1);
    cloacina_assert_task_failed(result, "price_usage");
    assert_string_equal(cloacina_result_task_reason(result, "price_usage"),
                        "reading 1100 is below the last one, 1200");
}

/* TRANSIENT: decided by the code of the error. */
static void a_bill_is_sent_again_only_when_the_server_was_out_of_reach(void **state)
{
    cloacina_test_fail_code(*state, "send_bill", 1, CLOACINA_UNAVAILABLE, "mail server is down");
    cloacina_test_fail(*state, "send_bill", 2, "no such mailbox");
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"last_reading\": 1200}");
    cloacina_assert_attempts(result, "send_bill", 2);
    cloacina_assert_task_failed(result, "send_bill");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(a_task_starts_when_the_one_before_it_ends, &monthly_bill),
        cloacina_unit_test(a_silent_meter_is_asked_again_every_minute, &monthly_bill),
        cloacina_unit_test(after_five_failures_no_bill_is_sent, &monthly_bill),
        cloacina_unit_test(a_reading_that_went_down_is_not_retried, &monthly_bill),
        cloacina_unit_test(a_bill_is_sent_again_only_when_the_server_was_out_of_reach,
                           &monthly_bill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
