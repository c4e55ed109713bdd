/* SPDX-License-Identifier: Apache-2.0 */
/* test_trip.c - what runs side by side, what waits, and what a join sees. */
#include "trip.h"

#include <cloacina/testing.h>

#define MERGED                                                                                     \
    "{\"prices\": {\"flight\": 42000, \"hotel\": 31500},"                                          \
    " \"sources\": [\"airline\", \"exchange rates\", \"hotel\"],"                                  \
    " \"priced_last\": \"price_hotel\","                                                           \
    " \"offer\": \"{\\\"flight\\\":42000,\\\"hotel\\\":31500}\"}"

/* The branches need each other's results for nothing, so they start together; the join waits for
 * the slower. */
static void branches_run_side_by_side_and_the_join_waits_for_both(void **state)
{
    cloacina_test_cost_ms(*state, "read_request", 50);
    cloacina_test_cost_ms(*state, "price_flight", 1800);
    cloacina_test_cost_ms(*state, "price_hotel", 700);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_started_ms(result, "price_flight", 1, 50);
    cloacina_assert_started_ms(result, "price_hotel", 1, 50);
    cloacina_assert_started_ms(result, "write_offer", 1, 1850);
}

/* With one slot there is no side by side: the same work takes the sum of the costs. */
static void with_one_slot_the_branches_take_turns(void **state)
{
    (void)state;
    const struct cloacina_test_options options = {.workflow = &trip_offer, .slots = 1};
    struct cloacina_test *test = cloacina_test_create_with(&options);
    cloacina_test_cost_ms(test, "price_flight", 1800);
    cloacina_test_cost_ms(test, "price_hotel", 700);
    const struct cloacina_result *result = cloacina_test_run(test, "{}");
    cloacina_assert_started_ms(result, "price_hotel", 1, 1800);
    cloacina_assert_started_ms(result, "write_offer", 1, 2500);
    cloacina_test_destroy(test);
}

/* Three kinds of merge at once: by path, of arrays, and of one value that both wrote. */
static void the_join_sees_what_both_branches_wrote(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_all_completed(result);
    cloacina_assert_context_equals(result, MERGED);
}

/* The merge follows the definition, never the clock. */
static void the_merge_does_not_depend_on_who_ends_first(void **state)
{
    cloacina_test_cost_ms(*state, "price_flight", 10000);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_context_equals(result, MERGED);
}

/* Some tasks alone: what the others would have written goes into the initial context. */
static void an_offer_can_be_tested_without_pricing_anything(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create_tasks(CLOACINA_TASKS(&write_offer));
    const struct cloacina_result *result = cloacina_test_run(test, "{\"prices\": {\"bus\": 900}}");
    assert_string_equal(cloacina_result_string(result, "offer"), "{\"bus\":900}");
    cloacina_test_destroy(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(branches_run_side_by_side_and_the_join_waits_for_both, &trip_offer),
        cmocka_unit_test(with_one_slot_the_branches_take_turns),
        cloacina_unit_test(the_join_sees_what_both_branches_wrote, &trip_offer),
        cloacina_unit_test(the_merge_does_not_depend_on_who_ends_first, &trip_offer),
        cmocka_unit_test(an_offer_can_be_tested_without_pricing_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
