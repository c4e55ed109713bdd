/* SPDX-License-Identifier: Apache-2.0 */
/* test_delta.c - what a task changed: computing, storing, applying. */
#include "support.h"

#include <stdio.h>

#include "context/apply.h"
#include "context/delta.h"
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

static const struct delta *stored(const char *json)
{
    const struct delta *delta = NULL;
    struct cloacina_error err;
    if (delta_read(&arena, text_of(json), &delta, &err) != CLOACINA_OK) {
        fail_msg("%s: %s", json, err.message);
    }
    return delta;
}

static const struct delta *computed(const char *input, const char *output)
{
    const struct delta *delta = NULL;
    assert_int_equal(delta_compute(&arena, read(input), read(output), &delta, NULL), CLOACINA_OK);
    return delta;
}

static void assert_delta(const struct delta *delta, const char *wanted)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    delta_write(&builder, delta);
    assert_string_equal(text_builder_terminated(&builder), wanted);
    text_builder_finish(&builder);
}

static void assert_value(const struct value *value, const char *wanted)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    assert_non_null(value);
    value_write(&builder, value);
    assert_string_equal(text_builder_terminated(&builder), wanted);
    text_builder_finish(&builder);
}

/* ---- computing ---- */

/* Input, output, delta. Each is read back and applied as well. */
static void a_delta_holds_what_changed_and_nothing_else(void **state)
{
    (void)state;
    static const char *const samples[][3] = {
        {"{}", "{}", "{}"},
        {"{\"a\":1}", "{\"a\":1}", "{}"},
        {"{}", "{\"a\":1}", "{\"/a\":1}"},
        {"{\"a\":1}", "{}", "{\"-/a\":null}"},
        {"{\"a\":1}", "{\"a\":2}", "{\"/a\":2}"},
        {"{\"a\":1}", "{\"a\":null}", "{\"/a\":null}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "{\"b\":3,\"c\":3,\"d\":4}",
         "{\"-/a\":null,\"/b\":3,\"/d\":4}"},
        /* It descends into objects on both sides. */
        {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"b\":1,\"c\":3}}", "{\"/a/c\":3}"},
        {"{\"a\":{\"b\":{\"c\":1}}}", "{\"a\":{\"b\":{}}}", "{\"-/a/b/c\":null}"},
        {"{\"a\":{}}", "{\"a\":{\"b\":{\"c\":1}}}", "{\"/a/b\":{\"c\":1}}"},
        /* Arrays and scalars are replaced whole, and so is what becomes or was an object. */
        {"{\"a\":[1,2]}", "{\"a\":[1,2,3]}", "{\"/a\":[1,2,3]}"},
        {"{\"a\":[{\"b\":1}]}", "{\"a\":[{\"b\":2}]}", "{\"/a\":[{\"b\":2}]}"},
        {"{\"a\":1}", "{\"a\":{}}", "{\"/a\":{}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":1}", "{\"/a\":1}"},
        /* Any key can be named. */
        {"{\"\":{\"\":1}}", "{\"\":{\"\":2}}", "{\"//\":2}"},
        {"{\"a/b~c\":1}", "{}", "{\"-/a~1b~0c\":null}"},
        {"{}", "{\"-\":1,\"-/\":2}", "{\"/-\":1,\"/-~1\":2}"},
        {"{\"a\":1,\"a\\u0000\":{\"\\u0000\":1}}", "{\"a\":1,\"a\\u0000\":{\"\\u0000\":2}}",
         "{\"/a\\u0000/\\u0000\":2}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct delta *delta = computed(samples[i][0], samples[i][1]);
        assert_delta(delta, samples[i][2]);
        assert_int_equal(delta_is_empty(delta), strcmp(samples[i][2], "{}") == 0);
        assert_delta(stored(samples[i][2]), samples[i][2]);
        assert_value(delta_apply(&arena, read(samples[i][0]), stored(samples[i][2])),
                     samples[i][1]);
    }
}

/* A body that writes what was there has changed nothing, nor has one that writes 1 as 1.0. */
static void what_is_equal_as_json_is_no_change(void **state)
{
    (void)state;
    assert_true(delta_is_empty(
        computed("{\"a\":1,\"b\":[1.0,{\"c\":2}]}", "{\"a\":1.0,\"b\":[1,{\"c\":2.0}]}")));
    assert_true(delta_is_empty(NULL));
    assert_delta(NULL, "{}");
}

/* Sharing is how large contexts stay cheap: what is the same is not even looked at. */
static void shared_parts_are_skipped(void **state)
{
    (void)state;
    const struct value *large = read("{\"x\":[1,2,3]}");
    struct value_member before[] = {{TEXT_LITERAL("a"), large}, {TEXT_LITERAL("b"), value_null()}};
    struct value_member after[] = {{TEXT_LITERAL("a"), large},
                                   {TEXT_LITERAL("b"), value_bool(true)}};
    const struct delta *delta = NULL;
    assert_int_equal(delta_compute(&arena, value_object(&arena, before, 2),
                                   value_object(&arena, after, 2), &delta, NULL),
                     CLOACINA_OK);
    assert_delta(delta, "{\"/b\":true}");
}

/* Many changes below a long key: the paths take more room than both contexts. At the edge each of
 * 1024 changes costs 64 KiB: the keys, four bytes between them and the value. */
static void a_delta_above_its_limit_is_refused(void **state)
{
    (void)state;
    enum { MEMBERS = 1024, NAME_SIZE = 4, KEY_SIZE = 65536 - NAME_SIZE - 4 - 1 };
    static char key[KEY_SIZE];
    static char names[MEMBERS + 1][NAME_SIZE + 1];
    static struct value_member members[MEMBERS + 1];
    memset(key, 'k', sizeof(key));
    for (int i = 0; i <= MEMBERS; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "%04d", i % 10000);
        members[i] = (struct value_member){text_of(names[i]), value_int64(&arena, i % 10)};
    }
    const struct value *objects[3];
    size_t counts[3] = {0, MEMBERS, MEMBERS + 1};
    for (int i = 0; i < 3; i++) {
        struct value_member outer = {{key, KEY_SIZE}, value_object(&arena, members, counts[i])};
        objects[i] = value_object(&arena, &outer, 1);
    }
    const struct delta *delta = NULL;
    struct cloacina_error err;
    assert_int_equal(delta_compute(&arena, objects[0], objects[2], &delta, &err), CLOACINA_LIMIT);
    assert_string_equal(err.message, "delta of more than 67108864 bytes");
    assert_null(delta);
    assert_int_equal(delta_compute(&arena, objects[0], objects[1], &delta, &err), CLOACINA_OK);
    assert_int_equal(delta->count, MEMBERS);
}

/* ---- copying and storing ---- */

/* A copy outlives the original. */
static void a_copy_shares_nothing(void **state)
{
    (void)state;
    static const char json[] = "{\"/a/b\":[1,{\"c\":\"x\"}],\"/n\":null,\"-/old\":null}";
    struct arena other;
    const struct delta *delta = NULL;
    arena_init(&other, NULL);
    assert_int_equal(delta_read(&other, text_of(json), &delta, NULL), CLOACINA_OK);
    delta = delta_copy(&arena, delta);
    arena_finish(&other);
    assert_delta(delta, json);
}

/* The entries ascend by path whatever the order of the stored keys is: removals stand first
 * there. */
static void entries_ascend_by_path(void **state)
{
    (void)state;
    const struct delta *delta = stored("{\"-/b\":null,\"/a\":1,\"/c\":2,\"-/a0\":null}");
    assert_int_equal(delta->count, 4);
    for (size_t i = 1; i < delta->count; i++) {
        assert_true(path_compare(delta->entries[i - 1].path, delta->entries[i].path) < 0);
    }
}

/* A store may hold anything; what no task can have written is refused by name. */
static void what_is_no_delta_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *json;
        const char *message;
    } samples[] = {
        {"[]", "wanted an object, found an array"},
        {"{", "line 1, column 2: wanted a key, found the end"},
        {"{} x", "line 1, column 4: wanted the end, found 'x'"},
        {"{\"a\":1}", "key 'a' is no path"},
        {"{\"\":1}", "key '' is no path"},
        {"{\"-\":null}", "key '-' is no path"},
        {"{\"--/a\":null}", "key '--/a' is no path"},
        {"{\"/a~2\":1}", "key '/a~2' is no path"},
        {"{\"-/a\":1}", "key '-/a' is an int64, wanted null"},
        {"{\"-/a\":null,\"/a\":1}", "path '/a' stands twice, or with one below it"},
        {"{\"/a\":1,\"/a/b\":1}", "path '/a' stands twice, or with one below it"},
        {"{\"/a/b/c\":1,\"-/a/b\":null,\"/a/c\":1}",
         "path '/a/b' stands twice, or with one below it"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        const struct delta *delta = NULL;
        struct cloacina_error err;
        assert_int_equal(delta_read(&arena, text_of(samples[i].json), &delta, &err),
                         CLOACINA_INVALID);
        assert_string_equal(err.message, samples[i].message);
        assert_null(delta);
    }
}

/* Keys and value together; applying it must not make a value that nobody could read. */
static void a_path_leads_128_levels_deep_at_most(void **state)
{
    (void)state;
    char json[600];
    for (size_t keys = 125; keys < 130; keys++) {
        for (size_t levels = 0; levels < 4; levels++) {
            size_t length = 0;
            json[length++] = '{';
            json[length++] = '"';
            for (size_t i = 0; i < keys; i++) {
                json[length++] = '/';
                json[length++] = 'k';
            }
            json[length++] = '"';
            json[length++] = ':';
            memset(json + length, '[', levels);
            json[length + levels] = '1';
            memset(json + length + levels + 1, ']', levels);
            length += 2 * levels + 1;
            json[length++] = '}';
            const struct delta *delta = NULL;
            enum cloacina_code code = delta_read(&arena, (struct text){json, length}, &delta, NULL);
            assert_int_equal(code, keys + levels <= JSON_DEPTH_MAX ? CLOACINA_OK : CLOACINA_LIMIT);
            if (code == CLOACINA_OK) {
                assert_int_equal(value_depth(delta_apply(&arena, read("{}"), delta)),
                                 keys + levels);
            }
        }
    }
}

/* ---- applying ---- */

/* Object, delta, result. */
static void a_delta_applies_to_other_objects_too(void **state)
{
    (void)state;
    static const char *const samples[][3] = {
        {"{}", "{\"/a/b/c\":1}", "{\"a\":{\"b\":{\"c\":1}}}"},
        {"{\"a\":[1]}", "{\"/a/b\":1}", "{\"a\":{\"b\":1}}"},
        {"{}", "{\"-/a\":null}", "{}"},
        {"{}", "{\"-/a/b\":null}", "{}"},
        {"{\"a\":1}", "{\"-/a/b\":null}", "{\"a\":1}"},
        {"{\"a\":1}", "{\"-/a/b\":null,\"/a/c\":2}", "{\"a\":{\"c\":2}}"},
        {"{\"a\":{\"b\":1,\"d\":2}}", "{\"-/a/b\":null,\"/a/c\":2,\"/b\":3}",
         "{\"a\":{\"c\":2,\"d\":2},\"b\":3}"},
        {"{\"m\":0}", "{\"/a\":1,\"/z\":2}", "{\"a\":1,\"m\":0,\"z\":2}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        assert_value(delta_apply(&arena, read(samples[i][0]), stored(samples[i][1])),
                     samples[i][2]);
    }
}

/* Equal pointers save work later on. */
static void applying_shares_what_does_not_change(void **state)
{
    (void)state;
    const struct value *object = read("{\"a\":{\"b\":1},\"c\":{\"d\":2}}");
    assert_ptr_equal(delta_apply(&arena, object, NULL), object);
    assert_ptr_equal(delta_apply(&arena, object, stored("{}")), object);
    assert_ptr_equal(delta_apply(&arena, object, stored("{\"-/a/x\":null,\"-/c/d/e\":null}")),
                     object);
    const struct value *changed = delta_apply(&arena, object, stored("{\"/a/b\":2}"));
    assert_ptr_equal(value_object_get(changed, TEXT_LITERAL("c")),
                     value_object_get(object, TEXT_LITERAL("c")));
}

struct authored {
    const char *pointer;
    const char *value; /* NULL: removed */
    uint32_t author;
};

/* Changes of several authors; the samples stand in the order of their paths. */
static const struct value *applied(const char *object, const struct authored *changes, size_t count)
{
    struct delta_entry entries[8];
    uint32_t authors[8];
    for (size_t i = 0; i < count; i++) {
        struct text_builder path;
        text_builder_init(&path, NULL);
        assert_true(path_read_pointer(&path, text_of(changes[i].pointer)));
        entries[i].path.encoded = text_copy(&arena, text_builder_text(&path));
        entries[i].value = changes[i].value == NULL ? NULL : read(changes[i].value);
        authors[i] = changes[i].author;
        text_builder_finish(&path);
    }
    return changes_apply(&arena, read(object), entries, authors, count);
}

/* Of a path and a path below it the later author wins at the upper one. */
static void changes_of_many_authors_act_in_the_order_of_the_authors(void **state)
{
    (void)state;
    static const struct {
        const char *object;
        struct authored changes[4];
        size_t count;
        const char *result;
    } samples[] = {
        {"{}", {{"/a", "{\"x\":1}", 1}, {"/a/b", "2", 2}}, 2, "{\"a\":{\"b\":2,\"x\":1}}"},
        {"{}", {{"/a", "{\"x\":1}", 2}, {"/a/b", "2", 1}}, 2, "{\"a\":{\"x\":1}}"},
        {"{\"a\":{\"b\":1}}", {{"/a", NULL, 2}, {"/a/b", "2", 1}}, 2, "{}"},
        {"{\"a\":{\"b\":1}}", {{"/a", NULL, 1}, {"/a/b", "2", 2}}, 2, "{\"a\":{\"b\":2}}"},
        {"{}", {{"/a", "{\"x\":1,\"b\":0}", 1}, {"/a/b", NULL, 2}}, 2, "{\"a\":{\"x\":1}}"},
        {"{}", {{"/a", "5", 1}, {"/a/b", NULL, 2}}, 2, "{\"a\":5}"},
        {"{}", {{"/a", "5", 1}, {"/a/b", "1", 2}}, 2, "{\"a\":{\"b\":1}}"},
        /* A set makes an object on its way even when it is itself undone later. */
        {"{\"a\":5}", {{"/a/b", NULL, 2}, {"/a/b/c", "1", 1}}, 2, "{\"a\":{}}"},
        {"{\"a\":5}", {{"/a/b", NULL, 1}, {"/a/b/c", "1", 2}}, 2, "{\"a\":{\"b\":{\"c\":1}}}"},
        {"{}", {{"/a", "5", 3}, {"/a/b", NULL, 2}, {"/a/b/c", "1", 1}}, 3, "{\"a\":5}"},
        {"{}", {{"/a", "5", 1}, {"/a/b", NULL, 3}, {"/a/b/c", "1", 2}}, 3, "{\"a\":{}}"},
        {"{\"a\":1}",
         {{"/a", "{}", 2}, {"/a/b", "1", 3}, {"/a/b/c", "2", 1}},
         3,
         "{\"a\":{\"b\":1}}"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        assert_value(applied(samples[i].object, samples[i].changes, samples[i].count),
                     samples[i].result);
    }
}

/* ---- no memory ---- */

/* Reading, computing, copying and applying, with every single request failing. */
static void a_delta_survives_every_lack_of_memory(void **state)
{
    (void)state;
    static const char json[] =
        "{\"-/old\":null,\"/a\\u0000/b\":[1,2],\"/a\\u0000/c\":{\"d\":\"x\"},"
        "\"/long/way/down\":1}";
    const struct value *input = read("{\"old\":1,\"a\\u0000\":{\"b\":1},\"rest\":2}");
    const struct delta *good = stored(json);
    const struct value *output = delta_apply(&arena, input, good);
    size_t succeeded = 0;
    for (size_t fail_at = 0; fail_at < 12; fail_at++) {
        for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
            struct tight_arena tight;
            const struct delta *delta = NULL;
            for (int what = 0; what < 4; what++) {
                tight_arena_init(&tight, room, fail_at);
                bool is_done =
                    what == 0 ? delta_read(&tight.arena, text_of(json), &delta, NULL) == CLOACINA_OK
                    : what == 1
                        ? delta_compute(&tight.arena, input, output, &delta, NULL) == CLOACINA_OK
                    : what == 2 ? delta_copy(&tight.arena, good) != NULL
                                : delta_apply(&tight.arena, input, good) != NULL;
                assert_int_equal(is_done, !tight.heap.has_failed);
                succeeded += is_done;
                tight_arena_finish(&tight);
            }
        }
    }
    assert_true(succeeded > 0);
}

/* A builder remembers that it failed. */
static void writing_survives_every_lack_of_memory(void **state)
{
    (void)state;
    const struct delta *delta = stored("{\"-/old\":null,\"/a/b\":[1,2]}");
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct text_builder builder;
        failing_heap_init(&heap, n);
        text_builder_init(&builder, &heap.heap);
        delta_write(&builder, delta);
        assert_int_equal(builder.failed, heap.has_failed);
        text_builder_finish(&builder);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delta_holds_what_changed_and_nothing_else),
        cmocka_unit_test(what_is_equal_as_json_is_no_change),
        cmocka_unit_test(shared_parts_are_skipped),
        cmocka_unit_test(a_delta_above_its_limit_is_refused),
        cmocka_unit_test(a_copy_shares_nothing),
        cmocka_unit_test(entries_ascend_by_path),
        cmocka_unit_test(what_is_no_delta_is_refused),
        cmocka_unit_test(a_path_leads_128_levels_deep_at_most),
        cmocka_unit_test(a_delta_applies_to_other_objects_too),
        cmocka_unit_test(applying_shares_what_does_not_change),
        cmocka_unit_test(changes_of_many_authors_act_in_the_order_of_the_authors),
        cmocka_unit_test(a_delta_survives_every_lack_of_memory),
        cmocka_unit_test(writing_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
