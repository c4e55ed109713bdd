/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_token.c - any bytes as a token: refused with a message, or printed, read and printed again
 * as the very same text. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void print_and_read(const struct token *token, struct arena *arena)
{
    struct text_builder once, again;
    struct token read;
    text_builder_init(&once, NULL);
    text_builder_init(&again, NULL);
    token_print(token, &once);
    /* An amount may grow when it is printed in its own unit, and with it a token at the limit. */
    if (once.length <= TOKEN_BYTES_MAX) {
        enum cloacina_code code = token_parse(text_builder_text(&once), arena, &read, NULL);
        assert(code == CLOACINA_OK);
        token_print(&read, &again);
        assert(text_equal(text_builder_text(&once), text_builder_text(&again)));
        assert(read.decision_count == token->decision_count);
    }
    text_builder_finish(&once);
    text_builder_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct arena arena;
    struct token token;
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct text text = {(const char *)bytes, length};
    arena_init(&arena, NULL);
    if (token_parse(text, &arena, &token, &err) == CLOACINA_OK) {
        print_and_read(&token, &arena);
    } else {
        assert(err.code != CLOACINA_OK && err.message[0] != '\0');
    }
    arena_finish(&arena);
    return 0;
}
