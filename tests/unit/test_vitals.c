/* SPDX-License-Identifier: Apache-2.0 */
/* test_vitals.c - when a runner is healthy and ready, and what Prometheus is told. */
#include "support.h"

#include "base/instant.h"
#include "cloacinactl/vitals.h"

/* One that is fine. */
static struct vitals fine(void)
{
    return (struct vitals){
        .figures = {.lease = 7,
                    .slots = 4,
                    .slots_used = 1,
                    .attempts = 2,
                    .tasks_completed = 12,
                    .workflows_failed = 3,
                    .answered_at = 100 * NANOSECONDS_PER_SECOND,
                    .is_claiming = 1},
        .now = 101 * NANOSECONDS_PER_SECOND + 5,
        .stale_after_ns = 60 * NANOSECONDS_PER_SECOND,
    };
}

static void assert_judged(const struct vitals *vitals, bool is_healthy, bool is_ready,
                          const char *reason)
{
    struct text_builder healthy;
    struct text_builder ready;
    text_builder_init(&healthy, NULL);
    text_builder_init(&ready, NULL);
    assert_int_equal(vitals_are_healthy(vitals, &healthy), is_healthy);
    assert_int_equal(vitals_are_ready(vitals, &ready), is_ready);
    assert_string_equal(text_builder_terminated(&ready), reason);
    assert_string_equal(text_builder_terminated(&healthy), is_healthy ? "" : reason);
    text_builder_finish(&healthy);
    text_builder_finish(&ready);
}

/* Why: whoever restarts a process must not do so because it is busy, and must when it is cut off. */
static void health_and_readiness_say_what_is_wrong(void **state)
{
    (void)state;
    struct vitals vitals = fine();
    assert_judged(&vitals, true, true, "");
    vitals.is_draining = true;
    vitals.figures.lease = 0;
    assert_judged(&vitals, true, false, "draining");
    vitals = fine();
    vitals.figures.is_claiming = 0;
    vitals.figures.zombies = 16;
    assert_judged(&vitals, true, false, "nothing is claimed: 16 bodies did not return");
    vitals = fine();
    vitals.figures.lease = 0;
    assert_judged(&vitals, false, false, "there is no lease");
    vitals = fine();
    vitals.now += 75 * NANOSECONDS_PER_SECOND;
    assert_judged(&vitals, false, false, "the store has not answered for 76 s");
    vitals.now = vitals.figures.answered_at + vitals.stale_after_ns;
    assert_judged(&vitals, true, true, "");
}

static void assert_json(bool is_good, const char *reason, const char *expected)
{
    struct text_builder json;
    text_builder_init(&json, NULL);
    vitals_write_json(is_good, "unhealthy", text_of(reason), &json);
    assert_string_equal(text_builder_terminated(&json), expected);
    text_builder_finish(&json);
}

/* Why: probes parse it. */
static void the_answer_of_a_probe_is_json(void **state)
{
    (void)state;
    assert_json(true, "", "{\"status\":\"ok\",\"reason\":null}\n");
    assert_json(false, "no \"lease\"",
                "{\"status\":\"unhealthy\",\"reason\":\"no \\\"lease\\\"\"}\n");
}

/* Why: Prometheus refuses a page with one wrong line. */
static void metrics_have_help_type_and_value(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "# HELP cloacina_up 1: the process is there.\n# TYPE cloacina_up gauge\ncloacina_up 1\n",
        "# TYPE cloacina_workflows_total counter\n",
        "\ncloacina_workflows_total{status=\"failed\",reason=\"dependency_failed\"} 3\n",
        "\ncloacina_tasks_total{status=\"completed\"} 12\n",
        "\ncloacina_active_tasks 2\n",
        "\ncloacina_scheduler_stale_claims_swept_total 0\n",
        "\ncloacina_runner_slots 4\n",
        "\ncloacina_runner_slots_used 1\n",
        "\ncloacina_runner_claiming 1\n",
        "\ncloacina_store_commits_total{outcome=\"unknown\"} 0\n",
        "\ncloacina_store_silence_seconds 1.000000005\n",
    };
    struct vitals vitals = fine();
    struct text_builder text;
    text_builder_init(&text, NULL);
    vitals_write_metrics(&vitals, &text);
    for (size_t i = 0; i < ARRAY_COUNT(lines); i++) {
        if (strstr(text_builder_terminated(&text), lines[i]) == NULL) {
            fail_msg("missing: %s", lines[i]);
        }
    }
    text_builder_reset(&text);
    vitals.now = vitals.figures.answered_at - 1;
    vitals_write_metrics(&vitals, &text);
    assert_non_null(
        strstr(text_builder_terminated(&text), "\ncloacina_store_silence_seconds 0.000000000\n"));
    text_builder_finish(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_and_readiness_say_what_is_wrong),
        cmocka_unit_test(the_answer_of_a_probe_is_json),
        cmocka_unit_test(metrics_have_help_type_and_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
