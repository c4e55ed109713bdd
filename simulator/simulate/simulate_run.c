/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_run.c - creates a world, runs it until it rests, and asks it what happened.
 *
 * Law: only the public interface of the world is used; the wall clock is read before and after, and
 * what it says goes nowhere but into the report. */
#include "simulate/simulate_run.h"

#include <string.h>

#include <cloacina/clock.h>

#include "simulate/simulate_subject.h"

enum { FAILED_TASKS_SHOWN_MAX = 10 };

/* Tells the trace and the bar. */
static void attempt_ended(void *user, const struct cloacina_world_attempt *attempt)
{
    const struct simulation *simulation = user;
    if (simulation->trace != NULL) {
        report_trace_attempt(simulation->trace, attempt);
    }
    progress_step(simulation->progress);
}

static enum cloacina_code world_make(const struct simulation *simulation, uint64_t seed,
                                     const struct cloacina_world_telling *telling,
                                     struct cloacina_world **ret_world, struct cloacina_error *err)
{
    bool is_watched = simulation->trace != NULL || simulation->progress->stream != NULL;
    struct cloacina_world_options world =
        simulate_world_options(simulation->source, simulation->options);
    world.heap = simulation->heap;
    world.is_seeded = 1;
    world.seed = seed;
    world.telling = is_watched ? telling : NULL;
    return cloacina_world_create(&world, ret_world, err);
}

static bool figures_add(const struct simulation *simulation, const struct cloacina_world *world,
                        int64_t wall_ns)
{
    struct cloacina_world_counts counts;
    struct report_figures figures = {.virtual_ns = cloacina_world_now_ns(world),
                                     .wall_ns = wall_ns};
    cloacina_world_count(world, &counts);
    figures.tasks = counts.tasks;
    figures.completed = counts.completed;
    figures.failed = counts.failed;
    figures.skipped = counts.skipped;
    figures.attempts = counts.attempts;
    figures.events = counts.events;
    figures.makespan_ns = counts.makespan_ns;
    cloacina_world_trace_hash(world, figures.trace_hash);
    return report_add_run(simulation->report, &figures);
}

/* The tasks that failed, with the reason of their last attempt. */
static void failed_tasks_write(const struct simulation *simulation, struct cloacina_world *world,
                               struct cloacina_world_execution execution,
                               struct text_builder *message)
{
    const struct cloacina_workflow *workflow = simulation->source->workflow;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < cloacina_workflow_task_count(workflow); i++) {
        struct cloacina_world_task task;
        const char *name = cloacina_workflow_task_name(workflow, i);
        if (shown < FAILED_TASKS_SHOWN_MAX &&
            cloacina_world_task(world, execution, name, &task, NULL) == CLOACINA_OK &&
            strcmp(task.status, "Failed") == 0) {
            text_builder_print(message, "\n'%s', attempt %u: %s", name, (unsigned)task.attempts,
                               task.reason);
            shown++;
        }
    }
}

/* Adds a failure when the workflow did not complete: why, and what it still waits for. False: no
 * memory, which is also why a world cannot say what became of an execution. */
static bool outcome_judge(const struct simulation *simulation, uint64_t seed,
                          struct cloacina_world *world, struct cloacina_world_execution execution)
{
    const char *reason = "";
    const char *status = cloacina_world_status(world, execution, &reason);
    if (status == NULL || strcmp(status, "Completed") == 0) {
        return status != NULL;
    }
    struct text_builder message;
    text_builder_init(&message, simulation->heap);
    text_builder_print(&message, "'%s' is %s", cloacina_workflow_name(simulation->source->workflow),
                       status);
    if (reason[0] != '\0') {
        text_builder_print(&message, ": %s", reason);
    }
    failed_tasks_write(simulation, world, execution, &message);
    const char *waits = cloacina_world_explain(world, execution);
    if (waits != NULL && waits[0] != '\0') {
        text_builder_print(&message, "\n%s", waits);
    }
    struct report_failure failure = {
        .seed = seed, .invariant = "completed", .message = text_builder_terminated(&message)};
    bool is_added =
        waits != NULL && !message.failed && report_add_failure(simulation->report, &failure);
    text_builder_finish(&message);
    return is_added;
}

static bool result_judge(const struct simulation *simulation, uint64_t seed,
                         struct cloacina_world *world, struct cloacina_world_execution execution)
{
    struct report_failure failure = {.seed = seed, .message = ""};
    failure.invariant = cloacina_world_violation(world, &failure.message);
    if (failure.invariant != NULL) {
        return report_add_failure(simulation->report, &failure);
    }
    return outcome_judge(simulation, seed, world, execution);
}

static enum cloacina_code world_live(const struct simulation *simulation, uint64_t seed,
                                     struct cloacina_world *world, int64_t begin,
                                     struct cloacina_error *err)
{
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    const char *name = cloacina_workflow_name(simulation->source->workflow);
    enum cloacina_code code = source_register(simulation->source, world, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = cloacina_world_submit(world, name, simulation->context, &execution, err);
    if (code != CLOACINA_OK) {
        return code == CLOACINA_INVALID ? cloacina_error_wrap(err, "option '--context'") : code;
    }
    code = cloacina_world_run(world, INT64_MAX, &end, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    int64_t wall_ns = cloacina_clock_monotonic(cloacina_clock_system()) - begin;
    if (!figures_add(simulation, world, wall_ns) ||
        !result_judge(simulation, seed, world, execution)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the report");
    }
    return CLOACINA_OK;
}

enum cloacina_code simulation_run(const struct simulation *simulation, uint64_t seed,
                                  struct cloacina_error *err)
{
    struct simulation copy = *simulation;
    struct cloacina_world_telling telling = {.attempt_ended = attempt_ended, .user = &copy};
    struct cloacina_world *world = NULL;
    int64_t begin = cloacina_clock_monotonic(cloacina_clock_system());
    enum cloacina_code code = world_make(simulation, seed, &telling, &world, err);
    if (code == CLOACINA_OK) {
        code = world_live(simulation, seed, world, begin, err);
    }
    cloacina_world_destroy(world);
    return code;
}
