/* SPDX-License-Identifier: Apache-2.0 */
/* virtual.c - clocks that are arithmetic.
 *
 * Law: at the world time that virtual_clock_world_time() gives, monotonic() has reached the
 * deadline, and one nanosecond earlier it has not. Otherwise a waiter would wake up too early, wait
 * again, and never get on. */
#include "clock/virtual.h"

#include <assert.h>

#include "base/compiler.h"
#include "base/instant.h"

#define BILLION NANOSECONDS_PER_SECOND

/* Local nanoseconds per world second. */
static int64_t rate_of(const struct virtual_clock *clock)
{
    return BILLION + clock->options.drift_ppb;
}

static int64_t local_elapsed(const struct virtual_clock *clock)
{
    int64_t elapsed = *clock->options.now - clock->start;
    assert(elapsed >= 0);
    if (clock->options.drift_ppb == 0) {
        return elapsed; /* the usual case; a 128-bit division costs more than all the rest */
    }
    int128_t local = (int128_t)elapsed * rate_of(clock) / BILLION;
    return local > INT64_MAX ? INT64_MAX : (int64_t)local;
}

static int64_t virtual_monotonic(struct cloacina_clock *base)
{
    return local_elapsed(CONTAINER_OF(base, struct virtual_clock, clock));
}

static int64_t virtual_realtime(struct cloacina_clock *base)
{
    const struct virtual_clock *clock = CONTAINER_OF(base, struct virtual_clock, clock);
    return instant_add(instant_add(clock->start, local_elapsed(clock)), clock->options.offset_ns);
}

static enum cloacina_code virtual_wait_until(struct cloacina_clock *base, int64_t deadline,
                                             struct cloacina_error *err)
{
    const struct virtual_clock *clock = CONTAINER_OF(base, struct virtual_clock, clock);
    int64_t world_time = virtual_clock_world_time(clock, deadline);
    return clock->options.sleep_until(clock->options.user, world_time, err);
}

void virtual_clock_init(struct virtual_clock *clock, const struct virtual_clock_options *options)
{
    static const struct cloacina_clock_impl impl = {
        .monotonic = virtual_monotonic,
        .realtime = virtual_realtime,
        .wait_until = virtual_wait_until,
    };
    assert(options->now != NULL);
    assert(options->drift_ppb >= -VIRTUAL_CLOCK_DRIFT_MAX &&
           options->drift_ppb <= VIRTUAL_CLOCK_DRIFT_MAX);
    *clock = (struct virtual_clock){
        .clock.impl = &impl,
        .options = *options,
        .start = *options->now,
    };
}

void virtual_clock_step(struct virtual_clock *clock, int64_t step_ns)
{
    clock->options.offset_ns = instant_add(clock->options.offset_ns, step_ns);
}

/* elapsed * rate / BILLION, rounded down, reaches the deadline from elapsed = deadline * BILLION /
 * rate, rounded up. */
int64_t virtual_clock_world_time(const struct virtual_clock *clock, int64_t deadline)
{
    int64_t now = *clock->options.now;
    if (deadline == INSTANT_NEVER) {
        return INSTANT_NEVER;
    }
    if (deadline <= 0) {
        return now;
    }
    int64_t rate = rate_of(clock);
    int128_t elapsed = clock->options.drift_ppb == 0
                           ? (int128_t)deadline
                           : ((int128_t)deadline * BILLION + rate - 1) / rate;
    int128_t world_time = clock->start + elapsed;
    if (world_time > INT64_MAX) {
        return INSTANT_NEVER;
    }
    return world_time < now ? now : (int64_t)world_time;
}
