/* SPDX-License-Identifier: Apache-2.0 */
/* investigate.h - from what a run was seen to do, to everything that a report says about it.
 *
 *   finding, decisions --shrink--> fewer --replay with a teller--> story, picture
 *                                        \--token_print----------> token
 *                                         \-shrink_explain-------> "needs ... does not matter"
 *
 * The command and cloacina_explore() both call this, so that a failure reads the same everywhere.
 * Law: what is told is the shrunk run, replayed; never what the search remembers of it. */
#ifndef REPORT_INVESTIGATE_H
#define REPORT_INVESTIGATE_H

#include <cloacina/clock.h>

#include "report/report.h"
#include "search/shrink.h"

/* Everything is Borrowed. */
struct investigate {
    const struct search_subject *subject;
    const struct token *world; /* workflow, hash, plan, settings; its decisions are not looked at */
    const struct search_finding *finding; /* what the decisions were seen to lead to */
    const struct decision *decisions;
    size_t decision_count;
    uint64_t seed;                /* of that run, as `prepare` got it */
    uint64_t count;               /* how many runs had the finding */
    const char *origin;           /* of the run: "seed 17" */
    struct cloacina_clock *clock; /* the system's: shrinking has a budget of wall time */
    bool is_isolated; /* the run kills its process, or jumps out of it: replay it in a child only */
    const struct search_isolation *isolation; /* with is_isolated; NULL: all-zero */
    bool is_careful; /* other runs of this subject end their process: try in children, tell here */
    bool is_whole;   /* the whole story */
    uint64_t shrink_runs_max; /* 0: as many as usual; 1: the decisions are told */
};

/* Adds one finding to the report; its test is left to the caller. Errors: those of search_run. */
enum cloacina_code investigate(const struct investigate *asked, struct report *report,
                               struct cloacina_error *err) MUST_CHECK;

#endif
