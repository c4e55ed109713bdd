/* SPDX-License-Identifier: Apache-2.0 */
/* id.h - 128-bit names (UUID version 7, RFC 9562): 48 bits of milliseconds, then version, then a
 * counter and randomness. Ascending within one maker. They are names: order comes from (revision,
 * n) and created_at. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/text.h"

struct id {
    uint64_t high;
    uint64_t low;
};

enum { ID_TEXT_SIZE = 37 }; /* 36 characters and the NUL */

/* The state behind the ids of one maker; all fields private. Not thread-safe. */
struct id_maker {
    uint64_t entropy;
    uint64_t last_ms;
    uint32_t counter;
};

/* `entropy` is drawn once from a random stream when the maker starts. Makers that share it make the
 * same ids, so mix in who asks: the calm oracle answers zero to everybody. Nothing is owned: there
 * is no finish. */
void id_maker_init(struct id_maker *maker, uint64_t entropy);

/* The next id, greater than every one before it even if `realtime_ns` (since 1970) has stepped
 * back. */
struct id id_make(struct id_maker *maker, int64_t realtime_ns);

bool id_equal(struct id a, struct id b);
int id_compare(struct id a, struct id b); /* as the texts compare: <0, 0, >0 */
bool id_is_zero(struct id id);
uint64_t id_hash(struct id id); /* for tables */

/* 8-4-4-4-12 hex digits, lower case. */
void id_print(struct id id, char ret_text[ID_TEXT_SIZE]);

/* Reads that form, upper case too, of any version. INVALID: the text is something else. */
enum cloacina_code id_parse(struct text text, struct id *ret_id,
                            struct cloacina_error *err) MUST_CHECK;

#endif
