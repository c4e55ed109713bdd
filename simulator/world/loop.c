/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - one event at a time, in the total order, until the world rests or must stop.
 *
 *   now:    heap entries that are due -> present list -> runners that were woken -> late list
 *   then:   time moves to the next heap entry or runner's deadline
 *   rests:  nothing planned, no runner watches anything, nothing Ready that could be claimed,
 *           nothing Running
 *
 * Law: the checkers look after every event. */
#include <stdio.h>

#include "base/instant.h"
#include "world/coroutine_guard.h"
#include "world/witness.h"
#include "world/world.h"

/* By then every runner has beaten and heard the answer, if nothing is wrong. */
#define NEWS_NS_MAX (30 * NANOSECONDS_PER_SECOND)

/* ---- the present instant ---- */

/* The lowest runner first. */
static void turn(struct cloacina_world *world)
{
    unsigned lowest = TRAILING_ZEROS(world->woken);
    world->woken &= world->woken - 1;
    actor_turn(&world->actors[lowest]);
}

/* Does one thing that is due now; false: nothing is. */
static bool fire_one(struct cloacina_world *world)
{
    struct event *event = timeline_take(&world->timeline);
    if (event == NULL && world->woken != 0) {
        turn(world);
        properties_look(world);
        return true;
    }
    if (event == NULL) {
        event = timeline_take_late(&world->timeline);
    }
    if (event == NULL) {
        return false;
    }
    world->events++;
    ++*world->pulse;
    event->fire(world, event);
    properties_look(world);
    return true;
}

/* ---- rest ---- */

static bool is_any_claimed(struct cloacina_world *world, uint64_t lease, struct arena *arena)
{
    struct dal *store = world->memory;
    struct dal_claimed *claims;
    size_t count = 0;
    enum cloacina_code code = store->impl->claims(store, lease, 1, arena, &claims, &count, NULL);
    return code != CLOACINA_OK || count > 0;
}

/* Tasks Running in the store, under whatever lease. */
static bool is_any_running(struct cloacina_world *world)
{
    struct arena arena;
    arena_init(&arena, world->heap);
    bool is_any = is_any_claimed(world, 0, &arena);
    for (uint32_t i = 0; !is_any && i < world->begun; i++) {
        struct runner_counts counts = {0};
        if (world->actors[i].runner != NULL) {
            runner_count(world->actors[i].runner, &counts);
        }
        is_any = counts.lease != 0 && is_any_claimed(world, counts.lease, &arena);
    }
    arena_finish(&arena);
    return is_any;
}

/* Runners that wait for the store for no better reason than that it was time to beat. With a slow
 * store some runner always does. */
static uint32_t idle_waits(const struct cloacina_world *world)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->begun; i++) {
        count += world->actors[i].state == ACTOR_BLOCKED && world->actors[i].is_idle_turn;
    }
    return count;
}

/* A lease beyond those of the living is one that somebody will find dead; one too few, and a runner
 * that stood still has yet to learn that it was taken for dead. */
static bool is_quiet(struct cloacina_world *world, int64_t busy)
{
    return world->timeline.planned == idle_waits(world) && busy == INSTANT_NEVER &&
           world->bodies.running == 0 && world->trace.leases == world->begun &&
           !deploy_has_work(world) && !is_any_running(world);
}

/* Where something has gone wrong a hint may be lost: a runner learns by its next beat that what it
 * keeps is over. */
static bool is_news_awaited(struct cloacina_world *world)
{
    uint64_t kept = world_figures(world).executions;
    if (!world->had_trouble || kept <= world->begun * dal_memory_active_count(world->memory)) {
        return false;
    }
    if (world->quiet_since == 0) {
        world->quiet_since = world->timeline.now;
    }
    int64_t since = world->quiet_since > world->calm_since ? world->quiet_since : world->calm_since;
    return world->timeline.now - since < NEWS_NS_MAX;
}

static bool is_at_rest(struct cloacina_world *world, int64_t busy)
{
    if (!is_quiet(world, busy)) {
        world->quiet_since = 0;
        return false;
    }
    return !is_news_awaited(world);
}

struct checkers_figures world_figures(const struct cloacina_world *world)
{
    struct checkers_figures figures = {
        .bodies = world->bodies.running,
        .coroutines = world->bodies.parked,
        .timers = world->timeline.planned - idle_waits(world),
    };
    for (uint32_t i = 0; i < world->begun; i++) {
        struct runner_counts counts = {0};
        if (world->actors[i].runner != NULL) {
            runner_count(world->actors[i].runner, &counts);
        }
        figures.slots += counts.slots_used;
        figures.attempts += counts.attempts;
        figures.executions += counts.executions;
        figures.leases += counts.lease != 0;
    }
    return figures;
}

static void settle(struct cloacina_world *world)
{
    if (world->checkers != NULL) {
        struct checkers_rest rest = {
            .baseline = world->baseline,
            .found = world_figures(world),
            .started = world->attempts,
            .store = world->machine.is_on ? machine_look(world) : world->memory,
        };
        checkers_settled(world->checkers, &rest);
    }
    properties_settled(world);
}

/* ---- limits: what a world that never rests has to say ---- */

static void run_into_limit(struct cloacina_world *world, const char *what)
{
    char text[160];
    (void)snprintf(text, sizeof(text), "%s, and there is still something to do", what);
    progress_stalled(world, "I-07", true, text);
}

static void run_out_of_time(struct cloacina_world *world)
{
    char limit[DURATION_TEXT_SIZE];
    char what[DURATION_TEXT_SIZE + sizeof("the world is  old")];
    duration_print(world_elapsed(world->limit), limit);
    (void)snprintf(what, sizeof(what), "the world is %s old", limit);
    run_into_limit(world, what);
}

static void run_out_of_events(struct cloacina_world *world)
{
    char what[64];
    (void)snprintf(what, sizeof(what), "%llu events have happened",
                   (unsigned long long)world->events);
    run_into_limit(world, what);
}

/* ---- time ---- */

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void move_time(struct cloacina_world *world, int64_t instant)
{
    world->timeline.now = instant;
    trace_add_word(&world->trace, TRACE_TIME, 0, (uint64_t)instant);
}

enum step { STEP_GOES_ON, STEP_RESTS, STEP_UNTIL, STEP_LIMIT };

/* Nothing is left to do now: on to the next instant. */
static enum step advance(struct cloacina_world *world, int64_t until)
{
    int64_t busy = INSTANT_NEVER;
    int64_t next = timeline_next(&world->timeline);
    for (uint32_t i = 0; i < world->begun; i++) {
        next = earlier(next, world->actors[i].deadline);
        busy = earlier(busy, world->actors[i].busy);
    }
    if (until == INSTANT_NEVER && is_at_rest(world, busy)) {
        return STEP_RESTS;
    }
    if (earlier(next, until) > world->limit) {
        return STEP_LIMIT;
    }
    if (next > until) {
        return STEP_UNTIL;
    }
    if (next > world->timeline.now) {
        progress_look(world);
        witness_counts(world);
        move_time(world, next);
    }
    for (uint32_t i = 0; i < world->begun; i++) {
        if (world->actors[i].deadline <= next) {
            actor_wake_at_deadline(&world->actors[i]);
        }
    }
    return STEP_GOES_ON;
}

/* ---- running ---- */

/* Until the world rests, reaches `until`, or must stop. */
static enum step run_until(struct cloacina_world *world, int64_t until)
{
    while (world_goes_on(world)) {
        if (UNLIKELY(world->events >= world->events_max)) {
            run_out_of_events(world);
            return STEP_LIMIT;
        }
        if (LIKELY(fire_one(world))) {
            continue;
        }
        enum step step = advance(world, until);
        if (step != STEP_GOES_ON) {
            return step;
        }
    }
    return STEP_GOES_ON;
}

static void finish_run(struct cloacina_world *world, enum step step, int64_t until)
{
    switch (step) {
    case STEP_RESTS:
        settle(world);
        return;
    case STEP_UNTIL:
        if (until > world->timeline.now) {
            move_time(world, until);
        }
        return;
    case STEP_LIMIT:
        if (world->violation.id == NULL) {
            run_out_of_time(world);
        }
        return;
    case STEP_GOES_ON:
        return;
    }
}

/* How it ended, when the machine has not failed. */
static enum cloacina_world_end end_of(const struct cloacina_world *world, enum step step)
{
    if (world->violation.is_limit) {
        return CLOACINA_WORLD_LIMIT;
    }
    if (cloacina_world_violation(world, NULL) != NULL) {
        return CLOACINA_WORLD_VIOLATION;
    }
    return step == STEP_UNTIL ? CLOACINA_WORLD_UNTIL : CLOACINA_WORLD_SETTLED;
}

static enum cloacina_code run_check(const struct cloacina_world *world, int64_t until,
                                    struct cloacina_error *err)
{
    if (world->is_running) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "world: a run is under way, or a body has jumped out of it");
    }
    if (until >= world->timeline.now) {
        return CLOACINA_OK;
    }
    char text[DURATION_TEXT_SIZE];
    duration_print(world_elapsed(world->timeline.now), text);
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "world: a run until an instant before now (%s)", text);
}

enum cloacina_code cloacina_world_run(struct cloacina_world *world, int64_t until_ns,
                                      enum cloacina_world_end *ret_end, struct cloacina_error *err)
{
    int64_t until = instant_add(CLOACINA_WORLD_START_NS, until_ns);
    enum cloacina_code code = run_check(world, until, err);
    if (code == CLOACINA_OK) {
        code = world_begin(world, err);
    }
    if (code == CLOACINA_OK) {
        code = coroutine_guard_install(err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    looks_forget(world->looks);
    world->is_running = true;
    enum step step = run_until(world, until);
    finish_run(world, step, until);
    world->is_running = false;
    coroutine_guard_remove();
    if (world->checkers != NULL && checkers_are_blind(world->checkers)) {
        world_fail_no_memory(world);
    }
    if (world->failure.code != CLOACINA_OK) {
        return cloacina_error_raise(err, world->failure.code, "%s", world->failure.message);
    }
    *ret_end = end_of(world, step);
    return CLOACINA_OK;
}
