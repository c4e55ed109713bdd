/* SPDX-License-Identifier: Apache-2.0 */
/* shrink.h - the same finding with fewer and smaller decisions.
 *
 *   everything but faults at once  ->  half, a quarter, ... one (ddmin: Zeller and Hildebrandt,
 *   "Simplifying and isolating failure-inducing input", 2002)  ->  one fault in place of several
 *   ->  milder faults, lower amounts and numbers  ->  again, until nothing goes
 *
 * Law: what comes out has the finding that went in, or is what went in. Without a decision that
 * could be left out, unless the budget ended first. */
#ifndef SEARCH_SHRINK_H
#define SEARCH_SHRINK_H

#include "search/isolate.h"
#include "search/search.h"

#define SHRINK_RUNS_MAX UINT64_C(2000)
#define SHRINK_BUDGET_NS INT64_C(2000000000)

struct shrink_options {
    uint64_t runs_max;            /* 0: SHRINK_RUNS_MAX */
    int64_t budget_ns;            /* of wall time; 0: SHRINK_BUDGET_NS */
    struct cloacina_clock *clock; /* Borrowed; the system's monotonic clock; required */
    uint64_t seed;                /* handed to `prepare` */
    /* Each try in a child process of its own: for findings that end the process. */
    bool is_isolated;
    const struct search_isolation *isolation; /* Borrowed; NULL: all-zero */
};

/* Owned by the caller; all-zero is nothing. */
struct shrink_result {
    struct decision *decisions; /* from the arena */
    size_t decision_count;
    uint64_t runs;
    bool is_reproduced;            /* the decisions that went in had the finding once more */
    bool is_complete;              /* nothing more can go */
    struct search_outcome outcome; /* of the last run that had the finding */
    struct arena arena;
    struct shrink_options options; /* as they were used, for shrink_explain */
};
void shrink_result_finish(struct shrink_result *result);

/* `wanted` is what `decisions` were seen to lead to. Errors: those of `prepare`, NO_MEMORY, and
 * those of search_isolated; then there is nothing to finish. */
enum cloacina_code shrink(const struct search_subject *subject, const struct search_finding *wanted,
                          const struct decision *decisions, size_t count,
                          const struct shrink_options *options, struct shrink_result *ret_result,
                          struct cloacina_error *err) MUST_CHECK;

/* "needs" and "does not matter": which kinds of things the finding does not depend on. Each is
 * tried a few times: who goes first at one instant, jitter, ids, clocks, the way to the store, one
 * runner less (or more, when there is one). Appends for example
 * "needs: the lost reply of payments.charge.  does not matter: order, jitter, clocks, runners". */
enum cloacina_code shrink_explain(const struct search_subject *subject,
                                  const struct search_finding *wanted,
                                  const struct shrink_result *result, struct text_builder *ret_text,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
