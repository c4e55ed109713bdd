/* SPDX-License-Identifier: Apache-2.0 */
/* arena.c - bump allocation in a list of growing blocks.
 *
 * Law: a block never moves, so pointers into an arena stay good until it is finished or reset. */
#include "base/arena.h"

#include <string.h>

enum { BLOCK_SIZE_FIRST = 1024, BLOCK_SIZE_LARGEST = 256 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* of the whole block, header included */
};

enum { HEADER_SIZE = (sizeof(struct arena_block) + 15) / 16 * 16 };

void arena_init(struct arena *arena, struct cloacina_heap *heap)
{
    *arena = (struct arena){
        .heap = heap != NULL ? heap : cloacina_heap_system(),
        .block_size = BLOCK_SIZE_FIRST,
    };
}

static void blocks_give(struct cloacina_heap *heap, struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;
        heap_give(heap, block, block->size);
        block = next;
    }
}

void arena_finish(struct arena *arena)
{
    blocks_give(arena->heap, arena->head);
    arena_init(arena, arena->heap);
}

void arena_reset(struct arena *arena)
{
    if (arena->head == NULL) {
        return;
    }
    blocks_give(arena->heap, arena->head->next);
    arena->head->next = NULL;
    arena->free = (char *)arena->head + HEADER_SIZE;
    arena->end = (char *)arena->head + arena->head->size;
}

/* A new head block with room for `size` bytes; false when there is no memory. */
static bool block_push(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - HEADER_SIZE) {
        return false;
    }
    size_t whole = size + HEADER_SIZE > arena->block_size ? size + HEADER_SIZE : arena->block_size;
    struct arena_block *block = heap_take(arena->heap, whole);
    if (block == NULL) {
        return false;
    }
    *block = (struct arena_block){.next = arena->head, .size = whole};
    arena->head = block;
    arena->free = (char *)block + HEADER_SIZE;
    arena->end = (char *)block + whole;
    if (arena->block_size < BLOCK_SIZE_LARGEST) {
        arena->block_size *= 2;
    }
    return true;
}

void *arena_take(struct arena *arena, size_t size)
{
    size_t mask = size < 16 ? 7 : 15;
    size_t padding = arena->free == NULL ? 0 : (size_t)(-(uintptr_t)arena->free & mask);
    size_t room = (size_t)(arena->end - arena->free);
    if (arena->free == NULL || room < padding || room - padding < size) {
        if (!block_push(arena, size)) {
            return NULL;
        }
        padding = 0;
    }
    char *taken = arena->free + padding;
    arena->free = taken + size;
    return taken;
}

void *arena_take_zeroed(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *taken = arena_take(arena, count * size);
    if (taken != NULL) {
        memset(taken, 0, count * size);
    }
    return taken;
}

char *arena_copy(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_take(arena, length + 1);
    if (copy != NULL) {
        if (length > 0) {
            memcpy(copy, bytes, length);
        }
        copy[length] = '\0';
    }
    return copy;
}
