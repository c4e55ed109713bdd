/* SPDX-License-Identifier: Apache-2.0 */
/* test_swimlane.c - a run as a picture. */
#include "tale_scene.h"

#include "base/instant.h"
#include "base/text.h"
#include "report/swimlane.h"

static void assert_picture(const struct tales *tales, const struct search_finding *finding,
                           const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    swimlane_write(tales, finding, &builder);
    assert_false(builder.failed);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

/* The picture of the manual. */
static void attempts_are_bars_and_faults_stand_on_them(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding = scene_charged_twice_finding();
    tales_init(&tales, NULL);
    scene_charged_twice(&tales);
    assert_picture(
        &tales, &finding,
        "            0 s                                                           1 s\n"
        "  runner-1  [price 1]                                                     [charge 2>\n"
        "  runner-2           [charge 1!]\n"
        "  broken                                                                           *\n"
        "            [task attempt] a body   > still running   ! a fault   * what was broken\n");
    tales_finish(&tales);
}

static void dies(struct tales *tales, int64_t at, uint32_t runner)
{
    struct label poll = {.site = SITE_POLL, .number = 1};
    scene_fault(tales, at, runner, &poll, (struct choice){FAULT_CRASH, 5 * SECOND});
    scene_tell(tales, at, (struct tale){.kind = TALE_DIED, .runner = runner});
}

/* Bars in parallel take rows of their own, and end with their runner. */
static void a_runner_that_dies_takes_its_bars_along(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_tell(&tales, 0, (struct tale){.kind = TALE_BEGAN, .runner = 1});
    scene_starts(&tales, 0, 1, "load", 1);
    scene_starts(&tales, 0, 1, "price", 1);
    scene_returns(&tales, SECOND, 1, "load", 1);
    scene_starts(&tales, SECOND, 1, "charge", 1);
    dies(&tales, 2 * SECOND, 1);
    scene_tell(&tales, 4 * SECOND, (struct tale){.kind = TALE_BEGAN, .runner = 1});
    dies(&tales, 5 * SECOND, 1);
    assert_picture(
        &tales, NULL,
        "            0 s              1 s                 2 s                  4 s\n"
        "  runner-1  [load 1----------][charge 1----------X                    o           X\n"
        "             [price 1----------------------------X\n"
        "            [task attempt] a body   X dies   o starts again\n");
    tales_finish(&tales);
}

/* A frozen runner: its bars and its first row stand still; the time is long. */
static void a_standstill_is_drawn_over_its_runner(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_runs(&tales, 0, SECOND, 2, "price");
    scene_tell(&tales, 2 * SECOND, (struct tale){.kind = TALE_FROZEN, .runner = 1});
    scene_tell(&tales, 92 * SECOND, (struct tale){.kind = TALE_THAWED, .runner = 1});
    scene_returns(&tales, 93 * SECOND, 1, "load", 1);
    scene_tell(&tales, 94 * SECOND, (struct tale){.kind = TALE_STOPPED, .runner = 1});
    scene_tell(&tales, 95 * SECOND, (struct tale){.kind = TALE_DEPLOYED, .runner = 1});
    scene_tell(&tales, 96 * SECOND, (struct tale){.kind = TALE_FROZEN, .runner = 2});
    assert_picture(
        &tales, NULL,
        "            0 s           1 s   2 s         ~           92 s   93 s  94 s  95 s\n"
        "  runner-1  [load 1-------------zzzzzzzzzzzz~zzzzzzzzzzz-------]     s     o\n"
        "  runner-2   [price 1-----]                                                       z\n"
        "            [task attempt] a body   s has stopped   o starts again   z frozen   ~ a long "
        "time\n");
    tales_finish(&tales);
}

/* Whose fault it is decides the row. */
static void faults_stand_in_the_row_that_they_are_about(void **state)
{
    (void)state;
    struct tales tales;
    struct label body = scene_label(SITE_BODY, "load", 1);
    struct label commit = scene_label(SITE_COMMIT, "load", 1);
    struct label poll = {.site = SITE_POLL, .number = 1};
    struct label clock = {.site = SITE_CLOCK, .number = 1};
    struct label event = scene_label(SITE_EVENT, "load", 1);
    struct label command = {.site = SITE_OPERATOR, .run = 1, .number = 1};
    tales_init(&tales, NULL);
    scene_fault(&tales, 0, 0, &clock, (struct choice){FAULT_OFFSET, SECOND});
    scene_fault(&tales, 0, 3, &clock, (struct choice){FAULT_OFFSET, SECOND});
    scene_starts(&tales, 0, 1, "load", 1);
    scene_fault(&tales, 0, 1, &event, (struct choice){FAULT_POSTPONE, 0});
    scene_fault(&tales, 0, 1, &body, (struct choice){FAULT_LATE, SECOND});
    scene_returns(&tales, 2 * SECOND, 1, "load", 1);
    scene_fault(&tales, 2 * SECOND, 1, &commit, (struct choice){FAULT_BUSY, 0});
    scene_fault(&tales, 3 * SECOND, 1, &poll, (struct choice){FAULT_STEP, SECOND});
    scene_fault(&tales, 4 * SECOND, 0, &command, (struct choice){FAULT_CANCEL, 0});
    assert_picture(
        &tales, NULL,
        "            0 s                                   2 s             3 s\n"
        "  runner-1    [load 1!----------------------------]               !\n"
        "  runner-3   !\n"
        "  store     !                                      !\n"
        "  operator                                                                        !\n"
        "            [task attempt] a body   ! a fault\n");
    tales_finish(&tales);
}

/* Names are cut before anything else is. */
static void long_names_are_cut_and_strange_bytes_replaced(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "a task with a name that is far too long", 12);
    scene_returns(&tales, 0, 1, "a task with a name that is far too long", 12);
    scene_starts(&tales, 0, 1, "\xc3\xa4", 123);
    assert_picture(&tales, NULL,
                   "            0 s\n"
                   "  runner-1  [a?task?with?a?n 12][?? 123>\n"
                   "            [task attempt] a body   > still running\n");
    tales_finish(&tales);
}

/* More attempts than fit: only those that matter. */
static void of_many_attempts_those_that_matter_are_drawn(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding = scene_finding("I-03", "", "task 'load' was changed", SECOND);
    tales_init(&tales, NULL);
    for (int i = 0; i < 20; i++) {
        scene_runs(&tales, 0, 0, 1, "price");
    }
    scene_runs(&tales, 0, SECOND, 1, "load");
    assert_picture(
        &tales, &finding,
        "            0 s\n"
        "  runner-1  [load 1---------------------------------------------------------------]\n"
        "  broken                                                                           *\n"
        "            [task attempt] a body   * what was broken\n");
    tales_finish(&tales);
}

/* Many short ones: their names get shorter, until nothing can be drawn. */
static void what_does_not_fit_is_not_drawn(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    for (uint32_t i = 1; i <= 9; i++) {
        scene_starts(&tales, 0, 1, "charge", i);
        scene_returns(&tales, 0, 1, "charge", i);
    }
    assert_picture(&tales, NULL,
                   "            0 s\n"
                   "  runner-1  [cha 1][cha 2][cha 3][cha 4][cha 5][cha 6][cha 7][cha 8][cha 9]\n"
                   "            [task attempt] a body\n");
    for (uint32_t i = 10; i <= 12; i++) {
        scene_starts(&tales, 0, 1, "charge", i);
        scene_returns(&tales, 0, 1, "charge", i);
    }
    assert_picture(&tales, NULL, "");
    for (uint32_t i = 13; i <= 50; i++) {
        scene_starts(&tales, 0, 1, "charge", i);
        scene_returns(&tales, 0, 1, "charge", i);
    }
    assert_picture(&tales, NULL, "");
    tales_finish(&tales);
}

/* A picture of forty rows is none. */
static void too_many_rows_are_not_drawn(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    for (uint32_t runner = 1; runner <= 30; runner++) {
        scene_tell(&tales, 0, (struct tale){.kind = TALE_STOPPED, .runner = runner});
    }
    assert_picture(&tales, NULL, "");
    tales_finish(&tales);
}

static void of_nothing_there_is_no_picture(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    assert_picture(&tales, NULL, "");
    tales_finish(&tales);
}

static void without_memory_a_picture_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct tales tales;
        struct text_builder builder;
        failing_heap_init(&heap, FAIL_NEVER);
        tales_init(&tales, &heap.heap);
        scene_charged_twice(&tales);
        heap.fail_at = heap.allocations + n;
        text_builder_init(&builder, &heap.heap);
        swimlane_write(&tales, NULL, &builder);
        assert_int_equal(builder.failed, heap.has_failed);
        text_builder_finish(&builder);
        tales_finish(&tales);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_are_bars_and_faults_stand_on_them),
        cmocka_unit_test(a_runner_that_dies_takes_its_bars_along),
        cmocka_unit_test(a_standstill_is_drawn_over_its_runner),
        cmocka_unit_test(faults_stand_in_the_row_that_they_are_about),
        cmocka_unit_test(long_names_are_cut_and_strange_bytes_replaced),
        cmocka_unit_test(of_many_attempts_those_that_matter_are_drawn),
        cmocka_unit_test(what_does_not_fit_is_not_drawn),
        cmocka_unit_test(too_many_rows_are_not_drawn),
        cmocka_unit_test(of_nothing_there_is_no_picture),
        cmocka_unit_test(without_memory_a_picture_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
