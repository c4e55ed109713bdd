/* SPDX-License-Identifier: Apache-2.0 */
/* test_failures.c - the exact words for each mistake, and that each has its own code. */
#include "failures.h"

#include <cloacina/testing.h>

#include <stdio.h>
#include <string.h>

static void assert_mistake(const char *mistake, enum cloacina_code code, const char *message)
{
    for (unsigned i = 0; i < failure_count; i++) {
        if (strcmp(failures[i].mistake, mistake) == 0) {
            struct cloacina_error err;
            assert_int_equal(failures[i].provoke(&err), code);
            assert_string_equal(err.message, message);
            return;
        }
    }
    fail_msg("no such mistake: %s", mistake);
}

/* Both lines are in the message: the offender's in front, the first one's behind. */
static void two_tasks_cannot_have_one_name(void **state)
{
    (void)state;
    assert_mistake("two tasks of one name", CLOACINA_EXISTS,
                   "shop.c:3: task 'price': there is a task of this name already, at shop.c:2");
}

/* A near miss is recognised. */
static void a_misspelt_dependency_is_answered_with_a_suggestion(void **state)
{
    (void)state;
    assert_mistake(
        "a misspelt dependency", CLOACINA_INVALID,
        "shop.c:3: task 'charge': dependency 'prise' does not exist; did you mean 'price'?");
}

/* The way round, with the first task repeated at its end. */
static void a_cycle_is_shown_with_its_path(void **state)
{
    (void)state;
    assert_mistake(
        "a cycle", CLOACINA_INVALID,
        "shop.c:4: task 'deliver': depends on itself: deliver -> pack -> order -> deliver");
}

/* A workflow that does nothing is a mistake, not a success. */
static void a_workflow_without_tasks_is_refused(void **state)
{
    (void)state;
    assert_mistake("no task at all", CLOACINA_INVALID, "shop.c:1: workflow 'shop': has no tasks");
}

/* A rule is checked when the workflow is built, not when it is evaluated. */
static void a_rule_about_an_unknown_task_is_answered_with_a_suggestion(void **state)
{
    (void)state;
    assert_mistake("a rule about a misspelt task", CLOACINA_INVALID,
                   "shop.c:3: task 'refund': rule: task 'chrage' does not exist; did you "
                   "mean 'charge'?");
}

/* A rule about a task that may still be running would depend on timing. */
static void a_rule_may_name_ancestors_only(void **state)
{
    (void)state;
    assert_mistake("a rule about a task that need not have ended", CLOACINA_INVALID,
                   "shop.c:3: task 'refund': rule: task 'charge' is no ancestor, so it may not "
                   "have ended yet; add it to the dependencies");
}

/* Declared tasks carry the file and line of their declaration. */
static void a_forgotten_task_is_reported_where_it_is_needed(void **state)
{
    char message[300];
    (void)state;
    snprintf(message, sizeof message,
             "%s:%d: task 'pay': dependency 'quote' is not in the .tasks of workflow 'forgetful'",
             pay.file, pay.line);
    assert_mistake("a declared dependency that is not in the list", CLOACINA_INVALID, message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_tasks_cannot_have_one_name),
        cmocka_unit_test(a_misspelt_dependency_is_answered_with_a_suggestion),
        cmocka_unit_test(a_cycle_is_shown_with_its_path),
        cmocka_unit_test(a_workflow_without_tasks_is_refused),
        cmocka_unit_test(a_rule_about_an_unknown_task_is_answered_with_a_suggestion),
        cmocka_unit_test(a_rule_may_name_ancestors_only),
        cmocka_unit_test(a_forgotten_task_is_reported_where_it_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
