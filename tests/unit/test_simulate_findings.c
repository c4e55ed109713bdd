/* SPDX-License-Identifier: Apache-2.0 */
/* test_simulate_findings.c - a search's findings, each once, whatever order they come in. */
#include "support.h"

#include <stdio.h>

#include "simulate/simulate_findings.h"

static struct search_finding finding_of(const char *id, const char *name)
{
    struct search_finding finding = {.id = id};
    (void)snprintf(finding.name, sizeof(finding.name), "%s", name);
    return finding;
}

static void note(struct findings *findings, const struct stage *stage, uint64_t run,
                 const char *name, const char *tape)
{
    struct cloacina_error err;
    struct search_finding finding = finding_of("always", name);
    assert_int_equal(findings_note(findings, stage, run, &finding, text_of(tape), &err),
                     CLOACINA_OK);
}

/* With several processes run 9 may be over before run 3. */
static void the_lowest_run_is_kept_and_all_are_counted(void **state)
{
    (void)state;
    struct findings findings;
    struct stage seeds = {.kind = STAGE_SEEDS};
    findings_init(&findings, cloacina_heap_system());
    note(&findings, &seeds, 9, "a", "run-1/a/1/body@1=fail\nrun-1/b/1/body@1=fail\n");
    note(&findings, &seeds, 3, "a", "run-1/c/1/body@1=crash:1s\n");
    note(&findings, &seeds, 5, "a", "");
    assert_int_equal(findings.count, 1);
    assert_int_equal(findings.list[0].run, 3);
    assert_int_equal(findings.list[0].count, 3);
    assert_int_equal(findings.list[0].decision_count, 1);
    assert_int_equal(findings.list[0].decisions[0].choice.fault, FAULT_CRASH);
    findings_finish(&findings);
}

/* What the corpus has found has a name; that a seed found it too says nothing more. */
static void an_earlier_stage_goes_before_a_lower_run(void **state)
{
    (void)state;
    struct findings findings;
    struct stage corpus = {.kind = STAGE_CORPUS, .name = "c/a.token"};
    struct stage seeds = {.kind = STAGE_SEEDS};
    findings_init(&findings, cloacina_heap_system());
    note(&findings, &corpus, 1, "a", "");
    note(&findings, &seeds, 0, "a", "");
    assert_int_equal(findings.count, 1);
    assert_ptr_equal(findings.list[0].stage, &corpus);
    findings_finish(&findings);
}

/* The report must not depend on which process was faster. */
static void they_are_told_in_the_order_of_stages_and_runs(void **state)
{
    (void)state;
    struct findings findings;
    struct stage corpus = {.kind = STAGE_CORPUS};
    struct stage other = {.kind = STAGE_CORPUS};
    struct stage sweep = {.kind = STAGE_SWEEP};
    struct stage seeds = {.kind = STAGE_SEEDS};
    findings_init(&findings, cloacina_heap_system());
    note(&findings, &seeds, 8, "last", "");
    note(&findings, &seeds, 2, "third", "");
    note(&findings, &corpus, 0, "first", "");
    note(&findings, &other, 0, "next to it", "");
    note(&findings, &sweep, 9, "second", "");
    findings_sort(&findings);
    static const char *const expected[] = {"first", "next to it", "second", "third", "last"};
    assert_int_equal(findings.count, ARRAY_COUNT(expected));
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_string_equal(findings.list[i].finding.name, expected[i]);
    }
    findings_finish(&findings);
}

/* Each kind of run is named as people ask for it. */
static void a_run_is_described_by_its_stage(void **state)
{
    (void)state;
    static const struct {
        struct stage stage;
        uint64_t run, seed;
        const char *text;
    } cases[] = {
        {{.kind = STAGE_TOKEN, .said.seed = 4}, 0, 4, "the token"},
        {{.kind = STAGE_CORPUS, .name = "c/a.token"}, 0, 0, "c/a.token"},
        {{.kind = STAGE_CALM}, 0, 0, "the run in which nothing goes wrong"},
        {{.kind = STAGE_SWEEP}, 204, 0, "sweep, run 204"},
        {{.kind = STAGE_SEEDS, .said.seed = 10}, 7, 17, "seed 17"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct text_builder builder;
        text_builder_init(&builder, NULL);
        stage_describe_run(&cases[i].stage, cases[i].run, &builder);
        assert_string_equal(text_builder_terminated(&builder), cases[i].text);
        assert_int_equal(stage_seed(&cases[i].stage, cases[i].run), cases[i].seed);
        text_builder_finish(&builder);
    }
}

/* Such a run must not be repeated in the process that reports it. */
static void what_ends_a_process_is_deadly(void **state)
{
    (void)state;
    static const char *const deadly[] = {"crash", "hang", "assertion"};
    for (size_t i = 0; i < ARRAY_COUNT(deadly); i++) {
        struct search_finding finding = finding_of(deadly[i], "");
        assert_true(finding_is_deadly(&finding));
    }
    struct search_finding finding = finding_of("I-03", "");
    assert_false(finding_is_deadly(&finding));
}

/* A tape that nobody could have written is an error, not a finding without decisions. */
static void a_broken_tape_is_refused(void **state)
{
    (void)state;
    struct findings findings;
    struct stage seeds = {.kind = STAGE_SEEDS};
    struct cloacina_error err;
    struct search_finding finding = finding_of("I-03", "");
    findings_init(&findings, cloacina_heap_system());
    assert_int_equal(findings_note(&findings, &seeds, 0, &finding, text_of("nonsense\n"), &err),
                     CLOACINA_INVALID);
    assert_int_equal(findings.count, 0);
    findings_finish(&findings);
}

/* A finding is kept whole, or the search says that it has no memory. */
static void without_memory_it_is_said(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct findings findings;
        struct stage seeds = {.kind = STAGE_SEEDS};
        struct cloacina_error err;
        struct search_finding finding = finding_of("I-03", "");
        failing_heap_init(&heap, n);
        findings_init(&findings, &heap.heap);
        enum cloacina_code code =
            findings_note(&findings, &seeds, 0, &finding, text_of("run-1/a/1/body@1=fail\n"), &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        assert_int_equal(findings.count, heap.has_failed ? 0 : 1);
        findings_finish(&findings);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lowest_run_is_kept_and_all_are_counted),
        cmocka_unit_test(an_earlier_stage_goes_before_a_lower_run),
        cmocka_unit_test(they_are_told_in_the_order_of_stages_and_runs),
        cmocka_unit_test(a_run_is_described_by_its_stage),
        cmocka_unit_test(what_ends_a_process_is_deadly),
        cmocka_unit_test(a_broken_tape_is_refused),
        cmocka_unit_test(without_memory_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
