/* SPDX-License-Identifier: Apache-2.0 */
/* refresh.c - taking over what others committed.
 *
 * Law: memory after a refresh is what a fresh load would give: rows as they are, pending counts
 * from the rows, views from the deltas in definition order (dependencies come before their
 * dependents there). */
#include "execution/change.h"

#include <string.h>

#include "execution/state.h"

static enum cloacina_code feed_check(const struct execution *execution, const struct feed *feed,
                                     struct cloacina_error *err)
{
    const struct workflow *workflow = execution->workflow;
    for (size_t i = 0; i < feed->task_count; i++) {
        const struct feed_task *task = &feed->tasks[i];
        if (task->task >= workflow->task_count ||
            (i > 0 && task->task <= feed->tasks[i - 1].task)) {
            return cloacina_error_raise(
                err, CLOACINA_INVALID,
                "the store's row %zu of '%.*s' names task %u of %u, or is out of order", i,
                TEXT_PRINT(workflow->name), task->task, workflow->task_count);
        }
        if (task->row.status == TASK_COMPLETED && !task->has_delta) {
            return cloacina_error_raise(
                err, CLOACINA_INVALID,
                "task '%s' of '%.*s' is Completed, but the store has no record of what it wrote",
                workflow->tasks[task->task].name, TEXT_PRINT(workflow->name));
        }
    }
    return CLOACINA_OK;
}

/* Text that differs is copied; text that is the same stays, so that a refresh does not grow the
 * arena for nothing. */
static bool text_adopt(struct execution *execution, const char *old, const char **text)
{
    if (*text != NULL) {
        bool is_same = old != NULL && strcmp(old, *text) == 0;
        *text = is_same ? old : arena_copy(&execution->arena, *text, strlen(*text));
        return *text != NULL;
    }
    return true;
}

static bool row_adopt(struct execution *execution, const struct feed_task *task)
{
    struct task_row *row = &execution->rows[task->task];
    struct task_row next = task->row;
    if (!text_adopt(execution, row->error, &next.error)) {
        return false;
    }
    bool was_over = task_status_is_terminal(row->status);
    bool is_over = task_status_is_terminal(next.status);
    if (was_over != is_over) {
        execution_count_dependents(execution, task->task, is_over ? UINT32_MAX : 1);
    }
    *row = next;
    execution->has_writes |= task->delta != NULL && !delta_is_empty(task->delta);
    return next.status != TASK_READY || execution_push_ready(execution, task->task, 0);
}

static bool view_adopt(struct execution *execution, const struct feed_task *task)
{
    struct execution_task *beside = &execution->tasks[task->task];
    beside->view = NULL;
    if (task->row.status == TASK_NOT_STARTED || beside->pending != 0) {
        return true; /* undecided, or cancelled before it could be decided */
    }
    beside->view = execution_unite_inputs(execution, task->task);
    bool has_written = task->row.status == TASK_COMPLETED && task->delta != NULL;
    if (beside->view != NULL && has_written && !delta_is_empty(task->delta)) {
        const struct delta *kept = delta_copy(&execution->arena, task->delta);
        beside->view =
            kept == NULL ? NULL : view_after(&execution->arena, beside->view, task->task, kept);
    }
    return beside->view != NULL;
}

static bool feed_adopt(struct execution *execution, const struct feed *feed)
{
    for (size_t i = 0; i < feed->task_count; i++) {
        if (!row_adopt(execution, &feed->tasks[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < feed->task_count; i++) {
        if (!view_adopt(execution, &feed->tasks[i])) {
            return false;
        }
    }
    struct execution_row next = feed->row;
    if (!text_adopt(execution, execution->row.reason, &next.reason)) {
        return false;
    }
    execution->row = next;
    return true;
}

enum cloacina_code execution_refresh(struct execution *execution, const struct feed *feed,
                                     struct cloacina_error *err)
{
    enum cloacina_code code = feed_check(execution, feed, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    execution->is_torn = true;
    execution->is_torn = !feed_adopt(execution, feed);
    return !execution->is_torn ? CLOACINA_OK
                               : cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                                      "taking over rows of '%.*s': no memory",
                                                      TEXT_PRINT(execution->workflow->name));
}
