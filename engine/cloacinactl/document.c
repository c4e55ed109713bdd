/* SPDX-License-Identifier: Apache-2.0 */
/* document.c - commas, quotes and nulls. */
#include "cloacinactl/document.h"

#include <assert.h>

#include "base/instant.h"
#include "context/json.h"

void document_begin(struct document *document, struct cloacina_heap *heap)
{
    *document = (struct document){.depth = 0};
    text_builder_init(&document->builder, heap);
}

/* What stands before a value. */
static void value_begin(struct document *document, const char *key)
{
    if (document->needs_comma) {
        text_builder_append_char(&document->builder, ',');
    }
    if (key != NULL) {
        json_write_text(&document->builder, text_of(key));
        text_builder_append_char(&document->builder, ':');
    }
    document->needs_comma = true;
}

static void level_open(struct document *document, const char *key, char opener, char closer)
{
    assert(document->depth < DOCUMENT_DEPTH_MAX);
    value_begin(document, key);
    text_builder_append_char(&document->builder, opener);
    document->closers[document->depth++] = closer;
    document->needs_comma = false;
}

void document_object(struct document *document, const char *key)
{
    level_open(document, key, '{', '}');
}

void document_array(struct document *document, const char *key)
{
    level_open(document, key, '[', ']');
}

void document_end(struct document *document)
{
    assert(document->depth > 0);
    text_builder_append_char(&document->builder, document->closers[--document->depth]);
    document->needs_comma = true;
}

/* What a body says of its failure may be any bytes, a document may not: each that is no ASCII
 * becomes U+FFFD then. */
static void write_repaired(struct document *document, struct text text)
{
    struct text_builder repaired;
    text_builder_init(&repaired, document->builder.heap);
    for (size_t i = 0; i < text.length; i++) {
        if ((unsigned char)text.bytes[i] < 0x80) {
            text_builder_append_char(&repaired, text.bytes[i]);
        } else {
            text_builder_append_terminated(&repaired, "\xef\xbf\xbd");
        }
    }
    json_write_text(&document->builder, text_builder_text(&repaired));
    document->builder.failed = document->builder.failed || repaired.failed;
    text_builder_finish(&repaired);
}

void document_text(struct document *document, const char *key, struct text text)
{
    value_begin(document, key);
    if (text_is_utf8(text)) {
        json_write_text(&document->builder, text);
    } else {
        write_repaired(document, text);
    }
}

static void write_null(struct document *document, const char *key)
{
    value_begin(document, key);
    text_builder_append(&document->builder, TEXT_LITERAL("null"));
}

void document_words(struct document *document, const char *key, const char *words)
{
    if (words == NULL) {
        write_null(document, key);
    } else {
        document_text(document, key, text_of(words));
    }
}

void document_number(struct document *document, const char *key, uint64_t number)
{
    value_begin(document, key);
    json_write_uint64(&document->builder, number);
}

void document_nanoseconds(struct document *document, const char *key, int64_t duration)
{
    value_begin(document, key);
    json_write_int64(&document->builder, duration);
}

void document_flag(struct document *document, const char *key, bool flag)
{
    value_begin(document, key);
    text_builder_append_terminated(&document->builder, flag ? "true" : "false");
}

void document_instant(struct document *document, const char *key, int64_t instant)
{
    char text[INSTANT_TEXT_SIZE];
    if (instant == 0) {
        write_null(document, key);
    } else {
        instant_print(instant, text);
        document_words(document, key, text);
    }
}

void document_id(struct document *document, const char *key, struct id id)
{
    char text[ID_TEXT_SIZE];
    if (id_is_zero(id)) {
        write_null(document, key);
    } else {
        id_print(id, text);
        document_words(document, key, text);
    }
}

void document_json(struct document *document, const char *key, struct text json)
{
    value_begin(document, key);
    text_builder_append(&document->builder, json);
}

enum cloacina_code document_put(struct document *document, const struct command_call *call,
                                struct cloacina_error *err)
{
    assert(document->depth == 0);
    text_builder_append_char(&document->builder, '\n');
    return command_put(call, &document->builder, err);
}

void document_finish(struct document *document)
{
    text_builder_finish(&document->builder);
}
