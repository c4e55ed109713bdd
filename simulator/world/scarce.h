/* SPDX-License-Identifier: Apache-2.0 */
/* scarce.h - a heap that has no memory for the next few requests: what FAULT_NO_MEMORY does to one
 * runner.
 *
 * Law: only requests for more fail; giving back always works. */
#ifndef WORLD_SCARCE_H
#define WORLD_SCARCE_H

#include <stdint.h>

#include "base/heap.h"

/* Owned by the caller; nothing to finish. */
struct scarce_heap {
    struct cloacina_heap heap;  /* first */
    struct cloacina_heap *full; /* Borrowed: where memory comes from otherwise */
    uint64_t fails;             /* so many requests more fail */
    uint64_t failed;            /* so many have failed */
};

void scarce_heap_init(struct scarce_heap *heap, struct cloacina_heap *full);

#endif
