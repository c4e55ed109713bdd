/* SPDX-License-Identifier: Apache-2.0 */
/* put.c - the rows of one changeset into the file, inside of a write transaction.
 *
 * Law: the execution row goes first and is guarded by the revision; whoever gets past it may write
 * all the rest without looking. */
#include "dal/sqlite/store.h"

void put_execution_columns(struct statement *statement, const struct execution_row *row)
{
    statement_put_number(statement, row->started_at);
    statement_put_number(statement, row->completed_at);
    statement_put_number(statement, row->completed);
    statement_put_number(statement, row->failed);
    statement_put_number(statement, row->skipped);
    statement_put_terminated(statement, row->reason);
}

enum cloacina_code put_execution(struct sqlite_store *store, int64_t execution,
                                 const struct changeset *changeset, struct cloacina_error *err)
{
    const struct execution_row *after = changeset->after;
    struct statement *put = statement_begin(store, STATEMENT_EXECUTION_ADVANCE);
    statement_put_number(put, execution);
    statement_put_unsigned(put, changeset->before.revision);
    statement_put_number(put, after->status);
    statement_put_unsigned(put, after->revision);
    statement_put_stamp(put, after->commit);
    put_execution_columns(put, after);
    enum cloacina_code code = statement_run(store, put, err);
    if (code == CLOACINA_OK && sqlite3_changes(store->db) == 0) {
        return CLOACINA_CONFLICT;
    }
    if (code == CLOACINA_OK) {
        number_remember(store, after->id, execution, after->revision);
    }
    return code;
}

/* ---- tasks ---- */

enum cloacina_code put_ready_last(struct sqlite_store *store, struct cloacina_error *err)
{
    if (store->ready_last >= 0) {
        return CLOACINA_OK;
    }
    struct statement *last = statement_begin(store, STATEMENT_READY_LAST);
    enum cloacina_code code = statement_first(store, last, err);
    store->ready_last = 0;
    if (code == CLOACINA_OK) {
        store->ready_last = statement_get_number(last);
    }
    statement_end(last);
    return code == CLOACINA_NOT_FOUND ? CLOACINA_OK : code;
}

void put_task_columns(struct statement *statement, const struct task_row *row)
{
    statement_put_number(statement, row->status);
    statement_put_number(statement, row->sub_status);
    statement_put_number(statement, row->skip);
    statement_put_number(statement, row->code);
    statement_put_number(statement, row->attempt);
    statement_put_number(statement, row->recoveries);
    statement_put_stamp(statement, row->claim);
    statement_put_number(statement, row->retry_at);
    statement_put_number(statement, row->started_at);
    statement_put_number(statement, row->completed_at);
}

static enum cloacina_code put_error(struct sqlite_store *store, int64_t execution, uint32_t task,
                                    const char *error, struct cloacina_error *err)
{
    struct statement *put = statement_begin(store, STATEMENT_TASK_ERROR);
    struct text text = text_of(error);
    statement_put_number(put, execution);
    statement_put_number(put, task);
    statement_put_terminated(put, error);
    store->bytes += (int64_t)text.length;
    return statement_run(store, put, err);
}

static enum cloacina_code forget_output(struct sqlite_store *store, int64_t execution,
                                        uint32_t task, struct cloacina_error *err)
{
    struct statement *forget = statement_begin(store, STATEMENT_OUTPUT_DELETE);
    statement_put_number(forget, execution);
    statement_put_number(forget, task);
    return statement_run(store, forget, err);
}

/* Ready once more is Ready anew: it goes to the end of the queue. */
static enum cloacina_code put_task(struct sqlite_store *store, int64_t execution,
                                   const struct row_change *change, struct cloacina_error *err)
{
    const struct task_row *after = change->after;
    struct statement *put = statement_begin(store, STATEMENT_TASK_UPDATE);
    statement_put_number(put, execution);
    statement_put_number(put, change->task);
    put_task_columns(put, after);
    if (after->status == TASK_READY) {
        enum cloacina_code code = put_ready_last(store, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        statement_put_number(put, ++store->ready_last);
    } else {
        statement_put_null(put);
    }
    enum cloacina_code code = statement_run(store, put, err);
    if (code == CLOACINA_OK && sqlite3_changes(store->db) == 0) {
        return fail_damaged(store, "task_executions", execution, change->task, err);
    }
    if (code == CLOACINA_OK && after->error != change->before.error) {
        code = put_error(store, execution, change->task, after->error, err);
    }
    bool is_reset = change->before.status == TASK_COMPLETED && after->status != TASK_COMPLETED;
    if (code == CLOACINA_OK && is_reset) {
        code = forget_output(store, execution, change->task, err);
    }
    return code;
}

/* ---- outputs and events ---- */

enum cloacina_code put_deltas(struct sqlite_store *store, int64_t execution,
                              const struct changeset *changeset, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; code == CLOACINA_OK && i < changeset->delta_count; i++) {
        const struct delta_change *change = &changeset->deltas[i];
        text_builder_reset(&store->text);
        delta_write(&store->text, change->delta);
        if (store->text.failed) {
            return fail_no_memory(store, err);
        }
        struct statement *put = statement_begin(store, STATEMENT_OUTPUT_PUT);
        statement_put_number(put, execution);
        statement_put_number(put, change->task);
        statement_put_number(put, change->attempt);
        statement_put_text(put, text_builder_text(&store->text));
        store->bytes += (int64_t)store->text.length;
        code = statement_run(store, put, err);
    }
    return code;
}

enum cloacina_code put_events(struct sqlite_store *store, int64_t execution,
                              const struct changeset *changeset, size_t first, size_t end,
                              struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = first; code == CLOACINA_OK && i < end; i++) {
        const struct event_row *event = &changeset->events[i];
        struct statement *put = statement_begin(store, STATEMENT_EVENT_INSERT);
        statement_put_number(put, execution);
        statement_put_unsigned(put, event->revision);
        statement_put_number(put, event->n);
        if (event->task == TASK_NONE) {
            statement_put_null(put);
        } else {
            statement_put_number(put, event->task);
        }
        statement_put_number(put, event->attempt);
        statement_put_number(put, event->type);
        statement_put_number(put, event->code);
        statement_put_number(put, event->skip);
        statement_put_number(put, event->at);
        statement_put_number(put, event->retry_at);
        statement_put_stamp(put, event->claim);
        if (event->n == 0) {
            statement_put_stamp(put, changeset->after->commit);
        } else {
            statement_put_null(put);
            statement_put_null(put);
        }
        code = statement_run(store, put, err);
    }
    return code;
}

enum cloacina_code put_changeset(struct sqlite_store *store, int64_t execution,
                                 const struct changeset *changeset, struct cloacina_error *err)
{
    enum cloacina_code code = put_execution(store, execution, changeset, err);
    for (size_t i = 0; code == CLOACINA_OK && i < changeset->row_count; i++) {
        code = put_task(store, execution, &changeset->rows[i], err);
    }
    if (code == CLOACINA_OK) {
        code = put_deltas(store, execution, changeset, err);
    }
    if (code == CLOACINA_OK) {
        code = put_events(store, execution, changeset, 0, changeset->event_count, err);
    }
    if (code == CLOACINA_OK && dal_is_news(changeset)) {
        store->is_news = true;
    }
    return code;
}
