/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_api_host.c - a runner without a thread of its own: the host steps, and perhaps works. */
#include "runner_api_scene.h"

#include <poll.h>
#include <pthread.h>

static atomic_int is_signed;
static atomic_int work_done;

static enum cloacina_code work_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)task;
    (void)error;
    atomic_fetch_add(&work_done, 1);
    return CLOACINA_OK;
}

static int signed_the_second_time(void *user)
{
    (void)user;
    return atomic_fetch_add(&is_signed, 1) == 1;
}

static enum cloacina_code parking_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_task_defer_until(task, signed_the_second_time, NULL, 1, error);
}

/* Starts another one in its own runner, and does not wait for it. */
static enum cloacina_code spawning_body(struct cloacina_task *task, struct cloacina_error *error)
{
    struct cloacina_runner **runner = cloacina_task_user(task);
    struct cloacina_execution *spawned;
    enum cloacina_code code =
        cloacina_runner_execute_async(*runner, "simple", NULL, &spawned, error);
    cloacina_execution_destroy(spawned);
    return code;
}

static struct cloacina_runner *own;

CLOACINA_TASK(work, .body = work_body);
CLOACINA_TASK(more, .body = work_body, .dependencies = CLOACINA_TASKS(&work));
CLOACINA_TASK(parking, .body = parking_body);
CLOACINA_TASK(spawning, .body = spawning_body, .user = &own);
CLOACINA_WORKFLOW(simple, .tasks = CLOACINA_TASKS(&work, &more));
CLOACINA_WORKFLOW(approval, .tasks = CLOACINA_TASKS(&parking));
CLOACINA_WORKFLOW(spawn, .tasks = CLOACINA_TASKS(&spawning));

static struct cloacina_runner *opened(enum cloacina_executor executor)
{
    struct cloacina_runner *runner;
    atomic_store(&is_signed, 0);
    atomic_store(&work_done, 0);
    assert_ok(cloacina_runner_open(&(struct cloacina_runner_options){.executor = executor}, &runner,
                                   &err));
    own = runner;
    return runner;
}

/* One turn of a host's loop: sleeps as it should, steps, works. */
static void turn(struct cloacina_runner *runner, int64_t *deadline)
{
    int64_t left = *deadline - cloacina_clock_monotonic(cloacina_clock_system());
    struct pollfd wanted = {.fd = cloacina_runner_descriptor(runner), .events = POLLIN};
    assert_true(poll(&wanted, 1, left <= 0 ? 0 : (int)(left / 1000000 + 1)) >= 0);
    assert_ok(cloacina_runner_step(runner, deadline, &err));
    while (cloacina_runner_work(runner)) {
    }
}

static void turn_until_over(struct cloacina_runner *runner, struct cloacina_execution *run)
{
    int64_t deadline = 0;
    while (cloacina_execution_wait(run, 0, &err) == CLOACINA_TIMEOUT) {
        turn(runner, &deadline);
    }
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_COMPLETED);
    cloacina_execution_destroy(run);
}

/* A program with an event loop needs no thread of ours. */
static void one_thread_does_everything(void **state)
{
    (void)state;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_HOST);
    struct cloacina_execution *run = started(runner, "simple");
    assert_int_equal(work_done, 0);
    turn_until_over(runner, run);
    assert_int_equal(work_done, 2);
    shut(runner);
}

static void the_host_steps_and_the_runner_has_threads_for_bodies(void **state)
{
    (void)state;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_THREADS);
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(runner, "simple", NULL, &run, &err)); /* steps meanwhile */
    cloacina_execution_destroy(run);
    turn_until_over(runner, started(runner, "simple"));
    assert_int_equal(work_done, 4);
    assert_int_equal(cloacina_runner_work(runner), 0);
    shut(runner);
}

/* While its only thread is in a body that waits, the runner must live. */
static void a_body_that_waits_steps_the_runner(void **state)
{
    (void)state;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_HOST);
    turn_until_over(runner, started(runner, "approval"));
    assert_int_equal(is_signed, 2);
    turn_until_over(runner, started(runner, "spawn"));
    shut(runner);
}

/* A wait that could never end is refused. */
static void the_only_thread_cannot_wait_for_bodies_that_it_has_to_run(void **state)
{
    (void)state;
    struct cloacina_execution *run;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_HOST);
    assert_int_equal(cloacina_runner_execute(runner, "simple", NULL, &run, &err), CLOACINA_INVALID);
    assert_null(run);
    run = started(runner, "simple");
    assert_int_equal(cloacina_execution_wait(run, -1, &err), CLOACINA_INVALID);
    assert_int_equal(cloacina_execution_wait(run, 0, &err), CLOACINA_TIMEOUT);
    cloacina_execution_destroy(run);
    assert_ok(cloacina_runner_shutdown(runner, 0, &err)); /* its bodies are handed back */
    int64_t deadline;
    assert_int_equal(cloacina_runner_step(runner, &deadline, &err), CLOACINA_CANCELLED);
    assert_int_equal(cloacina_runner_work(runner), 0);
    cloacina_runner_destroy(runner);
}

static void *execute_one(void *user)
{
    struct cloacina_execution *run;
    struct cloacina_error error;
    if (cloacina_runner_execute(user, "simple", NULL, &run, &error) != CLOACINA_OK) {
        return user;
    }
    cloacina_execution_destroy(run);
    return NULL;
}

/* Other threads may call what blocks, while the host's loop turns. */
static void another_thread_executes_while_the_host_turns(void **state)
{
    (void)state;
    pthread_t caller;
    void *failed;
    int64_t deadline = 0;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_HOST);
    assert_int_equal(pthread_create(&caller, NULL, execute_one, runner), 0);
    while (atomic_load(&work_done) < 2) {
        turn(runner, &deadline);
    }
    assert_ok(cloacina_runner_step(runner, &deadline, &err)); /* commits the last */
    assert_int_equal(pthread_join(caller, &failed), 0);
    assert_null(failed);
    shut(runner);
}

static void *turn_once_and_leave(void *user)
{
    int64_t deadline;
    struct cloacina_error error;
    return cloacina_runner_step(user, &deadline, &error) == CLOACINA_OK ? NULL : user;
}

/* Whoever shuts down may be another thread than the one that stepped, which may be gone. */
static void a_shutdown_steps_by_itself(void **state)
{
    (void)state;
    pthread_t stepper;
    void *failed;
    struct cloacina_runner *runner = opened(CLOACINA_EXECUTOR_HOST);
    cloacina_execution_destroy(started(runner, "simple"));
    assert_int_equal(pthread_create(&stepper, NULL, turn_once_and_leave, runner), 0);
    assert_int_equal(pthread_join(stepper, &failed), 0);
    assert_null(failed);
    shut(runner);
}

/* A runner with a thread can lend its bodies to the host's, which hears of them by the descriptor. */
static void the_host_works_for_a_runner_that_steps_itself(void **state)
{
    (void)state;
    struct cloacina_runner *runner =
        runner_with(&simple, (struct cloacina_runner_options){.executor = CLOACINA_EXECUTOR_HOST});
    struct pollfd wanted = {.fd = cloacina_runner_descriptor(runner), .events = POLLIN};
    struct cloacina_execution *run = started(runner, "simple");
    int64_t deadline;
    atomic_store(&work_done, 0);
    while (atomic_load(&work_done) < 2) {
        assert_int_equal(poll(&wanted, 1, -1), 1);
        (void)cloacina_runner_work(runner);
    }
    waited(run, CLOACINA_EXECUTION_COMPLETED);
    assert_int_equal(cloacina_runner_step(runner, &deadline, &err), CLOACINA_INVALID);
    shut(runner);
    runner = runner_with(&simple, (struct cloacina_runner_options){0});
    assert_int_equal(cloacina_runner_descriptor(runner), -1);
    shut(runner);
}

/* An idle runner asks its store once per heartbeat, and does nothing between. */
static void an_idle_runner_makes_one_store_call_per_heartbeat(void **state)
{
    (void)state;
    enum { BEATS = 20 };
    struct cloacina_runner *runner;
    struct cloacina_runner_figures before, after;
    int64_t deadline;
    assert_ok(
        cloacina_runner_open(&(struct cloacina_runner_options){.heartbeat_ms = 1}, &runner, &err));
    assert_ok(cloacina_runner_step(runner, &deadline, &err)); /* looks for work from before */
    cloacina_runner_look(runner, &before);
    for (int i = 0; i < BEATS; i++) {
        assert_ok(cloacina_clock_wait_until(cloacina_clock_system(), deadline, &err));
        assert_ok(cloacina_runner_step(runner, &deadline, &err));
    }
    cloacina_runner_look(runner, &after);
    assert_int_equal(after.store_calls - before.store_calls, BEATS);
    assert_int_equal(after.steps - before.steps, BEATS);
    assert_int_equal(after.commits, 0);
    shut(runner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_does_everything),
        cmocka_unit_test(the_host_steps_and_the_runner_has_threads_for_bodies),
        cmocka_unit_test(a_body_that_waits_steps_the_runner),
        cmocka_unit_test(the_only_thread_cannot_wait_for_bodies_that_it_has_to_run),
        cmocka_unit_test(another_thread_executes_while_the_host_turns),
        cmocka_unit_test(a_shutdown_steps_by_itself),
        cmocka_unit_test(the_host_works_for_a_runner_that_steps_itself),
        cmocka_unit_test(an_idle_runner_makes_one_store_call_per_heartbeat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
