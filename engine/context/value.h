/* SPDX-License-Identifier: Apache-2.0 */
/* value.h - JSON values: immutable, in arenas, shared freely.
 *
 *   {"cents": 4200, "tags": ["a", "b"]}
 *
 *   object --> members sorted by the bytes of their keys: [cents|*] [tags|*]
 *                                                               |        |
 *                                                          int64 4200   array --> [*] [*]
 *
 * A value never changes and never owns: it lives as long as the arenas that it and its parts were
 * made in. Therefore a value may stand in many others, and equal pointers are equal values.
 * Constructors answer NULL when there is no memory. */
#ifndef CONTEXT_VALUE_H
#define CONTEXT_VALUE_H

#include <cloacina/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "context/json.h"
#include "context/number.h"

struct value;

enum value_type {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT64,
    VALUE_UINT64, /* only above INT64_MAX */
    VALUE_DOUBLE, /* never NaN, never infinite */
    VALUE_TEXT,
    VALUE_ARRAY,
    VALUE_OBJECT
};

struct value_member {
    struct text key; /* Borrowed; UTF-8, any length, any character */
    const struct value *value;
};

/* The longest text that value_read takes. */
#define VALUE_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* ---- making ---- */

const struct value *value_null(void); /* static, like both of value_bool */
const struct value *value_bool(bool is_true);
const struct value *value_int64(struct arena *arena, int64_t number) MUST_CHECK;
const struct value *value_uint64(struct arena *arena,
                                 uint64_t number) MUST_CHECK;                    /* small: INT64 */
const struct value *value_double(struct arena *arena, double number) MUST_CHECK; /* finite */
const struct value *value_number(struct arena *arena, struct number number) MUST_CHECK;

/* A copy of `text`, which must be UTF-8 of at most UINT32_MAX bytes. */
const struct value *value_text(struct arena *arena, struct text text) MUST_CHECK;

/* The same without the copy: the bytes live as long as the value and have a NUL behind them. */
const struct value *value_text_borrow(struct arena *arena, struct text text) MUST_CHECK;

/* The list of pointers is copied, the items are shared. No deeper than JSON_DEPTH_MAX. */
const struct value *value_array(struct arena *arena, const struct value *const *items,
                                size_t count) MUST_CHECK;

/* The list of members is copied, keys and values are shared. The keys must be ascending by
 * text_compare and distinct (asserted): see value_members_sort. No deeper than JSON_DEPTH_MAX. */
const struct value *value_object(struct arena *arena, const struct value_member *members,
                                 size_t count) MUST_CHECK;

/* The same two without the copy: the lists live as long as the values. */
const struct value *value_array_borrow(struct arena *arena, const struct value *const *items,
                                       size_t count) MUST_CHECK;
const struct value *value_object_borrow(struct arena *arena, const struct value_member *members,
                                        size_t count) MUST_CHECK;

/* Sorts in place. Returns a member whose key stands twice, NULL when all are distinct. */
const struct value_member *value_members_sort(struct value_member *members, size_t count);

/* A copy that shares nothing with the original. */
const struct value *value_copy(struct arena *arena, const struct value *value) MUST_CHECK;

/* ---- looking ---- */

enum value_type value_type(const struct value *value);

/* With its article, for messages: "null", "a bool", "an int64", "a uint64", "a double",
 * "a string", "an array", "an object". Static text. */
const char *value_type_name(enum value_type type);

bool value_is_number(const struct value *value);

/* Each asserts the type. */
bool value_as_bool(const struct value *value);
int64_t value_as_int64(const struct value *value);
uint64_t value_as_uint64(const struct value *value);
double value_as_double(const struct value *value);
struct text value_as_text(const struct value *value); /* with a NUL behind it */
struct number value_as_number(const struct value *value);

/* Of an array or an object. */
size_t value_count(const struct value *value);
const struct value *value_item(const struct value *array, size_t index);
const struct value *const *value_items(const struct value *array);
const struct value_member *value_members(const struct value *object); /* value_count of them */

/* The value under a key, NULL when it is absent. */
const struct value *value_object_get(const struct value *object, struct text key);

/* JSON equality: the order of members does not matter, numbers compare by value. */
bool value_equal(const struct value *a, const struct value *b);

/* A total order whose 0 is value_equal: null < bool < numbers < texts < arrays < objects. */
int value_compare(const struct value *a, const struct value *b);

/* Both must be numbers. <0, 0, >0, exact over all three types. */
int value_compare_numbers(const struct value *a, const struct value *b);

/* The bytes that value_write needs, where each double counts as NUMBER_WRITTEN_MAX; UINT32_MAX
 * for all that is larger. Costs nothing. */
uint32_t value_size(const struct value *value);

/* How many levels of arrays and objects: 0 for all others. Costs nothing. */
uint32_t value_depth(const struct value *value);

/* ---- as JSON ---- */

/* Reads a whole text into `arena`; nothing of `json` is kept. INVALID: not JSON, or an object that
 * names a key twice; OUT_OF_RANGE: an integer that does not fit 64 bits, a number that does not
 * fit a double; LIMIT: too deep, or longer than VALUE_BYTES_MAX; NO_MEMORY. */
enum cloacina_code value_read(struct arena *arena, struct text json, const struct value **ret_value,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Reads the next value of a reader, which may be in the middle of its text. */
enum cloacina_code value_read_next(struct json_reader *reader, struct arena *arena,
                                   const struct value **ret_value,
                                   struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The one canonical form: no white space, keys ascending, numbers as number_write has them. Equal
 * texts are equal values; equal values may differ in "1" and "1.0" only. */
void value_write(struct text_builder *builder, const struct value *value);

#endif
