/* SPDX-License-Identifier: Apache-2.0 */
/* test_explore_token.c - one run of an exploration again, by its token. */
#include "explore_scene.h"

#define LOST "run-1/charge/1/effect.payments.charge@1=reply-lost"

static const struct cloacina_explore_options charges_once = {.workflow = &shop,
                                                             .always = charged_once};

static struct outcome with_token(const char *token, struct cloacina_explore_options options)
{
    assert_int_equal(setenv("CLOACINA_TOKEN", token, 1), 0);
    const struct outcome outcome = outcome_of(options);
    assert_int_equal(unsetenv("CLOACINA_TOKEN"), 0);
    return outcome;
}

/* The line that a failure prints can be pasted. */
static void the_token_of_a_failure_fails_again(void **state)
{
    (void)state;
    char token[512];
    struct cloacina_explore_options options = charges_once;
    options.plan = forgetful;
    const struct outcome found = outcome_of(options);
    const char *text = strstr(found.text, "CLOACINA_TOKEN=");
    assert_non_null(text);
    assert_int_equal(sscanf(text, "CLOACINA_TOKEN=%511s", token), 1);
    const struct outcome outcome = with_token(token, options);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, "FAILED  always: the token; 1 decision\n");
    assert_prints(&outcome, "REPLY LOST");
    assert_prints(&outcome, token);
    assert_prints(&outcome, "ERROR: always: one order was charged twice");
    assert_does_not_print(&outcome, "when the token was made");
}

/* A debugger that holds this process sees it. */
static void a_token_runs_in_the_process_of_the_test(void **state)
{
    (void)state;
    const struct outcome searched = outcome_of(charges_once);
    assert_exited(&searched, 1);
    const struct outcome replayed = with_token("cl1:shop," LOST, charges_once);
    assert_exited(&replayed, 1);
    assert_true(counts->charges_at_home >= 2);
    const struct outcome survived = with_token("cl1:shop,chaos", charges_once);
    assert_exited(&survived, 0);
    assert_int_equal(counts->charges_at_home, 1); /* one run, and no search */
    assert_prints(&survived, "explore: this token does not fail\n");
}

/* An empty one is none. */
static void an_empty_environment_is_a_search(void **state)
{
    (void)state;
    const struct outcome outcome = with_token("", charges_once);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, "FAILED  always: seed ");
}

/* One variable for a whole test program: the others have nothing to do with it. */
static void a_token_of_another_workflow_is_passed_over(void **state)
{
    (void)state;
    const struct outcome outcome = with_token("cl1:bank", charges_once);
    assert_exited(&outcome, 0);
    assert_prints(&outcome, "explore: 'shop' is passed over: CLOACINA_TOKEN is of 'bank'");
    assert_int_equal(counts->charges_at_home, 0);
}

/* Byte and reason, and which of the two tokens. */
static void a_broken_token_says_where(void **state)
{
    (void)state;
    struct cloacina_explore_options options = charges_once;
    const struct outcome outcome = with_token("cl1:shop,run-1/charge/1/body@1=faill", options);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, "ERROR: CLOACINA_TOKEN: ");
    assert_prints(&outcome, "faill");
    options.token = "cl2:shop";
    assert_fails(options, "ERROR: explore: token: ");
}

/* A failure that was mended stays in the test. */
static void a_token_can_be_an_option(void **state)
{
    (void)state;
    struct cloacina_explore_options options = charges_once;
    options.token = "cl1:shop," LOST;
    assert_fails(options, "FAILED  always: the token; 1 decision\n");
    options.token = "cl1:bank";
    assert_fails(options, "explore: the token is of workflow 'bank', not of 'shop'");
}

/* Code changes; a token is a legal run all the same. */
static void decisions_that_do_not_come_up_are_counted(void **state)
{
    (void)state;
    const struct outcome outcome =
        with_token("cl1:shop,run-1/discount/1/body@1=fail," LOST, charges_once);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, "explore: 1 of 2 decisions found\n");
}

/* Else one wonders why it does not fail here. */
static void another_world_than_that_of_the_token_is_told(void **state)
{
    (void)state;
    const struct outcome outcome =
        with_token("cl1:shop@0000,chaos,runners=1,slots=4", charges_once);
    assert_exited(&outcome, 0);
    assert_prints(&outcome, "explore: the workflow is not what it was when the token was made\n");
    assert_prints(&outcome, "explore: runners is 3 here, and was 1 when the token was made\n");
    assert_does_not_print(&outcome, "slots is");
}

static enum cloacina_code prepare_badly(struct cloacina_world *world, void *user,
                                        struct cloacina_error *err)
{
    (void)world;
    (void)user;
    return cloacina_error_set(err, "no card reader");
}

/* As in a search. */
static void an_error_of_prepare_fails_a_token_too(void **state)
{
    (void)state;
    struct cloacina_explore_options options = charges_once;
    options.prepare = prepare_badly;
    options.token = "cl1:shop";
    assert_fails(options, "no card reader");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_token_of_a_failure_fails_again),
        cmocka_unit_test(a_token_runs_in_the_process_of_the_test),
        cmocka_unit_test(an_empty_environment_is_a_search),
        cmocka_unit_test(a_token_of_another_workflow_is_passed_over),
        cmocka_unit_test(a_broken_token_says_where),
        cmocka_unit_test(a_token_can_be_an_option),
        cmocka_unit_test(decisions_that_do_not_come_up_are_counted),
        cmocka_unit_test(another_world_than_that_of_the_token_is_told),
        cmocka_unit_test(an_error_of_prepare_fails_a_token_too),
    };
    scene_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scene_close();
    return failed;
}
