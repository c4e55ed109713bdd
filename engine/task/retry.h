/* SPDX-License-Identifier: Apache-2.0 */
/* retry.h - whether a failed attempt is followed by another one, and when.
 *
 * With n = the number of the attempt that failed (from 1):
 *
 *     fixed        initial
 *     linear       initial * n * multiplier
 *     exponential  initial * multiplier * base^(n-1)
 *
 * then min(delay, max), then jitter. The formulas and their defaults are those of Cloacina
 * (docs/differences.md has the places where its documents and its code disagree). Only integers
 * take part: factors are Q32.32 (64-bit fixed point, 32 bits after the point), every product is cut
 * to whole nanoseconds, and what does not fit stays at the largest value. */
#ifndef TASK_RETRY_H
#define TASK_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/authoring.h>
#include <cloacina/error.h>

#include "base/arena.h"
#include "base/text.h"

enum {
    RETRY_ATTEMPTS_MAX = 1000000,
    RETRY_PATTERNS_MAX = 64,
    RETRY_PATTERN_LENGTH_MAX = 255,
    RETRY_JITTER_BOUND = 65537 /* ask randomness for a number below this */
};
#define RETRY_DELAY_MS_MAX INT64_C(3155760000000) /* 100 years */

/* Immutable; in an arena, or the static default. */
struct retry_policy {
    uint32_t attempts_max; /* runs in all */
    enum cloacina_backoff backoff;
    enum cloacina_jitter jitter;
    enum cloacina_retry_when when;
    uint64_t base;       /* Q32.32; 1.0 where the backoff has none */
    uint64_t multiplier; /* Q32.32; 1.0 where the backoff has none */
    int64_t initial_ns;
    int64_t max_ns;
    const char *const *patterns; /* PATTERNS: pattern_count texts */
    uint32_t pattern_count;
};

/* The policy of an all-zero struct cloacina_retry; static. */
const struct retry_policy *retry_policy_default(void);

/* Checks and converts. The patterns stay the caller's. INVALID: "retry: ..." names the field. */
enum cloacina_code retry_policy_of(const struct cloacina_retry *retry,
                                   struct retry_policy *ret_policy,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* A copy in the arena, patterns included, or the static default if it is that; NULL: no memory. */
const struct retry_policy *retry_policy_keep(const struct retry_policy *policy,
                                             struct arena *arena) MUST_CHECK;

bool retry_policy_equal(const struct retry_policy *a, const struct retry_policy *b);

/* Nanoseconds to wait after attempt `failed_attempt` (from 1). `jitter_draw` is below
 * RETRY_JITTER_BOUND; 0 is exactly no jitter, 1 to RETRY_JITTER_BOUND - 1 spread the delay evenly
 * from 75 % to 125 %, both included. */
int64_t retry_delay(const struct retry_policy *policy, uint32_t failed_attempt,
                    uint64_t jitter_draw);

/* Whether attempt `failed_attempt` (from 1), which ended with `code` and `message`, is followed by
 * another. */
bool retry_is_wanted(const struct retry_policy *policy, uint32_t failed_attempt,
                     enum cloacina_code code, struct text message);

/* ---- as JSON, for definitions: only what differs from the default, keys sorted ---- */

struct json_reader;

void retry_policy_write(struct text_builder *builder, const struct retry_policy *policy);

/* Reads an object into the form that retry_policy_of checks; texts go into the arena. */
enum cloacina_code retry_read(struct json_reader *reader, struct arena *arena,
                              struct cloacina_retry *ret_retry,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
