/* SPDX-License-Identifier: Apache-2.0 */
/* run_tell.c - prints endings.
 *
 * Law: what is told of a run does not depend on who ran it. */
#include "cloacinactl/run_tell.h"

#include "base/instant.h"
#include "cloacinactl/document.h"
#include "cloacinactl/table.h"
#include "execution/state.h"

/* ---- where an ending comes from ---- */

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
}

enum cloacina_code ending_of_handle(const struct cloacina_execution *execution, struct arena *arena,
                                    struct ending *ret_ending, struct cloacina_error *err)
{
    const char *context = cloacina_execution_context(execution);
    ret_ending->info = *cloacina_execution_look(execution);
    ret_ending->context = text_of(context != NULL ? context : "null");
    uint32_t count = ret_ending->info.tasks;
    struct cloacina_task_info *tasks = arena_take_zeroed(arena, count, sizeof(*tasks));
    if (tasks == NULL) {
        return no_memory(err);
    }
    for (uint32_t i = 0; i < count; i++) {
        tasks[i] = *cloacina_execution_task(execution, i);
    }
    ret_ending->tasks = tasks;
    return CLOACINA_OK;
}

static struct cloacina_task_info task_info(const struct execution *execution, uint32_t task)
{
    const struct task_row *row = &execution->rows[task];
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    return (struct cloacina_task_info){
        .name = definition->name,
        .status = (enum cloacina_task_status)row->status,
        .attempt = row->attempt,
        .attempts_max = definition->retry->attempts_max,
        .skip_reason =
            row->skip == SKIP_NONE ? NULL : skip_reason_name((enum skip_reason)row->skip),
        .error = row->error,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .retry_at = row->retry_at,
    };
}

static struct cloacina_execution_info execution_info(const struct execution *execution,
                                                     const char *id)
{
    const struct execution_row *row = &execution->row;
    const struct workflow *workflow = execution->workflow;
    return (struct cloacina_execution_info){
        .id = id,
        .workflow = workflow->name.bytes,
        .package = workflow->package.bytes,
        .tenant = workflow->tenant.bytes,
        .status = (enum cloacina_execution_status)row->status,
        .reason = row->reason,
        .revision = row->revision,
        .created_at = row->created_at,
        .started_at = row->started_at,
        .completed_at = row->completed_at,
        .tasks = workflow->task_count,
        .completed = row->completed,
        .failed = row->failed,
        .skipped = row->skipped,
    };
}

/* A copy in the arena; empty: no memory. */
static struct text context_copy(struct loaded *loaded, struct cloacina_error *err)
{
    struct text copy = {NULL, 0};
    struct text_builder builder;
    text_builder_init(&builder, loaded->arena.heap);
    if (loaded_context(loaded, &builder, err) == CLOACINA_OK && !builder.failed) {
        copy = text_copy(&loaded->arena, text_builder_text(&builder));
    }
    text_builder_finish(&builder);
    return copy;
}

enum cloacina_code ending_of_rows(struct loaded *loaded, struct ending *ret_ending,
                                  struct cloacina_error *err)
{
    struct arena *arena = &loaded->arena;
    const struct execution *execution = &loaded->execution;
    uint32_t count = execution->workflow->task_count;
    char *id = arena_take(arena, ID_TEXT_SIZE);
    struct cloacina_task_info *tasks = arena_take_zeroed(arena, count, sizeof(*tasks));
    ret_ending->context = context_copy(loaded, err);
    if (id == NULL || tasks == NULL || ret_ending->context.bytes == NULL) {
        return no_memory(err);
    }
    id_print(execution->row.id, id);
    for (uint32_t i = 0; i < count; i++) {
        tasks[i] = task_info(execution, i);
    }
    ret_ending->info = execution_info(execution, id);
    ret_ending->tasks = tasks;
    return CLOACINA_OK;
}

/* ---- what is told of it ---- */

enum cloacina_code ending_judge(const struct ending *ending, struct cloacina_error *err)
{
    const struct cloacina_execution_info *info = &ending->info;
    if (info->status == CLOACINA_EXECUTION_COMPLETED) {
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_FAILED, "'%s' is %s%s%s", info->workflow,
                                cloacina_execution_status_name(info->status),
                                info->reason != NULL ? ": " : "",
                                info->reason != NULL ? info->reason : "");
}

static enum cloacina_code tell_json(const struct command_call *call, const struct ending *ending,
                                    struct cloacina_error *err)
{
    const struct cloacina_execution_info *info = &ending->info;
    struct document document;
    document_begin(&document, call->heap);
    document_object(&document, NULL);
    document_words(&document, "id", info->id);
    document_words(&document, "workflow", info->workflow);
    document_words(&document, "status", cloacina_execution_status_name(info->status));
    document_words(&document, "reason", info->reason);
    document_number(&document, "tasks", info->tasks);
    document_number(&document, "completed", info->completed);
    document_number(&document, "failed", info->failed);
    document_number(&document, "skipped", info->skipped);
    document_instant(&document, "created_at", info->created_at);
    document_instant(&document, "completed_at", info->completed_at);
    document_array(&document, "failures");
    for (uint32_t i = 0; i < info->tasks; i++) {
        if (ending->tasks[i].status == CLOACINA_TASK_FAILED) {
            document_object(&document, NULL);
            document_words(&document, "task", ending->tasks[i].name);
            document_number(&document, "attempt", ending->tasks[i].attempt);
            document_words(&document, "error", ending->tasks[i].error);
            document_end(&document);
        }
    }
    document_end(&document);
    document_json(&document, "context", ending->context);
    document_end(&document);
    return document_put(&document, call, err);
}

static void counts_append(const struct cloacina_execution_info *info, struct text_builder *text)
{
    text_builder_print(text, "%u of %u %s completed", info->completed, info->tasks,
                       info->tasks == 1 ? "task" : "tasks");
    if (info->failed > 0) {
        text_builder_print(text, ", %u failed", info->failed);
    }
    if (info->skipped > 0) {
        text_builder_print(text, ", %u skipped", info->skipped);
    }
}

static enum cloacina_code tell_text(const struct command_call *call, const struct ending *ending,
                                    struct cloacina_error *err)
{
    const struct cloacina_execution_info *info = &ending->info;
    struct text_builder text;
    text_builder_init(&text, call->heap);
    text_builder_print(&text, "'%s' %s: %s", info->workflow, info->id,
                       cloacina_execution_status_name(info->status));
    if (info->completed_at != 0) {
        char duration[DURATION_TEXT_SIZE];
        int64_t took = info->completed_at - info->created_at;
        duration_print(took - took % NANOSECONDS_PER_MICROSECOND, duration);
        text_builder_print(&text, " after %s", duration);
    }
    text_builder_append_terminated(&text, "; ");
    counts_append(info, &text);
    text_builder_append_char(&text, '\n');
    for (uint32_t i = 0; i < info->tasks; i++) {
        const struct cloacina_task_info *task = &ending->tasks[i];
        if (task->status == CLOACINA_TASK_FAILED) {
            text_builder_print(&text, "  '%s', attempt %u: ", task->name, task->attempt);
            plain_append(&text, text_of(task->error != NULL ? task->error : "failed"));
            text_builder_append_char(&text, '\n');
        }
    }
    text_builder_append(&text, ending->context);
    text_builder_append_char(&text, '\n');
    return command_put(call, &text, err);
}

enum cloacina_code ending_tell(const struct command_call *call, const struct ending *ending,
                               bool is_json, struct cloacina_error *err)
{
    return is_json ? tell_json(call, ending, err) : tell_text(call, ending, err);
}
