/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/clock.h - what time it is, and waiting for it.
 *
 * Whatever needs time is given a clock. Production gives the system's; a simulated world gives each
 * runner a clock of its own, with an offset, a drift and steps, in which waiting is arithmetic.
 *
 * There are two times, and mixing them up is the classic mistake:
 * - monotonic: nanoseconds since some instant that means nothing. Never goes back and goes on while
 *   the machine is suspended. For timeouts, leases and durations; meaningless to anybody else.
 * - realtime: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds. What calendars and
 *   people use. It may step in both directions, and two machines never agree on it. */
#ifndef CLOACINA_CLOCK_H
#define CLOACINA_CLOCK_H

#include <cloacina/error.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_clock;

/* For implementers; every slot is filled. Users make the calls below. */
struct cloacina_clock_impl {
    int64_t (*monotonic)(struct cloacina_clock *clock);
    int64_t (*realtime)(struct cloacina_clock *clock);
    enum cloacina_code (*wait_until)(struct cloacina_clock *clock, int64_t deadline,
                                     struct cloacina_error *err);
};

/* Embed first in your own clock. Borrowed by everything created with it, which it must outlive. */
struct cloacina_clock {
    const struct cloacina_clock_impl *impl;
};

/* Nanoseconds on the monotonic clock. Cannot fail. */
static inline int64_t cloacina_clock_monotonic(struct cloacina_clock *clock)
{
    return clock->impl->monotonic(clock);
}

/* Nanoseconds since 1970. Cannot fail. */
static inline int64_t cloacina_clock_realtime(struct cloacina_clock *clock)
{
    return clock->impl->realtime(clock);
}

/* Blocks the caller until the monotonic clock has reached `deadline`, signals or not; returns at
 * once when it has already; with INT64_MAX it waits for ever. In a world, others run meanwhile. The
 * system's clock always answers CLOACINA_OK; a simulated one answers CLOACINA_CRASHED when the
 * waiting actor died: return at once then. */
CLOACINA_MUST_CHECK static inline enum cloacina_code
cloacina_clock_wait_until(struct cloacina_clock *clock, int64_t deadline,
                          struct cloacina_error *err)
{
    return clock->impl->wait_until(clock, deadline, err);
}

/* The operating system's clock; static, usable from every thread. */
CLOACINA_API struct cloacina_clock *cloacina_clock_system(void);

#ifdef __cplusplus
}
#endif
#endif
