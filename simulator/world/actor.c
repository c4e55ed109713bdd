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

void actor_still(struct actor *actor)
{
    actor->state = ACTOR_STILL;
    actor->world->woken &= ~bit_of(actor);
    actor->deadline = INSTANT_NEVER;
    actor->busy = INSTANT_NEVER;
    actor->is_wanted = false;
    actor->is_idle_turn = false;
}

int64_t actor_frozen_until(const struct actor *actor)
{
    return actor->thaws_at > actor->world->timeline.now ? actor->thaws_at : INT64_MIN;
}

/* ---- one step ---- */

/* The only error of a step is that its actor is dead: also said when the world has stopped, or is
 * ending. */
static bool is_known_death(const struct actor *actor)
{
    return actor->is_dead || actor->world->is_ending || !world_goes_on(actor->world);
}

static void step(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    struct runner_next next = {.deadline = INSTANT_NEVER, .busy = INSTANT_NEVER};
    struct cloacina_error err; /* not cleared: 512 bytes a step are too many */
    err.code = CLOACINA_OK;
    err.message[0] = '\0';
    actor->is_wanted = false;
    if (runner_step(actor->runner, &next, &err) != CLOACINA_OK) {
        if (!is_known_death(actor)) {
            (void)cloacina_error_wrap(&err, "%s", actor->name);
            world_fail(world, &err);
        }
        actor_still(actor);
        return;
    }
    actor->deadline = virtual_clock_world_time(&actor->clock, next.deadline);
    actor->busy = virtual_clock_world_time(&actor->clock, next.busy);
    actor->state = ACTOR_IDLE;
    actor->is_idle_turn = false;
    if (actor->is_wanted) {
        become_ready(actor);
    }
}

/* What its coroutine runs. */
static void run(void *argument)
{
    struct actor *actor = argument;
    if (actor->runner == NULL) {
        if (!actor_make_runner(actor)) {
            return;
        }
        coroutine_yield(); /* its first turn comes in the order of runners */
    }
    while (!actor->is_over && !actor->world->is_ending) {
        step(actor);
        coroutine_yield();
    }
}

/* Its store calls can wait only in a coroutine of its own. */
enum cloacina_code actor_make_coroutine(struct actor *actor, struct cloacina_error *err)
{
    struct coroutine_pool *pool = &actor->world->bodies.coroutines;
    actor->is_over = false;
    return coroutine_create(pool, actor->name, run, actor, &actor->coroutine, err);
}

void actor_go_on(struct actor *actor)
{
    if (actor->is_dead) {
        machine_afterlife_begin(actor->world);
    }
    if (actor->coroutine == NULL) {
        step(actor);
    } else if (!coroutine_resume(actor->coroutine)) {
        coroutine_destroy(actor->coroutine);
        actor->coroutine = NULL;
    }
    if (actor->is_dead) {
        machine_afterlife_end(actor->world);
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
    (void)world;
    become_ready(CONTAINER_OF(event, struct actor, event));
}

void actor_turn(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    trace_add(&world->trace, TRACE_TURN, actor->number, ++actor->turns);
    world->events += !actor->is_idle_turn;
    *world->pulse += !actor->is_idle_turn;
    actor_go_on(actor);
}

/* ---- create and destroy ---- */

void actor_init(struct actor *actor, struct cloacina_world *world, uint32_t number)
{
    *actor = (struct actor){
        .event.fire = fire,
        .next.fire = actor_fire_next,
        .world = world,
        .state = ACTOR_STILL,
        .number = number,
        .deadline = INSTANT_NEVER,
        .busy = INSTANT_NEVER,
        .thaws_at = INT64_MIN,
        .round_trip_ns = world->round_trip_ns,
    };
    (void)snprintf(actor->name, sizeof(actor->name), "runner-%u", number);
    /* Nobody waits on this clock: a step never does, and bodies wait in their environment. */
    virtual_clock_init(&actor->clock, &(struct virtual_clock_options){.now = &world->timeline.now});
    lanes_init(&actor->lanes, world->heap);
    scarce_heap_init(&actor->heap, world->heap);
    body_executor_init(&actor->executor);
}

void actor_end(struct actor *actor)
{
    actor->is_over = true;
    while (actor->coroutine != NULL) {
        actor_go_on(actor); /* its store calls answer CRASHED until the step has returned */
    }
}

void actor_finish(struct actor *actor)
{
    runner_destroy(actor->runner);
    actor->runner = NULL;
    machine_close(actor);
    lanes_finish(&actor->lanes);
}
