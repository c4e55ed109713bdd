/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - from the text to a source, and what of it never came up. */
#include "world/replay.h"

#include <stdio.h>

/* What decisions alone lack to be a token. */
#define WORLD "cl1:world,"

static enum cloacina_code read(struct replay *replay, struct cloacina_heap *heap, const char *text,
                               struct cloacina_error *err)
{
    struct text given = text_of(text);
    if (text_starts_with(given, TEXT_LITERAL("cl1:"))) {
        return token_parse(given, &replay->arena, &replay->token, err);
    }
    struct text_builder builder;
    text_builder_init(&builder, heap);
    text_builder_append(&builder, TEXT_LITERAL(WORLD));
    text_builder_append(&builder, given);
    enum cloacina_code code =
        builder.failed
            ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
            : token_parse(text_builder_text(&builder), &replay->arena, &replay->token, err);
    text_builder_finish(&builder);
    return code;
}

enum cloacina_code replay_init(struct replay *replay, struct cloacina_heap *heap, const char *text,
                               struct cloacina_error *err)
{
    *replay = (struct replay){.source.heap = NULL};
    arena_init(&replay->arena, heap);
    enum cloacina_code code = read(replay, heap, text, err);
    if (code == CLOACINA_OK && !source_replay_init(&replay->source, heap, replay->token.decisions,
                                                   replay->token.decision_count)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    if (code == CLOACINA_OK) {
        return CLOACINA_OK;
    }
    arena_finish(&replay->arena);
    replay->source.heap = NULL;
    (void)cloacina_error_wrap(err, "replay"); /* without an error to wrap it knows no code */
    return code;
}

void replay_finish(struct replay *replay)
{
    if (replay->source.heap != NULL) {
        source_replay_finish(&replay->source);
        arena_finish(&replay->arena);
        replay->source.heap = NULL;
    }
}

static bool was_taken(const struct oracle *oracle, const struct decision *wanted)
{
    uint64_t key = label_key(&wanted->label);
    for (size_t i = 0; i < oracle->decision_count; i++) {
        const struct decision *taken = &oracle->decisions[i];
        if (taken->label.number == wanted->label.number && label_key(&taken->label) == key) {
            return true;
        }
    }
    return false;
}

bool replay_unused(const struct replay *replay, const struct oracle *oracle, char *ret_message,
                   size_t size)
{
    for (size_t i = 0; replay->source.heap != NULL && i < replay->token.decision_count; i++) {
        const struct decision *wanted = &replay->token.decisions[i];
        if (!was_taken(oracle, wanted)) {
            struct text_builder builder;
            text_builder_init(&builder, oracle->heap);
            decision_print(wanted, &builder);
            (void)snprintf(ret_message, size, "decision '%s' was never asked for",
                           text_builder_terminated(&builder));
            text_builder_finish(&builder);
            return true;
        }
    }
    return false;
}
