/* SPDX-License-Identifier: Apache-2.0 */
/* value.c - immutable JSON values.
 *
 * Law: what is made never changes, so parts may be shared; size and depth are known from the making
 * on, so limits cost nothing and no recursion goes deeper than JSON_DEPTH_MAX. */
#include "context/value.h"

#include <assert.h>

#include "context/sort.h"

struct value {
    enum value_type type;
    uint32_t depth;
    uint32_t size;  /* as value_size says */
    uint32_t count; /* bytes of a text, items, members */
    union {
        bool truth;
        int64_t int64;
        uint64_t uint64;
        double real;
        const char *bytes;
        const struct value *const *items;
        const struct value_member *members;
    };
};

static uint32_t saturated(uint64_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

/* ---- making ---- */

static const struct value *value_make(struct arena *arena, struct value value)
{
    struct value *made = arena_take(arena, sizeof(*made));
    if (made != NULL) {
        *made = value;
    }
    return made;
}

const struct value *value_null(void)
{
    static const struct value null = {.type = VALUE_NULL, .size = 4};
    return &null;
}

const struct value *value_bool(bool is_true)
{
    static const struct value no = {.type = VALUE_BOOL, .size = 5, .truth = false};
    static const struct value yes = {.type = VALUE_BOOL, .size = 4, .truth = true};
    return is_true ? &yes : &no;
}

const struct value *value_int64(struct arena *arena, int64_t number)
{
    struct value value = {.type = VALUE_INT64, .int64 = number};
    value.size = number_integer_length(value_as_number(&value));
    return value_make(arena, value);
}

const struct value *value_uint64(struct arena *arena, uint64_t number)
{
    if (number <= INT64_MAX) {
        return value_int64(arena, (int64_t)number);
    }
    struct value value = {.type = VALUE_UINT64, .uint64 = number};
    value.size = number_integer_length(value_as_number(&value));
    return value_make(arena, value);
}

const struct value *value_double(struct arena *arena, double number)
{
    assert(number_is_finite(number));
    return value_make(
        arena, (struct value){.type = VALUE_DOUBLE, .size = NUMBER_WRITTEN_MAX, .real = number});
}

const struct value *value_number(struct arena *arena, struct number number)
{
    switch (number.type) {
    case NUMBER_INT64:
        return value_int64(arena, number.int64);
    case NUMBER_UINT64:
        return value_uint64(arena, number.uint64);
    case NUMBER_DOUBLE:
        break;
    }
    return value_double(arena, number.real);
}

const struct value *value_text_borrow(struct arena *arena, struct text text)
{
    assert(text.length <= UINT32_MAX && text.bytes[text.length] == '\0');
    assert(text_is_utf8(text));
    return value_make(arena, (struct value){.type = VALUE_TEXT,
                                            .size = saturated(json_text_size(text)),
                                            .count = (uint32_t)text.length,
                                            .bytes = text.bytes});
}

const struct value *value_text(struct arena *arena, struct text text)
{
    struct text copy = text_copy(arena, text);
    return copy.bytes == NULL ? NULL : value_text_borrow(arena, copy);
}

/* Brackets and the commas between `count` parts. */
static uint64_t frame_size(size_t count)
{
    return count == 0 ? 2 : (uint64_t)count + 1;
}

static uint32_t deeper(uint32_t depth, const struct value *part)
{
    return part->depth < depth ? depth : part->depth + 1;
}

const struct value *value_array_borrow(struct arena *arena, const struct value *const *items,
                                       size_t count)
{
    assert(count <= UINT32_MAX);
    uint64_t size = frame_size(count);
    uint32_t depth = 1;
    for (size_t i = 0; i < count; i++) {
        size += items[i]->size;
        depth = deeper(depth, items[i]);
    }
    assert(depth <= JSON_DEPTH_MAX);
    return value_make(arena, (struct value){.type = VALUE_ARRAY,
                                            .depth = depth,
                                            .size = saturated(size),
                                            .count = (uint32_t)count,
                                            .items = items});
}

const struct value *value_object_borrow(struct arena *arena, const struct value_member *members,
                                        size_t count)
{
    assert(count <= UINT32_MAX);
    uint64_t size = frame_size(count);
    uint32_t depth = 1;
    for (size_t i = 0; i < count; i++) {
        assert(i == 0 || text_compare(members[i - 1].key, members[i].key) < 0);
        size += json_text_size(members[i].key) + 1 + members[i].value->size;
        depth = deeper(depth, members[i].value);
    }
    assert(depth <= JSON_DEPTH_MAX);
    return value_make(arena, (struct value){.type = VALUE_OBJECT,
                                            .depth = depth,
                                            .size = saturated(size),
                                            .count = (uint32_t)count,
                                            .members = members});
}

const struct value *value_array(struct arena *arena, const struct value *const *items, size_t count)
{
    const struct value **copy = arena_take_zeroed(arena, count, sizeof(*copy));
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = items[i];
    }
    return value_array_borrow(arena, copy, count);
}

const struct value *value_object(struct arena *arena, const struct value_member *members,
                                 size_t count)
{
    struct value_member *copy = arena_take_zeroed(arena, count, sizeof(*copy));
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copy[i] = members[i];
    }
    return value_object_borrow(arena, copy, count);
}

static int member_compare(const void *a, const void *b)
{
    return text_compare(((const struct value_member *)a)->key,
                        ((const struct value_member *)b)->key);
}

const struct value_member *value_members_sort(struct value_member *members, size_t count)
{
    sort_in_place(members, count, sizeof(*members), member_compare);
    for (size_t i = 1; i < count; i++) {
        if (text_equal(members[i - 1].key, members[i].key)) {
            return &members[i];
        }
    }
    return NULL;
}

/* ---- copying ---- */

static const struct value *array_copy(struct arena *arena, const struct value *array)
{
    const struct value **items = arena_take_zeroed(arena, array->count, sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < array->count; i++) {
        items[i] = value_copy(arena, array->items[i]);
        if (items[i] == NULL) {
            return NULL;
        }
    }
    return value_array_borrow(arena, items, array->count);
}

static const struct value *object_copy(struct arena *arena, const struct value *object)
{
    struct value_member *members = arena_take_zeroed(arena, object->count, sizeof(*members));
    if (members == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < object->count; i++) {
        members[i].key = text_copy(arena, object->members[i].key);
        members[i].value = value_copy(arena, object->members[i].value);
        if (members[i].key.bytes == NULL || members[i].value == NULL) {
            return NULL;
        }
    }
    return value_object_borrow(arena, members, object->count);
}

const struct value *value_copy(struct arena *arena, const struct value *value)
{
    switch (value->type) {
    case VALUE_NULL:
    case VALUE_BOOL:
        return value;
    case VALUE_INT64:
    case VALUE_UINT64:
    case VALUE_DOUBLE:
        return value_make(arena, *value);
    case VALUE_TEXT:
        return value_text(arena, value_as_text(value));
    case VALUE_ARRAY:
        return array_copy(arena, value);
    case VALUE_OBJECT:
        break;
    }
    return object_copy(arena, value);
}

/* ---- looking ---- */

enum value_type value_type(const struct value *value)
{
    return value->type;
}

const char *value_type_name(enum value_type type)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",       [VALUE_BOOL] = "a bool",      [VALUE_INT64] = "an int64",
        [VALUE_UINT64] = "a uint64", [VALUE_DOUBLE] = "a double",  [VALUE_TEXT] = "a string",
        [VALUE_ARRAY] = "an array",  [VALUE_OBJECT] = "an object",
    };
    return names[type];
}

bool value_is_number(const struct value *value)
{
    return value->type == VALUE_INT64 || value->type == VALUE_UINT64 || value->type == VALUE_DOUBLE;
}

bool value_as_bool(const struct value *value)
{
    assert(value->type == VALUE_BOOL);
    return value->truth;
}

int64_t value_as_int64(const struct value *value)
{
    assert(value->type == VALUE_INT64);
    return value->int64;
}

uint64_t value_as_uint64(const struct value *value)
{
    assert(value->type == VALUE_UINT64);
    return value->uint64;
}

double value_as_double(const struct value *value)
{
    assert(value->type == VALUE_DOUBLE);
    return value->real;
}

struct text value_as_text(const struct value *value)
{
    assert(value->type == VALUE_TEXT);
    return (struct text){value->bytes, value->count};
}

struct number value_as_number(const struct value *value)
{
    if (value->type == VALUE_INT64) {
        return (struct number){.type = NUMBER_INT64, .int64 = value->int64};
    }
    if (value->type == VALUE_UINT64) {
        return (struct number){.type = NUMBER_UINT64, .uint64 = value->uint64};
    }
    return (struct number){.type = NUMBER_DOUBLE, .real = value_as_double(value)};
}

size_t value_count(const struct value *value)
{
    assert(value->type == VALUE_ARRAY || value->type == VALUE_OBJECT);
    return value->count;
}

const struct value *const *value_items(const struct value *array)
{
    assert(array->type == VALUE_ARRAY);
    return array->items;
}

const struct value *value_item(const struct value *array, size_t index)
{
    assert(index < value_count(array));
    return value_items(array)[index];
}

const struct value_member *value_members(const struct value *object)
{
    assert(object->type == VALUE_OBJECT);
    return object->members;
}

const struct value *value_object_get(const struct value *object, struct text key)
{
    const struct value_member *members = value_members(object);
    size_t low = 0;
    size_t high = object->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = text_compare(members[middle].key, key);
        if (order == 0) {
            return members[middle].value;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    return NULL;
}

uint32_t value_size(const struct value *value)
{
    return value->size;
}

uint32_t value_depth(const struct value *value)
{
    return value->depth;
}

/* ---- comparing ---- */

int value_compare_numbers(const struct value *a, const struct value *b)
{
    return number_compare(value_as_number(a), value_as_number(b));
}

/* All numbers are of one kind. */
static int kind(const struct value *value)
{
    return value_is_number(value) ? VALUE_INT64 : (int)value->type;
}

static int counts_compare(const struct value *a, const struct value *b)
{
    return a->count < b->count ? -1 : a->count > b->count;
}

static int arrays_compare(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        int order = value_compare(a->items[i], b->items[i]);
        if (order != 0) {
            return order;
        }
    }
    return counts_compare(a, b);
}

static int objects_compare(const struct value *a, const struct value *b)
{
    for (uint32_t i = 0; i < a->count && i < b->count; i++) {
        int order = text_compare(a->members[i].key, b->members[i].key);
        order = order != 0 ? order : value_compare(a->members[i].value, b->members[i].value);
        if (order != 0) {
            return order;
        }
    }
    return counts_compare(a, b);
}

int value_compare(const struct value *a, const struct value *b)
{
    if (a == b) {
        return 0;
    }
    if (kind(a) != kind(b)) {
        return kind(a) < kind(b) ? -1 : 1;
    }
    switch (a->type) {
    case VALUE_NULL: /* never here: there is only one */
    case VALUE_BOOL:
        return (int)a->truth - (int)b->truth;
    case VALUE_INT64:
    case VALUE_UINT64:
    case VALUE_DOUBLE:
        return value_compare_numbers(a, b);
    case VALUE_TEXT:
        return text_compare(value_as_text(a), value_as_text(b));
    case VALUE_ARRAY:
        return arrays_compare(a, b);
    case VALUE_OBJECT:
        break;
    }
    return objects_compare(a, b);
}

bool value_equal(const struct value *a, const struct value *b)
{
    /* Lengths first: most different things differ there. */
    return a == b || (kind(a) == kind(b) && a->count == b->count && value_compare(a, b) == 0);
}
