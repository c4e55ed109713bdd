/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h - one fault after the other: the n-th place where it can happen, n = 0, 1, 2 ... as the
 * run goes, transient and persistent, until a run ends before its n-th place.
 *
 *   for every fault of the list:  n = 0, 1, 2, ... --> run --> finding?
 *   pairs: for every such run     n = its own next place on --> run --> finding?
 *
 * Law: nothing is left out and nothing runs twice. */
#ifndef SEARCH_SWEEP_H
#define SEARCH_SWEEP_H

#include "search/search.h"

struct sweep_options {
    bool has_pairs;
    /* Which faults; NULL: every fault that a plan can have, with its least amount, and with its
     * largest where it has one. */
    const struct cloacina_fault_plan *plan;
    uint64_t first;            /* skip so many runs: for several processes... */
    uint64_t stride;           /* ... each takes one in so many; 0: 1 */
    struct coverage *coverage; /* Borrowed; NULL: nobody counts */
    struct tape *tape; /* Borrowed; NULL: nobody writes; its length is reset for every run */
    /* Called after every run; false ends the sweep. Never NULL. */
    bool (*ran)(void *user, uint64_t run, const struct search_outcome *outcome);
    void *user;
};

/* `ret_runs`: how many there were, of all strides together that this one has passed. */
enum cloacina_code sweep(const struct search_subject *subject, const struct sweep_options *options,
                         uint64_t *ret_runs, struct cloacina_error *err) MUST_CHECK;

#endif
