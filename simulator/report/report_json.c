/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c - the report for programs.
 *
 * Law: names and order of the keys are promised to users (docs/simulate.md): add at the end, never
 * rename. */
#include "report/report.h"

#include "context/json.h"

static void count_write(struct text_builder *builder, const char *key, uint64_t count)
{
    text_builder_print(builder, "\"%s\":%llu,", key, (unsigned long long)count);
}

static void time_write(struct text_builder *builder, const char *key, int64_t nanoseconds)
{
    text_builder_print(builder, "\"%s\":%lld,", key, (long long)nanoseconds);
}

static void figures_write(struct text_builder *builder, const struct report_figures *figures)
{
    count_write(builder, "tasks", figures->tasks);
    count_write(builder, "completed", figures->completed);
    count_write(builder, "failed", figures->failed);
    count_write(builder, "skipped", figures->skipped);
    count_write(builder, "attempts", figures->attempts);
    count_write(builder, "events", figures->events);
    time_write(builder, "makespan_ns", figures->makespan_ns);
    time_write(builder, "virtual_ns", figures->virtual_ns);
    time_write(builder, "wall_ns", figures->wall_ns);
    text_builder_print(builder, "\"trace_hash\":\"%s\"", figures->trace_hash);
}

static void failures_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_terminated(builder, ",\"failures\":[");
    for (size_t i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];
        text_builder_append_terminated(builder, i == 0 ? "{" : ",{");
        count_write(builder, "seed", failure->seed);
        text_builder_append_terminated(builder, "\"invariant\":");
        json_write_text(builder, text_of(failure->invariant));
        text_builder_append_terminated(builder, ",\"message\":");
        json_write_text(builder, text_of(failure->message));
        text_builder_append_char(builder, '}');
    }
    text_builder_append_char(builder, ']');
}

static void runs_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_terminated(builder, ",\"runs\":[");
    for (size_t i = 0; i < report->run_count; i++) {
        text_builder_append_terminated(builder, i == 0 ? "\n{" : ",\n{");
        count_write(builder, "seed", report->seed + i);
        figures_write(builder, &report->runs[i]);
        text_builder_append_char(builder, '}');
    }
    text_builder_append_char(builder, ']');
}

void report_write_json(const struct report *report, struct text_builder *builder)
{
    struct report_figures total = report_total(report);
    text_builder_append_terminated(builder, "{\"workflow\":");
    json_write_text(builder, report->workflow);
    text_builder_append_char(builder, ',');
    count_write(builder, "seed", report->seed);
    count_write(builder, "seeds", report->seeds);
    count_write(builder, "runners", report->runners);
    count_write(builder, "slots", report->slots);
    figures_write(builder, &total);
    failures_write(builder, report);
    if (report->seeds > 1) {
        runs_write(builder, report);
    }
    text_builder_append_terminated(builder, "}\n");
}
