/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - a workflow as canonical JSON.
 *
 * Law: equal structures give equal bytes; the form is drawn in json.h. */
#include "workflow/json.h"

#include "base/instant.h"
#include "context/json.h"

/* A string field; the key is given with its quotes and what stands before and after it. */
static void text_field_write(struct text_builder *builder, const char *key, struct text text)
{
    text_builder_append_terminated(builder, key);
    json_write_text(builder, text);
}

static void dependencies_write(struct text_builder *builder, const struct workflow *workflow,
                               const struct workflow_task *task)
{
    for (uint32_t i = 0; i < task->dependency_count; i++) {
        text_field_write(builder, i == 0 ? "\"dependencies\":[" : ",",
                         workflow_task_name(workflow, task->dependencies[i]));
    }
    text_builder_append_terminated(builder, task->dependency_count > 0 ? "]," : "");
}

static void task_write(struct text_builder *builder, const struct workflow *workflow,
                       uint32_t number)
{
    const struct workflow_task *task = &workflow->tasks[number];
    text_builder_append_char(builder, '{');
    dependencies_write(builder, workflow, task);
    text_field_write(builder, "\"name\":", workflow_task_name(workflow, number));
    if (task->retry != retry_policy_default()) {
        text_builder_append_terminated(builder, ",\"retry\":");
        retry_policy_write(builder, task->retry);
    }
    if (task->rule != NULL) {
        struct workflow_rule_names names = {.names.task_name = workflow_rule_name,
                                            .workflow = workflow};
        text_builder_append_terminated(builder, ",\"rule\":");
        rule_write(builder, task->rule, &names.names);
    }
    if (task->timeout_ns > 0) {
        text_builder_append_terminated(builder, ",\"timeout_ms\":");
        json_write_int64(builder, task->timeout_ns / NANOSECONDS_PER_MILLISECOND);
    }
    text_builder_append_char(builder, '}');
}

void workflow_json_write(struct text_builder *builder, const struct workflow *workflow)
{
    text_builder_append_terminated(builder, "{\"format\":");
    json_write_int64(builder, WORKFLOW_JSON_FORMAT);
    text_field_write(builder, ",\"name\":", workflow->name);
    text_field_write(builder, ",\"package\":", workflow->package);
    text_builder_append_terminated(builder, ",\"tasks\":");
    for (uint32_t i = 0; i < workflow->task_count; i++) {
        text_builder_append_char(builder, i == 0 ? '[' : ',');
        task_write(builder, workflow, i);
    }
    text_field_write(builder, "],\"tenant\":", workflow->tenant);
    text_builder_append_char(builder, '}');
}
