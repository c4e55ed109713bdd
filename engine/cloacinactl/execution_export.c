/* SPDX-License-Identifier: Apache-2.0 */
/* execution_export.c - `cloacinactl execution export`: what an execution did, as a file that
 * `cloacinactl simulate` runs again: the same structure, every attempt as long as it was, the same
 * failures, the same writes.
 *
 *   events --claimed .. completed, failed, retry_scheduled--> attempts of each task
 *   rows ----error texts, writes-----------------------------> {"recording": 1, ...}
 *
 * An attempt that was handed back or lost, or ended with its execution, says nothing about its body:
 * it is left out. What was reset counts from its reset on. The format is described in
 * simulator/workload/logbook.h, which reads it. */
#include <string.h>

#include "cloacinactl/execution.h"
#include "cloacinactl/file.h"
#include "execution/state.h"

enum { FORMAT = 1 };
#define NONE UINT32_MAX

struct export_values {
    struct database_values database;
    const char *id;
    const char *output;
};

static const struct option export_options[] = {
    DATABASE_OPTIONS(struct export_values),
    {.name = "output",
     .value_name = "FILE",
     .help = "write it there (default: to the output)",
     .type = OPTION_TEXT,
     .offset = offsetof(struct export_values, output)},
};

/* ---- the attempts of each task ---- */

/* One run of a body to its end. */
struct record {
    int64_t duration;
    uint32_t next; /* of the same task; NONE: it is the last */
    enum cloacina_code code;
};

struct task_log {
    int64_t claimed_at; /* of the attempt that is under way; 0: none */
    uint32_t first, last;
};

/* Arrays are in the arena of what was loaded. */
struct logs {
    const struct loaded *loaded;
    struct task_log *tasks;
    struct record *records;
    uint32_t count;
};

static void attempt_ended(struct logs *logs, const struct event_row *event)
{
    struct task_log *task = &logs->tasks[event->task];
    if (task->claimed_at == 0) {
        return; /* abandoned without ever having run */
    }
    uint32_t number = logs->count++;
    int64_t duration = event->at - task->claimed_at;
    logs->records[number] = (struct record){
        .duration = duration > 0 ? duration : 0, /* stores' clocks may step back */
        .next = NONE,
        .code = event->type == EVENT_TASK_COMPLETED ? CLOACINA_OK : (enum cloacina_code)event->code,
    };
    if (task->first == NONE) {
        task->first = number;
    } else {
        logs->records[task->last].next = number;
    }
    task->last = number;
    task->claimed_at = 0;
}

static void event_take(struct logs *logs, const struct event_row *event)
{
    struct task_log *task = &logs->tasks[event->task];
    enum event_type type = (enum event_type)event->type;
    if (type == EVENT_TASK_CLAIMED) {
        task->claimed_at = event->at;
    } else if (type == EVENT_TASK_COMPLETED || type == EVENT_TASK_FAILED ||
               type == EVENT_TASK_RETRY_SCHEDULED || type == EVENT_TASK_ABANDONED) {
        attempt_ended(logs, event);
    } else if (type == EVENT_TASK_RESET) {
        *task = (struct task_log){.first = NONE, .last = NONE};
    }
}

static enum cloacina_code logs_make(struct loaded *loaded, struct dal *dal, struct logs *ret_logs,
                                    struct cloacina_error *err)
{
    struct event_row *events;
    size_t count;
    uint32_t tasks = loaded->execution.workflow->task_count;
    enum cloacina_code code = loaded_events(loaded, dal, 0, &events, &count, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_logs = (struct logs){
        .loaded = loaded,
        .tasks = arena_take_zeroed(&loaded->arena, tasks, sizeof(*ret_logs->tasks)),
        .records = arena_take_zeroed(&loaded->arena, count, sizeof(*ret_logs->records)),
    };
    if (ret_logs->tasks == NULL || ret_logs->records == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the history");
    }
    for (uint32_t i = 0; i < tasks; i++) {
        ret_logs->tasks[i].first = ret_logs->tasks[i].last = NONE;
    }
    for (size_t i = 0; i < count; i++) {
        if (events[i].task < tasks) {
            event_take(ret_logs, &events[i]);
        }
    }
    return CLOACINA_OK;
}

/* ---- writing ---- */

/* The text of the last failure is in the row. Of earlier ones only the code was kept: they get a
 * text after which the policy tries again, as it did. */
static const char *message_of(const struct logs *logs, uint32_t task, uint32_t number)
{
    const struct record *record = &logs->records[number];
    const char *last = logs->loaded->execution.rows[task].error;
    const struct retry_policy *policy = logs->loaded->execution.workflow->tasks[task].retry;
    if (record->next == NONE && logs->loaded->execution.rows[task].status == TASK_FAILED) {
        return last;
    }
    if (last != NULL && retry_is_wanted(policy, 1, record->code, text_of(last))) {
        return last;
    }
    bool has_patterns = policy->when == CLOACINA_RETRY_PATTERNS && policy->pattern_count > 0;
    return has_patterns ? policy->patterns[0] : "temporary: its text was not kept";
}

static void attempts_write(const struct logs *logs, uint32_t task, struct document *document)
{
    document_array(document, "attempts");
    for (uint32_t i = logs->tasks[task].first; i != NONE; i = logs->records[i].next) {
        const struct record *record = &logs->records[i];
        document_object(document, NULL);
        document_nanoseconds(document, "duration_ns", record->duration);
        if (record->code != CLOACINA_OK) {
            document_words(document, "code", cloacina_code_name(record->code));
            document_words(document, "message", message_of(logs, task, i));
        }
        document_end(document);
    }
    document_end(document);
}

/* NULL: it wrote nothing. */
static const struct delta *delta_of(const struct loaded *loaded, uint32_t task)
{
    const struct feed *feed = &loaded->snapshot.feed;
    for (size_t i = task < feed->task_count ? task : 0; i < feed->task_count; i++) {
        if (feed->tasks[i].task == task) {
            return feed->tasks[i].has_delta ? feed->tasks[i].delta : NULL;
        }
    }
    return NULL;
}

static void task_write(const struct logs *logs, uint32_t task, struct text_builder *scratch,
                       struct document *document)
{
    const struct delta *delta = delta_of(logs->loaded, task);
    document_object(document, NULL);
    document_words(document, "name", logs->loaded->execution.workflow->tasks[task].name);
    attempts_write(logs, task, document);
    if (!delta_is_empty(delta)) {
        text_builder_reset(scratch);
        delta_write(scratch, delta);
        document->builder.failed = document->builder.failed || scratch->failed;
        document_json(document, "writes", text_builder_text(scratch));
    }
    document_end(document);
}

static void export_write(const struct logs *logs, struct document *document)
{
    const struct execution_row *row = &logs->loaded->execution.row;
    const struct workflow *workflow = logs->loaded->execution.workflow;
    struct text_builder scratch;
    text_builder_init(&scratch, document->builder.heap);
    document_object(document, NULL);
    document_number(document, "recording", FORMAT);
    document_id(document, "id", row->id);
    document_words(document, "status", execution_status_name((enum execution_status)row->status));
    document_json(document, "definition", workflow->json);
    document_json(document, "context", logs->loaded->snapshot.context);
    document_array(document, "tasks");
    for (uint32_t task = 0; task < workflow->task_count; task++) {
        task_write(logs, task, &scratch, document);
    }
    document_end(document);
    document_end(document);
    text_builder_finish(&scratch);
}

/* ---- the command ---- */

static enum cloacina_code file_put(struct document *document, const char *path,
                                   struct cloacina_error *err)
{
    FILE *file = NULL;
    text_builder_append_char(&document->builder, '\n');
    enum cloacina_code code = document->builder.failed
                                  ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                                  : file_create(path, &file, err);
    if (code == CLOACINA_OK) {
        fwrite(document->builder.bytes, 1, document->builder.length, file);
        code = console_close(file, path, err);
    }
    document_finish(document);
    return code;
}

enum cloacina_code execution_record(struct loaded *loaded, struct dal *dal,
                                    struct document *document, struct cloacina_error *err)
{
    struct logs logs;
    enum cloacina_code code = logs_make(loaded, dal, &logs, err);
    if (code == CLOACINA_OK) {
        export_write(&logs, document);
    }
    return code;
}

static enum cloacina_code export(const struct command_call *call, struct dal *dal,
                                 const void *values, struct cloacina_error *err) {
    const struct export_values *given = values; struct loaded loaded; struct document document;
    enum cloacina_code code = execution_read(call, dal, given->id, &loaded, err);
    if (code != CLOACINA_OK){return code;}
document_begin(&document, call->heap);
code = execution_record(&loaded, dal, &document, err);
loaded_finish(&loaded);
if (code != CLOACINA_OK) {
    document_finish(&document);
    return code;
}
bool is_output = given->output == NULL || strcmp(given->output, "-") == 0;
return is_output ? document_put(&document, call, err) : file_put(&document, given->output, err);
}

static enum command_status export_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, export);
}

CLOACINACTL_COMMAND(execution_export, .name = "execution export",
                    .summary = "what it did, as a file that cloacinactl simulate runs again",
                    .usage = "ID --database URL [options]",
                    .table = {.options = export_options,
                              .count = ARRAY_COUNT(export_options),
                              .operand_name = "ID",
                              .operand_offset = offsetof(struct export_values, id),
                              .needs_operand = true},
                    .values_size = sizeof(struct export_values), .run = export_run);
