/* SPDX-License-Identifier: Apache-2.0 */
/* id_map.c - linear probing, at most two thirds full.
 *
 * Law: no tombstones; a removal closes the gap by moving later entries of the same run back. */
#include "base/id_map.h"

#include <assert.h>

void id_map_init(struct id_map *map, struct cloacina_heap *heap)
{
    *map = (struct id_map){.heap = heap};
}

void id_map_finish(struct id_map *map)
{
    heap_give(map->heap, map->entries, map->capacity * sizeof(map->entries[0]));
    id_map_init(map, map->heap);
}

/* The place of `id`, or the free place where it would go. The map has at least one free place. */
static size_t place_of(const struct id_map *map, struct id id)
{
    size_t place = id_hash(id) & (map->capacity - 1);
    while (map->entries[place].value != NULL && !id_equal(map->entries[place].id, id)) {
        place = (place + 1) & (map->capacity - 1);
    }
    return place;
}

void *id_map_get(const struct id_map *map, struct id id)
{
    return map->capacity == 0 ? NULL : map->entries[place_of(map, id)].value;
}

static bool grow(struct id_map *map)
{
    struct id_map larger = {.heap = map->heap,
                            .capacity = map->capacity == 0 ? 16 : map->capacity * 2};
    larger.entries = heap_take_zeroed(map->heap, larger.capacity, sizeof(larger.entries[0]));
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->entries[i].value != NULL) {
            larger.entries[place_of(&larger, map->entries[i].id)] = map->entries[i];
        }
    }
    larger.count = map->count;
    heap_give(map->heap, map->entries, map->capacity * sizeof(map->entries[0]));
    *map = larger;
    return true;
}

bool id_map_put(struct id_map *map, struct id id, void *value)
{
    assert(value != NULL);
    if ((map->count + 1) * 3 > map->capacity * 2 && !grow(map)) {
        return false;
    }
    size_t place = place_of(map, id);
    assert(map->entries[place].value == NULL);
    map->entries[place] = (struct id_map_entry){.id = id, .value = value};
    map->count++;
    return true;
}

void id_map_remove(struct id_map *map, struct id id)
{
    if (id_map_get(map, id) == NULL) {
        return;
    }
    size_t mask = map->capacity - 1;
    size_t hole = place_of(map, id);
    for (size_t next = (hole + 1) & mask; map->entries[next].value != NULL;
         next = (next + 1) & mask) {
        size_t home = id_hash(map->entries[next].id) & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
            map->entries[hole] = map->entries[next];
            hole = next;
        }
    }
    map->entries[hole].value = NULL;
    map->count--;
}
