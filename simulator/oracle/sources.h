/* SPDX-License-Identifier: Apache-2.0 */
/* sources.h - who answers an oracle's questions: chance, a list, or one fault after the other.
 *
 *   random   a fault plan and a seed: each rule is on in a run or not (swarm), then fires or not
 *   replay   decisions that were taken before; everything else is calm
 *   sweep    decisions, and one fault more: at the n-th question where it can happen
 *
 * Law: an answer depends on the label and its number alone (and, for a plan's counted rules, on
 * what they have matched in this run), so the same world gets the same answers. */
#ifndef ORACLE_SOURCES_H
#define ORACLE_SOURCES_H

#include "oracle/oracle.h"
#include "oracle/plan.h"

/* ---- chance ---- */

struct random_rule_state; /* private */

/* Owned by the caller; fields private. */
struct source_random {
    struct source source; /* first */
    const struct cloacina_fault_plan *plan;
    uint64_t seed;
    struct cloacina_heap *heap;
    struct random_rule_state *states; /* Owned: one for each rule; NULL: there is none */
    size_t rule_count;                /* when it began: rules added later do not count */
    uint64_t chance_at[SITES];        /* of the rules that are on: most questions end here */
    uint64_t counted_at;              /* bit s: some of those count what is asked at site s */
    uint64_t again_at;                /* bit s: some of those come back to a place at site s */
};

/* `plan` is Borrowed; NULL: no faults, but what goes first at one instant, jitter and ids vary.
 * False: no memory. */
bool source_random_init(struct source_random *random, struct cloacina_heap *heap,
                        const struct cloacina_fault_plan *plan, uint64_t seed) MUST_CHECK;
void source_random_finish(struct source_random *random);

/* ---- a list ---- */

struct replay_entry; /* private */

/* Owned by the caller; `found` may be read. */
struct source_replay {
    struct source source; /* first */
    struct cloacina_heap *heap;
    struct replay_entry *entries; /* Owned: by key and number */
    size_t capacity;
    size_t found; /* how many of the decisions were asked for */
};

/* The list is copied (its texts are not needed). False: no memory. */
bool source_replay_init(struct source_replay *replay, struct cloacina_heap *heap,
                        const struct decision *decisions, size_t count) MUST_CHECK;
void source_replay_finish(struct source_replay *replay);

/* ---- one after the other ---- */

/* Owned by the caller; `asked`, `has_fired` and `fired` may be read. */
struct source_sweep {
    struct source source;       /* first */
    struct source_replay *base; /* Borrowed: answers first; NULL: none */
    enum fault fault;           /* what goes wrong */
    int64_t amount;
    uint64_t sites;     /* bit s: only at site s; 0: at every site that allows it */
    uint64_t nth;       /* at that question where it can happen, from 0 */
    bool is_persistent; /* and at all later ones, until `until` */
    int64_t until;      /* virtual time, since 1970 */
    uint64_t asked;     /* questions where it could have happened */
    bool has_fired;
    int64_t fired_at;
};
/* Sets what is private; the fields above are the caller's. */
void source_sweep_init(struct source_sweep *sweep);

#endif
