/* SPDX-License-Identifier: Apache-2.0 */
/* checker_guard.c - what must hold at a task's event, beside the edge being in the table.
 *
 *   claimed                the execution runs, or I-09; a fresh token, I-01; the task is due, I-10
 *   deferred, resumed      by the holder of the token, I-02
 *   completed, failed,     likewise; the body has returned, I-01; its delta is there, I-12;
 *   retry, handed back     the policy agrees, I-10
 *   recovered, abandoned   the lease is closed, I-02; within the cap, I-10
 *   marked ready, skipped  checker_decision.c
 *
 * Law: a guard looks at the shadow as it was just before the event, never at the rows of the
 * commit. */
#include "checker/checker_shadow.h"

#include "base/instant.h"
#include "execution/state.h"

static const struct checked_task *task_of(const struct commit *commit,
                                          const struct event_row *event)
{
    return &commit->execution->tasks[event->task];
}

/* A broken store may name any two instants: modulo 2^64. */
static int64_t between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

static bool claim_judge_execution(const struct commit *commit, const struct event_row *event)
{
    uint8_t status = commit->execution->row.status;
    if (status == EXECUTION_RUNNING) {
        return true;
    }
    return checkers_report(commit->checkers, status == EXECUTION_PENDING ? "I-08" : "I-09",
                           commit->execution, event->task,
                           "attempt %u was claimed while the execution is %s", event->attempt,
                           checked_execution_status_name(status));
}

static bool claim_judge_token(const struct commit *commit, const struct event_row *event)
{
    struct checkers *checkers = commit->checkers;
    unsigned long long number = (unsigned long long)event->claim.lease;
    unsigned long long serial = (unsigned long long)event->claim.serial;
    if (event->claim.lease != commit->changeset->after->commit.lease) {
        return checkers_report(checkers, "I-01", commit->execution, event->task,
                               "was claimed with token %llu.%llu by lease %llu", number, serial,
                               (unsigned long long)commit->changeset->after->commit.lease);
    }
    if (event->claim.serial >= CHECKED_SERIAL_MAX ||
        checked_token_is_used(checkers, event->claim)) {
        return checkers_report(checkers, "I-01", commit->execution, event->task,
                               "was claimed with token %llu.%llu, which is not a fresh one", number,
                               serial);
    }
    struct checked_lease *lease = checked_lease_find(checkers, event->claim.lease);
    checked_lease_claim(checkers, lease, commit->now);
    return checked_token_use(checkers, lease, event->claim.serial);
}

static bool claim_judge_time(const struct commit *commit, const struct event_row *event)
{
    int64_t due = task_of(commit, event)->retry_at;
    int64_t latest = instant_add(commit->now, commit->checkers->options.clock_error_ns);
    int64_t at = event->at < latest ? event->at : latest;
    if (at >= due) {
        return true;
    }
    char duration[DURATION_TEXT_SIZE];
    duration_print(between(at, due), duration);
    return checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "attempt %u was claimed %s before its time", event->attempt, duration);
}

/* What an attempt does carries its token; what ends a claim from outside names the token that it
 * ended. */
static bool token_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    if (stamp_equal(event->claim, task->claim)) {
        return true;
    }
    return checkers_report(
        commit->checkers, "I-02", commit->execution, event->task,
        "%s with token %llu.%llu, but it is held by %llu.%llu",
        event_type_name((enum event_type)event->type), (unsigned long long)event->claim.lease,
        (unsigned long long)event->claim.serial, (unsigned long long)task->claim.lease,
        (unsigned long long)task->claim.serial);
}

static bool sub_status_judge(const struct commit *commit, const struct event_row *event,
                             enum task_sub_status wanted)
{
    return task_of(commit, event)->sub_status == wanted ||
           checkers_report(commit->checkers, "I-04", commit->execution, event->task,
                           "%s, but its body is %s", event_type_name((enum event_type)event->type),
                           wanted == TASK_SUB_ACTIVE ? "deferred already" : "not deferred");
}

/* Its claim ends, so its body must have returned, unless its time is over. */
static bool body_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    if ((task->marks & CHECKED_RUNS) == 0 || event->code == CLOACINA_TIMEOUT) {
        return true;
    }
    return checkers_report(commit->checkers, "I-01", commit->execution, event->task,
                           "%s, but the body of attempt %u still runs",
                           event_type_name((enum event_type)event->type), task->attempt);
}

/* Only what a dead runner held may be taken away. */
static bool loss_judge(const struct commit *commit, const struct event_row *event)
{
    if (!token_judge(commit, event)) {
        return false;
    }
    return !checked_lease_is_open(commit->checkers, event->claim.lease) ||
           checkers_report(commit->checkers, "I-02", commit->execution, event->task,
                           "was taken from lease %llu, which is open",
                           (unsigned long long)event->claim.lease);
}

/* Losses of parked bodies do not count. */
static bool recovery_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    uint32_t recoveries_max = commit->execution->row.recoveries_max;
    if (!loss_judge(commit, event)) {
        return false;
    }
    return task->sub_status == TASK_SUB_DEFERRED || task->recoveries < recoveries_max ||
           checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "was recovered %u times before, and %u are allowed", task->recoveries,
                           recoveries_max);
}

/* UNAVAILABLE: its runner died once too often. Another code: its runner gives it up by itself. */
static bool abandon_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    uint32_t recoveries_max = commit->execution->row.recoveries_max;
    if (event->code != CLOACINA_UNAVAILABLE) {
        return token_judge(commit, event);
    }
    if (!loss_judge(commit, event)) {
        return false;
    }
    return (task->sub_status != TASK_SUB_DEFERRED && task->recoveries >= recoveries_max) ||
           checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "was abandoned after %u recoveries, and %u are allowed",
                           task->recoveries, recoveries_max);
}

/* The next start is no earlier than the failure and the shortest delay that the policy can draw. */
static bool retry_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    const struct retry_policy *policy = commit->execution->workflow->tasks[event->task].retry;
    if (event->attempt != task->attempt + 1 || event->attempt > policy->attempts_max) {
        return checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                               "attempt %u is to follow attempt %u, and %u are allowed",
                               event->attempt, task->attempt, policy->attempts_max);
    }
    int64_t earliest = instant_add(event->at, retry_delay(policy, task->attempt, 1));
    if (event->retry_at >= earliest) {
        return true;
    }
    char duration[DURATION_TEXT_SIZE];
    duration_print(between(event->retry_at, earliest), duration);
    return checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "attempt %u is to start %s before its policy allows", event->attempt,
                           duration);
}

bool commit_judge_failure(const struct commit *commit, uint32_t task, const char *message)
{
    const struct checked_task *shadow = &commit->execution->tasks[task];
    const struct retry_policy *policy = commit->execution->workflow->tasks[task].retry;
    bool retries = (shadow->marks & CHECKED_RETRIES) != 0;
    uint32_t failed = retries ? shadow->attempt - 1 : shadow->attempt;
    enum cloacina_code code = (enum cloacina_code)shadow->code;
    if (retry_is_wanted(policy, failed, code, text_of(message)) == retries) {
        return true;
    }
    return checkers_report(commit->checkers, "I-10", commit->execution, task,
                           "attempt %u of %u ended with '%s' and is %s, against its policy", failed,
                           policy->attempts_max, cloacina_code_name(code),
                           retries ? "to be followed by another" : "the last");
}

/* I-12: what the attempt wrote is in the same commit. Deltas come in the order of the completions.
 */
static bool delta_judge(struct commit *commit, const struct event_row *event)
{
    const struct changeset *changeset = commit->changeset;
    const struct delta_change *written =
        commit->completed < changeset->delta_count ? &changeset->deltas[commit->completed] : NULL;
    if (written == NULL || written->task != event->task || written->attempt != event->attempt) {
        return checkers_report(commit->checkers, "I-12", commit->execution, event->task,
                               "attempt %u completed, and its commit does not say what it wrote",
                               event->attempt);
    }
    commit->completed++;
    return true;
}

static bool skip_judge(struct commit *commit, const struct event_row *event)
{
    if (!token_judge(commit, event)) {
        return false;
    }
    if (event->skip != SKIP_CANCELLED) {
        return task_of(commit, event)->status == TASK_NOT_STARTED
                   ? commit_judge_decision(commit, event)
                   : checkers_report(commit->checkers, "I-04", commit->execution, event->task,
                                     "was skipped (%s), but it is %s",
                                     checked_skip_name(event->skip),
                                     checked_status_name(task_of(commit, event)->status));
    }
    if (commit->execution->row.status == EXECUTION_CANCELLED) {
        return true;
    }
    return checkers_report(commit->checkers, "I-04", commit->execution, event->task,
                           "was cancelled, but the execution is %s",
                           checked_execution_status_name(commit->execution->row.status));
}

static bool reset_judge(const struct commit *commit, const struct event_row *event)
{
    return commit->is_reset ||
           checkers_report(commit->checkers, "I-03", commit->execution, event->task,
                           "was reset, but nobody reset the execution");
}

bool commit_judge_guard(struct commit *commit, const struct event_row *event)
{
    switch ((enum event_type)event->type) {
    case EVENT_TASK_MARKED_READY:
        return commit_judge_decision(commit, event);
    case EVENT_TASK_CLAIMED:
        return claim_judge_execution(commit, event) && claim_judge_token(commit, event) &&
               claim_judge_time(commit, event);
    case EVENT_TASK_DEFERRED:
        return token_judge(commit, event) && sub_status_judge(commit, event, TASK_SUB_ACTIVE);
    case EVENT_TASK_RESUMED:
        return token_judge(commit, event) && sub_status_judge(commit, event, TASK_SUB_DEFERRED);
    case EVENT_TASK_COMPLETED:
        return token_judge(commit, event) && body_judge(commit, event) &&
               delta_judge(commit, event);
    case EVENT_TASK_FAILED:
    case EVENT_TASK_HANDED_BACK:
        return token_judge(commit, event) && body_judge(commit, event);
    case EVENT_TASK_RETRY_SCHEDULED:
        return token_judge(commit, event) && body_judge(commit, event) &&
               retry_judge(commit, event);
    case EVENT_TASK_RECOVERED:
        return recovery_judge(commit, event);
    case EVENT_TASK_ABANDONED:
        return abandon_judge(commit, event);
    case EVENT_TASK_SKIPPED:
        return skip_judge(commit, event);
    case EVENT_TASK_RESET:
        return reset_judge(commit, event);
    case EVENT_WORKFLOW_SUBMITTED:
    case EVENT_WORKFLOW_STARTED:
    case EVENT_WORKFLOW_COMPLETED:
    case EVENT_WORKFLOW_FAILED:
    case EVENT_WORKFLOW_CANCELLED:
    case EVENT_WORKFLOW_PAUSED:
    case EVENT_WORKFLOW_RESUMED:
    case EVENT_WORKFLOW_RESET:
        break;
    }
    return true;
}
