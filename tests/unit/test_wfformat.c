/* SPDX-License-Identifier: Apache-2.0 */
/* test_wfformat.c - reading recorded runs: what is taken from the file, and every way to be
 * wrong. */
#include "support.h"

#include <stdio.h>

#include "workload/wfformat.h"

/* A file around the two lists of tasks. */
#define FILE_OF(specified, executed)                                                               \
    "{\"name\":\"w\",\"schemaVersion\":\"1.5\",\"workflow\":{\n"                                   \
    "\"specification\":{\"tasks\":[" specified "]},\n"                                             \
    "\"execution\":{\"tasks\":[" executed "]}}}"
#define TASK(id, edges) "{\"id\":\"" id "\"" edges "}"
#define RUN(id, runtime) "{\"id\":\"" id "\",\"runtimeInSeconds\":" runtime "}"

static enum cloacina_code read_text(struct text json, struct workload *workload,
                                    struct cloacina_error *err)
{
    workload_init(workload, NULL);
    return wfformat_read(json, "w.json", workload, err);
}

static void read_fine(const char *json, struct workload *workload)
{
    struct cloacina_error err = {0};
    if (read_text(text_of(json), workload, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static void assert_text_refused(struct text json, enum cloacina_code code, const char *message)
{
    struct workload workload;
    struct cloacina_error err = {0};
    assert_int_equal(read_text(json, &workload, &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(workload.task_count, 0);
    workload_finish(&workload);
}

static void assert_refused(const char *json, const char *message)
{
    assert_text_refused(text_of(json), CLOACINA_INVALID, message);
}

/* The dependencies of one task, in the order in which they are first written. */
static void assert_dependencies(const struct workload *workload, uint32_t number,
                                const char *expected)
{
    char found[64] = "";
    const struct workload_task *task = &workload->tasks[number];
    for (uint32_t i = 0; i < task->dependency_count; i++) {
        uint32_t dependency = workload->dependencies[task->dependency_first + i];
        strncat(found, workload->tasks[dependency].name.bytes, sizeof(found) - strlen(found) - 1);
    }
    assert_string_equal(found, expected);
}

/* The fixture is what a real file looks like, with parts that nobody needs. */
static void a_file_becomes_tasks_with_costs_and_dependencies(void **state)
{
    (void)state;
    static char json[4096];
    struct workload workload;
    FILE *stream = fopen(SOURCE_ROOT "/fixtures/wfformat/diamond.json", "r");
    assert_non_null(stream);
    size_t length = fread(json, 1, sizeof(json) - 1, stream);
    fclose(stream);
    json[length] = '\0';
    read_fine(json, &workload);
    assert_string_equal(workload.name.bytes, "diamond");
    assert_int_equal(workload.task_count, 4);
    assert_string_equal(workload.tasks[3].name.bytes, "d");
    assert_int_equal(workload.tasks[0].cost_ns, 1500000000);
    assert_int_equal(workload.tasks[1].cost_ns, 2000000001);
    assert_int_equal(workload.tasks[2].cost_ns, 250000000);
    assert_int_equal(workload.tasks[3].cost_ns, 3000000);
    assert_int_equal(workload.tasks[0].line, 8);
    assert_int_equal(workload.tasks[3].line, 11);
    assert_dependencies(&workload, 0, "");
    assert_dependencies(&workload, 1, "a");
    assert_dependencies(&workload, 2, "a");
    assert_dependencies(&workload, 3, "bc");
    assert_int_equal(workload_cost_ns(&workload), 3753000001);
    workload_finish(&workload);
}

/* Recorders differ in where they write an edge; what any of them says counts, once. */
static void parents_and_children_both_make_edges(void **state)
{
    (void)state;
    struct workload workload;
    read_fine(FILE_OF(TASK("a", ",\"children\":[\"c\",\"c\"]") "," TASK("b", "") "," TASK(
                          "c", ",\"parents\":[\"b\",\"a\",\"b\"]"),
                      RUN("a", "1") "," RUN("b", "1") "," RUN("c", "1")),
              &workload);
    assert_dependencies(&workload, 2, "ab");
    assert_dependencies(&workload, 0, "");
    workload_finish(&workload);
}

/* JSON objects have no order. */
static void the_order_of_keys_does_not_matter(void **state)
{
    (void)state;
    struct workload workload;
    read_fine("{\"workflow\":{\"execution\":{\"tasks\":[{\"runtimeInSeconds\":2,\"id\":\"x\"}]},"
              "\"specification\":{\"tasks\":[{\"parents\":[],\"children\":[],\"id\":\"x\"}]}},"
              "\"schemaVersion\":\"1.4\",\"name\":\"late\"}",
              &workload);
    assert_string_equal(workload.name.bytes, "late");
    assert_int_equal(workload.tasks[0].cost_ns, 2000000000);
    workload_finish(&workload);
}

/* Ids are texts: their escapes are undone before they are compared. */
static void escaped_and_plain_ids_are_the_same(void **state)
{
    (void)state;
    struct workload workload;
    read_fine(FILE_OF(TASK("\\u0061\\\"", "") "," TASK("b", ",\"parents\":[\"a\\\"\"]"),
                      RUN("a\\u0022", "1") "," RUN("\\u0062", "1")),
              &workload);
    assert_string_equal(workload.tasks[0].name.bytes, "a\"");
    assert_dependencies(&workload, 1, "a\"");
    workload_finish(&workload);
}

/* Rounded once, from the digits: a double would lose the last ones. */
static void runtimes_are_rounded_once_to_nanoseconds(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        int64_t nanoseconds;
    } expected[] = {
        {"0", 0},
        {"-0.0", 0},
        {"100.376", 100376000000},
        {"9007199.254740993", 9007199254740993},
        {"0.0000000005", 0},
        {"0.0000000015", 2},
        {"0.00000000050000000000000000000000001", 1},
        {"1E2", 100000000000},
        {"31536000", 31536000000000000},
    };
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        char json[256];
        struct workload workload;
        snprintf(json, sizeof(json), FILE_OF(TASK("a", ""), RUN("a", "%s")), expected[i].digits);
        read_fine(json, &workload);
        assert_int_equal(workload.tasks[0].cost_ns, expected[i].nanoseconds);
        workload_finish(&workload);
    }
}

static void a_runtime_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *runtime;
        const char *message;
    } wrong[] = {
        {"-1", "w.json:3:52: runtimeInSeconds -1 is negative"},
        {"-1e300", "w.json:3:52: runtimeInSeconds -1e300 is negative"},
        {"31536000.0000001",
         "w.json:3:52: runtimeInSeconds 31536000.0000001 is more than 365 days"},
        {"1e300", "w.json:3:52: runtimeInSeconds 1e300 is more than 365 days"},
        {"\"1\"", "w.json:3:52: runtimeInSeconds: wanted a number, found a string"},
        {"null", "w.json:3:52: runtimeInSeconds: wanted a number, found null"},
        {"[1]", "w.json:3:52: runtimeInSeconds: wanted a number, found an array"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        char json[256];
        snprintf(json, sizeof(json), FILE_OF(TASK("a", ""), RUN("a", "%s")), wrong[i].runtime);
        assert_refused(json, wrong[i].message);
    }
}

/* Each reference has an end, each id one owner. */
static void references_that_lead_nowhere_are_refused_with_their_place(void **state)
{
    (void)state;
    assert_refused(FILE_OF(TASK("a", ",\"parents\":[\"x\"]"), RUN("a", "1")),
                   "w.json:2:48: task 'a': parent 'x' does not exist");
    assert_refused(FILE_OF(TASK("a", ",\"children\":[\"x\"]"), RUN("a", "1")),
                   "w.json:2:49: task 'a': child 'x' does not exist");
    assert_refused(FILE_OF(TASK("a", "") ",\n" TASK("a", ""), RUN("a", "1")),
                   "w.json:3:1: there is another task 'a'");
    assert_refused(FILE_OF(TASK("a", ""), RUN("a", "1") "," RUN("b", "1")),
                   "w.json:3:55: task 'b' has a runtime but is not in "
                   "workflow.specification.tasks");
    assert_refused(FILE_OF(TASK("a", ""), RUN("a", "1") "," RUN("a", "1")),
                   "w.json:3:55: task 'a' has two runtimes");
    assert_refused(FILE_OF(TASK("a", "") "," TASK("b", ""), RUN("a", "1")),
                   "w.json:2:38: task 'b' has no runtime: it is not in workflow.execution.tasks");
    assert_refused(FILE_OF(TASK("a\\u0000", ""), RUN("a\\u0000", "1")),
                   "w.json:2:27: a name must not hold the character 0");
}

/* The parts that must be there, and what they must be. */
static void a_missing_or_doubled_part_is_named(void **state)
{
    (void)state;
    assert_refused("[]", "w.json:1:1: the file: wanted an object, found an array");
    assert_refused("{}", "w.json:1:1: the file has no 'schemaVersion'");
    assert_refused("{\"schemaVersion\":1.5}",
                   "w.json:1:18: schemaVersion: wanted a string, found a number");
    assert_refused("{\"schemaVersion\":\"1.3\"}",
                   "w.json:1:18: schemaVersion '1.3' is not known, only 1.5 and 1.4");
    assert_refused("{\"schemaVersion\":\"1.5\",\"name\":\"x\"}",
                   "w.json:1:1: the file has no 'workflow'");
    assert_refused("{\"schemaVersion\":\"1.5\",\"name\":7}",
                   "w.json:1:31: name: wanted a string, found a number");
    assert_refused("{\"name\":\"x\",\n\"name\":\"y\"}", "w.json:2:1: the file has 'name' twice");
    assert_refused("{\"workflow\":[]}", "w.json:1:13: workflow: wanted an object, found an array");
    assert_refused("{\"workflow\":{}}", "w.json:1:13: workflow has no 'specification'");
    assert_refused("{\"workflow\":{\"specification\":{}}}",
                   "w.json:1:30: workflow.specification has no 'tasks'");
    assert_refused("{\"workflow\":{\"specification\":{\"tasks\":{}}}}",
                   "w.json:1:39: workflow.specification.tasks: wanted an array, found an object");
    assert_refused("{\"workflow\":{\"execution\":{\"tasks\":[3]}}}",
                   "w.json:1:36: a task of workflow.execution: wanted an object, found a number");
    assert_refused(FILE_OF("{}", ""), "w.json:2:27: a task of workflow.specification has no 'id'");
    assert_refused(FILE_OF("{\"id\":\"a\",\"id\":\"a\"}", ""),
                   "w.json:2:37: a task of workflow.specification has 'id' twice");
    assert_refused(FILE_OF("{\"id\":\"a\",\"parents\":\"b\"}", ""),
                   "w.json:2:47: parents: wanted an array, found a string");
    assert_refused(FILE_OF("{\"id\":\"a\",\"children\":[1]}", ""),
                   "w.json:2:49: children: wanted a string, found a number");
    assert_refused(FILE_OF("", "{\"id\":\"a\"}"),
                   "w.json:3:23: a task of workflow.execution has no 'runtimeInSeconds'");
}

/* All tasks one after the other must stay far from the end of 64-bit time. */
static void runtimes_together_are_at_most_100_years(void **state)
{
    (void)state;
    for (unsigned count = 100; count <= 101; count++) {
        struct text_builder tasks;
        struct text_builder runs;
        struct text_builder json;
        text_builder_init(&tasks, NULL);
        text_builder_init(&runs, NULL);
        text_builder_init(&json, NULL);
        for (unsigned i = 0; i < count; i++) {
            text_builder_print(&tasks, "%s" TASK("t%u", ""), i == 0 ? "" : ",", i);
            text_builder_print(&runs, "%s\n" RUN("t%u", "31536000"), i == 0 ? "" : ",", i);
        }
        text_builder_print(&json, FILE_OF("%s", "%s"), text_builder_terminated(&tasks),
                           text_builder_terminated(&runs));
        if (count == 100) {
            struct workload workload;
            read_fine(text_builder_terminated(&json), &workload);
            workload_finish(&workload);
        } else {
            assert_refused(text_builder_terminated(&json),
                           "w.json:104:1: all runtimes together are more than 100 years");
        }
        text_builder_finish(&json);
        text_builder_finish(&runs);
        text_builder_finish(&tasks);
    }
}

static const char small[] = FILE_OF(TASK("a", ",\"children\":[\"b\"],\"x\":{\"y\":[1]}") "," TASK(
                                        "\\u0062", ",\"parents\":[\"a\"]"),
                                    RUN("a", "1.5") "," RUN("b", "2"));

/* The sanitizers watch: a cut file is refused, wherever it is cut. */
static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    for (size_t length = 0; length < sizeof(small) - 1; length++) {
        struct workload workload;
        struct cloacina_error err = {0};
        char *cut = malloc(length == 0 ? 1 : length);
        assert_non_null(cut);
        memcpy(cut, small, length);
        struct text json = {.bytes = cut, .length = length};
        assert_int_equal(read_text(json, &workload, &err), CLOACINA_INVALID);
        assert_memory_equal(err.message, "w.json:", 7);
        free(cut);
    }
}

/* Not even worth reading: nothing, no text, no end to the nesting, too much. */
static void what_is_no_json_is_refused(void **state)
{
    (void)state;
    struct workload workload;
    struct cloacina_error err = {0};
    char deep[1000];
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"x\":", 5);
    struct text json = {.bytes = deep, .length = sizeof(deep)};
    assert_int_equal(read_text(json, &workload, &err), CLOACINA_LIMIT);
    json = TEXT_LITERAL("\x7f"
                        "ELF\x02\x01\x01\x00\x00");
    assert_int_equal(read_text(json, &workload, &err), CLOACINA_INVALID);
    json = TEXT_LITERAL("{\"runtimeInSeconds\": NaN}");
    assert_int_equal(read_text(json, &workload, &err), CLOACINA_INVALID);
    json = TEXT_LITERAL("");
    assert_int_equal(read_text(json, &workload, &err), CLOACINA_INVALID);
    json = (struct text){.bytes = deep, .length = (size_t)WFFORMAT_BYTES_MAX + 1};
    assert_text_refused(json, CLOACINA_LIMIT, "'w.json' is over the limit of 1073741824 bytes");
}

static void without_memory_nothing_stays_behind(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct workload workload;
        failing_heap_init(&heap, n);
        workload_init(&workload, &heap.heap);
        enum cloacina_code code = wfformat_read(text_of(small), "w.json", &workload, NULL);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (code != CLOACINA_OK) {
            assert_int_equal(heap.outstanding, 0);
        }
        workload_finish(&workload);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_becomes_tasks_with_costs_and_dependencies),
        cmocka_unit_test(parents_and_children_both_make_edges),
        cmocka_unit_test(the_order_of_keys_does_not_matter),
        cmocka_unit_test(escaped_and_plain_ids_are_the_same),
        cmocka_unit_test(runtimes_are_rounded_once_to_nanoseconds),
        cmocka_unit_test(a_runtime_that_cannot_be_is_refused),
        cmocka_unit_test(references_that_lead_nowhere_are_refused_with_their_place),
        cmocka_unit_test(a_missing_or_doubled_part_is_named),
        cmocka_unit_test(runtimes_together_are_at_most_100_years),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(without_memory_nothing_stays_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
