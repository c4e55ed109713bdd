/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c - what happens to an execution, one input at a time.
 *
 * Law: an attempt's input is judged by its token before anything is written; a loser gets CONFLICT
 * and changes nothing. A command is judged by the execution's status. Everything else follows in
 * change_settle(). */
#include "execution/change.h"

#include <assert.h>

#include <stdio.h>

#include "base/instant.h"
#include "execution/state.h"
#include "task/retry.h"

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "changing an execution: no memory");
}

/* An event of the attempt that holds the row; its row is listed for change. NULL: no memory. */
static struct event_row *attempt_event(struct change *change, enum event_type type, uint32_t task)
{
    struct task_row *row = change_row(change, task);
    struct event_row *event = row == NULL ? NULL : change_event(change, type, task);
    if (event != NULL) {
        event->claim = row->claim;
        event->code = row->code;
    }
    return event;
}

/* Running -> Ready: the claim ends, the next start is at `retry_at` (0 = at once). */
static bool give_back(struct change *change, uint32_t task, struct event_row *event,
                      int64_t retry_at)
{
    struct task_row *row = &change->execution->rows[task];
    row->status = TASK_READY;
    row->sub_status = TASK_SUB_NONE;
    row->claim = (struct stamp){0, 0};
    row->started_at = 0;
    row->retry_at = retry_at;
    event->attempt = row->attempt;
    event->retry_at = retry_at;
    return execution_push_ready(change->execution, task, change->now);
}

static bool error_write(struct change *change, struct task_row *row, enum cloacina_code code,
                        struct text message)
{
    row->code = (uint8_t)code;
    row->error = arena_copy(&change->execution->arena, message.bytes, message.length);
    return row->error != NULL;
}

static bool delta_record(struct change *change, uint32_t task, const struct delta *delta)
{
    struct changeset *changeset = change->changeset;
    if (!heap_grow(changeset->heap, &changeset->deltas, &changeset->delta_capacity,
                   changeset->delta_count + 1, sizeof(struct delta_change))) {
        return false;
    }
    changeset->deltas[changeset->delta_count++] = (struct delta_change){
        .task = task,
        .attempt = change->execution->rows[task].attempt,
        .delta = delta,
    };
    return true;
}

static bool succeed(struct change *change, const struct execution_input *input)
{
    struct execution *execution = change->execution;
    const struct delta *kept = NULL;
    if (attempt_event(change, EVENT_TASK_COMPLETED, input->task) == NULL) {
        return false;
    }
    if (input->delta != NULL && !delta_is_empty(input->delta)) {
        kept = delta_copy(&execution->arena, input->delta);
        const struct view *view =
            kept == NULL ? NULL
                         : view_after(&execution->arena, execution->tasks[input->task].view,
                                      input->task, kept);
        if (view == NULL) {
            return false;
        }
        execution->tasks[input->task].view = view;
        execution->has_writes = true;
    }
    return delta_record(change, input->task, kept) &&
           change_end(change, input->task, TASK_COMPLETED);
}

/* A failed attempt: another one when the policy wants it, no earlier than `not_before`. */
static bool fail(struct change *change, const struct execution_input *input,
                 enum cloacina_code code, int64_t not_before)
{
    struct execution *execution = change->execution;
    const struct retry_policy *policy = execution->workflow->tasks[input->task].retry;
    struct task_row *row = change_row(change, input->task);
    if (row == NULL || !error_write(change, row, code, input->message)) {
        return false;
    }
    if (!retry_is_wanted(policy, row->attempt, code, input->message)) {
        return attempt_event(change, EVENT_TASK_FAILED, input->task) != NULL &&
               change_end(change, input->task, TASK_FAILED);
    }
    struct event_row *event = attempt_event(change, EVENT_TASK_RETRY_SCHEDULED, input->task);
    if (event == NULL) {
        return false;
    }
    struct random_label label = {
        .site = RANDOM_SITE_RETRY_JITTER,
        .actor = change->actor,
        .execution = execution->row.id,
        .task = {execution->workflow->tasks[input->task].name,
                 execution->workflow->tasks[input->task].name_length},
        .attempt = row->attempt,
    };
    uint64_t draw = random_choose(change->random, label, RETRY_JITTER_BOUND);
    int64_t retry_at = instant_add(change->now, retry_delay(policy, row->attempt, draw));
    row->attempt++;
    return give_back(change, input->task, event, retry_at > not_before ? retry_at : not_before);
}

static bool sub_status_set(struct change *change, uint32_t task, enum event_type type,
                           enum task_sub_status to)
{
    if (attempt_event(change, type, task) == NULL) {
        return false;
    }
    change->execution->rows[task].sub_status = (uint8_t)to;
    return true;
}

static bool hand_back(struct change *change, uint32_t task)
{
    struct event_row *event = attempt_event(change, EVENT_TASK_HANDED_BACK, task);
    return event != NULL && give_back(change, task, event, 0);
}

static bool abandon(struct change *change, uint32_t task, enum cloacina_code code,
                    struct text message)
{
    struct task_row *row = change_row(change, task);
    return row != NULL && error_write(change, row, code, message) &&
           attempt_event(change, EVENT_TASK_ABANDONED, task) != NULL &&
           change_end(change, task, TASK_FAILED);
}

/* The runner died. Parked attempts were not working, so their loss does not count against
 * the cap. */
static bool lose(struct change *change, uint32_t task)
{
    struct task_row *row = change_row(change, task);
    uint32_t recoveries_max = change->execution->row.recoveries_max;
    if (row == NULL) {
        return false;
    }
    if (row->sub_status != TASK_SUB_DEFERRED && row->recoveries >= recoveries_max) {
        char message[96];
        int length = snprintf(message, sizeof(message),
                              "abandoned: its runner died %u times, and %u recoveries are allowed",
                              row->recoveries + 1, recoveries_max);
        return abandon(change, task, CLOACINA_UNAVAILABLE,
                       (struct text){.bytes = message, .length = (size_t)length});
    }
    struct event_row *event = attempt_event(change, EVENT_TASK_RECOVERED, task);
    if (event == NULL) {
        return false;
    }
    row->recoveries += row->sub_status != TASK_SUB_DEFERRED;
    return give_back(change, task, event, 0);
}

/* ---- inputs of attempts ---- */

static bool attempt_apply(struct change *change, const struct execution_input *input)
{
    switch (input->type) {
    case EXECUTION_SUCCEEDED:
        return succeed(change, input);
    case EXECUTION_TASK_FAILED:
        return fail(change, input, input->code, 0);
    case EXECUTION_TIMED_OUT:
        return fail(change, input, CLOACINA_TIMEOUT, instant_add(change->now, input->grace_ns));
    case EXECUTION_DEFERRED:
        return sub_status_set(change, input->task, EVENT_TASK_DEFERRED, TASK_SUB_DEFERRED);
    case EXECUTION_TASK_RESUMED:
        return sub_status_set(change, input->task, EVENT_TASK_RESUMED, TASK_SUB_ACTIVE);
    case EXECUTION_HANDED_BACK:
        return hand_back(change, input->task);
    case EXECUTION_LOST:
        return lose(change, input->task);
    case EXECUTION_ABANDONED:
        return abandon(change, input->task, input->code, input->message);
    case EXECUTION_SUBMITTED:
    case EXECUTION_PAUSE:
    case EXECUTION_RESUME:
    case EXECUTION_CANCEL:
    case EXECUTION_RESET:
        break;
    }
    return false;
}

/* Does this input fit the row that its token says it holds? */
static bool attempt_is_current(const struct execution *execution,
                               const struct execution_input *input)
{
    if (input->task >= execution->workflow->task_count) {
        return false;
    }
    const struct task_row *row = &execution->rows[input->task];
    if (row->status != TASK_RUNNING || !stamp_equal(row->claim, input->claim)) {
        return false;
    }
    if (input->type == EXECUTION_DEFERRED) {
        return row->sub_status == TASK_SUB_ACTIVE;
    }
    return input->type != EXECUTION_TASK_RESUMED || row->sub_status == TASK_SUB_DEFERRED;
}

/* ---- commands ---- */

static bool decide_all(struct change *change)
{
    struct execution *execution = change->execution;
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        if (execution->rows[task].status == TASK_NOT_STARTED &&
            execution->tasks[task].pending == 0 && !change_decide(change, task)) {
            return false;
        }
    }
    return true;
}

static bool command_event(struct change *change, enum event_type type, enum execution_status status,
                          struct text reason)
{
    struct execution *execution = change->execution;
    change_open(change);
    if (change_event(change, type, TASK_NONE) == NULL) {
        return false;
    }
    execution->row.status = (uint8_t)status;
    execution->row.reason = NULL;
    if (reason.length > 0) {
        execution->row.reason = arena_copy(&execution->arena, reason.bytes, reason.length);
        return execution->row.reason != NULL;
    }
    return true;
}

static bool cancel(struct change *change, struct text reason)
{
    struct execution *execution = change->execution;
    if (!command_event(change, EVENT_WORKFLOW_CANCELLED, EXECUTION_CANCELLED, reason)) {
        return false;
    }
    execution->row.completed_at = change->now;
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        if (task_status_is_terminal(execution->rows[task].status)) {
            continue;
        }
        struct event_row *event = attempt_event(change, EVENT_TASK_SKIPPED, task);
        if (event == NULL) {
            return false;
        }
        event->skip = SKIP_CANCELLED;
        execution->rows[task].skip = SKIP_CANCELLED;
        if (!change_end(change, task, TASK_SKIPPED)) {
            return false;
        }
    }
    return true;
}

/* Takes one terminal task back to NotStarted, as if it had never been decided. */
static bool reset_one(struct change *change, uint32_t task)
{
    struct execution *execution = change->execution;
    struct task_row *row = change_row(change, task);
    if (row == NULL ||
        !heap_grow(execution->heap, &execution->settled, &execution->settled_capacity,
                   execution->settled_count + 1, sizeof(uint32_t))) {
        return false;
    }
    execution->row.completed -= row->status == TASK_COMPLETED;
    execution->row.failed -= row->status == TASK_FAILED;
    execution->row.skipped -= row->status == TASK_SKIPPED;
    *row = (struct task_row){.status = TASK_NOT_STARTED, .attempt = 1};
    execution->tasks[task].view = NULL;
    execution->settled[execution->settled_count++] = task;
    execution_count_dependents(execution, task, 1);
    return change_event(change, EVENT_TASK_RESET, task) != NULL;
}

/* The task and all that depends on it; `settled` is the list of those whose dependents are still to
 * be visited. */
static bool reset_with_dependents(struct change *change, uint32_t task)
{
    struct execution *execution = change->execution;
    if (execution->rows[task].status != TASK_NOT_STARTED && !reset_one(change, task)) {
        return false;
    }
    while (execution->settled_count > 0) {
        const struct workflow_task *definition =
            &execution->workflow->tasks[execution->settled[--execution->settled_count]];
        for (uint32_t i = 0; i < definition->dependent_count; i++) {
            if (execution->rows[definition->dependents[i]].status != TASK_NOT_STARTED &&
                !reset_one(change, definition->dependents[i])) {
                return false;
            }
        }
    }
    return true;
}

static bool reset(struct change *change, uint32_t only)
{
    struct execution *execution = change->execution;
    struct text no_reason = {NULL, 0};
    if (!command_event(change, EVENT_WORKFLOW_RESET, EXECUTION_RUNNING, no_reason)) {
        return false;
    }
    execution->row.completed_at = 0;
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        bool is_wanted =
            only == TASK_NONE ? execution->rows[task].status == TASK_FAILED : task == only;
        if (is_wanted && !reset_with_dependents(change, task)) {
            return false;
        }
    }
    return decide_all(change);
}

static bool command_apply(struct change *change, const struct execution_input *input)
{
    struct execution_row *row = &change->execution->row;
    switch (input->type) {
    case EXECUTION_SUBMITTED:
        row->created_at = change->now;
        return command_event(change, EVENT_WORKFLOW_SUBMITTED, EXECUTION_PENDING,
                             (struct text){NULL, 0}) &&
               decide_all(change);
    case EXECUTION_PAUSE:
        return command_event(change, EVENT_WORKFLOW_PAUSED, EXECUTION_PAUSED, input->message);
    case EXECUTION_RESUME:
        return command_event(change, EVENT_WORKFLOW_RESUMED,
                             row->started_at != 0 ? EXECUTION_RUNNING : EXECUTION_PENDING,
                             (struct text){NULL, 0}) &&
               decide_all(change);
    case EXECUTION_CANCEL:
        return cancel(change, input->message);
    case EXECUTION_RESET:
        return reset(change, input->task);
    case EXECUTION_SUCCEEDED:
    case EXECUTION_TASK_FAILED:
    case EXECUTION_TIMED_OUT:
    case EXECUTION_DEFERRED:
    case EXECUTION_TASK_RESUMED:
    case EXECUTION_HANDED_BACK:
    case EXECUTION_LOST:
    case EXECUTION_ABANDONED:
        break;
    }
    return false;
}

/* NULL: the command makes sense now; else what to say after "execution is <status>: ". */
static const char *command_refusal(const struct execution *execution,
                                   const struct execution_input *input)
{
    uint8_t status = execution->row.status;
    switch (input->type) {
    case EXECUTION_SUBMITTED:
        return execution->row.revision == 0 ? NULL : "it was submitted before";
    case EXECUTION_PAUSE:
        return status == EXECUTION_PENDING || status == EXECUTION_RUNNING ? NULL
                                                                          : "it cannot be paused";
    case EXECUTION_RESUME:
        return status == EXECUTION_PAUSED ? NULL : "it cannot be resumed";
    case EXECUTION_CANCEL:
        return execution_status_is_terminal(status) ? "it cannot be cancelled" : NULL;
    case EXECUTION_RESET:
        if (status != EXECUTION_COMPLETED && status != EXECUTION_FAILED) {
            return "only a Completed or Failed one can be reset";
        }
        if (input->task == TASK_NONE) {
            return execution->row.failed > 0 ? NULL : "no task of it failed";
        }
        return input->task < execution->workflow->task_count ? NULL : "it has no such task";
    case EXECUTION_SUCCEEDED:
    case EXECUTION_TASK_FAILED:
    case EXECUTION_TIMED_OUT:
    case EXECUTION_DEFERRED:
    case EXECUTION_TASK_RESUMED:
    case EXECUTION_HANDED_BACK:
    case EXECUTION_LOST:
    case EXECUTION_ABANDONED:
        break;
    }
    return NULL;
}

static bool input_is_command(enum execution_input_type type)
{
    return type == EXECUTION_SUBMITTED || type >= EXECUTION_PAUSE;
}

enum cloacina_code execution_apply(struct execution *execution, const struct execution_input *input,
                                   int64_t now, struct random *random, uint32_t actor,
                                   struct changeset *changeset, struct cloacina_error *err)
{
    struct change change = {
        .execution = execution,
        .changeset = changeset,
        .now = now,
        .random = random,
        .actor = actor,
    };
    bool done;
    assert(!execution->is_torn);
    if (input_is_command(input->type)) {
        const char *refusal = command_refusal(execution, input);
        if (refusal != NULL) {
            return cloacina_error_raise(
                err, CLOACINA_INVALID, "execution is %s: %s",
                execution_status_name((enum execution_status)execution->row.status), refusal);
        }
        done = command_apply(&change, input);
    } else {
        if (!attempt_is_current(execution, input)) {
            return cloacina_error_raise(err, CLOACINA_CONFLICT,
                                        "the attempt does not hold its task any more");
        }
        done = attempt_apply(&change, input);
    }
    return done && change_settle(&change) ? CLOACINA_OK : no_memory(err);
}
