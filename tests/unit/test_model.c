/* SPDX-License-Identifier: Apache-2.0 */
/* test_model.c - the model of the engine, against the words of the design and, where both can
 * answer, against the engine. */
#include "checker_scene.h"

#include "checker/model.h"
#include "task/retry.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct arena arena;

static int fresh(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    return 0;
}

static int freed(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static const struct value *value_of(const char *json)
{
    const struct value *value = NULL;
    assert_int_equal(value_read(&arena, text_of(json), &value, NULL), CLOACINA_OK);
    return value;
}

static const struct delta *delta_of(const char *json)
{
    const struct delta *delta = NULL;
    assert_int_equal(delta_read(&arena, text_of(json), &delta, NULL), CLOACINA_OK);
    return delta;
}

static void assert_json(const struct value *value, const char *json)
{
    struct text_builder text;
    assert_non_null(value);
    text_builder_init(&text, NULL);
    value_write(&text, value);
    assert_string_equal(text_builder_terminated(&text), json);
    text_builder_finish(&text);
}

/* ---- values ---- */

/* A set makes objects of what stands in its way. */
static void a_delta_is_applied_path_by_path(void **state)
{
    (void)state;
    assert_json(model_apply(&arena, value_of("{\"a\":{\"b\":1,\"c\":2},\"old\":0}"),
                            delta_of("{\"/a/c\":3,\"/list\":[1,2],\"-/old\":null}")),
                "{\"a\":{\"b\":1,\"c\":3},\"list\":[1,2]}");
    assert_json(model_apply(&arena, value_of("{\"a\":7}"), delta_of("{\"/a/b/c\":1}")),
                "{\"a\":{\"b\":{\"c\":1}}}");
    assert_json(model_apply(&arena, value_of("{\"b\":2}"), NULL), "{\"b\":2}");
}

/* A removal of what is not there does nothing, not even an empty object. */
static void a_removal_of_nothing_changes_nothing(void **state)
{
    (void)state;
    assert_json(model_apply(&arena, value_of("{\"a\":7}"), delta_of("{\"-/b/c\":null}")),
                "{\"a\":7}");
    assert_json(model_apply(&arena, value_of("{\"a\":7}"), delta_of("{\"-/a/c\":null}")),
                "{\"a\":7}");
}

/* Keys may hold any byte: zero is written twice as long in a path. */
static void a_key_with_a_zero_byte_is_one_key(void **state)
{
    (void)state;
    assert_json(model_apply(&arena, value_of("{}"), delta_of("{\"/a\\u0000b/c\":1}")),
                "{\"a\\u0000b\":{\"c\":1}}");
}

/* First occurrence kept. */
static void arrays_unite_by_their_first_occurrences(void **state)
{
    (void)state;
    assert_json(model_arrays_unite(&arena, value_of("[3,1,3]"), value_of("[2,1.0,4]")),
                "[3,1,2,4]");
}

/* A delta that says more than what changed replaces what others wrote beside it. */
static void a_delta_names_changes_as_deep_as_they_go(void **state)
{
    static const struct {
        const char *delta;
        const char *wrong;
    } cases[] = {
        {"{\"/a/b\":2,\"/c\":[1,2],\"/d/e\":{},\"-/f\":null}", NULL},
        {"{\"/a\":{\"b\":2}}", "replaces a whole object in place of what changed in it"},
        {"{\"/c\":[1]}", "sets what was there already"},
        {"{\"-/g\":null}", "removes what was not there"},
        {"{\"/f\":{\"x\":1}}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *wrong = NULL;
        assert_true(model_delta_judge(&arena, value_of("{\"a\":{\"b\":1},\"c\":[1],\"f\":7}"),
                                      delta_of(cases[i].delta), &wrong));
        assert_true((wrong == NULL) == (cases[i].wrong == NULL));
        if (wrong != NULL) {
            assert_string_equal(wrong, cases[i].wrong);
        }
    }
}

/* ---- delays ---- */

static struct retry_policy policy_of(struct cloacina_retry retry)
{
    struct retry_policy policy;
    assert_int_equal(retry_policy_of(&retry, &policy, NULL), CLOACINA_OK);
    return policy;
}

static void assert_delay(struct cloacina_retry retry, uint32_t failed, int64_t shortest_ms,
                         int64_t longest_ms)
{
    struct retry_policy policy = policy_of(retry);
    int64_t shortest;
    int64_t longest;
    model_delay(&policy, failed, &shortest, &longest);
    assert_int_equal(shortest, shortest_ms * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(longest, longest_ms * NANOSECONDS_PER_MILLISECOND);
}

/* The formulas as the author of a task reads them. */
static void delays_follow_their_formulas(void **state)
{
    (void)state;
    struct cloacina_retry plain = {.jitter = CLOACINA_JITTER_NONE};
    assert_delay(plain, 1, 1000, 1000);
    assert_delay(plain, 4, 8000, 8000);
    assert_delay(plain, 40, 60000, 60000);
    plain.backoff = CLOACINA_BACKOFF_LINEAR;
    plain.multiplier = 1.5;
    assert_delay(plain, 3, 4500, 4500);
    plain =
        (struct cloacina_retry){.jitter = CLOACINA_JITTER_NONE, .backoff = CLOACINA_BACKOFF_FIXED};
    assert_delay(plain, 9, 1000, 1000);
    plain.initial_delay_ms = CLOACINA_NO_DELAY;
    assert_delay(plain, 9, 0, 0);
}

/* Cap first, then jitter. */
static void jitter_spreads_the_capped_delay(void **state)
{
    (void)state;
    assert_delay((struct cloacina_retry){0}, 40, 45000, 75000);
    assert_delay((struct cloacina_retry){.initial_delay_ms = 400}, 1, 300, 500);
}

/* Two ways to compute one thing: if they differ, one of them is wrong. */
static void the_engine_draws_within_the_models_bounds(void **state)
{
    static const double bases[] = {0, 0.5, 1, 1.1, 3, 1000};
    static const uint64_t draws[] = {0, 1, 2, 40000, RETRY_JITTER_BOUND - 1};
    (void)state;
    for (size_t b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
        struct retry_policy policy = policy_of(
            (struct cloacina_retry){.base = bases[b], .multiplier = 0.3, .delay_max_ms = 7777});
        for (uint32_t failed = 1; failed < 60; failed++) {
            int64_t shortest;
            int64_t longest;
            model_delay(&policy, failed, &shortest, &longest);
            assert_int_equal(retry_delay(&policy, failed, 1), shortest);
            assert_int_equal(retry_delay(&policy, failed, RETRY_JITTER_BOUND - 1), longest);
            for (size_t d = 0; d < sizeof(draws) / sizeof(draws[0]); d++) {
                int64_t drawn = retry_delay(&policy, failed, draws[d]);
                assert_true(drawn >= shortest && drawn <= longest);
            }
        }
    }
}

static bool retries(struct cloacina_retry retry, uint32_t failed, enum cloacina_code code,
                    const char *message)
{
    struct retry_policy policy = policy_of(retry);
    return model_retries(&policy, failed, code, text_of(message));
}

/* attempts_max counts runs in all; what is transient is decided by code first, text last. */
static void another_attempt_is_made_when_the_policy_says_so(void **state)
{
    (void)state;
    struct cloacina_retry all = {.attempts_max = 2};
    struct cloacina_retry never = {.retry_when = CLOACINA_RETRY_NEVER};
    struct cloacina_retry passing = {.retry_when = CLOACINA_RETRY_TRANSIENT};
    struct cloacina_retry busy = {.retry_when = CLOACINA_RETRY_PATTERNS,
                                  .patterns = TASKS("Rate limit", "busy")};
    assert_true(retries(all, 1, CLOACINA_FAILED, ""));
    assert_false(retries(all, 2, CLOACINA_FAILED, ""));
    assert_false(retries(never, 1, CLOACINA_TIMEOUT, ""));
    assert_true(retries(passing, 1, CLOACINA_TIMEOUT, ""));
    assert_true(retries(passing, 1, CLOACINA_UNAVAILABLE, NULL));
    assert_true(retries(passing, 1, CLOACINA_FAILED, "no CONNECTION to the bank"));
    assert_false(retries(passing, 1, CLOACINA_FAILED, "no money"));
    assert_false(retries(passing, 1, CLOACINA_INVALID, "network"));
    assert_true(retries(busy, 1, CLOACINA_FAILED, "the RATE LIMIT is reached"));
    assert_false(retries(busy, 1, CLOACINA_FAILED, "bus"));
}

/* ---- rules ---- */

static bool holds(enum cloacina_rule_operator comparison, const char *wanted, const char *input)
{
    struct rule rule = {.type = CLOACINA_RULE_CONTEXT_VALUE,
                        .comparison = comparison,
                        .name = TEXT_LITERAL("k"),
                        .value = wanted == NULL ? NULL : value_of(wanted)};
    struct model_facts facts = {.input = value_of(input)};
    return model_rule_holds(&rule, &facts);
}

/* Each operator, with a key that is there, one that is absent, and one of another type. */
static void conditions_compare_as_promised(void **state)
{
    (void)state;
    assert_true(holds(CLOACINA_EQUALS, "1", "{\"k\":1.0}"));
    assert_false(holds(CLOACINA_EQUALS, "null", "{}"));
    assert_true(holds(CLOACINA_NOT_EQUALS, "1", "{}"));
    assert_false(holds(CLOACINA_NOT_EQUALS, "1", "{\"k\":1}"));
    assert_true(holds(CLOACINA_GREATER_THAN, "9007199254740992", "{\"k\":9007199254740993}"));
    assert_false(holds(CLOACINA_GREATER_THAN, "1", "{\"k\":1}"));
    assert_false(holds(CLOACINA_GREATER_THAN, "1", "{\"k\":\"2\"}"));
    assert_true(holds(CLOACINA_LESS_THAN, "1", "{\"k\":0.5}"));
    assert_false(holds(CLOACINA_LESS_THAN, "1", "{}"));
    assert_true(holds(CLOACINA_CONTAINS, "\"bc\"", "{\"k\":\"abcd\"}"));
    assert_true(holds(CLOACINA_CONTAINS, "2", "{\"k\":[1,2]}"));
    assert_false(holds(CLOACINA_CONTAINS, "2", "{\"k\":\"2\"}"));
    assert_false(holds(CLOACINA_CONTAINS, "\"\"", "{}"));
    assert_true(holds(CLOACINA_NOT_CONTAINS, "3", "{\"k\":[1,2]}"));
    assert_true(holds(CLOACINA_NOT_CONTAINS, "3", "{}"));
    assert_true(holds(CLOACINA_KEY_EXISTS, NULL, "{\"k\":null}"));
    assert_true(holds(CLOACINA_KEY_NOT_EXISTS, NULL, "{\"l\":1}"));
}

/* Without parts, all-of and none-of hold and any-of does not. */
static void groups_count_what_holds(void **state)
{
    struct rule parts[2] = {{.type = CLOACINA_RULE_ALWAYS},
                            {.type = CLOACINA_RULE_ANY_OF}}; /* one that holds, one that does not */
    struct model_facts facts = {0};
    (void)state;
    for (uint32_t count = 0; count <= 2; count++) {
        struct rule all = {.type = CLOACINA_RULE_ALL_OF, .parts = parts, .part_count = count};
        struct rule any = {.type = CLOACINA_RULE_ANY_OF, .parts = parts, .part_count = count};
        struct rule none = {.type = CLOACINA_RULE_NONE_OF, .parts = parts, .part_count = count};
        assert_int_equal(model_rule_holds(&all, &facts), count < 2);
        assert_int_equal(model_rule_holds(&any, &facts), count > 0);
        assert_int_equal(model_rule_holds(&none, &facts), count == 0);
        assert_false(model_rule_reads(&all));
    }
}

/* ---- executions ---- */

static const struct cloacina_rule failed_rule = {.type = CLOACINA_RULE_TASK_FAILED, .task = "a"};
static const struct cloacina_rule rich_rule = {.type = CLOACINA_RULE_CONTEXT_VALUE,
                                               .key = "cents",
                                               .comparison = CLOACINA_GREATER_THAN,
                                               .value = "10"};
static const struct cloacina_task_options graph[] = {
    {.name = "a"},
    {.name = "b"},
    {.name = "c", .dependencies = TASKS("a", "b")},
    {.name = "d", .dependencies = TASKS("c")},
    {.name = "e", .dependencies = TASKS("a"), .rule = &failed_rule},
    {.name = "f", .dependencies = TASKS("b"), .rule = &rich_rule},
};
enum { GRAPH = sizeof(graph) / sizeof(graph[0]) };

struct history {
    struct cloacina_workflow *workflow;
    struct model_end ends[GRAPH];
    struct model model;
};

static struct model_end *end_of(struct history *history, const char *name)
{
    uint32_t task = TASK_NONE;
    assert_true(workflow_index(history->workflow->definition, text_of(name), &task));
    return &history->ends[task];
}

static uint32_t task_of(struct history *history, const char *name)
{
    return (uint32_t)(end_of(history, name) - history->ends);
}

/* All tasks Completed, nothing written. */
static void history_open(struct history *history)
{
    *history = (struct history){.workflow = scene_build(graph, GRAPH)};
    for (size_t task = 0; task < GRAPH; task++) {
        history->ends[task].status = TASK_COMPLETED;
    }
}

static void history_tell(struct history *history, const char *initial)
{
    assert_true(model_fits(history->workflow->definition, history->ends));
    assert_true(model_init(&history->model, &arena, history->workflow->definition,
                           value_of(initial), history->ends));
}

static enum skip_reason decision_of(struct history *history, const char *name)
{
    enum skip_reason reason = SKIP_CANCELLED;
    assert_true(model_decision(&history->model, task_of(history, name), &reason));
    return reason;
}

/* Run unless a dependency failed or was skipped for that reason; all skipped: skipped. */
static void without_a_rule_the_dependencies_decide(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    history_tell(&history, "{}");
    assert_int_equal(decision_of(&history, "a"), SKIP_NONE);
    assert_int_equal(decision_of(&history, "c"), SKIP_NONE);
    *end_of(&history, "a") = (struct model_end){.status = TASK_FAILED};
    assert_int_equal(decision_of(&history, "c"), SKIP_UPSTREAM_FAILED);
    *end_of(&history, "c") =
        (struct model_end){.status = TASK_SKIPPED, .skip = SKIP_UPSTREAM_FAILED};
    assert_int_equal(decision_of(&history, "d"), SKIP_UPSTREAM_FAILED);
    *end_of(&history, "a") = (struct model_end){.status = TASK_SKIPPED, .skip = SKIP_RULE};
    assert_int_equal(decision_of(&history, "c"), SKIP_NONE);
    *end_of(&history, "b") = (struct model_end){.status = TASK_SKIPPED, .skip = SKIP_RULE};
    assert_int_equal(decision_of(&history, "c"), SKIP_UPSTREAM_SKIPPED);
    cloacina_workflow_unref(history.workflow);
}

/* An explicit rule decides alone. */
static void a_rule_decides_alone(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    end_of(&history, "b")->delta = delta_of("{\"/cents\":11}");
    history_tell(&history, "{\"cents\":5}");
    assert_int_equal(decision_of(&history, "e"), SKIP_RULE);
    assert_int_equal(decision_of(&history, "f"), SKIP_NONE);
    end_of(&history, "a")->status = TASK_FAILED;
    assert_int_equal(decision_of(&history, "e"), SKIP_NONE);
    end_of(&history, "b")->delta = NULL;
    history_tell(&history, "{\"cents\":5}");
    assert_int_equal(decision_of(&history, "f"), SKIP_RULE);
    cloacina_workflow_unref(history.workflow);
}

/* Conflicts go by definition order, arrays unite, and what was replaced stays away. */
static void inputs_unite_what_nobody_replaced(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    end_of(&history, "a")->delta = delta_of("{\"/list\":[1],\"/n\":1,\"-/old\":null}");
    end_of(&history, "b")->delta = delta_of("{\"/list\":[2,1],\"/n\":2}");
    end_of(&history, "c")->delta = delta_of("{\"/n\":3}");
    history_tell(&history, "{\"old\":0,\"list\":[9]}");
    assert_json(model_input(&history.model, task_of(&history, "a")), "{\"list\":[9],\"old\":0}");
    assert_json(model_input(&history.model, task_of(&history, "c")), "{\"list\":[1,2],\"n\":2}");
    assert_json(model_input(&history.model, task_of(&history, "d")), "{\"list\":[1,2],\"n\":3}");
    assert_json(model_final(&history.model), "{\"list\":[1,2],\"n\":3}");
    cloacina_workflow_unref(history.workflow);
}

/* A failure or a skip never loses what came before it. */
static void a_skip_hands_on_what_it_saw(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    end_of(&history, "a")->delta = delta_of("{\"/n\":{\"x\":1}}");
    *end_of(&history, "c") = (struct model_end){.status = TASK_SKIPPED, .skip = SKIP_RULE};
    history_tell(&history, "{}");
    assert_json(model_input(&history.model, task_of(&history, "d")), "{\"n\":{\"x\":1}}");
    cloacina_workflow_unref(history.workflow);
}

/* Of a path and a path below it the later wins at the upper one. */
static void a_path_and_one_below_it_go_by_their_order(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    end_of(&history, "a")->delta = delta_of("{\"/o\":{\"x\":1}}");
    end_of(&history, "b")->delta = delta_of("{\"/o/y\":2}");
    history_tell(&history, "{}");
    assert_json(model_input(&history.model, task_of(&history, "c")), "{\"o\":{\"x\":1,\"y\":2}}");
    end_of(&history, "a")->delta = delta_of("{\"/o/y\":2}");
    end_of(&history, "b")->delta = delta_of("{\"/o\":{\"x\":1}}");
    history_tell(&history, "{}");
    assert_json(model_input(&history.model, task_of(&history, "c")), "{\"o\":{\"x\":1}}");
    cloacina_workflow_unref(history.workflow);
}

/* Any failed task makes the execution Failed. */
static void the_status_follows_from_the_tasks(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    history_tell(&history, "{}");
    assert_int_equal(model_status(&history.model), EXECUTION_COMPLETED);
    end_of(&history, "b")->status = TASK_FAILED;
    assert_int_equal(model_status(&history.model), EXECUTION_FAILED);
    cloacina_workflow_unref(history.workflow);
}

/* When nothing completed, the final context is the initial one. */
static void without_a_completed_task_the_final_context_is_the_initial_one(void **state)
{
    struct history history;
    (void)state;
    history_open(&history);
    for (size_t task = 0; task < GRAPH; task++) {
        history.ends[task].status = TASK_FAILED;
    }
    history_tell(&history, "{\"order\":7}");
    assert_json(model_final(&history.model), "{\"order\":7}");
    cloacina_workflow_unref(history.workflow);
}

/* Without memory it has nothing to say, and says so. */
static void without_memory_the_model_says_nothing(void **state)
{
    struct failing_heap heap;
    struct history history;
    bool is_told = false;
    (void)state;
    history_open(&history);
    end_of(&history, "a")->delta = delta_of("{\"/list\":[1],\"/n\":1,\"-/old\":null}");
    end_of(&history, "b")->delta = delta_of("{\"/list\":[2,1],\"/n\":2}");
    const struct value *initial = value_of("{\"old\":0}");
    for (size_t fail_at = 0; !is_told; fail_at++) {
        struct arena tight;
        failing_heap_init(&heap, fail_at);
        arena_init(&tight, &heap.heap);
        is_told = model_init(&history.model, &tight, history.workflow->definition, initial,
                             history.ends) &&
                  model_input(&history.model, task_of(&history, "c")) != NULL &&
                  model_final(&history.model) != NULL;
        arena_finish(&tight);
        assert_int_equal(heap.outstanding, 0);
    }
    cloacina_workflow_unref(history.workflow);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, freed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(a_delta_is_applied_path_by_path),
        FRESH(a_removal_of_nothing_changes_nothing),
        FRESH(a_key_with_a_zero_byte_is_one_key),
        FRESH(a_delta_names_changes_as_deep_as_they_go),
        FRESH(arrays_unite_by_their_first_occurrences),
        FRESH(delays_follow_their_formulas),
        FRESH(jitter_spreads_the_capped_delay),
        FRESH(the_engine_draws_within_the_models_bounds),
        FRESH(another_attempt_is_made_when_the_policy_says_so),
        FRESH(conditions_compare_as_promised),
        FRESH(groups_count_what_holds),
        FRESH(without_a_rule_the_dependencies_decide),
        FRESH(a_rule_decides_alone),
        FRESH(inputs_unite_what_nobody_replaced),
        FRESH(a_skip_hands_on_what_it_saw),
        FRESH(a_path_and_one_below_it_go_by_their_order),
        FRESH(the_status_follows_from_the_tasks),
        FRESH(without_a_completed_task_the_final_context_is_the_initial_one),
        FRESH(without_memory_the_model_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
