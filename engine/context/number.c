/* SPDX-License-Identifier: Apache-2.0 */
/* number.c - numbers between text and memory.
 *
 * Law: the C library converts, but it never sees a decimal point, because which one it wants
 * depends on the locale. "123.456e-7" is handed to strtod as "123456e-10", and what printf's %e
 * writes between the first digit and the others is dropped. */
#include "context/number.h"

#include <assert.h>
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* Beyond these powers of ten every number of up to NUMBER_LENGTH_MAX digits is zero or too big. */
enum { EXPONENT_LIMIT = 1000000 };

/* Decimal digits d1 d2 ... dn with the value d1.d2...dn * 10^exponent. */
enum { DIGITS_MAX = 17 };
struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int exponent;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ---- reading ---- */

static enum number_fault integer_parse(struct text text, struct number *ret_number)
{
    bool is_negative = text.bytes[0] == '-';
    uint64_t magnitude = 0;
    for (size_t i = is_negative; i < text.length; i++) {
        uint64_t digit = (uint64_t)(text.bytes[i] - '0');
        if (magnitude > (UINT64_MAX - digit) / 10) {
            return NUMBER_INTEGER_TOO_BIG;
        }
        magnitude = magnitude * 10 + digit;
    }
    if (is_negative) {
        if (magnitude > (uint64_t)INT64_MAX + 1) {
            return NUMBER_INTEGER_TOO_BIG;
        }
        int64_t negative = magnitude == 0 ? 0 : -(int64_t)(magnitude - 1) - 1;
        *ret_number = (struct number){.type = NUMBER_INT64, .int64 = negative};
    } else if (magnitude > INT64_MAX) {
        *ret_number = (struct number){.type = NUMBER_UINT64, .uint64 = magnitude};
    } else {
        *ret_number = (struct number){.type = NUMBER_INT64, .int64 = (int64_t)magnitude};
    }
    return NUMBER_FINE;
}

/* The number behind 'e', cut at the limit. */
static int exponent_parse(const char *at, const char *end)
{
    bool is_negative = *at == '-';
    at += *at == '-' || *at == '+';
    int exponent = 0;
    for (; at < end; at++) {
        exponent = exponent * 10 + (*at - '0');
        exponent = exponent > EXPONENT_LIMIT ? EXPONENT_LIMIT : exponent;
    }
    return is_negative ? -exponent : exponent;
}

static enum number_fault real_parse(struct text text, struct number *ret_number)
{
    char buffer[NUMBER_LENGTH_MAX + 16]; /* the digits, and an exponent of our own */
    size_t length = 0;
    int exponent = 0;
    bool is_behind_point = false;
    const char *end = text.bytes + text.length;
    for (const char *at = text.bytes; at < end; at++) {
        if (*at == 'e' || *at == 'E') {
            exponent += exponent_parse(at + 1, end);
            break;
        }
        if (*at == '.') {
            is_behind_point = true;
        } else {
            buffer[length++] = *at;
            exponent -= is_behind_point;
        }
    }
    (void)snprintf(buffer + length, sizeof(buffer) - length, "e%d", exponent);
    double real = strtod(buffer, NULL);
    if (!number_is_finite(real)) {
        return NUMBER_REAL_TOO_BIG;
    }
    *ret_number = (struct number){.type = NUMBER_DOUBLE, .real = real};
    return NUMBER_FINE;
}

enum number_fault number_parse(struct text text, struct number *ret_number)
{
    if (text.length > NUMBER_LENGTH_MAX) {
        return NUMBER_TOO_LONG;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (!is_digit(text.bytes[i]) && text.bytes[i] != '-') {
            return real_parse(text, ret_number);
        }
    }
    return integer_parse(text, ret_number);
}

/* ---- comparing ---- */

static int128_t integer_of(struct number number)
{
    return number.type == NUMBER_INT64 ? (int128_t)number.int64 : (int128_t)number.uint64;
}

static int integer_compare_real(int128_t integer, double real)
{
    if (real >= 0x1p64) {
        return -1;
    }
    if (real < -0x1p63) {
        return 1;
    }
    int128_t whole = (int128_t)real; /* towards zero, and exact */
    if (integer != whole) {
        return integer < whole ? -1 : 1;
    }
    return (double)whole < real ? -1 : (double)whole > real;
}

int number_compare(struct number a, struct number b)
{
    if (a.type == NUMBER_DOUBLE && b.type == NUMBER_DOUBLE) {
        return a.real < b.real ? -1 : a.real > b.real;
    }
    if (a.type == NUMBER_DOUBLE) {
        return -integer_compare_real(integer_of(b), a.real);
    }
    if (b.type == NUMBER_DOUBLE) {
        return integer_compare_real(integer_of(a), b.real);
    }
    return integer_of(a) < integer_of(b) ? -1 : integer_of(a) > integer_of(b);
}

/* ---- converting ---- */

bool number_is_finite(double real)
{
    return real >= -DBL_MAX && real <= DBL_MAX; /* NaN compares as false */
}

/* Whether it is an integer from -2^63 to 2^64 - 1. */
static bool to_integer(struct number number, int128_t *ret_integer)
{
    if (number.type != NUMBER_DOUBLE) {
        *ret_integer = integer_of(number);
        return true;
    }
    if (number.real < -0x1p63 || number.real >= 0x1p64) {
        return false;
    }
    *ret_integer = (int128_t)number.real;
    return integer_compare_real(*ret_integer, number.real) == 0;
}

bool number_to_int64(struct number number, int64_t *ret_integer)
{
    int128_t integer;
    if (!to_integer(number, &integer) || integer > INT64_MAX) {
        return false;
    }
    *ret_integer = (int64_t)integer;
    return true;
}

bool number_to_uint64(struct number number, uint64_t *ret_integer)
{
    int128_t integer;
    if (!to_integer(number, &integer) || integer < 0) {
        return false;
    }
    *ret_integer = (uint64_t)integer;
    return true;
}

bool number_to_double(struct number number, double *ret_real)
{
    double real = number.type == NUMBER_INT64    ? (double)number.int64
                  : number.type == NUMBER_UINT64 ? (double)number.uint64
                                                 : number.real;
    if (number_compare(number, (struct number){.type = NUMBER_DOUBLE, .real = real}) != 0) {
        return false;
    }
    *ret_real = real;
    return true;
}

/* ---- writing ---- */

/* Rounded to `precision` digits. */
static struct decimal decimal_of(double magnitude, int precision)
{
    char printed[DIGITS_MAX + 32]; /* "d", the locale's point, "ddd", "e-308" */
    (void)snprintf(printed, sizeof(printed), "%.*e", precision - 1, magnitude);
    struct decimal decimal = {.count = 0};
    const char *at = printed;
    for (; *at != 'e'; at++) {
        if (is_digit(*at)) {
            decimal.digits[decimal.count++] = *at;
        }
    }
    decimal.exponent = exponent_parse(at + 1, at + strlen(at));
    return decimal;
}

static bool decimal_reads_back(const struct decimal *decimal, double magnitude)
{
    char buffer[DIGITS_MAX + 16];
    (void)snprintf(buffer, sizeof(buffer), "%.*se%d", decimal->count, decimal->digits,
                   decimal->exponent - decimal->count + 1);
    double back = strtod(buffer, NULL);
    return back <= magnitude && back >= magnitude;
}

/* One more in the last digit. Never called with nines only. */
static void decimal_step(struct decimal *decimal)
{
    int last = decimal->count - 1;
    for (; decimal->digits[last] == '9'; last--) {
        decimal->digits[last] = '0';
    }
    decimal->digits[last]++;
}

/* The fewest digits that read back as `magnitude`, which is above zero.
 *
 * A normal double that has any form of at most 15 digits is printed as that form, with zeros behind
 * it, by 15 digits (that is what DBL_DIG says); so the search begins there, and the zeros are cut.
 * With 16 digits the nearest decimal may miss where one farther up is good: right above a power of
 * two the doubles lie twice as wide as below it (2^-44 is such a case). */
static struct decimal decimal_shortest(double magnitude)
{
    struct decimal decimal = {.count = 0};
    for (int precision = magnitude < DBL_MIN ? 1 : DBL_DIG; precision <= DIGITS_MAX; precision++) {
        decimal = decimal_of(magnitude, precision);
        if (decimal_reads_back(&decimal, magnitude)) {
            break;
        }
        if (precision == DIGITS_MAX - 1) {
            struct decimal above = decimal;
            decimal_step(&above);
            if (decimal_reads_back(&above, magnitude)) {
                decimal = above;
                break;
            }
        }
    }
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0') {
        decimal.count--;
    }
    return decimal;
}

static void zeros_write(struct text_builder *builder, int count)
{
    for (int i = 0; i < count; i++) {
        text_builder_append_char(builder, '0');
    }
}

static void digits_write(struct text_builder *builder, const struct decimal *decimal, int from,
                         int to)
{
    text_builder_append(builder, (struct text){decimal->digits + from, (size_t)(to - from)});
}

/* d.ddde-7; without a point when there is one digit. */
static void decimal_write_scientific(struct text_builder *builder, const struct decimal *decimal)
{
    digits_write(builder, decimal, 0, 1);
    if (decimal->count > 1) {
        text_builder_append_char(builder, '.');
        digits_write(builder, decimal, 1, decimal->count);
    }
    text_builder_print(builder, "e%d", decimal->exponent);
}

/* 0.000ddd, ddd.ddd or ddd000.0 */
static void decimal_write_plain(struct text_builder *builder, const struct decimal *decimal)
{
    int whole = decimal->exponent + 1; /* digits before the point; not above 0: zeros behind it */
    if (whole <= 0) {
        text_builder_append(builder, TEXT_LITERAL("0."));
        zeros_write(builder, -whole);
        digits_write(builder, decimal, 0, decimal->count);
    } else if (whole >= decimal->count) {
        digits_write(builder, decimal, 0, decimal->count);
        zeros_write(builder, whole - decimal->count);
        text_builder_append(builder, TEXT_LITERAL(".0"));
    } else {
        digits_write(builder, decimal, 0, whole);
        text_builder_append_char(builder, '.');
        digits_write(builder, decimal, whole, decimal->count);
    }
}

static void real_write(struct text_builder *builder, double real)
{
    uint64_t bits;
    memcpy(&bits, &real, sizeof(bits));
    if (bits >> 63 != 0) { /* -0.0 too */
        text_builder_append_char(builder, '-');
        real = -real;
    }
    assert(number_is_finite(real));
    if (!(real > 0)) {
        text_builder_append(builder, TEXT_LITERAL("0.0"));
        return;
    }
    struct decimal decimal = decimal_shortest(real);
    if (decimal.exponent < -4 || decimal.exponent > 15) {
        decimal_write_scientific(builder, &decimal);
    } else {
        decimal_write_plain(builder, &decimal);
    }
}

void number_write(struct text_builder *builder, struct number number)
{
    switch (number.type) {
    case NUMBER_INT64:
        text_builder_print(builder, "%" PRId64, number.int64);
        return;
    case NUMBER_UINT64:
        text_builder_print(builder, "%" PRIu64, number.uint64);
        return;
    case NUMBER_DOUBLE:
        real_write(builder, number.real);
        return;
    }
}

uint32_t number_integer_length(struct number number)
{
    assert(number.type != NUMBER_DOUBLE);
    int128_t integer = integer_of(number);
    uint32_t length = 1 + (integer < 0);
    for (uint128_t rest = (uint128_t)(integer < 0 ? -integer : integer); rest > 9; rest /= 10) {
        length++;
    }
    return length;
}
