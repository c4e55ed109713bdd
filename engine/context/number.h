/* SPDX-License-Identifier: Apache-2.0 */
/* number.h - numbers between text and memory, exactly, whatever the locale says. */
#ifndef CONTEXT_NUMBER_H
#define CONTEXT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum number_type { NUMBER_INT64, NUMBER_UINT64, NUMBER_DOUBLE };

/* UINT64 is used above INT64_MAX only; a double is always finite. */
struct number {
    enum number_type type;
    union {
        int64_t int64;
        uint64_t uint64;
        double real;
    };
};

/* The longest number that is converted: longer than any double written out to its last digit. */
enum { NUMBER_LENGTH_MAX = 2048 };

enum number_fault {
    NUMBER_FINE = 0,
    NUMBER_TOO_LONG,        /* more than NUMBER_LENGTH_MAX characters */
    NUMBER_INTEGER_TOO_BIG, /* no fraction, no exponent, and outside of [-2^63, 2^64 - 1] */
    NUMBER_REAL_TOO_BIG     /* its magnitude is above the largest double */
};

/* Converts a number in the grammar of JSON; `ret_number` is written only when all is fine. Without
 * fraction and exponent it is an integer (so "-0" is the integer 0), else the nearest double. */
enum number_fault number_parse(struct text text, struct number *ret_number);

/* Exact comparison by value: <0, 0, >0. 1 equals 1.0; 2^53 + 1 does not equal 2^53. */
int number_compare(struct number a, struct number b);

bool number_is_finite(double real);

/* The same number as another type; false when that type cannot hold it exactly. */
bool number_to_int64(struct number number, int64_t *ret_integer) MUST_CHECK;
bool number_to_uint64(struct number number, uint64_t *ret_integer) MUST_CHECK;
bool number_to_double(struct number number, double *ret_real) MUST_CHECK;

/* Integers in decimal. A finite double by the fewest digits that read back as the same double,
 * and so that it reads back as a double: "0.1", "1.0", "-0.0", "1e300", "1.5e-7". */
void number_write(struct text_builder *builder, struct number number);

/* The most that number_write appends: "-2.2250738585072014e-308". */
enum { NUMBER_WRITTEN_MAX = 24 };

/* What number_write appends for an integer: its digits and its sign. */
uint32_t number_integer_length(struct number number);

#endif
