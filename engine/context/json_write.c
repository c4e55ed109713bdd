/* SPDX-License-Identifier: Apache-2.0 */
/* json_write.c - strings and numbers as JSON.
 *
 * Law: only what must be escaped is escaped, so that one text has one form. */
#include "context/json.h"

/* The letter behind the backslash: 'u' for the long form, 0 when nothing is escaped. */
static char escape_of(unsigned char byte)
{
    switch (byte) {
    case '"':
    case '\\':
        return (char)byte;
    case '\b':
        return 'b';
    case '\f':
        return 'f';
    case '\n':
        return 'n';
    case '\r':
        return 'r';
    case '\t':
        return 't';
    }
    return byte < 0x20 ? 'u' : '\0';
}

void json_write_text(struct text_builder *builder, struct text text)
{
    text_builder_append_char(builder, '"');
    size_t start = 0; /* of the bytes that are not written yet */
    for (size_t i = 0; i < text.length; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        char escape = escape_of(byte);
        if (escape == '\0') {
            continue;
        }
        text_builder_append(builder, (struct text){text.bytes + start, i - start});
        start = i + 1;
        if (escape == 'u') {
            text_builder_print(builder, "\\u%04x", (unsigned)byte);
        } else {
            text_builder_append(builder, (struct text){(const char[]){'\\', escape}, 2});
        }
    }
    if (start < text.length) {
        text_builder_append(builder, (struct text){text.bytes + start, text.length - start});
    }
    text_builder_append_char(builder, '"');
}

uint64_t json_text_size(struct text text)
{
    uint64_t size = (uint64_t)text.length + 2;
    for (size_t i = 0; i < text.length; i++) {
        char escape = escape_of((unsigned char)text.bytes[i]);
        size += escape == '\0' ? 0 : escape == 'u' ? 5 : 1;
    }
    return size;
}

void json_write_int64(struct text_builder *builder, int64_t number)
{
    number_write(builder, (struct number){.type = NUMBER_INT64, .int64 = number});
}

void json_write_uint64(struct text_builder *builder, uint64_t number)
{
    number_write(builder, (struct number){.type = NUMBER_UINT64, .uint64 = number});
}

void json_write_double(struct text_builder *builder, double number)
{
    number_write(builder, (struct number){.type = NUMBER_DOUBLE, .real = number});
}
