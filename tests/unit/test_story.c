/* SPDX-License-Identifier: Apache-2.0 */
/* test_story.c - a run in English. */
#include "tale_scene.h"

#include "base/instant.h"
#include "base/text.h"
#include "report/story.h"

static void assert_story(const struct tales *tales, const struct search_finding *finding,
                         bool is_whole, const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    story_write(tales, &(struct story_options){.finding = finding, .is_whole = is_whole}, &builder);
    assert_false(builder.failed);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

/* The story of the manual: what matters in full, the rest in passing, what was broken at
 * the end. */
static void a_lost_reply_is_a_story_of_five_lines(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding = scene_charged_twice_finding();
    tales_init(&tales, NULL);
    scene_charged_twice(&tales);
    assert_story(&tales, &finding, false,
                 "  0.000 s  run 1 of 'shop' submitted; 'price' completed on runner-1\n"
                 "  0.000 s  runner-2 starts 'charge', attempt 1 of 3, key f215; "
                 "payments.charge applied, REPLY LOST\n"
                 "  0.000 s  'charge' failed: reply lost; retry at 1.000 s\n"
                 "  1.000 s  runner-1 starts 'charge', attempt 2 of 3, key f215; "
                 "payments.charge applied again\n"
                 "  1.000 s  BROKEN  always \"one order is charged once\": "
                 "one order was charged twice\n");
    tales_finish(&tales);
}

/* `--story all`. */
static void the_whole_story_tells_of_every_task(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_charged_twice(&tales);
    scene_tell(&tales, SECOND,
               (struct tale){.kind = TALE_EXECUTION, .run = 1, .text = TEXT_LITERAL("Running")});
    assert_story(&tales, NULL, true,
                 "  0.000 s  run 1 of 'shop' submitted\n"
                 "  0.000 s  runner-1 starts 'price', attempt 1 of 3; completed\n"
                 "  0.000 s  runner-2 starts 'charge', attempt 1 of 3, key f215; "
                 "payments.charge applied, REPLY LOST\n"
                 "  0.000 s  'charge' failed: reply lost; retry at 1.000 s\n"
                 "  1.000 s  runner-1 starts 'charge', attempt 2 of 3, key f215; "
                 "payments.charge applied again\n"
                 "  1.000 s  run 1 is Running\n");
    tales_finish(&tales);
}

/* Death, burial, recovery, another attempt: the runner's own lines. */
static void a_death_is_told_from_its_cause_to_its_end(void **state)
{
    (void)state;
    struct tales tales;
    struct label commit = scene_label(SITE_COMMIT, "load", 1);
    struct search_finding finding =
        scene_finding("I-07", "", "task 'load' does not move\nrun 1:\n'load' Ready", 40 * SECOND);
    commit.runner = 0;
    tales_init(&tales, NULL);
    scene_tell(&tales, 0, (struct tale){.kind = TALE_BEGAN, .runner = 2});
    scene_starts(&tales, 0, 2, "load", 1);
    scene_returns(&tales, SECOND, 2, "load", 1);
    scene_fault(&tales, SECOND, 2, &commit, (struct choice){FAULT_CRASH, 5 * SECOND});
    scene_tell(&tales, SECOND, (struct tale){.kind = TALE_DIED, .runner = 2, .until = 6 * SECOND});
    scene_tell(&tales, 6 * SECOND, (struct tale){.kind = TALE_BEGAN, .runner = 2});
    scene_tell(&tales, 31 * SECOND, (struct tale){.kind = TALE_BURIED, .runner = 2});
    scene_tell(&tales, 31 * SECOND, scene_tale(TALE_LOST, 0, "load", 1));
    assert_story(&tales, &finding, false,
                 "   0.000 s  runner-2 starts 'load', attempt 1 of 3\n"
                 "   1.000 s  'load' returns on runner-2\n"
                 "   1.000 s  runner-2 DIES before its commit of 'load'; it starts again at "
                 "6.000 s\n"
                 "   6.000 s  runner-2 starts again\n"
                 "  31.000 s  runner-2 is declared dead by the others\n"
                 "  31.000 s  'load' was lost with its runner, and will run again\n"
                 "  40.000 s  BROKEN  I-07: task 'load' does not move\n"
                 "            run 1:\n"
                 "            'load' Ready\n");
    tales_finish(&tales);
}

/* A standstill is told when it begins, with what it came from; a body that unwinds is no news. */
static void a_standstill_is_told_once(void **state)
{
    (void)state;
    struct tales tales;
    struct label poll = {.site = SITE_POLL, .runner = 1, .number = 3};
    struct tale crashed = scene_tale(TALE_RETURNED, 1, "load", 1);
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_fault(&tales, SECOND, 1, &poll, (struct choice){FAULT_FREEZE, 90 * SECOND});
    scene_tell(&tales, SECOND,
               (struct tale){.kind = TALE_FROZEN, .runner = 1, .until = 91 * SECOND});
    scene_tell(&tales, 91 * SECOND, (struct tale){.kind = TALE_THAWED, .runner = 1});
    scene_tell(&tales, 91 * SECOND, (struct tale){.kind = TALE_FENCED, .runner = 1});
    crashed.code = CLOACINA_CRASHED;
    scene_tell(&tales, 91 * SECOND, crashed);
    assert_story(&tales, NULL, false,
                 "   0.000 s  runner-1 starts 'load', attempt 1 of 3\n"
                 "   1.000 s  runner-1 FROZEN before its poll; it goes on at 91.000 s\n"
                 "  91.000 s  runner-1 goes on\n"
                 "  91.000 s  runner-1 knows that its lease has ended\n");
    tales_finish(&tales);
}

/* A crash without a death, because the run ended there, is told by itself. */
static void a_fault_that_is_the_last_tale_is_told(void **state)
{
    (void)state;
    struct tales tales;
    struct label poll = {.site = SITE_POLL, .runner = 1, .number = 3};
    tales_init(&tales, NULL);
    scene_fault(&tales, 0, 1, &poll, (struct choice){FAULT_CRASH, SECOND});
    scene_fault(&tales, 0, 1, &poll, (struct choice){FAULT_FREEZE, SECOND});
    assert_story(&tales, NULL, false,
                 "  0.000 s  runner-1 DIES before its poll, for 1 s\n"
                 "  0.000 s  runner-1 FROZEN before its poll, for 1 s\n");
    tales_finish(&tales);
}

/* Tasks that do not matter, one line for all that ended alike. */
static void tasks_that_do_not_matter_are_told_in_groups(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct tales tales;
    struct search_finding finding = scene_finding("I-03", "", "task 'load' was changed", SECOND);
    tales_init(&tales, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        scene_runs(&tales, (int64_t)i * SECOND, (int64_t)i * SECOND, 1 + i % 2, names[i]);
    }
    for (size_t i = 0; i < 2; i++) {
        struct tale skipped = scene_tale(TALE_SKIPPED, 0, i == 0 ? "h" : "i", 0);
        skipped.text = TEXT_LITERAL("upstream_failed");
        scene_tell(&tales, 6 * SECOND, skipped);
    }
    scene_runs(&tales, 7 * SECOND, 8 * SECOND, 1, "load");
    assert_story(&tales, &finding, false,
                 "  0.000 s  'a', 'b', 'c', 'd', 'e' and 2 more completed until 6.000 s\n"
                 "  6.000 s  'h', 'i' skipped: upstream_failed\n"
                 "  7.000 s  runner-1 starts 'load', attempt 1 of 3\n"
                 "  8.000 s  'load' completed\n"
                 "  1.000 s  BROKEN  I-03: task 'load' was changed\n");
    tales_finish(&tales);
}

/* When nobody matters by the finding, all do. */
static void without_anybody_who_matters_all_are_told(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding = scene_finding("I-24", "", "a slot is missing", 0);
    tales_init(&tales, NULL);
    scene_runs(&tales, 0, 0, 1, "load");
    assert_story(&tales, &finding, false,
                 "  0.000 s  runner-1 starts 'load', attempt 1 of 3; completed\n"
                 "  0.000 s  BROKEN  I-24: a slot is missing\n");
    tales_finish(&tales);
}

/* The task in which the process died is the one to tell about. */
static void the_body_under_way_matters_when_the_process_dies(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding = scene_finding("crash", "", "signal 11 (SIGSEGV)", SECOND);
    tales_init(&tales, NULL);
    scene_runs(&tales, 0, 0, 1, "price");
    scene_starts(&tales, SECOND, 1, "load", 1);
    assert_story(&tales, &finding, false,
                 "  0.000 s  'price' completed on runner-1\n"
                 "  1.000 s  runner-1 starts 'load', attempt 1 of 3\n"
                 "  1.000 s  BROKEN  crash: signal 11 (SIGSEGV)\n");
    tales_finish(&tales);
}

/* A task matters when its effect is the one that the property's message speaks of. */
static void a_task_whose_effect_is_named_matters(void **state)
{
    (void)state;
    struct tales tales;
    struct search_finding finding =
        scene_finding("eventually", "paid", "'paid': payments.charge was not called", SECOND);
    tales_init(&tales, NULL);
    scene_runs(&tales, 0, 0, 1, "price");
    scene_starts(&tales, 0, 1, "charge", 1);
    scene_effect(&tales, 0, 1, "charge", 1, 1);
    assert_story(&tales, &finding, false,
                 "  0.000 s  'price' completed on runner-1\n"
                 "  0.000 s  runner-1 starts 'charge', attempt 1 of 3, key f215; "
                 "payments.charge applied\n"
                 "  1.000 s  BROKEN  eventually \"paid\": payments.charge was not called\n");
    tales_finish(&tales);
}

static void postpone_many(struct tales *tales, int count)
{
    struct label event = scene_label(SITE_EVENT, "load", 1);
    for (int i = 0; i < count; i++) {
        scene_fault(tales, 0, 1, &event, (struct choice){FAULT_POSTPONE, 0});
    }
}

/* In a shrunk run who goes first matters; in any other there are hundreds of such choices. */
static void who_goes_first_is_told_when_it_is_rare(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    postpone_many(&tales, 1);
    assert_story(&tales, NULL, false,
                 "  0.000 s  runner-1 starts 'load', attempt 1 of 3; everybody else goes before "
                 "the body of 'load'\n");
    postpone_many(&tales, 12);
    assert_story(&tales, NULL, false, "  0.000 s  runner-1 starts 'load', attempt 1 of 3\n");
    tales_finish(&tales);
}

/* A decision that could not be written down is no reason to stop. */
static void a_fault_without_its_decision_is_left_out(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_tell(&tales, 0, scene_tale(TALE_FAULT, 1, "load", 1));
    assert_story(&tales, NULL, true, "  0.000 s  runner-1 starts 'load', attempt 1 of 3\n");
    tales_finish(&tales);
}

/* What goes wrong in between stays where it was: nothing is told before it that came after it. */
static void no_clause_goes_back_past_something_loud(void **state)
{
    (void)state;
    struct tales tales;
    struct label poll = {.site = SITE_POLL, .runner = 2, .number = 1};
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_fault(&tales, 0, 2, &poll, (struct choice){FAULT_BUSY, 0});
    scene_completes(&tales, 0, 1, "load", 1);
    assert_story(&tales, NULL, false,
                 "  0.000 s  runner-1 starts 'load', attempt 1 of 3\n"
                 "  0.000 s  runner-2's poll: the store is BUSY\n"
                 "  0.000 s  'load' completed\n");
    tales_finish(&tales);
}

/* An effect that was applied without its fault, and one after the lost one. */
static void only_the_effect_that_lost_its_reply_says_so(void **state)
{
    (void)state;
    struct tales tales;
    struct label lost = scene_label(SITE_EFFECT, "charge", 1);
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 2, "charge", 1);
    scene_fault(&tales, 0, 2, &lost, (struct choice){FAULT_REPLY_LOST, 0});
    scene_effect(&tales, 0, 2, "charge", 1, 1);
    scene_effect(&tales, 0, 2, "charge", 1, 2);
    scene_fault(&tales, SECOND, 2, &lost, (struct choice){FAULT_REPLY_LOST, 0});
    assert_story(&tales, NULL, false,
                 "  0.000 s  runner-2 starts 'charge', attempt 1 of 3, key f215; "
                 "payments.charge applied, REPLY LOST\n"
                 "  0.000 s  'charge': payments.charge applied again\n"
                 "  1.000 s  payments.charge is done, its REPLY LOST\n");
    tales_finish(&tales);
}

/* Years of a schedule. */
static void moments_stand_below_each_other(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_completes(&tales, 2 * NANOSECONDS_PER_DAY, 1, "load", 1);
    assert_story(&tales, NULL, false,
                 "           0.000 s  runner-1 starts 'load', attempt 1 of 3\n"
                 "  2 d 00:00:00.000  'load' completed\n");
    tales_finish(&tales);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (const char *c = text; *c != '\0'; c++) {
        lines += *c == '\n';
    }
    return lines;
}

/* The middle goes first, but never what went wrong there. */
static void a_long_story_is_cut_in_the_middle(void **state)
{
    (void)state;
    struct tales tales;
    struct text_builder builder;
    struct label poll = {.site = SITE_POLL, .runner = 2, .number = 1};
    tales_init(&tales, NULL);
    text_builder_init(&builder, NULL);
    for (int i = 1; i <= 40; i++) {
        scene_starts(&tales, i * SECOND, 1, "load", (uint32_t)i);
        if (i == 10) {
            scene_fault(&tales, i * SECOND, 2, &poll, (struct choice){FAULT_BUSY, 0});
        }
    }
    story_write(&tales, &(struct story_options){.finding = NULL}, &builder);
    const char *text = text_builder_terminated(&builder);
    assert_int_equal(lines_of(text), 17);
    assert_non_null(strstr(text, "   2.000 s  runner-1 starts 'load', attempt 2 of 3\n"
                                 "            ... 8 more lines: --story all\n"
                                 "  10.000 s  runner-2's poll: the store is BUSY\n"
                                 "            ... 18 more lines\n"
                                 "  29.000 s  runner-1 starts 'load', attempt 29 of 3\n"));
    assert_non_null(strstr(text, "  40.000 s  runner-1 starts 'load', attempt 40 of 3\n"));
    text_builder_reset(&builder);
    story_write(&tales, &(struct story_options){.is_whole = true}, &builder);
    assert_int_equal(lines_of(text_builder_terminated(&builder)), 41);
    text_builder_finish(&builder);
    tales_finish(&tales);
}

/* A message of a world that waits for a thousand tasks. */
static void of_a_long_message_the_beginning_is_told(void **state)
{
    (void)state;
    struct tales tales;
    struct text_builder builder;
    struct search_finding finding = scene_finding("I-07", "", "", 0);
    for (size_t i = 0; i < 50; i++) {
        finding.message[2 * i] = 'x';
        finding.message[2 * i + 1] = '\n';
    }
    finding.message[100] = '\0';
    tales_init(&tales, NULL);
    tales.left_out = 1;
    text_builder_init(&builder, NULL);
    story_write(&tales, &(struct story_options){.finding = &finding}, &builder);
    const char *text = text_builder_terminated(&builder);
    assert_int_equal(lines_of(text), 21);
    assert_int_equal(strncmp(text, "           ... and more than anybody reads\n", 43), 0);
    assert_string_equal(strstr(text, "x ..."), "x ...\n");
    text_builder_finish(&builder);
    tales_finish(&tales);
}

/* Several executions: names alone are not enough. */
static void with_several_runs_tasks_say_whose_they_are(void **state)
{
    (void)state;
    struct tales tales;
    struct tale other = scene_tale(TALE_STARTED, 1, "load", 1);
    other.run = 2;
    tales_init(&tales, NULL);
    scene_starts(&tales, 0, 1, "load", 1);
    scene_tell(&tales, 0, other);
    assert_story(&tales, NULL, false,
                 "  0.000 s  runner-1 starts 'load' of run 1, attempt 1 of 3\n"
                 "  0.000 s  runner-1 starts 'load' of run 2, attempt 1 of 3\n");
    tales_finish(&tales);
}

/* The tales of the story are made with memory that lasts, the story with memory that does not. */
static void without_memory_a_story_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct tales tales;
        struct text_builder builder;
        struct search_finding finding = scene_charged_twice_finding();
        failing_heap_init(&heap, FAIL_NEVER);
        tales_init(&tales, &heap.heap);
        scene_charged_twice(&tales);
        heap.fail_at = heap.allocations + n;
        text_builder_init(&builder, &heap.heap);
        story_write(&tales, &(struct story_options){.finding = &finding}, &builder);
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
        cmocka_unit_test(a_lost_reply_is_a_story_of_five_lines),
        cmocka_unit_test(the_whole_story_tells_of_every_task),
        cmocka_unit_test(a_death_is_told_from_its_cause_to_its_end),
        cmocka_unit_test(a_standstill_is_told_once),
        cmocka_unit_test(a_fault_that_is_the_last_tale_is_told),
        cmocka_unit_test(tasks_that_do_not_matter_are_told_in_groups),
        cmocka_unit_test(without_anybody_who_matters_all_are_told),
        cmocka_unit_test(the_body_under_way_matters_when_the_process_dies),
        cmocka_unit_test(a_task_whose_effect_is_named_matters),
        cmocka_unit_test(who_goes_first_is_told_when_it_is_rare),
        cmocka_unit_test(a_fault_without_its_decision_is_left_out),
        cmocka_unit_test(no_clause_goes_back_past_something_loud),
        cmocka_unit_test(only_the_effect_that_lost_its_reply_says_so),
        cmocka_unit_test(moments_stand_below_each_other),
        cmocka_unit_test(a_long_story_is_cut_in_the_middle),
        cmocka_unit_test(of_a_long_message_the_beginning_is_told),
        cmocka_unit_test(with_several_runs_tasks_say_whose_they_are),
        cmocka_unit_test(without_memory_a_story_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
