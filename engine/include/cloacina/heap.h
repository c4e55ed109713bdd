/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/heap.h - where memory comes from.
 *
 * Every allocation of the library goes through a heap, so that a test can count it, limit it, or
 * make it fail. One slot does everything: allocate (old == NULL), resize, and free
 * (new_size == 0). */
#ifndef CLOACINA_HEAP_H
#define CLOACINA_HEAP_H

#include <cloacina/error.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct cloacina_heap;

struct cloacina_heap_impl {
    /* Returns a block of `new_size` bytes, aligned for any type, with the first min(old_size,
     * new_size) bytes of `old` in it; `old` is gone then. NULL: no memory, and `old` is as it was.
     * With new_size 0: frees `old` (which may be NULL) and returns NULL. New bytes are
     * undefined. */
    void *(*resize)(struct cloacina_heap *heap, void *old, size_t old_size, size_t new_size);
};

/* Embed first in your own heap. Borrowed by everything created with it, which it must outlive. */
struct cloacina_heap {
    const struct cloacina_heap_impl *impl;
};

/* The C library's heap; static, usable from every thread. Wherever a heap may be NULL, this is
 * used. */
CLOACINA_API struct cloacina_heap *cloacina_heap_system(void);

#ifdef __cplusplus
}
#endif
#endif
