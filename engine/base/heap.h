/* SPDX-License-Identifier: Apache-2.0 */
/* heap.h - short names for the heap interface, and the one growing-array rule. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <cloacina/heap.h>

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"

/* Uninitialised memory, or NULL. */
void *heap_take(struct cloacina_heap *heap, size_t size) MUST_CHECK;

/* Zeroed memory for count * size bytes, or NULL (also when the product overflows). */
void *heap_take_zeroed(struct cloacina_heap *heap, size_t count, size_t size) MUST_CHECK;

/* `size` is what was asked for. `block` may be NULL. */
void heap_give(struct cloacina_heap *heap, void *block, size_t size);

/* Makes room for `wanted` elements of `size` bytes in `*array`, whose capacity is `*capacity`;
 * grows by half again at least. False: no memory, nothing changed. `*array` may be NULL with
 * capacity 0. */
static inline bool heap_grow(struct cloacina_heap *heap, void *array, size_t *capacity,
                             size_t wanted, size_t size) MUST_CHECK;

/* The rest of heap_grow, when it is not enough. */
bool heap_grow_more(struct cloacina_heap *heap, void *array, size_t *capacity, size_t wanted,
                    size_t size) MUST_CHECK;

static inline bool heap_grow(struct cloacina_heap *heap, void *array, size_t *capacity,
                             size_t wanted, size_t size)
{
    return LIKELY(wanted <= *capacity) || heap_grow_more(heap, array, capacity, wanted, size);
}

#endif
