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
    checkers->bodies++;
    struct checked_task *task = &execution->tasks[attempt->index];
    if (stamp_is_set(task->claim) && stamp_equal(task->claim, attempt->claim)) {
        if (start_judge(checkers, execution, attempt)) {
            task->marks |= CHECKED_STARTED | CHECKED_RUNS;
        }
    } else if (!checked_token_is_used(checkers, attempt->claim)) {
        (void)checkers_report(checkers, "I-01", execution, attempt->index,
                              "attempt %u starts with token %llu.%llu, which the store never gave",
                              attempt->number, (unsigned long long)attempt->claim.lease,
                              (unsigned long long)attempt->claim.serial);
    }
}

void checkers_attempt_ended(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : find(checkers, attempt);
    if (execution == NULL) {
        return;
    }
    if (checkers->bodies == 0) {
        (void)checkers_report(checkers, "I-01", execution, attempt->index,
                              "the body of attempt %u ended, but none was started",
                              attempt->number);
        return;
    }
    checkers->bodies--;
    struct checked_task *task = &execution->tasks[attempt->index];
    if (stamp_equal(task->claim, attempt->claim)) {
        task->marks &= ~(uint32_t)CHECKED_RUNS;
    }
}

/* ---- I-11 ---- */

static void report_input(struct checkers *checkers, const struct checked_execution *execution,
                         const struct attempt *attempt, const struct value *wanted,
                         const struct value *seen)
{
    struct text_builder texts[2];
    const struct value *values[2] = {seen, wanted};
    for (size_t i = 0; i < 2; i++) {
        text_builder_init(&texts[i], checkers->heap);
        value_write(&texts[i], values[i]);
    }
    (void)checkers_report(checkers, "I-11", execution, attempt->index,
                          "attempt %u sees %.120s, but its dependencies committed %.120s",
                          attempt->number, text_builder_terminated(&texts[0]),
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
    const struct value *wanted = view_input_value(checkers, execution, attempt->index);
    if (wanted == NULL) {
        (void)checkers_go_blind(checkers);
    } else if (!value_equal(wanted, input)) {
        report_input(checkers, execution, attempt, wanted, input);
    }
}

/* ---- I-26 ---- */

void checkers_effect_call(struct checkers *checkers, struct checkers_spin *spin, const char *actor)
{
    if (checkers_have_ended(checkers)) {
        return;
    }
    int64_t now = checkers_now(checkers);
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
