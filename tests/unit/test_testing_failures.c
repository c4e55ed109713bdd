/* SPDX-License-Identifier: Apache-2.0 */
/* test_testing_failures.c - how a test fails: each wrong use and each false assertion, with what it
 * prints.
 *
 * Every case is a test of its own in a child process, run by cmocka there, with a fresh test runner
 * of the workflow below in its state; the parent reads what the child printed. */
#include <cloacina/testing.h>

#include <string.h>

#include "child.h"

/* ---- a workflow that can go wrong ---- */

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_double(cloacina_task_context(task), "euros", 4.5, err);
}

static int never(void *user)
{
    (void)user;
    return 0;
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    if (cloacina_context_has(cloacina_task_context(task), "wait")) {
        return cloacina_task_defer_until(task, never, NULL, 86400000, err);
    }
    return CLOACINA_OK;
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.initial_delay_ms = 1200});
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));

static const struct cloacina_workflow_definition empty = {
    .name = "empty",
    .tasks = (const struct cloacina_task_definition *const[]){NULL},
    .file = "empty.c",
    .line = 7};

/* ---- running a case ---- */

static CMUnitTestFunction the_case;
static const struct cloacina_workflow_definition *the_workflow;

static void run_the_case(void)
{
    const struct CMUnitTest tests[] = {cloacina_unit_test(the_case, the_workflow)};
    /* What is told on success is not looked at. */
    assert_non_null(freopen("/dev/null", "w", stdout));
    exit(cmocka_run_group_tests(tests, NULL, NULL));
}

static struct outcome outcome_of(CMUnitTestFunction function)
{
    the_case = function;
    the_workflow = &shop;
    return in_child(run_the_case);
}

static void assert_prints(const struct outcome *outcome, const char *text)
{
    if (strstr(outcome->text, text) == NULL) {
        fail_msg("'%s' is not in:\n%s", text, outcome->text);
    }
}

/* The case fails, in this file, and says so. */
static void assert_fails(CMUnitTestFunction function, const char *message)
{
    const struct outcome outcome = outcome_of(function);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, message);
    assert_prints(&outcome, "test_testing_failures.c:");
}

/* ---- the place ---- */

static void at_a_known_line(void **state)
{
    fprintf(stderr, "expected line %d\n", __LINE__ + 1);
    cloacina_test_cost_ms(*state, "chrage", 5);
}

/* A failure belongs to the line that made the call, not to a line of the library. */
static void a_failure_is_reported_at_the_line_of_the_call(void **state)
{
    (void)state;
    char expected[80];
    int line;
    const struct outcome outcome = outcome_of(at_a_known_line);
    const char *announced = strstr(outcome.text, "expected line ");
    assert_non_null(announced);
    assert_int_equal(sscanf(announced, "expected line %d", &line), 1);
    snprintf(expected, sizeof expected, "test_testing_failures.c:%d: ", line);
    assert_prints(&outcome, expected);
}

/* ---- wrong use ---- */

static void stub_of_no_task(void **state)
{
    cloacina_test_stub(*state, "prise", "{}");
}
static void cost_of_no_task(void **state)
{
    cloacina_test_cost_ms(*state, "prise", 1);
}
static void failure_of_no_task(void **state)
{
    cloacina_test_fail(*state, "prise", 1, "no");
}
static void early_question_about_no_task(void **state)
{
    cloacina_result_attempts(cloacina_test_start(*state, "{}"), "prise");
}
static void question_about_no_task(void **state)
{
    cloacina_result_attempts(cloacina_test_run(*state, "{}"), "prise");
}

/* The commonest mistake, so the answer has a suggestion. */
static void a_task_that_does_not_exist_is_a_failure(void **state)
{
    (void)state;
    assert_fails(stub_of_no_task, "did you mean 'price'?");
    assert_fails(cost_of_no_task, "did you mean 'price'?");
    assert_fails(failure_of_no_task, "did you mean 'price'?");
    assert_fails(question_about_no_task, "did you mean 'price'?");
    assert_fails(early_question_about_no_task, "workflow 'shop' has no task 'prise'");
}

static void negative_cost(void **state)
{
    cloacina_test_cost_ms(*state, "price", -1);
}
static void stub_without_an_object(void **state)
{
    cloacina_test_stub(*state, "price", "[1]");
}
static void failure_with_no_code(void **state)
{
    cloacina_test_fail_code(*state, "price", 1, CLOACINA_OK, "fine");
}
static void command_in_the_past(void **state)
{
    cloacina_test_pause_at_ms(*state, -5);
}
static void context_without_an_object(void **state)
{
    cloacina_test_run(*state, "7");
}
static void until_the_past(void **state)
{
    cloacina_test_start(*state, "{}");
    cloacina_test_run_until_ms(*state, 10);
    cloacina_test_run_until_ms(*state, 9);
}
static void until_without_a_start(void **state)
{
    cloacina_test_run_until_ms(*state, 10);
}
static void end_without_a_start(void **state)
{
    cloacina_test_run_to_end(*state);
}

/* What cannot be done is not done silently. */
static void wrong_arguments_are_failures(void **state)
{
    (void)state;
    assert_fails(negative_cost, "negative");
    assert_fails(stub_without_an_object, "wanted an object");
    assert_fails(failure_with_no_code, "'ok' is no failure");
    assert_fails(command_in_the_past, "an operator cannot act 5 ms before the run");
    assert_fails(context_without_an_object, "wanted an object");
    assert_fails(until_the_past, "9 ms after the start of the run is in the past");
    assert_fails(until_without_a_start, "nothing was started");
    assert_fails(end_without_a_start, "nothing was started");
}

static void without_tasks(void **state)
{
    (void)state;
    cloacina_test_create(&empty);
}
static void without_anything(void **state)
{
    (void)state;
    cloacina_test_create(NULL);
}
static void with_too_many_runners(void **state)
{
    const struct cloacina_test_options options = {.workflow = &shop, .runners = 1000};
    (void)state;
    cloacina_test_create_with(&options);
}

/* An invalid workflow is found where the test runner is made. */
static void a_test_runner_that_cannot_be_made_is_a_failure(void **state)
{
    (void)state;
    assert_fails(without_tasks, "workflow 'empty'");
    assert_fails(without_anything, "wants a workflow or tasks");
    assert_fails(with_too_many_runners, "1000 runners");
}

static void unreached(void **state)
{
    (void)state;
}

/* With the glue, the place is the declaration: nothing else is known. */
static void an_invalid_workflow_fails_the_setup_at_its_declaration(void **state)
{
    (void)state;
    the_case = unreached;
    the_workflow = &empty;
    const struct outcome outcome = in_child(run_the_case);
    assert_exited(&outcome, 1);
    assert_prints(&outcome, "empty.c:7");
}

/* ---- strictness ---- */

static void unused_stub(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create(&shop);
    cloacina_test_stub(test, "charge", "{}");
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        cloacina_test_fail(test, "price", attempt, "no price");
    }
    cloacina_test_run(test, "{}");
    cloacina_test_destroy(test);
}
static void unused_failure(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create(&shop);
    cloacina_test_fail(test, "charge", 2, "refused");
    cloacina_test_run(test, "{}");
    cloacina_test_destroy(test);
}
static void unused_cost(void **state)
{
    (void)state;
    struct cloacina_test *test = cloacina_test_create(&shop);
    cloacina_test_cost_ms(test, "charge", 5);
    cloacina_test_destroy(test);
}

/* A test that speaks of something that never happened proves nothing. */
static void what_was_never_used_fails_the_test(void **state)
{
    (void)state;
    assert_fails(unused_stub, "stub of task 'charge' was never used");
    assert_fails(unused_failure, "failure of task 'charge', attempt 2, was never used");
    assert_fails(unused_cost, "cost of task 'charge' was never used");
}

static void unused_in_the_glue(void **state)
{
    cloacina_test_cost_ms(*state, "charge", 5);
}
static void failed_before_its_use(void **state)
{
    cloacina_test_cost_ms(*state, "charge", 5);
    cloacina_test_stub(*state, "prise", "{}");
}

/* In the teardown the test is over: cmocka counts its failure beside the test's. */
static void the_glue_is_as_strict_but_does_not_repeat_itself(void **state)
{
    (void)state;
    const struct outcome unused = outcome_of(unused_in_the_glue);
    assert_prints(&unused, "cost of task 'charge' was never used");
    assert_false(WIFEXITED(unused.status) && WEXITSTATUS(unused.status) == 0);
    const struct outcome failed = outcome_of(failed_before_its_use);
    assert_prints(&failed, "did you mean 'price'?");
    assert_null(strstr(failed.text, "was never used"));
}

/* ---- assertions ---- */

static void price_is_skipped(void **state)
{
    cloacina_assert_task_skipped(cloacina_test_run(*state, "{}"), "price");
}
static void price_has_failed(void **state)
{
    cloacina_assert_task_failed(cloacina_test_run(*state, "{}"), "price");
}
static void all_is_well(void **state)
{
    for (uint32_t attempt = 1; attempt <= 3; attempt++) {
        cloacina_test_fail(*state, "charge", attempt, "card refused");
    }
    cloacina_assert_all_completed(cloacina_test_run(*state, "{}"));
}
static void run_has_failed(void **state)
{
    cloacina_assert_status(cloacina_test_run(*state, "{}"), "Failed");
}
static void two_attempts(void **state)
{
    cloacina_assert_attempts(cloacina_test_run(*state, "{}"), "price", 2);
}
static void second_attempt(void **state)
{
    cloacina_assert_started_ms(cloacina_test_run(*state, "{}"), "price", 2, 0);
}
static void attempt_zero(void **state)
{
    cloacina_result_started_ms(cloacina_test_run(*state, "{}"), "price", 0);
}
static void started_later(void **state)
{
    cloacina_assert_started_ms(cloacina_test_run(*state, "{}"), "price", 1, 1500);
}
static void one_effect(void **state)
{
    cloacina_assert_effects(cloacina_test_run(*state, "{}"), "payments.charge", 1);
}
static void any_effect(void **state)
{
    cloacina_assert_effects(cloacina_test_run(*state, "{}"), NULL, 1);
}

/* Both values, in words, in the first line. */
static void a_false_assertion_says_what_was_found_and_expected(void **state)
{
    (void)state;
    assert_fails(price_is_skipped, "task 'price' is Completed, expected Skipped");
    assert_fails(price_has_failed, "task 'price' is Completed, expected Failed");
    assert_fails(all_is_well, "task 'charge' is Failed, expected Completed: card refused");
    assert_fails(run_has_failed, "run 1 is Completed, expected Failed");
    assert_fails(two_attempts, "task 'price' was started 1 times, expected 2");
    assert_fails(second_attempt, "task 'price' has no attempt 2, it is Completed after 1 attempt");
    assert_fails(attempt_zero, "task 'price' has no attempt 0, it is Completed after 1 attempt");
    assert_fails(started_later, "task 'price', attempt 1 started at 0 s, expected 1.5 s");
    assert_fails(one_effect, "effect 'payments.charge' was applied 0 times, expected 1");
    assert_fails(any_effect, "effect '(any)' was applied 0 times, expected 1");
}

/* The whole run, so that nobody has to ask a second time. */
static void a_false_assertion_shows_every_task(void **state)
{
    (void)state;
    const struct outcome outcome = outcome_of(all_is_well);
    assert_prints(&outcome, "run 1 of 'shop': Failed at 3.6 s");
    assert_prints(&outcome, "  price   Completed  1 attempt at 0 s, ended at 0 s\n");
    assert_prints(&outcome, "  charge  Failed     3 attempts at 0 s, 1.2 s, 3.6 s, ended at 3.6 s: "
                            "card refused\n");
    assert_prints(&outcome, "context: {\"euros\":4.5}\n");
}

enum { MANY = 60 };

/* Sixty tasks without dependencies; the first is tried ten times. */
static void many_tasks(void **state)
{
    static struct cloacina_task_definition tasks[MANY];
    static char names[MANY][8];
    const struct cloacina_task_definition *list[MANY + 1] = {NULL};
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "t%02d", i);
        tasks[i] = (struct cloacina_task_definition){
            .name = names[i], .body = charge_body, .retry = {.attempts_max = 10}};
        list[i] = &tasks[i];
    }
    struct cloacina_test *test = cloacina_test_create_tasks(list);
    for (uint32_t attempt = 1; attempt <= 10; attempt++) {
        cloacina_test_fail(test, "t00", attempt, "no");
    }
    cloacina_assert_all_completed(cloacina_test_run(test, "{}"));
}

/* What matters would be lost among hundreds of lines. */
static void a_long_report_is_cut(void **state)
{
    (void)state;
    const struct outcome outcome = outcome_of(many_tasks);
    assert_prints(&outcome, "10 attempts at 0 s, 1 s, 3 s, 7 s, 15 s, 31 s, ..., ended at ");
    assert_prints(&outcome, "  t49  Completed");
    assert_null(strstr(outcome.text, "t50"));
}

static void halfway(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *result = cloacina_test_start(*state, "{}");
    cloacina_test_run_until_ms(*state, 50);
    cloacina_assert_all_completed(result);
}
static void before_the_start(void **state)
{
    cloacina_assert_all_completed(cloacina_test_start(*state, "{}"));
}
static void end_of_a_running_task(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *result = cloacina_test_start(*state, "{}");
    cloacina_test_run_until_ms(*state, 50);
    cloacina_result_ended_ms(result, "price");
}
static void makespan_of_a_running_run(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *result = cloacina_test_start(*state, "{}");
    cloacina_test_run_until_ms(*state, 50);
    cloacina_result_makespan_ms(result);
}
static void context_before_the_start(void **state)
{
    cloacina_result_context_json(cloacina_test_start(*state, "{}"));
}

/* A run that has not ended says what it waits for; one that has not begun is no error either. */
static void a_run_that_has_not_ended_shows_how_far_it_is(void **state)
{
    (void)state;
    assert_fails(halfway, "task 'price' is Running, expected Completed");
    assert_fails(halfway, "charge  NotStarted no attempt");
    assert_fails(halfway, "waits for:");
    assert_fails(before_the_start, "task 'price' is NotStarted, expected Completed");
    assert_fails(before_the_start, "price   not stored yet");
    assert_fails(end_of_a_running_task, "task 'price' has not ended, it is Running");
    assert_fails(makespan_of_a_running_run, "task 'price' has not ended, it is Running");
    assert_fails(context_before_the_start, "there is no context yet");
}

/* ---- contexts ---- */

static void other_context(void **state)
{
    cloacina_assert_context_equals(cloacina_test_run(*state, "{}"), "{\"euros\": 5}");
}
static void no_json(void **state)
{
    cloacina_assert_context_equals(cloacina_test_run(*state, "{}"), "{\"euros\": ");
}
static void absent_key(void **state)
{
    cloacina_result_int64(cloacina_test_run(*state, "{}"), "cents");
}
static void wrong_type(void **state)
{
    cloacina_result_string(cloacina_test_run(*state, "{}"), "euros");
}
static void no_fit(void **state)
{
    cloacina_result_int64(cloacina_test_run(*state, "{}"), "euros");
}
static void no_key(void **state)
{
    cloacina_result_json(cloacina_test_run(*state, "{}"), "");
}

static void no_input_yet(void **state)
{
    cloacina_test_cost_ms(*state, "price", 100);
    const struct cloacina_result *result = cloacina_test_start(*state, "{}");
    cloacina_test_run_until_ms(*state, 50);
    assert_string_equal(cloacina_result_input_json(result, "price"), "{}");
    cloacina_result_input_json(result, "charge");
}

/* Three reasons why a value cannot be had, three messages. */
static void a_value_that_cannot_be_had_is_a_failure(void **state)
{
    (void)state;
    assert_fails(other_context, "the final context is not {\"euros\": 5}");
    assert_fails(no_json, "the expected context: ");
    assert_fails(absent_key, "the final context has no key 'cents'");
    assert_fails(wrong_type, "key 'euros' of the final context is a double, wanted string: 4.5");
    assert_fails(no_fit, "key 'euros' of the final context is a double, wanted int64: 4.5");
    assert_fails(no_key, "key");
    assert_fails(no_input_yet, "task 'charge' was not given anything yet, it is NotStarted");
}

/* ---- the world ---- */

static void waits_for_ever(void **state)
{
    cloacina_test_run(*state, "{\"wait\": true}");
}

/* A hang is found by the limit of virtual time, and explained. */
static void a_run_that_never_ends_is_explained(void **state)
{
    (void)state;
    assert_fails(waits_for_ever, "I-07");
    assert_fails(waits_for_ever, "charge");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_reported_at_the_line_of_the_call),
        cmocka_unit_test(a_task_that_does_not_exist_is_a_failure),
        cmocka_unit_test(wrong_arguments_are_failures),
        cmocka_unit_test(a_test_runner_that_cannot_be_made_is_a_failure),
        cmocka_unit_test(an_invalid_workflow_fails_the_setup_at_its_declaration),
        cmocka_unit_test(what_was_never_used_fails_the_test),
        cmocka_unit_test(the_glue_is_as_strict_but_does_not_repeat_itself),
        cmocka_unit_test(a_false_assertion_says_what_was_found_and_expected),
        cmocka_unit_test(a_false_assertion_shows_every_task),
        cmocka_unit_test(a_long_report_is_cut),
        cmocka_unit_test(a_run_that_has_not_ended_shows_how_far_it_is),
        cmocka_unit_test(a_value_that_cannot_be_had_is_a_failure),
        cmocka_unit_test(a_run_that_never_ends_is_explained),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
