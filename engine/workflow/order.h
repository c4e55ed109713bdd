/* SPDX-License-Identifier: Apache-2.0 */
/* order.h - definition order: Kahn's algorithm, smallest name first.
 *
 * Law: of all tasks whose dependencies have been placed, the one with the smallest name (by bytes)
 * comes next. So the order is a function of names and dependencies alone. */
#ifndef WORKFLOW_ORDER_H
#define WORKFLOW_ORDER_H

#include <stdint.h>

#include "workflow/draft.h"

/* Both arrays have one element per task; Owned, on the draft's heap. */
struct order {
    uint32_t *draft_of;    /* definition number -> number in the draft */
    uint32_t *position_of; /* number in the draft -> definition number */
    uint32_t count;
};

/* Every name of the draft must be a task. INVALID: a cycle, "shop.c:12: task 'a': depends on
 * itself: a -> b -> a". */
enum cloacina_code order_make(const struct workflow_draft *draft, struct order *ret_order,
                              struct cloacina_error *err) MUST_CHECK;
void order_finish(struct order *order, struct cloacina_heap *heap);

#endif
