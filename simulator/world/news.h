/* SPDX-License-Identifier: Apache-2.0 */
/* news.h - what the store's commits mean to the world: tales for the story, and moments for an
 * operator.
 *
 * Stands behind the trace and the checkers, and only where somebody listens or something may go
 * wrong.
 * Law: a tale of a row is told when it is stored, never when somebody wants to store it. */
#ifndef WORLD_NEWS_H
#define WORLD_NEWS_H

#include "dal/memory/memory.h"

struct cloacina_world;

/* Embedded in the world. */
struct news {
    struct memory_observer observer; /* first */
    struct cloacina_world *world;    /* Borrowed */
    uint32_t opener;                 /* the runner that is opening a lease now */
    uint32_t *owners;                /* Owned: of each lease, from 1, its runner */
    size_t owner_capacity;
};

void news_init(struct news *news, struct cloacina_world *world);
void news_finish(struct news *news);

#endif
