/* SPDX-License-Identifier: Apache-2.0 */
/* test_report.c - what came out of a simulation: as JSON, as a summary, as a trace. */
#include "support.h"

#include <stdio.h>

#include "report/report.h"
#include "report/report_trace.h"

static const struct report_figures calm = {.tasks = 2,
                                           .completed = 2,
                                           .attempts = 2,
                                           .events = 1234567,
                                           .makespan_ns = 1500000000,
                                           .virtual_ns = 3600000000000,
                                           .wall_ns = 2000999,
                                           .trace_hash = "0123456789abcdef0123456789abcdef"};

static const struct report_figures stormy = {.tasks = 2,
                                             .completed = 1,
                                             .failed = 1,
                                             .attempts = 4,
                                             .events = 3,
                                             .makespan_ns = 500000000,
                                             .virtual_ns = 1,
                                             .wall_ns = 1,
                                             .trace_hash = "fedcba9876543210fedcba9876543210"};

static void report_of(struct report *report, struct cloacina_heap *heap, uint64_t seeds)
{
    report_init(report, heap);
    report->workflow = TEXT_LITERAL("shop");
    report->seed = 7;
    report->seeds = seeds;
    report->runners = 1;
    report->slots = 4;
    report->replay = "cloacinactl simulate shop";
}

static void assert_written(const struct report *report,
                           void (*write)(const struct report *, struct text_builder *),
                           const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, report->arena.heap);
    write(report, &builder);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

/* Programs read it: the names of the keys are a promise. */
static void one_seed_is_one_flat_object(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL, 1);
    assert_true(report_add_run(&report, &calm));
    assert_written(&report, report_write_json,
                   "{\"workflow\":\"shop\",\"seed\":7,\"seeds\":1,\"runners\":1,\"slots\":4,"
                   "\"tasks\":2,\"completed\":2,\"failed\":0,\"skipped\":0,\"attempts\":2,"
                   "\"events\":1234567,\"makespan_ns\":1500000000,\"virtual_ns\":3600000000000,"
                   "\"wall_ns\":2000999,\"trace_hash\":\"0123456789abcdef0123456789abcdef\","
                   "\"failures\":[]}\n");
    report_finish(&report);
}

/* Totals, and each run beside them. */
static void several_seeds_add_a_list_of_runs(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL, 2);
    assert_true(report_add_run(&report, &stormy));
    assert_true(report_add_run(&report, &calm));
    struct report_failure failure = {
        .seed = 7, .invariant = "completed", .message = "'a\"b' \x01 failed"};
    assert_true(report_add_failure(&report, &failure));
    struct report_figures total = report_total(&report);
    char expected[1024];
    snprintf(expected, sizeof(expected),
             "{\"workflow\":\"shop\",\"seed\":7,\"seeds\":2,\"runners\":1,\"slots\":4,"
             "\"tasks\":4,\"completed\":3,\"failed\":1,\"skipped\":0,\"attempts\":6,"
             "\"events\":1234570,\"makespan_ns\":1500000000,\"virtual_ns\":3600000000001,"
             "\"wall_ns\":2001000,\"trace_hash\":\"%s\","
             "\"failures\":[{\"seed\":7,\"invariant\":\"completed\","
             "\"message\":\"'a\\\"b' \\u0001 failed\"}],\"runs\":[\n"
             "{\"seed\":7,\"tasks\":2,\"completed\":1,\"failed\":1,\"skipped\":0,\"attempts\":4,"
             "\"events\":3,\"makespan_ns\":500000000,\"virtual_ns\":1,\"wall_ns\":1,"
             "\"trace_hash\":\"fedcba9876543210fedcba9876543210\"},\n"
             "{\"seed\":8,\"tasks\":2,\"completed\":2,\"failed\":0,\"skipped\":0,\"attempts\":2,"
             "\"events\":1234567,\"makespan_ns\":1500000000,\"virtual_ns\":3600000000000,"
             "\"wall_ns\":2000999,\"trace_hash\":\"0123456789abcdef0123456789abcdef\"}]}\n",
             total.trace_hash);
    assert_written(&report, report_write_json, expected);
    report_finish(&report);
}

/* One hash stands for all runs: it tells which runs, and in which order. */
static void the_hash_of_several_runs_depends_on_each_and_on_their_order(void **state)
{
    (void)state;
    struct report one;
    struct report other;
    report_of(&one, NULL, 2);
    report_of(&other, NULL, 2);
    assert_true(report_add_run(&one, &calm) && report_add_run(&one, &stormy));
    assert_true(report_add_run(&other, &stormy) && report_add_run(&other, &calm));
    struct report_figures first = report_total(&one);
    struct report_figures second = report_total(&other);
    assert_int_equal(strlen(first.trace_hash), 32);
    assert_string_not_equal(first.trace_hash, second.trace_hash);
    report_finish(&one);
    report_finish(&other);
}

static void the_summary_says_what_happened_in_five_lines(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL, 1);
    assert_true(report_add_run(&report, &calm));
    assert_written(&report, report_write_text,
                   "'shop' on 1 runner with 4 slots, seed 7\n"
                   "tasks     2 completed, 0 failed, 0 skipped; 2 attempts, 1,234,567 events\n"
                   "makespan  1.5 s\n"
                   "time      1 h virtual, 2.000 ms real: 999 tasks/s, 616,975,320 events/s\n"
                   "trace     0123456789abcdef0123456789abcdef\n");
    report_finish(&report);
}

/* A failure comes first, with the command that shows it again. */
static void failures_come_first_with_their_replay(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL, 2);
    report.runners = 3;
    report.slots = 0;
    assert_true(report_add_run(&report, &stormy));
    assert_true(report_add_run(&report, &calm));
    struct report_failure failure = {
        .seed = 7, .invariant = "I-03", .message = "task '\x1b[1m' ran\ntwice"};
    assert_true(report_add_failure(&report, &failure));
    struct report_figures total = report_total(&report);
    char expected[1024];
    snprintf(expected, sizeof(expected),
             "FAILED  I-03, seed 7 of 7..8\n"
             "  task '?[1m' ran\n"
             "  twice\n"
             "replay:  cloacinactl simulate shop --seed 7\n"
             "'shop' on 3 runners with unlimited slots, seeds 7..8\n"
             "tasks     3 completed, 1 failed, 0 skipped; 6 attempts, 1,234,570 events\n"
             "makespan  0.5 s to 1.5 s\n"
             "time      1 h 0.000000001 s virtual, 2.001 ms real: 2,998 tasks/s, "
             "616,976,511 events/s\n"
             "trace     %s\n",
             total.trace_hash);
    assert_written(&report, report_write_text, expected);
    report_finish(&report);
}

/* Ten are enough to read; the number of the others is said. */
static void of_many_failures_ten_are_shown(void **state)
{
    (void)state;
    struct report report;
    struct report_figures still = calm;
    still.wall_ns = 0;
    report_of(&report, NULL, 1);
    report.replay = "";
    assert_true(report_add_run(&report, &still));
    struct report_failure failure = {.seed = 7, .invariant = "I-01", .message = "no"};
    for (int i = 0; i < 12; i++) {
        assert_true(report_add_failure(&report, &failure));
    }
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    report_write_text(&report, &builder);
    const char *text = text_builder_terminated(&builder);
    const char *rest = strstr(text, "and 2 failures more; --json lists them all\n'shop' on ");
    assert_non_null(rest);
    assert_int_equal(rest - text, 10 * strlen("FAILED  I-01, seed 7\n  no\n"));
    assert_non_null(strstr(rest, "real: 0 tasks/s, 0 events/s"));
    text_builder_finish(&builder);
    report_finish(&report);
}

/* What a world of a million tasks waits for does not fit a screen. */
static void of_a_long_message_twenty_lines_are_shown(void **state)
{
    (void)state;
    struct report report;
    struct text_builder message;
    struct text_builder builder;
    report_of(&report, NULL, 1);
    report.replay = "";
    assert_true(report_add_run(&report, &calm));
    text_builder_init(&message, NULL);
    for (int i = 1; i <= 23; i++) {
        text_builder_print(&message, "%sline %d", i == 1 ? "" : "\n", i);
    }
    struct report_failure failure = {
        .seed = 7, .invariant = "I-07", .message = text_builder_terminated(&message)};
    assert_true(report_add_failure(&report, &failure));
    text_builder_init(&builder, NULL);
    report_write_text(&report, &builder);
    assert_non_null(strstr(text_builder_terminated(&builder),
                           "  line 20\n  and 3 lines more; --json has them all\n'shop' on "));
    text_builder_finish(&builder);
    text_builder_finish(&message);
    report_finish(&report);
}

static void without_memory_a_report_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct report report;
        struct text_builder builder;
        failing_heap_init(&heap, n);
        text_builder_init(&builder, &heap.heap);
        report_of(&report, &heap.heap, 2);
        struct report_failure failure = {.seed = 7, .invariant = "I-01", .message = "no"};
        bool is_added = report_add_run(&report, &calm) && report_add_run(&report, &calm) &&
                        report_add_failure(&report, &failure);
        if (is_added) {
            report_write_json(&report, &builder);
            report_write_text(&report, &builder);
        }
        assert_int_equal(heap.has_failed, !is_added || builder.failed);
        text_builder_finish(&builder);
        report_finish(&report);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

static const struct cloacina_world_attempt attempts[] = {
    {.workflow = "shop",
     .task = "pri\"ce",
     .attempt = 1,
     .runner = 1,
     .slot = 1,
     .started_ns = 0,
     .ended_ns = 1000001,
     .code = CLOACINA_OK,
     .message = ""},
    {.workflow = "shop",
     .task = "charge",
     .attempt = 2,
     .runner = 1,
     .slot = 0,
     .started_ns = 1000001,
     .ended_ns = 1000001,
     .code = CLOACINA_TIMEOUT,
     .message = "too\nslow"},
};

static bool trace_write(struct cloacina_heap *heap, FILE *stream)
{
    struct report_trace trace;
    report_trace_begin(&trace, heap, stream, 2);
    for (size_t i = 0; i < ARRAY_COUNT(attempts); i++) {
        report_trace_attempt(&trace, &attempts[i]);
    }
    return report_trace_end(&trace);
}

/* A runner is a process, a slot a thread; both have names before they are used. */
static void a_trace_names_runners_and_slots_and_lists_attempts(void **state)
{
    (void)state;
    char *written = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&written, &size);
    assert_non_null(stream);
    assert_true(trace_write(NULL, stream));
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(written,
                        "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n"
                        "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":1,\"tid\":0,"
                        "\"args\":{\"name\":\"runner-1\"}},\n"
                        "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":2,\"tid\":0,"
                        "\"args\":{\"name\":\"runner-2\"}},\n"
                        "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":1,"
                        "\"args\":{\"name\":\"slot 1\"}},\n"
                        "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":1,\"tid\":2,"
                        "\"args\":{\"name\":\"slot 2\"}},\n"
                        "{\"ph\":\"X\",\"cat\":\"task\",\"name\":\"pri\\\"ce\",\"pid\":1,\"tid\":2,"
                        "\"ts\":0.000,\"dur\":1000.001,"
                        "\"args\":{\"workflow\":\"shop\",\"attempt\":1,\"result\":\"ok\"}},\n"
                        "{\"ph\":\"X\",\"cat\":\"task\",\"name\":\"charge\",\"pid\":1,\"tid\":1,"
                        "\"ts\":1000.001,\"dur\":0.000,"
                        "\"args\":{\"workflow\":\"shop\",\"attempt\":2,\"result\":\"timeout\","
                        "\"message\":\"too\\nslow\"}}\n"
                        "]}\n");
    free(written);
}

static void without_memory_a_trace_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        FILE *stream = fopen("/dev/null", "w");
        assert_non_null(stream);
        failing_heap_init(&heap, n);
        bool is_whole = trace_write(&heap.heap, stream);
        assert_int_equal(is_whole, !heap.has_failed);
        assert_int_equal(heap.outstanding, 0);
        fclose(stream);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_is_one_flat_object),
        cmocka_unit_test(several_seeds_add_a_list_of_runs),
        cmocka_unit_test(the_hash_of_several_runs_depends_on_each_and_on_their_order),
        cmocka_unit_test(the_summary_says_what_happened_in_five_lines),
        cmocka_unit_test(failures_come_first_with_their_replay),
        cmocka_unit_test(of_many_failures_ten_are_shown),
        cmocka_unit_test(of_a_long_message_twenty_lines_are_shown),
        cmocka_unit_test(without_memory_a_report_says_so),
        cmocka_unit_test(a_trace_names_runners_and_slots_and_lists_attempts),
        cmocka_unit_test(without_memory_a_trace_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
