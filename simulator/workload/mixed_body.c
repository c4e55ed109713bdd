/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_body.c - one body that takes any steps.
 *
 * Law: what it does follows from its script, its attempt, its input and what the world answers; it
 * keeps nothing between attempts. */
#include "workload/mixed_script.h"

#include <stdio.h>
#include <string.h>

static enum cloacina_code take_sleep(struct cloacina_task *task, const struct mixed_step *step,
                                     struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, step->number, err);
}

/* True once it was asked often enough; `user` counts down. */
static int was_asked_enough(void *user)
{
    uint32_t *left = user;
    *left -= *left > 0;
    return *left == 0;
}

static enum cloacina_code take_defer(struct cloacina_task *task, const struct mixed_step *step,
                                     struct cloacina_error *err)
{
    uint32_t left = step->number;
    return cloacina_task_defer_until(task, was_asked_enough, &left, MIXED_DEFER_INTERVAL_MS, err);
}

static enum cloacina_code happens(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code take_effect(struct cloacina_task *task, const struct mixed_step *step,
                                      struct cloacina_error *err)
{
    const struct mixed_script *script = cloacina_task_user(task);
    struct cloacina_effect effect = {
        .name = script->effect,
        .key = cloacina_task_idempotency_key(task),
        .apply = happens,
        .once_per_key = script->is_once_per_key,
    };
    (void)step;
    return cloacina_task_effect(task, &effect, err);
}

static enum cloacina_code take_set(struct cloacina_task *task, const struct mixed_step *step,
                                   struct cloacina_error *err)
{
    return cloacina_context_set_json(cloacina_task_context(task), step->key, step->text, err);
}

static enum cloacina_code take_remove(struct cloacina_task *task, const struct mixed_step *step,
                                      struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    return cloacina_context_has(context, step->key)
               ? cloacina_context_remove(context, step->key, err)
               : CLOACINA_OK;
}

static bool is_no_number(enum cloacina_code code)
{
    return code == CLOACINA_NOT_FOUND || code == CLOACINA_WRONG_TYPE ||
           code == CLOACINA_OUT_OF_RANGE;
}

static enum cloacina_code take_count(struct cloacina_task *task, const struct mixed_step *step,
                                     struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t count = 0;
    enum cloacina_code code = cloacina_context_get_int64(context, step->key, &count, err);
    if (code != CLOACINA_OK && !is_no_number(code)) {
        return code;
    }
    return cloacina_context_set_int64(context, step->key, count < INT64_MAX ? count + 1 : 1, err);
}

static enum cloacina_code take_copy(struct cloacina_task *task, const struct mixed_step *step,
                                    struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *json;
    if (!cloacina_context_has(context, step->text)) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = cloacina_context_get_json(context, step->text, &json, err);
    return code == CLOACINA_OK ? cloacina_context_set_json(context, step->key, json, err) : code;
}

static enum cloacina_code take_draw(struct cloacina_task *task, const struct mixed_step *step,
                                    struct cloacina_error *err)
{
    uint64_t drawn = cloacina_task_random(task, step->number);
    return cloacina_context_set_uint64(cloacina_task_context(task), step->key, drawn, err);
}

static enum cloacina_code take_look(struct cloacina_task *task, const struct mixed_step *step,
                                    struct cloacina_error *err)
{
    (void)step;
    return cloacina_task_is_cancelled(task)
               ? cloacina_error_raise(err, CLOACINA_CANCELLED, "cancelled: there is no more to do")
               : CLOACINA_OK;
}

static enum cloacina_code take_fail(struct cloacina_task *task, const struct mixed_step *step,
                                    struct cloacina_error *err)
{
    return cloacina_error_raise(err, step->code, "%s (attempt %u)", step->text,
                                (unsigned)cloacina_task_attempt(task));
}

enum cloacina_code mixed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    static enum cloacina_code (*const take[STEPS])(
        struct cloacina_task *, const struct mixed_step *, struct cloacina_error *) = {
        [STEP_SLEEP] = take_sleep, [STEP_DEFER] = take_defer,   [STEP_EFFECT] = take_effect,
        [STEP_SET] = take_set,     [STEP_REMOVE] = take_remove, [STEP_COUNT] = take_count,
        [STEP_COPY] = take_copy,   [STEP_DRAW] = take_draw,     [STEP_LOOK] = take_look,
        [STEP_FAIL] = take_fail,
    };
    struct mixed_script *script = cloacina_task_user(task);
    enum cloacina_code code = CLOACINA_OK;
    if (strcmp(cloacina_task_name(task), script->name) != 0) {
        (void)snprintf(script->taken_by, sizeof(script->taken_by), "%s", cloacina_task_name(task));
    }
    for (uint32_t i = 0; i < script->step_count && code == CLOACINA_OK; i++) {
        const struct mixed_step *step = &script->steps[i];
        if (step->attempts == 0 || cloacina_task_attempt(task) <= step->attempts) {
            code = take[step->kind](task, step, err);
        }
    }
    return code;
}
