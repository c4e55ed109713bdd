/* SPDX-License-Identifier: Apache-2.0 */
/* loop.h - what a runner sleeps on, and what wakes it.
 *
 *   epoll --+-- wake: an eventfd, written only when somebody sleeps on it
 *           +-- the store's descriptor, as of the last step
 *           `-- bodies: an eventfd that counts what waits for the host; only where the host steps
 *
 *   AWAKE --may_sleep--> SLEEPING --wake--> WOKEN (and written)
 *     `------------wake-----------------> WOKEN --may_sleep: no--> AWAKE
 *
 * Law: a wake between `begin` and `may_sleep` is never lost, and costs no system call. */
#ifndef PRODUCTION_LOOP_H
#define PRODUCTION_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/compiler.h"

struct loop {
    int epoll;
    int wake;
    int bodies;
    int store; /* -1: none */
    _Atomic(int) state;
};

/* On an error nothing is open. IO. */
enum cloacina_code loop_open(struct loop *loop, struct cloacina_error *err) MUST_CHECK;

/* Wakes are legal after it, and do nothing. */
void loop_close(struct loop *loop);

/* A step begins: what wakes from now on asks for another one. */
void loop_begin(struct loop *loop);

/* A step has ended; false: it was woken meanwhile. */
bool loop_may_sleep(struct loop *loop);

/* Thread-safe, never blocks. */
void loop_wake(struct loop *loop);

/* The store's descriptor now; -1: it has none. */
void loop_watch(struct loop *loop, int store);

/* Waits until something is readable, or until `deadline` on the system's monotonic clock (0: only
 * looks). `*ret_has_hints`: the store's descriptor is. */
void loop_wait(struct loop *loop, int64_t deadline, bool *ret_has_hints);

/* Bodies that wait for the host: one more, one less. The descriptor `bodies` is readable while there
 * are any; `loop_watch_bodies` makes that wake whoever waits for the loop. */
void loop_body_add(struct loop *loop);
void loop_body_take(struct loop *loop);
void loop_watch_bodies(struct loop *loop);

#endif
