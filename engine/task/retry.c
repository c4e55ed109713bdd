/* SPDX-License-Identifier: Apache-2.0 */
/* retry.c - retry policies: checked, converted to integers, and applied.
 *
 * Law: doubles appear in retry_policy_of only; from there on everything is integer arithmetic that
 * saturates, so that every compiler and machine computes the same delay. */
#include "task/retry.h"

#include <assert.h>
#include <string.h>

#include "base/compiler.h"
#include "base/instant.h"

#define FACTOR_ONE (UINT64_C(1) << 32)

enum {
    ATTEMPTS_DEFAULT = 3,
    INITIAL_DELAY_MS_DEFAULT = 1000,
    DELAY_MAX_MS_DEFAULT = 60000,
    BASE_DEFAULT = 2,
};

const struct retry_policy *retry_policy_default(void)
{
    static const struct retry_policy policy = {
        .attempts_max = ATTEMPTS_DEFAULT,
        .backoff = CLOACINA_BACKOFF_EXPONENTIAL,
        .jitter = CLOACINA_JITTER_QUARTER,
        .when = CLOACINA_RETRY_ALL,
        .base = BASE_DEFAULT * FACTOR_ONE,
        .multiplier = FACTOR_ONE,
        .initial_ns = INITIAL_DELAY_MS_DEFAULT * NANOSECONDS_PER_MILLISECOND,
        .max_ns = DELAY_MAX_MS_DEFAULT * NANOSECONDS_PER_MILLISECOND,
    };
    return &policy;
}

/* ---- from what the author wrote ---- */

static enum cloacina_code enums_check(const struct cloacina_retry *retry,
                                      struct cloacina_error *err)
{
    if ((unsigned)retry->backoff > CLOACINA_BACKOFF_FIXED) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "retry: there is no backoff number %u",
                                    (unsigned)retry->backoff);
    }
    if ((unsigned)retry->jitter > CLOACINA_JITTER_NONE) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "retry: there is no jitter number %u",
                                    (unsigned)retry->jitter);
    }
    if ((unsigned)retry->retry_when > CLOACINA_RETRY_PATTERNS) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "retry: there is no retry_when number %u",
                                    (unsigned)retry->retry_when);
    }
    return CLOACINA_OK;
}

static enum cloacina_code attempts_set(struct retry_policy *policy,
                                       const struct cloacina_retry *retry,
                                       struct cloacina_error *err)
{
    if (retry->attempts_max < 0 || retry->attempts_max > RETRY_ATTEMPTS_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "retry: attempts_max is %d, wanted 1 to %d, or 0 for the default", retry->attempts_max,
            RETRY_ATTEMPTS_MAX);
    }
    if (retry->attempts_max > 0) {
        policy->attempts_max = (uint32_t)retry->attempts_max;
    }
    return CLOACINA_OK;
}

static enum cloacina_code delays_set(struct retry_policy *policy,
                                     const struct cloacina_retry *retry, struct cloacina_error *err)
{
    int64_t initial = retry->initial_delay_ms;
    int64_t longest = retry->delay_max_ms;
    if (initial < CLOACINA_NO_DELAY || initial > RETRY_DELAY_MS_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "retry: initial_delay_ms is %lld, wanted 1 to %lld, 0 for the default or "
            "CLOACINA_NO_DELAY",
            (long long)initial, (long long)RETRY_DELAY_MS_MAX);
    }
    if (longest < 0 || longest > RETRY_DELAY_MS_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "retry: delay_max_ms is %lld, wanted 1 to %lld, or 0 for the default",
            (long long)longest, (long long)RETRY_DELAY_MS_MAX);
    }
    initial = initial == CLOACINA_NO_DELAY ? 0 : initial == 0 ? INITIAL_DELAY_MS_DEFAULT : initial;
    if (longest == 0) {
        longest = initial > DELAY_MAX_MS_DEFAULT ? initial : DELAY_MAX_MS_DEFAULT;
    }
    if (initial > longest) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "retry: the initial delay of %lld ms is above the longest of %lld ms",
            (long long)initial, (long long)longest);
    }
    policy->initial_ns = initial * NANOSECONDS_PER_MILLISECOND;
    policy->max_ns = longest * NANOSECONDS_PER_MILLISECOND;
    return CLOACINA_OK;
}

/* `value` to Q32.32, exactly where it has no more than 32 bits after the point. NaN fails every
 * comparison. */
static enum cloacina_code factor_set(uint64_t *ret_factor, double value, const char *field,
                                     struct cloacina_error *err)
{
    if (!(value >= 1.0 / 4294967296.0 && value <= 2147483648.0)) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "retry: %s is not between 2^-32 and 2^31, nor 0 for the default",
            field);
    }
    *ret_factor = (uint64_t)(value * 4294967296.0);
    return CLOACINA_OK;
}

/* NaN is given, and refused. */
static bool is_given(double factor)
{
    return factor != 0;
}

/* A factor that the chosen backoff does not use is a mistake of the author, not noise. */
static enum cloacina_code factors_set(struct retry_policy *policy,
                                      const struct cloacina_retry *retry,
                                      struct cloacina_error *err)
{
    bool is_exponential = retry->backoff == CLOACINA_BACKOFF_EXPONENTIAL;
    bool is_fixed = retry->backoff == CLOACINA_BACKOFF_FIXED;
    if (!is_exponential) {
        policy->base = FACTOR_ONE;
    }
    enum cloacina_code code = CLOACINA_OK;
    if (is_given(retry->base)) {
        if (!is_exponential) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "retry: base is for exponential backoff only");
        }
        code = factor_set(&policy->base, retry->base, "base", err);
    }
    if (code == CLOACINA_OK && is_given(retry->multiplier)) {
        if (is_fixed) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "retry: multiplier has no meaning for fixed backoff");
        }
        code = factor_set(&policy->multiplier, retry->multiplier, "multiplier", err);
    }
    return code;
}

static enum cloacina_code patterns_set(struct retry_policy *policy,
                                       const struct cloacina_retry *retry,
                                       struct cloacina_error *err)
{
    uint32_t count = 0;
    while (retry->patterns != NULL && retry->patterns[count] != NULL &&
           count <= RETRY_PATTERNS_MAX) {
        struct text pattern = text_of(retry->patterns[count++]);
        if (pattern.length == 0 || pattern.length > RETRY_PATTERN_LENGTH_MAX ||
            !text_is_utf8(pattern)) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "retry: pattern %u is not 1 to %d bytes of UTF-8", count,
                                        RETRY_PATTERN_LENGTH_MAX);
        }
    }
    if (count > RETRY_PATTERNS_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "retry: more than %d patterns",
                                    RETRY_PATTERNS_MAX);
    }
    if (retry->retry_when == CLOACINA_RETRY_PATTERNS && count == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "retry: CLOACINA_RETRY_PATTERNS needs patterns");
    }
    if (retry->retry_when != CLOACINA_RETRY_PATTERNS && count > 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "retry: patterns need retry_when CLOACINA_RETRY_PATTERNS");
    }
    policy->patterns = retry->patterns;
    policy->pattern_count = count;
    return CLOACINA_OK;
}

enum cloacina_code retry_policy_of(const struct cloacina_retry *retry,
                                   struct retry_policy *ret_policy, struct cloacina_error *err)
{
    struct retry_policy policy = *retry_policy_default();
    policy.backoff = retry->backoff;
    policy.jitter = retry->jitter;
    policy.when = retry->retry_when;
    enum cloacina_code code = enums_check(retry, err);
    if (code == CLOACINA_OK) {
        code = attempts_set(&policy, retry, err);
    }
    if (code == CLOACINA_OK) {
        code = delays_set(&policy, retry, err);
    }
    if (code == CLOACINA_OK) {
        code = factors_set(&policy, retry, err);
    }
    if (code == CLOACINA_OK) {
        code = patterns_set(&policy, retry, err);
    }
    if (code == CLOACINA_OK) {
        *ret_policy = policy;
    }
    return code;
}

const struct retry_policy *retry_policy_keep(const struct retry_policy *policy, struct arena *arena)
{
    if (retry_policy_equal(policy, retry_policy_default())) {
        return retry_policy_default();
    }
    struct retry_policy *kept = arena_take(arena, sizeof(*kept));
    const char **patterns = arena_take(arena, policy->pattern_count * sizeof(*patterns));
    if (kept == NULL || patterns == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < policy->pattern_count; i++) {
        patterns[i] = arena_copy(arena, policy->patterns[i], strlen(policy->patterns[i]));
        if (patterns[i] == NULL) {
            return NULL;
        }
    }
    *kept = *policy;
    kept->patterns = patterns;
    return kept;
}

bool retry_policy_equal(const struct retry_policy *a, const struct retry_policy *b)
{
    if (a->attempts_max != b->attempts_max || a->backoff != b->backoff || a->jitter != b->jitter ||
        a->when != b->when || a->base != b->base || a->multiplier != b->multiplier ||
        a->initial_ns != b->initial_ns || a->max_ns != b->max_ns ||
        a->pattern_count != b->pattern_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->pattern_count; i++) {
        if (strcmp(a->patterns[i], b->patterns[i]) != 0) {
            return false;
        }
    }
    return true;
}

/* ---- the next attempt ---- */

/* delay * factor, cut to whole nanoseconds, at most INT64_MAX; `delay` is not negative. */
static int64_t scale(int64_t delay, uint64_t factor)
{
    uint128_t product = (uint128_t)delay * factor >> 32;
    return product > INT64_MAX ? INT64_MAX : (int64_t)product;
}

/* delay * base^steps. Ends early where more steps change nothing, or, growing, where the cap is
 * reached. */
static int64_t scale_repeatedly(int64_t delay, uint64_t base, uint32_t steps, int64_t cap)
{
    for (uint32_t i = 0; i < steps; i++) {
        int64_t next = scale(delay, base);
        if (next == delay || (base >= FACTOR_ONE && next >= cap)) {
            return next;
        }
        delay = next;
    }
    return delay;
}

/* From 75 % to 125 % of `delay`, evenly over the draws 1 to RETRY_JITTER_BOUND - 1. */
static int64_t jitter_add(int64_t delay, uint64_t draw)
{
    uint64_t span = (uint64_t)delay / 2;
    uint64_t steps = RETRY_JITTER_BOUND - 2;
    uint64_t offset = span / steps * (draw - 1) + span % steps * (draw - 1) / steps;
    uint64_t spread = (uint64_t)delay - (uint64_t)delay / 4 + offset;
    return spread > INT64_MAX ? INT64_MAX : (int64_t)spread;
}

static int64_t delay_before_jitter(const struct retry_policy *policy, uint32_t failed_attempt)
{
    int64_t delay = policy->initial_ns;
    switch (policy->backoff) {
    case CLOACINA_BACKOFF_FIXED:
        break;
    case CLOACINA_BACKOFF_LINEAR:
        delay = delay > INT64_MAX / failed_attempt ? INT64_MAX : delay * failed_attempt;
        delay = scale(delay, policy->multiplier);
        break;
    case CLOACINA_BACKOFF_EXPONENTIAL:
        delay = scale(delay, policy->multiplier);
        delay = scale_repeatedly(delay, policy->base, failed_attempt - 1, policy->max_ns);
        break;
    }
    return delay < policy->max_ns ? delay : policy->max_ns;
}

int64_t retry_delay(const struct retry_policy *policy, uint32_t failed_attempt,
                    uint64_t jitter_draw)
{
    assert(failed_attempt >= 1 && jitter_draw < RETRY_JITTER_BOUND);
    int64_t delay = delay_before_jitter(policy, failed_attempt);
    return policy->jitter == CLOACINA_JITTER_NONE || jitter_draw == 0
               ? delay
               : jitter_add(delay, jitter_draw);
}

static bool is_transient(enum cloacina_code code, struct text message)
{
    static const char *const words[] = {"timeout", "connection", "network", "temporary",
                                        "unavailable"};
    if (cloacina_code_is_transient(code)) {
        return true;
    }
    for (size_t i = 0; code == CLOACINA_FAILED && i < ARRAY_COUNT(words); i++) {
        if (text_contains_ignoring_case(message, text_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool matches_pattern(const struct retry_policy *policy, struct text message)
{
    for (uint32_t i = 0; i < policy->pattern_count; i++) {
        if (text_contains_ignoring_case(message, text_of(policy->patterns[i]))) {
            return true;
        }
    }
    return false;
}

bool retry_is_wanted(const struct retry_policy *policy, uint32_t failed_attempt,
                     enum cloacina_code code, struct text message)
{
    if (failed_attempt >= policy->attempts_max) {
        return false;
    }
    switch (policy->when) {
    case CLOACINA_RETRY_ALL:
        return true;
    case CLOACINA_RETRY_NEVER:
        return false;
    case CLOACINA_RETRY_TRANSIENT:
        return is_transient(code, message);
    case CLOACINA_RETRY_PATTERNS:
        return matches_pattern(policy, message);
    }
    return false;
}
