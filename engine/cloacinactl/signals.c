/* SPDX-License-Identifier: Apache-2.0 */
/* signals.c - waits for signals that nobody else gets. */
#include "cloacinactl/signals.h"

#include <string.h>

#include <cloacina/clock.h>

#include "base/instant.h"

#define ECHO_NS (100 * NANOSECONDS_PER_MILLISECOND)

void signals_block(struct signals *signals)
{
    *signals = (struct signals){.has_thread = false};
    sigemptyset(&signals->wanted);
    sigaddset(&signals->wanted, SIGTERM);
    sigaddset(&signals->wanted, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals->wanted, &signals->before);
}

static bool is_echo(const struct signals *signals, const siginfo_t *signal, int64_t now)
{
    return signal->si_signo == signals->last.si_signo && signal->si_pid == signals->last.si_pid &&
           now - signals->last_at < ECHO_NS;
}

void signals_wait(struct signals *signals)
{
    siginfo_t signal;
    int64_t now;
    do {
        while (sigwaitinfo(&signals->wanted, &signal) < 0) {
            /* Stopped and continued, or looked at by a debugger. */
        }
        now = cloacina_clock_monotonic(cloacina_clock_system());
    } while (is_echo(signals, &signal, now) && !atomic_load(&signals->is_over));
    signals->last = signal;
    signals->last_at = now;
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
