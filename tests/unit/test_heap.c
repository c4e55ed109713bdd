/* SPDX-License-Identifier: Apache-2.0 */
/* test_heap.c - the system heap, the short names, and the growing-array rule. */
#include "support.h"

#include "base/heap.h"

/* Callers treat NULL as "no memory", so a block of size 0 must not be NULL. */
static void a_block_of_size_zero_is_a_block(void **state)
{
    (void)state;
    struct cloacina_heap *heap = cloacina_heap_system();
    void *block = heap_take(heap, 0);
    assert_non_null(block);
    heap_give(heap, block, 0);
    heap_give(heap, NULL, 0);
}

/* Zeroed memory must be zero even where the heap hands out used bytes. */
static void zeroed_memory_is_zero(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    unsigned char *block = heap_take_zeroed(&heap.heap, 3, 5);
    for (size_t i = 0; i < 15; i++) {
        assert_int_equal(block[i], 0);
    }
    heap_give(&heap.heap, block, 15);
    assert_int_equal(heap.outstanding, 0);
}

/* A product that wraps would give a small block for a large request. */
static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct cloacina_heap *heap = cloacina_heap_system();
    assert_null(heap_take_zeroed(heap, SIZE_MAX / 2, 3));
    uint64_t *array = NULL;
    size_t capacity = 0;
    assert_false(heap_grow(heap, &array, &capacity, SIZE_MAX / 4, sizeof(array[0])));
    assert_null(array);
    assert_int_equal(capacity, 0);
}

/* Appending n elements must cost O(n) in all, and lose none. */
static void a_growing_array_keeps_its_elements_and_grows_by_half(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    int *array = NULL;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        size_t before = capacity;
        assert_true(heap_grow(&heap.heap, &array, &capacity, (size_t)i + 1, sizeof(array[0])));
        assert_true(capacity == before || capacity > before + before / 2);
        array[i] = i;
    }
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(array[i], i);
    }
    assert_true(heap_grow(&heap.heap, &array, &capacity, 5000, sizeof(array[0])));
    assert_int_equal(capacity, 5000);
    heap_give(&heap.heap, array, capacity * sizeof(array[0]));
    assert_int_equal(heap.outstanding, 0);
}

/* After a failure the caller goes on with what it had. */
static void without_memory_an_array_stays_as_it_was(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, 1);
    char *array = NULL;
    size_t capacity = 0;
    assert_true(heap_grow(&heap.heap, &array, &capacity, 1, 1));
    char *before = array;
    array[0] = 'x';
    assert_false(heap_grow(&heap.heap, &array, &capacity, 100, 1));
    assert_ptr_equal(array, before);
    assert_int_equal(array[0], 'x');
    assert_int_equal(capacity, 8);
    heap_give(&heap.heap, array, capacity);

    failing_heap_init(&heap, 0);
    assert_null(heap_take_zeroed(&heap.heap, 1, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_of_size_zero_is_a_block),
        cmocka_unit_test(zeroed_memory_is_zero),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(a_growing_array_keeps_its_elements_and_grows_by_half),
        cmocka_unit_test(without_memory_an_array_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
