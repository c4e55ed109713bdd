/* SPDX-License-Identifier: Apache-2.0 */
/* execution.c - the life of an execution in memory: begin, write changes down, accept or take them
 * back.
 *
 * Law: between accept and the first change, memory equals the store. A changeset is the only way to
 * differ from it, and undo is exact: rows, counts, views and pending numbers. */
#include "execution/execution.h"

#include <assert.h>
#include <string.h>

#include <cloacina/context.h>

#include "execution/change.h"
#include "execution/state.h"

void task_row_claim(struct task_row *row, struct stamp claim, int64_t now)
{
    row->status = TASK_RUNNING;
    row->sub_status = TASK_SUB_ACTIVE;
    row->claim = claim;
    row->retry_at = 0;
    row->started_at = now;
}

/* Fresh rows: every task NotStarted, its pending count = its dependencies. */
static bool rows_create(struct execution *execution)
{
    uint32_t count = execution->workflow->task_count;
    execution->rows = heap_take_zeroed(execution->heap, count, sizeof(struct task_row));
    execution->tasks = heap_take_zeroed(execution->heap, count, sizeof(struct execution_task));
    if (execution->rows == NULL || execution->tasks == NULL) {
        return false;
    }
    for (uint32_t task = 0; task < count; task++) {
        execution->rows[task].attempt = 1;
        execution->tasks[task].pending = execution->workflow->tasks[task].dependency_count;
    }
    return true;
}

static enum cloacina_code context_read(struct execution *execution, struct text json,
                                       struct cloacina_error *err)
{
    struct text whole = json.length == 0 ? TEXT_LITERAL("{}") : json;
    enum cloacina_code code = value_read(&execution->arena, whole, &execution->context, err);
    if (code != CLOACINA_OK) {
        return err != NULL ? cloacina_error_wrap(err, "initial context") : code;
    }
    if (value_type(execution->context) != VALUE_OBJECT) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "initial context: is %s, wanted an object",
                                    value_type_name(value_type(execution->context)));
    }
    if (value_size(execution->context) > CLOACINA_CONTEXT_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "initial context: is larger than %d MiB",
                                    (int)(CLOACINA_CONTEXT_BYTES_MAX / (1024 * 1024)));
    }
    execution->view = view_initial(&execution->arena, execution->context);
    return execution->view != NULL
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "initial context: no memory");
}

enum cloacina_code execution_begin(struct execution *execution,
                                   const struct execution_options *options,
                                   struct cloacina_error *err)
{
    *execution = (struct execution){
        .heap = options->heap != NULL ? options->heap : cloacina_heap_system(),
        .workflow = workflow_ref(options->workflow),
        .row = {.id = options->id,
                .definition = options->workflow->hash,
                .status = EXECUTION_PENDING,
                .recoveries_max = options->recoveries_max},
    };
    arena_init(&execution->arena, execution->heap);
    timer_queue_init(&execution->retries, execution->heap);
    enum cloacina_code code = context_read(execution, options->context, err);
    if (code == CLOACINA_OK && !rows_create(execution)) {
        code = cloacina_error_raise(
            err, CLOACINA_NO_MEMORY, "execution of '%.*s': no memory for %u tasks",
            TEXT_PRINT(options->workflow->name), options->workflow->task_count);
    }
    if (code != CLOACINA_OK) {
        execution_finish(execution);
    }
    return code;
}

void execution_finish(struct execution *execution)
{
    struct cloacina_heap *heap = execution->heap;
    uint32_t count = execution->workflow->task_count;
    heap_give(heap, execution->rows, count * sizeof(struct task_row));
    heap_give(heap, execution->tasks, count * sizeof(struct execution_task));
    heap_give(heap, execution->ready, execution->ready_capacity * sizeof(uint32_t));
    heap_give(heap, execution->settled, execution->settled_capacity * sizeof(uint32_t));
    heap_give(heap, execution->inputs, execution->inputs_capacity * sizeof(struct view *));
    timer_queue_finish(&execution->retries);
    arena_finish(&execution->arena);
    workflow_unref(execution->workflow);
    *execution = (struct execution){.heap = heap};
}

/* ---- writing a change down ---- */

void change_open(struct change *change)
{
    if (!change->changeset->is_open) {
        change->changeset->is_open = true;
        change->changeset->before = change->execution->row;
        change->changeset->after = &change->execution->row;
    }
}

struct task_row *change_row(struct change *change, uint32_t task)
{
    struct execution *execution = change->execution;
    struct changeset *changeset = change->changeset;
    struct execution_task *beside = &execution->tasks[task];
    change_open(change);
    if (beside->change == 0) {
        if (!heap_grow(changeset->heap, &changeset->rows, &changeset->row_capacity,
                       changeset->row_count + 1, sizeof(struct row_change))) {
            return NULL;
        }
        changeset->rows[changeset->row_count++] = (struct row_change){
            .task = task,
            .before = execution->rows[task],
            .after = &execution->rows[task],
            .view_before = beside->view,
        };
        beside->change = (uint32_t)changeset->row_count;
    }
    return &execution->rows[task];
}

struct event_row *change_event(struct change *change, enum event_type type, uint32_t task)
{
    struct changeset *changeset = change->changeset;
    if (!heap_grow(changeset->heap, &changeset->events, &changeset->event_capacity,
                   changeset->event_count + 1, sizeof(struct event_row))) {
        return NULL;
    }
    struct event_row *event = &changeset->events[changeset->event_count];
    *event = (struct event_row){
        .revision = changeset->before.revision + 1,
        .n = (uint32_t)changeset->event_count,
        .task = task,
        .attempt = task == TASK_NONE ? 0 : change->execution->rows[task].attempt,
        .type = (uint8_t)type,
        .at = change->now,
    };
    changeset->event_count++;
    return event;
}

void execution_seal(struct execution *execution, struct changeset *changeset, struct stamp commit)
{
    assert(changeset->is_open);
    execution->row.revision = changeset->before.revision + 1;
    execution->row.commit = commit;
}

static void changeset_empty(struct execution *execution, struct changeset *changeset)
{
    for (size_t i = 0; i < changeset->row_count; i++) {
        execution->tasks[changeset->rows[i].task].change = 0;
    }
    changeset->row_count = 0;
    changeset->event_count = 0;
    changeset->delta_count = 0;
    changeset->is_open = false;
}

void execution_accept(struct execution *execution, struct changeset *changeset)
{
    changeset_empty(execution, changeset);
}

void execution_undo(struct execution *execution, struct changeset *changeset)
{
    execution->settled_count = 0;
    if (!changeset->is_open) {
        return;
    }
    for (size_t i = changeset->row_count; i-- > 0;) {
        const struct row_change *row = &changeset->rows[i];
        bool was_over = task_status_is_terminal(row->before.status);
        bool is_over = task_status_is_terminal(row->after->status);
        if (was_over != is_over) {
            execution_count_dependents(execution, row->task, was_over ? UINT32_MAX : 1);
        }
        execution->rows[row->task] = row->before;
        execution->tasks[row->task].view = row->view_before;
        if (row->before.status == TASK_READY) {
            /* Its place among the Ready ones was used up. With no memory for it the task stays
             * Ready in the store, where the next poll finds it. */
            (void)!execution_push_ready(execution, row->task, 0);
        }
    }
    execution->row = changeset->before;
    changeset_empty(execution, changeset);
}

/* ---- questions ---- */

const struct view *execution_input_view(const struct execution *execution, uint32_t task)
{
    return execution->tasks[task].view;
}

static bool is_last_completed(const struct execution *execution, uint32_t task)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    if (execution->rows[task].status != TASK_COMPLETED) {
        return false;
    }
    for (uint32_t i = 0; i < definition->dependent_count; i++) {
        if (execution->rows[definition->dependents[i]].status == TASK_COMPLETED) {
            return false;
        }
    }
    return true;
}

const struct value *execution_final_context(struct execution *execution)
{
    size_t count = 0;
    for (uint32_t task = 0; execution->has_writes && task < execution->workflow->task_count;
         task++) {
        if (!is_last_completed(execution, task)) {
            continue;
        }
        if (!heap_grow(execution->heap, &execution->inputs, &execution->inputs_capacity, count + 1,
                       sizeof(struct view *))) {
            return NULL;
        }
        execution->inputs[count++] = execution->tasks[task].view;
    }
    if (count == 0) {
        return execution->context;
    }
    const struct view *view = view_unite(&execution->arena, execution->inputs, count);
    return view != NULL ? view_value(&execution->arena, view) : NULL;
}
