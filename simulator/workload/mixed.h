/* SPDX-License-Identifier: Apache-2.0 */
/* mixed.h - a workflow that uses everything the engine has, made from a seed, with real bodies.
 *
 *   "mixed:N,seed=S" --mixed_read--> struct mixed --mixed_make--> workflow, bodies, contexts
 *                                         |                              |
 *                                         +--mixed_prepare--> a world <--+
 *
 * Chains, fans, diamonds and joins; rules of all kinds; retries of all kinds, timeouts, deferrals,
 * effects with the idempotency key; contexts with conflicts. A search without "seed=" makes another
 * workflow in every run, so what it finds does not hang on one shape.
 * Law: the same seed gives the same workflow, contexts and bodies, on every machine. */
#ifndef WORKLOAD_MIXED_H
#define WORKLOAD_MIXED_H

#include <cloacina/world.h>

#include "base/arena.h"
#include "base/text.h"

enum { MIXED_TASKS_MAX = 4096, MIXED_EXECUTIONS_MAX = 2, MIXED_PROPERTIES = 2 };

struct mixed_script; /* private: mixed_script.h */

/* Owned by the caller. All that is made is there until the next mixed_make or mixed_finish, which
 * must come after the end of every world that was given it. */
struct mixed {
    uint32_t task_count;
    uint64_t seed; /* of the formula; once something is made: of that */
    bool has_seed; /* the formula names it */
    /* Made. */
    struct cloacina_workflow *workflow; /* Owned reference; NULL: nothing is made */
    struct mixed_script *scripts;       /* task_count, in the order in which they were added */
    uint32_t execution_count;           /* how many are submitted */
    const char *contexts[MIXED_EXECUTIONS_MAX];
    struct cloacina_world_execution executions[MIXED_EXECUTIONS_MAX]; /* of the last world */
    struct cloacina_property properties[MIXED_PROPERTIES];
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;         /* holds what is made, but for the workflow */
};

/* Does the formula begin with "mixed:"? */
bool mixed_is_meant(struct text formula);

/* Makes nothing yet. `heap` NULL means the system heap. INVALID, OUT_OF_RANGE: the formula, with
 * the part that is wrong; there is nothing to finish then. */
enum cloacina_code mixed_read(struct text formula, struct cloacina_heap *heap,
                              struct mixed *ret_mixed, struct cloacina_error *err) MUST_CHECK;
void mixed_finish(struct mixed *mixed);

/* Virtual days after the last fault in which all executions end, even if one task runs at a time:
 * the limit of a world, so that one that hangs is found out soon. */
int64_t mixed_days_max(const struct mixed *mixed);

/* Makes the workflow of the formula's seed, or else of `seed`. What is there already stays. */
enum cloacina_code mixed_make(struct mixed *mixed, uint64_t seed,
                              struct cloacina_error *err) MUST_CHECK;

/* Makes the workflow, and puts it into a fresh world with its executions and its properties: a
 * completed task has done its deed, and once under its key; every task runs its own body. For
 * search_subject.prepare: `user` is the struct mixed. */
enum cloacina_code mixed_prepare(void *user, struct cloacina_world *world, uint64_t seed,
                                 struct cloacina_error *err) MUST_CHECK;

#endif
