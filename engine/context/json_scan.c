/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan.c - strings, numbers and words of JSON, and errors that name their place.
 *
 * Law: nothing behind the end of the input is looked at, whatever the input says. */
#include "context/json_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

enum cloacina_code json_raise(const struct json_reader *reader, size_t offset,
                              struct cloacina_error *err, enum cloacina_code code,
                              const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < offset; i++) {
        unsigned char byte = (unsigned char)reader->input.bytes[i];
        line += byte == '\n';
        column = byte == '\n' ? 1 : column + ((byte & 0xc0) != 0x80);
    }
    return reader->name != NULL
               ? cloacina_error_raise(err, code, "%s:%zu:%zu: %s", reader->name, line, column,
                                      message)
               : cloacina_error_raise(err, code, "line %zu, column %zu: %s", line, column, message);
}

enum cloacina_code json_raise_unexpected(const struct json_reader *reader, size_t offset,
                                         const char *wanted, struct cloacina_error *err)
{
    if (offset >= reader->input.length) {
        return json_raise(reader, offset, err, CLOACINA_INVALID, "wanted %s, found the end",
                          wanted);
    }
    unsigned char byte = (unsigned char)reader->input.bytes[offset];
    if (byte > 0x20 && byte < 0x7f) {
        return json_raise(reader, offset, err, CLOACINA_INVALID, "wanted %s, found '%c'", wanted,
                          byte);
    }
    return json_raise(reader, offset, err, CLOACINA_INVALID, "wanted %s, found byte 0x%02x", wanted,
                      byte);
}

/* The byte at an offset, -1 behind the end. */
static int byte_at(const struct json_reader *reader, size_t offset)
{
    return offset < reader->input.length ? (unsigned char)reader->input.bytes[offset] : -1;
}

int json_peek(const struct json_reader *reader)
{
    return byte_at(reader, reader->at);
}

void json_space_skip(struct json_reader *reader)
{
    const char *at = reader->input.bytes + reader->at;
    const char *end = reader->input.bytes + reader->input.length;
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
        at++;
    }
    reader->at = (size_t)(at - reader->input.bytes);
}

/* ---- strings ---- */

/* The value of four hex digits, -1 when they are none. */
static int hex4(const struct json_reader *reader, size_t offset)
{
    int unit = 0;
    for (size_t i = 0; i < 4; i++) {
        int byte = byte_at(reader, offset + i);
        int digit = byte >= '0' && byte <= '9'   ? byte - '0'
                    : byte >= 'a' && byte <= 'f' ? byte - 'a' + 10
                    : byte >= 'A' && byte <= 'F' ? byte - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* Steps over the escape at reader->at; two \u for a pair of surrogates. */
static enum cloacina_code escape_scan(struct json_reader *reader, struct cloacina_error *err)
{
    size_t start = reader->at;
    int kind = byte_at(reader, start + 1);
    if (kind != 'u') {
        if (kind <= 0 || strchr("\"\\/bfnrt", kind) == NULL) {
            return json_raise_unexpected(reader, start + 1, "an escape", err);
        }
        reader->at += 2;
        return CLOACINA_OK;
    }
    int unit = hex4(reader, start + 2);
    if (unit < 0) {
        return json_raise(reader, start, err, CLOACINA_INVALID, "'\\u' without four hex digits");
    }
    reader->at += 6;
    if (!is_high_surrogate(unit) && !is_low_surrogate(unit)) {
        return CLOACINA_OK;
    }
    if (is_low_surrogate(unit) || byte_at(reader, start + 6) != '\\' ||
        byte_at(reader, start + 7) != 'u' || !is_low_surrogate(hex4(reader, start + 8))) {
        return json_raise(reader, start, err, CLOACINA_INVALID, "lone surrogate '\\u%04x'",
                          (unsigned)unit);
    }
    reader->at += 6;
    return CLOACINA_OK;
}

/* Steps over what means itself. Returns all those bytes or'ed: above 0x7f when one is not ASCII. */
static unsigned plain_scan(struct json_reader *reader)
{
    const unsigned char *bytes = (const unsigned char *)reader->input.bytes;
    const unsigned char *at = bytes + reader->at;
    const unsigned char *end = bytes + reader->input.length;
    unsigned seen = 0;
    while (at < end && *at >= 0x20 && *at != '"' && *at != '\\') {
        seen |= *at++;
    }
    reader->at = (size_t)(at - bytes);
    return seen;
}

/* Steps over the string that begins at reader->at; gives what stands between the quotes. */
static enum cloacina_code string_scan(struct json_reader *reader, struct text *ret_raw,
                                      bool *ret_has_escapes, struct cloacina_error *err)
{
    size_t start = ++reader->at;
    bool has_escapes = false;
    unsigned seen = plain_scan(reader);
    while (json_peek(reader) == '\\') {
        has_escapes = true;
        enum cloacina_code code = escape_scan(reader, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        seen |= plain_scan(reader);
    }
    int byte = json_peek(reader);
    if (byte < 0) {
        return json_raise_unexpected(reader, reader->at, "the end of a string", err);
    }
    if (byte != '"') {
        return json_raise(reader, reader->at, err, CLOACINA_INVALID,
                          "byte 0x%02x must be escaped in a string", (unsigned)byte);
    }
    *ret_raw = (struct text){reader->input.bytes + start, reader->at++ - start};
    *ret_has_escapes = has_escapes;
    if (seen > 0x7f && !text_is_utf8(*ret_raw)) {
        return json_raise(reader, start - 1, err, CLOACINA_INVALID, "string is not UTF-8");
    }
    return CLOACINA_OK;
}

/* Appends a code point in UTF-8; returns the new end. */
static char *utf8_put(char *out, uint32_t point)
{
    if (point < 0x80) {
        *out++ = (char)point;
    } else if (point < 0x800) {
        *out++ = (char)(0xc0 | point >> 6);
        *out++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *out++ = (char)(0xe0 | point >> 12);
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    } else {
        *out++ = (char)(0xf0 | point >> 18);
        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
        *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        *out++ = (char)(0x80 | (point & 0x3f));
    }
    return out;
}

/* Decodes the \u at `offset`, known to be good, and moves `*offset` behind it. */
static uint32_t point_decode(const struct json_reader *reader, size_t *offset)
{
    uint32_t unit = (uint32_t)hex4(reader, *offset + 2);
    *offset += 6;
    if (!is_high_surrogate((int)unit)) {
        return unit;
    }
    uint32_t low = (uint32_t)hex4(reader, *offset + 2);
    *offset += 6;
    return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}

static char escape_decode(char kind)
{
    switch (kind) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    }
    return kind;
}

/* Replaces the raw text, which was scanned before, by what it means. */
static enum cloacina_code string_decode(struct json_reader *reader, struct text *raw,
                                        struct cloacina_error *err)
{
    char *decoded = arena_take(reader->arena, raw->length + 1); /* it only gets shorter */
    if (decoded == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a string");
    }
    char *out = decoded;
    size_t offset = (size_t)(raw->bytes - reader->input.bytes);
    size_t end = offset + raw->length;
    while (offset < end) {
        const char *at = reader->input.bytes + offset;
        if (at[0] != '\\') {
            *out++ = at[0];
            offset++;
        } else if (at[1] != 'u') {
            *out++ = escape_decode(at[1]);
            offset += 2;
        } else {
            out = utf8_put(out, point_decode(reader, &offset));
        }
    }
    *out = '\0';
    *raw = (struct text){decoded, (size_t)(out - decoded)};
    return CLOACINA_OK;
}

enum cloacina_code json_string_read(struct json_reader *reader, bool decodes,
                                    struct json_token *token, struct cloacina_error *err)
{
    bool has_escapes = false;
    enum cloacina_code code = string_scan(reader, &token->text, &has_escapes, err);
    if (code == CLOACINA_OK && has_escapes && decodes) {
        token->decoded = true;
        code = string_decode(reader, &token->text, err);
    }
    return code;
}

/* ---- numbers and words ---- */

/* Steps over digits, at least one. */
static enum cloacina_code digits_scan(struct json_reader *reader, struct cloacina_error *err)
{
    size_t start = reader->at;
    while (json_peek(reader) >= '0' && json_peek(reader) <= '9') {
        reader->at++;
    }
    return reader->at > start ? CLOACINA_OK : json_raise_unexpected(reader, start, "a digit", err);
}

enum cloacina_code json_number_scan(struct json_reader *reader, struct json_token *token,
                                    struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    reader->at += json_peek(reader) == '-';
    if (json_peek(reader) == '0') {
        reader->at++; /* another digit behind it is not part of the number */
    } else {
        code = digits_scan(reader, err);
    }
    if (code == CLOACINA_OK && json_peek(reader) == '.') {
        reader->at++;
        code = digits_scan(reader, err);
    }
    if (code == CLOACINA_OK && (json_peek(reader) == 'e' || json_peek(reader) == 'E')) {
        reader->at++;
        reader->at += json_peek(reader) == '-' || json_peek(reader) == '+';
        code = digits_scan(reader, err);
    }
    token->type = JSON_NUMBER;
    token->text = (struct text){reader->input.bytes + token->offset, reader->at - token->offset};
    return code;
}

enum cloacina_code json_word_scan(struct json_reader *reader, const char *word, enum json_type type,
                                  struct json_token *token, struct cloacina_error *err)
{
    for (; *word != '\0'; word++, reader->at++) {
        if (json_peek(reader) != *word) {
            return json_raise_unexpected(reader, reader->at, json_type_name(type), err);
        }
    }
    token->type = type;
    return CLOACINA_OK;
}
