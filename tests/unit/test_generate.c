/* SPDX-License-Identifier: Apache-2.0 */
/* test_generate.c - workloads from a formula: their shape, their sameness, and wrong formulas. */
#include "support.h"

#include <stdio.h>

#include "base/hash.h"
#include "workload/generate.h"

static void generate_fine(const char *formula, struct workload *workload)
{
    struct cloacina_error err = {0};
    workload_init(workload, NULL);
    if (generate(text_of(formula), workload, &err) != CLOACINA_OK) {
        fail_msg("%s: %s", formula, err.message);
    }
}

/* Each task depends on `edges` distinct tasks from `first` on, before `end`. */
static void assert_dependencies(const struct workload *workload, uint32_t number, uint32_t edges,
                                uint32_t first, uint32_t end)
{
    const struct workload_task *task = &workload->tasks[number];
    const uint32_t *dependencies = &workload->dependencies[task->dependency_first];
    assert_int_equal(task->dependency_count, edges);
    for (uint32_t i = 0; i < edges; i++) {
        assert_in_range(dependencies[i], first, end - 1);
        for (uint32_t k = 0; k < i; k++) {
            assert_int_not_equal(dependencies[i], dependencies[k]);
        }
    }
}

/* Names have one width, so that definition order is the order of numbers. */
static void a_chain_links_each_task_to_the_one_before(void **state)
{
    (void)state;
    struct workload workload;
    generate_fine("chain:12,cost=7", &workload);
    assert_string_equal(workload.name.bytes, "chain-12");
    assert_int_equal(workload.task_count, 12);
    assert_string_equal(workload.tasks[0].name.bytes, "t01");
    assert_string_equal(workload.tasks[11].name.bytes, "t12");
    assert_dependencies(&workload, 0, 0, 0, 1);
    for (uint32_t i = 1; i < 12; i++) {
        assert_dependencies(&workload, i, 1, i - 1, i);
        assert_int_equal(workload.tasks[i].cost_ns, 7000000);
    }
    assert_int_equal(workload_cost_ns(&workload), 84000000);
    workload_finish(&workload);
}

static void a_layer_depends_on_distinct_tasks_of_the_layer_before(void **state)
{
    (void)state;
    struct workload workload;
    generate_fine("layered:10x5,edges=10", &workload);
    assert_string_equal(workload.name.bytes, "layered-10x5");
    assert_int_equal(workload.task_count, 50);
    for (uint32_t i = 0; i < 50; i++) {
        uint32_t layer = i / 10;
        assert_dependencies(&workload, i, layer == 0 ? 0 : 10, layer == 0 ? 0 : layer * 10 - 10,
                            layer == 0 ? 1 : layer * 10);
    }
    workload_finish(&workload);
    generate_fine("layered:2x3", &workload); /* the default, 3 edges, does not fit */
    assert_dependencies(&workload, 2, 2, 0, 2);
    workload_finish(&workload);
    generate_fine("layered:10x2", &workload);
    assert_dependencies(&workload, 15, 3, 0, 10);
    workload_finish(&workload);
}

static void a_random_task_depends_on_distinct_tasks_before_it(void **state)
{
    (void)state;
    struct workload workload;
    generate_fine("random:100,edges=4", &workload);
    assert_string_equal(workload.name.bytes, "random-100");
    for (uint32_t i = 0; i < 100; i++) {
        assert_dependencies(&workload, i, i < 4 ? i : 4, 0, i == 0 ? 1 : i);
        assert_in_range(workload.tasks[i].cost_ns, 1000000, 1000000000);
    }
    workload_finish(&workload);
    generate_fine("random:5,edges=0", &workload);
    assert_int_equal(workload.dependency_count, 0);
    workload_finish(&workload);
}

static uint64_t fingerprint(const char *formula)
{
    struct workload workload;
    generate_fine(formula, &workload);
    uint64_t hash = 0;
    for (size_t i = 0; i < workload.dependency_count; i++) {
        hash = hash_mix(hash, workload.dependencies[i]);
    }
    for (uint32_t i = 0; i < workload.task_count; i++) {
        hash = hash_mix(hash, (uint64_t)workload.tasks[i].cost_ns);
    }
    workload_finish(&workload);
    return hash;
}

/* "The same command always does the same", on every machine; seeds are there to differ. */
static void the_same_formula_gives_the_same_tasks(void **state)
{
    (void)state;
    assert_true(fingerprint("random:1000,edges=3") == fingerprint("random:1000,seed=0"));
    assert_true(fingerprint("random:1000,edges=3") != fingerprint("random:1000,edges=3,seed=1"));
    assert_true(fingerprint("random:1000") == UINT64_C(0x8d6aa306f1e5e553));
}

static void assert_refused(const char *formula, enum cloacina_code code, const char *message)
{
    struct workload workload;
    struct cloacina_error err = {0};
    workload_init(&workload, NULL);
    assert_int_equal(generate(text_of(formula), &workload, &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(workload.task_count, 0);
}

/* The formula is typed by hand: the message says which part is wrong. */
static void a_wrong_formula_is_refused_with_its_wrong_part(void **state)
{
    (void)state;
    const char *shapes = "'' is none of chain:N, layered:WxD,edges=E, random:N,edges=E, mixed:N";
    assert_refused("", CLOACINA_INVALID, shapes);
    assert_refused("tree:3", CLOACINA_INVALID,
                   "'tree' is none of chain:N, layered:WxD,edges=E, random:N,edges=E, mixed:N");
    assert_refused("chain", CLOACINA_INVALID, "number of tasks: '' is no number");
    assert_refused("chain:0", CLOACINA_OUT_OF_RANGE,
                   "number of tasks: '0' is not from 1 to 4194304");
    assert_refused("chain:4194305", CLOACINA_OUT_OF_RANGE,
                   "number of tasks: '4194305' is not from 1 to 4194304");
    assert_refused("random:-3", CLOACINA_INVALID, "number of tasks: '-3' is no number");
    assert_refused("layered:10", CLOACINA_INVALID,
                   "number of tasks in a layer x layers (WxD): '' is no number");
    assert_refused("layered:1000000x5", CLOACINA_OUT_OF_RANGE,
                   "number of tasks in a layer x layers (WxD): '5' is not from 1 to 4");
    assert_refused("chain:3,edges=2", CLOACINA_INVALID, "'edges=2' is none of seed=S, cost=MS");
    assert_refused("random:3,color=2", CLOACINA_INVALID,
                   "'color=2' is none of edges=E, seed=S, cost=MS");
    assert_refused("random:3,", CLOACINA_INVALID, "'' is none of edges=E, seed=S, cost=MS");
    assert_refused("layered:3x3,edges=4", CLOACINA_OUT_OF_RANGE, "edges: '4' is not from 0 to 3");
    assert_refused("random:3,seed=1,seed=2", CLOACINA_INVALID, "'seed' is given twice");
    assert_refused("random:3,cost=x", CLOACINA_INVALID, "cost: 'x' is no number");
}

/* At the limits, and one over them. */
static void limits_hold_for_all_tasks_together(void **state)
{
    (void)state;
    struct workload workload;
    generate_fine("chain:100,cost=31536000000", &workload); /* 100 x 365 days */
    workload_finish(&workload);
    assert_refused("chain:1,cost=31536000001", CLOACINA_OUT_OF_RANGE,
                   "cost: '31536000001' is not from 0 to 31536000000");
    assert_refused("chain:101,cost=31536000000", CLOACINA_LIMIT,
                   "101 tasks of 31536000000 ms are over the limit of 100 years");
    assert_refused("layered:2048x2048,edges=2048", CLOACINA_LIMIT,
                   "8585740288 dependencies are over the limit of 67108864");
}

static void without_memory_nothing_stays_behind(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct workload workload;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        workload_init(&workload, &heap.heap);
        enum cloacina_code code = generate(TEXT_LITERAL("random:300"), &workload, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (code != CLOACINA_OK) {
            assert_string_equal(err.message, "no memory for 300 tasks");
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
        cmocka_unit_test(a_chain_links_each_task_to_the_one_before),
        cmocka_unit_test(a_layer_depends_on_distinct_tasks_of_the_layer_before),
        cmocka_unit_test(a_random_task_depends_on_distinct_tasks_before_it),
        cmocka_unit_test(the_same_formula_gives_the_same_tasks),
        cmocka_unit_test(a_wrong_formula_is_refused_with_its_wrong_part),
        cmocka_unit_test(limits_hold_for_all_tasks_together),
        cmocka_unit_test(without_memory_nothing_stays_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
