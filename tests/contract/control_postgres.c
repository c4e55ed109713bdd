/* SPDX-License-Identifier: Apache-2.0 */
/* control_postgres.c - the connection itself.
 *
 * Law: it only looks and cleans up; it never holds a lock. */
#include "control.h"

#include <libpq-fe.h>

#include "support.h"

struct control {
    PGconn *connection;
};

struct control *control_open(const char *url)
{
    struct control *control = malloc(sizeof(*control));
    assert_non_null(control);
    control->connection = PQconnectdb(url);
    if (PQstatus(control->connection) != CONNECTION_OK) {
        fail_msg("%s", PQerrorMessage(control->connection));
    }
    return control;
}

void control_close(struct control *control)
{
    if (control != NULL) {
        PQfinish(control->connection);
        free(control);
    }
}

void control_run(struct control *control, const char *statements)
{
    PGresult *result = PQexec(control->connection, statements);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", statements, PQerrorMessage(control->connection));
    }
    PQclear(result);
}

/* A lock is granted by whoever lets go of it, before he goes on: the answer is never late. */
bool control_is_waiting(struct control *control, const char *application)
{
    PGresult *result = PQexecParams(control->connection,
                                    "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                                    " WHERE a.application_name = $1 AND NOT l.granted",
                                    1, NULL, &application, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        fail_msg("%s", PQerrorMessage(control->connection));
    }
    bool is_waiting = PQntuples(result) > 0;
    PQclear(result);
    return is_waiting;
}

bool control_is_possible(void)
{
    return true;
}
