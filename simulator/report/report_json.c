/* SPDX-License-Identifier: Apache-2.0 */
/* report_json.c - the report for programs.
 *
 * Law: names and order of the keys are promised to users (docs/simulate.md): add at the end, never
 * rename. */
#include "report/report.h"

#include <string.h>

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

/* ---- a search ---- */

static void text_field(struct text_builder *builder, const char *key, const char *value)
{
    text_builder_print(builder, ",\"%s\":", key);
    json_write_text(builder, text_of(value));
}

/* A number behind a comma: every other call above writes the comma behind. */
static void number_field(struct text_builder *builder, const char *key, uint64_t number)
{
    text_builder_print(builder, ",\"%s\":%llu", key, (unsigned long long)number);
}

static void lines_write(struct text_builder *builder, const char *key, const char *lines)
{
    const char *between = "";
    text_builder_print(builder, ",\"%s\":[", key);
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        text_builder_append_terminated(builder, between);
        json_write_text(builder, (struct text){lines, length});
        lines += length + (lines[length] == '\n');
        between = ",";
    }
    text_builder_append_char(builder, ']');
}

static void finding_write(struct text_builder *builder, const struct report_finding *finding)
{
    text_builder_append_terminated(builder, "{\"id\":");
    json_write_text(builder, text_of(finding->finding.id));
    text_field(builder, "name", finding->finding.name);
    text_field(builder, "message", finding->finding.message);
    text_builder_print(builder, ",\"at_ns\":%lld", (long long)finding->finding.at);
    text_field(builder, "origin", finding->origin);
    number_field(builder, "seed", finding->seed);
    number_field(builder, "count", finding->count);
    number_field(builder, "decisions", finding->decisions);
    number_field(builder, "shrunk", finding->shrunk);
    number_field(builder, "shrink_runs", finding->shrink_runs);
    text_builder_print(builder, ",\"minimal\":%s", finding->is_minimal ? "true" : "false");
    text_field(builder, "token", finding->token);
    lines_write(builder, "story", finding->story);
    lines_write(builder, "picture", finding->picture);
    text_field(builder, "needs", finding->needs);
    text_field(builder, "test", finding->test);
    text_field(builder, "no_test", finding->no_test);
    text_builder_print(builder, ",\"known\":%s", finding->is_known ? "true" : "false");
    text_field(builder, "known_because", finding->known);
    text_builder_append_char(builder, '}');
}

/* In the shape of the failures of single seeds, for programs that look only there. */
static void failures_of_search_write(struct text_builder *builder, const struct report *report)
{
    const char *between = "";
    text_builder_append_terminated(builder, ",\"failures\":[");
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct report_finding *finding = &report->findings[i];
        if (finding->is_known) {
            continue;
        }
        text_builder_print(builder, "%s{\"seed\":%llu", between, (unsigned long long)finding->seed);
        text_field(builder, "invariant", finding->finding.id);
        text_field(builder, "message", finding->finding.message);
        text_builder_append_char(builder, '}');
        between = ",";
    }
    text_builder_append_char(builder, ']');
}

static void findings_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_terminated(builder, ",\"findings\":[");
    for (size_t i = 0; i < report->finding_count; i++) {
        text_builder_append_terminated(builder, i == 0 ? "\n" : ",\n");
        finding_write(builder, &report->findings[i]);
    }
    text_builder_append_char(builder, ']');
}

/* One line for every site that was asked, or could have been. */
static void site_write(struct text_builder *builder, const struct report_search *search,
                       enum site site)
{
    const char *between = "";
    text_builder_print(builder, "{\"site\":\"%s\",\"asked\":%llu,\"fired\":{", site_name(site),
                       (unsigned long long)search->coverage.asked[site]);
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        uint64_t fired = search->coverage.fired[site][fault];
        if (fired > 0 || (search->possible[site] >> fault & 1) != 0) {
            text_builder_print(builder, "%s\"%s\":%llu", between, fault_name((enum fault)fault),
                               (unsigned long long)fired);
            between = ",";
        }
    }
    text_builder_append_terminated(builder, "}}");
}

static void coverage_write(struct text_builder *builder, const struct report_search *search)
{
    struct report_reach reach = report_reach(search);
    const char *between = "\n";
    number_field(builder, "sites", reach.sites);
    number_field(builder, "sites_reached", reach.sites_reached);
    text_builder_append_terminated(builder, ",\"coverage\":[");
    for (int i = SITE_NONE + 1; i < SITES; i++) {
        if (search->coverage.asked[i] > 0 || search->possible[i] != 0) {
            text_builder_append_terminated(builder, between);
            site_write(builder, search, (enum site)i);
            between = ",\n";
        }
    }
    text_builder_append_char(builder, ']');
}

static void edge_write(struct text_builder *builder, const struct report_search *search,
                       size_t edge)
{
    struct text_builder name;
    text_builder_init(&name, builder->heap);
    edge_print(edge, &name);
    text_builder_append_terminated(builder, "{\"edge\":");
    json_write_text(builder, text_builder_text(&name));
    number_field(builder, "taken", search->edges.taken[edge]);
    text_builder_append_char(builder, '}');
    builder->failed = builder->failed || name.failed;
    text_builder_finish(&name);
}

static void edges_write(struct text_builder *builder, const struct report_search *search)
{
    struct report_reach reach = report_reach(search);
    number_field(builder, "edges_taken", reach.edges_taken);
    text_builder_append_terminated(builder, ",\"edges\":[");
    for (size_t edge = 0; edge < reach.edges; edge++) {
        text_builder_append_terminated(builder, edge == 0 ? "\n" : ",\n");
        edge_write(builder, search, edge);
    }
    text_builder_append_char(builder, ']');
}

static const char *case_kind_name(enum report_case_kind kind)
{
    static const char *const names[] = {"invariant", "property", "corpus"};
    return names[kind];
}

static void cases_write(struct text_builder *builder, const struct report *report)
{
    text_builder_append_terminated(builder, ",\"cases\":[");
    for (size_t i = 0; i < report->case_count; i++) {
        const struct report_case *one = &report->cases[i];
        const struct report_finding *finding = report_case_finding(report, one);
        bool is_good = one->failure[0] == '\0' && finding == NULL;
        text_builder_print(builder, "%s{\"kind\":\"%s\"", i == 0 ? "\n" : ",\n",
                           case_kind_name(one->kind));
        text_field(builder, "name", one->name);
        text_builder_print(builder, ",\"holds\":%s", is_good ? "true" : "false");
        text_field(builder, "failure", finding != NULL ? finding->finding.message : one->failure);
        text_builder_append_char(builder, '}');
    }
    text_builder_append_char(builder, ']');
}

static void search_write(struct text_builder *builder, const struct report *report)
{
    const struct report_search *search = &report->search;
    count_write(builder, "attempts", search->figures.attempts);
    count_write(builder, "events", search->figures.events);
    time_write(builder, "virtual_ns", search->figures.virtual_ns);
    text_builder_print(builder, "\"wall_ns\":%lld", (long long)search->wall_ns);
    failures_of_search_write(builder, report);
    number_field(builder, "runs_done", search->figures.runs);
    number_field(builder, "decisions", search->figures.decisions);
    text_field(builder, "plan", search->plan == NULL ? "" : search->plan);
    text_field(builder, "method", search->method == NULL ? "" : search->method);
    findings_write(builder, report);
    cases_write(builder, report);
    coverage_write(builder, search);
    edges_write(builder, search);
}

static void runs_and_total_write(struct text_builder *builder, const struct report *report)
{
    struct report_figures total = report_total(report);
    figures_write(builder, &total);
    failures_write(builder, report);
    if (report->seeds > 1) {
        runs_write(builder, report);
    }
}

void report_write_json(const struct report *report, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "{\"workflow\":");
    json_write_text(builder, report->workflow);
    text_builder_append_char(builder, ',');
    count_write(builder, "seed", report->seed);
    count_write(builder, "seeds", report->seeds);
    count_write(builder, "runners", report->runners);
    count_write(builder, "slots", report->slots);
    if (report->store != NULL) {
        text_builder_print(builder, "\"store\":\"%s\",", report->store);
    }
    if (report->search.is_search) {
        search_write(builder, report);
    } else {
        runs_and_total_write(builder, report);
    }
    text_builder_append_terminated(builder, "}\n");
}
