/* SPDX-License-Identifier: Apache-2.0 */
/* test_path.c - encoded paths: their order, their keys, and JSON Pointers. */
#include "support.h"

#include "context/path.h"

enum { SAMPLES_MAX = 64 };

static struct text_builder builders[SAMPLES_MAX];
static size_t builder_count;

static int forget_all(void **state)
{
    (void)state;
    for (; builder_count > 0; builder_count--) {
        text_builder_finish(&builders[builder_count - 1]);
    }
    return 0;
}

/* A path of keys; good until the end of the test. */
static struct path path_of(const struct text *keys, size_t count)
{
    assert_true(builder_count < SAMPLES_MAX);
    struct text_builder *builder = &builders[builder_count++];
    text_builder_init(builder, NULL);
    for (size_t i = 0; i < count; i++) {
        path_append(builder, keys[i]);
    }
    assert_false(builder->failed);
    return (struct path){text_builder_text(builder)};
}

#define PATH(...)                                                                                  \
    path_of((const struct text[]){__VA_ARGS__},                                                    \
            sizeof((const struct text[]){__VA_ARGS__}) / sizeof(struct text))
#define KEY(key) TEXT_LITERAL(key)

static struct path path_read(const char *pointer)
{
    assert_true(builder_count < SAMPLES_MAX);
    struct text_builder *builder = &builders[builder_count++];
    text_builder_init(builder, NULL);
    assert_true(path_read_pointer(builder, text_of(pointer)));
    return (struct path){text_builder_text(builder)};
}

/* The tree of a view relies on all of this. */
static void paths_ascend_by_keys_and_what_is_below_stands_together(void **state)
{
    (void)state;
    const struct path ascending[] = {
        PATH(KEY("")),
        PATH(KEY(""), KEY("")),
        PATH(KEY(""), KEY("z")),
        PATH(KEY("\0")),
        PATH(KEY("\0"), KEY("a")),
        PATH(KEY("\0\0")),
        PATH(KEY("\0\x01")),
        PATH(KEY("\0\xff")),
        PATH(KEY("\x01")),
        PATH(KEY("a")),
        PATH(KEY("a"), KEY("")),
        PATH(KEY("a"), KEY("\0")),
        PATH(KEY("a"), KEY("b")),
        PATH(KEY("a"), KEY("b"), KEY("c")),
        PATH(KEY("a"), KEY("bb")),
        PATH(KEY("a"), KEY("c")),
        PATH(KEY("a\0")),
        PATH(KEY("a\0"), KEY("b")),
        PATH(KEY("a\0\x01")),
        PATH(KEY("a\x01")),
        PATH(KEY("ab")),
        PATH(KEY("b")),
        PATH(KEY("\xc3\xa9")),
    };
    size_t count = ARRAY_COUNT(ascending);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            int order = path_compare(ascending[i], ascending[k]);
            assert_int_equal(order < 0, i < k);
            assert_int_equal(order == 0, i == k);
            assert_int_equal(path_equal(ascending[i], ascending[k]), i == k);
        }
    }
    struct path above = PATH(KEY("a"));
    for (size_t i = 0; i < count; i++) {
        bool is_inside = i >= 9 && i <= 15;
        assert_int_equal(path_is_at_or_below(ascending[i], above), is_inside);
        assert_int_equal(path_place(ascending[i], above), is_inside ? PATH_INSIDE
                                                          : i < 9   ? PATH_BEFORE
                                                                    : PATH_AFTER);
    }
}

/* From the outermost key inwards. */
static void prefixes_are_the_paths_above(void **state)
{
    (void)state;
    struct path path = PATH(KEY("a\0"), KEY(""), KEY("c"));
    struct path first = path_prefix(path, 0);
    struct path second = path_prefix(path, first.encoded.length);
    struct path third = path_prefix(path, second.encoded.length);
    assert_true(path_equal(first, PATH(KEY("a\0"))));
    assert_true(path_equal(second, PATH(KEY("a\0"), KEY(""))));
    assert_true(path_equal(third, path));
    assert_int_equal(path_depth(path), 3);
    assert_int_equal(path_depth(first), 1);
}

/* Only a key with a zero byte needs memory. */
static void keys_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct arena arena;
    failing_heap_init(&heap, FAIL_NEVER);
    arena_init(&arena, &heap.heap);
    struct path path = PATH(KEY("plain"), KEY("a\0\0b"));
    size_t second = path_prefix(path, 0).encoded.length;
    assert_true(text_equal(path_key(path, 0, &arena), KEY("plain")));
    assert_int_equal(heap.allocations, 0);
    assert_true(text_equal(path_key(path, second, &arena), KEY("a\0\0b")));
    assert_int_equal(heap.allocations, 1);
    arena_finish(&arena);
    failing_heap_init(&heap, 0);
    assert_null(path_key(path, second, &arena).bytes);
    arena_finish(&arena);
}

/* RFC 6901, section 5. */
static void paths_are_json_pointers(void **state)
{
    (void)state;
    static const char *const pointers[] = {"/foo", "/", "/a~1b", "/m~0n", "/a/b/c", "/a//b", "//"};
    for (size_t i = 0; i < ARRAY_COUNT(pointers); i++) {
        struct text_builder written;
        text_builder_init(&written, NULL);
        path_write_pointer(&written, path_read(pointers[i]));
        assert_string_equal(text_builder_terminated(&written), pointers[i]);
        text_builder_finish(&written);
    }
    assert_true(path_equal(path_read("/a~1b"), PATH(KEY("a/b"))));
    assert_true(path_equal(path_read("/~01"), PATH(KEY("~1"))));
    assert_true(path_equal(path_read("/"), PATH(KEY(""))));
    assert_true(path_equal(path_read("/a//b"), PATH(KEY("a"), KEY(""), KEY("b"))));
}

/* A zero byte is doubled inside, not outside. */
static void pointers_may_hold_zero_bytes(void **state)
{
    (void)state;
    struct text pointer = TEXT_LITERAL("/a\0b/\0");
    struct text_builder path;
    struct text_builder written;
    text_builder_init(&path, NULL);
    text_builder_init(&written, NULL);
    assert_true(path_read_pointer(&path, pointer));
    struct path read = {text_builder_text(&path)};
    assert_true(path_equal(read, PATH(KEY("a\0b"), KEY("\0"))));
    path_write_pointer(&written, read);
    assert_true(text_equal(text_builder_text(&written), pointer));
    text_builder_finish(&written);
    text_builder_finish(&path);
}

/* A context has no path to itself, and "~" must be followed by 0 or 1. */
static void what_is_no_pointer_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "a", "a/b", "/~", "/~2", "/a~", "/a/~x"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct text_builder path;
        text_builder_init(&path, NULL);
        assert_false(path_read_pointer(&path, text_of(wrong[i])));
        text_builder_finish(&path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(paths_ascend_by_keys_and_what_is_below_stands_together,
                                  forget_all),
        cmocka_unit_test_teardown(prefixes_are_the_paths_above, forget_all),
        cmocka_unit_test_teardown(keys_come_out_as_they_went_in, forget_all),
        cmocka_unit_test_teardown(paths_are_json_pointers, forget_all),
        cmocka_unit_test_teardown(pointers_may_hold_zero_bytes, forget_all),
        cmocka_unit_test(what_is_no_pointer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
