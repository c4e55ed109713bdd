/* SPDX-License-Identifier: Apache-2.0 */
/* shrink.h - the same finding with fewer and smaller decisions.
 *
 *   remove half, a quarter, ... one (ddmin: Zeller and Hildebrandt, "Simplifying and isolating
 *   failure-inducing input", 2002)  ->  lower each amount and number  ->  again, until nothing goes
 *
 * Law: what comes out has the finding that went in, or is what went in. Without a decision that
 * could be left out, unless the budget ended first. */
#ifndef SEARCH_SHRINK_H
#define SEARCH_SHRINK_H

#include "search/search.h"

struct shrink_options {
    uint64_t runs_max;            /* 0: 2,000 */
    int64_t budget_ns;            /* of wall time; 0: 2 s */
    struct cloacina_clock *clock; /* Borrowed; the system's monotonic clock; required */
    uint64_t seed;                /* handed to `prepare` */
};

/* What each decision that is left does: taken out, is the finding still there? */
struct shrink_result {
    struct decision *decisions; /* from the arena */
    size_t decision_count;
    uint64_t runs;
    bool is_complete;              /* nothing more can go */
    struct search_outcome outcome; /* of the last run that had the finding */
    struct arena arena;
};
void shrink_result_finish(struct shrink_result *result);

/* `wanted` is what `decisions` were seen to lead to. */
enum cloacina_code shrink(const struct search_subject *subject, const struct search_finding *wanted,
                          const struct decision *decisions, size_t count,
                          const struct shrink_options *options, struct shrink_result *ret_result,
                          struct cloacina_error *err) MUST_CHECK;

/* "needs" and "does not matter": which kinds of things the finding does not depend on. Each is
 * tried: other seeds' order of events, one runner less, clocks, jitter. Appends for example
 * "needs: the lost reply.  does not matter: runners, order, clocks, jitter". */
enum cloacina_code shrink_explain(const struct search_subject *subject,
                                  const struct search_finding *wanted,
                                  const struct shrink_result *result, struct text_builder *ret_text,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
