/* SPDX-License-Identifier: Apache-2.0 */
/* test_timer_queue.c - what is due next. */
#include "support.h"

#include "base/hash.h"
#include "base/timer_queue.h"

/* The runner asks before it has anything to do. */
static void an_empty_queue_has_no_first(void **state)
{
    (void)state;
    struct timer_queue queue;
    timer_queue_init(&queue, NULL);
    assert_null(timer_queue_first(&queue));
    timer_queue_finish(&queue);
}

static bool is_before(struct timer a, struct timer b)
{
    return a.time < b.time || (a.time == b.time && a.order < b.order);
}

/* Fills and drains a queue of `count` timers with few different times, checking order and
 * subjects. */
static void count_check(size_t count)
{
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct timer_queue queue;
    timer_queue_init(&queue, &heap.heap);
    for (uint64_t i = 0; i < count; i++) {
        int64_t time = (int64_t)(hash_mix(count, i) % (count / 2 + 1)) - (int64_t)(count / 4);
        assert_true(timer_queue_push(&queue, (struct timer){.time = time, .order = i}));
    }
    assert_int_equal(queue.count, count);
    struct timer last = {.time = INT64_MIN};
    for (size_t left = count; left > 0; left--) {
        struct timer first = *timer_queue_first(&queue);
        struct timer popped = timer_queue_pop(&queue);
        assert_true(popped.time == first.time && popped.order == first.order);
        assert_true(is_before(last, popped));
        assert_int_equal(queue.count, left - 1);
        last = popped;
    }
    timer_queue_finish(&queue);
    assert_int_equal(heap.outstanding, 0);
}

/* Every shape of the lowest rows of the tree occurs among the small counts; the large one is
 * prefetched. */
static void timers_come_out_by_time_and_equal_times_in_the_order_they_were_started(void **state)
{
    (void)state;
    for (size_t count = 0; count < 100; count++) {
        count_check(count);
    }
    count_check(50000);
}

/* INT64_MIN and INT64_MAX are instants too, and orders use all 64 bits. */
static void the_ends_of_time_sort_like_any_instant(void **state)
{
    (void)state;
    struct timer_queue queue;
    timer_queue_init(&queue, NULL);
    const struct timer timers[] = {
        {.time = INT64_MIN},     {.time = -1},
        {.time = 0, .order = 1}, {.time = 0, .order = UINT64_MAX},
        {.time = INT64_MAX},
    };
    for (size_t i = ARRAY_COUNT(timers); i-- > 0;) {
        assert_true(timer_queue_push(&queue, timers[i]));
    }
    for (size_t i = 0; i < ARRAY_COUNT(timers); i++) {
        struct timer popped = timer_queue_pop(&queue);
        assert_true(popped.time == timers[i].time && popped.order == timers[i].order);
    }
    timer_queue_finish(&queue);
}

/* The usual life of a timeline: each event starts others, now and later. */
static void pushing_while_popping_never_goes_back_in_time(void **state)
{
    (void)state;
    struct timer_queue queue;
    timer_queue_init(&queue, NULL);
    uint64_t order = 0;
    for (; order < 40; order++) {
        assert_true(timer_queue_push(&queue, (struct timer){.time = 0, .order = order}));
    }
    struct timer last = {.time = INT64_MIN};
    for (int i = 0; i < 20000; i++) {
        struct timer now = timer_queue_pop(&queue);
        assert_true(is_before(last, now));
        last = now;
        int64_t later = (int64_t)(hash_mix(1, order) % 3);
        assert_true(
            timer_queue_push(&queue, (struct timer){.time = now.time + later, .order = order++}));
    }
    assert_int_equal(queue.count, 40);
    timer_queue_finish(&queue);
}

/* A push that fails must lose neither the queue nor its order. */
static void without_memory_a_push_says_so_and_changes_nothing(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, 1);
    struct timer_queue queue;
    timer_queue_init(&queue, &heap.heap);
    int64_t time = 8;
    while (timer_queue_push(&queue, (struct timer){.time = time})) {
        time--;
    }
    assert_int_equal(queue.count, 8);
    for (int64_t expected = 1; expected <= 8; expected++) {
        assert_int_equal(timer_queue_pop(&queue).time, expected);
    }
    timer_queue_finish(&queue);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_queue_has_no_first),
        cmocka_unit_test(timers_come_out_by_time_and_equal_times_in_the_order_they_were_started),
        cmocka_unit_test(the_ends_of_time_sort_like_any_instant),
        cmocka_unit_test(pushing_while_popping_never_goes_back_in_time),
        cmocka_unit_test(without_memory_a_push_says_so_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
