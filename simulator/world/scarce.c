/* SPDX-License-Identifier: Apache-2.0 */
/* scarce.c - count down, and pass on.
 *
 * Law: a request that shrinks a block is no request for more. */
#include "world/scarce.h"

static void *scarce_resize(struct cloacina_heap *base, void *old, size_t old_size, size_t new_size)
{
    struct scarce_heap *heap = (struct scarce_heap *)base;
    if (heap->fails > 0 && new_size > old_size) {
        heap->fails--;
        heap->failed++;
        return NULL;
    }
    return heap->full->impl->resize(heap->full, old, old_size, new_size);
}

void scarce_heap_init(struct scarce_heap *heap, struct cloacina_heap *full)
{
    static const struct cloacina_heap_impl impl = {.resize = scarce_resize};
    *heap = (struct scarce_heap){.heap.impl = &impl, .full = full};
}
