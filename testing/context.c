/* SPDX-License-Identifier: Apache-2.0 */
/* context.c - questions about the final context of a run.
 *
 * A context is asked in the words of <cloacina/context.h>, so that a test gets a value exactly when
 * a body would.
 * Law: everything that was opened to answer a question is closed before the test is failed. */
#include "test.h"

#include <stdio.h>

#include "base/text.h"
#include "context/context.h"
#include "context/value.h"
#include "context/view.h"

/* The final context, opened for one question. */
struct final {
    struct arena arena;
    const struct value *value;
    struct cloacina_context context;
};

static const char *context_text(const struct cloacina_result *result, struct place place)
{
    const char *text = cloacina_world_context(result->test->world, result->execution);
    if (text == NULL) {
        result_fail(result, place, "there is no context yet, or no memory for it");
    }
    return text;
}

static void final_close(struct final *final)
{
    context_finish(&final->context);
    arena_finish(&final->arena);
}

/* On an error everything is closed. */
static enum cloacina_code final_open(struct final *final, struct cloacina_heap *heap,
                                     const char *json, struct cloacina_error *err)
{
    arena_init(&final->arena, heap);
    enum cloacina_code code = value_read(&final->arena, text_of(json), &final->value, err);
    if (code == CLOACINA_OK) {
        const struct view *view = view_initial(&final->arena, final->value);
        if (view != NULL) {
            context_init(&final->context, heap, "test", view);
            return CLOACINA_OK;
        }
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    arena_finish(&final->arena);
    return code;
}

/* The error of a body would name its task; a test wants to know the value. */
static void explain(const struct final *final, const char *key, const char *wanted,
                    enum cloacina_code code, struct cloacina_error *err)
{
    const struct value *value = key == NULL ? NULL : value_object_get(final->value, text_of(key));
    struct text_builder json;
    if (code == CLOACINA_NOT_FOUND) {
        (void)cloacina_error_raise(err, code, "the final context has no key '%s'", key);
    } else if ((code == CLOACINA_WRONG_TYPE || code == CLOACINA_OUT_OF_RANGE) && value != NULL) {
        text_builder_init(&json, final->arena.heap);
        value_write(&json, value);
        (void)cloacina_error_raise(
            err, code, "key '%s' of the final context is %s, wanted %s: %.100s", key,
            value_type_name(value_type(value)), wanted, text_builder_terminated(&json));
        text_builder_finish(&json);
    }
}

/* Reads one value of the type that it knows, which `ret_value` points at. */
struct question {
    const char *wanted; /* the type, for messages */
    enum cloacina_code (*get)(struct final *final, const char *key, void *ret_value,
                              struct cloacina_error *err);
};

/* Answers one question, or fails the test. */
static void ask(const struct cloacina_result *result, const char *key, struct question question,
                void *ret_value, struct place place)
{
    struct final final;
    struct cloacina_error err;
    const char *json = context_text(result, place);
    if (final_open(&final, result->test->heap, json, &err) != CLOACINA_OK) {
        test_fail(result->test, place, "%s", err.message);
    }
    enum cloacina_code code = question.get(&final, key, ret_value, &err);
    if (code != CLOACINA_OK) {
        explain(&final, key, question.wanted, code, &err);
    }
    final_close(&final);
    if (code != CLOACINA_OK) {
        result_fail(result, place, "%s", err.message);
    }
}

/* ---- the final context as a whole ---- */

const char *cloacina_result_context_json_at(const struct cloacina_result *result, const char *file,
                                            int line)
{
    return context_text(result, place_of(file, line));
}

void cloacina_assert_context_equals_at(const struct cloacina_result *result, const char *json,
                                       const char *file, int line)
{
    struct arena arena;
    struct cloacina_error err;
    const struct value *found;
    const struct value *wanted;
    const char *context = context_text(result, place_of(file, line));
    arena_init(&arena, result->test->heap);
    enum cloacina_code code = value_read(&arena, text_of(json), &wanted, &err);
    if (code == CLOACINA_OK) {
        code = value_read(&arena, text_of(context), &found, &err);
    }
    const bool is_equal = code == CLOACINA_OK && value_equal(found, wanted);
    arena_finish(&arena);
    if (code != CLOACINA_OK) {
        test_fail(result->test, place_of(file, line), "the expected context: %s", err.message);
    }
    if (!is_equal) {
        result_fail(result, place_of(file, line), "the final context is not %s", json);
    }
}

/* ---- single keys ---- */

static enum cloacina_code get_int64(struct final *final, const char *key, void *ret_value,
                                    struct cloacina_error *err)
{
    return cloacina_context_get_int64(&final->context, key, ret_value, err);
}

int64_t cloacina_result_int64_at(const struct cloacina_result *result, const char *key,
                                 const char *file, int line)
{
    int64_t value;
    ask(result, key, (struct question){"int64", get_int64}, &value, place_of(file, line));
    return value;
}

static enum cloacina_code get_uint64(struct final *final, const char *key, void *ret_value,
                                     struct cloacina_error *err)
{
    return cloacina_context_get_uint64(&final->context, key, ret_value, err);
}

uint64_t cloacina_result_uint64_at(const struct cloacina_result *result, const char *key,
                                   const char *file, int line)
{
    uint64_t value;
    ask(result, key, (struct question){"uint64", get_uint64}, &value, place_of(file, line));
    return value;
}

static enum cloacina_code get_double(struct final *final, const char *key, void *ret_value,
                                     struct cloacina_error *err)
{
    return cloacina_context_get_double(&final->context, key, ret_value, err);
}

double cloacina_result_double_at(const struct cloacina_result *result, const char *key,
                                 const char *file, int line)
{
    double value;
    ask(result, key, (struct question){"double", get_double}, &value, place_of(file, line));
    return value;
}

static enum cloacina_code get_bool(struct final *final, const char *key, void *ret_value,
                                   struct cloacina_error *err)
{
    return cloacina_context_get_bool(&final->context, key, ret_value, err);
}

bool cloacina_result_bool_at(const struct cloacina_result *result, const char *key,
                             const char *file, int line)
{
    bool value;
    ask(result, key, (struct question){"bool", get_bool}, &value, place_of(file, line));
    return value;
}

/* ---- texts: they outlive the question, in the arena of the test runner ---- */

struct kept_text {
    struct arena *arena;
    const char *bytes; /* NULL: there is no such key */
};

static enum cloacina_code keep(struct kept_text *kept, const char *bytes,
                               struct cloacina_error *err)
{
    const struct text text = text_of(bytes);
    kept->bytes = arena_copy(kept->arena, text.bytes, text.length);
    return kept->bytes != NULL ? CLOACINA_OK
                               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
}

static enum cloacina_code get_string(struct final *final, const char *key, void *ret_value,
                                     struct cloacina_error *err)
{
    const char *bytes;
    enum cloacina_code code = cloacina_context_get_string(&final->context, key, &bytes, err);
    return code == CLOACINA_OK ? keep(ret_value, bytes, err) : code;
}

const char *cloacina_result_string_at(const struct cloacina_result *result, const char *key,
                                      const char *file, int line)
{
    struct kept_text kept = {.arena = &result->test->arena};
    ask(result, key, (struct question){"string", get_string}, &kept, place_of(file, line));
    return kept.bytes;
}

static enum cloacina_code get_json(struct final *final, const char *key, void *ret_value,
                                   struct cloacina_error *err)
{
    const char *bytes;
    enum cloacina_code code = cloacina_context_get_json(&final->context, key, &bytes, err);
    if (code == CLOACINA_NOT_FOUND) {
        return CLOACINA_OK;
    }
    return code == CLOACINA_OK ? keep(ret_value, bytes, err) : code;
}

const char *cloacina_result_json_at(const struct cloacina_result *result, const char *key,
                                    const char *file, int line)
{
    struct kept_text kept = {.arena = &result->test->arena};
    ask(result, key, (struct question){"JSON", get_json}, &kept, place_of(file, line));
    return kept.bytes;
}
