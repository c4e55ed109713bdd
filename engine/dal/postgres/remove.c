/* SPDX-License-Identifier: Apache-2.0 */
/* remove.c - forgetting executions that are over.
 *
 * Law: what can still move is never removed; what is removed goes with all that is beneath it. */
#include "dal/postgres/session.h"
#include "execution/state.h"

/* Executions of one transaction: what is beneath them may be many rows. */
enum { REMOVE_MAX = 64 };

/* Each deletes what is beneath the executions, the last the executions themselves. */
static const enum statement deletions[] = {
    STATEMENT_DELETE_EVENTS,   STATEMENT_DELETE_ALL_OUTPUTS, STATEMENT_DELETE_TASKS,
    STATEMENT_DELETE_CONTEXTS, STATEMENT_DELETE_EXECUTIONS,
};

void remove_send(struct session *session, const struct id *ids, size_t count, int64_t before,
                 int64_t revision_max)
{
    struct parameters *parameters = trip_parameters(session, STATEMENT_LOCK_ENDED);
    for (size_t i = 0; i < count; i++) {
        parameters_id(parameters, 0, ids[i]);
    }
    trip_send(session, STATEMENT_LOCK_ENDED);
    for (size_t statement = 0; statement < ARRAY_COUNT(deletions); statement++) {
        parameters = trip_parameters(session, deletions[statement]);
        for (size_t i = 0; i < count; i++) {
            parameters_id(parameters, 0, ids[i]);
        }
        parameters_number(parameters, 1, before);
        parameters_number(parameters, 2, revision_max);
        trip_send(session, deletions[statement]);
    }
}

static enum cloacina_code remove_some(struct session *session, const struct id *ids, size_t count,
                                      int64_t before, struct cloacina_error *err)
{
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    remove_send(session, ids, count, before, INT64_MAX);
    trip_send_plain(session, STATEMENT_COMMIT);
    return trip_end(session, err);
}

/* Best effort: a definition that somebody begins to use at this moment stays. */
static void definitions_forget(struct session *session)
{
    const PGresult *result;
    struct cloacina_error why = {0};
    (void)trip_parameters(session, STATEMENT_DELETE_DEFINITIONS);
    if (query_ask(session, STATEMENT_DELETE_DEFINITIONS, &result, &why) != CLOACINA_OK) {
        cloacina_log_print(session->options.log, CLOACINA_LOG_DEBUG,
                           "definitions without executions stay: %s", why.message);
    }
}

enum cloacina_code postgres_remove(struct dal *dal, struct id id, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    enum cloacina_code code = remove_some(session, &id, 1, INT64_MAX, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const PGresult *locked = trip_result(session, STATEMENT_LOCK_ENDED);
    if (reply_rows(locked) == 0 || reply_number(locked, 0, 1) == 0) {
        return no_execution_raise(id, err);
    }
    if (reply_rows(trip_result(session, STATEMENT_DELETE_EXECUTIONS)) == 0) {
        enum execution_status status = (enum execution_status)reply_number(locked, 0, 2);
        char text[ID_TEXT_SIZE];
        id_print(id, text);
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: execution %s is %s: it cannot be removed", text,
                                    execution_status_name(status));
    }
    definitions_forget(session);
    return CLOACINA_OK;
}

/* The oldest that have ended, at most REMOVE_MAX. */
static enum cloacina_code ended_find(struct session *session, int64_t before, size_t limit,
                                     struct id *ret_ids, size_t *ret_count,
                                     struct cloacina_error *err)
{
    const PGresult *result;
    struct parameters *parameters = trip_parameters(session, STATEMENT_ENDED);
    parameters_number(parameters, 0, before);
    parameters_number(parameters, 1, limit < REMOVE_MAX ? (int64_t)limit : REMOVE_MAX);
    enum cloacina_code code = query_ask(session, STATEMENT_ENDED, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_count = reply_rows(result);
    for (size_t row = 0; row < *ret_count; row++) {
        ret_ids[row] = reply_id(result, row, 0);
    }
    return CLOACINA_OK;
}

enum cloacina_code postgres_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                         size_t *ret_removed, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    struct id ids[REMOVE_MAX];
    size_t removed = 0;
    size_t found = 1;
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK && found > 0 && removed < limit) {
        code = ended_find(session, before, limit - removed, ids, &found, err);
        if (code == CLOACINA_OK && found > 0) {
            code = remove_some(session, ids, found, before, err);
            removed += code == CLOACINA_OK
                           ? reply_rows(trip_result(session, STATEMENT_DELETE_EXECUTIONS))
                           : 0;
        }
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (removed > 0) {
        definitions_forget(session);
    }
    *ret_removed = removed;
    return CLOACINA_OK;
}
