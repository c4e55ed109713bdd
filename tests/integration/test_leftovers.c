/* SPDX-License-Identifier: Apache-2.0 */
/* test_leftovers.c - 10,000 test runners in one process leave nothing behind.
 *
 * Looked at from outside: mappings, descriptors and threads of the process as the kernel counts
 * them, and the bytes that the heap has handed out. The first runner is a warm-up: what it leaves
 * (the C library's own buffers) is there once. A few mappings come and go with the allocator of the
 * C library or of a sanitizer; one mapping per hundred runners would be ours. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <cloacina/testing.h>

enum { RUNNERS = 10000 };

static enum cloacina_code count_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_uint64(cloacina_task_context(task), cloacina_task_name(task),
                                       cloacina_task_attempt(task), err);
}

CLOACINA_TASK(first, .body = count_body);
CLOACINA_TASK(second, .body = count_body, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_TASK(third, .body = count_body, .dependencies = CLOACINA_TASKS(&second));
CLOACINA_WORKFLOW(leftovers, .tasks = CLOACINA_TASKS(&first, &second, &third));

/* Passes everything on to the system heap and keeps the balance. */
struct balance_heap {
    struct cloacina_heap heap;
    size_t outstanding;
};

static void *balance_resize(struct cloacina_heap *base, void *old, size_t old_size, size_t new_size)
{
    struct balance_heap *heap = (struct balance_heap *)base;
    struct cloacina_heap *system = cloacina_heap_system();
    void *block = system->impl->resize(system, old, old_size, new_size);
    if (block != NULL || new_size == 0) {
        heap->outstanding += new_size - old_size;
    }
    return block;
}

static size_t count_entries(const char *folder)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    closedir(entries);
    return count;
}

static size_t count_mappings(void)
{
    size_t count = 0;
    int c;
    FILE *file = fopen("/proc/self/maps", "r");
    assert_non_null(file);
    while ((c = fgetc(file)) != EOF) {
        count += c == '\n';
    }
    fclose(file);
    return count;
}

struct footprint {
    size_t mappings, descriptors, threads;
};

static struct footprint take_footprint(void)
{
    return (struct footprint){
        .mappings = count_mappings(),
        .descriptors = count_entries("/proc/self/fd"),
        .threads = count_entries("/proc/self/task"),
    };
}

static void run_once(struct cloacina_heap *heap, int has_run)
{
    const struct cloacina_test_options options = {.workflow = &leftovers, .heap = heap};
    struct cloacina_test *test = cloacina_test_create_with(&options);
    if (has_run) {
        cloacina_test_cost_ms(test, "second", 5);
        cloacina_assert_all_completed(cloacina_test_run(test, "{\"n\": 1}"));
    }
    cloacina_test_destroy(test);
}

/* A suite has thousands of tests in one process; what each of them leaves adds up. */
static void ten_thousand_test_runners_leave_nothing_behind(void **state)
{
    static const struct cloacina_heap_impl impl = {.resize = balance_resize};
    struct balance_heap heap = {.heap.impl = &impl};
    (void)state;
    run_once(&heap.heap, 1);
    const struct footprint before = take_footprint();
    for (int i = 0; i < RUNNERS; i++) {
        run_once(&heap.heap, i % 10 != 0); /* every tenth is destroyed unused */
    }
    const struct footprint after = take_footprint();
    assert_int_equal(heap.outstanding, 0);
    assert_int_equal(after.descriptors, before.descriptors);
    assert_int_equal(after.threads, before.threads);
    assert_in_range(after.mappings, 0, before.mappings + RUNNERS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_test_runners_leave_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
