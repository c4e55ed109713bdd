/* SPDX-License-Identifier: Apache-2.0 */
/* actor.c - turns of a runner, on a coroutine where its store calls may wait.
 *
 * Law: a step is never entered twice: whoever wakes a runner in the middle of a step makes it take
 * another one afterwards. */
#include "world/actor.h"

#include <stdio.h>

#include "base/instant.h"
#include "world/world.h"

static uint64_t bit_of(const struct actor *actor)
{
    return UINT64_C(1) << (actor->number - 1);
}

static void become_ready(struct actor *actor)
{
    actor->state = ACTOR_READY;
    actor->world->woken |= bit_of(actor);
}

void actor_wake(struct actor *actor)
{
    actor->is_wanted = true;
    actor->is_idle_turn = false;
    checkers_input(&actor->spin);
    if (actor->state == ACTOR_IDLE) {
        become_ready(actor);
    }
}

void actor_wake_at_deadline(struct actor *actor)
{
    if (actor->state == ACTOR_IDLE) {
        actor->is_idle_turn = actor->busy > actor->world->timeline.now;
        become_ready(actor);
    }
}

/* ---- faults ---- */

int64_t actor_frozen_until(const struct actor *actor)
{
    return actor->thaws_at > actor->world->timeline.now ? actor->thaws_at : INT64_MIN;
}

void actor_kill(struct actor *actor, int64_t restart_after_ns, const char *where)
{
    (void)restart_after_ns, (void)where;
    actor->is_dead = true;
}

/* ---- one step ---- */

static void step(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    struct runner_next next = {.deadline = INSTANT_NEVER, .busy = INSTANT_NEVER};
    struct cloacina_error err; /* not cleared: 512 bytes a step are too many */
    err.code = CLOACINA_OK;
    err.message[0] = '\0';
    actor->is_wanted = false;
    if (runner_step(actor->runner, &next, &err) != CLOACINA_OK && !world->is_ending) {
        (void)cloacina_error_wrap(&err, "%s", actor->name);
        world_fail(world, &err);
    }
    actor->deadline = virtual_clock_world_time(&actor->clock, next.deadline);
    actor->busy = virtual_clock_world_time(&actor->clock, next.busy);
    actor->state = ACTOR_IDLE;
    actor->is_idle_turn = false;
    if (actor->is_wanted) {
        become_ready(actor);
    }
}

static void run(void *argument)
{
    struct actor *actor = argument;
    while (!actor->world->is_ending) {
        step(actor);
        coroutine_yield();
    }
}

static void go_on(struct actor *actor)
{
    if (actor->coroutine != NULL) {
        (void)coroutine_resume(actor->coroutine);
    } else {
        step(actor);
    }
}

void actor_block(struct actor *actor)
{
    actor->state = ACTOR_BLOCKED;
    actor->deadline = INSTANT_NEVER; /* what it watches, it still watches */
    coroutine_yield();
}

/* A wait is over: the turn comes in the order of runners. */
static void fire(struct cloacina_world *world, struct event *event)
{
    struct actor *actor = CONTAINER_OF(event, struct actor, event);
    (void)world;
    become_ready(actor);
}

void actor_turn(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    trace_add(&world->trace, TRACE_TURN, actor->number, ++actor->turns);
    world->events += !actor->is_idle_turn;
    go_on(actor);
}

/* ---- life ---- */

static void wake(void *user)
{
    actor_wake(user);
}

static enum cloacina_code make_runner(struct actor *actor, struct cloacina_error *err)
{
    struct cloacina_world *world = actor->world;
    struct runner_options options = {
        .heap = world->heap,
        .clock = &actor->clock.clock,
        .random = &world->oracle.random,
        .dal = &actor->store.dal,
        .executor = &actor->executor,
        .bodies = &world->registry.bodies,
        .name = actor->name,
        .actor = actor->number,
        .slots = world->slots,
        .wake = wake,
        .wake_user = actor,
    };
    return runner_create(&options, &actor->runner, err);
}

/* Its store calls can wait only in a coroutine of its own. */
static enum cloacina_code make_coroutine(struct actor *actor, struct cloacina_error *err)
{
    struct coroutine_pool *pool = &actor->world->bodies.coroutines;
    return coroutine_create(pool, actor->name, run, actor, &actor->coroutine, err);
}

void actor_init(struct actor *actor, struct cloacina_world *world, uint32_t number)
{
    *actor = (struct actor){
        .event.fire = fire,
        .world = world,
        .number = number,
        .deadline = INSTANT_NEVER,
        .busy = INSTANT_NEVER,
        .thaws_at = INT64_MIN,
    };
    (void)snprintf(actor->name, sizeof(actor->name), "runner-%u", number);
    /* Nobody waits on this clock: a step never does, and bodies wait in their environment. */
    virtual_clock_init(&actor->clock, &(struct virtual_clock_options){.now = &world->timeline.now});
    lanes_init(&actor->lanes, world->heap);
    body_executor_init(&actor->executor);
}

enum cloacina_code actor_begin(struct actor *actor, struct cloacina_error *err)
{
    struct cloacina_world *world = actor->world;
    store_init(&actor->store, world->store, actor, world->round_trip_ns);
    enum cloacina_code code = make_runner(actor, err);
    bool may_block = world->round_trip_ns > 0 || !world->oracle.is_calm;
    if (code == CLOACINA_OK && may_block) {
        code = make_coroutine(actor, err);
        if (code != CLOACINA_OK) {
            runner_destroy(actor->runner);
        }
    }
    if (code == CLOACINA_OK) {
        actor_wake(actor);
    }
    return code;
}

void actor_end(struct actor *actor)
{
    if (actor->coroutine != NULL) {
        while (coroutine_resume(actor->coroutine)) {
            /* Its store calls answer CRASHED until the step has returned. */
        }
        coroutine_destroy(actor->coroutine);
        actor->coroutine = NULL;
    }
}

void actor_finish(struct actor *actor)
{
    runner_destroy(actor->runner);
    lanes_finish(&actor->lanes);
}
