/* SPDX-License-Identifier: Apache-2.0 */
/* statement.c - the SQL.
 *
 * Laws:
 * - Execution rows are locked before anything beneath them, in the order of their ids.
 * - What changes rows beneath an execution reaches only executions whose row this very transaction
 *   has written (OWN): whoever lost the race for the revision changes nothing.
 * - Every table is entered by an index, whatever its statistics say today. */
#include "dal/postgres/statement.h"

#include <assert.h>

#include "base/compiler.h"

/* Store time: nanoseconds since 1970 by the server's clock, which counts microseconds. */
#define NOW "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000"

/* The row was written by this transaction. (An xid comes again after 2^32 others; then a row would
 * have to lose its race in the one transaction that has the number of its last writer.) */
#define OWN "e.xmin = pg_current_xact_id()::xid"

#define ENDED "e.status IN (2, 3, 4)"

/* Ready tasks that are due and that the caller has a body for: definitions of which it has all bodies
 * ($1), and those of which it has some ($2, with a bit a task in $3). */
#define CLAIMABLE                                                                                  \
    " FROM task_executions t JOIN workflow_executions e ON e.execution = t.execution"              \
    " WHERE t.ready_order IS NOT NULL AND t.retry_at <= (SELECT at FROM moment)"                   \
    " AND e.status IN (0, 1) AND (e.definition = ANY ($1) OR EXISTS (SELECT"                       \
    " FROM unnest($2, $3) AS o (definition, tasks) WHERE o.definition = e.definition"              \
    " AND get_bit(o.tasks, t.task) = 1))"
#define MOMENT "moment AS MATERIALIZED (SELECT " NOW " AS at)"

#define TASK_ROWS                                                                                  \
    "id, task, status, sub_status, skip, code, attempt, recoveries, claim_lease, claim_serial,"    \
    " retry_at, started_at, completed_at, place, error"
#define READY_ORDER "CASE WHEN r.place IS NOT NULL THEN currval('ready_order') + r.place END"

#define EXECUTION_COLUMNS                                                                          \
    "e.id, d.hash, e.status, e.recoveries_max, e.revision, e.commit_lease, e.commit_serial,"       \
    " e.created_at, e.started_at, e.completed_at, e.completed, e.failed, e.skipped, e.reason,"     \
    " d.task_count"
#define TASK_COLUMNS                                                                               \
    "t.task, t.status, t.sub_status, t.skip, t.code, t.attempt, t.recoveries, t.claim_lease,"      \
    " t.claim_serial, t.retry_at, t.started_at, t.completed_at, t.error, o.delta"
#define LISTED                                                                                     \
    "SELECT " EXECUTION_COLUMNS ", d.name, d.package, d.tenant FROM workflow_executions e"         \
    " JOIN workflow_definitions d ON d.definition = e.definition WHERE e.revision > 0"             \
    " AND ($2 = 0 OR ($2 >> e.status) & 1 = 1) AND ($3 IS NULL OR d.name = $3)"
#define CLAIMS                                                                                     \
    "SELECT e.id, t.task, t.claim_lease, t.claim_serial FROM task_executions t"                    \
    " JOIN workflow_executions e ON e.execution = t.execution WHERE t.status = 2"                  \
    " AND NOT " ENDED
/* $1 ids, $2 ended before, $3 the highest revision */
#define REMOVED "e.id = ANY ($1) AND " ENDED " AND e.completed_at < $2 AND e.revision <= $3"
#define DELETE_BENEATH(table)                                                                      \
    "DELETE FROM " table " x USING workflow_executions e WHERE " REMOVED                           \
    " AND x.execution = e.execution"

static const struct statement_text texts[STATEMENTS] = {
    [STATEMENT_BEGIN] = {"begin", "", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", false},
    [STATEMENT_BEGIN_SNAPSHOT] = {"begin snapshot", "",
                                  "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false},
    [STATEMENT_END_SNAPSHOT] = {"end snapshot", "", "COMMIT", false}, /* nothing was written */
    [STATEMENT_COMMIT] = {"commit", "", "COMMIT", true},

    [STATEMENT_LOCK] = {"lock", "U",
                        "SELECT e.id, e.revision FROM workflow_executions e WHERE e.id = ANY ($1)"
                        " ORDER BY e.id FOR NO KEY UPDATE",
                        false},
    [STATEMENT_NEXT_READY] = {"next ready", "", "SELECT nextval('ready_order')", false},
    [STATEMENT_UPDATE_EXECUTIONS] =
        {"update executions", "UBBBBBBBIIIST",
         "UPDATE workflow_executions e SET revision = r.revision, commit_lease = r.commit_lease,"
         " commit_serial = r.commit_serial, created_at = r.created_at, started_at = r.started_at,"
         " completed_at = r.completed_at, completed = r.completed, failed = r.failed,"
         " skipped = r.skipped, status = r.status, reason = r.reason"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) AS r (id, before,"
         " revision, commit_lease, commit_serial, created_at, started_at, completed_at, completed,"
         " failed, skipped, status, reason)"
         " WHERE e.id = r.id AND e.revision = r.before",
         false},
    [STATEMENT_INSERT_EXECUTIONS] =
        {"insert executions", "UYBBBBBBBIIIST",
         "INSERT INTO workflow_executions (id, definition, recoveries_max, revision, commit_lease,"
         " commit_serial, created_at, started_at, completed_at, completed, failed, skipped, status,"
         " reason) SELECT r.id, d.definition, r.recoveries_max, r.revision, r.commit_lease,"
         " r.commit_serial, r.created_at, r.started_at, r.completed_at, r.completed, r.failed,"
         " r.skipped, r.status, r.reason"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS r (id, hash,"
         " recoveries_max, revision, commit_lease, commit_serial, created_at, started_at,"
         " completed_at, completed, failed, skipped, status, reason)"
         " JOIN workflow_definitions d ON d.hash = r.hash"
         " ON CONFLICT (id) DO NOTHING RETURNING id",
         false},
    [STATEMENT_INSERT_CONTEXTS] =
        {"insert contexts", "UT",
         "INSERT INTO contexts (execution, value) SELECT e.execution, r.value"
         " FROM unnest($1, $2) AS r (id, value)"
         " JOIN workflow_executions e ON e.id = r.id AND " OWN,
         false},
    [STATEMENT_INSERT_TASKS] =
        {"insert tasks", "UISSSSIIBBBBBIT",
         "INSERT INTO task_executions (execution, task, status, sub_status, skip, code, attempt,"
         " recoveries, claim_lease, claim_serial, retry_at, started_at, completed_at, ready_order,"
         " error) SELECT e.execution, r.task, r.status, r.sub_status, r.skip, r.code, r.attempt,"
         " r.recoveries, r.claim_lease, r.claim_serial, r.retry_at, r.started_at, r.completed_at,"
         " " READY_ORDER ", r.error"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
         " AS r (" TASK_ROWS ") JOIN workflow_executions e ON e.id = r.id AND " OWN,
         false},
    /* A row that is not what the changeset was made from makes its status NULL, which the table
     * refuses. */
    [STATEMENT_UPDATE_TASKS] =
        {"update tasks", "UISSSSIIBBBBBITSBB",
         "UPDATE task_executions t SET status = CASE WHEN t.status = r.status_before"
         " AND t.claim_serial = r.serial_before AND t.claim_lease = r.lease_before"
         " THEN r.status END, sub_status = r.sub_status, skip = r.skip, code = r.code,"
         " attempt = r.attempt, recoveries = r.recoveries, claim_lease = r.claim_lease,"
         " claim_serial = r.claim_serial, retry_at = r.retry_at, started_at = r.started_at,"
         " completed_at = r.completed_at, ready_order = " READY_ORDER ", error = r.error"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
         " $18) AS r (" TASK_ROWS ", status_before, lease_before, serial_before)"
         " JOIN workflow_executions e ON e.id = r.id AND " OWN
         " WHERE t.execution = e.execution AND t.task = r.task",
         false},
    [STATEMENT_DELETE_OUTPUTS] = {"delete outputs", "UI",
                                  "DELETE FROM task_outputs o USING unnest($1, $2) AS r (id, task)"
                                  " JOIN workflow_executions e ON e.id = r.id AND " OWN
                                  " WHERE o.execution = e.execution AND o.task = r.task",
                                  false},
    [STATEMENT_INSERT_OUTPUTS] =
        {"insert outputs", "UIIT",
         "INSERT INTO task_outputs (execution, task, attempt, delta)"
         " SELECT e.execution, r.task, r.attempt, r.delta"
         " FROM unnest($1, $2, $3, $4) AS r (id, task, attempt, delta)"
         " JOIN workflow_executions e ON e.id = r.id AND " OWN
         " ON CONFLICT (execution, task) DO UPDATE SET attempt = excluded.attempt,"
         " delta = excluded.delta",
         false},
    [STATEMENT_INSERT_EVENTS] =
        {"insert events", "UBIIISSSBBBBBB",
         "INSERT INTO execution_events (execution, revision, n, task, attempt, type, code, skip, "
         "at,"
         " retry_at, claim_lease, claim_serial, commit_lease, commit_serial)"
         " SELECT e.execution, r.revision, r.n, r.task, r.attempt, r.type, r.code, r.skip, r.at,"
         " r.retry_at, r.claim_lease, r.claim_serial, r.commit_lease, r.commit_serial"
         " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) AS r (id,"
         " revision, n, task, attempt, type, code, skip, at, retry_at, claim_lease, claim_serial,"
         " commit_lease, commit_serial) JOIN workflow_executions e ON e.id = r.id AND " OWN,
         false},
    [STATEMENT_INSERT_DEFINITION] =
        {"insert definition", "ytttit",
         "INSERT INTO workflow_definitions (hash, tenant, package, name, task_count, json,"
         " created_at) VALUES ($1, $2, $3, $4, $5, $6, " NOW ") ON CONFLICT (hash) DO NOTHING",
         false},
    /* Makes the row of a half-written submission this transaction's own. */
    [STATEMENT_TOUCH_UNSEEN] = {"touch unseen", "u",
                                "UPDATE workflow_executions SET status = status"
                                " WHERE id = $1 AND revision = 0 RETURNING id",
                                false},
    [STATEMENT_LOOK] = {"look", "u", "SELECT revision FROM workflow_executions WHERE id = $1",
                        false},

    /* One statement claims: it locks the executions of the oldest tasks as far as nobody else has
     * them, claims what is still as it was when the lock came, and gives each claim a revision. */
    [STATEMENT_CLAIM] =
        {"claim", "BBYbbbbb",
         "WITH " MOMENT ","
         " picked AS MATERIALIZED (SELECT t.execution, t.task, t.ready_order, e.id, e.revision,"
         " e.status" CLAIMABLE
         " ORDER BY t.ready_order LIMIT $4 FOR NO KEY UPDATE OF e SKIP LOCKED),"
         " numbered AS (SELECT p.*, row_number() OVER (ORDER BY p.ready_order) - 1 AS place"
         " FROM picked p),"
         " claimed AS (UPDATE task_executions t SET status = 2, sub_status = 1, claim_lease = $5,"
         " claim_serial = $6 + p.place, retry_at = 0, started_at = (SELECT at FROM moment),"
         " ready_order = NULL FROM numbered p"
         " WHERE t.execution = p.execution AND t.task = p.task AND t.ready_order = p.ready_order"
         " RETURNING t.execution, t.task, t.attempt, t.claim_serial, p.id, p.revision, p.status),"
         " turns AS MATERIALIZED (SELECT c.*, row_number() OVER (PARTITION BY c.execution"
         " ORDER BY c.claim_serial) AS turn FROM claimed c),"
         " moved AS (UPDATE workflow_executions e SET revision = e.revision + s.claims, status = 1,"
         " started_at = CASE WHEN e.status = 0 AND e.started_at = 0"
         " THEN (SELECT at FROM moment) ELSE e.started_at END, commit_lease = $7,"
         " commit_serial = $8 FROM (SELECT execution, max(turn) AS claims FROM turns"
         " GROUP BY execution) s WHERE e.execution = s.execution),"
         " told AS (INSERT INTO execution_events (execution, revision, n, task, attempt, type, "
         "code,"
         " skip, at, retry_at, claim_lease, claim_serial, commit_lease, commit_serial)"
         " SELECT c.execution, c.revision + 1, 0, NULL, 0, 2, 0, 0, (SELECT at FROM moment), 0, 0,"
         " 0, $7, $8 FROM turns c WHERE c.status = 0 AND c.turn = 1"
         " UNION ALL SELECT c.execution, c.revision + c.turn, (c.status = 0 AND c.turn = "
         "1)::integer,"
         " c.task, c.attempt, 10, 0, 0, (SELECT at FROM moment), 0, $5, c.claim_serial,"
         " CASE WHEN c.status <> 0 OR c.turn > 1 THEN $7 END,"
         " CASE WHEN c.status <> 0 OR c.turn > 1 THEN $8 END FROM turns c)"
         " SELECT c.id, c.task, c.claim_serial, m.at FROM turns c, moment m ORDER BY "
         "c.claim_serial",
         false},
    [STATEMENT_IS_MORE] = {"is more", "BBY", "WITH " MOMENT " SELECT" CLAIMABLE " LIMIT 1", false},
    [STATEMENT_HURRY] = {"hurry", "", "SET LOCAL lock_timeout = 1000", false},
    [STATEMENT_LOCK_READY] =
        {"lock ready", "BBYb",
         "SELECT x.id FROM workflow_executions x WHERE x.execution IN (WITH " MOMENT
         " SELECT t.execution" CLAIMABLE " ORDER BY t.ready_order LIMIT $4)"
         " ORDER BY x.id FOR NO KEY UPDATE",
         false},
    [STATEMENT_NEW_DEFINITIONS] =
        {"new definitions", "TTTB",
         "SELECT d.definition, d.hash, d.json FROM unnest($1, $2, $3) AS o (tenant, package, name)"
         " JOIN workflow_definitions d ON d.name = o.name AND d.package = o.package"
         " AND d.tenant = o.tenant WHERE d.definition <> ALL ($4) ORDER BY d.definition",
         false},
    [STATEMENT_WATCH] =
        {"watch", "UB",
         "SELECT w.id FROM unnest($1, $2) WITH ORDINALITY AS w (id, revision, place)"
         " JOIN workflow_executions e ON e.id = w.id"
         " WHERE e.revision <> w.revision AND e.revision > 0 ORDER BY w.place",
         false},
    [STATEMENT_BEAT] = {"beat", "b",
                        "UPDATE runner_leases SET beat = beat + 1, beat_at = " NOW
                        " WHERE lease = $1",
                        false},
    [STATEMENT_LEASES] =
        {"leases", "",
         "SELECT l.lease, l.beat, (SELECT count(*) FROM task_executions t"
         " WHERE t.status = 2 AND t.claim_lease = l.lease), l.opened_at, l.beat_at,"
         " l.name FROM runner_leases l ORDER BY l.lease",
         false},
    [STATEMENT_ORPHANS] = {"orphans", "",
                           "SELECT count(*) FROM task_executions t WHERE t.status = 2"
                           " AND NOT EXISTS (SELECT FROM runner_leases l"
                           " WHERE l.lease = t.claim_lease)",
                           false},
    [STATEMENT_NOW] = {"now", "", "SELECT " NOW, false},
    [STATEMENT_OPEN_LEASE] = {"open lease", "t",
                              "INSERT INTO runner_leases (name, beat, opened_at, beat_at)"
                              " SELECT $1, 0, m.at, m.at FROM (SELECT " NOW " AS at) m"
                              " RETURNING lease, opened_at",
                              true},
    [STATEMENT_LOCK_LEASE] = {"lock lease", "b",
                              "SELECT beat FROM runner_leases WHERE lease = $1 FOR UPDATE", false},
    [STATEMENT_CLOSE_LEASE] = {"close lease", "bb",
                               "DELETE FROM runner_leases WHERE lease = $1 AND beat = $2", false},
    [STATEMENT_CLAIMS_OF] = {"claims of", "bb",
                             CLAIMS " AND t.claim_lease = $1 ORDER BY t.execution, t.task LIMIT $2",
                             false},
    [STATEMENT_CLAIMS_OF_NONE] = {"claims of none", "b",
                                  CLAIMS " AND NOT EXISTS (SELECT FROM runner_leases l"
                                         " WHERE l.lease = t.claim_lease)"
                                         " ORDER BY t.execution, t.task LIMIT $1",
                                  false},

    [STATEMENT_EXECUTION] = {"execution", "u",
                             "SELECT " EXECUTION_COLUMNS " FROM workflow_executions e"
                             " JOIN workflow_definitions d ON d.definition = e.definition"
                             " WHERE e.id = $1 AND e.revision > 0",
                             false},
    [STATEMENT_EXECUTION_WHOLE] = {"execution whole", "u",
                                   "SELECT " EXECUTION_COLUMNS ", d.json, c.value"
                                   " FROM workflow_executions e JOIN workflow_definitions d"
                                   " ON d.definition = e.definition"
                                   " LEFT JOIN contexts c ON c.execution = e.execution"
                                   " WHERE e.id = $1 AND e.revision > 0",
                                   false},
    [STATEMENT_TASKS] =
        {"tasks", "u",
         "SELECT " TASK_COLUMNS " FROM task_executions t"
         " LEFT JOIN task_outputs o ON o.execution = t.execution AND o.task = t.task"
         " WHERE t.execution = (SELECT e.execution FROM workflow_executions e"
         " WHERE e.id = $1) ORDER BY t.task",
         false},
    [STATEMENT_TASKS_SINCE] =
        {"tasks since", "ub",
         "SELECT " TASK_COLUMNS " FROM (SELECT DISTINCT v.execution, v.task FROM execution_events v"
         " WHERE v.execution = (SELECT e.execution FROM workflow_executions e WHERE e.id = $1)"
         " AND v.revision > $2 AND v.task IS NOT NULL) v"
         " JOIN task_executions t ON t.execution = v.execution AND t.task = v.task"
         " LEFT JOIN task_outputs o ON o.execution = t.execution AND o.task = t.task"
         " ORDER BY t.task",
         false},
    [STATEMENT_FIND_COMMIT] = {"find commit", "ubb",
                               "SELECT v.revision FROM execution_events v WHERE v.execution ="
                               " (SELECT e.execution FROM workflow_executions e WHERE e.id = $1)"
                               " AND v.n = 0 AND v.commit_lease = $2 AND v.commit_serial = $3"
                               " ORDER BY v.revision DESC LIMIT 1",
                               false},
    [STATEMENT_EVENTS] =
        {"events", "ubb",
         "SELECT v.revision, v.n, v.task, v.attempt, v.type, v.code, v.skip, v.at, v.retry_at,"
         " v.claim_lease, v.claim_serial FROM workflow_executions e LEFT JOIN LATERAL (SELECT *"
         " FROM execution_events x WHERE x.execution = e.execution AND x.revision > $2"
         " ORDER BY x.revision, x.n LIMIT $3) v ON true WHERE e.id = $1 AND e.revision > 0"
         " ORDER BY v.revision, v.n",
         false},
    [STATEMENT_OLDEST] = {"oldest", "uitb", LISTED " AND e.id > $1 ORDER BY e.id LIMIT $4", false},
    [STATEMENT_NEWEST] = {"newest", "uitb", LISTED " AND e.id < $1 ORDER BY e.id DESC LIMIT $4",
                          false},
    [STATEMENT_DEFINITION] = {"definition", "t",
                              "SELECT d.json FROM workflow_definitions d JOIN LATERAL (SELECT"
                              " e.execution FROM workflow_executions e"
                              " WHERE e.definition = d.definition AND e.revision > 0"
                              " ORDER BY e.execution DESC LIMIT 1) n ON true"
                              " WHERE d.name = $1 ORDER BY n.execution DESC LIMIT 1",
                              false},

    [STATEMENT_ENDED] = {"ended", "bb",
                         "SELECT e.id FROM workflow_executions e WHERE " ENDED
                         " AND e.completed_at < $1 ORDER BY e.completed_at LIMIT $2",
                         false},
    [STATEMENT_LOCK_ENDED] = {"lock ended", "U",
                              "SELECT e.id, e.revision, e.status FROM workflow_executions e"
                              " WHERE e.id = ANY ($1) ORDER BY e.id FOR UPDATE",
                              false},
    [STATEMENT_DELETE_EVENTS] = {"delete events", "Ubb", DELETE_BENEATH("execution_events"), false},
    [STATEMENT_DELETE_ALL_OUTPUTS] = {"delete all outputs", "Ubb", DELETE_BENEATH("task_outputs"),
                                      false},
    [STATEMENT_DELETE_TASKS] = {"delete tasks", "Ubb", DELETE_BENEATH("task_executions"), false},
    [STATEMENT_DELETE_CONTEXTS] = {"delete contexts", "Ubb", DELETE_BENEATH("contexts"), false},
    [STATEMENT_DELETE_EXECUTIONS] = {"delete executions", "Ubb",
                                     "DELETE FROM workflow_executions e WHERE " REMOVED
                                     " RETURNING e.id",
                                     false},
    [STATEMENT_DELETE_DEFINITIONS] = {"delete definitions", "",
                                      "DELETE FROM workflow_definitions d WHERE NOT EXISTS"
                                      " (SELECT FROM workflow_executions e"
                                      " WHERE e.definition = d.definition)",
                                      false},
};

const struct statement_text *statement_text(enum statement statement)
{
    assert((unsigned)statement < ARRAY_COUNT(texts));
    return &texts[statement];
}
