/* SPDX-License-Identifier: Apache-2.0 */
/* test_source_sweep.c - one fault at the n-th place where it can happen. */
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

/* Only places where it can happen count. */
static void the_fault_happens_once_at_its_place(void **state)
{
    (void)state;
    struct source_sweep sweep = {.fault = FAULT_FULL, .amount = 1000000000, .nth = 1};
    source_sweep_init(&sweep);
    assert_answer(&sweep.source, &arena, "run-1/commit@1", 5, "none");
    assert_answer(&sweep.source, &arena, "runner-1/load@1", 6, "none"); /* cannot be full */
    assert_false(sweep.has_fired);
    assert_answer(&sweep.source, &arena, "run-1/commit@2", 7, "full:1s");
    assert_answer(&sweep.source, &arena, "run-1/commit@3", 8, "none");
    assert_true(sweep.has_fired);
    assert_int_equal(sweep.fired_at, 7);
    assert_int_equal(sweep.asked, 3);
}

/* A persistent one goes on until its end: a store that is gone for a while. */
static void a_persistent_fault_goes_on_until_its_end(void **state)
{
    (void)state;
    struct source_sweep sweep = {.fault = FAULT_BUSY, .nth = 1, .is_persistent = true, .until = 10};
    source_sweep_init(&sweep);
    assert_answer(&sweep.source, &arena, "run-1/commit@1", 5, "none");
    assert_answer(&sweep.source, &arena, "run-1/commit@2", 6, "busy");
    assert_answer(&sweep.source, &arena, "runner-1/load@1", 9, "busy");
    assert_answer(&sweep.source, &arena, "run-1/commit@3", 10, "none");
    assert_int_equal(sweep.fired_at, 6);
    assert_int_equal(sweep.asked, 4);
}

/* A sweep over some sites does not count the others. */
static void sites_that_were_not_asked_for_do_not_count(void **state)
{
    (void)state;
    struct source_sweep sweep = {.fault = FAULT_BUSY, .sites = UINT64_C(1) << SITE_LOAD};
    source_sweep_init(&sweep);
    assert_answer(&sweep.source, &arena, "run-1/commit@1", 0, "none");
    assert_answer(&sweep.source, &arena, "runner-1/load@1", 0, "busy");
    assert_int_equal(sweep.asked, 1);
}

/* Pairs: what the decisions say comes first, and the second fault finds its own next place. */
static void decisions_come_first(void **state)
{
    (void)state;
    struct decision decisions[] = {
        decision_of(&arena, "run-1/commit@1=busy"),
        decision_of(&arena, "run-1/random@1=9"),
    };
    struct source_replay base;
    assert_true(source_replay_init(&base, cloacina_heap_system(), decisions, 2));
    struct source_sweep sweep = {.base = &base, .fault = FAULT_ERROR};
    source_sweep_init(&sweep);
    assert_answer(&sweep.source, &arena, "run-1/commit@1", 0, "busy");
    assert_int_equal(sweep.asked, 0);
    assert_answer(&sweep.source, &arena, "run-1/commit@2", 0, "error");
    struct label number = label_of(&arena, "run-1/random@1");
    assert_int_equal(sweep.source.impl->number(&sweep.source, &number, label_key(&number), 10), 9);
    sweep.base = NULL;
    assert_int_equal(sweep.source.impl->number(&sweep.source, &number, label_key(&number), 10), 0);
    source_replay_finish(&base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fault_happens_once_at_its_place),
        cmocka_unit_test(a_persistent_fault_goes_on_until_its_end),
        cmocka_unit_test(sites_that_were_not_asked_for_do_not_count),
        cmocka_unit_test(decisions_come_first),
    };
    return cmocka_run_group_tests(tests, arena_begin, arena_end);
}
