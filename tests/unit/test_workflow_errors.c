/* SPDX-License-Identifier: Apache-2.0 */
/* test_workflow_errors.c - the exact words of every refusal of a wrong workflow. */
#include "support.h"

#include <stdio.h>

#include "workflow/workflow.h"

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

static struct cloacina_workflow *declared(const struct cloacina_workflow_definition *definition)
{
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    if (cloacina_workflow_build_definition(definition, NULL, &workflow, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return workflow;
}

static void refused(const struct cloacina_workflow_definition *definition, enum cloacina_code code,
                    const char *message)
{
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_error err = {0};
    assert_int_equal(cloacina_workflow_build_definition(definition, NULL, &workflow, &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(err.code, code);
    assert_int_equal(cloacina_workflow_build_definition(definition, NULL, &workflow, NULL), code);
    assert_null(workflow);
}

CLOACINA_TASK(first, .body = nothing);
CLOACINA_TASK(second, .body = nothing, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_TASK(third, .body = nothing, .dependencies = CLOACINA_TASKS(&second));
CLOACINA_TASK(other, .body = nothing);

/* ---- refusals ---- */

/* The file and line of each are written by hand, so that the messages can be exact. */
static const struct cloacina_task_definition price = {
    .name = "price", .body = nothing, .file = "shop.c", .line = 10};
static const struct cloacina_task_definition prise = {
    .name = "prise", .body = nothing, .file = "shop.c", .line = 11};
static const struct cloacina_task_definition again = {
    .name = "price", .body = nothing, .file = "more.c", .line = 3};
static const struct cloacina_task_definition bodiless = {
    .name = "ghost", .file = "shop.c", .line = 13};

#define SHOP(...)                                                                                  \
    (&(const struct cloacina_workflow_definition){                                                 \
        .name = "shop", .file = "shop.c", .line = 20, .tasks = CLOACINA_TASKS(__VA_ARGS__)})
#define CHARGE(...)                                                                                \
    (&(const struct cloacina_task_definition){                                                     \
        .name = "charge", .body = nothing, .file = "shop.c", .line = 12, __VA_ARGS__})

static void a_workflow_without_tasks_is_refused(void **state)
{
    (void)state;
    const char *message = "shop.c:20: workflow 'shop': has no tasks";
    refused(&(struct cloacina_workflow_definition){.name = "shop", .file = "shop.c", .line = 20},
            CLOACINA_INVALID, message);
    const struct cloacina_task_definition *const none[] = {NULL};
    refused(
        &(struct cloacina_workflow_definition){
            .name = "shop", .file = "shop.c", .line = 20, .tasks = none},
        CLOACINA_INVALID, message);
}

static void a_name_that_comes_twice_is_refused(void **state)
{
    (void)state;
    refused(SHOP(&price, &again), CLOACINA_EXISTS,
            "more.c:3: task 'price': there is a task of this name already, at shop.c:10");
    refused(SHOP(&price, &price), CLOACINA_EXISTS, "shop.c:10: task 'price': is listed twice");
    struct cloacina_workflow_builder *builder = builder_of("w");
    struct cloacina_error err = {0};
    add(builder, "a", NULL);
    assert_int_equal(cloacina_workflow_builder_add_task(
                         builder, &(struct cloacina_task_options){.name = "a"}, &err),
                     CLOACINA_EXISTS);
    assert_string_equal(err.message, "task 'a': there is a task of this name already");
    cloacina_workflow_builder_destroy(builder);
}

/* In C a dependency is a pointer: what can go wrong is to forget it in the list. */
static void a_dependency_outside_of_the_workflow_is_refused(void **state)
{
    (void)state;
    refused(SHOP(CHARGE(.dependencies = CLOACINA_TASKS(&price))), CLOACINA_INVALID,
            "shop.c:12: task 'charge': dependency 'price' is not in the .tasks of workflow 'shop'");
}

static void a_missing_dependency_is_refused_with_a_suggestion(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("shop");
    struct cloacina_workflow *workflow;
    struct cloacina_error err = {0};
    add(builder, "price", NULL);
    assert_int_equal(
        cloacina_workflow_builder_add_task(
            builder,
            &(struct cloacina_task_options){.name = "charge",
                                            .dependencies = CLOACINA_TEXTS("price", "prise"),
                                            .file = "shop.c",
                                            .line = 12},
            &err),
        CLOACINA_OK);
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_INVALID);
    assert_string_equal(
        err.message,
        "shop.c:12: task 'charge': dependency 'prise' does not exist; did you mean 'price'?");
    cloacina_workflow_builder_destroy(builder);
}

static void a_cycle_is_refused_with_its_path(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("w");
    struct cloacina_workflow *workflow;
    struct cloacina_error err = {0};
    add(builder, "z", NULL);
    add(builder, "behind", CLOACINA_TEXTS("c"));
    add(builder, "b", CLOACINA_TEXTS("z", "c"));
    add(builder, "c", CLOACINA_TEXTS("z", "d"));
    add(builder, "d", CLOACINA_TEXTS("b"));
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "task 'b': depends on itself: b -> c -> d -> b");
    cloacina_workflow_builder_destroy(builder);
    const struct cloacina_task_definition *selves[2] = {NULL};
    const struct cloacina_task_definition self = {
        .name = "self", .body = nothing, .dependencies = selves, .file = "shop.c", .line = 9};
    selves[0] = &self;
    refused(SHOP(&self), CLOACINA_INVALID,
            "shop.c:9: task 'self': depends on itself: self -> self");
}

/* Nobody reads a thousand names; nor may a long cycle take a long time. */
static void a_long_cycle_is_shortened(void **state)
{
    (void)state;
    struct cloacina_workflow_builder *builder = builder_of("w");
    struct cloacina_workflow *workflow;
    struct cloacina_error err = {0};
    for (int i = 0; i < 20000; i++) {
        char name[16];
        char next[16];
        (void)snprintf(name, sizeof(name), "t%05d", i);
        (void)snprintf(next, sizeof(next), "t%05d", (i + 1) % 20000);
        add(builder, name, CLOACINA_TEXTS(next));
    }
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, &err), CLOACINA_INVALID);
    assert_string_equal(err.message,
                        "task 't00000': depends on itself: t00000 -> t00001 -> t00002 -> t00003 -> "
                        "t00004 -> t00005 -> t00006 -> t00007 -> ... -> t00000 (20000 tasks)");
    cloacina_workflow_builder_destroy(builder);
}

static void a_rule_may_name_only_ancestors(void **state)
{
    (void)state;
    refused(SHOP(&price, CHARGE(.dependencies = CLOACINA_TASKS(&price),
                                .rule = CLOACINA_TASK_FAILED("prise"))),
            CLOACINA_INVALID,
            "shop.c:12: task 'charge': rule: task 'prise' does not exist; did you mean 'price'?");
    refused(
        SHOP(&price, &prise,
             CHARGE(.dependencies = CLOACINA_TASKS(&price), .rule = CLOACINA_TASK_FAILED("prise"))),
        CLOACINA_INVALID,
        "shop.c:12: task 'charge': rule: task 'prise' is no ancestor, so it may not have ended "
        "yet; add it to the "
        "dependencies");
    refused(
        SHOP(CHARGE(.rule = CLOACINA_ALL_OF(CLOACINA_ALWAYS(), CLOACINA_TASK_FAILED("charge")))),
        CLOACINA_INVALID,
        "shop.c:12: task 'charge': rule: task 'charge' is no ancestor, so it may not have ended "
        "yet; add it to the "
        "dependencies");
}

static void a_rule_may_use_full_names_of_its_own_workflow(void **state)
{
    (void)state;
    cloacina_workflow_unref(declared(
        SHOP(&price, CHARGE(.dependencies = CLOACINA_TASKS(&price),
                            .rule = CLOACINA_TASK_FAILED("public::embedded::shop::price")))));
    static const char *const wrong[] = {
        "other::embedded::shop::price",
        "public::other::shop::price",
        "public::embedded::other::price",
        "publicembedded::shop::price",
        "shop::price",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        char message[256];
        (void)snprintf(
            message, sizeof(message),
            "shop.c:12: task 'charge': rule: task '%s' is not in 'public::embedded::shop'",
            wrong[i]);
        refused(SHOP(&price, CHARGE(.dependencies = CLOACINA_TASKS(&price),
                                    .rule = CLOACINA_TASK_FAILED(wrong[i]))),
                CLOACINA_INVALID, message);
    }
    refused(SHOP(&price, CHARGE(.dependencies = CLOACINA_TASKS(&price),
                                .rule = CLOACINA_TASK_FAILED("public::embedded::shop::prise"))),
            CLOACINA_INVALID,
            "shop.c:12: task 'charge': rule: task 'public::embedded::shop::prise' does not exist; "
            "did you mean "
            "'price'?");
}

/* first <- second <- third: "third" may ask how "first" ended. */
static void a_rule_may_name_an_ancestor_of_an_ancestor(void **state)
{
    (void)state;
    const struct cloacina_task_definition far = {
        .name = "far",
        .body = nothing,
        .dependencies = CLOACINA_TASKS(&third, &other),
        .rule =
            CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("first"), CLOACINA_TASK_SUCCEEDED("second"))};
    const struct cloacina_workflow_definition definition = {
        .name = "ladder", .tasks = CLOACINA_TASKS(&first, &second, &third, &other, &far)};
    cloacina_workflow_unref(declared(&definition));
}

static void a_declared_task_needs_a_body(void **state)
{
    (void)state;
    refused(SHOP(&bodiless), CLOACINA_INVALID, "shop.c:13: task 'ghost': has no body");
}

static void wrong_options_are_refused_with_the_task(void **state)
{
    (void)state;
    refused(SHOP(CHARGE(.timeout_ms = -5)), CLOACINA_INVALID,
            "shop.c:12: task 'charge': timeout_ms is -5, wanted 1 to 9223372036854, or 0 for none");
    refused(SHOP(CHARGE(.timeout_ms = INT64_C(9223372036855))), CLOACINA_INVALID,
            "shop.c:12: task 'charge': timeout_ms is 9223372036855, wanted 1 to 9223372036854, or "
            "0 for none");
    refused(SHOP(CHARGE(.retry = {.attempts_max = -1})), CLOACINA_INVALID,
            "shop.c:12: task 'charge': retry: attempts_max is -1, wanted 1 to 1000000, or 0 for "
            "the default");
    refused(SHOP(CHARGE(.rule = CLOACINA_TASK_FAILED(""))), CLOACINA_INVALID,
            "shop.c:12: task 'charge': rule: a task name is not 1 to 1026 bytes of UTF-8");
    cloacina_workflow_unref(declared(SHOP(CHARGE(.timeout_ms = INT64_C(9223372036854)))));
}

static void task_name_refused(const char *name, const char *message)
{
    const struct cloacina_task_definition task = {
        .name = name, .body = nothing, .file = "shop.c", .line = 12};
    refused(SHOP(&task), CLOACINA_INVALID, message);
}

static void names_have_rules(void **state)
{
    (void)state;
    char name[CLOACINA_NAME_LENGTH_MAX + 2];
    memset(name, 'n', sizeof(name));
    name[CLOACINA_NAME_LENGTH_MAX + 1] = '\0';
    task_name_refused(NULL, "shop.c:12: task name is empty");
    task_name_refused("", "shop.c:12: task name is empty");
    task_name_refused(name, "shop.c:12: task name is 256 bytes long, wanted 1 to 255");
    task_name_refused("a\xff", "shop.c:12: task name is no UTF-8");
    task_name_refused("a\nb", "shop.c:12: task name holds a control character");
    task_name_refused("a\x7f", "shop.c:12: task name holds a control character");
    task_name_refused("a::b",
                      "shop.c:12: task 'a::b': a name may not hold '::' or begin or end with ':'");
    task_name_refused(":a",
                      "shop.c:12: task ':a': a name may not hold '::' or begin or end with ':'");
    task_name_refused("a:",
                      "shop.c:12: task 'a:': a name may not hold '::' or begin or end with ':'");
    name[CLOACINA_NAME_LENGTH_MAX] = '\0';
    const struct cloacina_task_definition longest = {.name = name, .body = nothing};
    const struct cloacina_task_definition colon = {.name = "a:b c", .body = nothing};
    cloacina_workflow_unref(declared(SHOP(&longest, &colon)));
}

static void all_parts_of_the_full_name_have_them(void **state)
{
    (void)state;
    const struct cloacina_task_definition *const tasks[] = {&price, NULL};
    refused(&(struct cloacina_workflow_definition){.tasks = tasks, .file = "shop.c", .line = 20},
            CLOACINA_INVALID, "shop.c:20: workflow name is empty");
    refused(&(struct cloacina_workflow_definition){.name = "w", .tenant = "", .tasks = tasks},
            CLOACINA_INVALID, "tenant name is empty");
    refused(&(struct cloacina_workflow_definition){.name = "w", .package = "p::q", .tasks = tasks},
            CLOACINA_INVALID, "package 'p::q': a name may not hold '::' or begin or end with ':'");
    const struct cloacina_task_definition wrong = {.name = "", .body = nothing};
    refused(SHOP(CHARGE(.dependencies = CLOACINA_TASKS(&wrong))), CLOACINA_INVALID,
            "shop.c:12: task 'charge': dependency name is empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workflow_without_tasks_is_refused),
        cmocka_unit_test(a_name_that_comes_twice_is_refused),
        cmocka_unit_test(a_dependency_outside_of_the_workflow_is_refused),
        cmocka_unit_test(a_missing_dependency_is_refused_with_a_suggestion),
        cmocka_unit_test(a_cycle_is_refused_with_its_path),
        cmocka_unit_test(a_long_cycle_is_shortened),
        cmocka_unit_test(a_rule_may_name_only_ancestors),
        cmocka_unit_test(a_rule_may_use_full_names_of_its_own_workflow),
        cmocka_unit_test(a_rule_may_name_an_ancestor_of_an_ancestor),
        cmocka_unit_test(a_declared_task_needs_a_body),
        cmocka_unit_test(wrong_options_are_refused_with_the_task),
        cmocka_unit_test(names_have_rules),
        cmocka_unit_test(all_parts_of_the_full_name_have_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
