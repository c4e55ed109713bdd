/* SPDX-License-Identifier: Apache-2.0 */
/* test_lanes.c - the lowest free lane is given, always. */
#include "support.h"

#include "world/lanes.h"

static uint32_t take(struct lanes *lanes)
{
    uint32_t lane = UINT32_MAX;
    assert_true(lanes_take(lanes, &lane));
    return lane;
}

/* A picture with few rows is one that a person can read. */
static void a_free_lane_below_is_used_again(void **state)
{
    struct lanes lanes;
    (void)state;
    lanes_init(&lanes, cloacina_heap_system());
    assert_int_equal(take(&lanes), 0);
    assert_int_equal(take(&lanes), 1);
    assert_int_equal(take(&lanes), 2);
    lanes_give(&lanes, 1);
    lanes_give(&lanes, 0);
    assert_int_equal(take(&lanes), 0);
    assert_int_equal(take(&lanes), 1);
    assert_int_equal(take(&lanes), 3);
    lanes_finish(&lanes);
}

/* With unlimited slots there may be thousands. */
static void there_is_no_last_lane(void **state)
{
    struct lanes lanes;
    (void)state;
    lanes_init(&lanes, cloacina_heap_system());
    for (uint32_t i = 0; i < 5000; i++) {
        assert_int_equal(take(&lanes), i);
    }
    lanes_give(&lanes, 4999);
    lanes_give(&lanes, 65);
    lanes_give(&lanes, 640);
    assert_int_equal(take(&lanes), 65);
    assert_int_equal(take(&lanes), 640);
    assert_int_equal(take(&lanes), 4999);
    lanes_finish(&lanes);
}

static void without_memory_no_lane_is_given(void **state)
{
    struct failing_heap heap;
    struct lanes lanes;
    uint32_t lane;
    (void)state;
    failing_heap_init(&heap, 0);
    lanes_init(&lanes, &heap.heap);
    assert_false(lanes_take(&lanes, &lane));
    assert_int_equal(take(&lanes), 0);
    lanes_finish(&lanes);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_free_lane_below_is_used_again),
        cmocka_unit_test(there_is_no_last_lane),
        cmocka_unit_test(without_memory_no_lane_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
