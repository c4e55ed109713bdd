/* SPDX-License-Identifier: Apache-2.0 */
/* storm.c - many worlds in which things go wrong, and one that lasts a year.
 *
 * Law: every run must keep its promises: a search that finds something measures nothing. */
#include "storm.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <cloacina/world.h>

#include "meter.h"
#include "search/sweep.h"

enum { HOURS_OF_A_YEAR = 8760, BEATS_OF_AN_HOUR = 360, NAP_MS = 500 };
#define HOUR_NS INT64_C(3600000000000)

static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fprintf(stderr, "bench: %s\n", err->message);
        exit(3);
    }
}

static void kept(const struct cloacina_world *world)
{
    const char *message = "";
    const char *broken = cloacina_world_violation(world, &message);
    if (broken != NULL) {
        fprintf(stderr, "bench: %s: %s\n", broken, message);
        exit(1);
    }
}

/* ---- what runs ---- */

static enum cloacina_code apply(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

/* Waits, does a deed, writes a key. */
static enum cloacina_code work_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct cloacina_effect effect = {
        .name = "service.call",
        .key = cloacina_task_idempotency_key(task),
        .apply = apply,
        .once_per_key = 1,
    };
    enum cloacina_code code = cloacina_task_sleep_ms(task, NAP_MS, err);
    if (code == CLOACINA_OK) {
        code = cloacina_task_effect(task, &effect, err);
    }
    return code == CLOACINA_OK ? cloacina_context_set_int64(cloacina_task_context(task),
                                                            cloacina_task_name(task), 1, err)
                               : code;
}

#define WORK                                                                                       \
    .body = work_body, .retry = {.attempts_max = 3, .initial_delay_ms = 1000}, .timeout_ms = 30000
#define AFTER(...) .dependencies = CLOACINA_TASKS(__VA_ARGS__)

CLOACINA_TASK(storm_a, WORK);
CLOACINA_TASK(storm_b, WORK, AFTER(&storm_a));
CLOACINA_TASK(storm_c, WORK, AFTER(&storm_a));
CLOACINA_TASK(storm_d, WORK, AFTER(&storm_b, &storm_c));
CLOACINA_TASK(storm_e, WORK);
CLOACINA_TASK(storm_f, WORK, AFTER(&storm_e));
CLOACINA_TASK(storm_g, WORK, AFTER(&storm_d, &storm_f));
CLOACINA_TASK(storm_h, WORK, AFTER(&storm_g));
CLOACINA_TASK(storm_i, WORK, AFTER(&storm_g));
CLOACINA_TASK(storm_j, WORK, AFTER(&storm_h, &storm_i));
CLOACINA_WORKFLOW(storm_ten,
                  .tasks = CLOACINA_TASKS(&storm_a, &storm_b, &storm_c, &storm_d, &storm_e,
                                          &storm_f, &storm_g, &storm_h, &storm_i, &storm_j));
CLOACINA_WORKFLOW(storm_five,
                  .tasks = CLOACINA_TASKS(&storm_a, &storm_b, &storm_c, &storm_d, &storm_e));
CLOACINA_WORKFLOW(storm_three, .tasks = CLOACINA_TASKS(&storm_a, &storm_b, &storm_e));

/* ---- seeds ---- */

static void seed_run(const struct cloacina_world_options *options)
{
    struct cloacina_error err;
    struct cloacina_world *world;
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    check(cloacina_world_create(options, &world, &err), &err);
    check(cloacina_world_register(world, &storm_ten, &err), &err);
    check(cloacina_world_submit(world, "storm_ten", "{}", &execution, &err), &err);
    check(cloacina_world_run(world, INT64_MAX, &end, &err), &err);
    kept(world);
    cloacina_world_destroy(world);
}

int64_t storm_seeds_ns(const char *faults, uint64_t seeds)
{
    struct cloacina_error err;
    struct cloacina_fault_plan *plan = NULL;
    if (faults != NULL) {
        check(cloacina_fault_plan_named(faults, &plan, &err), &err);
    }
    int64_t begin = meter_now_ns();
    for (uint64_t seed = 0; seed < seeds; seed++) {
        seed_run(&(struct cloacina_world_options){
            .is_seeded = faults != NULL, .seed = seed, .faults = plan, .runners = 3});
    }
    int64_t end = meter_now_ns();
    cloacina_fault_plan_destroy(plan);
    return end - begin;
}

/* ---- a sweep ---- */

static enum cloacina_code prepare(void *user, struct cloacina_world *world, uint64_t seed,
                                  struct cloacina_error *err)
{
    struct cloacina_world_execution execution;
    (void)user;
    (void)seed;
    enum cloacina_code code = cloacina_world_register(world, &storm_five, err);
    return code == CLOACINA_OK ? cloacina_world_submit(world, "storm_five", "{}", &execution, err)
                               : code;
}

static const struct search_subject five = {
    .world = {.runners = 2},
    .workflow = "storm_five",
    .prepare = prepare,
};

static bool ran(void *user, uint64_t run, const struct search_outcome *outcome)
{
    (void)user;
    if (outcome->finding.id != NULL) {
        fprintf(stderr, "bench: sweep, run %llu: %s: %s\n", (unsigned long long)run,
                outcome->finding.id, outcome->finding.message);
        exit(1);
    }
    return true;
}

int64_t storm_sweep_ns(uint64_t *ret_runs)
{
    struct cloacina_error err;
    const struct sweep_options options = {.ran = ran};
    int64_t begin = meter_now_ns();
    check(sweep_all(&five, &options, ret_runs, &err), &err);
    return meter_now_ns() - begin;
}

int64_t storm_calm_ns(void)
{
    struct cloacina_error err;
    struct search_outcome outcome;
    const struct search_setup setup = {.without_decisions = true};
    search_outcome_init(&outcome, NULL);
    int64_t begin = meter_now_ns();
    check(search_run(&five, source_calm(), &setup, &outcome, &err), &err);
    int64_t end = meter_now_ns();
    search_outcome_finish(&outcome);
    return end - begin;
}

/* ---- a year ---- */

int64_t storm_year_ns(uint64_t *ret_beats)
{
    struct cloacina_error err;
    struct cloacina_world *world;
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    const struct cloacina_world_options options = {.days_max = 400, .events_max = UINT64_MAX};
    int64_t begin = meter_now_ns();
    check(cloacina_world_create(&options, &world, &err), &err);
    check(cloacina_world_register(world, &storm_three, &err), &err);
    for (int64_t hour = 0; hour < HOURS_OF_A_YEAR; hour++) {
        check(cloacina_world_run(world, hour * HOUR_NS, &end, &err), &err);
        check(cloacina_world_submit(world, "storm_three", "{}", &execution, &err), &err);
    }
    check(cloacina_world_run(world, INT64_MAX, &end, &err), &err);
    kept(world);
    cloacina_world_destroy(world);
    *ret_beats = (uint64_t)HOURS_OF_A_YEAR * BEATS_OF_AN_HOUR;
    return meter_now_ns() - begin;
}
