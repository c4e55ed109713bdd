/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_rest.c - what must hold when nothing moves any more, and two runs of one seed. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price"},
    {.name = "charge", .dependencies = TASKS("price")},
};

/* 'price' is Ready. */
static int submitted(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 2, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    assert_holds(&scene);
    *state = &scene;
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

/* Two runners live, and nothing else. */
static struct checkers_rest rest_of_two(void)
{
    return (struct checkers_rest){.baseline = {.leases = 2}, .found = {.leases = 2}};
}

/* ---- I-07 ---- */

/* The ordinary end of a world. */
static void an_execution_that_is_over_rests(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_holds(scene);
}

/* A lost wake-up: everybody waits for somebody else. */
static void a_ready_task_that_somebody_offers_is_no_rest(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-07",
                  "task 'price': is Ready and offered, and nothing is left that could claim it");
}

/* It waits for a runner that has the body: a person has to come. */
static void a_ready_task_that_nobody_offers_may_rest(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene->offered = "charge";
    checkers_settled(scene->checkers, &rest);
    assert_holds(scene);
    scene_claim(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-07",
                  "task 'charge': is Ready and offered, and nothing is left that could claim it");
}

/* It waits for an operator: a person has to come. */
static void a_paused_execution_may_rest(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_holds(scene);
}

/* Pausing stops claims, not bodies: a Running task without anything that moves is lost. */
static void a_running_task_is_no_rest_even_while_paused(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene_claim(scene);
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-07",
                  "task 'price': is Running, claimed with token 1.2, and nothing is left that "
                  "could end it");
}

/* ---- I-24 ---- */

/* What leaks a little in each run stops a production machine after a month. */
static void each_figure_must_be_back(void **state)
{
    static const struct {
        struct checkers_figures more;
        const char *words;
    } cases[] = {
        {{.slots = 1}, "at rest there are 1 slots in use; before, there were 0"},
        {{.attempts = 1}, "at rest there are 1 attempts; before, there were 0"},
        {{.executions = 1}, "2 runners keep 1 executions, but only 0 are not over"},
        {{.coroutines = 1}, "at rest there are 1 bodies in coroutines; before, there were 0"},
        {{.timers = 3}, "at rest there are 3 timers; before, there were 0"},
        {{.leases = 1}, "at rest there are 3 leases of living runners; before, there were 2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene *scene = *state;
        struct checkers_rest rest = rest_of_two();
        rest.found.slots += cases[i].more.slots;
        rest.found.attempts += cases[i].more.attempts;
        rest.found.executions += cases[i].more.executions;
        rest.found.coroutines += cases[i].more.coroutines;
        rest.found.timers += cases[i].more.timers;
        rest.found.leases += cases[i].more.leases;
        scene_apply(scene, EXECUTION_CANCEL, NULL);
        scene_commit(scene);
        checkers_settled(scene->checkers, &rest);
        assert_breaks(scene, "I-24", cases[i].words);
        scene_close(scene);
        submitted(state);
    }
}

/* The executor has forgotten it, but it has never returned. */
static void a_body_that_never_ended_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene_claim(scene);
    scene_commit(scene);
    struct attempt attempt = {
        .workflow = scene->workflow->definition,
        .execution = scene->execution.row.id,
        .claim = scene_row(scene, "price")->claim,
        .number = 1,
    };
    checkers_attempt_started(scene->checkers, &attempt);
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-24",
                  "1 bodies were started and have not ended, but the executors have 0");
}

/* A cancelled body that does not return holds its thread. */
static void a_body_that_is_left_over_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = rest_of_two();
    scene_claim(scene);
    scene_commit(scene);
    struct attempt attempt = {
        .workflow = scene->workflow->definition,
        .execution = scene->execution.row.id,
        .claim = scene_row(scene, "price")->claim,
        .number = 1,
    };
    checkers_attempt_started(scene->checkers, &attempt);
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    rest.found.bodies = 1;
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-24", "at rest there are 1 bodies; before, there were 0");
}

/* Others would wait for its beat, and then for its claims. */
static void a_lease_that_nobody_holds_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = {.baseline = {.leases = 1}, .found = {.leases = 1}};
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-24",
                  "at rest there are 2 open leases in the store; before, there were 1");
}

/* ---- I-29 ---- */

/* A failure that cannot be replayed cannot be repaired. */
static void two_runs_of_one_seed_leave_one_trace(void **state)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    struct hash128 first = {.high = 1, .low = 2};
    struct hash128 second = {.high = 1, .low = 3};
    (void)state;
    assert_int_equal(checkers_compare_traces(7, first, first, &error), CLOACINA_OK);
    assert_int_equal(checkers_compare_traces(7, first, second, &error), CLOACINA_FAILED);
    assert_string_equal(error.message,
                        "I-29: seed 7 left two traces: 00000000000000010000000000000002, then "
                        "00000000000000010000000000000003");
}

#define SUBMITTED(test) cmocka_unit_test_setup_teardown(test, submitted, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUBMITTED(an_execution_that_is_over_rests),
        SUBMITTED(a_ready_task_that_somebody_offers_is_no_rest),
        SUBMITTED(a_ready_task_that_nobody_offers_may_rest),
        SUBMITTED(a_paused_execution_may_rest),
        SUBMITTED(a_running_task_is_no_rest_even_while_paused),
        SUBMITTED(each_figure_must_be_back),
        SUBMITTED(a_body_that_never_ended_is_seen),
        SUBMITTED(a_body_that_is_left_over_is_seen),
        SUBMITTED(a_lease_that_nobody_holds_is_seen),
        cmocka_unit_test(two_runs_of_one_seed_leave_one_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
