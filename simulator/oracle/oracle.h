/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.h - the one place that decides what could go differently.
 *
 *   runner: jitter, ids, every store call ---\
 *   body: effects, waits, random -------------> oracle --asks--> source: calm | random | replay |
 *   world: clocks, hints, operator ----------/     |                     sweep | ...
 *                                                  +--writes down--> decisions that are not zero
 *
 * Law: zero is the calm choice, and a run is its decisions that are not zero: a source that answers
 * the same labels in the same way makes the same run. */
#ifndef ORACLE_ORACLE_H
#define ORACLE_ORACLE_H

#include "base/arena.h"
#include "base/random.h"
#include "oracle/label.h"

/* Where virtual time begins: CLOACINA_WORLD_START_NS, for those below the world. */
#define ORACLE_START_NS INT64_C(1704067200000000000)

/* ---- who answers ---- */

struct source;

/* A plug-in. Neither call blocks or fails; what is not legal at the site counts as zero. `key` is
 * label_key() of the label, for tables. */
struct source_impl {
    struct choice (*ask)(struct source *source, const struct label *label, uint64_t key,
                         int64_t now);
    uint64_t (*number)(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound);
};

/* Embed first. */
struct source {
    const struct source_impl *impl;
};

/* Always zero; static. */
struct source *source_calm(void);

/* ---- what was answered ---- */

/* A question that was not answered with zero. Texts are Borrowed from whoever keeps the list. */
struct decision {
    struct label label;
    struct choice choice;
    int64_t at; /* virtual time, nanoseconds since 1970 */
};

/* How often each question was asked and each fault chosen, over many runs. Plain data: sums may be
 * added, and kept in shared memory. */
struct coverage {
    uint64_t asked[SITES];
    uint64_t fired[SITES][FAULTS];
};
void coverage_add(struct coverage *sum, const struct coverage *part);

/* Decisions as text, as they are taken: what is left of a process that died. A line each. */
struct tape {
    char *bytes; /* Borrowed: `capacity` bytes, may be shared between processes */
    size_t capacity;
    size_t *length; /* Borrowed; what does not fit is left out, whole decisions at a time */
};

/* ---- the oracle ---- */

struct oracle_number; /* private */

/* Owned by the caller. Read freely; changed by the calls below only. */
struct oracle {
    struct random random; /* first: the engine asks here */
    struct cloacina_heap *heap;
    struct source *source; /* Borrowed: whoever answers */
    const int64_t *now;    /* Borrowed: virtual time */
    bool is_calm;          /* nothing but zeroes will come: callers need not ask */
    /* Which execution of this world has that id, from 1; 0: none. NULL: none has a number. */
    uint32_t (*run_of)(void *user, struct id execution);
    void *run_user;             /* Borrowed */
    struct coverage *coverage;  /* Borrowed; NULL: nobody counts */
    struct tape *tape;          /* Borrowed; NULL: nobody writes */
    struct arena arena;         /* texts of decisions */
    struct decision *decisions; /* Owned; in the order in which they were taken */
    size_t decision_count;
    size_t decision_capacity;
    struct oracle_number *numbers; /* Owned: how often each key was asked */
    size_t number_count, number_capacity;
    bool is_incomplete; /* some decision could not be written down: no memory */
};

/* `source` is Borrowed and outlives the oracle, like `now`. Allocates nothing. */
void oracle_init(struct oracle *oracle, struct cloacina_heap *heap, struct source *source,
                 const int64_t *now);
void oracle_finish(struct oracle *oracle);

/* What happens at this site? The label's number is filled in here. */
struct choice oracle_ask(struct oracle *oracle, const struct label *label);

/* A number below `bound` (at least 1). */
uint64_t oracle_number(struct oracle *oracle, const struct label *label, uint64_t bound);

#endif
