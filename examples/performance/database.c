/* SPDX-License-Identifier: Apache-2.0 */
/* database.c - rows by SELECT count(*), statements by SQLite's own trace.
 *
 * Law: nothing of this is done while time is taken. */
#include "database.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#ifdef CLOACINA_WITH_POSTGRES
#include <libpq-fe.h>
#endif

static const char rows_query[] = "SELECT (SELECT count(*) FROM workflow_executions)"
                                 " + (SELECT count(*) FROM contexts)"
                                 " + (SELECT count(*) FROM task_executions)"
                                 " + (SELECT count(*) FROM task_outputs)"
                                 " + (SELECT count(*) FROM execution_events)";

static atomic_uint_fast64_t statements;

/* ---- URLs ---- */

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum database_kind database_kind(const char *url)
{
    if (begins_with(url, "postgres://") || begins_with(url, "postgresql://")) {
        return DATABASE_POSTGRES;
    }
    bool is_memory = begins_with(url, "memory:") || strstr(url, ":memory:") != NULL ||
                     strstr(url, "mode=memory") != NULL;
    return is_memory ? DATABASE_MEMORY : DATABASE_SQLITE;
}

void database_path(const char *url, char *ret_path, size_t size)
{
    const char *path = begins_with(url, "sqlite://") ? url + strlen("sqlite://") : url;
    path = begins_with(path, "file:") ? path + strlen("file:") : path;
    (void)snprintf(ret_path, size, "%.*s", (int)strcspn(path, "?"), path);
}

void database_show(const char *url, char *ret_text, size_t size)
{
    const char *rest = strstr(url, "://");
    const char *at = strrchr(url, '@');
    if (database_kind(url) != DATABASE_POSTGRES || rest == NULL || at == NULL) {
        (void)snprintf(ret_text, size, "%.*s", (int)strcspn(url, "?"), url);
        return;
    }
    rest += strlen("://");
    (void)snprintf(ret_text, size, "%.*s%.*s", (int)(rest - url), url, (int)strcspn(at + 1, "?"),
                   at + 1);
}

void database_remove(const char *url)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-turnstile"};
    char path[DATABASE_TEXT_BYTES];
    char file[DATABASE_TEXT_BYTES + 16];
    database_path(url, path, sizeof(path));
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        (void)snprintf(file, sizeof(file), "%s%s", path, endings[i]);
        (void)unlink(file);
    }
}

enum cloacina_durability database_durability(const char *url)
{
    if (strstr(url, "synchronous") != NULL) {
        return CLOACINA_DURABILITY_DEFAULT;
    }
    return database_kind(url) == DATABASE_POSTGRES ? CLOACINA_DURABILITY_FULL
                                                   : CLOACINA_DURABILITY_NORMAL;
}

/* ---- rows ---- */

static enum cloacina_code sqlite_rows(const char *url, uint64_t *ret_rows,
                                      struct cloacina_error *err)
{
    char path[DATABASE_TEXT_BYTES];
    sqlite3 *connection = NULL;
    sqlite3_stmt *statement = NULL;
    enum cloacina_code code = CLOACINA_OK;
    database_path(url, path, sizeof(path));
    if (sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
        sqlite3_prepare_v2(connection, rows_query, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        *ret_rows = (uint64_t)sqlite3_column_int64(statement, 0);
    } else {
        code = cloacina_error_raise(err, CLOACINA_IO, "counting rows in '%s': %s", path,
                                    sqlite3_errmsg(connection));
    }
    (void)sqlite3_finalize(statement);
    (void)sqlite3_close(connection);
    return code;
}

#ifdef CLOACINA_WITH_POSTGRES
static enum cloacina_code postgres_rows(const char *url, uint64_t *ret_rows,
                                        struct cloacina_error *err)
{
    unsigned long long rows = 0;
    enum cloacina_code code = CLOACINA_OK;
    PGconn *connection = PQconnectdb(url);
    PGresult *result = PQexec(connection, rows_query);
    if (PQresultStatus(result) == PGRES_TUPLES_OK &&
        sscanf(PQgetvalue(result, 0, 0), "%llu", &rows) == 1) {
        *ret_rows = rows;
    } else {
        code = cloacina_error_raise(err, CLOACINA_IO, "counting rows: %.*s",
                                    (int)strcspn(PQerrorMessage(connection), "\n"),
                                    PQerrorMessage(connection));
    }
    PQclear(result);
    PQfinish(connection);
    return code;
}
#else
static enum cloacina_code postgres_rows(const char *url, uint64_t *ret_rows,
                                        struct cloacina_error *err)
{
    (void)url;
    (void)ret_rows;
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "this build has no PostgreSQL");
}
#endif

enum cloacina_code database_rows(const char *url, uint64_t *ret_rows, struct cloacina_error *err)
{
    switch (database_kind(url)) {
    case DATABASE_SQLITE:
        return sqlite_rows(url, ret_rows, err);
    case DATABASE_POSTGRES:
        return postgres_rows(url, ret_rows, err);
    case DATABASE_MEMORY:
        break;
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "nobody else sees this database");
}

/* ---- statements ---- */

static int statement_count(unsigned event, void *user, void *statement, void *text)
{
    (void)event;
    (void)user;
    (void)statement;
    (void)text;
    atomic_fetch_add_explicit(&statements, 1, memory_order_relaxed);
    return 0;
}

/* SQLite calls this for each new connection. */
static int connection_trace(sqlite3 *connection, const char **ret_message, const void *routines)
{
    (void)ret_message;
    (void)routines;
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, statement_count, NULL);
}

/* The type that sqlite3_auto_extension() wants hides what it calls. */
static void (*extension(void))(void)
{
    return (void (*)(void))connection_trace;
}

bool database_trace_begin(void)
{
    atomic_store(&statements, 0);
    return sqlite3_auto_extension(extension()) == SQLITE_OK;
}

uint64_t database_trace_count(void)
{
    return atomic_load(&statements);
}

void database_trace_end(void)
{
    (void)sqlite3_cancel_auto_extension(extension());
}
