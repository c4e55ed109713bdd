/* SPDX-License-Identifier: Apache-2.0 */
/* virtual.h - one actor's wrong view of the world's time.
 *
 *   world time    start ......... now          shared, exact, moved by the world alone
 *   monotonic     0 ............. elapsed * (1 + drift)
 *   realtime      start + monotonic + offset   the offset is what steps change
 *
 * Runners and the store each have one, so that no two of them agree, as in life. Integers only. */
#ifndef CLOCK_VIRTUAL_H
#define CLOCK_VIRTUAL_H

#include <stdint.h>

#include <cloacina/clock.h>

/* The largest drift either way, in parts per billion: half as fast, half as fast again. */
enum { VIRTUAL_CLOCK_DRIFT_MAX = 500000000 };

struct virtual_clock_options {
    const int64_t *now; /* Required. Borrowed; outlives the clock. World time in ns since 1970;
                           never goes back */
    int64_t offset_ns;  /* how far realtime is ahead of the world */
    int64_t drift_ppb;  /* how much faster than the world, in parts per billion */

    /* Required for waiting. Returns when world time is `world_time`, which is not before now
     * (INT64_MAX: never), or earlier with an error. */
    enum cloacina_code (*sleep_until)(void *user, int64_t world_time, struct cloacina_error *err);
    void *user; /* Borrowed; handed to sleep_until */
};

/* Owned by the caller; all fields private; nothing to finish. */
struct virtual_clock {
    struct cloacina_clock clock;
    struct virtual_clock_options options;
    int64_t start;
};

/* The monotonic clock starts at zero, now. A drift beyond the limit is a programmer error. */
void virtual_clock_init(struct virtual_clock *clock, const struct virtual_clock_options *options);

/* Moves realtime by `step_ns` at once, forwards or backwards; the monotonic clock does not
 * notice. */
void virtual_clock_step(struct virtual_clock *clock, int64_t step_ns);

/* The first world time at which the monotonic clock has reached `deadline`: not before now;
 * INT64_MAX (never) for INT64_MAX, and for what lies beyond the end of world time. */
int64_t virtual_clock_world_time(const struct virtual_clock *clock, int64_t deadline);

#endif
