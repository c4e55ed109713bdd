/* SPDX-License-Identifier: Apache-2.0 */
/* postgres_scene.h - a PostgreSQL store in a schema of its own, for the shelf of memory_scene.h.
 *
 *   cellar_open(&cellar, "a; b: a")         the execution is open, the store empty, a lease is held
 *   cellar_submit(&cellar)                  stored
 *   cellar_sql(&cellar, "SELECT ...")       what psql would say: the first value of the answer
 *   cellar_close(&cellar)                   the schema is gone
 *
 * The server is the one of CLOACINA_TEST_POSTGRES (tests/tools/postgres_cluster.py). */
#ifndef TESTS_UNIT_POSTGRES_SCENE_H
#define TESTS_UNIT_POSTGRES_SCENE_H

#include "memory_scene.h"

#include <libpq-fe.h>
#include <unistd.h>

#include "dal/postgres/postgres.h"

enum { CELLAR_TEXT_SIZE = 512, CELLAR_SKIPPED = 77 };

struct cellar {
    struct shelf shelf; /* its store is this one */
    char schema[CELLAR_TEXT_SIZE];
    struct store_options options;
    PGconn *control; /* beside the store */
    char answer[CELLAR_TEXT_SIZE];
};

static inline const char *cellar_url(void)
{
    return getenv("CLOACINA_TEST_POSTGRES");
}

static inline const char *cellar_sql(struct cellar *cellar, const char *sql)
{
    PGresult *result = PQexec(cellar->control, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(cellar->control));
    }
    snprintf(cellar->answer, sizeof(cellar->answer), "%s",
             PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return cellar->answer;
}

static inline struct dal *cellar_session(struct cellar *cellar)
{
    struct dal *store;
    struct cloacina_error error;
    if (postgres_open(&cellar->options, cellar_url(), &store, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(dal_check(store, NULL), CLOACINA_OK);
    return store;
}

/* A name that nobody has, and somebody to look at the tables with. */
static inline void cellar_prepare(struct cellar *cellar)
{
    static int cellars;
    memset(cellar, 0, sizeof(*cellar));
    snprintf(cellar->schema, sizeof(cellar->schema), "unit_%d_%d", (int)getpid(), ++cellars);
    cellar->control = PQconnectdb(cellar_url());
    assert_int_equal(PQstatus(cellar->control), CONNECTION_OK);
    cellar_sql(cellar, "SET client_min_messages = error");
    char sql[CELLAR_TEXT_SIZE * 2];
    snprintf(sql, sizeof(sql), "SET search_path = %s", cellar->schema);
    cellar_sql(cellar, sql);
    cellar->options = (struct store_options){.schema = cellar->schema};
}

static inline void cellar_end(struct cellar *cellar)
{
    char sql[CELLAR_TEXT_SIZE * 2];
    snprintf(sql, sizeof(sql), "DROP SCHEMA IF EXISTS %s CASCADE", cellar->schema);
    cellar_sql(cellar, sql);
    PQfinish(cellar->control);
}

/* With a store that was prepared. */
static inline void cellar_fill(struct cellar *cellar, const char *graph)
{
    int64_t now;
    struct shelf *shelf = &cellar->shelf;
    shelf_open(shelf, graph, NULL);
    dal_destroy(shelf->store);
    shelf->store = cellar_session(cellar);
    assert_int_equal(
        shelf->store->impl->open_lease(shelf->store, TEXT_LITERAL("me"), &shelf->lease, &now, NULL),
        CLOACINA_OK);
    shelf_seal(shelf);
}

static inline void cellar_open(struct cellar *cellar, const char *graph)
{
    cellar_prepare(cellar);
    cellar_fill(cellar, graph);
}

static inline void cellar_close(struct cellar *cellar)
{
    shelf_close(&cellar->shelf);
    cellar_end(cellar);
}

static inline void cellar_submit(struct cellar *cellar)
{
    assert_int_equal(shelf_submit(&cellar->shelf), CLOACINA_OK);
    execution_accept(&cellar->shelf.scene.execution, &cellar->shelf.scene.changeset);
}

/* Of main(): without a server there is nothing to test. */
static inline bool cellar_is_there(void)
{
    if (cellar_url() == NULL) {
        fprintf(stderr, "skipped: CLOACINA_TEST_POSTGRES names no server\n");
    }
    return cellar_url() != NULL;
}

#endif
