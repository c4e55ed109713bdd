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

#include <string.h>

#include "base/instant.h"
#include "checker/model.h"
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
    checked_lease_claim(checkers, lease, commit->time);
    return checked_token_use(checkers, lease, event->claim.serial);
}

/* What a runner believes the store's clock to show was true at its last reply. Steps since then are
 * seen in the skew; drift is less than a second in any time that a runner goes without a reply. */
static int64_t clock_error(const struct checkers *checkers)
{
    int64_t steps = checkers->skew_max - checkers->skew_min;
    int64_t drift = checkers->calm_since == INT64_MIN ? 0 : NANOSECONDS_PER_SECOND;
    return instant_add(checkers->options.clock_error_ns, instant_add(steps, drift));
}

static bool claim_judge_time(const struct commit *commit, const struct event_row *event)
{
    int64_t due = task_of(commit, event)->retry_at;
    int64_t latest = instant_add(commit->now, clock_error(commit->checkers));
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

/* Its body still runs: then its time must be over, by any clock, and it is given its grace. */
static bool timeout_judge(const struct commit *commit, const struct event_row *event)
{
    struct checkers *checkers = commit->checkers;
    const struct checked_body *body =
        body_find(checkers, commit->execution, event->task, event->claim);
    int64_t timeout = body == NULL ? 0 : body_timeout_ns(checkers, body);
    int64_t active =
        body == NULL ? 0 : body_active_ns(checkers, body) + body_unheard_ns(checkers, body);
    char duration[DURATION_TEXT_SIZE];
    if (timeout == 0 || active < timeout - timeout / CLOCK_RATE_ERROR) {
        duration_print(active, duration);
        return checkers_report(checkers, "I-10", commit->execution, event->task,
                               "attempt %u was timed out after %s, and its limit is not reached",
                               body == NULL ? event->attempt : body->number, duration);
    }
    if (body_is_in_peace(checkers, body) && active > body_limit_ns(checkers, body)) {
        duration_print(active, duration);
        return checkers_report(checkers, "I-10", commit->execution, event->task,
                               "attempt %u was timed out after %s, long after its limit",
                               body->number, duration);
    }
    int64_t earliest = instant_add(event->at, checkers->options.cancel_grace_ns);
    if (event->type != EVENT_TASK_RETRY_SCHEDULED || event->retry_at >= earliest) {
        return true;
    }
    duration_print(between(event->retry_at, earliest), duration);
    return checkers_report(checkers, "I-01", commit->execution, event->task,
                           "attempt %u is to start %s before the one that timed out has had its "
                           "grace",
                           event->attempt, duration);
}

/* Its claim ends, so its body must have returned, unless its time is over. */
static bool body_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    if ((task->marks & CHECKED_RUNS) == 0) {
        return true;
    }
    if (event->code == CLOACINA_TIMEOUT && event->type != EVENT_TASK_HANDED_BACK) {
        return timeout_judge(commit, event);
    }
    return checkers_report(commit->checkers, "I-01", commit->execution, event->task,
                           "%s, but the body of attempt %u still runs",
                           event_type_name((enum event_type)event->type), task->attempt);
}

/* Who is given back may start again at once. */
static bool give_back_judge(const struct commit *commit, const struct event_row *event)
{
    return event->retry_at <= event->at ||
           checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "%s, and may not start again at once",
                           event_type_name((enum event_type)event->type));
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

static bool report_delay(const struct commit *commit, const struct event_row *event,
                         int64_t difference, const char *words)
{
    char duration[DURATION_TEXT_SIZE];
    duration_print(difference, duration);
    return checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                           "attempt %u is to start %s %s", event->attempt, duration, words);
}

/* The next start is no earlier than the failure and the shortest delay that the policy can draw,
 * and no later than the longest, or the grace of a body that was timed out. */
static bool retry_judge(const struct commit *commit, const struct event_row *event)
{
    const struct checked_task *task = task_of(commit, event);
    const struct retry_policy *policy = commit->execution->workflow->tasks[event->task].retry;
    int64_t shortest;
    int64_t longest;
    if (event->attempt != task->attempt + 1 || event->attempt > policy->attempts_max) {
        return checkers_report(commit->checkers, "I-10", commit->execution, event->task,
                               "attempt %u is to follow attempt %u, and %u are allowed",
                               event->attempt, task->attempt, policy->attempts_max);
    }
    model_delay(policy, task->attempt, &shortest, &longest);
    if (event->code == CLOACINA_TIMEOUT && longest < commit->checkers->options.cancel_grace_ns) {
        longest = commit->checkers->options.cancel_grace_ns;
    }
    int64_t earliest = instant_add(event->at, shortest);
    int64_t latest = instant_add(event->at, longest);
    if (event->retry_at < earliest) {
        return report_delay(commit, event, between(event->retry_at, earliest),
                            "before its policy allows");
    }
    return event->retry_at <= latest ||
           report_delay(commit, event, between(latest, event->retry_at),
                        "later than its policy allows");
}

/* What a body said is what becomes known of it. A runner may also say that its time was over, when
 * the body returned just then (without words when it has no memory for them). */
static bool outcome_judge(const struct commit *commit, uint32_t task, enum cloacina_code code,
                          const char *message)
{
    struct checked_gate *gate = &commit->execution->gates[task];
    uint64_t said = gate->outcome;
    gate->outcome = 0;
    struct text text = text_of(message);
    bool is_by_runner = code == CLOACINA_TIMEOUT &&
                        (text.length == 0 || text_starts_with(text, TEXT_LITERAL("timed out")));
    return said == 0 || is_by_runner || said == outcome_of_failure(code, text) ||
           checkers_report(commit->checkers, "I-05", commit->execution, task,
                           "its body did not end with '%s: %.80s', and its row says so",
                           cloacina_code_name(code), message == NULL ? "" : message);
}

bool commit_judge_failure(const struct commit *commit, const struct row_change *row)
{
    const struct checked_task *shadow = &commit->execution->tasks[row->task];
    const struct retry_policy *policy = commit->execution->workflow->tasks[row->task].retry;
    bool retries = (shadow->marks & CHECKED_RETRIES) != 0;
    uint32_t failed = retries ? shadow->attempt - 1 : shadow->attempt;
    enum cloacina_code code = (enum cloacina_code)shadow->code;
    if (!outcome_judge(commit, row->task, code, row->after->error)) {
        return false;
    }
    if (model_retries(policy, failed, code, text_of(row->after->error)) == retries) {
        return true;
    }
    return checkers_report(commit->checkers, "I-10", commit->execution, row->task,
                           "attempt %u of %u ended with '%s' and is %s, against its policy", failed,
                           policy->attempts_max, cloacina_code_name(code),
                           retries ? "to be followed by another" : "the last");
}

/* I-12: what the attempt wrote is in the same commit. Deltas come in the order of the
 * completions. */
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
    uint64_t said = commit->execution->gates[event->task].outcome;
    return said == 0 || said == outcome_of_delta(written->delta) ||
           checkers_report(commit->checkers, "I-12", commit->execution, event->task,
                           "attempt %u completed, and its commit does not say what its body wrote",
                           event->attempt);
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
               claim_judge_time(commit, event) && commit_judge_order(commit, event);
    case EVENT_TASK_DEFERRED:
        return token_judge(commit, event) && sub_status_judge(commit, event, TASK_SUB_ACTIVE);
    case EVENT_TASK_RESUMED:
        return token_judge(commit, event) && sub_status_judge(commit, event, TASK_SUB_DEFERRED);
    case EVENT_TASK_COMPLETED:
        return token_judge(commit, event) && body_judge(commit, event) &&
               delta_judge(commit, event);
    case EVENT_TASK_FAILED:
        return token_judge(commit, event) && body_judge(commit, event);
    case EVENT_TASK_HANDED_BACK:
        return token_judge(commit, event) && body_judge(commit, event) &&
               give_back_judge(commit, event);
    case EVENT_TASK_RETRY_SCHEDULED:
        return token_judge(commit, event) && body_judge(commit, event) &&
               retry_judge(commit, event);
    case EVENT_TASK_RECOVERED:
        return recovery_judge(commit, event) && give_back_judge(commit, event);
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
