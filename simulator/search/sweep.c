/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c - rows of faults, the places of a run, and which run is which. */
#include "search/sweep.h"

#include "base/compiler.h"

/* One fault with one amount. */
struct sweep_row {
    enum fault fault;
    int64_t amount;
    uint64_t sites;   /* bit s: where it can happen */
    struct text glob; /* of a plan's rule, Borrowed from it; empty: everywhere */
    bool is_persistent;
    uint64_t places; /* in the calm run */
    uint64_t before; /* in the run of the first fault of a pair: up to that, itself included */
    uint64_t after;  /* and behind it */
};

/* ---- which faults ---- */

/* Calls to the store fail together when a fault goes on. */
static uint64_t store_sites(void)
{
    uint64_t sites = 0;
    for (int site = 0; site < SITES; site++) {
        sites |= (uint64_t)site_is_store_call((enum site)site) << site;
    }
    return sites;
}

/* What makes sense for a minute: what a store, a network or a service does, not what kills. */
static bool can_persist(enum fault fault)
{
    const uint64_t persistent =
        UINT64_C(1) << FAULT_BUSY | UINT64_C(1) << FAULT_ERROR | UINT64_C(1) << FAULT_REPLY_LOST |
        UINT64_C(1) << FAULT_DROPPED | UINT64_C(1) << FAULT_SLOW | UINT64_C(1) << FAULT_SLOW_REPLY |
        UINT64_C(1) << FAULT_LOST | UINT64_C(1) << FAULT_LATE | UINT64_C(1) << FAULT_DOUBLED |
        UINT64_C(1) << FAULT_FAIL | UINT64_C(1) << FAULT_TRANSIENT;
    return (persistent >> fault & 1) != 0;
}

static bool add_row(struct sweep *sweep, struct sweep_row row)
{
    if (row.sites == 0) {
        return true;
    }
    if (!heap_grow(sweep->heap, &sweep->rows, &sweep->row_capacity, sweep->row_count + 1,
                   sizeof(sweep->rows[0]))) {
        return false;
    }
    sweep->rows[sweep->row_count++] = row;
    return true;
}

static bool add_persistent(struct sweep *sweep, struct sweep_row row)
{
    struct sweep_row at_store = row, elsewhere = row;
    if (!can_persist(row.fault)) {
        return true;
    }
    at_store.is_persistent = elsewhere.is_persistent = true;
    at_store.sites &= store_sites();
    elsewhere.sites &= ~store_sites();
    return add_row(sweep, at_store) && add_row(sweep, elsewhere);
}

/* With its least and its largest amount. */
static bool add_fault(struct sweep *sweep, struct sweep_row row, int64_t minimum, int64_t maximum)
{
    row.amount = minimum;
    if (!add_row(sweep, row) || !add_persistent(sweep, row)) {
        return false;
    }
    row.amount = maximum;
    return minimum == maximum || (add_row(sweep, row) && add_persistent(sweep, row));
}

static bool add_every_fault(struct sweep *sweep)
{
    for (int i = FAULT_NONE + 1; i < FAULTS; i++) {
        enum fault fault = (enum fault)i;
        if (fault == FAULT_NUMBER) {
            continue;
        }
        struct sweep_row row = {.fault = fault, .sites = fault_sites(fault)};
        int64_t minimum, maximum;
        (void)fault_amount(fault, &minimum, &maximum);
        if (!add_fault(sweep, row, minimum, maximum)) {
            return false;
        }
    }
    return true;
}

static bool add_rules(struct sweep *sweep, const struct cloacina_fault_plan *plan)
{
    for (size_t i = 0; i < plan->rule_count; i++) {
        const struct plan_rule *rule = &plan->rules[i];
        struct sweep_row row = {.fault = rule->fault, .sites = rule->sites, .glob = rule->glob};
        if (!rule->never && !add_fault(sweep, row, rule->amount_minimum, rule->amount_maximum)) {
            return false;
        }
    }
    return true;
}

/* ---- a source that counts places, and puts a fault or two into a run ---- */

/* A fault at the n-th place of its row. */
struct strike {
    const struct sweep_row *row; /* NULL: none */
    struct source_sweep sweep;
};

struct striking {
    struct source source; /* first */
    struct sweep *sweep;
    struct strike first, second;
    bool counts; /* places, into the rows */
    bool is_out_of_memory;
};

static bool is_place(struct striking *striking, const struct sweep_row *row,
                     const struct label *label)
{
    if ((row->sites >> label->site & 1) == 0 || !site_allows(label->site, row->fault)) {
        return false;
    }
    if (row->glob.length == 0) {
        return true;
    }
    struct label place = *label;
    struct text_builder builder;
    place.number = 0;
    text_builder_init(&builder, striking->sweep->heap);
    label_print(&place, &builder);
    bool fits = !builder.failed && glob_matches(row->glob, text_builder_text(&builder));
    striking->is_out_of_memory = striking->is_out_of_memory || builder.failed;
    text_builder_finish(&builder);
    return fits;
}

/* What happens here, if it is a place of that fault. */
static struct choice strike_at(struct striking *striking, struct strike *strike,
                               const struct label *label, uint64_t key, int64_t now)
{
    struct source_sweep *sweep = &strike->sweep;
    if (strike->row == NULL || !is_place(striking, strike->row, label)) {
        return (struct choice){FAULT_NONE, 0};
    }
    bool had_fired = sweep->has_fired;
    struct choice choice = sweep->source.impl->ask(&sweep->source, label, key, now);
    if (sweep->has_fired && !had_fired) {
        sweep->until = now + SWEEP_PERSISTENT_NS;
    }
    return choice;
}

static void count(struct striking *striking, const struct label *label)
{
    struct sweep *sweep = striking->sweep;
    bool is_behind = striking->first.sweep.has_fired;
    for (size_t i = 0; i < sweep->row_count; i++) {
        struct sweep_row *row = &sweep->rows[i];
        if (is_place(striking, row, label)) {
            row->before += !is_behind;
            row->after += is_behind;
        }
    }
}

/* The first fault's own place is not one for the second. */
static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    struct striking *striking = CONTAINER_OF(source, struct striking, source);
    struct choice choice = strike_at(striking, &striking->first, label, key, now);
    if (choice.fault != FAULT_NONE) {
        return choice;
    }
    if (striking->counts) {
        count(striking, label);
    }
    return strike_at(striking, &striking->second, label, key, now);
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    (void)source, (void)label, (void)key, (void)bound;
    return 0;
}

static enum cloacina_code strike(struct striking *striking, const struct search_setup *setup,
                                 struct search_outcome *outcome, struct cloacina_error *err)
{
    static const struct source_impl impl = {.ask = ask, .number = number};
    struct search_setup asked = setup != NULL ? *setup : (struct search_setup){.seed = 0};
    struct sweep *sweep = striking->sweep;
    striking->source.impl = &impl;
    asked.calm = &sweep->calm;
    asked.seed = 0;
    for (size_t i = 0; i < sweep->row_count && striking->counts; i++) {
        sweep->rows[i].before = sweep->rows[i].after = 0;
    }
    enum cloacina_code code = search_run(sweep->subject, &striking->source, &asked, outcome, err);
    if (code == CLOACINA_OK && striking->is_out_of_memory) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "sweep: no memory");
    }
    return code;
}

/* ---- which run is which ---- */

static struct strike strike_of(const struct sweep_row *row, uint64_t nth)
{
    struct strike made = {
        .row = row,
        .sweep = {.fault = row->fault,
                  .amount = row->amount,
                  .sites = row->sites,
                  .nth = nth,
                  .is_persistent = row->is_persistent,
                  .until = INT64_MAX},
    };
    source_sweep_init(&made.sweep);
    return made;
}

/* Of single faults: row and place of a run from 1 on. */
static struct strike single_of(const struct sweep *sweep, uint64_t run)
{
    uint64_t place = run - 1;
    size_t row = 0;
    while (place >= sweep->rows[row].places) {
        place -= sweep->rows[row++].places;
    }
    return strike_of(&sweep->rows[row], place);
}

/* The pairs of a first fault begin with another one: how many are there? */
static enum cloacina_code look_at_first(struct sweep *sweep, uint64_t first,
                                        struct cloacina_error *err)
{
    struct striking striking = {.sweep = sweep, .first = single_of(sweep, first), .counts = true};
    struct search_setup setup = {.without_decisions = true};
    sweep->pair_first = first;
    sweep->pair_count = 0;
    if (striking.first.row->is_persistent) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = strike(&striking, &setup, &sweep->first_outcome, err);
    for (size_t i = 0; code == CLOACINA_OK && i < sweep->row_count; i++) {
        sweep->pair_count += sweep->rows[i].is_persistent ? 0 : sweep->rows[i].after;
    }
    sweep->pair_end += sweep->pair_count;
    return code;
}

/* Goes on, or back to the beginning, until the pairs of `pair_first` contain the run. */
static enum cloacina_code find_first(struct sweep *sweep, uint64_t run, struct cloacina_error *err)
{
    if (run < sweep->pair_end - sweep->pair_count) {
        sweep->pair_first = sweep->pair_count = 0;
        sweep->pair_end = sweep->single_count;
    }
    while (run >= sweep->pair_end) {
        if (sweep->pair_first + 1 >= sweep->single_count) {
            return CLOACINA_NOT_FOUND;
        }
        enum cloacina_code code = look_at_first(sweep, sweep->pair_first + 1, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return CLOACINA_OK;
}

static struct strike second_of(const struct sweep *sweep, uint64_t run)
{
    uint64_t place = run - (sweep->pair_end - sweep->pair_count);
    size_t row = 0;
    while (sweep->rows[row].is_persistent || place >= sweep->rows[row].after) {
        place -= sweep->rows[row].is_persistent ? 0 : sweep->rows[row].after;
        row++;
    }
    return strike_of(&sweep->rows[row], sweep->rows[row].before + place);
}

enum cloacina_code sweep_run(struct sweep *sweep, uint64_t run, const struct search_setup *setup,
                             struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct striking striking = {.sweep = sweep};
    if (run >= sweep->single_count) {
        enum cloacina_code code =
            sweep->has_pairs ? find_first(sweep, run, err) : CLOACINA_NOT_FOUND;
        if (code != CLOACINA_OK) {
            return code == CLOACINA_NOT_FOUND
                       ? cloacina_error_raise(err, code, "sweep: there is no run %llu",
                                              (unsigned long long)run)
                       : code;
        }
        striking.first = single_of(sweep, sweep->pair_first);
        striking.second = second_of(sweep, run);
    } else if (run > 0) {
        striking.first = single_of(sweep, run);
    }
    return strike(&striking, setup, ret_outcome, err);
}

/* ---- beginning and end ---- */

void sweep_finish(struct sweep *sweep)
{
    heap_give(sweep->heap, sweep->rows, sweep->row_capacity * sizeof(sweep->rows[0]));
    search_outcome_finish(&sweep->first_outcome);
    search_calm_finish(&sweep->calm);
    sweep->rows = NULL;
    sweep->row_count = sweep->row_capacity = 0;
}

/* The calm run counts the places. */
static enum cloacina_code count_places(struct sweep *sweep, struct cloacina_error *err)
{
    struct striking striking = {.sweep = sweep, .counts = true};
    struct search_setup setup = {.without_decisions = true};
    enum cloacina_code code = strike(&striking, &setup, &sweep->first_outcome, err);
    sweep->single_count = 1;
    for (size_t i = 0; i < sweep->row_count; i++) {
        sweep->rows[i].places = sweep->rows[i].before;
        sweep->single_count += sweep->rows[i].places;
    }
    sweep->pair_end = sweep->single_count;
    return code;
}

enum cloacina_code sweep_begin(struct sweep *sweep, const struct search_subject *subject,
                               const struct cloacina_fault_plan *plan, bool has_pairs,
                               struct cloacina_error *err)
{
    struct cloacina_heap *heap = search_heap(subject);
    *sweep = (struct sweep){.subject = subject, .heap = heap, .has_pairs = has_pairs};
    search_outcome_init(&sweep->first_outcome, heap);
    search_calm_init(&sweep->calm, heap);
    bool is_made = plan == NULL ? add_every_fault(sweep) : add_rules(sweep, plan);
    enum cloacina_code code =
        is_made ? count_places(sweep, err)
                : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "sweep: no memory");
    if (code != CLOACINA_OK) {
        sweep_finish(sweep);
    }
    return code;
}

enum cloacina_code sweep_all(const struct search_subject *subject,
                             const struct sweep_options *options, uint64_t *ret_runs,
                             struct cloacina_error *err)
{
    struct sweep all;
    struct search_outcome outcome;
    struct search_setup setup = {.coverage = options->coverage, .tape = options->tape};
    uint64_t run = options->first;
    bool goes_on = true;
    enum cloacina_code code = sweep_begin(&all, subject, options->plan, options->has_pairs, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    search_outcome_init(&outcome, all.heap);
    while (code == CLOACINA_OK && goes_on) {
        if (options->tape != NULL) {
            *options->tape->length = 0;
        }
        code = sweep_run(&all, run, &setup, &outcome, err);
        if (code == CLOACINA_OK) {
            goes_on = options->ran(options->user, run, &outcome);
            run += options->stride != 0 ? options->stride : 1;
        }
    }
    search_outcome_finish(&outcome);
    sweep_finish(&all);
    *ret_runs = run;
    return code == CLOACINA_NOT_FOUND ? CLOACINA_OK : code;
}
