/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c - a mutex and a condition with deadlines on the clock that counts suspend.
 *
 * Law: POSIX waits on clocks that stand still while the machine sleeps. So no wait lasts longer than
 * PIECE_NS; then the right clock is asked again. */
#include "clock/gate.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#include <cloacina/clock.h>

#include "base/instant.h"

#define PIECE_NS NANOSECONDS_PER_MINUTE

static void must(int status)
{
    assert(status == 0);
    (void)status;
}

void gate_init(struct gate *gate)
{
    pthread_condattr_t attributes;
    must(pthread_condattr_init(&attributes));
    must(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC));
    must(pthread_cond_init(&gate->changed, &attributes));
    must(pthread_condattr_destroy(&attributes));
    must(pthread_mutex_init(&gate->mutex, NULL));
}

void gate_finish(struct gate *gate)
{
    must(pthread_cond_destroy(&gate->changed));
    must(pthread_mutex_destroy(&gate->mutex));
}

void gate_lock(struct gate *gate)
{
    must(pthread_mutex_lock(&gate->mutex));
}

void gate_unlock(struct gate *gate)
{
    must(pthread_mutex_unlock(&gate->mutex));
}

void gate_signal(struct gate *gate)
{
    must(pthread_cond_signal(&gate->changed));
}

void gate_broadcast(struct gate *gate)
{
    must(pthread_cond_broadcast(&gate->changed));
}

bool gate_wait(struct gate *gate, int64_t deadline)
{
    if (deadline == INSTANT_NEVER) {
        must(pthread_cond_wait(&gate->changed, &gate->mutex));
        return true;
    }
    int64_t left = deadline - cloacina_clock_monotonic(cloacina_clock_system());
    if (left <= 0) {
        return false;
    }
    struct timespec until;
    must(clock_gettime(CLOCK_MONOTONIC, &until));
    int64_t nanoseconds = until.tv_nsec + (left < PIECE_NS ? left : PIECE_NS);
    until.tv_sec += (time_t)(nanoseconds / NANOSECONDS_PER_SECOND);
    until.tv_nsec = (long)(nanoseconds % NANOSECONDS_PER_SECOND);
    int status = pthread_cond_timedwait(&gate->changed, &gate->mutex, &until);
    assert(status == 0 || status == ETIMEDOUT);
    return true; /* whether it was the deadline is found out with the next call */
}
