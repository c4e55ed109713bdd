/* SPDX-License-Identifier: Apache-2.0 */
/* checker_decision.c - when a task may be decided, and how it must be.
 *
 *   dependency ends --> gate of each dependent: pending - 1, blocking or worked + 1
 *                                pending = 0 --> decided in the same commit, unless paused (I-06)
 *
 *   no rule:  blocking > 0 --> skipped (upstream_failed)
 *             worked = 0   --> skipped (upstream_skipped), unless it is a root
 *             else         --> Ready
 *   a rule:   it alone says: Ready or skipped (rule)
 *
 * Law: a task is decided once, when all its dependencies have ended, never earlier (I-04). */
#include "checker/checker_shadow.h"

#include "checker/model.h"
#include "context/value.h"
#include "execution/state.h"

/* ---- gates ---- */

void gates_shift(struct checked_execution *execution, uint32_t task, int by)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    const struct checked_task *ended = &execution->tasks[task];
    uint32_t step = (uint32_t)by; /* modulo 2^32: adding it to a count counts down */
    uint32_t worked = ended->status != TASK_SKIPPED ? step : 0;
    uint32_t blocking =
        ended->status == TASK_FAILED || ended->skip == SKIP_UPSTREAM_FAILED ? step : 0;
    for (uint32_t i = 0; i < definition->dependent_count; i++) {
        uint32_t dependent = definition->dependents[i];
        struct checked_gate *gate = &execution->gates[dependent];
        bool was_open = gate->pending == 0;
        gate->pending -= step;
        gate->worked += worked;
        gate->blocking += blocking;
        if (was_open != (gate->pending == 0) &&
            execution->tasks[dependent].status == TASK_NOT_STARTED) {
            execution->decidable += step;
        }
    }
}

/* ---- what the decision must be ---- */

static uint8_t status_of(const void *user, uint32_t task)
{
    const struct checked_execution *execution = user;
    return execution->tasks[task].status;
}

static bool rule_expect(const struct commit *commit, uint32_t task, const struct rule *rule,
                        enum skip_reason *ret_expected)
{
    struct model_facts facts = {.status = status_of, .user = commit->execution};
    if (model_rule_reads(rule)) {
        arena_reset(&commit->checkers->scratch);
        facts.input = view_input_value(commit->checkers, commit->execution, task);
        if (facts.input == NULL) {
            return checkers_go_blind(commit->checkers);
        }
    }
    *ret_expected = model_rule_holds(rule, &facts) ? SKIP_NONE : SKIP_RULE;
    return true;
}

/* SKIP_NONE: it becomes Ready. False: no memory. */
static bool decision_expect(const struct commit *commit, uint32_t task,
                            enum skip_reason *ret_expected)
{
    const struct workflow_task *definition = &commit->execution->workflow->tasks[task];
    const struct checked_gate *gate = &commit->execution->gates[task];
    if (definition->rule != NULL) {
        return rule_expect(commit, task, definition->rule, ret_expected);
    }
    if (gate->blocking > 0) {
        *ret_expected = SKIP_UPSTREAM_FAILED;
    } else {
        *ret_expected = definition->dependency_count > 0 && gate->worked == 0
                            ? SKIP_UPSTREAM_SKIPPED
                            : SKIP_NONE;
    }
    return true;
}

/* ---- the decision ---- */

static bool time_judge(const struct commit *commit, uint32_t task)
{
    uint8_t status = commit->execution->row.status;
    uint32_t pending = commit->execution->gates[task].pending;
    if (pending > 0) {
        return checkers_report(commit->checkers, "I-04", commit->execution, task,
                               "was decided while %u of its dependencies have not ended", pending);
    }
    if (status == EXECUTION_PENDING || status == EXECUTION_RUNNING) {
        return true;
    }
    return checkers_report(commit->checkers, "I-09", commit->execution, task,
                           "was decided while the execution is %s",
                           checked_execution_status_name(status));
}

bool commit_judge_decision(struct commit *commit, const struct event_row *event)
{
    enum skip_reason expected = SKIP_NONE;
    if (!time_judge(commit, event->task) || !decision_expect(commit, event->task, &expected)) {
        return false;
    }
    uint8_t seen = event->type == EVENT_TASK_SKIPPED ? event->skip : (uint8_t)SKIP_NONE;
    bool is_ready = event->type == EVENT_TASK_MARKED_READY;
    if (seen == expected && is_ready == (expected == SKIP_NONE)) {
        return true;
    }
    return checkers_report(commit->checkers, "I-04", commit->execution, event->task,
                           "was %s (%s), but its dependencies and rule say %s (%s)",
                           is_ready ? "marked ready" : "skipped", checked_skip_name(seen),
                           expected == SKIP_NONE ? "ready" : "skip",
                           checked_skip_name((uint8_t)expected));
}

/* ---- what was left undecided ---- */

static bool report_undecided(const struct commit *commit)
{
    const struct checked_execution *execution = commit->execution;
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        if (execution->tasks[task].status == TASK_NOT_STARTED &&
            execution->gates[task].pending == 0) {
            return checkers_report(commit->checkers, "I-06", execution, task,
                                   "all its dependencies have ended, and it is still NotStarted");
        }
    }
    return true;
}

/* What was reset and not decided again must not have left anything behind it that keeps its old
 * result. */
static bool reset_judge(const struct commit *commit)
{
    const struct checked_execution *execution = commit->execution;
    for (size_t i = 0; i < commit->changeset->row_count; i++) {
        const struct workflow_task *definition =
            &execution->workflow->tasks[commit->changeset->rows[i].task];
        if (task_status_is_terminal(execution->tasks[commit->changeset->rows[i].task].status)) {
            continue;
        }
        for (uint32_t j = 0; j < definition->dependent_count; j++) {
            if (execution->tasks[definition->dependents[j]].status != TASK_NOT_STARTED) {
                return checkers_report(
                    commit->checkers, "I-04", execution, definition->dependents[j],
                    "is %s, but task '%s' before it was reset",
                    checked_status_name(execution->tasks[definition->dependents[j]].status),
                    definition->name);
            }
        }
    }
    return true;
}

bool commit_judge_undecided(struct commit *commit)
{
    uint8_t status = commit->execution->row.status;
    if (commit->is_reset && !reset_judge(commit)) {
        return false;
    }
    if (commit->execution->decidable == 0 ||
        (status != EXECUTION_PENDING && status != EXECUTION_RUNNING)) {
        return true;
    }
    return report_undecided(commit);
}
