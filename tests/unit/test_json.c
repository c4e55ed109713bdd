/* SPDX-License-Identifier: Apache-2.0 */
/* test_json.c - the JSON tokenizer: what it reads, what it refuses and where, and the writer. */
#include "support.h"

#include <stdio.h>

#include "context/json.h"

/* ---- help ---- */

enum { STORY_SIZE = 8192 };

static void tell(char *story, const char *what, struct text text)
{
    size_t length = strlen(story);
    (void)snprintf(story + length, STORY_SIZE - length, "%s%s%.*s", length > 0 ? " " : "", what,
                   TEXT_PRINT(text));
}

/* All tokens of a text in short, "{ k:a n:1 [ true ] } .", and the error that ends them, if any. */
static const char *story_of(struct text input)
{
    static const char *const shorts[] = {
        [JSON_END] = ".",         [JSON_OBJECT_BEGIN] = "{", [JSON_OBJECT_END] = "}",
        [JSON_ARRAY_BEGIN] = "[", [JSON_ARRAY_END] = "]",    [JSON_KEY] = "k:",
        [JSON_STRING] = "s:",     [JSON_NUMBER] = "n:",      [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",   [JSON_NULL] = "null",
    };
    static char story[STORY_SIZE];
    struct arena arena;
    struct json_reader reader;
    struct json_token token = {.type = JSON_NULL};
    struct cloacina_error err = {0};
    arena_init(&arena, NULL);
    json_reader_init(&reader, input, &arena);
    story[0] = '\0';
    do {
        if (json_next(&reader, &token, &err) != CLOACINA_OK) {
            tell(story, err.message, (struct text){0});
            break;
        }
        tell(story, shorts[token.type], token.text);
    } while (token.type != JSON_END);
    arena_finish(&arena);
    return story;
}

static void assert_story(const char *input, const char *wanted)
{
    assert_string_equal(story_of(text_of(input)), wanted);
}

/* What reading a whole text answers: through tokens, or by skipping it. */
static enum cloacina_code code_of(struct text input, bool skips)
{
    struct arena arena;
    struct json_reader reader;
    struct json_token token = {.type = JSON_NULL};
    arena_init(&arena, NULL);
    json_reader_init(&reader, input, &arena);
    enum cloacina_code code = skips ? json_skip(&reader, NULL) : CLOACINA_OK;
    while (code == CLOACINA_OK) {
        code = json_next(&reader, &token, NULL);
        if (token.type == JSON_END) {
            break;
        }
    }
    arena_finish(&arena);
    return code;
}

/* ---- what is JSON ---- */

/* Every kind of token, with and without white space. */
static void all_tokens_are_read(void **state)
{
    (void)state;
    assert_story("{\"a\":1,\"b\":[true,false,null,\"x\",-2.5e+3],\"c\":{}}",
                 "{ k:a n:1 k:b [ true false null s:x n:-2.5e+3 ] k:c { } } .");
    assert_story(" \t\r\n[ 1 , 2 , [ ] , { \"k\" : { } } ] \n", "[ n:1 n:2 [ ] { k:k { } } ] .");
    assert_story("0", "n:0 .");
    assert_story("\"\"", "s: .");
    assert_story("null", "null .");
}

/* The grammar of numbers is narrower than that of C. */
static void numbers_are_given_as_they_are_written(void **state)
{
    (void)state;
    assert_story(
        "[0,-0,10,0.5,1e5,1E-5,1.25e+10,123456789012345678901234567890]",
        "[ n:0 n:-0 n:10 n:0.5 n:1e5 n:1E-5 n:1.25e+10 n:123456789012345678901234567890 ] .");
    static const char *const wrong[] = {"-",   "+1",  ".5",   "1.",  "1.e5", "1e",
                                        "1e+", "01",  "-01",  "--1", "0x10", "1e5.5",
                                        "NaN", "inf", "-inf", "1_0", "1,",   "Infinity"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_int_equal(code_of(text_of(wrong[i]), false), CLOACINA_INVALID);
        assert_int_equal(code_of(text_of(wrong[i]), true), CLOACINA_INVALID);
    }
}

/* All escapes, the shortest and the longest code points, and pairs of surrogates. */
static void escapes_are_decoded(void **state)
{
    (void)state;
    assert_story("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "s:\"\\/\b\f\n\r\t .");
    assert_story("\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"",
                 "s:A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 .");
    assert_story(
        "\"\\u007f\\u0080\\u07ff\\u0800\\uffff\\ud800\\udc00\\udbff\\udfff\"",
        "s:\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf .");
    assert_story("{\"a\\u0062\":0}", "{ k:ab n:0 } .");
    assert_story("\"a\\u0020b\\n\"", "s:a b\n .");
}

/* U+0000 is a character like others: texts carry their length. */
static void an_escaped_nul_is_part_of_the_text(void **state)
{
    (void)state;
    struct arena arena;
    struct json_reader reader;
    struct json_token token;
    arena_init(&arena, NULL);
    json_reader_init(&reader, TEXT_LITERAL("\"a\\u0000b\""), &arena);
    assert_int_equal(json_expect(&reader, JSON_STRING, &token, NULL), CLOACINA_OK);
    assert_true(text_equal(token.text, TEXT_LITERAL("a\0b")));
    assert_true(token.decoded);
    arena_finish(&arena);
}

/* Half a pair is no character; letting it through would make texts that are not UTF-8. */
static void lone_surrogates_are_refused(void **state)
{
    (void)state;
    assert_story("\"\\ud83d\"", "line 1, column 2: lone surrogate '\\ud83d'");
    assert_story("\"\\ude00\"", "line 1, column 2: lone surrogate '\\ude00'");
    assert_story("\"ab\\ud83dx\"", "line 1, column 4: lone surrogate '\\ud83d'");
    assert_story("\"\\ud83d\\n\"", "line 1, column 2: lone surrogate '\\ud83d'");
    assert_story("\"\\ud83d\\u0041\"", "line 1, column 2: lone surrogate '\\ud83d'");
    assert_story("\"\\ud83d\\ud83d\"", "line 1, column 2: lone surrogate '\\ud83d'");
    assert_story("\"\\ud83d\\u\"", "line 1, column 2: lone surrogate '\\ud83d'");
}

/* Overlong forms and the like are how filters are tricked. */
static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "\"\xff\"",
        "\"\x80\"",
        "\"\xc3\"",
        "\"\xc0\xaf\"",
        "\"\xc1\x81\"",
        "\"\xe0\x80\xaf\"",
        "\"\xe0\x9f\xbf\"",
        "\"\xed\xa0\x80\"",
        "\"\xed\xbf\xbf\"",
        "\"\xf0\x80\x80\x80\"",
        "\"\xf0\x8f\xbf\xbf\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xf5\x80\x80\x80\"",
        "\"\xe2\x82\"",
        "\"\xf0\x9f\x98\"",
        "\"\xc3\\n\"",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_story(wrong[i], "line 1, column 1: string is not UTF-8");
        assert_int_equal(code_of(text_of(wrong[i]), true), CLOACINA_INVALID);
    }
    assert_story("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
                 "s:\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 .");
    assert_story("{\"\xff\":1}", "{ line 1, column 2: string is not UTF-8");
    assert_story("\xef\xbb\xbf{}", "line 1, column 1: wanted a value, found byte 0xef");
}

/* ---- what is not ---- */

/* One sentence each, with the place and both sides of the misunderstanding. */
static void errors_name_place_wanted_and_found(void **state)
{
    (void)state;
    assert_story("", "line 1, column 1: wanted a value, found the end");
    assert_story(" \n\n  ", "line 3, column 3: wanted a value, found the end");
    assert_story("{\"a\" 1}", "{ line 1, column 6: wanted ':', found '1'");
    assert_story("{a:1}", "{ line 1, column 2: wanted a key, found 'a'");
    assert_story("{\"a\":1,}", "{ k:a n:1 line 1, column 8: wanted a key, found '}'");
    assert_story("[1,]", "[ n:1 line 1, column 4: wanted a value, found ']'");
    assert_story("[1 2]", "[ n:1 line 1, column 4: wanted ',' or ']', found '2'");
    assert_story("[1}", "[ n:1 line 1, column 3: wanted ',' or ']', found '}'");
    assert_story("{\"a\":1]", "{ k:a n:1 line 1, column 7: wanted ',' or '}', found ']'");
    assert_story("1 2", "n:1 line 1, column 3: wanted the end, found '2'");
    assert_story("{}x", "{ } line 1, column 3: wanted the end, found 'x'");
    assert_story("tru", "line 1, column 4: wanted true, found the end");
    assert_story("falsy", "line 1, column 5: wanted false, found 'y'");
    assert_story("nil", "line 1, column 2: wanted null, found 'i'");
    assert_story("-x", "line 1, column 2: wanted a digit, found 'x'");
    assert_story("1.x", "line 1, column 3: wanted a digit, found 'x'");
    assert_story("1e+", "line 1, column 4: wanted a digit, found the end");
    assert_story("\"abc", "line 1, column 5: wanted the end of a string, found the end");
    assert_story("\"a\nb\"", "line 1, column 3: byte 0x0a must be escaped in a string");
    assert_story("\"\\x\"", "line 1, column 3: wanted an escape, found 'x'");
    assert_story("\"\\", "line 1, column 3: wanted an escape, found the end");
    assert_story("\"\\u12g4\"", "line 1, column 2: '\\u' without four hex digits");
    assert_story("[\n  1,\n  \x01]", "[ n:1 line 3, column 3: wanted a value, found byte 0x01");
    assert_story("'a'", "line 1, column 1: wanted a value, found '''");
    assert_story("// no", "line 1, column 1: wanted a value, found '/'");
}

/* People count characters. */
static void columns_count_characters(void **state)
{
    (void)state;
    assert_story("[\"\xc3\xa9\xf0\x9f\x98\x80\", x]",
                 "[ s:\xc3\xa9\xf0\x9f\x98\x80 line 1, column 8: wanted a value, found 'x'");
}

/* Somebody who reads a file wants to jump there. */
static void a_named_reader_gives_a_place_to_jump_to(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    json_reader_init(&reader, TEXT_LITERAL("\n [}"), NULL);
    reader.name = "run.json";
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "run.json:2:3: wanted a value, found '}'");
}

/* A zero byte is an end for C strings only. */
static void zero_bytes_are_refused_outside_and_inside(void **state)
{
    (void)state;
    assert_string_equal(story_of(TEXT_LITERAL("\0")),
                        "line 1, column 1: wanted a value, found byte 0x00");
    assert_string_equal(story_of(TEXT_LITERAL("1\0")),
                        "n:1 line 1, column 2: wanted the end, found byte 0x00");
    assert_string_equal(story_of(TEXT_LITERAL("\"a\0b\"")),
                        "line 1, column 3: byte 0x00 must be escaped in a string");
    assert_string_equal(story_of(TEXT_LITERAL("\"\\\0\"")),
                        "line 1, column 3: wanted an escape, found byte 0x00");
}

/* A caller who goes on after an error must not get tokens out of thin air. */
static void after_an_error_there_are_only_errors(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    json_reader_init(&reader, TEXT_LITERAL("[x, 1]"), NULL);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_INVALID);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 2: reading ended here with an error");
    assert_int_equal(json_skip(&reader, NULL), CLOACINA_INVALID);
}

static const char everything[] =
    " {\"a\" : [1, -2.5e-3, 0, {\"\\u00e9\\ud83d\\ude00\\n\" : null}], \"\xc3\xa9\" : \"x\\\"y\","
    " \"t\":true, \"f\":false, \"o\":{}, \"l\":[[],[[]]]}";

/* A connection may break anywhere. */
static void a_text_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t length = sizeof(everything) - 1;
    assert_int_equal(code_of((struct text){everything, length}, false), CLOACINA_OK);
    for (size_t cut = 0; cut < length; cut++) {
        char *exact = malloc(cut + 1); /* so that a sanitizer sees a byte too many being read */
        assert_non_null(exact);
        char *text = cut == 0 ? exact + 1 : memcpy(exact + 1, everything, cut);
        assert_int_equal(code_of((struct text){text, cut}, false), CLOACINA_INVALID);
        assert_int_equal(code_of((struct text){text, cut}, true), CLOACINA_INVALID);
        free(exact);
    }
}

/* Whatever one byte becomes: no crash, and skipping judges as reading does. */
static void skipping_and_reading_accept_the_same(void **state)
{
    (void)state;
    char changed[sizeof(everything)];
    struct text text = {changed, sizeof(everything) - 1};
    memcpy(changed, everything, sizeof(everything));
    for (size_t i = 0; i < text.length; i++) {
        for (int byte = 0; byte < 256; byte++) {
            changed[i] = (char)byte;
            assert_int_equal(code_of(text, false), code_of(text, true));
        }
        changed[i] = everything[i];
    }
}

/* ---- limits ---- */

static struct text nested(char *bytes, size_t depth, const char *open, const char *inner,
                          char close)
{
    size_t length = 0;
    for (size_t i = 0; i < depth; i++) {
        memcpy(bytes + length, open, strlen(open));
        length += strlen(open);
    }
    memcpy(bytes + length, inner, strlen(inner));
    length += strlen(inner);
    memset(bytes + length, close, depth);
    return (struct text){bytes, length + depth};
}

/* Whoever recurses over what was read relies on this limit. */
static void nesting_ends_at_128_levels(void **state)
{
    (void)state;
    char bytes[2048];
    assert_int_equal(JSON_DEPTH_MAX, 128);
    assert_int_equal(code_of(nested(bytes, 128, "[", "", ']'), false), CLOACINA_OK);
    assert_int_equal(code_of(nested(bytes, 128, "[", "", ']'), true), CLOACINA_OK);
    assert_int_equal(code_of(nested(bytes, 129, "[", "", ']'), false), CLOACINA_LIMIT);
    assert_int_equal(code_of(nested(bytes, 129, "[", "", ']'), true), CLOACINA_LIMIT);
    assert_int_equal(code_of(nested(bytes, 128, "{\"k\":", "1", '}'), false), CLOACINA_OK);
    assert_int_equal(code_of(nested(bytes, 129, "{\"k\":", "1", '}'), false), CLOACINA_LIMIT);
    assert_non_null(strstr(story_of(nested(bytes, 129, "[", "", ']')),
                           "line 1, column 129: nested deeper than 128 levels"));
}

/* Objects and arrays are told apart on every level, beyond the first word of bits too. */
static void levels_keep_their_kind(void **state)
{
    (void)state;
    char bytes[2048];
    size_t length = 0;
    for (int i = 0; i < 64; i++) {
        memcpy(bytes + length, "{\"k\":[", 6);
        length += 6;
    }
    size_t inner = length;
    for (int i = 0; i < 64; i++) {
        memcpy(bytes + length, "]}", 2);
        length += 2;
    }
    assert_int_equal(code_of((struct text){bytes, length}, false), CLOACINA_OK);
    for (size_t i = inner; i < length; i++) {
        bytes[i] = bytes[i] == ']' ? '}' : ']';
        assert_int_equal(code_of((struct text){bytes, length}, false), CLOACINA_INVALID);
        bytes[i] = bytes[i] == ']' ? '}' : ']';
    }
}

/* The length is looked at before the bytes are, so this costs no gigabyte. */
static void a_text_above_the_limit_is_refused_unread(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    json_reader_init(&reader, (struct text){"1", JSON_BYTES_MAX + 1}, NULL);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_LIMIT);
    assert_string_equal(err.message, "JSON of 1073741825 bytes, at most 1073741824");
}

/* ---- the calls around it ---- */

/* A slice costs nothing; only what differs from the input is put into memory. */
static void memory_is_taken_only_for_escapes_that_are_read(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct arena arena;
    struct json_reader reader;
    struct json_token token;
    failing_heap_init(&heap, FAIL_NEVER);
    arena_init(&arena, &heap.heap);
    json_reader_init(&reader, TEXT_LITERAL("[\"plain\",{\"\\n\":\"\\t\"},\"\\n\"]"), &arena);
    assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_OK);
    assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_OK);
    assert_false(token.decoded);
    assert_int_equal(json_skip(&reader, NULL), CLOACINA_OK);
    assert_int_equal(heap.allocations, 0);
    assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_OK);
    assert_true(token.decoded);
    assert_int_equal(heap.allocations, 1);
    arena_finish(&arena);
    failing_heap_init(&heap, 0);
    json_reader_init(&reader, TEXT_LITERAL("\"\\n\""), &arena);
    assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_NO_MEMORY);
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
}

/* A reader of a format takes what it knows and skips the rest. */
static void values_are_skipped_whole(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    json_reader_init(&reader, TEXT_LITERAL("{\"a\":[[1],{\"x\":{}}],\"b\":2}"), NULL);
    assert_int_equal(json_expect(&reader, JSON_OBJECT_BEGIN, &token, &err), CLOACINA_OK);
    assert_int_equal(json_expect(&reader, JSON_KEY, &token, &err), CLOACINA_OK);
    assert_int_equal(json_skip(&reader, &err), CLOACINA_OK);
    assert_int_equal(json_expect(&reader, JSON_KEY, &token, &err), CLOACINA_OK);
    assert_true(text_equal(token.text, TEXT_LITERAL("b")));
    assert_int_equal(json_skip(&reader, &err), CLOACINA_OK);
    assert_int_equal(json_expect(&reader, JSON_OBJECT_END, &token, &err), CLOACINA_OK);
    assert_int_equal(json_expect(&reader, JSON_END, &token, &err), CLOACINA_OK);
    assert_int_equal(json_skip(&reader, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 27: wanted a value, found the end");
}

/* Why: what is kept exactly as it was written must not be read and written again. */
static void a_value_is_cut_out_as_it_stands(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    struct arena arena;
    struct text value;
    arena_init(&arena, NULL);
    json_reader_init(&reader, TEXT_LITERAL("[ {\"a\" : [1.50]} ,\t\"\\u0041\" ]"), &arena);
    assert_int_equal(json_expect(&reader, JSON_ARRAY_BEGIN, &token, &err), CLOACINA_OK);
    assert_int_equal(json_slice(&reader, &value, &err), CLOACINA_OK);
    assert_true(text_equal(value, TEXT_LITERAL("{\"a\" : [1.50]}")));
    assert_int_equal(json_slice(&reader, &value, &err), CLOACINA_OK);
    assert_true(text_equal(value, TEXT_LITERAL("\"\\u0041\"")));
    assert_int_equal(json_slice(&reader, &value, &err), CLOACINA_INVALID);
    arena_finish(&arena);
}

/* In an array one looks first whether there is another item. */
static void the_rest_of_a_value_is_skipped(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    json_reader_init(&reader, TEXT_LITERAL("[1,[2,[3]],{\"a\":4}]"), NULL);
    assert_int_equal(json_expect(&reader, JSON_ARRAY_BEGIN, &token, NULL), CLOACINA_OK);
    for (int item = 0; item < 3; item++) {
        assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_OK);
        assert_int_equal(json_skip_rest(&reader, &token, NULL), CLOACINA_OK);
    }
    assert_int_equal(json_expect(&reader, JSON_ARRAY_END, &token, NULL), CLOACINA_OK);
    json_reader_init(&reader, TEXT_LITERAL("[1,[2"), NULL);
    assert_int_equal(json_next(&reader, &token, NULL), CLOACINA_OK);
    assert_int_equal(json_skip_rest(&reader, &token, NULL), CLOACINA_INVALID);
}

/* Ends and keys are no values. */
static void only_values_are_skipped(void **state)
{
    (void)state;
    struct json_reader reader;
    struct json_token token;
    struct cloacina_error err;
    json_reader_init(&reader, TEXT_LITERAL("{\"a\":1}"), NULL);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_skip(&reader, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 2: wanted a value, found a key");
    json_reader_init(&reader, TEXT_LITERAL("[]"), NULL);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_skip(&reader, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 2: wanted a value, found the end of an array");
    json_reader_init(&reader, TEXT_LITERAL("{}"), NULL);
    assert_int_equal(json_next(&reader, &token, &err), CLOACINA_OK);
    assert_int_equal(json_skip(&reader, &err), CLOACINA_INVALID);
    assert_string_equal(err.message,
                        "line 1, column 2: wanted a value, found the end of an object");
}

/* Every type has a name with its article. */
static void an_expectation_that_is_not_met_names_both_types(void **state)
{
    (void)state;
    static const char *const inputs[] = {"{}", "[]", "\"s\"", "1", "true", "false", "null"};
    static const char *const found[] = {"an object", "an array", "a string", "a number",
                                        "true",      "false",    "null"};
    for (size_t i = 0; i < ARRAY_COUNT(inputs); i++) {
        struct json_reader reader;
        struct json_token token;
        struct cloacina_error err;
        char message[128];
        json_reader_init(&reader, text_of(inputs[i]), NULL);
        assert_int_equal(json_expect(&reader, JSON_KEY, &token, &err), CLOACINA_INVALID);
        (void)snprintf(message, sizeof(message), "line 1, column 1: wanted a key, found %s",
                       found[i]);
        assert_string_equal(err.message, message);
    }
    assert_string_equal(json_type_name(JSON_OBJECT_END), "the end of an object");
    assert_string_equal(json_type_name(JSON_END), "the end");
}

static enum cloacina_code integer_of(const char *text, int64_t *ret_integer,
                                     struct cloacina_error *err)
{
    struct json_reader reader;
    json_reader_init(&reader, text_of(text), NULL);
    return json_expect_integer(&reader, -5, 1000, ret_integer, err);
}

/* Counts and limits in files are integers within bounds. */
static void integers_are_read_within_bounds(void **state)
{
    (void)state;
    int64_t integer = 77;
    struct cloacina_error err;
    assert_int_equal(integer_of("1000", &integer, &err), CLOACINA_OK);
    assert_int_equal(integer, 1000);
    assert_int_equal(integer_of("-5", &integer, &err), CLOACINA_OK);
    assert_int_equal(integer, -5);
    assert_int_equal(integer_of("1001", &integer, &err), CLOACINA_OUT_OF_RANGE);
    assert_string_equal(err.message,
                        "line 1, column 1: wanted an integer from -5 to 1000, found 1001");
    assert_int_equal(integer_of("-6", &integer, &err), CLOACINA_OUT_OF_RANGE);
    assert_int_equal(integer_of("18446744073709551615", &integer, &err), CLOACINA_OUT_OF_RANGE);
    assert_int_equal(integer_of("18446744073709551616", &integer, &err), CLOACINA_OUT_OF_RANGE);
    assert_int_equal(integer_of("1.0", &integer, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "line 1, column 1: wanted an integer, found 1.0");
    assert_int_equal(integer_of("\"1\"", &integer, &err), CLOACINA_INVALID);
    assert_int_equal(integer_of("", &integer, &err), CLOACINA_INVALID);
    assert_int_equal(integer, -5);
}

/* ---- writing ---- */

/* One text has one form: nothing is escaped that need not be. */
static void texts_are_written_with_the_escapes_they_need(void **state)
{
    (void)state;
    struct text text = TEXT_LITERAL("a\"b\\c/\b\f\n\r\t\x01\x1f\x7f\xc3\xa9\0z");
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    json_write_text(&builder, text);
    assert_string_equal(text_builder_terminated(&builder),
                        "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xa9\\u0000z\"");
    assert_int_equal(json_text_size(text), builder.length);
    text_builder_reset(&builder);
    json_write_text(&builder, (struct text){NULL, 0});
    assert_string_equal(text_builder_terminated(&builder), "\"\"");
    text_builder_finish(&builder);
}

/* Every character below U+0100 comes back. */
static void what_is_written_reads_back(void **state)
{
    (void)state;
    for (uint32_t point = 0; point < 256; point++) {
        char utf8[2] = {(char)(point < 0x80 ? point : 0xc0 | point >> 6),
                        (char)(0x80 | (point & 0x3f))};
        struct text text = {utf8, point < 0x80 ? 1 : 2};
        struct text_builder builder;
        struct arena arena;
        struct json_reader reader;
        struct json_token token;
        text_builder_init(&builder, NULL);
        arena_init(&arena, NULL);
        json_write_text(&builder, text);
        json_reader_init(&reader, text_builder_text(&builder), &arena);
        assert_int_equal(json_expect(&reader, JSON_STRING, &token, NULL), CLOACINA_OK);
        assert_true(text_equal(token.text, text));
        arena_finish(&arena);
        text_builder_finish(&builder);
    }
}

/* Reports write numbers that never were values. */
static void numbers_are_written_by_type(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    json_write_int64(&builder, INT64_MIN);
    text_builder_append_char(&builder, ' ');
    json_write_uint64(&builder, UINT64_MAX);
    text_builder_append_char(&builder, ' ');
    json_write_double(&builder, 0.1);
    assert_string_equal(text_builder_terminated(&builder),
                        "-9223372036854775808 18446744073709551615 0.1");
    text_builder_finish(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_tokens_are_read),
        cmocka_unit_test(numbers_are_given_as_they_are_written),
        cmocka_unit_test(escapes_are_decoded),
        cmocka_unit_test(an_escaped_nul_is_part_of_the_text),
        cmocka_unit_test(lone_surrogates_are_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(errors_name_place_wanted_and_found),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(a_named_reader_gives_a_place_to_jump_to),
        cmocka_unit_test(zero_bytes_are_refused_outside_and_inside),
        cmocka_unit_test(after_an_error_there_are_only_errors),
        cmocka_unit_test(a_text_cut_anywhere_is_refused),
        cmocka_unit_test(skipping_and_reading_accept_the_same),
        cmocka_unit_test(nesting_ends_at_128_levels),
        cmocka_unit_test(levels_keep_their_kind),
        cmocka_unit_test(a_text_above_the_limit_is_refused_unread),
        cmocka_unit_test(memory_is_taken_only_for_escapes_that_are_read),
        cmocka_unit_test(values_are_skipped_whole),
        cmocka_unit_test(a_value_is_cut_out_as_it_stands),
        cmocka_unit_test(the_rest_of_a_value_is_skipped),
        cmocka_unit_test(only_values_are_skipped),
        cmocka_unit_test(an_expectation_that_is_not_met_names_both_types),
        cmocka_unit_test(integers_are_read_within_bounds),
        cmocka_unit_test(texts_are_written_with_the_escapes_they_need),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(numbers_are_written_by_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
