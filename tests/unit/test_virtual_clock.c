/* SPDX-License-Identifier: Apache-2.0 */
/* test_virtual_clock.c - clocks that are arithmetic: offset, drift, steps, waiting. */
#include "support.h"

#include "base/hash.h"
#include "base/instant.h"
#include "clock/virtual.h"

#define START (INT64_C(1704067200) * NANOSECONDS_PER_SECOND) /* 2024-01-01T00:00:00Z */
#define SECOND NANOSECONDS_PER_SECOND

/* A world in small: its time, and the sleep that moves it. */
struct timeline {
    int64_t now;
    enum cloacina_code answer;
};

static enum cloacina_code timeline_sleep_until(void *user, int64_t world_time,
                                               struct cloacina_error *err)
{
    struct timeline *timeline = user;
    if (timeline->answer != CLOACINA_OK) {
        return cloacina_error_raise(err, timeline->answer, "the actor died in its sleep");
    }
    assert_true(world_time >= timeline->now);
    timeline->now = world_time;
    return CLOACINA_OK;
}

static struct virtual_clock clock_of(struct timeline *timeline, int64_t offset_ns,
                                     int64_t drift_ppb)
{
    struct virtual_clock clock;
    const struct virtual_clock_options options = {
        .now = &timeline->now,
        .offset_ns = offset_ns,
        .drift_ppb = drift_ppb,
        .sleep_until = timeline_sleep_until,
        .user = timeline,
    };
    virtual_clock_init(&clock, &options);
    return clock;
}

/* Calm means that everybody agrees. */
static void without_offset_and_drift_it_shows_the_worlds_time(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock clock = clock_of(&timeline, 0, 0);
    assert_int_equal(cloacina_clock_monotonic(&clock.clock), 0);
    assert_int_equal(cloacina_clock_realtime(&clock.clock), START);
    timeline.now += 1200;
    assert_int_equal(cloacina_clock_monotonic(&clock.clock), 1200);
    assert_int_equal(cloacina_clock_realtime(&clock.clock), START + 1200);
}

/* A wrong wall clock must not touch timeouts. */
static void offsets_and_steps_move_realtime_alone(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock clock = clock_of(&timeline, -90 * SECOND, 0);
    timeline.now += SECOND;
    assert_int_equal(cloacina_clock_realtime(&clock.clock), START - 89 * SECOND);
    virtual_clock_step(&clock, 3600 * SECOND);
    assert_int_equal(cloacina_clock_realtime(&clock.clock), START + 3511 * SECOND);
    virtual_clock_step(&clock, -7200 * SECOND);
    assert_int_equal(cloacina_clock_realtime(&clock.clock), START - 3689 * SECOND);
    assert_int_equal(cloacina_clock_monotonic(&clock.clock), SECOND);
}

/* 100 parts per million is a bad quartz: 8.64 s in a day. */
static void drift_makes_both_times_run_faster_or_slower(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock fast = clock_of(&timeline, 0, 100000);
    struct virtual_clock slow = clock_of(&timeline, 0, -100000);
    timeline.now += NANOSECONDS_PER_DAY;
    assert_int_equal(cloacina_clock_monotonic(&fast.clock), NANOSECONDS_PER_DAY + 8640000000);
    assert_int_equal(cloacina_clock_monotonic(&slow.clock), NANOSECONDS_PER_DAY - 8640000000);
    assert_int_equal(cloacina_clock_realtime(&fast.clock),
                     START + NANOSECONDS_PER_DAY + 8640000000);
}

/* A runner that starts later starts at zero, as after a boot. */
static void the_monotonic_clock_starts_at_zero_when_it_is_made(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock first = clock_of(&timeline, 0, 0);
    timeline.now += 5;
    struct virtual_clock second = clock_of(&timeline, 0, 0);
    assert_int_equal(cloacina_clock_monotonic(&first.clock), 5);
    assert_int_equal(cloacina_clock_monotonic(&second.clock), 0);
    assert_int_equal(cloacina_clock_realtime(&second.clock), START + 5);
}

/* The law of virtual.c, for many drifts and deadlines: there, and not a nanosecond earlier. */
static void a_deadline_is_reached_exactly_at_its_world_time(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 20000; i++) {
        int64_t drift =
            (int64_t)(hash_mix(1, i) % (2 * VIRTUAL_CLOCK_DRIFT_MAX + 1)) - VIRTUAL_CLOCK_DRIFT_MAX;
        int64_t deadline = (int64_t)(hash_mix(2, i) >> (2 + i % 60));
        struct timeline timeline = {.now = 0};
        struct virtual_clock clock = clock_of(&timeline, 0, drift);
        int64_t world_time = virtual_clock_world_time(&clock, deadline);
        if (world_time == INSTANT_NEVER) {
            continue;
        }
        timeline.now = world_time;
        assert_true(cloacina_clock_monotonic(&clock.clock) >= deadline);
        if (world_time > 0) {
            timeline.now = world_time - 1;
            assert_true(cloacina_clock_monotonic(&clock.clock) < deadline);
        }
    }
}

/* Half as fast and half as fast again are the edges. */
static void the_largest_drifts_are_half_as_fast_and_half_as_fast_again(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock slow = clock_of(&timeline, 0, -VIRTUAL_CLOCK_DRIFT_MAX);
    struct virtual_clock fast = clock_of(&timeline, 0, VIRTUAL_CLOCK_DRIFT_MAX);
    timeline.now += 1001;
    assert_int_equal(cloacina_clock_monotonic(&slow.clock), 500);
    assert_int_equal(cloacina_clock_monotonic(&fast.clock), 1501);
    assert_int_equal(virtual_clock_world_time(&slow, 1000), START + 2000);
    assert_int_equal(virtual_clock_world_time(&fast, 3000), START + 2000);
}

/* "Never" is a deadline like any other to those who wait. */
static void the_ends_of_time_stay_where_they_are(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock fast = clock_of(&timeline, INT64_MAX, VIRTUAL_CLOCK_DRIFT_MAX);
    assert_true(virtual_clock_world_time(&fast, INSTANT_NEVER) == INSTANT_NEVER);
    assert_true(virtual_clock_world_time(&fast, INT64_MIN) == START);
    struct virtual_clock plain = clock_of(&timeline, 0, 0);
    assert_true(virtual_clock_world_time(&plain, INT64_MAX - START) == INT64_MAX);
    assert_true(virtual_clock_world_time(&plain, INT64_MAX - START + 1) == INSTANT_NEVER);
    assert_true(virtual_clock_world_time(&plain, INT64_MAX - START - 1) == INT64_MAX - 1);

    assert_true(cloacina_clock_realtime(&fast.clock) == INT64_MAX);
    virtual_clock_step(&fast, SECOND);
    assert_true(cloacina_clock_realtime(&fast.clock) == INT64_MAX);
    timeline.now = 0;
    struct virtual_clock old = clock_of(&timeline, 0, VIRTUAL_CLOCK_DRIFT_MAX);
    timeline.now = INT64_MAX;
    assert_true(cloacina_clock_monotonic(&old.clock) == INT64_MAX);
}

/* Engine code waits on its own clock; the world is asked in its own time. */
static void waiting_moves_the_world_to_the_deadline(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START};
    struct virtual_clock slow = clock_of(&timeline, 0, -VIRTUAL_CLOCK_DRIFT_MAX);
    assert_int_equal(cloacina_clock_wait_until(&slow.clock, 3 * SECOND, NULL), CLOACINA_OK);
    assert_int_equal(timeline.now, START + 6 * SECOND);
    assert_int_equal(cloacina_clock_monotonic(&slow.clock), 3 * SECOND);
    assert_int_equal(cloacina_clock_wait_until(&slow.clock, SECOND, NULL), CLOACINA_OK);
    assert_int_equal(timeline.now, START + 6 * SECOND);
}

/* An actor that dies while it sleeps must learn it from the wait. */
static void an_error_of_the_world_ends_the_wait(void **state)
{
    (void)state;
    struct timeline timeline = {.now = START, .answer = CLOACINA_CRASHED};
    struct virtual_clock clock = clock_of(&timeline, 0, 0);
    struct cloacina_error error = {0};
    assert_int_equal(cloacina_clock_wait_until(&clock.clock, SECOND, &error), CLOACINA_CRASHED);
    assert_string_equal(error.message, "the actor died in its sleep");
    assert_int_equal(timeline.now, START);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_offset_and_drift_it_shows_the_worlds_time),
        cmocka_unit_test(offsets_and_steps_move_realtime_alone),
        cmocka_unit_test(drift_makes_both_times_run_faster_or_slower),
        cmocka_unit_test(the_monotonic_clock_starts_at_zero_when_it_is_made),
        cmocka_unit_test(a_deadline_is_reached_exactly_at_its_world_time),
        cmocka_unit_test(the_largest_drifts_are_half_as_fast_and_half_as_fast_again),
        cmocka_unit_test(the_ends_of_time_stay_where_they_are),
        cmocka_unit_test(waiting_moves_the_world_to_the_deadline),
        cmocka_unit_test(an_error_of_the_world_ends_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
