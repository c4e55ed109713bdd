/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - why does it not move? One line for every unfinished task.
 *
 * Asked by a runner, which knows its own slots and bodies, or by somebody who sees the open leases
 * alone.
 *
 * Law: says only what the rows, the leases and a runner's own numbers prove; it never guesses. */
#include "base/instant.h"
#include "execution/state.h"
#include "runner/internal.h"

enum { NAMES_MAX = 3 }; /* dependencies named before "and n more" */

static void explain_not_started(const struct execution *execution, uint32_t task,
                                struct text_builder *text)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    uint32_t named = 0;
    if (execution->tasks[task].pending == 0) {
        text_builder_print(text, "waits for the execution to be resumed");
        return;
    }
    text_builder_print(text, "waits for ");
    for (uint32_t i = 0; i < definition->dependency_count && named < NAMES_MAX; i++) {
        uint32_t dependency = definition->dependencies[i];
        if (!task_status_is_terminal(execution->rows[dependency].status)) {
            text_builder_print(text, "%s'%s'", named == 0 ? "" : ", ",
                               execution->workflow->tasks[dependency].name);
            named++;
        }
    }
    if (execution->tasks[task].pending > named) {
        text_builder_print(text, " and %u more", execution->tasks[task].pending - named);
    }
}

static bool has_body(const struct runner *runner, const struct execution *execution, uint32_t task)
{
    const struct runner_execution *owner = id_map_get(&runner->by_id, execution->row.id);
    return owner == NULL || owner->bodies.tasks[task].run != NULL;
}

/* What a runner lacks to claim it. */
static void explain_claim(const struct runner *runner, const struct execution *execution,
                          uint32_t task, struct text_builder *text)
{
    if (!has_body(runner, execution, task)) {
        text_builder_print(text, "; '%s' has no body for it", runner->name);
    } else if (runner->zombies >= runner->options.zombies_max) {
        text_builder_print(text, "; '%s' claims nothing: %u bodies did not return", runner->name,
                           runner->zombies);
    } else if (runner->slots == RUNNER_SLOTS_UNLIMITED) {
        text_builder_print(text, "; needs a runner to claim it");
    } else {
        text_builder_print(text, "; needs a slot: '%s' has %u of %u free", runner->name,
                           runner->slots - runner->slots_used, runner->slots);
    }
}

/* Who has a body or a free slot is not in the store: only who is there. */
static void explain_claim_outside(const struct explain_leases *leases, struct text_builder *text)
{
    if (leases->count == 0) {
        text_builder_print(text, "; no runner is open");
        return;
    }
    text_builder_print(text, "; needs a free slot of a runner that has its body: '%.*s'",
                       TEXT_PRINT(leases->leases[0].name));
    if (leases->count == 1) {
        text_builder_print(text, " is open");
    } else {
        text_builder_print(text, " and %zu more are open", leases->count - 1);
    }
}

static void explain_ready(const struct execution *execution, uint32_t task, int64_t now,
                          struct text_builder *text)
{
    const struct task_row *row = &execution->rows[task];
    text_builder_print(text, "attempt %u of %u", row->attempt,
                       execution->workflow->tasks[task].retry->attempts_max);
    if (row->retry_at > now) {
        char left[DURATION_TEXT_SIZE];
        duration_print(row->retry_at - now, left);
        text_builder_print(text, ", not before %s from now", left);
    }
    if (row->error != NULL) {
        text_builder_print(text, " (%s)", row->error);
    }
}

/* Without leases only their number is known. */
static void explain_holder(const struct explain_leases *leases, uint64_t lease,
                           struct text_builder *text)
{
    for (size_t i = 0; leases != NULL && i < leases->count; i++) {
        if (leases->leases[i].lease == lease) {
            text_builder_print(text, " on '%.*s'", TEXT_PRINT(leases->leases[i].name));
            return;
        }
    }
    text_builder_print(text, " under lease %llu%s", (unsigned long long)lease,
                       leases != NULL ? ", which is closed: it will be found lost" : "");
}

static void explain_running(const struct execution *execution, uint32_t task,
                            const struct explain_leases *leases, int64_t now,
                            struct text_builder *text)
{
    const struct task_row *row = &execution->rows[task];
    char since[DURATION_TEXT_SIZE];
    duration_print(now - row->started_at, since);
    text_builder_print(text, "attempt %u of %u runs for %s", row->attempt,
                       execution->workflow->tasks[task].retry->attempts_max, since);
    explain_holder(leases, row->claim.lease, text);
    if (row->sub_status == TASK_SUB_DEFERRED) {
        text_builder_print(text, "; deferred until its condition holds");
    }
}

/* One of the two is NULL. */
static void explain(const struct runner *runner, const struct explain_leases *leases,
                    const struct execution *execution, uint32_t task, int64_t now,
                    struct text_builder *text)
{
    enum task_status status = (enum task_status)execution->rows[task].status;
    if (status == TASK_NOT_STARTED) {
        explain_not_started(execution, task, text);
    } else if (status == TASK_RUNNING) {
        explain_running(execution, task, leases, now, text);
    } else if (status == TASK_READY) {
        explain_ready(execution, task, now, text);
        if (execution->row.status == EXECUTION_PAUSED) {
            text_builder_print(text, "; the execution is paused");
        } else if (runner != NULL) {
            explain_claim(runner, execution, task, text);
        } else {
            explain_claim_outside(leases, text);
        }
    }
}

void explain_task(const struct execution *execution, uint32_t task,
                  const struct explain_leases *leases, int64_t now, struct text_builder *ret_text)
{
    explain(NULL, leases, execution, task, now, ret_text);
}

void runner_explain(const struct runner *runner, const struct execution *execution, int64_t now,
                    struct text_builder *ret_text)
{
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        uint8_t status = execution->rows[task].status;
        if (!task_status_is_terminal(status)) {
            text_builder_print(ret_text, "'%s' %s: ", execution->workflow->tasks[task].name,
                               task_status_name((enum task_status)status));
            explain(runner, NULL, execution, task, now, ret_text);
            text_builder_append_char(ret_text, '\n');
        }
    }
}
