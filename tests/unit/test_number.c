/* SPDX-License-Identifier: Apache-2.0 */
/* test_number.c - numbers between text and memory: exact, shortest, and deaf to the locale. */
#include "support.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "context/number.h"

/* ---- help ---- */

static struct number integer(int64_t number)
{
    return (struct number){.type = NUMBER_INT64, .int64 = number};
}

static struct number natural(uint64_t number)
{
    return (struct number){.type = NUMBER_UINT64, .uint64 = number};
}

static struct number real(double number)
{
    return (struct number){.type = NUMBER_DOUBLE, .real = number};
}

static struct number parsed(const char *text)
{
    struct number number;
    if (number_parse(text_of(text), &number) != NUMBER_FINE) {
        fail_msg("'%s' is no number", text);
    }
    return number;
}

static const char *written(struct number number)
{
    static char text[NUMBER_WRITTEN_MAX + 1];
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    number_write(&builder, number);
    assert_in_range(builder.length, 1, NUMBER_WRITTEN_MAX);
    memcpy(text, builder.bytes, builder.length + 1);
    text_builder_finish(&builder);
    return text;
}

static uint64_t bits_of(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof(bits));
    return bits;
}

static double double_of(uint64_t bits)
{
    double number;
    memcpy(&number, &bits, sizeof(number));
    return number;
}

static void assert_real(const char *text, double wanted)
{
    struct number number = parsed(text);
    assert_int_equal(number.type, NUMBER_DOUBLE);
    assert_int_equal(bits_of(number.real), bits_of(wanted));
}

static void assert_written(double number, const char *wanted)
{
    assert_string_equal(written(real(number)), wanted);
}

/* ---- reading ---- */

/* A counter of bytes or an id may need all 64 bits. */
static void integers_keep_all_64_bits(void **state)
{
    (void)state;
    assert_int_equal(parsed("0").int64, 0);
    assert_int_equal(parsed("-1").int64, -1);
    assert_int_equal(parsed("9223372036854775807").type, NUMBER_INT64);
    assert_int_equal(parsed("9223372036854775807").int64, INT64_MAX);
    assert_int_equal(parsed("-9223372036854775808").type, NUMBER_INT64);
    assert_int_equal(parsed("-9223372036854775808").int64, INT64_MIN);
    assert_int_equal(parsed("9223372036854775808").type, NUMBER_UINT64);
    assert_true(parsed("9223372036854775808").uint64 == (uint64_t)INT64_MAX + 1);
    assert_true(parsed("18446744073709551615").uint64 == UINT64_MAX);
}

/* An integer never turns into a double because it is large. */
static void integers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"18446744073709551616", "-9223372036854775809",
                                        "18446744073709551620", "99999999999999999999",
                                        "-18446744073709551615"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct number number = integer(7);
        assert_int_equal(number_parse(text_of(wrong[i]), &number), NUMBER_INTEGER_TOO_BIG);
        assert_int_equal(number.int64, 7);
    }
}

/* Without fraction and exponent it is an integer, and integers have one zero. */
static void minus_zero_is_an_integer_unless_it_has_a_fraction(void **state)
{
    (void)state;
    assert_int_equal(parsed("-0").type, NUMBER_INT64);
    assert_int_equal(parsed("-0").int64, 0);
    assert_real("-0.0", -0.0);
    assert_real("-0e0", -0.0);
    assert_real("0.0", 0.0);
}

/* The nearest double, ties to even, up to the very edges. */
static void reals_are_the_nearest_double(void **state)
{
    (void)state;
    assert_real("0.1", 0.1);
    assert_real("1.0", 1.0);
    assert_real("-2.5e-3", -0.0025);
    assert_real("1e5", 100000.0);
    assert_real("1E+5", 100000.0);
    assert_real("123456789012345678901234567890.0", 123456789012345678901234567890.0);
    assert_real("9007199254740993.0", 9007199254740992.0);
    assert_real("1.7976931348623157e308", DBL_MAX);
    assert_real("1.7976931348623158e308", DBL_MAX);
    assert_real("2.2250738585072014e-308", DBL_MIN);
    assert_real("4.9406564584124654e-324", 0x1p-1074);
    assert_real("2.4703282292062327e-324", 0.0);
    assert_real("2.4703282292062328e-324", 0x1p-1074);
    assert_real("-1e-400", -0.0);
    assert_real("0e999999999999999999999", 0.0);
    assert_real("1e-999999999999999999999", 0.0);
    assert_real("0.000000000000000000000001e24", 1.0);
}

/* Infinity is no value. */
static void reals_above_the_largest_double_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"1e309", "-1e309", "1.7976931348623159e308",
                                        "1e999999999999999999999", "10e308"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct number number = integer(7);
        assert_int_equal(number_parse(text_of(wrong[i]), &number), NUMBER_REAL_TOO_BIG);
        assert_int_equal(number.int64, 7);
    }
}

/* Long enough for every double written out, short enough for the stack. */
static void numbers_end_at_their_longest_length(void **state)
{
    (void)state;
    static char digits[NUMBER_LENGTH_MAX + 1];
    struct number number;
    memset(digits, '0', sizeof(digits));
    digits[0] = '1';
    digits[1] = '.';
    digits[NUMBER_LENGTH_MAX - 1] = '9';
    assert_int_equal(number_parse((struct text){digits, NUMBER_LENGTH_MAX}, &number), NUMBER_FINE);
    assert_int_equal(bits_of(number.real), bits_of(1.0));
    assert_int_equal(number_parse((struct text){digits, NUMBER_LENGTH_MAX + 1}, &number),
                     NUMBER_TOO_LONG);
}

/* ---- comparing ---- */

static void assert_order(struct number a, struct number b, int order)
{
    assert_int_equal(number_compare(a, b), order);
    assert_int_equal(number_compare(b, a), -order);
}

/* A rule on a counter must not depend on how the counter was written, nor on rounding. */
static void numbers_compare_by_value_exactly(void **state)
{
    (void)state;
    assert_order(integer(1), real(1.0), 0);
    assert_order(integer(0), real(-0.0), 0);
    assert_order(real(0.0), real(-0.0), 0);
    assert_order(integer(9007199254740993), real(9007199254740992.0), 1);
    assert_order(integer(9007199254740992), real(9007199254740992.0), 0);
    assert_order(integer(INT64_MAX), real(0x1p63), -1);
    assert_order(integer(INT64_MIN), real(-0x1p63), 0);
    assert_order(integer(INT64_MIN), real(-0x1.0000000000001p63), 1);
    assert_order(natural(UINT64_MAX), real(0x1p64), -1);
    assert_order(natural((uint64_t)1 << 63), real(0x1p63), 0);
    assert_order(natural(UINT64_MAX), integer(-1), 1);
    assert_order(natural(UINT64_MAX), natural(UINT64_MAX - 1), 1);
    assert_order(integer(-3), integer(-3), 0);
    assert_order(integer(3), real(3.5), -1);
    assert_order(integer(-3), real(-3.5), 1);
    assert_order(integer(4), real(3.5), 1);
    assert_order(integer(5), real(DBL_MAX), -1);
    assert_order(integer(5), real(-DBL_MAX), 1);
    assert_order(real(1.5), real(-1.5), 1);
    assert_order(integer(0), real(0x1p-1074), -1);
}

/* ---- converting ---- */

/* A number changes its type only if nothing is lost. */
static void conversions_are_exact_or_refused(void **state)
{
    (void)state;
    int64_t signed_integer = 7;
    uint64_t unsigned_integer = 7;
    double number = 7;
    assert_true(number_to_int64(real(3.0), &signed_integer));
    assert_int_equal(signed_integer, 3);
    assert_true(number_to_int64(real(-0x1p63), &signed_integer));
    assert_int_equal(signed_integer, INT64_MIN);
    assert_false(number_to_int64(real(3.5), &signed_integer));
    assert_false(number_to_int64(real(0x1p63), &signed_integer));
    assert_false(number_to_int64(real(-0x1.0000000000001p63), &signed_integer));
    assert_false(number_to_int64(real(1e300), &signed_integer));
    assert_false(number_to_int64(natural((uint64_t)1 << 63), &signed_integer));
    assert_true(number_to_int64(integer(-9), &signed_integer));
    assert_int_equal(signed_integer, -9);
    assert_true(number_to_uint64(integer(9), &unsigned_integer));
    assert_true(unsigned_integer == 9);
    assert_true(number_to_uint64(natural(UINT64_MAX), &unsigned_integer));
    assert_true(unsigned_integer == UINT64_MAX);
    assert_true(number_to_uint64(real(0x1p63), &unsigned_integer));
    assert_true(unsigned_integer == (uint64_t)1 << 63);
    assert_false(number_to_uint64(integer(-1), &unsigned_integer));
    assert_false(number_to_uint64(real(0x1p64), &unsigned_integer));
    assert_false(number_to_uint64(real(-1.0), &unsigned_integer));
    assert_true(number_to_double(integer(9007199254740992), &number));
    assert_true(number == 9007199254740992.0);
    assert_false(number_to_double(integer(9007199254740993), &number));
    assert_false(number_to_double(integer(INT64_MAX), &number));
    assert_false(number_to_double(natural(UINT64_MAX), &number));
    assert_true(number_to_double(natural((uint64_t)1 << 63), &number));
    assert_true(number == 0x1p63);
    assert_true(number_to_double(real(0.1), &number));
    assert_true(number == 0.1);
}

/* What the constructors of values insist on. */
static void finite_means_neither_infinite_nor_nan(void **state)
{
    (void)state;
    assert_true(number_is_finite(0.0));
    assert_true(number_is_finite(DBL_MAX));
    assert_true(number_is_finite(-DBL_MAX));
    assert_false(number_is_finite((double)INFINITY));
    assert_false(number_is_finite(-(double)INFINITY));
    assert_false(number_is_finite((double)NAN));
}

/* ---- writing ---- */

/* The edges of both integer types, and that their length is known beforehand. */
static void integers_are_written_in_decimal(void **state)
{
    (void)state;
    assert_string_equal(written(integer(0)), "0");
    assert_string_equal(written(integer(-7)), "-7");
    assert_string_equal(written(integer(INT64_MIN)), "-9223372036854775808");
    assert_string_equal(written(natural(UINT64_MAX)), "18446744073709551615");
    static const int64_t samples[] = {0, 9, 10, 99, 100, -1, -9, -10, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        assert_int_equal(number_integer_length(integer(samples[i])),
                         strlen(written(integer(samples[i]))));
    }
    assert_int_equal(number_integer_length(natural(UINT64_MAX)), 20);
}

/* 0.10000000000000001 is what made this file. */
static void reals_are_written_as_short_as_they_can_be(void **state)
{
    (void)state;
    assert_written(0.1, "0.1");
    assert_written(0.3, "0.3");
    assert_written(0.1 + 0.2, "0.30000000000000004");
    assert_written(1.0 / 3.0, "0.3333333333333333");
    assert_written(2.0 / 3.0, "0.6666666666666666");
    assert_written(100.0, "100.0");
    assert_written(123.456, "123.456");
    assert_written(9007199254740993.0, "9007199254740992.0");
    assert_written(1e15, "1000000000000000.0");
    assert_written(1e16, "1e16");
    assert_written(1.5e16, "1.5e16");
    assert_written(0.0001, "0.0001");
    assert_written(0.00001, "1e-5");
    assert_written(1.5e-7, "1.5e-7");
    assert_written(1e300, "1e300");
    assert_written(DBL_MAX, "1.7976931348623157e308");
    assert_written(DBL_MIN, "2.2250738585072014e-308");
    assert_written(-DBL_MIN, "-2.2250738585072014e-308");
    assert_written(0x1p-1074, "5e-324");
    assert_written(0x1.8p-1073, "1.5e-323");
    assert_written(5e-310, "5e-310");
}

/* Right above a power of two the nearest 16 digits may miss although others do not. */
static void powers_of_two_are_written_as_short_as_they_can_be(void **state)
{
    (void)state;
    assert_written(0x1p-44, "5.684341886080802e-14");
    assert_written(0x1p-24, "5.960464477539063e-8");
    assert_written(9007199254740992.0, "9007199254740992.0");
    assert_written(0x1p89, "6.189700196426902e26");
}

/* A double never reads back as an integer. */
static void reals_are_written_so_that_they_read_back_as_reals(void **state)
{
    (void)state;
    assert_written(1.0, "1.0");
    assert_written(0.0, "0.0");
    assert_written(-0.0, "-0.0");
    assert_written(-1.0, "-1.0");
    assert_written(1e22, "1e22");
}

/* Over all exponents and many mantissas: the same bits come back, and no digit can be spared. */
static void every_double_reads_back_as_itself(void **state)
{
    (void)state;
    uint64_t bits = 1;
    for (int i = 0; i < 20000; i++) {
        bits = bits * 6364136223846793005 + 1442695040888963407;
        double number = double_of(i % 3 == 0 ? bits & 0x7ff0000000000000 : bits);
        if (!number_is_finite(number)) {
            continue;
        }
        struct number back = parsed(written(real(number)));
        assert_int_equal(back.type, NUMBER_DOUBLE);
        assert_int_equal(bits_of(back.real), bits_of(number));
    }
}

/* A host program may have set any locale; a workflow's data must not change by it. */
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    bool is_set = false;
    for (size_t i = 0; i < ARRAY_COUNT(names) && !is_set; i++) {
        is_set = setlocale(LC_ALL, names[i]) != NULL;
    }
    if (!is_set) {
        skip();
    }
    assert_written(1234567.25, "1234567.25");
    assert_written(1.5e-7, "1.5e-7");
    assert_real("1234567.25", 1234567.25);
    assert_real("1.5e-7", 1.5e-7);
    (void)setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_keep_all_64_bits),
        cmocka_unit_test(integers_that_do_not_fit_are_refused),
        cmocka_unit_test(minus_zero_is_an_integer_unless_it_has_a_fraction),
        cmocka_unit_test(reals_are_the_nearest_double),
        cmocka_unit_test(reals_above_the_largest_double_are_refused),
        cmocka_unit_test(numbers_end_at_their_longest_length),
        cmocka_unit_test(numbers_compare_by_value_exactly),
        cmocka_unit_test(conversions_are_exact_or_refused),
        cmocka_unit_test(finite_means_neither_infinite_nor_nan),
        cmocka_unit_test(integers_are_written_in_decimal),
        cmocka_unit_test(reals_are_written_as_short_as_they_can_be),
        cmocka_unit_test(powers_of_two_are_written_as_short_as_they_can_be),
        cmocka_unit_test(reals_are_written_so_that_they_read_back_as_reals),
        cmocka_unit_test(every_double_reads_back_as_itself),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
