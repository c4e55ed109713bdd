/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_api.c - <cloacina/runner.h>: executing, and the handles of executions. */
#include "runner_api_scene.h"

#include <pthread.h>

static struct door door;

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, error);
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *error)
{
    int64_t cents;
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, error);
    return code == CLOACINA_OK
               ? cloacina_context_set_int64(cloacina_task_context(task), "charged", cents, error)
               : code;
}

static enum cloacina_code broken_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)task;
    return cloacina_error_set(error, "the gateway is on fire");
}

static enum cloacina_code door_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)task;
    (void)error;
    (void)sem_post(&door.has_come);
    pass(&door.may_go);
    return CLOACINA_OK;
}

/* Runs a workflow of its own runner, as an application may. */
static enum cloacina_code nesting_body(struct cloacina_task *task, struct cloacina_error *error)
{
    struct cloacina_runner **runner = cloacina_task_user(task);
    struct cloacina_execution *inner;
    enum cloacina_code code = cloacina_runner_execute(*runner, "shop", "{}", &inner, error);
    cloacina_execution_destroy(inner);
    return code;
}

static struct cloacina_runner *outer;

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price));
CLOACINA_TASK(broken, .body = broken_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(after, .body = price_body, .dependencies = CLOACINA_TASKS(&broken));
CLOACINA_TASK(at_door, .body = door_body);
CLOACINA_TASK(last, .body = price_body, .dependencies = CLOACINA_TASKS(&at_door));
CLOACINA_TASK(nesting, .body = nesting_body, .user = &outer);
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));
CLOACINA_WORKFLOW(failing, .tasks = CLOACINA_TASKS(&broken, &after));
CLOACINA_WORKFLOW(waiting, .tasks = CLOACINA_TASKS(&at_door, &last));
CLOACINA_WORKFLOW(nested, .tasks = CLOACINA_TASKS(&nesting));

/* Every test has a runner that has all of these. */
static int open_runner(void **state)
{
    struct cloacina_runner *runner;
    door_open(&door);
    assert_ok(cloacina_runner_start(NULL, &runner, &err));
    outer = runner;
    *state = runner;
    return 0;
}

static int close_runner(void **state)
{
    shut(*state);
    door_close(&door);
    return 0;
}

/* The first thing that anybody does. */
static void a_workflow_is_executed_and_its_context_comes_back(void **state)
{
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(*state, "shop", "{\"order\":7}", &run, &err));
    const struct cloacina_execution_info *info = cloacina_execution_look(run);
    assert_string_equal(cloacina_execution_context(run),
                        "{\"cents\":4200,\"charged\":4200,\"order\":7}");
    assert_int_equal(info->status, CLOACINA_EXECUTION_COMPLETED);
    assert_string_equal(info->workflow, "shop");
    assert_string_equal(info->package, "embedded");
    assert_string_equal(info->tenant, "public");
    assert_int_equal(strlen(info->id), CLOACINA_EXECUTION_ID_SIZE - 1);
    assert_null(info->reason);
    assert_int_equal(info->tasks, 2);
    assert_int_equal(info->completed, 2);
    assert_true(info->created_at <= info->started_at && info->started_at <= info->completed_at);
    const struct cloacina_task_info *task = cloacina_execution_task(run, 1);
    assert_string_equal(task->name, "charge");
    assert_int_equal(task->status, CLOACINA_TASK_COMPLETED);
    assert_int_equal(task->attempt, 1);
    assert_int_equal(task->attempts_max, 3);
    assert_null(task->error);
    assert_null(task->skip_reason);
    assert_null(cloacina_execution_task(run, 2));
    cloacina_execution_destroy(run);
    cloacina_execution_destroy(NULL);
}

/* How a workflow ended is no error of the call. */
static void a_workflow_that_fails_says_why(void **state)
{
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(*state, "failing", NULL, &run, &err));
    const struct cloacina_execution_info *info = cloacina_execution_look(run);
    assert_int_equal(info->status, CLOACINA_EXECUTION_FAILED);
    assert_non_null(info->reason);
    assert_int_equal(info->failed, 1);
    assert_int_equal(info->skipped, 1);
    assert_string_equal(cloacina_execution_task(run, 0)->error, "the gateway is on fire");
    assert_string_equal(cloacina_execution_task(run, 1)->skip_reason, "upstream_failed");
    assert_string_equal(cloacina_execution_context(run), "{}");
    cloacina_execution_destroy(run);
    assert_int_equal(figures_of(*state).workflows_failed, 1);
    assert_int_equal(figures_of(*state).tasks_failed, 1);
    assert_int_equal(figures_of(*state).tasks_skipped, 1);
}

/* A person mistypes a name, or hands over what is no object. */
static void bad_input_is_refused_with_a_reason(void **state)
{
    struct cloacina_execution *run = NULL;
    assert_int_equal(cloacina_runner_execute(*state, "shoq", NULL, &run, &err), CLOACINA_NOT_FOUND);
    assert_string_equal(err.message,
                        "runner 'runner': there is no workflow 'shoq'; did you mean 'shop'?");
    assert_null(run);
    assert_int_equal(cloacina_runner_execute(*state, "a::b::c", NULL, &run, &err),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(cloacina_runner_execute(*state, NULL, NULL, &run, &err), CLOACINA_INVALID);
    assert_int_equal(cloacina_runner_execute(*state, "shop", "[1]", &run, &err), CLOACINA_INVALID);
    assert_null(run);
    assert_int_equal(cloacina_runner_execute_async(*state, "shop", "{\"a\":", &run, &err),
                     CLOACINA_INVALID);
    assert_null(run);
    assert_int_equal(cloacina_runner_find(*state, "7", &run, &err), CLOACINA_INVALID);
    assert_null(run);
    assert_int_equal(
        cloacina_runner_find(*state, "00000000-0000-7000-8000-000000000000", &run, &err),
        CLOACINA_NOT_FOUND);
    assert_null(run);
}

static void the_full_name_of_a_workflow_is_understood(void **state)
{
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(*state, "public::embedded::shop", NULL, &run, &err));
    cloacina_execution_destroy(run);
}

/* A handle is a picture: it shows what it knew, and waits for what comes. */
static void an_execution_is_waited_for_and_looked_at_meanwhile(void **state)
{
    struct cloacina_execution *run = started(*state, "waiting");
    struct cloacina_execution *same;
    pass(&door.has_come);
    assert_int_equal(cloacina_execution_wait(run, 0, &err), CLOACINA_TIMEOUT);
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_RUNNING);
    assert_null(cloacina_execution_context(run));
    assert_int_equal(cloacina_execution_task(run, 0)->status, CLOACINA_TASK_RUNNING);
    assert_int_equal(cloacina_execution_wait(run, 1, &err), CLOACINA_TIMEOUT);
    assert_ok(cloacina_runner_find(*state, cloacina_execution_look(run)->id, &same, &err));
    assert_int_equal(cloacina_execution_task(same, 1)->status, CLOACINA_TASK_NOT_STARTED);
    (void)sem_post(&door.may_go);
    waited(same, CLOACINA_EXECUTION_COMPLETED);
    assert_ok(cloacina_execution_refresh(run, &err));
    assert_string_equal(cloacina_execution_context(run), "{\"cents\":4200}");
    assert_ok(cloacina_execution_wait(run, 0, &err));
    assert_ok(cloacina_execution_wait(run, -1, &err));
    cloacina_execution_destroy(run);
}

/* execute() gives up after its time; the execution does not. */
static void a_wait_that_is_given_up_leaves_the_execution_running(void **state)
{
    struct cloacina_execution *run;
    (void)state;
    struct cloacina_runner *runner =
        runner_with(&waiting, (struct cloacina_runner_options){.workflow_timeout_ms = 1});
    assert_int_equal(cloacina_runner_execute(runner, "waiting", "{\"a\":1}", &run, &err),
                     CLOACINA_TIMEOUT);
    (void)sem_post(&door.may_go);
    if (run != NULL) { /* it was stored within the millisecond */
        assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_PENDING);
        assert_string_equal(cloacina_execution_task(run, 1)->name, "last");
        waited(run, CLOACINA_EXECUTION_COMPLETED);
    }
    shut(runner);
}

/* An operator stops, goes on, gives up, and tries again. */
static void an_operator_pauses_resumes_and_retries(void **state)
{
    struct cloacina_execution *run = started(*state, "waiting");
    pass(&door.has_come);
    assert_ok(cloacina_execution_pause(run, "lunch", &err));
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_PAUSED);
    assert_string_equal(cloacina_execution_look(run)->reason, "lunch");
    assert_int_equal(cloacina_execution_pause(run, NULL, &err), CLOACINA_INVALID);
    assert_non_null(strstr(err.message, "execution is Paused: it cannot be paused"));
    assert_ok(cloacina_execution_resume(run, &err));
    assert_int_equal(cloacina_execution_resume(run, &err), CLOACINA_INVALID);
    (void)sem_post(&door.may_go);
    assert_ok(cloacina_execution_wait(run, -1, &err));
    assert_int_equal(cloacina_execution_cancel(run, NULL, &err), CLOACINA_INVALID);
    cloacina_execution_destroy(run);

    assert_ok(cloacina_runner_execute(*state, "failing", NULL, &run, &err));
    assert_int_equal(cloacina_execution_retry(run, "brokem", &err), CLOACINA_NOT_FOUND);
    assert_ok(cloacina_execution_retry(run, "broken", &err));
    assert_ok(cloacina_execution_wait(run, -1, &err));
    assert_ok(cloacina_execution_retry(run, NULL, &err));
    waited(run, CLOACINA_EXECUTION_FAILED);
    assert_int_equal(figures_of(*state).workflows_failed, 3);
}

static void a_cancelled_execution_is_over_at_once(void **state)
{
    struct cloacina_execution *run = started(*state, "waiting");
    pass(&door.has_come);
    assert_ok(cloacina_execution_cancel(run, "the customer is gone", &err));
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_CANCELLED);
    assert_string_equal(cloacina_execution_look(run)->reason, "the customer is gone");
    assert_string_equal(cloacina_execution_context(run), "{}");
    waited(run, CLOACINA_EXECUTION_CANCELLED);
    (void)sem_post(&door.may_go); /* the body comes back later, and nobody minds */
    assert_int_equal(figures_of(*state).workflows_cancelled, 1);
}

/* "Why does it not move?" */
static void an_execution_explains_what_its_tasks_wait_for(void **state)
{
    const char *text;
    struct cloacina_execution *run = started(*state, "waiting");
    pass(&door.has_come);
    assert_ok(cloacina_execution_explain(run, &text, &err));
    assert_non_null(strstr(text, "'at_door' Running: attempt 1 of 3 runs for "));
    assert_non_null(strstr(text, "'last' NotStarted: waits for 'at_door'\n"));
    (void)sem_post(&door.may_go);
    assert_ok(cloacina_execution_wait(run, -1, &err));
    assert_ok(cloacina_execution_explain(run, &text, &err));
    assert_string_equal(text, "");
    cloacina_execution_destroy(run);
}

/* Bodies are user code on threads of their own: they may use the runner that runs them. */
static void a_body_may_execute_a_workflow_of_its_own_runner(void **state)
{
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(*state, "nested", NULL, &run, &err));
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_COMPLETED);
    cloacina_execution_destroy(run);
    assert_int_equal(figures_of(*state).workflows_completed, 2);
}

static void *execute_many(void *user)
{
    struct cloacina_error error;
    for (int i = 0; i < 50; i++) {
        struct cloacina_execution *run;
        if (cloacina_runner_execute(user, "shop", "{\"a\":1}", &run, &error) != CLOACINA_OK ||
            cloacina_execution_look(run)->status != CLOACINA_EXECUTION_COMPLETED) {
            return user;
        }
        cloacina_execution_destroy(run);
    }
    return NULL;
}

static void many_threads_execute_at_once(void **state)
{
    enum { CALLERS = 8 };
    pthread_t callers[CALLERS];
    for (int i = 0; i < CALLERS; i++) {
        assert_int_equal(pthread_create(&callers[i], NULL, execute_many, *state), 0);
    }
    for (int i = 0; i < CALLERS; i++) {
        void *failed;
        assert_int_equal(pthread_join(callers[i], &failed), 0);
        assert_null(failed);
    }
    struct cloacina_runner_figures figures = figures_of(*state);
    assert_int_equal(figures.workflows_completed, CALLERS * 50);
    assert_int_equal(figures.tasks_completed, 2 * CALLERS * 50);
    assert_true(figures.commits > 0 && figures.store_calls > 0 && figures.steps > 0);
    assert_int_equal(figures.slots, 4);
    assert_true(figures.lease > 0);
    assert_true(figures.is_claiming);
    assert_true(figures.answered_at > 0);
}

/* Names for people are those of the reference. */
static void statuses_have_names(void **state)
{
    (void)state;
    assert_string_equal(cloacina_execution_status_name(CLOACINA_EXECUTION_PAUSED), "Paused");
    assert_string_equal(cloacina_task_status_name(CLOACINA_TASK_NOT_STARTED), "NotStarted");
    assert_string_equal(cloacina_execution_status_name((enum cloacina_execution_status)77),
                        "unknown-status");
    assert_string_equal(cloacina_task_status_name((enum cloacina_task_status)77), "unknown-status");
}

int main(void)
{
#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, open_runner, close_runner)
    const struct CMUnitTest tests[] = {
        WITH_RUNNER(a_workflow_is_executed_and_its_context_comes_back),
        WITH_RUNNER(a_workflow_that_fails_says_why),
        WITH_RUNNER(bad_input_is_refused_with_a_reason),
        WITH_RUNNER(the_full_name_of_a_workflow_is_understood),
        WITH_RUNNER(an_execution_is_waited_for_and_looked_at_meanwhile),
        WITH_RUNNER(a_wait_that_is_given_up_leaves_the_execution_running),
        WITH_RUNNER(an_operator_pauses_resumes_and_retries),
        WITH_RUNNER(a_cancelled_execution_is_over_at_once),
        WITH_RUNNER(an_execution_explains_what_its_tasks_wait_for),
        WITH_RUNNER(a_body_may_execute_a_workflow_of_its_own_runner),
        WITH_RUNNER(many_threads_execute_at_once),
        cmocka_unit_test(statuses_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
