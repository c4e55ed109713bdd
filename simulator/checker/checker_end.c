/* SPDX-License-Identifier: Apache-2.0 */
/* checker_end.c - when an execution ends, the model has the last word (model.h).
 *
 *   endings, deltas --model--> decisions, inputs, status, final context
 *                                  |        |       |          |
 *   shadow, rows ------------------+--------+-------+          +-- the engine's, from the same rows
 *
 * Law: a task that a cancellation skipped was not decided; everything else was. */
#include "checker/checker_shadow.h"

#include "checker/model.h"
#include "context/value.h"
#include "execution/execution.h"
#include "execution/state.h"

/* ---- what the model is told ---- */

static void ends_fill(const struct checked_execution *execution, struct model_end *ends)
{
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        const struct checked_task *shadow = &execution->tasks[task];
        ends[task] = (struct model_end){
            .status = shadow->status,
            .skip = shadow->skip,
            .delta = execution->writes == NULL ? NULL : execution->writes[task].delta,
        };
    }
}

/* ---- decisions ---- */

static bool is_cancelled(const struct checked_execution *execution, uint32_t task)
{
    return execution->tasks[task].skip == SKIP_CANCELLED;
}

static bool dependencies_judge(const struct commit *commit, uint32_t task)
{
    const struct checked_execution *execution = commit->execution;
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    for (uint32_t i = 0; i < definition->dependency_count; i++) {
        uint32_t before = definition->dependencies[i];
        if (is_cancelled(execution, before)) {
            return checkers_report(commit->checkers, "I-04", execution, task,
                                   "was decided, but task '%s' before it was cancelled",
                                   execution->workflow->tasks[before].name);
        }
    }
    return true;
}

static bool decision_judge(const struct commit *commit, const struct model *model, uint32_t task)
{
    const struct checked_task *shadow = &commit->execution->tasks[task];
    enum skip_reason expected = SKIP_NONE;
    if (!dependencies_judge(commit, task)) {
        return false;
    }
    if (!model_decision(model, task, &expected)) {
        return checkers_go_blind(commit->checkers);
    }
    return shadow->skip == expected ||
           checkers_report(commit->checkers, "I-04", commit->execution, task,
                           "ended %s (%s), but the model says %s (%s)",
                           checked_status_name(shadow->status), checked_skip_name(shadow->skip),
                           expected == SKIP_NONE ? "that it runs" : "skip",
                           checked_skip_name((uint8_t)expected));
}

/* ---- values ---- */

/* `wanted` is the model's. NULL: there was no memory. */
static bool values_judge(const struct commit *commit, uint32_t task, const char *what,
                         const struct value *found, const struct value *wanted)
{
    struct checkers *checkers = commit->checkers;
    if (found == NULL || wanted == NULL) {
        return checkers_go_blind(checkers);
    }
    if (value_equal(found, wanted)) {
        return true;
    }
    struct text_builder texts[2];
    const struct value *values[2] = {found, wanted};
    for (size_t i = 0; i < 2; i++) {
        text_builder_init(&texts[i], checkers->heap);
        value_write(&texts[i], values[i]);
    }
    (void)checkers_report(checkers, "I-11", commit->execution, task,
                          "%s is %.120s, but the model says %.120s", what,
                          text_builder_terminated(&texts[0]), text_builder_terminated(&texts[1]));
    text_builder_finish(&texts[0]);
    text_builder_finish(&texts[1]);
    return false;
}

/* What bodies saw was compared with these views when they looked. */
static bool input_judge(const struct commit *commit, const struct model *model, uint32_t task)
{
    return values_judge(commit, task, "its input",
                        view_input_value(commit->checkers, commit->execution, task),
                        model_input(model, task));
}

static bool tasks_judge(const struct commit *commit, const struct model *model)
{
    for (uint32_t task = 0; task < model->workflow->task_count; task++) {
        if (is_cancelled(commit->execution, task)) {
            continue;
        }
        if (!decision_judge(commit, model, task) ||
            (model->write_count > 0 && !input_judge(commit, model, task))) {
            return false;
        }
    }
    return true;
}

/* ---- the final context ---- */

static bool feed_fill(const struct commit *commit, struct feed *feed)
{
    const struct checked_execution *execution = commit->execution;
    uint32_t count = execution->workflow->task_count;
    *feed = (struct feed){
        .row = execution->row,
        .tasks = arena_take_zeroed(&commit->checkers->scratch, count, sizeof(*feed->tasks)),
        .task_count = count,
    };
    for (uint32_t task = 0; feed->tasks != NULL && task < count; task++) {
        const struct checked_task *shadow = &execution->tasks[task];
        feed->tasks[task] = (struct feed_task){
            .task = task,
            .row = {.status = shadow->status, .skip = shadow->skip, .attempt = shadow->attempt},
            .has_delta = shadow->status == TASK_COMPLETED,
            .delta = execution->writes[task].delta,
        };
    }
    return feed->tasks != NULL;
}

/* The engine's answer to whoever asks it, in the checkers' scratch. NULL: no memory. */
static const struct value *final_context(const struct commit *commit)
{
    struct checkers *checkers = commit->checkers;
    struct text_builder json;
    text_builder_init(&json, checkers->heap);
    value_write(&json, commit->execution->context);
    struct workflow *workflow = workflow_ref(commit->execution->workflow);
    struct execution_options options = {
        .heap = checkers->heap,
        .workflow = workflow,
        .id = commit->execution->row.id,
        .context = text_builder_text(&json),
    };
    const struct value *found = NULL;
    struct execution execution;
    struct feed feed;
    if (!json.failed && feed_fill(commit, &feed) &&
        execution_begin(&execution, &options, NULL) == CLOACINA_OK) {
        if (execution_refresh(&execution, &feed, NULL) == CLOACINA_OK) {
            found = execution_final_context(&execution);
            found = found == NULL ? NULL : value_copy(&checkers->scratch, found);
        }
        execution_finish(&execution);
    }
    workflow_unref(workflow);
    text_builder_finish(&json);
    return found;
}

/* ---- all of it ---- */

static bool status_judge(const struct commit *commit, const struct model *model)
{
    uint8_t status = commit->execution->row.status;
    enum execution_status expected = model_status(model);
    return status == EXECUTION_CANCELLED || status == expected ||
           checkers_report(commit->checkers, "I-08", commit->execution, TASK_NONE,
                           "ended %s, but the model says %s", checked_execution_status_name(status),
                           execution_status_name(expected));
}

static bool model_judge(const struct commit *commit, const struct model_end *ends)
{
    struct model model;
    if (!model_init(&model, &commit->checkers->scratch, commit->execution->workflow,
                    commit->execution->context, ends)) {
        return checkers_go_blind(commit->checkers);
    }
    return tasks_judge(commit, &model) && status_judge(commit, &model) &&
           (model.write_count == 0 || values_judge(commit, TASK_NONE, "the final context",
                                                   final_context(commit), model_final(&model)));
}

bool commit_judge_end(const struct commit *commit)
{
    struct model_end ends[MODEL_TASKS_MAX];
    const struct checked_execution *execution = commit->execution;
    bool ends_now = execution_status_is_terminal(execution->row.status) &&
                    !execution_status_is_terminal(commit->changeset->before.status);
    if (!ends_now || execution->workflow->task_count > MODEL_TASKS_MAX) {
        return true;
    }
    ends_fill(execution, ends);
    arena_reset(&commit->checkers->scratch);
    return !model_fits(execution->workflow, ends) || model_judge(commit, ends);
}
