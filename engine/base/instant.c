/* SPDX-License-Identifier: Apache-2.0 */
/* instant.c - calendar, durations, and decimal numbers of seconds.
 *
 * Law: integers only. A decimal text becomes nanoseconds digit by digit and is rounded once. */
#include "base/instant.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

int64_t instant_add(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b) {
        return INT64_MAX;
    }
    if (b < 0 && a < INT64_MIN - b) {
        return INT64_MIN;
    }
    return a + b;
}

int64_t nanoseconds_of_ms(int64_t ms)
{
    if (ms > INT64_MAX / NANOSECONDS_PER_MILLISECOND) {
        return INT64_MAX;
    }
    if (ms < INT64_MIN / NANOSECONDS_PER_MILLISECOND) {
        return INT64_MIN;
    }
    return ms * NANOSECONDS_PER_MILLISECOND;
}

/* ---- printing ---- */

static const struct {
    uint64_t nanoseconds;
    const char *name;
} parts[] = {
    {NANOSECONDS_PER_DAY, "d"},
    {NANOSECONDS_PER_HOUR, "h"},
    {NANOSECONDS_PER_MINUTE, "min"},
};

enum { FRACTION_SIZE = 11 }; /* a point, nine digits, the NUL */

struct date {
    int year, month, day;
};

/* Proleptic Gregorian date of a day number (1970-01-01 is 0). Years are counted from March, so that
 * the leap day is the last of its year; then an era of 400 years is 146097 days, and 153 days are
 * five months (Hinnant, "chrono-compatible low-level date algorithms", civil_from_days). */
static struct date date_of_day(int64_t day)
{
    int64_t shifted = day + 719468; /* days since 0000-03-01; positive for every int64 instant */
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted % 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    return (struct date){
        .year = (int)(year_of_era + era * 400 + (month <= 2)),
        .month = (int)month,
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

/* The nanoseconds below a second as ".5" or ".500"; zeros at the end go in groups of `step`, all of
 * them: "". */
static void fraction_print(uint64_t nanoseconds, size_t step, char ret_text[FRACTION_SIZE])
{
    (void)snprintf(ret_text, FRACTION_SIZE, ".%09u", (unsigned)nanoseconds);
    size_t length = FRACTION_SIZE - 1;
    while (length > 1 && strspn(ret_text + length - step, "0") == step) {
        length -= step;
        ret_text[length] = '\0';
    }
    if (length == 1) {
        ret_text[0] = '\0';
    }
}

void instant_print(int64_t instant, char ret_text[INSTANT_TEXT_SIZE])
{
    int64_t day = instant / NANOSECONDS_PER_DAY;
    int64_t rest = instant % NANOSECONDS_PER_DAY;
    if (rest < 0) {
        day -= 1;
        rest += NANOSECONDS_PER_DAY;
    }
    struct date date = date_of_day(day);
    int seconds = (int)(rest / NANOSECONDS_PER_SECOND);
    char fraction[FRACTION_SIZE];
    fraction_print((uint64_t)(rest % NANOSECONDS_PER_SECOND), 3, fraction);
    (void)snprintf(ret_text, INSTANT_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", date.year,
                   date.month, date.day, seconds / 3600, seconds / 60 % 60, seconds % 60, fraction);
}

void duration_print(int64_t duration, char ret_text[DURATION_TEXT_SIZE])
{
    uint64_t left = duration < 0 ? 0 - (uint64_t)duration : (uint64_t)duration;
    bool in_parts = left >= NANOSECONDS_PER_HOUR;
    size_t used = (size_t)snprintf(ret_text, DURATION_TEXT_SIZE, "%s", duration < 0 ? "-" : "");
    const char *space = "";
    for (size_t i = 0; in_parts && i < ARRAY_COUNT(parts); i++) {
        uint64_t count = left / parts[i].nanoseconds;
        left %= parts[i].nanoseconds;
        if (count > 0) {
            used += (size_t)snprintf(ret_text + used, DURATION_TEXT_SIZE - used, "%s%u %s", space,
                                     (unsigned)count, parts[i].name);
            space = " ";
        }
    }
    if (left > 0 || !in_parts) {
        char fraction[FRACTION_SIZE];
        fraction_print(left % NANOSECONDS_PER_SECOND, 1, fraction);
        (void)snprintf(ret_text + used, DURATION_TEXT_SIZE - used, "%s%u%s s", space,
                       (unsigned)(left / NANOSECONDS_PER_SECOND), fraction);
    }
}

/* ---- reading ---- */

/* A decimal number as it stands in the text. */
struct decimal {
    bool negative;
    struct text integer;  /* Borrowed: the digits before the decimal point */
    struct text fraction; /* Borrowed: the digits behind it; may be empty */
    int64_t exponent;
};

/* Far beyond the length of any text, so that clamping an exponent here never changes a result. */
#define EXPONENT_MAX (INT64_C(1) << 60)

static bool digit_stands_at(struct text text, size_t position)
{
    return position < text.length && text.bytes[position] >= '0' && text.bytes[position] <= '9';
}

static bool char_stands_at(struct text text, size_t position, char c)
{
    return position < text.length && text.bytes[position] == c;
}

/* The digits that stand at `*position`, which moves behind them. */
static struct text digits_read(struct text text, size_t *position)
{
    size_t start = *position;
    while (digit_stands_at(text, *position)) {
        (*position)++;
    }
    return (struct text){.bytes = text.bytes + start, .length = *position - start};
}

/* Reads "e-3", if it stands there; false: an "e" without digits. */
static bool exponent_read(struct text text, size_t *position, int64_t *ret_exponent)
{
    *ret_exponent = 0;
    if (!char_stands_at(text, *position, 'e') && !char_stands_at(text, *position, 'E')) {
        return true;
    }
    (*position)++;
    bool negative = char_stands_at(text, *position, '-');
    *position += negative || char_stands_at(text, *position, '+');
    struct text digits = digits_read(text, position);
    int64_t exponent = 0;
    for (size_t i = 0; i < digits.length && exponent < EXPONENT_MAX / 10; i++) {
        exponent = exponent * 10 + (digits.bytes[i] - '0');
    }
    *ret_exponent = negative ? -exponent : exponent;
    return digits.length > 0;
}

/* Reads a JSON number (RFC 8259, section 6) at the start of the text; returns its length, 0 when
 * there is none. */
static size_t decimal_read(struct text text, struct decimal *ret_decimal)
{
    struct decimal decimal = {.negative = char_stands_at(text, 0, '-')};
    size_t position = decimal.negative;
    decimal.integer = digits_read(text, &position);
    if (decimal.integer.length == 0 ||
        (decimal.integer.length > 1 && decimal.integer.bytes[0] == '0')) {
        return 0;
    }
    if (char_stands_at(text, position, '.')) {
        position++;
        decimal.fraction = digits_read(text, &position);
        if (decimal.fraction.length == 0) {
            return 0;
        }
    }
    if (!exponent_read(text, &position, &decimal.exponent)) {
        return 0;
    }
    *ret_decimal = decimal;
    return position;
}

/* The digit at a position of the row of all digits, which has endless zeros on both sides. */
static unsigned decimal_digit(const struct decimal *decimal, int64_t position)
{
    struct text integer = decimal->integer;
    struct text fraction = decimal->fraction;
    uint64_t index = (uint64_t)position;
    if (position < 0 || index >= integer.length + fraction.length) {
        return 0;
    }
    char c = index < integer.length ? integer.bytes[index] : fraction.bytes[index - integer.length];
    return (unsigned)(c - '0');
}

static int64_t first_digit_that_counts(const struct decimal *decimal, int64_t length)
{
    int64_t first = 0;
    while (first < length && decimal_digit(decimal, first) == 0) {
        first++;
    }
    return first;
}

/* The digits before the decimal point as a number; there are at most 19, so it fits. */
static uint64_t whole_part(const struct decimal *decimal, int64_t first, int64_t point)
{
    uint64_t whole = 0;
    for (int64_t i = first; i < point; i++) {
        whole = whole * 10 + decimal_digit(decimal, i);
    }
    return whole;
}

/* `whole` plus unit * 0.DIGITS, whose digits begin at `point`, rounded half to even.
 *
 * Horner's scheme from the last digit: every step divides by ten, and of what is cut off only the
 * last digit and "is anything below it" are remembered. That is all that rounding needs, however
 * many digits there are. */
static uint128_t fraction_add(uint128_t whole, const struct decimal *decimal, int64_t length,
                              int64_t point, uint64_t unit)
{
    uint64_t scaled = 0;
    unsigned cut = 0;
    bool is_more_below = false;
    for (int64_t i = length - 1; i >= point; i--) {
        is_more_below = is_more_below || cut > 0;
        scaled += decimal_digit(decimal, i) * unit;
        cut = (unsigned)(scaled % 10);
        scaled /= 10;
    }
    uint128_t sum = whole + scaled;
    bool up = cut > 5 || (cut == 5 && (is_more_below || sum % 2 == 1));
    return sum + up;
}

/* The decimal times `unit` (at most a day of nanoseconds); false when int64 cannot hold it. */
static bool decimal_scale(const struct decimal *decimal, uint64_t unit, int64_t *ret_product)
{
    enum { WHOLE_DIGITS_MAX = 19, ZEROS_MAX = 30 }; /* a day times 10^-30 is far below a half */
    int64_t length = (int64_t)(decimal->integer.length + decimal->fraction.length);
    int64_t point = (int64_t)decimal->integer.length + decimal->exponent;
    int64_t first = first_digit_that_counts(decimal, length);
    if (first == length || first - point > ZEROS_MAX) {
        *ret_product = 0;
        return true;
    }
    if (point - first > WHOLE_DIGITS_MAX) {
        return false;
    }
    uint128_t whole = (uint128_t)whole_part(decimal, first, point) * unit;
    uint128_t product = fraction_add(whole, decimal, length, point, unit);
    if (product > (uint128_t)INT64_MAX + decimal->negative) {
        return false;
    }
    *ret_product = (int64_t)(decimal->negative ? 0 - (uint64_t)product : (uint64_t)product);
    return true;
}

enum cloacina_code nanoseconds_of_seconds_text(struct text seconds, int64_t *ret_ns,
                                               struct cloacina_error *err)
{
    struct decimal decimal;
    size_t length = decimal_read(seconds, &decimal);
    if (length == 0 || length < seconds.length) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is no number of seconds",
                                    TEXT_PRINT(seconds));
    }
    if (!decimal_scale(&decimal, NANOSECONDS_PER_SECOND, ret_ns)) {
        return cloacina_error_raise(err, CLOACINA_OUT_OF_RANGE,
                                    "%.*s seconds are more than 292 years", TEXT_PRINT(seconds));
    }
    return CLOACINA_OK;
}

/* Nanoseconds in a unit; 0 when there is none of that name. */
static uint64_t unit_find(struct text name)
{
    static const struct {
        const char *name;
        uint64_t nanoseconds;
    } units[] = {
        {"ns", 1},
        {"us", NANOSECONDS_PER_MICROSECOND},
        {"ms", NANOSECONDS_PER_MILLISECOND},
        {"s", NANOSECONDS_PER_SECOND},
        {"m", NANOSECONDS_PER_MINUTE},
        {"h", NANOSECONDS_PER_HOUR},
        {"d", NANOSECONDS_PER_DAY},
    };
    for (size_t i = 0; i < ARRAY_COUNT(units); i++) {
        if (text_equal(name, text_of(units[i].name))) {
            return units[i].nanoseconds;
        }
    }
    return 0;
}

enum cloacina_code duration_parse(struct text text, int64_t *ret_ns, struct cloacina_error *err)
{
    struct decimal decimal;
    size_t length = decimal_read(text, &decimal);
    struct text name = {.bytes = text.bytes + length, .length = text.length - length};
    uint64_t unit = unit_find(name);
    if (length == 0 || decimal.negative || unit == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "'%.*s' is no duration: a number and one of ns, us, ms, s, m, "
                                    "h, d are needed, as in '1.5s'",
                                    TEXT_PRINT(text));
    }
    if (!decimal_scale(&decimal, unit, ret_ns)) {
        return cloacina_error_raise(err, CLOACINA_OUT_OF_RANGE, "'%.*s' is more than 292 years",
                                    TEXT_PRINT(text));
    }
    return CLOACINA_OK;
}
