/* SPDX-License-Identifier: Apache-2.0 */
/* test_retry.c - retry policies: defaults, checks, delays, and who gets another attempt. */
#include "support.h"

#include <math.h>

#include "base/instant.h"
#include "task/retry.h"

#define MS NANOSECONDS_PER_MILLISECOND

static struct retry_policy policy_of(struct cloacina_retry retry)
{
    struct retry_policy policy;
    struct cloacina_error err = {0};
    if (retry_policy_of(&retry, &policy, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return policy;
}

static void refused(struct cloacina_retry retry, const char *message)
{
    struct retry_policy policy;
    struct cloacina_error err = {0};
    assert_int_equal(retry_policy_of(&retry, &policy, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, message);
    assert_int_equal(retry_policy_of(&retry, &policy, NULL), CLOACINA_INVALID);
}

/* The defaults are a promise of the header. */
static void all_zero_means_three_attempts_after_one_and_two_seconds(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of((struct cloacina_retry){0});
    assert_true(retry_policy_equal(&policy, retry_policy_default()));
    assert_int_equal(policy.attempts_max, 3);
    assert_int_equal(retry_delay(&policy, 1, 0), 1000 * MS);
    assert_int_equal(retry_delay(&policy, 2, 0), 2000 * MS);
    assert_int_equal(policy.jitter, CLOACINA_JITTER_QUARTER);
    assert_int_equal(policy.when, CLOACINA_RETRY_ALL);
}

/* 1, 2, 4 ... 32, then the cap of 60 s for ever, however many attempts there were. */
static void exponential_delays_double_up_to_the_cap(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.attempts_max = RETRY_ATTEMPTS_MAX});
    assert_int_equal(retry_delay(&policy, 6, 0), 32000 * MS);
    assert_int_equal(retry_delay(&policy, 7, 0), 60000 * MS);
    assert_int_equal(retry_delay(&policy, 999999, 0), 60000 * MS);
}

/* initial * multiplier * base^(n-1), with factors that are exact in binary. */
static void exponential_uses_base_and_multiplier(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of((struct cloacina_retry){
        .base = 1.5, .multiplier = 0.5, .initial_delay_ms = 800, .attempts_max = 10});
    assert_int_equal(retry_delay(&policy, 1, 0), 400 * MS);
    assert_int_equal(retry_delay(&policy, 2, 0), 600 * MS);
    assert_int_equal(retry_delay(&policy, 3, 0), 900 * MS);
}

/* A base below one shrinks; the cap is applied to the result, not on the way. */
static void a_base_below_one_shrinks_delays_to_nothing(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of((struct cloacina_retry){.base = 0.5,
                                                                   .multiplier = 4.0,
                                                                   .initial_delay_ms = 1000,
                                                                   .delay_max_ms = 1500,
                                                                   .attempts_max = 1000000});
    assert_int_equal(retry_delay(&policy, 1, 0), 1500 * MS);
    assert_int_equal(retry_delay(&policy, 2, 0), 1500 * MS);
    assert_int_equal(retry_delay(&policy, 3, 0), 1000 * MS);
    assert_int_equal(retry_delay(&policy, 1000000, 0), 0);
}

static void linear_delays_grow_by_the_initial_one(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.backoff = CLOACINA_BACKOFF_LINEAR,
                                          .initial_delay_ms = 100,
                                          .multiplier = 2.5,
                                          .attempts_max = 1000});
    assert_int_equal(retry_delay(&policy, 1, 0), 250 * MS);
    assert_int_equal(retry_delay(&policy, 4, 0), 1000 * MS);
    assert_int_equal(retry_delay(&policy, 999, 0), 60000 * MS);
}

static void fixed_delays_stay(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of(
        (struct cloacina_retry){.backoff = CLOACINA_BACKOFF_FIXED, .initial_delay_ms = 70000});
    assert_int_equal(retry_delay(&policy, 1, 0), 70000 * MS);
    assert_int_equal(retry_delay(&policy, 2, 0), 70000 * MS);
}

static void no_delay_is_no_delay_with_any_jitter(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.initial_delay_ms = CLOACINA_NO_DELAY});
    assert_int_equal(retry_delay(&policy, 1, 0), 0);
    assert_int_equal(retry_delay(&policy, 2, RETRY_JITTER_BOUND - 1), 0);
}

/* Cap first, then jitter: the reference does it so, and a capped delay may reach 125 % of
 * the cap. */
static void jitter_spreads_a_capped_delay_by_a_quarter(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.delay_max_ms = 1000, .attempts_max = 10});
    assert_int_equal(retry_delay(&policy, 5, 0), 1000 * MS);
    assert_int_equal(retry_delay(&policy, 5, 1), 750 * MS);
    assert_int_equal(retry_delay(&policy, 5, RETRY_JITTER_BOUND - 1), 1250 * MS);
    int64_t before = 0;
    for (uint64_t draw = 1; draw < RETRY_JITTER_BOUND; draw++) {
        int64_t delay = retry_delay(&policy, 5, draw);
        assert_true(delay > before);
        before = delay;
    }
    policy.jitter = CLOACINA_JITTER_NONE;
    assert_int_equal(retry_delay(&policy, 5, 77), 1000 * MS);
}

/* The largest values that are accepted must not wrap around. */
static void huge_delays_saturate(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.initial_delay_ms = RETRY_DELAY_MS_MAX,
                                          .base = 2147483648.0,
                                          .multiplier = 2147483648.0,
                                          .attempts_max = RETRY_ATTEMPTS_MAX});
    assert_int_equal(retry_delay(&policy, 1000000, 0), RETRY_DELAY_MS_MAX * MS);
    policy.max_ns = INT64_MAX;
    assert_int_equal(retry_delay(&policy, 1000000, RETRY_JITTER_BOUND - 1), INT64_MAX);
    policy.backoff = CLOACINA_BACKOFF_LINEAR;
    assert_int_equal(retry_delay(&policy, 1000000, 0), INT64_MAX);
    policy.multiplier = UINT64_C(1) << 31; /* 0.5 */
    assert_int_equal(retry_delay(&policy, 1, 0), RETRY_DELAY_MS_MAX / 2 * MS);
}

/* The smallest factor is one unit of the fixed point. */
static void factors_are_kept_to_32_bits_after_the_point(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.base = 1.0 / 4294967296.0, .multiplier = 0.1});
    assert_int_equal(policy.base, 1);
    assert_int_equal(policy.multiplier, 429496729);
}

static void attempts_are_counted_in_all(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of((struct cloacina_retry){.attempts_max = 3});
    assert_true(retry_is_wanted(&policy, 2, CLOACINA_FAILED, TEXT_LITERAL("x")));
    assert_false(retry_is_wanted(&policy, 3, CLOACINA_FAILED, TEXT_LITERAL("x")));
    policy = policy_of((struct cloacina_retry){.attempts_max = 1});
    assert_false(retry_is_wanted(&policy, 1, CLOACINA_TIMEOUT, TEXT_LITERAL("x")));
}

static void never_means_never(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.retry_when = CLOACINA_RETRY_NEVER});
    assert_false(retry_is_wanted(&policy, 1, CLOACINA_TIMEOUT, TEXT_LITERAL("timeout")));
}

/* The code decides; only a body's plain failure is judged by its words. */
static void transient_is_decided_by_code_first_and_text_last(void **state)
{
    (void)state;
    struct retry_policy policy =
        policy_of((struct cloacina_retry){.retry_when = CLOACINA_RETRY_TRANSIENT});
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_TIMEOUT, TEXT_LITERAL("late")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_UNAVAILABLE, (struct text){0}));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("Connection reset")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("gateway TIMEOUT")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("temporary")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("no network")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("unavailable")));
    assert_false(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("card refused")));
    assert_false(
        retry_is_wanted(&policy, 1, CLOACINA_INVALID, TEXT_LITERAL("timeout must be positive")));
}

static void patterns_are_searched_in_the_message_without_regard_to_case(void **state)
{
    (void)state;
    struct retry_policy policy = policy_of((struct cloacina_retry){
        .retry_when = CLOACINA_RETRY_PATTERNS, .patterns = CLOACINA_TEXTS("busy", "Rate Limit")});
    assert_true(
        retry_is_wanted(&policy, 1, CLOACINA_INVALID, TEXT_LITERAL("over the rate limit of 5")));
    assert_true(retry_is_wanted(&policy, 1, CLOACINA_FAILED, TEXT_LITERAL("BUSY")));
    assert_false(retry_is_wanted(&policy, 1, CLOACINA_TIMEOUT, TEXT_LITERAL("timeout")));
}

static void every_wrong_field_is_named(void **state)
{
    (void)state;
    refused((struct cloacina_retry){.attempts_max = -1},
            "retry: attempts_max is -1, wanted 1 to 1000000, or 0 for the default");
    refused((struct cloacina_retry){.attempts_max = RETRY_ATTEMPTS_MAX + 1},
            "retry: attempts_max is 1000001, wanted 1 to 1000000, or 0 for the default");
    refused((struct cloacina_retry){.backoff = (enum cloacina_backoff)3},
            "retry: there is no backoff number 3");
    refused((struct cloacina_retry){.jitter = (enum cloacina_jitter)2},
            "retry: there is no jitter number 2");
    refused((struct cloacina_retry){.retry_when = (enum cloacina_retry_when)4},
            "retry: there is no retry_when number 4");
    refused((struct cloacina_retry){.initial_delay_ms = -2},
            "retry: initial_delay_ms is -2, wanted 1 to 3155760000000, 0 for the default or "
            "CLOACINA_NO_DELAY");
    refused((struct cloacina_retry){.delay_max_ms = -1},
            "retry: delay_max_ms is -1, wanted 1 to 3155760000000, or 0 for the default");
    refused(
        (struct cloacina_retry){.delay_max_ms = RETRY_DELAY_MS_MAX + 1},
        "retry: delay_max_ms is 3155760000001, wanted 1 to 3155760000000, or 0 for the default");
    refused((struct cloacina_retry){.initial_delay_ms = 10, .delay_max_ms = 9},
            "retry: the initial delay of 10 ms is above the longest of 9 ms");
    refused((struct cloacina_retry){.delay_max_ms = 10},
            "retry: the initial delay of 1000 ms is above the longest of 10 ms");
}

static void every_wrong_factor_is_named(void **state)
{
    (void)state;
    const char *base = "retry: base is not between 2^-32 and 2^31, nor 0 for the default";
    refused((struct cloacina_retry){.base = -1}, base);
    refused((struct cloacina_retry){.base = (double)NAN}, base);
    refused((struct cloacina_retry){.base = (double)INFINITY}, base);
    refused((struct cloacina_retry){.base = 1e-10}, base);
    refused((struct cloacina_retry){.multiplier = 2147483649.0},
            "retry: multiplier is not between 2^-32 and 2^31, nor 0 for the default");
    refused((struct cloacina_retry){.backoff = CLOACINA_BACKOFF_LINEAR, .base = 2},
            "retry: base is for exponential backoff only");
    refused((struct cloacina_retry){.backoff = CLOACINA_BACKOFF_FIXED, .multiplier = 2},
            "retry: multiplier has no meaning for fixed backoff");
}

static void patterns_have_their_limits(void **state)
{
    (void)state;
    char longest[RETRY_PATTERN_LENGTH_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    longest[RETRY_PATTERN_LENGTH_MAX] = '\0';
    (void)policy_of((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS,
                                            .patterns = CLOACINA_TEXTS(longest)});
    longest[RETRY_PATTERN_LENGTH_MAX] = 'x';
    longest[RETRY_PATTERN_LENGTH_MAX + 1] = '\0';
    const char *size = "retry: pattern 2 is not 1 to 255 bytes of UTF-8";
    refused((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS,
                                    .patterns = CLOACINA_TEXTS("a", longest)},
            size);
    refused((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS,
                                    .patterns = CLOACINA_TEXTS("a", "")},
            size);
    refused((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS,
                                    .patterns = CLOACINA_TEXTS("a", "\xff")},
            size);
    refused((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS},
            "retry: CLOACINA_RETRY_PATTERNS needs patterns");
    refused((struct cloacina_retry){.patterns = CLOACINA_TEXTS("a")},
            "retry: patterns need retry_when CLOACINA_RETRY_PATTERNS");
    const char *many[RETRY_PATTERNS_MAX + 2] = {NULL};
    for (size_t i = 0; i < RETRY_PATTERNS_MAX; i++) {
        many[i] = "x";
    }
    (void)policy_of(
        (struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS, .patterns = many});
    many[RETRY_PATTERNS_MAX] = "x";
    refused((struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS, .patterns = many},
            "retry: more than 64 patterns");
}

/* Policies that differ in one field are not shared between tasks. */
static void policies_are_equal_only_in_all_fields(void **state)
{
    (void)state;
    struct retry_policy one = policy_of((struct cloacina_retry){
        .retry_when = CLOACINA_RETRY_PATTERNS, .patterns = CLOACINA_TEXTS("a", "b")});
    struct retry_policy other = policy_of((struct cloacina_retry){
        .retry_when = CLOACINA_RETRY_PATTERNS, .patterns = CLOACINA_TEXTS("a", "c")});
    assert_true(retry_policy_equal(&one, &one));
    assert_false(retry_policy_equal(&one, &other));
    other = one;
    other.max_ns++;
    assert_false(retry_policy_equal(&one, &other));
}

/* A kept policy outlives what it was made from; the default needs no memory. */
static void a_kept_policy_owns_its_patterns(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct arena arena;
        failing_heap_init(&heap, n);
        arena_init(&arena, &heap.heap);
        assert_ptr_equal(retry_policy_keep(retry_policy_default(), &arena), retry_policy_default());
        char pattern[2000];
        memset(pattern, 'p', sizeof(pattern));
        pattern[RETRY_PATTERN_LENGTH_MAX] = '\0';
        const char *patterns[] = {pattern, pattern, pattern, pattern, pattern, pattern, NULL};
        struct retry_policy policy = policy_of(
            (struct cloacina_retry){.retry_when = CLOACINA_RETRY_PATTERNS, .patterns = patterns});
        const struct retry_policy *kept = retry_policy_keep(&policy, &arena);
        assert_true(kept != NULL || heap.has_failed);
        if (kept != NULL) {
            pattern[0] = 'q';
            assert_int_equal(kept->patterns[0][0], 'p');
        }
        arena_finish(&arena);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_zero_means_three_attempts_after_one_and_two_seconds),
        cmocka_unit_test(exponential_delays_double_up_to_the_cap),
        cmocka_unit_test(exponential_uses_base_and_multiplier),
        cmocka_unit_test(a_base_below_one_shrinks_delays_to_nothing),
        cmocka_unit_test(linear_delays_grow_by_the_initial_one),
        cmocka_unit_test(fixed_delays_stay),
        cmocka_unit_test(no_delay_is_no_delay_with_any_jitter),
        cmocka_unit_test(jitter_spreads_a_capped_delay_by_a_quarter),
        cmocka_unit_test(huge_delays_saturate),
        cmocka_unit_test(factors_are_kept_to_32_bits_after_the_point),
        cmocka_unit_test(attempts_are_counted_in_all),
        cmocka_unit_test(never_means_never),
        cmocka_unit_test(transient_is_decided_by_code_first_and_text_last),
        cmocka_unit_test(patterns_are_searched_in_the_message_without_regard_to_case),
        cmocka_unit_test(every_wrong_field_is_named),
        cmocka_unit_test(every_wrong_factor_is_named),
        cmocka_unit_test(patterns_have_their_limits),
        cmocka_unit_test(policies_are_equal_only_in_all_fields),
        cmocka_unit_test(a_kept_policy_owns_its_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
