/* SPDX-License-Identifier: Apache-2.0 */
/* source_replay.c - a list answers: decisions that were taken before.
 *
 * Law: what is not in the list is calm, so any list is a legal run. */
#include "oracle/sources.h"

#include "base/compiler.h"
#include "base/hash.h"

struct replay_entry {
    uint64_t key;
    uint32_t number; /* 0: the place is free */
    struct choice choice;
};

static struct replay_entry *entry_place(const struct source_replay *replay, uint64_t key,
                                        uint32_t number)
{
    size_t mask = replay->capacity - 1;
    size_t place = (size_t)hash_mix(key, number) & mask;
    while (replay->entries[place].number != 0 &&
           (replay->entries[place].key != key || replay->entries[place].number != number)) {
        place = (place + 1) & mask;
    }
    return &replay->entries[place];
}

static struct choice find(struct source_replay *replay, const struct label *label, uint64_t key)
{
    struct choice calm = {FAULT_NONE, 0};
    if (replay->capacity == 0) {
        return calm;
    }
    const struct replay_entry *entry = entry_place(replay, key, label->number);
    if (entry->number == 0) {
        return calm;
    }
    replay->found++;
    return entry->choice;
}

static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    (void)now;
    return find(CONTAINER_OF(source, struct source_replay, source), label, key);
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    (void)bound; /* the oracle cuts what is too large */
    struct choice choice = find(CONTAINER_OF(source, struct source_replay, source), label, key);
    return choice.fault == FAULT_NUMBER ? (uint64_t)choice.amount : 0;
}

/* A power of two, at most half full. */
static size_t capacity_for(size_t count)
{
    size_t capacity = count == 0 ? 0 : 4;
    while (capacity / 2 < count) {
        capacity *= 2;
    }
    return capacity;
}

bool source_replay_init(struct source_replay *replay, struct cloacina_heap *heap,
                        const struct decision *decisions, size_t count)
{
    static const struct source_impl impl = {.ask = ask, .number = number};
    *replay = (struct source_replay){.source.impl = &impl, .heap = heap};
    size_t capacity = capacity_for(count);
    if (capacity == 0) {
        return true;
    }
    replay->entries = heap_take_zeroed(heap, capacity, sizeof(replay->entries[0]));
    if (replay->entries == NULL) {
        return false;
    }
    replay->capacity = capacity;
    for (size_t i = 0; i < count; i++) {
        const struct label *label = &decisions[i].label;
        uint64_t key = label_key(label);
        if (label->number != 0) { /* questions are counted from 1 */
            *entry_place(replay, key, label->number) =
                (struct replay_entry){key, label->number, decisions[i].choice};
        }
    }
    return true;
}

void source_replay_finish(struct source_replay *replay)
{
    if (replay->entries != NULL) {
        heap_give(replay->heap, replay->entries, replay->capacity * sizeof(replay->entries[0]));
    }
    replay->entries = NULL;
    replay->capacity = 0;
}
