/* SPDX-License-Identifier: Apache-2.0 */
/* lanes.c - a bitmap and the first word worth looking at. */
#include "world/lanes.h"

#include <string.h>

enum { LANES_PER_WORD = 64 };

void lanes_init(struct lanes *lanes, struct cloacina_heap *heap)
{
    *lanes = (struct lanes){.heap = heap};
}

void lanes_finish(struct lanes *lanes)
{
    heap_give(lanes->heap, lanes->words, lanes->capacity * sizeof(lanes->words[0]));
    lanes_init(lanes, lanes->heap);
}

bool lanes_take(struct lanes *lanes, uint32_t *ret_lane)
{
    while (lanes->first < lanes->capacity && lanes->words[lanes->first] == UINT64_MAX) {
        lanes->first++;
    }
    if (lanes->first == lanes->capacity) {
        size_t before = lanes->capacity;
        if (!heap_grow(lanes->heap, &lanes->words, &lanes->capacity, before + 1,
                       sizeof(lanes->words[0]))) {
            return false;
        }
        memset(lanes->words + before, 0, (lanes->capacity - before) * sizeof(lanes->words[0]));
    }
    uint32_t bit = TRAILING_ZEROS(~lanes->words[lanes->first]);
    lanes->words[lanes->first] |= UINT64_C(1) << bit;
    *ret_lane = (uint32_t)lanes->first * LANES_PER_WORD + bit;
    return true;
}

void lanes_give(struct lanes *lanes, uint32_t lane)
{
    size_t word = lane / LANES_PER_WORD;
    lanes->words[word] &= ~(UINT64_C(1) << lane % LANES_PER_WORD);
    lanes->first = word < lanes->first ? word : lanes->first;
}
