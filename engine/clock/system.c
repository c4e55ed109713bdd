/* SPDX-License-Identifier: Apache-2.0 */
/* system.c - the operating system's clock.
 *
 * Law: no other file under engine/ reads a clock or sleeps, but gate.c, for threads that wait. */
#include <cloacina/clock.h>

#include <assert.h>
#include <errno.h>
#include <time.h>

#include "base/instant.h"

/* Linux stops CLOCK_MONOTONIC while the machine is suspended; a lease must not stop with it. */
#ifdef CLOCK_BOOTTIME
#define CLOCK_STEADY CLOCK_BOOTTIME
#else
#define CLOCK_STEADY CLOCK_MONOTONIC
#endif

static int64_t clock_read(clockid_t id)
{
    struct timespec now;
    int status = clock_gettime(id, &now);
    assert(status == 0);
    return now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

static int64_t system_monotonic(struct cloacina_clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_STEADY);
}

static int64_t system_realtime(struct cloacina_clock *clock)
{
    (void)clock;
    return clock_read(CLOCK_REALTIME);
}

static enum cloacina_code system_wait_until(struct cloacina_clock *clock, int64_t deadline,
                                            struct cloacina_error *err)
{
    (void)clock;
    (void)err;
    if (deadline <= 0) {
        return CLOACINA_OK;
    }
    const struct timespec until = {
        .tv_sec = (time_t)(deadline / NANOSECONDS_PER_SECOND),
        .tv_nsec = (long)(deadline % NANOSECONDS_PER_SECOND),
    };
    int status;
    do {
        status = clock_nanosleep(CLOCK_STEADY, TIMER_ABSTIME, &until, NULL);
    } while (status == EINTR);
    assert(status == 0);
    return CLOACINA_OK;
}

struct cloacina_clock *cloacina_clock_system(void)
{
    static const struct cloacina_clock_impl impl = {
        .monotonic = system_monotonic,
        .realtime = system_realtime,
        .wait_until = system_wait_until,
    };
    static struct cloacina_clock clock = {.impl = &impl};
    return &clock;
}
