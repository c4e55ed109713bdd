/* SPDX-License-Identifier: Apache-2.0 */
/* connect.c - the connection: made with a deadline, prepared, lost, made again.
 *
 *   none --call--> connecting --> settings, version, statements --> there --it breaks--> none
 *     ^                  | failed: pause 100 ms, 200 ms ... 10 s
 *     +------------------+        (calls in the pause answer UNAVAILABLE at once)
 *
 * Law: nothing here waits longer than its deadline. (Except for a name server, within libpq.) */
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "dal/postgres/session.h"

#define PAUSE_MIN_NS (100 * NANOSECONDS_PER_MILLISECOND)
#define PAUSE_MAX_NS (10 * NANOSECONDS_PER_SECOND)

enum { SETTINGS_SIZE = 512 };

enum cloacina_code session_raise(const struct session *session, enum cloacina_code code,
                                 const char *message, struct cloacina_error *err)
{
    (void)session;
    return cloacina_error_raise(err, code, "store: %.*s", (int)strcspn(message, "\n"), message);
}

void session_disconnect(struct session *session)
{
    PQfinish(session->connection);
    session->connection = NULL;
    session->owed = 0;
    session->has_hint = session->wake != NULL; /* what was missed, nobody knows */
}

bool session_wait(struct session *session, bool writes, int64_t deadline)
{
    for (;;) {
        int64_t left = deadline - cloacina_clock_monotonic(session->clock);
        if (left <= 0) {
            return false;
        }
        int64_t ms = (left + NANOSECONDS_PER_MILLISECOND - 1) / NANOSECONDS_PER_MILLISECOND;
        struct pollfd socket = {
            .fd = PQsocket(session->connection),
            .events = (short)(POLLIN | (writes ? POLLOUT : 0)),
        };
        if (poll(&socket, 1, ms < INT_MAX ? (int)ms : INT_MAX) > 0) {
            return true;
        }
    }
}

bool session_is_readable(const struct session *session)
{
    struct pollfd socket = {.fd = PQsocket(session->connection), .events = POLLIN};
    return poll(&socket, 1, 0) > 0;
}

/* ---- the handshake ---- */

/* Takes the SQLSTATE out of libpq's verbose message, ":  28P01: password ...". */
static bool state_take(char *message, char ret_state[6])
{
    for (char *colon = strstr(message, ":  "); colon != NULL; colon = strstr(colon + 1, ":  ")) {
        char *state = colon + 3;
        if (strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && state[5] == ':') {
            memcpy(ret_state, state, 5);
            ret_state[5] = '\0';
            memmove(colon + 2, state + 7, strlen(state + 7) + 1);
            return true;
        }
    }
    return false;
}

static enum cloacina_code handshake_failed(struct session *session, struct cloacina_error *err)
{
    char message[CLOACINA_ERROR_MESSAGE_SIZE] = {0};
    char state[6] = "";
    const char *said = PQerrorMessage(session->connection);
    memcpy(message, said, strnlen(said, sizeof(message) - 1));
    enum cloacina_code code = CLOACINA_UNAVAILABLE;
    if (state_take(message, state)) {
        code = failure_meaning(state).code;
    }
    return session_raise(session, code, message, err);
}

static enum cloacina_code shake_hands(struct session *session, int64_t deadline,
                                      struct cloacina_error *err)
{
    PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
    while (wanted != PGRES_POLLING_OK && wanted != PGRES_POLLING_FAILED) {
        if (!session_wait(session, wanted == PGRES_POLLING_WRITING, deadline)) {
            return session_raise(session, CLOACINA_UNAVAILABLE, "the server did not answer in time",
                                 err);
        }
        wanted = PQconnectPoll(session->connection);
    }
    return wanted == PGRES_POLLING_OK ? CLOACINA_OK : handshake_failed(session, err);
}

static void say_nothing(void *user, const PGresult *notice)
{
    (void)user;
    (void)notice;
}

static enum cloacina_code reach(struct session *session, int64_t deadline,
                                struct cloacina_error *err)
{
    /* What stands before the URL can be said otherwise in it, what stands behind cannot. */
    const char *const names[] = {
        "gssencmode", "fallback_application_name", "dbname", "client_encoding", NULL,
    };
    const char *const values[] = {"disable", "cloacina", session->url, "UTF8", NULL};
    session->connection = PQconnectStartParams(names, values, 1);
    if (session->connection == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for a connection");
    }
    PQsetErrorVerbosity(session->connection, PQERRORS_VERBOSE); /* for the SQLSTATE */
    PQsetNoticeReceiver(session->connection, say_nothing, NULL);
    if (PQstatus(session->connection) == CONNECTION_BAD) {
        return handshake_failed(session, err);
    }
    return shake_hands(session, deadline, err);
}

/* ---- settings ---- */

/* Waits for the end of what was sent; keeps the last result, or the first that failed. NULL: the
 * connection broke, or it took too long. */
static PGresult *last_result(struct session *session)
{
    PGconn *connection = session->connection;
    PGresult *last = NULL;
    int64_t deadline =
        instant_add(cloacina_clock_monotonic(session->clock), session->statement_timeout);
    for (;;) {
        int unsent = PQflush(connection);
        while (unsent >= 0 && !PQisBusy(connection)) {
            PGresult *result = PQgetResult(connection);
            if (result == NULL) {
                return last;
            }
            bool keeps_last = last != NULL && PQresultStatus(last) == PGRES_FATAL_ERROR;
            PQclear(keeps_last ? result : last);
            last = keeps_last ? last : result;
        }
        if (unsent < 0 || !session_wait(session, unsent > 0, deadline) ||
            !PQconsumeInput(connection)) {
            PQclear(last);
            return NULL;
        }
    }
}

enum cloacina_code session_query(struct session *session, const char *sql, PGresult **ret_result,
                                 struct cloacina_error *err)
{
    PGresult *result = PQsendQuery(session->connection, sql) ? last_result(session) : NULL;
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        *ret_result = result;
        return CLOACINA_OK;
    }
    const char *state = result == NULL ? NULL : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = state == NULL ? "the server did not answer"
                                        : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    enum cloacina_code code = session_raise(session, failure_meaning(state).code, message, err);
    PQclear(result);
    return code;
}

enum cloacina_code session_run(struct session *session, const char *sql, struct cloacina_error *err)
{
    PGresult *result = NULL;
    enum cloacina_code code = session_query(session, sql, &result, err);
    PQclear(result);
    return code;
}

/* Lower-case letters, digits and '_' are the same quoted and not; a capital is kept by quotes. */
static bool is_schema_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return length >= 1 && length < SESSION_NAME_SIZE && name[length] == '\0' &&
           (name[0] < '0' || name[0] > '9') && strncmp(name, "pg_", 3) != 0 &&
           strcmp(name, "information_schema") != 0;
}

static enum cloacina_code schema_choose(struct session *session, const char *name,
                                        struct cloacina_error *err)
{
    if (!is_schema_name(name)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: schema '%s': a name has 1 to 63 letters, digits and "
                                    "'_', no digit first, and is not PostgreSQL's own",
                                    name);
    }
    memcpy(session->schema, name, strlen(name) + 1);
    notify_name(session);
    return CLOACINA_OK;
}

/* What this connection is to: once, before anything else is asked. */
static enum cloacina_code look_around(struct session *session, struct cloacina_error *err)
{
    if (PQserverVersion(session->connection) < 130000) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: the server is PostgreSQL %d: 13 or newer is needed",
                                    PQserverVersion(session->connection) / 10000);
    }
    PGresult *result;
    enum cloacina_code code =
        session_query(session,
                      "SELECT current_setting('server_encoding'), setting, source"
                      " FROM pg_catalog.pg_settings WHERE name = 'search_path'",
                      &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const char *encoding = PQgetvalue(result, 0, 0);
    if (strcmp(encoding, "UTF8") != 0) {
        code = cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: database '%s' is encoded in %s: UTF8 is needed",
                                    PQdb(session->connection), encoding);
    } else if (session->schema[0] == '\0') { /* the first time */
        bool is_said = strcmp(PQgetvalue(result, 0, 2), "client") == 0;
        const char *name = session->options.schema != NULL ? session->options.schema
                           : is_said                       ? PQgetvalue(result, 0, 1)
                                                           : "public";
        code = schema_choose(session, name, err);
    }
    PQclear(result);
    return code;
}

/* A lock or a transaction that is left lying ends on the server a little before we would give the
 * connection up: the answer is clear then, and nothing comes late. */
static enum cloacina_code settle(struct session *session, struct cloacina_error *err)
{
    char sql[SETTINGS_SIZE];
    int64_t ms = session->statement_timeout / NANOSECONDS_PER_MILLISECOND;
    bool is_lazy = session->options.durability == STORE_DURABILITY_NORMAL;
    int64_t server_ms = ms * 3 / 4 > 0 ? ms * 3 / 4 : 1;
    server_ms = server_ms < INT_MAX ? server_ms : INT_MAX;
    (void)snprintf(sql, sizeof(sql),
                   "SET search_path = \"%s\"; SET lock_timeout = %d;"
                   " SET statement_timeout = %d; SET idle_in_transaction_session_timeout = %d;"
                   " SET enable_seqscan = off; SET enable_hashjoin = off;"
                   " SET enable_mergejoin = off; SET jit = off;"
                   " SET plan_cache_mode = force_generic_plan;"
                   " SET synchronous_commit = %s",
                   session->schema, (int)server_ms, (int)server_ms, (int)server_ms,
                   is_lazy ? "off" : "on");
    return session_run(session, sql, err);
}

/* ---- statements ---- */

static enum cloacina_code prepare_all(struct session *session, struct cloacina_error *err)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        const struct statement_text *text = statement_text((enum statement)i);
        Oid oids[PARAMETERS_MAX];
        size_t count = parameters_oids(text->types, oids);
        if (!PQsendPrepare(session->connection, text->name, text->sql, (int)count, oids)) {
            return session_raise(session, CLOACINA_UNAVAILABLE, PQerrorMessage(session->connection),
                                 err);
        }
    }
    return trip_settle(session, err);
}

static enum cloacina_code set_up(struct session *session, struct cloacina_error *err)
{
    bool is_first = session->schema[0] == '\0';
    enum cloacina_code code = look_around(session, err);
    if (code == CLOACINA_OK) {
        code = settle(session, err);
    }
    if (code == CLOACINA_OK) {
        code = is_first ? session_migrate(session, err) : session_check_version(session, err);
    }
    if (code == CLOACINA_OK && !PQenterPipelineMode(session->connection)) {
        code = session_raise(session, CLOACINA_IO, PQerrorMessage(session->connection), err);
    }
    if (code == CLOACINA_OK) {
        code = prepare_all(session, err);
    }
    if (code == CLOACINA_OK) {
        notify_listen(session);
    }
    return code;
}

enum cloacina_code session_connect(struct session *session, struct cloacina_error *err)
{
    struct cloacina_error why = {0};
    if (session->connection != NULL) {
        return CLOACINA_OK;
    }
    int64_t now = cloacina_clock_monotonic(session->clock);
    bool is_first = session->retry_at == INT64_MIN; /* who opens the store hears of its failure */
    if (now < session->retry_at) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                    "store: there is no connection; a new attempt is made soon");
    }
    enum cloacina_code code = reach(session, instant_add(now, session->connect_timeout), &why);
    if (code == CLOACINA_OK && PQsetnonblocking(session->connection, 1) != 0) {
        code = session_raise(session, CLOACINA_IO, PQerrorMessage(session->connection), &why);
    }
    if (code == CLOACINA_OK) {
        code = set_up(session, &why);
    }
    if (code == CLOACINA_OK) {
        session->pause = 0;
        session->retry_at = now;
        cloacina_log_print(session->options.log, CLOACINA_LOG_INFO,
                           "store: connected to database '%s', schema '%s'",
                           PQdb(session->connection), session->schema);
        return CLOACINA_OK;
    }
    session_disconnect(session);
    session->pause = session->pause == 0 ? PAUSE_MIN_NS : session->pause * 2;
    session->pause = session->pause < PAUSE_MAX_NS ? session->pause : PAUSE_MAX_NS;
    session->retry_at = instant_add(cloacina_clock_monotonic(session->clock), session->pause);
    if (!is_first) {
        cloacina_log_print(session->options.log, CLOACINA_LOG_WARNING,
                           "%s; the next attempt is made in %lld ms", why.message,
                           (long long)(session->pause / NANOSECONDS_PER_MILLISECOND));
    }
    return cloacina_error_raise(err, code, "%s", why.message);
}
