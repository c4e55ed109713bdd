/* SPDX-License-Identifier: Apache-2.0 */
/* test_context.c - what a body reads and writes, and the delta that comes of it. */
#include "support.h"

#include <math.h>
#include <stdio.h>

#include "context/context.h"
#include "tight_arena.h"

/* ---- help ---- */

static struct arena arena; /* of the execution */
static struct cloacina_context context;
static struct cloacina_error err;

static int arena_open(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    return 0;
}

static int arena_close(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static const struct view *view_of(const char *json)
{
    const struct value *value = NULL;
    assert_int_equal(value_read(&arena, text_of(json), &value, NULL), CLOACINA_OK);
    return view_initial(&arena, value);
}

static void begin(const char *json)
{
    err = (struct cloacina_error){0};
    context_init(&context, NULL, "charge", view_of(json));
}

static int end(void **state)
{
    (void)state;
    context_finish(&context);
    return 0;
}

static void assert_text(const struct text_builder *builder, const char *wanted)
{
    assert_string_equal(text_builder_terminated(builder), wanted);
}

static void assert_output(const char *wanted)
{
    struct text_builder builder;
    const struct value *output = NULL;
    assert_int_equal(context_output_value(&context, &output, NULL), CLOACINA_OK);
    text_builder_init(&builder, NULL);
    value_write(&builder, output);
    assert_text(&builder, wanted);
    text_builder_finish(&builder);
}

static void assert_delta(const char *wanted)
{
    struct text_builder builder;
    const struct delta *delta = NULL;
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    text_builder_init(&builder, NULL);
    delta_write(&builder, delta);
    assert_text(&builder, wanted);
    text_builder_finish(&builder);
}

#define ASSERT_ERROR(call, wanted_code, wanted_message)                                            \
    do {                                                                                           \
        assert_int_equal(call, wanted_code);                                                       \
        assert_string_equal(err.message, wanted_message);                                          \
    } while (0)

/* ---- reading ---- */

/* Every type through its getter. */
static void values_are_read_by_type(void **state)
{
    (void)state;
    int64_t integer;
    uint64_t natural;
    double real;
    bool truth;
    const char *text;
    begin("{\"i\":-5,\"u\":18446744073709551615,\"d\":0.5,\"b\":true,\"s\":\"x\",\"j\":[1, {}]}");
    assert_int_equal(cloacina_context_get_int64(&context, "i", &integer, &err), CLOACINA_OK);
    assert_int_equal(integer, -5);
    assert_int_equal(cloacina_context_get_uint64(&context, "u", &natural, &err), CLOACINA_OK);
    assert_true(natural == UINT64_MAX);
    assert_int_equal(cloacina_context_get_double(&context, "d", &real, &err), CLOACINA_OK);
    assert_true(real == 0.5);
    assert_int_equal(cloacina_context_get_bool(&context, "b", &truth, &err), CLOACINA_OK);
    assert_true(truth);
    assert_int_equal(cloacina_context_get_string(&context, "s", &text, &err), CLOACINA_OK);
    assert_string_equal(text, "x");
    assert_int_equal(cloacina_context_get_json(&context, "j", &text, &err), CLOACINA_OK);
    assert_string_equal(text, "[1,{}]");
    assert_int_equal(cloacina_context_get_json(&context, "s", &text, &err), CLOACINA_OK);
    assert_string_equal(text, "\"x\"");
    assert_true(cloacina_context_has(&context, "i"));
    assert_false(cloacina_context_has(&context, "k"));
    assert_int_equal(err.code, CLOACINA_OK);
}

/* Absent, of another type, does not fit: three codes, and messages that name all four facts. */
static void refusals_name_task_key_found_and_wanted(void **state)
{
    (void)state;
    int64_t integer = 7;
    uint64_t natural = 7;
    double real = 7;
    bool truth = true;
    const char *text = "7";
    begin("{\"s\":\"x\",\"half\":0.5,\"minus\":-1,\"odd\":9007199254740993,\"n\":null,\"o\":{},"
          "\"l\":[],\"b\":true,\"u\":18446744073709551615,\"nul\":\"a\\u0000b\"}");
    ASSERT_ERROR(cloacina_context_get_int64(&context, "cents", &integer, &err), CLOACINA_NOT_FOUND,
                 "task 'charge': context key 'cents' is absent, wanted int64");
    ASSERT_ERROR(cloacina_context_get_int64(&context, "s", &integer, &err), CLOACINA_WRONG_TYPE,
                 "task 'charge': context key 's' is a string, wanted int64");
    ASSERT_ERROR(cloacina_context_get_int64(&context, "half", &integer, &err),
                 CLOACINA_OUT_OF_RANGE,
                 "task 'charge': context key 'half' is 0.5, which int64 cannot hold");
    ASSERT_ERROR(cloacina_context_get_int64(&context, "u", &integer, &err), CLOACINA_OUT_OF_RANGE,
                 "task 'charge': context key 'u' is 18446744073709551615, which int64 cannot hold");
    ASSERT_ERROR(cloacina_context_get_uint64(&context, "minus", &natural, &err),
                 CLOACINA_OUT_OF_RANGE,
                 "task 'charge': context key 'minus' is -1, which uint64 cannot hold");
    ASSERT_ERROR(cloacina_context_get_uint64(&context, "n", &natural, &err), CLOACINA_WRONG_TYPE,
                 "task 'charge': context key 'n' is null, wanted uint64");
    ASSERT_ERROR(cloacina_context_get_double(&context, "odd", &real, &err), CLOACINA_OUT_OF_RANGE,
                 "task 'charge': context key 'odd' is 9007199254740993, which double cannot hold");
    ASSERT_ERROR(cloacina_context_get_double(&context, "b", &real, &err), CLOACINA_WRONG_TYPE,
                 "task 'charge': context key 'b' is a bool, wanted double");
    ASSERT_ERROR(cloacina_context_get_bool(&context, "l", &truth, &err), CLOACINA_WRONG_TYPE,
                 "task 'charge': context key 'l' is an array, wanted bool");
    ASSERT_ERROR(cloacina_context_get_bool(&context, "x", &truth, &err), CLOACINA_NOT_FOUND,
                 "task 'charge': context key 'x' is absent, wanted bool");
    ASSERT_ERROR(cloacina_context_get_string(&context, "o", &text, &err), CLOACINA_WRONG_TYPE,
                 "task 'charge': context key 'o' is an object, wanted string");
    ASSERT_ERROR(cloacina_context_get_string(&context, "x", &text, &err), CLOACINA_NOT_FOUND,
                 "task 'charge': context key 'x' is absent, wanted string");
    ASSERT_ERROR(cloacina_context_get_string(&context, "nul", &text, &err), CLOACINA_OUT_OF_RANGE,
                 "task 'charge': context key 'nul' is a string with a NUL in it, which a C string "
                 "cannot hold");
    ASSERT_ERROR(cloacina_context_get_json(&context, "x", &text, &err), CLOACINA_NOT_FOUND,
                 "task 'charge': context key 'x' is absent, wanted JSON");
    assert_int_equal(integer, 7);
    assert_true(natural == 7 && real == 7 && truth);
    assert_string_equal(text, "7");
}

/* 3.0 is the integer 3; a type is not worth an error when the value is right. */
static void numbers_are_read_as_another_type_if_nothing_is_lost(void **state)
{
    (void)state;
    int64_t integer;
    uint64_t natural;
    double real;
    begin("{\"d\":3.0,\"i\":3,\"big\":9223372036854775808,\"bigd\":9223372036854775808.0}");
    assert_int_equal(cloacina_context_get_int64(&context, "d", &integer, &err), CLOACINA_OK);
    assert_int_equal(integer, 3);
    assert_int_equal(cloacina_context_get_uint64(&context, "d", &natural, &err), CLOACINA_OK);
    assert_true(natural == 3);
    assert_int_equal(cloacina_context_get_double(&context, "i", &real, &err), CLOACINA_OK);
    assert_true(real == 3.0);
    assert_int_equal(cloacina_context_get_double(&context, "big", &real, &err), CLOACINA_OK);
    assert_true(real == 0x1p63);
    assert_int_equal(cloacina_context_get_uint64(&context, "bigd", &natural, &err), CLOACINA_OK);
    assert_true(natural == (uint64_t)1 << 63);
    assert_int_equal(cloacina_context_get_int64(&context, "bigd", &integer, NULL),
                     CLOACINA_OUT_OF_RANGE);
}

/* ---- writing ---- */

/* Every type through its setter, and back. */
static void values_are_written_by_type(void **state)
{
    (void)state;
    begin("{}");
    assert_int_equal(cloacina_context_set_int64(&context, "i", INT64_MIN, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_uint64(&context, "u", UINT64_MAX, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_double(&context, "d", 0.1, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_bool(&context, "b", false, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_string(&context, "s", "t\"", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_null(&context, "n", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_json(&context, "j", " [ 1, {\"a\" : 2} ]", &err),
                     CLOACINA_OK);
    assert_int_equal(context_set_value(&context, "v", value_bool(true), &err), CLOACINA_OK);
    assert_true(cloacina_context_has(&context, "n"));
    assert_output("{\"b\":false,\"d\":0.1,\"i\":-9223372036854775808,\"j\":[1,{\"a\":2}],"
                  "\"n\":null,\"s\":\"t\\\"\",\"u\":18446744073709551615,\"v\":true}");
}

/* What is no value is refused where it is written, not when somebody reads it. */
static void what_is_no_value_is_not_written(void **state)
{
    (void)state;
    begin("{\"k\":1}");
    ASSERT_ERROR(cloacina_context_set_double(&context, "k", (double)NAN, &err), CLOACINA_INVALID,
                 "task 'charge': context key 'k': NaN and infinity are no JSON");
    assert_int_equal(cloacina_context_set_double(&context, "k", -(double)INFINITY, NULL),
                     CLOACINA_INVALID);
    ASSERT_ERROR(cloacina_context_set_string(&context, "k", NULL, &err), CLOACINA_INVALID,
                 "task 'charge': context key 'k': the string is NULL");
    ASSERT_ERROR(cloacina_context_set_string(&context, "k", "\xff", &err), CLOACINA_INVALID,
                 "task 'charge': context key 'k': the string is not UTF-8");
    ASSERT_ERROR(cloacina_context_set_json(&context, "k", "{\"a\":\n 1,}", &err), CLOACINA_INVALID,
                 "task 'charge': context key 'k': line 2, column 4: wanted a key, found '}'");
    ASSERT_ERROR(cloacina_context_set_json(&context, "k", NULL, &err), CLOACINA_INVALID,
                 "task 'charge': context key 'k': line 1, column 1: wanted a value, found the end");
    ASSERT_ERROR(
        cloacina_context_set_json(&context, "k", "18446744073709551616", &err),
        CLOACINA_OUT_OF_RANGE,
        "task 'charge': context key 'k': line 1, column 1: integer 18446744073709551616 does not "
        "fit 64 bits");
    assert_int_equal(cloacina_context_set_json(&context, "k", "", NULL), CLOACINA_INVALID);
    assert_delta("{}");
}

/* A body sees what it wrote itself. */
static void what_was_written_is_read_back(void **state)
{
    (void)state;
    int64_t integer;
    begin("{\"a\":1,\"b\":2}");
    assert_int_equal(cloacina_context_set_int64(&context, "a", 10, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_int64(&context, "a", 11, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_remove(&context, "b", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_int64(&context, "c", 12, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_get_int64(&context, "a", &integer, &err), CLOACINA_OK);
    assert_int_equal(integer, 11);
    assert_false(cloacina_context_has(&context, "b"));
    assert_int_equal(cloacina_context_get_int64(&context, "b", &integer, &err), CLOACINA_NOT_FOUND);
    assert_true(cloacina_context_has(&context, "c"));
    assert_delta("{\"/a\":11,\"-/b\":null,\"/c\":12}");
    assert_int_equal(cloacina_context_set_null(&context, "b", &err), CLOACINA_OK);
    assert_output("{\"a\":11,\"b\":null,\"c\":12}");
}

/* A typing error in a removal should not pass in silence. */
static void only_what_is_there_is_removed(void **state)
{
    (void)state;
    begin("{\"a\":1}");
    ASSERT_ERROR(cloacina_context_remove(&context, "b", &err), CLOACINA_NOT_FOUND,
                 "task 'charge': context key 'b' is absent, so it cannot be removed");
    assert_int_equal(cloacina_context_remove(&context, "a", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_remove(&context, "a", NULL), CLOACINA_NOT_FOUND);
    assert_output("{}");
}

/* Any number of keys, in any order: a body may fill its context in a loop. */
static void many_keys_are_written(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    begin("{\"first\":1}");
    for (uint32_t i = 0; i < KEYS; i++) {
        char key[16];
        (void)snprintf(key, sizeof(key), "k%05u", i * 7919 % KEYS);
        assert_int_equal(cloacina_context_set_int64(&context, key, i * 7919 % KEYS, NULL),
                         CLOACINA_OK);
    }
    const struct value *output = NULL;
    assert_int_equal(context_output_value(&context, &output, NULL), CLOACINA_OK);
    assert_int_equal(value_count(output), KEYS + 1);
    for (uint32_t i = 0; i < KEYS; i++) {
        assert_int_equal(value_as_int64(value_members(output)[i + 1].value), i);
    }
}

/* ---- deltas ---- */

/* Input and output meet in the delta: below the key that was set, too. */
static void the_delta_is_what_differs_in_the_end(void **state)
{
    (void)state;
    begin("{\"o\":{\"a\":1,\"b\":2},\"same\":1,\"back\":1}");
    assert_int_equal(cloacina_context_set_json(&context, "o", "{\"a\":1,\"b\":3}", &err),
                     CLOACINA_OK);
    assert_int_equal(cloacina_context_set_double(&context, "same", 1.0, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_remove(&context, "back", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_int64(&context, "back", 1, &err), CLOACINA_OK);
    assert_delta("{\"/o/b\":3}");
}

/* NULL says that nothing was written: no row, no view, no memory. */
static void no_difference_is_no_delta(void **state)
{
    (void)state;
    const struct delta *delta = (const struct delta *)&arena;
    begin("{\"a\":1}");
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    assert_null(delta);
    delta = (const struct delta *)&arena;
    assert_int_equal(cloacina_context_set_int64(&context, "a", 1, NULL), CLOACINA_OK);
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    assert_null(delta);
}

/* The runner looks at the delta when the body and its memory are long gone. */
static void the_delta_outlives_the_context(void **state)
{
    (void)state;
    const struct delta *delta = NULL;
    begin("{}");
    assert_int_equal(cloacina_context_set_json(&context, "k", "[\"text\"]", NULL), CLOACINA_OK);
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    context_finish(&context);
    assert_int_equal(delta->count, 1);
    assert_true(
        text_equal(value_as_text(value_item(delta->entries[0].value, 0)), TEXT_LITERAL("text")));
}

/* Most bodies of most workflows never look. */
static void an_untouched_context_allocates_nothing(void **state)
{
    (void)state;
    struct failing_heap heap;
    const struct delta *delta = NULL;
    failing_heap_init(&heap, 0);
    err = (struct cloacina_error){0};
    context_init(&context, &heap.heap, "charge", view_of("{\"a\":1}"));
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    assert_null(delta);
    context_finish(&context);
    assert_int_equal(heap.allocations, 0);
}

/* The input is what the view says, as often as it is asked for. */
static void the_input_stays_what_it_was(void **state)
{
    (void)state;
    const struct value *input = NULL;
    const struct value *again = NULL;
    begin("{\"a\":1}");
    assert_int_equal(context_input_value(&context, &input, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_int64(&context, "a", 2, &err), CLOACINA_OK);
    assert_int_equal(context_input_value(&context, &again, &err), CLOACINA_OK);
    assert_ptr_equal(input, again);
    assert_int_equal(value_as_int64(value_object_get(input, TEXT_LITERAL("a"))), 1);
}

/* ---- limits ---- */

/* At both edges, and through every call. */
static void keys_have_1_to_1024_bytes_of_utf8(void **state)
{
    (void)state;
    char key[CLOACINA_CONTEXT_KEY_LENGTH_MAX + 2];
    int64_t integer;
    const struct value *value = NULL;
    begin("{}");
    memset(key, 'k', sizeof(key));
    key[CLOACINA_CONTEXT_KEY_LENGTH_MAX] = '\0';
    assert_int_equal(cloacina_context_set_int64(&context, key, 1, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_get_int64(&context, key, &integer, &err), CLOACINA_OK);
    key[CLOACINA_CONTEXT_KEY_LENGTH_MAX] = 'k';
    key[CLOACINA_CONTEXT_KEY_LENGTH_MAX + 1] = '\0';
    ASSERT_ERROR(cloacina_context_set_int64(&context, key, 1, &err), CLOACINA_LIMIT,
                 "task 'charge': context key of 1025 bytes, at most 1024");
    assert_int_equal(cloacina_context_get_int64(&context, key, &integer, NULL), CLOACINA_LIMIT);
    assert_int_equal(context_get_value(&context, key, &value, NULL), CLOACINA_LIMIT);
    assert_int_equal(cloacina_context_remove(&context, key, NULL), CLOACINA_LIMIT);
    assert_false(cloacina_context_has(&context, key));
    ASSERT_ERROR(cloacina_context_set_null(&context, "", &err), CLOACINA_INVALID,
                 "task 'charge': context key is empty");
    assert_int_equal(cloacina_context_set_null(&context, NULL, NULL), CLOACINA_INVALID);
    assert_int_equal(cloacina_context_set_string(&context, NULL, NULL, NULL), CLOACINA_INVALID);
    assert_int_equal(cloacina_context_set_json(&context, NULL, "x", &err), CLOACINA_INVALID);
    ASSERT_ERROR(cloacina_context_set_null(&context, "a\x80", &err), CLOACINA_INVALID,
                 "task 'charge': context key is not UTF-8");
}

/* The context itself is one level. */
static void values_leave_one_level_to_the_context(void **state)
{
    (void)state;
    char json[2 * CLOACINA_CONTEXT_DEPTH_MAX + 1];
    begin("{}");
    memset(json, '[', CLOACINA_CONTEXT_DEPTH_MAX);
    memset(json + CLOACINA_CONTEXT_DEPTH_MAX, ']', CLOACINA_CONTEXT_DEPTH_MAX);
    json[2 * CLOACINA_CONTEXT_DEPTH_MAX] = '\0';
    ASSERT_ERROR(cloacina_context_set_json(&context, "k", json, &err), CLOACINA_LIMIT,
                 "task 'charge': context key 'k': its context would have more than 128 levels");
    json[2 * CLOACINA_CONTEXT_DEPTH_MAX - 1] = '\0';
    assert_int_equal(cloacina_context_set_json(&context, "k", json + 1, &err), CLOACINA_OK);
    const struct value *output = NULL;
    assert_int_equal(context_output_value(&context, &output, NULL), CLOACINA_OK);
    assert_int_equal(value_depth(output), CLOACINA_CONTEXT_DEPTH_MAX);
}

/* To the byte: what is written beside it counts, what is overwritten or removed does not. */
static void a_context_has_64_mebibytes_at_most(void **state)
{
    (void)state;
    /* {"a":1,"k":"xxx"}: 14 bytes around the text. */
    size_t length = CLOACINA_CONTEXT_BYTES_MAX - 14;
    char *text = malloc(CLOACINA_CONTEXT_BYTES_MAX + 2);
    assert_non_null(text);
    begin("{\"a\":1}");
    memset(text, 'x', CLOACINA_CONTEXT_BYTES_MAX + 1);
    text[length] = '\0';
    assert_int_equal(cloacina_context_set_string(&context, "k", text, &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_string(&context, "k", text, &err), CLOACINA_OK);
    ASSERT_ERROR(cloacina_context_set_int64(&context, "a", 10, &err), CLOACINA_LIMIT,
                 "task 'charge': context key 'a': its context would have more than 67108864 bytes");
    assert_int_equal(cloacina_context_set_null(&context, "b", NULL), CLOACINA_LIMIT);
    assert_int_equal(cloacina_context_remove(&context, "a", &err), CLOACINA_OK);
    assert_int_equal(cloacina_context_set_int64(&context, "b", 1, &err), CLOACINA_OK);
    const struct value *output = NULL;
    assert_int_equal(context_output_value(&context, &output, NULL), CLOACINA_OK);
    assert_int_equal(value_size(output), CLOACINA_CONTEXT_BYTES_MAX);
    text[length] = 'x';
    text[CLOACINA_CONTEXT_BYTES_MAX + 1] = '\0';
    ASSERT_ERROR(cloacina_context_set_string(&context, "k", text, &err), CLOACINA_LIMIT,
                 "task 'charge': context key 'k': the string is larger than a context");
    free(text);
}

/* Many tasks may have put together more than one of them could. */
static void an_input_above_the_limit_is_not_handed_out(void **state)
{
    (void)state;
    struct value_member members[] = {{TEXT_LITERAL("a"), NULL}, {TEXT_LITERAL("b"), NULL}};
    size_t length = CLOACINA_CONTEXT_BYTES_MAX / 2;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, 'x', length);
    members[0].value = value_text(&arena, (struct text){text, length});
    members[1].value = members[0].value;
    const struct view *view = view_initial(&arena, value_object(&arena, members, 2));
    const struct value *value = NULL;
    context_init(&context, NULL, "charge", view);
    ASSERT_ERROR(context_input_value(&context, &value, &err), CLOACINA_LIMIT,
                 "task 'charge': its context is larger than 67108864 bytes");
    assert_int_equal(context_output_value(&context, &value, NULL), CLOACINA_LIMIT);
    assert_int_equal(cloacina_context_set_null(&context, "a", NULL), CLOACINA_LIMIT);
    assert_false(cloacina_context_has(&context, "a"));
    assert_null(value);
    free(text);
}

/* Small changes below a very long key: the delta would be larger than the context. */
static void a_delta_above_its_limit_names_the_task(void **state)
{
    (void)state;
    enum { KEY_SIZE = 1000000, MEMBERS = 100 };
    struct text_builder json;
    begin("{}");
    for (int round = 0; round < 2; round++) {
        text_builder_init(&json, NULL);
        text_builder_append_terminated(&json, "{\"");
        for (int i = 0; i < KEY_SIZE; i++) {
            text_builder_append_char(&json, 'k');
        }
        text_builder_append_terminated(&json, "\":{\"0\":0");
        for (int i = 1; i < MEMBERS && round == 1; i++) {
            text_builder_print(&json, ",\"%d\":0", i);
        }
        text_builder_append_terminated(&json, "}}");
        assert_int_equal(
            cloacina_context_set_json(&context, "o", text_builder_terminated(&json), &err),
            CLOACINA_OK);
        text_builder_finish(&json);
        const struct delta *delta = NULL;
        if (round == 0) {
            assert_int_equal(context_delta(&context, &arena, &delta, &err), CLOACINA_OK);
            const struct view *next = view_after(&arena, context.view, 0, delta);
            context_finish(&context);
            context_init(&context, NULL, "charge", next);
        } else {
            ASSERT_ERROR(context_delta(&context, &arena, &delta, &err), CLOACINA_LIMIT,
                         "task 'charge': delta of more than 67108864 bytes");
            assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_LIMIT);
        }
    }
}

/* ---- no memory ---- */

/* A body's work in miniature; the code of the first call that failed. */
static enum cloacina_code work(struct cloacina_context *body, struct arena *into,
                               const struct delta **ret_delta)
{
    const char *text;
    const struct value *value = NULL;
    enum cloacina_code code = cloacina_context_get_json(body, "o", &text, NULL);
    code = code == CLOACINA_OK ? cloacina_context_set_string(body, "s", "text", NULL) : code;
    code = code == CLOACINA_OK ? cloacina_context_set_json(body, "j", "{\"a\":[1]}", NULL) : code;
    code = code == CLOACINA_OK ? cloacina_context_remove(body, "o", NULL) : code;
    for (int64_t i = 0; i < 20 && code == CLOACINA_OK; i++) {
        char key[] = {(char)('A' + i), '\0'};
        code = cloacina_context_set_int64(body, key, i, NULL);
    }
    code = code == CLOACINA_OK ? context_output_value(body, &value, NULL) : code;
    return code == CLOACINA_OK ? context_delta(body, into, ret_delta, NULL) : code;
}

/* Every single request fails once; the attempt ends in NO_MEMORY, and nothing leaks. */
static void a_body_survives_every_lack_of_memory(void **state)
{
    (void)state;
    const struct delta *delta = NULL;
    begin("{}");
    assert_int_equal(cloacina_context_set_json(&context, "o", "{\"x\":1}", NULL), CLOACINA_OK);
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    const struct view *view = view_after(&arena, context.view, 0, delta);
    size_t succeeded = 0;
    for (size_t n = 0; n < 40; n++) {
        for (size_t room = 8; room <= TIGHT_ROOM_MAX; room += 8) {
            struct tight_arena tight;
            struct cloacina_context body;
            struct arena into;
            tight_arena_init(&tight, room, n);
            context_init(&body, &tight.heap.heap, "charge", view);
            arena_init(&into, &tight.heap.heap);
            arena_finish(&body.arena);
            body.arena = tight.arena; /* whose first block is nearly full */
            enum cloacina_code code = work(&body, &into, &delta);
            assert_int_equal(code, tight.heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
            succeeded += code == CLOACINA_OK;
            context_finish(&body);
            arena_finish(&into);
            assert_int_equal(tight.heap.outstanding, 0);
        }
    }
    assert_true(succeeded > 0);
}

/* "Is it there?" cannot answer "no memory"; then the attempt must not succeed. */
static void a_question_without_memory_fails_the_attempt(void **state)
{
    (void)state;
    const struct delta *delta = NULL;
    struct failing_heap heap;
    begin("{}");
    assert_int_equal(cloacina_context_set_null(&context, "k", NULL), CLOACINA_OK);
    assert_int_equal(context_delta(&context, &arena, &delta, NULL), CLOACINA_OK);
    const struct view *view = view_after(&arena, context.view, 0, delta);
    context_finish(&context);
    failing_heap_init(&heap, 0);
    context_init(&context, &heap.heap, "charge", view);
    assert_false(cloacina_context_has(&context, "k"));
    assert_true(cloacina_context_has(&context, "k"));
    ASSERT_ERROR(context_delta(&context, &arena, &delta, &err), CLOACINA_NO_MEMORY,
                 "task 'charge': no memory for its context");
    context_finish(&context);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(values_are_read_by_type, end),
        cmocka_unit_test_teardown(refusals_name_task_key_found_and_wanted, end),
        cmocka_unit_test_teardown(numbers_are_read_as_another_type_if_nothing_is_lost, end),
        cmocka_unit_test_teardown(values_are_written_by_type, end),
        cmocka_unit_test_teardown(what_is_no_value_is_not_written, end),
        cmocka_unit_test_teardown(what_was_written_is_read_back, end),
        cmocka_unit_test_teardown(only_what_is_there_is_removed, end),
        cmocka_unit_test_teardown(many_keys_are_written, end),
        cmocka_unit_test_teardown(the_delta_is_what_differs_in_the_end, end),
        cmocka_unit_test_teardown(no_difference_is_no_delta, end),
        cmocka_unit_test_teardown(the_delta_outlives_the_context, end),
        cmocka_unit_test_teardown(an_untouched_context_allocates_nothing, end),
        cmocka_unit_test_teardown(the_input_stays_what_it_was, end),
        cmocka_unit_test_teardown(keys_have_1_to_1024_bytes_of_utf8, end),
        cmocka_unit_test_teardown(values_leave_one_level_to_the_context, end),
        cmocka_unit_test_teardown(a_context_has_64_mebibytes_at_most, end),
        cmocka_unit_test_teardown(an_input_above_the_limit_is_not_handed_out, end),
        cmocka_unit_test_teardown(a_delta_above_its_limit_names_the_task, end),
        cmocka_unit_test_teardown(a_body_survives_every_lack_of_memory, end),
        cmocka_unit_test(a_question_without_memory_fails_the_attempt),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
