/* SPDX-License-Identifier: Apache-2.0 */
/* checker_runner.c - runners that die, are stopped, or are thought dead; and who signs a commit.
 *
 *   dies  --> its lease is closed in time, by somebody who lives (I-06)
 *         --> what it held is taken back in time after that     (I-06)
 *   stops --> nothing is left behind, nothing comes after        (I-32)
 *   lives --> nobody closes its lease, unless a fault explains it, and never before it was silent
 *             for as long as it takes (I-17)
 *
 * Law: lateness is counted from the beginning of the calm: a promise in time is a promise for the
 * time when nothing is wrong. */
#include "checker/checker_shadow.h"

#include "base/instant.h"

/* Nobody is taken for dead who was left in peace for so many times what it takes. */
enum { PEACE_LEASES = 2 };

/* ---- I-06: late ---- */

static bool report_lost(struct checkers *checkers, const struct checked_lease *lease)
{
    char duration[DURATION_TEXT_SIZE];
    duration_print(checkers_time(checkers) - lease->lost_since, duration);
    for (const struct checked_execution *execution = checkers->first; execution != NULL;
         execution = execution->next) {
        for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
            if (execution->tasks[task].claim.lease == lease->lease) {
                return checkers_report(checkers, "I-06", execution, task,
                                       "is still Running under lease %llu, which was closed: "
                                       "nobody took it back for %s",
                                       (unsigned long long)lease->lease, duration);
            }
        }
    }
    return true;
}

static bool report_dead(struct checkers *checkers, const struct checked_lease *lease)
{
    char duration[DURATION_TEXT_SIZE];
    duration_print(checkers_time(checkers) - lease->died_at, duration);
    return checkers_report(checkers, "I-06", NULL, TASK_NONE,
                           "lease %llu is still open: its runner has been dead for %s",
                           (unsigned long long)lease->lease, duration);
}

/* When it would be too late; INSTANT_NEVER: nothing is waited for. */
static int64_t deadline_of(const struct checkers *checkers, const struct checked_lease *lease)
{
    const struct checkers_options *options = &checkers->options;
    if (lease->is_open) {
        int64_t patience = instant_add(options->lease_ns, CHECKERS_LATE_NS_MAX);
        return lease->died_at == INSTANT_NEVER
                   ? INSTANT_NEVER
                   : instant_add(checkers_since(checkers, lease->died_at), patience);
    }
    return lease->running == 0
               ? INSTANT_NEVER
               : instant_add(checkers_since(checkers, lease->lost_since), options->lost_ns_max);
}

bool checked_leases_judge(struct checkers *checkers, int64_t time)
{
    for (size_t i = 0; i < checkers->lease_count; i++) {
        const struct checked_lease *lease = &checkers->leases[i];
        int64_t deadline = deadline_of(checkers, lease);
        if (deadline < time) {
            return lease->is_open ? report_dead(checkers, lease) : report_lost(checkers, lease);
        }
        checkers_alarm_at(checkers, deadline);
    }
    return true;
}

void checkers_runner_died(struct checkers *checkers, uint64_t lease)
{
    struct checked_lease *found = checked_lease_find(checkers, lease);
    if (found != NULL && found->died_at == INSTANT_NEVER) {
        found->died_at = checkers_time(checkers);
        checkers_alarm_at(checkers, found->died_at);
    }
}

/* ---- I-17 ---- */

bool checked_lease_judge_close(struct checkers *checkers, uint64_t lease)
{
    const struct checkers_options *options = &checkers->options;
    int64_t peace = PEACE_LEASES * options->lease_ns;
    bool is_peace = checkers_time(checkers) >= instant_add(checkers->calm_since, peace);
    if (!is_peace || options->is_alive == NULL || !options->is_alive(options->user, lease)) {
        return true;
    }
    return checkers_report(checkers, "I-17", NULL, TASK_NONE,
                           "lease %llu was closed, but its runner lives and nothing kept it from "
                           "saying so",
                           (unsigned long long)lease);
}

void checkers_lease_beat(struct checkers *checkers, uint64_t lease)
{
    struct checked_lease *found = checked_lease_find(checkers, lease);
    if (found != NULL && found->is_open) {
        found->beats++;
        found->beat_at = checkers_time(checkers);
    }
}

void checkers_lease_answered(struct checkers *checkers, uint64_t lease, int64_t sent_at)
{
    struct checked_lease *found = checked_lease_find(checkers, lease);
    if (found != NULL) {
        found->answered_at = sent_at;
    }
}

void checkers_lease_closed(struct checkers *checkers, uint64_t lease, uint64_t observed_beat)
{
    const struct checked_lease *found =
        checkers_have_ended(checkers) ? NULL : checked_lease_find(checkers, lease);
    if (found == NULL) {
        return;
    }
    int64_t lease_ns = checkers->options.lease_ns;
    int64_t silence = checkers_time(checkers) - found->beat_at;
    if (silence < lease_ns - lease_ns / CLOCK_RATE_ERROR) {
        char duration[DURATION_TEXT_SIZE];
        duration_print(silence, duration);
        (void)checkers_report(checkers, "I-17", NULL, TASK_NONE,
                              "lease %llu was closed %s after it had beaten",
                              (unsigned long long)lease, duration);
    } else if (found->beats != observed_beat) {
        (void)checkers_report(checkers, "I-17", NULL, TASK_NONE,
                              "lease %llu was closed at beat %llu, but it had beaten %llu times",
                              (unsigned long long)lease, (unsigned long long)observed_beat,
                              (unsigned long long)found->beats);
    }
}

/* ---- I-32 ---- */

/* One that had ended by itself before, because no beat was answered, is left to others. */
void checkers_runner_left(struct checkers *checkers, uint64_t lease)
{
    const struct checked_lease *found =
        checkers_have_ended(checkers) ? NULL : checked_lease_find(checkers, lease);
    if (found != NULL && found->is_open &&
        checkers_time(checkers) - found->answered_at < checkers->options.lease_ns / 2) {
        (void)checkers_report(checkers, "I-32", NULL, TASK_NONE,
                              "a runner has stopped, and its lease %llu is open",
                              (unsigned long long)lease);
    }
}

void checkers_runner_stopped(struct checkers *checkers, uint64_t lease)
{
    struct checked_lease *found =
        checkers_have_ended(checkers) ? NULL : checked_lease_find(checkers, lease);
    if (found == NULL) {
        return;
    }
    found->is_stopped = true;
    checkers_runner_died(checkers, lease);
    for (size_t i = 0; i < checkers->body_count; i++) {
        const struct checked_body *body = &checkers->bodies[i];
        if (body->claim.lease == lease) {
            (void)checkers_report(checkers, "I-32", body->execution, body->task,
                                  "attempt %u still runs, but its runner has stopped",
                                  body->number);
            return;
        }
    }
    if (found->running > 0) {
        (void)checkers_report(checkers, "I-32", NULL, TASK_NONE,
                              "a runner has stopped, and %llu tasks are still Running under its "
                              "lease %llu",
                              (unsigned long long)found->running, (unsigned long long)lease);
    }
}

/* ---- I-02, I-22: the author of a commit ---- */

/* All claims of one poll bear one commit id, each in a commit of its own. */
static bool is_claim_alone(const struct changeset *changeset)
{
    const struct event_row *last = &changeset->events[changeset->event_count - 1];
    return changeset->row_count == 1 && changeset->event_count > 0 && changeset->event_count <= 2 &&
           last->type == EVENT_TASK_CLAIMED;
}

bool commit_judge_id(const struct commit *commit)
{
    struct checkers *checkers = commit->checkers;
    struct stamp id = commit->changeset->after->commit;
    struct checked_lease *lease = checked_lease_find(checkers, id.lease);
    bool is_poll = is_claim_alone(commit->changeset);
    if (is_poll && lease->poll_commit == id.serial) {
        return true;
    }
    if (id.serial >= CHECKED_SERIAL_MAX || checked_token_is_used(checkers, id)) {
        return checkers_report(checkers, "I-22", commit->execution, TASK_NONE,
                               "commit %llu.%llu was applied, but that name was given away before",
                               (unsigned long long)id.lease, (unsigned long long)id.serial);
    }
    lease->poll_commit = is_poll ? id.serial : 0;
    return checked_token_use(checkers, lease, id.serial);
}

/* Who writes has a lease, be it closed meanwhile: the tokens decide, not the leases. */
bool commit_judge_author(const struct commit *commit)
{
    uint64_t author = commit->changeset->after->commit.lease;
    const struct checked_lease *lease = checked_lease_find(commit->checkers, author);
    if (lease == NULL) {
        return checkers_report(commit->checkers, "I-02", commit->execution, TASK_NONE,
                               "a commit under lease %llu, which was never given out",
                               (unsigned long long)author);
    }
    if (lease->is_stopped) {
        return checkers_report(commit->checkers, "I-32", commit->execution, TASK_NONE,
                               "a commit under lease %llu, whose runner has stopped",
                               (unsigned long long)author);
    }
    return true;
}
