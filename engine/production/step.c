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

/* While a thread of the host waits for something, another one may take over the stepping, to shut
 * down: so it looks this often whether what it waits for has come. */
#define LOOK_AGAIN_NS (100 * NANOSECONDS_PER_MILLISECOND)

/* ---- one turn: a wait and a step ---- */

static enum cloacina_code step_locked(struct cloacina_runner *runner, struct cloacina_error *err)
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
    runner->deadline = next.deadline;
    return CLOACINA_OK;
}

static int64_t next_turn(struct cloacina_runner *runner, int64_t until)
{
    gate_lock(&runner->stepping);
    int64_t deadline = runner->deadline;
    gate_unlock(&runner->stepping);
    return deadline < until ? deadline : until;
}

enum cloacina_code step_turn(struct cloacina_runner *runner, int64_t until, int64_t *ret_deadline,
                             struct cloacina_error *err)
{
    bool has_hints;
    loop_wait(&runner->loop, next_turn(runner, until), &has_hints);
    gate_lock(&runner->stepping);
    runner->stepper = pthread_self();
    if (atomic_load(&runner->is_closed)) {
        gate_unlock(&runner->stepping);
        return cloacina_error_raise(err, CLOACINA_CANCELLED, "runner '%s': it has shut down",
                                    runner->name);
    }
    if (has_hints) {
        runner->store.dal.impl->take_hints(&runner->store.dal);
    }
    enum cloacina_code code = step_locked(runner, err);
    *ret_deadline = runner->deadline;
    gate_unlock(&runner->stepping);
    return code;
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
    int64_t look_again = call_deadline(runner, LOOK_AGAIN_NS);
    if (step_turn(runner, deadline < look_again ? deadline : look_again, &next, NULL) !=
        CLOACINA_OK) {
        (void)!cloacina_clock_wait_until(runner->clock, look_again, NULL);
    }
}

/* ---- the own thread ---- */

static void *thread_main(void *user)
{
    struct cloacina_runner *runner = user;
    int64_t deadline;
    enum cloacina_code code;
    do {
        code = step_turn(runner, INSTANT_NEVER, &deadline, NULL);
    } while (code == CLOACINA_OK && !atomic_load(&runner->is_ending));
    return NULL;
}

/* It takes no signals: they are the program's. */
enum cloacina_code step_thread_start(struct cloacina_runner *runner, struct cloacina_error *err)
{
    sigset_t before;
    threads_block_signals(&before);
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
