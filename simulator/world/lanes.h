/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.h - the lowest free number: which row of a picture an attempt is drawn in.
 *
 *   lane 0  |--a--|--c--|          a and b run, a ends, c takes the lowest lane that is free
 *   lane 1  |-----b-----|
 *
 * Only for telling; nothing is decided by it. */
#ifndef SIMULATOR_LANES_H
#define SIMULATOR_LANES_H

#include <stdint.h>

#include "base/heap.h"

/* Owned by the caller; fields private. */
struct lanes {
    struct cloacina_heap *heap;
    uint64_t *words; /* Owned: a bit is set where a lane is taken */
    size_t capacity; /* words */
    size_t first;    /* no word before it has a free lane */
};

void lanes_init(struct lanes *lanes, struct cloacina_heap *heap);
void lanes_finish(struct lanes *lanes);

/* The lowest free lane. False: no memory. */
bool lanes_take(struct lanes *lanes, uint32_t *ret_lane) MUST_CHECK;
void lanes_give(struct lanes *lanes, uint32_t lane);

#endif
