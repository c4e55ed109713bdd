/* SPDX-License-Identifier: Apache-2.0 */
/* test_floor.c - the floor of SQLite does what the engine does: the same statements, as often, and
 * the same rows in the end.
 *
 * Executions one after the other, since then the engine has no choice of batches either. When a
 * test fails here, the store has changed: bring examples/performance/floor_sqlite.c after it, and
 * measure again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "chain.h"
#include "database.h"
#include "sql_floor.h"

enum { TEXTS_MAX = 128, DUMP_BYTES = 65536 };

/* ---- what SQLite was asked ---- */

struct asked {
    char *text; /* Owned */
    uint64_t count;
};

/* SQLite's trace has no other place to keep it. One connection is traced at a time. */
static struct {
    struct asked list[TEXTS_MAX];
    size_t count;
    bool is_on;
} trace;

static struct asked *asked_find(const struct asked *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i].text, text) == 0) {
            return (struct asked *)&list[i];
        }
    }
    return NULL;
}

static int statement_note(unsigned event, void *user, void *statement, void *unexpanded)
{
    (void)event;
    (void)user;
    (void)unexpanded;
    const char *text = sqlite3_sql(statement);
    if (!trace.is_on || text == NULL) {
        return 0;
    }
    struct asked *asked = asked_find(trace.list, trace.count, text);
    if (asked == NULL && trace.count < TEXTS_MAX) {
        asked = &trace.list[trace.count++];
        *asked = (struct asked){.text = strdup(text)};
    }
    if (asked != NULL) {
        asked->count++;
    }
    return 0;
}

static int connection_note(sqlite3 *connection, const char **ret_message, const void *routines)
{
    (void)ret_message;
    (void)routines;
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, statement_note, NULL);
}

static void asked_free(struct asked *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(list[i].text);
    }
}

/* Changes rows of an execution. Transactions and questions do not count, nor what is written once for
 * a file, a runner or a workflow. */
static bool is_work(const char *text)
{
    static const char *const others[] = {"schema_migrations", "runner_leases", "store_time",
                                         "workflow_definitions"};
    bool changes = strncmp(text, "INSERT", 6) == 0 || strncmp(text, "UPDATE", 6) == 0 ||
                   strncmp(text, "DELETE", 6) == 0;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        changes = changes && strstr(text, others[i]) == NULL;
    }
    return changes;
}

/* ---- what is in the tables: all that does not depend on the hour or on who did it ---- */

static const char *const dumps[] = {
    "SELECT status, recoveries_max, revision, commit_lease > 0, commit_serial > 0, created_at > 0,"
    " started_at > 0, completed_at > 0, completed, failed, skipped, reason, length(id)"
    " FROM workflow_executions ORDER BY execution",
    "SELECT value FROM contexts ORDER BY execution",
    "SELECT task, status, sub_status, skip, code, attempt, recoveries, claim_lease, claim_serial,"
    " retry_at, started_at > 0, completed_at > 0, ready_order, error"
    " FROM task_executions ORDER BY execution, task",
    "SELECT task, attempt, delta FROM task_outputs ORDER BY execution, task",
    "SELECT revision, n, task, attempt, type, code, skip, at > 0, retry_at, claim_lease > 0,"
    " claim_serial > 0, commit_lease > 0, commit_serial > 0"
    " FROM execution_events ORDER BY execution, revision, n",
};

static int row_append(void *user, int count, char **values, char **names)
{
    char *dump = user;
    (void)names;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(dump);
        (void)snprintf(dump + length, DUMP_BYTES - length, "%s%s", values[i] ? values[i] : "NULL",
                       i + 1 == count ? "\n" : " ");
    }
    return 0;
}

/* Owned by the caller. */
static char *rows_dump(const char *path)
{
    sqlite3 *connection;
    char *dump = calloc(1, DUMP_BYTES);
    assert_non_null(dump);
    assert_int_equal(sqlite3_open(path, &connection), SQLITE_OK);
    for (size_t i = 0; i < sizeof(dumps) / sizeof(dumps[0]); i++) {
        assert_int_equal(sqlite3_exec(connection, dumps[i], row_append, dump, NULL), SQLITE_OK);
    }
    assert_int_equal(sqlite3_close(connection), SQLITE_OK);
    return dump;
}

/* ---- both of them, one after the other ---- */

struct both {
    char folder[32];
    char url[64];
    struct asked engine[TEXTS_MAX];
    struct asked floor[TEXTS_MAX];
    size_t engine_count, floor_count;
    char *engine_rows; /* Owned */
    char *floor_rows;  /* Owned */
};

static void trace_take(struct asked *list, size_t *ret_count)
{
    memcpy(list, trace.list, sizeof(trace.list));
    *ret_count = trace.count;
    trace.count = 0;
}

static void engine_trace(struct both *both)
{
    trace.is_on = true;
    chain_execute(both->url, NULL);
    trace.is_on = false;
    trace_take(both->engine, &both->engine_count);
    both->engine_rows = rows_dump(both->url + strlen("sqlite://"));
}

static void floor_trace(struct both *both)
{
    char path[128];
    struct sql_floor *floor;
    uint64_t made;
    const struct sql_floor_options options = {
        .database = both->url, .durability = CLOACINA_DURABILITY_NORMAL, .concurrency = 1};
    assert_int_equal(sql_floor_open(&chain, &options, &floor, NULL), CLOACINA_OK);
    trace.is_on = true;
    assert_int_equal(floor->impl->run(floor, CHAIN_EXECUTIONS, &made, NULL), CLOACINA_OK);
    trace.is_on = false;
    assert_int_equal(made, CHAIN_EXECUTIONS);
    trace_take(both->floor, &both->floor_count);
    (void)snprintf(path, sizeof(path), "%s-floor.db", both->url + strlen("sqlite://"));
    both->floor_rows = rows_dump(path);
    floor->impl->close(floor);
}

static int both_run(void **state)
{
    static struct both both;
    void (*extension)(void) = (void (*)(void))connection_note;
    strcpy(both.folder, "/tmp/cloacina-floor-XXXXXX");
    assert_non_null(mkdtemp(both.folder));
    (void)snprintf(both.url, sizeof(both.url), "sqlite://%s/test.db", both.folder);
    assert_int_equal(sqlite3_auto_extension(extension), SQLITE_OK);
    engine_trace(&both);
    floor_trace(&both);
    (void)sqlite3_cancel_auto_extension(extension);
    *state = &both;
    return 0;
}

static int both_forget(void **state)
{
    struct both *both = *state;
    database_remove(both->url);
    assert_int_equal(rmdir(both->folder), 0);
    asked_free(both->engine, both->engine_count);
    asked_free(both->floor, both->floor_count);
    free(both->engine_rows);
    free(both->floor_rows);
    return 0;
}

/* ---- tests ---- */

/* A statement that the engine does not use would be a floor of something else. */
static void every_statement_of_the_floor_is_one_of_the_engine(void **state)
{
    const struct both *both = *state;
    for (size_t i = 0; i < both->floor_count; i++) {
        if (asked_find(both->engine, both->engine_count, both->floor[i].text) == NULL) {
            fail_msg("the engine never asks: %s", both->floor[i].text);
        }
    }
}

/* A row that the engine writes once more, or in another way, is work that the floor has to do
 * too. */
static void the_floor_changes_rows_as_often_as_the_engine(void **state)
{
    const struct both *both = *state;
    size_t compared = 0;
    for (size_t i = 0; i < both->engine_count; i++) {
        const struct asked *engine = &both->engine[i];
        if (is_work(engine->text)) {
            const struct asked *floor = asked_find(both->floor, both->floor_count, engine->text);
            if (floor == NULL || floor->count != engine->count) {
                fail_msg("%d times instead of %d: %s", floor == NULL ? 0 : (int)floor->count,
                         (int)engine->count, engine->text);
            }
            compared++;
        }
    }
    assert_true(compared > 0);
}

/* Values too: a shorter delta or a missing event would be cheaper. */
static void both_leave_the_same_rows(void **state)
{
    const struct both *both = *state;
    assert_true(strlen(both->engine_rows) > 0);
    assert_string_equal(both->floor_rows, both->engine_rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_of_the_floor_is_one_of_the_engine),
        cmocka_unit_test(the_floor_changes_rows_as_often_as_the_engine),
        cmocka_unit_test(both_leave_the_same_rows),
    };
    return cmocka_run_group_tests(tests, both_run, both_forget);
}
