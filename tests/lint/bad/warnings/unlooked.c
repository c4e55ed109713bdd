/* SPDX-License-Identifier: Apache-2.0 */
/* unlooked.c - a bad sample: does not look at an answer. */
#include "base/heap.h"

void block_lose(struct cloacina_heap *heap);

void block_lose(struct cloacina_heap *heap)
{
    heap_take(heap, 1);
}
