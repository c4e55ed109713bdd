/* SPDX-License-Identifier: Apache-2.0 */
/* parameters.c - numbers in network order, arrays with their header.
 *
 *   array    [dimensions | has nulls | element type | length | lower bound] [element]...
 *   element  [length of the bytes, -1 for NULL] [bytes]
 *
 * Format: src/backend/utils/adt/arrayfuncs.c of PostgreSQL, array_recv. */
#include "dal/postgres/parameters.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include "base/compiler.h"
#include "dal/postgres/wire.h"

enum { ARRAY_HEADER_SIZE = 20, ARRAY_EMPTY_SIZE = 12 };

/* Object ids of the types, fixed for ever in pg_type.dat. */
static const struct {
    char letter;
    unsigned int oid, array_oid;
} types_known[] = {
    {'b', 20, 1016},   {'i', 23, 1007}, {'s', 21, 1005},
    {'u', 2950, 2951}, {'t', 25, 1009}, {'y', 17, 1001},
};

static bool is_array_type(char type)
{
    return type >= 'A' && type <= 'Z';
}

static bool is_array(const struct parameter *parameter)
{
    return is_array_type(parameter->type);
}

/* Of the elements, for an array. */
static char scalar_type(char type)
{
    return is_array_type(type) ? (char)(type - 'A' + 'a') : type;
}

static size_t type_place(char type)
{
    size_t place = 0;
    while (types_known[place].letter != scalar_type(type)) {
        place++;
        assert(place < ARRAY_COUNT(types_known));
    }
    return place;
}

size_t parameters_oids(const char *types, unsigned int ret_oids[PARAMETERS_MAX])
{
    size_t count = strlen(types);
    assert(count <= PARAMETERS_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t place = type_place(types[i]);
        ret_oids[i] =
            is_array_type(types[i]) ? types_known[place].array_oid : types_known[place].oid;
    }
    return count;
}

void parameters_finish(struct parameters *parameters)
{
    for (size_t i = 0; i < PARAMETERS_MAX; i++) {
        heap_give(parameters->heap, parameters->list[i].bytes, parameters->list[i].capacity);
        parameters->list[i] = (struct parameter){0};
    }
}

void parameters_start(struct parameters *parameters, const char *types)
{
    parameters->count = strlen(types);
    parameters->has_failed = false;
    assert(parameters->count <= PARAMETERS_MAX);
    for (size_t i = 0; i < parameters->count; i++) {
        struct parameter *parameter = &parameters->list[i];
        parameter->type = types[i];
        parameter->length = is_array(parameter) ? ARRAY_HEADER_SIZE : 0;
        parameter->count = 0;
        parameter->has_null = false;
    }
}

/* `size` more bytes at the end, or NULL. */
static char *extend(struct parameters *parameters, struct parameter *parameter, size_t size)
{
    size_t length = parameter->length + size;
    if (parameters->has_failed || length > INT_MAX ||
        !heap_grow(parameters->heap, &parameter->bytes, &parameter->capacity, length + 1, 1)) {
        parameters->has_failed = true;
        return NULL;
    }
    char *end = parameter->bytes + parameter->length;
    parameter->length = length;
    return end;
}

/* Room for the next value of `size` bytes, after its length if it is an element. */
static char *value_begin(struct parameters *parameters, size_t place, size_t size)
{
    assert(place < parameters->count);
    struct parameter *parameter = &parameters->list[place];
    bool is_element = is_array(parameter);
    assert(is_element || parameter->count == 0);
    char *bytes = extend(parameters, parameter, size + (is_element ? 4 : 0));
    if (bytes != NULL && is_element) {
        wire_put(bytes, 4, (int64_t)size);
        bytes += 4;
    }
    parameter->count++;
    return bytes;
}

void parameters_number(struct parameters *parameters, size_t place, int64_t value)
{
    char type = scalar_type(parameters->list[place].type);
    assert(type == 'b' || type == 'i' || type == 's');
    size_t size = type == 'b' ? 8 : type == 'i' ? 4 : 2;
    char *bytes = value_begin(parameters, place, size);
    if (bytes != NULL) {
        wire_put(bytes, size, value);
    }
}

void parameters_id(struct parameters *parameters, size_t place, struct id id)
{
    assert(scalar_type(parameters->list[place].type) == 'u');
    char *bytes = value_begin(parameters, place, 16);
    if (bytes != NULL) {
        wire_put(bytes, 8, (int64_t)id.high);
        wire_put(bytes + 8, 8, (int64_t)id.low);
    }
}

void parameters_text(struct parameters *parameters, size_t place, struct text text)
{
    char type = scalar_type(parameters->list[place].type);
    assert(type == 't' || type == 'y');
    char *bytes = value_begin(parameters, place, text.length);
    if (bytes != NULL && text.length > 0) {
        memcpy(bytes, text.bytes, text.length);
    }
}

void parameters_null(struct parameters *parameters, size_t place)
{
    struct parameter *parameter = &parameters->list[place];
    parameter->has_null = true;
    if (!is_array(parameter)) {
        parameter->count++;
        return;
    }
    char *bytes = extend(parameters, parameter, 4);
    if (bytes != NULL) {
        wire_put(bytes, 4, -1);
    }
    parameter->count++;
}

/* How many bytes the character at the start of `text` has; 0: it is none that can be kept. */
static size_t character_length(struct text text)
{
    for (size_t length = 1; length <= 4 && length <= text.length; length++) {
        if (text_is_utf8((struct text){text.bytes, length})) {
            return text.bytes[0] == '\0' ? 0 : length;
        }
    }
    return 0;
}

void parameters_words_of(struct parameters *parameters, size_t place, struct text words)
{
    if (text_is_utf8(words) &&
        (words.length == 0 || memchr(words.bytes, '\0', words.length) == NULL)) {
        parameters_text(parameters, place, words);
        return;
    }
    struct text_builder builder;
    text_builder_init(&builder, parameters->heap);
    while (words.length > 0) {
        size_t length = character_length(words);
        if (length == 0) {
            text_builder_append(&builder, TEXT_LITERAL("\xef\xbf\xbd"));
            length = 1;
        } else {
            text_builder_append(&builder, (struct text){words.bytes, length});
        }
        words.bytes += length;
        words.length -= length;
    }
    parameters->has_failed |= builder.failed;
    parameters_text(parameters, place, text_builder_text(&builder));
    text_builder_finish(&builder);
}

void parameters_words(struct parameters *parameters, size_t place, const char *words)
{
    if (words == NULL) {
        parameters_null(parameters, place);
    } else {
        parameters_words_of(parameters, place, text_of(words));
    }
}

size_t parameters_size(const struct parameters *parameters)
{
    size_t size = 0;
    for (size_t i = 0; i < parameters->count; i++) {
        size += parameters->list[i].length;
    }
    return size;
}

static void array_complete(struct parameter *parameter)
{
    wire_put(parameter->bytes, 4, parameter->count == 0 ? 0 : 1);
    wire_put(parameter->bytes + 4, 4, parameter->has_null);
    wire_put(parameter->bytes + 8, 4, types_known[type_place(parameter->type)].oid);
    wire_put(parameter->bytes + 12, 4, parameter->count);
    wire_put(parameter->bytes + 16, 4, 1);
    if (parameter->count == 0) {
        parameter->length = ARRAY_EMPTY_SIZE;
    }
}

bool parameters_show(struct parameters *parameters, const char *ret_values[PARAMETERS_MAX],
                     int ret_lengths[PARAMETERS_MAX])
{
    for (size_t i = 0; i < parameters->count && !parameters->has_failed; i++) {
        struct parameter *parameter = &parameters->list[i];
        assert(is_array(parameter) || parameter->count == 1);
        if (!heap_grow(parameters->heap, &parameter->bytes, &parameter->capacity, ARRAY_HEADER_SIZE,
                       1)) {
            parameters->has_failed = true;
            break;
        }
        if (is_array(parameter)) {
            array_complete(parameter);
        }
        bool is_null = !is_array(parameter) && parameter->has_null;
        ret_values[i] = is_null ? NULL : parameter->bytes;
        ret_lengths[i] = (int)parameter->length;
    }
    return !parameters->has_failed;
}
