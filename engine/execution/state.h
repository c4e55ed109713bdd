/* SPDX-License-Identifier: Apache-2.0 */
/* state.h - every status, every legal edge, in one table.
 *
 *   task                     retry, hand-back, recovery
 *                       +------------------------------+
 *                       v                              |
 *      NotStarted --> Ready ------- claim -------> Running (Active <-> Deferred)
 *          |            |                          |   |   |
 *          |            |                          v   |   v
 *          |            |                  Completed   |  Failed (also: abandoned)
 *          +-- skip ----+------------------------------+--> Skipped
 *
 *      Completed, Failed, Skipped are terminal; an operator's reset takes them back to NotStarted.
 *
 *   execution                                 reset
 *                            +----------------------------------+
 *                            v                                  |
 *      Pending ----------> Running ----------------------> Completed, Failed
 *         ^                  ^                                  ^
 *         |                  v                                  |
 *         +------------> Paused ----- bodies finish, too -------+
 *
 *      Pending, Running, Paused --> Cancelled; Pending --> Completed when every task is skipped.
 *
 * The functions below read one table in state.c; docs/reference/states.md is printed from it and
 * the checkers judge by it. */
#ifndef EXECUTION_STATE_H
#define EXECUTION_STATE_H

#include "execution/rows.h"

/* One legal change of one row. For a task event `from` and `to` are enum task_status, else enum
 * execution_status. */
struct state_edge {
    uint8_t event; /* enum event_type */
    uint8_t from;
    uint8_t to;
};

/* The whole table, in the order of the drawing: `*ret_count` edges, static. */
const struct state_edge *state_edges(size_t *ret_count);

/* True when the table has the edge. */
bool state_is_legal(enum event_type event, uint8_t from, uint8_t to);

bool event_is_of_task(enum event_type event);
static inline bool task_status_is_terminal(uint8_t status)
{
    return status >= TASK_COMPLETED;
}
static inline bool execution_status_is_terminal(uint8_t status)
{
    return status == EXECUTION_COMPLETED || status == EXECUTION_FAILED ||
           status == EXECUTION_CANCELLED;
}

/* As the reference spells them: "NotStarted", "Running"; "task_marked_ready"; "upstream_failed".
 * Static. */
const char *task_status_name(enum task_status status);
const char *execution_status_name(enum execution_status status);
const char *event_type_name(enum event_type event);
const char *skip_reason_name(enum skip_reason reason);

#endif
