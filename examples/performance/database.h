/* SPDX-License-Identifier: Apache-2.0 */
/* database.h - the database that is measured: of which kind, where, and what is in it. */
#ifndef EXAMPLES_DATABASE_H
#define EXAMPLES_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cloacina/runner.h>

enum { DATABASE_TEXT_BYTES = 4096 };

enum database_kind {
    DATABASE_MEMORY, /* of this process: memory://, :memory: */
    DATABASE_SQLITE, /* a file */
    DATABASE_POSTGRES
};

/* Of an URL that a runner takes. A wrong one is of some kind too: the runner will say so. */
enum database_kind database_kind(const char *url);

/* The file of an SQLite URL, without its parameters. */
void database_path(const char *url, char *ret_path, size_t size);

/* The URL as it may be shown, without a password. */
void database_show(const char *url, char *ret_text, size_t size);

/* Removes an SQLite file with all that lies beside it. Nobody may have it open. */
void database_remove(const char *url);

/* What is measured unless somebody says otherwise: NORMAL on SQLite, FULL on PostgreSQL; DEFAULT if
 * the URL itself says what it wants. */
enum cloacina_durability database_durability(const char *url);

/* The rows of executions, contexts, tasks, outputs and events, counted by a connection of its own.
 * NOT_FOUND: nobody else can look into this kind of database. */
enum cloacina_code database_rows(const char *url, uint64_t *ret_rows,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* From now on every SQLite connection that this program opens counts the statements it runs. False:
 * SQLite has refused. */
bool database_trace_begin(void);

/* How many were run since the beginning. */
uint64_t database_trace_count(void);

/* Connections that are opened from now on do not count. */
void database_trace_end(void);

#endif
