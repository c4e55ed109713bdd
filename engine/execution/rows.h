/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h - what a store keeps of one execution: plain data that every room above agrees on.
 *
 *   execution_row 1 --- n task_row        (one per task of the definition, in definition order)
 *                 1 --- n event_row       (keyed (revision, n): the history and the change feed)
 *                 1 --- n delta           (one per completed task: what it wrote)
 *
 * Every status a row can have and every edge between them is in state.h. Instants are int64
 * nanoseconds since 1970 in store time; 0 means "not set". */
#ifndef EXECUTION_ROWS_H
#define EXECUTION_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/hash.h"
#include "base/id.h"

enum task_status {
    TASK_NOT_STARTED = 0,
    TASK_READY = 1,
    TASK_RUNNING = 2,
    TASK_COMPLETED = 3,
    TASK_FAILED = 4,
    TASK_SKIPPED = 5
};
enum { TASK_STATUSES = 6 };

/* Only while Running: does the attempt hold its slot, or has it given it up in defer_until? */
enum task_sub_status { TASK_SUB_NONE = 0, TASK_SUB_ACTIVE = 1, TASK_SUB_DEFERRED = 2 };

enum execution_status {
    EXECUTION_PENDING = 0,
    EXECUTION_RUNNING = 1,
    EXECUTION_COMPLETED = 2,
    EXECUTION_FAILED = 3,
    EXECUTION_CANCELLED = 4,
    EXECUTION_PAUSED = 5
};
enum { EXECUTION_STATUSES = 6 };

/* Why a task was skipped. */
enum skip_reason {
    SKIP_NONE = 0,
    SKIP_UPSTREAM_FAILED = 1,  /* a dependency failed, or was skipped for this reason */
    SKIP_UPSTREAM_SKIPPED = 2, /* all dependencies were skipped */
    SKIP_RULE = 3,             /* its own rule said no */
    SKIP_CANCELLED = 4         /* the execution was cancelled */
};

/* A name nobody else makes: the number of the runner's lease in the store and a counter of that
 * runner. Used for claim tokens and for commit ids. {0, 0} is none. */
struct stamp {
    uint64_t lease;
    uint64_t serial;
};

static inline bool stamp_equal(struct stamp a, struct stamp b)
{
    return a.serial == b.serial && a.lease == b.lease;
}

static inline bool stamp_is_set(struct stamp stamp)
{
    return stamp.lease != 0;
}

/* One task of one execution. 64 bytes: a million of them fit where a million must. */
struct task_row {
    uint8_t status;      /* enum task_status */
    uint8_t sub_status;  /* enum task_sub_status */
    uint8_t skip;        /* enum skip_reason; set exactly when Skipped */
    uint8_t code;        /* enum cloacina_code of the last failed attempt; 0 before the first */
    uint32_t attempt;    /* 1-based: the attempt that runs, or that runs next */
    uint32_t recoveries; /* how often a runner died under it */
    uint32_t unused;     /* keeps the layout free of holes: rows are compared and hashed as bytes */
    struct stamp claim;  /* set exactly while Running */
    int64_t retry_at;    /* Ready: not before this instant; 0 = at once */
    int64_t started_at;  /* of the newest attempt; 0 = none, or it was given back */
    int64_t completed_at; /* when it became Completed, Failed or Skipped */
    const char *error; /* Borrowed from whoever holds the row: text of the last failure, or NULL */
};

#define TASK_NONE UINT32_MAX /* an event that is about the execution itself */

struct execution_row {
    struct id id;
    struct hash128 definition; /* of the workflow definition it runs by, for all its life */
    uint8_t status;            /* enum execution_status */
    uint32_t recoveries_max;   /* how many lost claims one task may survive */
    uint64_t revision;         /* +1 with every commit; the submit is revision 1 */
    struct stamp commit;       /* of the newest revision */
    int64_t created_at;
    int64_t started_at; /* first claim */
    int64_t completed_at;
    uint32_t completed; /* tasks by terminal status: the counts that its end is decided from */
    uint32_t failed;
    uint32_t skipped;
    const char *reason; /* Borrowed from the holder: why Failed, Paused or Cancelled; or NULL */
};

/* What happened, once per change of a row, in the same commit. Names in state.c. */
enum event_type {
    EVENT_WORKFLOW_SUBMITTED = 1,
    EVENT_WORKFLOW_STARTED = 2,
    EVENT_WORKFLOW_COMPLETED = 3,
    EVENT_WORKFLOW_FAILED = 4,
    EVENT_WORKFLOW_CANCELLED = 5,
    EVENT_WORKFLOW_PAUSED = 6,
    EVENT_WORKFLOW_RESUMED = 7,
    EVENT_WORKFLOW_RESET = 8,
    EVENT_TASK_MARKED_READY = 9,
    EVENT_TASK_CLAIMED = 10,
    EVENT_TASK_DEFERRED = 11,
    EVENT_TASK_RESUMED = 12,
    EVENT_TASK_COMPLETED = 13,
    EVENT_TASK_FAILED = 14,
    EVENT_TASK_RETRY_SCHEDULED = 15,
    EVENT_TASK_SKIPPED = 16,
    EVENT_TASK_HANDED_BACK = 17,
    EVENT_TASK_RECOVERED = 18,
    EVENT_TASK_ABANDONED = 19,
    EVENT_TASK_RESET = 20
};
enum { EVENT_TYPES = 21 };

/* 56 bytes. Together with the rows of revision 0 (all NotStarted) the events give every row:
 * invariant I-05. */
struct event_row {
    uint64_t revision;
    uint32_t n;       /* 0, 1, 2... within the revision */
    uint32_t task;    /* index in definition order, or TASK_NONE */
    uint32_t attempt; /* the row's attempt after the event; 0 for the execution's own */
    uint8_t type;     /* enum event_type */
    uint8_t code;     /* failed, retry_scheduled, abandoned: enum cloacina_code */
    uint8_t skip;     /* skipped: enum skip_reason */
    uint8_t unused;
    int64_t at;
    int64_t retry_at; /* retry_scheduled, handed_back, recovered: the row's new retry_at */
    /* claimed: the new token. deferred to abandoned: the token that ended or acted. */
    struct stamp claim;
};

#endif
