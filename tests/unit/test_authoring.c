/* SPDX-License-Identifier: Apache-2.0 */
/* test_authoring.c - what the macros of <cloacina/authoring.h> make. How they compile and link is
 * tested in tests/integration/authoring. */
#include <cloacina/authoring.h> /* first and alone: it needs nothing before it */

#include "support.h"

#include <dlfcn.h>

static enum cloacina_code body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

#line 100 "shop.c"
CLOACINA_TASK(price, .body = body);
CLOACINA_TASK(charge, .body = body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 5}, .timeout_ms = 30000,
              .rule = CLOACINA_ANY_OF(CLOACINA_ALL_OF(CLOACINA_TASK_FAILED("price"),
                                                      CLOACINA_ALWAYS()),
                                      CLOACINA_CONTEXT_VALUE("cents", CLOACINA_LESS_THAN, "5")));
CLOACINA_TASK(time);
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge), .tenant = "acme");
CLOACINA_WORKFLOW(empty);
#line 32 "test_authoring.c"

/* Errors name the place of the definition, so the macro notes it. */
static void a_task_knows_its_name_and_place(void **state)
{
    (void)state;
    assert_string_equal(price.name, "price");
    assert_string_equal(price.file, "shop.c");
    assert_int_equal(price.line, 100);
    assert_ptr_equal(price.body, body);
}

/* All-zero is valid everywhere and means the defaults. */
static void what_was_not_given_is_zero(void **state)
{
    (void)state;
    const struct cloacina_retry zero = {0};
    assert_memory_equal(&price.retry, &zero, sizeof(zero));
    assert_null(price.dependencies);
    assert_null(price.rule);
    assert_null(price.user);
    assert_int_equal(price.timeout_ms, 0);
    assert_null(time.body);
    assert_string_equal(time.name, "time");
    assert_null(empty.tasks);
}

static void lists_end_in_null(void **state)
{
    (void)state;
    assert_ptr_equal(charge.dependencies[0], &price);
    assert_null(charge.dependencies[1]);
    assert_ptr_equal(shop.tasks[1], &charge);
    assert_null(shop.tasks[2]);
    const char *const *texts = CLOACINA_TEXTS("a", "b");
    assert_string_equal(texts[1], "b");
    assert_null(texts[2]);
}

static void rules_nest(void **state)
{
    (void)state;
    const struct cloacina_rule *rule = charge.rule;
    assert_int_equal(rule->type, CLOACINA_RULE_ANY_OF);
    assert_int_equal(rule->parts[0]->type, CLOACINA_RULE_ALL_OF);
    assert_string_equal(rule->parts[0]->parts[0]->task, "price");
    assert_int_equal(rule->parts[0]->parts[1]->type, CLOACINA_RULE_ALWAYS);
    assert_int_equal(rule->parts[1]->comparison, CLOACINA_LESS_THAN);
    assert_string_equal(rule->parts[1]->value, "5");
    assert_null(rule->parts[2]);
}

/* The linker gathers them; the order is not promised. */
static void workflows_are_listed_without_being_named(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition *const *workflows = NULL;
    size_t count = 0;
    assert_int_equal(cloacina_workflows_declared(&workflows, &count), CLOACINA_AUTHORING_ABI);
    assert_int_equal(count, 2);
    assert_true((workflows[0] == &shop && workflows[1] == &empty) ||
                (workflows[0] == &empty && workflows[1] == &shop));
}

/* A task called `time` must not be what libc and the engine find when they call time(). */
static void a_task_does_not_get_in_the_way_of_libc(void **state)
{
    (void)state;
    void *program = dlopen(NULL, RTLD_NOW);
    assert_non_null(program);
    assert_ptr_not_equal(dlsym(program, "time"), &time);
    assert_int_equal(dlclose(program), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_knows_its_name_and_place),
        cmocka_unit_test(what_was_not_given_is_zero),
        cmocka_unit_test(lists_end_in_null),
        cmocka_unit_test(rules_nest),
        cmocka_unit_test(workflows_are_listed_without_being_named),
        cmocka_unit_test(a_task_does_not_get_in_the_way_of_libc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
