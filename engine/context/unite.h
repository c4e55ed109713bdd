/* SPDX-License-Identifier: Apache-2.0 */
/* unite.h - two trees of writes made one.
 *
 * Internal to the view. */
#ifndef CONTEXT_UNITE_H
#define CONTEXT_UNITE_H

#include "context/search.h"
#include "context/write.h"

/* Two trees being united. A `side`, 0 or 1, says which of them something comes from. */
struct uniting {
    struct planting planting;
    const struct tree *trees[2];
    struct search search;

    /* Owned scratch for one path. */
    struct candidate *candidates[2];
    size_t candidate_capacity[2];
    const struct write **known;
    size_t known_count, known_capacity;
};

void uniting_init(struct uniting *uniting, struct arena *arena);
void uniting_finish(struct uniting *uniting);

/* The writes of both trees, but for those that one of them has seen replaced. One of the two when
 * it says it all. Look at planting.has_failed at the end. */
const struct tree *trees_unite(struct uniting *uniting, const struct tree *one,
                               const struct tree *other);

#endif
