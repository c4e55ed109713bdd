/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - a pull tokenizer for JSON.
 *
 * Law: every byte is looked at once going forward; a state says what may come next, one bit per
 * open level says whether it is an object or an array.
 *
 *   WANTS_VALUE --+-- '{' ------> WANTS_FIRST_KEY ---+-- key ':' --> WANTS_VALUE
 *                 |                                  `-- '}' ------> AFTER_VALUE
 *                 +-- '[' ------> WANTS_FIRST_ITEM --+-- value ----> AFTER_VALUE
 *                 |                                  `-- ']' ------> AFTER_VALUE
 *                 `-- scalar ---> AFTER_VALUE
 *
 *   AFTER_VALUE --+-- ',' ------> WANTS_KEY in an object, WANTS_VALUE in an array
 *                 `-- '}' ']' --> AFTER_VALUE
 *   WANTS_KEY ------- key ':' --> WANTS_VALUE
 *
 * AFTER_VALUE with no open level: only white space and the end may follow. */
#include "context/json.h"

#include <assert.h>

#include "context/json_scan.h"

enum json_state {
    WANTS_VALUE,
    WANTS_FIRST_ITEM, /* or the end of the array */
    WANTS_FIRST_KEY,  /* or the end of the object */
    WANTS_KEY,
    AFTER_VALUE,
    HAS_FAILED
};

void json_reader_init(struct json_reader *reader, struct text input, struct arena *arena)
{
    *reader = (struct json_reader){
        .input = input.length > 0 ? input : TEXT_LITERAL(""), /* never a NULL to count from */
        .arena = arena,
        .state = WANTS_VALUE,
    };
}

const char *json_type_name(enum json_type type)
{
    static const char *const names[] = {
        [JSON_END] = "the end",
        [JSON_OBJECT_BEGIN] = "an object",
        [JSON_OBJECT_END] = "the end of an object",
        [JSON_ARRAY_BEGIN] = "an array",
        [JSON_ARRAY_END] = "the end of an array",
        [JSON_KEY] = "a key",
        [JSON_STRING] = "a string",
        [JSON_NUMBER] = "a number",
        [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",
        [JSON_NULL] = "null",
    };
    return names[type];
}

/* ---- structure ---- */

static bool is_in_object(const struct json_reader *reader)
{
    uint32_t level = reader->depth - 1;
    return reader->depth > 0 && (reader->objects[level / 64] >> level % 64 & 1) != 0;
}

static enum cloacina_code level_open(struct json_reader *reader, bool is_object,
                                     struct json_token *token, struct cloacina_error *err)
{
    if (reader->depth == JSON_DEPTH_MAX) {
        return json_raise(reader, reader->at, err, CLOACINA_LIMIT, "nested deeper than %d levels",
                          JSON_DEPTH_MAX);
    }
    uint64_t bit = (uint64_t)1 << reader->depth % 64;
    uint64_t *word = &reader->objects[reader->depth / 64];
    *word = is_object ? *word | bit : *word & ~bit;
    reader->depth++;
    reader->at++;
    reader->state = is_object ? WANTS_FIRST_KEY : WANTS_FIRST_ITEM;
    token->type = is_object ? JSON_OBJECT_BEGIN : JSON_ARRAY_BEGIN;
    return CLOACINA_OK;
}

static enum cloacina_code level_close(struct json_reader *reader, struct json_token *token)
{
    token->type = is_in_object(reader) ? JSON_OBJECT_END : JSON_ARRAY_END;
    reader->depth--;
    reader->at++;
    reader->state = AFTER_VALUE;
    return CLOACINA_OK;
}

/* A key and its colon. */
static enum cloacina_code key_read(struct json_reader *reader, bool decodes,
                                   struct json_token *token, struct cloacina_error *err)
{
    if (json_peek(reader) != '"') {
        return json_raise_unexpected(reader, reader->at, "a key", err);
    }
    token->type = JSON_KEY;
    enum cloacina_code code = json_string_read(reader, decodes, token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    json_space_skip(reader);
    if (json_peek(reader) != ':') {
        return json_raise_unexpected(reader, reader->at, "':'", err);
    }
    reader->at++;
    reader->state = WANTS_VALUE;
    return CLOACINA_OK;
}

static enum cloacina_code value_begin(struct json_reader *reader, bool decodes,
                                      struct json_token *token, struct cloacina_error *err)
{
    int byte = json_peek(reader);
    if (byte == '{' || byte == '[') {
        return level_open(reader, byte == '{', token, err);
    }
    reader->state = AFTER_VALUE;
    if (byte == '"') {
        token->type = JSON_STRING;
        return json_string_read(reader, decodes, token, err);
    }
    if (byte == '-' || (byte >= '0' && byte <= '9')) {
        return json_number_scan(reader, token, err);
    }
    if (byte == 't') {
        return json_word_scan(reader, "true", JSON_TRUE, token, err);
    }
    if (byte == 'f') {
        return json_word_scan(reader, "false", JSON_FALSE, token, err);
    }
    if (byte == 'n') {
        return json_word_scan(reader, "null", JSON_NULL, token, err);
    }
    return json_raise_unexpected(reader, reader->at, "a value", err);
}

/* What may come after a value: a comma, the end of its level, the end of the text. */
static enum cloacina_code comma_read(struct json_reader *reader, struct json_token *token,
                                     struct cloacina_error *err)
{
    int byte = json_peek(reader);
    if (reader->depth == 0) {
        token->type = JSON_END;
        return byte < 0 ? CLOACINA_OK : json_raise_unexpected(reader, reader->at, "the end", err);
    }
    if (byte == (is_in_object(reader) ? '}' : ']')) {
        return level_close(reader, token);
    }
    if (byte != ',') {
        return json_raise_unexpected(reader, reader->at,
                                     is_in_object(reader) ? "',' or '}'" : "',' or ']'", err);
    }
    reader->at++;
    json_space_skip(reader);
    token->offset = reader->at;
    reader->state = is_in_object(reader) ? WANTS_KEY : WANTS_VALUE;
    return CLOACINA_OK;
}

static enum cloacina_code token_read(struct json_reader *reader, bool decodes,
                                     struct json_token *token, struct cloacina_error *err)
{
    if (reader->input.length > JSON_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "JSON of %zu bytes, at most %zu",
                                    reader->input.length, JSON_BYTES_MAX);
    }
    json_space_skip(reader);
    *token = (struct json_token){.offset = reader->at};
    if (reader->state == AFTER_VALUE) {
        enum cloacina_code code = comma_read(reader, token, err);
        if (code != CLOACINA_OK || reader->state == AFTER_VALUE) {
            return code;
        }
    }
    switch ((enum json_state)reader->state) {
    case WANTS_FIRST_KEY:
        if (json_peek(reader) == '}') {
            return level_close(reader, token);
        }
        return key_read(reader, decodes, token, err);
    case WANTS_KEY:
        return key_read(reader, decodes, token, err);
    case WANTS_FIRST_ITEM:
        if (json_peek(reader) == ']') {
            return level_close(reader, token);
        }
        return value_begin(reader, decodes, token, err);
    case WANTS_VALUE:
        return value_begin(reader, decodes, token, err);
    case AFTER_VALUE:
    case HAS_FAILED:
        break;
    }
    return json_raise(reader, reader->at, err, CLOACINA_INVALID,
                      "reading ended here with an error");
}

static enum cloacina_code next(struct json_reader *reader, bool decodes,
                               struct json_token *ret_token, struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = token_read(reader, decodes, &token, err);
    if (code == CLOACINA_OK) {
        *ret_token = token;
    } else {
        reader->state = HAS_FAILED;
    }
    return code;
}

/* ---- reading ---- */

enum cloacina_code json_next(struct json_reader *reader, struct json_token *ret_token,
                             struct cloacina_error *err)
{
    return next(reader, true, ret_token, err);
}

enum cloacina_code json_expect(struct json_reader *reader, enum json_type type,
                               struct json_token *ret_token, struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_next(reader, &token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (token.type != type) {
        return json_raise(reader, token.offset, err, CLOACINA_INVALID, "wanted %s, found %s",
                          json_type_name(type), json_type_name(token.type));
    }
    *ret_token = token;
    return CLOACINA_OK;
}

static bool is_begin(enum json_type type)
{
    return type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN;
}

enum cloacina_code json_skip_rest(struct json_reader *reader, const struct json_token *token,
                                  struct cloacina_error *err)
{
    if (!is_begin(token->type)) {
        return CLOACINA_OK;
    }
    uint32_t outside = reader->depth - 1;
    while (reader->depth > outside) {
        struct json_token skipped;
        enum cloacina_code code = next(reader, false, &skipped, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return CLOACINA_OK;
}

enum cloacina_code json_slice(struct json_reader *reader, struct text *ret_value,
                              struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = next(reader, false, &token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (token.type == JSON_END || token.type == JSON_OBJECT_END || token.type == JSON_ARRAY_END ||
        token.type == JSON_KEY) {
        return json_raise(reader, token.offset, err, CLOACINA_INVALID, "wanted a value, found %s",
                          json_type_name(token.type));
    }
    code = json_skip_rest(reader, &token, err);
    if (code == CLOACINA_OK) {
        *ret_value = (struct text){.bytes = reader->input.bytes + token.offset,
                                   .length = reader->at - token.offset};
    }
    return code;
}

enum cloacina_code json_skip(struct json_reader *reader, struct cloacina_error *err)
{
    struct text value;
    return json_slice(reader, &value, err);
}

enum cloacina_code json_number(const struct json_reader *reader, const struct json_token *token,
                               struct number *ret_number, struct cloacina_error *err)
{
    assert(token->type == JSON_NUMBER);
    switch (number_parse(token->text, ret_number)) {
    case NUMBER_FINE:
        return CLOACINA_OK;
    case NUMBER_TOO_LONG:
        return json_raise(reader, token->offset, err, CLOACINA_LIMIT,
                          "number of %zu characters, at most %d", token->text.length,
                          NUMBER_LENGTH_MAX);
    case NUMBER_INTEGER_TOO_BIG:
        return json_raise(reader, token->offset, err, CLOACINA_OUT_OF_RANGE,
                          "integer %.*s does not fit 64 bits", TEXT_PRINT(token->text));
    case NUMBER_REAL_TOO_BIG:
        break;
    }
    return json_raise(reader, token->offset, err, CLOACINA_OUT_OF_RANGE,
                      "number %.*s does not fit a double", TEXT_PRINT(token->text));
}

enum cloacina_code json_expect_integer(struct json_reader *reader, int64_t minimum, int64_t maximum,
                                       int64_t *ret_integer, struct cloacina_error *err)
{
    struct json_token token;
    struct number number;
    enum cloacina_code code = json_expect(reader, JSON_NUMBER, &token, err);
    code = code == CLOACINA_OK ? json_number(reader, &token, &number, err) : code;
    if (code != CLOACINA_OK) {
        return code;
    }
    if (number.type == NUMBER_DOUBLE) {
        return json_raise(reader, token.offset, err, CLOACINA_INVALID,
                          "wanted an integer, found %.*s", TEXT_PRINT(token.text));
    }
    if (number.type == NUMBER_UINT64 || number.int64 < minimum || number.int64 > maximum) {
        return json_raise(reader, token.offset, err, CLOACINA_OUT_OF_RANGE,
                          "wanted an integer from %lld to %lld, found %.*s", (long long)minimum,
                          (long long)maximum, TEXT_PRINT(token.text));
    }
    *ret_integer = number.int64;
    return CLOACINA_OK;
}
