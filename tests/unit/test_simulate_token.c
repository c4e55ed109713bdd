/* SPDX-License-Identifier: Apache-2.0 */
/* test_simulate_token.c - worlds as settings of a token: what is written is read back. */
#include "support.h"

#include "simulate/simulate_token.h"

static const struct simulate_options usual = {.runners = 1, .slots = 4};

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task, (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(lonely, .body = nothing);
CLOACINA_WORKFLOW(tiny, .tasks = CLOACINA_TASKS(&lonely));

static struct simulate_source source_of_tiny(void)
{
    struct simulate_source source = {.is_declared = true};
    struct cloacina_error err;
    assert_int_equal(
        cloacina_workflow_build_definition(&tiny, cloacina_heap_system(), &source.workflow, &err),
        CLOACINA_OK);
    return source;
}

/* Written, printed, parsed and read. */
static void go_round(struct arena *arena, const struct simulate_source *source,
                     const struct simulate_token *said, const char *context, const char *expected,
                     struct simulate_token *ret_read)
{
    struct token token, parsed;
    struct cloacina_error err = {.message = ""};
    struct text_builder text;
    text_builder_init(&text, NULL);
    assert_true(simulate_token_make(arena, source, said, context, "chaos", &token));
    token_print(&token, &text);
    const char *settings = strstr(text_builder_terminated(&text), ",chaos");
    assert_non_null(settings);
    assert_string_equal(settings, expected);
    assert_int_equal(token_parse(text_builder_text(&text), arena, &parsed, &err), CLOACINA_OK);
    assert_true(!simulate_token_is_of_other_version(&parsed, source));
    assert_int_equal(simulate_token_read(&parsed, &usual, ret_read, &err), CLOACINA_OK);
    text_builder_finish(&text);
}

/* A token is read by people: it says what is unusual. */
static void a_usual_world_needs_no_settings(void **state)
{
    (void)state;
    struct arena arena;
    struct simulate_source source = source_of_tiny();
    struct simulate_token read;
    arena_init(&arena, NULL);
    go_round(&arena, &source, &(struct simulate_token){.options = usual}, "{}", ",chaos", &read);
    assert_int_equal(read.options.runners, 1);
    assert_int_equal(read.options.slots, 4);
    assert_false(read.has_seed || read.is_twice);
    arena_finish(&arena);
    cloacina_workflow_unref(source.workflow);
}

/* Nothing that makes a run what it is may be lost, at the edges either. */
static void everything_unusual_comes_back(void **state)
{
    (void)state;
    struct arena arena;
    struct simulate_source source = source_of_tiny();
    struct simulate_token read;
    const struct simulate_token said = {
        .options = {.library = "a b.so",
                    .upgrade_from = "old.so",
                    .runners = 64,
                    .slots = 0,
                    .store = CLOACINA_WORLD_SQLITE,
                    .checkers = CHECKERS_OFF},
        .seed = UINT64_MAX,
        .has_seed = true,
        .is_twice = true,
    };
    arena_init(&arena, NULL);
    go_round(&arena, &source, &said, "{\"a\":1}",
             ",chaos,library=a+20b.so,upgrade-from=old.so,runners=64,slots=0,store=sqlite,"
             "context=+7B+22a+22+3A1+7D,checkers=off,twice=yes,seed=18446744073709551615",
             &read);
    assert_string_equal(read.options.library, "a b.so");
    assert_string_equal(read.options.upgrade_from, "old.so");
    assert_string_equal(read.options.context, "{\"a\":1}");
    assert_int_equal(read.options.runners, 64);
    assert_int_equal(read.options.slots, 0);
    assert_int_equal(read.options.store, CLOACINA_WORLD_SQLITE);
    assert_int_equal(read.options.checkers, CHECKERS_OFF);
    assert_true(read.has_seed && read.is_twice);
    assert_true(read.seed == UINT64_MAX);
    arena_finish(&arena);
    cloacina_workflow_unref(source.workflow);
}

/* A file is found by its path, a formula by itself. */
static void the_source_is_in_the_token(void **state)
{
    (void)state;
    struct arena arena;
    struct simulate_source source = source_of_tiny();
    struct simulate_token read;
    struct simulate_token said = {.options = usual};
    arena_init(&arena, NULL);
    source.is_recording = true;
    said.options.workflow = "./a.json";
    go_round(&arena, &source, &said, "{}", ",chaos,file=.+2Fa.json", &read);
    assert_string_equal(read.options.workflow, "./a.json");
    source.is_recording = false;
    said.options.workflow = NULL;
    said.options.generate = "chain:3";
    go_round(&arena, &source, &said, "{}", ",chaos,generate=chain+3A3", &read);
    assert_string_equal(read.options.generate, "chain:3");
    assert_null(read.options.workflow);
    arena_finish(&arena);
    cloacina_workflow_unref(source.workflow);
}

/* A setting that is passed over would make another run of it, and nobody would know. */
static void what_nobody_knows_is_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *token, *message;
    } wrong[] = {
        {"cl1:w,colour=red", "the token has a setting 'colour', which nobody here knows"},
        {"cl1:w,runners=0", "the token's setting 'runners': '0' is not from 1 to 64"},
        {"cl1:w,slots=x", "the token's setting 'slots': 'x' is no number"},
        {"cl1:w,seed=18446744073709551616",
         "the token's setting 'seed': '18446744073709551616' is not from 0 to "
         "18446744073709551615"},
        {"cl1:w,checkers=on", "the token's setting 'checkers': 'on' is not off"},
        {"cl1:w,twice=no", "the token's setting 'twice': 'no' is not yes"},
        {"cl1:w,store=disk", "the token's setting 'store': 'disk' is neither memory nor sqlite"},
        {"cl1:w,library=", "the token's setting 'library': it is empty, or holds a zero byte"},
        {"cl1:w,file=a+00b", "the token's setting 'file': it is empty, or holds a zero byte"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct arena arena;
        struct token token;
        struct simulate_token read;
        struct cloacina_error err = {.message = ""};
        arena_init(&arena, NULL);
        assert_int_equal(token_parse(text_of(wrong[i].token), &arena, &token, &err), CLOACINA_OK);
        assert_int_not_equal(simulate_token_read(&token, &usual, &read, &err), CLOACINA_OK);
        assert_string_equal(err.message, wrong[i].message);
        arena_finish(&arena);
    }
}

/* Tokens are kept for the day on which the workflow is another one. */
static void another_version_is_noticed(void **state)
{
    (void)state;
    struct simulate_source source = source_of_tiny();
    struct token token = {.hash = text_of("0000")};
    assert_true(simulate_token_is_of_other_version(&token, &source));
    token.hash = (struct text){cloacina_workflow_hash(source.workflow), TOKEN_HASH_DIGITS};
    assert_false(simulate_token_is_of_other_version(&token, &source));
    token.hash = text_of(NULL);
    assert_false(simulate_token_is_of_other_version(&token, &source));
    cloacina_workflow_unref(source.workflow);
}

/* Files of a corpus have comments. */
static void the_first_line_that_is_no_comment_is_the_token(void **state)
{
    (void)state;
    static const struct {
        const char *content, *line;
    } cases[] = {
        {"cl1:a", "cl1:a"}, {"# what\n\n  \r\n\t cl1:a\ncl1:b\n", "\t cl1:a"},
        {"# nothing", ""},  {"\n\n", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct text line = simulate_token_line(text_of(cases[i].content));
        assert_true(text_equal(line, text_of(cases[i].line)));
    }
}

/* Without memory there is no token, and no half of one. */
static void without_memory_there_is_no_token(void **state)
{
    (void)state;
    struct simulate_source source = source_of_tiny();
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct arena arena;
        struct token token = {.setting_count = 77};
        failing_heap_init(&heap, n);
        arena_init(&arena, &heap.heap);
        struct simulate_token said = {.options = {.runners = 2, .slots = 4}};
        bool is_made = simulate_token_make(&arena, &source, &said, "{}", NULL, &token);
        assert_true(is_made || heap.has_failed);
        arena_finish(&arena);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    cloacina_workflow_unref(source.workflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_usual_world_needs_no_settings),
        cmocka_unit_test(everything_unusual_comes_back),
        cmocka_unit_test(the_source_is_in_the_token),
        cmocka_unit_test(what_nobody_knows_is_refused_by_name),
        cmocka_unit_test(another_version_is_noticed),
        cmocka_unit_test(the_first_line_that_is_no_comment_is_the_token),
        cmocka_unit_test(without_memory_there_is_no_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
