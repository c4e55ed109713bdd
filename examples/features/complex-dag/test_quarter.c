/* SPDX-License-Identifier: Apache-2.0 */
/* test_quarter.c - which of 21 tasks run, and when, for each way through the graph. */
#include "quarter.h"

#include <cloacina/testing.h>

/* The ordinary quarter: everything is there, the margin is neither bad nor splendid. */
static void an_ordinary_quarter_gets_the_full_report(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Completed");
    assert_int_equal(cloacina_result_int64(result, "margin_percent"), 25);
    assert_string_equal(cloacina_result_string(result, "report_by"), "full_report");
    cloacina_assert_task_skipped(result, "use_last_count");
    cloacina_assert_task_skipped(result, "short_report");
    cloacina_assert_task_skipped(result, "warn_board");
    cloacina_assert_task_skipped(result, "praise_team");
    cloacina_assert_task_completed(result, "close_quarter");
}

/* A failed task makes the execution Failed, but a rule finds a way round it for everybody else. */
static void a_failed_stock_count_leads_to_a_short_report(void **state)
{
    cloacina_test_fail(*state, "check_stock", 1, "'stock' is negative");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_status(result, "Failed");
    cloacina_assert_task_failed(result, "check_stock");
    cloacina_assert_task_completed(result, "use_last_count");
    cloacina_assert_task_skipped(result, "forecast");
    assert_int_equal(cloacina_result_int64(result, "stock_value"), 270000);
    assert_string_equal(cloacina_result_string(result, "report_by"), "short_report");
    cloacina_assert_task_completed(result, "publish");
}

/* Rules that look at a value: a bad quarter. */
static void a_margin_below_ten_warns_the_board(void **state)
{
    cloacina_test_stub(*state, "fetch_costs", "{\"costs\": 1150000}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    assert_string_equal(cloacina_result_string(result, "told_by"), "warn_board");
    cloacina_assert_task_skipped(result, "praise_team");
}

/* And a good one. */
static void a_margin_above_thirty_praises_the_team(void **state)
{
    cloacina_test_stub(*state, "fetch_costs", "{\"costs\": 600000}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    assert_string_equal(cloacina_result_string(result, "told_by"), "praise_team");
    cloacina_assert_task_skipped(result, "warn_board");
}

/* Without figures there is no report, but the quarter is closed: ALWAYS. */
static void a_quarter_without_sales_is_closed_without_a_report(void **state)
{
    cloacina_test_stub(*state, "fetch_sales", "{\"sales\": -1}");
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_task_failed(result, "check_sales");
    assert_string_equal(cloacina_result_task_reason(result, "gross_margin"), "upstream_failed");
    cloacina_assert_task_skipped(result, "full_report");
    cloacina_assert_task_skipped(result, "short_report");
    cloacina_assert_task_skipped(result, "publish");
    cloacina_assert_task_completed(result, "close_quarter");
}

/* Four slots and four sources: a level takes as long as its slowest task, not as all of them. */
static void the_sources_are_fetched_side_by_side(void **state)
{
    cloacina_test_cost_ms(*state, "fetch_sales", 4000);
    cloacina_test_cost_ms(*state, "fetch_refunds", 1500);
    cloacina_test_cost_ms(*state, "fetch_costs", 2500);
    cloacina_test_cost_ms(*state, "fetch_stock", 600);
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_started_ms(result, "fetch_stock", 1, 0);
    cloacina_assert_started_ms(result, "stock_value", 1, 600);
    cloacina_assert_started_ms(result, "net_revenue", 1, 4000);
    assert_int_equal(cloacina_result_makespan_ms(result), 4000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(an_ordinary_quarter_gets_the_full_report, &quarter_report),
        cloacina_unit_test(a_failed_stock_count_leads_to_a_short_report, &quarter_report),
        cloacina_unit_test(a_margin_below_ten_warns_the_board, &quarter_report),
        cloacina_unit_test(a_margin_above_thirty_praises_the_team, &quarter_report),
        cloacina_unit_test(a_quarter_without_sales_is_closed_without_a_report, &quarter_report),
        cloacina_unit_test(the_sources_are_fetched_side_by_side, &quarter_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
