/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - the steps themselves.
 *
 * Law: what belongs to one execution has its short number first in its key, so that it lies together
 * and new executions are appended. */
#include "dal/sqlite/schema.h"

#include "base/compiler.h"

/* Numbers with AUTOINCREMENT are never given twice, so that whoever remembers one cannot mean
 * another. The condition of a partial index has no IN (...): SQLite would build a table of the values at each
 * write (measured: it doubles what a task costs).
 *
 * The definition of a task is in the definition's JSON; `task` is its index there. ready_order is set
 * exactly while Ready: the larger, the later it has become so. A row of workflow_executions with
 * revision 0 is still being written, slice by slice: nobody sees it. */
static const char first[] =
    "CREATE TABLE schema_migrations ("
    " version INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " applied_at INTEGER NOT NULL"
    ") STRICT;"

    "CREATE TABLE workflow_definitions ("
    " definition INTEGER PRIMARY KEY AUTOINCREMENT,"
    " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 16),"
    " tenant TEXT NOT NULL,"
    " package TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " task_count INTEGER NOT NULL,"
    " json TEXT NOT NULL,"
    " created_at INTEGER NOT NULL"
    ") STRICT;"
    "CREATE INDEX workflow_definitions_by_name ON workflow_definitions (name, package, tenant);"

    "CREATE TABLE workflow_executions ("
    " execution INTEGER PRIMARY KEY AUTOINCREMENT,"
    " id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),"
    " definition INTEGER NOT NULL REFERENCES workflow_definitions,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 5),"
    " recoveries_max INTEGER NOT NULL,"
    " revision INTEGER NOT NULL,"
    " commit_lease INTEGER NOT NULL,"
    " commit_serial INTEGER NOT NULL,"
    " created_at INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL,"
    " completed_at INTEGER NOT NULL,"
    " completed INTEGER NOT NULL,"
    " failed INTEGER NOT NULL,"
    " skipped INTEGER NOT NULL,"
    " reason TEXT"
    ") STRICT;"
    "CREATE INDEX workflow_executions_by_definition ON workflow_executions (definition);"
    "CREATE INDEX workflow_executions_ended ON workflow_executions (completed_at)"
    " WHERE status >= 2 AND status <= 4;"
    "CREATE INDEX workflow_executions_hidden ON workflow_executions (created_at)"
    " WHERE revision = 0;"

    "CREATE TABLE contexts ("
    " execution INTEGER PRIMARY KEY REFERENCES workflow_executions ON DELETE CASCADE,"
    " value TEXT NOT NULL"
    ") STRICT;"

    "CREATE TABLE task_executions ("
    " execution INTEGER NOT NULL REFERENCES workflow_executions ON DELETE CASCADE,"
    " task INTEGER NOT NULL,"
    " status INTEGER NOT NULL CHECK (status BETWEEN 0 AND 5),"
    " sub_status INTEGER NOT NULL,"
    " skip INTEGER NOT NULL,"
    " code INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " recoveries INTEGER NOT NULL,"
    " claim_lease INTEGER NOT NULL,"
    " claim_serial INTEGER NOT NULL,"
    " retry_at INTEGER NOT NULL,"
    " started_at INTEGER NOT NULL,"
    " completed_at INTEGER NOT NULL,"
    " ready_order INTEGER CHECK ((ready_order IS NOT NULL) = (status = 1)),"
    " error TEXT,"
    " PRIMARY KEY (execution, task)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX task_executions_ready ON task_executions (ready_order, retry_at)"
    " WHERE ready_order IS NOT NULL;"
    "CREATE INDEX task_executions_running ON task_executions (claim_lease) WHERE status = 2;"

    "CREATE TABLE task_outputs ("
    " execution INTEGER NOT NULL REFERENCES workflow_executions ON DELETE CASCADE,"
    " task INTEGER NOT NULL,"
    " attempt INTEGER NOT NULL,"
    " delta TEXT NOT NULL,"
    " PRIMARY KEY (execution, task)"
    ") STRICT, WITHOUT ROWID;"

    /* The commit that made a revision is named by the revision's first event (n = 0). task is NULL in
     * events of the execution itself. */
    "CREATE TABLE execution_events ("
    " execution INTEGER NOT NULL REFERENCES workflow_executions ON DELETE CASCADE,"
    " revision INTEGER NOT NULL,"
    " n INTEGER NOT NULL,"
    " task INTEGER,"
    " attempt INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " code INTEGER NOT NULL,"
    " skip INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " retry_at INTEGER NOT NULL,"
    " claim_lease INTEGER NOT NULL,"
    " claim_serial INTEGER NOT NULL,"
    " commit_lease INTEGER,"
    " commit_serial INTEGER,"
    " PRIMARY KEY (execution, revision, n)"
    ") STRICT, WITHOUT ROWID;"

    /* beat_at is for people; whether a lease is dead is judged by its beat. */
    "CREATE TABLE runner_leases ("
    " lease INTEGER PRIMARY KEY AUTOINCREMENT,"
    " name TEXT NOT NULL,"
    " beat INTEGER NOT NULL,"
    " opened_at INTEGER NOT NULL,"
    " beat_at INTEGER NOT NULL"
    ") STRICT;"

    /* The newest instant that was told as store time. */
    "CREATE TABLE store_time ("
    " one INTEGER PRIMARY KEY CHECK (one = 1),"
    " newest INTEGER NOT NULL"
    ") STRICT;"
    "INSERT INTO store_time (one, newest) VALUES (1, 0);";

/* ---- the same for people ---- */

#define NAMED(names, number) "json_extract('[" names "]', '$[' || " number " || ']')"
#define TASK_STATUS(number)                                                                        \
    NAMED("\"NotStarted\",\"Ready\",\"Running\",\"Completed\",\"Failed\",\"Skipped\"", number)
#define EXECUTION_STATUS(number)                                                                   \
    NAMED("\"Pending\",\"Running\",\"Completed\",\"Failed\",\"Cancelled\",\"Paused\"", number)
#define SKIP(number)                                                                               \
    NAMED("null,\"upstream_failed\",\"upstream_skipped\",\"rule\",\"cancelled\"", number)
#define CODE(number)                                                                               \
    NAMED("null,\"failed\",\"invalid\",\"not-found\",\"exists\",\"wrong-type\",\"out-of-range\","  \
          "\"limit\",\"no-memory\",\"timeout\",\"unavailable\",\"cancelled\",\"conflict\","        \
          "\"unknown\",\"crashed\",\"io\"",                                                        \
          number)
#define EVENT(number)                                                                              \
    NAMED("null,\"workflow_submitted\",\"workflow_started\",\"workflow_completed\","               \
          "\"workflow_failed\",\"workflow_cancelled\",\"workflow_paused\",\"workflow_resumed\","   \
          "\"workflow_reset\",\"task_marked_ready\",\"task_claimed\",\"task_deferred\","           \
          "\"task_resumed\",\"task_completed\",\"task_failed\",\"task_retry_scheduled\","          \
          "\"task_skipped\",\"task_handed_back\",\"task_recovered\",\"task_abandoned\","           \
          "\"task_reset\"",                                                                        \
          number)
#define INSTANT(at)                                                                                \
    "CASE " at " WHEN 0 THEN NULL ELSE strftime('%Y-%m-%dT%H:%M:%S', " at                          \
    " / 1000000000, 'unixepoch') || printf('.%09dZ', " at " % 1000000000) END"
#define ID(id)                                                                                     \
    "lower(substr(hex(" id "), 1, 8) || '-' || substr(hex(" id "), 9, 4) || '-' ||"                \
    " substr(hex(" id "), 13, 4) || '-' || substr(hex(" id "), 17, 4) || '-' ||"                   \
    " substr(hex(" id "), 21))"
#define TASK_NAME(task) "json_extract(d.json, '$.tasks[' || " task " || '].name')"

/* What is half written or half removed is in no view either. */
static const char
    views
        [] =
            "CREATE VIEW workflow_executions_readable AS SELECT " ID("e.id") " AS id, d.name AS "
                                                                             "workflow,"
                                                                             " d.package, "
                                                                             "d.tenant,"
                                                                             " " EXECUTION_STATUS("e.status") " AS status, e.revision, e.reason,"
                                                                                                              " d.task_count AS tasks, e.completed, e.failed, e.skipped,"
                                                                                                              " " INSTANT("e.created_at") " AS created_at, " INSTANT("e.started_at") " AS started_at,"
                                                                                                                                                                                     " " INSTANT("e.completed_at") " AS completed_at, "
                                                                                                                                                                                                                   "e.execution"
                                                                                                                                                                                                                   " FROM "
                                                                                                                                                                                                                   "workflow_executions AS "
                                                                                                                                                                                                                   "e JOIN "
                                                                                                                                                                                                                   "workflow_definitions AS "
                                                                                                                                                                                                                   "d USING (definition)"
                                                                                                                                                                                                                   " WHERE e.revision > 0;"

                                                                                                                                                                                                                   "CREATE VIEW "
                                                                                                                                                                                                                   "task_executions_"
                                                                                                                                                                                                                   "readable AS SELECT " ID("e."
                                                                                                                                                                                                                                            "id") " AS id, " TASK_NAME("t.task") " AS task, " TASK_STATUS("t.status") " AS "
                                                                                                                                                                                                                                                                                                                      "status, "
                                                                                                                                                                                                                                                                                                                      "t."
                                                                                                                                                                                                                                                                                                                      "attempt,"
                                                                                                                                                                                                                                                                                                                      " t."
                                                                                                                                                                                                                                                                                                                      "recoveri"
                                                                                                                                                                                                                                                                                                                      "es,"
                                                                                                                                                                                                                                                                                                                      " " SKIP("t."
                                                                                                                                                                                                                                                                                                                               "ski"
                                                                                                                                                                                                                                                                                                                               "p") " AS skip, " CODE("t."
                                                                                                                                                                                                                                                                                                                                                      "cod"
                                                                                                                                                                                                                                                                                                                                                      "e") " AS"
                                                                                                                                                                                                                                                                                                                                                           " co"
                                                                                                                                                                                                                                                                                                                                                           "de,"
                                                                                                                                                                                                                                                                                                                                                           " t."
                                                                                                                                                                                                                                                                                                                                                           "err"
                                                                                                                                                                                                                                                                                                                                                           "or,"
                                                                                                                                                                                                                                                                                                                                                           " t."
                                                                                                                                                                                                                                                                                                                                                           "cla"
                                                                                                                                                                                                                                                                                                                                                           "im_"
                                                                                                                                                                                                                                                                                                                                                           "lea"
                                                                                                                                                                                                                                                                                                                                                           "se,"
                                                                                                                                                                                                                                                                                                                                                           " " INSTANT(
                                                                                                                                                                                                                                                                                                                                                               "t.retry_at") " AS retry_at, " INSTANT("t.started_at") " AS started_at,"
                                                                                                                                                                                                                                                                                                                                                                                                                      " " INSTANT(
                                                                                                                                                                                                                                                                                                                                                                                                                          "t.completed_at") " AS completed_at, o.delta, t.execution"
                                                                                                                                                                                                                                                                                                                                                                                                                                            " FROM task_executions AS t JOIN workflow_executions AS e USING (execution)"
                                                                                                                                                                                                                                                                                                                                                                                                                                            " JOIN workflow_definitions AS d USING (definition)"
                                                                                                                                                                                                                                                                                                                                                                                                                                            " LEFT JOIN task_outputs AS o ON o.execution = t.execution AND o.task = t.task"
                                                                                                                                                                                                                                                                                                                                                                                                                                            " WHERE e.revision > 0;";

static const char more_views[] = "CREATE VIEW execution_events_readable AS SELECT " ID(
    "e.id") " AS id, v.revision, v.n,"
            " " EVENT("v.type") " AS type, " TASK_NAME(
                "v.task") " AS task, v.attempt,"
                          " " CODE("v.code") " AS code, " SKIP("v.skip") " AS skip, " INSTANT(
                              "v.at") " AS at,"
                                      " " INSTANT(
                                          "v.retry_at") " AS retry_at, v.claim_lease, v.execution"
                                                        " FROM execution_events AS v JOIN "
                                                        "workflow_executions AS e USING (execution)"
                                                        " JOIN workflow_definitions AS d USING "
                                                        "(definition) WHERE e.revision > 0;"

                                                        "CREATE VIEW runner_leases_readable AS "
                                                        "SELECT lease, name, beat,"
                                                        " " INSTANT("opened_at") " AS "
                                                                                 "opened_at,"
                                                                                 " " INSTANT(
                                                                                     "beat_at") " A"
                                                                                                "S "
                                                                                                "be"
                                                                                                "at"
                                                                                                "_a"
                                                                                                "t "
                                                                                                "FR"
                                                                                                "OM"
                                                                                                " r"
                                                                                                "un"
                                                                                                "ne"
                                                                                                "r_"
                                                                                                "le"
                                                                                                "as"
                                                                                                "es"
                                                                                                ";";

const struct schema_step schema_steps[] = {
    {"executions, tasks, events, leases", first},
    {"readable executions and tasks", views},
    {"readable events and leases", more_views},
};
const size_t schema_step_count = ARRAY_COUNT(schema_steps);
