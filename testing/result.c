/* SPDX-License-Identifier: Apache-2.0 */
/* result.c - what became of a run: its outcome, its tasks and their instants.
 *
 * Law: a result stores nothing; each question is answered from the world, so an answer is never
 * stale. */
#include "test.h"

#include <inttypes.h>
#include <string.h>

#include "base/instant.h"

/* ---- the run ---- */

const char *cloacina_result_status(const struct cloacina_result *result)
{
    const char *status = cloacina_world_status(result->test->world, result->execution, NULL);
    return status == NULL ? "Pending" : status;
}

const char *cloacina_result_reason(const struct cloacina_result *result)
{
    const char *reason = "";
    if (cloacina_world_status(result->test->world, result->execution, &reason) == NULL) {
        return "";
    }
    return reason;
}

const char *cloacina_result_explain(const struct cloacina_result *result)
{
    const char *waits = cloacina_world_explain(result->test->world, result->execution);
    return waits == NULL ? "" : waits;
}

uint64_t cloacina_result_effects(const struct cloacina_result *result, const char *name)
{
    return cloacina_world_effects(result->test->world, name);
}

/* ---- its tasks ---- */

static bool is_declared(const struct cloacina_workflow_definition *workflow, const char *task)
{
    for (const struct cloacina_task_definition *const *next = workflow->tasks; *next != NULL;
         next++) {
        if (strcmp((*next)->name, task) == 0) {
            return true;
        }
    }
    return false;
}

/* A task of a run that the store does not know yet. */
static struct cloacina_world_task task_to_come(const struct cloacina_result *result,
                                               const char *task, struct place place)
{
    const struct cloacina_workflow_definition *workflow = result->test->workflow;
    if (!is_declared(workflow, task)) {
        test_fail(result->test, place, "workflow '%s' has no task '%s'", workflow->name, task);
    }
    return (struct cloacina_world_task){.status = "NotStarted", .reason = ""};
}

struct cloacina_world_task result_task(const struct cloacina_result *result, const char *task,
                                       struct place place)
{
    struct cloacina_error err;
    struct cloacina_world_task row;
    const struct cloacina_world *world = result->test->world;
    if (cloacina_world_status(world, result->execution, NULL) == NULL) {
        return task_to_come(result, task, place);
    }
    if (cloacina_world_task(world, result->execution, task, &row, &err) != CLOACINA_OK) {
        test_fail(result->test, place, "%s", err.message);
    }
    return row;
}

const char *cloacina_result_task_status_at(const struct cloacina_result *result, const char *task,
                                           const char *file, int line)
{
    return result_task(result, task, place_of(file, line)).status;
}

const char *cloacina_result_task_reason_at(const struct cloacina_result *result, const char *task,
                                           const char *file, int line)
{
    return result_task(result, task, place_of(file, line)).reason;
}

uint32_t cloacina_result_attempts_at(const struct cloacina_result *result, const char *task,
                                     const char *file, int line)
{
    return result_task(result, task, place_of(file, line)).attempts;
}

int64_t result_started_ns(const struct cloacina_result *result, const char *task, uint32_t attempt,
                          struct place place)
{
    const struct cloacina_world_task row = result_task(result, task, place);
    if (attempt == 0 || attempt > row.attempts) {
        result_fail(result, place,
                    "task '%s' has no attempt %" PRIu32 ", it is %s after %" PRIu32 " attempt%s",
                    task, attempt, row.status, row.attempts, row.attempts == 1 ? "" : "s");
    }
    return row.started_ns[attempt - 1] - result->started_ns;
}

int64_t cloacina_result_started_ms_at(const struct cloacina_result *result, const char *task,
                                      uint32_t attempt, const char *file, int line)
{
    return result_started_ns(result, task, attempt, place_of(file, line)) /
           NANOSECONDS_PER_MILLISECOND;
}

int64_t cloacina_result_ended_ms_at(const struct cloacina_result *result, const char *task,
                                    const char *file, int line)
{
    const struct cloacina_world_task row = result_task(result, task, place_of(file, line));
    if (!task_has_ended(&row)) {
        result_fail(result, place_of(file, line), "task '%s' has not ended, it is %s", task,
                    row.status);
    }
    return (row.ended_ns - result->started_ns) / NANOSECONDS_PER_MILLISECOND;
}

bool task_has_ended(const struct cloacina_world_task *row)
{
    return strcmp(row->status, "Completed") == 0 || strcmp(row->status, "Failed") == 0 ||
           strcmp(row->status, "Skipped") == 0;
}

int64_t cloacina_result_makespan_ms_at(const struct cloacina_result *result, const char *file,
                                       int line)
{
    int64_t last_ns = result->started_ns;
    for (const struct cloacina_task_definition *const *task = result->test->workflow->tasks;
         *task != NULL; task++) {
        const struct cloacina_world_task row =
            result_task(result, (*task)->name, place_of(file, line));
        if (!task_has_ended(&row)) {
            result_fail(result, place_of(file, line), "task '%s' has not ended, it is %s",
                        (*task)->name, row.status);
        }
        last_ns = row.ended_ns > last_ns ? row.ended_ns : last_ns;
    }
    return (last_ns - result->started_ns) / NANOSECONDS_PER_MILLISECOND;
}

const char *cloacina_result_input_json_at(const struct cloacina_result *result, const char *task,
                                          const char *file, int line)
{
    const struct cloacina_world_task row = result_task(result, task, place_of(file, line));
    const char *input = cloacina_world_input(result->test->world, result->execution, task);
    if (input == NULL) {
        result_fail(result, place_of(file, line), "task '%s' was not given anything yet, it is %s",
                    task, row.status);
    }
    return input;
}
