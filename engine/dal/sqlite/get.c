/* SPDX-License-Identifier: Apache-2.0 */
/* get.c - rows of the file into rows of the engine.
 *
 * Law: a row that nobody could have written is an error that names it, never an empty default. */
#include <string.h>

#include "dal/sqlite/store.h"

bool get_execution_columns(struct statement *statement, struct arena *arena,
                           struct execution_row *ret_row)
{
    ret_row->id = statement_get_id(statement);
    ret_row->definition = statement_get_hash(statement);
    ret_row->status = (uint8_t)statement_get_small(statement, EXECUTION_STATUSES - 1);
    ret_row->recoveries_max = statement_get_small(statement, UINT32_MAX);
    ret_row->revision = statement_get_unsigned(statement);
    ret_row->commit = statement_get_stamp(statement);
    ret_row->created_at = statement_get_number(statement);
    ret_row->started_at = statement_get_number(statement);
    ret_row->completed_at = statement_get_number(statement);
    ret_row->completed = statement_get_small(statement, UINT32_MAX);
    ret_row->failed = statement_get_small(statement, UINT32_MAX);
    ret_row->skipped = statement_get_small(statement, UINT32_MAX);
    struct text reason = statement_get_text(statement);
    ret_row->reason = reason.bytes;
    if (reason.bytes != NULL) {
        ret_row->reason = arena_copy(arena, reason.bytes, reason.length);
        return ret_row->reason != NULL;
    }
    return true;
}

enum cloacina_code get_execution(struct sqlite_store *store, int64_t execution, struct arena *arena,
                                 struct execution_row *ret_row, struct cloacina_error *err)
{
    struct statement *get = statement_begin(store, STATEMENT_EXECUTION_READ);
    statement_put_number(get, execution);
    enum cloacina_code code = statement_first(store, get, err);
    if (code == CLOACINA_NOT_FOUND) { /* its definition is missing, then */
        code = fail_damaged(store, "workflow_executions", execution, TASK_NONE, err);
    } else if (code == CLOACINA_OK) {
        *ret_row = (struct execution_row){.status = 0};
        if (!get_execution_columns(get, arena, ret_row)) {
            code = fail_no_memory(store, err);
        } else if (get->is_damaged) {
            code = fail_damaged(store, "workflow_executions", execution, TASK_NONE, err);
        }
    }
    statement_end(get);
    return code;
}

uint32_t get_task_columns(struct statement *statement, struct task_row *ret_row,
                          struct text *ret_error)
{
    uint32_t task = statement_get_small(statement, TASK_NONE - 1);
    *ret_row =
        (struct task_row){.status = (uint8_t)statement_get_small(statement, TASK_STATUSES - 1)};
    ret_row->sub_status = (uint8_t)statement_get_small(statement, TASK_SUB_DEFERRED);
    ret_row->skip = (uint8_t)statement_get_small(statement, SKIP_CANCELLED);
    ret_row->code = (uint8_t)statement_get_small(statement, UINT8_MAX);
    ret_row->attempt = statement_get_small(statement, UINT32_MAX);
    ret_row->recoveries = statement_get_small(statement, UINT32_MAX);
    ret_row->claim = statement_get_stamp(statement);
    ret_row->retry_at = statement_get_number(statement);
    ret_row->started_at = statement_get_number(statement);
    ret_row->completed_at = statement_get_number(statement);
    *ret_error = statement_get_text(statement);
    return task;
}

/* "{}" is nothing at all, most often; it costs no arena. */
static enum cloacina_code get_delta(struct sqlite_store *store, int64_t execution, uint32_t task,
                                    struct text json, struct arena *arena,
                                    const struct delta **ret_delta, struct cloacina_error *err)
{
    struct cloacina_error cause;
    *ret_delta = NULL;
    if (text_equal(json, TEXT_LITERAL("{}"))) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = delta_read(arena, json, ret_delta, &cause);
    if (code == CLOACINA_NO_MEMORY) {
        return fail_no_memory(store, err);
    }
    if (code != CLOACINA_OK) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "store '%s': table 'task_outputs', execution %lld, task %lu: it is damaged: %s",
            store->shown, (long long)execution, (unsigned long)task, cause.message);
    }
    return CLOACINA_OK;
}

/* The row that the statement is at. */
static enum cloacina_code get_task(struct sqlite_store *store, struct statement *statement,
                                   int64_t execution, struct arena *arena,
                                   struct feed_task *ret_task, struct cloacina_error *err)
{
    struct text error;
    struct text json = statement_get_text(statement);
    *ret_task = (struct feed_task){.has_delta = json.bytes != NULL};
    ret_task->task = get_task_columns(statement, &ret_task->row, &error);
    if (statement->is_damaged) {
        return fail_damaged(store, "task_executions", execution, ret_task->task, err);
    }
    if (error.bytes != NULL) {
        ret_task->row.error = arena_copy(arena, error.bytes, error.length);
        if (ret_task->row.error == NULL) {
            return fail_no_memory(store, err);
        }
    }
    if (!ret_task->has_delta) {
        return CLOACINA_OK;
    }
    return get_delta(store, execution, ret_task->task, json, arena, &ret_task->delta, err);
}

/* The rows are gathered in the scratch: how many there are is known at the end only. */
static enum cloacina_code get_tasks(struct sqlite_store *store, struct statement *get,
                                    int64_t execution, struct arena *arena, struct feed *feed,
                                    struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    size_t count = 0;
    bool has_row = true;
    while (code == CLOACINA_OK) {
        code = statement_step(store, get, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        if (!heap_grow(store->heap, &store->scratch, &store->scratch_capacity,
                       (count + 1) * sizeof(struct feed_task), 1)) {
            code = fail_no_memory(store, err);
            break;
        }
        struct feed_task *tasks = store->scratch;
        code = get_task(store, get, execution, arena, &tasks[count++], err);
    }
    statement_end(get);
    if (code != CLOACINA_OK) {
        return code;
    }
    feed->task_count = count;
    feed->tasks = arena_take(arena, count * sizeof(struct feed_task));
    if (feed->tasks == NULL) {
        return fail_no_memory(store, err);
    }
    if (count > 0) {
        memcpy(feed->tasks, store->scratch, count * sizeof(struct feed_task));
    }
    return CLOACINA_OK;
}

enum cloacina_code get_everything(struct sqlite_store *store, int64_t execution,
                                  struct arena *arena, struct feed *ret_feed,
                                  struct cloacina_error *err)
{
    enum cloacina_code code = get_execution(store, execution, arena, &ret_feed->row, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct statement *get = statement_begin(store, STATEMENT_TASKS);
    statement_put_number(get, execution);
    return get_tasks(store, get, execution, arena, ret_feed, err);
}

enum cloacina_code get_feed(struct sqlite_store *store, int64_t execution, uint64_t revision,
                            struct arena *arena, struct feed *ret_feed, struct cloacina_error *err)
{
    enum cloacina_code code = get_execution(store, execution, arena, &ret_feed->row, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct statement *get = statement_begin(store, STATEMENT_TASKS_SINCE);
    statement_put_number(get, execution);
    statement_put_revision(get, revision);
    return get_tasks(store, get, execution, arena, ret_feed, err);
}
