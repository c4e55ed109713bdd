/* SPDX-License-Identifier: Apache-2.0 */
/* trip.c - one round trip in libpq's pipeline mode: statements out, results in, never past the
 * deadline.
 *
 *   [owed sync]... | bind, execute | bind, execute | ... | sync      out
 *   [discarded]... | result        | result        | ... | sync      in
 *
 * With a gate each statement is a round trip of its own.
 *
 * Law: an answer that was lost is UNKNOWN exactly when the last word (COMMIT) may have reached the
 * server and no statement before it is known to have failed. */
#include <assert.h>
#include <string.h>

#include "base/instant.h"
#include "dal/postgres/session.h"

/* A statement of so many bytes is out before the next one is made, for libpq keeps what it could not
 * send. */
#define PUSH_SIZE ((size_t)256 * 1024)

static const char connection_closed[] = "the connection was closed";

static void results_clear(struct trip *trip)
{
    for (size_t i = 0; i < trip->count; i++) {
        PQclear(trip->results[i]);
    }
    trip->count = 0;
    trip->answered = 0;
}

void trip_finish(struct session *session)
{
    struct trip *trip = &session->trip;
    results_clear(trip);
    heap_give(session->heap, trip->sent, trip->sent_capacity * sizeof(trip->sent[0]));
    heap_give(session->heap, trip->results, trip->results_capacity * sizeof(trip->results[0]));
}

static bool has_failed(const struct trip *trip)
{
    return trip->failure.code != CLOACINA_OK;
}

/* The first failure counts; what follows is its echo. */
static void fail(struct session *session, struct failure_meaning failure, const char *sqlstate,
                 const char *message)
{
    struct trip *trip = &session->trip;
    if (has_failed(trip)) {
        return;
    }
    trip->failure = failure;
    trip->culprit = trip->answered < trip->count ? trip->sent[trip->answered] : STATEMENT_BEGIN;
    trip->sqlstate[0] = '\0';
    if (sqlstate != NULL) {
        memcpy(trip->sqlstate, sqlstate, sizeof(trip->sqlstate));
    }
    (void)session_raise(session, failure.code, message, &trip->error);
}

/* May the last word have been heard? */
static bool may_be_applied(const struct trip *trip)
{
    size_t i = 0;
    while (i < trip->count && !statement_text(trip->sent[i])->is_last_word) {
        i++;
    }
    return i < trip->count;
}

/* Everything was answered, a COMMIT too if there was one: what follows changes nothing. (A last word
 * that is no COMMIT is applied with the sync.) */
static bool is_complete(const struct trip *trip)
{
    return trip->count > 0 && trip->answered == trip->count && !has_failed(trip) &&
           (trip->sent[trip->count - 1] == STATEMENT_COMMIT ||
            !statement_text(trip->sent[trip->count - 1])->is_last_word);
}

/* The connection is of no use any more. */
static void lose(struct session *session, const char *message)
{
    struct trip *trip = &session->trip;
    if (is_complete(trip)) {
        session_disconnect(session);
        return;
    }
    bool is_unknown = !has_failed(trip) && may_be_applied(trip);
    fail(session, failure_meaning(NULL), NULL, message);
    if (is_unknown) {
        trip->failure.code = trip->error.code = CLOACINA_UNKNOWN;
    }
    session_disconnect(session);
}

static void no_memory(struct session *session)
{
    fail(session, (struct failure_meaning){CLOACINA_NO_MEMORY, false, false}, NULL,
         "no memory for what is sent");
}

/* ---- in ---- */

static void judge(struct session *session, const PGresult *result)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    struct trip *trip = &session->trip;
    if (sqlstate == NULL) {
        lose(session, PQresultErrorMessage(result));
        return;
    }
    struct failure_meaning meaning = failure_meaning(sqlstate);
    bool is_at_end = trip->count > 0 && (trip->answered == trip->count ||
                                         statement_text(trip->sent[trip->answered])->is_last_word);
    if (meaning.is_final && is_at_end) {
        lose(session, message); /* it ended in the middle of the last word, or after it */
        return;
    }
    fail(session, meaning, sqlstate, message);
}

/* The next result in the order of sending; owned by the trip from here on. */
static void accept(struct session *session, PGresult *result)
{
    struct trip *trip = &session->trip;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_FATAL_ERROR) {
        judge(session, result);
    }
    if (trip->is_preparing || trip->answered == trip->count) {
        PQclear(result);
        return;
    }
    trip->results[trip->answered] = result;
    trip->answered++;
}

/* The next result that libpq has complete. NULL: there is none yet, or nothing is to come. */
static PGresult *next_result(PGconn *connection)
{
    PGresult *result = PQisBusy(connection) ? NULL : PQgetResult(connection);
    if (result == NULL && !PQisBusy(connection)) { /* that was the end of a statement */
        result = PQgetResult(connection);
    }
    return result;
}

/* Takes what has come. True: the trip's sync, too. */
static bool take_results(struct session *session)
{
    PGresult *result;
    while (session->connection != NULL && (result = next_result(session->connection)) != NULL) {
        bool is_sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (session->owed == 0 && !is_sync) {
            accept(session, result);
            continue;
        }
        PQclear(result);
        if (session->owed == 0) {
            return true;
        }
        session->owed -= is_sync;
    }
    return false;
}

/* Sends what libpq has kept back, and waits until the sync of this trip is there; or only until all
 * is sent. */
static void exchange(struct session *session, bool until_synced)
{
    int64_t deadline =
        instant_add(cloacina_clock_monotonic(session->clock), session->statement_timeout);
    bool is_synced = false;
    bool is_alive = true;
    while (session->connection != NULL && !is_synced) {
        int unsent = PQflush(session->connection);
        is_synced = take_results(session);
        if (is_synced || session->connection == NULL || (!until_synced && unsent == 0)) {
            break;
        }
        if (unsent < 0 || !is_alive || PQstatus(session->connection) == CONNECTION_BAD) {
            lose(session, PQerrorMessage(session->connection));
        } else if (!session_wait(session, unsent > 0, deadline)) {
            lose(session, "the server did not answer in time");
        } else {
            is_alive = PQconsumeInput(session->connection) != 0; /* its last words are taken yet */
        }
    }
    if (session->connection != NULL && session->trip.failure.is_final) {
        session_disconnect(session);
    }
}

bool trip_take_in(struct session *session)
{
    bool is_alive = PQconsumeInput(session->connection) != 0;
    while (is_alive && session->owed > 0 && !PQisBusy(session->connection)) {
        PGresult *result = PQgetResult(session->connection);
        session->owed -= PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
        is_alive = PQstatus(session->connection) != CONNECTION_BAD;
    }
    if (!is_alive) {
        session_disconnect(session);
    }
    return is_alive;
}

/* ---- out ---- */

static void start(struct session *session)
{
    struct trip *trip = &session->trip;
    results_clear(trip);
    trip->failure = (struct failure_meaning){0};
    trip->error = (struct cloacina_error){0};
    trip->sqlstate[0] = '\0';
}

/* A connection that was cut while nobody used it is found out before anything is sent over it. */
enum cloacina_code trip_begin(struct session *session, struct cloacina_error *err)
{
    start(session);
    while (session->connection != NULL && session_is_readable(session)) {
        if (trip_take_in(session)) {
            notify_collect(session);
        }
    }
    return session_connect(session, err);
}

void trip_continue(struct session *session)
{
    start(session);
    if (session->connection == NULL) {
        fail(session, failure_meaning(NULL), NULL, connection_closed);
    }
}

struct parameters *trip_parameters(struct session *session, enum statement statement)
{
    parameters_start(&session->parameters, statement_text(statement)->types);
    return &session->parameters;
}

static bool has_room(struct session *session)
{
    struct trip *trip = &session->trip;
    return heap_grow(session->heap, &trip->sent, &trip->sent_capacity, trip->count + 1,
                     sizeof(trip->sent[0])) &&
           heap_grow(session->heap, &trip->results, &trip->results_capacity, trip->count + 1,
                     sizeof(trip->results[0]));
}

void trip_send(struct session *session, enum statement statement)
{
    struct trip *trip = &session->trip;
    const struct statement_text *text = statement_text(statement);
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
    int formats[PARAMETERS_MAX];
    if (has_failed(trip)) {
        return;
    }
    if (session->connection == NULL) {
        fail(session, failure_meaning(NULL), NULL, connection_closed);
        return;
    }
    if (!has_room(session) || !parameters_show(&session->parameters, values, lengths)) {
        no_memory(session);
        return;
    }
    for (size_t i = 0; i < session->parameters.count; i++) {
        formats[i] = 1;
    }
    if (session->options.gate != NULL) {
        session->options.gate(session->options.gate_user, text->name);
    }
    trip->sent[trip->count] = statement;
    trip->results[trip->count++] = NULL;
    if (!PQsendQueryPrepared(session->connection, text->name, (int)session->parameters.count,
                             values, lengths, formats, 1)) {
        lose(session, PQerrorMessage(session->connection));
        return;
    }
    if (session->options.gate == NULL) {
        if (parameters_size(&session->parameters) >= PUSH_SIZE) {
            exchange(session, false);
        }
        return;
    }
    if (!PQpipelineSync(session->connection)) {
        lose(session, PQerrorMessage(session->connection));
        return;
    }
    exchange(session, true);
}

void trip_send_plain(struct session *session, enum statement statement)
{
    (void)trip_parameters(session, statement);
    trip_send(session, statement);
}

void trip_send_away(struct session *session, const char *name, const char *sql)
{
    if (session->connection == NULL) {
        return;
    }
    if (session->options.gate != NULL) {
        session->options.gate(session->options.gate_user, name);
    }
    bool is_sent = PQsendQueryParams(session->connection, sql, 0, NULL, NULL, NULL, NULL, 1) &&
                   PQpipelineSync(session->connection);
    session->owed += is_sent;
    if (!is_sent || PQflush(session->connection) < 0) {
        session_disconnect(session);
    }
}

/* A transaction that cannot be completed is undone; nobody waits for it. */
static void undo(struct session *session)
{
    if (session->connection == NULL) {
        return;
    }
    PGTransactionStatusType status = PQtransactionStatus(session->connection);
    if (status == PQTRANS_INERROR || status == PQTRANS_INTRANS) {
        trip_send_away(session, "rollback", "ROLLBACK");
    }
}

enum cloacina_code trip_end(struct session *session, struct cloacina_error *err)
{
    struct trip *trip = &session->trip;
    bool is_sent = session->connection != NULL && session->options.gate == NULL && trip->count > 0;
    bool was_cut_short = has_failed(trip); /* in the middle, without a COMMIT */
    if (is_sent && !PQpipelineSync(session->connection)) {
        lose(session, PQerrorMessage(session->connection));
    } else if (is_sent) {
        exchange(session, true);
    }
    notify_collect(session);
    if (has_failed(trip) || was_cut_short) {
        undo(session);
        return cloacina_error_raise(err, trip->failure.code, "%s", trip->error.message);
    }
    return CLOACINA_OK;
}

/* connect.c prepares: no statements of ours, only their preparation. */
enum cloacina_code trip_settle(struct session *session, struct cloacina_error *err)
{
    struct trip *trip = &session->trip;
    start(session);
    if (!PQpipelineSync(session->connection)) {
        return session_raise(session, CLOACINA_UNAVAILABLE, PQerrorMessage(session->connection),
                             err);
    }
    trip->is_preparing = true;
    exchange(session, true);
    trip->is_preparing = false;
    return has_failed(trip)
               ? cloacina_error_raise(err, trip->failure.code, "%s", trip->error.message)
               : CLOACINA_OK;
}

const PGresult *trip_result(const struct session *session, enum statement statement)
{
    const struct trip *trip = &session->trip;
    size_t place = 0;
    while (place < trip->count && trip->sent[place] != statement) {
        place++;
    }
    assert(place < trip->answered);
    return trip->results[place];
}
