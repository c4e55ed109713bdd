/* SPDX-License-Identifier: Apache-2.0 */
/* threads.h - the executor of production: a thread for each body that has begun and not returned.
 *
 *   start --> queue --> a worker takes it, and calls the next worker if there is more --> body
 *                          ^                                                               |
 *                          +---- the next in the queue, or idle: last one first (warm) <---+
 *
 * Only one worker at a time is on its way to the queue, so a burst of short bodies is done by the few
 * workers that the machine can run, and yet no body waits for another one to return. Workers are made
 * when they are needed and end after a while without work: their number is that of the bodies, those
 * parked in defer_until included.
 *
 * Laws: a thread takes no signals but those of its own faults. A job that was started is posted,
 * whatever fails: if no thread can be made it waits for one, or, where there is none at all, it has
 * failed with UNAVAILABLE. */
#ifndef EXECUTOR_THREADS_H
#define EXECUTOR_THREADS_H

#include <signal.h>

#include <cloacina/log.h>

#include "base/random.h"
#include "executor/executor.h"

struct threads;

enum { THREADS_STACK_SIZE = 256 * 1024 }; /* and a guard page */

/* Everything Borrowed outlives the threads, those left behind included. */
struct threads_options {
    struct cloacina_heap *heap;   /* required; thread-safe */
    struct cloacina_clock *clock; /* required; the system's */
    struct random *random;        /* required; thread-safe */
    struct cloacina_log *log;     /* NULL: silence */
    int64_t idle_ns;              /* a worker ends after so long without work; default 10 s */
};

/* NULL: no memory. */
struct threads *threads_create(const struct threads_options *options);

struct executor *threads_executor(struct threads *threads);

/* From now on no body begins: those that have not begun are posted as not begun. Thread-safe. */
void threads_stop(struct threads *threads);

/* Ends all workers, and waits for those that run no body. Bodies that have not returned are left
 * behind; when the last one has returned, its thread frees all this and calls `gone(user)`, which may
 * free what the attempts borrow. Without any, `gone` is called before this returns. Nothing is
 * started or cancelled meanwhile. */
void threads_destroy(struct threads *threads, void (*gone)(void *user), void *user);

/* Workers there are. Thread-safe. */
size_t threads_count(struct threads *threads);

/* A thread that is made meanwhile takes no signals, since they are the program's; but for those of a
 * fault in its own code, which are nobody else's. The caller sets `*ret_before` again. */
void threads_block_signals(sigset_t *ret_before);

#endif
