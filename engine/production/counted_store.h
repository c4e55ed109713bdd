/* SPDX-License-Identifier: Apache-2.0 */
/* counted_store.h - stands between a runner and its store: counts the calls, notes when the store has
 * answered last, and tells the log when it falls silent and when it is back.
 *
 * Law: it changes nothing that goes through it. */
#ifndef PRODUCTION_COUNTED_STORE_H
#define PRODUCTION_COUNTED_STORE_H

#include <cloacina/clock.h>
#include <cloacina/log.h>

#include "dal/dal.h"

struct counted_store {
    struct dal dal;               /* first */
    struct dal *inner;            /* Owned */
    struct cloacina_clock *clock; /* Borrowed */
    struct cloacina_log *log;     /* Borrowed; may be NULL */
    const char *name;             /* Borrowed: of the runner */
    uint64_t calls;
    int64_t answered_at;
    uint64_t lease;
    bool is_silent;
    bool is_explained; /* the log has heard why it is silent */
};

/* Takes over `inner`; `dal_destroy(&store->dal)` destroys it and nothing else. */
void counted_store_init(struct counted_store *store, struct dal *inner,
                        struct cloacina_clock *clock, struct cloacina_log *log, const char *name);

#endif
