/* SPDX-License-Identifier: Apache-2.0 */
/* body.c - attempts from start to release, and the executor that the runner sees. */
#include "world/body.h"

#include "base/instant.h"
#include "world/stage.h"
#include "world/world.h"

enum { BODIES_PER_BLOCK = 64 };

/* Of a subject in the trace. */
enum { ATTEMPT_BITS = 20 };

static struct body *body_of(struct event *event)
{
    return (struct body *)event;
}

static struct cloacina_world *world_of(const struct body *body)
{
    return body->actor->world;
}

/* The attempt as one number. Attempts beyond the bits are as good as impossible, and only make two
 * numbers the same. */
static uint64_t subject_of(const struct body *body)
{
    uint64_t attempt = body->attempt->number & ((1u << ATTEMPT_BITS) - 1);
    return (uint64_t)body->attempt->index << ATTEMPT_BITS | attempt;
}

struct label body_label(const struct body *body, enum site site)
{
    const struct attempt *attempt = body->attempt;
    return (struct label){
        .site = site,
        .run = body->run,
        .task = {attempt->task->name, attempt->task->name_length},
        .attempt = attempt->number,
    };
}

struct choice body_ask(const struct body *body, enum site site)
{
    struct label label = body_label(body, site);
    return world_ask_by(world_of(body), &label, body->actor->number);
}

/* ---- the pool ---- */

void bodies_init(struct bodies *bodies, struct cloacina_heap *heap, uint8_t scribble)
{
    *bodies = (struct bodies){.heap = heap};
    coroutine_pool_init(&bodies->coroutines);
    bodies->coroutines.scribble = scribble;
}

static bool pool_grow(struct bodies *bodies)
{
    if (!heap_grow(bodies->heap, &bodies->blocks, &bodies->block_capacity, bodies->block_count + 1,
                   sizeof(bodies->blocks[0]))) {
        return false;
    }
    struct body *block = heap_take_zeroed(bodies->heap, BODIES_PER_BLOCK, sizeof(*block));
    if (block == NULL) {
        return false;
    }
    bodies->blocks[bodies->block_count++] = block;
    for (size_t i = BODIES_PER_BLOCK; i-- > 0;) {
        block[i].next = bodies->free;
        bodies->free = &block[i];
    }
    return true;
}

static struct body *pool_take(struct bodies *bodies)
{
    if (bodies->free == NULL && !pool_grow(bodies)) {
        return NULL;
    }
    struct body *body = bodies->free;
    bodies->free = body->next;
    return body;
}

/* The runner is through with the attempt. A stale entry of the timeline may still point here. */
static void release(struct attempt *attempt)
{
    struct body *body = attempt->executor_state;
    struct bodies *bodies = &world_of(body)->bodies;
    if (body->stage != NULL) {
        stage_give(bodies, body->stage);
        body->stage = NULL;
    }
    body->attempt = NULL;
    body->next = bodies->free;
    bodies->free = body;
}

/* ---- the end of an attempt ---- */

static void tell(const struct body *body)
{
    const struct cloacina_world *world = world_of(body);
    const struct attempt *attempt = body->attempt;
    const char *message = attempt->outcome.message;
    struct cloacina_world_attempt told = {
        .workflow = attempt->workflow->name.bytes,
        .task = attempt->task->name,
        .task_index = attempt->index,
        .attempt = attempt->number,
        .runner = body->actor->number,
        .slot = body->lane,
        .started_ns = world_elapsed(body->started_at),
        .ended_ns = world_elapsed(world->timeline.now),
        .code = attempt->outcome.code,
        .message = message == NULL ? "" : message,
    };
    world->telling->attempt_ended(world->telling->user, &told);
}

void body_post(struct body *body, enum attempt_message kind)
{
    struct attempt *attempt = body->attempt;
    const struct cloacina_world *world = world_of(body);
    bool is_on_its_way = attempt->message.kind != 0;
    if (world->checkers != NULL) {
        checkers_attempt_says(world->checkers, attempt, kind);
    }
    attempt->message.kind = kind;
    if (!is_on_its_way) {
        inbox_post(attempt->inbox, &attempt->message);
    }
}

/* For everybody but its runner. */
static void finish(struct body *body)
{
    struct cloacina_world *world = world_of(body);
    world->bodies.running--;
    body->has_ended = true;
    trace_add(&world->trace, TRACE_ENDED, body->actor->number, subject_of(body));
    if (world->checkers != NULL) {
        checkers_attempt_ended(world->checkers, body->attempt);
    }
    if (body->has_lane) {
        tell(body);
        lanes_give(&body->actor->lanes, body->lane);
    }
}

static void end(struct body *body)
{
    finish(body);
    body_tell_return(body);
    if (body->fate.fault == FAULT_CRASH_AFTER) {
        actor_kill(body->actor, body->fate.amount, site_name(SITE_BODY));
        return;
    }
    body_post(body, ATTEMPT_FINISHED);
}

/* ---- events ---- */

/* Nothing of a dead process moves any more (it will be buried), and nothing of one that stands
 * still before it thaws. A world that has no memory to plan that has stopped. */
static bool is_held(struct body *body)
{
    int64_t thaw = actor_frozen_until(body->actor);
    if (actor_is_dead(body->actor)) {
        return true;
    }
    return thaw != INT64_MIN && (body_plan(body, thaw) || world_of(body)->is_stopped);
}

/* In a seeded world a body may let everything else of its instant go first, once per event. */
static bool is_put_off(struct cloacina_world *world, struct body *body)
{
    if (UNLIKELY(is_held(body))) {
        return true;
    }
    if (world->oracle.is_calm || body->is_postponed) {
        body->is_postponed = false;
        return false;
    }
    body->is_postponed = body_ask(body, SITE_EVENT).fault == FAULT_POSTPONE;
    if (body->is_postponed) {
        timeline_plan_late(&world->timeline, &body->event);
    }
    return body->is_postponed;
}

/* What was to pass has passed. */
static void fire_end(struct cloacina_world *world, struct event *event)
{
    struct body *body = body_of(event);
    if (is_put_off(world, body)) {
        return;
    }
    if (body->stage != NULL && body->stage->stub != NULL) {
        stage_play_stub(body->stage);
    }
    end(body);
}

/* It was cancelled while time passed, or before its code began: nothing is left to be told. */
static void fire_cancelled(struct cloacina_world *world, struct event *event)
{
    struct body *body = body_of(event);
    (void)world;
    if (is_held(body)) {
        return;
    }
    body->attempt->outcome =
        (struct attempt_outcome){.code = CLOACINA_CANCELLED, .message = "cancelled"};
    end(body);
}

static void fire_move(struct cloacina_world *world, struct event *event)
{
    struct body *body = body_of(event);
    if (!is_put_off(world, body)) {
        trace_add(&world->trace, TRACE_MOVED, body->actor->number, subject_of(body));
        stage_go_on(body->stage);
    }
}

static void fire_begin(struct cloacina_world *world, struct event *event)
{
    struct body *body = body_of(event);
    if (!is_put_off(world, body)) {
        event->fire = fire_move;
        stage_begin(body->stage);
    }
}

bool body_plan(struct body *body, int64_t time)
{
    struct cloacina_world *world = world_of(body);
    if (time <= world->timeline.now) {
        timeline_plan_now(&world->timeline, &body->event);
        return true;
    }
    if (!timeline_plan(&world->timeline, &body->event, time, RANK_BODY)) {
        world_fail_no_memory(world);
        return false;
    }
    return true;
}

void body_returned(struct body *body)
{
    const struct cloacina_world *world = world_of(body);
    int64_t cost = body_is_cancelled(body) ? 0 : body->cost_ns;
    int64_t rest = world->is_ending ? 0 : instant_add(cost, body->hang_ns);
    if (actor_is_dead(body->actor)) {
        finish(body);
        return;
    }
    body->event.fire = fire_end;
    if (rest == 0 || !body_plan(body, instant_add(world->timeline.now, rest))) {
        end(body);
    }
}

/* ---- start ---- */

bool body_plan_code(struct body *body)
{
    body->event.fire = fire_begin;
    return stage_take(body) && body_plan(body, 0);
}

bool body_plan_passing(struct body *body, const struct stub *stub)
{
    body->event.fire = fire_end;
    if (stub != NULL) {
        if (!stage_take(body)) {
            return false;
        }
        body->stage->stub = stub;
    }
    int64_t time = instant_add(body->cost_ns, body->hang_ns);
    return body_plan(body, instant_add(body->started_at, time));
}

static bool take_lane(struct body *body)
{
    const struct cloacina_world_telling *telling = world_of(body)->telling;
    body->has_lane = telling != NULL && telling->attempt_ended != NULL &&
                     lanes_take(&body->actor->lanes, &body->lane);
    return body->has_lane || telling == NULL || telling->attempt_ended == NULL;
}

/* ---- the executor ---- */

static struct actor *actor_of(struct executor *executor)
{
    return CONTAINER_OF(executor, struct actor, executor);
}

/* Nothing can be done for it but to answer. */
static void start_failed(struct cloacina_world *world, struct attempt *attempt)
{
    attempt->outcome =
        (struct attempt_outcome){.code = CLOACINA_NO_MEMORY, .message = "no memory for a body"};
    attempt->message.kind = ATTEMPT_FINISHED;
    inbox_post(attempt->inbox, &attempt->message);
    world_fail_no_memory(world);
}

/* Everything about it but what will become of it. */
static void set_out(struct body *body, struct actor *actor, struct attempt *attempt)
{
    struct cloacina_world *world = actor->world;
    body->actor = actor;
    body->attempt = attempt;
    body->started_at = world->timeline.now;
    body->run = world_run_of(world, attempt->execution);
    body->has_ended = false;
    body->is_postponed = false;
    attempt->executor_state = body;
    attempt->release = release;
    world->attempts++;
    world->bodies.running++;
    trace_add(&world->trace, TRACE_STARTED, actor->number, subject_of(body));
    if (world->checkers != NULL) {
        checkers_attempt_started(world->checkers, attempt);
    }
    body_tell_start(body);
}

/* A dead process starts nothing, although its step may not have learned yet that it is dead. */
static void executor_start(struct executor *executor, struct attempt *attempt)
{
    struct actor *actor = actor_of(executor);
    struct cloacina_world *world = actor->world;
    if (actor_is_dead(actor)) {
        return;
    }
    struct body *body = pool_take(&world->bodies);
    if (body == NULL) {
        start_failed(world, attempt);
        return;
    }
    set_out(body, actor, attempt);
    if (!take_lane(body) || !fate_meet(body)) {
        attempt->outcome =
            (struct attempt_outcome){.code = CLOACINA_NO_MEMORY, .message = "no memory"};
        world_fail_no_memory(world);
        end(body);
    }
}

static void executor_cancel(struct executor *executor, struct attempt *attempt)
{
    struct body *body = attempt->executor_state;
    (void)executor;
    atomic_store_explicit(&attempt->is_cancelled, true, memory_order_relaxed);
    if (body == NULL || body->has_ended || actor_is_dead(body->actor)) {
        return;
    }
    if (world_of(body)->checkers != NULL) {
        checkers_attempt_cancelled(world_of(body)->checkers, attempt);
    }
    if (body->stage != NULL && body->stage->coroutine != NULL) {
        body->stage->answer = CLOACINA_CANCELLED;
    } else if (body->hang_ns > 0) {
        return; /* it does not notice */
    } else {
        body->event.fire = fire_cancelled;
    }
    timeline_plan_now(&world_of(body)->timeline, &body->event);
}

static void executor_resume(struct executor *executor, struct attempt *attempt)
{
    struct body *body = attempt->executor_state;
    (void)executor;
    if (world_of(body)->checkers != NULL) {
        checkers_attempt_resumed(world_of(body)->checkers, attempt);
    }
    if (!actor_is_dead(body->actor)) {
        timeline_plan_now(&world_of(body)->timeline, &body->event);
    }
}

void body_executor_init(struct executor *executor)
{
    static const struct executor_impl impl = {
        .start = executor_start,
        .cancel = executor_cancel,
        .resume = executor_resume,
    };
    executor->impl = &impl;
}

enum cloacina_code body_costs_only(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_raise(err, CLOACINA_INVALID, "the task only costs time");
}

/* ---- the end of a process ---- */

/* Its code goes on although every call says that it is dead: it is left where it is, and what it
 * holds is never used again. */
static void abandon(struct bodies *bodies, struct body *body)
{
    world_violated(world_of(body), "I-30",
                   "%s, attempt %u of run %u did not unwind within %d calls after %s had died",
                   body->stage->name, body->attempt->number, body->run, BODY_CRASHED_CALLS_MAX,
                   body->actor->name);
    body->stage->is_abandoned = true;
    bodies->abandoned++;
    bodies->parked--;
}

static void bury(struct bodies *bodies, struct body *body)
{
    struct attempt *attempt = body->attempt;
    bool is_running = body->stage != NULL && body->stage->coroutine != NULL;
    timeline_cancel(&world_of(body)->timeline, &body->event);
    bool has_unwound = !is_running || stage_end(body->stage);
    if (!has_unwound) {
        abandon(bodies, body);
    }
    if (!body->has_ended) {
        attempt->outcome =
            (struct attempt_outcome){.code = CLOACINA_CRASHED, .message = "its runner has died"};
        finish(body);
    }
    if (has_unwound) {
        release(attempt);
    }
    body->attempt = NULL;
    attempt->executor_state = NULL;
    attempt->release = NULL;
}

void bodies_kill(struct bodies *bodies, struct actor *actor)
{
    for (size_t i = 0; i < bodies->block_count; i++) {
        for (size_t j = 0; j < BODIES_PER_BLOCK; j++) {
            struct body *body = &bodies->blocks[i][j];
            if (body->attempt != NULL && body->actor == actor) {
                bury(bodies, body);
            }
        }
    }
}

/* ---- the end of the world ---- */

void bodies_end(struct bodies *bodies)
{
    for (struct stage *stage = bodies->stages; stage != NULL; stage = stage->next) {
        /* One that runs has left by longjmp (a failed assertion): there is no way back into it. */
        bool is_running = stage->coroutine != NULL && !stage->is_abandoned;
        bool has_jumped = is_running && stage->coroutine == coroutine_current();
        if (has_jumped || (is_running && !stage_end(stage))) {
            bodies->abandoned++;
        }
    }
}

void bodies_drop(struct bodies *bodies)
{
    for (struct stage *stage = bodies->stages; stage != NULL; stage = stage->next) {
        if (stage->coroutine == NULL) {
            body_handle_destroy(stage->handle);
            stage->handle = NULL;
        }
    }
}

void bodies_finish(struct bodies *bodies)
{
    for (size_t i = 0; i < bodies->block_count; i++) {
        heap_give(bodies->heap, bodies->blocks[i], BODIES_PER_BLOCK * sizeof(struct body));
    }
    heap_give(bodies->heap, bodies->blocks, bodies->block_capacity * sizeof(bodies->blocks[0]));
    while (bodies->stages != NULL) {
        struct stage *stage = bodies->stages;
        bodies->stages = stage->next;
        heap_give(bodies->heap, stage, sizeof(*stage));
    }
    if (bodies->abandoned == 0) {
        coroutine_pool_finish(&bodies->coroutines);
    }
}
