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

static void done_with(struct runner_execution *owner, struct runner_command *command,
                      enum cloacina_code code)
{
    command->id = owner->execution.row.id;
    command->status = (enum execution_status)owner->execution.row.status;
    command->execution = &owner->execution;
    command_done(command, code);
}

static void waiter_add(struct runner_execution *owner, struct runner_command *command)
{
    command->message.next = owner->waiters == NULL ? NULL : &owner->waiters->message;
    owner->waiters = command;
}

void command_settle(struct runner_execution *owner, struct runner_command *command,
                    enum cloacina_code code)
{
    bool is_stored = command->message.kind == RUNNER_SUBMIT && code == CLOACINA_OK;
    if (is_stored) {
        atomic_store_explicit(&command->is_stored, true, memory_order_release);
    }
    if (is_stored && command->waits) {
        waiter_add(owner, command);
    } else {
        done_with(owner, command, code);
    }
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
    waiter_add(owner, command);
    if (execution_status_is_terminal(owner->execution.row.status) && !owner->changeset.is_open) {
        commands_answer_waiters(owner);
        execution_drop_if_done(owner);
    }
}

/* Out of the execution's list; false: it was not there. */
static bool waiter_remove(struct runner_execution *owner, const struct runner_command *command)
{
    struct runner_command *previous = NULL;
    struct runner_command *at = owner->waiters;
    while (at != NULL && at != command) {
        previous = at;
        at = (struct runner_command *)at->message.next;
    }
    if (at != NULL && previous != NULL) {
        previous->message.next = at->message.next;
    } else if (at != NULL) {
        owner->waiters = (struct runner_command *)at->message.next;
    }
    return at != NULL;
}

static void end_wait(struct runner *runner, struct runner_command *other)
{
    struct runner_execution *owner = id_map_get(&runner->by_id, other->id);
    other->waits = false;
    if (owner != NULL && waiter_remove(owner, other)) {
        command_done(other, cloacina_error_raise(&other->error, CLOACINA_TIMEOUT,
                                                 "the execution is not over yet"));
    }
}

static void look_later(struct runner *runner, struct runner_command *command)
{
    command->message.next = runner->looks == NULL ? NULL : &runner->looks->message;
    runner->looks = command;
}

/* Its rows here are ahead of the store's. */
static bool is_ahead(const struct runner *runner, struct id id)
{
    const struct runner_execution *owner = id_map_get(&runner->by_id, id);
    return owner != NULL && (owner->changeset.is_open || owner->is_new);
}

/* What was loaded for this look only is forgotten after it. */
static void look(struct runner *runner, struct runner_command *command)
{
    bool is_loaded = id_map_get(&runner->by_id, command->id) != NULL;
    struct runner_execution *owner = fresh_execution(runner, command);
    if (owner == NULL) {
        return;
    }
    done_with(owner, command, CLOACINA_OK);
    if (!is_loaded && !owner->is_dirty) {
        execution_drop(owner);
    } else {
        execution_drop_if_done(owner);
    }
}

void commands_answer_waiters(struct runner_execution *owner)
{
    while (owner->waiters != NULL) {
        struct runner_command *command = owner->waiters;
        owner->waiters = (struct runner_command *)command->message.next;
        done_with(owner, command, CLOACINA_OK);
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

void commands_answer_looks(struct runner *runner)
{
    struct runner_command *command = runner->looks;
    runner->looks = NULL;
    while (command != NULL) {
        struct runner_command *next = (struct runner_command *)command->message.next;
        if (is_ahead(runner, command->id)) {
            look_later(runner, command); /* the store has not answered yet */
        } else {
            look(runner, command);
        }
        command = next;
    }
}

void command_take(struct runner *runner, struct runner_command *command)
{
    command->error.code = CLOACINA_OK;
    command->error.message[0] = '\0';
    command->execution = NULL;
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
    case RUNNER_LOOK:
        look_later(runner, command);
        return;
    case RUNNER_END_WAIT:
        end_wait(runner, command->other);
        command_done(command, CLOACINA_OK);
        return;
    case RUNNER_CALL:
        command->code = CLOACINA_OK;
        command->call(runner, command);
        command_done(command, command->code);
        return;
    case RUNNER_RECALL_PARKED:
    case RUNNER_RECALL:
        attempts_recall(runner, command->message.kind == RUNNER_RECALL_PARKED);
        command_done(command, CLOACINA_OK);
        return;
    }
}

/* ---- the end ---- */

static void refuse_list(struct runner_command *list, enum cloacina_code code, const char *message)
{
    while (list != NULL) {
        struct runner_command *command = list;
        list = (struct runner_command *)command->message.next;
        command->execution = NULL;
        command_done(command, cloacina_error_raise(&command->error, code, "%s", message));
    }
}

static void refuse_inputs(struct runner_execution *owner, enum cloacina_code code,
                          const char *message)
{
    for (size_t i = 0; i < owner->input_count; i++) {
        struct runner_command *command = owner->inputs[i].command;
        if (command != NULL) {
            owner->inputs[i].command = NULL;
            command->message.next = NULL;
            refuse_list(command, code, message);
        }
    }
}

void runner_refuse(struct runner *runner, enum cloacina_code code, const char *message)
{
    struct inbox_message *next;
    for (struct inbox_message *posted = inbox_drain(&runner->inbox); posted != NULL;
         posted = next) {
        next = posted->next;
        if (posted->kind >= RUNNER_SUBMIT) { /* else an attempt says something: too late */
            posted->next = NULL;
            refuse_list((struct runner_command *)posted, code, message);
        }
    }
    for (struct runner_execution *owner = runner->all; owner != NULL; owner = owner->all_next) {
        struct runner_command *waiters = owner->waiters;
        owner->waiters = NULL;
        refuse_list(waiters, code, message);
        refuse_inputs(owner, code, message);
    }
    struct runner_command *stops = runner->stops;
    struct runner_command *looks = runner->looks;
    runner->stops = runner->looks = NULL;
    refuse_list(stops, code, message);
    refuse_list(looks, code, message);
}
