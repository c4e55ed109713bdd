/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h - a thread waits until another one has said something, or until a time.
 *
 *     waiting:  gate_lock; while (!said && gate_wait(gate, deadline)) {} gate_unlock
 *     saying:   gate_lock; said = true; gate_signal; gate_unlock
 *
 * Production only: in a world nobody waits. A gate may be finished by the waiter as soon as it has
 * the lock and what it waited for was said: `gate_unlock` of the other does not look back. */
#ifndef CLOCK_GATE_H
#define CLOCK_GATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Embedded where it is needed; fields private. */
struct gate {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

void gate_init(struct gate *gate);
void gate_finish(struct gate *gate);
void gate_lock(struct gate *gate);
void gate_unlock(struct gate *gate);
void gate_signal(struct gate *gate);    /* wakes one that waits; with the lock held */
void gate_broadcast(struct gate *gate); /* wakes all of them */

/* With the lock held: lets go of it, waits, takes it again. May return for no reason: ask again what
 * was waited for. `deadline` is on the system's monotonic clock, INT64_MAX: no limit; false: it has
 * come. */
bool gate_wait(struct gate *gate, int64_t deadline);

#endif
