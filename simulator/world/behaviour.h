/* SPDX-License-Identifier: Apache-2.0 */
/* behaviour.h - what the bodies of a world do differently from their code: cost, stub, failure.
 *
 *   registration (a workflow) --- task 0: cost 1.2 s; attempt 1 fails
 *                             \-- task 3: stub {"cents": 1}
 *
 * Every entry counts how often it was used: a test that speaks of something that never happens is
 * wrong.
 * Laws: nothing is kept for a workflow about which nothing was said; what was said last counts. */
#ifndef SIMULATOR_BEHAVIOUR_H
#define SIMULATOR_BEHAVIOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "context/value.h"
#include "dal/dal.h"
#include "workflow/bodies.h"

struct task_failure {
    struct task_failure *next;
    uint32_t attempt;
    enum cloacina_code code;
    const char *message;
    uint64_t uses;
};

/* What a stub sets. */
struct stub {
    size_t count;
    struct stub_member {
        const char *key;
        const struct value *value;
    } members[];
};

struct task_behaviour {
    bool has_cost;
    int64_t cost_ns;
    uint64_t cost_uses;
    const struct stub *stub; /* NULL: the body runs */
    uint64_t stub_uses;
    struct task_failure *failures;
};

/* One registered workflow. */
struct registration {
    struct registration *next;
    const struct cloacina_workflow *workflow; /* Borrowed from the registry */
    const struct workflow *definition;        /* its own */
    const int64_t *costs;                     /* Borrowed; NULL: its bodies are code */
    struct task_behaviour *tasks;             /* task_count; NULL: nothing was said about them */
};

/* Owned by the caller; fields private but `offers`. */
struct behaviours {
    struct cloacina_heap *heap;
    struct arena arena; /* registrations, values, texts */
    struct registration *first, *last;
    struct registration *found; /* by the last look-up */
    struct dal_offer *offers;   /* Owned: every registered workflow, for the store */
    size_t offer_count, offer_capacity;
};

void behaviours_init(struct behaviours *behaviours, struct cloacina_heap *heap);
void behaviours_finish(struct behaviours *behaviours);

/* Makes one and room for it, so that behaviours_add cannot fail. NULL: no memory. One that is not
 * added costs a little memory and nothing else. */
struct registration *behaviours_make(struct behaviours *behaviours, const int64_t *costs);
void behaviours_add(struct behaviours *behaviours, struct registration *registration,
                    const struct cloacina_workflow *workflow);

/* By definition, as an attempt carries it, or by its hash; NULL: not registered here. */
struct registration *behaviours_find(struct behaviours *behaviours,
                                     const struct workflow *definition);
struct registration *behaviours_find_hash(const struct behaviours *behaviours,
                                          struct hash128 definition);

/* For changing; NULL: no memory. */
struct task_behaviour *registration_task(struct behaviours *behaviours,
                                         struct registration *registration, uint32_t task);

/* What was said about a task's attempt; NULL: nothing. */
static inline struct task_behaviour *registration_said(const struct registration *registration,
                                                       uint32_t task)
{
    return registration->tasks == NULL ? NULL : &registration->tasks[task];
}
struct task_failure *task_failure_of(const struct task_behaviour *behaviour, uint32_t attempt);

/* Writes the first cost, stub or failure that was never used; false: there is none. */
bool behaviours_unused(const struct behaviours *behaviours, char *ret_message, size_t size);

#endif
