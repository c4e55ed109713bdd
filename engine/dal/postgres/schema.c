/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c - the steps themselves.
 *
 * Law: what belongs to one execution has its short number first in its key, so that it lies together
 * and new executions are appended.
 *
 * The tables beneath an execution have no foreign keys: each write joins them to an execution row
 * that its own transaction has locked and changed, which is the stronger check, and a key's trigger
 * would be run for each row. */
#include "dal/postgres/schema.h"

#include "base/compiler.h"

/* The definition of a task is in the definition's JSON; `task` is its index there. ready_order is set
 * exactly while Ready: the larger, the later it has become so; a transaction takes one number of the
 * sequence and counts on from there. A row of workflow_executions with revision 0 is still being
 * written, slice by slice: nobody sees it. The free space of hot pages is for updates that stay in
 * their page. */
static const char first[] =
    "CREATE TABLE schema_migrations ("
    " version integer PRIMARY KEY,"
    " name text NOT NULL,"
    " applied_at bigint NOT NULL"
    ");"
    "COMMENT ON TABLE schema_migrations IS '" SCHEMA_COMMENT "';"

    "CREATE TABLE workflow_definitions ("
    " definition bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " hash bytea NOT NULL UNIQUE CHECK (length(hash) = 16),"
    " tenant text NOT NULL,"
    " package text NOT NULL,"
    " name text NOT NULL,"
    " task_count integer NOT NULL,"
    " json text NOT NULL,"
    " created_at bigint NOT NULL"
    ");"
    "CREATE INDEX workflow_definitions_by_name ON workflow_definitions (name, package, tenant);"

    "CREATE TABLE workflow_executions ("
    " execution bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " id uuid NOT NULL UNIQUE,"
    " definition bigint NOT NULL REFERENCES workflow_definitions,"
    " revision bigint NOT NULL,"
    " commit_lease bigint NOT NULL,"
    " commit_serial bigint NOT NULL,"
    " created_at bigint NOT NULL,"
    " started_at bigint NOT NULL,"
    " completed_at bigint NOT NULL,"
    " recoveries_max bigint NOT NULL,"
    " completed integer NOT NULL,"
    " failed integer NOT NULL,"
    " skipped integer NOT NULL,"
    " status smallint NOT NULL CHECK (status BETWEEN 0 AND 5),"
    " reason text"
    ") WITH (fillfactor = 50);"
    "CREATE INDEX workflow_executions_by_definition"
    " ON workflow_executions (definition, execution);"
    "CREATE INDEX workflow_executions_ended ON workflow_executions (completed_at)"
    " WHERE status IN (2, 3, 4);"

    "CREATE TABLE contexts ("
    " execution bigint PRIMARY KEY,"
    " value text NOT NULL"
    ");"

    "CREATE SEQUENCE ready_order INCREMENT BY 4194304;" /* CLOACINA_WORKFLOW_TASKS_MAX */
    "CREATE TABLE task_executions ("
    " execution bigint NOT NULL,"
    " claim_lease bigint NOT NULL,"
    " claim_serial bigint NOT NULL,"
    " retry_at bigint NOT NULL,"
    " started_at bigint NOT NULL,"
    " completed_at bigint NOT NULL,"
    " ready_order bigint CHECK ((ready_order IS NOT NULL) = (status = 1)),"
    " task integer NOT NULL,"
    " attempt integer NOT NULL,"
    " recoveries integer NOT NULL,"
    " status smallint NOT NULL CHECK (status BETWEEN 0 AND 5),"
    " sub_status smallint NOT NULL,"
    " skip smallint NOT NULL,"
    " code smallint NOT NULL,"
    " error text,"
    " PRIMARY KEY (execution, task)"
    ") WITH (fillfactor = 90);"
    "CREATE UNIQUE INDEX task_executions_ready ON task_executions (ready_order, retry_at)"
    " WHERE ready_order IS NOT NULL;"
    "CREATE INDEX task_executions_running ON task_executions (claim_lease) WHERE status = 2;"

    "CREATE TABLE task_outputs ("
    " execution bigint NOT NULL,"
    " task integer NOT NULL,"
    " attempt integer NOT NULL,"
    " delta text NOT NULL,"
    " PRIMARY KEY (execution, task)"
    ");"

    /* The commit that made a revision is named by the revision's first event (n = 0). task is NULL in
     * events of the execution itself. */
    "CREATE TABLE execution_events ("
    " execution bigint NOT NULL,"
    " revision bigint NOT NULL,"
    " at bigint NOT NULL,"
    " retry_at bigint NOT NULL,"
    " claim_lease bigint NOT NULL,"
    " claim_serial bigint NOT NULL,"
    " n integer NOT NULL,"
    " attempt integer NOT NULL,"
    " type smallint NOT NULL,"
    " code smallint NOT NULL,"
    " skip smallint NOT NULL,"
    " task integer,"
    " commit_lease bigint,"
    " commit_serial bigint,"
    " PRIMARY KEY (execution, revision, n)"
    ");"

    /* beat_at is for people; whether a lease is dead is judged by its beat. */
    "CREATE TABLE runner_leases ("
    " lease bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    " name text NOT NULL,"
    " beat bigint NOT NULL,"
    " opened_at bigint NOT NULL,"
    " beat_at bigint NOT NULL"
    ") WITH (fillfactor = 50);";

/* The same rows with words for numbers, for people and for psql. 0 is no instant. */
static const char views[] =
    "CREATE FUNCTION readable_instant (ns bigint) RETURNS timestamptz IMMUTABLE LANGUAGE sql AS"
    " $$ SELECT CASE WHEN ns <> 0 THEN"
    " timestamptz '1970-01-01 00:00:00Z' + ns / 1000 * interval '1 microsecond' END $$;"

    "CREATE VIEW readable_executions AS SELECT e.execution, e.id, d.tenant, d.package, d.name,"
    " (ARRAY['Pending', 'Running', 'Completed', 'Failed', 'Cancelled', 'Paused'])[e.status + 1]"
    " AS status, e.revision, d.task_count, e.completed, e.failed, e.skipped,"
    " readable_instant(e.created_at) AS created_at, readable_instant(e.started_at) AS started_at,"
    " readable_instant(e.completed_at) AS completed_at, e.reason"
    " FROM workflow_executions e JOIN workflow_definitions d USING (definition)"
    " WHERE e.revision > 0;"

    "CREATE VIEW readable_tasks AS SELECT t.execution, t.task,"
    " (d.json::jsonb -> 'tasks' -> t.task ->> 'name') AS name,"
    " (ARRAY['NotStarted', 'Ready', 'Running', 'Completed', 'Failed', 'Skipped'])[t.status + 1]"
    " AS status, (ARRAY['Active', 'Deferred'])[t.sub_status] AS sub_status, t.attempt,"
    " nullif(t.claim_lease, 0) AS claim_lease, t.recoveries,"
    " readable_instant(t.retry_at) AS retry_at, readable_instant(t.started_at) AS started_at,"
    " readable_instant(t.completed_at) AS completed_at, t.error, o.delta"
    " FROM task_executions t JOIN workflow_executions e USING (execution)"
    " JOIN workflow_definitions d USING (definition)"
    " LEFT JOIN task_outputs o USING (execution, task) WHERE e.revision > 0;"

    "CREATE VIEW readable_events AS SELECT v.execution, v.revision, v.n,"
    " (ARRAY['workflow_submitted', 'workflow_started', 'workflow_completed', 'workflow_failed',"
    " 'workflow_cancelled', 'workflow_paused', 'workflow_resumed', 'workflow_reset',"
    " 'task_marked_ready', 'task_claimed', 'task_deferred', 'task_resumed', 'task_completed',"
    " 'task_failed', 'task_retry_scheduled', 'task_skipped', 'task_handed_back', 'task_recovered',"
    " 'task_abandoned', 'task_reset'])[v.type] AS type, v.task, v.attempt,"
    " readable_instant(v.at) AS at, readable_instant(v.retry_at) AS retry_at,"
    " nullif(v.claim_lease, 0) AS claim_lease FROM execution_events v;"

    "CREATE VIEW readable_leases AS SELECT l.lease, l.name, l.beat,"
    " readable_instant(l.opened_at) AS opened_at, readable_instant(l.beat_at) AS beat_at"
    " FROM runner_leases l;";

const struct schema_step postgres_schema_steps[] = {
    {"executions, tasks, events, leases", first},
    {"readable views", views},
};
const size_t postgres_schema_step_count = ARRAY_COUNT(postgres_schema_steps);
