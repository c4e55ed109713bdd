/* SPDX-License-Identifier: Apache-2.0 */
/* test_registry.c - whose bodies does this process have? Libraries are tested in
 * tests/integration/authoring. */
#include "support.h"

#include "registry/registry.h"

/* ---- help ---- */

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code something(struct cloacina_task *task, struct cloacina_error *err)
{
    return nothing(task, err);
}

static int token;

CLOACINA_TASK(price, .body = nothing, .user = &token, .revision = "r1");
CLOACINA_TASK(charge, .body = nothing, .dependencies = CLOACINA_TASKS(&price));
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge), .description = "sells");
CLOACINA_WORKFLOW(nightly, .tasks = CLOACINA_TASKS(&price));

/* The same name as `shop` with another body or in another place. */
static const struct cloacina_task_definition other_price = {.name = "price", .body = something};
static const struct cloacina_task_definition refund = {.name = "refund", .body = something};
static const struct cloacina_workflow_definition other_body = {
    .name = "shop", .tasks = CLOACINA_TASKS(&other_price, &charge), .file = "o.c", .line = 1};
static const struct cloacina_workflow_definition other_shape = {
    .name = "shop", .tasks = CLOACINA_TASKS(&refund, &other_price)};
static const struct cloacina_workflow_definition other_tenant = {
    .name = "shop", .tenant = "acme", .package = "sales", .tasks = CLOACINA_TASKS(&refund)};

static void filled(struct registry *registry,
                   const struct cloacina_workflow_definition *const *definitions)
{
    struct cloacina_error err = {0};
    registry_init(registry, NULL);
    for (size_t i = 0; definitions[i] != NULL; i++) {
        if (registry_add(registry, definitions[i], &err) != CLOACINA_OK) {
            fail_msg("%s", err.message);
        }
    }
}

#define DEFINITIONS(...) ((const struct cloacina_workflow_definition *const[]){__VA_ARGS__, NULL})

static const char *name_at(const struct registry *registry, size_t index)
{
    return cloacina_workflow_name(registry->workflows[index]);
}

/* ---- adding ---- */

/* Link order and order of registration must not show anywhere. */
static void workflows_are_listed_by_full_name(void **state)
{
    (void)state;
    struct registry registry;
    filled(&registry, DEFINITIONS(&shop, &other_tenant, &nightly));
    assert_int_equal(registry.count, 3);
    assert_string_equal(cloacina_workflow_tenant(registry.workflows[0]), "acme");
    assert_string_equal(name_at(&registry, 1), "nightly");
    assert_string_equal(name_at(&registry, 2), "shop");
    registry_finish(&registry);
}

static void the_same_definition_may_be_added_again(void **state)
{
    (void)state;
    struct registry registry;
    filled(&registry, DEFINITIONS(&shop, &shop));
    assert_int_equal(registry.count, 1);
    registry_finish(&registry);
}

/* Two different workflows of one name: the first stays, and the message says where it came from. */
static void another_workflow_of_the_same_name_is_refused(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    filled(&registry, DEFINITIONS(&other_body));
    assert_int_equal(registry_add(&registry, &other_shape, &err), CLOACINA_EXISTS);
    assert_string_equal(err.message, "workflow 'shop' is already registered (o.c:1)");
    assert_int_equal(registry_add(&registry, &shop, &err), CLOACINA_EXISTS);
    assert_string_equal(err.message, "workflow 'shop' is already registered (o.c:1)");
    registry_finish(&registry);
    filled(&registry, DEFINITIONS(&other_shape));
    assert_int_equal(registry_add(&registry, &shop, &err), CLOACINA_EXISTS);
    assert_string_equal(err.message, "workflow 'shop' is already registered");
    registry_finish(&registry);
}

static void a_wrong_definition_is_refused_as_by_the_builder(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    registry_init(&registry, NULL);
    const struct cloacina_workflow_definition empty = {.name = "empty", .file = "e.c", .line = 4};
    assert_int_equal(registry_add(&registry, &empty, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "e.c:4: workflow 'empty': has no tasks");
    assert_int_equal(registry.count, 0);
    registry_finish(&registry);
}

/* What the macros above declared, without naming any of it. */
static void declared_workflows_are_added_as_one(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    size_t count = 0;
    registry_init(&registry, NULL);
    assert_int_equal(registry_add_declared(&registry, cloacina_workflows_declared, &count, &err),
                     CLOACINA_OK);
    assert_int_equal(count, 2);
    assert_string_equal(name_at(&registry, 0), "nightly");
    assert_string_equal(name_at(&registry, 1), "shop");
    assert_int_equal(registry_add_declared(&registry, cloacina_workflows_declared, NULL, &err),
                     CLOACINA_OK);
    assert_int_equal(registry.count, 2);
    registry_finish(&registry);
}

static const struct cloacina_workflow_definition bad_one = {.name = "zz", .file = "z.c", .line = 2};
static const struct cloacina_workflow_definition bad_two = {.name = "zz", .file = "z.c", .line = 1};
static const struct cloacina_workflow_definition *const wrong_list[] = {&shop, &bad_one, &nightly,
                                                                        &bad_two};
static const struct cloacina_workflow_definition *const conflicting_list[] = {&nightly,
                                                                              &other_shape};

static int declare_wrong(const struct cloacina_workflow_definition *const **ret_workflows,
                         size_t *ret_count)
{
    *ret_workflows = wrong_list;
    *ret_count = ARRAY_COUNT(wrong_list);
    return CLOACINA_AUTHORING_ABI;
}

static int declare_conflict(const struct cloacina_workflow_definition *const **ret_workflows,
                            size_t *ret_count)
{
    *ret_workflows = conflicting_list;
    *ret_count = ARRAY_COUNT(conflicting_list);
    return CLOACINA_AUTHORING_ABI;
}

static int declare_tomorrow(const struct cloacina_workflow_definition *const **ret_workflows,
                            size_t *ret_count)
{
    *ret_workflows = NULL;
    *ret_count = 5;
    return CLOACINA_AUTHORING_ABI + 1;
}

/* All or nothing; and of several errors always the same one, whatever the link order. */
static void a_wrong_list_adds_nothing(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    filled(&registry, DEFINITIONS(&shop));
    assert_int_equal(registry_add_declared(&registry, declare_wrong, NULL, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "z.c:1: workflow 'zz': has no tasks");
    assert_int_equal(registry_add_declared(&registry, declare_conflict, NULL, &err),
                     CLOACINA_EXISTS);
    assert_int_equal(registry.count, 1);
    assert_int_equal(registry_add_declared(&registry, declare_tomorrow, NULL, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, "built for version 2 of cloacina/authoring.h, wanted 1");
    registry_finish(&registry);
}

/* ---- looking up ---- */

static void a_workflow_is_found_by_short_or_full_name(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_workflow *found = NULL;
    struct cloacina_error err = {0};
    filled(&registry, DEFINITIONS(&shop, &nightly, &other_tenant));
    assert_int_equal(registry_find_workflow(&registry, TEXT_LITERAL("nightly"), &found, &err),
                     CLOACINA_OK);
    assert_string_equal(cloacina_workflow_name(found), "nightly");
    assert_int_equal(
        registry_find_workflow(&registry, TEXT_LITERAL("acme::sales::shop"), &found, &err),
        CLOACINA_OK);
    assert_string_equal(cloacina_workflow_tenant(found), "acme");
    assert_ptr_equal(
        registry_get(&registry, TEXT_LITERAL("acme"), TEXT_LITERAL("sales"), TEXT_LITERAL("shop")),
        found);
    assert_null(registry_get(&registry, TEXT_LITERAL("acme"), TEXT_LITERAL("sales"),
                             TEXT_LITERAL("nightly")));
    assert_null(
        registry_get(&registry, TEXT_LITERAL("zzz"), TEXT_LITERAL("sales"), TEXT_LITERAL("shop")));
    registry_finish(&registry);
}

static void a_name_that_is_unknown_or_not_unique_is_refused(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_workflow *found = NULL;
    struct cloacina_error err = {0};
    filled(&registry, DEFINITIONS(&shop, &nightly, &other_tenant));
    assert_int_equal(registry_find_workflow(&registry, TEXT_LITERAL("shop"), &found, &err),
                     CLOACINA_INVALID);
    assert_string_equal(
        err.message,
        "several workflows are called 'shop': 'acme::sales::shop', 'public::embedded::shop'");
    assert_int_equal(registry_find_workflow(&registry, TEXT_LITERAL("nighty"), &found, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "there is no workflow 'nighty'; did you mean 'nightly'?");
    assert_int_equal(registry_find_workflow(&registry, TEXT_LITERAL("a::b"), &found, &err),
                     CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "there is no workflow 'a::b'");
    assert_int_equal(
        registry_find_workflow(&registry, TEXT_LITERAL("acme::sales::nightly"), &found, &err),
        CLOACINA_NOT_FOUND);
    assert_string_equal(err.message, "there is no workflow 'acme::sales::nightly'");
    assert_null(found);
    registry_finish(&registry);
}

/* ---- bodies ---- */

static struct cloacina_workflow *declared(const struct cloacina_workflow_definition *definition)
{
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(cloacina_workflow_build_definition(definition, NULL, &workflow, &err),
                     CLOACINA_OK);
    return workflow;
}

/* The usual case: the stored definition is the one this process has. Nothing is copied. */
static void bodies_of_the_same_definition_are_borrowed(void **state)
{
    (void)state;
    struct registry registry;
    struct body_set bodies;
    filled(&registry, DEFINITIONS(&shop));
    struct cloacina_workflow *stored = declared(&shop);
    assert_true(registry_bind(&registry, stored->definition, &bodies));
    assert_ptr_equal(bodies.tasks, registry.workflows[0]->bodies);
    assert_int_equal(bodies.missing, 0);
    assert_ptr_equal(bodies.tasks[0].run, nothing);
    assert_ptr_equal(bodies.tasks[0].user, &token);
    assert_string_equal(bodies.tasks[0].revision, "r1");
    body_set_finish(&bodies);
    cloacina_workflow_unref(stored);
    registry_finish(&registry);
}

/* An execution that began with an older or newer structure gets the bodies that still have their
 * names. */
static void bodies_of_another_definition_go_by_name(void **state)
{
    (void)state;
    struct registry registry;
    struct body_set bodies;
    filled(&registry, DEFINITIONS(&shop));
    struct cloacina_workflow *stored = declared(&other_shape);
    assert_true(registry_bind(&registry, stored->definition, &bodies));
    assert_int_equal(bodies.missing, 1);
    assert_ptr_equal(bodies.tasks[0].run, nothing); /* price */
    assert_null(bodies.tasks[1].run);               /* refund */
    body_set_finish(&bodies);
    cloacina_workflow_unref(stored);
    registry_finish(&registry);
}

static void an_unknown_definition_has_no_bodies(void **state)
{
    (void)state;
    struct registry registry;
    struct body_set bodies;
    filled(&registry, DEFINITIONS(&shop));
    struct cloacina_workflow *stored = declared(&other_tenant);
    assert_true(registry_bind(&registry, stored->definition, &bodies));
    assert_int_equal(bodies.missing, 1);
    assert_null(bodies.tasks[0].run);
    body_set_finish(&bodies);
    cloacina_workflow_unref(stored);
    registry_finish(&registry);
}

/* A workflow built at run time, with and without bodies. */
static void a_built_workflow_is_registered_like_a_declared_one(void **state)
{
    (void)state;
    struct registry registry;
    struct body_set bodies;
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    registry_init(&registry, NULL);
    assert_int_equal(cloacina_workflow_builder_create(
                         &(struct cloacina_workflow_options){.name = "w"}, &builder, &err),
                     CLOACINA_OK);
    const struct cloacina_task_options tasks[] = {{.name = "a", .body = nothing}, {.name = "b"}};
    for (size_t i = 0; i < ARRAY_COUNT(tasks); i++) {
        assert_int_equal(cloacina_workflow_builder_add_task(builder, &tasks[i], &err), CLOACINA_OK);
    }
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_OK);
    cloacina_workflow_builder_destroy(builder);
    assert_int_equal(registry_add_workflow(&registry, workflow, &err), CLOACINA_OK);
    assert_int_equal(registry_add_workflow(&registry, workflow, &err), CLOACINA_OK);
    cloacina_workflow_unref(workflow);
    assert_true(registry_bind(&registry, registry.workflows[0]->definition, &bodies));
    assert_int_equal(bodies.missing, 1);
    body_set_finish(&bodies);
    registry_finish(&registry);
}

/* ---- no memory ---- */

static enum cloacina_code everything(struct cloacina_heap *heap, const struct workflow *stored,
                                     struct cloacina_error *err)
{
    struct registry registry;
    struct body_set bodies;
    registry_init(&registry, heap);
    enum cloacina_code code = registry_add(&registry, &shop, err);
    if (code == CLOACINA_OK) {
        code = registry_add_declared(&registry, cloacina_workflows_declared, NULL, err);
    }
    if (code == CLOACINA_OK && !registry_bind(&registry, stored, &bodies)) {
        code = CLOACINA_NO_MEMORY;
    } else if (code == CLOACINA_OK) {
        body_set_finish(&bodies);
    }
    if (code == CLOACINA_OK) {
        code = registry_open_library(&registry, "no-such-file.so", err);
        code = code == CLOACINA_IO ? CLOACINA_OK : code;
    }
    registry_finish(&registry);
    return code;
}

static void no_memory_anywhere_is_an_error(void **state)
{
    (void)state;
    struct cloacina_workflow *stored = declared(&other_shape);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_error err = {0};
        failing_heap_init(&heap, n);
        enum cloacina_code code = everything(&heap.heap, stored->definition, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    cloacina_workflow_unref(stored);
}

static void a_file_that_does_not_exist_is_refused(void **state)
{
    (void)state;
    struct registry registry;
    struct cloacina_error err = {0};
    registry_init(&registry, NULL);
    assert_int_equal(registry_open_library(&registry, "no-such-file.so", &err), CLOACINA_IO);
    assert_string_equal(err.message, "library 'no-such-file.so': there is no such file");
    assert_int_equal(registry_open_library(&registry, "/no/such/file.so", NULL), CLOACINA_IO);
    registry_finish(&registry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workflows_are_listed_by_full_name),
        cmocka_unit_test(the_same_definition_may_be_added_again),
        cmocka_unit_test(another_workflow_of_the_same_name_is_refused),
        cmocka_unit_test(a_wrong_definition_is_refused_as_by_the_builder),
        cmocka_unit_test(declared_workflows_are_added_as_one),
        cmocka_unit_test(a_wrong_list_adds_nothing),
        cmocka_unit_test(a_workflow_is_found_by_short_or_full_name),
        cmocka_unit_test(a_name_that_is_unknown_or_not_unique_is_refused),
        cmocka_unit_test(bodies_of_the_same_definition_are_borrowed),
        cmocka_unit_test(bodies_of_another_definition_go_by_name),
        cmocka_unit_test(an_unknown_definition_has_no_bodies),
        cmocka_unit_test(a_built_workflow_is_registered_like_a_declared_one),
        cmocka_unit_test(no_memory_anywhere_is_an_error),
        cmocka_unit_test(a_file_that_does_not_exist_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
