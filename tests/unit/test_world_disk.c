/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_disk.c - worlds whose store is SQLite on a disk in memory: the same results, whatever
 * happens to the disk; and the checkers see it when the disk does not keep its promise. */
#include "world_scene.h"

#include "oracle/sources.h"
#include "world/coroutine_tools.h"
#include "world/world.h"

static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_task_sleep_ms(task, 100, err);
    return code != CLOACINA_OK
               ? code
               : cloacina_context_set_int64(cloacina_task_context(task), "napped", 1, err);
}

CLOACINA_TASK(a_first, .body = nap_body);
CLOACINA_TASK(b_first, .body = nap_body);
CLOACINA_TASK(second, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&a_first, &b_first));
CLOACINA_WORKFLOW(join, .tasks = CLOACINA_TASKS(&a_first, &b_first, &second));

/* ---- a calm disk ---- */

/* Nobody who looks at a world can tell what stores. */
static void a_calm_world_on_sqlite_says_what_one_in_memory_says(void **state)
{
    (void)state;
    struct cloacina_world *worlds[2];
    struct cloacina_world_execution runs[2];
    for (int i = 0; i < 2; i++) {
        struct cloacina_world_options options = {
            .store = i == 0 ? CLOACINA_WORLD_MEMORY : CLOACINA_WORLD_SQLITE, .runners = 2};
        worlds[i] = scene_world(&options, &join);
        assert_ok(cloacina_world_fail(worlds[i], "join", "b_first", 1, CLOACINA_UNAVAILABLE,
                                      "not yet", err));
        runs[i] = scene_submit(worlds[i], "join", "{\"order\": 7}");
        scene_run(worlds[i]);
        scene_assert_status(worlds[i], runs[i], "Completed");
    }
    assert_string_equal(cloacina_world_context(worlds[1], runs[1]),
                        cloacina_world_context(worlds[0], runs[0]));
    static const char *const tasks[] = {"a_first", "b_first", "second"};
    for (size_t i = 0; i < 3; i++) {
        struct cloacina_world_task one = scene_task(worlds[0], runs[0], tasks[i]);
        struct cloacina_world_task other = scene_task(worlds[1], runs[1], tasks[i]);
        assert_string_equal(one.status, other.status);
        assert_int_equal(one.attempts, other.attempts);
        assert_int_equal(one.ended_ns, other.ended_ns);
        assert_int_equal(one.started_ns[one.attempts - 1], other.started_ns[other.attempts - 1]);
    }
    cloacina_world_destroy(worlds[0]);
    cloacina_world_destroy(worlds[1]);
}

/* The wait of a call is the runner's, not SQLite's. */
static void a_round_trip_to_sqlite_takes_as_long_as_one_to_memory(void **state)
{
    (void)state;
    int64_t ended[2];
    for (int i = 0; i < 2; i++) {
        struct cloacina_world_options options = {.store = i == 0 ? CLOACINA_WORLD_MEMORY
                                                                 : CLOACINA_WORLD_SQLITE,
                                                 .round_trip_ns = 10 * MS};
        struct cloacina_world *world = scene_world(&options, &join);
        struct cloacina_world_execution run = scene_submit(world, "join", NULL);
        scene_run(world);
        ended[i] = scene_task(world, run, "second").ended_ns;
        cloacina_world_destroy(world);
    }
    assert_true(ended[0] > 100 * MS);
    assert_int_equal(ended[1], ended[0]);
}

static void an_unknown_store_is_refused(void **state)
{
    (void)state;
    struct cloacina_world_options options = {.store = (enum cloacina_world_store)7};
    struct cloacina_world *world = NULL;
    assert_error(cloacina_world_create(&options, &world, err), CLOACINA_INVALID,
                 "world: there is no store 7");
}

/* ---- one bad thing at one call ---- */

struct strike {
    enum fault fault;
    int64_t amount;
    uint64_t nth;
    bool is_lying; /* the disk: a sync does nothing */
};

struct outcome {
    bool has_fired;
    const char *violation; /* static; NULL: none */
    bool has_completed;
    uint64_t cuts;
};

static struct outcome strike_once(const struct strike *strike)
{
    struct source_sweep source = {.fault = strike->fault,
                                  .amount = strike->amount,
                                  .sites = fault_disk_calls(strike->fault),
                                  .nth = strike->nth};
    struct cloacina_world_options options = {.store = CLOACINA_WORLD_SQLITE, .runners = 2};
    struct world_setup setup = {.source = &source.source};
    struct cloacina_world *world = NULL;
    enum cloacina_world_end end;
    source_sweep_init(&source);
    assert_ok(world_create(&options, &setup, &world, err));
    assert_ok(cloacina_world_register(world, &join, err));
    world->machine.disk.is_lying = strike->is_lying;
    struct cloacina_world_execution run = scene_submit(world, "join", NULL);
    assert_ok(cloacina_world_run(world, INT64_MAX, &end, err));
    const char *status = cloacina_world_status(world, run, NULL);
    struct outcome outcome = {
        .has_fired = source.has_fired,
        .violation = cloacina_world_violation(world, NULL),
        .has_completed = status != NULL && strcmp(status, "Completed") == 0,
        .cuts = world->machine.disk.cuts,
    };
    cloacina_world_destroy(world);
    return outcome;
}

/* Under valgrind one costs fifty times as much. */
static size_t valgrind_factor(void)
{
    return RUNNING_ON_VALGRIND ? 23 : 1;
}

/* At every so many calls of a run. Returns how many runs were not as they should be. */
static size_t strike_everywhere(struct strike strike, size_t stride)
{
    size_t bad = 0;
    for (strike.nth = 0;; strike.nth += stride * valgrind_factor()) {
        struct outcome outcome = strike_once(&strike);
        if (!outcome.has_fired) {
            assert_true(strike.nth > 50);
            return bad;
        }
        bad += outcome.violation != NULL || !outcome.has_completed;
    }
}

/* The promise of FULL, and I-35 that watches it. */
static void a_power_loss_at_any_call_loses_nothing(void **state)
{
    (void)state;
    static const int64_t variants[] = {DISK_CUT_DROPS, DISK_CUT_KEEPS, 7};
    for (size_t i = 0; i < 3; i++) {
        struct strike strike = {.fault = FAULT_POWER_LOSS, .amount = variants[i]};
        assert_int_equal(strike_everywhere(strike, 5), 0);
    }
}

/* Otherwise the test above would prove nothing. */
static void a_disk_that_does_not_sync_is_found_out_by_a_power_loss(void **state)
{
    (void)state;
    struct strike strike = {.fault = FAULT_POWER_LOSS, .is_lying = true};
    size_t caught = 0;
    for (strike.nth = 0; strike.nth < 400; strike.nth += RUNNING_ON_VALGRIND ? 120 : 40) {
        struct outcome outcome = strike_once(&strike);
        caught += outcome.violation != NULL && strcmp(outcome.violation, "I-35") == 0;
    }
    assert_true(caught > 0);
}

static void a_death_at_any_call_to_the_disk_loses_nothing(void **state)
{
    (void)state;
    struct strike strike = {.fault = FAULT_CRASH, .amount = SECOND};
    assert_int_equal(strike_everywhere(strike, 5), 0);
}

static void an_io_error_at_any_call_is_overcome(void **state)
{
    (void)state;
    assert_int_equal(strike_everywhere((struct strike){.fault = FAULT_IO_ERROR}, 5), 0);
}

static void a_full_disk_is_waited_for(void **state)
{
    (void)state;
    struct strike strike = {.fault = FAULT_FULL, .amount = 5 * SECOND};
    assert_int_equal(strike_everywhere(strike, 5), 0);
}

/* One that stands still holds its locks; the others wait, and do not wait for ever. */
static void a_standstill_at_any_call_keeps_nobody_for_ever(void **state)
{
    (void)state;
    struct strike strike = {.fault = FAULT_FREEZE, .amount = 45 * SECOND};
    assert_int_equal(strike_everywhere(strike, 25), 0);
    strike.fault = FAULT_SLOW;
    assert_int_equal(strike_everywhere(strike, 25), 0);
    strike.fault = FAULT_POSTPONE;
    assert_int_equal(strike_everywhere(strike, 25), 0);
}

/* ---- chance ---- */

struct seen {
    char hash[33];
};

static struct seen chaos(uint64_t seed, const struct cloacina_fault_plan *plan)
{
    struct cloacina_world_options options = {
        .store = CLOACINA_WORLD_SQLITE, .runners = 3, .is_seeded = 1, .seed = seed, .faults = plan};
    struct seen seen;
    struct cloacina_world *world = scene_world(&options, &join);
    for (int i = 0; i < 3; i++) {
        (void)scene_submit(world, "join", NULL);
    }
    scene_run(world);
    cloacina_world_trace_hash(world, seen.hash);
    cloacina_world_destroy(world);
    return seen;
}

/* With everything that can go wrong, and exactly the same the second time. */
static void a_seed_on_sqlite_is_the_same_twice(void **state)
{
    (void)state;
    static const char *const names[] = {"chaos", "disk"};
    for (size_t i = 0; i < 2; i++) {
        struct cloacina_fault_plan *plan = NULL;
        assert_ok(cloacina_fault_plan_named(names[i], &plan, err));
        for (uint64_t seed = 0; seed < (RUNNING_ON_VALGRIND ? 1 : 10); seed++) {
            struct seen once = chaos(seed, plan), again = chaos(seed, plan);
            assert_string_equal(once.hash, again.hash);
        }
        cloacina_fault_plan_destroy(plan);
    }
}

/* ---- memory ---- */

static enum cloacina_code make_and_run(struct cloacina_heap *heap,
                                       struct cloacina_world **ret_world,
                                       struct cloacina_error *err)
{
    struct cloacina_world_options options = {.store = CLOACINA_WORLD_SQLITE, .heap = heap};
    struct cloacina_world_execution run;
    enum cloacina_world_end end = CLOACINA_WORLD_SETTLED;
    enum cloacina_code code = cloacina_world_create(&options, ret_world, err);
    if (code == CLOACINA_OK) {
        code = cloacina_world_register(*ret_world, &join, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_submit(*ret_world, "join", NULL, &run, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_run(*ret_world, INT64_MAX, &end, err);
    }
    assert_int_equal(end, CLOACINA_WORLD_SETTLED);
    return code;
}

/* Of what the world and its disk take (SQLite has memory of its own). What a commit came to whose
 * page the disk had no memory for, nobody knows. */
static void every_allocation_on_the_way_may_fail(void **state)
{
    (void)state;
    size_t n = 0;
    for (bool has_failed = true; has_failed; n += valgrind_factor() + n / 40) {
        struct failing_heap heap;
        struct cloacina_world *world = NULL;
        struct cloacina_error err = {CLOACINA_OK, ""};
        failing_heap_init(&heap, n);
        enum cloacina_code code = make_and_run(&heap.heap, &world, &err);
        has_failed = heap.has_failed;
        assert_true(code == CLOACINA_OK || (has_failed && err.message[0] != '\0'));
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_world_on_sqlite_says_what_one_in_memory_says),
        cmocka_unit_test(a_round_trip_to_sqlite_takes_as_long_as_one_to_memory),
        cmocka_unit_test(an_unknown_store_is_refused),
        cmocka_unit_test(a_power_loss_at_any_call_loses_nothing),
        cmocka_unit_test(a_disk_that_does_not_sync_is_found_out_by_a_power_loss),
        cmocka_unit_test(a_death_at_any_call_to_the_disk_loses_nothing),
        cmocka_unit_test(an_io_error_at_any_call_is_overcome),
        cmocka_unit_test(a_full_disk_is_waited_for),
        cmocka_unit_test(a_standstill_at_any_call_keeps_nobody_for_ever),
        cmocka_unit_test(a_seed_on_sqlite_is_the_same_twice),
        cmocka_unit_test(every_allocation_on_the_way_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
