/* SPDX-License-Identifier: Apache-2.0 */
/* execution_change.c - `cloacinactl execution pause | resume | cancel | retry | delete`. */
#include "cloacinactl/clerk.h"
#include "cloacinactl/execution.h"
#include "execution/state.h"

struct change_values {
    struct database_values database;
    const char *id;
    const char *reason;
    const char *task;
};

#define REASON_OPTION                                                                              \
    {                                                                                              \
        .name = "reason", .value_name = "TEXT", .help = "why; whoever looks at it will read it",   \
        .type = OPTION_TEXT, .offset = offsetof(struct change_values, reason)                      \
    }

static const struct option reason_options[] = {
    DATABASE_OPTIONS(struct change_values),
    REASON_OPTION,
    JSON_OPTION(struct change_values),
};

static const struct option plain_options[] = {
    DATABASE_OPTIONS(struct change_values),
    JSON_OPTION(struct change_values),
};

static const struct option retry_options[] = {
    DATABASE_OPTIONS(struct change_values),
    {.name = "task",
     .value_name = "NAME",
     .help = "only this one, and all that depends on it",
     .type = OPTION_TEXT,
     .offset = offsetof(struct change_values, task)},
    JSON_OPTION(struct change_values),
};

/* ---- asking ---- */

/* "'shop' 0197...: Paused", or the same for programs. `status` NULL: it is gone. */
static enum cloacina_code answer(const struct command_call *call,
                                 const struct change_values *values, struct id id,
                                 const char *status, struct cloacina_error *err)
{
    struct document document;
    struct text_builder text;
    char name[ID_TEXT_SIZE];
    if (values->database.is_json) {
        document_begin(&document, call->heap);
        document_object(&document, NULL);
        document_id(&document, "id", id);
        document_words(&document, "status", status);
        document_end(&document);
        return document_put(&document, call, err);
    }
    text_builder_init(&text, call->heap);
    id_print(id, name);
    text_builder_print(&text, "%s %s\n", name, status != NULL ? status : "deleted");
    return command_put(call, &text, err);
}

/* The number of a task by its name. */
static enum cloacina_code task_find(const struct command_call *call, struct dal *dal, struct id id,
                                    const char *name, uint32_t *ret_task,
                                    struct cloacina_error *err)
{
    struct loaded loaded;
    enum cloacina_code code = loaded_read(dal, call->heap, id, &loaded, err);
    if (code == CLOACINA_OK) {
        code = workflow_find(loaded.execution.workflow, text_of(name), ret_task, err);
        loaded_finish(&loaded);
    }
    return code;
}

static enum cloacina_code ask(const struct command_call *call, struct dal *dal,
                              const struct change_values *values, struct runner_command *command,
                              struct cloacina_error *err)
{
    struct clerk clerk;
    enum cloacina_code code = clerk_open(&clerk, call->heap, dal, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = clerk_ask(&clerk, command, 0, err);
    clerk_close(&clerk);
    return code == CLOACINA_OK
               ? answer(call, values, command->id, execution_status_name(command->status), err)
               : code;
}

static enum cloacina_code change(const struct command_call *call, struct dal *dal,
                                 const struct change_values *values, enum runner_command_type type,
                                 struct cloacina_error *err)
{
    struct runner_command command = {
        .message.kind = type, .reason = text_of(values->reason), .task = TASK_NONE};
    enum cloacina_code code = database_find(dal, call->heap, values->id, &command.id, err);
    if (code == CLOACINA_OK && values->task != NULL) {
        code = task_find(call, dal, command.id, values->task, &command.task, err);
    }
    return code == CLOACINA_OK ? ask(call, dal, values, &command, err) : code;
}

/* ---- the verbs ---- */

static enum cloacina_code pause_it(const struct command_call *call, struct dal *dal,
                                   const void *values, struct cloacina_error *err)
{
    return change(call, dal, values, RUNNER_PAUSE, err);
}

static enum cloacina_code resume_it(const struct command_call *call, struct dal *dal,
                                    const void *values, struct cloacina_error *err)
{
    return change(call, dal, values, RUNNER_RESUME, err);
}

static enum cloacina_code cancel_it(const struct command_call *call, struct dal *dal,
                                    const void *values, struct cloacina_error *err)
{
    return change(call, dal, values, RUNNER_CANCEL, err);
}

static enum cloacina_code retry_it(const struct command_call *call, struct dal *dal,
                                   const void *values, struct cloacina_error *err)
{
    return change(call, dal, values, RUNNER_RESET, err);
}

static enum cloacina_code delete_it(const struct command_call *call, struct dal *dal,
                                    const void *values, struct cloacina_error *err)
{
    const struct change_values *given = values;
    struct id id;
    enum cloacina_code code = database_find(dal, call->heap, given->id, &id, err);
    if (code == CLOACINA_OK) {
        code = dal->impl->remove(dal, id, err);
    }
    return code == CLOACINA_OK ? answer(call, given, id, NULL, err) : code;
}

static enum command_status pause_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, pause_it);
}

static enum command_status resume_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, resume_it);
}

static enum command_status cancel_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, cancel_it);
}

static enum command_status retry_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, retry_it);
}

static enum command_status delete_run(const struct command_call *call, const void *values)
{
    return database_do(call, values, delete_it);
}

#define CHANGE_COMMAND(verb, choices, ...)                                                         \
    CLOACINACTL_COMMAND(                                                                           \
        execution_##verb, .name = "execution " #verb, .usage = "ID --database URL [options]",      \
        .table = {.options = choices,                                                              \
                  .count = ARRAY_COUNT(choices),                                                   \
                  .operand_name = "ID",                                                            \
                  .operand_offset = offsetof(struct change_values, id),                            \
                  .needs_operand = true},                                                          \
        .values_size = sizeof(struct change_values), .run = verb##_run, __VA_ARGS__)

CHANGE_COMMAND(pause, reason_options, .summary = "start no more tasks of it; running ones finish");
CHANGE_COMMAND(resume, plain_options, .summary = "go on with what was paused");
CHANGE_COMMAND(cancel, reason_options,
               .summary = "end it; running tasks are told to stop, the rest is skipped");
CHANGE_COMMAND(retry, retry_options,
               .summary = "run its failed tasks again, and all that depends on them");
CHANGE_COMMAND(delete, plain_options, .summary = "forget it and its history; it must be over");
