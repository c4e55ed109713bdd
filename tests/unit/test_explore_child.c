/* SPDX-License-Identifier: Apache-2.0 */
/* test_explore_child.c - bodies that fail an assertion, crash or hang while they are explored. */
#include "explore_scene.h"

#include <poll.h>

static const struct cloacina_explore_options three_seeds = {.workflow = &shop, .seeds = 3};

/* With a shop that does this; it behaves again afterwards. */
static struct outcome fails_with(void (*deed)(void), struct cloacina_explore_options options,
                                 const char *message)
{
    misbehave = deed;
    const struct outcome outcome = assert_fails(options, message);
    misbehave = NULL;
    return outcome;
}

/* ---- assertions ---- */

static void compare(void)
{
    assert_int_equal(41, 42);
}
static void say_why(void)
{
    fail_msg("cart %d is empty", 7);
}
static void just_fail(void)
{
    fail();
}
static void be_loud_and_compare(void)
{
    for (int i = 0; i < 1000; i++) {
        (void)printf("this is line %d of the output\n", i);
        (void)fprintf(stderr, "this is line %d of the error output\n", i);
    }
    assert_int_equal(41, 42);
}

/* What it says in a test of one's own, and where. */
static void a_failed_assertion_in_a_body_is_a_finding(void **state)
{
    (void)state;
    const struct outcome outcome =
        fails_with(compare, three_seeds, "ERROR: assertion: 0x29 != 0x2a, ");
    assert_prints(&outcome, "FAILED  assertion: seed 0; ");
    assert_prints(&outcome, "BROKEN  assertion: 0x29 != 0x2a, ");
    assert_prints(&outcome, "test_explore_child.c:");
    assert_prints(&outcome, "again:   run this test with CLOACINA_TOKEN=cl1:shop@");
    fails_with(say_why, three_seeds, "ERROR: assertion: cart 7 is empty, ");
    fails_with(just_fail, three_seeds, "ERROR: assertion: an assertion failed, ");
}

/* The parent says it once, with the token. */
static void what_bodies_print_is_not_seen(void **state)
{
    (void)state;
    const struct outcome outcome =
        fails_with(be_loud_and_compare, three_seeds, "ERROR: assertion: 0x29 != 0x2a, ");
    assert_does_not_print(&outcome, "this is line 7 of the output");
    assert_does_not_print(&outcome, "[ RUN      ] run_loop");
}

/* The child keeps to plain text, whatever its parent prints. */
static void the_environment_of_cmocka_does_not_matter(void **state)
{
    (void)state;
    misbehave = compare;
    assert_int_equal(setenv("CMOCKA_MESSAGE_OUTPUT", "TAP", 1), 0);
    const struct outcome outcome = outcome_of(three_seeds);
    assert_int_equal(unsetenv("CMOCKA_MESSAGE_OUTPUT"), 0);
    misbehave = NULL;
    assert_prints(&outcome, "not ok");
    assert_prints(&outcome, "BROKEN  assertion: 0x29 != 0x2a, ");
}

static enum cloacina_code assert_charged_once(const struct cloacina_world *world, void *user,
                                              struct cloacina_error *err)
{
    (void)user;
    (void)err;
    assert_true(cloacina_world_effects_per_key_max(world, "payments.charge") < 2);
    return CLOACINA_OK;
}

/* It is shrunk like any other, each try in a process of its own. */
static void a_failed_assertion_in_a_property_is_shrunk(void **state)
{
    (void)state;
    const struct outcome outcome = assert_fails(
        (struct cloacina_explore_options){
            .workflow = &shop, .plan = forgetful, .always = assert_charged_once},
        "FAILED  assertion: seed ");
    assert_prints(&outcome, " shrunk to 1 in ");
    assert_prints(&outcome, "run-1/charge/1/effect.payments.charge@1=reply-lost\n");
}

static int set_up(void **state)
{
    (void)state;
    counts->setups++;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    counts->teardowns++;
    return 0;
}

/* Temporary files and such do not pile up. */
static void after_a_failed_assertion_there_is_a_teardown(void **state)
{
    (void)state;
    struct cloacina_explore_options options = three_seeds;
    options.setup = set_up;
    options.teardown = tear_down;
    fails_with(compare, options, "FAILED  assertion");
    assert_true(counts->setups > 1);
    assert_int_equal(counts->setups, counts->teardowns);
}

/* ---- the end of the process ---- */

static void touch_nothing(void)
{
    (void)raise(SIGSEGV);
}
static void leave(void)
{
    _exit(3);
}
static void be_sure(void)
{
    (void)fprintf(stderr, "shop.c:14: charge: Assertion `cents > 0' failed.\n\n(twice)");
    abort();
}
static void think_for_ever(void)
{
    for (;;) {
        (void)poll(NULL, 0, 1000);
    }
}

/* cmocka would take the signal for a failed test; it is a crash, in a body with a name. */
static void a_crash_is_a_finding(void **state)
{
    (void)state;
    fails_with(touch_nothing, three_seeds,
               "BROKEN  crash: signal 11 (SIGSEGV) in 'charge', attempt 1 of run 1");
    const struct outcome outcome = fails_with(leave, three_seeds, "BROKEN  crash: exit(");
    assert_prints(&outcome, ") was called in 'charge', attempt 1 of run 1");
}

/* The line of a failed assert() is what one wants to see. */
static void what_was_printed_before_a_crash_is_shown(void **state)
{
    (void)state;
    const struct outcome outcome = fails_with(be_sure, three_seeds, "crash: signal 6 (SIGABRT)");
    assert_prints(&outcome, "\nprinted: shop.c:14: charge: Assertion `cents > 0' failed.\n"
                            "printed: \nprinted: (twice)\nagain: ");
}

/* Ten seconds, or as long as the test says. */
static void a_hang_is_a_finding(void **state)
{
    (void)state;
    struct cloacina_explore_options options = three_seeds;
    options.hang_ms = 300;
    fails_with(think_for_ever, options, "FAILED  hang: seed 0; ");
}

/* The other one is ended, and one finding is told. */
static void of_two_processes_one_may_crash(void **state)
{
    (void)state;
    struct cloacina_explore_options options = three_seeds;
    options.jobs = 2;
    fails_with(touch_nothing, options, "FAILED  crash: seed ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_assertion_in_a_body_is_a_finding),
        cmocka_unit_test(what_bodies_print_is_not_seen),
        cmocka_unit_test(the_environment_of_cmocka_does_not_matter),
        cmocka_unit_test(a_failed_assertion_in_a_property_is_shrunk),
        cmocka_unit_test(after_a_failed_assertion_there_is_a_teardown),
        cmocka_unit_test(a_crash_is_a_finding),
        cmocka_unit_test(what_was_printed_before_a_crash_is_shown),
        cmocka_unit_test(a_hang_is_a_finding),
        cmocka_unit_test(of_two_processes_one_may_crash),
    };
    scene_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scene_close();
    return failed;
}
