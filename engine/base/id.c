/* SPDX-License-Identifier: Apache-2.0 */
/* id.c - UUID version 7 (RFC 9562, section 5.7).
 *
 *   high: | milliseconds 48 | version 4 | counter 12 |
 *   low:  | variant 2 | counter 20 | hash 42          |
 *
 * Law: the ids of one maker ascend strictly, even when the clock stands still or steps back: then
 * the counter goes on in the last millisecond. In a new millisecond it starts at a hashed value
 * with a zero top bit, which leaves room for 2^31 ids and makes 73 of the 128 bits differ between
 * makers (section 6.2, method 1). */
#include "base/id.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/instant.h"

#define COUNTER_START_MASK (UINT32_MAX >> 1)
#define HASH_MASK ((UINT64_C(1) << 42) - 1)

static void millisecond_begin(struct id_maker *maker, uint64_t ms)
{
    maker->last_ms = ms;
    maker->counter = (uint32_t)hash_mix(maker->entropy, ms) & COUNTER_START_MASK;
}

void id_maker_init(struct id_maker *maker, uint64_t entropy)
{
    *maker = (struct id_maker){.entropy = entropy};
    millisecond_begin(maker, 0);
}

struct id id_make(struct id_maker *maker, int64_t realtime_ns)
{
    uint64_t ms = realtime_ns < 0 ? 0 : (uint64_t)(realtime_ns / NANOSECONDS_PER_MILLISECOND);
    if (ms > maker->last_ms) {
        millisecond_begin(maker, ms);
    } else if (++maker->counter == 0) {
        millisecond_begin(maker, maker->last_ms + 1);
    }
    uint64_t counter = maker->counter;
    uint64_t hash = hash_mix(hash_mix(maker->entropy, maker->last_ms), counter);
    return (struct id){
        .high = maker->last_ms << 16 | UINT64_C(7) << 12 | counter >> 20,
        .low = UINT64_C(2) << 62 | (counter & 0xfffff) << 42 | (hash & HASH_MASK),
    };
}

bool id_equal(struct id a, struct id b)
{
    return a.high == b.high && a.low == b.low;
}

int id_compare(struct id a, struct id b)
{
    if (a.high != b.high) {
        return a.high < b.high ? -1 : 1;
    }
    return a.low < b.low ? -1 : a.low > b.low;
}

bool id_is_zero(struct id id)
{
    return id.high == 0 && id.low == 0;
}

uint64_t id_hash(struct id id)
{
    return hash_mix(id.high, id.low);
}

static bool hyphen_stands_at(size_t position)
{
    return position == 8 || position == 13 || position == 18 || position == 23;
}

/* Bits 60..63 of what is left to print are the next digit. */
void id_print(struct id id, char ret_text[ID_TEXT_SIZE])
{
    for (size_t i = 0; i < ID_TEXT_SIZE - 1; i++) {
        if (hyphen_stands_at(i)) {
            ret_text[i] = '-';
            continue;
        }
        ret_text[i] = "0123456789abcdef"[id.high >> 60];
        id.high = id.high << 4 | id.low >> 60;
        id.low <<= 4;
    }
    ret_text[ID_TEXT_SIZE - 1] = '\0';
}

/* The value of a hex digit, or -1. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool id_read(struct text text, struct id *ret_id)
{
    struct id id = {0, 0};
    if (text.length != ID_TEXT_SIZE - 1) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        int digit = digit_value(text.bytes[i]);
        if (hyphen_stands_at(i) ? text.bytes[i] != '-' : digit < 0) {
            return false;
        }
        if (digit >= 0) {
            id.high = id.high << 4 | id.low >> 60;
            id.low = id.low << 4 | (uint64_t)digit;
        }
    }
    *ret_id = id;
    return true;
}

enum cloacina_code id_parse(struct text text, struct id *ret_id, struct cloacina_error *err)
{
    if (id_read(text, ret_id)) {
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "'%.*s' is no id: hex digits in groups of 8-4-4-4-12 are needed",
                                TEXT_PRINT(text));
}
