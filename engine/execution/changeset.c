/* SPDX-License-Identifier: Apache-2.0 */
/* changeset.c - the arrays of one commit.
 *
 * Law: arrays keep their memory from commit to commit; a steady execution allocates nothing
 * here. */
#include "execution/changeset.h"

void changeset_init(struct changeset *changeset, struct cloacina_heap *heap)
{
    *changeset = (struct changeset){.heap = heap};
}

void changeset_finish(struct changeset *changeset)
{
    struct cloacina_heap *heap = changeset->heap;
    heap_give(heap, changeset->rows, changeset->row_capacity * sizeof(changeset->rows[0]));
    heap_give(heap, changeset->events, changeset->event_capacity * sizeof(changeset->events[0]));
    heap_give(heap, changeset->deltas, changeset->delta_capacity * sizeof(changeset->deltas[0]));
    changeset_init(changeset, heap);
}
