/* SPDX-License-Identifier: Apache-2.0 */
/* test_text.c - slices, the builder, and "did you mean". */
#include "support.h"

#include <stdio.h>

#include "base/text.h"

#define T(literal) TEXT_LITERAL(literal)

/* Order of names decides definition order: it must be by bytes, everywhere. */
static void texts_compare_by_unsigned_bytes_and_shorter_first(void **state)
{
    (void)state;
    assert_int_equal(text_compare(T("a"), T("a")), 0);
    assert_true(text_compare(T("a"), T("b")) < 0);
    assert_true(text_compare(T("b"), T("a")) > 0);
    assert_true(text_compare(T("a"), T("aa")) < 0);
    assert_true(text_compare(T("aa"), T("a")) > 0);
    assert_true(text_compare(T("Z"), T("\xc3\xa4")) < 0);
    assert_true(text_compare(T("a\0a"), T("a\0b")) < 0);
    assert_int_equal(text_compare(text_of(NULL), T("")), 0);
}

/* Empty texts have no bytes to look at: NULL must not be read. */
static void the_empty_text_equals_itself_and_starts_everything(void **state)
{
    (void)state;
    assert_true(text_equal(text_of(NULL), text_of("")));
    assert_true(text_equal(T("run"), text_of("run")));
    assert_false(text_equal(T("run"), T("ran")));
    assert_false(text_equal(T("run"), T("runs")));
    assert_true(text_starts_with(T("run"), text_of(NULL)));
    assert_true(text_starts_with(T("runner"), T("run")));
    assert_false(text_starts_with(T("run"), T("runner")));
    assert_false(text_starts_with(T("runner"), T("ran")));
}

/* A context is UTF-8 or refused; each line is one way to be wrong. */
static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
    (void)state;
    assert_true(text_is_utf8(text_of(NULL)));
    assert_true(text_is_utf8(T("plain\x7f")));
    assert_true(text_is_utf8(T("\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80")));
    assert_true(text_is_utf8(T("\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf")));
    assert_false(text_is_utf8(T("\x80")));             /* a continuation alone */
    assert_false(text_is_utf8(T("\xc3")));             /* cut short */
    assert_false(text_is_utf8(T("\xe2\x82")));         /* cut short */
    assert_false(text_is_utf8(T("\xc3(")));            /* no continuation */
    assert_false(text_is_utf8(T("\xc1\xbf")));         /* overlong */
    assert_false(text_is_utf8(T("\xe0\x9f\xbf")));     /* overlong */
    assert_false(text_is_utf8(T("\xf0\x8f\xbf\xbf"))); /* overlong */
    assert_false(text_is_utf8(T("\xed\xa0\x80")));     /* a surrogate */
    assert_false(text_is_utf8(T("\xf4\x90\x80\x80"))); /* beyond U+10FFFF */
    assert_false(text_is_utf8(T("\xf5\x80\x80\x80"))); /* no such first byte */
}

/* "Transient by text" looks for words whatever their case, without asking the locale. */
static void words_are_found_whatever_their_case(void **state)
{
    (void)state;
    assert_true(text_contains_ignoring_case(T("Connection TIMED OUT now"), T("timed out")));
    assert_true(text_contains_ignoring_case(T("x"), T("")));
    assert_true(text_contains_ignoring_case(text_of(NULL), text_of(NULL)));
    assert_true(text_contains_ignoring_case(T("aab"), T("AB")));
    assert_false(text_contains_ignoring_case(T("timed"), T("timed out")));
    assert_false(text_contains_ignoring_case(T("time out"), T("timeout")));
    assert_false(text_contains_ignoring_case(T("[z]"), T("{Z}")));
}

/* Suggesting a name that is not meant is worse than suggesting none. */
static void similar_names_differ_in_a_third_of_their_letters_at_most(void **state)
{
    (void)state;
    assert_true(text_is_similar(T("extract"), T("extrakt")));
    assert_true(text_is_similar(T("extract"), T("extarct")));
    assert_true(text_is_similar(T("Load"), T("load")));
    assert_true(text_is_similar(T("loads"), T("load")));
    assert_true(text_is_similar(T("abc"), T("abd")));
    assert_false(text_is_similar(T("ab"), T("ac")));
    assert_false(text_is_similar(T("abcdef"), T("abcxyz")));
    assert_false(text_is_similar(T(""), T("a")));
    assert_true(text_is_similar(T(""), T("")));
}

/* Whoever suggests takes the nearest of several similar names. */
static void the_distance_counts_letters_to_change_whatever_their_case(void **state)
{
    (void)state;
    assert_int_equal(text_distance(T("load"), T("LOAD")), 0);
    assert_int_equal(text_distance(T("load"), T("loads")), 1);
    assert_int_equal(text_distance(T("kitten"), T("sitting")), 3);
    assert_int_equal(text_distance(T(""), T("abc")), 3);
    assert_int_equal(text_distance(T("abc"), T("")), 3);
}

/* The distance table has 64 columns: longer names are never similar, and never read. */
static void names_beyond_64_bytes_are_never_similar(void **state)
{
    (void)state;
    char name[66];
    memset(name, 'n', sizeof(name));
    struct text at_the_edge = {.bytes = name, .length = 64};
    struct text beyond = {.bytes = name, .length = 65};
    assert_true(text_is_similar(at_the_edge, at_the_edge));
    assert_false(text_is_similar(beyond, at_the_edge));
    assert_false(text_is_similar(at_the_edge, beyond));
    assert_true(text_distance(at_the_edge, beyond) == SIZE_MAX);
}

/* Slices are printed with their length and may be empty. */
static void slices_print_with_their_length(void **state)
{
    (void)state;
    char printed[32];
    struct text slice = {.bytes = "extract", .length = 3};
    struct text empty = {0};
    (void)snprintf(printed, sizeof(printed), "'%.*s' '%.*s'", TEXT_PRINT(slice), TEXT_PRINT(empty));
    assert_string_equal(printed, "'ext' ''");
}

/* What outlives its source is copied. */
static void a_copy_ends_in_a_nul(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, 1);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    struct text copy = text_copy(&arena, (struct text){.bytes = "extract", .length = 3});
    assert_string_equal(copy.bytes, "ext");
    assert_int_equal(copy.length, 3);
    char large[2000] = {0};
    assert_null(text_copy(&arena, (struct text){.bytes = large, .length = sizeof(large)}).bytes);
    arena_finish(&arena);
}

/* The builder is how every longer text is made. */
static void a_builder_gathers_what_is_appended(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    assert_string_equal(text_builder_terminated(&builder), "");
    assert_int_equal(text_builder_text(&builder).length, 0);
    text_builder_append(&builder, T("run "));
    text_builder_print(&builder, "%d of '%s'", 7, "nightly");
    text_builder_append_char(&builder, ':');
    text_builder_append_terminated(&builder, " failed");
    text_builder_append(&builder, text_of(NULL));
    assert_string_equal(text_builder_terminated(&builder), "run 7 of 'nightly': failed");
    assert_true(text_equal(text_builder_text(&builder), T("run 7 of 'nightly': failed")));
    assert_false(builder.failed);
    text_builder_reset(&builder);
    assert_string_equal(text_builder_terminated(&builder), "");
    text_builder_append_char(&builder, 'x');
    assert_string_equal(text_builder_terminated(&builder), "x");
    text_builder_finish(&builder);
}

static void anything_build(struct text_builder *builder)
{
    for (int i = 0; i < 50; i++) {
        text_builder_print(builder, "%d, ", i);
        text_builder_append(builder, T("and "));
    }
}

/* Callers check once at the end, so a failure in the middle must stick. */
static void a_builder_without_memory_says_so_at_the_end(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct text_builder builder;
        text_builder_init(&builder, &heap.heap);
        anything_build(&builder);
        assert_int_equal(builder.failed, heap.has_failed);
        assert_int_equal(strlen(text_builder_terminated(&builder)), builder.length);
        text_builder_finish(&builder);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* Lengths come from outside: a sum that wraps must not look like a small text. */
static void a_length_that_overflows_fails_the_builder(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    text_builder_append(&builder, (struct text){.bytes = "x", .length = SIZE_MAX});
    assert_true(builder.failed);
    text_builder_reset(&builder);
    assert_false(builder.failed);
    text_builder_finish(&builder);
}

/* A wide character that the C locale does not have makes printf give up. */
static void what_cannot_be_printed_fails_the_builder(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    text_builder_print(&builder, "%ls", L"\u20ac");
    assert_true(builder.failed);
    text_builder_finish(&builder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare_by_unsigned_bytes_and_shorter_first),
        cmocka_unit_test(the_empty_text_equals_itself_and_starts_everything),
        cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
        cmocka_unit_test(words_are_found_whatever_their_case),
        cmocka_unit_test(similar_names_differ_in_a_third_of_their_letters_at_most),
        cmocka_unit_test(the_distance_counts_letters_to_change_whatever_their_case),
        cmocka_unit_test(names_beyond_64_bytes_are_never_similar),
        cmocka_unit_test(slices_print_with_their_length),
        cmocka_unit_test(a_copy_ends_in_a_nul),
        cmocka_unit_test(a_builder_gathers_what_is_appended),
        cmocka_unit_test(a_builder_without_memory_says_so_at_the_end),
        cmocka_unit_test(what_cannot_be_printed_fails_the_builder),
        cmocka_unit_test(a_length_that_overflows_fails_the_builder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
