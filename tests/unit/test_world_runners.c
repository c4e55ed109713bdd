/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_runners.c - several runners share one store, each with its own round trip. */
#include "world_scene.h"

#include <stdio.h>

enum { FAN = 40 };

/* A root, FAN tasks that cost a second each, and a join; owned by the caller. */
static struct cloacina_workflow *fan(void)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_workflow_options options = {.name = "fan"};
    char names[FAN][16];
    const char *all[FAN + 1] = {NULL};
    assert_ok(cloacina_workflow_builder_create(&options, &builder, err));
    assert_ok(cloacina_workflow_builder_add_task(
        builder, &(struct cloacina_task_options){.name = "root"}, err));
    for (int i = 0; i < FAN; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "task-%02d", i);
        all[i] = names[i];
        struct cloacina_task_options task = {
            .name = names[i],
            .dependencies = (const char *const[]){"root", NULL},
        };
        assert_ok(cloacina_workflow_builder_add_task(builder, &task, err));
    }
    assert_ok(cloacina_workflow_builder_add_task(
        builder, &(struct cloacina_task_options){.name = "zjoin", .dependencies = all}, err));
    assert_ok(cloacina_workflow_builder_build(builder, &workflow, err));
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

struct told {
    uint64_t attempts[5]; /* by runner */
    uint32_t slot_max;
    int64_t ended_max;
};

static void attempt_ended(void *user, const struct cloacina_world_attempt *attempt)
{
    struct told *told = user;
    assert_in_range(attempt->runner, 1, 4);
    assert_string_equal(attempt->workflow, "fan");
    assert_int_equal(attempt->code, CLOACINA_OK);
    assert_string_equal(attempt->message, "");
    assert_true(attempt->ended_ns >= attempt->started_ns);
    told->attempts[attempt->runner]++;
    told->slot_max = attempt->slot > told->slot_max ? attempt->slot : told->slot_max;
    told->ended_max = attempt->ended_ns > told->ended_max ? attempt->ended_ns : told->ended_max;
}

struct fan_run {
    struct cloacina_world *world;
    struct cloacina_workflow *workflow;
    struct cloacina_world_execution execution;
    struct cloacina_world_telling telling;
    struct told told;
    int64_t costs[FAN + 2];
};

static void fan_begin(struct fan_run *run, struct cloacina_world_options options)
{
    *run = (struct fan_run){.workflow = fan()};
    run->telling =
        (struct cloacina_world_telling){.attempt_ended = attempt_ended, .user = &run->told};
    for (int i = 1; i <= FAN; i++) {
        run->costs[i] = SECOND;
    }
    options.telling = &run->telling;
    run->world = scene_world(&options, NULL);
    assert_ok(cloacina_world_register_costs(run->world, run->workflow, run->costs, err));
    run->execution = scene_submit(run->world, "fan", "{\"order\": 7}");
}

static void fan_end(struct fan_run *run)
{
    cloacina_world_destroy(run->world);
    cloacina_workflow_unref(run->workflow);
}

/* 4 runners with 2 slots each are 8 slots: 40 seconds of work take 5. */
static void runners_share_the_work(void **state)
{
    struct fan_run run;
    (void)state;
    fan_begin(&run, (struct cloacina_world_options){.runners = 4, .slots = 2});
    scene_run(run.world);
    scene_assert_times(run.world, run.execution, "zjoin", 1, 5 * SECOND, 5 * SECOND);
    for (int i = 1; i <= 4; i++) {
        assert_in_range(run.told.attempts[i], 10, 12);
    }
    assert_int_equal(run.told.slot_max, 1);
    assert_true(run.told.ended_max == 5 * SECOND);
    fan_end(&run);
}

/* Without a limit everything that can run at a time does. */
static void unlimited_slots_run_everything_at_once(void **state)
{
    struct fan_run run;
    (void)state;
    fan_begin(&run, (struct cloacina_world_options){.slots_unlimited = 1});
    scene_run(run.world);
    scene_assert_times(run.world, run.execution, "zjoin", 1, SECOND, SECOND);
    assert_int_equal(run.told.slot_max, FAN - 1);
    fan_end(&run);
}

/* A slow store costs time, and runners get into each other's way; the result is the same. */
static void a_slow_store_changes_times_and_nothing_else(void **state)
{
    struct fan_run run;
    struct cloacina_world_counts counts;
    (void)state;
    fan_begin(&run, (struct cloacina_world_options){
                        .runners = 4, .slots = 2, .round_trip_ns = 20 * MS + 1});
    scene_run(run.world);
    cloacina_world_count(run.world, &counts);
    scene_assert_status(run.world, run.execution, "Completed");
    assert_int_equal(counts.completed, FAN + 2);
    assert_int_equal(counts.attempts, FAN + 2);
    assert_true(counts.makespan_ns > 5 * SECOND && counts.makespan_ns < 8 * SECOND);
    assert_true(counts.conflicts > 0);
    assert_string_equal(cloacina_world_context(run.world, run.execution), "{\"order\":7}");
    fan_end(&run);
}

/* The slowest store: a round trip takes longer than most bodies. Nothing is done twice. */
static void a_round_trip_longer_than_the_bodies_is_survived(void **state)
{
    struct fan_run run;
    struct cloacina_world_counts counts;
    (void)state;
    fan_begin(&run, (struct cloacina_world_options){.runners = 3, .round_trip_ns = 3 * SECOND});
    scene_run(run.world);
    cloacina_world_count(run.world, &counts);
    assert_int_equal(counts.completed, FAN + 2);
    assert_int_equal(counts.attempts, FAN + 2);
    fan_end(&run);
}

/* With a store this slow one of four runners is always on its way there, if only to beat. That
 * keeps no world from resting. */
static void beats_that_take_long_keep_no_world_from_resting(void **state)
{
    struct fan_run run;
    (void)state;
    fan_begin(&run, (struct cloacina_world_options){.runners = 4, .round_trip_ns = 4 * SECOND});
    scene_run(run.world);
    scene_assert_status(run.world, run.execution, "Completed");
    assert_true(cloacina_world_now_ns(run.world) < 600 * SECOND);
    scene_run(run.world);
    fan_end(&run);
}

/* Sixty-four is the limit; one more has a name and a reason. */
static void too_many_runners_are_refused(void **state)
{
    struct cloacina_world *world = NULL;
    struct fan_run run;
    (void)state;
    assert_error(
        cloacina_world_create(&(struct cloacina_world_options){.runners = 65}, &world, err),
        CLOACINA_INVALID, "world: 65 runners: at most 64");
    assert_null(world);
    run = (struct fan_run){.workflow = fan()};
    run.world = scene_world(&(struct cloacina_world_options){.runners = 64, .slots = 1}, NULL);
    assert_ok(cloacina_world_register_costs(run.world, run.workflow, NULL, err));
    run.execution = scene_submit(run.world, "fan", NULL);
    scene_run(run.world);
    scene_assert_status(run.world, run.execution, "Completed");
    fan_end(&run);
}

static void senseless_options_are_refused(void **state)
{
    struct cloacina_world *world = NULL;
    (void)state;
    assert_error(
        cloacina_world_create(&(struct cloacina_world_options){.round_trip_ns = -1}, &world, err),
        CLOACINA_INVALID, "world: a round trip is negative");
    assert_error(
        cloacina_world_create(&(struct cloacina_world_options){.days_max = -1}, &world, err),
        CLOACINA_INVALID, "world: 'days_max' is negative");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runners_share_the_work),
        cmocka_unit_test(unlimited_slots_run_everything_at_once),
        cmocka_unit_test(a_slow_store_changes_times_and_nothing_else),
        cmocka_unit_test(a_round_trip_longer_than_the_bodies_is_survived),
        cmocka_unit_test(beats_that_take_long_keep_no_world_from_resting),
        cmocka_unit_test(too_many_runners_are_refused),
        cmocka_unit_test(senseless_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
