/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.h - one fault after the other, at every place where it can happen.
 *
 *   calm run: how often was each kind of place passed?     rows: one for every fault and amount,
 *                                                          once, or from then on for a minute
 *   runs     0 | 1 2 3 ... | ... | ...                     the calm one; row by row the n-th place,
 *                                                          n = 0, 1, 2 ... as the calm run goes
 *   pairs    | ... | ...                                   for each single fault (that happens
 *                                                          once) the same rows over its own run,
 *                                                          from its place on
 *
 * Up to its n-th place a run is the calm one, so the calm run knows how many places there are.
 * Laws: nothing is left out, and no place is struck twice in the same way. The number of a run says
 * what it is, today and tomorrow, as long as the subject is the same. */
#ifndef SEARCH_SWEEP_H
#define SEARCH_SWEEP_H

#include "search/search.h"

/* How long a fault lasts that goes on. */
#define SWEEP_PERSISTENT_NS INT64_C(60000000000)

struct sweep_options {
    bool has_pairs;
    /* Which faults; NULL: every fault that a plan can have, with its least amount, and with its
     * largest where it has one. Of a plan's rules: fault, sites, place and amounts. */
    const struct cloacina_fault_plan *plan;
    uint64_t first;            /* skip so many runs: for several processes... */
    uint64_t stride;           /* ... each takes one in so many; 0: 1 */
    struct coverage *coverage; /* Borrowed; NULL: nobody counts */
    struct tape *tape; /* Borrowed; NULL: nobody writes; its length is reset for every run */
    /* Called after every run; false ends the sweep. Never NULL. */
    bool (*ran)(void *user, uint64_t run, const struct search_outcome *outcome);
    void *user;
};

/* `ret_runs`: how many there were, of all strides together that this one has passed. Errors: those
 * of `prepare`, NO_MEMORY. */
enum cloacina_code sweep_all(const struct search_subject *subject,
                             const struct sweep_options *options, uint64_t *ret_runs,
                             struct cloacina_error *err) MUST_CHECK;

/* ---- run by run, for those who have a loop of their own ---- */

struct sweep_row; /* private */

/* Where the sweep is; fields private but `single_count`. */
struct sweep {
    const struct search_subject *subject; /* Borrowed */
    struct cloacina_heap *heap;
    bool has_pairs;
    struct sweep_row *rows; /* Owned */
    size_t row_count, row_capacity;
    uint64_t single_count; /* the calm run, and all with one fault */
    /* The first fault of the pairs that are looked at: its run, the run that follows its last pair,
     * how many pairs it has, and its decisions. */
    uint64_t pair_first, pair_end, pair_count;
    struct search_outcome first_outcome;
    struct search_calm calm;
};

/* Makes the calm run, which is not told. `plan` is as in the options, and Borrowed until the end.
 * On an error there is nothing to finish. */
enum cloacina_code sweep_begin(struct sweep *sweep, const struct search_subject *subject,
                               const struct cloacina_fault_plan *plan, bool has_pairs,
                               struct cloacina_error *err) MUST_CHECK;
void sweep_finish(struct sweep *sweep);

/* Does one run, with the seed 0. NOT_FOUND: there are not so many. The numbers may be in any order;
 * ascending ones are cheap. */
enum cloacina_code sweep_run(struct sweep *sweep, uint64_t run, const struct search_setup *setup,
                             struct search_outcome *ret_outcome,
                             struct cloacina_error *err) MUST_CHECK;

#endif
