/* SPDX-License-Identifier: Apache-2.0 */
/* test_reproduce.c - a finding as a C test. */
#include "tale_scene.h"

#include "base/text.h"
#include "report/reproduce.h"

#define TOKEN                                                                                      \
    "cl1:shop@9c41,chaos,runners=3,slots=4,run-1/charge/1/effect.payments.charge@1=reply-lost,"    \
    "runner-2/poll@17=freeze:90s"

static void assert_written(const struct reproduce *reproduce, const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    reproduce_write(reproduce, &builder);
    assert_false(builder.failed);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

/* The whole file: what a user pastes into a project. */
static void a_finding_becomes_a_test_with_its_story(void **state)
{
    (void)state;
    struct search_finding finding = scene_charged_twice_finding();
    struct reproduce reproduce = {
        .workflow = "shop",
        .context = "{\"order\": 7}",
        .runners = 3,
        .slots = 4,
        .finding = &finding,
        .token = TOKEN,
        .story = "  0.000 s  one\n  1.000 s  two\n",
    };
    assert_written(&reproduce, REPRODUCE_MARK
                   "\n"
                   " *\n"
                   " * always \"one order is charged once\": one order was charged twice\n"
                   " *\n"
                   " *   0.000 s  one\n"
                   " *   1.000 s  two\n"
                   " *\n"
                   " * It fails as long as that happens. Build it with the files of the workflow\n"
                   " * and of its properties:\n"
                   " *     cc THIS.c THOSE.c $(pkg-config --cflags --libs --static "
                   "cloacina-testing) */\n"
                   "#include <cloacina/testing.h>\n"
                   "\n"
                   "CLOACINA_WORKFLOW_DECLARE(shop);\n"
                   "\n"
                   "static void one_order_is_charged_once(void **state)\n"
                   "{\n"
                   "    (void)state;\n"
                   "    cloacina_explore(&(struct cloacina_explore_options){\n"
                   "        .workflow = &shop,\n"
                   "        .context = \"{\\\"order\\\": 7}\",\n"
                   "        .runners = 3,\n"
                   "        .slots = 4,\n"
                   "        .token = \"cl1:shop@9c41,chaos,runners=3,slots=4,\"\n"
                   "            \"run-1/charge/1/effect.payments.charge@1=reply-lost,\"\n"
                   "            \"runner-2/poll@17=freeze:90s\",\n"
                   "    });\n"
                   "}\n"
                   "\n"
                   "int main(void)\n"
                   "{\n"
                   "    const struct CMUnitTest tests[] = {\n"
                   "        cmocka_unit_test(one_order_is_charged_once),\n"
                   "    };\n"
                   "    return cmocka_run_group_tests(tests, NULL, NULL);\n"
                   "}\n");
}

/* What a user has written cannot leave its comment or its string. */
static void texts_stay_where_they_are(void **state)
{
    (void)state;
    struct text_builder builder;
    struct search_finding finding = scene_finding("always", "9 */ lives", "a */ b\n/* c\x1b", 0);
    struct reproduce reproduce = {
        .workflow = "shop",
        .context = "\"?\?/\\\x01"
                   "7\xc3",
        .runners = 1,
        .finding = &finding,
        .token = "cl1:shop",
        .story = "",
    };
    text_builder_init(&builder, NULL);
    reproduce_write(&reproduce, &builder);
    const char *text = text_builder_terminated(&builder);
    assert_non_null(strstr(text, " * always \"9 * / lives\": a * / b\n * / * c?\n"));
    assert_non_null(strstr(text, ".context = \"\\\"\\?\\?/\\\\\\0017\\303\",\n"));
    assert_non_null(strstr(text, "static void property_9_lives(void **state)\n"));
    assert_null(strstr(text, ".slots"));
    text_builder_finish(&builder);
}

/* Invariants have no sentence of their own; a context need not be there. */
static void a_promise_of_the_engine_gives_the_test_its_name(void **state)
{
    (void)state;
    struct text_builder builder;
    struct search_finding finding = scene_finding("I-03", "", "twice", 0);
    struct reproduce reproduce = {
        .workflow = "shop", .runners = 1, .finding = &finding, .token = "cl1:shop", .story = ""};
    text_builder_init(&builder, NULL);
    reproduce_write(&reproduce, &builder);
    const char *text = text_builder_terminated(&builder);
    assert_non_null(strstr(text, "cmocka_unit_test(promise_I_03_is_kept)"));
    assert_null(strstr(text, ".context"));
    text_builder_finish(&builder);
}

/* Digits without a comma are cut, too. */
static void a_long_token_takes_several_lines(void **state)
{
    (void)state;
    struct text_builder builder;
    struct search_finding finding = scene_finding("I-03", "", "twice", 0);
    char token[200];
    memset(token, 'x', sizeof(token) - 1);
    token[sizeof(token) - 1] = '\0';
    struct reproduce reproduce = {
        .workflow = "shop", .runners = 1, .finding = &finding, .token = token, .story = ""};
    text_builder_init(&builder, NULL);
    reproduce_write(&reproduce, &builder);
    const char *line = text_builder_terminated(&builder);
    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        assert_true(length <= 100);
        line += length + (line[length] == '\n');
    }
    text_builder_finish(&builder);
}

/* Without a name in C nothing can be linked: the reason is said, and nothing written. */
static void what_has_no_name_in_c_has_no_test(void **state)
{
    (void)state;
    static const struct {
        const char *workflow, *origin, *reason;
    } all[] = {
        {"shop", NULL, NULL},
        {"_Shop_2", NULL, NULL},
        {NULL, "the recording 'a.json'", "the recording 'a.json' is not declared in C"},
        {NULL, NULL, "the workflow is not declared in C"},
        {"layered-10x3", NULL, "'layered-10x3' is no name in C"},
        {"3d", NULL, "'3d' is no name in C"},
        {"", NULL, "'' is no name in C"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        struct text_builder reason;
        text_builder_init(&reason, NULL);
        struct reproduce reproduce = {.workflow = all[i].workflow, .origin = all[i].origin};
        bool is_impossible = reproduce_is_impossible(&reproduce, &reason);
        assert_int_equal(is_impossible, all[i].reason != NULL);
        assert_string_equal(text_builder_terminated(&reason),
                            all[i].reason == NULL ? "" : all[i].reason);
        text_builder_finish(&reason);
    }
}

static void without_memory_a_test_says_so(void **state)
{
    (void)state;
    struct search_finding finding = scene_charged_twice_finding();
    struct reproduce reproduce = {
        .workflow = "shop", .runners = 1, .finding = &finding, .token = TOKEN, .story = "a\n"};
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct text_builder builder;
        failing_heap_init(&heap, n);
        text_builder_init(&builder, &heap.heap);
        reproduce_write(&reproduce, &builder);
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
        cmocka_unit_test(a_finding_becomes_a_test_with_its_story),
        cmocka_unit_test(texts_stay_where_they_are),
        cmocka_unit_test(a_promise_of_the_engine_gives_the_test_its_name),
        cmocka_unit_test(a_long_token_takes_several_lines),
        cmocka_unit_test(what_has_no_name_in_c_has_no_test),
        cmocka_unit_test(without_memory_a_test_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
