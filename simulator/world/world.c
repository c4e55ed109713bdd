/* SPDX-License-Identifier: Apache-2.0 */
/* world.c - create, begin, destroy.
 *
 * Law: a world dies in this order: bodies return, blocked steps return, what attempts borrow is
 * freed, runners, then what they stood on. */
#include "world/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "world/coroutine_guard.h"
#include "world/witness.h"

enum { SLOTS_DEFAULT = 4 };

/* ---- failures of the machine ---- */

void world_fail(struct cloacina_world *world, const struct cloacina_error *err)
{
    world->is_stopped = true;
    if (world->failure.code == CLOACINA_OK) {
        world->failure = *err;
    }
}

void world_fail_no_memory(struct cloacina_world *world)
{
    struct cloacina_error err = {CLOACINA_OK, ""};
    (void)cloacina_error_raise(&err, CLOACINA_NO_MEMORY, "world: no memory");
    world_fail(world, &err);
}

void world_violated(struct cloacina_world *world, const char *id, const char *format, ...)
{
    struct cloacina_error text;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text.message, sizeof(text.message), format, arguments);
    va_end(arguments);
    world->is_stopped = true;
    if (cloacina_world_violation(world, NULL) != NULL) {
        return;
    }
    size_t size = strlen(text.message) + 1;
    char *message = heap_take(world->heap, size);
    if (message == NULL) {
        world_fail_no_memory(world);
        return;
    }
    memcpy(message, text.message, size);
    world->violation = (struct world_violation){.id = id, .message = message, .size = size};
}

/* ---- create ---- */

static enum cloacina_code options_check(const struct cloacina_world_options *options,
                                        struct cloacina_error *err)
{
    if (options->runners > CLOACINA_WORLD_RUNNERS_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "world: %u runners: at most %d",
                                    options->runners, CLOACINA_WORLD_RUNNERS_MAX);
    }
    if (options->round_trip_ns < 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "world: a round trip is negative");
    }
    if (options->store != CLOACINA_WORLD_MEMORY && options->store != CLOACINA_WORLD_SQLITE) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "world: there is no store %d",
                                    (int)options->store);
    }
    if (options->days_max < 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "world: 'days_max' is negative");
    }
    return CLOACINA_OK;
}

/* INT64_MAX when so many days do not fit. */
static int64_t limit_of(int64_t days_max)
{
    int64_t days = days_max != 0 ? days_max : CLOACINA_WORLD_DAYS_MAX;
    return days > INT64_MAX / NANOSECONDS_PER_DAY ? INT64_MAX : days * NANOSECONDS_PER_DAY;
}

static void take_options(struct cloacina_world *world, const struct cloacina_world_options *options)
{
    world->actor_count = options->runners != 0 ? options->runners : 1;
    world->slots = options->slots != 0 ? options->slots : SLOTS_DEFAULT;
    if (options->slots_unlimited) {
        world->slots = 0;
    }
    world->round_trip_ns = options->round_trip_ns;
    world->limit_ns = limit_of(options->days_max);
    world->limit = instant_add(CLOACINA_WORLD_START_NS, world->limit_ns);
    world->calm_since = CLOACINA_WORLD_START_NS;
    world->events_max = options->events_max != 0 ? options->events_max : CLOACINA_WORLD_EVENTS_MAX;
    world->telling = options->telling;
}

static uint32_t run_of(void *user, struct id execution)
{
    return world_run_of(user, execution);
}

/* Makes what answers the oracle's questions, as the options say. */
static enum cloacina_code make_source(struct cloacina_world *world,
                                      const struct cloacina_world_options *options,
                                      struct source **ret_source, struct cloacina_error *err)
{
    *ret_source = source_calm();
    if (options->replay != NULL) {
        *ret_source = &world->replay.source.source;
        return replay_init(&world->replay, world->heap, options->replay, err);
    }
    if (!options->is_seeded) {
        return CLOACINA_OK;
    }
    *ret_source = &world->chance.source;
    return source_random_init(&world->chance, world->heap, options->faults, options->seed)
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory");
}

static enum cloacina_code take_source(struct cloacina_world *world,
                                      const struct cloacina_world_options *options,
                                      const struct world_setup *setup, struct cloacina_error *err)
{
    struct source *source = setup->source;
    enum cloacina_code code = CLOACINA_OK;
    if (source == NULL) {
        code = make_source(world, options, &source, err);
    }
    if (code != CLOACINA_OK) {
        source = source_calm();
    }
    oracle_init(&world->oracle, world->heap, source, &world->timeline.now);
    world->oracle.run_of = run_of;
    world->oracle.run_user = world;
    world->oracle.coverage = setup->coverage;
    world->oracle.tape = setup->tape;
    world->teller = setup->teller;
    world->pulse = setup->pulse != NULL ? setup->pulse : &world->own_pulse;
    return code;
}

/* Nobody waits on it. */
static void init_store_clock(struct cloacina_world *world)
{
    struct virtual_clock_options options = {.now = &world->timeline.now};
    options.offset_ns = world_ask(world, &(struct label){.site = SITE_CLOCK}).amount;
    options.drift_ppb = world_ask(world, &(struct label){.site = SITE_RATE}).amount;
    virtual_clock_init(&world->store_clock, &options);
}

static void init_bodies(struct cloacina_world *world, uint8_t scribble)
{
    if (scribble != 0) {
        scribble_init(&world->scribble, world->heap, scribble);
    }
    bodies_init(&world->bodies, scribble != 0 ? &world->scribble.heap : world->heap, scribble);
}

/* Nothing here can fail. */
static void init_parts(struct cloacina_world *world, uint8_t scribble)
{
    struct label label = {.site = SITE_ENTROPY};
    trace_init(&world->trace, NULL);
    init_store_clock(world);
    init_bodies(world, scribble);
    ledger_init(&world->ledger, world->heap);
    services_init(&world->services, world->heap);
    behaviours_init(&world->behaviours, world->heap);
    outsides_init(&world->outsides, world->heap, oracle_number(&world->oracle, &label, UINT64_MAX));
    registry_init(&world->registry, world->heap);
    deploy_init(&world->deploy, world->heap);
    news_init(&world->news, world);
    mirror_init(&world->mirror, world->heap);
}

/* False: no memory. */
static bool make_parts(struct cloacina_world *world, bool has_checkers, struct edges *edges)
{
    world->actors = heap_take_zeroed(world->heap, world->actor_count, sizeof(world->actors[0]));
    world->memory = dal_memory_create(world->heap, &world->store_clock.clock);
    if (has_checkers) {
        struct checkers_options options = witness_options(world, edges);
        world->checkers = checkers_create(&options);
    }
    world->looks = looks_create(world->heap);
    bool is_made = world->actors != NULL && world->memory != NULL && world->looks != NULL &&
                   (!has_checkers || world->checkers != NULL);
    if (!is_made) {
        return false;
    }
    for (uint32_t i = 0; i < world->actor_count; i++) {
        actor_init(&world->actors[i], world, i + 1);
    }
    world->store = world->memory;
    world->trace.next = has_checkers ? checkers_observer(world->checkers) : NULL;
    if (!world->oracle.is_calm || world->teller != NULL) {
        world->trace.last = &world->news.observer;
    }
    for (uint32_t i = 0; i < world->actor_count; i++) {
        actor_ask_machine(&world->actors[i]);
    }
    dal_memory_observe(world->memory, &world->trace.observer);
    return true;
}

enum cloacina_code cloacina_world_create(const struct cloacina_world_options *options,
                                         struct cloacina_world **ret_world,
                                         struct cloacina_error *err)
{
    return world_create(options, NULL, ret_world, err);
}

enum cloacina_code world_create(const struct cloacina_world_options *options,
                                const struct world_setup *setup, struct cloacina_world **ret_world,
                                struct cloacina_error *err)
{
    static const struct world_setup no_setup = {0};
    static const struct cloacina_world_options defaults = {0};
    const struct cloacina_world_options *used = options != NULL ? options : &defaults;
    const struct world_setup *more = setup != NULL ? setup : &no_setup;
    enum cloacina_code code = options_check(used, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct cloacina_heap *heap = used->heap != NULL ? used->heap : cloacina_heap_system();
    struct cloacina_world *world = heap_take_zeroed(heap, 1, sizeof(*world));
    if (world == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory");
    }
    world->heap = heap;
    take_options(world, used);
    timeline_init(&world->timeline, world->heap, CLOACINA_WORLD_START_NS);
    code = take_source(world, used, more, err);
    init_parts(world, more->scribble);
    if (code == CLOACINA_OK && !make_parts(world, !used->checkers_off, more->edges)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory");
    }
    if (code == CLOACINA_OK && used->store == CLOACINA_WORLD_SQLITE) {
        code = machine_begin(world, err);
    }
    if (code != CLOACINA_OK) {
        cloacina_world_destroy(world);
        return code;
    }
    *ret_world = world;
    return CLOACINA_OK;
}

enum cloacina_code world_begin(struct cloacina_world *world, struct cloacina_error *err)
{
    while (world->begun < world->actor_count) {
        struct actor *actor = &world->actors[world->begun];
        enum cloacina_code code = actor_begin(actor, err);
        /* What is there must be ended, also when the machine has failed meanwhile. */
        bool is_there = actor->runner != NULL || actor->coroutine != NULL;
        world->begun += code == CLOACINA_OK || is_there;
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    world->baseline.leases = world->begun; /* and nothing else */
    return CLOACINA_OK;
}

/* ---- destroy ---- */

static void end_actors(struct cloacina_world *world)
{
    world->is_ending = true;
    if (world->is_running) {
        coroutine_guard_remove(); /* a body has left by longjmp, and the run with it */
    }
    bodies_end(&world->bodies);
    for (uint32_t i = 0; i < world->begun; i++) {
        actor_end(&world->actors[i]);
    }
    bodies_drop(&world->bodies);
    for (uint32_t i = 0; i < world->begun; i++) {
        actor_finish(&world->actors[i]);
    }
    bodies_finish(&world->bodies);
    scribble_finish(&world->scribble);
}

void cloacina_world_destroy(struct cloacina_world *world)
{
    if (world == NULL) {
        return;
    }
    struct cloacina_heap *heap = world->heap;
    end_actors(world);
    machine_finish(world);
    mirror_finish(&world->mirror);
    heap_give(heap, world->actors, world->actor_count * sizeof(world->actors[0]));
    looks_destroy(world->looks);
    outsides_finish(&world->outsides);
    if (world->memory != NULL) {
        dal_memory_observe(world->memory, NULL);
    }
    dal_destroy(world->memory);
    checkers_destroy(world->checkers);
    behaviours_finish(&world->behaviours);
    registry_finish(&world->registry);
    deploy_finish(&world->deploy);
    news_finish(&world->news);
    ledger_finish(&world->ledger);
    services_finish(&world->services);
    oracle_finish(&world->oracle);
    if (world->chance.heap != NULL) {
        source_random_finish(&world->chance);
    }
    replay_finish(&world->replay);
    timeline_finish(&world->timeline);
    heap_give(heap, world->violation.message, world->violation.size);
    heap_give(heap, world, sizeof(*world));
}
