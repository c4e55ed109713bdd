/* SPDX-License-Identifier: Apache-2.0 */
/* floor_session.c - the statements of the floor of PostgreSQL, sent in pipeline mode. Frozen.
 *
 * Law: the text of every statement is that of engine/dal/postgres. */
#include "floor_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAY_HEADER = 20 };

/* The row was written by this transaction. */
#define OWN "e.xmin = pg_current_xact_id()::xid"
#define READY_ORDER "CASE WHEN r.place IS NOT NULL THEN currval('ready_order') + r.place END"
#define TASK_ROWS                                                                                  \
    "id, task, status, sub_status, skip, code, attempt, recoveries, claim_lease, claim_serial,"    \
    " retry_at, started_at, completed_at, place, error"

/* The types of the parameters, a letter each: arrays of bigint, integer, smallint, text, bytea,
 * uuid. */
static const struct {
    const char *types;
    const char *text;
} statements[FLOOR_STATEMENTS] = {
    [BEGIN] = {"", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
    [COMMIT] = {"", "COMMIT"},
    [LOCK] = {"U", "SELECT e.id, e.revision FROM workflow_executions e WHERE e.id = ANY ($1)"
                   " ORDER BY e.id FOR NO KEY UPDATE"},
    [UPDATE_EXECUTIONS] =
        {"UBBBBBBBIIIST",
         "UPDATE workflow_executions e SET revision = r.revision, commit_lease = r.commit_lease,"
         " commit_serial = r.commit_serial, created_at = r.created_at, started_at = r.started_at,"
         " completed_at = r.completed_at, completed = r.completed, failed = r.failed,"
         " skipped = r.skipped, status = r.status, reason = r.reason"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS r (id, before,"
         " revision, commit_lease, commit_serial, created_at, started_at, completed_at, completed,"
         " failed, skipped, status, reason)"
         " WHERE e.id = r.id AND e.revision = r.before"},
    [INSERT_EXECUTIONS] =
        {"UYBBBBBBBIIIST",
         "INSERT INTO workflow_executions (id, definition, recoveries_max, revision, commit_lease,"
         " commit_serial, created_at, started_at, completed_at, completed, failed, skipped, status,"
         " reason) SELECT r.id, d.definition, r.recoveries_max, r.revision, r.commit_lease,"
         " r.commit_serial, r.created_at, r.started_at, r.completed_at, r.completed, r.failed,"
         " r.skipped, r.status, r.reason"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS r (id, hash,"
         " recoveries_max, revision, commit_lease, commit_serial, created_at, started_at,"
         " completed_at, completed, failed, skipped, status, reason)"
         " JOIN workflow_definitions d ON d.hash = r.hash"
         " ON CONFLICT (id) DO NOTHING RETURNING id"},
    [INSERT_CONTEXTS] = {"UT", "INSERT INTO contexts (execution, value) SELECT e.execution, r.value"
                               " FROM unnest($1, $2) AS r (id, value)"
                               " JOIN workflow_executions e ON e.id = r.id AND " OWN},
    [INSERT_TASKS] =
        {"UISSSSIIBBBBBIT",
         "INSERT INTO task_executions (execution, task, status, sub_status, skip, code, attempt,"
         " recoveries, claim_lease, claim_serial, retry_at, started_at, completed_at, ready_order,"
         " error) SELECT e.execution, r.task, r.status, r.sub_status, r.skip, r.code, r.attempt,"
         " r.recoveries, r.claim_lease, r.claim_serial, r.retry_at, r.started_at, r.completed_at,"
         " " READY_ORDER ", r.error"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
         " AS r (" TASK_ROWS ") JOIN workflow_executions e ON e.id = r.id AND " OWN},
    [UPDATE_TASKS] =
        {"UISSSSIIBBBBBITSBB",
         "UPDATE task_executions t SET status = CASE WHEN t.status = r.status_before"
         " AND t.claim_serial = r.serial_before AND t.claim_lease = r.lease_before"
         " THEN r.status END, sub_status = r.sub_status, skip = r.skip, code = r.code,"
         " attempt = r.attempt, recoveries = r.recoveries, claim_lease = r.claim_lease,"
         " claim_serial = r.claim_serial, retry_at = r.retry_at, started_at = r.started_at,"
         " completed_at = r.completed_at, ready_order = " READY_ORDER ", error = r.error"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
         " $18) AS r (" TASK_ROWS ", status_before, lease_before, serial_before)"
         " JOIN workflow_executions e ON e.id = r.id AND " OWN
         " WHERE t.execution = e.execution AND t.task = r.task"},
    [INSERT_OUTPUTS] = {"UIIT",
                        "INSERT INTO task_outputs (execution, task, attempt, delta)"
                        " SELECT e.execution, r.task, r.attempt, r.delta"
                        " FROM unnest($1, $2, $3, $4) AS r (id, task, attempt, delta)"
                        " JOIN workflow_executions e ON e.id = r.id AND " OWN
                        " ON CONFLICT (execution, task) DO UPDATE SET attempt = excluded.attempt,"
                        " delta = excluded.delta"},
    [INSERT_EVENTS] =
        {"UBIIISSSBBBBBB",
         "INSERT INTO execution_events (execution, revision, n, task, attempt, type, code, skip, "
         "at,"
         " retry_at, claim_lease, claim_serial, commit_lease, commit_serial)"
         " SELECT e.execution, r.revision, r.n, r.task, r.attempt, r.type, r.code, r.skip, r.at,"
         " r.retry_at, r.claim_lease, r.claim_serial, r.commit_lease, r.commit_serial"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS r (id,"
         " revision, n, task, attempt, type, code, skip, at, retry_at, claim_lease, claim_serial,"
         " commit_lease, commit_serial) JOIN workflow_executions e ON e.id = r.id AND " OWN},
};

const char *floor_statement_text(enum floor_statement name)
{
    return statements[name].text;
}

void floor_fail(struct floor_session *session, const char *message)
{
    if (!session->has_failed) {
        session->has_failed = true;
        (void)snprintf(session->message, sizeof(session->message), "floor: %.*s",
                       (int)strcspn(message, "\n"), message);
    }
}

/* ---- values: as array_recv() of PostgreSQL wants them ---- */

void floor_number(char *bytes, size_t size, int64_t number)
{
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (char)((uint64_t)number >> (8 * (size - 1 - i)));
    }
}

static char *column_extend(struct floor_session *session, struct column *column, size_t size)
{
    if (column->length + size > column->capacity) {
        size_t capacity = 2 * column->capacity + size + ARRAY_HEADER;
        char *bytes = realloc(column->bytes, capacity);
        if (bytes == NULL) {
            floor_fail(session, "no memory");
            return NULL;
        }
        column->bytes = bytes;
        column->capacity = capacity;
    }
    char *end = column->bytes + column->length;
    column->length += size;
    return end;
}

/* One element, behind its length, into the next column of the row. */
static char *element_begin(struct floor_session *session, size_t size)
{
    struct column *column = &session->columns[session->column];
    session->column = session->types[session->column + 1] == '\0' ? 0 : session->column + 1;
    column->count++;
    char *bytes = column_extend(session, column, 4 + size);
    if (bytes != NULL) {
        floor_number(bytes, 4, (int64_t)size);
        bytes += 4;
    }
    return bytes;
}

void floor_put(struct floor_session *session, int64_t number)
{
    char type = session->types[session->column];
    size_t size = type == 'B' ? 8 : type == 'I' ? 4 : 2;
    char *bytes = element_begin(session, size);
    if (bytes != NULL) {
        floor_number(bytes, size, number);
    }
}

void floor_put_bytes(struct floor_session *session, const void *value, size_t size)
{
    char *bytes = element_begin(session, size);
    if (bytes != NULL) {
        memcpy(bytes, value, size);
    }
}

void floor_put_null(struct floor_session *session)
{
    struct column *column = &session->columns[session->column];
    char *bytes = element_begin(session, 0);
    column->has_null = true;
    if (bytes != NULL) {
        floor_number(bytes - 4, 4, -1);
    }
}

void floor_put_all(struct floor_session *session, const int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        floor_put(session, numbers[i]);
    }
}

/* ---- statements ---- */

/* Object ids of the types, fixed for ever in pg_type.dat. */
static const struct {
    char letter;
    Oid element, array;
} types_known[] = {
    {'B', 20, 1016}, {'I', 23, 1007}, {'S', 21, 1005},
    {'T', 25, 1009}, {'Y', 17, 1001}, {'U', 2950, 2951},
};

static size_t type_place(char letter)
{
    size_t place = 0;
    while (types_known[place].letter != letter) {
        place++;
    }
    return place;
}

void floor_begin(struct floor_session *session, enum floor_statement name)
{
    session->types = statements[name].types;
    session->column = 0;
    for (size_t i = 0; session->types[i] != '\0'; i++) {
        session->columns[i].length = 0;
        session->columns[i].count = 0;
        session->columns[i].has_null = false;
        (void)column_extend(session, &session->columns[i], ARRAY_HEADER);
    }
}

void floor_send(struct floor_session *session, enum floor_statement name)
{
    const char *values[FLOOR_COLUMNS_MAX];
    int lengths[FLOOR_COLUMNS_MAX];
    int formats[FLOOR_COLUMNS_MAX];
    char prepared[8];
    int count = (int)strlen(statements[name].types);
    for (int i = 0; i < count && !session->has_failed; i++) {
        struct column *column = &session->columns[i];
        floor_number(column->bytes, 4, 1);
        floor_number(column->bytes + 4, 4, column->has_null);
        floor_number(column->bytes + 8, 4,
                     types_known[type_place(statements[name].types[i])].element);
        floor_number(column->bytes + 12, 4, column->count);
        floor_number(column->bytes + 16, 4, 1);
        values[i] = column->bytes;
        lengths[i] = (int)column->length;
        formats[i] = 1;
    }
    (void)snprintf(prepared, sizeof(prepared), "s%d", (int)name);
    if (!session->has_failed &&
        !PQsendQueryPrepared(session->connection, prepared, count, values, lengths, formats, 1)) {
        floor_fail(session, PQerrorMessage(session->connection));
    }
}

/* The end of the round trip: all answers until the sync. */
void floor_answers(struct floor_session *session)
{
    bool is_over = session->has_failed || !PQpipelineSync(session->connection);
    while (!is_over) {
        PGresult *result = PQgetResult(session->connection);
        if (result == NULL) { /* between two statements */
            is_over = PQstatus(session->connection) == CONNECTION_BAD;
            continue;
        }
        if (PQresultStatus(result) == PGRES_FATAL_ERROR) {
            floor_fail(session, PQresultErrorMessage(result));
        }
        is_over = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        PQclear(result);
    }
    if (PQstatus(session->connection) == CONNECTION_BAD) {
        floor_fail(session, PQerrorMessage(session->connection));
    }
}

/* ---- the session ---- */

void floor_execute(struct floor_session *session, const char *sql)
{
    PGresult *result = PQexec(session->connection, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        floor_fail(session, PQerrorMessage(session->connection));
    }
    PQclear(result);
}

void floor_prepare(struct floor_session *session)
{
    for (size_t i = 0; i < FLOOR_STATEMENTS && !session->has_failed; i++) {
        Oid types[FLOOR_COLUMNS_MAX];
        char prepared[8];
        int count = (int)strlen(statements[i].types);
        for (int j = 0; j < count; j++) {
            types[j] = types_known[type_place(statements[i].types[j])].array;
        }
        (void)snprintf(prepared, sizeof(prepared), "s%d", (int)i);
        PGresult *result =
            PQprepare(session->connection, prepared, statements[i].text, count, types);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            floor_fail(session, PQerrorMessage(session->connection));
        }
        PQclear(result);
    }
    if (!session->has_failed && !PQenterPipelineMode(session->connection)) {
        floor_fail(session, "no pipeline");
    }
}

void floor_connect(struct floor_session *session, const char *url)
{
    session->connection = PQconnectdb(url);
    if (PQstatus(session->connection) != CONNECTION_OK) {
        floor_fail(session, PQerrorMessage(session->connection));
    }
}

void floor_finish(struct floor_session *session)
{
    PQfinish(session->connection);
    for (size_t i = 0; i < FLOOR_COLUMNS_MAX; i++) {
        free(session->columns[i].bytes);
    }
}
