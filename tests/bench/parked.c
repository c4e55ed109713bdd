/* SPDX-License-Identifier: Apache-2.0 */
/* parked.c - what it costs to wait: tasks that have given up their slot and ask for a condition.
 *
 *     parked [TASKS [SECONDS [INTERVAL_MS [DATABASE]]]]
 *
 * Starts one execution with TASKS (10,000) tasks that all park on one runner with 64 slots, waits
 * until the last one is parked, looks for SECONDS (10) at what they cost while each asks every
 * INTERVAL_MS (1,000), opens the gate, and waits until every task has completed. Says on the output,
 * one figure a line, what the process took: memory at most, and processor time while nothing happened.
 *
 * Exit status 0: all of them completed, within 1 GiB, and no condition was asked more often than its
 * interval says; 1: not so. */
#include <cloacina/clock.h>
#include <cloacina/runner.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { SLOTS = 64, MEMORY_MAX_KIB = 1024 * 1024 };

static atomic_bool is_open;
static _Atomic int64_t asked; /* how often a condition was */
static int64_t interval_ms = 1000;

static int gate_is_open(void *user)
{
    (void)user;
    atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed);
    return atomic_load(&is_open);
}

static enum cloacina_code wait_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, gate_is_open, NULL, interval_ms, err);
}

static int64_t processor_us(void)
{
    struct timespec spent;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
    return (int64_t)spent.tv_sec * 1000000 + spent.tv_nsec / 1000;
}

static int64_t now_ms(void)
{
    return cloacina_clock_monotonic(cloacina_clock_system()) / 1000000;
}

static int64_t memory_max_kib(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void pause_for(int64_t milliseconds)
{
    (void)nanosleep(
        &(struct timespec){.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000},
        NULL);
}

/* ---- the workflow: `count` tasks that depend on nothing ---- */

struct crowd {
    char (*names)[16];
    struct cloacina_task_definition *tasks;
    const struct cloacina_task_definition **list;
    struct cloacina_workflow_definition workflow;
};

static bool crowd_make(struct crowd *crowd, size_t count)
{
    crowd->names = calloc(count, sizeof(*crowd->names));
    crowd->tasks = calloc(count, sizeof(*crowd->tasks));
    crowd->list = calloc(count + 1, sizeof(*crowd->list));
    if (crowd->names == NULL || crowd->tasks == NULL || crowd->list == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(crowd->names[i], sizeof(crowd->names[i]), "wait_%06zu", i);
        crowd->tasks[i] = (struct cloacina_task_definition){
            .name = crowd->names[i],
            .body = wait_body,
        };
        crowd->list[i] = &crowd->tasks[i];
    }
    crowd->workflow = (struct cloacina_workflow_definition){.name = "crowd", .tasks = crowd->list};
    return true;
}

static void crowd_drop(struct crowd *crowd)
{
    free(crowd->names);
    free(crowd->tasks);
    free(crowd->list);
}

/* ---- measuring ---- */

/* Until all are parked; the figures are the runner's own. */
static int64_t park_all(struct cloacina_runner *runner, uint32_t count)
{
    struct cloacina_runner_figures figures;
    int64_t begin_ms = now_ms();
    cloacina_runner_look(runner, &figures);
    while (figures.parked < count) {
        pause_for(10);
        cloacina_runner_look(runner, &figures);
    }
    return now_ms() - begin_ms;
}

static bool measure(struct cloacina_runner *runner, uint32_t count, int64_t seconds)
{
    printf("parked: %" PRIu32 "\nuntil all are parked (ms): %" PRId64 "\n", count,
           park_all(runner, count));
    int64_t begin_us = processor_us(), begin_ms = now_ms(), begin_asked = atomic_load(&asked);
    pause_for(seconds * 1000);
    int64_t times = atomic_load(&asked) - begin_asked;
    int64_t passed_ms = now_ms() - begin_ms, spent_us = processor_us() - begin_us;
    int64_t memory_kib = memory_max_kib();
    printf("memory at most (MiB): %" PRId64 "\nbytes a task: %" PRId64 "\n", memory_kib / 1024,
           memory_kib * 1024 / count);
    printf("conditions asked in %" PRId64 " ms: %" PRId64 "\n", passed_ms, times);
    printf("processor time meanwhile (ms): %" PRId64 "\nfor one condition (us): %" PRId64 "\n",
           spent_us / 1000, times > 0 ? spent_us / times : 0);
    return memory_kib < MEMORY_MAX_KIB && times <= count * (passed_ms / interval_ms + 1);
}

static bool run(struct cloacina_runner *runner, uint32_t count, int64_t seconds,
                struct cloacina_error *err)
{
    struct cloacina_execution *execution;
    if (cloacina_runner_execute_async(runner, "crowd", NULL, &execution, err) != CLOACINA_OK) {
        return false;
    }
    bool is_well = measure(runner, count, seconds);
    atomic_store(&is_open, true);
    enum cloacina_code code = cloacina_execution_wait(execution, -1, err);
    uint32_t completed = cloacina_execution_look(execution)->completed;
    printf("completed: %" PRIu32 "\n", completed);
    cloacina_execution_destroy(execution);
    return is_well && code == CLOACINA_OK && completed == count;
}

int main(int argc, char **argv)
{
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct crowd crowd = {0};
    struct cloacina_runner *runner;
    uint32_t count = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 10000;
    int64_t seconds = argc > 2 ? strtol(argv[2], NULL, 10) : 10;
    interval_ms = argc > 3 ? strtol(argv[3], NULL, 10) : interval_ms;
    if (count == 0 || !crowd_make(&crowd, count)) {
        fputs("usage: parked [TASKS [SECONDS [INTERVAL_MS [DATABASE]]]]\n", stderr);
        return 2;
    }
    const struct cloacina_workflow_definition *const workflows[] = {&crowd.workflow, NULL};
    struct cloacina_runner_options options = {
        .database = argc > 4 ? argv[4] : NULL,
        .workflows = workflows,
        .slots = SLOTS,
    };
    bool is_well = cloacina_runner_start(&options, &runner, &err) == CLOACINA_OK;
    if (is_well) {
        is_well = run(runner, count, seconds, &err);
        cloacina_runner_destroy(runner);
    }
    if (err.code != CLOACINA_OK) {
        fprintf(stderr, "parked: %s\n", err.message);
    }
    crowd_drop(&crowd);
    return is_well ? 0 : 1;
}
