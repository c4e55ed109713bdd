/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.h - the one place that decides what could go differently.
 *
 *   runner: jitter, ids --\
 *   body: random ----------> oracle --asks--> source: calm | seeded | (a replay, a sweep, a
 * shrinker) world: who goes first -/   \--writes down--> decisions that are not zero
 *
 * Law: zero is the calm choice, and a run is its decisions that are not zero: a source that answers
 * the same labels in the same way makes the same run. */
#ifndef SIMULATOR_ORACLE_H
#define SIMULATOR_ORACLE_H

#include <stdbool.h>

#include "base/heap.h"
#include "base/random.h"

/* A question that was not answered with zero. */
struct decision {
    struct random_label label;
    uint64_t bound;
    uint64_t value;
};

/* Owned by the caller. Read freely; changed by the calls below only. */
struct oracle {
    struct random random; /* first: engine and world ask here */
    struct cloacina_heap *heap;
    struct random *source; /* Borrowed: whoever answers */
    struct random_seeded seeded;
    bool is_calm;               /* nothing but zeroes will come: callers need not ask */
    struct decision *decisions; /* Owned; in the order in which they were taken */
    size_t decision_count;
    size_t decision_capacity;
    bool is_incomplete; /* some decision could not be written down: no memory */
};

/* All questions are answered with zero. Allocates nothing. */
void oracle_init_calm(struct oracle *oracle, struct cloacina_heap *heap);

/* They are answered from a seed. */
void oracle_init_seeded(struct oracle *oracle, struct cloacina_heap *heap, uint64_t seed);

/* They are answered by `source` (Borrowed, outlives the oracle). */
void oracle_init_source(struct oracle *oracle, struct cloacina_heap *heap, struct random *source);

void oracle_finish(struct oracle *oracle);

/* Whether something with the probability 1 / `one_in` (at least 2) happens. As a decision it is 1
 * or nothing: what does not happen leaves no trace. */
bool oracle_happens(struct oracle *oracle, struct random_label label, uint64_t one_in);

#endif
