/* SPDX-License-Identifier: Apache-2.0 */
/* test_instant.c - time as arithmetic and as text. */
#include "support.h"

#include <stdio.h>
#include <time.h>

#include "base/instant.h"

#define SECOND NANOSECONDS_PER_SECOND
#define HOUR (3600 * SECOND)
#define DAY NANOSECONDS_PER_DAY

/* "Never" is INT64_MAX: adding to it must not become the distant past. */
static void sums_stay_at_the_ends_of_time(void **state)
{
    (void)state;
    assert_int_equal(instant_add(2, 3), 5);
    assert_int_equal(instant_add(2, -3), -1);
    assert_true(instant_add(INSTANT_NEVER, 1) == INSTANT_NEVER);
    assert_true(instant_add(INSTANT_NEVER, -1) == INT64_MAX - 1);
    assert_true(instant_add(INT64_MAX - 1, 1) == INT64_MAX);
    assert_true(instant_add(INT64_MIN, -1) == INT64_MIN);
    assert_true(instant_add(INT64_MIN, INT64_MIN) == INT64_MIN);
    assert_true(instant_add(INT64_MAX, INT64_MIN) == -1);
}

/* Options are given in milliseconds, and a huge one means "no limit". */
static void milliseconds_stay_at_the_ends_of_time(void **state)
{
    (void)state;
    assert_int_equal(nanoseconds_of_ms(0), 0);
    assert_int_equal(nanoseconds_of_ms(1500), 1500 * INT64_C(1000000));
    assert_int_equal(nanoseconds_of_ms(-1), -1000000);
    assert_true(nanoseconds_of_ms(INT64_C(9223372036854)) == INT64_C(9223372036854000000));
    assert_true(nanoseconds_of_ms(INT64_C(9223372036855)) == INT64_MAX);
    assert_true(nanoseconds_of_ms(INT64_C(-9223372036854)) == INT64_C(-9223372036854000000));
    assert_true(nanoseconds_of_ms(INT64_C(-9223372036855)) == INT64_MIN);
}

static void assert_instant(int64_t instant, const char *expected)
{
    char printed[INSTANT_TEXT_SIZE];
    instant_print(instant, printed);
    assert_string_equal(printed, expected);
}

/* Reports and views show instants; decimals come in threes, only where needed. */
static void instants_print_as_rfc_3339(void **state)
{
    (void)state;
    assert_instant(0, "1970-01-01T00:00:00Z");
    assert_instant(INT64_C(1704067200) * SECOND, "2024-01-01T00:00:00Z");
    assert_instant(INT64_C(1709164800) * SECOND, "2024-02-29T00:00:00Z");
    assert_instant(INT64_C(951782400) * SECOND, "2000-02-29T00:00:00Z");
    assert_instant(INT64_C(4107542399) * SECOND, "2100-02-28T23:59:59Z");
    assert_instant(INT64_C(4107542400) * SECOND, "2100-03-01T00:00:00Z");
    assert_instant(250000000, "1970-01-01T00:00:00.250Z");
    assert_instant(1000, "1970-01-01T00:00:00.000001Z");
    assert_instant(100, "1970-01-01T00:00:00.000000100Z");
    assert_instant(-1, "1969-12-31T23:59:59.999999999Z");
    assert_instant(-DAY, "1969-12-31T00:00:00Z");
    assert_instant(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
    assert_instant(INT64_MIN, "1677-09-21T00:12:43.145224192Z");
}

/* The calendar is ours; the C library knows it too. A prime step walks through all times of day and
 * year. */
static void the_calendar_agrees_with_the_c_library(void **state)
{
    (void)state;
    const int64_t step = INT64_C(1000003) * 997;
    for (int64_t second = -9223372036; second < INT64_C(9223372036) - step; second += step / 49) {
        time_t now = (time_t)second;
        struct tm tm;
        char expected[64];
        assert_non_null(gmtime_r(&now, &tm));
        assert_true(strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_instant(second * SECOND, expected);
    }
}

static void assert_duration(int64_t duration, const char *expected)
{
    char printed[DURATION_TEXT_SIZE];
    duration_print(duration, printed);
    assert_string_equal(printed, expected);
}

/* Stories are read by people: seconds first, larger parts from an hour on. */
static void durations_print_in_seconds_and_from_an_hour_on_in_parts(void **state)
{
    (void)state;
    assert_duration(0, "0 s");
    assert_duration(1, "0.000000001 s");
    assert_duration(1200 * NANOSECONDS_PER_MILLISECOND, "1.2 s");
    assert_duration(-1200 * NANOSECONDS_PER_MILLISECOND, "-1.2 s");
    assert_duration(90 * SECOND, "90 s");
    assert_duration(HOUR - 1, "3599.999999999 s");
    assert_duration(HOUR, "1 h");
    assert_duration(2 * HOUR + 185 * SECOND + SECOND / 2, "2 h 3 min 5.5 s");
    assert_duration(2 * HOUR + 1, "2 h 0.000000001 s");
    assert_duration(26 * HOUR + 185 * SECOND, "1 d 2 h 3 min 5 s");
    assert_duration(30 * DAY, "30 d");
    assert_duration(INT64_MAX, "106751 d 23 h 47 min 16.854775807 s");
    assert_duration(INT64_MIN, "-106751 d 23 h 47 min 16.854775808 s");
}

static void assert_seconds(const char *text, int64_t expected)
{
    int64_t nanoseconds = 77;
    struct cloacina_error error = {0};
    assert_int_equal(nanoseconds_of_seconds_text(text_of(text), &nanoseconds, &error), CLOACINA_OK);
    if (nanoseconds != expected) {
        fail_msg("'%s' became %lld", text, (long long)nanoseconds);
    }
}

/* Seconds in JSON are decimal: what stands there is what is meant. */
static void seconds_become_nanoseconds_exactly(void **state)
{
    (void)state;
    assert_seconds("0", 0);
    assert_seconds("-0", 0);
    assert_seconds("53.6", INT64_C(53600000000));
    assert_seconds("0.1", 100000000);
    assert_seconds("-0.1", -100000000);
    assert_seconds("1e-3", 1000000);
    assert_seconds("1E+2", 100 * SECOND);
    assert_seconds("12.5e1", 125 * SECOND);
    assert_seconds("0.0125e2", SECOND + SECOND / 4);
    assert_seconds("1000000000e-9", SECOND);
    assert_seconds("0e999999999999999999999999999999", 0);
    assert_seconds("0.000e-999999999999999999999999999", 0);
    assert_seconds("1e-999999999999999999999999999999", 0);
    assert_seconds("9223372036.854775807", INT64_MAX);
    assert_seconds("-9223372036.854775808", INT64_MIN);
}

/* Rounded twice, 0.49999999999999999999 ns would become 0.5 and then 1. */
static void seconds_are_rounded_once_half_to_even(void **state)
{
    (void)state;
    assert_seconds("0.00000000049999999999999999999", 0);
    assert_seconds("0.0000000005", 0);
    assert_seconds("0.00000000050000000000000000001", 1);
    assert_seconds("0.0000000015", 2);
    assert_seconds("0.0000000025", 2);
    assert_seconds("0.0000000035", 4);
    assert_seconds("-0.0000000015", -2);
    assert_seconds("1.0000000005", SECOND);
    assert_seconds("1.0000000015", SECOND + 2);
    assert_seconds("1.00000000149999", SECOND + 1);
    assert_seconds("5e-10", 0);
    assert_seconds("15e-10", 2);
    assert_seconds("5.0000001e-10", 1);
    assert_seconds("9e-11", 0);
    assert_seconds("9223372036.8547758074999", INT64_MAX);
}

static void assert_seconds_refused(const char *text, enum cloacina_code code)
{
    int64_t nanoseconds = 77;
    struct cloacina_error error = {0};
    enum cloacina_code got = nanoseconds_of_seconds_text(text_of(text), &nanoseconds, &error);
    if (got != code || nanoseconds != 77 || strstr(error.message, text) == NULL) {
        fail_msg("'%s': %s, %s", text, cloacina_code_name(got), error.message);
    }
}

/* Whoever reads JSON numbers must refuse what JSON refuses. */
static void only_json_numbers_are_seconds(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",    " 1",   "1 ", "+1",   "-",   "01",    "00",    ".5",  "1.",  "1.e3", "1e",
        "1e+", "1e-x", "1x", "0x10", "--1", "1.2.3", "1e2.5", "nan", "inf", "1,5",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_seconds_refused(wrong[i], CLOACINA_INVALID);
    }
    assert_int_equal(nanoseconds_of_seconds_text(text_of(NULL), &(int64_t){0}, NULL),
                     CLOACINA_INVALID);
    assert_int_equal(nanoseconds_of_seconds_text(TEXT_LITERAL("1\0"), &(int64_t){0}, NULL),
                     CLOACINA_INVALID);
}

/* 292 years are the edge: one nanosecond more is refused, not wrapped. */
static void seconds_beyond_int64_are_out_of_range(void **state)
{
    (void)state;
    assert_seconds_refused("9223372036.854775808", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("-9223372036.854775809", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("9223372036.8547758075", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("9999999999999999999", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("10000000000000000000", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("1e19", CLOACINA_OUT_OF_RANGE);
    assert_seconds_refused("1e999999999999999999999999", CLOACINA_OUT_OF_RANGE);
}

static void assert_parsed(const char *text, int64_t expected)
{
    int64_t nanoseconds = 77;
    struct cloacina_error error = {0};
    enum cloacina_code got = duration_parse(text_of(text), &nanoseconds, &error);
    if (got != CLOACINA_OK || nanoseconds != expected) {
        fail_msg("'%s' became %lld: %s", text, (long long)nanoseconds, error.message);
    }
}

/* Fault plans and test calls say "1.2s". */
static void durations_are_a_number_and_a_unit(void **state)
{
    (void)state;
    assert_parsed("9ns", 9);
    assert_parsed("7us", 7000);
    assert_parsed("250ms", 250000000);
    assert_parsed("1.2s", 1200000000);
    assert_parsed("5m", 300 * SECOND);
    assert_parsed("1.5m", 90 * SECOND);
    assert_parsed("2h", 2 * HOUR);
    assert_parsed("1d", DAY);
    assert_parsed("0s", 0);
    assert_parsed("1e3s", 1000 * SECOND);
    assert_parsed("0.5ns", 0);
    assert_parsed("1.5ns", 2);
    assert_parsed("0.1d", DAY / 10);
    assert_parsed("0.000000000000005787037037037037d", 0);
    assert_parsed("0.00000000000000578703703703703704d", 1);
    assert_parsed("106751d", 106751 * DAY);
}

/* A unit forgotten or misspelt is an error, never a guess. */
static void durations_without_a_known_unit_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",    "s",   "5",   "5 s", "5S", "5min",
                                        "-5s", ".5s", "1.s", "5s ", "1es"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        int64_t nanoseconds = 77;
        struct cloacina_error error = {0};
        assert_int_equal(duration_parse(text_of(wrong[i]), &nanoseconds, &error), CLOACINA_INVALID);
        assert_int_equal(nanoseconds, 77);
    }
    struct cloacina_error error = {0};
    assert_int_equal(duration_parse(text_of("5min"), &(int64_t){0}, &error), CLOACINA_INVALID);
    assert_string_equal(error.message,
                        "'5min' is no duration: a number and one of ns, us, ms, s, m, h, d are "
                        "needed, as in '1.5s'");
    assert_int_equal(duration_parse(text_of("106752d"), &(int64_t){0}, &error),
                     CLOACINA_OUT_OF_RANGE);
    assert_string_equal(error.message, "'106752d' is more than 292 years");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_stay_at_the_ends_of_time),
        cmocka_unit_test(milliseconds_stay_at_the_ends_of_time),
        cmocka_unit_test(instants_print_as_rfc_3339),
        cmocka_unit_test(the_calendar_agrees_with_the_c_library),
        cmocka_unit_test(durations_print_in_seconds_and_from_an_hour_on_in_parts),
        cmocka_unit_test(seconds_become_nanoseconds_exactly),
        cmocka_unit_test(seconds_are_rounded_once_half_to_even),
        cmocka_unit_test(only_json_numbers_are_seconds),
        cmocka_unit_test(seconds_beyond_int64_are_out_of_range),
        cmocka_unit_test(durations_are_a_number_and_a_unit),
        cmocka_unit_test(durations_without_a_known_unit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
