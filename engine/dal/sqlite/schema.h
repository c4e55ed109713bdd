/* SPDX-License-Identifier: Apache-2.0 */
/* schema.h - the tables of the SQLite store, as the steps that make them.
 *
 *   workflow_definitions 1 --- n workflow_executions 1 --- 1 contexts          what it began with
 *                                        |           1 --- n task_executions   one a task
 *                                        |           1 --- n task_outputs      one a completed task
 *                                        |           1 --- n execution_events  history, change feed
 *   runner_leases        who is alive; the token of a claim names one
 *   schema_migrations    which steps were taken
 *
 * Names follow the reference system's 0.10. Statuses and types are the numbers of execution/rows.h;
 * instants are integer nanoseconds since 1970; an id is its 16 bytes, big-endian, so that it sorts
 * as its text does; JSON is text. The views at the end say the same for people.
 *
 * Laws: a step that has been released is never changed, a new one is added. Whoever opens a
 * database with more steps than it knows refuses it. */
#ifndef DAL_SQLITE_SCHEMA_H
#define DAL_SQLITE_SCHEMA_H

#include <stddef.h>

/* In the header of the file: "CLOA" in ASCII. Another number is another program's database. */
#define SCHEMA_APPLICATION_ID 0x434c4f41

/* One step: SQL statements separated by semicolons, run in one transaction with the row that says
 * so. */
struct schema_step {
    const char *name;
    const char *sql;
};

/* Step i brings a database from version i to version i + 1. */
extern const struct schema_step schema_steps[];
extern const size_t schema_step_count;

#endif
