/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.h - what is behind the public struct cloacina_workflow: a definition, and the code for its
 * tasks.
 *
 * Law: the definition never points at the bodies; only this process knows them. */
#ifndef WORKFLOW_BODIES_H
#define WORKFLOW_BODIES_H

#include <stdatomic.h>

#include "base/arena.h"
#include "workflow/workflow.h"

/* The code of one task in this process. Borrowed pointers live as long as the workflow they came
 * with. */
struct task_body {
    /* NULL: not here. */
    enum cloacina_code (*run)(struct cloacina_task *task, struct cloacina_error *err);
    void *user;              /* Borrowed */
    const char *revision;    /* NULL: none */
    const char *description; /* NULL: none */
};

struct cloacina_workflow {
    atomic_uint references;
    struct arena arena;                /* holds this struct and all below but the definition */
    const struct workflow *definition; /* Owned reference */
    const struct task_body *bodies;    /* definition order */
    struct cloacina_workflow *whole;   /* Owned reference: what this is a subgraph of; or NULL */
    const char *description;           /* NULL: none */
    const char *file;                  /* where it was declared; NULL: unknown */
    int line;
    char hash[HASH_TEXT_SIZE];
};

/* One around a definition that was read somewhere, with code for its tasks: takes over the reference,
 * copies the entries, task_count of them. NULL: no memory; then the reference is still the
 * caller's. */
struct cloacina_workflow *workflow_with_bodies(const struct workflow *definition,
                                               const struct task_body *bodies,
                                               struct cloacina_heap *heap);

#endif
