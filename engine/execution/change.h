/* SPDX-License-Identifier: Apache-2.0 */
/* change.h - private to this room: how the files here write a change down. */
#ifndef EXECUTION_CHANGE_H
#define EXECUTION_CHANGE_H

#include "execution/execution.h"

/* One input being applied: what every step of it needs. */
struct change {
    struct execution *execution;
    struct changeset *changeset;
    int64_t now;
    struct random *random;
    uint32_t actor;
};

/* Opens the changeset if it is not, lists the row with its present value as `before` (once), and
 * returns it for writing. NULL: no memory. */
struct task_row *change_row(struct change *change, uint32_t task) MUST_CHECK;

/* Appends an event of the given type and returns it for filling in. NULL: no memory. */
struct event_row *change_event(struct change *change, enum event_type type,
                               uint32_t task) MUST_CHECK;

/* Opens the changeset for a change of the execution row. */
void change_open(struct change *change);

/* The row has just become terminal: counts it, tells its dependents, and queues it for
 * change_settle. */
bool change_end(struct change *change, uint32_t task, enum task_status status) MUST_CHECK;

/* Decides every task whose last dependency has ended, until nothing follows any more; then, when
 * all tasks are terminal, ends the execution. */
bool change_settle(struct change *change) MUST_CHECK;

/* Decides one NotStarted task whose dependencies are all terminal. */
bool change_decide(struct change *change, uint32_t task) MUST_CHECK;

/* A row has become Ready: remembers it for execution_claim. */
bool execution_push_ready(struct execution *execution, uint32_t task, int64_t now) MUST_CHECK;

/* The united views of a task's dependencies, all of which are terminal. NULL: no memory. */
const struct view *execution_unite_inputs(struct execution *execution, uint32_t task) MUST_CHECK;

/* pending += by for every dependent of the task. */
void execution_count_dependents(struct execution *execution, uint32_t task, uint32_t by);

#endif
