/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - slices, builder, similarity.
 *
 * Law: lengths are carried, never searched for; nothing depends on the locale. */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text text_of(const char *terminated)
{
    return (struct text){.bytes = terminated,
                         .length = terminated == NULL ? 0 : strlen(terminated)};
}

bool text_equal(struct text a, struct text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

int text_compare(struct text a, struct text b)
{
    size_t common = a.length < b.length ? a.length : b.length;
    int order = common == 0 ? 0 : memcmp(a.bytes, b.bytes, common);
    if (order != 0) {
        return order;
    }
    return a.length < b.length ? -1 : a.length > b.length;
}

bool text_starts_with(struct text text, struct text start)
{
    return text.length >= start.length &&
           (start.length == 0 || memcmp(text.bytes, start.bytes, start.length) == 0);
}

/* The length of the well-formed sequence at `bytes`, 0 for none (RFC 3629, section 4). */
static size_t utf8_sequence(const unsigned char *bytes, size_t left)
{
    unsigned char first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || left < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    bool wrong = (first == 0xe0 && bytes[1] < 0xa0) || (first == 0xed && bytes[1] > 0x9f) ||
                 (first == 0xf0 && bytes[1] < 0x90) || (first == 0xf4 && bytes[1] > 0x8f);
    return wrong ? 0 : length;
}

bool text_is_utf8(struct text text)
{
    const unsigned char *bytes = (const unsigned char *)text.bytes;
    for (size_t i = 0; i < text.length;) {
        size_t length = utf8_sequence(bytes + i, text.length - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool text_contains_ignoring_case(struct text text, struct text needle)
{
    for (size_t start = 0; start + needle.length <= text.length; start++) {
        size_t same = 0;
        while (same < needle.length &&
               lower(text.bytes[start + same]) == lower(needle.bytes[same])) {
            same++;
        }
        if (same == needle.length) {
            return true;
        }
    }
    return false;
}

/* Only names up to this length are compared: one row of the distance table lives on the stack. */
enum { DISTANCE_LENGTH_MAX = 64 };

size_t text_distance(struct text a, struct text b)
{
    if (a.length > DISTANCE_LENGTH_MAX || b.length > DISTANCE_LENGTH_MAX) {
        return SIZE_MAX;
    }
    size_t row[DISTANCE_LENGTH_MAX + 1];
    for (size_t j = 0; j <= b.length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.length; j++) {
            size_t best = diagonal + (lower(a.bytes[i - 1]) != lower(b.bytes[j - 1]));
            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[b.length];
}

bool text_is_similar(struct text a, struct text b)
{
    size_t longer = a.length > b.length ? a.length : b.length;
    size_t distance = text_distance(a, b);
    return distance != SIZE_MAX && distance * 3 <= longer;
}

struct text text_copy(struct arena *arena, struct text text)
{
    return (struct text){.bytes = arena_copy(arena, text.bytes, text.length),
                         .length = text.length};
}

void text_builder_init(struct text_builder *builder, struct cloacina_heap *heap)
{
    *builder = (struct text_builder){.heap = heap != NULL ? heap : cloacina_heap_system()};
}

void text_builder_finish(struct text_builder *builder)
{
    heap_give(builder->heap, builder->bytes, builder->capacity);
    text_builder_init(builder, builder->heap);
}

void text_builder_reset(struct text_builder *builder)
{
    builder->length = 0;
    builder->failed = false;
}

/* Room for `more` bytes and the NUL. */
static bool room_make(struct text_builder *builder, size_t more)
{
    if (builder->failed || more > SIZE_MAX - builder->length - 1 ||
        !heap_grow(builder->heap, &builder->bytes, &builder->capacity, builder->length + more + 1,
                   1)) {
        builder->failed = true;
        return false;
    }
    return true;
}

void text_builder_append(struct text_builder *builder, struct text text)
{
    if (room_make(builder, text.length)) {
        if (text.length > 0) {
            memcpy(builder->bytes + builder->length, text.bytes, text.length);
        }
        builder->length += text.length;
        builder->bytes[builder->length] = '\0';
    }
}

void text_builder_append_char(struct text_builder *builder, char c)
{
    text_builder_append(builder, (struct text){.bytes = &c, .length = 1});
}

void text_builder_append_terminated(struct text_builder *builder, const char *terminated)
{
    text_builder_append(builder, text_of(terminated));
}

void text_builder_print(struct text_builder *builder, const char *format, ...)
{
    va_list measured;
    va_list written;
    va_start(measured, format);
    va_copy(written, measured);
    int length = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (length < 0) {
        builder->failed = true;
    } else if (room_make(builder, (size_t)length)) {
        (void)vsnprintf(builder->bytes + builder->length, (size_t)length + 1, format, written);
        builder->length += (size_t)length;
    }
    va_end(written);
}

struct text text_builder_text(const struct text_builder *builder)
{
    return (struct text){.bytes = builder->bytes, .length = builder->length};
}

const char *text_builder_terminated(const struct text_builder *builder)
{
    return builder->length == 0 ? "" : builder->bytes;
}
