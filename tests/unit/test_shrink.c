/* SPDX-License-Identifier: Apache-2.0 */
/* test_shrink.c - the same finding with less. */
#include "search_scene.h"

#include <cloacina/clock.h>

static struct shrink_options options_of(void)
{
    return (struct shrink_options){.clock = cloacina_clock_system(), .budget_ns = 60 * SECOND};
}

/* Shrinks what these texts say, in the shop. */
static struct shrink_result shrink_texts(struct scene *scene, const char *const *texts,
                                         size_t count)
{
    struct search_subject subject = scene_subject(scene);
    struct shrink_options options = options_of();
    struct scene_decisions decisions;
    struct search_outcome outcome;
    struct shrink_result result;
    scene_decisions_init(&decisions, texts, count);
    search_outcome_init(&outcome, NULL);
    assert_ok(search_replay(&subject, decisions.all, count, NULL, &outcome, NULL, err));
    assert_non_null(outcome.finding.id);
    assert_ok(shrink(&subject, &outcome.finding, decisions.all, count, &options, &result, err));
    assert_true(result.is_reproduced);
    assert_true(result.is_complete);
    assert_true(search_finding_equal(&result.outcome.finding, &outcome.finding));
    search_outcome_finish(&outcome);
    scene_decisions_finish(&decisions);
    return result;
}

/* Of all that chance did, one fault is the cause: mostly the lost reply, sometimes a death between
 * the charge and its commit. Once in a while it is a chain of small ones. */
static void a_double_charge_shrinks_to_one_fault(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct shrink_options options = options_of();
    struct cloacina_fault_plan *plan = NULL;
    struct search_outcome outcome;
    uint64_t shrunk = 0, ones = 0;
    search_outcome_init(&outcome, NULL);
    assert_ok(cloacina_fault_plan_named("chaos", &plan, err));
    for (uint64_t seed = 0; seed < 4000 && shrunk < 20; seed++) {
        assert_ok(search_seed(&subject, plan, seed, NULL, &outcome, err));
        if (outcome.finding.id == NULL) {
            continue;
        }
        struct shrink_result result;
        assert_string_equal(outcome.finding.name, "one order is charged once");
        assert_ok(shrink(&subject, &outcome.finding, outcome.decisions, outcome.decision_count,
                         &options, &result, err));
        assert_true(result.is_complete);
        assert_true(result.decision_count <= 12);
        assert_true(result.runs < 500);
        ones += result.decision_count == 1;
        shrink_result_finish(&result);
        shrunk++;
    }
    assert_int_equal(shrunk, 20);
    assert_true(ones >= 18);
    search_outcome_finish(&outcome);
    cloacina_fault_plan_destroy(plan);
}

/* A milder fault at the same place makes a shorter story. */
static void a_crash_becomes_a_lost_reply_where_that_is_enough(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    const char *texts[] = {
        "world/clock@1=offset:5m",
        "run-1/pack/1/event@1=postpone",
        "run-1/charge/1/effect.payments.charge@1=crash-after:90s",
        "run-1/charge/1/retry-jitter@1=999",
    };
    struct shrink_result result = shrink_texts(&scene, texts, 4);
    assert_decisions(result.decisions, result.decision_count,
                     "run-1/charge/1/effect.payments.charge@1=reply-lost");
    shrink_result_finish(&result);
}

/* ---- amounts and numbers ---- */

/* The execution takes longer than half a minute. */
static enum cloacina_code is_quick(const struct cloacina_world *world, void *user,
                                   struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.makespan_ns <= 30 * SECOND ? CLOACINA_OK : cloacina_error_set(err, "too slow");
}

static const struct cloacina_property quick = {
    .name = "quick", .type = CLOACINA_EVENTUALLY, .holds = is_quick};

/* A story with 31 seconds is easier to believe than one with 87.654. */
static void amounts_become_small_and_round(void **state)
{
    (void)state;
    struct scene scene = {.definition = &scene_shop, .properties = {&quick}};
    const char *texts[] = {"run-1/price/1/body@1=late:57654ms"};
    struct shrink_result result = shrink_texts(&scene, texts, 1);
    assert_int_equal(result.decision_count, 1);
    assert_int_equal(result.decisions[0].choice.fault, FAULT_LATE);
    assert_true(result.decisions[0].choice.amount > 30 * SECOND);
    assert_true(result.decisions[0].choice.amount <= 50 * SECOND);
    assert_int_equal(result.decisions[0].choice.amount % SECOND, 0);
    shrink_result_finish(&result);
}

/* The n-th draw of a body is looked at. */
static enum cloacina_code threshold_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_random(task, UINT64_MAX) >= 1000 ? cloacina_error_set(err, "large")
                                                          : CLOACINA_OK;
}

static const struct cloacina_task_definition threshold = {
    .name = "threshold", .body = threshold_body, .retry = {.attempts_max = 1}};
static const struct cloacina_workflow_definition thresholds = {.name = "thresholds",
                                                               .tasks = CLOACINA_TASKS(&threshold)};

static enum cloacina_code has_no_failure(const struct cloacina_world *world, void *user,
                                         struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.failed == 0 ? CLOACINA_OK : cloacina_error_set(err, "failed");
}

static const struct cloacina_property no_failure = {
    .name = "no failure", .type = CLOACINA_ALWAYS, .holds = has_no_failure};

/* Numbers have no sign: the upper half is halved like the lower one. */
static void numbers_are_halved(void **state)
{
    (void)state;
    struct scene scene = {.definition = &thresholds, .properties = {&no_failure}};
    const char *texts[] = {"run-1/threshold/1/random@1=18446744073709551614",
                           "world/entropy@1=17958907051966806893"};
    struct shrink_result result = shrink_texts(&scene, texts, 2);
    assert_int_equal(result.decision_count, 1);
    assert_true(result.decisions[0].choice.amount >= 1000);
    assert_true(result.decisions[0].choice.amount < 2000);
    shrink_result_finish(&result);
}

/* ---- a body that believes its runner's clock ---- */

/* What has a sign comes closer to zero. */
static void a_wrong_clock_becomes_less_wrong(void **state)
{
    (void)state;
    struct scene scene = {.definition = &believers, .properties = {&no_failure}};
    struct search_subject subject = scene_subject(&scene);
    struct shrink_options options = options_of();
    struct search_finding wanted = {.id = "always", .name = "no failure"};
    struct scene_decisions decisions;
    struct shrink_result result;
    const char *texts[] = {"runner-1/clock@1=offset:-3333333ms", "runner-1/rate@1=drift:-152ppm"};
    scene_decisions_init(&decisions, texts, 2);
    subject.world.runners = 1;
    assert_ok(shrink(&subject, &wanted, decisions.all, 2, &options, &result, err));
    assert_int_equal(result.decision_count, 1);
    assert_true(result.decisions[0].choice.amount < -60 * SECOND);
    assert_true(result.decisions[0].choice.amount > -120 * SECOND);
    assert_int_equal(result.decisions[0].choice.amount % SECOND, 0);
    shrink_result_finish(&result);
    scene_decisions_finish(&decisions);
}

/* ---- limits ---- */

/* The law: what comes out has the finding, or is what went in. */
static void what_cannot_be_reproduced_comes_out_as_it_went_in(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct shrink_options options = options_of();
    struct search_finding wanted = {.id = "I-03"};
    struct scene_decisions decisions;
    struct shrink_result result;
    const char *texts[] = {"run-1/pack/1/event@1=postpone", "run-1/gone/1/body@1=fail"};
    scene_decisions_init(&decisions, texts, 2);
    assert_ok(shrink(&subject, &wanted, decisions.all, 2, &options, &result, err));
    assert_false(result.is_reproduced);
    assert_false(result.is_complete);
    assert_int_equal(result.runs, 1);
    assert_decisions(result.decisions, result.decision_count,
                     "run-1/pack/1/event@1=postpone,run-1/gone/1/body@1=fail");
    shrink_result_finish(&result);
    shrink_result_finish(&result); /* of nothing is legal */
    scene_decisions_finish(&decisions);
}

/* A budget that ends leaves what has been reached, and says so. */
static void a_budget_that_ends_leaves_what_was_reached(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct shrink_options options = options_of();
    struct search_finding wanted = {.id = "always", .name = "one order is charged once"};
    struct scene_decisions decisions;
    struct shrink_result result;
    const char *texts[] = {"run-1/pack/1/event@1=postpone",
                           "run-1/charge/1/effect.payments.charge@1=reply-lost",
                           "run-1/charge/2/event@1=postpone"};
    scene_decisions_init(&decisions, texts, 3);
    options.runs_max = 2;
    assert_ok(shrink(&subject, &wanted, decisions.all, 3, &options, &result, err));
    assert_true(result.is_reproduced);
    assert_false(result.is_complete);
    assert_int_equal(result.runs, 2);
    assert_decisions(result.decisions, result.decision_count, texts[1]);
    shrink_result_finish(&result);
    scene_decisions_finish(&decisions);
}

/* Nothing is left over when memory ends anywhere. */
static void shrinking_without_memory_leaks_nothing(void **state)
{
    (void)state;
    struct search_finding wanted = {.id = "always", .name = "one order is charged once"};
    struct scene_decisions decisions;
    const char *texts[] = {"run-1/pack/1/event@1=postpone",
                           "run-1/charge/1/effect.payments.charge@1=reply-lost"};
    scene_decisions_init(&decisions, texts, 2);
    for (size_t n = 0;; n += 1 + n / 8) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct scene scene = scene_of_shop();
        struct search_subject subject = scene_subject(&scene);
        subject.heap = &heap.heap;
        struct shrink_options options = options_of();
        struct shrink_result result = {.runs = 0};
        struct text_builder text;
        struct cloacina_error error = {CLOACINA_OK, ""};
        text_builder_init(&text, &heap.heap);
        enum cloacina_code code =
            shrink(&subject, &wanted, decisions.all, 2, &options, &result, &error);
        if (code == CLOACINA_OK) {
            code = shrink_explain(&subject, &wanted, &result, &text, &error);
            shrink_result_finish(&result);
        }
        text_builder_finish(&text);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    scene_decisions_finish(&decisions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_double_charge_shrinks_to_one_fault),
        cmocka_unit_test(a_crash_becomes_a_lost_reply_where_that_is_enough),
        cmocka_unit_test(amounts_become_small_and_round),
        cmocka_unit_test(numbers_are_halved),
        cmocka_unit_test(a_wrong_clock_becomes_less_wrong),
        cmocka_unit_test(what_cannot_be_reproduced_comes_out_as_it_went_in),
        cmocka_unit_test(a_budget_that_ends_leaves_what_was_reached),
        cmocka_unit_test(shrinking_without_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
