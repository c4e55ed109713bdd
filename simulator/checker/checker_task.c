/* SPDX-License-Identifier: Apache-2.0 */
/* checker_task.c - one event of a task.
 *
 *   edge legal? (I-03, I-04) --> guard held? (checker_guard.c) --> the row moves (I-05)
 *
 * Law: what an event does to a row is written down here a second time, from rows.h and state.h, so
 * that the engine is compared with its promise and not with itself. */
#include "checker/checker_shadow.h"

#include "execution/state.h"

static struct checked_task *task_of(const struct commit *commit, const struct event_row *event)
{
    return &commit->execution->tasks[event->task];
}

/* ---- the edge ---- */

static bool edge_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    bool is_listed = (task->marks & CHECKED_LISTED) != 0;
    if (LIKELY(is_listed && checkers_edge_exists(commit->checkers, event->type, task->status))) {
        return true;
    }
    const char *name = event_type_name((enum event_type)event->type);
    if (!is_listed) {
        return checkers_report(commit->checkers, "I-05", commit->execution, event->task,
                               "%s in a commit that does not change its row", name);
    }
    return checkers_report(commit->checkers,
                           task_status_is_terminal(task->status) ? "I-03" : "I-04",
                           commit->execution, event->task, "%s, but it is %s", name,
                           checked_status_name(task->status));
}

/* ---- what the event does ---- */

static void claim_end(struct commit *commit, uint32_t number)
{
    struct checked_task *task = &commit->execution->tasks[number];
    if (task->status == TASK_RUNNING) {
        checked_lease_find(commit->checkers, task->claim.lease)->running--;
    }
    if ((task->marks & CHECKED_RUNS) != 0) {
        bodies_claim_ended(commit, number);
    }
    task->claim = (struct stamp){0, 0};
    task->sub_status = TASK_SUB_NONE;
    task->marks &= ~(uint32_t)(CHECKED_STARTED | CHECKED_RUNS);
}

static void replay_claim(struct checked_task *task, const struct event_row *event)
{
    task->status = TASK_RUNNING;
    task->sub_status = TASK_SUB_ACTIVE;
    task->claim = event->claim;
    task->retry_at = 0;
    task->started_at = event->at;
}

/* Running -> Ready. */
static bool replay_give_back(struct commit *commit, const struct event_row *event)
{
    struct checked_task *task = task_of(commit, event);
    claim_end(commit, event->task);
    task->status = TASK_READY;
    task->started_at = 0;
    task->retry_at = event->retry_at;
    return order_push(commit->checkers, commit->execution, event->task);
}

static bool replay_end(struct commit *commit, const struct event_row *event,
                       enum task_status status, const struct delta *delta)
{
    struct checked_execution *execution = commit->execution;
    struct checked_task *task = task_of(commit, event);
    if (task->status == TASK_NOT_STARTED && execution->gates[event->task].pending == 0) {
        execution->decidable--;
    }
    claim_end(commit, event->task);
    task->status = (uint8_t)status;
    task->retry_at = 0;
    task->completed_at = event->at;
    execution->row.completed += status == TASK_COMPLETED;
    execution->row.failed += status == TASK_FAILED;
    execution->row.skipped += status == TASK_SKIPPED;
    gates_shift(execution, event->task, 1);
    return event->skip == SKIP_CANCELLED ||
           view_hand_on(commit->checkers, execution, event->task, delta);
}

static bool replay_failure(struct commit *commit, const struct event_row *event, uint32_t mark)
{
    struct checked_task *task = task_of(commit, event);
    task->code = event->code;
    task->marks |= mark;
    return replay_end(commit, event, TASK_FAILED, NULL);
}

static bool replay_retry(struct commit *commit, const struct event_row *event)
{
    struct checked_task *task = task_of(commit, event);
    task->code = event->code;
    task->attempt = event->attempt;
    task->marks |= CHECKED_RETRIES;
    return replay_give_back(commit, event);
}

static void replay_reset(struct commit *commit, const struct event_row *event)
{
    struct checked_execution *execution = commit->execution;
    struct checked_task *task = task_of(commit, event);
    execution->row.completed -= task->status == TASK_COMPLETED;
    execution->row.failed -= task->status == TASK_FAILED;
    execution->row.skipped -= task->status == TASK_SKIPPED;
    gates_shift(execution, event->task, -1);
    view_forget(execution, event->task);
    *task = (struct checked_task){
        .status = TASK_NOT_STARTED, .attempt = 1, .marks = task->marks & CHECKED_LISTED};
    execution->decidable += execution->gates[event->task].pending == 0;
}

static bool replay(struct commit *commit, const struct event_row *event)
{
    struct checked_task *task = task_of(commit, event);
    switch ((enum event_type)event->type) {
    case EVENT_TASK_MARKED_READY:
        task->status = TASK_READY;
        commit->execution->decidable--;
        return order_push(commit->checkers, commit->execution, event->task);
    case EVENT_TASK_CLAIMED:
        replay_claim(task, event);
        return true;
    case EVENT_TASK_DEFERRED:
        task->sub_status = TASK_SUB_DEFERRED;
        return true;
    case EVENT_TASK_RESUMED:
        task->sub_status = TASK_SUB_ACTIVE;
        return true;
    case EVENT_TASK_COMPLETED:
        return replay_end(commit, event, TASK_COMPLETED,
                          commit->changeset->deltas[commit->completed - 1].delta);
    case EVENT_TASK_FAILED:
        return replay_failure(commit, event, CHECKED_GAVE_UP);
    case EVENT_TASK_ABANDONED:
        return replay_failure(commit, event, 0);
    case EVENT_TASK_SKIPPED:
        task->skip = event->skip;
        return replay_end(commit, event, TASK_SKIPPED, NULL);
    case EVENT_TASK_RETRY_SCHEDULED:
        return replay_retry(commit, event);
    case EVENT_TASK_RECOVERED:
        task->recoveries += task->sub_status != TASK_SUB_DEFERRED;
        return replay_give_back(commit, event);
    case EVENT_TASK_HANDED_BACK:
        return replay_give_back(commit, event);
    case EVENT_TASK_RESET:
        replay_reset(commit, event);
        return true;
    case EVENT_WORKFLOW_SUBMITTED:
    case EVENT_WORKFLOW_STARTED:
    case EVENT_WORKFLOW_COMPLETED:
    case EVENT_WORKFLOW_FAILED:
    case EVENT_WORKFLOW_CANCELLED:
    case EVENT_WORKFLOW_PAUSED:
    case EVENT_WORKFLOW_RESUMED:
    case EVENT_WORKFLOW_RESET:
        break;
    }
    return true;
}

bool commit_task_event(struct commit *commit, const struct event_row *event)
{
    uint8_t from = task_of(commit, event)->status;
    if (!edge_judge(commit, event) || !commit_judge_guard(commit, event) ||
        !replay(commit, event)) {
        return false;
    }
    commit_count_edge(commit, event, from, task_of(commit, event)->status);
    uint32_t attempt = task_of(commit, event)->attempt;
    return event->attempt == attempt ||
           checkers_report(commit->checkers, "I-05", commit->execution, event->task,
                           "%s of attempt %u, but it is at attempt %u",
                           event_type_name((enum event_type)event->type), event->attempt, attempt);
}
