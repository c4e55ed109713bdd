/* SPDX-License-Identifier: Apache-2.0 */
/* value_read.c - values from JSON.
 *
 * Law: all parts of the open arrays and objects stand on one stack; closing one takes its parts off
 * and puts it there in their place. */
#include "context/value.h"

#include "context/sort.h"

/* A part of an open array (no key) or object. */
struct part {
    struct text key;
    const struct value *value;
    size_t offset; /* of the key in the input */
};

struct building {
    struct json_reader *reader;
    struct arena *arena;
    struct cloacina_error *err;
    struct part *parts; /* Owned scratch */
    size_t count, capacity;
};

static enum cloacina_code value_build(struct building *building, const struct json_token *token,
                                      const struct value **ret_value);

static enum cloacina_code raise_no_memory(struct building *building)
{
    return cloacina_error_raise(building->err, CLOACINA_NO_MEMORY, "no memory for a value");
}

/* `value` NULL: it could not be made. */
static enum cloacina_code made(struct building *building, const struct value *value,
                               const struct value **ret_value)
{
    if (value == NULL) {
        return raise_no_memory(building);
    }
    *ret_value = value;
    return CLOACINA_OK;
}

/* A text that lives in the arena of the value. */
static struct text text_keep(struct building *building, const struct json_token *token)
{
    bool is_there = token->decoded && building->reader->arena == building->arena;
    return is_there ? token->text : text_copy(building->arena, token->text);
}

/* Reads what comes next, with the value of a key; true as long as it is a part. */
static enum cloacina_code part_build(struct building *building, bool *ret_is_part)
{
    struct part part = {.value = NULL};
    struct json_token token;
    enum cloacina_code code = json_next(building->reader, &token, building->err);
    if (code == CLOACINA_OK && token.type == JSON_KEY) {
        part.offset = token.offset;
        part.key = text_keep(building, &token);
        code = part.key.bytes != NULL ? json_next(building->reader, &token, building->err)
                                      : raise_no_memory(building);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_is_part = token.type != JSON_ARRAY_END && token.type != JSON_OBJECT_END;
    if (!*ret_is_part) {
        return CLOACINA_OK;
    }
    code = value_build(building, &token, &part.value);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!heap_grow(building->arena->heap, &building->parts, &building->capacity,
                   building->count + 1, sizeof(part))) {
        return raise_no_memory(building);
    }
    building->parts[building->count++] = part;
    return CLOACINA_OK;
}

/* Makes an array of the parts from `first` on. */
static const struct value *array_make(struct building *building, size_t first)
{
    size_t count = building->count - first;
    const struct value **items = arena_take_zeroed(building->arena, count, sizeof(*items));
    if (items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        items[i] = building->parts[first + i].value;
    }
    return value_array_borrow(building->arena, items, count);
}

static const struct value *object_make(struct building *building, size_t first)
{
    size_t count = building->count - first;
    struct value_member *members = arena_take_zeroed(building->arena, count, sizeof(*members));
    if (members == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        const struct part *part = &building->parts[first + i];
        members[i] = (struct value_member){.key = part->key, .value = part->value};
    }
    return value_object_borrow(building->arena, members, count);
}

/* By key; the same key by place, so that the second one is the one to complain about. */
static int part_compare(const void *a, const void *b)
{
    const struct part *one = a;
    const struct part *other = b;
    int order = text_compare(one->key, other->key);
    return order != 0 ? order : one->offset < other->offset ? -1 : one->offset > other->offset;
}

static enum cloacina_code keys_sort(struct building *building, size_t first)
{
    if (building->count == first) {
        return CLOACINA_OK;
    }
    sort_in_place(building->parts + first, building->count - first, sizeof(struct part),
                  part_compare);
    for (size_t i = first + 1; i < building->count; i++) {
        const struct part *part = &building->parts[i];
        if (text_equal(part[-1].key, part->key)) {
            return json_raise(building->reader, part->offset, building->err, CLOACINA_INVALID,
                              "key '%.*s' stands twice in one object", TEXT_PRINT(part->key));
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code container_build(struct building *building, bool is_object,
                                          const struct value **ret_value)
{
    size_t first = building->count;
    bool is_part = true;
    while (is_part) {
        enum cloacina_code code = part_build(building, &is_part);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    enum cloacina_code code = is_object ? keys_sort(building, first) : CLOACINA_OK;
    if (code == CLOACINA_OK) {
        code =
            made(building, is_object ? object_make(building, first) : array_make(building, first),
                 ret_value);
    }
    building->count = first;
    return code;
}

static enum cloacina_code text_build(struct building *building, const struct json_token *token,
                                     const struct value **ret_value)
{
    struct text text = text_keep(building, token);
    return made(building, text.bytes == NULL ? NULL : value_text_borrow(building->arena, text),
                ret_value);
}

static enum cloacina_code number_build(struct building *building, const struct json_token *token,
                                       const struct value **ret_value)
{
    struct number number;
    enum cloacina_code code = json_number(building->reader, token, &number, building->err);
    return code != CLOACINA_OK ? code
                               : made(building, value_number(building->arena, number), ret_value);
}

static enum cloacina_code value_build(struct building *building, const struct json_token *token,
                                      const struct value **ret_value)
{
    switch (token->type) {
    case JSON_OBJECT_BEGIN:
        return container_build(building, true, ret_value);
    case JSON_ARRAY_BEGIN:
        return container_build(building, false, ret_value);
    case JSON_STRING:
        return text_build(building, token, ret_value);
    case JSON_NUMBER:
        return number_build(building, token, ret_value);
    case JSON_TRUE:
        return made(building, value_bool(true), ret_value);
    case JSON_FALSE:
        return made(building, value_bool(false), ret_value);
    case JSON_NULL:
        return made(building, value_null(), ret_value);
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
        break;
    }
    return json_raise(building->reader, token->offset, building->err, CLOACINA_INVALID,
                      "wanted a value, found %s", json_type_name(token->type));
}

enum cloacina_code value_read_next(struct json_reader *reader, struct arena *arena,
                                   const struct value **ret_value, struct cloacina_error *err)
{
    struct building building = {.reader = reader, .arena = arena, .err = err};
    struct json_token token;
    enum cloacina_code code = json_next(reader, &token, err);
    if (code == CLOACINA_OK) {
        code = value_build(&building, &token, ret_value);
    }
    heap_give(arena->heap, building.parts, building.capacity * sizeof(struct part));
    return code;
}

enum cloacina_code value_read(struct arena *arena, struct text json, const struct value **ret_value,
                              struct cloacina_error *err)
{
    if (json.length > VALUE_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "JSON of %zu bytes, at most %zu",
                                    json.length, VALUE_BYTES_MAX);
    }
    struct json_reader reader;
    struct json_token token;
    const struct value *value = NULL;
    json_reader_init(&reader, json, arena);
    enum cloacina_code code = value_read_next(&reader, arena, &value, err);
    code = code == CLOACINA_OK ? json_expect(&reader, JSON_END, &token, err) : code;
    if (code == CLOACINA_OK) {
        *ret_value = value;
    }
    return code;
}
