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

const struct schema_step schema_steps[] = {
    {"executions, tasks, events, leases", first},
};
const size_t schema_step_count = ARRAY_COUNT(schema_steps);
