/* SPDX-License-Identifier: Apache-2.0 */
/* model.c - decisions, inputs and ends, from the endings of tasks alone.
 *
 *   a task's input   = for each write the most that one of its dependencies knows of it
 *   what it hands on = that, with what was there at or below its own paths replaced, and its own
 *                      writes there; the input itself when it did not complete
 *
 * Law: the order of tasks is the definition's; nothing here knows when anything ran. */
#include "checker/model.h"

#include <string.h>

/* ---- what was written ---- */

static size_t writes_count(const struct workflow *workflow, const struct model_end *ends)
{
    size_t count = 0;
    for (uint32_t task = 0; task < workflow->task_count; task++) {
        count += ends[task].delta != NULL ? ends[task].delta->count : 0;
    }
    return count;
}

bool model_fits(const struct workflow *workflow, const struct model_end *ends)
{
    return workflow->task_count <= MODEL_TASKS_MAX &&
           writes_count(workflow, ends) <= MODEL_WRITES_MAX;
}

static void writes_list(struct model *model)
{
    size_t next = 0;
    for (uint32_t task = 0; task < model->workflow->task_count; task++) {
        const struct delta *delta = model->ends[task].delta;
        for (size_t i = 0; delta != NULL && i < delta->count; i++) {
            model->writes[next++] = (struct model_write){
                .author = task,
                .path = delta->entries[i].path.encoded,
                .value = delta->entries[i].value,
            };
        }
    }
}

/* ---- who knows what ---- */

static uint8_t *handed_on(const struct model *model, uint32_t task)
{
    return model->sights + (size_t)task * model->write_count;
}

static void learn(const struct model *model, uint8_t *sights, uint32_t from)
{
    for (size_t w = 0; w < model->write_count; w++) {
        if (handed_on(model, from)[w] > sights[w]) {
            sights[w] = handed_on(model, from)[w];
        }
    }
}

/* What the body of a task sees of each write. */
static void input_sights(const struct model *model, uint32_t task, uint8_t *ret_sights)
{
    const struct workflow_task *definition = &model->workflow->tasks[task];
    memset(ret_sights, MODEL_UNSEEN, model->write_count);
    for (uint32_t i = 0; i < definition->dependency_count; i++) {
        learn(model, ret_sights, definition->dependencies[i]);
    }
}

static void replace_below(const struct model *model, uint8_t *sights, struct text path)
{
    for (size_t w = 0; w < model->write_count; w++) {
        if (sights[w] == MODEL_THERE && text_starts_with(model->writes[w].path, path)) {
            sights[w] = MODEL_REPLACED;
        }
    }
}

static void task_writes(const struct model *model, uint32_t task)
{
    uint8_t *sights = handed_on(model, task);
    for (size_t w = 0; w < model->write_count; w++) {
        if (model->writes[w].author == task) {
            replace_below(model, sights, model->writes[w].path);
        }
    }
    for (size_t w = 0; w < model->write_count; w++) {
        if (model->writes[w].author == task) {
            sights[w] = MODEL_THERE;
        }
    }
}

bool model_init(struct model *model, struct arena *arena, const struct workflow *workflow,
                const struct value *initial, const struct model_end *ends)
{
    size_t count = writes_count(workflow, ends);
    *model = (struct model){
        .arena = arena,
        .workflow = workflow,
        .initial = initial,
        .ends = ends,
        .writes = arena_take(arena, count * sizeof(struct model_write)),
        .write_count = count,
        .sights = arena_take(arena, count * workflow->task_count),
    };
    if (model->writes == NULL || model->sights == NULL) {
        return false;
    }
    writes_list(model);
    for (uint32_t task = 0; count > 0 && task < workflow->task_count; task++) {
        input_sights(model, task, handed_on(model, task));
        task_writes(model, task);
    }
    return true;
}

/* ---- the value of what somebody sees ---- */

/* All that is there at the path of write `at`, as one value. True: `at` is the write that
 * does it. */
static bool path_resolve(const struct model *model, const uint8_t *sights, size_t at,
                         const struct value **ret_value, bool *ret_has_memory)
{
    const struct value *resolved = NULL;
    size_t by = at;
    for (size_t w = 0; w < model->write_count; w++) {
        const struct value *value = model->writes[w].value;
        bool counts = sights[w] == MODEL_THERE && (value != NULL || resolved == NULL) &&
                      text_equal(model->writes[w].path, model->writes[at].path);
        if (!counts) {
            continue;
        }
        bool are_arrays = resolved != NULL && value_type(resolved) == VALUE_ARRAY &&
                          value_type(value) == VALUE_ARRAY;
        if (are_arrays) {
            value = model_arrays_unite(model->arena, resolved, value);
            *ret_has_memory = *ret_has_memory && value != NULL;
        }
        resolved = value;
        by = w;
    }
    *ret_value = resolved;
    return by == at;
}

static const struct value *value_of(const struct model *model, const uint8_t *sights)
{
    const struct value *object = model->initial;
    bool has_memory = true;
    for (size_t w = 0; object != NULL && w < model->write_count; w++) {
        const struct value *value = NULL;
        if (sights[w] == MODEL_THERE && path_resolve(model, sights, w, &value, &has_memory)) {
            object = model_write_do(model->arena, object, model->writes[w].path, value);
        }
    }
    return has_memory ? object : NULL;
}

const struct value *model_input(const struct model *model, uint32_t task)
{
    uint8_t sights[MODEL_WRITES_MAX];
    input_sights(model, task, sights);
    return value_of(model, sights);
}

/* ---- decisions ---- */

static uint8_t status_of(const void *user, uint32_t task)
{
    const struct model *model = user;
    return model->ends[task].status;
}

static bool rule_decision(const struct model *model, uint32_t task, enum skip_reason *ret_reason)
{
    const struct rule *rule = model->workflow->tasks[task].rule;
    struct model_facts facts = {.status = status_of, .user = model};
    if (model_rule_reads(rule)) {
        facts.input = model_input(model, task);
        if (facts.input == NULL) {
            return false;
        }
    }
    *ret_reason = model_rule_holds(rule, &facts) ? SKIP_NONE : SKIP_RULE;
    return true;
}

bool model_decision(const struct model *model, uint32_t task, enum skip_reason *ret_reason)
{
    const struct workflow_task *definition = &model->workflow->tasks[task];
    uint32_t failed = 0;
    uint32_t skipped = 0;
    if (definition->rule != NULL) {
        return rule_decision(model, task, ret_reason);
    }
    for (uint32_t i = 0; i < definition->dependency_count; i++) {
        const struct model_end *before = &model->ends[definition->dependencies[i]];
        failed += before->status == TASK_FAILED ||
                  (before->status == TASK_SKIPPED && before->skip == SKIP_UPSTREAM_FAILED);
        skipped += before->status == TASK_SKIPPED;
    }
    bool has_none_left = skipped > 0 && skipped == definition->dependency_count;
    *ret_reason =
        failed > 0 ? SKIP_UPSTREAM_FAILED : (has_none_left ? SKIP_UPSTREAM_SKIPPED : SKIP_NONE);
    return true;
}

/* ---- the end ---- */

enum execution_status model_status(const struct model *model)
{
    for (uint32_t task = 0; task < model->workflow->task_count; task++) {
        if (model->ends[task].status == TASK_FAILED) {
            return EXECUTION_FAILED;
        }
    }
    return EXECUTION_COMPLETED;
}

static bool is_last(const struct model *model, uint32_t task)
{
    const struct workflow_task *definition = &model->workflow->tasks[task];
    bool is = model->ends[task].status == TASK_COMPLETED;
    for (uint32_t i = 0; i < definition->dependent_count; i++) {
        is &= model->ends[definition->dependents[i]].status != TASK_COMPLETED;
    }
    return is;
}

const struct value *model_final(const struct model *model)
{
    uint8_t sights[MODEL_WRITES_MAX];
    memset(sights, MODEL_UNSEEN, sizeof(sights));
    for (uint32_t task = 0; task < model->workflow->task_count; task++) {
        if (is_last(model, task)) {
            learn(model, sights, task);
        }
    }
    return value_of(model, sights);
}
