/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_seeds.c - the same seed does the same, another seed does it differently. */
#include "world_scene.h"

/* ---- a workflow with everything that could go differently ---- */

static int is_open(void *user)
{
    (void)user;
    return 1;
}

static enum cloacina_code apply(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code draw_body(struct cloacina_task *task, struct cloacina_error *err)
{
    uint64_t nap = cloacina_task_random(task, 50);
    enum cloacina_code code = cloacina_task_sleep_ms(task, (int64_t)nap, err);
    return code != CLOACINA_OK
               ? code
               : cloacina_context_set_uint64(cloacina_task_context(task), "nap", nap, err);
}

static enum cloacina_code park_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, is_open, NULL, 20, err);
}

static enum cloacina_code deed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_effect effect = {
        .name = "deed", .key = cloacina_task_idempotency_key(task), .apply = apply};
    return cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(a_draw, .body = draw_body);
CLOACINA_TASK(b_draw, .body = draw_body);
CLOACINA_TASK(park, .body = park_body, .dependencies = CLOACINA_TASKS(&a_draw));
CLOACINA_TASK(deed, .body = deed_body, .dependencies = CLOACINA_TASKS(&a_draw, &b_draw));
CLOACINA_TASK(flaky, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&deed));
CLOACINA_TASK(finish, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&flaky, &park));
CLOACINA_WORKFLOW(mixed, .tasks = CLOACINA_TASKS(&a_draw, &b_draw, &park, &deed, &flaky, &finish));

struct trace {
    char hash[33];
};

/* Runs it and returns what happened as a hash. */
static struct trace trace_on(struct cloacina_world_options options, struct cloacina_heap *heap)
{
    struct trace trace;
    options.heap = heap;
    struct cloacina_world *world = scene_world(&options, &mixed);
    assert_ok(cloacina_world_fail(world, "mixed", "flaky", 1, CLOACINA_FAILED, "no", err));
    assert_ok(cloacina_world_cost(world, "mixed", "finish", 7 * MS, err));
    struct cloacina_world_execution runs[3];
    for (int i = 0; i < 3; i++) {
        runs[i] = scene_submit(world, "mixed", "{\"order\": 7}");
    }
    assert_ok(cloacina_world_command(world, runs[2], CLOACINA_WORLD_PAUSE, 5 * MS, err));
    assert_ok(cloacina_world_command(world, runs[2], CLOACINA_WORLD_RESUME, 900 * MS, err));
    scene_run(world);
    for (int i = 0; i < 3; i++) {
        scene_assert_status(world, runs[i], "Completed");
    }
    assert_int_equal(cloacina_world_effects_per_key_max(world, "deed"), 1);
    cloacina_world_trace_hash(world, trace.hash);
    cloacina_world_destroy(world);
    return trace;
}

static struct trace trace_of(struct cloacina_world_options options)
{
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct trace trace = trace_on(options, &heap.heap);
    assert_int_equal(heap.outstanding, 0);
    return trace;
}

static const struct cloacina_world_options shapes[] = {
    {.runners = 1},
    {.runners = 3, .slots = 1},
    {.runners = 2, .slots_unlimited = 1, .round_trip_ns = 3 * MS},
    {.runners = 4, .slots = 2, .round_trip_ns = 40 * MS + 1},
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* The whole point: a failure can be looked at again. */
static void the_same_seed_leaves_the_same_trace(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        struct cloacina_world_options options = shapes[shape];
        for (uint64_t seed = 0; seed < 10; seed++) {
            options.is_seeded = 1;
            options.seed = seed;
            struct trace first = trace_of(options);
            struct trace second = trace_of(options);
            assert_string_equal(first.hash, second.hash);
        }
    }
}

/* Otherwise a thousand seeds would be one. */
static void different_seeds_leave_different_traces(void **state)
{
    (void)state;
    struct trace traces[8];
    for (uint64_t seed = 0; seed < 8; seed++) {
        traces[seed] =
            trace_of((struct cloacina_world_options){.is_seeded = 1, .seed = seed, .runners = 2});
        for (uint64_t other = 0; other < seed; other++) {
            assert_string_not_equal(traces[seed].hash, traces[other].hash);
        }
    }
}

/* The empty token is the plain unit test: no seed is looked at, and checkers change nothing. */
static void a_calm_world_has_one_trace(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        struct cloacina_world_options options = shapes[shape];
        struct trace first = trace_of(options);
        options.seed = 99;
        struct trace second = trace_of(options);
        options.checkers_off = 1;
        struct trace third = trace_of(options);
        assert_string_equal(first.hash, second.hash);
        assert_string_equal(first.hash, third.hash);
    }
}

/* Nothing in the trace is an address or an uninitialised byte: another allocator, which fills its
 * blocks with rubbish and moves them, leaves the same one. */
static void the_allocator_leaves_no_trace(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPES; shape++) {
        struct cloacina_world_options options = shapes[shape];
        options.is_seeded = shape % 2;
        struct trace rubbish = trace_of(options);
        struct trace plain = trace_on(options, NULL);
        assert_string_equal(rubbish.hash, plain.hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_leaves_the_same_trace),
        cmocka_unit_test(different_seeds_leave_different_traces),
        cmocka_unit_test(a_calm_world_has_one_trace),
        cmocka_unit_test(the_allocator_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
