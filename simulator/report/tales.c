/* SPDX-License-Identifier: Apache-2.0 */
/* tales.c - copies what a world tells.
 *
 * Law: telling never fails for the world; what was lost for want of memory is known at the end. */
#include "report/tales.h"

#include <stddef.h>

#include "base/heap.h"

static bool text_keep(struct arena *arena, struct text *text)
{
    *text = text_copy(arena, *text);
    return text->bytes != NULL;
}

static bool decision_keep(struct arena *arena, const struct decision **decision)
{
    if (*decision == NULL) {
        return true;
    }
    struct decision *copy = arena_take(arena, sizeof(*copy));
    if (copy == NULL) {
        return false;
    }
    *copy = **decision;
    *decision = copy;
    return text_keep(arena, &copy->label.task) && text_keep(arena, &copy->label.name);
}

static bool tale_keep(struct tales *tales, struct tale tale)
{
    struct arena *arena = &tales->arena;
    if (!heap_grow(arena->heap, &tales->list, &tales->capacity, tales->count + 1, sizeof(tale)) ||
        !text_keep(arena, &tale.task) || !text_keep(arena, &tale.text) ||
        !text_keep(arena, &tale.other) || !decision_keep(arena, &tale.decision)) {
        return false;
    }
    tales->list[tales->count++] = tale;
    return true;
}

static void tales_tell(struct teller *teller, const struct tale *tale)
{
    struct tales *tales = (struct tales *)teller;
    if (tales->count == TALES_MAX) {
        tales->left_out++;
    } else if (!tales->failed) {
        tales->failed = !tale_keep(tales, *tale);
    }
}

void tales_init(struct tales *tales, struct cloacina_heap *heap)
{
    *tales = (struct tales){.teller = {tales_tell}};
    arena_init(&tales->arena, heap);
}

void tales_finish(struct tales *tales)
{
    struct cloacina_heap *heap = tales->arena.heap;
    heap_give(heap, tales->list, tales->capacity * sizeof(*tales->list));
    arena_finish(&tales->arena);
    tales_init(tales, heap);
}
