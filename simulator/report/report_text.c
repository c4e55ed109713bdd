/* SPDX-License-Identifier: Apache-2.0 */
/* report_text.c - the report for people.
 *
 * Law: whatever failed comes first, with the line that shows it again. */
#include "report/report.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"

enum { FAILURES_SHOWN_MAX = 10, LINES_SHOWN_MAX = 20 };

/* "1,234,567". */
static void count_write(struct text_builder *builder, uint64_t count)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text_builder_append_char(builder, ',');
        }
        text_builder_append_char(builder, digits[i]);
    }
}

/* "1 runner", "2 runners". */
static void noun_write(struct text_builder *builder, uint64_t count, const char *noun)
{
    count_write(builder, count);
    text_builder_print(builder, " %s%s", noun, count == 1 ? "" : "s");
}

static void duration_write(struct text_builder *builder, int64_t nanoseconds)
{
    char text[DURATION_TEXT_SIZE];
    duration_print(nanoseconds, text);
    text_builder_append_terminated(builder, text);
}

/* A line from outside, without what would move the cursor. */
static void line_write(struct text_builder *builder, struct text line)
{
    for (size_t i = 0; i < line.length; i++) {
        char c = line.bytes[i];
        text_builder_append_char(builder, (unsigned char)c < 0x20 || c == 0x7f ? '?' : c);
    }
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
        line_write(builder, (struct text){.bytes = message, .length = length});
        text_builder_append_char(builder, '\n');
        message += length + 1;
    }
    if (count > LINES_SHOWN_MAX) {
        text_builder_append_terminated(builder, "  and ");
        noun_write(builder, count - LINES_SHOWN_MAX, "line");
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
        noun_write(builder, report->failure_count - FAILURES_SHOWN_MAX, "failure");
        text_builder_append_terminated(builder, " more; --json lists them all\n");
    }
}

static void head_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_char(builder, '\'');
    line_write(builder, report->workflow);
    text_builder_append_terminated(builder, "' on ");
    noun_write(builder, report->runners, "runner");
    text_builder_append_terminated(builder, " with ");
    if (report->slots == 0) {
        text_builder_append_terminated(builder, "unlimited slots");
    } else {
        noun_write(builder, report->slots, "slot");
    }
    if (report->seeds == 1) {
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

/* So many per second of wall time, rounded down; 0 when the clock did not move. */
static uint64_t per_second(uint64_t count, int64_t nanoseconds)
{
    if (nanoseconds <= 0) {
        return 0;
    }
    return (uint64_t)((uint128_t)count * NANOSECONDS_PER_SECOND / (uint64_t)nanoseconds);
}

static void time_write(struct text_builder *builder, const struct report_figures *total)
{
    uint64_t wall_us = (uint64_t)total->wall_ns / (uint64_t)NANOSECONDS_PER_MICROSECOND;
    text_builder_append_terminated(builder, "time      ");
    duration_write(builder, total->virtual_ns);
    text_builder_append_terminated(builder, " virtual, ");
    count_write(builder, wall_us / 1000);
    text_builder_print(builder, ".%03llu ms real: ", (unsigned long long)(wall_us % 1000));
    count_write(builder, per_second(total->attempts, total->wall_ns));
    text_builder_append_terminated(builder, " tasks/s, ");
    count_write(builder, per_second(total->events, total->wall_ns));
    text_builder_append_terminated(builder, " events/s\n");
}

void report_write_text(const struct report *report, struct text_builder *builder)
{
    struct report_figures total = report_total(report);
    failures_write(builder, report);
    head_write(builder, report);
    text_builder_append_terminated(builder, "tasks     ");
    count_write(builder, total.completed);
    text_builder_append_terminated(builder, " completed, ");
    count_write(builder, total.failed);
    text_builder_append_terminated(builder, " failed, ");
    count_write(builder, total.skipped);
    text_builder_append_terminated(builder, " skipped; ");
    noun_write(builder, total.attempts, "attempt");
    text_builder_append_terminated(builder, ", ");
    noun_write(builder, total.events, "event");
    text_builder_append_char(builder, '\n');
    makespan_write(builder, report, total.makespan_ns);
    time_write(builder, &total);
    text_builder_print(builder, "trace     %s\n", total.trace_hash);
}
