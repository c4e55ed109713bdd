/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.c - one entry per name and one per (name, key), in a table.
 *
 * Law: after a call nothing can fail: what the outside has seen is always written down. */
#include "world/ledger.h"

#include "base/hash.h"

enum { PLACES_MIN = 16 };

struct ledger_entry {
    struct text name;
    struct text key;
    bool has_key; /* false: the entry of the name itself */
    uint64_t hash;
    uint64_t count;
    uint64_t per_key_max; /* of a name: the largest count of its keys */
    uint64_t calls;       /* of a name, like the next */
    uint64_t replies_lost;
};

void ledger_init(struct ledger *ledger, struct cloacina_heap *heap)
{
    *ledger = (struct ledger){.heap = heap};
    arena_init(&ledger->arena, heap);
}

void ledger_finish(struct ledger *ledger)
{
    heap_give(ledger->heap, ledger->places, ledger->capacity * sizeof(ledger->places[0]));
    arena_finish(&ledger->arena);
    ledger_init(ledger, ledger->heap);
}

static uint64_t hash_entry(struct text name, const char *key)
{
    uint64_t hash = hash_of(name.bytes, name.length, 0);
    struct text text = text_of(key);
    return key == NULL ? hash : hash_of(text.bytes, text.length, hash);
}

static bool is_entry_of(const struct ledger_entry *entry, uint64_t hash, struct text name,
                        const char *key)
{
    return entry->hash == hash && entry->has_key == (key != NULL) &&
           text_equal(entry->name, name) && text_equal(entry->key, text_of(key));
}

/* The place where the entry is or belongs. The table has a free place. */
static struct ledger_entry **place_of(const struct ledger *ledger, uint64_t hash, struct text name,
                                      const char *key)
{
    size_t at = hash & (ledger->capacity - 1);
    while (ledger->places[at] != NULL && !is_entry_of(ledger->places[at], hash, name, key)) {
        at = (at + 1) & (ledger->capacity - 1);
    }
    return &ledger->places[at];
}

static struct ledger_entry *find(const struct ledger *ledger, struct text name, const char *key)
{
    return ledger->capacity == 0 ? NULL : *place_of(ledger, hash_entry(name, key), name, key);
}

/* Keeps a quarter of the places free, and two at least. */
static bool grow(struct ledger *ledger)
{
    size_t capacity = ledger->capacity == 0 ? PLACES_MIN : ledger->capacity * 2;
    if (ledger->count + 2 <= ledger->capacity / 4 * 3) {
        return true;
    }
    struct ledger_entry **places = heap_take_zeroed(ledger->heap, capacity, sizeof(places[0]));
    if (places == NULL) {
        return false;
    }
    struct ledger old = *ledger;
    ledger->places = places;
    ledger->capacity = capacity;
    for (size_t i = 0; i < old.capacity; i++) {
        struct ledger_entry *entry = old.places[i];
        if (entry != NULL) {
            const char *key = entry->has_key ? entry->key.bytes : NULL;
            *place_of(ledger, entry->hash, entry->name, key) = entry;
        }
    }
    heap_give(old.heap, old.places, old.capacity * sizeof(old.places[0]));
    return true;
}

static bool entry_make(struct ledger *ledger, struct text name, const char *key)
{
    uint64_t hash = hash_entry(name, key);
    struct ledger_entry **place = place_of(ledger, hash, name, key);
    if (*place != NULL) {
        return true;
    }
    struct ledger_entry *entry = arena_take_zeroed(&ledger->arena, 1, sizeof(*entry));
    if (entry == NULL) {
        return false;
    }
    *entry = (struct ledger_entry){
        .name = text_copy(&ledger->arena, name),
        .key = key == NULL ? text_of(NULL) : text_copy(&ledger->arena, text_of(key)),
        .has_key = key != NULL,
        .hash = hash,
    };
    if (entry->name.bytes == NULL || (key != NULL && entry->key.bytes == NULL)) {
        return false;
    }
    *place = entry;
    ledger->count++;
    return true;
}

bool ledger_call(struct ledger *ledger, const char *name, const char *key)
{
    bool has_room = grow(ledger) && entry_make(ledger, text_of(name), NULL) &&
                    (key == NULL || entry_make(ledger, text_of(name), key));
    if (has_room) {
        find(ledger, text_of(name), NULL)->calls++;
        ledger->calls++;
        ledger->changes++;
    }
    return has_room;
}

uint64_t ledger_add(struct ledger *ledger, const char *name, const char *key)
{
    struct ledger_entry *of_name = find(ledger, text_of(name), NULL);
    of_name->count++;
    ledger->total++;
    ledger->changes++;
    if (key == NULL) {
        return of_name->hash;
    }
    struct ledger_entry *of_key = find(ledger, text_of(name), key);
    uint64_t count = ++of_key->count;
    of_name->per_key_max = count > of_name->per_key_max ? count : of_name->per_key_max;
    ledger->per_key_max = count > ledger->per_key_max ? count : ledger->per_key_max;
    return of_key->hash;
}

void ledger_lose_reply(struct ledger *ledger, const char *name)
{
    find(ledger, text_of(name), NULL)->replies_lost++;
    ledger->replies_lost++;
    ledger->changes++;
}

/* ---- looking ---- */

/* The entry of a name. NULL is all names: then the sums of all; a name that is not there has
 * none. */
static struct ledger_entry entry_of(const struct ledger *ledger, const char *name)
{
    if (name == NULL) {
        return (struct ledger_entry){
            .count = ledger->total,
            .per_key_max = ledger->per_key_max,
            .calls = ledger->calls,
            .replies_lost = ledger->replies_lost,
        };
    }
    const struct ledger_entry *entry = find(ledger, text_of(name), NULL);
    return entry == NULL ? (struct ledger_entry){.count = 0} : *entry;
}

uint64_t ledger_effects(const struct ledger *ledger, const char *name)
{
    return entry_of(ledger, name).count;
}

uint64_t ledger_per_key_max(const struct ledger *ledger, const char *name)
{
    return entry_of(ledger, name).per_key_max;
}

uint64_t ledger_calls(const struct ledger *ledger, const char *name)
{
    return entry_of(ledger, name).calls;
}

uint64_t ledger_replies_lost(const struct ledger *ledger, const char *name)
{
    return entry_of(ledger, name).replies_lost;
}

uint64_t ledger_deeds(const struct ledger *ledger, const char *name, const char *key)
{
    const struct ledger_entry *entry = find(ledger, text_of(name), key);
    return entry == NULL ? 0 : entry->count;
}
