/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.h - where bodies come from: the code of this process for tasks of any definition.
 *
 *   definition from a store --bind--> body_set: one entry per task,
 *                                     .run NULL where the code is not here
 *
 * A runner asks; whoever keeps the code answers (the registry). Filled before a runner is created,
 * then only read. */
#ifndef EXECUTOR_BODIES_H
#define EXECUTOR_BODIES_H

#include "base/heap.h"
#include "workflow/bodies.h"

struct body_source;

/* The bodies of one definition. */
struct body_set {
    const struct task_body *tasks; /* one per task, definition order; .run NULL: not here */
    uint32_t missing;              /* how many are not here */
    struct task_body *owned;       /* private; NULL when `tasks` belongs to the source */
    uint32_t count;
    struct cloacina_heap *heap;
};

struct body_source_impl {
    /* Every workflow that has bodies here, in an order that does not change. Borrowed. */
    struct cloacina_workflow *const *(*list)(const struct body_source *source, size_t *ret_count);

    /* Matched by (tenant, package, workflow, task); lives no longer than the source. False: no
     * memory. */
    bool (*bind)(const struct body_source *source, const struct workflow *workflow,
                 struct body_set *ret_bodies);
};

/* Embed first. */
struct body_source {
    const struct body_source_impl *impl;
};

void body_set_finish(struct body_set *bodies); /* all-zero is legal */

#endif
