/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - `cloacinactl run`: one execution, from its submission to its end.
 *
 *   a library, or built in:  a runner in this process   <cloacina/runner.h>
 *   else:                    submitted by the definition that the database knows; other runners
 *                            do the work, a clerk waits for the end
 *
 * Law: how it ended is the exit status. */
#include <string.h>
#include <unistd.h>

#include "base/instant.h"
#include "cloacinactl/bodies.h"
#include "cloacinactl/clerk.h"
#include "cloacinactl/database.h"
#include "cloacinactl/file.h"
#include "cloacinactl/run_tell.h"
#include "cloacinactl/signals.h"

#define FOR_EVER 0

struct run_values {
    struct database_values database;
    const char *workflow;
    const char *context;
    struct option_texts libraries;
    int64_t timeout_ns; /* 0: for ever */
    uint64_t slots;
};

#define FIELD(member) .offset = offsetof(struct run_values, member)

static const struct option run_options[] = {
    DATABASE_OPTIONS(struct run_values),
    {.name = "library",
     .value_name = "FILE.so",
     .help = "run it here, with the bodies of this library; may be given\nmore than once",
     .type = OPTION_TEXTS,
     FIELD(libraries)},
    {.name = "context",
     .value_name = "JSON|@FILE",
     .help = "the initial context, an object (default {})",
     .type = OPTION_TEXT,
     FIELD(context)},
    {.name = "timeout",
     .value_name = "TIME",
     .help = "wait so long (default: as long as it takes)",
     .type = OPTION_DURATION,
     .minimum = NANOSECONDS_PER_MILLISECOND,
     FIELD(timeout_ns)},
    {.name = "slots",
     .value_name = "N",
     .help = "bodies at a time, when it runs here (default 4)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = CLOACINA_RUNNER_SLOTS_MAX,
     FIELD(slots)},
    JSON_OPTION(struct run_values),
};

/* One such call. */
struct running {
    const struct command_call *call;
    const struct run_values *values;
    struct arena arena;
    struct registry registry;
    struct text context; /* with a NUL behind it */
    struct signals signals;
    struct cloacina_runner *runner;
    atomic_bool is_interrupted;
};

/* ---- the context ---- */

static enum cloacina_code context_keep(struct running *running, struct text json,
                                       struct cloacina_error *err)
{
    if (json.length > 0 && memchr(json.bytes, '\0', json.length) != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "it holds the character 0");
    }
    running->context = text_copy(&running->arena, json);
    return running->context.bytes != NULL
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
}

static enum cloacina_code context_read(struct running *running, struct cloacina_error *err)
{
    const char *given = running->values->context;
    struct file file;
    if (given == NULL) {
        return context_keep(running, TEXT_LITERAL("{}"), err);
    }
    if (given[0] != '@') {
        return context_keep(running, text_of(given), err);
    }
    enum cloacina_code code =
        file_read(running->call->heap, given + 1, VALUE_BYTES_MAX, &file, err);
    if (code == CLOACINA_OK) {
        code = context_keep(running, file_text(&file), err);
        file_finish(&file);
    }
    return code;
}

/* Is it an object? Said before any database is opened. */
static enum cloacina_code context_check(struct running *running, struct cloacina_error *err)
{
    struct arena arena;
    const struct value *value;
    arena_init(&arena, running->call->heap);
    enum cloacina_code code = context_read(running, err);
    if (code == CLOACINA_OK) {
        code = value_read(&arena, running->context, &value, err);
    }
    if (code == CLOACINA_OK && value_type(value) != VALUE_OBJECT) {
        code = cloacina_error_raise(err, CLOACINA_INVALID, "wanted an object, found %s",
                                    value_type_name(value_type(value)));
    }
    arena_finish(&arena);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--context'");
}

/* ---- the end ---- */

static enum cloacina_code tell(struct running *running, const struct ending *ending,
                               struct cloacina_error *err)
{
    enum cloacina_code code =
        ending_tell(running->call, ending, running->values->database.is_json, err);
    return code == CLOACINA_OK ? ending_judge(ending, err) : code;
}

static enum cloacina_code still_runs(const char *id, struct cloacina_error *err)
{
    struct cloacina_error why = *err;
    return cloacina_error_raise(err, why.code, "%s; execution %s goes on with other runners",
                                why.message, id);
}

/* ---- here ---- */

static void interrupted(void *user)
{
    struct running *running = user;
    if (atomic_exchange(&running->is_interrupted, true)) {
        _exit(COMMAND_FAILED);
    }
    (void)!cloacina_runner_shutdown(running->runner, 0, NULL);
}

static enum cloacina_code execute(struct running *running, struct cloacina_error *err)
{
    struct cloacina_execution *execution = NULL;
    struct ending ending;
    enum cloacina_code code = cloacina_runner_execute(running->runner, running->values->workflow,
                                                      running->context.bytes, &execution, err);
    if (code == CLOACINA_OK) {
        code = ending_of_handle(execution, &running->arena, &ending, err);
    } else if (atomic_load(&running->is_interrupted)) {
        code = cloacina_error_raise(err, CLOACINA_CANCELLED, "interrupted");
    }
    if (code == CLOACINA_OK) {
        code = tell(running, &ending, err);
    } else if (execution != NULL) {
        code = still_runs(cloacina_execution_look(execution)->id, err);
    }
    cloacina_execution_destroy(execution);
    return code;
}

static enum cloacina_code run_here(struct running *running, struct cloacina_error *err)
{
    const struct run_values *values = running->values;
    int64_t timeout_ms = values->timeout_ns / NANOSECONDS_PER_MILLISECOND;
    struct cloacina_runner_options options = {
        .database = values->database.url,
        .schema = values->database.schema,
        .name = "run",
        .libraries = values->libraries.count > 0 ? values->libraries.items : NULL,
        .slots = (int64_t)values->slots,
        .workflow_timeout_ms = values->timeout_ns == FOR_EVER ? -1 : timeout_ms,
        .log = cloacina_log_stderr(CLOACINA_LOG_WARNING),
    };
    enum cloacina_code code = cloacina_runner_start(&options, &running->runner, err);
    if (code == CLOACINA_OK) {
        code = signals_watch(&running->signals, interrupted, running, err);
    }
    return code == CLOACINA_OK ? execute(running, err) : code;
}

/* ---- by others ---- */

static enum cloacina_code submit(struct running *running, struct dal *dal,
                                 struct workflow *workflow, struct runner_command *command,
                                 struct cloacina_error *err)
{
    struct clerk clerk;
    int64_t timeout = running->values->timeout_ns;
    enum cloacina_code code = clerk_open(&clerk, running->call->heap, dal, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    command->message.kind = RUNNER_SUBMIT;
    command->workflow = workflow;
    command->context = running->context;
    command->waits = true;
    code = clerk_ask(&clerk, command, timeout == FOR_EVER ? INT64_MAX : timeout, err);
    clerk_close(&clerk);
    return code;
}

static enum cloacina_code follow(struct running *running, struct dal *dal,
                                 struct workflow *workflow, struct cloacina_error *err)
{
    struct runner_command command = {.task = TASK_NONE};
    struct loaded loaded;
    struct ending ending;
    enum cloacina_code code = submit(running, dal, workflow, &command, err);
    if (code == CLOACINA_OK) {
        code = loaded_read(dal, running->call->heap, command.id, &loaded, err);
    } else if (atomic_load(&command.is_stored)) {
        char id[ID_TEXT_SIZE];
        id_print(command.id, id);
        return still_runs(id, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    code = ending_of_rows(&loaded, &ending, err);
    if (code == CLOACINA_OK) {
        code = tell(running, &ending, err);
    }
    loaded_finish(&loaded);
    return code;
}

static enum cloacina_code run_elsewhere(struct running *running, struct cloacina_error *err)
{
    const char *name = running->values->workflow;
    struct dal *dal = NULL;
    struct workflow *workflow = NULL;
    struct text json;
    enum cloacina_code code = database_open(running->call, &running->values->database, &dal, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = dal->impl->definition(dal, text_of(name), &running->arena, &json, err);
    if (code == CLOACINA_NOT_FOUND) {
        code = cloacina_error_raise(err, code,
                                    "workflow '%s' is neither built in nor known to the database; "
                                    "--library FILE.so brings its code",
                                    name);
    } else if (code == CLOACINA_OK) {
        code = workflow_read(running->call->heap, json, &workflow, err);
    }
    if (code == CLOACINA_OK) {
        code = follow(running, dal, workflow, err);
    }
    workflow_unref(workflow);
    dal_destroy(dal);
    return code;
}

/* ---- which way ---- */

/* *ret_is_here: this process has its code. */
static enum cloacina_code way_find(struct running *running, bool *ret_is_here,
                                   struct cloacina_error *err)
{
    const struct run_values *values = running->values;
    struct cloacina_workflow *workflow;
    enum cloacina_code code = bodies_open(&running->registry, &values->libraries, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = registry_find_workflow(&running->registry, text_of(values->workflow), &workflow, err);
    *ret_is_here = code == CLOACINA_OK;
    return code == CLOACINA_NOT_FOUND && values->libraries.count == 0 ? CLOACINA_OK : code;
}

static enum cloacina_code go(struct running *running, struct cloacina_error *err)
{
    bool is_here;
    enum cloacina_code code = context_check(running, err);
    if (code == CLOACINA_OK) {
        code = way_find(running, &is_here, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!is_here) {
        return run_elsewhere(running, err);
    }
    signals_block(&running->signals);
    code = run_here(running, err);
    signals_unblock(&running->signals);
    cloacina_runner_destroy(running->runner);
    return code;
}

static enum command_status run_run(const struct command_call *call, const void *values)
{
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct running running = {.call = call, .values = values};
    arena_init(&running.arena, call->heap);
    registry_init(&running.registry, call->heap);
    enum cloacina_code code = go(&running, &err);
    registry_finish(&running.registry);
    arena_finish(&running.arena);
    return code == CLOACINA_OK ? COMMAND_SUCCEEDED : command_refuse(call, &err);
}

CLOACINACTL_COMMAND(
    run, .name = "run", .summary = "run a workflow, and say how it ended",
    .usage = "WORKFLOW --database URL [--library FILE.so]... [options]",
    .details =
        "WORKFLOW is a name in the library, or built in: then it runs here. Or it is one that\n"
        "the database knows: then it is submitted, and other runners do the work.\n"
        "Exit status 1: it failed, or was cancelled, or was not over in time.\n",
    .table = {.options = run_options,
              .count = ARRAY_COUNT(run_options),
              .operand_name = "WORKFLOW",
              .operand_offset = offsetof(struct run_values, workflow),
              .needs_operand = true},
    .values_size = sizeof(struct run_values), .run = run_run);
