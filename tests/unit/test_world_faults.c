/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_faults.c - what goes wrong between a runner and its store: when, how long, and that
 * the workflow ends well all the same. */
#include "world_scene.h"

#include "world/world.h"

static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 100, err);
}

CLOACINA_TASK(first, .body = nap_body);
CLOACINA_TASK(second, .body = nap_body, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_WORKFLOW(two, .tasks = CLOACINA_TASKS(&first, &second));

/* ---- one fault, exact times ---- */

struct moment {
    const char *decisions;
    int64_t first_ended_ms;
    int64_t second_started_ms; /* its last attempt, as the store has it */
    int64_t second_ended_ms;
};

/* Milliseconds. */
static void assert_at(const char *decisions, const char *what, int64_t ns, int64_t ms)
{
    if (ns != ms * MS) {
        fail_msg("%s: %s at %lld us, expected %lld ms", decisions, what, (long long)(ns / 1000),
                 (long long)ms);
    }
}

static void assert_moments(const struct moment *moments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cloacina_world_options options = {.replay = moments[i].decisions};
        struct cloacina_world *world = scene_world(&options, &two);
        struct cloacina_world_execution run = scene_submit(world, "two", NULL);
        scene_run(world);
        scene_assert_status(world, run, "Completed");
        struct cloacina_world_task one = scene_task(world, run, "first");
        struct cloacina_world_task other = scene_task(world, run, "second");
        char unused[200];
        assert_at(moments[i].decisions, "first ended", one.ended_ns, moments[i].first_ended_ms);
        assert_at(moments[i].decisions, "second started", other.started_ns[other.attempts - 1],
                  moments[i].second_started_ms);
        assert_at(moments[i].decisions, "second ended", other.ended_ns, moments[i].second_ended_ms);
        if (cloacina_world_has_unused(world, unused, sizeof(unused))) {
            fail_msg("%s: %s", moments[i].decisions, unused);
        }
        cloacina_world_destroy(world);
    }
}

/* A commit that fails is made again after 100, 200, 400... ms; one whose fate nobody knows is
 * looked for first. What was claimed with it starts when the answer is there. */
static void a_commit_that_fails_costs_only_time(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=postpone", 100, 100, 200},
        {"run-1/first/1/commit@1=busy", 100, 100, 300},
        {"run-1/first/1/commit@1=busy,run-1/first/1/commit@2=busy", 100, 100, 500},
        {"run-1/first/1/commit@1=error", 100, 100, 300},
        {"run-1/first/1/commit@1=reply-lost", 100, 100, 300},
        {"run-1/first/1/commit@1=dropped", 100, 100, 300},
        {"run-1/first/1/commit@1=dropped,runner-1/run-1/find-commit@1=busy", 100, 100, 500},
        {"run-1/first/1/commit@1=slow:2s", 100, 100, 2200},
        {"run-1/first/1/commit@1=slow-reply:2s", 100, 100, 2200},
        {"run-1/first/1/submit@1=busy", 200, 200, 300},
        {"run-1/first/1/submit@1=reply-lost", 200, 200, 300},
        {"run-1/first/1/submit@1=dropped", 200, 200, 300},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* Attempts at 0.1, 0.2, 0.4, 0.8, 1.6 and 3.2 s fail; nothing is asked of the oracle meanwhile. */
static void a_store_that_is_down_or_full_is_waited_for(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=down:5s", 100, 100, 6500},
        {"run-1/first/1/commit@1=full:5s", 100, 100, 6500},
        {"runner-1/open-lease@1=down:1500ms", 2100, 2100, 2200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* Its successor begins after so long. The old lease is found dead by its first beat (10 s later)
 * plus a threshold of 60 s: then what ran under it runs again. */
static void a_dead_runner_is_found_dead_and_its_work_done_again(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=crash:1s", 71200, 71200, 71300},
        {"run-1/first/1/commit@1=crash-after:1s", 100, 71100, 71200},
        {"runner-1/poll@1=crash:1s", 71100, 71100, 71200},
        {"run-1/first/1/submit@1=crash:1s", 1100, 1100, 1200},
        {"run-1/first/1/submit@1=crash-after:1s", 71100, 71100, 71200},
        {"runner-1/open-lease@1=crash:2s", 2100, 2100, 2200},
        {"runner-1/open-lease@1=crash-after:2s", 2100, 2100, 2200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* A supervisor tries again every second. */
static void a_runner_that_cannot_begin_tries_again(void **state)
{
    static const struct moment moments[] = {
        {"runner-1/open-lease@1=busy", 1100, 1100, 1200},
        {"runner-1/open-lease@1=reply-lost", 1100, 1100, 1200},
        {"runner-1/open-lease@1=error,runner-1/open-lease@2=dropped", 2100, 2100, 2200},
        {"runner-1/open-lease@1=slow:2s", 2100, 2100, 2200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* What is under way ends first; then the next one begins after so long. It has the changed code
 * after a deploy, and serves what began under the old definition. */
static void a_runner_that_is_stopped_ends_its_work_first(void **state)
{
    static const struct moment moments[] = {
        {"runner-1/poll@1=stop:1s", 100, 1100, 1200},
        {"runner-1/poll@1=deploy:1s", 100, 1100, 1200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* The process stands still, body and all; the commit it was about to make comes afterwards. */
static void a_frozen_runner_goes_on_where_it_was(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=freeze:2s", 100, 100, 2200},
        {"runner-1/poll@1=freeze:2s", 2100, 2100, 2200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* A wall clock that jumps or is wrong moves nothing; the store's clock is what rows are
 * dated by. */
static void clocks_that_are_wrong_cost_nothing(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=step:-1h", 100, 100, 200},
        {"runner-1/clock@1=offset:1h", 100, 100, 200},
        {"runner-1/rate@1=drift:-100ppm", 100, 100, 200},
        {"runner-1/poll@1=store-step:10s", 10100, 10100, 10200},
        {"runner-1/poll@1=store-step:-10s", 0, 0, 0}, /* store time stands still for the runner */
        {"world/clock@1=offset:5s", 5100, 5100, 5200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* The submission waits for the lease, which takes a round trip; a body starts half a trip after its
 * claim was stored. */
static void a_slow_network_adds_its_trips(void **state)
{
    static const struct moment moments[] = {
        {"runner-1/network@1=round-trip:10ms", 115, 115, 225},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* An allocation that fails inside the runner is tried again. */
static void a_runner_without_memory_gets_over_it(void **state)
{
    static const struct moment moments[] = {
        {"run-1/first/1/commit@1=no-memory:1", 100, 100, 200},
        {"run-1/first/1/commit@1=no-memory:3", 100, 100, 200},
        {"runner-1/open-lease@1=no-memory:1", 1100, 1100, 1200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* Somebody pauses at once, and resumes five seconds later. */
static void an_operator_always_resumes_what_he_paused(void **state)
{
    static const struct moment moments[] = {
        {"run-1/operator@1=pause:5s", 100, 5000, 5100},
        {"run-1/operator@1=pause:0s", 100, 100, 200},
    };
    (void)state;
    assert_moments(moments, sizeof(moments) / sizeof(moments[0]));
}

/* ---- an operator who ends things ---- */

static void an_operator_may_cancel_or_reset(void **state)
{
    struct cloacina_world_options options = {.replay = "run-1/operator@1=cancel"};
    (void)state;
    struct cloacina_world *world = scene_world(&options, &two);
    struct cloacina_world_execution run = scene_submit(world, "two", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Cancelled");
    cloacina_world_destroy(world);
    options.replay = "run-1/operator@3=reset"; /* refused: nothing has failed */
    world = scene_world(&options, &two);
    run = scene_submit(world, "two", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_false(cloacina_world_has_unused(world, (char[8]){0}, 8));
    cloacina_world_destroy(world);
}

/* ---- users, whose runner dies ---- */

/* The pause was stored, but its runner died before it could say so: asked again, it is done. */
static void a_command_is_asked_again_until_it_is_answered(void **state)
{
    struct cloacina_world_options options = {.replay = "run-1/commit@1=crash-after:3s"};
    (void)state;
    struct cloacina_world *world = scene_world(&options, &two);
    struct cloacina_world_execution run = scene_submit(world, "two", NULL);
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_PAUSE, 50 * MS, err));
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_RESUME, 80 * SECOND, err));
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    scene_assert_times(world, run, "second", 1, 80 * SECOND + 100 * MS, 80 * SECOND + 200 * MS);
    assert_false(cloacina_world_has_unused(world, (char[8]){0}, 8));
    cloacina_world_destroy(world);
}

/* A command for an execution that could not be submitted yet waits for it. */
static void a_command_waits_for_its_execution(void **state)
{
    struct cloacina_world_options options = {.replay = "run-1/first/1/submit@1=crash:3s"};
    (void)state;
    struct cloacina_world *world = scene_world(&options, &two);
    struct cloacina_world_execution run = scene_submit(world, "two", NULL);
    assert_ok(cloacina_world_command(world, run, CLOACINA_WORLD_CANCEL, MS, err));
    scene_run(world);
    scene_assert_status(world, run, "Cancelled");
    assert_false(cloacina_world_has_unused(world, (char[8]){0}, 8));
    cloacina_world_destroy(world);
}

/* ---- a deploy of other bodies ---- */

static int old_runs, new_runs;

static enum cloacina_code old_body(struct cloacina_task *task, struct cloacina_error *err)
{
    old_runs++;
    return nap_body(task, err);
}

static enum cloacina_code new_body(struct cloacina_task *task, struct cloacina_error *err)
{
    new_runs++;
    return nap_body(task, err);
}

CLOACINA_TASK(step_one, .body = old_body);
CLOACINA_TASK(step_two, .body = old_body, .dependencies = CLOACINA_TASKS(&step_one));
CLOACINA_TASK(step_gone, .body = old_body, .dependencies = CLOACINA_TASKS(&step_two));
static const struct cloacina_workflow_definition before_upgrade = {
    .name = "service",
    .tasks = CLOACINA_TASKS(&step_one, &step_two),
};

static struct cloacina_task_definition new_one = {.name = "step_one", .body = new_body};
static const struct cloacina_task_definition *const on_one[] = {&new_one, NULL};
static struct cloacina_task_definition new_two = {
    .name = "step_two", .body = new_body, .dependencies = on_one};
static struct cloacina_task_definition new_three = {
    .name = "step_three", .body = new_body, .dependencies = on_one};
static const struct cloacina_task_definition *const new_tasks[] = {&new_one, &new_two, &new_three,
                                                                   NULL};
static const struct cloacina_workflow_definition after_upgrade = {.name = "service",
                                                                  .tasks = new_tasks};

/* One task that the new code does not have. */
static const struct cloacina_workflow_definition before_removal = {
    .name = "service",
    .tasks = CLOACINA_TASKS(&step_one, &step_two, &step_gone),
};

/* A world whose runners begin with the old bodies. */
static struct cloacina_world *
upgrade_world(const char *decisions, const struct cloacina_workflow_definition *old_definition)
{
    struct cloacina_world_options options = {.replay = decisions};
    struct cloacina_workflow *old = NULL;
    struct cloacina_world *world = scene_world(&options, &after_upgrade);
    assert_ok(cloacina_workflow_build_definition(old_definition, NULL, &old, err));
    assert_ok(cloacina_world_register_old(world, old, err));
    assert_error(cloacina_world_register_old(world, old, err), CLOACINA_EXISTS,
                 "workflow 'service' is already registered");
    cloacina_workflow_unref(old);
    old_runs = new_runs = 0;
    return world;
}

/* The execution keeps its definition; its next task is the new code's. */
static void a_deploy_serves_old_executions_with_new_bodies(void **state)
{
    (void)state;
    struct cloacina_world *world = upgrade_world("runner-1/poll@1=deploy:1s", &before_upgrade);
    struct cloacina_world_execution run = scene_submit(world, "service", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    scene_assert_times(world, run, "step_two", 1, 1100 * MS, 1200 * MS);
    assert_int_equal(old_runs, 1);
    assert_int_equal(new_runs, 1);
    run = scene_submit(world, "service", NULL);
    scene_run(world);
    assert_int_equal(new_runs, 4);
    assert_int_equal(scene_task(world, run, "step_three").attempts, 1);
    cloacina_world_destroy(world);
}

/* Nobody has the new bodies yet. */
static void without_a_deploy_the_old_bodies_stay(void **state)
{
    (void)state;
    struct cloacina_world *world = upgrade_world("runner-1/poll@1=stop:1s", &before_upgrade);
    struct cloacina_world_execution run = scene_submit(world, "service", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_int_equal(old_runs, 2);
    assert_int_equal(new_runs, 0);
    cloacina_world_destroy(world);
}

/* Ready, and nobody has its body any more: the world rests, and says why. */
static void a_task_that_only_the_old_code_has_waits(void **state)
{
    (void)state;
    struct cloacina_world *world = upgrade_world("runner-1/poll@1=deploy:1s", &before_removal);
    struct cloacina_world_execution run = scene_submit(world, "service", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Running");
    scene_assert_task(world, run, "step_gone", "Ready", "", 0);
    cloacina_world_destroy(world);
}

/* Where nobody gave other bodies, a deployed runner has the same ones under a definition in which
 * every task has another number; whatever the tasks are called. */
static void a_deploy_without_other_bodies_changes_the_definitions(void **state)
{
    static const char *const firsts[] = {"a", "!", " ", "[\"]\\"};
    (void)state;
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        struct cloacina_task_definition one = {.name = firsts[i], .body = nap_body};
        const struct cloacina_task_definition *const on_first[] = {&one, NULL};
        struct cloacina_task_definition other = {
            .name = "other", .body = nap_body, .dependencies = on_first};
        const struct cloacina_task_definition *const tasks[] = {&one, &other, NULL};
        struct cloacina_workflow_definition names = {
            .name = "na[]mes", .tenant = "[\"t\\]", .tasks = tasks};
        struct cloacina_world_options options = {.replay = "runner-1/poll@1=deploy:1s"};
        struct cloacina_world *world = scene_world(&options, &names);
        struct cloacina_world_execution run = scene_submit(world, "na[]mes", NULL);
        scene_run(world);
        scene_assert_status(world, run, "Completed");
        scene_assert_times(world, run, "other", 1, 1100 * MS, 1200 * MS);
        assert_int_equal(world->deploy.other.count, 1);
        assert_int_equal(world->deploy.other.workflows[0]->definition->task_count,
                         firsts[i][0] == ' ' ? 2 : 3);
        cloacina_world_destroy(world);
    }
}

/* ---- hints ---- */

/* Two runners with one slot each: the second learns from a hint that there is work for it. */
static int64_t end_of_fan(const char *decisions)
{
    static const struct cloacina_task_definition left = {.name = "left", .body = nap_body};
    static const struct cloacina_task_definition right = {.name = "right", .body = nap_body};
    static const struct cloacina_task_definition *const both[] = {&left, &right, NULL};
    static const struct cloacina_workflow_definition fan = {.name = "fan", .tasks = both};
    struct cloacina_world_options options = {.replay = decisions, .runners = 2, .slots = 1};
    struct cloacina_world *world = scene_world(&options, &fan);
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL); /* both have looked, and found nothing */
    struct cloacina_world_execution run = scene_submit(world, "fan", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    int64_t end = scene_task(world, run, "right").ended_ns;
    assert_false(cloacina_world_has_unused(world, (char[8]){0}, 8));
    cloacina_world_destroy(world);
    return end - SECOND;
}

static void hints_only_save_time(void **state)
{
    (void)state;
    assert_int_equal(end_of_fan(NULL), 100 * MS);
    assert_int_equal(end_of_fan("runner-2/hint@1=doubled"), 100 * MS);
    assert_int_equal(end_of_fan("runner-2/hint@1=late:20ms"), 120 * MS);
    assert_int_equal(end_of_fan("runner-2/hint@1=lost"), 200 * MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_that_fails_costs_only_time),
        cmocka_unit_test(a_store_that_is_down_or_full_is_waited_for),
        cmocka_unit_test(a_dead_runner_is_found_dead_and_its_work_done_again),
        cmocka_unit_test(a_runner_that_cannot_begin_tries_again),
        cmocka_unit_test(a_runner_that_is_stopped_ends_its_work_first),
        cmocka_unit_test(a_frozen_runner_goes_on_where_it_was),
        cmocka_unit_test(clocks_that_are_wrong_cost_nothing),
        cmocka_unit_test(a_slow_network_adds_its_trips),
        cmocka_unit_test(a_runner_without_memory_gets_over_it),
        cmocka_unit_test(an_operator_always_resumes_what_he_paused),
        cmocka_unit_test(an_operator_may_cancel_or_reset),
        cmocka_unit_test(a_command_is_asked_again_until_it_is_answered),
        cmocka_unit_test(a_command_waits_for_its_execution),
        cmocka_unit_test(a_deploy_serves_old_executions_with_new_bodies),
        cmocka_unit_test(without_a_deploy_the_old_bodies_stay),
        cmocka_unit_test(a_task_that_only_the_old_code_has_waits),
        cmocka_unit_test(a_deploy_without_other_bodies_changes_the_definitions),
        cmocka_unit_test(hints_only_save_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
