/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - slices of bytes, a buffer that grows, and the nearest name to a misspelt one. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* Borrowed bytes, not NUL-terminated, UTF-8 unless said otherwise; may hold NUL. {NULL, 0} is
 * empty. */
struct text {
    const char *bytes;
    size_t length;
};

#define TEXT_LITERAL(literal) ((struct text){.bytes = "" literal, .length = sizeof(literal) - 1})
/* The two arguments of printf's "%.*s"; evaluates `text` more than once. */
#define TEXT_PRINT(text)                                                                           \
    (int)((text).length < INT_MAX ? (text).length : INT_MAX), (text).length == 0 ? "" : (text).bytes

struct text text_of(const char *terminated); /* NULL gives the empty text */
bool text_equal(struct text a, struct text b);
int text_compare(struct text a, struct text b); /* by bytes, shorter first; <0, 0, >0 */
bool text_starts_with(struct text text, struct text start);
bool text_is_utf8(struct text text); /* RFC 3629: no overlong forms, no surrogates */

/* Case-insensitive (ASCII) substring search; the empty needle is in everything. */
bool text_contains_ignoring_case(struct text text, struct text needle);

/* Edit distance (Levenshtein) whatever the case (ASCII); SIZE_MAX when one is longer than 64
 * bytes. */
size_t text_distance(struct text a, struct text b);

/* The distance is at most a third of the longer name: good enough to ask "did you mean". */
bool text_is_similar(struct text a, struct text b);

/* A copy in the arena with a NUL behind it; .bytes is NULL when there is no memory. */
struct text text_copy(struct arena *arena, struct text text);

/* Grows on a heap. After a failed append `failed` stays set and appends do nothing: check once at
 * the end. `bytes` is NUL-terminated after any append that did not fail, and always via
 * text_builder_terminated. */
struct text_builder {
    struct cloacina_heap *heap; /* Borrowed */
    char *bytes;                /* Owned */
    size_t length;
    size_t capacity;
    bool failed;
};

/* `heap` NULL: system heap. */
void text_builder_init(struct text_builder *builder, struct cloacina_heap *heap);
void text_builder_finish(struct text_builder *builder);
void text_builder_reset(struct text_builder *builder); /* length 0, keeps the memory */
void text_builder_append(struct text_builder *builder, struct text text);
void text_builder_append_char(struct text_builder *builder, char c);
void text_builder_append_terminated(struct text_builder *builder, const char *terminated);
void text_builder_print(struct text_builder *builder, const char *format, ...) PRINTF_LIKE(2, 3);
/* Borrowed until the next append. */
struct text text_builder_text(const struct text_builder *builder);
/* "" when nothing was appended. */
const char *text_builder_terminated(const struct text_builder *builder);

#endif
