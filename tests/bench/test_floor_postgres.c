/* SPDX-License-Identifier: Apache-2.0 */
/* test_floor_postgres.c - the floor of PostgreSQL sends statements of the store, and leaves the
 * rows that the engine leaves.
 *
 * When a test fails here, the store has changed: bring examples/performance/floor_postgres.c after
 * it, and measure again. Rows need CLOACINA_TEST_POSTGRES, the URL of a server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "chain.h"
#include "dal/postgres/statement.h"
#include "floor_session.h"
#include "sql_floor.h"

#define ENGINE_SCHEMA "cloacina_floor_engine"

/* All that does not depend on the hour or on who did it, as one text for each table. */
static const char *const dumps[] = {
    "SELECT string_agg(concat_ws(' ', status, recoveries_max, revision, commit_lease > 0,"
    " commit_serial > 0, created_at > 0, started_at > 0, completed_at > 0, completed, failed,"
    " skipped, coalesce(reason, 'NULL')), E'\\n' ORDER BY execution) FROM workflow_executions",
    "SELECT string_agg(value, E'\\n' ORDER BY execution) FROM contexts",
    "SELECT string_agg(concat_ws(' ', task, status, sub_status, skip, code, attempt, recoveries,"
    " claim_lease, claim_serial, retry_at, started_at > 0, completed_at > 0,"
    " coalesce(ready_order::text, 'NULL'), coalesce(error, 'NULL')), E'\\n'"
    " ORDER BY execution, task) FROM task_executions",
    "SELECT string_agg(concat_ws(' ', task, attempt, delta), E'\\n' ORDER BY execution, task)"
    " FROM task_outputs",
    "SELECT string_agg(concat_ws(' ', revision, n, coalesce(task::text, 'NULL'), attempt, type,"
    " code, skip, at > 0, retry_at, claim_lease > 0, claim_serial > 0,"
    " coalesce((commit_lease > 0)::text, 'NULL'), coalesce((commit_serial > 0)::text, 'NULL')),"
    " E'\\n' ORDER BY execution, revision, n) FROM execution_events",
};

/* Owned by the caller. */
static PGresult *answer(PGconn *connection, const char *sql)
{
    PGresult *result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s", PQerrorMessage(connection));
    }
    return result;
}

static void command(PGconn *connection, const char *sql)
{
    PQclear(answer(connection, sql));
}

/* A statement that the store does not have would be a floor of something else. */
static void every_statement_of_the_floor_is_one_of_the_store(void **state)
{
    (void)state;
    for (size_t i = 0; i < FLOOR_STATEMENTS; i++) {
        const char *floor = floor_statement_text((enum floor_statement)i);
        int store = 0;
        while (store < STATEMENTS &&
               strcmp(statement_text((enum statement)store)->sql, floor) != 0) {
            store++;
        }
        if (store == STATEMENTS) {
            fail_msg("the store has no such statement: %s", floor);
        }
    }
}

static void rows_compare(PGconn *connection)
{
    for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
        command(connection, "SET search_path = " ENGINE_SCHEMA);
        PGresult *engine = answer(connection, dumps[i]);
        command(connection, "SET search_path = cloacina_floor");
        PGresult *floor = answer(connection, dumps[i]);
        assert_true(strlen(PQgetvalue(engine, 0, 0)) > 0);
        assert_string_equal(PQgetvalue(floor, 0, 0), PQgetvalue(engine, 0, 0));
        PQclear(engine);
        PQclear(floor);
    }
}

/* Values too: a shorter delta or a missing event would be cheaper. */
static void both_leave_the_same_rows(void **state)
{
    (void)state;
    const char *url = getenv("CLOACINA_TEST_POSTGRES");
    if (url == NULL) {
        skip();
    }
    struct cloacina_error err;
    struct sql_floor *floor;
    uint64_t made;
    const struct sql_floor_options options = {
        .database = url, .durability = CLOACINA_DURABILITY_NORMAL, .concurrency = 1};
    chain_execute(url, ENGINE_SCHEMA);
    if (sql_floor_open(&chain, &options, &floor, &err) != CLOACINA_OK ||
        floor->impl->run(floor, CHAIN_EXECUTIONS, &made, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    PGconn *connection = PQconnectdb(url);
    rows_compare(connection);
    floor->impl->close(floor);
    command(connection, "SET client_min_messages TO warning");
    command(connection, "DROP SCHEMA " ENGINE_SCHEMA " CASCADE");
    PQfinish(connection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_of_the_floor_is_one_of_the_store),
        cmocka_unit_test(both_leave_the_same_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
