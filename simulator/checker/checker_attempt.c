/* SPDX-License-Identifier: Apache-2.0 */
/* checker_attempt.c - bodies that run and what they see; actors that turn on the spot.
 *
 * A body may begin after its claim was lost or cancelled: the reply to the claim was still on its
 * way. What it must never be is begun without a claim, begun twice, or begun as another attempt
 * than the one that was claimed (I-01).
 *
 * Law: an attempt is known by (execution, task, token); the rest that it says is checked. */
#include "checker/checker_shadow.h"

#include "base/instant.h"
#include "checker/model.h"
#include "context/value.h"
#include "executor/executor.h"

/* The execution of an attempt that could exist; NULL: reported. */
static struct checked_execution *find(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_execution *execution = checked_execution_find(checkers, attempt->execution);
    if (execution == NULL || attempt->index >= execution->workflow->task_count) {
        (void)checkers_report(checkers, "I-13", execution, TASK_NONE,
                              "an attempt of task number %u, which the store does not have",
                              attempt->index);
        return NULL;
    }
    if (!hash128_equal(attempt->workflow->hash, execution->row.definition)) {
        (void)checkers_report(checkers, "I-13", execution, attempt->index,
                              "attempt %u runs by another definition than its execution",
                              attempt->number);
        return NULL;
    }
    return execution;
}

static bool start_judge(struct checkers *checkers, const struct checked_execution *execution,
                        const struct attempt *attempt)
{
    const struct checked_task *task = &execution->tasks[attempt->index];
    if ((task->marks & CHECKED_STARTED) != 0) {
        return checkers_report(checkers, "I-01", execution, attempt->index,
                               "the body of attempt %u was started twice under one claim",
                               attempt->number);
    }
    return attempt->number == task->attempt ||
           checkers_report(checkers, "I-10", execution, attempt->index,
                           "attempt %u was claimed, attempt %u starts", task->attempt,
                           attempt->number);
}

void checkers_attempt_started(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : find(checkers, attempt);
    if (execution == NULL) {
        return;
    }
    checkers->started++;
    struct checked_task *task = &execution->tasks[attempt->index];
    if (stamp_is_set(task->claim) && stamp_equal(task->claim, attempt->claim)) {
        if (start_judge(checkers, execution, attempt)) {
            task->marks |= CHECKED_STARTED | CHECKED_RUNS;
            (void)body_start(checkers, execution, attempt);
        }
    } else if (checked_token_is_used(checkers, attempt->claim)) {
        (void)body_start(checkers, execution, attempt);
    } else {
        (void)checkers_report(checkers, "I-01", execution, attempt->index,
                              "attempt %u starts with token %llu.%llu, which the store never gave",
                              attempt->number, (unsigned long long)attempt->claim.lease,
                              (unsigned long long)attempt->claim.serial);
    }
}

static uint64_t outcome_of(const struct attempt_outcome *outcome)
{
    return outcome->code == CLOACINA_OK
               ? outcome_of_delta(outcome->delta)
               : outcome_of_failure(outcome->code, text_of(outcome->message));
}

void checkers_attempt_ended(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : find(checkers, attempt);
    if (execution == NULL) {
        return;
    }
    struct checked_task *task = &execution->tasks[attempt->index];
    struct checked_body *body = body_find(checkers, execution, attempt->index, attempt->claim);
    if (body == NULL) {
        (void)checkers_report(checkers, "I-01", execution, attempt->index,
                              "the body of attempt %u ended, but none was started",
                              attempt->number);
        return;
    }
    if (!checkers_judge_late(checkers)) {
        return;
    }
    body_end(checkers, body);
    if (stamp_equal(task->claim, attempt->claim)) {
        task->marks &= ~(uint32_t)CHECKED_RUNS;
        execution->gates[attempt->index].outcome = outcome_of(&attempt->outcome);
    }
}

/* ---- I-11 ---- */

/* "attempt 1 <did> <one>, but <others> <other>" */
static void report_values(struct checkers *checkers, const char *id,
                          const struct checked_execution *execution, const struct attempt *attempt,
                          const char *const words[2], const struct value *one,
                          const struct value *other)
{
    struct text_builder texts[2];
    const struct value *values[2] = {one, other};
    for (size_t i = 0; i < 2; i++) {
        text_builder_init(&texts[i], checkers->heap);
        value_write(&texts[i], values[i]);
    }
    (void)checkers_report(checkers, id, execution, attempt->index,
                          "attempt %u %s %.120s, but %s %.120s", attempt->number, words[0],
                          text_builder_terminated(&texts[0]), words[1],
                          text_builder_terminated(&texts[1]));
    text_builder_finish(&texts[0]);
    text_builder_finish(&texts[1]);
}

void checkers_body_input(struct checkers *checkers, const struct attempt *attempt,
                         const struct value *input)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : find(checkers, attempt);
    if (execution == NULL || !stamp_equal(execution->tasks[attempt->index].claim, attempt->claim)) {
        return; /* the claim is lost: what was before the task may have been reset since */
    }
    arena_reset(&checkers->scratch);
    const struct value *wanted = view_input_value(checkers, execution, attempt->index);
    if (wanted == NULL) {
        (void)checkers_go_blind(checkers);
    } else if (!value_equal(wanted, input)) {
        static const char *const words[] = {"sees", "its dependencies committed"};
        report_values(checkers, "I-11", execution, attempt, words, input, wanted);
    }
}

/* I-12: what it has changed, written into what it saw, is what it left behind. */
void checkers_body_output(struct checkers *checkers, const struct attempt *attempt,
                          const struct value *output)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : find(checkers, attempt);
    if (execution == NULL || !stamp_equal(execution->tasks[attempt->index].claim, attempt->claim)) {
        return;
    }
    arena_reset(&checkers->scratch);
    const struct value *input = view_input_value(checkers, execution, attempt->index);
    const struct value *wanted =
        input == NULL ? NULL : model_apply(&checkers->scratch, input, attempt->outcome.delta);
    const char *wrong = NULL;
    if (wanted == NULL ||
        !model_delta_judge(&checkers->scratch, input, attempt->outcome.delta, &wrong)) {
        (void)checkers_go_blind(checkers);
    } else if (!value_equal(wanted, output)) {
        static const char *const words[] = {"left", "what it reports makes"};
        report_values(checkers, "I-12", execution, attempt, words, output, wanted);
    } else if (wrong != NULL) {
        (void)checkers_report(checkers, "I-11", execution, attempt->index,
                              "what attempt %u reports to have written %s", attempt->number, wrong);
    }
}

/* The owner of a lease goes by it until a margin before others may close it, from when it sent the
 * last beat that was answered. */
static bool has_ended(const struct checkers *checkers, const struct checked_lease *lease)
{
    const struct checkers_options *options = &checkers->options;
    int64_t lasts = options->lease_ns - options->lease_margin_ns;
    return lease->answered_at != INSTANT_NEVER &&
           checkers_time(checkers) > lease->answered_at + lasts + lasts / CLOCK_RATE_ERROR;
}

/* I-01: whose lease has ended, or was closed, must know that it has nothing to do any more. */
void checkers_body_effect(struct checkers *checkers, const struct attempt *attempt)
{
    const struct checked_lease *lease =
        checkers_have_ended(checkers) ? NULL : checked_lease_find(checkers, attempt->claim.lease);
    bool is_over = lease != NULL && (!lease->is_open || has_ended(checkers, lease));
    if (LIKELY(!is_over) || attempt_is_cancelled(attempt)) {
        return;
    }
    const struct checked_execution *execution = find(checkers, attempt);
    if (execution != NULL) {
        (void)checkers_report(checkers, "I-01", execution, attempt->index,
                              "attempt %u goes on under lease %llu, which %s, and is not cancelled",
                              attempt->number, (unsigned long long)lease->lease,
                              lease->is_open ? "has ended" : "was closed");
    }
}

/* ---- I-26 ---- */

void checkers_effect_call(struct checkers *checkers, struct checkers_spin *spin, const char *actor)
{
    if (checkers_have_ended(checkers)) {
        return;
    }
    int64_t now = checkers_time(checkers);
    if (spin->changes != checkers->changes || spin->time != now) {
        *spin = (struct checkers_spin){.changes = checkers->changes, .time = now};
    }
    if (++spin->calls >= CHECKERS_SPIN_MAX) {
        (void)checkers_report(
            checkers, "I-26", NULL, TASK_NONE,
            "%s made %d effect calls without input, and neither the store nor time moved", actor,
            CHECKERS_SPIN_MAX);
    }
}
