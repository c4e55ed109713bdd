/* SPDX-License-Identifier: Apache-2.0 */
/* test_testing_memory.c - a test runner that runs out of memory fails its test and leaks nothing.
 *
 * In a child process, cmocka runs the same test again and again; in the n-th one the n-th
 * allocation fails. What becomes of such a test is its own affair (an engine that gets no memory
 * tries again later, so some pass); the parent is told whether anything was left over, and whether
 * the end was reached: a test in which nothing failed any more. */
#include <cloacina/testing.h>

#include "child.h"

enum { ALLOCATIONS_MAX = 1000 };

static enum cloacina_code count_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "count", 1, err);
}

CLOACINA_TASK(first, .body = count_body);
CLOACINA_TASK(second, .body = count_body, .dependencies = CLOACINA_TASKS(&first));

static struct failing_heap heap;
static struct cloacina_test *left; /* by a test that failed half-way */
static size_t leaks;
static size_t survivors;

static void prepare_and_ask(struct cloacina_test *test)
{
    cloacina_test_cost_ms(test, "first", 5);
    cloacina_test_stub(test, "second", "{\"text\": \"done\"}");
    cloacina_test_fail(test, "second", 1, "not yet");
    cloacina_test_pause_at_ms(test, 1);
    cloacina_test_resume_at_ms(test, 2);
    const struct cloacina_result *result = cloacina_test_run(test, "{\"order\": 7}");
    cloacina_assert_all_completed(result);
    cloacina_assert_context_equals(result, "{\"order\": 7, \"count\": 1, \"text\": \"done\"}");
    assert_string_equal(cloacina_result_string(result, "text"), "done");
    assert_string_equal(cloacina_result_json(result, "count"), "1");
}

static void short_of_memory(void **state)
{
    const struct cloacina_test_options options = {.tasks = CLOACINA_TASKS(&first, &second),
                                                  .heap = &heap.heap};
    failing_heap_init(&heap, (size_t)(uintptr_t)*state);
    left = cloacina_test_create_with(&options);
    prepare_and_ask(left);
    struct cloacina_test *test = left;
    left = NULL;
    cloacina_test_destroy(test);
}

static int look_at_what_is_left(void **state)
{
    struct cloacina_test *test = left;
    (void)state;
    left = NULL;
    cloacina_test_destroy(test);
    leaks += heap.outstanding != 0;
    survivors += !heap.has_failed;
    return 0;
}

static void run_short_of_memory(void)
{
    static struct CMUnitTest tests[ALLOCATIONS_MAX];
    FILE *report = fdopen(dup(STDERR_FILENO), "w");
    assert_non_null(report);
    for (size_t n = 0; n < ALLOCATIONS_MAX; n++) {
        tests[n] = (struct CMUnitTest)cmocka_unit_test_prestate_setup_teardown(
            short_of_memory, NULL, look_at_what_is_left, (void *)(uintptr_t)n);
    }
    assert_non_null(freopen("/dev/null", "w", stdout));
    assert_non_null(freopen("/dev/null", "w", stderr));
    (void)cmocka_run_group_tests(tests, NULL, NULL);
    fprintf(report, "leaks %zu, reached the end %s\n", leaks, survivors > 0 ? "yes" : "no");
    fclose(report);
}

/* A machine without memory is no reason to lie about the rest of the suite. */
static void no_allocation_that_fails_leaves_anything_behind(void **state)
{
    (void)state;
    const struct outcome outcome = in_child(run_short_of_memory);
    assert_exited(&outcome, 0);
    assert_string_equal(outcome.text, "leaks 0, reached the end yes\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_allocation_that_fails_leaves_anything_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
