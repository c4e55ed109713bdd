/* SPDX-License-Identifier: Apache-2.0 */
/* execute.c - new executions: a name becomes a definition, a definition an execution.
 *
 * Law: submitting and waiting for the end are one message, so that an execute() is woken once. */
#include <string.h>

#include "base/instant.h"
#include "production/production.h"

/* ---- which workflow ---- */

/* A definition that only the store knows. */
struct lookup {
    struct cloacina_runner *runner;
    struct text name;
    struct workflow *workflow;
};

static void look_up(struct runner *step, struct runner_command *command)
{
    struct call *call = (struct call *)command;
    struct lookup *lookup = call->argument;
    struct dal *dal = &lookup->runner->store.dal;
    struct arena arena;
    struct text json;
    (void)step;
    arena_init(&arena, lookup->runner->heap);
    command->code = dal->impl->definition(dal, lookup->name, &arena, &json, &command->error);
    if (command->code == CLOACINA_OK) {
        command->code =
            workflow_read(lookup->runner->heap, json, &lookup->workflow, &command->error);
    }
    arena_finish(&arena);
}

static enum cloacina_code find_here(struct cloacina_runner *runner, struct text name,
                                    const struct workflow **ret_workflow,
                                    struct cloacina_error *err)
{
    struct cloacina_workflow *found;
    gate_lock(&runner->registry_lock);
    enum cloacina_code code = registry_find_workflow(&runner->registry, name, &found, err);
    if (code == CLOACINA_OK) {
        *ret_workflow = workflow_ref(found->definition);
    }
    gate_unlock(&runner->registry_lock);
    return code;
}

/* A reference for the caller. Where this program has no such workflow, another one may have left its
 * definition in the store; NOT_FOUND then speaks of what is here. */
static enum cloacina_code find_workflow(struct cloacina_runner *runner, const char *name,
                                        const struct workflow **ret_workflow,
                                        struct cloacina_error *err)
{
    struct cloacina_error here = {CLOACINA_OK, ""};
    enum cloacina_code code = find_here(runner, text_of(name), ret_workflow, &here);
    if (code == CLOACINA_NOT_FOUND && strstr(name, "::") == NULL) {
        struct lookup lookup = {.runner = runner, .name = text_of(name)};
        code = call_run(runner, look_up, &lookup, err);
        *ret_workflow = lookup.workflow;
        if (code != CLOACINA_NOT_FOUND) {
            return code;
        }
    }
    return code == CLOACINA_OK
               ? code
               : cloacina_error_raise(err, code, "runner '%s': %s", runner->name, here.message);
}

/* ---- submitting ---- */

static enum cloacina_code submit_create(struct cloacina_runner *runner, const char *workflow,
                                        const char *context, struct call **ret_call,
                                        struct cloacina_error *err)
{
    const struct workflow *definition;
    if (workflow == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "runner '%s': no workflow was named",
                                    runner->name);
    }
    enum cloacina_code code = find_workflow(runner, workflow, &definition, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_call = call_create(runner, RUNNER_SUBMIT, text_of(context), err);
    if (*ret_call == NULL) {
        workflow_unref(definition);
        return CLOACINA_NO_MEMORY;
    }
    (*ret_call)->workflow = definition;
    (*ret_call)->command.workflow = (struct workflow *)definition;
    (*ret_call)->wants_picture = true;
    return CLOACINA_OK;
}

/* Is there an execution to show? Of one that is stored and whose end nobody told, what is known. */
static enum cloacina_code handle_of(struct call *call, struct cloacina_execution **ret_execution,
                                    struct cloacina_error *err)
{
    struct cloacina_runner *runner = call->runner;
    struct picture *picture = call->picture;
    call->picture = NULL;
    if (picture == NULL && atomic_load_explicit(&call->command.is_stored, memory_order_acquire)) {
        picture = picture_of_new(runner->heap, call->workflow, call->command.id);
    } else if (picture == NULL) {
        *ret_execution = NULL;
        return CLOACINA_OK;
    }
    *ret_execution = picture == NULL ? NULL : execution_handle(runner, picture);
    return *ret_execution != NULL
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                      "runner '%s': no memory for the handle", runner->name);
}

static enum cloacina_code submit(struct cloacina_runner *runner, const char *workflow,
                                 const char *context, bool waits,
                                 struct cloacina_execution **ret_execution,
                                 struct cloacina_error *err)
{
    struct call *call = NULL;
    *ret_execution = NULL;
    enum cloacina_code code = submit_create(runner, workflow, context, &call, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    call->command.waits = waits;
    int64_t timeout = waits ? runner->workflow_timeout_ns : INSTANT_NEVER;
    code = call_make(call, call_deadline(runner, timeout), err);
    enum cloacina_code handle_code =
        handle_of(call, ret_execution, code == CLOACINA_OK ? err : NULL);
    call_drop(call);
    return code != CLOACINA_OK ? code : handle_code;
}

enum cloacina_code cloacina_runner_execute(struct cloacina_runner *runner, const char *workflow,
                                           const char *context,
                                           struct cloacina_execution **ret_execution,
                                           struct cloacina_error *err)
{
    *ret_execution = NULL;
    if (runner->host != NULL && step_is_mine(runner)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "runner '%s': the thread that steps and works cannot wait for "
                                    "the bodies; use cloacina_runner_execute_async",
                                    runner->name);
    }
    return submit(runner, workflow, context, true, ret_execution, err);
}

enum cloacina_code cloacina_runner_execute_async(struct cloacina_runner *runner,
                                                 const char *workflow, const char *context,
                                                 struct cloacina_execution **ret_execution,
                                                 struct cloacina_error *err)
{
    return submit(runner, workflow, context, false, ret_execution, err);
}
