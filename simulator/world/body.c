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
        .run = world_run_of(world_of(body), attempt->execution),
        .task = {attempt->task->name, attempt->task->name_length},
        .attempt = attempt->number,
    };
}

/* ---- the pool ---- */

void bodies_init(struct bodies *bodies, struct cloacina_heap *heap)
{
    *bodies = (struct bodies){.heap = heap};
    coroutine_pool_init(&bodies->coroutines);
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
    bool is_on_its_way = attempt->message.kind != 0;
    attempt->message.kind = kind;
    if (!is_on_its_way) {
        inbox_post(attempt->inbox, &attempt->message);
    }
}

static void end(struct body *body)
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
    body_post(body, ATTEMPT_FINISHED);
}

/* ---- events ---- */

/* In a seeded world a body may let everything else of its instant go first, once per event. */
static bool is_put_off(struct cloacina_world *world, struct body *body)
{
    if (world->oracle.is_calm || body->is_postponed) {
        body->is_postponed = false;
        return false;
    }
    struct label label = body_label(body, SITE_EVENT);
    body->is_postponed = oracle_ask(&world->oracle, &label).fault == FAULT_POSTPONE;
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
    bool is_over = body->cost_ns == 0 || body_is_cancelled(body) || world_of(body)->is_ending;
    body->event.fire = fire_end;
    if (is_over || !body_plan(body, instant_add(world_of(body)->timeline.now, body->cost_ns))) {
        end(body);
    }
}

/* ---- start: what will become of the attempt? ---- */

/* Code that runs, now. */
static bool plan_code(struct body *body)
{
    body->event.fire = fire_begin;
    return stage_take(body) && body_plan(body, 0);
}

/* Nothing but time passes, and then a stub may speak. */
static bool plan_passing(struct body *body, const struct stub *stub)
{
    body->event.fire = fire_end;
    if (stub != NULL) {
        if (!stage_take(body)) {
            return false;
        }
        body->stage->stub = stub;
    }
    return body_plan(body, instant_add(body->started_at, body->cost_ns));
}

static void use_cost(struct body *body, struct task_behaviour *said)
{
    if (said->has_cost) {
        said->cost_uses++;
        body->cost_ns = instant_add(body->cost_ns, said->cost_ns);
    }
}

/* What a test has said about this task decides before its code. */
static bool plan_said(struct body *body, struct task_behaviour *said, bool has_code)
{
    struct task_failure *failure = task_failure_of(said, body->attempt->number);
    use_cost(body, said);
    if (failure != NULL) {
        failure->uses++;
        body->attempt->outcome =
            (struct attempt_outcome){.code = failure->code, .message = failure->message};
        return plan_passing(body, NULL);
    }
    if (said->stub != NULL) {
        said->stub_uses++;
        return plan_passing(body, said->stub);
    }
    return has_code ? plan_code(body) : plan_passing(body, NULL);
}

static bool plan_attempt(struct body *body)
{
    struct attempt *attempt = body->attempt;
    bool has_code = attempt->body != body_costs_only;
    const struct registration *registration =
        has_code ? behaviours_find(&world_of(body)->behaviours, attempt->workflow) : attempt->user;
    if (!has_code && registration->costs != NULL) {
        body->cost_ns = registration->costs[attempt->index];
    }
    struct task_behaviour *said = registration_said(registration, attempt->index);
    if (said != NULL) {
        return plan_said(body, said, has_code);
    }
    return has_code ? plan_code(body) : plan_passing(body, NULL);
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
    attempt->outcome = (struct attempt_outcome){CLOACINA_NO_MEMORY, "no memory for a body", NULL};
    attempt->message.kind = ATTEMPT_FINISHED;
    inbox_post(attempt->inbox, &attempt->message);
    world_fail_no_memory(world);
}

static void executor_start(struct executor *executor, struct attempt *attempt)
{
    struct actor *actor = actor_of(executor);
    struct cloacina_world *world = actor->world;
    struct body *body = pool_take(&world->bodies);
    if (body == NULL) {
        start_failed(world, attempt);
        return;
    }
    body->actor = actor;
    body->attempt = attempt;
    body->cost_ns = 0;
    body->started_at = world->timeline.now;
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
    if (!take_lane(body) || !plan_attempt(body)) {
        attempt->outcome = (struct attempt_outcome){CLOACINA_NO_MEMORY, "no memory", NULL};
        world_fail_no_memory(world);
        end(body);
    }
}

static void executor_cancel(struct executor *executor, struct attempt *attempt)
{
    struct body *body = attempt->executor_state;
    (void)executor;
    atomic_store_explicit(&attempt->is_cancelled, true, memory_order_relaxed);
    if (body == NULL || body->has_ended) {
        return;
    }
    if (body->stage != NULL && body->stage->coroutine != NULL) {
        body->stage->answer = CLOACINA_CANCELLED;
    } else {
        body->event.fire = fire_cancelled;
    }
    timeline_plan_now(&world_of(body)->timeline, &body->event);
}

static void executor_resume(struct executor *executor, struct attempt *attempt)
{
    struct body *body = attempt->executor_state;
    (void)executor;
    timeline_plan_now(&world_of(body)->timeline, &body->event);
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

/* ---- the end of the world ---- */

void bodies_end(struct bodies *bodies)
{
    for (struct stage *stage = bodies->stages; stage != NULL; stage = stage->next) {
        /* One that runs has left by longjmp (a failed assertion): there is no way back into it. */
        bool has_jumped = stage->coroutine != NULL && stage->coroutine == coroutine_current();
        if (has_jumped || (stage->coroutine != NULL && !stage_end(stage))) {
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
