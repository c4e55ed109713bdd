/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - questions of one statement each: history, lists, definitions. Every answer is a copy in
 * the caller's arena. */
#include "dal/postgres/session.h"
#include "execution/state.h"

enum cloacina_code no_execution_raise(struct id id, struct cloacina_error *err)
{
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: there is no execution %s", text);
}

enum cloacina_code no_memory_raise(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for the answer");
}

/* A read that was cut off has changed nothing, whatever its last word. */
enum cloacina_code query_ask(struct session *session, enum statement statement,
                             const PGresult **ret_result, struct cloacina_error *err)
{
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send(session, statement);
    code = trip_end(session, err);
    if (code == CLOACINA_OK) {
        *ret_result = trip_result(session, statement);
    }
    return code;
}

/* As PostgreSQL counts. */
static int64_t limited(uint64_t number)
{
    return number < INT64_MAX ? (int64_t)number : INT64_MAX;
}

enum cloacina_code postgres_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                        uint64_t *ret_revision, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    struct parameters *parameters = trip_parameters(session, STATEMENT_FIND_COMMIT);
    parameters_id(parameters, 0, id);
    parameters_number(parameters, 1, (int64_t)commit.lease);
    parameters_number(parameters, 2, (int64_t)commit.serial);
    enum cloacina_code code = query_ask(session, STATEMENT_FIND_COMMIT, &result, err);
    if (code == CLOACINA_OK) {
        *ret_revision = reply_rows(result) == 0 ? 0 : (uint64_t)reply_number(result, 0, 0);
    }
    return code;
}

static enum cloacina_code read_event(const PGresult *result, size_t row, struct id id,
                                     struct event_row *ret_event, struct cloacina_error *err)
{
    int64_t type = reply_number(result, row, 4);
    if (type < 1 || type >= EVENT_TYPES) {
        char text[ID_TEXT_SIZE];
        id_print(id, text);
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: table 'execution_events', execution %s, revision %lld: "
                                    "there is no such event",
                                    text, (long long)reply_number(result, row, 0));
    }
    *ret_event = (struct event_row){
        .revision = (uint64_t)reply_number(result, row, 0),
        .n = (uint32_t)reply_number(result, row, 1),
        .task = reply_is_null(result, row, 2) ? TASK_NONE : (uint32_t)reply_number(result, row, 2),
        .attempt = (uint32_t)reply_number(result, row, 3),
        .type = (uint8_t)type,
        .code = (uint8_t)reply_number(result, row, 5),
        .skip = (uint8_t)reply_number(result, row, 6),
        .at = reply_number(result, row, 7),
        .retry_at = reply_number(result, row, 8),
        .claim = {(uint64_t)reply_number(result, row, 9), (uint64_t)reply_number(result, row, 10)},
    };
    return CLOACINA_OK;
}

/* The execution itself is a row without an event when it has none to tell. */
enum cloacina_code postgres_events(struct dal *dal, struct id id, uint64_t after_revision,
                                   size_t limit, struct arena *arena, struct event_row **ret_events,
                                   size_t *ret_count, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    struct parameters *parameters = trip_parameters(session, STATEMENT_EVENTS);
    parameters_id(parameters, 0, id);
    parameters_number(parameters, 1, limited(after_revision));
    parameters_number(parameters, 2, limited(limit));
    enum cloacina_code code = query_ask(session, STATEMENT_EVENTS, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    size_t count = reply_rows(result);
    if (count == 0) {
        return no_execution_raise(id, err);
    }
    count = reply_is_null(result, 0, 0) ? 0 : count;
    struct event_row *events = arena_take(arena, count * sizeof(events[0]));
    if (events == NULL) {
        return no_memory_raise(err);
    }
    for (size_t row = 0; code == CLOACINA_OK && row < count; row++) {
        code = read_event(result, row, id, &events[row], err);
    }
    if (code == CLOACINA_OK) {
        *ret_events = events;
        *ret_count = count;
    }
    return code;
}

static enum cloacina_code read_listed(const PGresult *result, size_t row, struct arena *arena,
                                      struct dal_listed *ret_listed, struct cloacina_error *err)
{
    enum cloacina_code code = feed_read_execution(result, row, arena, &ret_listed->row, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    ret_listed->task_count = (uint32_t)reply_number(result, row, FEED_TASK_COUNT);
    bool has_room = reply_text_copy(result, row, FEED_AFTER, arena, &ret_listed->workflow) &&
                    reply_text_copy(result, row, FEED_AFTER + 1, arena, &ret_listed->package) &&
                    reply_text_copy(result, row, FEED_AFTER + 2, arena, &ret_listed->tenant);
    return has_room ? CLOACINA_OK : no_memory_raise(err);
}

enum cloacina_code postgres_executions(struct dal *dal, const struct dal_question *question,
                                       struct arena *arena, struct dal_listed **ret_listed,
                                       size_t *ret_count, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    enum statement statement = question->newest_first ? STATEMENT_NEWEST : STATEMENT_OLDEST;
    struct parameters *parameters = trip_parameters(session, statement);
    struct id after = question->after;
    if (question->newest_first && id_is_zero(after)) {
        after = (struct id){UINT64_MAX, UINT64_MAX};
    }
    parameters_id(parameters, 0, after);
    parameters_number(parameters, 1, question->statuses);
    if (question->workflow.length == 0) {
        parameters_null(parameters, 2);
    } else {
        parameters_words_of(parameters, 2, question->workflow);
    }
    parameters_number(parameters, 3, limited(question->limit));
    enum cloacina_code code = query_ask(session, statement, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    size_t count = reply_rows(result);
    struct dal_listed *listed = arena_take(arena, count * sizeof(listed[0]));
    if (listed == NULL) {
        return no_memory_raise(err);
    }
    for (size_t row = 0; code == CLOACINA_OK && row < count; row++) {
        code = read_listed(result, row, arena, &listed[row], err);
    }
    if (code == CLOACINA_OK) {
        *ret_listed = listed;
        *ret_count = count;
    }
    return code;
}

enum cloacina_code postgres_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                       struct text *ret_json, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    parameters_words_of(trip_parameters(session, STATEMENT_DEFINITION), 0, workflow);
    enum cloacina_code code = query_ask(session, STATEMENT_DEFINITION, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (reply_rows(result) == 0) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: it knows no workflow '%.*s'",
                                    TEXT_PRINT(workflow));
    }
    return reply_text_copy(result, 0, 0, arena, ret_json) ? CLOACINA_OK : no_memory_raise(err);
}
