/* SPDX-License-Identifier: Apache-2.0 */
/* decide.c - which tasks run, and when an execution is over.
 *
 *   a task ends --> its dependents' pending counts fall --> a count of 0 --> decide --> Ready
 *        ^                                                                     |
 *        +----------------------- skipped: it ended ---------------------------+
 *
 * Law: a task is decided once, when all its dependencies are terminal, never earlier; while the
 * execution is paused nothing is decided, and after its end nothing ever is. The cascade is a loop
 * over `settled`. */
#include "execution/change.h"

#include <stdio.h>

#include "execution/state.h"
#include "task/rule.h"

void execution_count_dependents(struct execution *execution, uint32_t task, uint32_t by)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    for (uint32_t i = 0; i < definition->dependent_count; i++) {
        execution->tasks[definition->dependents[i]].pending += by;
    }
}

const struct view *execution_unite_inputs(struct execution *execution, uint32_t task)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    if (definition->dependency_count == 0 || !execution->has_writes) {
        return execution->view;
    }
    if (!heap_grow(execution->heap, &execution->inputs, &execution->inputs_capacity,
                   definition->dependency_count, sizeof(struct view *))) {
        return NULL;
    }
    for (uint32_t i = 0; i < definition->dependency_count; i++) {
        execution->inputs[i] = execution->tasks[definition->dependencies[i]].view;
    }
    return view_unite(&execution->arena, execution->inputs, definition->dependency_count);
}

bool execution_push_ready(struct execution *execution, uint32_t task, int64_t now)
{
    const struct task_row *row = &execution->rows[task];
    if (row->retry_at > now) {
        return timer_queue_push(&execution->retries,
                                (struct timer){.time = row->retry_at, .order = task});
    }
    if (execution->ready_count == execution->ready_capacity) {
        size_t old = execution->ready_capacity;
        if (!heap_grow(execution->heap, &execution->ready, &execution->ready_capacity, old + 1,
                       sizeof(uint32_t))) {
            return false;
        }
        /* Unwrap: what had wrapped to the front goes behind the old end, where the new room is. */
        for (size_t i = 0; i < execution->ready_head; i++) {
            size_t to = old + i;
            if (to < execution->ready_capacity) {
                execution->ready[to] = execution->ready[i];
            } else {
                execution->ready[to - execution->ready_capacity] = execution->ready[i];
            }
        }
    }
    size_t tail = execution->ready_head + execution->ready_count;
    execution->ready[tail < execution->ready_capacity ? tail : tail - execution->ready_capacity] =
        task;
    execution->ready_count++;
    return true;
}

bool change_end(struct change *change, uint32_t task, enum task_status status)
{
    struct execution *execution = change->execution;
    if (!heap_grow(execution->heap, &execution->settled, &execution->settled_capacity,
                   execution->settled_count + 1, sizeof(uint32_t))) {
        return false;
    }
    execution->settled[execution->settled_count++] = task;
    struct task_row *row = &execution->rows[task];
    row->status = (uint8_t)status;
    row->sub_status = TASK_SUB_NONE;
    row->claim = (struct stamp){0, 0};
    row->retry_at = 0;
    row->completed_at = change->now;
    execution->row.completed += status == TASK_COMPLETED;
    execution->row.failed += status == TASK_FAILED;
    execution->row.skipped += status == TASK_SKIPPED;
    execution_count_dependents(execution, task, UINT32_MAX);
    return true;
}

struct rule_view {
    const struct execution *execution;
};

static enum rule_task_status status_for_rule(void *user, uint32_t task)
{
    const struct rule_view *view = user;
    switch ((enum task_status)view->execution->rows[task].status) {
    case TASK_COMPLETED:
        return RULE_TASK_COMPLETED;
    case TASK_FAILED:
        return RULE_TASK_FAILED;
    case TASK_SKIPPED:
        return RULE_TASK_SKIPPED;
    case TASK_NOT_STARTED:
    case TASK_READY:
    case TASK_RUNNING:
        break;
    }
    return RULE_TASK_UNFINISHED;
}

/* What happens without a rule: SKIP_NONE = it runs. Looks at the dependencies only when something
 * went wrong. */
static enum skip_reason judge_dependencies(const struct execution *execution, uint32_t task)
{
    if (execution->row.failed == 0 && execution->row.skipped == 0) {
        return SKIP_NONE;
    }
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    uint32_t skipped = 0;
    for (uint32_t i = 0; i < definition->dependency_count; i++) {
        const struct task_row *row = &execution->rows[definition->dependencies[i]];
        if (row->status == TASK_FAILED || row->skip == SKIP_UPSTREAM_FAILED) {
            return SKIP_UPSTREAM_FAILED;
        }
        skipped += row->status == TASK_SKIPPED;
    }
    return skipped > 0 && skipped == definition->dependency_count ? SKIP_UPSTREAM_SKIPPED
                                                                  : SKIP_NONE;
}

/* `*ret_reason` = SKIP_NONE: it runs. False: no memory. */
static bool judge(struct execution *execution, uint32_t task, enum skip_reason *ret_reason)
{
    const struct rule *rule = execution->workflow->tasks[task].rule;
    if (rule == NULL) {
        *ret_reason = judge_dependencies(execution, task);
        return true;
    }
    const struct value *input = NULL;
    if (rule_uses_context(rule)) {
        input = view_value(&execution->arena, execution->tasks[task].view);
        if (input == NULL) {
            return false;
        }
    }
    struct rule_view view = {.execution = execution};
    struct rule_facts facts = {.status = status_for_rule, .user = &view, .input = input};
    *ret_reason = rule_evaluate(rule, &facts) ? SKIP_NONE : SKIP_RULE;
    return true;
}

bool change_decide(struct change *change, uint32_t task)
{
    struct execution *execution = change->execution;
    struct task_row *row = change_row(change, task);
    if (row == NULL) {
        return false;
    }
    execution->tasks[task].view = execution_unite_inputs(execution, task);
    enum skip_reason reason;
    if (execution->tasks[task].view == NULL || !judge(execution, task, &reason)) {
        return false;
    }
    struct event_row *event = change_event(
        change, reason == SKIP_NONE ? EVENT_TASK_MARKED_READY : EVENT_TASK_SKIPPED, task);
    if (event == NULL) {
        return false;
    }
    if (reason == SKIP_NONE) {
        row->status = TASK_READY;
        return execution_push_ready(execution, task, change->now);
    }
    event->skip = (uint8_t)reason;
    row->skip = (uint8_t)reason;
    return change_end(change, task, TASK_SKIPPED);
}

static bool decides_now(const struct execution *execution)
{
    return execution->row.status == EXECUTION_PENDING || execution->row.status == EXECUTION_RUNNING;
}

/* All tasks are terminal: Failed when any failed, with the counts as the reason. */
static bool execution_end(struct change *change)
{
    struct execution *execution = change->execution;
    bool failed = execution->row.failed > 0;
    change_open(change);
    struct event_row *event =
        change_event(change, failed ? EVENT_WORKFLOW_FAILED : EVENT_WORKFLOW_COMPLETED, TASK_NONE);
    if (event == NULL) {
        return false;
    }
    execution->row.reason = NULL;
    if (failed) {
        char reason[96];
        int length = snprintf(reason, sizeof(reason), "%u task%s failed, %u completed, %u skipped",
                              execution->row.failed, execution->row.failed == 1 ? "" : "s",
                              execution->row.completed, execution->row.skipped);
        execution->row.reason = arena_copy(&execution->arena, reason, (size_t)length);
        if (execution->row.reason == NULL) {
            return false;
        }
    }
    execution->row.status = failed ? EXECUTION_FAILED : EXECUTION_COMPLETED;
    execution->row.completed_at = change->now;
    return true;
}

bool change_settle(struct change *change)
{
    struct execution *execution = change->execution;
    for (size_t next = 0; next < execution->settled_count && decides_now(execution); next++) {
        const struct workflow_task *ended = &execution->workflow->tasks[execution->settled[next]];
        for (uint32_t i = 0; i < ended->dependent_count; i++) {
            uint32_t dependent = ended->dependents[i];
            if (execution->tasks[dependent].pending == 0 &&
                execution->rows[dependent].status == TASK_NOT_STARTED &&
                !change_decide(change, dependent)) {
                return false;
            }
        }
    }
    execution->settled_count = 0;
    uint32_t ended = execution->row.completed + execution->row.failed + execution->row.skipped;
    if (ended == execution->workflow->task_count &&
        !execution_status_is_terminal(execution->row.status)) {
        return execution_end(change);
    }
    return true;
}
