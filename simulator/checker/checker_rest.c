/* SPDX-License-Identifier: Apache-2.0 */
/* checker_rest.c - what must hold when nothing moves any more; and two runs of one seed.
 *
 * Law: an execution that is not over at rest waits for somebody who can be named: an operator
 * (paused), or a runner that has the body (Ready, not offered). Everything else is a broken
 * promise, however quiet it looks. */
#include "checker/checker_shadow.h"

#include "execution/state.h"

/* ---- I-07 ---- */

static bool may_wait(const struct checkers *checkers, const struct checked_execution *execution,
                     uint32_t task)
{
    const struct checkers_options *options = &checkers->options;
    if (execution->row.status == EXECUTION_PAUSED) {
        return true;
    }
    return options->is_offered != NULL &&
           !options->is_offered(options->user, 0, execution->workflow, task);
}

static bool tasks_judge(struct checkers *checkers, const struct checked_execution *execution)
{
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        uint8_t status = execution->tasks[task].status;
        if (status == TASK_RUNNING) {
            return checkers_report(
                checkers, "I-07", execution, task,
                "is Running, claimed with token %llu.%llu, and nothing is left that could end it",
                (unsigned long long)execution->tasks[task].claim.lease,
                (unsigned long long)execution->tasks[task].claim.serial);
        }
        if (status == TASK_READY && !may_wait(checkers, execution, task)) {
            return checkers_report(checkers, "I-07", execution, task,
                                   "is Ready and offered, and nothing is left that could claim it");
        }
    }
    return true;
}

static bool executions_judge(struct checkers *checkers)
{
    for (const struct checked_execution *execution = checkers->first; execution != NULL;
         execution = execution->next) {
        if (!execution_status_is_terminal(execution->row.status) &&
            !tasks_judge(checkers, execution)) {
            return false;
        }
    }
    return true;
}

/* ---- I-24 ---- */

static bool figure_judge(struct checkers *checkers, const char *name, uint64_t found,
                         uint64_t baseline)
{
    return found == baseline ||
           checkers_report(checkers, "I-24", NULL, TASK_NONE,
                           "at rest there are %llu %s; before, there were %llu",
                           (unsigned long long)found, name, (unsigned long long)baseline);
}

static uint64_t leases_count(const struct checkers *checkers)
{
    uint64_t open = 0;
    for (size_t i = 0; i < checkers->lease_count; i++) {
        open += checkers->leases[i].is_open;
    }
    return open;
}

static uint64_t unfinished_count(const struct checkers *checkers)
{
    uint64_t unfinished = 0;
    for (const struct checked_execution *execution = checkers->first; execution != NULL;
         execution = execution->next) {
        unfinished += !execution_status_is_terminal(execution->row.status);
    }
    return unfinished;
}

static bool figures_judge(struct checkers *checkers, const struct checkers_rest *rest)
{
    const struct checkers_figures *found = &rest->found;
    const struct checkers_figures *baseline = &rest->baseline;
    if (checkers->body_count != found->bodies) {
        return checkers_report(checkers, "I-24", NULL, TASK_NONE,
                               "%zu bodies were started and have not ended, but the executors have "
                               "%llu",
                               checkers->body_count, (unsigned long long)found->bodies);
    }
    if (rest->started != 0 && rest->started != checkers->started) {
        return checkers_report(checkers, "I-25", NULL, TASK_NONE,
                               "%llu bodies were started, but the world has counted %llu",
                               (unsigned long long)checkers->started,
                               (unsigned long long)rest->started);
    }
    if (found->executions > unfinished_count(checkers) * found->leases) {
        return checkers_report(checkers, "I-24", NULL, TASK_NONE,
                               "%llu runners keep %llu executions, but only %llu are not over",
                               (unsigned long long)found->leases,
                               (unsigned long long)found->executions,
                               (unsigned long long)unfinished_count(checkers));
    }
    return figure_judge(checkers, "slots in use", found->slots, baseline->slots) &&
           figure_judge(checkers, "attempts", found->attempts, baseline->attempts) &&
           figure_judge(checkers, "bodies", found->bodies, baseline->bodies) &&
           figure_judge(checkers, "bodies in coroutines", found->coroutines,
                        baseline->coroutines) &&
           figure_judge(checkers, "timers", found->timers, baseline->timers) &&
           figure_judge(checkers, "leases of living runners", found->leases, baseline->leases) &&
           figure_judge(checkers, "open leases in the store", leases_count(checkers),
                        found->leases);
}

void checkers_settled(struct checkers *checkers, const struct checkers_rest *rest)
{
    if (!checkers_have_ended(checkers) && checkers_judge_late(checkers) &&
        executions_judge(checkers) && figures_judge(checkers, rest) && rest->store != NULL) {
        (void)store_judge(checkers, rest->store);
    }
}

void checkers_judge_store(struct checkers *checkers, struct dal *store)
{
    for (struct checked_execution *execution = checkers->first; execution != NULL;
         execution = execution->next) {
        execution->is_changed = true;
    }
    if (!checkers_have_ended(checkers)) {
        (void)store_judge(checkers, store);
    }
}

/* ---- I-29 ---- */

enum cloacina_code checkers_compare_traces(uint64_t seed, struct hash128 first,
                                           struct hash128 second, struct cloacina_error *err)
{
    char texts[2][HASH_TEXT_SIZE];
    if (hash128_equal(first, second)) {
        return CLOACINA_OK;
    }
    hash128_print(first, texts[0]);
    hash128_print(second, texts[1]);
    return cloacina_error_set(err, "I-29: seed %llu left two traces: %s, then %s",
                              (unsigned long long)seed, texts[0], texts[1]);
}
