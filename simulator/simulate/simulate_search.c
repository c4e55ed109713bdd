/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_search.c - the course of a search.
 *
 * Law: first everything is read that could be wrong, then runs begin. */
#include "simulate/simulate_search.h"

#include <string.h>

#include <cloacina/clock.h>

#include "simulate/simulate_plan.h"
#include "simulate/simulate_tell.h"

/* ---- what goes in ---- */

static void search_init(struct simulate_search *search, struct session *session)
{
    *search = (struct simulate_search){.session = session};
    findings_init(&search->findings, session->call->heap);
    text_builder_init(&search->method, session->call->heap);
}

static void search_finish(struct simulate_search *search)
{
    cloacina_fault_plan_destroy(search->plan);
    known_finish(&search->known);
    corpus_finish(&search->corpus);
    findings_finish(&search->findings);
    text_builder_finish(&search->method);
}

/* What could go wrong, for the places that were never reached. */
static void expect(struct simulate_search *search)
{
    struct report_search *report = &search->session->report.search;
    report->has_disk = search->session->options.store == CLOACINA_WORLD_SQLITE;
    if (search->plan != NULL || search->session->options.is_sweep) {
        report_expect(report, search->plan);
    }
    report->plan = search->plan != NULL                ? cloacina_fault_plan_name(search->plan)
                   : search->session->options.is_sweep ? "every fault"
                                                       : NULL;
}

static enum cloacina_code options_read(struct simulate_search *search, struct cloacina_error *err)
{
    struct session *session = search->session;
    const struct simulate_options *options = &session->options;
    enum cloacina_code code = CLOACINA_OK;
    if (options->budget != NULL) {
        code = simulate_budget_read(options->budget, &search->budget_ns, err);
    }
    if (code == CLOACINA_OK) {
        code = simulate_plan_open(session, &search->plan, err);
    }
    if (code == CLOACINA_OK && options->known != NULL) {
        code = known_read(session->call->heap, options->known, &search->known, err);
    }
    if (code == CLOACINA_OK) {
        code = emit_open(session, &search->emit, err);
    }
    expect(search);
    return code == CLOACINA_OK ? verdict_check_sites(search, err) : code;
}

static enum cloacina_code everything_open(struct simulate_search *search,
                                          struct cloacina_error *err)
{
    struct session *session = search->session;
    enum cloacina_code code = options_read(search, err);
    if (code == CLOACINA_OK) {
        code = session_open(session, err);
    }
    if (code == CLOACINA_OK && session->options.corpus != NULL) {
        code = corpus_read(session, session->options.corpus, &search->corpus, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    session_describe(session);
    return session_open_outputs(session, err);
}

/* ---- what came out ---- */

static bool has_deadly(const struct findings *findings)
{
    bool is_any = false;
    for (size_t i = 0; i < findings->count; i++) {
        is_any = is_any || finding_is_deadly(&findings->list[i].finding);
    }
    return is_any;
}

/* Earlier stages first: the corpus has names that people know. */
static enum cloacina_code findings_tell(struct simulate_search *search, struct cloacina_error *err)
{
    const struct telling telling = {.session = search->session,
                                    .known = &search->known,
                                    .emit = &search->emit,
                                    .is_careful = has_deadly(&search->findings)};
    const struct report *report = &search->session->report;
    enum cloacina_code code = CLOACINA_OK;
    findings_sort(&search->findings);
    for (size_t i = 0; i < search->findings.count && code == CLOACINA_OK; i++) {
        const struct found *found = &search->findings.list[i];
        code = tell_found(&telling, found, err);
        const struct report_finding *told = &report->findings[report->finding_count - 1];
        if (code == CLOACINA_OK && search->session->options.adds_to_corpus && !told->is_known &&
            found->stage->kind != STAGE_CORPUS) {
            code = corpus_add(&search->corpus, search->session, told, err);
        }
    }
    return code;
}

static void sums_take(struct simulate_search *search, int64_t wall_ns)
{
    struct report_search *report = &search->session->report.search;
    report->is_search = true;
    report->method = text_builder_terminated(&search->method);
    report->figures = search->sums.figures;
    report->wall_ns = wall_ns;
    report->coverage = search->sums.coverage;
    report->edges = search->sums.edges;
}

static enum cloacina_code search_and_tell(struct simulate_search *search,
                                          struct cloacina_error *err)
{
    struct cloacina_clock *clock = cloacina_clock_system();
    search->started_at = cloacina_clock_monotonic(clock);
    enum cloacina_code code = stages_run(search, err);
    if (code == CLOACINA_OK) {
        sums_take(search, cloacina_clock_monotonic(clock) - search->started_at);
        code = findings_tell(search, err);
    }
    if (code == CLOACINA_OK) {
        code = verdict_add(search, err);
    }
    if (code == CLOACINA_OK && search->method.failed) {
        code = session_no_memory(err);
    }
    return code == CLOACINA_OK ? session_report(search->session, err) : code;
}

enum cloacina_code simulate_search(struct session *session, struct cloacina_error *err)
{
    struct simulate_search search;
    search_init(&search, session);
    enum cloacina_code code = everything_open(&search, err);
    if (code == CLOACINA_OK) {
        code = search_and_tell(&search, err);
    }
    search_finish(&search);
    return code;
}
