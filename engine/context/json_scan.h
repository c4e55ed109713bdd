/* SPDX-License-Identifier: Apache-2.0 */
/* json_scan.h - the smallest parts of JSON, for json.c only.
 *
 * A scan begins at reader->at, at a byte that the caller has looked at, and moves it behind what it
 * has read. */
#ifndef CONTEXT_JSON_SCAN_H
#define CONTEXT_JSON_SCAN_H

#include "context/json.h"

/* The byte at reader->at, -1 at the end. */
int json_peek(const struct json_reader *reader);

void json_space_skip(struct json_reader *reader);

/* A string from its quote on, into token->text; `decodes` false leaves the escapes as they are. */
enum cloacina_code json_string_read(struct json_reader *reader, bool decodes,
                                    struct json_token *token,
                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* A number from its first character on; fills in the token. */
enum cloacina_code json_number_scan(struct json_reader *reader, struct json_token *token,
                                    struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* "true", "false" or "null"; fills in the token. */
enum cloacina_code json_word_scan(struct json_reader *reader, const char *word, enum json_type type,
                                  struct json_token *token,
                                  struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* "wanted a value, found '}'", about the byte at `offset`. Returns CLOACINA_INVALID. */
enum cloacina_code json_raise_unexpected(const struct json_reader *reader, size_t offset,
                                         const char *wanted,
                                         struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
