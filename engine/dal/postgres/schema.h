/* SPDX-License-Identifier: Apache-2.0 */
/* schema.h - the tables of the PostgreSQL store, as the steps that make them.
 *
 *   workflow_definitions 1 --- n workflow_executions 1 --- 1 contexts          what it began with
 *                                        |           1 --- n task_executions   one a task
 *                                        |           1 --- n task_outputs      one a completed task
 *                                        |           1 --- n execution_events  history, change feed
 *   runner_leases        who is alive; the token of a claim names one
 *   schema_migrations    which steps were taken; its comment says whose tables these are
 *
 * The same tables and columns as dal/sqlite/schema.h, in PostgreSQL's types.
 *
 * Laws: a step that has been released is never changed, a new one is added. Whoever opens a schema
 * with more steps than it knows refuses it. */
#ifndef DAL_POSTGRES_SCHEMA_H
#define DAL_POSTGRES_SCHEMA_H

#include <stddef.h>

/* The comment on schema_migrations. A table of that name without it is another program's. */
#define SCHEMA_COMMENT "cloacina"

/* One step: SQL statements separated by semicolons, run in one transaction with the row that says
 * so. */
struct schema_step {
    const char *name;
    const char *sql;
};

/* Step i brings a schema from version i to version i + 1. */
extern const struct schema_step postgres_schema_steps[];
extern const size_t postgres_schema_step_count;

#endif
