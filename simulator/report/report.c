/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - gathers figures, failures, findings and cases.
 *
 * Law: a total says nothing that its runs do not say. */
#include "report/report.h"

#include <string.h>

#include "base/heap.h"
#include "base/instant.h"

void report_init(struct report *report, struct cloacina_heap *heap)
{
    *report = (struct report){.replay = ""};
    arena_init(&report->arena, heap);
}

void report_finish(struct report *report)
{
    struct cloacina_heap *heap = report->arena.heap;
    heap_give(heap, report->runs, report->run_capacity * sizeof(*report->runs));
    heap_give(heap, report->failures, report->failure_capacity * sizeof(*report->failures));
    heap_give(heap, report->findings, report->finding_capacity * sizeof(*report->findings));
    heap_give(heap, report->cases, report->case_capacity * sizeof(*report->cases));
    arena_finish(&report->arena);
    report_init(report, heap);
}

/* ---- what comes in ---- */

bool report_add_run(struct report *report, const struct report_figures *figures)
{
    if (!heap_grow(report->arena.heap, &report->runs, &report->run_capacity, report->run_count + 1,
                   sizeof(*figures))) {
        return false;
    }
    report->runs[report->run_count++] = *figures;
    return true;
}

bool report_add_failure(struct report *report, const struct report_failure *failure)
{
    struct arena *arena = &report->arena;
    struct report_failure copy = {
        .seed = failure->seed,
        .invariant = arena_copy(arena, failure->invariant, strlen(failure->invariant)),
        .message = arena_copy(arena, failure->message, strlen(failure->message)),
    };
    if (copy.invariant == NULL || copy.message == NULL ||
        !heap_grow(arena->heap, &report->failures, &report->failure_capacity,
                   report->failure_count + 1, sizeof(copy))) {
        return false;
    }
    report->failures[report->failure_count++] = copy;
    return true;
}

static bool text_keep(struct arena *arena, const char **text)
{
    struct text copy = text_copy(arena, text_of(*text));
    *text = copy.bytes;
    return copy.bytes != NULL;
}

bool report_add_finding(struct report *report, const struct report_finding *finding)
{
    struct arena *arena = &report->arena;
    struct report_finding copy = *finding;
    const char **texts[] = {&copy.origin,  &copy.known, &copy.token, &copy.story,
                            &copy.picture, &copy.needs, &copy.test,  &copy.no_test};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        if (!text_keep(arena, texts[i])) {
            return false;
        }
    }
    if (!heap_grow(arena->heap, &report->findings, &report->finding_capacity,
                   report->finding_count + 1, sizeof(copy))) {
        return false;
    }
    copy.count += copy.count == 0;
    report->findings[report->finding_count++] = copy;
    return true;
}

bool report_add_case(struct report *report, enum report_case_kind kind, const char *name,
                     const char *failure)
{
    struct arena *arena = &report->arena;
    struct report_case one = {.kind = kind, .name = name, .failure = failure};
    if (!text_keep(arena, &one.name) || !text_keep(arena, &one.failure) ||
        !heap_grow(arena->heap, &report->cases, &report->case_capacity, report->case_count + 1,
                   sizeof(one))) {
        return false;
    }
    report->cases[report->case_count++] = one;
    return true;
}

/* ---- what was judged ---- */

/* Those of docs/reference/invariants.md; a test compares. */
static const struct {
    const char *id;
    const char *text;
} invariants[] = {
    {"I-01", "one owner"},
    {"I-02", "only the holder writes"},
    {"I-03", "what has ended stays as it ended"},
    {"I-04", "only legal edges"},
    {"I-05", "events are history"},
    {"I-06", "no orphan"},
    {"I-07", "everything ends, or waits for somebody who can be named"},
    {"I-08", "the status follows from the tasks"},
    {"I-09", "paused is paused"},
    {"I-10", "attempts are counted, capped and never early"},
    {"I-11", "a body sees what its dependencies committed"},
    {"I-12", "a completion keeps its result"},
    {"I-13", "missing data is an error"},
    {"I-17", "a live run is never recovered"},
    {"I-20", "store errors that pass change no outcome"},
    {"I-22", "a commit is applied once"},
    {"I-24", "nothing leaks"},
    {"I-25", "counters equal the truth"},
    {"I-26", "no spin"},
    {"I-27", "progress, and nobody is overtaken"},
    {"I-29", "one seed, one trace"},
    {"I-30", "the dead unwind"},
    {"I-32", "an orderly stop is orderly"},
    {"I-33", "what is kept is bounded"},
    {"I-34", "an old result never replaces a newer one"},
    {"I-35", "what was stored survives a power loss"},
};

const char *report_invariant(size_t index, const char **ret_text)
{
    if (index >= ARRAY_COUNT(invariants)) {
        return NULL;
    }
    *ret_text = invariants[index].text;
    return invariants[index].id;
}

bool report_add_invariants(struct report *report)
{
    for (size_t i = 0; i < ARRAY_COUNT(invariants); i++) {
        if (!report_add_case(report, REPORT_INVARIANT, invariants[i].id, NULL)) {
            return false;
        }
    }
    return true;
}

static bool case_is_about(const struct report_case *one, const struct report_finding *finding)
{
    switch (one->kind) {
    case REPORT_INVARIANT:
        return strcmp(one->name, finding->finding.id) == 0;
    case REPORT_PROPERTY:
        return strcmp(one->name, finding->finding.name) == 0;
    case REPORT_CORPUS:
        return strcmp(one->name, finding->origin) == 0;
    }
    return false;
}

const struct report_finding *report_case_finding(const struct report *report,
                                                 const struct report_case *one)
{
    for (size_t i = 0; i < report->finding_count; i++) {
        if (case_is_about(one, &report->findings[i])) {
            return &report->findings[i];
        }
    }
    return NULL;
}

uint64_t report_count_failed(const struct report *report)
{
    uint64_t count = 0;
    for (size_t i = 0; i < report->finding_count; i++) {
        count += !report->findings[i].is_known;
    }
    for (size_t i = 0; i < report->case_count; i++) {
        const struct report_case *one = &report->cases[i];
        count += one->failure[0] != '\0' && report_case_finding(report, one) == NULL;
    }
    return count;
}

/* ---- what was reached ---- */

/* Chance alone decides these; nobody asks for them. */
#define NEVER_EXPECTED (UINT64_C(1) << FAULT_POSTPONE | UINT64_C(1) << FAULT_NUMBER)

static uint64_t faults_of(enum site site)
{
    uint64_t faults = 0;
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        faults |= (uint64_t)site_allows(site, (enum fault)fault) << fault;
    }
    return faults & ~NEVER_EXPECTED;
}

void report_expect(struct report_search *search, const struct cloacina_fault_plan *plan)
{
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        if (site_is_disk_call((enum site)site) && !search->has_disk) {
            continue;
        }
        uint64_t faults = plan == NULL ? ~UINT64_C(0) : 0;
        for (size_t i = 0; plan != NULL && i < plan->rule_count; i++) {
            const struct plan_rule *rule = &plan->rules[i];
            if (!rule->never && (rule->sites >> site & 1) != 0) {
                faults |= UINT64_C(1) << rule->fault;
            }
        }
        search->possible[site] |= faults & faults_of((enum site)site);
    }
}

struct report_reach report_reach(const struct report_search *search)
{
    struct report_reach reach = {.edges = edges_count()};
    for (size_t site = 0; site < SITES; site++) {
        for (size_t fault = 0; fault < FAULTS; fault++) {
            bool is_possible = (search->possible[site] >> fault & 1) != 0;
            reach.sites += is_possible;
            reach.sites_reached += is_possible && search->coverage.fired[site][fault] > 0;
        }
    }
    for (size_t edge = 0; edge < reach.edges; edge++) {
        reach.edges_taken += search->edges.taken[edge] > 0;
    }
    return reach;
}

/* ---- totals ---- */

/* One hash for all runs: the hash over their hashes as they are printed. */
static void hashes_join(const struct report *report, char ret_text[HASH_TEXT_SIZE])
{
    struct hash_stream stream;
    hash_stream_init(&stream);
    for (size_t i = 0; i < report->run_count; i++) {
        const char *hash = report->runs[i].trace_hash;
        hash_stream_add(&stream, hash_of(hash, strlen(hash), 0));
    }
    hash128_print(hash_stream_value(&stream), ret_text);
}

struct report_figures report_total(const struct report *report)
{
    struct report_figures total = report->runs[0];
    for (size_t i = 1; i < report->run_count; i++) {
        const struct report_figures *run = &report->runs[i];
        total.tasks += run->tasks;
        total.completed += run->completed;
        total.failed += run->failed;
        total.skipped += run->skipped;
        total.attempts += run->attempts;
        total.events += run->events;
        if (run->makespan_ns > total.makespan_ns) {
            total.makespan_ns = run->makespan_ns;
        }
        total.virtual_ns = instant_add(total.virtual_ns, run->virtual_ns);
        total.wall_ns = instant_add(total.wall_ns, run->wall_ns);
    }
    if (report->run_count > 1) {
        hashes_join(report, total.trace_hash);
    }
    return total;
}

uint64_t report_per_second(uint64_t count, int64_t nanoseconds)
{
    if (nanoseconds <= 0) {
        return 0;
    }
    return (uint64_t)((uint128_t)count * NANOSECONDS_PER_SECOND / (uint64_t)nanoseconds);
}
