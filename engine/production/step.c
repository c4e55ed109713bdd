/* SPDX-License-Identifier: Apache-2.0 */
/* step.c - who steps, when, and how that ends.
 *
 *   own thread:  step --> sleep until the deadline or a wake --> step ...
 *   the host's:  the same, when the host calls; and whenever its thread would wait for the runner
 *
 * Law: one thread steps at a time, and no user code runs there. */
#include <signal.h>

#include "base/instant.h"
#include "production/production.h"

/* ---- one step ---- */

static enum cloacina_code step_locked(struct cloacina_runner *runner, int64_t *ret_deadline,
                                      struct cloacina_error *err)
{
    struct dal *dal = &runner->store.dal;
    struct runner_next next;
    do {
        loop_begin(&runner->loop);
        enum cloacina_code code = runner_step(runner->step, &next, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        dal->impl->take_hints(dal); /* what came in beside the answers */
        loop_watch(&runner->loop, dal->impl->descriptor(dal));
        figures_publish(runner);
    } while (!atomic_load(&runner->is_ending) && !loop_may_sleep(&runner->loop));
    *ret_deadline = next.deadline;
    return CLOACINA_OK;
}

enum cloacina_code step_once(struct cloacina_runner *runner, int64_t *ret_deadline,
                             struct cloacina_error *err)
{
    gate_lock(&runner->stepping);
    runner->stepper = pthread_self();
    enum cloacina_code code =
        atomic_load(&runner->is_closed)
            ? cloacina_error_raise(err, CLOACINA_CANCELLED, "runner '%s': it has shut down",
                                   runner->name)
            : step_locked(runner, ret_deadline, err);
    gate_unlock(&runner->stepping);
    return code;
}

static void wait(struct cloacina_runner *runner, int64_t deadline)
{
    struct dal *dal = &runner->store.dal;
    bool has_hints;
    loop_wait(&runner->loop, deadline, &has_hints);
    if (has_hints) {
        dal->impl->take_hints(dal);
    }
}

/* ---- the host's thread ---- */

bool step_is_mine(struct cloacina_runner *runner)
{
    if (runner->has_thread) {
        return false;
    }
    gate_lock(&runner->stepping);
    bool is_mine = pthread_equal(runner->stepper, pthread_self());
    gate_unlock(&runner->stepping);
    return is_mine;
}

void step_meanwhile(void *user, int64_t deadline)
{
    struct cloacina_runner *runner = user;
    int64_t next;
    if (step_once(runner, &next, NULL) == CLOACINA_OK) {
        wait(runner, next < deadline ? next : deadline);
    }
}

/* ---- the own thread ---- */

static void *thread_main(void *user)
{
    struct cloacina_runner *runner = user;
    int64_t deadline;
    while (step_once(runner, &deadline, NULL) == CLOACINA_OK && !atomic_load(&runner->is_ending)) {
        wait(runner, deadline);
    }
    return NULL;
}

/* It takes no signals: they are the program's. */
enum cloacina_code step_thread_start(struct cloacina_runner *runner, struct cloacina_error *err)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    runner->has_thread = pthread_create(&runner->thread, NULL, thread_main, runner) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return runner->has_thread
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                      "runner '%s': no thread could be made for it", runner->name);
}

void step_thread_end(struct cloacina_runner *runner)
{
    if (runner->has_thread) {
        atomic_store(&runner->is_ending, true);
        loop_wake(&runner->loop);
        (void)pthread_join(runner->thread, NULL);
    }
}
