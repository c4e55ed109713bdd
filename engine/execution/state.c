/* SPDX-License-Identifier: Apache-2.0 */
/* state.c - the table of legal edges, and the names of states.
 *
 * Law: this is the only list of edges. Code that changes a status does not repeat it; checkers and
 * documents read it. */
#include "execution/state.h"

#include "base/compiler.h"

static const struct state_edge edges[] = {
    {EVENT_TASK_MARKED_READY, TASK_NOT_STARTED, TASK_READY},
    {EVENT_TASK_SKIPPED, TASK_NOT_STARTED, TASK_SKIPPED},
    {EVENT_TASK_SKIPPED, TASK_READY, TASK_SKIPPED},
    {EVENT_TASK_SKIPPED, TASK_RUNNING, TASK_SKIPPED},
    {EVENT_TASK_CLAIMED, TASK_READY, TASK_RUNNING},
    {EVENT_TASK_DEFERRED, TASK_RUNNING, TASK_RUNNING},
    {EVENT_TASK_RESUMED, TASK_RUNNING, TASK_RUNNING},
    {EVENT_TASK_COMPLETED, TASK_RUNNING, TASK_COMPLETED},
    {EVENT_TASK_FAILED, TASK_RUNNING, TASK_FAILED},
    {EVENT_TASK_RETRY_SCHEDULED, TASK_RUNNING, TASK_READY},
    {EVENT_TASK_HANDED_BACK, TASK_RUNNING, TASK_READY},
    {EVENT_TASK_RECOVERED, TASK_RUNNING, TASK_READY},
    {EVENT_TASK_ABANDONED, TASK_RUNNING, TASK_FAILED},
    {EVENT_TASK_RESET, TASK_COMPLETED, TASK_NOT_STARTED},
    {EVENT_TASK_RESET, TASK_FAILED, TASK_NOT_STARTED},
    {EVENT_TASK_RESET, TASK_SKIPPED, TASK_NOT_STARTED},
    {EVENT_WORKFLOW_SUBMITTED, EXECUTION_PENDING, EXECUTION_PENDING},
    {EVENT_WORKFLOW_STARTED, EXECUTION_PENDING, EXECUTION_RUNNING},
    {EVENT_WORKFLOW_PAUSED, EXECUTION_PENDING, EXECUTION_PAUSED},
    {EVENT_WORKFLOW_PAUSED, EXECUTION_RUNNING, EXECUTION_PAUSED},
    {EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_PENDING},
    {EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_RUNNING},
    {EVENT_WORKFLOW_COMPLETED, EXECUTION_PENDING, EXECUTION_COMPLETED},
    {EVENT_WORKFLOW_COMPLETED, EXECUTION_RUNNING, EXECUTION_COMPLETED},
    {EVENT_WORKFLOW_COMPLETED, EXECUTION_PAUSED, EXECUTION_COMPLETED},
    {EVENT_WORKFLOW_FAILED, EXECUTION_RUNNING, EXECUTION_FAILED},
    {EVENT_WORKFLOW_FAILED, EXECUTION_PAUSED, EXECUTION_FAILED},
    {EVENT_WORKFLOW_CANCELLED, EXECUTION_PENDING, EXECUTION_CANCELLED},
    {EVENT_WORKFLOW_CANCELLED, EXECUTION_RUNNING, EXECUTION_CANCELLED},
    {EVENT_WORKFLOW_CANCELLED, EXECUTION_PAUSED, EXECUTION_CANCELLED},
    {EVENT_WORKFLOW_RESET, EXECUTION_COMPLETED, EXECUTION_RUNNING},
    {EVENT_WORKFLOW_RESET, EXECUTION_FAILED, EXECUTION_RUNNING},
};

const struct state_edge *state_edges(size_t *ret_count)
{
    *ret_count = ARRAY_COUNT(edges);
    return edges;
}

bool state_is_legal(enum event_type event, uint8_t from, uint8_t to)
{
    for (size_t i = 0; i < ARRAY_COUNT(edges); i++) {
        if (edges[i].event == event && edges[i].from == from && edges[i].to == to) {
            return true;
        }
    }
    return false;
}

bool event_is_of_task(enum event_type event)
{
    return event >= EVENT_TASK_MARKED_READY;
}

const char *task_status_name(enum task_status status)
{
    static const char *const names[TASK_STATUSES] = {
        "NotStarted", "Ready", "Running", "Completed", "Failed", "Skipped",
    };
    return names[status];
}

const char *execution_status_name(enum execution_status status)
{
    static const char *const names[EXECUTION_STATUSES] = {
        "Pending", "Running", "Completed", "Failed", "Cancelled", "Paused",
    };
    return names[status];
}

const char *event_type_name(enum event_type event)
{
    static const char *const names[EVENT_TYPES] = {
        "",
        "workflow_submitted",
        "workflow_started",
        "workflow_completed",
        "workflow_failed",
        "workflow_cancelled",
        "workflow_paused",
        "workflow_resumed",
        "workflow_reset",
        "task_marked_ready",
        "task_claimed",
        "task_deferred",
        "task_resumed",
        "task_completed",
        "task_failed",
        "task_retry_scheduled",
        "task_skipped",
        "task_handed_back",
        "task_recovered",
        "task_abandoned",
        "task_reset",
    };
    return names[event];
}

const char *skip_reason_name(enum skip_reason reason)
{
    static const char *const names[] = {
        "", "upstream_failed", "upstream_skipped", "rule", "cancelled",
    };
    return names[reason];
}
