/* SPDX-License-Identifier: Apache-2.0 */
/* execution.c - the handle of an execution: the newest picture, and calls that bring a newer one.
 *
 * Law: a call that fails leaves the picture as it was. */

#include "base/instant.h"
#include "execution/state.h"
#include "production/production.h"

struct cloacina_execution *execution_handle(struct cloacina_runner *runner, struct picture *picture)
{
    struct cloacina_execution *execution = heap_take(runner->heap, sizeof(*execution));
    if (execution == NULL) {
        picture_destroy(picture);
        return NULL;
    }
    *execution = (struct cloacina_execution){.runner = runner, .picture = picture};
    return execution;
}

void cloacina_execution_destroy(struct cloacina_execution *execution)
{
    if (execution != NULL) {
        picture_destroy(execution->picture);
        heap_give(execution->runner->heap, execution, sizeof(*execution));
    }
}

/* ---- names ---- */

const char *cloacina_execution_status_name(enum cloacina_execution_status status)
{
    return (unsigned)status < EXECUTION_STATUSES
               ? execution_status_name((enum execution_status)status)
               : "unknown-status";
}

const char *cloacina_task_status_name(enum cloacina_task_status status)
{
    return (unsigned)status < TASK_STATUSES ? task_status_name((enum task_status)status)
                                            : "unknown-status";
}

/* ---- calls that bring a new picture ---- */

static struct call *ask(struct cloacina_execution *execution, enum runner_command_type type,
                        const char *reason, struct cloacina_error *err)
{
    struct call *call = call_create(execution->runner, type, text_of(reason), err);
    if (call != NULL) {
        call->command.id = execution->picture->id;
        call->command.task = TASK_NONE;
        call->command.reason = call->command.context;
        call->wants_picture = true;
    }
    return call;
}

/* Makes the call and drops it. */
static enum cloacina_code answer(struct cloacina_execution *execution, struct call *call,
                                 int64_t deadline, struct cloacina_error *err)
{
    if (call == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    enum cloacina_code code = call_make(call, deadline, err);
    if (code == CLOACINA_OK) {
        picture_destroy(execution->picture);
        execution->picture = call->picture;
        call->picture = NULL;
    }
    call_drop(call);
    return code;
}

enum cloacina_code cloacina_execution_refresh(struct cloacina_execution *execution,
                                              struct cloacina_error *err)
{
    return answer(execution, ask(execution, RUNNER_LOOK, NULL, err), INSTANT_NEVER, err);
}

static enum cloacina_code not_over(const struct cloacina_execution *execution,
                                   struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_TIMEOUT, "runner '%s': execution %s is not over yet",
                                execution->runner->name, execution->picture->id_text);
}

enum cloacina_code cloacina_execution_wait(struct cloacina_execution *execution, int64_t timeout_ms,
                                           struct cloacina_error *err)
{
    struct cloacina_runner *runner = execution->runner;
    if (execution->picture->is_over) {
        return CLOACINA_OK;
    }
    if (timeout_ms == 0) {
        enum cloacina_code code = cloacina_execution_refresh(execution, err);
        return code == CLOACINA_OK && !execution->picture->is_over ? not_over(execution, err)
                                                                   : code;
    }
    if (runner->host != NULL && step_is_mine(runner)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "runner '%s': the thread that steps and works cannot wait for "
                                    "the bodies; wait with a timeout of 0 between the steps",
                                    runner->name);
    }
    int64_t timeout = timeout_ms < 0 ? INSTANT_NEVER : nanoseconds_of_ms(timeout_ms);
    enum cloacina_code code = answer(execution, ask(execution, RUNNER_WAIT, NULL, err),
                                     call_deadline(runner, timeout), err);
    return code == CLOACINA_TIMEOUT ? not_over(execution, err) : code;
}

enum cloacina_code cloacina_execution_pause(struct cloacina_execution *execution,
                                            const char *reason, struct cloacina_error *err)
{
    return answer(execution, ask(execution, RUNNER_PAUSE, reason, err), INSTANT_NEVER, err);
}

enum cloacina_code cloacina_execution_resume(struct cloacina_execution *execution,
                                             struct cloacina_error *err)
{
    return answer(execution, ask(execution, RUNNER_RESUME, NULL, err), INSTANT_NEVER, err);
}

enum cloacina_code cloacina_execution_cancel(struct cloacina_execution *execution,
                                             const char *reason, struct cloacina_error *err)
{
    return answer(execution, ask(execution, RUNNER_CANCEL, reason, err), INSTANT_NEVER, err);
}

enum cloacina_code cloacina_execution_retry(struct cloacina_execution *execution, const char *task,
                                            struct cloacina_error *err)
{
    uint32_t index = TASK_NONE;
    if (task != NULL) {
        enum cloacina_code code =
            workflow_find(execution->picture->workflow, text_of(task), &index, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    struct call *call = ask(execution, RUNNER_RESET, NULL, err);
    if (call != NULL) {
        call->command.task = index;
    }
    return answer(execution, call, INSTANT_NEVER, err);
}

enum cloacina_code cloacina_execution_explain(struct cloacina_execution *execution,
                                              const char **ret_text, struct cloacina_error *err)
{
    struct call *call = ask(execution, RUNNER_LOOK, NULL, err);
    if (call != NULL) {
        call->wants_explanation = true;
    }
    enum cloacina_code code = answer(execution, call, INSTANT_NEVER, err);
    if (code == CLOACINA_OK) {
        *ret_text = text_builder_terminated(&execution->picture->explanation);
    }
    return code;
}

enum cloacina_code cloacina_runner_find(struct cloacina_runner *runner, const char *id,
                                        struct cloacina_execution **ret_execution,
                                        struct cloacina_error *err)
{
    struct id parsed;
    *ret_execution = NULL;
    enum cloacina_code code = id_parse(text_of(id), &parsed, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct call *call = call_create(runner, RUNNER_LOOK, (struct text){0}, err);
    if (call == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    call->command.id = parsed;
    call->wants_picture = true;
    code = call_make(call, INSTANT_NEVER, err);
    if (code == CLOACINA_OK) {
        *ret_execution = execution_handle(runner, call->picture);
        call->picture = NULL;
        code = *ret_execution != NULL
                   ? code
                   : cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                          "runner '%s': no memory for the handle", runner->name);
    }
    call_drop(call);
    return code;
}

/* ---- looking ---- */

const struct cloacina_execution_info *
cloacina_execution_look(const struct cloacina_execution *execution)
{
    return &execution->picture->info;
}

const struct cloacina_task_info *cloacina_execution_task(const struct cloacina_execution *execution,
                                                         uint32_t task)
{
    const struct picture *picture = execution->picture;
    return task < picture->info.tasks ? &picture->tasks[task] : NULL;
}

const char *cloacina_execution_context(const struct cloacina_execution *execution)
{
    const struct picture *picture = execution->picture;
    return picture->is_over ? text_builder_terminated(&picture->context) : NULL;
}
