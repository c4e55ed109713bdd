/* SPDX-License-Identifier: Apache-2.0 */
/* test_twice.c - a body that is another one each time gives itself away. */
#include "search_scene.h"

#include "search/twice.h"

/* What the real world does to a body: another answer each time. Changed by the test alone. */
static uint64_t outside_world;

static enum cloacina_code stamp_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_uint64(cloacina_task_context(task), "stamp", outside_world++, err);
}

static enum cloacina_code unsteady_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return outside_world++ % 2 == 0 ? CLOACINA_OK : cloacina_error_set(err, "odd");
}

/* Reads memory that it has not written: what is on its stack is no promise. */
static enum cloacina_code dirty_body(struct cloacina_task *task, struct cloacina_error *err)
{
    volatile unsigned char garbage[64];
    uintptr_t address = (uintptr_t)&garbage[0];
    return cloacina_context_set_uint64(cloacina_task_context(task), "address",
                                       (uint64_t)(address & 0xffffffff), err);
}

static const struct cloacina_task_definition stamp = {.name = "stamp", .body = stamp_body};
static const struct cloacina_workflow_definition stamps = {
    .name = "stamps", .tasks = CLOACINA_TASKS(&scene_price, &stamp)};
static const struct cloacina_task_definition unsteady = {
    .name = "unsteady", .body = unsteady_body, .retry = {.attempts_max = 1}};
static const struct cloacina_workflow_definition unsteadies = {.name = "unsteadies",
                                                               .tasks = CLOACINA_TASKS(&unsteady)};
static const struct cloacina_task_definition dirty = {.name = "dirty", .body = dirty_body};
static const struct cloacina_workflow_definition dirties = {.name = "dirties",
                                                            .tasks = CLOACINA_TASKS(&dirty)};

/* The finding of two calm runs. */
static struct search_outcome twice(const struct cloacina_workflow_definition *definition)
{
    struct scene scene = {.definition = definition};
    struct search_subject subject = scene_subject(&scene);
    struct search_outcome outcome;
    search_outcome_init(&outcome, NULL);
    outside_world = 0;
    assert_ok(search_twice(&subject, source_calm(), NULL, &outcome, err));
    assert_int_equal(scene.prepared, 2);
    return outcome;
}

/* Otherwise every finding would be noise. */
static void an_honest_workflow_leaves_the_same_trace_twice(void **state)
{
    (void)state;
    struct search_outcome outcome = twice(&scene_shop);
    assert_null(outcome.finding.id);
    search_outcome_finish(&outcome);
}

/* What it wrote differs: seen when that is stored. */
static void a_body_that_writes_something_else_is_found(void **state)
{
    (void)state;
    struct search_outcome outcome = twice(&stamps);
    assert_non_null(outcome.finding.id);
    assert_string_equal(outcome.finding.id, "I-29");
    assert_non_null(strstr(outcome.finding.message, "which differ first at 0 s, event "));
    assert_non_null(strstr(outcome.finding.message, "\"run 1, 'stamp', attempt 1, returned\""));
    search_outcome_finish(&outcome);
}

/* How it ended differs. */
static void a_body_that_ends_otherwise_is_found(void **state)
{
    (void)state;
    struct search_outcome outcome = twice(&unsteadies);
    assert_non_null(outcome.finding.id);
    assert_string_equal(outcome.finding.id, "I-29");
    assert_non_null(strstr(outcome.finding.message, "'unsteady', attempt 1,"));
    search_outcome_finish(&outcome);
}

/* The stack lies elsewhere the second time. */
static void a_body_that_uses_an_address_is_found(void **state)
{
    (void)state;
    struct search_outcome outcome = twice(&dirties);
    assert_non_null(outcome.finding.id);
    assert_string_equal(outcome.finding.id, "I-29");
    assert_non_null(strstr(outcome.finding.message, "'dirty'"));
    search_outcome_finish(&outcome);
}

/* With all that chaos does: the second run is made from the decisions of the first. */
static void chaos_leaves_the_same_trace_twice(void **state)
{
    (void)state;
    struct scene scene = {.definition = &scene_safe_shop, .properties = {&scene_once}};
    struct search_subject subject = scene_subject(&scene);
    struct cloacina_fault_plan *plan = NULL;
    struct search_outcome outcome;
    assert_ok(cloacina_fault_plan_named("chaos", &plan, err));
    search_outcome_init(&outcome, NULL);
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct source_random chance;
        assert_true(source_random_init(&chance, cloacina_heap_system(), plan, seed));
        assert_ok(search_twice(&subject, &chance.source, NULL, &outcome, err));
        source_random_finish(&chance);
        if (outcome.finding.id != NULL) {
            fail_msg("seed %llu: %s %s", (unsigned long long)seed, outcome.finding.id,
                     outcome.finding.message);
        }
    }
    search_outcome_finish(&outcome);
    cloacina_fault_plan_destroy(plan);
}

/* A finding that the first run has already is the more interesting one. */
static void a_finding_of_the_first_run_stays(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    const char *texts[] = {"run-1/charge/1/effect.payments.charge@1=reply-lost"};
    struct scene_decisions decisions;
    struct source_replay replay;
    struct search_outcome outcome;
    scene_decisions_init(&decisions, texts, 1);
    search_outcome_init(&outcome, NULL);
    assert_true(source_replay_init(&replay, cloacina_heap_system(), decisions.all, 1));
    assert_ok(search_twice(&subject, &replay.source, NULL, &outcome, err));
    assert_string_equal(outcome.finding.id, "always");
    assert_decisions(outcome.decisions, outcome.decision_count, texts[0]);
    source_replay_finish(&replay);
    search_outcome_finish(&outcome);
    scene_decisions_finish(&decisions);
}

/* Notes that cannot be taken are left out; nothing is left over. */
static void noting_without_memory_leaks_nothing(void **state)
{
    (void)state;
    for (size_t n = 0;; n += 1 + n / 16) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct scene scene = {.definition = &stamps};
        struct search_subject subject = scene_subject(&scene);
        subject.heap = &heap.heap;
        struct search_outcome outcome;
        struct cloacina_error error = {CLOACINA_OK, ""};
        search_outcome_init(&outcome, &heap.heap);
        enum cloacina_code code = search_twice(&subject, source_calm(), NULL, &outcome, &error);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        search_outcome_finish(&outcome);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_honest_workflow_leaves_the_same_trace_twice),
        cmocka_unit_test(a_body_that_writes_something_else_is_found),
        cmocka_unit_test(a_body_that_ends_otherwise_is_found),
        cmocka_unit_test(a_body_that_uses_an_address_is_found),
        cmocka_unit_test(chaos_leaves_the_same_trace_twice),
        cmocka_unit_test(a_finding_of_the_first_run_stays),
        cmocka_unit_test(noting_without_memory_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
