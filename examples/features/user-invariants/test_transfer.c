/* SPDX-License-Identifier: Apache-2.0 */
/* test_transfer.c - the properties of a bank transfer, in calm weather and in a storm. */
#include "transfer.h"

#include <cloacina/testing.h>

/* The ordinary way. */
static void money_that_is_taken_is_given(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Completed");
    cloacina_assert_task_skipped(result, "call_clerk");
    cloacina_assert_effects(result, "alpha.take", 1);
    cloacina_assert_effects(result, "beta.give", 1);
}

/* A failed task makes the execution Failed; the clerk is called by a rule. */
static void a_silent_bank_is_told_to_the_clerk(void **state)
{
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        cloacina_test_fail(*state, "give_money", attempt, "beta does not answer");
    }
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Failed");
    cloacina_assert_effects(result, "clerk.call", 1);
}

/* The properties that transfer_properties.c declares are judged after everything that happens. */
static void no_money_is_made_or_forgotten_whatever_happens(void **state)
{
    (void)state;
    cloacina_explore(
        &(struct cloacina_explore_options){.workflow = &bank_transfer, .seeds = 500, .sweep = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(money_that_is_taken_is_given, &bank_transfer),
        cloacina_unit_test(a_silent_bank_is_told_to_the_clerk, &bank_transfer),
        cmocka_unit_test(no_money_is_made_or_forgotten_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
