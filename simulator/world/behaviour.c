/* SPDX-License-Identifier: Apache-2.0 */
/* behaviour.c - a list of registrations, each with a table by task once somebody spoke of it. */
#include "world/behaviour.h"

#include <stdio.h>

void behaviours_init(struct behaviours *behaviours, struct cloacina_heap *heap)
{
    *behaviours = (struct behaviours){.heap = heap};
    arena_init(&behaviours->arena, heap);
}

void behaviours_finish(struct behaviours *behaviours)
{
    heap_give(behaviours->heap, behaviours->offers,
              behaviours->offer_capacity * sizeof(behaviours->offers[0]));
    arena_finish(&behaviours->arena);
    behaviours_init(behaviours, behaviours->heap);
}

struct registration *behaviours_make(struct behaviours *behaviours, const int64_t *costs)
{
    if (!heap_grow(behaviours->heap, &behaviours->offers, &behaviours->offer_capacity,
                   behaviours->offer_count + 1, sizeof(behaviours->offers[0]))) {
        return NULL;
    }
    struct registration *made = arena_take_zeroed(&behaviours->arena, 1, sizeof(*made));
    if (made != NULL) {
        made->costs = costs;
    }
    return made;
}

void behaviours_add(struct behaviours *behaviours, struct registration *registration,
                    const struct cloacina_workflow *workflow)
{
    registration->workflow = workflow;
    registration->definition = workflow->definition;
    if (behaviours->last != NULL) {
        behaviours->last->next = registration;
    } else {
        behaviours->first = registration;
    }
    behaviours->last = registration;
    behaviours->offers[behaviours->offer_count++] =
        (struct dal_offer){.workflow = registration->definition};
}

/* Nearly always the one that was asked for last. An execution that was loaded from the store may
 * carry a definition of its own, rebuilt from JSON: then the hash decides. */
struct registration *behaviours_find(struct behaviours *behaviours,
                                     const struct workflow *definition)
{
    if (behaviours->found != NULL && behaviours->found->definition == definition) {
        return behaviours->found;
    }
    behaviours->found = behaviours_find_hash(behaviours, definition->hash);
    return behaviours->found;
}

struct registration *behaviours_find_hash(const struct behaviours *behaviours,
                                          struct hash128 definition)
{
    struct registration *at = behaviours->first;
    while (at != NULL && !hash128_equal(at->definition->hash, definition)) {
        at = at->next;
    }
    return at;
}

struct task_behaviour *registration_task(struct behaviours *behaviours,
                                         struct registration *registration, uint32_t task)
{
    if (registration->tasks == NULL) {
        registration->tasks =
            arena_take_zeroed(&behaviours->arena, registration->definition->task_count,
                              sizeof(registration->tasks[0]));
    }
    return registration->tasks == NULL ? NULL : &registration->tasks[task];
}

struct task_failure *task_failure_of(const struct task_behaviour *behaviour, uint32_t attempt)
{
    struct task_failure *failure = behaviour->failures;
    while (failure != NULL && failure->attempt != attempt) {
        failure = failure->next;
    }
    return failure;
}

/* ---- what was never used ---- */

static bool unused_of_task(const struct task_behaviour *behaviour, const char *task,
                           char *ret_message, size_t size)
{
    if (behaviour->has_cost && behaviour->cost_uses == 0) {
        (void)snprintf(ret_message, size, "cost of task '%s' was never used", task);
        return true;
    }
    if (behaviour->stub != NULL && behaviour->stub_uses == 0) {
        (void)snprintf(ret_message, size, "stub of task '%s' was never used", task);
        return true;
    }
    for (const struct task_failure *at = behaviour->failures; at != NULL; at = at->next) {
        if (at->uses == 0) {
            (void)snprintf(ret_message, size, "failure of task '%s', attempt %u, was never used",
                           task, at->attempt);
            return true;
        }
    }
    return false;
}

bool behaviours_unused(const struct behaviours *behaviours, char *ret_message, size_t size)
{
    for (const struct registration *at = behaviours->first; at != NULL; at = at->next) {
        for (uint32_t i = 0; at->tasks != NULL && i < at->definition->task_count; i++) {
            if (unused_of_task(&at->tasks[i], at->definition->tasks[i].name, ret_message, size)) {
                return true;
            }
        }
    }
    return false;
}
