/* SPDX-License-Identifier: Apache-2.0 */
/* test_import.c - a runner dies in the middle of a task, at a chosen moment and at every moment. */
#include "import.h"

#include <cloacina/testing.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60000 };

/* Five pages, two minutes each. */
static void an_import_takes_ten_minutes(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_all_completed(result);
    cloacina_assert_started_ms(result, "publish_prices", 1, 10 * MINUTE_MS);
    cloacina_assert_effects(result, "warehouse.write", IMPORT_PAGES);
}

/* The runner dies when it writes page 3, 360 s after the start; its last beat was at 350 s. At 410
 * s the other one has seen it stand still for a minute, and starts the task again: the same
 * attempt, since a dead runner is not the task's fault. Pages 1 and 2 are offered again, and are
 * there. */
static void another_runner_finishes_what_a_dead_one_began(void **state)
{
    struct cloacina_test *test = cloacina_test_create_with(&(struct cloacina_test_options){
        .workflow = &price_import,
        .runners = 2,
        .replay = "run-1/import_pages/1/effect.warehouse.write@3=crash:60m",
    });
    const struct cloacina_result *result = cloacina_test_run(test, "{}");
    (void)state;
    cloacina_assert_all_completed(result);
    cloacina_assert_started_ms(result, "publish_prices", 1, 410 * SECOND_MS + 10 * MINUTE_MS);
    cloacina_assert_effects(result, "warehouse.write", IMPORT_PAGES);
    assert_int_equal(cloacina_world_effect_calls(cloacina_test_world(test), "warehouse.write"), 8);
    cloacina_test_destroy(test);
}

/* Every moment at which a runner can die, one after the other, and five hundred runs of crashes at
 * random. */
static void an_import_survives_a_crash_at_any_moment(void **state)
{
    (void)state;
    cloacina_explore(&(struct cloacina_explore_options){
        .workflow = &price_import, .faults = "crashes", .seeds = 500, .sweep = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(an_import_takes_ten_minutes, &price_import),
        cmocka_unit_test(another_runner_finishes_what_a_dead_one_began),
        cmocka_unit_test(an_import_survives_a_crash_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
