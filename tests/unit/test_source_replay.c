/* SPDX-License-Identifier: Apache-2.0 */
/* test_source_replay.c - a list of decisions answers. */
#include "oracle_scene.h"

#include "oracle/sources.h"

static struct arena arena;

static int arena_begin(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    return 0;
}

static int arena_end(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

static uint64_t number_of(struct source_replay *replay, const char *text, uint64_t bound)
{
    struct label label = label_of(&arena, text);
    return replay->source.impl->number(&replay->source, &label, label_key(&label), bound);
}

/* Where the list says nothing, nothing happens. */
static void the_list_answers_and_everything_else_is_calm(void **state)
{
    (void)state;
    struct source_replay replay;
    struct decision decisions[] = {
        decision_of(&arena, "run-1/load/2/commit@2=reply-lost"),
        decision_of(&arena, "runner-2/poll@5=crash:2s"),
        decision_of(&arena, "run-1/load/1/random@1=17"),
    };
    assert_true(source_replay_init(&replay, cloacina_heap_system(), decisions, 3));
    assert_answer(&replay.source, &arena, "run-1/load/2/commit@1", 0, "none");
    assert_answer(&replay.source, &arena, "run-1/load/2/commit@2", 0, "reply-lost");
    assert_answer(&replay.source, &arena, "run-1/load/3/commit@2", 0, "none");
    assert_int_equal(replay.found, 1);
    assert_answer(&replay.source, &arena, "runner-2/poll@5", 0, "crash:2s");
    assert_int_equal(number_of(&replay, "run-1/load/1/random@1", 100), 17);
    assert_int_equal(number_of(&replay, "run-1/load/1/random@2", 100), 0);
    assert_int_equal(replay.found, 3);
    source_replay_finish(&replay);
}

/* A token may say anything: a fault is no number. */
static void a_fault_where_a_number_is_asked_is_zero(void **state)
{
    (void)state;
    struct source_replay replay;
    struct decision decision = decision_of(&arena, "run-1/commit@1=slow:1s");
    assert_true(source_replay_init(&replay, cloacina_heap_system(), &decision, 1));
    assert_int_equal(number_of(&replay, "run-1/commit@1", 100), 0);
    source_replay_finish(&replay);
}

/* The empty token is the calm run. */
static void an_empty_list_is_calm_and_takes_no_memory(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct source_replay replay;
    failing_heap_init(&heap, 0);
    assert_true(source_replay_init(&replay, &heap.heap, NULL, 0));
    assert_answer(&replay.source, &arena, "run-1/commit@1", 0, "none");
    assert_int_equal(replay.found, 0);
    source_replay_finish(&replay);
    assert_int_equal(heap.allocations, 0);
}

/* Lists are as long as runs; each decision is found, and no other one. */
static void every_decision_of_a_long_list_is_found(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    struct source_replay replay;
    struct decision *decisions = calloc(COUNT, sizeof(*decisions));
    assert_non_null(decisions);
    for (uint32_t i = 0; i < COUNT; i++) {
        decisions[i].label =
            (struct label){.site = SITE_COMMIT, .run = i / 10, .number = i % 10 + 1};
        decisions[i].choice = (struct choice){FAULT_SLOW, (int64_t)i};
    }
    assert_true(source_replay_init(&replay, cloacina_heap_system(), decisions, COUNT));
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct label *label = &decisions[i].label;
        struct choice choice = replay.source.impl->ask(&replay.source, label, label_key(label), 0);
        assert_int_equal(choice.amount, i);
    }
    assert_int_equal(replay.found, COUNT);
    source_replay_finish(&replay);
    free(decisions);
}

/* As everywhere: what is said twice counts the second time. What has no number is never asked. */
static void what_is_said_twice_counts_the_second_time(void **state)
{
    (void)state;
    struct source_replay replay;
    struct decision decisions[] = {
        decision_of(&arena, "run-1/commit@1=busy"),
        decision_of(&arena, "run-1/commit@1=error"),
        {.label = {.site = SITE_COMMIT, .run = 1}, .choice = {FAULT_CRASH, 0}},
    };
    assert_true(source_replay_init(&replay, cloacina_heap_system(), decisions, 3));
    assert_answer(&replay.source, &arena, "run-1/commit@1", 0, "error");
    source_replay_finish(&replay);
}

/* No memory, no source; finishing it is legal. */
static void without_memory_there_is_no_source(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct source_replay replay;
    struct decision decision = decision_of(&arena, "run-1/commit@1=busy");
    failing_heap_init(&heap, 0);
    assert_false(source_replay_init(&replay, &heap.heap, &decision, 1));
    source_replay_finish(&replay);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_answers_and_everything_else_is_calm),
        cmocka_unit_test(a_fault_where_a_number_is_asked_is_zero),
        cmocka_unit_test(an_empty_list_is_calm_and_takes_no_memory),
        cmocka_unit_test(every_decision_of_a_long_list_is_found),
        cmocka_unit_test(what_is_said_twice_counts_the_second_time),
        cmocka_unit_test(without_memory_there_is_no_source),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
