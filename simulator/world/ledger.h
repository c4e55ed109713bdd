/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - what bodies did to the outside, and how often under each key.
 *
 *   "payments.charge"            3 times, at most 2 under one key; 4 calls, 1 reply was lost
 *   "payments.charge", "order-7" 2 times        <- somebody paid twice
 *   "payments.charge", "order-8" once
 *
 * Laws: a deed is what was applied; calls are counted beside it. An effect without a key counts for
 * its name alone. */
#ifndef SIMULATOR_LEDGER_H
#define SIMULATOR_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

struct ledger_entry;

/* Owned by the caller; fields private. */
struct ledger {
    struct cloacina_heap *heap;
    struct arena arena;           /* entries and their texts */
    struct ledger_entry **places; /* Owned: open addressing; NULL is free */
    size_t capacity;              /* 0 or a power of two */
    size_t count;
    uint64_t changes; /* counts up with everything that is written down */
    uint64_t total;
    uint64_t calls;
    uint64_t replies_lost;
    uint64_t per_key_max;
};

void ledger_init(struct ledger *ledger, struct cloacina_heap *heap);
void ledger_finish(struct ledger *ledger);

/* Somebody calls: makes room for the effect, so that ledger_add cannot fail after the deed was
 * done. `key` may be NULL. False: no memory. */
bool ledger_call(struct ledger *ledger, const char *name, const char *key) MUST_CHECK;

/* The effect was applied; it must have been called. Returns a hash of name and key. */
uint64_t ledger_add(struct ledger *ledger, const char *name, const char *key);

/* It was applied, and its caller did not learn it. */
void ledger_lose_reply(struct ledger *ledger, const char *name);

/* How often `name` was applied, and how often under the key that has most; NULL: of all names. */
uint64_t ledger_effects(const struct ledger *ledger, const char *name);
uint64_t ledger_per_key_max(const struct ledger *ledger, const char *name);

/* How often it was called, done or not, and how many replies were lost; NULL: of all names. */
uint64_t ledger_calls(const struct ledger *ledger, const char *name);
uint64_t ledger_replies_lost(const struct ledger *ledger, const char *name);

/* How often the deed was done under this key; `key` NULL: whatever the key. */
uint64_t ledger_deeds(const struct ledger *ledger, const char *name, const char *key);

#endif
