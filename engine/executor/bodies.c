/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.c - giving a set of bodies back.
 *
 * Law: a set that the source lent is not freed here. */
#include "executor/bodies.h"

void body_set_finish(struct body_set *bodies)
{
    if (bodies->owned != NULL) {
        heap_give(bodies->heap, bodies->owned, bodies->count * sizeof(bodies->owned[0]));
    }
    *bodies = (struct body_set){0};
}
