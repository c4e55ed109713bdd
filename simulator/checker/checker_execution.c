/* SPDX-License-Identifier: Apache-2.0 */
/* checker_execution.c - the execution's own row: its events, and its status.
 *
 *   not all tasks ended: Pending (nothing was ever claimed) | Running | Paused (by command)
 *   all tasks ended:     Failed when any failed, else Completed; Cancelled by command only
 *
 * Law: the status is a function of the tasks' statuses and of the commands, and of nothing else
 * (I-08). */
#include "checker/checker_shadow.h"

#include <stdio.h>
#include <string.h>

#include "execution/state.h"

/* ---- events ---- */

static bool edge_judge(const struct commit *commit, const struct event_row *event)
{
    const struct execution_row *row = &commit->execution->row;
    bool is_first = event->type == EVENT_WORKFLOW_SUBMITTED && row->revision > 0;
    if (!is_first && checkers_edge_exists(commit->checkers, event->type, row->status)) {
        return true;
    }
    bool is_over = execution_status_is_terminal(row->status);
    return checkers_report(commit->checkers, is_over ? "I-03" : "I-04", commit->execution,
                           TASK_NONE, "%s, but it is %s",
                           event_type_name((enum event_type)event->type),
                           checked_execution_status_name(row->status));
}

static void end(struct execution_row *row, enum execution_status status, int64_t at)
{
    row->status = (uint8_t)status;
    row->completed_at = at;
}

static void replay(struct commit *commit, const struct event_row *event)
{
    struct execution_row *row = &commit->execution->row;
    switch ((enum event_type)event->type) {
    case EVENT_WORKFLOW_SUBMITTED:
        row->created_at = event->at;
        break;
    case EVENT_WORKFLOW_STARTED:
        row->status = EXECUTION_RUNNING;
        row->started_at = row->started_at == 0 ? event->at : row->started_at;
        break;
    case EVENT_WORKFLOW_COMPLETED:
        end(row, EXECUTION_COMPLETED, event->at);
        break;
    case EVENT_WORKFLOW_FAILED:
        end(row, EXECUTION_FAILED, event->at);
        break;
    case EVENT_WORKFLOW_CANCELLED:
        end(row, EXECUTION_CANCELLED, event->at);
        break;
    case EVENT_WORKFLOW_PAUSED:
        row->status = EXECUTION_PAUSED;
        break;
    case EVENT_WORKFLOW_RESUMED:
        row->status = row->started_at != 0 ? EXECUTION_RUNNING : EXECUTION_PENDING;
        break;
    case EVENT_WORKFLOW_RESET:
        end(row, EXECUTION_RUNNING, 0);
        commit->is_reset = true;
        break;
    case EVENT_TASK_MARKED_READY:
    case EVENT_TASK_CLAIMED:
    case EVENT_TASK_DEFERRED:
    case EVENT_TASK_RESUMED:
    case EVENT_TASK_COMPLETED:
    case EVENT_TASK_FAILED:
    case EVENT_TASK_RETRY_SCHEDULED:
    case EVENT_TASK_SKIPPED:
    case EVENT_TASK_HANDED_BACK:
    case EVENT_TASK_RECOVERED:
    case EVENT_TASK_ABANDONED:
    case EVENT_TASK_RESET:
        break;
    }
}

bool commit_execution_event(struct commit *commit, const struct event_row *event)
{
    uint8_t from = commit->execution->row.status;
    if (!edge_judge(commit, event)) {
        return false;
    }
    replay(commit, event);
    commit_count_edge(commit, event, from, commit->execution->row.status);
    return true;
}

/* ---- the row ---- */

static bool report_row(const struct commit *commit, const char *id, const char *field,
                       long long found, long long wanted)
{
    return checkers_report(commit->checkers, id, commit->execution, TASK_NONE,
                           "its row has %s %lld, its events say %lld", field, found, wanted);
}

static bool counts_judge(const struct commit *commit)
{
    const struct execution_row *row = commit->changeset->after;
    const struct execution_row *shadow = &commit->execution->row;
    if (row->completed != shadow->completed) {
        return report_row(commit, "I-08", "completed", row->completed, shadow->completed);
    }
    if (row->failed != shadow->failed) {
        return report_row(commit, "I-08", "failed", row->failed, shadow->failed);
    }
    return row->skipped == shadow->skipped ||
           report_row(commit, "I-08", "skipped", row->skipped, shadow->skipped);
}

static bool row_judge(const struct commit *commit)
{
    const struct execution_row *row = commit->changeset->after;
    const struct execution_row *shadow = &commit->execution->row;
    if (row->status != shadow->status) {
        return checkers_report(commit->checkers, "I-05", commit->execution, TASK_NONE,
                               "its row is %s, its events say %s",
                               checked_execution_status_name(row->status),
                               checked_execution_status_name(shadow->status));
    }
    if (!hash128_equal(row->definition, shadow->definition)) {
        return checkers_report(commit->checkers, "I-13", commit->execution, TASK_NONE,
                               "its definition changed under way");
    }
    if (row->recoveries_max != shadow->recoveries_max) {
        return report_row(commit, "I-10", "recoveries_max", row->recoveries_max,
                          shadow->recoveries_max);
    }
    if (row->created_at != shadow->created_at) {
        return report_row(commit, "I-05", "created_at", row->created_at, shadow->created_at);
    }
    if (row->started_at != shadow->started_at) {
        return report_row(commit, "I-05", "started_at", row->started_at, shadow->started_at);
    }
    if (row->completed_at != shadow->completed_at) {
        return report_row(commit, "I-05", "completed_at", row->completed_at, shadow->completed_at);
    }
    return counts_judge(commit);
}

/* ---- the status ---- */

/* NULL: the status follows from the tasks; else the status that would. */
static const char *status_expect(const struct checked_execution *execution)
{
    const struct execution_row *row = &execution->row;
    bool all_ended = row->completed + row->failed + row->skipped == execution->workflow->task_count;
    bool is_over = execution_status_is_terminal(row->status);
    if (!all_ended) {
        return is_over ? "Running" : NULL;
    }
    if (row->status == EXECUTION_CANCELLED) {
        return NULL;
    }
    uint8_t expected = row->failed > 0 ? EXECUTION_FAILED : EXECUTION_COMPLETED;
    return row->status == expected ? NULL : checked_execution_status_name(expected);
}

/* The reason of a failure begins with the number of the tasks that failed. */
static bool reason_counts(const struct commit *commit)
{
    const char *reason = commit->changeset->after->reason;
    char number[16];
    int length = snprintf(number, sizeof(number), "%u ", (unsigned)commit->execution->row.failed);
    return reason != NULL && strncmp(reason, number, (size_t)length) == 0;
}

static bool status_judge(const struct commit *commit)
{
    const struct execution_row *row = &commit->execution->row;
    const char *expected = status_expect(commit->execution);
    if (row->status == EXECUTION_FAILED && !reason_counts(commit)) {
        return checkers_report(
            commit->checkers, "I-08", commit->execution, TASK_NONE,
            "is Failed, and its row does not say why: '%.80s'",
            commit->changeset->after->reason == NULL ? "" : commit->changeset->after->reason);
    }
    if (expected == NULL) {
        return true;
    }
    return checkers_report(
        commit->checkers, "I-08", commit->execution, TASK_NONE,
        "is %s with %u tasks completed, %u failed, %u skipped of %u; expected %s",
        checked_execution_status_name(row->status), row->completed, row->failed, row->skipped,
        commit->execution->workflow->task_count, expected);
}

bool commit_judge_execution(struct commit *commit)
{
    struct execution_row *shadow = &commit->execution->row;
    shadow->revision = commit->changeset->after->revision;
    shadow->commit = commit->changeset->after->commit;
    return row_judge(commit) && status_judge(commit);
}
