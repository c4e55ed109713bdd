/* SPDX-License-Identifier: Apache-2.0 */
/* test_oracle.c - a run is its decisions that are not zero. */
#include "support.h"

#include "oracle/oracle.h"

static struct random_label label(uint64_t subject)
{
    return (struct random_label){.actor = 3, .site = RANDOM_SITE_USER, .subject = subject};
}

/* In a calm world nothing goes differently, and nothing is written down. */
static void the_calm_oracle_decides_nothing(void **state)
{
    struct oracle oracle;
    (void)state;
    oracle_init_calm(&oracle, cloacina_heap_system());
    assert_true(oracle.is_calm);
    for (uint64_t i = 0; i < 100; i++) {
        assert_int_equal(random_choose(&oracle.random, label(i), 1000), 0);
        assert_false(oracle_happens(&oracle, label(i), 2));
    }
    assert_int_equal(oracle.decision_count, 0);
    oracle_finish(&oracle);
}

/* Same seed, same answers, whoever asked what before. */
static void a_seed_answers_the_same_question_in_the_same_way(void **state)
{
    struct oracle one, other;
    uint64_t differences = 0;
    (void)state;
    oracle_init_seeded(&one, cloacina_heap_system(), 7);
    oracle_init_seeded(&other, cloacina_heap_system(), 7);
    (void)random_choose(&other.random, label(1000), 5);
    for (uint64_t i = 0; i < 100; i++) {
        uint64_t answer = random_choose(&one.random, label(i), 1000);
        assert_int_equal(random_choose(&other.random, label(i), 1000), answer);
        differences += answer != random_choose(&one.random, label(i + 1), 1000);
    }
    assert_true(differences > 90);
    oracle_finish(&one);
    oracle_finish(&other);
}

/* The list is what a token will be made of: in order, with label, bound and value, no zeroes. */
static void decisions_that_are_not_zero_are_written_down(void **state)
{
    struct oracle oracle;
    size_t expected = 0;
    (void)state;
    oracle_init_seeded(&oracle, cloacina_heap_system(), 1);
    for (uint64_t i = 0; i < 64; i++) {
        uint64_t value = random_choose(&oracle.random, label(i), 4);
        if (value != 0) {
            const struct decision *decision = &oracle.decisions[expected++];
            assert_int_equal(decision->label.subject, i);
            assert_int_equal(decision->label.actor, 3);
            assert_int_equal(decision->label.site, RANDOM_SITE_USER);
            assert_int_equal(decision->bound, 4);
            assert_int_equal(decision->value, value);
        }
        assert_int_equal(oracle.decision_count, expected);
    }
    assert_in_range(expected, 32, 63);
    oracle_finish(&oracle);
}

/* What does not happen is no decision, whatever number the source has drawn. */
static void something_improbable_happens_sometimes_and_is_one_decision(void **state)
{
    struct oracle oracle;
    size_t happened = 0;
    (void)state;
    oracle_init_seeded(&oracle, cloacina_heap_system(), 5);
    for (uint64_t i = 0; i < 1600; i++) {
        happened += oracle_happens(&oracle, label(i), 16);
    }
    assert_in_range(happened, 50, 150);
    assert_int_equal(oracle.decision_count, happened);
    for (size_t i = 0; i < happened; i++) {
        assert_int_equal(oracle.decisions[i].value, 1);
        assert_int_equal(oracle.decisions[i].bound, 16);
    }
    oracle_finish(&oracle);
}

static uint64_t one(struct random *random, struct random_label asked, uint64_t bound)
{
    (void)random;
    (void)asked;
    assert_true(bound > 1);
    return 1;
}

/* Replay, sweep and shrinker will be sources like this one. */
static void any_source_may_answer(void **state)
{
    static const struct random_impl impl = {.choose = one};
    struct random source = {.impl = &impl};
    struct oracle oracle;
    (void)state;
    oracle_init_source(&oracle, cloacina_heap_system(), &source);
    assert_false(oracle.is_calm);
    assert_int_equal(random_choose(&oracle.random, label(1), 9), 1);
    assert_true(oracle_happens(&oracle, label(2), 1000000));
    assert_int_equal(random_choose(&oracle.random, label(3), 1), 0); /* no choice, no question */
    assert_int_equal(oracle.decision_count, 2);
    oracle_finish(&oracle);
}

/* Writing down never changes an answer. */
static void without_memory_the_answers_stay_and_the_list_says_that_it_has_holes(void **state)
{
    struct failing_heap heap;
    struct oracle oracle;
    (void)state;
    failing_heap_init(&heap, 0);
    oracle_init_seeded(&oracle, &heap.heap, 1);
    struct oracle whole;
    oracle_init_seeded(&whole, cloacina_heap_system(), 1);
    for (uint64_t i = 0; i < 32; i++) {
        assert_int_equal(random_choose(&oracle.random, label(i), 100),
                         random_choose(&whole.random, label(i), 100));
    }
    assert_true(oracle.is_incomplete);
    assert_false(whole.is_incomplete);
    assert_true(oracle.decision_count < whole.decision_count);
    oracle_finish(&oracle);
    oracle_finish(&whole);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calm_oracle_decides_nothing),
        cmocka_unit_test(a_seed_answers_the_same_question_in_the_same_way),
        cmocka_unit_test(decisions_that_are_not_zero_are_written_down),
        cmocka_unit_test(something_improbable_happens_sometimes_and_is_one_decision),
        cmocka_unit_test(any_source_may_answer),
        cmocka_unit_test(without_memory_the_answers_stay_and_the_list_says_that_it_has_holes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
