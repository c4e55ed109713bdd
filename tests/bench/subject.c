/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - the engine, through its public interface.
 *
 * Law: what a user would write, and nothing that a user could not. */
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>

#include <cloacina/world.h>

#include "workload/generate.h"
#include "meter.h"

static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fprintf(stderr, "bench: %s\n", err->message);
        exit(3);
    }
}

void subject_open(struct subject *subject, const char *formula)
{
    struct workload workload;
    struct cloacina_error err;
    workload_init(&workload, NULL);
    check(generate(text_of(formula), &workload, &err), &err);
    subject->tasks = workload.task_count;
    subject->work_ns = workload_cost_ns(&workload);
    subject->costs_ns = calloc(workload.task_count, sizeof(*subject->costs_ns));
    if (subject->costs_ns == NULL) {
        abort();
    }
    check(workload_build(&workload, cloacina_heap_system(), &subject->workflow, subject->costs_ns,
                         &err),
          &err);
    workload_finish(&workload);
}

void subject_close(struct subject *subject)
{
    cloacina_workflow_unref(subject->workflow);
    free(subject->costs_ns);
}

static void world_run(struct cloacina_world *world, const char *workflow)
{
    struct cloacina_error err;
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    check(cloacina_world_submit(world, workflow, "{}", &execution, &err), &err);
    check(cloacina_world_run(world, INT64_MAX, &end, &err), &err);
    if (end != CLOACINA_WORLD_SETTLED) {
        const char *message = "";
        (void)cloacina_world_violation(world, &message);
        fprintf(stderr, "bench: %s\n", message);
        exit(1);
    }
}

struct subject_run subject_run(const struct subject *subject, bool has_checkers)
{
    struct cloacina_error err;
    struct cloacina_world *world;
    struct cloacina_world_counts counts;
    struct cloacina_world_options options = {
        .slots_unlimited = 1,
        .checkers_off = !has_checkers,
        .days_max = CLOACINA_WORLD_DAYS_MAX + subject->work_ns / 86400000000000,
        .events_max = UINT64_MAX,
    };
    check(cloacina_world_create(&options, &world, &err), &err);
    check(cloacina_world_register_costs(world, subject->workflow, subject->costs_ns, &err), &err);
    int64_t begin = meter_now_ns();
    world_run(world, cloacina_workflow_name(subject->workflow));
    int64_t end = meter_now_ns();
    cloacina_world_count(world, &counts);
    cloacina_world_destroy(world);
    return (struct subject_run){
        .ns = end - begin, .events = counts.events, .makespan_ns = counts.makespan_ns};
}

/* ---- three tasks ---- */

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t cents;
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
    return code == CLOACINA_OK ? cloacina_task_sleep_ms(task, cents, err) : code;
}

static enum cloacina_code ship_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "is_shipped", true, err);
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price));
CLOACINA_TASK(ship, .body = ship_body, .dependencies = CLOACINA_TASKS(&charge));
CLOACINA_WORKFLOW(bench_shop, .tasks = CLOACINA_TASKS(&price, &charge, &ship));

int64_t subject_unit_test_ns(void)
{
    struct cloacina_error err;
    struct cloacina_world *world;
    int64_t begin = meter_now_ns();
    check(cloacina_world_create(&(struct cloacina_world_options){0}, &world, &err), &err);
    check(cloacina_world_register(world, &bench_shop, &err), &err);
    world_run(world, "bench_shop");
    cloacina_world_destroy(world);
    return meter_now_ns() - begin;
}
