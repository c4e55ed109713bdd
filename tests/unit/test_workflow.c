/* SPDX-License-Identifier: Apache-2.0 */
/* test_workflow.c - building: order, identity, questions, parts. Refusals are in
 * test_workflow_errors.c. */
#include "support.h"

#include <stdio.h>

#include "workflow/bodies.h"

/* ---- help ---- */

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

static struct cloacina_workflow_builder *builder_of(const char *name)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_error err = {0};
    if (cloacina_workflow_builder_create(&(struct cloacina_workflow_options){.name = name},
                                         &builder, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return builder;
}

static void add(struct cloacina_workflow_builder *builder, const char *name,
                const char *const *dependencies)
{
    struct cloacina_error err = {0};
    if (cloacina_workflow_builder_add_task(
            builder, &(struct cloacina_task_options){.name = name, .dependencies = dependencies},
            &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static struct cloacina_workflow *built(struct cloacina_workflow_builder *builder)
{
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    if (cloacina_workflow_builder_build(builder, &workflow, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

static struct cloacina_workflow *declared(const struct cloacina_workflow_definition *definition)
{
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    if (cloacina_workflow_build_definition(definition, NULL, &workflow, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return workflow;
}

/* "a b c": names in definition order. */
static void ordered(const struct cloacina_workflow *workflow, const char *names)
{
    char found[256] = "";
    size_t length = 0;
    for (uint32_t i = 0; i < cloacina_workflow_task_count(workflow); i++) {
        length += (size_t)snprintf(found + length, sizeof(found) - length, "%s%s",
                                   i == 0 ? "" : " ", cloacina_workflow_task_name(workflow, i));
    }
    assert_string_equal(found, names);
}

/* The diamond of all the examples: extract -> (clean, enrich) -> load, and an audit on its own. */
static struct cloacina_workflow *diamond(void)
{
    struct cloacina_workflow_builder *builder = builder_of("nightly");
    add(builder, "load", CLOACINA_TEXTS("enrich", "clean", "enrich"));
    add(builder, "enrich", CLOACINA_TEXTS("extract"));
    add(builder, "clean", CLOACINA_TEXTS("extract"));
    add(builder, "extract", NULL);
    add(builder, "audit", NULL);
    return built(builder);
}

/* ---- order and identity ---- */

/* Kahn's algorithm, smallest name first: stored with executions, so it must never change. */
static void definition_order_is_kahns_with_the_smallest_name_first(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    ordered(workflow, "audit extract clean enrich load");
    cloacina_workflow_unref(workflow);
}

/* Bytes, not letters: upper case before lower case, a prefix before what it begins. */
static void names_are_compared_by_bytes(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("w");
    static const char *const names[] = {
        "task_12345678b", "\xc3\xa9", "b", "task_12345678a", "a b", "B", "task", "task_1"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        add(builder, names[i], NULL);
    }
    struct cloacina_workflow *workflow = built(builder);
    ordered(workflow, "B a b b task task_1 task_12345678a task_12345678b \xc3\xa9");
    cloacina_workflow_unref(workflow);
}

/* What is equal is one row in the store, whoever built it. */
static void hash_and_json_do_not_depend_on_the_order_of_adding(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    struct cloacina_workflow_builder *builder = builder_of("nightly");
    add(builder, "audit", NULL);
    add(builder, "extract", NULL);
    add(builder, "clean", CLOACINA_TEXTS("extract"));
    add(builder, "enrich", CLOACINA_TEXTS("extract"));
    add(builder, "load", CLOACINA_TEXTS("enrich", "clean"));
    struct cloacina_workflow *other = built(builder);
    assert_string_equal(cloacina_workflow_json(workflow), cloacina_workflow_json(other));
    assert_string_equal(cloacina_workflow_hash(workflow), cloacina_workflow_hash(other));
    assert_int_equal(strlen(cloacina_workflow_hash(workflow)), 32);
    cloacina_workflow_unref(workflow);
    cloacina_workflow_unref(other);
}

/* Bodies, revisions and descriptions change without a new definition. */
static void code_is_no_part_of_the_hash(void **state)
{
    (void)state;
    struct cloacina_workflow *hashes[2];
    for (int i = 0; i < 2; i++) {
        struct cloacina_workflow_builder *builder = NULL;
        struct cloacina_error err = {0};
        assert_int_equal(cloacina_workflow_builder_create(
                             &(struct cloacina_workflow_options){
                                 .name = "w", .description = i == 0 ? NULL : "about"},
                             &builder, &err),
                         CLOACINA_OK);
        assert_int_equal(cloacina_workflow_builder_add_task(
                             builder,
                             &(struct cloacina_task_options){.name = "a",
                                                             .body = i == 0 ? NULL : nothing,
                                                             .revision = i == 0 ? NULL : "7",
                                                             .description = i == 0 ? NULL : "does"},
                             &err),
                         CLOACINA_OK);
        hashes[i] = built(builder);
    }
    assert_string_equal(cloacina_workflow_hash(hashes[0]), cloacina_workflow_hash(hashes[1]));
    assert_null(cloacina_workflow_description(hashes[0]));
    assert_string_equal(cloacina_workflow_description(hashes[1]), "about");
    assert_string_equal(hashes[1]->bodies[0].revision, "7");
    assert_string_equal(hashes[1]->bodies[0].description, "does");
    assert_ptr_equal(hashes[1]->bodies[0].run, nothing);
    cloacina_workflow_unref(hashes[0]);
    cloacina_workflow_unref(hashes[1]);
}

static void tenant_and_package_have_defaults(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    assert_string_equal(cloacina_workflow_tenant(workflow), "public");
    assert_string_equal(cloacina_workflow_package(workflow), "embedded");
    assert_string_equal(cloacina_workflow_name(workflow), "nightly");
    cloacina_workflow_unref(workflow);
}

/* ---- questions ---- */

#define ASSERT_NUMBERS(call, ...)                                                                  \
    do {                                                                                           \
        uint32_t numbers[8] = {0};                                                                 \
        const uint32_t wanted[] = {__VA_ARGS__};                                                   \
        assert_int_equal(call, ARRAY_COUNT(wanted));                                               \
        assert_memory_equal(numbers, wanted, sizeof(wanted));                                      \
    } while (0)

/* 0 audit, 1 extract, 2 clean, 3 enrich, 4 load. */
static void the_graph_answers_by_number(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    ASSERT_NUMBERS(cloacina_workflow_roots(workflow, numbers, 8), 0, 1);
    ASSERT_NUMBERS(cloacina_workflow_leaves(workflow, numbers, 8), 0, 4);
    ASSERT_NUMBERS(cloacina_workflow_dependencies(workflow, 4, numbers, 8), 3, 2);
    ASSERT_NUMBERS(cloacina_workflow_dependents(workflow, 1, numbers, 8), 2, 3);
    ASSERT_NUMBERS(cloacina_workflow_level(workflow, 1, numbers, 8), 2, 3);
    ASSERT_NUMBERS(cloacina_workflow_level(workflow, 2, numbers, 8), 4);
    assert_int_equal(cloacina_workflow_level_count(workflow), 3);
    assert_int_equal(cloacina_workflow_roots(workflow, NULL, 0), 2);
    assert_int_equal(cloacina_workflow_level(workflow, 3, NULL, 0), 0);
    assert_int_equal(cloacina_workflow_dependencies(workflow, 5, NULL, 0), 0);
    assert_int_equal(cloacina_workflow_dependents(workflow, 5, NULL, 0), 0);
    assert_null(cloacina_workflow_task_name(workflow, 5));
    cloacina_workflow_unref(workflow);
}

static void a_task_is_found_by_name_or_another_is_suggested(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    struct cloacina_error err = {0};
    uint32_t task = 99;
    assert_int_equal(cloacina_workflow_find_task(workflow, "enrich", &task, &err), CLOACINA_OK);
    assert_int_equal(task, 3);
    assert_int_equal(cloacina_workflow_find_task(workflow, "enritch", &task, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message,
                        "workflow 'nightly' has no task 'enritch'; did you mean 'enrich'?");
    assert_int_equal(cloacina_workflow_find_task(workflow, "zebra", &task, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "workflow 'nightly' has no task 'zebra'");
    cloacina_workflow_unref(workflow);
}

/* Of equally near names the smaller one is suggested, whatever the order they stand in. */
static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("w");
    add(builder, "step_3x", NULL);
    add(builder, "step_2", NULL);
    add(builder, "step_1", NULL);
    struct cloacina_workflow *workflow = built(builder);
    struct cloacina_error err = {0};
    uint32_t task;
    assert_int_equal(cloacina_workflow_find_task(workflow, "step_4", &task, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "workflow 'w' has no task 'step_4'; did you mean 'step_1'?");
    cloacina_workflow_unref(workflow);
}

static int parallel(struct cloacina_workflow *workflow, const char *a, const char *b)
{
    int yes = -1;
    struct cloacina_error err = {0};
    if (cloacina_workflow_can_run_parallel(workflow, a, b, &yes, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return yes;
}

static void tasks_can_run_parallel_when_no_path_joins_them(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = diamond();
    assert_int_equal(parallel(workflow, "clean", "enrich"), 1);
    assert_int_equal(parallel(workflow, "audit", "load"), 1);
    assert_int_equal(parallel(workflow, "load", "extract"), 0);
    assert_int_equal(parallel(workflow, "extract", "clean"), 0);
    assert_int_equal(parallel(workflow, "clean", "clean"), 0);
    struct cloacina_error err = {0};
    int yes;
    assert_int_equal(cloacina_workflow_can_run_parallel(workflow, "x", "load", &yes, &err),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(cloacina_workflow_can_run_parallel(workflow, "load", "x", &yes, &err),
                     CLOACINA_NOT_FOUND);
    cloacina_workflow_unref(workflow);
}

/* ---- subgraph ---- */

CLOACINA_TASK(first, .body = nothing, .revision = "r1");
CLOACINA_TASK(second, .body = nothing, .dependencies = CLOACINA_TASKS(&first), .timeout_ms = 5,
              .retry = {.attempts_max = 9,
                        .retry_when = CLOACINA_RETRY_PATTERNS,
                        .patterns = CLOACINA_TEXTS("x")},
              .rule = CLOACINA_ANY_OF(CLOACINA_TASK_FAILED("public::embedded::ladder::first"),
                                      CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, "[1]")));
CLOACINA_TASK(third, .body = nothing, .dependencies = CLOACINA_TASKS(&second));
CLOACINA_TASK(other, .body = nothing);
CLOACINA_WORKFLOW(ladder, .tasks = CLOACINA_TASKS(&first, &second, &third, &other));

static void a_subgraph_takes_all_that_it_depends_on_and_outlives_the_whole(void **state)
{
    (void)state;
    struct cloacina_workflow *whole = declared(&ladder);
    struct cloacina_workflow *part = NULL;
    struct cloacina_error err = {0};
    if (cloacina_workflow_subgraph(whole, CLOACINA_TEXTS("second", "first"), &part, &err) !=
        CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    cloacina_workflow_unref(whole);
    ordered(part, "first second");
    assert_string_equal(cloacina_workflow_name(part), "ladder-subgraph");
    assert_string_equal(part->bodies[0].revision, "r1");
    assert_ptr_equal(part->bodies[1].run, nothing);
    assert_string_equal(
        cloacina_workflow_json(part),
        "{\"format\":1,\"name\":\"ladder-subgraph\",\"package\":\"embedded\",\"tasks\":[{\"name\":"
        "\"first\"},{\"dependencies\":[\"first\"],\"name\":\"second\",\"retry\":{\"attempts_max\":"
        "9,"
        "\"patterns\":[\"x\"],\"when\":\"patterns\"},\"rule\":{\"parts\":[{\"rule\":\"task_"
        "failed\","
        "\"task\":\"first\"},{\"key\":\"k\",\"operator\":\"equals\",\"rule\":\"context_value\","
        "\"value\":[1]}],\"rule\":\"any_of\"},\"timeout_ms\":5}],\"tenant\":\"public\"}");
    cloacina_workflow_unref(part);
}

static void a_wrong_subgraph_is_refused(void **state)
{
    (void)state;
    struct cloacina_workflow *whole = declared(&ladder);
    struct cloacina_workflow *part = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(cloacina_workflow_subgraph(whole, CLOACINA_TEXTS("secnd"), &part, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message,
                        "workflow 'ladder' has no task 'secnd'; did you mean 'second'?");
    const char *const none[] = {NULL};
    assert_int_equal(cloacina_workflow_subgraph(whole, none, &part, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "workflow 'ladder-subgraph': has no tasks");
    cloacina_workflow_unref(whole);
    char name[CLOACINA_NAME_LENGTH_MAX + 1];
    memset(name, 'n', sizeof(name));
    name[CLOACINA_NAME_LENGTH_MAX] = '\0';
    struct cloacina_workflow_builder *builder = builder_of(name);
    add(builder, "a", NULL);
    whole = built(builder);
    assert_int_equal(cloacina_workflow_subgraph(whole, CLOACINA_TEXTS("a"), &part, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, "workflow name is 264 bytes long, wanted 1 to 255");
    cloacina_workflow_unref(whole);
}

static void a_builder_that_failed_or_was_built_takes_no_more(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("w");
    struct cloacina_workflow *workflow;
    struct cloacina_error err = {0};
    const struct cloacina_task_options options = {.name = "a"};
    const char *message = "workflow builder: it was built, or an earlier call failed";
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_INVALID);
    assert_int_equal(cloacina_workflow_builder_add_task(builder, &options, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, message);
    cloacina_workflow_builder_destroy(builder);
    builder = builder_of("w");
    assert_int_equal(cloacina_workflow_builder_add_task(builder, &options, &err), CLOACINA_OK);
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_OK);
    cloacina_workflow_unref(workflow);
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, message);
    cloacina_workflow_builder_destroy(builder);
    cloacina_workflow_builder_destroy(NULL);
    cloacina_workflow_unref(NULL);
}

/* ---- life ---- */

static void references_keep_a_workflow(void **state)
{
    (void)state;
    struct cloacina_workflow *object = diamond();
    struct workflow *definition = workflow_ref(object->definition);
    assert_ptr_equal(cloacina_workflow_ref(object), object);
    cloacina_workflow_unref(object);
    cloacina_workflow_unref(object);
    assert_int_equal(definition->task_count, 5);
    workflow_unref(definition);
    workflow_unref(NULL);
    assert_null(workflow_ref(NULL));
}

/* ---- no memory ---- */

/* One run of everything that allocates; the first refusal ends it. */
static enum cloacina_code everything(struct cloacina_heap *heap, struct cloacina_error *err)
{
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_workflow *part = NULL;
    int yes;
    enum cloacina_code code = cloacina_workflow_builder_create(
        &(struct cloacina_workflow_options){.name = "w", .description = "about", .heap = heap},
        &builder, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    for (int i = 0; i < 300 && code == CLOACINA_OK; i++) {
        char name[64];
        char before[64];
        (void)snprintf(name, sizeof(name), "a rather long name of a task: %d", i);
        (void)snprintf(before, sizeof(before), "a rather long name of a task: %d", i - 1);
        struct cloacina_task_options options = {
            .name = name,
            .revision = "r",
            .description = "d",
            .dependencies = i > 0 ? CLOACINA_TEXTS(before) : NULL,
            .retry = {.attempts_max = i + 1},
            .rule = i > 1 ? CLOACINA_TASK_FAILED("a rather long name of a task: 0") : NULL};
        code = cloacina_workflow_builder_add_task(builder, &options, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_builder_build(builder, &workflow, err);
    }
    cloacina_workflow_builder_destroy(builder);
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_can_run_parallel(workflow, "a rather long name of a task: 0",
                                                  "a rather long name of a task: 299", &yes, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_subgraph(
            workflow, CLOACINA_TEXTS("a rather long name of a task: 150"), &part, err);
    }
    cloacina_workflow_unref(part);
    cloacina_workflow_unref(workflow);
    return code;
}

static void no_memory_anywhere_is_an_error(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_error err = {0};
        failing_heap_init(&heap, n);
        enum cloacina_code code = everything(&heap.heap, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* A cycle's message needs memory too. */
static void no_memory_for_a_cycle_is_an_error(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_error err = {0};
        struct cloacina_workflow *workflow;
        const struct cloacina_task_definition *selves[2] = {NULL};
        const struct cloacina_task_definition self = {
            .name = "self", .body = nothing, .dependencies = selves};
        selves[0] = &self;
        const struct cloacina_workflow_definition definition = {.name = "w", .tasks = selves};
        failing_heap_init(&heap, n);
        enum cloacina_code code =
            cloacina_workflow_build_definition(&definition, &heap.heap, &workflow, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_INVALID);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definition_order_is_kahns_with_the_smallest_name_first),
        cmocka_unit_test(names_are_compared_by_bytes),
        cmocka_unit_test(hash_and_json_do_not_depend_on_the_order_of_adding),
        cmocka_unit_test(code_is_no_part_of_the_hash),
        cmocka_unit_test(tenant_and_package_have_defaults),
        cmocka_unit_test(the_graph_answers_by_number),
        cmocka_unit_test(a_task_is_found_by_name_or_another_is_suggested),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(tasks_can_run_parallel_when_no_path_joins_them),
        cmocka_unit_test(a_subgraph_takes_all_that_it_depends_on_and_outlives_the_whole),
        cmocka_unit_test(a_wrong_subgraph_is_refused),
        cmocka_unit_test(a_builder_that_failed_or_was_built_takes_no_more),
        cmocka_unit_test(references_keep_a_workflow),
        cmocka_unit_test(no_memory_anywhere_is_an_error),
        cmocka_unit_test(no_memory_for_a_cycle_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
