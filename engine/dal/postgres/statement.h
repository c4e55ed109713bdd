/* SPDX-License-Identifier: Apache-2.0 */
/* statement.h - every statement that a session sends, by number. They are prepared once per
 * connection, as generic plans: set-based, so that their number does not depend on that of the rows. */
#ifndef DAL_POSTGRES_STATEMENT_H
#define DAL_POSTGRES_STATEMENT_H

#include <stdbool.h>

enum statement {
    /* transactions */
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_BEGIN_SNAPSHOT,
    STATEMENT_END_SNAPSHOT,
    /* writing */
    STATEMENT_LOCK,
    STATEMENT_NEXT_READY,
    STATEMENT_UPDATE_EXECUTIONS,
    STATEMENT_INSERT_EXECUTIONS,
    STATEMENT_INSERT_CONTEXTS,
    STATEMENT_INSERT_TASKS,
    STATEMENT_UPDATE_TASKS,
    STATEMENT_DELETE_OUTPUTS,
    STATEMENT_INSERT_OUTPUTS,
    STATEMENT_INSERT_EVENTS,
    STATEMENT_INSERT_DEFINITION,
    STATEMENT_TOUCH_UNSEEN,
    STATEMENT_LOOK,
    /* claiming, leases */
    STATEMENT_CLAIM,
    STATEMENT_IS_MORE,
    STATEMENT_HURRY,
    STATEMENT_LOCK_READY,
    STATEMENT_NEW_DEFINITIONS,
    STATEMENT_WATCH,
    STATEMENT_BEAT,
    STATEMENT_LEASES,
    STATEMENT_ORPHANS,
    STATEMENT_NOW,
    STATEMENT_OPEN_LEASE,
    STATEMENT_LOCK_LEASE,
    STATEMENT_CLOSE_LEASE,
    STATEMENT_CLAIMS_OF,
    STATEMENT_CLAIMS_OF_NONE,
    /* reading */
    STATEMENT_EXECUTION,
    STATEMENT_EXECUTION_WHOLE,
    STATEMENT_TASKS,
    STATEMENT_TASKS_SINCE,
    STATEMENT_FIND_COMMIT,
    STATEMENT_EVENTS,
    STATEMENT_OLDEST,
    STATEMENT_NEWEST,
    STATEMENT_DEFINITION,
    /* removing */
    STATEMENT_ENDED,
    STATEMENT_LOCK_ENDED,
    STATEMENT_DELETE_EVENTS,
    STATEMENT_DELETE_ALL_OUTPUTS,
    STATEMENT_DELETE_TASKS,
    STATEMENT_DELETE_CONTEXTS,
    STATEMENT_DELETE_EXECUTIONS,
    STATEMENT_DELETE_DEFINITIONS
};
enum { STATEMENTS = STATEMENT_DELETE_DEFINITIONS + 1 };

struct statement_text {
    const char *name;  /* on the server, and for whoever watches */
    const char *types; /* of its parameters, see parameters.h */
    const char *sql;
    bool is_last_word; /* it may commit: when its answer is lost, nobody knows */
};

const struct statement_text *statement_text(enum statement statement);

#endif
