/* SPDX-License-Identifier: Apache-2.0 */
/* test_examples_twice.c - every example, run twice, does the same: equal trace hashes.
 *
 * Calm, and for some seeds, with several runners. The second run gets its memory from another heap,
 * at other addresses: nothing may depend on where a thing lies. */
#include <stdlib.h>
#include <string.h>

#include <cloacina/testing.h>

enum { SEEDS = 8, RUNNERS = 3 };

/* What an example wants to find in its context; the others take "{}". */
static const char *context_of(const char *workflow)
{
    return strcmp(workflow, "monthly_bill") == 0 ? "{\"last_reading\": 1200}" : "{}";
}

/* Blocks with a gap in front of them, of another size each time. */
struct scattering_heap {
    struct cloacina_heap heap;
    size_t gap;
};
enum { GAP_SIZE = 16 }; /* of the steps, and of the note of how large the gap is */

static void *scatter(struct cloacina_heap *base, void *old, size_t old_size, size_t new_size)
{
    struct scattering_heap *heap = (struct scattering_heap *)base;
    char *block = NULL;
    if (new_size > 0) {
        heap->gap = (heap->gap + GAP_SIZE) % (64 * GAP_SIZE);
        char *start = malloc(GAP_SIZE + heap->gap + new_size);
        assert_non_null(start);
        block = start + GAP_SIZE + heap->gap;
        memcpy(block - GAP_SIZE, &start, sizeof start);
    }
    if (old != NULL) {
        void *start;
        if (block != NULL) {
            memcpy(block, old, old_size < new_size ? old_size : new_size);
        }
        memcpy(&start, (char *)old - GAP_SIZE, sizeof start);
        free(start);
    }
    return block;
}

/* Makes a test runner, runs the workflow and notes its hash and its final context. */
static void run(const struct cloacina_test_options *options, char ret_hash[33], char **ret_context)
{
    struct cloacina_test *test = cloacina_test_create_with(options);
    const struct cloacina_result *result =
        cloacina_test_run(test, context_of(options->workflow->name));
    cloacina_world_trace_hash(cloacina_test_world(test), ret_hash);
    *ret_context = strdup(cloacina_result_context_json(result));
    assert_non_null(*ret_context);
    cloacina_test_destroy(test);
}

static void assert_twice_the_same(struct cloacina_test_options options)
{
    static const struct cloacina_heap_impl impl = {.resize = scatter};
    struct scattering_heap heap = {.heap.impl = &impl};
    char first[33];
    char second[33];
    char *first_context;
    char *second_context;
    run(&options, first, &first_context);
    options.heap = &heap.heap;
    run(&options, second, &second_context);
    assert_string_equal(first, second);
    assert_string_equal(first_context, second_context);
    free(first_context);
    free(second_context);
}

static const struct cloacina_workflow_definition *const *declared(size_t *ret_count)
{
    const struct cloacina_workflow_definition *const *workflows;
    assert_int_equal(cloacina_workflows_declared(&workflows, ret_count), CLOACINA_AUTHORING_ABI);
    assert_in_range(*ret_count, 4, 1000);
    return workflows;
}

/* The empty token: no decision at all. */
static void a_calm_example_does_the_same_again(void **state)
{
    size_t count;
    const struct cloacina_workflow_definition *const *workflows = declared(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        assert_twice_the_same((struct cloacina_test_options){.workflow = workflows[i]});
    }
}

/* A seed names one run, whatever the number of runners. */
static void a_seeded_example_does_the_same_again(void **state)
{
    size_t count;
    const struct cloacina_workflow_definition *const *workflows = declared(&count);
    (void)state;
    for (size_t i = 0; i < count; i++) {
        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            assert_twice_the_same((struct cloacina_test_options){.workflow = workflows[i],
                                                                 .is_seeded = 1,
                                                                 .seed = seed,
                                                                 .runners = RUNNERS,
                                                                 .round_trip_ms = 3});
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_example_does_the_same_again),
        cmocka_unit_test(a_seeded_example_does_the_same_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
