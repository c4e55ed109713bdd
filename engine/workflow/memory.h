/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - what a workflow owns; private to build.c and workflow.c.
 *
 *   workflow_memory [ references | workflow ]     one block of the heap
 *        |-- arena: names, tasks, edges, rules, policies (taken over from the draft)
 *        |-- slots: hash table of names             (taken over from the draft)
 *        |-- json */
#ifndef WORKFLOW_MEMORY_H
#define WORKFLOW_MEMORY_H

#include <stdatomic.h>

#include "base/arena.h"
#include "workflow/workflow.h"

struct workflow_memory {
    atomic_uint references;
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;
    uint32_t *slots; /* Owned: 1 + number of a task, 0 = free; searched as name_slot() says */
    size_t slot_count;
    char *json;       /* Owned: the bytes of workflow.json */
    size_t json_size; /* of that block */
    struct workflow workflow;
};

/* Frees everything, whatever the count says. */
void workflow_memory_destroy(struct workflow_memory *memory);

#endif
