/* SPDX-License-Identifier: Apache-2.0 */
/* execution_show.c - `cloacinactl execution show`: one execution, and why it does not move. */
#include "cloacinactl/execution.h"
#include "cloacinactl/table.h"
#include "execution/state.h"
#include "runner/runner.h"

static const struct option show_options[] = {
    DATABASE_OPTIONS(struct execution_values),
    JSON_OPTION(struct execution_values),
};

/* What is shown. */
struct showing {
    const struct command_call *call;
    struct loaded *loaded;
    struct explain_leases leases;
    int64_t now; /* store time */
};

/* ---- what is said of one task ---- */

/* Why it is where it is: what it waits for, why it failed or was skipped. */
static void note_append(const struct showing *showing, uint32_t task, struct text_builder *text)
{
    const struct execution *execution = &showing->loaded->execution;
    const struct task_row *row = &execution->rows[task];
    if (!task_status_is_terminal(row->status)) {
        explain_task(execution, task, &showing->leases, showing->now, text);
    } else if (row->status == TASK_SKIPPED) {
        text_builder_append_terminated(text, skip_reason_name((enum skip_reason)row->skip));
    } else if (row->status == TASK_FAILED && row->error != NULL) {
        text_builder_append_terminated(text, row->error);
    }
}

/* NULL: the lease is closed. */
static const struct dal_lease *lease_find(const struct showing *showing, uint64_t lease)
{
    for (size_t i = 0; i < showing->leases.count; i++) {
        if (showing->leases.leases[i].lease == lease) {
            return &showing->leases.leases[i];
        }
    }
    return NULL;
}

/* ---- for programs ---- */

static void holder_document(const struct showing *showing, const struct task_row *row,
                            struct document *document)
{
    const struct dal_lease *lease = lease_find(showing, row->claim.lease);
    if (stamp_is_set(row->claim)) {
        document_number(document, "lease", row->claim.lease);
    } else {
        document_words(document, "lease", NULL);
    }
    if (lease != NULL) {
        document_text(document, "runner", lease->name);
    } else {
        document_words(document, "runner", NULL);
    }
}

static void task_document(const struct showing *showing, uint32_t task, struct text_builder *note,
                          struct document *document)
{
    const struct workflow_task *definition = &showing->loaded->execution.workflow->tasks[task];
    const struct task_row *row = &showing->loaded->execution.rows[task];
    text_builder_reset(note);
    if (!task_status_is_terminal(row->status)) {
        note_append(showing, task, note);
    }
    document_object(document, NULL);
    document_words(document, "name", definition->name);
    document_words(document, "status", task_status_name((enum task_status)row->status));
    document_number(document, "attempt", row->attempt);
    document_number(document, "attempts_max", definition->retry->attempts_max);
    document_number(document, "recoveries", row->recoveries);
    document_words(document, "skip_reason",
                   row->skip == SKIP_NONE ? NULL : skip_reason_name((enum skip_reason)row->skip));
    document_words(document, "error", row->error);
    document_words(document, "error_code",
                   row->code == 0 ? NULL : cloacina_code_name((enum cloacina_code)row->code));
    document_instant(document, "started_at", row->started_at);
    document_instant(document, "completed_at", row->completed_at);
    document_instant(document, "retry_at", row->retry_at);
    document_flag(document, "is_deferred", row->sub_status == TASK_SUB_DEFERRED);
    holder_document(showing, row, document);
    document_words(document, "waits_for", note->length == 0 ? NULL : text_builder_terminated(note));
    document_end(document);
    document->builder.failed = document->builder.failed || note->failed;
}

static enum cloacina_code show_json(const struct showing *showing, struct cloacina_error *err)
{
    struct loaded *loaded = showing->loaded;
    struct dal_listed listed = execution_listed(loaded);
    struct document document;
    struct text_builder text;
    document_begin(&document, showing->call->heap);
    text_builder_init(&text, showing->call->heap);
    document_object(&document, NULL);
    execution_document(&document, &listed);
    document_array(&document, "task_list");
    for (uint32_t task = 0; task < listed.task_count; task++) {
        task_document(showing, task, &text, &document);
    }
    document_end(&document);
    document_json(&document, "context", loaded->snapshot.context);
    text_builder_reset(&text);
    enum cloacina_code code = loaded_context(loaded, &text, err);
    document_json(&document, "final_context", text_builder_text(&text));
    document_end(&document);
    document.builder.failed = document.builder.failed || text.failed;
    text_builder_finish(&text);
    if (code != CLOACINA_OK) {
        document_finish(&document);
        return code;
    }
    return document_put(&document, showing->call, err);
}

/* ---- for people ---- */

static void line_instant(struct text_builder *text, const char *title, int64_t instant)
{
    char when[SECOND_TEXT_SIZE];
    if (instant != 0) {
        second_print(instant, when);
        text_builder_print(text, "%-9s %s\n", title, when);
    }
}

/* "'shop' Running, 1 of 2 tasks completed, 1 failed" and what else is known of the whole. */
static void head_append(const struct showing *showing, struct text_builder *text)
{
    const struct execution_row *row = &showing->loaded->execution.row;
    const struct workflow *workflow = showing->loaded->execution.workflow;
    char id[ID_TEXT_SIZE];
    id_print(row->id, id);
    text_builder_print(text, "'%s' %s, %u of %u %s completed", workflow->name.bytes,
                       execution_status_name((enum execution_status)row->status), row->completed,
                       workflow->task_count, workflow->task_count == 1 ? "task" : "tasks");
    if (row->failed > 0) {
        text_builder_print(text, ", %u failed", row->failed);
    }
    if (row->skipped > 0) {
        text_builder_print(text, ", %u skipped", row->skipped);
    }
    text_builder_print(text, "\nid        %s\n", id);
    line_instant(text, "created", row->created_at);
    line_instant(text, "started", row->started_at);
    line_instant(text, "ended", row->completed_at);
    if (row->reason != NULL) {
        text_builder_append_terminated(text, "reason    ");
        plain_append(text, text_of(row->reason));
        text_builder_append_char(text, '\n');
    }
}

static void tasks_append(const struct showing *showing, struct text_builder *text)
{
    static const char *const titles[] = {"TASK",  "STATUS", "ATTEMPT", "STARTED",
                                         "ENDED", "WHY",    NULL};
    const struct execution *execution = &showing->loaded->execution;
    struct cloacina_heap *heap = showing->call->heap;
    struct table table;
    struct text_builder note;
    table_begin(&table, heap, titles);
    text_builder_init(&note, heap);
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        const struct task_row *row = &execution->rows[task];
        text_builder_reset(&note);
        note_append(showing, task, &note);
        table_text(&table, workflow_task_name(execution->workflow, task));
        table_text(&table, text_of(task_status_name((enum task_status)row->status)));
        table_cell(&table, "%u of %u", row->attempt,
                   execution->workflow->tasks[task].retry->attempts_max);
        table_instant(&table, row->started_at);
        table_instant(&table, row->completed_at);
        table_text(&table, text_builder_text(&note));
    }
    text->failed = text->failed || note.failed;
    text_builder_finish(&note);
    text_builder_append_char(text, '\n');
    table_write(&table, text);
}

static enum cloacina_code show_text(const struct showing *showing, struct cloacina_error *err)
{
    struct text_builder text;
    text_builder_init(&text, showing->call->heap);
    head_append(showing, &text);
    enum cloacina_code code = CLOACINA_OK;
    if (execution_status_is_terminal(showing->loaded->execution.row.status)) {
        text_builder_append_terminated(&text, "context   ");
        code = loaded_context(showing->loaded, &text, err);
        text_builder_append_char(&text, '\n');
    }
    tasks_append(showing, &text);
    if (code != CLOACINA_OK) {
        text_builder_finish(&text);
        return code;
    }
    return command_put(showing->call, &text, err);
}

static enum cloacina_code show(const struct command_call *call, struct dal *dal, const void *values,
                               struct cloacina_error *err)
{
    const struct execution_values *given = values;
    struct loaded loaded;
    struct dal_lease *leases;
    struct showing showing = {.call = call, .loaded = &loaded};
    enum cloacina_code code = execution_read(call, dal, given->id, &loaded, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = dal->impl->leases(dal, &loaded.arena, &leases, &showing.leases.count, &showing.now, err);
    if (code == CLOACINA_OK) {
        showing.leases.leases = leases;
        code = given->database.is_json ? show_json(&showing, err) : show_text(&showing, err);
    }
    loaded_finish(&loaded);
    return code;
}

static enum command_status show_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, show);
}

CLOACINACTL_COMMAND(execution_show, .name = "execution show",
                    .summary = "one execution, task by task, and what each of them waits for",
                    .usage = "ID --database URL [options]",
                    .details = "ID may be the beginning of an id, as long as only one begins so.\n",
                    .table = {.options = show_options,
                              .count = ARRAY_COUNT(show_options),
                              .operand_name = "ID",
                              .operand_offset = offsetof(struct execution_values, id),
                              .needs_operand = true},
                    .values_size = sizeof(struct execution_values), .run = show_run);
