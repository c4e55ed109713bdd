/* SPDX-License-Identifier: Apache-2.0 */
/* test_workflow_json.c - definitions as stores keep them: one text per structure, and back, or
 * refused. */
#include "support.h"

#include <stdio.h>

#include "workflow/bodies.h"
#include "workflow/workflow.h"

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

/* Every field of every kind, each with a value that is not the default. */
CLOACINA_TASK(price, .body = nothing);
CLOACINA_TASK(stock, .body = nothing, .timeout_ms = 1,
              .retry = {.backoff = CLOACINA_BACKOFF_LINEAR,
                        .multiplier = 0.1,
                        .initial_delay_ms = CLOACINA_NO_DELAY,
                        .delay_max_ms = 500,
                        .jitter = CLOACINA_JITTER_NONE,
                        .retry_when = CLOACINA_RETRY_PATTERNS,
                        .patterns = CLOACINA_TEXTS("busy \"now\"", "late")});
CLOACINA_TASK(charge, .body = nothing, .dependencies = CLOACINA_TASKS(&stock, &price),
              .retry = {.attempts_max = 5,
                        .base = 1.5,
                        .initial_delay_ms = 70000,
                        .retry_when = CLOACINA_RETRY_TRANSIENT},
              .rule = CLOACINA_NONE_OF(CLOACINA_TASK_FAILED("stock")));
CLOACINA_TASK(audit, .body = nothing,
              .retry = {.backoff = CLOACINA_BACKOFF_FIXED, .retry_when = CLOACINA_RETRY_NEVER});
CLOACINA_WORKFLOW(shop, .tenant = "acme", .package = "sales",
                  .tasks = CLOACINA_TASKS(&charge, &stock, &price, &audit));

static const char shop_json[] =
    "{\"format\":1,\"name\":\"shop\",\"package\":\"sales\",\"tasks\":["
    "{\"name\":\"audit\",\"retry\":{\"backoff\":\"fixed\",\"when\":\"never\"}},"
    "{\"name\":\"price\"},"
    "{\"name\":\"stock\",\"retry\":{\"backoff\":\"linear\",\"delay_max_ms\":500,\"initial_delay_"
    "ms\":0,"
    "\"jitter\":\"none\",\"multiplier\":0.09999999986030161,\"patterns\":[\"busy "
    "\\\"now\\\"\",\"late\"],"
    "\"when\":\"patterns\"},\"timeout_ms\":1},"
    "{\"dependencies\":[\"stock\",\"price\"],\"name\":\"charge\",\"retry\":{\"attempts_max\":5,"
    "\"base\":1.5,"
    "\"initial_delay_ms\":70000,\"when\":\"transient\"},"
    "\"rule\":{\"parts\":[{\"rule\":\"task_failed\",\"task\":\"stock\"}],\"rule\":\"none_of\"}}"
    "],\"tenant\":\"acme\"}";

static struct workflow *reread(const char *json)
{
    struct workflow *workflow = NULL;
    struct cloacina_error err = {0};
    if (workflow_read(NULL, text_of(json), &workflow, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return workflow;
}

static void refused(const char *json, enum cloacina_code code, const char *message)
{
    struct workflow *workflow = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(workflow_read(NULL, text_of(json), &workflow, &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(workflow_read(NULL, text_of(json), &workflow, NULL), code);
    assert_null(workflow);
}

/* The text is in stores: a change of it, however small, makes every definition a new one. */
static void a_definition_is_written_with_sorted_keys_and_without_defaults(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(cloacina_workflow_build_definition(&shop, NULL, &workflow, &err), CLOACINA_OK);
    assert_string_equal(cloacina_workflow_json(workflow), shop_json);
    assert_string_equal(cloacina_workflow_hash(workflow), "a1aa062012c6dd35d09151b9007ce221");
    cloacina_workflow_unref(workflow);
}

static void what_is_read_is_what_was_written(void **state)
{
    (void)state;
    struct cloacina_workflow *written = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(cloacina_workflow_build_definition(&shop, NULL, &written, &err), CLOACINA_OK);
    struct workflow *workflow = reread(shop_json);
    assert_true(hash128_equal(workflow->hash, written->definition->hash));
    assert_int_equal(workflow->level_count, 2);
    for (uint32_t i = 0; i < workflow->task_count; i++) {
        const struct workflow_task *one = &workflow->tasks[i];
        const struct workflow_task *other = &written->definition->tasks[i];
        assert_string_equal(one->name, other->name);
        assert_true(retry_policy_equal(one->retry, other->retry));
        assert_int_equal(one->timeout_ns, other->timeout_ns);
    }
    assert_int_equal(workflow->tasks[3].rule->parts[0].task, 2);
    workflow_unref(workflow);
    cloacina_workflow_unref(written);
}

/* Names that need escapes in JSON. */
static void names_of_any_characters_survive(void **state)
{
    (void)state;
    struct workflow *workflow = reread(
        "{\"format\":1,\"name\":\"a \\\"b\\\" "
        "\\\\\",\"package\":\"embedded\",\"tasks\":[{\"name\":\"\\\"\"},"
        "{\"dependencies\":[\"\\\"\"],\"name\":\"\xf0\x9f\x9a\x80\"}],\"tenant\":\"public\"}");
    assert_string_equal(workflow->name.bytes, "a \"b\" \\");
    assert_string_equal(workflow->tasks[0].name, "\"");
    workflow_unref(workflow);
}

#define WITH_TASKS(tasks)                                                                          \
    "{\"format\":1,\"name\":\"w\",\"package\":\"embedded\",\"tasks\":" tasks                       \
    ",\"tenant\":\"public\"}"

static void damaged_definitions_are_refused_with_the_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "workflow definition: line 1, column 1: wanted a value, found the end"},
        {"[]", "workflow definition: line 1, column 1: wanted an object, found an array"},
        {"{\"color\":1}", "workflow definition: line 1, column 2: a workflow has no 'color'"},
        {"{\"name\":1}", "workflow definition: line 1, column 9: wanted a string, found a number"},
        {"{\"name\":\"w\"}", "workflow definition: has no 'tasks'"},
        {"{\"name\":\"\",\"tasks\":[]}", "workflow definition: workflow name is empty"},
        {WITH_TASKS("{}"),
         "workflow definition: line 1, column 53: wanted an array, found an object"},
        {WITH_TASKS("[]"), "workflow definition: workflow 'w': has no tasks"},
        {WITH_TASKS("[5]"),
         "workflow definition: line 1, column 54: wanted a task, found a number"},
        {WITH_TASKS("[{}]"), "workflow definition: task name is empty"},
        {WITH_TASKS("[{\"name\":null}]"),
         "workflow definition: line 1, column 62: wanted a string, found null"},
        {WITH_TASKS("[{\"color\":1}]"),
         "workflow definition: line 1, column 55: a task has no 'color'"},
        {WITH_TASKS("[{\"dependencies\":5,\"name\":\"a\"}]"),
         "workflow definition: line 1, column 70: wanted an array, found a number"},
        {WITH_TASKS("[{\"dependencies\":[5],\"name\":\"a\"}]"),
         "workflow definition: line 1, column 71: wanted the name of a task, found a number"},
        {WITH_TASKS("[{\"dependencies\":[\"b\"],\"name\":\"a\"}]"),
         "workflow definition: task 'a': dependency 'b' does not exist"},
        {WITH_TASKS("[{\"dependencies\":[\"a\"],\"name\":\"a\"}]"),
         "workflow definition: task 'a': depends on itself: a -> a"},
        {WITH_TASKS("[{\"name\":\"a\",\"timeout_ms\":\"1\"}]"),
         "workflow definition: line 1, column 79: wanted a number, found a string"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":1}]"),
         "workflow definition: line 1, column 74: wanted an object, found a number"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"color\":1}}]"),
         "workflow definition: line 1, column 75: a retry has no 'color'"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"when\":\"maybe\"}}]"),
         "workflow definition: line 1, column 82: there is no retry condition 'maybe'"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"backoff\":true}}]"),
         "workflow definition: line 1, column 85: wanted a string, found true"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"base\":2}}]"),
         "workflow definition: line 1, column 82: a factor is written like 2.0, and above 0.0"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"base\":-2.0}}]"),
         "workflow definition: line 1, column 82: a factor is written like 2.0, and above 0.0"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"multiplier\":\"\"}}]"),
         "workflow definition: line 1, column 88: wanted a number, found a string"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"patterns\":[1]}}]"),
         "workflow definition: line 1, column 87: wanted at most 64 patterns, each a string"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"patterns\":1}}]"),
         "workflow definition: line 1, column 86: wanted an array, found a number"},
        {WITH_TASKS("[{\"name\":\"a\",\"rule\":{\"rule\":\"task_failed\",\"task\":\"b\"}}]"),
         "workflow definition: task 'a': rule: task 'b' does not exist"},
        {WITH_TASKS("[{\"name\":\"a\"}]") "x",
         "workflow definition: line 1, column 86: wanted the end, found 'x'"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        refused(cases[i][0], CLOACINA_INVALID, cases[i][1]);
    }
}

/* Well-formed, but not what a workflow writes: accepted, it would have two texts and so two
 * hashes. */
static void other_spellings_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {WITH_TASKS("[{\"name\":\"b\"},{\"name\":\"a\"}]"), "63"},
        {WITH_TASKS("[{\"name\":\"a\"}]") " ", "86"},
        {WITH_TASKS("[ {\"name\":\"a\"}]"), "54"},
        {WITH_TASKS("[{\"name\":\"\\u0061\"}]"), "63"},
        {WITH_TASKS("[{\"name\":\"a\",\"name\":\"a\"}]"), "65"},
        {WITH_TASKS("[{\"dependencies\":[],\"name\":\"a\"}]"), "56"},
        {WITH_TASKS("[{\"name\":\"a\"},{\"dependencies\":[\"a\",\"a\"],\"name\":\"b\"}]"), "87"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{}}]"), "65"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"attempts_max\":3}}]"), "65"},
        {WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"when\":\"all\",\"attempts_max\":4}}]"), "76"},
        {"{\"format\":1,\"name\":\"w\",\"tasks\":[{\"name\":\"a\"}]}", "25"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        char message[100];
        (void)snprintf(message, sizeof(message),
                       "workflow definition: byte %s is not what a workflow writes there",
                       cases[i][1]);
        refused(cases[i][0], CLOACINA_INVALID, message);
    }
}

/* Values that a writer could not have written, and limits of the readers below. */
static void numbers_out_of_their_range_are_refused(void **state)
{
    (void)state;
    struct workflow *workflow;
    static const char *const cases[] = {
        "{\"format\":2,\"name\":\"w\"}",
        WITH_TASKS("[{\"name\":\"a\",\"timeout_ms\":0}]"),
        WITH_TASKS("[{\"name\":\"a\",\"timeout_ms\":99999999999999999999}]"),
        WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"attempts_max\":0}}]"),
        WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"delay_max_ms\":-1}}]"),
        WITH_TASKS("[{\"name\":\"a\",\"retry\":{\"base\":1e999}}]"),
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        assert_int_equal(workflow_read(NULL, text_of(cases[i]), &workflow, NULL),
                         CLOACINA_OUT_OF_RANGE);
    }
    refused(WITH_TASKS("[{\"name\":\"a\",\"timeout_ms\":9223372036855}]"), CLOACINA_INVALID,
            "workflow definition: task 'a': timeout_ms is 9223372036855, wanted 1 to "
            "9223372036854, or 0 for none");
}

static void a_name_with_a_nul_is_refused(void **state)
{
    (void)state;
    refused(WITH_TASKS("[{\"name\":\"a\\u0000b\"}]"), CLOACINA_INVALID,
            "workflow definition: task name holds a control character");
}

/* A pattern list one longer than an author's may be. */
static void too_many_patterns_are_refused(void **state)
{
    (void)state;
    struct text_builder json;
    text_builder_init(&json, NULL);
    text_builder_append_terminated(
        &json, "{\"format\":1,\"name\":\"w\",\"tasks\":[{\"name\":\"a\",\"retry\":{\"patterns\":[");
    for (int i = 0; i <= RETRY_PATTERNS_MAX; i++) {
        text_builder_append_terminated(&json, i == 0 ? "\"p\"" : ",\"p\"");
    }
    text_builder_append_terminated(&json, "]}}]}");
    refused(text_builder_terminated(&json), CLOACINA_INVALID,
            "workflow definition: line 1, column 322: wanted at most 64 patterns, each a string");
    text_builder_finish(&json);
}

/* Cut anywhere it is an error; one byte changed anywhere, it is an error or another definition that
 * is read as exactly what it says. */
static void no_damage_goes_unnoticed(void **state)
{
    (void)state;
    char damaged[sizeof(shop_json)];
    struct workflow *workflow;
    for (size_t at = 0; at + 1 < sizeof(shop_json); at++) {
        assert_int_not_equal(
            workflow_read(NULL, (struct text){.bytes = shop_json, .length = at}, &workflow, NULL),
            CLOACINA_OK);
        memcpy(damaged, shop_json, sizeof(shop_json));
        damaged[at] ^= 1;
        if (workflow_read(NULL, text_of(damaged), &workflow, NULL) == CLOACINA_OK) {
            assert_string_equal(workflow->json.bytes, damaged);
            workflow_unref(workflow);
        }
    }
}

static void no_memory_anywhere_is_an_error(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct workflow *workflow = NULL;
        struct cloacina_error err = {0};
        failing_heap_init(&heap, n);
        enum cloacina_code code = workflow_read(&heap.heap, text_of(shop_json), &workflow, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        workflow_unref(workflow);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_definition_is_written_with_sorted_keys_and_without_defaults),
        cmocka_unit_test(what_is_read_is_what_was_written),
        cmocka_unit_test(names_of_any_characters_survive),
        cmocka_unit_test(damaged_definitions_are_refused_with_the_place),
        cmocka_unit_test(other_spellings_are_refused),
        cmocka_unit_test(numbers_out_of_their_range_are_refused),
        cmocka_unit_test(a_name_with_a_nul_is_refused),
        cmocka_unit_test(too_many_patterns_are_refused),
        cmocka_unit_test(no_damage_goes_unnoticed),
        cmocka_unit_test(no_memory_anywhere_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
