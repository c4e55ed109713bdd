/* SPDX-License-Identifier: Apache-2.0 */
/* ancestry.h - does one task depend on another, directly or through others?
 *
 * Law: the search goes up from the task, never past the ancestor's number, and visits a task once.
 * Its memory is taken at the first question that direct dependencies do not answer, and kept for
 * the next ones. */
#ifndef WORKFLOW_ANCESTRY_H
#define WORKFLOW_ANCESTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "workflow/workflow.h"

/* Owned by the caller; private. */
struct ancestry {
    struct cloacina_heap *heap;        /* Borrowed */
    const struct workflow_task *tasks; /* Borrowed */
    uint32_t count;
    uint32_t *visited; /* Owned: the last question that visited the task */
    uint32_t *stack;   /* Owned */
    uint32_t question;
};

void ancestry_init(struct ancestry *ancestry, const struct workflow_task *tasks, uint32_t count,
                   struct cloacina_heap *heap);
void ancestry_finish(struct ancestry *ancestry);

/* False: no memory. */
bool ancestry_depends(struct ancestry *ancestry, uint32_t task, uint32_t ancestor,
                      bool *ret_depends) MUST_CHECK;

#endif
