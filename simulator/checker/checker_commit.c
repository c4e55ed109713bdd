/* SPDX-License-Identifier: Apache-2.0 */
/* checker_commit.c - one commit: its rows are what its events make of the rows before.
 *
 *   shadow == row.before  -->  shadow moves, event by event  -->  shadow == row.after        (I-05)
 *
 * Law: nothing but events moves the shadow. A row that changed without an event, an event without
 * its change, a lost or doubled one: each leaves shadow and row apart. */
#include "checker/checker_shadow.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "execution/state.h"

/* Where a row and its shadow differ. */
struct difference {
    const char *field;
    long long wanted; /* of the shadow */
    long long found;
};

static bool differs_in(struct difference *ret_difference, const char *field, uint64_t wanted,
                       uint64_t found)
{
    *ret_difference =
        (struct difference){.field = field, .wanted = (long long)wanted, .found = (long long)found};
    return wanted != found;
}

/* The first field in which they differ, the status apart; else the last. */
static void task_differs(const struct checked_task *task, const struct task_row *row,
                         struct difference *ret_difference)
{
    (void)(differs_in(ret_difference, "sub_status", task->sub_status, row->sub_status) ||
           differs_in(ret_difference, "skip", task->skip, row->skip) ||
           differs_in(ret_difference, "code", task->code, row->code) ||
           differs_in(ret_difference, "attempt", task->attempt, row->attempt) ||
           differs_in(ret_difference, "recoveries", task->recoveries, row->recoveries) ||
           differs_in(ret_difference, "claim.lease", task->claim.lease, row->claim.lease) ||
           differs_in(ret_difference, "claim.serial", task->claim.serial, row->claim.serial) ||
           differs_in(ret_difference, "retry_at", (uint64_t)task->retry_at,
                      (uint64_t)row->retry_at) ||
           differs_in(ret_difference, "started_at", (uint64_t)task->started_at,
                      (uint64_t)row->started_at) ||
           differs_in(ret_difference, "completed_at", (uint64_t)task->completed_at,
                      (uint64_t)row->completed_at));
}

bool checked_task_equals(const struct checked_task *task, const struct task_row *row)
{
    enum {
        HEAD = offsetof(struct task_row, unused),
        TAIL = offsetof(struct task_row, claim),
        TAIL_SIZE = offsetof(struct task_row, error) - TAIL
    };
    static_assert(offsetof(struct checked_task, marks) == HEAD &&
                      offsetof(struct checked_task, claim) == TAIL &&
                      sizeof(struct checked_task) == TAIL + TAIL_SIZE,
                  "a shadow is laid out like a row");
    return memcmp(task, row, HEAD) == 0 && memcmp(&task->claim, &row->claim, TAIL_SIZE) == 0;
}

/* `when` says which of the two rows it is: "before" or "after" the commit. */
static bool row_judge(const struct commit *commit, uint32_t task, const struct task_row *row,
                      const char *when)
{
    const struct checked_task *shadow = &commit->execution->tasks[task];
    struct difference difference;
    if (LIKELY(checked_task_equals(shadow, row))) {
        return true;
    }
    if (row->status != shadow->status) {
        return checkers_report(
            commit->checkers, row->status < TASK_STATUSES ? "I-05" : "I-13", commit->execution,
            task, "its row %s the commit is %s, its events say %s", when,
            checked_status_name(row->status), checked_status_name(shadow->status));
    }
    task_differs(shadow, row, &difference);
    return checkers_report(commit->checkers, "I-05", commit->execution, task,
                           "its row %s the commit has %s %lld, its events say %lld", when,
                           difference.field, difference.found, difference.wanted);
}

/* ---- before ---- */

static bool revision_judge(const struct commit *commit)
{
    const struct changeset *changeset = commit->changeset;
    const struct execution_row *row = &commit->execution->row;
    if (changeset->before.revision != row->revision) {
        return checkers_report(commit->checkers, "I-02", commit->execution, TASK_NONE,
                               "a commit made from revision %llu was applied to revision %llu",
                               (unsigned long long)changeset->before.revision,
                               (unsigned long long)row->revision);
    }
    if (changeset->after->revision != row->revision + 1) {
        return checkers_report(commit->checkers, "I-05", commit->execution, TASK_NONE,
                               "a commit went from revision %llu to %llu",
                               (unsigned long long)row->revision,
                               (unsigned long long)changeset->after->revision);
    }
    return true;
}

static bool rows_before_judge(const struct commit *commit)
{
    const struct changeset *changeset = commit->changeset;
    for (size_t i = 0; i < changeset->row_count; i++) {
        uint32_t task = changeset->rows[i].task;
        if (task >= commit->execution->workflow->task_count) {
            return checkers_report(commit->checkers, "I-13", commit->execution, TASK_NONE,
                                   "a commit changes task number %u of %u", task,
                                   commit->execution->workflow->task_count);
        }
        uint32_t *marks = &commit->execution->tasks[task].marks;
        if ((*marks & CHECKED_LISTED) != 0) {
            return checkers_report(commit->checkers, "I-05", commit->execution, task,
                                   "its row is listed twice in one commit");
        }
        *marks |= CHECKED_LISTED;
        if (!row_judge(commit, task, &changeset->rows[i].before, "before")) {
            return false;
        }
    }
    return true;
}

/* ---- events ---- */

static bool event_judge(struct commit *commit, const struct event_row *event, size_t n)
{
    if (event->revision != commit->changeset->after->revision || event->n != n) {
        return checkers_report(commit->checkers, "I-05", commit->execution, TASK_NONE,
                               "event %llu.%u stands where %llu.%zu is expected",
                               (unsigned long long)event->revision, event->n,
                               (unsigned long long)commit->changeset->after->revision, n);
    }
    if (event->type == 0 || event->type >= EVENT_TYPES) {
        return checkers_report(commit->checkers, "I-13", commit->execution, TASK_NONE,
                               "an event of the unknown type %u", event->type);
    }
    bool is_of_task = event_is_of_task((enum event_type)event->type);
    if (is_of_task ? event->task >= commit->execution->workflow->task_count
                   : event->task != TASK_NONE) {
        return checkers_report(commit->checkers, "I-13", commit->execution, TASK_NONE,
                               "%s is about task number %u of %u",
                               event_type_name((enum event_type)event->type), event->task,
                               commit->execution->workflow->task_count);
    }
    commit->execution->events++;
    return is_of_task ? commit_task_event(commit, event) : commit_execution_event(commit, event);
}

static bool events_judge(struct commit *commit)
{
    const struct changeset *changeset = commit->changeset;
    for (size_t n = 0; n < changeset->event_count; n++) {
        if (!event_judge(commit, &changeset->events[n], n)) {
            return false;
        }
    }
    return true;
}

/* ---- after ---- */

/* A text changes with the failure that it tells of, and only then. */
static bool text_judge(const struct commit *commit, const struct row_change *row)
{
    const struct checked_task *shadow = &commit->execution->tasks[row->task];
    const char *before = row->before.error;
    const char *after = row->after->error;
    if ((shadow->marks & (CHECKED_GAVE_UP | CHECKED_RETRIES)) != 0) {
        return commit_judge_failure(commit, row);
    }
    bool is_kept = before == after ||
                   (before != NULL && after != NULL && strcmp(before, after) == 0) ||
                   shadow->status == TASK_FAILED || shadow->code == CLOACINA_OK;
    return is_kept || checkers_report(commit->checkers, "I-05", commit->execution, row->task,
                                      "its row had the text '%.80s' and has '%.80s', and no "
                                      "attempt has failed",
                                      before == NULL ? "" : before, after == NULL ? "" : after);
}

static bool rows_after_judge(const struct commit *commit)
{
    const struct changeset *changeset = commit->changeset;
    for (size_t i = 0; i < changeset->row_count; i++) {
        const struct row_change *row = &changeset->rows[i];
        uint32_t *marks = &commit->execution->tasks[row->task].marks;
        if (!row_judge(commit, row->task, row->after, "after")) {
            return false;
        }
        if (!text_judge(commit, row)) {
            return false;
        }
        *marks &= ~(uint32_t)(CHECKED_LISTED | CHECKED_GAVE_UP | CHECKED_RETRIES);
    }
    return true;
}

/* Each completed task has taken its delta; one that is left over was written by nobody. */
static bool deltas_judge(const struct commit *commit)
{
    const struct changeset *changeset = commit->changeset;
    if (changeset->delta_count == commit->completed) {
        return true;
    }
    return checkers_report(commit->checkers, "I-12", commit->execution, TASK_NONE,
                           "a commit in which %zu tasks completed writes %zu contexts",
                           commit->completed, changeset->delta_count);
}

static bool after_judge(struct commit *commit)
{
    return rows_after_judge(commit) && deltas_judge(commit) && commit_judge_execution(commit) &&
           commit_judge_undecided(commit) && commit_judge_id(commit) && commit_judge_end(commit) &&
           checkers_judge_late(commit->checkers);
}

bool commit_judge(struct commit *commit)
{
    commit->execution->is_changed = true;
    return revision_judge(commit) && commit_judge_author(commit) && rows_before_judge(commit) &&
           events_judge(commit) && after_judge(commit);
}

/* Rows that no event of the submission touches are those of revision 0. */
bool commit_judge_submission(const struct commit *commit, const struct dal_submission *submission)
{
    const struct changeset *changeset = commit->changeset;
    struct checked_task *tasks = commit->execution->tasks;
    uint32_t count = commit->execution->workflow->task_count;
    for (size_t i = 0; i < changeset->row_count; i++) {
        if (changeset->rows[i].task < count) {
            tasks[changeset->rows[i].task].marks = CHECKED_LISTED;
        }
    }
    bool is_well = true;
    for (uint32_t task = 0; is_well && task < count; task++) {
        is_well =
            tasks[task].marks != 0 || row_judge(commit, task, &submission->rows[task], "after");
        tasks[task].marks = 0;
    }
    return is_well;
}
