/* SPDX-License-Identifier: Apache-2.0 */
/* submit.c - new executions: their definitions, why one was not inserted, and large ones in slices.
 *
 *   revision 0, NotStarted rows   slice | slice | ... | the changeset as an ordinary commit
 *   nobody sees it --------------------------------> ^ there it is, whole
 *
 * Laws: a definition is stored before the first execution of it is locked. What a slice has left
 * behind when its writer died is removed by the next try, or by remove_ended. */
#include "dal/postgres/session.h"
#include "dal/postgres/wire.h"

/* ---- definitions ---- */

static bool is_stored(const struct session *session, struct hash128 hash)
{
    for (size_t i = 0; i < SESSION_DEFINITIONS; i++) {
        if (hash128_equal(session->definitions[i], hash)) {
            return true;
        }
    }
    return false;
}

static enum cloacina_code definition_store(struct session *session, const struct workflow *workflow)
{
    char hash[16];
    enum cloacina_code code = trip_begin(session, NULL);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct parameters *parameters = trip_parameters(session, STATEMENT_INSERT_DEFINITION);
    wire_put(hash, 8, (int64_t)workflow->hash.high);
    wire_put(hash + 8, 8, (int64_t)workflow->hash.low);
    parameters_text(parameters, 0, (struct text){hash, sizeof(hash)});
    parameters_text(parameters, 1, workflow->tenant);
    parameters_text(parameters, 2, workflow->package);
    parameters_text(parameters, 3, workflow->name);
    parameters_number(parameters, 4, workflow->task_count);
    parameters_text(parameters, 5, workflow->json);
    trip_send(session, STATEMENT_INSERT_DEFINITION);
    code = trip_end(session, NULL);
    if (code == CLOACINA_OK) {
        session->definitions[session->definition_next] = workflow->hash;
        session->definition_next = (session->definition_next + 1) % SESSION_DEFINITIONS;
    }
    return code;
}

enum cloacina_code submit_definitions(struct session *session, const struct dal_write *writes,
                                      size_t count, bool *ret_is_of_rows)
{
    for (size_t i = 0; i < count; i++) {
        const struct dal_submission *submission = writes[i].submission;
        if (submission == NULL || is_stored(session, submission->workflow->hash)) {
            continue;
        }
        enum cloacina_code code = definition_store(session, submission->workflow);
        if (code != CLOACINA_OK) {
            *ret_is_of_rows = session->trip.failure.is_of_rows;
            return code;
        }
    }
    return CLOACINA_OK;
}

/* ---- not inserted ---- */

/* Removes what an earlier try has left behind. */
static enum cloacina_code unseen_remove(struct session *session, struct id id)
{
    enum cloacina_code code = trip_begin(session, NULL);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    remove_send(session, &id, 1, INT64_MAX, 0);
    trip_send_plain(session, STATEMENT_COMMIT);
    return trip_end(session, NULL);
}

enum cloacina_code submit_judge(struct session *session, const struct dal_write *write)
{
    struct id id = write->changeset->before.id;
    const PGresult *result;
    parameters_id(trip_parameters(session, STATEMENT_LOOK), 0, id);
    enum cloacina_code code = query_ask(session, STATEMENT_LOOK, &result, NULL);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (reply_rows(result) == 0) { /* then it was the definition that somebody has removed */
        for (size_t i = 0; i < SESSION_DEFINITIONS; i++) {
            session->definitions[i] = (struct hash128){0};
        }
        return CLOACINA_OK;
    }
    return reply_number(result, 0, 0) > 0 ? CLOACINA_EXISTS : unseen_remove(session, id);
}

/* ---- slices ---- */

/* The answer to a slice that is not the last: it is not seen, so it does not count. */
static enum cloacina_code slice_end(struct session *session)
{
    trip_send_plain(session, STATEMENT_COMMIT);
    enum cloacina_code code = trip_end(session, NULL);
    return code == CLOACINA_UNKNOWN ? CLOACINA_UNAVAILABLE : code;
}

/* EXISTS: the row was not inserted. */
static enum cloacina_code slice_first(struct session *session, const struct dal_write *write)
{
    bool is_of_rows;
    enum cloacina_code code = submit_definitions(session, write, 1, &is_of_rows);
    if (code == CLOACINA_OK) {
        code = trip_begin(session, NULL);
    }
    if (code != CLOACINA_OK) {
        return code == CLOACINA_UNKNOWN ? CLOACINA_UNAVAILABLE : code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    write_unseen(session, write);
    code = slice_end(session);
    if (code == CLOACINA_OK && reply_rows(trip_result(session, STATEMENT_INSERT_EXECUTIONS)) == 0) {
        return CLOACINA_EXISTS;
    }
    return code;
}

static enum cloacina_code slice_tasks(struct session *session, const struct dal_write *write,
                                      uint32_t first, uint32_t count)
{
    enum cloacina_code code = trip_begin(session, NULL);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    parameters_id(trip_parameters(session, STATEMENT_TOUCH_UNSEEN), 0, write->changeset->before.id);
    trip_send(session, STATEMENT_TOUCH_UNSEEN);
    write_unseen_tasks(session, write, first, count);
    code = slice_end(session);
    if (code == CLOACINA_OK && reply_rows(trip_result(session, STATEMENT_TOUCH_UNSEEN)) == 0) {
        return CLOACINA_UNAVAILABLE; /* somebody has removed what was begun: begin again */
    }
    return code;
}

enum cloacina_code submit_in_slices(struct session *session, const struct dal_write *write)
{
    uint32_t count = write->submission->workflow->task_count;
    enum cloacina_code code = slice_first(session, write);
    if (code == CLOACINA_EXISTS) {
        code = submit_judge(session, write);
        code = code == CLOACINA_OK ? slice_first(session, write) : code;
    }
    for (uint32_t first = 0; code == CLOACINA_OK && first < count; first += COMMIT_ROWS_MAX) {
        uint32_t left = count - first;
        code = slice_tasks(session, write, first, left < COMMIT_ROWS_MAX ? left : COMMIT_ROWS_MAX);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct dal_write last = {.changeset = write->changeset};
    enum cloacina_code answer = CLOACINA_OK;
    bool is_of_rows;
    code = commit_batch(session, &last, 1, &answer, &is_of_rows);
    return code == CLOACINA_OK ? answer : code;
}
