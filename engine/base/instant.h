/* SPDX-License-Identifier: Apache-2.0 */
/* instant.h - time as arithmetic: int64 nanoseconds, instants since 1970-01-01T00:00:00Z (no leap
 * seconds, as POSIX), durations as differences. The range is +-292 years. */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/text.h"

#define INSTANT_NEVER INT64_MAX /* a deadline that does not come */
#define NANOSECONDS_PER_MICROSECOND INT64_C(1000)
#define NANOSECONDS_PER_MILLISECOND INT64_C(1000000)
#define NANOSECONDS_PER_SECOND INT64_C(1000000000)
#define NANOSECONDS_PER_MINUTE (60 * NANOSECONDS_PER_SECOND)
#define NANOSECONDS_PER_HOUR (3600 * NANOSECONDS_PER_SECOND)
#define NANOSECONDS_PER_DAY (INT64_C(86400) * NANOSECONDS_PER_SECOND)

/* a + b, staying at INT64_MAX or INT64_MIN instead of wrapping. */
int64_t instant_add(int64_t a, int64_t b);

/* Milliseconds to nanoseconds, staying at INT64_MAX or INT64_MIN instead of wrapping. */
int64_t nanoseconds_of_ms(int64_t ms);

/* "2024-01-01T00:00:00Z", with 3, 6 or 9 decimals where needed (RFC 3339). */
enum { INSTANT_TEXT_SIZE = 40 };
void instant_print(int64_t instant, char ret_text[INSTANT_TEXT_SIZE]);

/* Below an hour always seconds with the shortest decimals: "0 s", "1.2 s", "1800 s". From an hour
 * on "2 h 3 min 5.5 s", from a day on "1 d 2 h 3 min 5.5 s"; parts that are zero are left out: "30
 * d". */
enum { DURATION_TEXT_SIZE = 64 };
void duration_print(int64_t duration, char ret_text[DURATION_TEXT_SIZE]);

/* A decimal number of seconds as a JSON number ("53.6", "1e-3") to nanoseconds, rounded once, half
 * to even, from the digits and not from a double. OUT_OF_RANGE beyond int64; INVALID: no JSON
 * number. */
enum cloacina_code nanoseconds_of_seconds_text(struct text seconds, int64_t *ret_ns,
                                               struct cloacina_error *err) MUST_CHECK;

/* "250ms", "1.2s", "5m", "2h", "1d", "7us", "9ns": a JSON number that is not negative and a unit,
 * no space; rounded and refused as above. */
enum cloacina_code duration_parse(struct text text, int64_t *ret_ns,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
