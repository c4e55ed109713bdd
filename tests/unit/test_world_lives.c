/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_lives.c - runners die and stop at any place, and memory is missing at any place: the
 * world goes on, frees everything, and tells what happened. */
#include "world_scene.h"

#include "world/world.h"

static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 100, err);
}

CLOACINA_TASK(first, .body = nap_body);
CLOACINA_TASK(second, .body = nap_body, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_WORKFLOW(two, .tasks = CLOACINA_TASKS(&first, &second));

/* ---- everything, everywhere ---- */

/* One run with this fault at the n-th place; false: there are fewer places. */
static bool survives(enum fault fault, int64_t amount, uint64_t nth)
{
    struct source_sweep sweep = {.fault = fault, .amount = amount, .nth = nth};
    source_sweep_init(&sweep);
    struct world_setup setup = {.source = &sweep.source};
    struct cloacina_world_options options = {.runners = 2, .slots = 1};
    struct cloacina_world *world = NULL;
    enum cloacina_world_end end;
    const char *message = "";
    assert_ok(world_create(&options, &setup, &world, err));
    assert_ok(cloacina_world_register(world, &two, err));
    struct cloacina_world_execution run = scene_submit(world, "two", NULL);
    assert_ok(cloacina_world_run(world, INT64_MAX, &end, err));
    const char *violation = cloacina_world_violation(world, &message);
    const char *status = cloacina_world_status(world, run, NULL);
    if (violation != NULL || end != CLOACINA_WORLD_SETTLED || status == NULL ||
        (fault != FAULT_CANCEL && strcmp(status, "Completed") != 0)) {
        fail_msg("%s at place %llu: %s: %s (%s)", fault_name(fault), (unsigned long long)nth,
                 violation == NULL ? "no violation" : violation, message,
                 status == NULL ? "no execution" : status);
    }
    cloacina_world_destroy(world);
    return sweep.has_fired;
}

static bool is_of_the_body(enum fault fault)
{
    return fault == FAULT_FAIL || fault == FAULT_TRANSIENT;
}

/* Whatever goes wrong once, wherever, short or long: the workflow ends, and nobody breaks a
 * promise. */
static void every_fault_at_every_place_is_survived(void **state)
{
    (void)state;
    for (int fault = FAULT_NONE + 1; fault < FAULT_NUMBER; fault++) {
        int64_t amounts[2];
        (void)fault_amount((enum fault)fault, &amounts[0], &amounts[1]);
        int kinds = amounts[0] == amounts[1] ? 1 : 2;
        for (int i = 0; i < kinds && !is_of_the_body((enum fault)fault); i++) {
            uint64_t nth = 0;
            while (survives((enum fault)fault, amounts[i], nth)) {
                nth++;
            }
        }
    }
}

/* ---- memory that is really missing ---- */

/* A crash, a stop, a deploy, hints and an operator in one run: every path that allocates. */
static const char eventful[] = "runner-1/poll@1=stop:1s,run-1/second/1/commit@1=crash:2s,"
                               "runner-2/poll@1=deploy:1s,runner-2/hint@1=late:10ms,"
                               "run-1/operator@1=pause:500ms";

/* Answers are right or missing; nothing leaks. */
static void no_missing_memory_harms_an_eventful_world(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct cloacina_world_options options = {
            .heap = &heap.heap, .replay = eventful, .runners = 2, .slots = 1};
        struct cloacina_world *world = NULL;
        struct cloacina_world_execution run = {0, 0};
        enum cloacina_world_end end = CLOACINA_WORLD_LIMIT;
        enum cloacina_code code = cloacina_world_create(&options, &world, NULL);
        if (code == CLOACINA_OK) {
            code = cloacina_world_register(world, &two, NULL);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_submit(world, "two", NULL, &run, NULL);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_run(world, INT64_MAX, &end, NULL);
        }
        if (code == CLOACINA_OK) {
            const char *status = cloacina_world_status(world, run, NULL);
            assert_int_equal(end, CLOACINA_WORLD_SETTLED);
            assert_true(status == NULL || strcmp(status, "Completed") == 0);
        } else {
            assert_int_equal(code, CLOACINA_NO_MEMORY);
        }
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            assert_int_equal(code, CLOACINA_OK);
            return;
        }
    }
}

/* ---- a world that ends in the middle ---- */

/* Destroyed at any moment of such a run: dead, frozen, beginning or stopping runners leave nothing
 * behind. */
static void a_world_can_be_destroyed_at_any_moment(void **state)
{
    (void)state;
    for (int64_t until = 0; until < 80 * SECOND; until += 97 * MS) {
        struct failing_heap heap;
        failing_heap_init(&heap, FAIL_NEVER);
        struct cloacina_world_options options = {
            .heap = &heap.heap, .replay = eventful, .runners = 2, .slots = 1};
        struct cloacina_world *world = scene_world(&options, &two);
        (void)scene_submit(world, "two", NULL);
        scene_run_until(world, until, CLOACINA_WORLD_UNTIL);
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
    }
}

/* ---- what is told ---- */

struct listener {
    struct teller teller; /* first */
    char kinds[256];      /* "began died ..." of what is about runners */
    int faults;
};

static const char *word_of(enum tale_kind kind)
{
    return kind == TALE_BEGAN      ? "began "
           : kind == TALE_DIED     ? "died "
           : kind == TALE_STOPPED  ? "stopped "
           : kind == TALE_FROZEN   ? "frozen "
           : kind == TALE_THAWED   ? "thawed "
           : kind == TALE_DEPLOYED ? "deployed "
           : kind == TALE_FENCED   ? "fenced "
           : kind == TALE_BURIED   ? "buried "
           : kind == TALE_LOST     ? "lost "
           : kind == TALE_COMMAND  ? "command "
                                   : "";
}

static void listen(struct teller *teller, const struct tale *tale)
{
    struct listener *listener = (struct listener *)teller;
    size_t length = strlen(listener->kinds);
    const char *word = word_of(tale->kind);
    assert_true(length + strlen(word) < sizeof(listener->kinds));
    memcpy(listener->kinds + length, word, strlen(word) + 1);
    if (tale->kind == TALE_FAULT) {
        listener->faults++;
        assert_non_null(tale->decision);
        assert_int_equal(tale->runner, 1);
    }
    assert_true(tale->at >= CLOACINA_WORLD_START_NS);
}

/* Runs with these decisions, and compares what was told. */
static void assert_told(const char *decisions, const char *expected)
{
    struct listener listener = {.teller = {listen}};
    struct world_setup setup = {.teller = &listener.teller};
    struct cloacina_world_options options = {.replay = decisions};
    struct cloacina_world *world = NULL;
    assert_ok(world_create(&options, &setup, &world, err));
    assert_ok(cloacina_world_register(world, &two, err));
    (void)scene_submit(world, "two", NULL);
    scene_run(world);
    assert_string_equal(listener.kinds, expected);
    assert_int_equal(listener.faults, 1);
    cloacina_world_destroy(world);
}

/* A story is made of these. */
static void the_lives_of_a_runner_are_told(void **state)
{
    (void)state;
    assert_told("run-1/first/1/commit@1=crash:1s", "began died began buried lost ");
    assert_told("runner-1/poll@1=stop:1s", "began buried stopped began ");
    assert_told("runner-1/poll@1=deploy:1s", "began buried stopped deployed ");
    assert_told("run-1/first/1/commit@1=freeze:2s", "began frozen thawed ");
    assert_told("run-1/first/1/commit@1=freeze:2m", "began frozen thawed fenced buried lost ");
}

/* ---- what is traced ---- */

static void hash_of_run(const char *decisions, char ret_hash[33])
{
    struct cloacina_world_options options = {.replay = decisions};
    struct cloacina_world *world = scene_world(&options, &two);
    (void)scene_submit(world, "two", NULL);
    scene_run(world);
    cloacina_world_trace_hash(world, ret_hash);
    cloacina_world_destroy(world);
}

/* A fault without consequences is still another run. */
static void a_fault_shows_in_the_trace(void **state)
{
    char one[33], other[33], again[33];
    (void)state;
    hash_of_run("run-1/first/1/commit@1=step:1h", one);
    hash_of_run("run-1/first/1/commit@1=step:2h", other);
    hash_of_run("run-1/first/1/commit@1=step:1h", again);
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
}

/* ---- limits ---- */

/* A crash that lasts longer than the world may: the days count from where it is over. */
static void days_are_counted_from_the_last_fault(void **state)
{
    struct cloacina_world_options options = {.replay = "run-1/first/1/commit@1=crash:30h",
                                             .days_max = 1};
    (void)state;
    struct cloacina_world *world = scene_world(&options, &two);
    struct cloacina_world_execution run = scene_submit(world, "two", NULL);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_true(cloacina_world_now_ns(world) > 30 * 3600 * SECOND);
    cloacina_world_destroy(world);
}

/* Whoever watches a process from outside sees that it goes on. */
static void every_event_is_felt_in_the_pulse(void **state)
{
    uint64_t pulse = 0;
    struct world_setup setup = {.pulse = &pulse};
    struct cloacina_world *world = NULL;
    struct cloacina_world_counts counts;
    (void)state;
    assert_ok(world_create(NULL, &setup, &world, err));
    assert_ok(cloacina_world_register(world, &two, err));
    (void)scene_submit(world, "two", NULL);
    scene_run(world);
    cloacina_world_count(world, &counts);
    assert_true(pulse == counts.events && pulse > 0);
    cloacina_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_at_every_place_is_survived),
        cmocka_unit_test(no_missing_memory_harms_an_eventful_world),
        cmocka_unit_test(a_world_can_be_destroyed_at_any_moment),
        cmocka_unit_test(the_lives_of_a_runner_are_told),
        cmocka_unit_test(a_fault_shows_in_the_trace),
        cmocka_unit_test(days_are_counted_from_the_last_fault),
        cmocka_unit_test(every_event_is_felt_in_the_pulse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
