/* SPDX-License-Identifier: Apache-2.0 */
/* test_random.c - randomness is a question with a label. */
#include "support.h"

#include "base/random.h"

/* Tokens print these names: they never change. */
static void every_site_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(random_site_name(RANDOM_SITE_RETRY_JITTER), "retry-jitter");
    assert_string_equal(random_site_name(RANDOM_SITE_ENTROPY), "entropy");
    assert_string_equal(random_site_name(RANDOM_SITE_RANDOM), "random");
    assert_string_equal(random_site_name((enum random_site)0), "unknown-site");
    for (int site = 1; site < RANDOM_SITES; site++) {
        assert_string_not_equal(random_site_name((enum random_site)site), "unknown-site");
    }
}

/* The plain unit test: nothing goes wrong. */
static void the_calm_oracle_always_answers_zero(void **state)
{
    (void)state;
    for (uint64_t bound = 0; bound < 10; bound++) {
        struct random_label label = {
            .actor = 3, .site = RANDOM_SITE_RANDOM, .number = (uint32_t)bound};
        assert_int_equal(random_choose(random_calm(), label, bound), 0);
    }
}

static uint64_t never_asked(struct random *random, struct random_label label, uint64_t bound)
{
    (void)random;
    (void)label;
    (void)bound;
    fail_msg("a question with one answer was asked");
    return 0;
}

/* A decision without alternatives must not appear in tokens. */
static void a_question_with_one_answer_is_not_asked(void **state)
{
    (void)state;
    const struct random_impl impl = {.choose = never_asked};
    struct random random = {.impl = &impl};
    assert_int_equal(random_choose(&random, (struct random_label){0}, 0), 0);
    assert_int_equal(random_choose(&random, (struct random_label){0}, 1), 0);
}

/* Replay rests on this: nothing but seed, label and bound matters, on any machine. */
static void the_same_question_has_the_same_answer(void **state)
{
    (void)state;
    struct random_seeded a;
    struct random_seeded b;
    random_seeded_init(&a, 7);
    random_seeded_init(&b, 7);
    struct random_label label = {.actor = 1, .site = RANDOM_SITE_RANDOM, .number = 2};
    uint64_t answer = random_choose(&a.random, label, 1000000);
    (void)random_choose(&b.random, (struct random_label){0}, 5);
    assert_int_equal(random_choose(&b.random, label, 1000000), answer);
    assert_int_equal(answer, 257931);
}

/* Each part of the question must matter. */
static void seed_actor_site_and_subject_all_matter(void **state)
{
    (void)state;
    struct random_seeded seven;
    struct random_seeded eight;
    random_seeded_init(&seven, 7);
    random_seeded_init(&eight, 8);
    struct random_label label = {.actor = 1, .site = 2, .number = 3};
    struct random_label actor = {.actor = 2, .site = 2, .number = 3};
    struct random_label site = {.actor = 1, .site = 1, .number = 3};
    struct random_label subject = {.actor = 1, .site = 2, .number = 4};
    uint64_t answer = random_choose(&seven.random, label, UINT64_MAX);
    assert_true(answer != random_choose(&eight.random, label, UINT64_MAX));
    assert_true(answer != random_choose(&seven.random, actor, UINT64_MAX));
    assert_true(answer != random_choose(&seven.random, site, UINT64_MAX));
    assert_true(answer != random_choose(&seven.random, subject, UINT64_MAX));
}

/* Chi-square over ten answers: 100,000 questions that differ only in the subject. 27.9 is passed by
 * 999 of 1000 fair dice; the numbers are fixed, so this never fails by chance. */
static void answers_are_spread_evenly_below_the_bound(void **state)
{
    (void)state;
    struct random_seeded seeded;
    random_seeded_init(&seeded, 7);
    int64_t counts[10] = {0};
    for (uint64_t i = 0; i < 100000; i++) {
        struct random_label label = {.actor = 1, .site = RANDOM_SITE_RANDOM, .number = (uint32_t)i};
        uint64_t answer = random_choose(&seeded.random, label, 10);
        assert_true(answer < 10);
        counts[answer]++;
    }
    int64_t squares = 0;
    for (size_t i = 0; i < 10; i++) {
        squares += (counts[i] - 10000) * (counts[i] - 10000);
    }
    assert_true(squares < 279000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_site_has_its_name),
        cmocka_unit_test(the_calm_oracle_always_answers_zero),
        cmocka_unit_test(a_question_with_one_answer_is_not_asked),
        cmocka_unit_test(the_same_question_has_the_same_answer),
        cmocka_unit_test(seed_actor_site_and_subject_all_matter),
        cmocka_unit_test(answers_are_spread_evenly_below_the_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
