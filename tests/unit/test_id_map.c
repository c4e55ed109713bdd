/* SPDX-License-Identifier: Apache-2.0 */
/* test_id_map.c - from an id to whatever is kept under it. */
#include "support.h"

#include "base/hash.h"
#include "base/id_map.h"

/* Ids of which many share their home in a small map, so that runs are long and wrap around
 * the end. */
static struct id id_of(uint64_t n)
{
    return (struct id){.high = n % 7, .low = hash_mix(n, 0)};
}

/* A runner asks for executions before it knows any. */
static void an_empty_map_has_nothing(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct id_map map;
    failing_heap_init(&heap, FAIL_NEVER);
    id_map_init(&map, &heap.heap);
    assert_null(id_map_get(&map, id_of(1)));
    id_map_remove(&map, id_of(1));
    assert_int_equal(map.count, 0);
    assert_int_equal(heap.allocations, 0);
    id_map_finish(&map);
}

/* Both halves make the id. */
static void ids_that_differ_in_one_half_are_different(void **state)
{
    (void)state;
    int a = 0;
    int b = 0;
    struct failing_heap heap;
    struct id_map map;
    failing_heap_init(&heap, FAIL_NEVER);
    id_map_init(&map, &heap.heap);
    assert_true(id_map_put(&map, (struct id){1, 2}, &a));
    assert_true(id_map_put(&map, (struct id){2, 2}, &b));
    assert_ptr_equal(id_map_get(&map, (struct id){1, 2}), &a);
    assert_ptr_equal(id_map_get(&map, (struct id){2, 2}), &b);
    assert_null(id_map_get(&map, (struct id){1, 3}));
    id_map_finish(&map);
    assert_int_equal(heap.outstanding, 0);
}

enum { IDS = 300, STEPS = 20000 };

/* Puts and removes at random beside a plain array; a removal that leaves a gap in a run loses an id
 * behind it. */
static void it_agrees_with_an_array_whatever_is_put_and_removed(void **state)
{
    (void)state;
    static bool is_there[IDS];
    static char values[IDS];
    size_t count = 0;
    struct failing_heap heap;
    struct id_map map;
    failing_heap_init(&heap, FAIL_NEVER);
    id_map_init(&map, &heap.heap);
    for (uint64_t step = 0; step < STEPS; step++) {
        size_t n = hash_mix(step, 1) % IDS;
        if (is_there[n]) {
            id_map_remove(&map, id_of(n));
            count--;
        } else {
            assert_true(id_map_put(&map, id_of(n), &values[n]));
            count++;
        }
        is_there[n] = !is_there[n];
        assert_int_equal(map.count, count);
        size_t other = hash_mix(step, 2) % IDS;
        assert_ptr_equal(id_map_get(&map, id_of(other)), is_there[other] ? &values[other] : NULL);
    }
    for (size_t n = 0; n < IDS; n++) {
        assert_ptr_equal(id_map_get(&map, id_of(n)), is_there[n] ? &values[n] : NULL);
    }
    id_map_finish(&map);
    assert_int_equal(heap.outstanding, 0);
}

/* A put that fails must lose nothing that was there. */
static void without_memory_a_put_says_so_and_changes_nothing(void **state)
{
    (void)state;
    char values[100];
    struct failing_heap heap;
    struct id_map map;
    failing_heap_init(&heap, 2);
    id_map_init(&map, &heap.heap);
    size_t count = 0;
    while (id_map_put(&map, id_of(count), &values[count])) {
        count++;
    }
    assert_true(heap.has_failed);
    assert_int_equal(map.count, count);
    assert_null(id_map_get(&map, id_of(count)));
    for (size_t n = 0; n < count; n++) {
        assert_ptr_equal(id_map_get(&map, id_of(n)), &values[n]);
    }
    assert_true(id_map_put(&map, id_of(count), &values[count]));
    id_map_finish(&map);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(ids_that_differ_in_one_half_are_different),
        cmocka_unit_test(it_agrees_with_an_array_whatever_is_put_and_removed),
        cmocka_unit_test(without_memory_a_put_says_so_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
