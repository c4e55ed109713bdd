/* SPDX-License-Identifier: Apache-2.0 */
/* sql.c - all SQL of the store, side by side, to be read together with schema.c.
 *
 * Law: an execution with revision 0 (half written, half removed) is seen by nobody: whoever reads
 * executions says so. Children are reached by the short number, never by the id. */
#include "dal/sqlite/statement.h"

#define EXECUTION_COLUMNS                                                                          \
    "e.id, d.hash, e.status, e.recoveries_max, e.revision, e.commit_lease, e.commit_serial,"       \
    " e.created_at, e.started_at, e.completed_at, e.completed, e.failed, e.skipped, e.reason"
#define TASK_COLUMNS                                                                               \
    "t.task, t.status, t.sub_status, t.skip, t.code, t.attempt, t.recoveries, t.claim_lease,"      \
    " t.claim_serial, t.retry_at, t.started_at, t.completed_at, t.error"
#define FROM_EXECUTIONS                                                                            \
    " FROM workflow_executions AS e JOIN workflow_definitions AS d USING (definition)"
#define FROM_TASKS_AND_OUTPUTS                                                                     \
    " FROM task_executions AS t LEFT JOIN task_outputs AS o"                                       \
    " ON o.execution = t.execution AND o.task = t.task"
#define FROM_CLAIMS                                                                                \
    "SELECT e.id, t.task, t.claim_lease, t.claim_serial"                                           \
    " FROM task_executions AS t JOIN workflow_executions AS e USING (execution)"                   \
    " WHERE t.status = 2 AND e.revision > 0 AND e.status NOT IN (2, 3, 4)"
#define LISTED(order, direction)                                                                   \
    "SELECT " EXECUTION_COLUMNS ", d.name, d.package, d.tenant, d.task_count" FROM_EXECUTIONS      \
    " WHERE e.revision > 0 AND e.id " order " ?1 AND (?2 = 0 OR (?2 >> e.status) & 1)"             \
    " AND (?3 = '' OR d.name = ?3) ORDER BY e.id " direction " LIMIT ?4"

static const char *const texts[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN] = "BEGIN",
    [STATEMENT_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_DATA_VERSION] = "PRAGMA data_version",
    [STATEMENT_TIME_GET] = "SELECT newest FROM store_time",
    [STATEMENT_TIME_PUT] = "UPDATE store_time SET newest = ?1 WHERE newest < ?1",

    /* ---- one execution ---- */
    [STATEMENT_EXECUTION_FIND] =
        "SELECT execution, revision, commit_lease, commit_serial, status, definition"
        " FROM workflow_executions WHERE id = ?1",
    [STATEMENT_EXECUTION_READ] =
        "SELECT " EXECUTION_COLUMNS FROM_EXECUTIONS " WHERE e.execution = ?1",
    [STATEMENT_EXECUTION_ADVANCE] =
        "UPDATE workflow_executions SET status = ?3, revision = ?4, commit_lease = ?5,"
        " commit_serial = ?6, started_at = ?7, completed_at = ?8, completed = ?9, failed = ?10,"
        " skipped = ?11, reason = ?12 WHERE execution = ?1 AND revision = ?2",
    [STATEMENT_EXECUTION_INSERT] =
        "INSERT INTO workflow_executions (id, definition, revision, status, recoveries_max,"
        " commit_lease, commit_serial, created_at, started_at, completed_at, completed, failed,"
        " skipped, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_CONTEXT_INSERT] = "INSERT INTO contexts (execution, value) VALUES (?, ?)",
    [STATEMENT_TASK_INSERT] =
        "INSERT INTO task_executions (execution, task, status, sub_status, skip, code, attempt,"
        " recoveries, claim_lease, claim_serial, retry_at, started_at, completed_at, ready_order,"
        " error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_TASK_UPDATE] =
        "UPDATE task_executions SET status = ?3, sub_status = ?4, skip = ?5, code = ?6,"
        " attempt = ?7, recoveries = ?8, claim_lease = ?9, claim_serial = ?10, retry_at = ?11,"
        " started_at = ?12, completed_at = ?13, ready_order = ?14"
        " WHERE execution = ?1 AND task = ?2",
    [STATEMENT_TASK_ERROR] =
        "UPDATE task_executions SET error = ?3 WHERE execution = ?1 AND task = ?2",
    [STATEMENT_TASK_READ] = "SELECT " TASK_COLUMNS " FROM task_executions AS t"
                            " WHERE t.execution = ?1 AND t.task = ?2",
    [STATEMENT_OUTPUT_PUT] =
        "INSERT OR REPLACE INTO task_outputs (execution, task, attempt, delta) VALUES (?, ?, ?, ?)",
    [STATEMENT_OUTPUT_DELETE] = "DELETE FROM task_outputs WHERE execution = ?1 AND task = ?2",
    [STATEMENT_EVENT_INSERT] =
        "INSERT INTO execution_events (execution, revision, n, task, attempt, type, code, skip, at,"
        " retry_at, claim_lease, claim_serial, commit_lease, commit_serial)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_READY_LAST] = "SELECT ready_order FROM task_executions WHERE ready_order IS NOT NULL"
                             " ORDER BY ready_order DESC LIMIT 1",

    /* ---- definitions ---- */
    [STATEMENT_DEFINITION_FIND] = "SELECT definition FROM workflow_definitions WHERE hash = ?1",
    [STATEMENT_DEFINITION_INSERT] =
        "INSERT INTO workflow_definitions (hash, tenant, package, name, task_count, json,"
        " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
    [STATEMENT_DEFINITION_JSON] = "SELECT json FROM workflow_definitions WHERE definition = ?1",
    /* Of those of one name, the one whose newest execution is the newest. */
    [STATEMENT_DEFINITION_NEWEST] =
        "SELECT d.json, (SELECT e.execution FROM workflow_executions AS e"
        " WHERE e.definition = d.definition AND e.revision > 0 ORDER BY e.execution DESC LIMIT 1)"
        " AS newest FROM workflow_definitions AS d WHERE d.name = ?1 AND newest IS NOT NULL"
        " ORDER BY newest DESC LIMIT 1",
    [STATEMENT_DEFINITION_DELETE] =
        "DELETE FROM workflow_definitions WHERE definition = ?1"
        " AND NOT EXISTS (SELECT 1 FROM workflow_executions WHERE definition = ?1)",

    /* ---- poll and leases ---- */
    [STATEMENT_READY] =
        "SELECT t.execution, t.task, e.definition, d.hash"
        " FROM task_executions AS t CROSS JOIN workflow_executions AS e CROSS JOIN"
        " workflow_definitions AS d WHERE t.ready_order IS NOT NULL AND t.retry_at <= ?1"
        " AND e.execution = t.execution AND e.revision > 0 AND e.status IN (0, 1)"
        " AND d.definition = e.definition ORDER BY t.ready_order",
    [STATEMENT_LEASE_OPEN] =
        "INSERT INTO runner_leases (name, beat, opened_at, beat_at) VALUES (?1, 0, ?2, ?2)",
    [STATEMENT_LEASE_FIND] = "SELECT beat FROM runner_leases WHERE lease = ?1",
    [STATEMENT_LEASE_CLOSE] = "DELETE FROM runner_leases WHERE lease = ?1",
    [STATEMENT_LEASE_BEAT] =
        "UPDATE runner_leases SET beat = beat + 1, beat_at = ?2 WHERE lease = ?1",
    [STATEMENT_LEASES] =
        "SELECT l.lease, l.beat, l.name, l.opened_at, l.beat_at, (SELECT count(*)"
        " FROM task_executions AS t WHERE t.status = 2 AND t.claim_lease = l.lease)"
        " FROM runner_leases AS l ORDER BY l.lease",
    [STATEMENT_RUNNING_COUNT] = "SELECT count(*) FROM task_executions WHERE status = 2",

    /* ---- queries ---- */
    [STATEMENT_SNAPSHOT] =
        "SELECT d.json, d.task_count, c.value FROM workflow_executions AS e"
        " JOIN workflow_definitions AS d USING (definition) LEFT JOIN contexts AS c"
        " ON c.execution = e.execution WHERE e.execution = ?1",
    [STATEMENT_TASKS] = "SELECT o.delta, " TASK_COLUMNS FROM_TASKS_AND_OUTPUTS
                        " WHERE t.execution = ?1 ORDER BY t.task",
    [STATEMENT_TASKS_SINCE] =
        "SELECT o.delta, " TASK_COLUMNS FROM_TASKS_AND_OUTPUTS " WHERE t.execution = ?1"
        " AND t.task IN (SELECT task FROM execution_events WHERE execution = ?1 AND revision > ?2)"
        " ORDER BY t.task",
    [STATEMENT_FIND_COMMIT] =
        "SELECT revision FROM execution_events WHERE execution = ?1 AND n = 0"
        " AND commit_lease = ?2 AND commit_serial = ?3 ORDER BY revision DESC LIMIT 1",
    [STATEMENT_EVENTS] =
        "SELECT revision, n, task, attempt, type, code, skip, at, retry_at, claim_lease,"
        " claim_serial FROM execution_events WHERE execution = ?1 AND revision > ?2"
        " ORDER BY revision, n LIMIT ?3",
    [STATEMENT_CLAIMS_OF] = FROM_CLAIMS " AND t.claim_lease = ?1"
                                        " ORDER BY t.execution, t.task LIMIT ?2",
    [STATEMENT_CLAIMS_LOST] =
        FROM_CLAIMS " AND t.claim_lease NOT IN (SELECT lease FROM runner_leases)"
                    " ORDER BY t.execution, t.task LIMIT ?2",
    [STATEMENT_EXECUTIONS_UP] = LISTED(">", "ASC"),
    [STATEMENT_EXECUTIONS_DOWN] = LISTED("<", "DESC"),

    /* ---- removal: at most ?2 + 1 rows of a table at a time ---- */
    [STATEMENT_EXECUTION_HIDE] = "UPDATE workflow_executions SET revision = 0 WHERE execution = ?1",
    [STATEMENT_EXECUTION_DELETE] = "DELETE FROM workflow_executions WHERE execution = ?1",
    [STATEMENT_ENDED_NEXT] =
        "SELECT execution, definition FROM workflow_executions WHERE status >= 2 AND status <= 4"
        " AND revision > 0 AND completed_at < ?1 ORDER BY completed_at, execution LIMIT 1",
    [STATEMENT_HIDDEN_NEXT] =
        "SELECT execution, definition FROM workflow_executions WHERE revision = 0"
        " AND created_at < ?1 ORDER BY created_at, execution LIMIT 1",
    [STATEMENT_TASKS_TRIM] =
        "DELETE FROM task_executions WHERE execution = ?1 AND task <= (SELECT task"
        " FROM task_executions WHERE execution = ?1 ORDER BY task LIMIT 1 OFFSET ?2)",
    [STATEMENT_TASKS_DELETE] = "DELETE FROM task_executions WHERE execution = ?1",
    [STATEMENT_OUTPUTS_TRIM] =
        "DELETE FROM task_outputs WHERE execution = ?1 AND task <= (SELECT task"
        " FROM task_outputs WHERE execution = ?1 ORDER BY task LIMIT 1 OFFSET ?2)",
    [STATEMENT_OUTPUTS_DELETE] = "DELETE FROM task_outputs WHERE execution = ?1",
    [STATEMENT_EVENTS_TRIM] =
        "DELETE FROM execution_events WHERE execution = ?1 AND (revision, n) <= (SELECT revision, n"
        " FROM execution_events WHERE execution = ?1 ORDER BY revision, n LIMIT 1 OFFSET ?2)",
    [STATEMENT_EVENTS_DELETE] = "DELETE FROM execution_events WHERE execution = ?1",
};

const char *statement_sql(enum statement_name name)
{
    return texts[name];
}
