/* SPDX-License-Identifier: Apache-2.0 */
/* test_sweep.c - one fault after the other, none left out, none twice. */
#include "search_scene.h"

#include <stdio.h>

#include "search/sweep.h"

/* What a sweep was seen to do. */
struct seen {
    uint64_t runs, findings, stop_at;
    struct coverage coverage;
    char (*decisions)[160]; /* of each run, the first ones */
    size_t limit;
};

static bool ran(void *user, uint64_t run, const struct search_outcome *outcome)
{
    struct seen *seen = user;
    seen->runs++;
    seen->findings += outcome->finding.id != NULL;
    if (run < seen->limit) {
        struct text_builder builder;
        text_builder_init(&builder, NULL);
        for (size_t i = 0; i < outcome->decision_count; i++) {
            text_builder_append_terminated(&builder, i == 0 ? "" : ",");
            decision_print(&outcome->decisions[i], &builder);
        }
        (void)snprintf(seen->decisions[run], sizeof(seen->decisions[run]), "%s",
                       text_builder_terminated(&builder));
        text_builder_finish(&builder);
    }
    return seen->runs != seen->stop_at;
}

static struct cloacina_fault_plan *plan_of(const struct cloacina_fault *faults, size_t count)
{
    struct cloacina_fault_plan *plan = NULL;
    assert_ok(cloacina_fault_plan_create("mine", &plan, err));
    for (size_t i = 0; i < count; i++) {
        assert_ok(cloacina_fault_plan_add(plan, &faults[i], err));
    }
    return plan;
}

/* Small enough to be written down: one charge, by one runner. */
static struct search_subject small_subject(struct scene *scene)
{
    struct search_subject subject = scene_subject(scene);
    subject.world.runners = 1;
    return subject;
}

/* The whole point: without a seed, the double charge is found, by each way that there is. */
static void a_sweep_finds_the_double_charge(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct seen seen = {.runs = 0};
    struct sweep_options options = {.ran = ran, .user = &seen, .coverage = &seen.coverage};
    uint64_t runs = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    assert_int_equal(runs, seen.runs);
    assert_true(seen.findings >= 3);
    assert_true(runs > 300);
    assert_true(seen.coverage.fired[SITE_EFFECT][FAULT_REPLY_LOST] > 0);
    assert_true(seen.coverage.fired[SITE_COMMIT][FAULT_CRASH_AFTER] > 0);
    assert_true(seen.coverage.fired[SITE_OPERATOR][FAULT_CANCEL] > 0);
    assert_true(seen.coverage.fired[SITE_CLOCK][FAULT_OFFSET] > 0);
}

/* The variant that passes its key to a service that knows it survives everything. */
static void the_fixed_shop_survives_its_sweep(void **state)
{
    (void)state;
    struct scene scene = {.definition = &scene_safe_shop, .properties = {&scene_once}};
    struct search_subject subject = scene_subject(&scene);
    subject.is_transparent = true;
    struct seen seen = {.runs = 0};
    struct sweep_options options = {.ran = ran, .user = &seen};
    uint64_t runs = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    assert_int_equal(seen.findings, 0);
}

/* Number, place and amount of every run, written down. */
static void each_place_has_a_run_of_its_own(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = small_subject(&scene);
    const struct cloacina_fault faults[] = {
        {.fault = "hang", .probability = 0.5, .where = "run-1/p*"},
        {.fault = "error", .probability = 0.5, .at = "effect"},
        {.fault = "cancel", .never = 1},
    };
    struct cloacina_fault_plan *plan = plan_of(faults, 3);
    char decisions[16][160];
    struct seen seen = {.decisions = decisions, .limit = 16};
    struct sweep_options options = {.ran = ran, .user = &seen, .plan = plan};
    uint64_t runs = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    assert_int_equal(runs, 7);
    assert_string_equal(decisions[0], "");
    assert_string_equal(decisions[1], "run-1/price/1/body@1=hang:1s");
    assert_string_equal(decisions[2], "run-1/pack/1/body@1=hang:1s");
    assert_string_equal(decisions[3], "run-1/price/1/body@1=hang:10m");
    assert_string_equal(decisions[4], "run-1/pack/1/body@1=hang:10m");
    assert_string_equal(decisions[5], "run-1/charge/1/effect.payments.charge@1=error");
    assert_string_equal(decisions[6], "run-1/charge/1/effect.payments.charge@1=error,"
                                      "run-1/charge/2/effect.payments.charge@1=error,"
                                      "run-1/charge/3/effect.payments.charge@1=error");
    cloacina_fault_plan_destroy(plan);
}

/* A run that was seen can be made again by its number, in any order, and by several processes. */
static void a_run_is_known_by_its_number(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct sweep sweep;
    struct search_outcome outcome;
    enum { SHOWN = 400 };
    char(*decisions)[160] = calloc(SHOWN, sizeof(*decisions));
    char(*again)[160] = calloc(SHOWN, sizeof(*again));
    struct seen seen = {.decisions = decisions, .limit = SHOWN};
    struct sweep_options options = {.ran = ran, .user = &seen};
    uint64_t runs = 0, strides = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    uint64_t all = seen.runs;
    seen = (struct seen){.decisions = again, .limit = SHOWN};
    for (options.first = 0; options.first < 3; options.first++) {
        options.stride = 3;
        assert_ok(sweep_all(&subject, &options, &strides, err));
        assert_true(strides >= runs);
    }
    assert_int_equal(seen.runs, all);
    assert_memory_equal(decisions, again, SHOWN * sizeof(*again));

    assert_ok(sweep_begin(&sweep, &subject, NULL, false, err));
    assert_int_equal(sweep.single_count, runs);
    search_outcome_init(&outcome, NULL);
    for (uint64_t run = 300; run > 290; run--) {
        seen = (struct seen){.decisions = again, .limit = SHOWN};
        memset(again[run], 0, sizeof(again[run]));
        assert_ok(sweep_run(&sweep, run, NULL, &outcome, err));
        assert_true(ran(&seen, run, &outcome));
        assert_string_equal(again[run], decisions[run]);
    }
    char expected[64];
    (void)snprintf(expected, sizeof(expected), "sweep: there is no run %llu",
                   (unsigned long long)runs);
    assert_error(sweep_run(&sweep, runs, NULL, &outcome, err), CLOACINA_NOT_FOUND, expected);
    search_outcome_finish(&outcome);
    sweep_finish(&sweep);
    free(decisions);
    free(again);
}

/* A second fault over the run that has the first one already, from its place on. */
static void pairs_come_behind_the_single_faults(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = small_subject(&scene);
    const struct cloacina_fault faults[] = {
        {.fault = "fail", .probability = 0.5, .where = "run-1/pack/*"},
        {.fault = "reply-lost", .probability = 0.5, .at = "effect"},
    };
    struct cloacina_fault_plan *plan = plan_of(faults, 2);
    char decisions[32][160];
    struct seen seen = {.decisions = decisions, .limit = 32};
    struct sweep_options options = {.ran = ran, .user = &seen, .plan = plan, .has_pairs = true};
    uint64_t runs = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    /* Calm; pack fails: once, for a minute; the reply is lost: once, for a minute. Then pairs. */
    assert_string_equal(decisions[1], "run-1/pack/1/body@1=fail");
    assert_string_equal(decisions[3], "run-1/charge/1/effect.payments.charge@1=reply-lost");
    assert_string_equal(decisions[5], "run-1/pack/1/body@1=fail,run-1/pack/2/body@1=fail");
    for (uint64_t i = 5; i < runs; i++) {
        for (uint64_t k = 5; k < i; k++) {
            assert_string_not_equal(decisions[i], decisions[k]);
        }
    }
    bool has_both = false;
    for (uint64_t i = 5; i < runs; i++) {
        has_both = has_both || (strstr(decisions[i], "pack/1/body@1=fail") != NULL &&
                                strstr(decisions[i], "reply-lost") != NULL);
    }
    assert_true(has_both);
    assert_true(seen.findings >= 2);

    /* Backwards too. */
    struct sweep sweep;
    struct search_outcome outcome;
    char first[160];
    search_outcome_init(&outcome, NULL);
    assert_ok(sweep_begin(&sweep, &subject, plan, true, err));
    for (uint64_t run = runs; run > 0; run--) {
        (void)snprintf(first, sizeof(first), "%s", decisions[run - 1]);
        assert_ok(sweep_run(&sweep, run - 1, NULL, &outcome, err));
        (void)ran(&seen, run - 1, &outcome);
        assert_string_equal(decisions[run - 1], first);
    }
    sweep_finish(&sweep);
    search_outcome_finish(&outcome);
    cloacina_fault_plan_destroy(plan);
}

/* Whoever listens may have had enough; the tape holds the present run alone. */
static void a_sweep_ends_when_it_is_told_to(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = small_subject(&scene);
    char bytes[4096];
    size_t length = 0;
    struct tape tape = {bytes, sizeof(bytes), &length};
    struct seen seen = {.stop_at = 3};
    struct sweep_options options = {.ran = ran, .user = &seen, .tape = &tape};
    uint64_t runs = 0;
    assert_ok(sweep_all(&subject, &options, &runs, err));
    assert_int_equal(seen.runs, 3);
    assert_int_equal(runs, 3);
    bytes[length] = '\0';
    assert_non_null(strstr(bytes, "=postpone\n"));
    assert_ptr_equal(strchr(bytes, '\n'), bytes + length - 1);
}

/* Nothing is left over when memory ends anywhere. */
static void a_sweep_without_memory_leaks_nothing(void **state)
{
    (void)state;
    const struct cloacina_fault faults[] = {
        {.fault = "fail", .probability = 0.5, .where = "run-1/pack/*"}};
    struct cloacina_fault_plan *plan = plan_of(faults, 1);
    for (size_t n = 0;; n += 1 + n / 8) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct scene scene = scene_of_shop();
        struct search_subject subject = small_subject(&scene);
        subject.heap = &heap.heap;
        struct seen seen = {.runs = 0};
        struct sweep_options options = {.ran = ran, .user = &seen, .plan = plan};
        struct cloacina_error error = {CLOACINA_OK, ""};
        uint64_t runs = 0;
        enum cloacina_code code = sweep_all(&subject, &options, &runs, &error);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    cloacina_fault_plan_destroy(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sweep_finds_the_double_charge),
        cmocka_unit_test(the_fixed_shop_survives_its_sweep),
        cmocka_unit_test(each_place_has_a_run_of_its_own),
        cmocka_unit_test(a_run_is_known_by_its_number),
        cmocka_unit_test(pairs_come_behind_the_single_faults),
        cmocka_unit_test(a_sweep_ends_when_it_is_told_to),
        cmocka_unit_test(a_sweep_without_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
