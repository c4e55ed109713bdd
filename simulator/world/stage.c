/* SPDX-License-Identifier: Apache-2.0 */
/* stage.c - coroutines of bodies, and every call that reaches the world from one. */
#include "world/stage.h"

#include <string.h>

#include "base/instant.h"
#include "context/context.h"
#include "world/world.h"

static struct cloacina_world *world_of(const struct stage *stage)
{
    return stage->body->actor->world;
}

static struct stage *stage_of(struct body_environment *environment)
{
    return (struct stage *)environment;
}

/* ---- waiting ---- */

static enum cloacina_code crashed(const struct stage *stage, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_CRASHED, "%s: %s is dead", stage->name,
                                stage->body->actor->name);
}

/* Nothing it asks for happens any more. */
static bool is_over(const struct stage *stage)
{
    return world_of(stage)->is_ending || actor_is_dead(stage->body->actor);
}

static enum cloacina_code enter(struct stage *stage, struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    if (world->checkers != NULL && !is_over(stage)) {
        checkers_effect_call(world->checkers, &stage->spin, stage->name);
        checkers_body_effect(world->checkers, stage->body->attempt);
    }
    if (is_over(stage) || !world_goes_on(world)) {
        coroutine_yield();
        return crashed(stage, err);
    }
    return CLOACINA_OK;
}

enum cloacina_code stage_wait(struct stage *stage, struct cloacina_error *err)
{
    coroutine_yield();
    if (is_over(stage)) {
        return crashed(stage, err);
    }
    if (stage->answer == CLOACINA_CANCELLED || attempt_is_cancelled(stage->body->attempt)) {
        return cloacina_error_raise(err, CLOACINA_CANCELLED, "%s was cancelled", stage->name);
    }
    return stage->answer;
}

enum cloacina_code stage_die(const struct stage *stage, int64_t restart_after_ns, const char *where,
                             struct cloacina_error *err)
{
    actor_kill(stage->body->actor, restart_after_ns, where);
    return crashed(stage, err);
}

/* Enters; a cancelled body is told so by each of its waiting calls, after others could run. */
static enum cloacina_code enter_waiting(struct stage *stage, struct cloacina_error *err)
{
    enum cloacina_code code = enter(stage, err);
    stage->answer = CLOACINA_OK;
    if (code == CLOACINA_OK && attempt_is_cancelled(stage->body->attempt)) {
        stage->answer = CLOACINA_CANCELLED;
        timeline_plan_now(&world_of(stage)->timeline, &stage->body->event);
        code = stage_wait(stage, err);
    }
    return code;
}

/* ---- the environment ---- */

static int64_t environment_now(struct body_environment *environment)
{
    struct stage *stage = stage_of(environment);
    (void)enter(stage, NULL);
    return cloacina_clock_realtime(&stage->body->actor->clock.clock);
}

/* Where a body waits, its process may die. */
static enum cloacina_code enter_sleeping(struct stage *stage, struct cloacina_error *err)
{
    struct cloacina_world *world = world_of(stage);
    enum cloacina_code code = enter_waiting(stage, err);
    if (code == CLOACINA_OK && !world->oracle.is_calm) {
        struct choice choice = body_ask(stage->body, SITE_WAIT);
        code = choice.fault == FAULT_CRASH
                   ? stage_die(stage, choice.amount, site_name(SITE_WAIT), err)
                   : code;
    }
    return code;
}

static enum cloacina_code environment_sleep(struct body_environment *environment, int64_t duration,
                                            struct cloacina_error *err)
{
    struct stage *stage = stage_of(environment);
    struct virtual_clock *clock = &stage->body->actor->clock;
    enum cloacina_code code = enter_sleeping(stage, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    int64_t local = cloacina_clock_monotonic(&clock->clock);
    int64_t deadline = instant_add(local, duration < 0 ? 0 : duration);
    if (!body_plan(stage->body, virtual_clock_world_time(clock, deadline))) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "%s: no memory to sleep", stage->name);
    }
    return stage_wait(stage, err);
}

static enum cloacina_code environment_post_and_wait(struct body_environment *environment,
                                                    enum attempt_message message,
                                                    struct cloacina_error *err)
{
    struct stage *stage = stage_of(environment);
    enum cloacina_code code = enter_sleeping(stage, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    body_post(stage->body, message);
    return stage_wait(stage, err);
}

static enum cloacina_code environment_effect(struct body_environment *environment,
                                             const struct cloacina_effect *effect,
                                             struct cloacina_error *err)
{
    struct stage *stage = stage_of(environment);
    enum cloacina_code code = enter_waiting(stage, err);
    return code == CLOACINA_OK ? stage_effect(stage, effect, err) : code;
}

static uint64_t environment_random(struct body_environment *environment, uint64_t bound)
{
    struct stage *stage = stage_of(environment);
    struct label label = body_label(stage->body, SITE_RANDOM);
    (void)enter(stage, NULL);
    return oracle_number(&world_of(stage)->oracle, &label, bound);
}

static const struct body_environment_impl environment_impl = {
    .now = environment_now,
    .sleep = environment_sleep,
    .post_and_wait = environment_post_and_wait,
    .effect = environment_effect,
    .random = environment_random,
};

/* ---- the pool ---- */

static struct stage *stage_make(struct bodies *bodies)
{
    struct stage *made = heap_take_zeroed(bodies->heap, 1, sizeof(*made));
    if (made != NULL) {
        made->next = bodies->stages;
        bodies->stages = made;
    }
    return made;
}

static void name_stage(struct stage *stage, const struct workflow_task *task)
{
    char *end = stage->name;
    memcpy(end, "task '", 6);
    end += 6;
    memcpy(end, task->name, task->name_length);
    end += task->name_length;
    memcpy(end, "'", 2);
}

bool stage_take(struct body *body)
{
    struct bodies *bodies = &body->actor->world->bodies;
    struct stage *stage = bodies->free_stages != NULL ? bodies->free_stages : stage_make(bodies);
    if (stage == NULL) {
        return false;
    }
    if (stage == bodies->free_stages) {
        bodies->free_stages = stage->free_next;
    }
    stage->environment = (struct body_environment){
        .impl = &environment_impl,
        .attempt = body->attempt,
        .heap = bodies->heap,
    };
    stage->body = body;
    stage->stub = NULL;
    stage->spin = (struct checkers_spin){0};
    name_stage(stage, body->attempt->task);
    body->stage = stage;
    return true;
}

void stage_give(struct bodies *bodies, struct stage *stage)
{
    body_handle_destroy(stage->handle);
    stage->handle = NULL;
    stage->body = NULL;
    stage->free_next = bodies->free_stages;
    bodies->free_stages = stage;
}

/* ---- running ---- */

static void entry(void *argument)
{
    struct stage *stage = argument;
    stage->handle = body_run(&stage->environment);
}

/* What a body that completes leaves behind is what its delta leads to. */
static void show_output(struct stage *stage)
{
    struct attempt *attempt = stage->body->attempt;
    const struct value *output = NULL;
    if (attempt->outcome.code == CLOACINA_OK &&
        context_output_value(cloacina_task_context(stage->handle), &output, NULL) == CLOACINA_OK) {
        checkers_body_output(world_of(stage)->checkers, attempt, output);
    }
}

/* The checkers compare what the body has seen, if it has looked, with what it should have seen. */
static void show_input(struct stage *stage)
{
    struct cloacina_world *world = world_of(stage);
    if (world->checkers == NULL || stage->handle == NULL) {
        return;
    }
    const struct value *input = cloacina_task_context(stage->handle)->input;
    if (input != NULL) {
        checkers_body_input(world->checkers, stage->body->attempt, input);
        show_output(stage);
    }
}

static void leave(struct stage *stage)
{
    coroutine_destroy(stage->coroutine);
    stage->coroutine = NULL;
    world_of(stage)->bodies.parked--;
}

void stage_go_on(struct stage *stage)
{
    if (!coroutine_resume(stage->coroutine)) {
        leave(stage);
        show_input(stage);
        body_returned(stage->body);
    }
}

void stage_begin(struct stage *stage)
{
    struct bodies *bodies = &world_of(stage)->bodies;
    struct attempt_outcome *outcome = &stage->body->attempt->outcome;
    if (coroutine_create(&bodies->coroutines, stage->name, entry, stage, &stage->coroutine, NULL) !=
        CLOACINA_OK) {
        *outcome = (struct attempt_outcome){.code = CLOACINA_NO_MEMORY,
                                            .message = "no memory for a stack"};
        world_fail_no_memory(world_of(stage));
        body_returned(stage->body);
        return;
    }
    bodies->parked++;
    stage_go_on(stage);
}

/* The code that stands for a stubbed task's. Its `.user` is the stub. */
static enum cloacina_code stub_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct stub *stub = cloacina_task_user(task);
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; code == CLOACINA_OK && i < stub->count; i++) {
        code = context_set_value(cloacina_task_context(task), stub->members[i].key,
                                 stub->members[i].value, err);
    }
    return code;
}

void stage_play_stub(struct stage *stage)
{
    struct attempt copy = *stage->body->attempt;
    struct attempt *attempt = stage->body->attempt;
    attempt->body = stub_body;
    attempt->user = (void *)stage->stub;
    stage->handle = body_run(&stage->environment);
    attempt->body = copy.body;
    attempt->user = copy.user;
    show_input(stage);
}

bool stage_end(struct stage *stage)
{
    for (int calls = 0; calls < BODY_CRASHED_CALLS_MAX; calls++) {
        if (!coroutine_resume(stage->coroutine)) {
            leave(stage);
            show_input(stage);
            return true;
        }
    }
    return false;
}
