/* SPDX-License-Identifier: Apache-2.0 */
/* test_interleaved.c - sessions statement by statement, in many orders; each history is a serial
 * one.
 *
 *   test_interleaved sqlite                     the orders of every day
 *   CONTRACT_PERCENT=2000 test_interleaved ...  twenty times as many
 *
 * Law: what a store does between two statements of one session is seen by no other. */
#include <inttypes.h>
#include <stdio.h>

#include "support.h"

#include "dramas.h"

enum { SWEPT = 60, SWITCHES = 2, DRAWN = 20, LARGE_DRAWN = 3 };

static enum store_kind judged = STORE_MEMORY;

static void order_report(const struct drama *drama, const struct order *order, const char *history)
{
    struct text_builder text;
    text_builder_init(&text, NULL);
    for (size_t i = 0; i < order->count; i++) {
        text_builder_print(&text, "%u", order->picks[i]);
    }
    print_message("%s: %s: no serial order of the calls gives this\n%s\nmoves: %s\n",
                  subject_kind_name(judged), drama->name,
                  history != NULL ? history : "the sessions are stuck\n",
                  text_builder_terminated(&text));
    text_builder_finish(&text);
}

/* False: it was no serial history; it has been told. */
static bool perform(const struct drama *drama, const struct judge *judge, struct house *house,
                    struct order *order)
{
    if (drama->needs_new_house) {
        house_close(house);
        house_open(house, judged, drama->sessions, BROKEN_NOTHING);
    }
    char *history = drama_perform(drama, house, order);
    bool is_serial = history != NULL && judge_allows(judge, history);
    if (!is_serial) {
        order_report(drama, order, history);
    }
    free(history);
    return is_serial;
}

/* In as many orders as asked for: first those with few interruptions, then drawn ones. */
static void perform_often(const struct drama *drama, size_t swept, size_t drawn)
{
    struct order *order = calloc(1, sizeof(*order));
    struct house *house = calloc(1, sizeof(*house));
    struct judge judge;
    bool are_serial = true;
    assert_non_null(order);
    assert_non_null(house);
    judge_init(&judge, drama, judged);
    house_open(house, judged, drama->sessions, BROKEN_NOTHING);
    for (bool more = true; more && are_serial && swept > 0; swept--) {
        are_serial = perform(drama, &judge, house, order);
        more = order_next(order, SWITCHES);
    }
    order->given = 0;
    for (size_t i = 0; are_serial && i < drawn; i++) {
        order->seed = i + 1;
        are_serial = perform(drama, &judge, house, order);
    }
    house_close(house);
    judge_finish(&judge);
    free(house);
    free(order);
    assert_true(are_serial);
}

/* Why: each of these is a race that a real system has lost. */
static void every_history_is_a_serial_one(void **state)
{
    perform_often(*state, subject_share(SWEPT), subject_share(DRAWN));
}

/* Why: what is written in slices is nothing until the last one. */
static void a_large_submission_is_there_at_once(void **state)
{
    (void)state;
    perform_often(&drama_large_submission, 0, subject_share(LARGE_DRAWN));
}

/* Why: a judge who allows everything is none. Here a commit that lost is applied all the same. */
static void a_store_without_the_guard_is_found_out(void **state)
{
    (void)state;
    struct order *order = calloc(1, sizeof(*order));
    struct judge judge;
    size_t found = 0;
    assert_non_null(order);
    judge_init(&judge, &drama_two_commits, STORE_MEMORY);
    assert_int_equal(judge.count, 2);
    do {
        struct house house;
        house_open(&house, STORE_MEMORY, 2, BROKEN_IGNORES_REVISION);
        char *history = drama_perform(&drama_two_commits, &house, order);
        assert_non_null(history);
        found += !judge_allows(&judge, history);
        free(history);
        house_close(&house);
    } while (order_next(order, SWITCHES));
    assert_true(found > 0);
    judge_finish(&judge);
    free(order);
}

/* Why: one wrong word in a history is enough. */
static void a_history_with_one_other_word_is_not_allowed(void **state)
{
    (void)state;
    struct order *order = calloc(1, sizeof(*order));
    struct judge judge;
    assert_non_null(order);
    judge_init(&judge, &drama_two_commits, STORE_MEMORY);
    struct house house;
    house_open(&house, STORE_MEMORY, 2, BROKEN_NOTHING);
    char *history = drama_perform(&drama_two_commits, &house, order);
    assert_non_null(history);
    assert_true(judge_allows(&judge, history));
    char *word = strstr(history, "conflict");
    assert_non_null(word);
    word[0] = 'C';
    assert_false(judge_allows(&judge, history));
    free(history);
    house_close(&house);
    judge_finish(&judge);
    free(order);
}

/* Why: a sweep that leaves orders out proves nothing: two players with three choices each, and at
 * most two interruptions. */
static void orders_are_swept_like_an_odometer(void **state)
{
    (void)state;
    struct order *order = calloc(1, sizeof(*order));
    assert_non_null(order);
    size_t orders = 0;
    do {
        order->count = 4;
        for (size_t i = 0; i < order->count; i++) {
            order->bounds[i] = 2;
            order->picks[i] = i < order->given ? order->picks[i] : 0;
        }
        orders++;
    } while (order_next(order, SWITCHES));
    assert_int_equal(orders, 1 + 4 + 6);
    free(order);
}

/* Why: what is removed in slices is gone with the first one. */
static void a_large_removal_is_done_at_once(void **state)
{
    (void)state;
    perform_often(&drama_large_removal, 0, subject_share(LARGE_DRAWN));
}

int main(int argc, char **argv)
{
    judged = subject_kind_of(argc, argv);
    struct CMUnitTest *tests = calloc(drama_count + 2, sizeof(tests[0]));
    assert_non_null(tests);
    for (size_t i = 0; i < drama_count; i++) {
        /* cmocka takes what it hands to the test without const. */
        union {
            const struct drama *drama;
            void *state;
        } given = {.drama = &dramas[i]};
        tests[i] = (struct CMUnitTest){.name = dramas[i].name,
                                       .test_func = every_history_is_a_serial_one,
                                       .initial_state = given.state};
    }
    tests[drama_count] = (struct CMUnitTest)cmocka_unit_test(a_large_submission_is_there_at_once);
    tests[drama_count + 1] = (struct CMUnitTest)cmocka_unit_test(a_large_removal_is_done_at_once);
    const struct CMUnitTest own[] = {
        cmocka_unit_test(a_store_without_the_guard_is_found_out),
        cmocka_unit_test(a_history_with_one_other_word_is_not_allowed),
        cmocka_unit_test(orders_are_swept_like_an_odometer),
    };
    int failed = _cmocka_run_group_tests("interleaved", tests, drama_count + 2, NULL, NULL);
    if (judged == STORE_MEMORY) {
        failed += cmocka_run_group_tests(own, NULL, NULL);
    }
    free(tests);
    return failed;
}
