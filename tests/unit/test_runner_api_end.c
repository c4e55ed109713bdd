/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_api_end.c - how a runner of production ends: in good order, late, and not at all. */
#include "runner_api_scene.h"

#include <pthread.h>

static struct door door;
static atomic_int is_signed, asked;

static enum cloacina_code door_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)task;
    (void)error;
    (void)sem_post(&door.has_come);
    pass(&door.may_go);
    return CLOACINA_OK;
}

/* Of the one test that leaves a body behind: its door stays open, for the body still holds it when
 * the test is over. */
static struct door hanging_door;

static enum cloacina_code hanging_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)sem_post(&hanging_door.has_come);
    pass(&hanging_door.may_go);
    return cloacina_context_set_int64(cloacina_task_context(task), "late", 1, error);
}

static enum cloacina_code sleeping_body(struct cloacina_task *task, struct cloacina_error *error)
{
    (void)sem_post(&door.has_come);
    return cloacina_task_sleep_ms(task, 3600000, error);
}

static int signed_yet(void *user)
{
    (void)user;
    if (atomic_fetch_add(&asked, 1) == 0) {
        (void)sem_post(&door.has_come);
    }
    return atomic_load(&is_signed);
}

static enum cloacina_code parking_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_task_defer_until(task, signed_yet, NULL, 1, error);
}

CLOACINA_TASK(at_door, .body = door_body);
CLOACINA_TASK(at_door_too, .body = door_body);
CLOACINA_TASK(hangs, .body = hanging_body);
CLOACINA_TASK(sleeping, .body = sleeping_body);
CLOACINA_TASK(parking, .body = parking_body);
CLOACINA_TASK(hurried, .body = sleeping_body, .timeout_ms = 1, .retry = {.attempts_max = 1});
CLOACINA_TASK(lonely, .body = sleeping_body, .retry = {.attempts_max = 1});
CLOACINA_WORKFLOW(waiting, .tasks = CLOACINA_TASKS(&at_door));
CLOACINA_WORKFLOW(hanging, .tasks = CLOACINA_TASKS(&hangs));
CLOACINA_WORKFLOW(pair, .tasks = CLOACINA_TASKS(&at_door, &at_door_too));
CLOACINA_WORKFLOW(long_sleep, .tasks = CLOACINA_TASKS(&sleeping));
CLOACINA_WORKFLOW(approval, .tasks = CLOACINA_TASKS(&parking));
CLOACINA_WORKFLOW(haste, .tasks = CLOACINA_TASKS(&hurried));
CLOACINA_WORKFLOW(single, .tasks = CLOACINA_TASKS(&lonely));

static int open_door(void **state)
{
    (void)state;
    atomic_store(&is_signed, 0);
    atomic_store(&asked, 0);
    door_open(&door);
    return 0;
}

static int shut_door(void **state)
{
    (void)state;
    door_close(&door);
    return 0;
}

/* ---- in good order ---- */

static void an_idle_runner_shuts_down_and_a_second_time_is_fine(void **state)
{
    (void)state;
    struct cloacina_runner *runner = runner_with(&waiting, (struct cloacina_runner_options){0});
    assert_ok(cloacina_runner_shutdown(runner, 0, &err));
    assert_ok(cloacina_runner_shutdown(runner, 0, &err));
    struct cloacina_runner_figures figures;
    cloacina_runner_look(runner, &figures);
    assert_int_equal(figures.lease, 0);
    assert_false(figures.is_claiming);
    cloacina_runner_destroy(runner);
    cloacina_runner_destroy(NULL);
}

static void *shut_down(void *user)
{
    struct cloacina_error error;
    return cloacina_runner_shutdown(user, -1, &error) == CLOACINA_OK ? NULL : user;
}

/* Bodies that run come to their end, whoever waits, and nothing new begins. */
static void a_shutdown_waits_for_the_bodies_that_run(void **state)
{
    (void)state;
    pthread_t closer, second;
    void *failed;
    struct cloacina_runner *runner =
        runner_with(&pair, (struct cloacina_runner_options){.slots = 1});
    struct cloacina_execution *run = started(runner, "pair");
    pass(&door.has_come);
    assert_int_equal(pthread_create(&closer, NULL, shut_down, runner), 0);
    assert_int_equal(pthread_create(&second, NULL, shut_down, runner), 0);
    while (figures_of(runner).is_claiming) {
        (void)sched_yield();
    }
    (void)sem_post(&door.may_go);
    assert_int_equal(pthread_join(closer, &failed), 0);
    assert_null(failed);
    assert_int_equal(pthread_join(second, &failed), 0);
    assert_null(failed);
    assert_int_equal(sem_trywait(&door.has_come), -1); /* the other task was not begun */
    struct cloacina_runner_figures figures;
    cloacina_runner_look(runner, &figures);
    assert_int_equal(figures.tasks_completed, 1);
    cloacina_execution_destroy(run);
    cloacina_runner_destroy(runner);
}

/* After the end every call answers, at once. */
static void calls_after_the_shutdown_are_refused(void **state)
{
    (void)state;
    struct cloacina_runner *runner = runner_with(&waiting, (struct cloacina_runner_options){0});
    struct cloacina_execution *run = started(runner, "waiting");
    struct cloacina_execution *other;
    struct cloacina_listing *listing;
    struct cloacina_history *history;
    (void)sem_post(&door.may_go);
    assert_ok(cloacina_runner_shutdown(runner, -1, &err));
    assert_int_equal(cloacina_execution_wait(run, -1, &err), CLOACINA_UNAVAILABLE);
    assert_string_equal(err.message, "runner 'runner': the runner has shut down");
    assert_int_equal(cloacina_execution_refresh(run, &err), CLOACINA_UNAVAILABLE);
    assert_int_equal(cloacina_runner_execute(runner, "waiting", NULL, &other, &err),
                     CLOACINA_UNAVAILABLE);
    assert_null(other);
    assert_int_equal(cloacina_runner_list(runner, NULL, &listing, &err), CLOACINA_UNAVAILABLE);
    assert_int_equal(cloacina_execution_history(run, 0, 0, &history, &err), CLOACINA_UNAVAILABLE);
    assert_int_equal(cloacina_runner_register(runner, &waiting, &err), CLOACINA_UNAVAILABLE);
    assert_int_equal(cloacina_execution_look(run)->tasks, 1);
    cloacina_execution_destroy(run);
    cloacina_runner_destroy(runner);
}

static void *execute_waiting(void *user)
{
    struct cloacina_execution *run;
    struct cloacina_error error;
    enum cloacina_code code = cloacina_runner_execute(user, "approval", NULL, &run, &error);
    bool is_right = code == CLOACINA_UNAVAILABLE && run != NULL;
    cloacina_execution_destroy(run);
    return is_right ? NULL : user;
}

/* Parked bodies may wait for days: they are handed back, and who waits for them hears of it. */
static void a_shutdown_hands_parked_bodies_back_and_ends_the_waits(void **state)
{
    (void)state;
    pthread_t caller;
    void *failed;
    struct cloacina_runner *runner = runner_with(&approval, (struct cloacina_runner_options){0});
    assert_int_equal(pthread_create(&caller, NULL, execute_waiting, runner), 0);
    pass(&door.has_come);
    assert_int_equal(figures_of(runner).parked, 1);
    assert_int_equal(figures_of(runner).slots_used, 0);
    assert_ok(cloacina_runner_shutdown(runner, -1, &err));
    assert_int_equal(pthread_join(caller, &failed), 0);
    assert_null(failed);
    cloacina_runner_destroy(runner);
}

/* A body that listens, but is not done in time, is handed back: it costs no attempt. */
static void bodies_that_take_too_long_are_told_to_stop(void **state)
{
    (void)state;
    struct cloacina_runner *runner = runner_with(&long_sleep, (struct cloacina_runner_options){0});
    struct cloacina_execution *run = started(runner, "long_sleep");
    pass(&door.has_come);
    assert_ok(cloacina_runner_shutdown(runner, 1, &err));
    struct cloacina_runner_figures figures;
    cloacina_runner_look(runner, &figures);
    assert_int_equal(figures.attempts, 0);
    assert_int_equal(figures.tasks_failed, 0);
    cloacina_execution_destroy(run);
    cloacina_runner_destroy(runner);
}

/* ---- late, and not at all ---- */

/* A body that hangs is told, waited for, and left behind. */
static void a_body_that_hangs_makes_the_shutdown_late_and_is_left_behind(void **state)
{
    (void)state;
    struct counting_heap heap;
    counting_heap_init(&heap);
    struct cloacina_runner *runner = runner_with(
        &hanging, (struct cloacina_runner_options){.cancel_grace_ms = 1, .heap = &heap.heap});
    struct cloacina_execution *run = started(runner, "hanging");
    pass(&hanging_door.has_come);
    assert_int_equal(cloacina_runner_shutdown(runner, 1, &err), CLOACINA_TIMEOUT);
    assert_string_equal(err.message, "runner 'runner': 1 bodies have not returned");
    assert_ok(cloacina_runner_shutdown(runner, 1, &err));
    cloacina_execution_destroy(run);
    cloacina_runner_destroy(runner);
    assert_true(atomic_load(&heap.outstanding) > 0); /* what the body may still look at */
    (void)sem_post(&hanging_door.may_go);
    while (atomic_load(&heap.outstanding) > 0) {
        (void)sched_yield();
    }
}

/* Destroy alone is a shutdown too. */
static void destroying_a_runner_shuts_it_down(void **state)
{
    (void)state;
    cloacina_runner_destroy(runner_with(&waiting, (struct cloacina_runner_options){0}));
}

/* ---- timeouts ---- */

static void a_body_over_its_time_is_told_and_has_failed(void **state)
{
    (void)state;
    struct cloacina_execution *run;
    struct cloacina_runner *runner = runner_with(&haste, (struct cloacina_runner_options){0});
    assert_ok(cloacina_runner_execute(runner, "haste", NULL, &run, &err));
    assert_int_equal(cloacina_execution_look(run)->status, CLOACINA_EXECUTION_FAILED);
    assert_string_equal(cloacina_execution_task(run, 0)->error, "timed out after 0.001 s");
    cloacina_execution_destroy(run);
    shut(runner);
}

/* The timeout of a runner is for tasks that have none of their own. */
static void a_runner_has_a_timeout_for_tasks_without_one(void **state)
{
    (void)state;
    struct cloacina_execution *run;
    struct cloacina_runner *runner =
        runner_with(&single, (struct cloacina_runner_options){.task_timeout_ms = 2});
    assert_ok(cloacina_runner_execute(runner, "single", NULL, &run, &err));
    assert_string_equal(cloacina_execution_task(run, 0)->error, "timed out after 0.002 s");
    cloacina_execution_destroy(run);
    shut(runner);
}

/* A body that ignores everything gets its slot taken; with too many of them nothing is claimed. */
static void too_many_zombies_stop_the_claiming_and_explain_says_so(void **state)
{
    (void)state;
    struct heard heard;
    const char *text;
    heard_open(&heard, CLOACINA_LOG_WARNING);
    struct cloacina_runner *runner = runner_with(
        &waiting, (struct cloacina_runner_options){
                      .slots = 1, .cancel_grace_ms = 1, .zombies_max = 1, .log = &heard.log});
    struct cloacina_execution *first = started(runner, "waiting");
    pass(&door.has_come);
    assert_ok(cloacina_execution_cancel(first, NULL, &err));
    pass(&heard.lines);
    assert_string_equal(heard.last,
                        "runner 'runner': 1 bodies were told to stop and did not in time");
    struct cloacina_execution *second = started(runner, "waiting");
    struct cloacina_runner_figures figures = figures_of(runner);
    assert_int_equal(figures.zombies, 1);
    assert_int_equal(figures.slots_used, 0);
    assert_false(figures.is_claiming);
    assert_ok(cloacina_execution_explain(second, &text, &err));
    assert_non_null(strstr(text, "'runner' claims nothing: 1 bodies did not return"));
    (void)sem_post(&door.may_go);
    pass(&door.has_come); /* the zombie is gone: the second one begins */
    (void)sem_post(&door.may_go);
    waited(second, CLOACINA_EXECUTION_COMPLETED);
    cloacina_execution_destroy(first);
    shut(runner);
    assert_int_equal(sem_destroy(&heard.lines), 0);
}

int main(void)
{
    door_open(&hanging_door);
#define WITH_DOOR(test) cmocka_unit_test_setup_teardown(test, open_door, shut_door)
    const struct CMUnitTest tests[] = {
        WITH_DOOR(an_idle_runner_shuts_down_and_a_second_time_is_fine),
        WITH_DOOR(a_shutdown_waits_for_the_bodies_that_run),
        WITH_DOOR(calls_after_the_shutdown_are_refused),
        WITH_DOOR(a_shutdown_hands_parked_bodies_back_and_ends_the_waits),
        WITH_DOOR(bodies_that_take_too_long_are_told_to_stop),
        WITH_DOOR(a_body_that_hangs_makes_the_shutdown_late_and_is_left_behind),
        WITH_DOOR(destroying_a_runner_shuts_it_down),
        WITH_DOOR(a_body_over_its_time_is_told_and_has_failed),
        WITH_DOOR(a_runner_has_a_timeout_for_tasks_without_one),
        WITH_DOOR(too_many_zombies_stop_the_claiming_and_explain_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
