/* SPDX-License-Identifier: Apache-2.0 */
/* feed.c - the rows of one execution, all of them or those that changed.
 *
 * Laws: what is read is of one moment (a snapshot, or a lock). What cannot be is INVALID, with the
 * table and the key: damaged data is an error, never an empty default. */
#include "dal/postgres/session.h"
#include "dal/postgres/wire.h"
#include "execution/state.h"

static enum cloacina_code damaged(const char *table, struct id id, const char *what,
                                  struct cloacina_error *err)
{
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    return cloacina_error_raise(err, CLOACINA_INVALID, "store: table '%s', execution %s: %s", table,
                                text, what);
}

static enum cloacina_code damaged_task(const char *table, struct id id, uint32_t task,
                                       const char *what, struct cloacina_error *err)
{
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "store: table '%s', execution %s, task %u: %s", table, text, task,
                                what);
}

/* ---- the execution ---- */

enum cloacina_code feed_read_execution(const PGresult *result, size_t row, struct arena *arena,
                                       struct execution_row *ret_row, struct cloacina_error *err)
{
    struct id id = reply_id(result, row, 0);
    struct text hash = reply_text(result, row, 1);
    int64_t status = reply_number(result, row, 2);
    if (hash.length != 16) {
        return damaged("workflow_definitions", id, "the hash has not 16 bytes", err);
    }
    if (status < 0 || status >= EXECUTION_STATUSES) {
        return damaged("workflow_executions", id, "there is no such status", err);
    }
    *ret_row = (struct execution_row){
        .id = id,
        .definition = {(uint64_t)wire_get(hash.bytes, 8), (uint64_t)wire_get(hash.bytes + 8, 8)},
        .status = (uint8_t)status,
        .recoveries_max = (uint32_t)reply_number(result, row, 3),
        .revision = (uint64_t)reply_number(result, row, 4),
        .commit = {(uint64_t)reply_number(result, row, 5), (uint64_t)reply_number(result, row, 6)},
        .created_at = reply_number(result, row, 7),
        .started_at = reply_number(result, row, 8),
        .completed_at = reply_number(result, row, 9),
        .completed = (uint32_t)reply_number(result, row, 10),
        .failed = (uint32_t)reply_number(result, row, 11),
        .skipped = (uint32_t)reply_number(result, row, 12),
    };
    return reply_words(result, row, 13, arena, &ret_row->reason) ? CLOACINA_OK
                                                                 : no_memory_raise(err);
}

/* ---- tasks ---- */

static bool is_task_row(const PGresult *result, size_t row, uint32_t task_count)
{
    int64_t task = reply_number(result, row, 0);
    int64_t status = reply_number(result, row, 1);
    int64_t sub_status = reply_number(result, row, 2);
    int64_t skip = reply_number(result, row, 3);
    return task >= 0 && task < task_count && status >= 0 && status < TASK_STATUSES &&
           sub_status >= 0 && sub_status <= TASK_SUB_DEFERRED && skip >= 0 &&
           skip <= SKIP_CANCELLED;
}

static enum cloacina_code read_delta(const PGresult *result, size_t row, struct id id,
                                     struct arena *arena, struct feed_task *task,
                                     struct cloacina_error *err)
{
    struct cloacina_error why = {0};
    task->has_delta = !reply_is_null(result, row, 13);
    if (!task->has_delta) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = delta_read(arena, reply_text(result, row, 13), &task->delta, &why);
    if (code == CLOACINA_NO_MEMORY) {
        return no_memory_raise(err);
    }
    if (code != CLOACINA_OK) {
        return damaged_task("task_outputs", id, task->task, why.message, err);
    }
    if (delta_is_empty(task->delta)) {
        task->delta = NULL;
    }
    return CLOACINA_OK;
}

static enum cloacina_code read_task(const PGresult *result, size_t row, struct id id,
                                    struct arena *arena, struct feed_task *ret_task,
                                    struct cloacina_error *err)
{
    *ret_task = (struct feed_task){
        .task = (uint32_t)reply_number(result, row, 0),
        .row =
            {
                .status = (uint8_t)reply_number(result, row, 1),
                .sub_status = (uint8_t)reply_number(result, row, 2),
                .skip = (uint8_t)reply_number(result, row, 3),
                .code = (uint8_t)reply_number(result, row, 4),
                .attempt = (uint32_t)reply_number(result, row, 5),
                .recoveries = (uint32_t)reply_number(result, row, 6),
                .claim = {(uint64_t)reply_number(result, row, 7),
                          (uint64_t)reply_number(result, row, 8)},
                .retry_at = reply_number(result, row, 9),
                .started_at = reply_number(result, row, 10),
                .completed_at = reply_number(result, row, 11),
            },
    };
    if (!reply_words(result, row, 12, arena, &ret_task->row.error)) {
        return no_memory_raise(err);
    }
    return read_delta(result, row, id, arena, ret_task, err);
}

static enum cloacina_code read_tasks(const PGresult *result, struct id id, uint32_t task_count,
                                     struct arena *arena, struct feed *feed,
                                     struct cloacina_error *err)
{
    feed->task_count = reply_rows(result);
    feed->tasks = arena_take(arena, feed->task_count * sizeof(feed->tasks[0]));
    if (feed->tasks == NULL) {
        return no_memory_raise(err);
    }
    enum cloacina_code code = CLOACINA_OK;
    for (size_t row = 0; code == CLOACINA_OK && row < feed->task_count; row++) {
        if (!is_task_row(result, row, task_count)) {
            return damaged_task("task_executions", id, (uint32_t)reply_number(result, row, 0),
                                "there is no such task or status", err);
        }
        code = read_task(result, row, id, arena, &feed->tasks[row], err);
    }
    return code;
}

/* ---- the calls ---- */

enum cloacina_code postgres_load(struct dal *dal, struct id id, struct arena *arena,
                                 struct dal_snapshot *ret_snapshot, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN_SNAPSHOT);
    parameters_id(trip_parameters(session, STATEMENT_EXECUTION_WHOLE), 0, id);
    trip_send(session, STATEMENT_EXECUTION_WHOLE);
    parameters_id(trip_parameters(session, STATEMENT_TASKS), 0, id);
    trip_send(session, STATEMENT_TASKS);
    trip_send_plain(session, STATEMENT_END_SNAPSHOT);
    code = trip_end(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct dal_snapshot snapshot = {0};
    const PGresult *whole = trip_result(session, STATEMENT_EXECUTION_WHOLE);
    if (reply_rows(whole) == 0) {
        return no_execution_raise(id, err);
    }
    uint32_t task_count = (uint32_t)reply_number(whole, 0, FEED_TASK_COUNT);
    code = feed_read_execution(whole, 0, arena, &snapshot.feed.row, err);
    if (code == CLOACINA_OK && reply_is_null(whole, 0, FEED_AFTER + 1)) {
        code = damaged("contexts", id, "the row is missing", err);
    }
    if (code == CLOACINA_OK) {
        code = read_tasks(trip_result(session, STATEMENT_TASKS), id, task_count, arena,
                          &snapshot.feed, err);
    }
    if (code == CLOACINA_OK && snapshot.feed.task_count != task_count) {
        code = damaged("task_executions", id, "rows are missing", err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    snapshot.definition = snapshot.feed.row.definition;
    if (!reply_text_copy(whole, 0, FEED_AFTER, arena, &snapshot.definition_json) ||
        !reply_text_copy(whole, 0, FEED_AFTER + 1, arena, &snapshot.context)) {
        return no_memory_raise(err);
    }
    *ret_snapshot = snapshot;
    return CLOACINA_OK;
}

void feed_ask(struct session *session, struct id id, uint64_t revision)
{
    parameters_id(trip_parameters(session, STATEMENT_EXECUTION), 0, id);
    trip_send(session, STATEMENT_EXECUTION);
    struct parameters *parameters = trip_parameters(session, STATEMENT_TASKS_SINCE);
    parameters_id(parameters, 0, id);
    parameters_number(parameters, 1, revision < INT64_MAX ? (int64_t)revision : INT64_MAX);
    trip_send(session, STATEMENT_TASKS_SINCE);
}

enum cloacina_code feed_read(struct session *session, struct id id, struct arena *arena,
                             struct feed *ret_feed, struct cloacina_error *err)
{
    struct feed feed = {0};
    const PGresult *execution = trip_result(session, STATEMENT_EXECUTION);
    if (reply_rows(execution) == 0) {
        return no_execution_raise(id, err);
    }
    enum cloacina_code code = feed_read_execution(execution, 0, arena, &feed.row, err);
    if (code == CLOACINA_OK) {
        code = read_tasks(trip_result(session, STATEMENT_TASKS_SINCE), id,
                          (uint32_t)reply_number(execution, 0, FEED_TASK_COUNT), arena, &feed, err);
    }
    if (code == CLOACINA_OK) {
        *ret_feed = feed;
    }
    return code;
}

enum cloacina_code postgres_refresh(struct dal *dal, struct id id, uint64_t revision,
                                    struct arena *arena, struct feed *ret_feed,
                                    struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN_SNAPSHOT);
    feed_ask(session, id, revision);
    trip_send_plain(session, STATEMENT_END_SNAPSHOT);
    code = trip_end(session, err);
    return code == CLOACINA_OK ? feed_read(session, id, arena, ret_feed, err) : code;
}
