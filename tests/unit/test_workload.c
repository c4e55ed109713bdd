/* SPDX-License-Identifier: Apache-2.0 */
/* test_workload.c - tasks with costs become a workflow, with the costs in definition order. */
#include "support.h"

#include "workload/wfformat.h"

/* Both lists for tasks in this order: b waits for c, c for a; the runtimes are 1, 2, 3 s. */
static const char chain[] =
    "{\"name\":\"w\",\"schemaVersion\":\"1.5\",\"workflow\":{\"specification\":{\"tasks\":[\n"
    "{\"id\":\"b\",\"parents\":[\"c\"]},\n"
    "{\"id\":\"c\",\"parents\":[\"a\"]},\n"
    "{\"id\":\"a\"}]},\"execution\":{\"tasks\":["
    "{\"id\":\"b\",\"runtimeInSeconds\":1},{\"id\":\"c\",\"runtimeInSeconds\":2},"
    "{\"id\":\"a\",\"runtimeInSeconds\":3}]}}}";

static enum cloacina_code build(struct cloacina_heap *heap, const char *json,
                                struct cloacina_workflow **ret_workflow, int64_t *ret_costs_ns,
                                struct cloacina_error *err)
{
    struct workload workload;
    workload_init(&workload, heap);
    enum cloacina_code code = wfformat_read(text_of(json), "w.json", &workload, err);
    if (code == CLOACINA_OK) {
        code = workload_build(&workload, heap, ret_workflow, ret_costs_ns, err);
    }
    workload_finish(&workload);
    return code;
}

/* The world asks for the cost of task i in definition order, which is not that of the file. */
static void costs_follow_their_tasks_into_definition_order(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = NULL;
    int64_t costs_ns[3];
    struct cloacina_error err = {0};
    if (build(cloacina_heap_system(), chain, &workflow, costs_ns, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    assert_string_equal(cloacina_workflow_name(workflow), "w");
    assert_string_equal(cloacina_workflow_task_name(workflow, 0), "a");
    assert_string_equal(cloacina_workflow_task_name(workflow, 1), "c");
    assert_string_equal(cloacina_workflow_task_name(workflow, 2), "b");
    assert_true(costs_ns[0] == 3000000000);
    assert_true(costs_ns[1] == 2000000000);
    assert_true(costs_ns[2] == 1000000000);
    uint32_t dependency = 9;
    assert_int_equal(cloacina_workflow_dependencies(workflow, 2, &dependency, 1), 1);
    assert_int_equal(dependency, 1);
    cloacina_workflow_unref(workflow);
}

/* What only the engine can judge is told with the file and the line of the task. */
static void what_the_engine_refuses_is_told_with_its_line(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = NULL;
    int64_t costs_ns[3];
    struct cloacina_error err = {0};
    static const char cycle[] =
        "{\"name\":\"w\",\"schemaVersion\":\"1.5\",\"workflow\":{\"specification\":{\"tasks\":[\n"
        "{\"id\":\"a\",\"parents\":[\"b\"]},\n"
        "{\"id\":\"b\",\"parents\":[\"a\"]}]},\"execution\":{\"tasks\":["
        "{\"id\":\"a\",\"runtimeInSeconds\":1},{\"id\":\"b\",\"runtimeInSeconds\":1}]}}}";
    assert_int_equal(build(cloacina_heap_system(), cycle, &workflow, costs_ns, &err),
                     CLOACINA_INVALID);
    assert_memory_equal(err.message, "w.json:2: ", 10);
    assert_non_null(strstr(err.message, "a -> b -> a"));
    assert_null(workflow);
    static const char colons[] =
        "{\"name\":\"w\",\"schemaVersion\":\"1.5\",\"workflow\":{\"specification\":{\"tasks\":[\n\n"
        "{\"id\":\"a::b\"}]},\"execution\":{\"tasks\":["
        "{\"id\":\"a::b\",\"runtimeInSeconds\":1}]}}}";
    assert_int_equal(build(cloacina_heap_system(), colons, &workflow, costs_ns, &err),
                     CLOACINA_INVALID);
    assert_memory_equal(err.message, "w.json:3: ", 10);
    static const char empty[] =
        "{\"name\":\"w\",\"schemaVersion\":\"1.5\",\"workflow\":{\"specification\":{\"tasks\":[]},"
        "\"execution\":{\"tasks\":[]}}}";
    assert_int_equal(build(cloacina_heap_system(), empty, &workflow, costs_ns, &err),
                     CLOACINA_INVALID);
    assert_memory_equal(err.message, "w.json:1: ", 10);
    assert_null(workflow);
}

static void without_memory_nothing_stays_behind(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_workflow *workflow = NULL;
        int64_t costs_ns[3];
        failing_heap_init(&heap, n);
        enum cloacina_code code = build(&heap.heap, chain, &workflow, costs_ns, NULL);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        cloacina_workflow_unref(workflow);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_follow_their_tasks_into_definition_order),
        cmocka_unit_test(what_the_engine_refuses_is_told_with_its_line),
        cmocka_unit_test(without_memory_nothing_stays_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
