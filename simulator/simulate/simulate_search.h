/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_search.h - many runs in which things go wrong.
 *
 *   corpus --> calm run --> sweep --> seeds       each run in a child process (search/pool.h)
 *       \          \          \         \
 *        findings, sums of what was reached --> told, judged, reported
 *
 * Law: whatever a body does in a child, the search goes on, and its end is a finding. */
#ifndef CLI_SIMULATE_SEARCH_H
#define CLI_SIMULATE_SEARCH_H

#include "oracle/plan.h"
#include "search/pool.h"
#include "simulate/simulate_corpus.h"
#include "simulate/simulate_emit.h"
#include "simulate/simulate_findings.h"
#include "simulate/simulate_known.h"

/* A search. Owned by the caller. */
struct simulate_search {
    struct session *session;          /* Borrowed */
    struct cloacina_fault_plan *plan; /* Owned; NULL: none was asked for */
    struct known known;
    struct corpus corpus;
    struct emit emit;
    struct findings findings;
    struct pool_result sums;
    struct text_builder method; /* "a sweep, seeds 0..999" */
    int64_t budget_ns;          /* 0: no limit */
    int64_t started_at;
};

/* Opens everything, searches, writes the report. */
enum cloacina_code simulate_search(struct session *session, struct cloacina_error *err) MUST_CHECK;

/* ---- private: simulate_stages.c ---- */

/* One part of the search after the other; adds to findings, sums and method. */
enum cloacina_code stages_run(struct simulate_search *search,
                              struct cloacina_error *err) MUST_CHECK;

/* ---- private: simulate_verdict.c ---- */

/* Notes in the report what was judged, and what fails without a finding: a "sometimes" that never
 * was, a place that was never reached, a known failure that happens no more. */
enum cloacina_code verdict_add(struct simulate_search *search,
                               struct cloacina_error *err) MUST_CHECK;

/* INVALID: the pattern of --require-sites matches nothing that could happen. */
enum cloacina_code verdict_check_sites(const struct simulate_search *search,
                                       struct cloacina_error *err) MUST_CHECK;

#endif
