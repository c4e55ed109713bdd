/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c - how it is doing, copied out after each step. */
#include "production/production.h"

static void tell_zombies(const struct cloacina_runner *runner, uint32_t before, uint32_t now)
{
    if (now > before) {
        cloacina_log_print(runner->log, CLOACINA_LOG_WARNING,
                           "runner '%s': %u bodies were told to stop and did not in time",
                           runner->name, now);
    }
}

void figures_publish(struct cloacina_runner *runner)
{
    struct runner_counts counts;
    runner_count(runner->step, &counts);
    tell_zombies(runner, runner->figures.zombies, counts.zombies);
    gate_lock(&runner->figures_lock);
    runner->figures = (struct cloacina_runner_figures){
        .lease = counts.lease,
        .slots = runner->slots,
        .slots_used = counts.slots_used,
        .attempts = counts.attempts,
        .parked = counts.parked,
        .zombies = counts.zombies,
        .executions = counts.executions,
        .steps = counts.steps,
        .commits = counts.commits,
        .conflicts = counts.conflicts,
        .unknowns = counts.unknowns,
        .store_calls = runner->store.calls,
        .tasks_completed = counts.tasks_completed,
        .tasks_failed = counts.tasks_failed,
        .tasks_skipped = counts.tasks_skipped,
        .workflows_completed = counts.workflows_completed,
        .workflows_failed = counts.workflows_failed,
        .workflows_cancelled = counts.workflows_cancelled,
        .claims_recovered = counts.claims_recovered,
        .answered_at = runner->store.answered_at,
        .is_claiming = counts.is_claiming,
    };
    gate_unlock(&runner->figures_lock);
}

void cloacina_runner_look(const struct cloacina_runner *runner,
                          struct cloacina_runner_figures *ret_figures)
{
    struct gate *lock = (struct gate *)&runner->figures_lock; /* looking changes nothing else */
    gate_lock(lock);
    *ret_figures = runner->figures;
    gate_unlock(lock);
}
