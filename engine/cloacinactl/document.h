/* SPDX-License-Identifier: Apache-2.0 */
/* document.h - a JSON document for programs, written from its beginning to its end.
 *
 *     document_begin(&document, heap);
 *     document_object(&document, NULL);
 *     document_words(&document, "name", "shop");
 *     document_array(&document, "tasks"); ... document_end(&document);
 *     document_end(&document);
 *     return document_put(&document, call, err);
 *
 * `key` is the name of the member, NULL in an array and at the outermost. What cannot be said is
 * null, never left out: a program finds the same keys every time. */
#ifndef CLOACINACTL_DOCUMENT_H
#define CLOACINACTL_DOCUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/text.h"
#include "cloacinactl/command.h"

enum { DOCUMENT_DEPTH_MAX = 16 };

/* Owned by the caller; fields private. */
struct document {
    struct text_builder builder;
    char closers[DOCUMENT_DEPTH_MAX];
    unsigned depth;
    bool needs_comma;
};

void document_begin(struct document *document, struct cloacina_heap *heap);

void document_object(struct document *document, const char *key);
void document_array(struct document *document, const char *key);
void document_end(struct document *document); /* of the innermost object or array */

void document_text(struct document *document, const char *key, struct text text);
void document_words(struct document *document, const char *key, const char *words); /* or NULL */
void document_number(struct document *document, const char *key, uint64_t number);
void document_nanoseconds(struct document *document, const char *key, int64_t duration);
void document_flag(struct document *document, const char *key, bool flag);
void document_instant(struct document *document, const char *key, int64_t instant); /* 0: null */
void document_id(struct document *document, const char *key, struct id id); /* all-zero: null */
void document_json(struct document *document, const char *key, struct text json); /* as it is */

/* Writes it to the output with a line break behind it, and frees it. */
enum cloacina_code document_put(struct document *document, const struct command_call *call,
                                struct cloacina_error *err) MUST_CHECK;
void document_finish(struct document *document); /* frees it, too */

#endif
