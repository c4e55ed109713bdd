/* SPDX-License-Identifier: Apache-2.0 */
/* json.h - a pull tokenizer for JSON (RFC 8259), and the few calls that write it.
 *
 *     struct json_reader reader;
 *     json_reader_init(&reader, text, &arena);
 *     json_expect(&reader, JSON_OBJECT_BEGIN, &token, err)
 *     for (;;) {
 *         json_next(&reader, &token, err)           JSON_KEY or JSON_OBJECT_END
 *         ... text_equal(token.text, TEXT_LITERAL("name")): json_expect(&reader, JSON_STRING, ...)
 *         ... any other key: json_skip(&reader, err)
 *     }
 *     json_expect(&reader, JSON_END, &token, err)   nothing may follow
 *
 * One pass, linear, no recursion. Memory is taken only for strings with escapes that are not
 * skipped. A comma, a colon and the order of things are checked here; that a key comes twice is
 * not: see value_read. Messages begin with the place, "line 3, column 14: ", or, when the reader
 * has a name, "name:3:14: ". Columns count characters from 1.
 *
 * The first error ends the reading: after it the reader only gives errors. */
#ifndef CONTEXT_JSON_H
#define CONTEXT_JSON_H

#include <cloacina/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "context/number.h"

/* Objects and arrays inside each other, and bytes of a text; one more is CLOACINA_LIMIT. */
#define JSON_DEPTH_MAX 128
#define JSON_BYTES_MAX ((size_t)1 << 30)

enum json_type {
    JSON_END, /* the text is over */
    JSON_OBJECT_BEGIN,
    JSON_OBJECT_END,
    JSON_ARRAY_BEGIN,
    JSON_ARRAY_END,
    JSON_KEY, /* its value comes next */
    JSON_STRING,
    JSON_NUMBER,
    JSON_TRUE,
    JSON_FALSE,
    JSON_NULL
};

struct json_token {
    enum json_type type;
    /* KEY, STRING: the decoded text. NUMBER: as it is written, in the grammar of JSON. Otherwise
     * empty. Borrowed from the input, or, when `decoded`, from the reader's arena with a NUL. */
    struct text text;
    bool decoded;
    size_t offset; /* of its first byte in the input */
};

/* Owned by the caller; allocates nothing itself and needs no finish. Fields private except `name`,
 * which may be set after the init. May be copied to come back to a place. */
struct json_reader {
    const char *name;    /* Borrowed: of the file, for messages; NULL = none */
    struct text input;   /* Borrowed */
    struct arena *arena; /* Borrowed: of decoded texts */
    size_t at;
    uint32_t depth;
    uint32_t state;
    uint64_t objects[JSON_DEPTH_MAX / 64]; /* one bit per open level: it is an object */
};

void json_reader_init(struct json_reader *reader, struct text input, struct arena *arena);

/* The next token. INVALID: not JSON, not UTF-8; LIMIT: too deep, too long; NO_MEMORY. */
enum cloacina_code json_next(struct json_reader *reader, struct json_token *ret_token,
                             struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The next token, which must be a `type`: otherwise INVALID, "wanted a string, found a number". */
enum cloacina_code json_expect(struct json_reader *reader, enum json_type type,
                               struct json_token *ret_token,
                               struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Reads over the next value, checking it, whatever its size. INVALID also when none comes next. */
enum cloacina_code json_skip(struct json_reader *reader,
                             struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The same, and gives the bytes of the value as they stand in the input. */
enum cloacina_code json_slice(struct json_reader *reader, struct text *ret_value,
                              struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Reads over the rest of the value that begins with `token`, the newest one. */
enum cloacina_code json_skip_rest(struct json_reader *reader, const struct json_token *token,
                                  struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The number of a JSON_NUMBER. OUT_OF_RANGE: "integer 18446744073709551616 does not fit 64 bits",
 * "number 1e999 does not fit a double"; LIMIT: longer than NUMBER_LENGTH_MAX. */
enum cloacina_code json_number(const struct json_reader *reader, const struct json_token *token,
                               struct number *ret_number,
                               struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The next token, which must be an integer of `minimum` to `maximum`. INVALID: another type, a
 * fraction or an exponent; OUT_OF_RANGE. */
enum cloacina_code json_expect_integer(struct json_reader *reader, int64_t minimum, int64_t maximum,
                                       int64_t *ret_integer,
                                       struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Raises an error of the caller's own that begins with the place of a token. Returns `code`. */
enum cloacina_code json_raise(const struct json_reader *reader, size_t offset,
                              struct cloacina_error *err, enum cloacina_code code,
                              const char *format, ...) PRINTF_LIKE(5, 6);

/* "an object", "a key", "a string"; JSON_END: "the end". Static text. */
const char *json_type_name(enum json_type type);

/* ---- writing ---- */

/* A string with its quotes. `text` is UTF-8 (not checked). Escapes what must be escaped: \" \\ and
 * what is below U+0020. */
void json_write_text(struct text_builder *builder, struct text text);

/* How many bytes json_write_text would append. */
uint64_t json_text_size(struct text text);

void json_write_int64(struct text_builder *builder, int64_t number);
void json_write_uint64(struct text_builder *builder, uint64_t number);
void json_write_double(struct text_builder *builder, double number); /* must be finite */

#endif
