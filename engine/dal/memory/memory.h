/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - the store that is a data structure: for unit tests, worlds and reference.
 *
 * It is the model the other stores are compared with: one thread, no I/O, every call atomic.
 * Leases, revisions, guards and the change feed are real; only durability is missing. An observer
 * sees every commit as it is applied; that is how a world's checkers learn what the store really
 * changed. */
#ifndef DAL_MEMORY_MEMORY_H
#define DAL_MEMORY_MEMORY_H

#include <cloacina/clock.h>

#include "dal/dal.h"

/* Called inside the commit, after it was applied. `changeset` has the rows before and after. A
 * submission calls `submitted` and then `committed` with the same changeset. */
struct memory_observer {
    void (*submitted)(struct memory_observer *observer, const struct dal_write *write);
    void (*committed)(struct memory_observer *observer, const struct changeset *changeset);
    void (*lease_opened)(struct memory_observer *observer, uint64_t lease);
    void (*lease_closed)(struct memory_observer *observer, uint64_t lease);
};

/* `clock` gives store time (Borrowed; outlives the store). `heap` NULL: the system heap. NULL: no
 * memory. */
struct dal *dal_memory_create(struct cloacina_heap *heap, struct cloacina_clock *clock);

/* At most one; NULL takes it off. Borrowed. Put it on before the first lease is opened. */
void dal_memory_observe(struct dal *dal, struct memory_observer *observer);

/* Executions that are not over, and tasks that a poll with these offers could claim now or later
 * (Ready, in an execution that is neither paused nor over): what a world asks before it says that
 * nothing is left to do. */
size_t dal_memory_active_count(const struct dal *dal);
bool dal_memory_has_work(const struct dal *dal, const struct dal_offer *offers, size_t offer_count);

#endif
