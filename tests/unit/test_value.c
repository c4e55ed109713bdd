/* SPDX-License-Identifier: Apache-2.0 */
/* test_value.c - JSON values: making, reading, writing, comparing. */
#include "support.h"

#include <stdio.h>

#include "context/value.h"
#include "tight_arena.h"

/* ---- help ---- */

static struct arena arena;

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

static const struct value *read(const char *json)
{
    const struct value *value = NULL;
    struct cloacina_error err;
    if (value_read(&arena, text_of(json), &value, &err) != CLOACINA_OK) {
        fail_msg("%s: %s", json, err.message);
    }
    return value;
}

static void assert_written(const struct value *value, const char *wanted)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    value_write(&builder, value);
    assert_string_equal(text_builder_terminated(&builder), wanted);
    text_builder_finish(&builder);
}

static void assert_refused(const char *json, enum cloacina_code code, const char *message)
{
    const struct value *value = NULL;
    struct cloacina_error err;
    assert_int_equal(value_read(&arena, text_of(json), &value, &err), code);
    assert_string_equal(err.message, message);
    assert_null(value);
}

/* ---- reading and writing ---- */

/* One value, one text, whatever it was read from. */
static void the_canonical_form_sorts_keys_and_drops_space(void **state)
{
    (void)state;
    assert_written(read(" { \"b\" : [ 1 , 2.50 , \"x\\u0041\" ] , \"a\" : { } , \"aa\" : null } "),
                   "{\"a\":{},\"aa\":null,\"b\":[1,2.5,\"xA\"]}");
    assert_written(read("[true,false,null,-0,-0.0,1e2,18446744073709551615]"),
                   "[true,false,null,0,-0.0,100.0,18446744073709551615]");
    assert_written(read("{\"\":1,\"\\u0000\":2,\"\xc3\xa9\":3,\"z\":4}"),
                   "{\"\":1,\"\\u0000\":2,\"z\":4,\"\xc3\xa9\":3}");
    assert_written(read("[]"), "[]");
}

/* Reading the canonical form gives the canonical form again. */
static void what_is_written_reads_back_equal(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "{\"deep\":[[[{\"a\":[1.5,\"\\u001f\"]}]]],\"n\":-9223372036854775808}",
        "[0.1,1e300,5e-324,-0.0,\"\\\"\\\\\"]",
        "\"\"",
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct value *value = read(samples[i]);
        assert_written(value, samples[i]);
        assert_true(value_equal(value, read(samples[i])));
    }
}

/* The input may be freed right after the reading. */
static void nothing_of_the_input_is_kept(void **state)
{
    (void)state;
    char json[] = "{\"key\":[\"plain\",\"esc\\u0061ped\"]}";
    const struct value *value = NULL;
    assert_int_equal(value_read(&arena, (struct text){json, sizeof(json) - 1}, &value, NULL),
                     CLOACINA_OK);
    memset(json, 'x', sizeof(json));
    assert_written(value, "{\"key\":[\"plain\",\"escaped\"]}");
}

/* Which of two values under one key counts is a matter of taste: nobody should have to know. */
static void a_key_that_stands_twice_is_refused_by_name(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,\n \"b\":{\"x\":1,\"y\":2,\"x\":3}}", CLOACINA_INVALID,
                   "line 2, column 19: key 'x' stands twice in one object");
    assert_refused("{\"a\":1,\"\\u0061\":2}", CLOACINA_INVALID,
                   "line 1, column 8: key 'a' stands twice in one object");
    assert_refused("{\"c\":1,\"b\":1,\"a\":1,\"c\":1,\"d\":1}", CLOACINA_INVALID,
                   "line 1, column 20: key 'c' stands twice in one object");
    assert_written(read("[{\"a\":1},{\"a\":1}]"), "[{\"a\":1},{\"a\":1}]");
}

/* Never silently a double. */
static void numbers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    assert_refused("[18446744073709551616]", CLOACINA_OUT_OF_RANGE,
                   "line 1, column 2: integer 18446744073709551616 does not fit 64 bits");
    assert_refused("-9223372036854775809", CLOACINA_OUT_OF_RANGE,
                   "line 1, column 1: integer -9223372036854775809 does not fit 64 bits");
    assert_refused("{\"a\":1e999}", CLOACINA_OUT_OF_RANGE,
                   "line 1, column 6: number 1e999 does not fit a double");
    char digits[NUMBER_LENGTH_MAX + 2];
    memset(digits, '1', sizeof(digits) - 1);
    digits[1] = '.';
    digits[NUMBER_LENGTH_MAX + 1] = '\0';
    assert_refused(digits, CLOACINA_LIMIT,
                   "line 1, column 1: number of 2049 characters, at most 2048");
}

/* What the tokenizer refuses, the reader refuses. */
static void what_is_not_json_is_refused(void **state)
{
    (void)state;
    assert_refused("", CLOACINA_INVALID, "line 1, column 1: wanted a value, found the end");
    assert_refused("{} {}", CLOACINA_INVALID, "line 1, column 4: wanted the end, found '{'");
    assert_refused("[1,{\"a\":}]", CLOACINA_INVALID, "line 1, column 9: wanted a value, found '}'");
    assert_refused("{\"a\"", CLOACINA_INVALID, "line 1, column 5: wanted ':', found the end");
}

/* Recursion over values goes as deep, and no deeper. */
static void values_are_nested_128_levels_at_most(void **state)
{
    (void)state;
    char json[2 * JSON_DEPTH_MAX + 3];
    memset(json, '[', JSON_DEPTH_MAX + 1);
    memset(json + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    json[2 * JSON_DEPTH_MAX + 2] = '\0';
    assert_refused(json, CLOACINA_LIMIT, "line 1, column 129: nested deeper than 128 levels");
    json[2 * JSON_DEPTH_MAX + 1] = '\0';
    assert_int_equal(value_depth(read(json + 1)), JSON_DEPTH_MAX);
    assert_written(value_copy(&arena, read(json + 1)), json + 1);
}

/* At the edge, and one byte above it. */
static void texts_above_the_limit_are_refused(void **state)
{
    (void)state;
    char *json = malloc(VALUE_BYTES_MAX + 1);
    assert_non_null(json);
    memset(json, ' ', VALUE_BYTES_MAX + 1);
    json[0] = '7';
    const struct value *value = NULL;
    struct cloacina_error err;
    assert_int_equal(value_read(&arena, (struct text){json, VALUE_BYTES_MAX}, &value, NULL),
                     CLOACINA_OK);
    assert_int_equal(value_read(&arena, (struct text){json, VALUE_BYTES_MAX + 1}, &value, &err),
                     CLOACINA_LIMIT);
    assert_string_equal(err.message, "JSON of 67108865 bytes, at most 67108864");
    free(json);
}

/* A value inside a larger text, whose other parts somebody else reads. */
static void the_next_value_of_a_reader_is_read(void **state)
{
    (void)state;
    struct arena texts;
    struct json_reader reader;
    struct json_token token;
    const struct value *value = NULL;
    struct cloacina_error err;
    arena_init(&texts, NULL);
    json_reader_init(&reader, TEXT_LITERAL("{\"a\":{\"b\":[\"\\n\"]},\"c\":1}"), &texts);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(value_read_next(&reader, &arena, &value, &err), CLOACINA_OK);
    assert_int_equal(value_read_next(&reader, &arena, &value, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 19: wanted a value, found a key");
    arena_finish(&texts);
    assert_written(value, "{\"b\":[\"\\n\"]}");
}

/* ---- making and looking ---- */

/* Each type through its constructor and its accessor. */
static void values_hold_what_they_were_made_of(void **state)
{
    (void)state;
    assert_int_equal(value_type(value_null()), VALUE_NULL);
    assert_true(value_as_bool(value_bool(true)));
    assert_false(value_as_bool(value_bool(false)));
    assert_int_equal(value_as_int64(value_int64(&arena, -5)), -5);
    assert_int_equal(value_as_int64(value_uint64(&arena, INT64_MAX)), INT64_MAX);
    assert_true(value_as_uint64(value_uint64(&arena, UINT64_MAX)) == UINT64_MAX);
    assert_true(value_as_double(value_double(&arena, 0.5)) == 0.5);
    assert_true(
        text_equal(value_as_text(value_text(&arena, TEXT_LITERAL("a\0b"))), TEXT_LITERAL("a\0b")));
    assert_int_equal(value_as_text(value_text(&arena, TEXT_LITERAL("ab"))).bytes[2], '\0');
    const struct value *items[] = {value_null(), value_bool(true)};
    const struct value *array = value_array(&arena, items, 2);
    assert_int_equal(value_count(array), 2);
    assert_ptr_equal(value_item(array, 1), items[1]);
    assert_ptr_equal(value_items(array)[0], items[0]);
}

/* A constructor copies the list that it is given. */
static void objects_find_their_members(void **state)
{
    (void)state;
    struct value_member members[100];
    char keys[100][4];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%02d", 99 - i);
        members[i] = (struct value_member){text_of(keys[i]), value_int64(&arena, 99 - i)};
    }
    assert_null(value_members_sort(members, 100));
    const struct value *object = value_object(&arena, members, 100);
    members[0].value = NULL;
    assert_int_equal(value_count(object), 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(value_as_int64(value_object_get(object, text_of(keys[i]))), 99 - i);
    }
    assert_null(value_object_get(object, TEXT_LITERAL("k")));
    assert_null(value_object_get(object, TEXT_LITERAL("k500")));
    assert_null(value_object_get(object, TEXT_LITERAL("")));
    assert_null(value_object_get(value_object(&arena, NULL, 0), TEXT_LITERAL("k")));
}

/* Whoever builds an object from elsewhere learns which key it has twice. */
static void sorting_members_finds_a_key_that_stands_twice(void **state)
{
    (void)state;
    struct value_member members[] = {{TEXT_LITERAL("b"), value_null()},
                                     {TEXT_LITERAL("a"), value_null()},
                                     {TEXT_LITERAL("b"), value_null()}};
    const struct value_member *twice = value_members_sort(members, 3);
    assert_non_null(twice);
    assert_true(text_equal(twice->key, TEXT_LITERAL("b")));
}

/* The names stand in error messages. */
static void types_have_names(void **state)
{
    (void)state;
    static const char *const samples[][2] = {
        {"null", "null"},     {"true", "a bool"},
        {"1", "an int64"},    {"1.5", "a double"},
        {"\"\"", "a string"}, {"[]", "an array"},
        {"{}", "an object"},  {"9223372036854775808", "a uint64"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct value *value = read(samples[i][0]);
        assert_string_equal(value_type_name(value_type(value)), samples[i][1]);
        assert_int_equal(value_is_number(value),
                         samples[i][0][0] == '1' || samples[i][0][0] == '9');
    }
}

/* Limits on contexts are free, since every value knows its size; a double counts as the longest. */
static void the_size_is_that_of_the_canonical_form(void **state)
{
    (void)state;
    static const char *const samples[] = {
        "null",      "true",
        "false",     "0",
        "-12",       "18446744073709551615",
        "\"\"",      "\"a\\n\\u0001\"",
        "[]",        "[1]",
        "[1,[],{}]", "{}",
        "{\"a\":1}", "{\"a\\t\":[null],\"b\":{\"c\":\"d\"}}",
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        assert_int_equal(value_size(read(samples[i])), strlen(samples[i]));
    }
    assert_int_equal(value_size(read("[1.5,2.5]")), 2 * NUMBER_WRITTEN_MAX + 3);
    assert_int_equal(value_depth(read("1")), 0);
    assert_int_equal(value_depth(read("[]")), 1);
    assert_int_equal(value_depth(read("[{\"a\":[1]},[]]")), 3);
}

/* Sizes do not wrap around: a list that holds the same large text many times is large. */
static void the_size_of_what_is_huge_is_just_huge(void **state)
{
    (void)state;
    enum { ITEMS = 5000 };
    char *bytes = malloc(1000000);
    assert_non_null(bytes);
    memset(bytes, 'x', 1000000);
    static const struct value *items[ITEMS];
    items[0] = value_text(&arena, (struct text){bytes, 1000000});
    for (int i = 1; i < ITEMS; i++) {
        items[i] = items[0];
    }
    assert_int_equal(value_size(value_array(&arena, items, ITEMS)), UINT32_MAX);
    free(bytes);
}

/* A copy outlives the original. */
static void a_copy_shares_nothing(void **state)
{
    (void)state;
    static const char json[] = "{\"a\":[1,18446744073709551615,0.5,\"x\",true,null],\"b\":{}}";
    struct arena other;
    const struct value *value = NULL;
    arena_init(&other, NULL);
    assert_int_equal(value_read(&other, text_of(json), &value, NULL), CLOACINA_OK);
    value = value_copy(&arena, value);
    arena_finish(&other);
    assert_written(value, json);
}

/* ---- comparing ---- */

/* From the least to the greatest; in one line all are equal. */
static void values_have_a_total_order(void **state)
{
    (void)state;
    static const char *const ascending[][3] = {
        {"null", NULL},
        {"false", NULL},
        {"true", NULL},
        {"-9223372036854775808", "-9223372036854775808.0", NULL},
        {"-1.5", NULL},
        {"0", "-0.0", NULL},
        {"1", "1.0", NULL},
        {"9007199254740992", "9007199254740992.0", NULL},
        {"9007199254740993", NULL},
        {"18446744073709551615", NULL},
        {"1e300", NULL},
        {"\"\"", NULL},
        {"\"a\"", "\"\\u0061\"", NULL},
        {"\"ab\"", NULL},
        {"\"b\"", NULL},
        {"[]", NULL},
        {"[1]", "[1.0]", NULL},
        {"[1,null]", NULL},
        {"[2]", NULL},
        {"[[]]", NULL},
        {"{}", NULL},
        {"{\"a\":1}", "{\"a\":1.0}", NULL},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", NULL},
        {"{\"a\":2}", NULL},
        {"{\"b\":1}", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(ascending); i++) {
        for (size_t k = 0; k < ARRAY_COUNT(ascending); k++) {
            for (size_t m = 0; ascending[i][m] != NULL; m++) {
                for (size_t n = 0; ascending[k][n] != NULL; n++) {
                    const struct value *a = read(ascending[i][m]);
                    const struct value *b = read(ascending[k][n]);
                    int order = value_compare(a, b);
                    assert_int_equal(order < 0 ? -1 : order > 0, i < k ? -1 : i > k);
                    assert_int_equal(value_equal(a, b), i == k);
                }
            }
        }
    }
}

/* The rules of tasks compare so. */
static void numbers_of_all_types_compare(void **state)
{
    (void)state;
    assert_int_equal(value_compare_numbers(read("1"), read("1.0")), 0);
    assert_int_equal(value_compare_numbers(read("9007199254740993"), read("9007199254740992.0")),
                     1);
    assert_int_equal(value_compare_numbers(read("-1"), read("18446744073709551615")), -1);
}

/* ---- no memory ---- */

/* Every single request of reading may fail; then nothing leaks and the code says why. */
static void reading_survives_every_lack_of_memory(void **state)
{
    (void)state;
    static const char json[] =
        "{\"a\":[1,9223372036854775808,0.5,\"x\\n\",{\"\\u0061\":{},\"b\":[]}],"
        "\"plain\":\"text\"}";
    size_t succeeded = 0;
    for (size_t fail_at = 0; fail_at < 4; fail_at++) {
        for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
            struct tight_arena tight;
            const struct value *value = NULL;
            tight_arena_init(&tight, room, fail_at);
            enum cloacina_code code = value_read(&tight.arena, text_of(json), &value, NULL);
            assert_int_equal(code, tight.heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
            succeeded += code == CLOACINA_OK;
            tight_arena_finish(&tight);
        }
    }
    assert_true(succeeded > 0);
}

/* The same for copies. */
static void copying_survives_every_lack_of_memory(void **state)
{
    (void)state;
    const struct value *original =
        read("{\"a\":[1,9223372036854775808,0.5,\"x\",[\"y\"],{\"z\":{\"z\":1}}],\"b\":null}");
    size_t succeeded = 0;
    for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
        struct tight_arena tight;
        tight_arena_init(&tight, room, 0);
        const struct value *copy = value_copy(&tight.arena, original);
        assert_int_equal(copy == NULL, tight.heap.has_failed);
        assert_true(copy == NULL || value_equal(copy, original));
        succeeded += copy != NULL;
        tight_arena_finish(&tight);
    }
    assert_true(succeeded > 0);
}

/* And for every constructor. */
static void constructors_answer_null_without_memory(void **state)
{
    (void)state;
    struct value_member member = {TEXT_LITERAL("k"), value_null()};
    const struct value *item = value_null();
    struct tight_arena tight;
    tight_arena_init(&tight, 0, 0);
    assert_null(value_int64(&tight.arena, 1));
    assert_null(value_uint64(&tight.arena, UINT64_MAX));
    assert_null(value_double(&tight.arena, 1));
    assert_null(value_text(&tight.arena, TEXT_LITERAL("x")));
    assert_null(value_array(&tight.arena, &item, 1));
    assert_null(value_object(&tight.arena, &member, 1));
    tight_arena_finish(&tight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_sorts_keys_and_drops_space),
        cmocka_unit_test(what_is_written_reads_back_equal),
        cmocka_unit_test(nothing_of_the_input_is_kept),
        cmocka_unit_test(a_key_that_stands_twice_is_refused_by_name),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
        cmocka_unit_test(what_is_not_json_is_refused),
        cmocka_unit_test(values_are_nested_128_levels_at_most),
        cmocka_unit_test(texts_above_the_limit_are_refused),
        cmocka_unit_test(the_next_value_of_a_reader_is_read),
        cmocka_unit_test(values_hold_what_they_were_made_of),
        cmocka_unit_test(objects_find_their_members),
        cmocka_unit_test(sorting_members_finds_a_key_that_stands_twice),
        cmocka_unit_test(types_have_names),
        cmocka_unit_test(the_size_is_that_of_the_canonical_form),
        cmocka_unit_test(the_size_of_what_is_huge_is_just_huge),
        cmocka_unit_test(a_copy_shares_nothing),
        cmocka_unit_test(values_have_a_total_order),
        cmocka_unit_test(numbers_of_all_types_compare),
        cmocka_unit_test(reading_survives_every_lack_of_memory),
        cmocka_unit_test(copying_survives_every_lack_of_memory),
        cmocka_unit_test(constructors_answer_null_without_memory),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
