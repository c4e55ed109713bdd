/* SPDX-License-Identifier: Apache-2.0 */
/* changeset.h - everything one commit changes in one execution, and how to take it back.
 *
 *   execution_apply() --writes--> execution rows (in place)
 *                    \--appends-> changeset: row before, new events, deltas  --> dal_commit()
 *                                                  \--on conflict--> execution_undo()
 *
 * A row that changes twice in one changeset is listed once, with its oldest `before`. The `after`
 * of a change is the execution's row itself. */
#ifndef EXECUTION_CHANGESET_H
#define EXECUTION_CHANGESET_H

#include <stddef.h>

#include "base/heap.h"
#include "execution/rows.h"

struct delta;
struct view;

struct row_change {
    uint32_t task;
    struct task_row before;
    const struct task_row *after;   /* Borrowed from the execution */
    const struct view *view_before; /* Borrowed from the execution's arena */
};

/* What a completed attempt wrote. "Nothing" is written down too: a completed task without a record
 * is an error. */
struct delta_change {
    uint32_t task;
    uint32_t attempt;
    const struct delta *delta; /* Borrowed from the execution's arena; NULL = it wrote nothing */
};

/* Owned by the caller; arrays are reused from commit to commit. */
struct changeset {
    struct cloacina_heap *heap; /* Borrowed */
    bool is_open;               /* from the first change to accept or undo */
    struct execution_row before;
    /* Borrowed from the execution; revision and commit are the new ones. */
    const struct execution_row *after;
    struct row_change *rows;
    size_t row_count, row_capacity;
    struct event_row *events;
    size_t event_count, event_capacity;
    struct delta_change *deltas;
    size_t delta_count, delta_capacity;
};

void changeset_init(struct changeset *changeset, struct cloacina_heap *heap);
void changeset_finish(struct changeset *changeset);

#endif
