/* SPDX-License-Identifier: Apache-2.0 */
/* test_scarce.c - a heap that has no memory for a while. */
#include "support.h"

#include "world/scarce.h"

/* What is asked for first fails, and then it is over. */
static void so_many_requests_fail_and_no_more(void **state)
{
    struct scarce_heap heap;
    (void)state;
    scarce_heap_init(&heap, cloacina_heap_system());
    heap.fails = 2;
    assert_null(heap_take(&heap.heap, 8));
    assert_null(heap_take_zeroed(&heap.heap, 2, 8));
    void *block = heap_take(&heap.heap, 8);
    assert_non_null(block);
    assert_int_equal(heap.failed, 2);
    heap_give(&heap.heap, block, 8);
}

/* Otherwise a runner could not even clean up. */
static void giving_back_and_shrinking_always_work(void **state)
{
    struct failing_heap full;
    struct scarce_heap heap;
    (void)state;
    failing_heap_init(&full, FAIL_NEVER);
    scarce_heap_init(&heap, &full.heap);
    char *block = heap_take(&heap.heap, 16);
    heap.fails = 1;
    assert_null(heap.heap.impl->resize(&heap.heap, block, 16, 32)); /* still there */
    heap.fails = 1;
    block = heap.heap.impl->resize(&heap.heap, block, 16, 4);
    assert_non_null(block);
    heap_give(&heap.heap, block, 4);
    assert_int_equal(heap.fails, 1);
    assert_int_equal(full.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_requests_fail_and_no_more),
        cmocka_unit_test(giving_back_and_shrinking_always_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
