/* SPDX-License-Identifier: Apache-2.0 */
/* checker_order.c - the oldest Ready task first (I-27).
 *
 *   ready: ... | 7 | 3 | 9 |    in the order in which they became Ready
 *               ^ a poll claims 9: then neither 7 nor 3 is Ready, due, and offered to that runner
 *
 * A runner that ends a task may go on with what that task made Ready, so only polls are judged. A
 * task that becomes Ready again may keep the place that it had.
 *
 * Law: an entry counts as long as its task says so: the queue is cleaned up from the front only. */
#include "checker/checker_shadow.h"

#include <string.h>

/* How many older entries a claim is compared with: those in front wait for their time, mostly. */
enum { OLDER_MAX = 64 };

static bool is_waiting(const struct checked_ready *entry)
{
    const struct checked_execution *execution = entry->execution;
    return execution->tasks[entry->task].status == TASK_READY &&
           execution->gates[entry->task].order == entry->order;
}

static void front_drop(struct checkers *checkers)
{
    while (checkers->ready_head < checkers->ready_end &&
           !is_waiting(&checkers->ready[checkers->ready_head])) {
        checkers->ready_head++;
    }
}

/* Moves what waits to the beginning; grows when that leaves little room. */
static bool make_room(struct checkers *checkers)
{
    size_t kept = 0;
    for (size_t i = checkers->ready_head; i < checkers->ready_end; i++) {
        if (is_waiting(&checkers->ready[i])) {
            checkers->ready[kept++] = checkers->ready[i];
        }
    }
    checkers->ready_head = 0;
    checkers->ready_end = kept;
    return kept < checkers->ready_capacity / 2 ||
           heap_grow(checkers->heap, &checkers->ready, &checkers->ready_capacity, 2 * kept + 1,
                     sizeof(checkers->ready[0]));
}

bool order_push(struct checkers *checkers, struct checked_execution *execution, uint32_t task)
{
    front_drop(checkers);
    if (checkers->ready_end == checkers->ready_capacity && !make_room(checkers)) {
        return checkers_go_blind(checkers);
    }
    struct checked_gate *gate = &execution->gates[task];
    gate->order = ++checkers->ready_order;
    gate->first = gate->first != 0 ? gate->first : gate->order;
    checkers->ready[checkers->ready_end++] = (struct checked_ready){
        .execution = execution,
        .order = checkers->ready_order,
        .task = task,
    };
    return true;
}

void checkers_polls(struct checkers *checkers, uint64_t lease)
{
    checkers->polling = lease;
}

/* Could the poll have had it? Instants are compared with a margin, in favour of the store. */
static bool could_have(const struct commit *commit, const struct checked_ready *entry)
{
    const struct checkers_options *options = &commit->checkers->options;
    const struct checked_execution *execution = entry->execution;
    uint8_t status = execution->row.status;
    return is_waiting(entry) && (status == EXECUTION_PENDING || status == EXECUTION_RUNNING) &&
           execution->tasks[entry->task].retry_at <= commit->now &&
           (options->is_offered == NULL ||
            options->is_offered(options->user, commit->checkers->polling, execution->workflow,
                                entry->task));
}

bool commit_judge_order(const struct commit *commit, const struct event_row *event)
{
    struct checkers *checkers = commit->checkers;
    uint64_t own = commit->execution->gates[event->task].first;
    if (LIKELY(checkers->polling == 0)) {
        return true;
    }
    front_drop(checkers);
    for (size_t i = checkers->ready_head, n = 0; i < checkers->ready_end && n < OLDER_MAX; i++) {
        const struct checked_ready *entry = &checkers->ready[i];
        if (entry->order >= own) {
            break;
        }
        if (could_have(commit, entry)) {
            return checkers_report(checkers, "I-27", commit->execution, event->task,
                                   "attempt %u was claimed before task '%s', which has been Ready "
                                   "for longer",
                                   event->attempt,
                                   entry->execution->workflow->tasks[entry->task].name);
        }
        n++;
    }
    return true;
}
