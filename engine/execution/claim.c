/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - Ready tasks, oldest first.
 *
 *   ready ring:  [ 7 | 3 | 9 ]          tasks that were Ready when they were pushed
 *   retries:     (2.2 s, 4) (5 s, 1)    Ready tasks that may not run yet, by instant
 *
 * Law: both lists are hints. An entry counts only if the row still says so, so nothing has to be
 * removed when somebody else claims, cancels or pauses. */
#include "execution/change.h"
#include "execution/state.h"

static bool is_ready(const struct execution *execution, uint32_t task)
{
    return execution->rows[task].status == TASK_READY;
}

static uint32_t ready_pop(struct execution *execution)
{
    uint32_t task = execution->ready[execution->ready_head];
    execution->ready_head++;
    if (execution->ready_head == execution->ready_capacity) {
        execution->ready_head = 0;
    }
    execution->ready_count--;
    return task;
}

/* Moves retries that are due to the ready ring. */
static bool retries_move(struct execution *execution, int64_t now)
{
    const struct timer *first = timer_queue_first(&execution->retries);
    while (first != NULL && first->time <= now) {
        uint32_t task = (uint32_t)first->order;
        bool is_due = is_ready(execution, task) && execution->rows[task].retry_at == first->time;
        if (is_due && !execution_push_ready(execution, task, now)) {
            return false;
        }
        (void)timer_queue_pop(&execution->retries);
        first = timer_queue_first(&execution->retries);
    }
    return true;
}

/* The next task to claim, or TASK_NONE. A task this runner cannot run is forgotten here; the store
 * still offers it to the others. */
static uint32_t ready_take(struct execution *execution, const struct claim_request *request,
                           int64_t now)
{
    while (execution->ready_count > 0) {
        uint32_t task = ready_pop(execution);
        if (is_ready(execution, task) && execution->rows[task].retry_at <= now &&
            (request->can_run == NULL || request->can_run(request->user, task))) {
            return task;
        }
    }
    return TASK_NONE;
}

static bool start_execution(struct change *change)
{
    struct execution_row *row = &change->execution->row;
    if (row->status != EXECUTION_PENDING) {
        return true;
    }
    change_open(change);
    if (change_event(change, EVENT_WORKFLOW_STARTED, TASK_NONE) == NULL) {
        return false;
    }
    row->status = EXECUTION_RUNNING;
    if (row->started_at == 0) {
        row->started_at = change->now;
    }
    return true;
}

static bool claim_one(struct change *change, uint32_t task, struct stamp claim)
{
    struct task_row *row = change_row(change, task);
    if (row == NULL || !start_execution(change)) {
        return false;
    }
    struct event_row *event = change_event(change, EVENT_TASK_CLAIMED, task);
    if (event == NULL) {
        return false;
    }
    event->claim = claim;
    task_row_claim(row, claim, change->now);
    return true;
}

static bool claims_allowed(const struct execution *execution)
{
    return execution->row.status == EXECUTION_PENDING || execution->row.status == EXECUTION_RUNNING;
}

enum cloacina_code execution_claim(struct execution *execution, const struct claim_request *request,
                                   int64_t now, struct changeset *changeset, uint32_t *ret_tasks,
                                   uint32_t *ret_count, struct cloacina_error *err)
{
    struct change change = {.execution = execution, .changeset = changeset, .now = now};
    *ret_count = 0;
    if (!claims_allowed(execution)) {
        return CLOACINA_OK;
    }
    bool has_memory = retries_move(execution, now);
    while (has_memory && *ret_count < request->slots) {
        uint32_t task = ready_take(execution, request, now);
        if (task == TASK_NONE) {
            break;
        }
        has_memory =
            claim_one(&change, task, (struct stamp){request->lease, request->serial + *ret_count});
        ret_tasks[*ret_count] = task;
        *ret_count += has_memory;
    }
    return has_memory ? CLOACINA_OK
                      : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "claiming a task: no memory");
}

int64_t execution_next_retry(struct execution *execution)
{
    const struct timer *first = timer_queue_first(&execution->retries);
    while (first != NULL) {
        const struct task_row *row = &execution->rows[first->order];
        if (row->status == TASK_READY && row->retry_at == first->time) {
            return claims_allowed(execution) ? first->time : INT64_MAX;
        }
        (void)timer_queue_pop(&execution->retries);
        first = timer_queue_first(&execution->retries);
    }
    return INT64_MAX;
}

bool execution_is_claimable(struct execution *execution, int64_t now)
{
    if (!claims_allowed(execution)) {
        return false;
    }
    while (execution->ready_count > 0) {
        uint32_t task = execution->ready[execution->ready_head];
        if (is_ready(execution, task) && execution->rows[task].retry_at <= now) {
            return true;
        }
        (void)ready_pop(execution);
    }
    return execution_next_retry(execution) <= now;
}
