/* SPDX-License-Identifier: Apache-2.0 */
/* life.c - runners begin, die, are buried, stop, and begin again.
 *
 *   kill:   dead at once --> burial, as an event of its own: the blocked step returns, then the
 *           bodies, then the runner goes; its lease stays open until others find it dead
 *   stop:   a command to the runner --> when it is done, the runner goes in good order
 *   then:   a supervisor starts the next one; if the store does not answer, again every second
 *
 * Law: whatever a dead process is in the middle of ends through its own error paths. */
#include "base/instant.h"
#include "world/deploy.h"
#include "world/witness.h"
#include "world/world.h"

/* A supervisor tries again after so long. */
#define BEGIN_AGAIN_NS NANOSECONDS_PER_SECOND

static struct actor *actor_of(struct event *next)
{
    return CONTAINER_OF(next, struct actor, next);
}

static void plan_next(struct actor *actor, int64_t after_ns)
{
    struct cloacina_world *world = actor->world;
    if (!timeline_plan(&world->timeline, &actor->next, instant_add(world->timeline.now, after_ns),
                       RANK_RUNNER)) {
        world_fail_no_memory(world);
    }
}

/* ---- begin ---- */

static void wake(void *user)
{
    actor_wake(user);
}

static enum cloacina_code create(struct actor *actor, struct cloacina_error *err)
{
    struct cloacina_world *world = actor->world;
    struct runner_options options = {
        .heap = world->oracle.is_calm ? world->heap : &actor->heap.heap,
        .clock = &actor->clock.clock,
        .random = &world->oracle.random,
        .dal = &actor->store.dal,
        .executor = &actor->executor,
        .bodies = deploy_bodies(world, actor->has_new_code),
        .name = actor->name,
        .actor = actor->number,
        .slots = world->slots,
        .wake = wake,
        .wake_user = actor,
    };
    if (options.bodies == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory to deploy");
    }
    enum cloacina_code code = machine_open(actor, err);
    if (code == CLOACINA_OK) {
        code = runner_create(&options, &actor->runner, err);
    }
    if (code != CLOACINA_OK) {
        machine_close(actor);
    }
    return code;
}

static void has_begun(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    actor->life = ACTOR_LIVING;
    actor->state = ACTOR_IDLE;
    world_tell(world, (struct tale){
                          .kind = actor->has_new_code ? TALE_DEPLOYED : TALE_BEGAN,
                          .runner = actor->number,
                      });
    actor_wake(actor);
    outsides_runner_came(world);
}

/* Was it the machine, or only what was planned to go wrong? */
static bool is_serious(const struct actor *actor, enum cloacina_code code, uint64_t failed_before)
{
    return code == CLOACINA_NO_MEMORY && actor->heap.failed == failed_before;
}

bool actor_make_runner(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    struct cloacina_error err = {CLOACINA_OK, ""};
    uint64_t failed = actor->heap.failed;
    enum cloacina_code code = create(actor, &err);
    if (code == CLOACINA_OK) {
        has_begun(actor);
        return true;
    }
    if (world->is_ending || actor->is_dead) {
        return false;
    }
    actor_still(actor);
    actor->life = ACTOR_GONE;
    if (world_goes_on(world) && is_serious(actor, code, failed)) {
        world_fail(world, &err);
    } else if (world_goes_on(world)) {
        plan_next(actor, BEGIN_AGAIN_NS);
    }
    return false;
}

/* Its beginning is the first thing that runs on its coroutine. */
static enum cloacina_code begin(struct actor *actor, struct cloacina_error *err)
{
    actor->is_dead = false;
    actor->life = ACTOR_BEGINNING;
    enum cloacina_code code = actor_make_coroutine(actor, err);
    if (code == CLOACINA_OK) {
        actor_go_on(actor);
    }
    return code;
}

/* Where nothing can go wrong the runner is there at once, and has a coroutine only if its calls
 * take time. */
static enum cloacina_code begin_calmly(struct actor *actor, struct cloacina_error *err)
{
    enum cloacina_code code = create(actor, err);
    if (code == CLOACINA_OK && actor->round_trip_ns > 0) {
        code = actor_make_coroutine(actor, err);
        if (code != CLOACINA_OK) {
            runner_destroy(actor->runner);
            actor->runner = NULL;
            machine_close(actor);
        }
    }
    if (code == CLOACINA_OK) {
        has_begun(actor);
    }
    return code;
}

void actor_ask_machine(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    struct label label = {.runner = actor->number};
    struct virtual_clock_options clock = {.now = &world->timeline.now};
    label.site = SITE_CLOCK;
    clock.offset_ns = world_ask(world, &label).amount;
    label.site = SITE_RATE;
    clock.drift_ppb = world_ask(world, &label).amount;
    virtual_clock_init(&actor->clock, &clock);
    label.site = SITE_NETWORK;
    struct choice network = world_ask(world, &label);
    if (network.fault == FAULT_ROUND_TRIP) {
        actor->round_trip_ns = network.amount;
    }
}

enum cloacina_code actor_begin(struct actor *actor, struct cloacina_error *err)
{
    struct cloacina_world *world = actor->world;
    store_init(&actor->store, world->store, actor, actor->round_trip_ns);
    enum cloacina_code code = world->oracle.is_calm ? begin_calmly(actor, err) : begin(actor, err);
    if (code == CLOACINA_OK && world->failure.code != CLOACINA_OK) {
        code = cloacina_error_raise(err, world->failure.code, "%s", world->failure.message);
    }
    return code;
}

/* ---- the end of a runner ---- */

/* Its step, if it is in one, returns; then there is no coroutine any more. */
static void end_coroutine(struct actor *actor)
{
    timeline_cancel(&actor->world->timeline, &actor->event);
    actor_end(actor);
}

static void drop_runner(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    if (actor->runner != NULL) {
        struct runner_counts counts;
        runner_count(actor->runner, &counts);
        actor->commits += counts.commits;
        actor->conflicts += counts.conflicts;
        runner_destroy(actor->runner);
        actor->runner = NULL;
    }
    machine_close(actor);
    actor_still(actor);
    actor->life = ACTOR_GONE;
    actor->heap.fails = 0;
    outsides_forsaken(world, actor);
    plan_next(actor, actor->away_ns);
}

void actor_kill(struct actor *actor, int64_t restart_after_ns, const char *where)
{
    struct cloacina_world *world = actor->world;
    if (actor->is_dead || actor->life == ACTOR_GONE) {
        return;
    }
    actor->is_dead = true;
    actor->away_ns = restart_after_ns;
    actor->thaws_at = INT64_MIN;
    witness_died(actor);
    actor_still(actor);
    machine_kill(actor);
    store_forget(&actor->store);
    timeline_plan_now(&world->timeline, &actor->next);
    world_tell(world, (struct tale){
                          .kind = TALE_DIED,
                          .runner = actor->number,
                          .until = instant_add(world->timeline.now, restart_after_ns),
                          .text = text_of(where),
                      });
}

/* From the main loop: none of its code is running. */
static void bury(struct actor *actor)
{
    end_coroutine(actor);
    bodies_kill(&actor->world->bodies, actor);
    drop_runner(actor);
}

/* ---- stopping in good order ---- */

static void stopped(struct runner_command *command)
{
    struct actor *actor = CONTAINER_OF(command, struct actor, stop);
    timeline_plan_now(&actor->world->timeline, &actor->next);
}

void actor_stop(struct actor *actor, int64_t restart_after_ns, bool is_deploy)
{
    if (!actor_is_living(actor)) {
        return;
    }
    actor->life = ACTOR_STOPPING;
    actor->away_ns = restart_after_ns;
    actor->has_new_code = actor->has_new_code || is_deploy;
    actor->stop = (struct runner_command){.message.kind = RUNNER_STOP, .done = stopped};
    runner_post(actor->runner, &actor->stop);
}

/* Its last body has returned, and its last commit was answered. */
static void retire(struct actor *actor)
{
    struct cloacina_world *world = actor->world;
    witness_left(actor);
    end_coroutine(actor);
    store_forget(&actor->store);
    drop_runner(actor);
    world_tell(world, (struct tale){
                          .kind = TALE_STOPPED,
                          .runner = actor->number,
                          .until = instant_add(world->timeline.now, actor->away_ns),
                      });
}

void actor_fire_next(struct cloacina_world *world, struct event *event)
{
    struct actor *actor = actor_of(event);
    struct cloacina_error err = {CLOACINA_OK, ""};
    if (actor->life == ACTOR_GONE) {
        if (begin(actor, &err) != CLOACINA_OK) {
            world_fail(world, &err);
        }
    } else if (actor->is_dead) {
        bury(actor);
    } else {
        retire(actor);
    }
}
