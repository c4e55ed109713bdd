/* SPDX-License-Identifier: Apache-2.0 */
/* report_search.c - the sums of a search: how much was tried, and what was never reached.
 *
 * Law: what a search has never reached it says by name; a list that is cut says how long it is. */
#include "report/report_search.h"

#include <inttypes.h>

#include "base/instant.h"

enum { NEVER_SHOWN_MAX = 8, COUNT_COLUMNS = 6, FAULT_COLUMNS = 12, LINE_COLUMNS = 100 };

#define NANOSECONDS_PER_YEAR (365 * NANOSECONDS_PER_DAY)

/* "3.2 years", "12.5 days", "41.3 s": what a person remembers. */
static void span_write(int64_t nanoseconds, struct text_builder *builder)
{
    static const struct {
        int64_t from, unit;
        const char *name;
    } spans[] = {
        {NANOSECONDS_PER_YEAR, NANOSECONDS_PER_YEAR, "years"},
        {2 * NANOSECONDS_PER_DAY, NANOSECONDS_PER_DAY, "days"},
        {2 * NANOSECONDS_PER_HOUR, NANOSECONDS_PER_HOUR, "hours"},
        {2 * NANOSECONDS_PER_MINUTE, NANOSECONDS_PER_MINUTE, "minutes"},
        {NANOSECONDS_PER_SECOND, NANOSECONDS_PER_SECOND, "s"},
        {0, NANOSECONDS_PER_MILLISECOND, "ms"},
    };
    size_t i = 0;
    while (nanoseconds < spans[i].from) {
        i++;
    }
    int64_t tenths = nanoseconds / (spans[i].unit / 10);
    text_builder_print(builder, "%" PRId64 ".%d %s", tenths / 10, (int)(tenths % 10),
                       spans[i].name);
}

static void runs_write(const struct report *report, struct text_builder *builder)
{
    const struct search_figures *figures = &report->search.figures;
    text_builder_append_terminated(builder, "runs      ");
    report_write_count(figures->runs, builder);
    text_builder_append_terminated(builder, " with ");
    report_write_noun(figures->attempts, "attempt", builder);
    text_builder_append_terminated(builder, ", ");
    report_write_noun(figures->events, "event", builder);
    text_builder_append_terminated(builder, ", ");
    report_write_noun(figures->decisions, "decision", builder);
    text_builder_append_terminated(builder, "; ");
    report_write_noun(report->finding_count, "finding", builder);
    text_builder_append_char(builder, '\n');
}

static void time_write(const struct report_search *search, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "time      ");
    span_write(search->figures.virtual_ns, builder);
    text_builder_append_terminated(builder, " in ");
    span_write(search->wall_ns < 0 ? 0 : search->wall_ns, builder);
    text_builder_append_terminated(builder, ": ");
    report_write_count(report_per_second(search->figures.runs, search->wall_ns), builder);
    text_builder_append_terminated(builder, " runs/s, ");
    report_write_count(report_per_second(search->figures.events, search->wall_ns), builder);
    text_builder_append_terminated(builder, " events/s\n");
}

/* ---- lists ---- */

/* A line that goes on below itself when it is full. */
struct list {
    struct text_builder *builder;
    size_t line_begin;
    size_t items;
    const char *first; /* what stands before the first item */
};

static struct list list_begin(struct text_builder *builder, const char *first, size_t line_begin)
{
    return (struct list){.builder = builder, .line_begin = line_begin, .first = first};
}

static void list_add(struct list *list, const struct text_builder *item)
{
    struct text_builder *builder = list->builder;
    text_builder_append_terminated(builder, list->items == 0 ? list->first : ",");
    if (builder->length - list->line_begin + item->length + 2 > LINE_COLUMNS) {
        text_builder_append_terminated(builder, "\n         ");
        list->line_begin = builder->length - 9;
    }
    text_builder_append_char(builder, ' ');
    text_builder_append(builder, text_builder_text(item));
    builder->failed = builder->failed || item->failed;
    list->items++;
}

/* ---- faults by kind ---- */

static uint64_t fired_of(const struct report_search *search, enum fault fault)
{
    uint64_t fired = 0;
    for (size_t site = 0; site < SITES; site++) {
        fired += search->coverage.fired[site][fault];
    }
    return fired;
}

static bool is_injected(enum fault fault)
{
    return fault != FAULT_NONE && fault != FAULT_POSTPONE && fault != FAULT_NUMBER;
}

/* The most frequent one that comes after `before` (NULL: of all); FAULT_NONE: there is none. */
static enum fault fault_next(const uint64_t fired[FAULTS], enum fault before)
{
    enum fault next = FAULT_NONE;
    for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
        bool is_after = before == FAULT_NONE || fired[i] < fired[before] ||
                        (fired[i] == fired[before] && i > (int)before);
        if (fired[i] > 0 && is_after && (next == FAULT_NONE || fired[i] > fired[next])) {
            next = (enum fault)i;
        }
    }
    return next;
}

static void fault_add(struct list *list, enum fault fault, uint64_t fired)
{
    struct text_builder item;
    text_builder_init(&item, list->builder->heap);
    report_write_count(fired, &item);
    text_builder_print(&item, " %s", fault_name(fault));
    list_add(list, &item);
    text_builder_finish(&item);
}

static void faults_write(const struct report_search *search, struct text_builder *builder)
{
    struct list list = list_begin(builder, ":", builder->length);
    uint64_t fired[FAULTS] = {0};
    uint64_t sum = 0;
    for (int i = 0; i < FAULTS; i++) {
        fired[i] = is_injected((enum fault)i) ? fired_of(search, (enum fault)i) : 0;
        sum += fired[i];
    }
    text_builder_append_terminated(builder, "faults    ");
    report_write_count(sum, builder);
    for (enum fault fault = FAULT_NONE; (fault = fault_next(fired, fault)) != FAULT_NONE;) {
        fault_add(&list, fault, fired[fault]);
    }
    text_builder_append_char(builder, '\n');
}

/* ---- what was never reached ---- */

/* A list of which only the first few are shown. */
struct never {
    struct list list;
    size_t shown_max;
    size_t count;
};

static void never_add(struct never *never, const struct text_builder *item)
{
    if (never->count++ < never->shown_max) {
        list_add(&never->list, item);
    }
}

static void never_end(struct never *never)
{
    if (never->count > never->shown_max) {
        text_builder_print(never->list.builder, " and %zu more: --json has them all",
                           never->count - never->shown_max);
    }
    text_builder_append_char(never->list.builder, '\n');
}

static void site_add(struct never *never, enum site site, const char *what)
{
    struct text_builder item;
    text_builder_init(&item, never->list.builder->heap);
    text_builder_print(&item, "%s=%s", site_name(site), what);
    never_add(never, &item);
    text_builder_finish(&item);
}

static void site_judge(const struct report_search *search, enum site site, struct never *never)
{
    if (search->possible[site] != 0 && search->coverage.asked[site] == 0) {
        site_add(never, site, "* (no such moment)");
        return;
    }
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        bool is_possible = (search->possible[site] >> fault & 1) != 0;
        if (is_possible && search->coverage.fired[site][fault] == 0) {
            site_add(never, site, fault_name((enum fault)fault));
        }
    }
}

static void sites_write(const struct report_search *search, struct text_builder *builder)
{
    struct report_reach reach = report_reach(search);
    struct never never = {list_begin(builder, "; never:", builder->length), NEVER_SHOWN_MAX, 0};
    text_builder_print(builder, "reached   %" PRIu64 " of %" PRIu64 " fault sites",
                       reach.sites_reached, reach.sites);
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        site_judge(search, (enum site)site, &never);
    }
    never_end(&never);
}

static void edges_write(const struct report_search *search, struct text_builder *builder)
{
    struct report_reach reach = report_reach(search);
    struct never never = {list_begin(builder, "; never:", builder->length), NEVER_SHOWN_MAX, 0};
    text_builder_print(builder, "edges     %" PRIu64 " of %" PRIu64 " edges of the state tables",
                       reach.edges_taken, reach.edges);
    for (size_t edge = 0; edge < reach.edges; edge++) {
        struct text_builder item;
        text_builder_init(&item, builder->heap);
        if (search->edges.taken[edge] == 0) {
            edge_print(edge, &item);
            never_add(&never, &item);
        }
        text_builder_finish(&item);
    }
    never_end(&never);
}

void report_write_search(const struct report *report, struct text_builder *builder)
{
    const struct report_search *search = &report->search;
    runs_write(report, builder);
    time_write(search, builder);
    faults_write(search, builder);
    sites_write(search, builder);
    edges_write(search, builder);
}

/* ---- the matrix ---- */

/* Nothing fires more often than it is asked. */
static int column_width(const struct report_search *search, enum site site)
{
    int width = (int)text_of(site_name(site)).length;
    int digits = 1;
    for (uint64_t left = search->coverage.asked[site]; left >= 10; left /= 10) {
        digits++;
    }
    width = width > digits ? width : digits;
    return width > COUNT_COLUMNS ? width : COUNT_COLUMNS;
}

static void matrix_head_write(const struct report_search *search, struct text_builder *builder)
{
    text_builder_print(builder, "%-*s", FAULT_COLUMNS, "");
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        if (site_is_store_call((enum site)site)) {
            text_builder_print(builder, " %*s", column_width(search, (enum site)site),
                               site_name((enum site)site));
        }
    }
    text_builder_append_char(builder, '\n');
}

static void matrix_row_write(const struct report_search *search, enum fault fault,
                             struct text_builder *builder)
{
    text_builder_print(builder, "%-*s", FAULT_COLUMNS,
                       fault == FAULT_NONE ? "asked" : fault_name(fault));
    for (int i = SITE_NONE + 1; i < SITES; i++) {
        enum site site = (enum site)i;
        if (!site_is_store_call(site)) {
            continue;
        }
        if (fault != FAULT_NONE && !site_allows(site, fault)) {
            text_builder_print(builder, " %*s", column_width(search, site), ".");
        } else {
            text_builder_print(builder, " %*" PRIu64, column_width(search, site),
                               fault == FAULT_NONE ? search->coverage.asked[site]
                                                   : search->coverage.fired[site][fault]);
        }
    }
    text_builder_append_char(builder, '\n');
}

/* Of a store call, and possible or seen. */
static bool matrix_has(const struct report_search *search, enum fault fault)
{
    for (int i = SITE_NONE + 1; i < SITES; i++) {
        bool is_there =
            (search->possible[i] >> fault & 1) != 0 || search->coverage.fired[i][fault] > 0;
        if (is_there && site_is_store_call((enum site)i)) {
            return true;
        }
    }
    return false;
}

void report_write_matrix(const struct report_search *search, struct text_builder *builder)
{
    matrix_head_write(search, builder);
    matrix_row_write(search, FAULT_NONE, builder);
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        if (matrix_has(search, (enum fault)fault)) {
            matrix_row_write(search, (enum fault)fault, builder);
        }
    }
}

void report_write_edges(const struct report_search *search, struct text_builder *builder)
{
    for (size_t edge = 0; edge < edges_count(); edge++) {
        text_builder_print(builder, "%*" PRIu64 "  ", FAULT_COLUMNS, search->edges.taken[edge]);
        edge_print(edge, builder);
        text_builder_append_char(builder, '\n');
    }
}

void report_write_coverage(const struct report *report, struct text_builder *builder)
{
    report_write_matrix(&report->search, builder);
    text_builder_append_char(builder, '\n');
    report_write_edges(&report->search, builder);
}
