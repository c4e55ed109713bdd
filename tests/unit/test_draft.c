/* SPDX-License-Identifier: Apache-2.0 */
/* test_draft.c - putting a workflow together: size, sharing, numbers, limits. */
#include "support.h"

#include <stdio.h>

#include "workflow/draft.h"

static void begun(struct workflow_draft *draft)
{
    struct cloacina_error err = {0};
    assert_int_equal(draft_init(draft, &(struct draft_options){.name = TEXT_LITERAL("long")}, &err),
                     CLOACINA_OK);
}

static void task_added(struct workflow_draft *draft, const struct draft_task_options *options)
{
    struct cloacina_error err = {0};
    if (draft_add_task(draft, options, NULL, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static void dependency_added(struct workflow_draft *draft, struct text name)
{
    struct cloacina_error err = {0};
    if (draft_add_dependency(draft, name, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static struct workflow *finished(struct workflow_draft *draft)
{
    struct workflow *workflow = NULL;
    struct cloacina_error err = {0};
    if (draft_build(draft, &workflow, NULL, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    draft_finish(draft);
    return workflow;
}

/* "t000042". */
static struct text numbered(int number, char buffer[16])
{
    return (struct text){.bytes = buffer, .length = (size_t)snprintf(buffer, 16, "t%06d", number)};
}

/* A chain that would overflow any recursion, and a join that would make repeated dependencies
 * quadratic. */
static void a_chain_and_a_join_of_100000_tasks_are_built(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    struct workflow_draft draft;
    char buffer[16];
    begun(&draft);
    for (int i = LENGTH - 1; i >= 0; i--) {
        task_added(&draft, &(struct draft_task_options){.name = numbered(i, buffer)});
        if (i > 0) {
            dependency_added(&draft, numbered(i - 1, buffer));
        }
    }
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("join"),
                                                    .rule = CLOACINA_TASK_FAILED("t000000")});
    for (int i = 0; i < 2 * LENGTH; i++) {
        dependency_added(&draft, numbered(i % LENGTH, buffer));
    }
    struct workflow *workflow = finished(&draft);
    assert_int_equal(workflow->task_count, LENGTH + 1);
    assert_int_equal(workflow->level_count, LENGTH + 1);
    assert_int_equal(workflow->dependency_count, 2 * LENGTH - 1);
    assert_int_equal(workflow->tasks[LENGTH].dependency_count, LENGTH);
    workflow_unref(workflow);
}

/* Equal neighbours share one policy, so that a million equal tasks keep it once. */
static void equal_policies_are_shared(void **state)
{
    (void)state;
    struct workflow_draft draft;
    begun(&draft);
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("a"),
                                                    .retry = {.attempts_max = 7}});
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("b"),
                                                    .retry = {.attempts_max = 7}});
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("c"),
                                                    .retry = {.attempts_max = 3}});
    struct workflow *workflow = finished(&draft);
    assert_ptr_equal(workflow->tasks[0].retry, workflow->tasks[1].retry);
    assert_ptr_equal(workflow->tasks[2].retry, retry_policy_default());
    workflow_unref(workflow);
}

/* The numbers of a draft are those of first mention; whoever keeps things by them learns where they
 * went. */
static void numbers_of_the_draft_lead_to_numbers_of_the_workflow(void **state)
{
    (void)state;
    struct workflow_draft draft;
    struct workflow *workflow = NULL;
    struct cloacina_error err = {0};
    uint32_t number = 99;
    uint32_t numbers[3];
    begun(&draft);
    assert_int_equal(draft_add_task(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("z")},
                                    &number, &err),
                     CLOACINA_OK);
    assert_int_equal(number, 0);
    dependency_added(&draft, TEXT_LITERAL("y"));
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("a")});
    assert_int_equal(draft_add_task(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("y")},
                                    &number, &err),
                     CLOACINA_OK);
    assert_int_equal(number, 1);
    assert_int_equal(draft.task_count, 3);
    assert_int_equal(draft_build(&draft, &workflow, numbers, &err), CLOACINA_OK);
    assert_int_equal(numbers[0], 2); /* z */
    assert_int_equal(numbers[1], 1); /* y */
    assert_int_equal(numbers[2], 0); /* a */
    draft_finish(&draft);
    workflow_unref(workflow);
}

/* Four million tasks are too many for a unit test: it makes the draft believe that they are
 * there. */
static void tasks_and_dependencies_have_a_limit(void **state)
{
    (void)state;
    struct workflow_draft draft;
    struct cloacina_error err = {0};
    begun(&draft);
    task_added(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("a")});
    size_t task_count = draft.task_count;
    draft.task_count = CLOACINA_WORKFLOW_TASKS_MAX;
    assert_int_equal(
        draft_add_task(&draft, &(struct draft_task_options){.name = TEXT_LITERAL("b")}, NULL, &err),
        CLOACINA_LIMIT);
    assert_string_equal(err.message, "workflow 'long': more than 4194304 tasks");
    draft.task_count = task_count;
    size_t dependency_count = draft.dependency_count;
    draft.dependency_count = CLOACINA_WORKFLOW_DEPENDENCIES_MAX;
    assert_int_equal(draft_add_dependency(&draft, TEXT_LITERAL("b"), &err), CLOACINA_LIMIT);
    assert_string_equal(err.message, "workflow 'long': more than 268435456 dependencies");
    draft.dependency_count = dependency_count;
    draft_finish(&draft);
}

static void a_task_fits_a_cache_line(void **state)
{
    (void)state;
    assert_true(sizeof(struct workflow_task) <= 64);
    assert_true(sizeof(struct draft_task) <= 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_and_a_join_of_100000_tasks_are_built),
        cmocka_unit_test(equal_policies_are_shared),
        cmocka_unit_test(numbers_of_the_draft_lead_to_numbers_of_the_workflow),
        cmocka_unit_test(tasks_and_dependencies_have_a_limit),
        cmocka_unit_test(a_task_fits_a_cache_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
