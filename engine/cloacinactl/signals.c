/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - waits for signals that nobody else gets. */
#include "cloacinactl/signals.h"

#include <string.h>

void signals_block(struct signals *signals)
{
    *signals = (struct signals){.has_thread = false};
    sigemptyset(&signals->wanted);
    sigaddset(&signals->wanted, SIGTERM);
    sigaddset(&signals->wanted, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals->wanted, &signals->before);
}

void signals_wait(struct signals *signals)
{
    int number;
    while (sigwait(&signals->wanted, &number) != 0) {
        /* Nothing but a wrong set is an error, and this one is right. */
    }
}

static void *watch(void *argument)
{
    struct signals *signals = argument;
    for (;;) {
        signals_wait(signals);
        if (atomic_load(&signals->is_over)) {
            return NULL;
        }
        signals->arrived(signals->user);
    }
}

enum cloacina_code signals_watch(struct signals *signals, void (*arrived)(void *user), void *user,
                                 struct cloacina_error *err)
{
    signals->arrived = arrived;
    signals->user = user;
    int number = pthread_create(&signals->thread, NULL, watch, signals);
    if (number != 0) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "cannot make a thread: %s",
                                    strerror(number));
    }
    signals->has_thread = true;
    return CLOACINA_OK;
}

void signals_unblock(struct signals *signals)
{
    if (signals->has_thread) {
        atomic_store(&signals->is_over, true);
        (void)pthread_kill(signals->thread, SIGTERM); /* wakes it, and nobody else */
        (void)pthread_join(signals->thread, NULL);
        signals->has_thread = false;
    }
    (void)pthread_sigmask(SIG_SETMASK, &signals->before, NULL);
}
