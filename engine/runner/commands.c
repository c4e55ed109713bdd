/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - what people and programs ask of a runner.
 *
 * Law: a command is answered exactly once, after the commit that carries it, or with the error that
 * kept it from one. */
#include "runner/internal.h"

#include "execution/state.h"

void command_done(struct runner_command *command, enum cloacina_code code)
{
    command->code = code;
    command->done(command);
}

/* Somebody asks again, whose first question went through: the execution is here already. */
static bool is_taken(const struct runner *runner, const struct runner_command *command)
{
    return !id_is_zero(command->id) && id_map_get(&runner->by_id, command->id) != NULL;
}

static void submit(struct runner *runner, struct runner_command *command)
{
    if (is_taken(runner, command)) {
        command_done(command, cloacina_error_raise(&command->error, CLOACINA_EXISTS,
                                                   "runner: the execution's id is taken"));
        return;
    }
    struct execution_options options = {
        .heap = runner->heap,
        .workflow = command->workflow,
        .id =
            id_is_zero(command->id) ? id_make(&runner->ids, runner_store_now(runner)) : command->id,
        .context = command->context,
        .recoveries_max = runner->options.recoveries_max,
    };
    struct runner_execution *owner = execution_new(runner, &options, &command->error);
    struct runner_input input = {.input = {.type = EXECUTION_SUBMITTED, .task = TASK_NONE},
                                 .command = command};
    if (owner == NULL) {
        command_done(command, command->error.code);
        return;
    }
    owner->is_new = true;
    command->id = options.id;
    if (!execution_input_add(owner, &input)) {
        execution_drop(owner);
        command_done(command, cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY,
                                                   "runner: no memory for an execution"));
    }
}

/* The execution as the store has it now: a command is judged by fresh rows. */
static struct runner_execution *fresh_execution(struct runner *runner,
                                                struct runner_command *command)
{
    enum cloacina_code code;
    bool is_loaded = id_map_get(&runner->by_id, command->id) != NULL;
    struct runner_execution *owner = execution_get(runner, command->id, &code, &command->error);
    if (owner != NULL && is_loaded && !owner->changeset.is_open && !owner->is_new) {
        code = execution_catch_up(owner, &command->error);
    }
    if (code != CLOACINA_OK) {
        command_done(command, code);
        return NULL;
    }
    return owner;
}

static void change(struct runner *runner, struct runner_command *command,
                   enum execution_input_type type)
{
    struct runner_execution *owner = fresh_execution(runner, command);
    if (owner == NULL) {
        return;
    }
    struct runner_input input = {
        .input = {.type = type, .task = command->task, .message = command->reason},
        .command = command,
    };
    if (!execution_input_add(owner, &input)) {
        command_done(command, cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY,
                                                   "runner: no memory for a command"));
    }
}

static void wait(struct runner *runner, struct runner_command *command)
{
    struct runner_execution *owner = fresh_execution(runner, command);
    if (owner == NULL) {
        return;
    }
    command->message.next = owner->waiters == NULL ? NULL : &owner->waiters->message;
    owner->waiters = command;
    if (execution_status_is_terminal(owner->execution.row.status) && !owner->changeset.is_open) {
        commands_answer_waiters(owner);
        execution_drop_if_done(owner);
    }
}

void commands_answer_waiters(struct runner_execution *owner)
{
    while (owner->waiters != NULL) {
        struct runner_command *command = owner->waiters;
        owner->waiters = (struct runner_command *)command->message.next;
        command->status = (enum execution_status)owner->execution.row.status;
        command_done(command, CLOACINA_OK);
    }
}

static void stop(struct runner *runner, struct runner_command *command)
{
    runner->is_stopping = true;
    command->message.next = runner->stops == NULL ? NULL : &runner->stops->message;
    runner->stops = command;
}

/* When the last body has returned and the last commit is answered. The lease is left to end by
 * itself. */
bool commands_may_stop(const struct runner *runner)
{
    if (runner->stops == NULL || runner->attempts > 0 || runner->dirty != NULL) {
        return false;
    }
    for (const struct runner_execution *owner = runner->all; owner != NULL;
         owner = owner->all_next) {
        if (owner->changeset.is_open || owner->input_count > 0) {
            return false;
        }
    }
    return true;
}

void commands_answer_stops(struct runner *runner)
{
    while (runner->stops != NULL) {
        struct runner_command *command = runner->stops;
        runner->stops = (struct runner_command *)command->message.next;
        command_done(command, CLOACINA_OK);
    }
}

void command_take(struct runner *runner, struct runner_command *command)
{
    command->error.code = CLOACINA_OK;
    command->error.message[0] = '\0';
    switch ((enum runner_command_type)command->message.kind) {
    case RUNNER_SUBMIT:
        submit(runner, command);
        return;
    case RUNNER_PAUSE:
        change(runner, command, EXECUTION_PAUSE);
        return;
    case RUNNER_RESUME:
        change(runner, command, EXECUTION_RESUME);
        return;
    case RUNNER_CANCEL:
        change(runner, command, EXECUTION_CANCEL);
        return;
    case RUNNER_RESET:
        change(runner, command, EXECUTION_RESET);
        return;
    case RUNNER_WAIT:
        wait(runner, command);
        return;
    case RUNNER_STOP:
        stop(runner, command);
        return;
    }
}
