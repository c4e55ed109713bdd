/* SPDX-License-Identifier: Apache-2.0 */
/* test_approval.c - a deferred task waits, gives up its slot, and survives what goes wrong. */
#include "approval.h"

#include <cloacina/testing.h>

enum { HOUR_MS = 3600000 };

/* The condition is asked every quarter of an hour, so the wait ends with the first question after
 * the signature. */
static void the_officer_is_waited_for_and_then_the_money_goes_out(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_all_completed(result);
    cloacina_assert_started_ms(result, "pay_out", 1, 26 * HOUR_MS);
    assert_true(cloacina_result_bool(result, "signed"));
}

/* Forty files on a runner with four slots: nobody waits for a slot. */
static void files_that_wait_take_no_slots(void **state)
{
    const struct cloacina_result *results[40];
    for (int i = 0; i < 40; i++) {
        results[i] = cloacina_test_start(*state, "{}");
    }
    cloacina_test_run_to_end(*state);
    for (int i = 0; i < 40; i++) {
        cloacina_assert_started_ms(results[i], "pay_out", 1, 26 * HOUR_MS);
    }
}

/* Parked time is outside the timeout of a minute. */
static void a_wait_of_a_day_is_no_timeout(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_attempts(result, "wait_for_officer", 1);
}

/* Runners die, replies are lost, clocks are wrong: each file is paid out, or somebody was told. */
static void whatever_happens_a_file_comes_to_an_end(void **state)
{
    (void)state;
    cloacina_explore(&(struct cloacina_explore_options){.workflow = &loan, .seeds = 50});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(the_officer_is_waited_for_and_then_the_money_goes_out, &loan),
        cloacina_unit_test(files_that_wait_take_no_slots, &loan),
        cloacina_unit_test(a_wait_of_a_day_is_no_timeout, &loan),
        cmocka_unit_test(whatever_happens_a_file_comes_to_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
