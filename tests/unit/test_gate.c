/* SPDX-License-Identifier: Apache-2.0 */
/* test_gate.c - waiting for another thread, or for a time. */
#include "support.h"

#include <cloacina/clock.h>

#include "base/instant.h"
#include "clock/gate.h"

struct room {
    struct gate gate;
    int said, heard;
};

static void *listen(void *user)
{
    struct room *room = user;
    gate_lock(&room->gate);
    while (room->said == 0 && gate_wait(&room->gate, INSTANT_NEVER)) {
    }
    room->heard++;
    gate_signal(&room->gate);
    gate_unlock(&room->gate);
    return NULL;
}

/* Far away is not never: it takes the other way to wait. */
static void *listen_for_a_year(void *user)
{
    struct room *room = user;
    int64_t end = cloacina_clock_monotonic(cloacina_clock_system()) + 365 * NANOSECONDS_PER_DAY;
    gate_lock(&room->gate);
    while (room->said == 0 && gate_wait(&room->gate, end)) {
    }
    room->heard++;
    gate_unlock(&room->gate);
    return NULL;
}

static void what_is_said_wakes_those_who_wait(void **state)
{
    (void)state;
    struct room room = {.said = 0};
    pthread_t threads[3];
    gate_init(&room.gate);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, i == 0 ? listen_for_a_year : listen, &room), 0);
    }
    gate_lock(&room.gate);
    room.said = 1;
    gate_broadcast(&room.gate);
    gate_unlock(&room.gate);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_int_equal(room.heard, 3);
    gate_finish(&room.gate);
}

/* A deadline ends a wait, and one that has passed does not begin it. */
static void a_wait_ends_at_its_deadline(void **state)
{
    (void)state;
    struct gate gate;
    struct cloacina_clock *clock = cloacina_clock_system();
    gate_init(&gate);
    gate_lock(&gate);
    assert_false(gate_wait(&gate, 0));
    int64_t soon = cloacina_clock_monotonic(clock) + NANOSECONDS_PER_MILLISECOND;
    while (gate_wait(&gate, soon)) {
    }
    assert_true(cloacina_clock_monotonic(clock) >= soon);
    gate_unlock(&gate);
    gate_finish(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_wakes_those_who_wait),
        cmocka_unit_test(a_wait_ends_at_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
