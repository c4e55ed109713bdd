/* SPDX-License-Identifier: Apache-2.0 */
/* host.h - the executor of a host that lends its own threads: bodies queue until it calls.
 *
 * Law: a body begins only within host_work. */
#ifndef EXECUTOR_HOST_H
#define EXECUTOR_HOST_H

#include <cloacina/log.h>

#include "base/random.h"
#include "executor/executor.h"

struct host;

/* Everything Borrowed outlives it. */
struct host_options {
    struct cloacina_heap *heap;     /* required; thread-safe */
    struct cloacina_clock *clock;   /* required; the system's */
    struct random *random;          /* required; thread-safe */
    struct cloacina_log *log;       /* NULL: silence */
    void (*has_queued)(void *user); /* required; thread-safe: one more body waits */
    void *user;
};

/* NULL: no memory. */
struct host *host_create(const struct host_options *options);

struct executor *host_executor(struct host *host);

/* Runs the body that has waited longest, to its end, in the calling thread. False: none was waiting.
 * Thread-safe. While the body waits, `meanwhile(user, deadline)` is called instead of blocking: it
 * does what else this thread has to do, up to that instant, and comes back early when that may have
 * ended the wait. NULL: the thread blocks. */
bool host_work(struct host *host, void (*meanwhile)(void *user, int64_t deadline), void *user);

/* From now on no body begins: those that have not begun are posted as not begun. Thread-safe. */
void host_stop(struct host *host);

/* No host_work is going on, and the attempts are still there. NULL is legal. */
void host_destroy(struct host *host);

#endif
