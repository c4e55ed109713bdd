/* SPDX-License-Identifier: Apache-2.0 */
/* oracle_scene.h - what the tests of questions and answers share: labels and choices in one
 * line. */
#ifndef TESTS_UNIT_ORACLE_SCENE_H
#define TESTS_UNIT_ORACLE_SCENE_H

#include "support.h"

#include "oracle/token.h"

/* The label that a text stands for; the arena keeps its names. */
static inline struct label label_of(struct arena *arena, const char *text)
{
    struct label label;
    struct cloacina_error err = {.message = ""};
    if (label_parse(text_of(text), arena, &label, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return label;
}

/* The decision that a text stands for. */
static inline struct decision decision_of(struct arena *arena, const char *text)
{
    struct decision decision;
    struct cloacina_error err = {.message = ""};
    if (decision_parse(text_of(text), arena, &decision, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return decision;
}

/* What a source answers to a question, as text. */
static inline void assert_answer(struct source *source, struct arena *arena, const char *asked,
                                 int64_t now, const char *expected)
{
    struct label label = label_of(arena, asked);
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    struct choice choice = source->impl->ask(source, &label, label_key(&label), now);
    choice_print(label.site, choice, &builder);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

#endif
