/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - the C library behind the heap interface.
 *
 * Law: sizes are multiplied here and nowhere else without a check. */
#include "base/heap.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *system_resize(struct cloacina_heap *heap, void *old, size_t old_size, size_t new_size)
{
    (void)heap;
    (void)old_size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, new_size);
}

struct cloacina_heap *cloacina_heap_system(void)
{
    static const struct cloacina_heap_impl impl = {.resize = system_resize};
    static struct cloacina_heap heap = {.impl = &impl};
    return &heap;
}

void *heap_take(struct cloacina_heap *heap, size_t size)
{
    return heap->impl->resize(heap, NULL, 0, size == 0 ? 1 : size);
}

void *heap_take_zeroed(struct cloacina_heap *heap, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *block = heap_take(heap, count * size);
    if (block != NULL) {
        memset(block, 0, count * size);
    }
    return block;
}

void heap_give(struct cloacina_heap *heap, void *block, size_t size)
{
    if (block != NULL) {
        (void)heap->impl->resize(heap, block, size == 0 ? 1 : size, 0);
    }
}

bool heap_grow_more(struct cloacina_heap *heap, void *array, size_t *capacity, size_t wanted,
                    size_t size)
{
    size_t next = *capacity + *capacity / 2 + 8;
    if (next < wanted) {
        next = wanted;
    }
    if (next > SIZE_MAX / size) {
        return false;
    }
    void *old;
    memcpy(&old, array, sizeof(old));
    void *block = heap->impl->resize(heap, old, *capacity * size, next * size);
    if (block == NULL) {
        return false;
    }
    memcpy(array, &block, sizeof(block));
    *capacity = next;
    return true;
}
