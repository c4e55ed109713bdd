/* SPDX-License-Identifier: Apache-2.0 */
/* signals.h - SIGTERM and SIGINT as something that is waited for.
 *
 *     signals_block(&signals);             before any thread is made: all inherit it
 *     signals_wait(&signals);              the first one
 *     signals_watch(&signals, f, user);    each further one is a call of f, on a thread of its own
 *     signals_unblock(&signals);           ends that thread, if there is one
 *
 * The same signal from the same process within 100 ms is an echo and not counted: timeout(1), for
 * one, sends each signal to its child and to its group.
 * Law: nothing runs in a signal handler; there is none. The program does this, never the library. */
#ifndef CLOACINACTL_SIGNALS_H
#define CLOACINACTL_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/compiler.h"

/* Owned by the caller, and stays where it is; fields private. */
struct signals {
    sigset_t wanted;
    sigset_t before;
    siginfo_t last; /* the one that was counted last, and when; si_signo 0: none */
    int64_t last_at;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_over;
    void (*arrived)(void *user);
    void *user;
};

void signals_block(struct signals *signals);
void signals_wait(struct signals *signals);

/* Once. UNAVAILABLE: no thread can be made. */
enum cloacina_code signals_watch(struct signals *signals, void (*arrived)(void *user), void *user,
                                 struct cloacina_error *err) MUST_CHECK;

/* Waits for a call that is going on. */
void signals_unblock(struct signals *signals);

#endif
