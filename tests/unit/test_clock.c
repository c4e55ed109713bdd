/* SPDX-License-Identifier: Apache-2.0 */
/* test_clock.c - the operating system's clock: the one test that looks at a real one, for a few
 * milliseconds. */
#include "support.h"

#include <signal.h>
#include <time.h>

#include <cloacina/clock.h>

#include "base/instant.h"

/* Durations are differences of this clock: a negative one would be nonsense. */
static void the_monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    int64_t last = cloacina_clock_monotonic(cloacina_clock_system());
    for (int i = 0; i < 1000; i++) {
        int64_t now = cloacina_clock_monotonic(cloacina_clock_system());
        assert_true(now >= last);
        last = now;
    }
}

/* Seconds taken for nanoseconds would show here. */
static void realtime_counts_nanoseconds_since_1970(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL) - 1;
    int64_t now = cloacina_clock_realtime(cloacina_clock_system()) / NANOSECONDS_PER_SECOND;
    assert_in_range(now, before, before + 60);
}

/* A runner computes deadlines; some lie in the past when it gets to wait for them. */
static void a_deadline_in_the_past_does_not_wait(void **state)
{
    (void)state;
    struct cloacina_clock *clock = cloacina_clock_system();
    assert_int_equal(cloacina_clock_wait_until(clock, INT64_MIN, NULL), CLOACINA_OK);
    assert_int_equal(cloacina_clock_wait_until(clock, 0, NULL), CLOACINA_OK);
    assert_int_equal(cloacina_clock_wait_until(clock, 1, NULL), CLOACINA_OK);
}

static volatile sig_atomic_t interruptions;

static void count_interruption(int signal)
{
    (void)signal;
    interruptions++;
}

/* A host program has signals of its own; none may cut a wait short. */
static void a_wait_reaches_its_deadline_whatever_signals_come(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = count_interruption};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct itimerspec every_half_ms = {.it_value.tv_nsec = 500000,
                                             .it_interval.tv_nsec = 500000};
    timer_t timer;
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
    assert_int_equal(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    assert_int_equal(timer_settime(timer, 0, &every_half_ms, NULL), 0);

    struct cloacina_clock *clock = cloacina_clock_system();
    int64_t deadline = cloacina_clock_monotonic(clock) + 5 * NANOSECONDS_PER_MILLISECOND;
    assert_int_equal(cloacina_clock_wait_until(clock, deadline, NULL), CLOACINA_OK);
    assert_true(cloacina_clock_monotonic(clock) >= deadline);
    assert_true(interruptions > 0);
    assert_int_equal(timer_delete(timer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
        cmocka_unit_test(realtime_counts_nanoseconds_since_1970),
        cmocka_unit_test(a_deadline_in_the_past_does_not_wait),
        cmocka_unit_test(a_wait_reaches_its_deadline_whatever_signals_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
