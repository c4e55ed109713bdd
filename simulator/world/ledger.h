/* SPDX-License-Identifier: Apache-2.0 */
/* ledger.h - what bodies did to the outside, and how often under each key.
 *
 *   "payments.charge"            3 times, at most 2 under one key
 *   "payments.charge", "order-7" 2 times        <- somebody paid twice
 *   "payments.charge", "order-8" once
 *
 * Law: only what was applied is written down. An effect without a key counts for its name alone. */
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
    uint64_t total;
    uint64_t per_key_max;
};

void ledger_init(struct ledger *ledger, struct cloacina_heap *heap);
void ledger_finish(struct ledger *ledger);

/* Makes room for one effect, so that ledger_add cannot fail after the deed was done. `key` may be
 * NULL. False: no memory. */
bool ledger_reserve(struct ledger *ledger, const char *name, const char *key) MUST_CHECK;

/* The effect was applied; it must have been reserved. Returns a hash of name and key. */
uint64_t ledger_add(struct ledger *ledger, const char *name, const char *key);

/* How often `name` was applied, and how often under the key that has most; NULL: of all names. */
uint64_t ledger_effects(const struct ledger *ledger, const char *name);
uint64_t ledger_per_key_max(const struct ledger *ledger, const char *name);

#endif
