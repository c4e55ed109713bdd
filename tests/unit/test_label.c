/* SPDX-License-Identifier: Apache-2.0 */
/* test_label.c - what a question is about, as text and as a key. */
#include "oracle_scene.h"
#include "tight_arena.h"

static struct arena arena;

static int arena_begin(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    return 0;
}

static int arena_end(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static void assert_label_equal(const struct label *a, const struct label *b)
{
    assert_int_equal(a->site, b->site);
    assert_int_equal(a->runner, b->runner);
    assert_int_equal(a->run, b->run);
    assert_int_equal(a->attempt, b->attempt);
    assert_int_equal(a->number, b->number);
    assert_true(text_equal(a->task, b->task));
    assert_true(text_equal(a->name, b->name));
}

static void assert_printed(const struct label *label, const char *text)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    label_print(label, &builder);
    assert_string_equal(text_builder_terminated(&builder), text);
    if (label->number != 0) {
        struct label read = label_of(&arena, text);
        assert_label_equal(&read, label);
    }
    text_builder_finish(&builder);
}

#define TASK(literal) .task = TEXT_LITERAL(literal)

/* The examples of the manual. */
static void labels_read_like_places(void **state)
{
    (void)state;
    assert_printed(
        &(struct label){.site = SITE_COMMIT, .run = 1, TASK("load"), .attempt = 2, .number = 1},
        "run-1/load/2/commit@1");
    assert_printed(&(struct label){.site = SITE_EFFECT,
                                   .run = 1,
                                   TASK("charge"),
                                   .attempt = 1,
                                   .name = TEXT_LITERAL("payments.charge"),
                                   .number = 1},
                   "run-1/charge/1/effect.payments.charge@1");
    assert_printed(&(struct label){.site = SITE_OPERATOR, .run = 1, .number = 3},
                   "run-1/operator@3");
    assert_printed(&(struct label){.site = SITE_REFRESH, .runner = 2, .run = 1, .number = 1},
                   "runner-2/run-1/refresh@1");
    assert_printed(&(struct label){.site = SITE_POLL, .runner = 2, .number = 5}, "runner-2/poll@5");
    assert_printed(&(struct label){.site = SITE_CLOCK, .number = UINT32_MAX},
                   "world/clock@4294967295");
    assert_printed(&(struct label){.site = SITE_CLOCK}, "world/clock");
}

/* Nobody stops people from calling a task run-1. */
static void tasks_may_have_the_names_of_actors(void **state)
{
    (void)state;
    assert_printed(
        &(struct label){.site = SITE_BODY, .run = 3, TASK("run-1"), .attempt = 1, .number = 1},
        "run-3/run-1/1/body@1");
    assert_printed(
        &(struct label){.site = SITE_BODY, .runner = 2, TASK("run-1"), .attempt = 7, .number = 1},
        "runner-2/run-1/7/body@1");
    assert_printed(&(struct label){.site = SITE_BODY, TASK("runner-1"), .attempt = 1, .number = 1},
                   "world/runner-1/1/body@1");
    assert_printed(&(struct label){.site = SITE_BODY, TASK("world"), .attempt = 1, .number = 1},
                   "world/world/1/body@1");
    assert_printed(&(struct label){.site = SITE_BODY, .run = 1, TASK("a"), .number = 1},
                   "run-1/a/0/body@1");
}

/* Only bytes that need no quotes in any shell. */
static void other_bytes_are_escaped(void **state)
{
    (void)state;
    static const char strange[] = "a b/c+\xc3\xa4\0@,=:";
    struct label label = {.site = SITE_BODY,
                          .run = 1,
                          .task = {strange, sizeof(strange) - 1},
                          .attempt = 1,
                          .number = 1};
    assert_printed(&label, "run-1/a+20b+2Fc+2B+C3+A4+00+40+2C+3D+3A/1/body@1");
}

/* Effects are named by users, at any length. */
static void a_name_may_be_long(void **state)
{
    (void)state;
    enum { LENGTH = 65536 };
    char *bytes = malloc(LENGTH);
    struct text_builder builder;
    assert_non_null(bytes);
    for (size_t i = 0; i < LENGTH; i++) {
        bytes[i] = (char)i;
    }
    struct label label = {.site = SITE_EFFECT, .run = 1, .name = {bytes, LENGTH}, .number = 2};
    text_builder_init(&builder, NULL);
    label_print(&label, &builder);
    struct label read = label_of(&arena, text_builder_terminated(&builder));
    assert_label_equal(&read, &label);
    text_builder_finish(&builder);
    free(bytes);
}

/* The law: same key, same text without the number. */
static void each_part_but_the_number_makes_the_key(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "run-1/load/2/commit@1",      "run-1/load/2/body@1",
        "run-2/load/2/commit@1",      "run-1/load/3/commit@1",
        "run-1/lord/2/commit@1",      "run-1/commit@1",
        "runner-1/run-1/commit@1",    "runner-1/commit@1",
        "runner-2/commit@1",          "world/commit@1",
        "run-1/load/2/commit.load@1", "run-1/commit.load@1",
        "runner-1/load/2/commit@1",   "run-1/effect@1",
        "run-1/effect.a@1",           "run-1/effect.b@1",
        "run-1/a/1/effect.b@1",       "run-1/b/1/effect.a@1",
        "runner-1/run-2/commit@1",    "runner-2/run-1/commit@1",
        "world/load/2/commit@1",
    };
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        struct label one = label_of(&arena, texts[i]);
        for (size_t j = 0; j < ARRAY_COUNT(texts); j++) {
            struct label other = label_of(&arena, texts[j]);
            other.number = 17;
            assert_int_equal(label_key(&one) == label_key(&other), i == j);
        }
    }
    struct label with = {.site = SITE_POLL, .runner = 1, .attempt = 4};
    struct label without = {.site = SITE_POLL, .runner = 1};
    assert_int_equal(label_key(&with), label_key(&without)); /* as it is not printed */
}

static void assert_refused(const char *text, const char *why)
{
    struct label label = {.run = 77};
    struct cloacina_error err = {.message = ""};
    assert_int_equal(label_parse(text_of(text), &arena, &label, &err), CLOACINA_INVALID);
    assert_int_equal(label.run, 77);
    if (strstr(err.message, why) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, why);
    }
}

/* Each message says what is wrong with which label. */
static void what_is_no_label_is_refused(void **state)
{
    (void)state;
    assert_refused("", "'' does not begin with run-1/, runner-1/ or world/");
    assert_refused("commit@1", "does not begin");
    assert_refused("run-0/commit@1", "does not begin");
    assert_refused("run-01/commit@1", "does not begin");
    assert_refused("run-x/commit@1", "does not begin");
    assert_refused("run-/commit@1", "does not begin");
    assert_refused("run-4294967296/commit@1", "does not begin");
    assert_refused("run-12345678901/commit@1", "does not begin");
    assert_refused("run-1", "does not begin");
    assert_refused("world", "does not begin");
    assert_refused("runner-1/x/commit@1", "has neither a run nor an attempt");
    assert_refused("run-1/load/commit@1", "has no attempt behind the task");
    assert_refused("run-1/load/x/commit@1", "has no attempt behind the task");
    assert_refused("run-1//1/commit@1", "has a task that is no escaped name");
    assert_refused("run-1/a+4/1/commit@1", "has a task that is no escaped name");
    assert_refused("run-1/a b/1/commit@1", "has a task that is no escaped name");
    assert_refused("run-1/a/1/b/commit@1", "names no site");
    assert_refused("run-1/commit", "does not end with @ and a number");
    assert_refused("run-1/commit@", "does not end with @ and a number");
    assert_refused("run-1/commit@0", "does not end with @ and a number");
    assert_refused("run-1/commit@01", "does not end with @ and a number");
    assert_refused("run-1/commit@1x", "does not end with @ and a number");
    assert_refused("run-1/commit@1@2", "does not end with @ and a number");
    assert_refused("run-1/comit@1", "'run-1/comit@1' names no site");
    assert_refused("run-1/none@1", "names no site");
    assert_refused("run-1/@1", "names no site");
    assert_refused("run-1/effect.@1", "has a name that is not escaped");
    assert_refused("run-1/effect.a+zz@1", "has a name that is not escaped");
}

/* A message has 512 bytes: its reason must be among them. */
static void a_long_label_does_not_hide_what_is_wrong(void **state)
{
    (void)state;
    char text[4096];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_refused(text, "...' does not begin with");
}

/* One text for one name: what needs no escape has none, and digits are upper case. */
static void names_are_unescaped_strictly(void **state)
{
    (void)state;
    static const char *const wrong[] = {"+",   "+4", "+4/", "+2f", "+61",
                                        "+G0", "a+", "a+2", " ",   "/"};
    struct text name;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_false(name_is_escaped(text_of(wrong[i])));
        assert_false(name_unescape(text_of(wrong[i]), &arena, &name));
    }
    assert_true(name_unescape(TEXT_LITERAL("+2F+00a"), &arena, &name));
    assert_int_equal(name.length, 3);
    assert_memory_equal(name.bytes, "/\0a", 3);
    assert_true(name_unescape(TEXT_LITERAL(""), &arena, &name));
    assert_int_equal(name.length, 0);
    assert_true(name_is_plain(TEXT_LITERAL("a-Z_0.9")));
    assert_false(name_is_plain(TEXT_LITERAL("a+b")));
}

/* No memory is not a wrong label. */
static void without_memory_the_answer_says_so(void **state)
{
    (void)state;
    size_t failed = 0, done = 0;
    for (size_t fail_at = 0; fail_at < 4; fail_at++) {
        for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
            struct tight_arena tight;
            struct label label;
            struct cloacina_error err = {.message = ""};
            tight_arena_init(&tight, room, fail_at);
            enum cloacina_code code =
                label_parse(TEXT_LITERAL("run-1/load/1/effect.x@1"), &tight.arena, &label, &err);
            assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
            failed += code == CLOACINA_NO_MEMORY;
            done += code == CLOACINA_OK;
            tight_arena_finish(&tight);
        }
    }
    assert_true(failed > 0 && done > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_read_like_places),
        cmocka_unit_test(tasks_may_have_the_names_of_actors),
        cmocka_unit_test(other_bytes_are_escaped),
        cmocka_unit_test(a_name_may_be_long),
        cmocka_unit_test(each_part_but_the_number_makes_the_key),
        cmocka_unit_test(what_is_no_label_is_refused),
        cmocka_unit_test(a_long_label_does_not_hide_what_is_wrong),
        cmocka_unit_test(names_are_unescaped_strictly),
        cmocka_unit_test(without_memory_the_answer_says_so),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
