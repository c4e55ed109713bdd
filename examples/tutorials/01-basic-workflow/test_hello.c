/* SPDX-License-Identifier: Apache-2.0 */
/* test_hello.c - the first test of a first workflow. */
#include "hello.h"

#include <cloacina/testing.h>

/* The point of the workflow: what goes in as 'name' comes out as part of 'greeting'. */
static void it_greets_by_name(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"name\": \"Ada\"}");
    cloacina_assert_all_completed(result);
    assert_string_equal(cloacina_result_string(result, "greeting"), "Hello, Ada!");
}

/* An optional key has a default. */
static void it_greets_the_world_when_nobody_is_named(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{}");
    cloacina_assert_context_equals(result, "{\"greeting\": \"Hello, world!\"}");
}

/* A value of another type is an error that names task, key, found and wanted type. */
static void a_name_that_is_a_number_fails_the_task(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"name\": 7}");
    cloacina_assert_task_failed(result, "greet");
    assert_string_equal(cloacina_result_task_reason(result, "greet"),
                        "task 'greet': context key 'name' is an int64, wanted string");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(it_greets_by_name, &hello),
        cloacina_unit_test(it_greets_the_world_when_nobody_is_named, &hello),
        cloacina_unit_test(a_name_that_is_a_number_fails_the_task, &hello),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
