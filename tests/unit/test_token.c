/* SPDX-License-Identifier: Apache-2.0 */
/* test_token.c - one run as a line of text, and back. */
#include "oracle_scene.h"
#include "tight_arena.h"

#include "base/hash.h"

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

static struct token token_of(const char *text)
{
    struct token token;
    struct cloacina_error err = {.message = ""};
    if (token_parse(text_of(text), &arena, &token, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return token;
}

static void assert_read_back(const char *text)
{
    struct token token = token_of(text);
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    token_print(&token, &builder);
    assert_string_equal(text_builder_terminated(&builder), text);
    text_builder_finish(&builder);
}

/* The example of the manual, part by part. */
static void a_token_names_its_world_and_its_decisions(void **state)
{
    (void)state;
    struct token token =
        token_of("cl1:shop@9c41,chaos,runners=3,store=memory,run-1/load/2/commit@1=reply-lost");
    assert_true(text_equal(token.workflow, TEXT_LITERAL("shop")));
    assert_true(text_equal(token.hash, TEXT_LITERAL("9c41")));
    assert_true(text_equal(token.plan, TEXT_LITERAL("chaos")));
    assert_int_equal(token.setting_count, 2);
    assert_true(text_equal(token_setting(&token, "runners"), TEXT_LITERAL("3")));
    assert_true(text_equal(token_setting(&token, "store"), TEXT_LITERAL("memory")));
    assert_null(token_setting(&token, "seed").bytes);
    assert_int_equal(token.decision_count, 1);
    assert_int_equal(token.decisions[0].choice.fault, FAULT_REPLY_LOST);
    assert_int_equal(token.decisions[0].label.attempt, 2);
    assert_int_equal(token.decisions[0].at, 0);
}

/* What is printed is what was read. */
static void tokens_are_read_back(void **state)
{
    (void)state;
    assert_read_back("cl1:shop");
    assert_read_back("cl1:shop@00ff");
    assert_read_back("cl1:tenant+3A+3Apackage+3A+3Ashop,my.plan");
    assert_read_back("cl1:shop,seed=17");
    assert_read_back("cl1:shop,empty=");
    assert_read_back("cl1:shop,a+2Fb=c+2Cd");
    assert_read_back("cl1:shop,world/clock@1=offset:-1h,runner-1/poll@3=slow:1500ms");
    assert_read_back("cl1:shop,chaos,run-1/random@1=18446744073709551615");
}

/* Pasted from a mail or a file. */
static void white_space_around_a_token_is_ignored(void **state)
{
    (void)state;
    assert_true(text_equal(token_of(" \t\r\ncl1:shop\n\n").workflow, TEXT_LITERAL("shop")));
}

/* Settings may stand behind decisions: nobody sorts what they type. */
static void the_order_of_settings_and_decisions_does_not_matter(void **state)
{
    (void)state;
    struct token token = token_of("cl1:shop,run-1/commit@1=busy,runners=3");
    assert_int_equal(token.decision_count, 1);
    assert_true(text_equal(token_setting(&token, "runners"), TEXT_LITERAL("3")));
}

static void assert_refused(const char *text, enum cloacina_code wanted, const char *message)
{
    struct token token = {.decision_count = 77};
    struct cloacina_error err = {.message = ""};
    assert_int_equal(token_parse(text_of(text), &arena, &token, &err), wanted);
    assert_int_equal(err.code, wanted);
    assert_int_equal(token.decision_count, 77);
    if (strstr(err.message, message) == NULL) {
        fail_msg("'%s' does not say '%s'", err.message, message);
    }
    assert_int_equal(token_parse(text_of(text), &arena, &token, NULL), wanted);
}

/* Errors name the byte and the reason. */
static void what_is_no_token_is_refused(void **state)
{
    (void)state;
    assert_refused("", CLOACINA_INVALID, "token, byte 1: '' does not begin with cl1:");
    assert_refused("cl2:shop", CLOACINA_INVALID, "byte 1: 'cl2:shop' does not begin with cl1:");
    assert_refused("cl1:", CLOACINA_INVALID, "token, byte 5: '' is no workflow");
    assert_refused("cl1:@9c41", CLOACINA_INVALID, "token, byte 5: '' is no workflow");
    assert_refused("cl1:a b", CLOACINA_INVALID, "token, byte 5: 'a b' is not escaped");
    assert_refused("cl1:shop@9c4", CLOACINA_INVALID, "byte 10: '9c4' is no hash");
    assert_refused("cl1:shop@9C41", CLOACINA_INVALID, "byte 10: '9C41' is no hash");
    assert_refused("cl1:shop@9c411", CLOACINA_INVALID, "'9c411' is no hash");
    assert_refused("cl1:shop,", CLOACINA_INVALID,
                   "token, byte 10: '' is neither name=value nor label=choice");
    assert_refused("cl1:shop,,", CLOACINA_INVALID, "byte 10: '' is neither");
    assert_refused("cl1:shop,a,", CLOACINA_INVALID, "byte 12: '' is neither");
    assert_refused("cl1:shop,a,b", CLOACINA_INVALID, "byte 12: 'b' is neither");
    assert_refused("cl1:shop,a:b", CLOACINA_INVALID, "byte 10: 'a:b' is not escaped");
    assert_refused("cl1:shop,=3", CLOACINA_INVALID, "byte 10: '' is no name of a setting");
    assert_refused("cl1:shop,a=1,a=2", CLOACINA_INVALID, "byte 14: 'a' is set twice");
    assert_refused("cl1:shop,a=b c", CLOACINA_INVALID, "byte 12: 'b c' is not escaped");
    assert_refused("cl1:shop,a=b=c", CLOACINA_INVALID, "byte 12: 'b=c' is not escaped");
    assert_refused("cl1:shop,run-1/x@1=busy", CLOACINA_INVALID,
                   "token, byte 10: 'run-1/x@1' names no site");
    assert_refused("cl1:shop,run-1/commit@1=fail", CLOACINA_INVALID,
                   "token, byte 10: 'fail' is nothing that happens at 'commit'");
    assert_refused("cl1:shop,run-1/commit@1=", CLOACINA_INVALID,
                   "'' is nothing that happens at 'commit'");
}

/* A line of a tape. */
static void a_decision_alone_is_read_too(void **state)
{
    (void)state;
    struct decision decision = decision_of(&arena, "run-1/commit@2=slow:3s");
    assert_int_equal(decision.label.number, 2);
    assert_int_equal(decision.choice.amount, 3000000000);
    struct cloacina_error err;
    assert_int_equal(decision_parse(TEXT_LITERAL("run-1/commit@2"), &arena, &decision, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, "a decision is a label, = and a choice");
}

/* Limits have names. */
static void limits_are_kept(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    text_builder_append_terminated(&builder, "cl1:shop");
    for (int i = 0; i < TOKEN_SETTINGS_MAX; i++) {
        text_builder_print(&builder, ",s%d=1", i);
    }
    assert_int_equal(token_of(text_builder_terminated(&builder)).setting_count, TOKEN_SETTINGS_MAX);
    text_builder_append_terminated(&builder, ",last=1");
    assert_refused(text_builder_terminated(&builder), CLOACINA_LIMIT, "more than 64 settings");
    text_builder_reset(&builder);
    text_builder_append_terminated(&builder, "cl1:");
    while (builder.length < TOKEN_BYTES_MAX) {
        text_builder_append_char(&builder, 'x');
    }
    assert_int_equal(token_of(text_builder_terminated(&builder)).workflow.length,
                     TOKEN_BYTES_MAX - 4);
    text_builder_append_char(&builder, 'x');
    assert_refused(text_builder_terminated(&builder), CLOACINA_LIMIT, "a token of 1048577 bytes");
    text_builder_finish(&builder);
}

/* Arbitrary names, sites, faults and amounts. */
static struct token random_token(uint64_t seed, struct token_setting *settings,
                                 struct decision *decisions, char *bytes)
{
    struct token token = {.settings = settings, .decisions = decisions};
    for (size_t i = 0; i < 256; i++) {
        bytes[i] = (char)hash_mix(seed, i);
    }
    token.workflow = (struct text){bytes, 1 + seed % 9};
    token.plan = (struct text){bytes + 10, seed / 3 % 5};
    token.hash = seed % 2 == 0 ? TEXT_LITERAL("0a9f") : TEXT_LITERAL("");
    token.setting_count = seed % 4;
    for (size_t i = 0; i < token.setting_count; i++) {
        bytes[20 + 8 * i] = (char)('a' + (int)i); /* names differ */
        settings[i].name = (struct text){bytes + 20 + 8 * i, 1 + seed % 7};
        settings[i].value = (struct text){bytes + 60 + 8 * i, seed / 5 % 8};
    }
    for (uint64_t i = 0; token.decision_count < seed % 7; i++) {
        uint64_t drawn = hash_mix(seed, 1000 + i);
        struct decision *decision = &decisions[token.decision_count];
        enum site site = (enum site)(drawn % SITES);
        enum fault fault = (enum fault)(drawn / 64 % FAULTS);
        int64_t least, most;
        if (!site_allows(site, fault)) {
            continue;
        }
        *decision = (struct decision){.label = {.site = site, .number = 1 + (uint32_t)drawn % 5},
                                      .choice = {.fault = fault}};
        decision->label.runner = (uint32_t)(drawn >> 20 & 3);
        decision->label.run = (uint32_t)(drawn >> 22 & 3);
        decision->label.task = (struct text){bytes + 100, drawn >> 24 & 7};
        decision->label.attempt = decision->label.task.length > 0 ? 3 : 0;
        decision->label.name = (struct text){bytes + 120, drawn >> 28 & 7};
        if (fault_amount(fault, &least, &most) != AMOUNT_NONE) {
            decision->choice.amount = least + (int64_t)(drawn >> 8) % (most / 2) + 1;
        }
        token.decision_count++;
    }
    return token;
}

/* Whatever a token holds: printed, read and printed again it is the same text. */
static void any_token_is_read_back_exactly(void **state)
{
    (void)state;
    struct text_builder once, again;
    text_builder_init(&once, NULL);
    text_builder_init(&again, NULL);
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct token_setting settings[4];
        struct decision decisions[8];
        char bytes[256];
        struct token token = random_token(seed, settings, decisions, bytes);
        text_builder_reset(&once);
        text_builder_reset(&again);
        token_print(&token, &once);
        struct token read = token_of(text_builder_terminated(&once));
        token_print(&read, &again);
        assert_string_equal(text_builder_terminated(&again), text_builder_terminated(&once));
        assert_true(text_equal(read.workflow, token.workflow));
        assert_int_equal(read.decision_count, token.decision_count);
        for (size_t i = 0; i < token.decision_count; i++) {
            assert_int_equal(label_key(&read.decisions[i].label),
                             label_key(&token.decisions[i].label));
            assert_int_equal(read.decisions[i].choice.amount, token.decisions[i].choice.amount);
        }
        static const char allowed[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/:,=@+-";
        assert_int_equal(strspn(text_builder_terminated(&once), allowed), once.length);
    }
    text_builder_finish(&once);
    text_builder_finish(&again);
}

/* No memory is not a wrong token. */
static void without_memory_the_answer_says_so(void **state)
{
    (void)state;
    size_t failed = 0, done = 0;
    for (size_t fail_at = 0; fail_at < 4; fail_at++) {
        for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
            struct tight_arena tight;
            struct token token;
            struct cloacina_error err = {.message = ""};
            tight_arena_init(&tight, room, fail_at);
            enum cloacina_code code = token_parse(
                TEXT_LITERAL("cl1:shop@9c41,plan,name=value,run-1/load/1/effect.x@1=error"),
                &tight.arena, &token, &err);
            assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
            failed += code == CLOACINA_NO_MEMORY;
            done += code == CLOACINA_OK;
            tight_arena_finish(&tight);
        }
    }
    assert_true(failed > 0 && done > 0);
}

/* What a child process has left behind is its tape. */
static void a_tape_is_read_line_by_line(void **state)
{
    (void)state;
    struct decision *decisions = NULL;
    size_t count = 77;
    struct cloacina_error err;
    const char *tape = "run-1/a/1/body@1=fail\nrunner-2/poll@5=crash:1s\n";
    assert_int_equal(decisions_parse(text_of(tape), &arena, &decisions, &count, &err), CLOACINA_OK);
    assert_int_equal(count, 2);
    assert_int_equal(decisions[0].choice.fault, FAULT_FAIL);
    assert_int_equal(decisions[1].label.number, 5);
    assert_int_equal(decisions_parse(text_of(""), &arena, &decisions, &count, &err), CLOACINA_OK);
    assert_int_equal(count, 0);
    assert_int_equal(
        decisions_parse(text_of("run-1/a/1/body@1=fail\n\n"), &arena, &decisions, &count, &err),
        CLOACINA_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_names_its_world_and_its_decisions),
        cmocka_unit_test(tokens_are_read_back),
        cmocka_unit_test(white_space_around_a_token_is_ignored),
        cmocka_unit_test(the_order_of_settings_and_decisions_does_not_matter),
        cmocka_unit_test(what_is_no_token_is_refused),
        cmocka_unit_test(a_decision_alone_is_read_too),
        cmocka_unit_test(a_tape_is_read_line_by_line),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(any_token_is_read_back_exactly),
        cmocka_unit_test(without_memory_the_answer_says_so),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
