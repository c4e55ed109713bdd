/* SPDX-License-Identifier: Apache-2.0 */
/* id_map.h - from an id to whatever its owner keeps under it: open addressing, linear probing.
 *
 * Iteration over it is not offered: order must never come from a hash. */
#ifndef BASE_ID_MAP_H
#define BASE_ID_MAP_H

#include "base/heap.h"
#include "base/id.h"

struct id_map_entry {
    struct id id;
    void *value; /* NULL: the place is free */
};

/* Owned by the caller; fields private except `count`. */
struct id_map {
    struct cloacina_heap *heap;
    struct id_map_entry *entries;
    size_t capacity; /* 0 or a power of two */
    size_t count;
};

void id_map_init(struct id_map *map, struct cloacina_heap *heap);
void id_map_finish(struct id_map *map);
void *id_map_get(const struct id_map *map, struct id id); /* NULL: not there */
bool id_map_put(struct id_map *map, struct id id,
                void *value) MUST_CHECK;              /* new ids only; false: no memory */
void id_map_remove(struct id_map *map, struct id id); /* of an id that may be missing */

#endif
