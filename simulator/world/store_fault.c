/* SPDX-License-Identifier: Apache-2.0 */
/* store_fault.c - what can go wrong between a runner and its store.
 *
 *   call -> before: die, freeze, no memory, clocks, stop -> half a round trip, or more
 *        -> there:  down, full, busy, error, dropped       (the store was not asked)
 *        -> the store
 *        -> after:  die -> half a round trip, or more -> the reply is lost
 *
 * Law: a call that may have been applied, and whose caller does not learn it, answers UNKNOWN; one
 * that changes nothing answers UNAVAILABLE. */
#include "base/instant.h"
#include "world/world.h"

static struct cloacina_world *world_of(const struct store *store)
{
    return store->actor->world;
}

/* ---- answers ---- */

static enum cloacina_code crashed(const struct store *store, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_CRASHED, "%s is dead", store->actor->name);
}

bool store_is_crashed(const struct store *store)
{
    return world_of(store)->is_ending || actor_is_dead(store->actor) ||
           !world_goes_on(world_of(store));
}

static bool can_be_ambiguous(enum site site)
{
    return site == SITE_SUBMIT || site == SITE_COMMIT || site == SITE_COMMIT_LOCKED ||
           site == SITE_POLL || site == SITE_OPEN_LEASE || site == SITE_CLOSE_LEASE;
}

/* The caller cannot know what became of its call. */
static enum cloacina_code lost(enum site site, const char *how, struct cloacina_error *err)
{
    enum cloacina_code code = can_be_ambiguous(site) ? CLOACINA_UNKNOWN : CLOACINA_UNAVAILABLE;
    return cloacina_error_raise(err, code, "store: %s: %s (injected)", site_name(site), how);
}

/* ---- waiting ---- */

/* Time passes for the actor; it is not idle meanwhile. */
static void wait_ns(struct store *store, int64_t duration)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    if (!timeline_plan(&world->timeline, &actor->event, instant_add(world->timeline.now, duration),
                       RANK_RUNNER)) {
        world_fail_no_memory(world);
        return;
    }
    actor_block(actor);
}

void store_wait(struct store *store, int64_t duration)
{
    store->actor->is_idle_turn = false;
    wait_ns(store, duration);
}

void store_let_others_go(struct store *store)
{
    timeline_plan_late(&world_of(store)->timeline, &store->actor->event);
    actor_block(store->actor);
}

void store_freeze(struct store *store, int64_t duration)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    actor->thaws_at = instant_add(world->timeline.now, duration);
    world_tell(world, (struct tale){
                          .kind = TALE_FROZEN,
                          .runner = actor->number,
                          .until = actor->thaws_at,
                      });
    store_wait(store, duration);
    if (!store_is_crashed(store)) {
        world_tell(world, (struct tale){.kind = TALE_THAWED, .runner = actor->number});
    }
}

/* ---- before the call ---- */

static void postpone(struct store *store, const struct store_call *call)
{
    (void)call;
    store_let_others_go(store);
}

static void slow(struct store *store, const struct store_call *call)
{
    store_wait(store, call->choice.amount);
}

static void go_down(struct store *store, const struct store_call *call)
{
    struct cloacina_world *world = world_of(store);
    world->trouble.down_until = instant_add(world->timeline.now, call->choice.amount);
}

static void run_full(struct store *store, const struct store_call *call)
{
    struct cloacina_world *world = world_of(store);
    world->trouble.full_until = instant_add(world->timeline.now, call->choice.amount);
}

static void die(struct store *store, const struct store_call *call)
{
    actor_kill(store->actor, call->choice.amount, site_name(call->label.site));
}

static void freeze(struct store *store, const struct store_call *call)
{
    store_freeze(store, call->choice.amount);
}

static void run_out_of_memory(struct store *store, const struct store_call *call)
{
    store->actor->heap.fails += (uint64_t)call->choice.amount;
}

static void step_clock(struct store *store, const struct store_call *call)
{
    virtual_clock_step(&store->actor->clock, call->choice.amount);
}

static void step_store_clock(struct store *store, const struct store_call *call)
{
    virtual_clock_step(&world_of(store)->store_clock, call->choice.amount);
}

static void stop(struct store *store, const struct store_call *call)
{
    actor_stop(store->actor, call->choice.amount, call->choice.fault == FAULT_DEPLOY);
}

/* What happens before the call is on its way; NULL: nothing. */
static void (*const before[FAULTS])(struct store *store, const struct store_call *call) = {
    [FAULT_POSTPONE] = postpone,
    [FAULT_SLOW] = slow,
    [FAULT_DOWN] = go_down,
    [FAULT_FULL] = run_full,
    [FAULT_CRASH] = die,
    [FAULT_FREEZE] = freeze,
    [FAULT_NO_MEMORY] = run_out_of_memory,
    [FAULT_STEP] = step_clock,
    [FAULT_STORE_STEP] = step_store_clock,
    [FAULT_STOP] = stop,
    [FAULT_DEPLOY] = stop,
};

static void ask(struct store *store, struct store_call *call)
{
    struct cloacina_world *world = world_of(store);
    bool is_down = world->timeline.now < world->trouble.down_until;
    if (!world->oracle.is_calm && !is_down) {
        call->choice = world_ask_by(world, &call->label, store->actor->number);
        if (before[call->choice.fault] != NULL) {
            before[call->choice.fault](store, call);
        }
    }
}

/* ---- at the store ---- */

static enum cloacina_code arrive(const struct store *store, const struct store_call *call,
                                 struct cloacina_error *err)
{
    const struct cloacina_world *world = world_of(store);
    enum fault fault = call->choice.fault;
    if (world->timeline.now < world->trouble.down_until) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "store: it is down (injected)");
    }
    if (call->writes && world->timeline.now < world->trouble.full_until) {
        return cloacina_error_raise(err, CLOACINA_IO, "store: no space is left (injected)");
    }
    if (fault == FAULT_BUSY) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "store: busy (injected)");
    }
    if (fault == FAULT_ERROR) {
        return cloacina_error_raise(err, CLOACINA_TIMEOUT, "store: %s: no answer (injected)",
                                    site_name(call->label.site));
    }
    return fault == FAULT_DROPPED ? lost(call->label.site, "the connection broke", err)
                                  : CLOACINA_OK;
}

enum cloacina_code store_enter(struct store *store, struct store_call *call,
                               struct cloacina_error *err)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    store->calls++;
    if (store_is_crashed(store)) {
        return crashed(store, err);
    }
    if (world->checkers != NULL) {
        checkers_effect_call(world->checkers, &actor->spin, actor->name);
    }
    store->call = call;
    if (actor->coroutine == NULL) {
        return CLOACINA_OK;
    }
    ask(store, call);
    if (store->there_ns > 0 && !store_is_crashed(store)) {
        wait_ns(store, store->there_ns);
    }
    return store_is_crashed(store) ? crashed(store, err) : arrive(store, call, err);
}

enum cloacina_code store_leave(struct store *store, const struct store_call *call,
                               enum cloacina_code code, struct cloacina_error *err)
{
    store->call = NULL;
    if (code == CLOACINA_CRASHED || store->actor->coroutine == NULL) {
        return code;
    }
    if (actor_is_dead(store->actor)) { /* in the middle of it */
        return crashed(store, err);
    }
    if (call->choice.fault == FAULT_CRASH_AFTER) {
        die(store, call);
        return crashed(store, err);
    }
    if (store->back_ns > 0) {
        wait_ns(store, store->back_ns);
    }
    if (call->choice.fault == FAULT_SLOW_REPLY && !store_is_crashed(store)) {
        slow(store, call);
    }
    if (store_is_crashed(store)) {
        return crashed(store, err);
    }
    return call->choice.fault == FAULT_REPLY_LOST
               ? lost(call->label.site, "the reply was lost", err)
               : code;
}

/* ---- hints ---- */

static void pass_on(struct store *store)
{
    if (store->wake != NULL) {
        store->wake(store->wake_user);
    }
}

void store_fire_hint(struct cloacina_world *world, struct event *event)
{
    (void)world;
    pass_on(CONTAINER_OF(event, struct store, hint));
}

static void come_again(struct store *store, int64_t after_ns)
{
    struct cloacina_world *world = world_of(store);
    bool is_coming = event_is_planned(&store->hint);
    if (!is_coming && !timeline_plan(&world->timeline, &store->hint,
                                     instant_add(world->timeline.now, after_ns), RANK_RUNNER)) {
        world_fail_no_memory(world);
    }
}

void store_hinted(void *user)
{
    struct store *store = user;
    struct label label = {.site = SITE_HINT, .runner = store->actor->number};
    if (store->wake == NULL) {
        return;
    }
    struct choice choice = world_ask(world_of(store), &label);
    if (choice.fault == FAULT_LATE || choice.fault == FAULT_DOUBLED) {
        come_again(store, choice.amount);
    }
    if (choice.fault != FAULT_LATE && choice.fault != FAULT_LOST) {
        pass_on(store);
    }
}
