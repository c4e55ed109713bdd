/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_value.c - any two lines as values, and as deltas: what is read is written and read again.
 *
 * Law: the canonical form reads back as itself; the delta of two objects, stored and read, leads
 * from one to the other; a delta that is accepted applies to whatever object. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "context/delta.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* NULL: it is none. */
static const struct value *value_of(struct arena *arena, struct text json)
{
    const struct value *value = NULL;
    struct cloacina_error err = {0};
    enum cloacina_code code = value_read(arena, json, &value, &err);
    assert(code == err.code && (code == CLOACINA_OK) == (err.message[0] == '\0'));
    assert((value != NULL) == (code == CLOACINA_OK));
    return value;
}

static void value_check(struct arena *arena, const struct value *value)
{
    struct text_builder first;
    struct text_builder second;
    text_builder_init(&first, NULL);
    text_builder_init(&second, NULL);
    value_write(&first, value);
    assert(!first.failed && first.length <= value_size(value));
    const struct value *again = value_of(arena, text_builder_text(&first));
    assert(again != NULL && value_equal(again, value) && value_depth(again) == value_depth(value));
    value_write(&second, value_copy(arena, again));
    assert(text_equal(text_builder_text(&first), text_builder_text(&second)));
    text_builder_finish(&first);
    text_builder_finish(&second);
}

/* Stores a delta and reads it back. */
static const struct delta *delta_pass(struct arena *arena, const struct delta *delta)
{
    const struct delta *back = NULL;
    struct text_builder stored;
    text_builder_init(&stored, NULL);
    delta_write(&stored, delta);
    enum cloacina_code code = delta_read(arena, text_builder_text(&stored), &back, NULL);
    assert(code == CLOACINA_OK && back->count == delta->count);
    text_builder_finish(&stored);
    return back;
}

static void objects_check(struct arena *arena, const struct value *input,
                          const struct value *output)
{
    const struct delta *delta = NULL;
    if (delta_compute(arena, input, output, &delta, NULL) == CLOACINA_OK) {
        assert(delta_is_empty(delta) == value_equal(input, output));
        assert(value_equal(delta_apply(arena, input, delta_pass(arena, delta)), output));
    }
}

static void delta_check(struct arena *arena, struct text json, const struct value *object)
{
    const struct delta *delta = NULL;
    if (delta_read(arena, json, &delta, NULL) != CLOACINA_OK) {
        return;
    }
    const struct value *applied = delta_apply(arena, object, delta_pass(arena, delta));
    assert(value_equal(delta_apply(arena, applied, delta), applied));
    assert(value_depth(applied) <= JSON_DEPTH_MAX);
}

static bool is_object(const struct value *value)
{
    return value != NULL && value_type(value) == VALUE_OBJECT;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct text lines[2] = {{(const char *)bytes, 0}, {(const char *)bytes + length, 0}};
    const struct value *values[2];
    struct arena arena;
    while (lines[0].length < length && bytes[lines[0].length] != '\n') {
        lines[0].length++;
    }
    if (lines[0].length < length) {
        lines[1] =
            (struct text){lines[0].bytes + lines[0].length + 1, length - lines[0].length - 1};
    }
    arena_init(&arena, NULL);
    for (int i = 0; i < 2; i++) {
        values[i] = value_of(&arena, lines[i]);
        if (values[i] != NULL) {
            value_check(&arena, values[i]);
        }
    }
    if (is_object(values[0]) && is_object(values[1])) {
        objects_check(&arena, values[0], values[1]);
    }
    if (is_object(values[1])) {
        delta_check(&arena, lines[0], values[1]);
    }
    arena_finish(&arena);
    return 0;
}
