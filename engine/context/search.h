/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - which writes has another view seen replaced?
 *
 * Internal to the view. */
#ifndef CONTEXT_SEARCH_H
#define CONTEXT_SEARCH_H

#include "base/heap.h"
#include "context/write.h"

/* A write of one view that the other view does not hold. */
struct candidate {
    const struct write *write;
    bool is_replaced; /* answer: the other view has seen it replaced */
};

/* Scratch that is used again by the next search. All-zero but for the heap to begin with. */
struct search {
    struct cloacina_heap *heap; /* Borrowed */
    struct candidate *candidates;
    size_t count; /* candidates */
    size_t open;  /* those without an answer yet */
    struct path path;
    uint32_t author_min, level_min; /* of the candidates */
    const struct write **heads; /* Owned: a heap of writes to look behind, highest author first */
    size_t head_count, head_capacity;
    bool has_failed; /* no memory; sticks */
};

void search_finish(struct search *search);

/* Marks those candidates that are replaced in the tree `other`. They are live in the tree `own` and
 * not in the other one, at one path, and ascend by author; none is marked yet. */
void search_replaced(struct search *search, struct candidate *candidates, size_t count,
                     const struct tree *own, const struct tree *other);

#endif
