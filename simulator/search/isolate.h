/* SPDX-License-Identifier: Apache-2.0 */
/* isolate.h - one run in a child process of its own: what ends the process is a finding.
 *
 *   a signal, exit()           "crash"        after which body, and after how many events
 *   nothing moves              "hang"
 *   left through `enter`       "assertion"... as it says
 *
 * Law: whatever the child does, the caller goes on, and no process is left over. */
#ifndef SEARCH_ISOLATE_H
#define SEARCH_ISOLATE_H

#include "search/search.h"

#define SEARCH_HANG_NS INT64_C(10000000000)

/* Around everything that a child does. All-zero: nothing. Borrowed. */
struct search_isolation {
    /* Calls loop(argument), and answers whether something other than its return has ended it (the
     * longjmp of a failed assertion); then *ret_finding says what. NULL: it is called. */
    bool (*enter)(void *user, void (*loop)(void *argument), void *argument,
                  struct search_finding *ret_finding);
    void *user;
    int64_t hang_ns; /* without a move, of wall time; 0: SEARCH_HANG_NS */
};

/* search_run() in a child process. Of `setup` only seed, events_max and scribble are looked at. The
 * outcome has finding, figures and decisions; of a child that has died, as far as it came. Errors:
 * those of search_run; UNAVAILABLE: no process could be started. */
enum cloacina_code search_run_isolated(const struct search_subject *subject, struct source *source,
                                       const struct search_setup *setup,
                                       const struct search_isolation *isolation,
                                       struct search_outcome *ret_outcome,
                                       struct cloacina_error *err) MUST_CHECK;

/* search_replay() in a child process. */
enum cloacina_code search_isolated(const struct search_subject *subject,
                                   const struct decision *decisions, size_t count,
                                   const struct search_setup *setup,
                                   const struct search_isolation *isolation,
                                   struct search_outcome *ret_outcome,
                                   struct cloacina_error *err) MUST_CHECK;

#endif
