/* SPDX-License-Identifier: Apache-2.0 */
/* logbook.h - an execution that really happened, to be run again: what `cloacinactl execution
 * export` writes.
 *
 *     {"recording": 1,
 *      "id": "0197...", "status": "Failed",          where it comes from; not looked at
 *      "definition": {...},                          exactly as a store keeps it
 *      "context": {...},                             the initial one
 *      "tasks": [{"name": "charge",
 *                 "attempts": [{"duration_ns": 1200000000, "code": "timeout", "message": "..."},
 *                              {"duration_ns": 900000000}],       no code: it completed
 *                 "writes": {"/cents": 4200}}]}      what the completed one changed: a delta
 *
 * Each attempt of a task takes as long as it did, and ends as it did; after the last one, like the
 * last one. A task of which no attempt is known takes no time and completes.
 * Law: what is missing, doubled, of the wrong type or unknown is named with line and column. */
#ifndef WORKLOAD_LOGBOOK_H
#define WORKLOAD_LOGBOOK_H

#include "base/arena.h"
#include "workflow/bodies.h"

struct logbook_task; /* private */

/* Owned by the caller, and stays where it is while its workflow is used. */
struct logbook {
    struct arena arena;                 /* holds all below but the workflow */
    struct cloacina_workflow *workflow; /* Owned reference: with bodies */
    const char *context;                /* JSON */
    struct logbook_task *tasks;         /* in definition order */
    int64_t duration_ns;                /* of all attempts, one after the other */
};

/* Is this text one? By its first member: "recording". */
bool logbook_is_meant(struct text json);

/* `file` names the source in messages. INVALID, LIMIT: "run.json:12:3: ..."; NO_MEMORY. On an error
 * there is nothing to finish. */
enum cloacina_code logbook_read(struct text json, const char *file, struct cloacina_heap *heap,
                                struct logbook *ret_logbook, struct cloacina_error *err) MUST_CHECK;

/* All-zero is legal. */
void logbook_finish(struct logbook *logbook);

#endif
