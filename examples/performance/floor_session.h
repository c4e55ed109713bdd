/* SPDX-License-Identifier: Apache-2.0 */
/* floor_session.h - a connection to PostgreSQL with the statements of the floor prepared, and how a
 * statement over arrays is put together.
 *
 *     floor_begin(session, INSERT_CONTEXTS);
 *     for each row: floor_put_...() for each column, from left to right
 *     floor_send(session, INSERT_CONTEXTS);
 *     ...
 *     floor_answers(session);      the end of the round trip
 *
 * After the first failure nothing is done any more; `message` says what it was. */
#ifndef EXAMPLES_FLOOR_SESSION_H
#define EXAMPLES_FLOOR_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libpq-fe.h>

#include <cloacina/error.h>

enum floor_statement {
    BEGIN,
    COMMIT,
    LOCK,
    UPDATE_EXECUTIONS,
    INSERT_EXECUTIONS,
    INSERT_CONTEXTS,
    INSERT_TASKS,
    UPDATE_TASKS,
    INSERT_OUTPUTS,
    INSERT_EVENTS
};
enum { FLOOR_STATEMENTS = INSERT_EVENTS + 1 };

enum { FLOOR_COLUMNS_MAX = 18 };

/* An array that grows while a statement is put together. */
struct column {
    char *bytes; /* Owned */
    size_t length, capacity;
    int32_t count;
    bool has_null;
};

struct floor_session {
    PGconn *connection; /* Owned */
    struct column columns[FLOOR_COLUMNS_MAX];
    const char *types; /* of the statement that is put together */
    uint32_t column;   /* where the next value goes */
    bool has_failed;
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
};

/* The text of a statement. Static. */
const char *floor_statement_text(enum floor_statement name);

void floor_connect(struct floor_session *session, const char *url);
void floor_finish(struct floor_session *session);
void floor_fail(struct floor_session *session, const char *message);

/* Plain SQL, and its end. */
void floor_execute(struct floor_session *session, const char *sql);

/* Every statement, for the schema that is searched now; then only round trips of them. */
void floor_prepare(struct floor_session *session);

void floor_begin(struct floor_session *session, enum floor_statement name);
void floor_send(struct floor_session *session, enum floor_statement name);
void floor_answers(struct floor_session *session);

void floor_put(struct floor_session *session, int64_t number);
void floor_put_bytes(struct floor_session *session, const void *value, size_t size);
void floor_put_null(struct floor_session *session);
void floor_put_all(struct floor_session *session, const int64_t *numbers, size_t count);

/* Bytes of a number as the server wants them, the highest first. */
void floor_number(char *bytes, size_t size, int64_t number);

/* FLOOR_PUT(session, a, b, c): numbers, from left to right. */
#define FLOOR_PUT(session, ...)                                                                    \
    floor_put_all(session, (const int64_t[]){__VA_ARGS__},                                         \
                  sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

#endif
