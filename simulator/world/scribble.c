/* SPDX-License-Identifier: Apache-2.0 */
/* scribble.c - every block a little larger, and filled. */
#include "world/scribble.h"

#include <string.h>

/* Keeps the alignment that every heap promises. */
enum { BLOCK_UNIT = 16, SHIFTS = 8 };

static size_t shift_of(const struct scribble *scribble)
{
    return (size_t)(1 + scribble->pattern % SHIFTS) * BLOCK_UNIT;
}

static void *resize(struct cloacina_heap *heap, void *old, size_t old_size, size_t new_size)
{
    const struct scribble *scribble = (const struct scribble *)heap;
    struct cloacina_heap *inner = scribble->inner;
    size_t shift = shift_of(scribble);
    char *block = old == NULL ? NULL : (char *)old - shift;
    size_t whole = old == NULL ? 0 : old_size + shift;
    if (new_size == 0 || new_size > SIZE_MAX - shift) {
        return new_size == 0 ? inner->impl->resize(inner, block, whole, 0) : NULL;
    }
    char *made = inner->impl->resize(inner, block, whole, new_size + shift);
    if (made == NULL) {
        return NULL;
    }
    if (new_size > old_size) {
        memset(made + shift + old_size, scribble->pattern, new_size - old_size);
    }
    return made + shift;
}

static size_t ballast_size(size_t block)
{
    return (block + 1) * BLOCK_UNIT;
}

void scribble_init(struct scribble *scribble, struct cloacina_heap *inner, uint8_t pattern)
{
    static const struct cloacina_heap_impl impl = {.resize = resize};
    *scribble = (struct scribble){.heap.impl = &impl, .inner = inner, .pattern = pattern};
    for (size_t i = 0; i < SCRIBBLE_BALLAST; i++) {
        scribble->ballast[i] = heap_take(inner, ballast_size(i));
    }
}

void scribble_finish(struct scribble *scribble)
{
    for (size_t i = 0; scribble->pattern != 0 && i < SCRIBBLE_BALLAST; i++) {
        heap_give(scribble->inner, scribble->ballast[i], ballast_size(i));
    }
    *scribble = (struct scribble){.pattern = 0};
}
