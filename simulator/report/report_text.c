/* SPDX-License-Identifier: Apache-2.0 */
/* report_text.c - the report for people.
 *
 * Law: whatever failed comes first, with the line that shows it again. */
#include "report/report.h"

#include <string.h>

#include "base/instant.h"
#include "report/report_search.h"
#include "report/sentence.h"

enum { FAILURES_SHOWN_MAX = 10, LINES_SHOWN_MAX = 20 };

static void duration_write(struct text_builder *builder, int64_t nanoseconds)
{
    char text[DURATION_TEXT_SIZE];
    duration_print(nanoseconds, text);
    text_builder_append_terminated(builder, text);
}

static size_t lines_count(const char *message)
{
    size_t count = 1;
    for (const char *c = message; *c != '\0'; c++) {
        count += *c == '\n';
    }
    return count;
}

/* The first lines of a message, indented. */
static void message_write(struct text_builder *builder, const char *message)
{
    size_t count = lines_count(message);
    for (size_t i = 0; i < count && i < LINES_SHOWN_MAX; i++) {
        size_t length = strcspn(message, "\n");
        text_builder_append_terminated(builder, "  ");
        line_append((struct text){.bytes = message, .length = length}, builder);
        text_builder_append_char(builder, '\n');
        message += length + 1;
    }
    if (count > LINES_SHOWN_MAX) {
        text_builder_append_terminated(builder, "  and ");
        report_write_noun(count - LINES_SHOWN_MAX, "line", builder);
        text_builder_append_terminated(builder, " more; --json has them all\n");
    }
}

static void failure_write(struct text_builder *builder, const struct report *report,
                          const struct report_failure *failure)
{
    text_builder_print(builder, "FAILED  %s, seed %llu", failure->invariant,
                       (unsigned long long)failure->seed);
    if (report->seeds > 1) {
        text_builder_print(builder, " of %llu..%llu", (unsigned long long)report->seed,
                           (unsigned long long)(report->seed + report->seeds - 1));
    }
    text_builder_append_char(builder, '\n');
    message_write(builder, failure->message);
    if (report->replay[0] != '\0') {
        text_builder_print(builder, "replay:  %s --seed %llu\n", report->replay,
                           (unsigned long long)failure->seed);
    }
}

static void failures_write(struct text_builder *builder, const struct report *report)
{
    for (size_t i = 0; i < report->failure_count && i < FAILURES_SHOWN_MAX; i++) {
        failure_write(builder, report, &report->failures[i]);
    }
    if (report->failure_count > FAILURES_SHOWN_MAX) {
        text_builder_append_terminated(builder, "and ");
        report_write_noun(report->failure_count - FAILURES_SHOWN_MAX, "failure", builder);
        text_builder_append_terminated(builder, " more; --json lists them all\n");
    }
}

static void head_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_char(builder, '\'');
    line_append(report->workflow, builder);
    text_builder_append_terminated(builder, "' on ");
    report_write_noun(report->runners, "runner", builder);
    text_builder_append_terminated(builder, " with ");
    if (report->slots == 0) {
        text_builder_append_terminated(builder, "unlimited slots");
    } else {
        report_write_noun(report->slots, "slot", builder);
    }
    if (report->store != NULL) {
        text_builder_print(builder, ", %s", report->store);
    }
    if (report->search.is_search) {
        const char *plan = report->search.plan;
        text_builder_print(builder, ", %s, %s\n", plan == NULL ? "no faults" : plan,
                           report->search.method);
    } else if (report->seeds == 1) {
        text_builder_print(builder, ", seed %llu\n", (unsigned long long)report->seed);
    } else {
        text_builder_print(builder, ", seeds %llu..%llu\n", (unsigned long long)report->seed,
                           (unsigned long long)(report->seed + report->seeds - 1));
    }
}

/* The shortest and the longest, when they differ. */
static void makespan_write(struct text_builder *builder, const struct report *report,
                           int64_t longest)
{
    int64_t shortest = longest;
    for (size_t i = 0; i < report->run_count; i++) {
        int64_t makespan = report->runs[i].makespan_ns;
        shortest = makespan < shortest ? makespan : shortest;
    }
    text_builder_append_terminated(builder, "makespan  ");
    duration_write(builder, shortest);
    if (shortest != longest) {
        text_builder_append_terminated(builder, " to ");
        duration_write(builder, longest);
    }
    text_builder_append_char(builder, '\n');
}

static void time_write(struct text_builder *builder, const struct report_figures *total)
{
    uint64_t wall_us = (uint64_t)total->wall_ns / (uint64_t)NANOSECONDS_PER_MICROSECOND;
    text_builder_append_terminated(builder, "time      ");
    duration_write(builder, total->virtual_ns);
    text_builder_append_terminated(builder, " virtual, ");
    report_write_count(wall_us / 1000, builder);
    text_builder_print(builder, ".%03llu ms real: ", (unsigned long long)(wall_us % 1000));
    report_write_count(report_per_second(total->attempts, total->wall_ns), builder);
    text_builder_append_terminated(builder, " tasks/s, ");
    report_write_count(report_per_second(total->events, total->wall_ns), builder);
    text_builder_append_terminated(builder, " events/s\n");
}

static void runs_write(const struct report *report, struct text_builder *builder)
{
    struct report_figures total = report_total(report);
    text_builder_append_terminated(builder, "tasks     ");
    report_write_count(total.completed, builder);
    text_builder_append_terminated(builder, " completed, ");
    report_write_count(total.failed, builder);
    text_builder_append_terminated(builder, " failed, ");
    report_write_count(total.skipped, builder);
    text_builder_append_terminated(builder, " skipped; ");
    report_write_noun(total.attempts, "attempt", builder);
    text_builder_append_terminated(builder, ", ");
    report_write_noun(total.events, "event", builder);
    text_builder_append_char(builder, '\n');
    makespan_write(builder, report, total.makespan_ns);
    time_write(builder, &total);
    text_builder_print(builder, "trace     %s\n", total.trace_hash);
}

/* What is known comes behind what is new. */
static void findings_write(const struct report *report, struct text_builder *builder)
{
    for (int is_known = 0; is_known <= 1; is_known++) {
        for (size_t i = 0; i < report->finding_count; i++) {
            if (report->findings[i].is_known == (is_known != 0)) {
                report_write_finding(&report->findings[i], builder);
            }
        }
    }
}

/* Cases that went wrong without a finding: a property that was never seen, a known failure that
 * happens no more. */
static void cases_write(const struct report *report, struct text_builder *builder)
{
    for (size_t i = 0; i < report->case_count; i++) {
        const struct report_case *one = &report->cases[i];
        if (one->failure[0] != '\0' && report_case_finding(report, one) == NULL) {
            text_builder_append_terminated(builder, "FAILED  ");
            line_append(text_of(one->name), builder);
            text_builder_append_char(builder, '\n');
            message_write(builder, one->failure);
        }
    }
}

void report_write_text(const struct report *report, struct text_builder *builder)
{
    failures_write(builder, report);
    findings_write(report, builder);
    cases_write(report, builder);
    head_write(builder, report);
    if (report->search.is_search) {
        report_write_search(report, builder);
    } else {
        runs_write(report, builder);
    }
}
