/* SPDX-License-Identifier: Apache-2.0 */
/* test_sort.c - sorting in place. */
#include "support.h"

#include "context/sort.h"

static size_t comparisons;

static int compare(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a;
    uint32_t other = *(const uint32_t *)b;
    comparisons++;
    return one < other ? -1 : one > other;
}

/* Every length up to a hundred, orders up and down and mixed, many equal elements. */
static void elements_ascend_and_none_is_lost(void **state)
{
    (void)state;
    for (uint32_t count = 0; count < 100; count++) {
        for (uint32_t step = 1; step < 100; step += 7) {
            uint32_t elements[100];
            uint32_t seen[100] = {0};
            for (uint32_t i = 0; i < count; i++) {
                elements[i] = i * step % 53;
                seen[elements[i]]++;
            }
            sort_in_place(elements, count, sizeof(elements[0]), compare);
            for (uint32_t i = 0; i < count; i++) {
                assert_true(i == 0 || elements[i - 1] <= elements[i]);
                seen[elements[i]]--;
            }
            for (uint32_t i = 0; i < 100; i++) {
                assert_int_equal(seen[i], 0);
            }
        }
    }
}

/* Keys arrive sorted nearly always: canonical JSON is. */
static void what_ascends_already_costs_one_look_each(void **state)
{
    (void)state;
    static uint32_t elements[10000];
    for (uint32_t i = 0; i < 10000; i++) {
        elements[i] = i;
    }
    comparisons = 0;
    sort_in_place(elements, 10000, sizeof(elements[0]), compare);
    assert_int_equal(comparisons, 9999);
}

/* No input makes it quadratic: keys may come from anybody. */
static void there_is_no_bad_case(void **state)
{
    (void)state;
    static uint32_t elements[10000];
    for (uint32_t i = 0; i < 10000; i++) {
        elements[i] = 10000 - i;
    }
    comparisons = 0;
    sort_in_place(elements, 10000, sizeof(elements[0]), compare);
    assert_in_range(comparisons, 10000, 2 * 10000 * 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_ascend_and_none_is_lost),
        cmocka_unit_test(what_ascends_already_costs_one_look_each),
        cmocka_unit_test(there_is_no_bad_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
