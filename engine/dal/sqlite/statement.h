/* SPDX-License-Identifier: Apache-2.0 */
/* statement.h - private to dal/sqlite: every statement by name, and how one is used.
 *
 *   struct statement *s = statement_begin(store, STATEMENT_TASK_UPDATE);
 *   statement_put_number(s, ...);               parameters from left to right
 *   code = statement_run(store, s, err);        no rows are expected
 *
 *   s = statement_begin(store, STATEMENT_EVENTS);
 *   while ((code = statement_step(store, s, &has_row, err)) == CLOACINA_OK && has_row)
 *       ... statement_get_number(s) ...         columns from left to right
 *   statement_end(s);                           always, when rows may be left
 *
 * A statement is prepared when it is first used and kept until the store is closed. What is put is
 * Borrowed until the statement is stepped for the last time. A failed put is told by the next step.
 * A column that cannot be what it should be sets is_damaged: ask once, behind the row. */
#ifndef DAL_SQLITE_STATEMENT_H
#define DAL_SQLITE_STATEMENT_H

#include <sqlite3.h>

#include "base/hash.h"
#include "base/id.h"
#include "base/text.h"
#include "execution/rows.h"

struct sqlite_store;

enum statement_name {
    STATEMENT_BEGIN = 0,
    STATEMENT_BEGIN_IMMEDIATE,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_DATA_VERSION,
    STATEMENT_TIME_GET,
    STATEMENT_TIME_PUT,

    STATEMENT_EXECUTION_FIND,
    STATEMENT_EXECUTION_READ,
    STATEMENT_EXECUTION_ADVANCE,
    STATEMENT_EXECUTION_INSERT,
    STATEMENT_CONTEXT_INSERT,
    STATEMENT_TASK_INSERT,
    STATEMENT_TASK_UPDATE,
    STATEMENT_TASK_ERROR,
    STATEMENT_TASK_READ,
    STATEMENT_OUTPUT_PUT,
    STATEMENT_OUTPUT_DELETE,
    STATEMENT_EVENT_INSERT,
    STATEMENT_READY_LAST,

    STATEMENT_DEFINITION_FIND,
    STATEMENT_DEFINITION_INSERT,
    STATEMENT_DEFINITION_JSON,
    STATEMENT_DEFINITION_NEWEST,
    STATEMENT_DEFINITION_DELETE,

    STATEMENT_READY,
    STATEMENT_LEASE_OPEN,
    STATEMENT_LEASE_FIND,
    STATEMENT_LEASE_CLOSE,
    STATEMENT_LEASE_BEAT,
    STATEMENT_LEASES,
    STATEMENT_RUNNING_COUNT,

    STATEMENT_SNAPSHOT,
    STATEMENT_TASKS,
    STATEMENT_TASKS_SINCE,
    STATEMENT_FIND_COMMIT,
    STATEMENT_EVENTS,
    STATEMENT_CLAIMS_OF,
    STATEMENT_CLAIMS_LOST,
    STATEMENT_EXECUTIONS_UP,
    STATEMENT_EXECUTIONS_DOWN,

    STATEMENT_EXECUTION_HIDE,
    STATEMENT_EXECUTION_DELETE,
    STATEMENT_ENDED_NEXT,
    STATEMENT_HIDDEN_NEXT,
    STATEMENT_TASKS_TRIM,
    STATEMENT_TASKS_DELETE,
    STATEMENT_OUTPUTS_TRIM,
    STATEMENT_OUTPUTS_DELETE,
    STATEMENT_EVENTS_TRIM,
    STATEMENT_EVENTS_DELETE,

    STATEMENT_COUNT
};

/* The text of a statement: sql.c has them all, side by side with the schema. Static. */
const char *statement_sql(enum statement_name name);

struct statement {
    sqlite3_stmt *handle; /* Owned; NULL: not used yet */
    int bound;            /* parameters put so far */
    int column;           /* columns of this row got so far */
    int code;             /* of the first put (or of the preparation) that failed */
    bool is_damaged;      /* since statement_begin */
    uint8_t name[16];     /* the id or hash that is bound */
};

struct statement *statement_begin(struct sqlite_store *store, enum statement_name name);
void statement_end(struct statement *statement);

void statement_put_number(struct statement *statement, int64_t number);
void statement_put_unsigned(struct statement *statement, uint64_t number); /* its 64 bits */
/* For comparisons: what is larger than any stored one is as large as can be. */
void statement_put_revision(struct statement *statement, uint64_t revision);
void statement_put_stamp(struct statement *statement, struct stamp stamp); /* two parameters */
void statement_put_text(struct statement *statement, struct text text);
void statement_put_terminated(struct statement *statement, const char *text); /* NULL is NULL */
void statement_put_null(struct statement *statement);
void statement_put_id(struct statement *statement, struct id id);
void statement_put_hash(struct statement *statement, struct hash128 hash);
void statement_put_bytes(struct statement *statement, const void *bytes, size_t size);

/* The next row, if there is one. */
enum cloacina_code statement_step(struct sqlite_store *store, struct statement *statement,
                                  bool *ret_has_row, struct cloacina_error *err) MUST_CHECK;
/* To its end; rows are passed over. */
enum cloacina_code statement_run(struct sqlite_store *store, struct statement *statement,
                                 struct cloacina_error *err) MUST_CHECK;
/* The first row, and no more are wanted: still to be ended. NOT_FOUND, without a message: none. */
enum cloacina_code statement_first(struct sqlite_store *store, struct statement *statement,
                                   struct cloacina_error *err) MUST_CHECK;

int64_t statement_get_number(struct statement *statement);
uint64_t statement_get_unsigned(struct statement *statement);
uint32_t statement_get_small(struct statement *statement, uint32_t most); /* 0 to `most` */
struct stamp statement_get_stamp(struct statement *statement);            /* two columns */
/* Borrowed until the next step; NULL bytes for NULL. */
struct text statement_get_text(struct statement *statement);
struct id statement_get_id(struct statement *statement);
struct hash128 statement_get_hash(struct statement *statement);

#endif
