/* SPDX-License-Identifier: Apache-2.0 */
/* handle.c - what a body holds in its hand: struct cloacina_task, the same in production and in a
 * world.
 *
 * Law: everything that touches the outside goes through the body_environment; nothing here knows
 * where it runs. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/instant.h"
#include "context/context.h"
#include "executor/executor.h"

enum { TOKEN_SIZE = 48 };

struct cloacina_task {
    struct body_environment *environment; /* Borrowed; outlives the body */
    struct attempt *attempt;              /* Borrowed; outlives the handle */
    struct cloacina_heap *heap;           /* Borrowed */
    struct cloacina_context context;
    struct arena arena; /* of the delta */
    struct cloacina_error error;
    char token[TOKEN_SIZE];
    char key[]; /* "<execution id>:<task name>" */
};

static struct cloacina_task *handle_create(struct body_environment *environment)
{
    struct attempt *attempt = environment->attempt;
    size_t key_size = ID_TEXT_SIZE + 1 + attempt->task->name_length;
    struct cloacina_task *handle = heap_take(environment->heap, sizeof(*handle) + key_size);
    if (handle == NULL) {
        return NULL;
    }
    handle->environment = environment;
    handle->attempt = attempt;
    handle->heap = environment->heap;
    handle->error.code = CLOACINA_OK;
    handle->error.message[0] = '\0';
    arena_init(&handle->arena, environment->heap);
    context_init(&handle->context, environment->heap, attempt->task->name, attempt->input);
    id_print(attempt->execution, handle->key);
    handle->key[ID_TEXT_SIZE - 1] = ':';
    memcpy(handle->key + ID_TEXT_SIZE, attempt->task->name, attempt->task->name_length + 1);
    (void)snprintf(handle->token, sizeof(handle->token), "%" PRIu64 ".%" PRIu64,
                   attempt->claim.lease, attempt->claim.serial);
    return handle;
}

void body_handle_destroy(struct cloacina_task *handle)
{
    if (handle != NULL) {
        context_finish(&handle->context);
        arena_finish(&handle->arena);
        heap_give(handle->heap, handle,
                  sizeof(*handle) + ID_TEXT_SIZE + 1 + handle->attempt->task->name_length);
    }
}

/* A body that returns a code without a message still gets a sentence. */
static const char *message_of(struct cloacina_task *handle, enum cloacina_code code)
{
    if (handle->error.message[0] == '\0') {
        (void)snprintf(handle->error.message, sizeof(handle->error.message),
                       "the body returned '%s' without a message", cloacina_code_name(code));
    }
    return handle->error.message;
}

struct cloacina_task *body_run(struct body_environment *environment)
{
    struct attempt *attempt = environment->attempt;
    struct cloacina_task *handle = handle_create(environment);
    if (handle == NULL) {
        attempt->outcome = (struct attempt_outcome){.code = CLOACINA_NO_MEMORY,
                                                    .message = "no memory for the body"};
        return NULL;
    }
    const struct delta *delta = NULL;
    enum cloacina_code code = attempt->body(handle, &handle->error);
    if (code == CLOACINA_OK) {
        handle->error.message[0] = '\0';
        code = context_delta(&handle->context, &handle->arena, &delta, &handle->error);
    }
    attempt->outcome = (struct attempt_outcome){
        .code = code,
        .message = code == CLOACINA_OK ? NULL : message_of(handle, code),
        .delta = code == CLOACINA_OK ? delta : NULL,
    };
    return handle;
}

/* ---- the public handle ---- */

struct cloacina_context *cloacina_task_context(struct cloacina_task *task)
{
    return &task->context;
}

const char *cloacina_task_name(const struct cloacina_task *task)
{
    return task->attempt->task->name;
}

void *cloacina_task_user(const struct cloacina_task *task)
{
    return task->attempt->user;
}

uint32_t cloacina_task_attempt(const struct cloacina_task *task)
{
    return task->attempt->number;
}

uint32_t cloacina_task_attempts_max(const struct cloacina_task *task)
{
    return task->attempt->task->retry->attempts_max;
}

const char *cloacina_task_idempotency_key(const struct cloacina_task *task)
{
    return task->key;
}

const char *cloacina_task_token(const struct cloacina_task *task)
{
    return task->token;
}

int64_t cloacina_task_now(const struct cloacina_task *task)
{
    return task->environment->impl->now(task->environment);
}

uint64_t cloacina_task_random(struct cloacina_task *task, uint64_t bound)
{
    return task->environment->impl->random(task->environment, bound);
}

int cloacina_task_is_cancelled(const struct cloacina_task *task)
{
    return attempt_is_cancelled(task->attempt);
}

enum cloacina_code body_sleep(struct cloacina_task *task, int64_t duration,
                              struct cloacina_error *err)
{
    return task->environment->impl->sleep(task->environment, duration < 0 ? 0 : duration, err);
}

enum cloacina_code cloacina_task_sleep_ms(struct cloacina_task *task, int64_t milliseconds,
                                          struct cloacina_error *err)
{
    return body_sleep(task, nanoseconds_of_ms(milliseconds), err);
}

enum cloacina_code cloacina_task_defer_until(struct cloacina_task *task,
                                             int (*condition)(void *user), void *user,
                                             int64_t interval_ms, struct cloacina_error *err)
{
    if (condition == NULL || interval_ms < 1) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "task '%s': defer_until wants %s", cloacina_task_name(task),
            condition == NULL ? "a condition" : "an interval of at least 1 ms");
    }
    struct body_environment *environment = task->environment;
    enum cloacina_code code = environment->impl->post_and_wait(environment, ATTEMPT_DEFERRED, err);
    while (code == CLOACINA_OK) {
        code = cloacina_task_sleep_ms(task, interval_ms, err);
        if (code == CLOACINA_OK && condition(user)) {
            return environment->impl->post_and_wait(environment, ATTEMPT_WANTS_SLOT, err);
        }
    }
    return code;
}

enum cloacina_code cloacina_task_effect(struct cloacina_task *task,
                                        const struct cloacina_effect *effect,
                                        struct cloacina_error *err)
{
    if (effect->name == NULL || effect->apply == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "task '%s': an effect wants a name and an apply",
                                    cloacina_task_name(task));
    }
    if (effect->once_per_key && effect->key == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "task '%s': effect '%s' is once per key and has no key",
                                    cloacina_task_name(task), effect->name);
    }
    return task->environment->impl->effect(task->environment, effect, err);
}
