/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h - does something start when something could? (I-27)
 *
 *   calm for a lease's life ... a Ready, due, offered task; a living runner that idles with a free
 *   slot; and for longer than a runner sleeps no attempt has started: a broken promise
 *
 * It says what could have been started and what did not move. A legitimate stall (nobody has the
 * body, all slots taken, paused, not due) is none.
 * Law: looking costs a comparison as long as attempts start. */
#ifndef WORLD_PROGRESS_H
#define WORLD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

struct cloacina_world;

/* Embedded in the world; all-zero at its start. */
struct progress {
    uint64_t attempts; /* started when it looked last */
    int64_t since;     /* when that many had started */
    /* What could have been started since `suspected_at`, if that is not 0. */
    int64_t suspected_at;
    struct id execution;
    uint32_t task;
    uint64_t revision;
};

/* Before time moves: nothing is left to do at the present instant. */
void progress_look(struct cloacina_world *world);

/* Ends the run with this violation: what has been seen (a line), and what every active execution
 * waits for. `id` is static. */
void progress_stalled(struct cloacina_world *world, const char *id, bool is_limit,
                      const char *what);

#endif
