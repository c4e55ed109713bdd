/* SPDX-License-Identifier: Apache-2.0 */
/* model_retry.c - whether there is another attempt, and when, as the authors of tasks are told.
 *
 *   fixed:        initial
 *   linear:       initial * n * multiplier
 *   exponential:  initial * multiplier * base^(n-1)
 *
 *   then the longest delay cuts it, then jitter spreads it from 75 % to 125 %
 *
 * Law: each product is cut to whole nanoseconds, as promised; no step is skipped to be fast. */
#include "checker/model.h"

#include <string.h>

#include "base/compiler.h"

/* `delay` times a factor of 32 bits before and 32 after the point. */
static int64_t times(int64_t delay, uint64_t factor)
{
    uint128_t product = (uint128_t)(uint64_t)delay * factor;
    product /= UINT64_C(1) << 32;
    return product < (uint128_t)INT64_MAX ? (int64_t)product : INT64_MAX;
}

/* The powers grow beyond the cut, or stay as they are, or fall to nothing: then no further one
 * matters. */
static int64_t exponential(const struct retry_policy *policy, uint32_t failed)
{
    int64_t delay = times(policy->initial_ns, policy->multiplier);
    for (uint32_t n = 1; n < failed; n++) {
        int64_t before = delay;
        delay = times(delay, policy->base);
        if (delay == before || (delay > before && delay >= policy->max_ns)) {
            break;
        }
    }
    return delay;
}

static int64_t linear(const struct retry_policy *policy, uint32_t failed)
{
    uint128_t product = (uint128_t)(uint64_t)policy->initial_ns * failed;
    return times(product < (uint128_t)INT64_MAX ? (int64_t)product : INT64_MAX, policy->multiplier);
}

void model_delay(const struct retry_policy *policy, uint32_t failed, int64_t *ret_shortest,
                 int64_t *ret_longest)
{
    int64_t delay = policy->initial_ns;
    if (policy->backoff == CLOACINA_BACKOFF_LINEAR) {
        delay = linear(policy, failed);
    } else if (policy->backoff == CLOACINA_BACKOFF_EXPONENTIAL) {
        delay = exponential(policy, failed);
    }
    if (delay > policy->max_ns) {
        delay = policy->max_ns;
    }
    bool has_jitter = policy->jitter != CLOACINA_JITTER_NONE;
    *ret_shortest = has_jitter ? delay - delay / 4 : delay;
    *ret_longest = has_jitter && delay < INT64_MAX / 2 ? *ret_shortest + delay / 2 : delay;
}

/* ---- is it worth another attempt? ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool mentions(struct text message, const char *word)
{
    size_t length = strlen(word);
    for (size_t start = 0; start + length <= message.length; start++) {
        size_t same = 0;
        while (same < length && lower(message.bytes[start + same]) == lower(word[same])) {
            same++;
        }
        if (same == length) {
            return true;
        }
    }
    return false;
}

static bool mentions_any(struct text message, const char *const *words, size_t count)
{
    bool does = false;
    for (size_t i = 0; i < count; i++) {
        does |= mentions(message, words[i]);
    }
    return does;
}

bool model_retries(const struct retry_policy *policy, uint32_t failed, enum cloacina_code code,
                   struct text message)
{
    static const char *const passing[] = {"timeout", "connection", "network", "temporary",
                                          "unavailable"};
    if (failed >= policy->attempts_max) {
        return false;
    }
    switch (policy->when) {
    case CLOACINA_RETRY_NEVER:
        return false;
    case CLOACINA_RETRY_ALL:
        return true;
    case CLOACINA_RETRY_TRANSIENT:
        return code == CLOACINA_TIMEOUT || code == CLOACINA_UNAVAILABLE ||
               (code == CLOACINA_FAILED && mentions_any(message, passing, ARRAY_COUNT(passing)));
    case CLOACINA_RETRY_PATTERNS:
        return mentions_any(message, policy->patterns, policy->pattern_count);
    }
    return false;
}
