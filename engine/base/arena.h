/* SPDX-License-Identifier: Apache-2.0 */
/* arena.h - memory that is freed all at once.
 *
 *   head -> [block | used.... free..] -> [block | full] -> NULL
 *
 * For things that die together: one execution, one attempt, one parsed document. Nothing is freed
 * singly. Blocks grow from 1 KiB to 256 KiB; a larger request gets a block of its own. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"

struct arena_block;

/* Owned by the caller; all fields private. Not thread-safe. */
struct arena {
    struct cloacina_heap *heap; /* Borrowed; outlives the arena */
    struct arena_block *head;   /* Owned */
    char *free;
    char *end;
    size_t block_size;
};

/* Allocates nothing. `heap` NULL means the system heap. */
void arena_init(struct arena *arena, struct cloacina_heap *heap);

/* Frees everything; the arena is as after arena_init. */
void arena_finish(struct arena *arena);

/* Forgets everything but keeps the newest block for reuse. */
void arena_reset(struct arena *arena);

/* Uninitialised memory aligned to 16 bytes (sizes below 16: to 8), or NULL when there is none. Size
 * 0 is legal. */
void *arena_take(struct arena *arena, size_t size) MUST_CHECK;

/* count * size zeroed bytes, or NULL (also when the product overflows). */
void *arena_take_zeroed(struct arena *arena, size_t count, size_t size) MUST_CHECK;

/* A copy of `length` bytes with a NUL behind them, or NULL. */
char *arena_copy(struct arena *arena, const char *bytes, size_t length) MUST_CHECK;

#endif
