/* SPDX-License-Identifier: Apache-2.0 */
/* tales.h - everything that one run told, kept in its order.
 *
 *   world --tell--> tales --+--> story_write       (story.h)      in English
 *                           +--> swimlane_write    (swimlane.h)   as a picture
 *
 * Law: what is kept is a copy; the world may be gone when it is read. */
#ifndef REPORT_TALES_H
#define REPORT_TALES_H

#include <stdbool.h>

#include "base/arena.h"
#include "world/tale.h"

/* One more is left out: nobody reads that far. */
enum { TALES_MAX = 200000 };

/* Owned by the caller; read freely. Hand `&tales.teller` to the world. */
struct tales {
    struct teller teller; /* first */
    struct arena arena;
    struct tale *list; /* Owned */
    size_t count, capacity;
    uint64_t left_out;
    bool failed; /* no memory: what is there is not all */
};

/* `heap` NULL means the system heap. */
void tales_init(struct tales *tales, struct cloacina_heap *heap);
void tales_finish(struct tales *tales);

#endif
