/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_json.c - any bytes through the tokenizer: reading and skipping judge alike, tokens stay
 * inside.
 *
 * Law: slices lie inside the input, offsets never go back, levels are opened before they are
 * closed, and every text is UTF-8. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "context/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void token_check(const struct json_token *token, struct text input)
{
    const char *bytes = token->text.bytes;
    assert(token->offset <= input.length);
    assert(token->decoded || bytes == NULL ||
           (bytes >= input.bytes && bytes + token->text.length <= input.bytes + input.length));
    assert(text_is_utf8(token->text));
}

static int depth_change(enum json_type type)
{
    bool opens = type == JSON_OBJECT_BEGIN || type == JSON_ARRAY_BEGIN;
    bool closes = type == JSON_OBJECT_END || type == JSON_ARRAY_END;
    return opens - closes;
}

static enum cloacina_code all_read(struct text input, struct arena *arena)
{
    struct json_reader reader;
    struct json_token token = {.type = JSON_NULL};
    struct cloacina_error err = {0};
    size_t offset = 0;
    int depth = 0;
    json_reader_init(&reader, input, arena);
    while (token.type != JSON_END) {
        enum cloacina_code code = json_next(&reader, &token, &err);
        if (code != CLOACINA_OK) {
            assert(err.code == code && err.message[0] != '\0');
            return code;
        }
        token_check(&token, input);
        assert(token.offset >= offset);
        offset = token.offset;
        depth += depth_change(token.type);
        assert(depth >= 0 && depth <= JSON_DEPTH_MAX);
    }
    assert(depth == 0);
    return CLOACINA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text input = {.bytes = (const char *)bytes, .length = length};
    struct json_reader reader;
    struct json_token token;
    struct arena arena;
    arena_init(&arena, NULL);
    enum cloacina_code read = all_read(input, &arena);
    json_reader_init(&reader, input, NULL); /* skipping needs no memory at all */
    enum cloacina_code skipped = json_skip(&reader, NULL);
    skipped = skipped == CLOACINA_OK ? json_expect(&reader, JSON_END, &token, NULL) : skipped;
    assert(read == skipped);
    arena_finish(&arena);
    return 0;
}
