/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - the rows of many writes, gathered into one statement for each table.
 *
 * One pass over the writes for each statement; a statement that has grown large is sent and begun
 * anew. Law: rows go in the order of the writes, and so do the places in the queue of Ready tasks. */
#include "dal/postgres/session.h"
#include "dal/postgres/wire.h"
#include "execution/state.h"

/* A statement under construction. */
struct draft {
    struct session *session;
    struct parameters *parameters;
    enum statement statement;
    size_t rows;
};

static struct draft draft_begin(struct session *session, enum statement statement)
{
    return (struct draft){session, trip_parameters(session, statement), statement, 0};
}

static void draft_end(struct draft *draft)
{
    if (draft->rows > 0) {
        trip_send(draft->session, draft->statement);
        draft->rows = 0;
    }
}

/* After each row. */
static void draft_next(struct draft *draft)
{
    draft->rows++;
    if (draft->rows >= COMMIT_ROWS_MAX || parameters_size(draft->parameters) >= COMMIT_BYTES_MAX) {
        draft_end(draft);
        draft->parameters = trip_parameters(draft->session, draft->statement);
    }
}

size_t write_row_count(const struct dal_write *write)
{
    size_t rows = write->changeset->row_count;
    return write->submission == NULL ? rows : write->submission->workflow->task_count;
}

static size_t delta_size(const struct delta *delta)
{
    size_t size = 0;
    for (size_t i = 0; delta != NULL && i < delta->count; i++) {
        size += delta->entries[i].path.encoded.length;
        size += delta->entries[i].value == NULL ? 0 : value_size(delta->entries[i].value);
    }
    return size;
}

size_t write_size(const struct dal_write *write)
{
    const struct changeset *changeset = write->changeset;
    size_t size = write->submission == NULL ? 0 : write->submission->context.length;
    for (size_t i = 0; i < changeset->delta_count; i++) {
        size += delta_size(changeset->deltas[i].delta);
    }
    return size;
}

/* ---- executions ---- */

/* The columns that an update and an insert have in common, in this order. */
static void put_execution(struct parameters *parameters, size_t place,
                          const struct execution_row *row)
{
    parameters_number(parameters, place++, (int64_t)row->revision);
    parameters_number(parameters, place++, (int64_t)row->commit.lease);
    parameters_number(parameters, place++, (int64_t)row->commit.serial);
    parameters_number(parameters, place++, row->created_at);
    parameters_number(parameters, place++, row->started_at);
    parameters_number(parameters, place++, row->completed_at);
    parameters_number(parameters, place++, row->completed);
    parameters_number(parameters, place++, row->failed);
    parameters_number(parameters, place++, row->skipped);
    parameters_number(parameters, place++, row->status);
    parameters_words(parameters, place, row->reason);
}

static void update_executions(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_UPDATE_EXECUTIONS);
    for (size_t i = 0; i < count; i++) {
        const struct changeset *changeset = writes[i].changeset;
        if (writes[i].submission == NULL) {
            parameters_id(draft.parameters, 0, changeset->before.id);
            parameters_number(draft.parameters, 1, (int64_t)changeset->before.revision);
            put_execution(draft.parameters, 2, changeset->after);
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

static void put_new_execution(struct parameters *parameters, const struct workflow *workflow,
                              const struct execution_row *row)
{
    char hash[16];
    wire_put(hash, 8, (int64_t)workflow->hash.high);
    wire_put(hash + 8, 8, (int64_t)workflow->hash.low);
    parameters_id(parameters, 0, row->id);
    parameters_text(parameters, 1, (struct text){hash, sizeof(hash)});
    parameters_number(parameters, 2, row->recoveries_max);
    put_execution(parameters, 3, row);
}

static void insert_executions(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_INSERT_EXECUTIONS);
    for (size_t i = 0; i < count; i++) {
        if (writes[i].submission != NULL) {
            put_new_execution(draft.parameters, writes[i].submission->workflow,
                              writes[i].changeset->after);
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

static void insert_contexts(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_INSERT_CONTEXTS);
    for (size_t i = 0; i < count; i++) {
        if (writes[i].submission != NULL) {
            parameters_id(draft.parameters, 0, writes[i].changeset->before.id);
            parameters_text(draft.parameters, 1, writes[i].submission->context);
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

void write_executions(struct session *session, const struct dal_write *writes, size_t count)
{
    update_executions(session, writes, count);
    insert_executions(session, writes, count);
    insert_contexts(session, writes, count);
}

/* ---- tasks ---- */

/* Fifteen columns from the first on. `place` in the queue counts, if the row is Ready. */
static void put_task(struct parameters *parameters, struct id id, uint32_t task,
                     const struct task_row *row, int64_t place)
{
    parameters_id(parameters, 0, id);
    parameters_number(parameters, 1, task);
    parameters_number(parameters, 2, row->status);
    parameters_number(parameters, 3, row->sub_status);
    parameters_number(parameters, 4, row->skip);
    parameters_number(parameters, 5, row->code);
    parameters_number(parameters, 6, row->attempt);
    parameters_number(parameters, 7, row->recoveries);
    parameters_number(parameters, 8, (int64_t)row->claim.lease);
    parameters_number(parameters, 9, (int64_t)row->claim.serial);
    parameters_number(parameters, 10, row->retry_at);
    parameters_number(parameters, 11, row->started_at);
    parameters_number(parameters, 12, row->completed_at);
    if (row->status == TASK_READY) {
        parameters_number(parameters, 13, place);
    } else {
        parameters_null(parameters, 13);
    }
    parameters_words(parameters, 14, row->error);
}

static size_t ready_rows(const struct dal_write *write)
{
    const struct changeset *changeset = write->changeset;
    size_t ready = 0;
    for (size_t i = 0; i < changeset->row_count; i++) {
        ready += changeset->rows[i].after->status == TASK_READY;
    }
    return ready;
}

/* Takes a number of the queue if some row becomes Ready. */
static void next_ready(struct session *session, const struct dal_write *writes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ready_rows(&writes[i]) > 0) {
            trip_send_plain(session, STATEMENT_NEXT_READY);
            return;
        }
    }
}

static void update_tasks(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_UPDATE_TASKS);
    int64_t place = 0;
    for (size_t i = 0; i < count; i++) {
        const struct changeset *changeset = writes[i].changeset;
        if (writes[i].submission != NULL) {
            place += (int64_t)ready_rows(&writes[i]);
            continue;
        }
        for (size_t j = 0; j < changeset->row_count; j++) {
            const struct row_change *change = &changeset->rows[j];
            put_task(draft.parameters, changeset->before.id, change->task, change->after, place);
            parameters_number(draft.parameters, 15, change->before.status);
            parameters_number(draft.parameters, 16, (int64_t)change->before.claim.lease);
            parameters_number(draft.parameters, 17, (int64_t)change->before.claim.serial);
            place += change->after->status == TASK_READY;
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

static void insert_tasks(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_INSERT_TASKS);
    int64_t place = 0;
    for (size_t i = 0; i < count; i++) {
        const struct dal_submission *submission = writes[i].submission;
        if (submission == NULL) {
            place += (int64_t)ready_rows(&writes[i]);
            continue;
        }
        for (uint32_t task = 0; task < submission->workflow->task_count; task++) {
            put_task(draft.parameters, writes[i].changeset->before.id, task,
                     &submission->rows[task], place);
            place += submission->rows[task].status == TASK_READY;
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

/* ---- outputs, events ---- */

/* Tasks that were Completed and are not any more: what they wrote is forgotten. */
static void delete_outputs(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_DELETE_OUTPUTS);
    for (size_t i = 0; i < count; i++) {
        const struct changeset *changeset = writes[i].changeset;
        for (size_t j = 0; j < changeset->row_count; j++) {
            if (changeset->rows[j].before.status == TASK_COMPLETED &&
                changeset->rows[j].after->status != TASK_COMPLETED) {
                parameters_id(draft.parameters, 0, changeset->before.id);
                parameters_number(draft.parameters, 1, changeset->rows[j].task);
                draft_next(&draft);
            }
        }
    }
    draft_end(&draft);
}

static void insert_outputs(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_INSERT_OUTPUTS);
    struct text_builder json;
    text_builder_init(&json, session->heap);
    for (size_t i = 0; i < count; i++) {
        const struct changeset *changeset = writes[i].changeset;
        for (size_t j = 0; j < changeset->delta_count; j++) {
            const struct delta_change *change = &changeset->deltas[j];
            text_builder_reset(&json);
            delta_write(&json, change->delta);
            draft.parameters->has_failed |= json.failed;
            parameters_id(draft.parameters, 0, changeset->before.id);
            parameters_number(draft.parameters, 1, change->task);
            parameters_number(draft.parameters, 2, change->attempt);
            parameters_text(draft.parameters, 3, text_builder_text(&json));
            draft_next(&draft);
        }
    }
    draft_end(&draft);
    text_builder_finish(&json);
}

static void put_event(struct parameters *parameters, const struct changeset *changeset,
                      const struct event_row *event)
{
    parameters_id(parameters, 0, changeset->before.id);
    parameters_number(parameters, 1, (int64_t)event->revision);
    parameters_number(parameters, 2, event->n);
    if (event->task == TASK_NONE) {
        parameters_null(parameters, 3);
    } else {
        parameters_number(parameters, 3, event->task);
    }
    parameters_number(parameters, 4, event->attempt);
    parameters_number(parameters, 5, event->type);
    parameters_number(parameters, 6, event->code);
    parameters_number(parameters, 7, event->skip);
    parameters_number(parameters, 8, event->at);
    parameters_number(parameters, 9, event->retry_at);
    parameters_number(parameters, 10, (int64_t)event->claim.lease);
    parameters_number(parameters, 11, (int64_t)event->claim.serial);
    if (event->n == 0) {
        parameters_number(parameters, 12, (int64_t)changeset->after->commit.lease);
        parameters_number(parameters, 13, (int64_t)changeset->after->commit.serial);
    } else {
        parameters_null(parameters, 12);
        parameters_null(parameters, 13);
    }
}

static void insert_events(struct session *session, const struct dal_write *writes, size_t count)
{
    struct draft draft = draft_begin(session, STATEMENT_INSERT_EVENTS);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < writes[i].changeset->event_count; j++) {
            put_event(draft.parameters, writes[i].changeset, &writes[i].changeset->events[j]);
            draft_next(&draft);
        }
    }
    draft_end(&draft);
}

void write_rows(struct session *session, const struct dal_write *writes, size_t count)
{
    next_ready(session, writes, count);
    insert_tasks(session, writes, count);
    update_tasks(session, writes, count);
    delete_outputs(session, writes, count);
    insert_outputs(session, writes, count);
    insert_events(session, writes, count);
}

/* ---- submissions that take several transactions ---- */

void write_unseen(struct session *session, const struct dal_write *write)
{
    struct execution_row row = write->changeset->before;
    row.revision = 0;
    row.status = EXECUTION_CANCELLED; /* if it is never finished, the next sweep removes it */
    row.completed_at = write->changeset->after->created_at;
    (void)trip_parameters(session, STATEMENT_INSERT_EXECUTIONS);
    put_new_execution(&session->parameters, write->submission->workflow, &row);
    trip_send(session, STATEMENT_INSERT_EXECUTIONS);
    insert_contexts(session, write, 1);
}

void write_unseen_tasks(struct session *session, const struct dal_write *write, uint32_t first,
                        uint32_t count)
{
    static const struct task_row fresh = {.attempt = 1};
    (void)trip_parameters(session, STATEMENT_INSERT_TASKS);
    for (uint32_t i = 0; i < count; i++) {
        put_task(&session->parameters, write->changeset->before.id, first + i, &fresh, 0);
    }
    trip_send(session, STATEMENT_INSERT_TASKS);
}
