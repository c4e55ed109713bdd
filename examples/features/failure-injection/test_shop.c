/* SPDX-License-Identifier: Apache-2.0 */
/* test_shop.c - a lost reply charges an order twice, unless the service was given a key. */
#include "shop.h"

#include <cloacina/testing.h>

/* In calm weather both are the same. */
static void an_order_is_priced_charged_and_shipped(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"order\": 7}");
    cloacina_assert_all_completed(result);
    cloacina_assert_effects(result, "payments.charge", 1);
}

/* Runs a workflow with the reply of its first charge lost, and counts the charges. */
static uint64_t charges_after_a_lost_reply(const struct cloacina_workflow_definition *workflow,
                                           const char *replay)
{
    struct cloacina_test *test = cloacina_test_create_with(
        &(struct cloacina_test_options){.workflow = workflow, .replay = replay});
    const struct cloacina_result *result = cloacina_test_run(test, "{\"order\": 7}");
    uint64_t charges = cloacina_result_effects(result, "payments.charge");
    cloacina_assert_all_completed(result);
    cloacina_test_destroy(test);
    return charges;
}

/* The mistake, in its shortest form: what the simulator finds and writes down as a token. */
static void a_lost_reply_charges_the_order_twice(void **state)
{
    (void)state;
    assert_int_equal(
        charges_after_a_lost_reply(&shop, "run-1/charge/1/effect.payments.charge@1=reply-lost"), 2);
}

/* The way out. */
static void with_a_key_the_order_is_charged_once(void **state)
{
    (void)state;
    assert_int_equal(
        charges_after_a_lost_reply(&shop_fixed,
                                   "run-1/charge_with_key/1/effect.payments.charge@1=reply-lost"),
        1);
}

/* Whatever happens. */
static void with_a_key_the_shop_survives_chaos(void **state)
{
    (void)state;
    cloacina_explore(&(struct cloacina_explore_options){
        .workflow = &shop_fixed, .context = "{\"order\": 7}", .seeds = 500, .sweep = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(an_order_is_priced_charged_and_shipped, &shop),
        cloacina_unit_test(an_order_is_priced_charged_and_shipped, &shop_fixed),
        cmocka_unit_test(a_lost_reply_charges_the_order_twice),
        cmocka_unit_test(with_a_key_the_order_is_charged_once),
        cmocka_unit_test(with_a_key_the_shop_survives_chaos),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
