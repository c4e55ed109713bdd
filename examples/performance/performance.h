/* SPDX-License-Identifier: Apache-2.0 */
/* performance.h - measures one workflow through <cloacina/runner.h>, beside its floor.
 *
 *   round:  load.c    N threads call cloacina_runner_execute() until the round is done
 *           floor_*.c the SQL of the same work, in the same batches, without an engine
 *
 * The rounds take turns, so that both meet the same weather; what is told is the median round. */
#ifndef EXAMPLES_PERFORMANCE_H
#define EXAMPLES_PERFORMANCE_H

#include <stdbool.h>
#include <stdint.h>

#include <cloacina/runner.h>

enum { PERFORMANCE_ROUNDS_MAX = 99, PERFORMANCE_CONCURRENCY_MAX = 4096 };

/* A workflow in waves: every task of a wave depends on every task of the wave before. Tasks are in
 * definition order. */
struct performance {
    const struct cloacina_workflow_definition *workflow;
    const uint32_t *waves;     /* tasks in each; ends with 0 */
    const char *const *deltas; /* what each task leaves in the store, as JSON */
};

/* All-zero means the defaults. */
struct performance_options {
    const char *database; /* URL; NULL: an SQLite file in a new folder, removed at the end */
    uint64_t iterations;  /* workflows in all; default 10,000 */
    uint32_t concurrency; /* threads that execute; default 32 */
    uint32_t rounds;      /* default 5 */
    uint32_t slots;       /* default: as many as there can be Ready tasks */
    enum cloacina_durability durability; /* default: NORMAL on SQLite, FULL on PostgreSQL, unless
                                            the URL says */
};

/* Rates are of the median round. A figure that is not known for this store is below zero. */
struct performance_result {
    double workflows_per_second, tasks_per_second;
    double floor_tasks_per_second;
    double execute_p50_us, execute_p99_us;             /* of all calls of all rounds */
    double execute_alone_p50_us, execute_alone_p99_us; /* one call at a time, after the rounds */
    double cpu_us_per_task;       /* processor time of the whole process, of the median round */
    double floor_cpu_us_per_task; /* likewise */
    double commits_per_task;      /* changesets of the runner; each is one revision */
    double rows_per_task;         /* rows that stay in the store, counted in it */
    double statements_per_task;   /* SQLite: counted by its trace in a run of its own */
    uint64_t workflows;
    uint32_t tasks; /* in a workflow */
    uint32_t concurrency, rounds;
    char database[256];     /* as it may be shown: without a password */
    const char *durability; /* "full", "normal", or "url": what the URL says */
    char floor_note[CLOACINA_ERROR_MESSAGE_SIZE]; /* why there is no floor; "" */
};

enum cloacina_code performance_measure(const struct performance *shape,
                                       const struct performance_options *options,
                                       struct performance_result *ret_result,
                                       struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The main program of an example: options, measuring, a table or JSON. Returns its exit status:
 * 2 = wrong options, 3 = it could not be measured. */
int performance_main(const struct performance *shape, int argc, char **argv);

#endif
