/* SPDX-License-Identifier: Apache-2.0 */
/* trial.h - the same operations on the memory store and on the store that is judged.
 *
 *   operation --+--> memory store ----answer, as text--+
 *               |                                      +-- equal? else: a difference
 *               `--> judged store ----answer, as text--+
 *
 * Three runners, each with a session, a lease and its copies of up to three executions; the copies
 * follow the memory store's answers, so that both stores are always told the same. After every
 * operation everything that the two stores tell is compared as well. */
#ifndef TESTS_CONTRACT_TRIAL_H
#define TESTS_CONTRACT_TRIAL_H

#include "broken_store.h"
#include "operation.h"
#include "show.h"
#include "subject.h"

struct trial_options {
    enum store_kind kind;
    enum broken_store_bug bug; /* stands before the judged store */
    uint64_t seed;             /* of the workflows */
};

/* Where the stores first differed. Owned by the caller. */
struct difference {
    bool is_found;
    size_t place; /* of the operation */
    struct show expected;
    struct show actual;
};

void difference_init(struct difference *difference);
void difference_finish(struct difference *difference);

/* Runs them on two fresh stores, until the first difference. */
void trial_run(const struct trial_options *options, const struct operation *operations,
               size_t count, struct difference *difference);

/* Takes operations out, then lowers their numbers, as long as some difference remains; at most
 * `runs_max` runs. Returns how many are left; `difference` is that of the last list. */
size_t trial_shrink(const struct trial_options *options, struct operation *operations, size_t count,
                    size_t runs_max, struct difference *difference);

#endif
