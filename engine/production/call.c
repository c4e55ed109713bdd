/* SPDX-License-Identifier: Apache-2.0 */
/* call.c - asking the stepping thread, from any thread.
 *
 *   caller   create --post--> wait ............ take the answer --drop-->
 *                       \                      /                         \ last one frees
 *   step                 `--> command --> done --drop--------------------/
 *
 * Laws: each call is answered exactly once, by the step or, when that is over, by whoever finds it in
 * the inbox. A caller that goes before the answer leaves nothing behind that it would have to wait
 * for. */
#include <string.h>

#include "base/instant.h"
#include "production/production.h"

#define RETRY_NS (200 * NANOSECONDS_PER_MILLISECOND)
#define OVER "the runner has shut down"

int64_t call_deadline(const struct cloacina_runner *runner, int64_t timeout_ns)
{
    return timeout_ns == INSTANT_NEVER
               ? INSTANT_NEVER
               : instant_add(cloacina_clock_monotonic(runner->clock), timeout_ns);
}

static void call_free(struct call *call)
{
    picture_destroy(call->picture);
    workflow_unref(call->workflow);
    gate_finish(&call->gate);
    heap_give(call->runner->heap, call, sizeof(*call) + call->context_size);
}

void call_drop(struct call *call)
{
    if (call == NULL) {
        return;
    }
    gate_lock(&call->gate);
    bool is_last = --call->references == 0;
    gate_unlock(&call->gate);
    if (is_last) {
        call_free(call);
    }
}

/* ---- on the stepping thread ---- */

static bool picture_make(struct call *call)
{
    struct cloacina_runner *runner = call->runner;
    struct execution *execution = call->command.execution;
    if (!call->wants_picture || execution == NULL) {
        return true;
    }
    call->picture = picture_take(runner->heap, execution);
    if (call->picture != NULL && call->wants_explanation) {
        struct text_builder *text = &call->picture->explanation;
        runner_explain(runner->step, execution, runner_now(runner->step), text);
        return !text->failed;
    }
    return call->picture != NULL;
}

static void done(struct runner_command *command)
{
    struct call *call = (struct call *)command;
    gate_lock(&call->gate);
    bool is_abandoned = call->is_abandoned;
    gate_unlock(&call->gate);
    if (!is_abandoned && !picture_make(call)) {
        command->code =
            cloacina_error_raise(&command->error, CLOACINA_NO_MEMORY, "no memory for the answer");
    }
    gate_lock(&call->gate);
    call->is_done = true;
    gate_signal(&call->gate);
    gate_unlock(&call->gate);
    call_drop(call);
}

static void end_done(struct runner_command *command)
{
    call_drop(CONTAINER_OF(command, struct call, end));
}

/* ---- posting ---- */

static void refuse_all(struct cloacina_runner *runner)
{
    gate_lock(&runner->life_lock);
    runner_refuse(runner->step, CLOACINA_UNAVAILABLE, OVER);
    gate_unlock(&runner->life_lock);
}

/* Either the closing finds it in the inbox, or it finds that the runner is closed. */
static void post(struct cloacina_runner *runner, struct runner_command *command)
{
    runner_post(runner->step, command);
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load(&runner->is_closed)) {
        refuse_all(runner);
    }
}

void calls_close(struct cloacina_runner *runner)
{
    atomic_store(&runner->is_closed, true);
    atomic_thread_fence(memory_order_seq_cst);
    refuse_all(runner);
    gate_lock(&runner->life_lock);
    gate_broadcast(&runner->life_lock);
    gate_unlock(&runner->life_lock);
}

struct call *call_create(struct cloacina_runner *runner, enum runner_command_type type,
                         struct text context, struct cloacina_error *err)
{
    struct call *call = heap_take(runner->heap, sizeof(*call) + context.length);
    if (call == NULL) {
        (void)cloacina_error_raise(err, CLOACINA_NO_MEMORY, "runner '%s': no memory", runner->name);
        return NULL;
    }
    *call = (struct call){
        .command = {.message = {.kind = type}, .done = done},
        .end = {.message = {.kind = RUNNER_END_WAIT}, .done = end_done},
        .runner = runner,
        .references = 1,
        .context_size = context.length,
    };
    gate_init(&call->gate);
    call->end.other = &call->command;
    if (context.length > 0) {
        memcpy(call->context, context.bytes, context.length);
        call->command.context = (struct text){call->context, context.length};
    }
    return call;
}

void call_post(struct call *call)
{
    gate_lock(&call->gate);
    call->references++;
    call->is_done = false;
    gate_unlock(&call->gate);
    post(call->runner, &call->command);
}

/* ---- waiting ---- */

static bool is_done(struct call *call)
{
    gate_lock(&call->gate);
    bool is_done = call->is_done;
    gate_unlock(&call->gate);
    return is_done;
}

static bool wait_stepping(struct call *call, int64_t deadline)
{
    struct cloacina_runner *runner = call->runner;
    while (!is_done(call)) {
        if (cloacina_clock_monotonic(runner->clock) >= deadline) {
            return false;
        }
        step_meanwhile(runner, deadline);
    }
    return true;
}

bool call_wait(struct call *call, int64_t deadline)
{
    if (step_is_mine(call->runner)) {
        return wait_stepping(call, deadline);
    }
    gate_lock(&call->gate);
    while (!call->is_done && gate_wait(&call->gate, deadline)) {
    }
    bool is_done = call->is_done;
    gate_unlock(&call->gate);
    return is_done;
}

/* Nobody waits any more; false: it was answered at this moment. */
static bool abandon(struct call *call)
{
    gate_lock(&call->gate);
    call->is_abandoned = !call->is_done;
    bool is_abandoned = call->is_abandoned;
    call->references += is_abandoned;
    gate_unlock(&call->gate);
    if (is_abandoned) {
        post(call->runner, &call->end);
    }
    return is_abandoned;
}

/* A moment before the store is asked again. False: the runner has shut down. */
static bool rest(struct cloacina_runner *runner, int64_t deadline)
{
    int64_t end = call_deadline(runner, RETRY_NS);
    end = end < deadline ? end : deadline;
    gate_lock(&runner->life_lock);
    while (!atomic_load(&runner->is_closed) && gate_wait(&runner->life_lock, end)) {
    }
    gate_unlock(&runner->life_lock);
    return !atomic_load(&runner->is_closed);
}

enum cloacina_code call_make(struct call *call, int64_t deadline, struct cloacina_error *err)
{
    struct cloacina_runner *runner = call->runner;
    bool asks_again;
    do {
        call_post(call);
        if (!call_wait(call, deadline) && abandon(call)) {
            return cloacina_error_raise(err, CLOACINA_TIMEOUT, "runner '%s': it is not over yet",
                                        runner->name);
        }
        asks_again = call->command.code == CLOACINA_UNAVAILABLE && !step_is_mine(runner) &&
                     cloacina_clock_monotonic(runner->clock) < deadline &&
                     !atomic_load(&call->command.is_stored) && rest(runner, deadline);
    } while (asks_again);
    enum cloacina_code code = call->command.code;
    return code == CLOACINA_OK ? code
                               : cloacina_error_raise(err, code, "runner '%s': %s", runner->name,
                                                      call->command.error.message);
}

enum cloacina_code call_run(struct cloacina_runner *runner,
                            void (*run)(struct runner *step, struct runner_command *command),
                            void *argument, struct cloacina_error *err)
{
    struct call *call = call_create(runner, RUNNER_CALL, (struct text){0}, err);
    if (call == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    call->command.call = run;
    call->argument = argument;
    enum cloacina_code code = call_make(call, INSTANT_NEVER, err);
    call_drop(call);
    return code;
}
