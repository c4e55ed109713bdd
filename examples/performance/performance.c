/* SPDX-License-Identifier: Apache-2.0 */
/* performance.c - rounds of the engine and of its floor, taking turns.
 *
 * Law: what is told is the median round; latencies are of every call. Before the first round every
 * thread has made a few calls that nobody looks at. */
#include "performance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "database.h"
#include "sql_floor.h"
#include "load.h"

enum { DEFAULT_ITERATIONS = 10000, DEFAULT_CONCURRENCY = 32, DEFAULT_ROUNDS = 5 };

/* Calls before the first round, calls one at a time after the last, and calls that are traced. */
enum { WARM_UP_PER_THREAD = 4, ALONE_CALLS = 500, TRACED_PER_THREAD = 8 };

struct measuring {
    const struct performance *shape;
    struct performance_options options; /* complete */
    uint32_t tasks;                     /* in a workflow */
    struct cloacina_runner *runner;     /* Owned */
    struct sql_floor *floor;            /* Owned; NULL: there is none */
    int64_t *latencies_ns;              /* Owned; of the calls of all rounds */
    struct performance_result *result;
};

/* ---- numbers ---- */

static int compare_int64(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static int compare_double(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof(*values), compare_double);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The latency that `percent` of the calls did not exceed, in microseconds. */
static double percentile_us(int64_t *latencies_ns, uint64_t count, unsigned percent)
{
    qsort(latencies_ns, count, sizeof(*latencies_ns), compare_int64);
    return (double)latencies_ns[(count - 1) * percent / 100] / 1000;
}

/* ---- the runner ---- */

static enum cloacina_code runner_open(struct measuring *measuring, struct cloacina_error *err)
{
    const struct cloacina_workflow_definition *const workflows[] = {measuring->shape->workflow,
                                                                    NULL};
    const struct cloacina_runner_options options = {
        .database = measuring->options.database,
        .durability = measuring->options.durability,
        .name = "performance",
        .workflows = workflows,
        .slots = measuring->options.slots,
    };
    return cloacina_runner_start(&options, &measuring->runner, err);
}

static void runner_close(struct measuring *measuring)
{
    cloacina_runner_destroy(measuring->runner);
    measuring->runner = NULL;
}

static enum cloacina_code calls_make(struct measuring *measuring, uint64_t calls, uint32_t threads,
                                     int64_t *latencies_ns, int64_t *ret_ns,
                                     struct cloacina_error *err)
{
    const struct load load = {.runner = measuring->runner,
                              .workflow = measuring->shape->workflow->name,
                              .calls = calls,
                              .threads = threads};
    return load_run(&load, latencies_ns, ret_ns, err);
}

/* ---- rounds ---- */

struct round {
    double workflows_per_second[PERFORMANCE_ROUNDS_MAX];
    double cpu_us_per_task[PERFORMANCE_ROUNDS_MAX];
};

static void round_note(struct round *rounds, uint32_t round, const struct measuring *measuring,
                       uint64_t workflows, int64_t ns, int64_t cpu_ns)
{
    double tasks = (double)workflows * measuring->tasks;
    rounds->workflows_per_second[round] = (double)workflows * 1e9 / (double)ns;
    rounds->cpu_us_per_task[round] = (double)cpu_ns / 1000 / tasks;
}

static enum cloacina_code engine_round(struct measuring *measuring, uint32_t round,
                                       struct round *rounds, struct cloacina_error *err)
{
    uint64_t calls = measuring->options.iterations / measuring->options.rounds;
    int64_t ns;
    int64_t cpu = load_cpu_ns();
    enum cloacina_code code = calls_make(measuring, calls, measuring->options.concurrency,
                                         measuring->latencies_ns + round * calls, &ns, err);
    if (code == CLOACINA_OK) {
        round_note(rounds, round, measuring, calls, ns, load_cpu_ns() - cpu);
    }
    return code;
}

static enum cloacina_code floor_round(struct measuring *measuring, uint32_t round,
                                      struct round *rounds, struct cloacina_error *err)
{
    uint64_t wanted = measuring->options.iterations / measuring->options.rounds;
    uint64_t made;
    int64_t cpu = load_cpu_ns();
    int64_t begin = load_now_ns();
    enum cloacina_code code = measuring->floor->impl->run(measuring->floor, wanted, &made, err);
    int64_t ns = load_now_ns() - begin;
    if (code == CLOACINA_OK) {
        round_note(rounds, round, measuring, made, ns, load_cpu_ns() - cpu);
    }
    return code;
}

static uint64_t warm_up_calls(const struct measuring *measuring)
{
    return (uint64_t)measuring->options.concurrency * WARM_UP_PER_THREAD;
}

static enum cloacina_code warm_up(struct measuring *measuring, struct cloacina_error *err)
{
    uint32_t threads = measuring->options.concurrency;
    uint64_t calls = warm_up_calls(measuring);
    uint64_t made;
    int64_t ns;
    int64_t *ignored = calloc(calls, sizeof(*ignored));
    if (ignored == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    enum cloacina_code code = calls_make(measuring, calls, threads, ignored, &ns, err);
    free(ignored);
    if (code == CLOACINA_OK && measuring->floor != NULL) {
        code = measuring->floor->impl->run(measuring->floor, calls, &made, err);
    }
    return code;
}

static enum cloacina_code rounds_run(struct measuring *measuring, struct cloacina_error *err)
{
    struct performance_result *result = measuring->result;
    struct round engine;
    struct round floor;
    uint32_t rounds = measuring->options.rounds;
    enum cloacina_code code = warm_up(measuring, err);
    for (uint32_t round = 0; code == CLOACINA_OK && round < rounds; round++) {
        code = engine_round(measuring, round, &engine, err);
        if (code == CLOACINA_OK && measuring->floor != NULL) {
            code = floor_round(measuring, round, &floor, err);
        }
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    result->workflows_per_second = median(engine.workflows_per_second, rounds);
    result->tasks_per_second = result->workflows_per_second * measuring->tasks;
    result->cpu_us_per_task = median(engine.cpu_us_per_task, rounds);
    if (measuring->floor != NULL) {
        result->floor_tasks_per_second =
            median(floor.workflows_per_second, rounds) * measuring->tasks;
        result->floor_cpu_us_per_task = median(floor.cpu_us_per_task, rounds);
    }
    return CLOACINA_OK;
}

/* ---- what is counted beside the time ---- */

static enum cloacina_code alone_measure(struct measuring *measuring, struct cloacina_error *err)
{
    int64_t latencies_ns[ALONE_CALLS];
    int64_t ns;
    enum cloacina_code code = calls_make(measuring, ALONE_CALLS, 1, latencies_ns, &ns, err);
    if (code == CLOACINA_OK) {
        measuring->result->execute_alone_p50_us = percentile_us(latencies_ns, ALONE_CALLS, 50);
        measuring->result->execute_alone_p99_us = percentile_us(latencies_ns, ALONE_CALLS, 99);
    }
    return code;
}

/* The rounds and the calls before them, with a look at the counters of the runner and of the
 * database on both sides. */
static enum cloacina_code counted_run(struct measuring *measuring, struct cloacina_error *err)
{
    struct cloacina_runner_figures figures;
    uint64_t before;
    uint64_t after;
    const char *database = measuring->options.database;
    bool has_rows = database_rows(database, &before, NULL) == CLOACINA_OK;
    enum cloacina_code code = rounds_run(measuring, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    cloacina_runner_look(measuring->runner, &figures);
    uint64_t calls = measuring->options.iterations + warm_up_calls(measuring);
    double tasks = (double)calls * measuring->tasks;
    measuring->result->commits_per_task = (double)figures.commits / tasks;
    if (has_rows && database_rows(database, &after, NULL) == CLOACINA_OK) {
        measuring->result->rows_per_task = (double)(after - before) / tasks;
    }
    return CLOACINA_OK;
}

/* A short run of its own: the trace would slow down what is timed. */
static enum cloacina_code trace_measure(struct measuring *measuring, struct cloacina_error *err)
{
    uint64_t calls = (uint64_t)measuring->options.concurrency * TRACED_PER_THREAD;
    int64_t ns;
    if (database_kind(measuring->options.database) != DATABASE_SQLITE || !database_trace_begin()) {
        return CLOACINA_OK;
    }
    int64_t *ignored = calloc(calls, sizeof(*ignored));
    enum cloacina_code code = ignored == NULL
                                  ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                                  : runner_open(measuring, err);
    database_trace_end();
    if (code == CLOACINA_OK) {
        uint64_t begin = database_trace_count();
        code = calls_make(measuring, calls, measuring->options.concurrency, ignored, &ns, err);
        double count = (double)(database_trace_count() - begin);
        measuring->result->statements_per_task = count / ((double)calls * measuring->tasks);
        runner_close(measuring);
    }
    free(ignored);
    return code;
}

static enum cloacina_code everything_measure(struct measuring *measuring,
                                             struct cloacina_error *err)
{
    uint64_t calls = measuring->options.iterations;
    measuring->latencies_ns = calloc(calls, sizeof(*measuring->latencies_ns));
    if (measuring->latencies_ns == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for %" PRIu64 " figures",
                                    calls);
    }
    enum cloacina_code code = runner_open(measuring, err);
    if (code == CLOACINA_OK) {
        code = counted_run(measuring, err);
    }
    if (code == CLOACINA_OK) {
        measuring->result->execute_p50_us = percentile_us(measuring->latencies_ns, calls, 50);
        measuring->result->execute_p99_us = percentile_us(measuring->latencies_ns, calls, 99);
        code = alone_measure(measuring, err);
    }
    runner_close(measuring);
    return code == CLOACINA_OK ? trace_measure(measuring, err) : code;
}

/* ---- options ---- */

/* An own file in a new folder. */
static enum cloacina_code own_database_make(char *url, size_t size, char *folder,
                                            struct cloacina_error *err)
{
    if (mkdtemp(folder) == NULL) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot make the folder '%s'", folder);
    }
    (void)snprintf(url, size, "sqlite://%s/performance.db", folder);
    return CLOACINA_OK;
}

static void own_database_remove(const char *url, const char *folder)
{
    database_remove(url);
    (void)rmdir(folder);
}

static void options_complete(struct performance_options *options, uint32_t widest)
{
    options->concurrency = options->concurrency != 0 ? options->concurrency : DEFAULT_CONCURRENCY;
    options->iterations = options->iterations != 0 ? options->iterations : DEFAULT_ITERATIONS;
    options->rounds = options->rounds != 0 ? options->rounds : DEFAULT_ROUNDS;
    if (options->rounds > options->iterations) {
        options->rounds = (uint32_t)options->iterations;
    }
    options->iterations -= options->iterations % options->rounds;
    options->slots = options->slots != 0 ? options->slots : options->concurrency * widest;
    if (options->slots > CLOACINA_RUNNER_SLOTS_MAX) {
        options->slots = CLOACINA_RUNNER_SLOTS_MAX;
    }
    if (options->durability == CLOACINA_DURABILITY_DEFAULT) {
        options->durability = database_durability(options->database);
    }
}

static const char *durability_name(enum cloacina_durability durability)
{
    switch (durability) {
    case CLOACINA_DURABILITY_FULL:
        return "full";
    case CLOACINA_DURABILITY_NORMAL:
        return "normal";
    case CLOACINA_DURABILITY_DEFAULT:
        break;
    }
    return "url";
}

static uint32_t shape_tasks(const struct performance *shape, uint32_t *ret_widest)
{
    uint32_t tasks = 0;
    *ret_widest = 0;
    for (const uint32_t *wave = shape->waves; *wave != 0; wave++) {
        tasks += *wave;
        *ret_widest = *wave > *ret_widest ? *wave : *ret_widest;
    }
    return tasks;
}

static struct performance_result result_begin(const struct measuring *measuring)
{
    struct performance_result result = {
        .floor_tasks_per_second = -1,
        .floor_cpu_us_per_task = -1,
        .rows_per_task = -1,
        .statements_per_task = -1,
        .workflows = measuring->options.iterations,
        .tasks = measuring->tasks,
        .concurrency = measuring->options.concurrency,
        .rounds = measuring->options.rounds,
        .durability = durability_name(measuring->options.durability),
    };
    database_show(measuring->options.database, result.database, sizeof(result.database));
    return result;
}

enum cloacina_code performance_measure(const struct performance *shape,
                                       const struct performance_options *options,
                                       struct performance_result *ret_result,
                                       struct cloacina_error *err)
{
    char folder[] = "/tmp/cloacina-performance-XXXXXX";
    char url[sizeof(folder) + 32];
    struct cloacina_error why;
    uint32_t widest;
    struct measuring measuring = {.shape = shape, .options = *options, .result = ret_result};
    bool is_own = options->database == NULL;
    if (is_own) {
        enum cloacina_code code = own_database_make(url, sizeof(url), folder, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        measuring.options.database = url;
    }
    measuring.tasks = shape_tasks(shape, &widest);
    options_complete(&measuring.options, widest);
    *ret_result = result_begin(&measuring);
    const struct sql_floor_options floor = {.database = measuring.options.database,
                                            .durability = measuring.options.durability,
                                            .concurrency = measuring.options.concurrency};
    if (sql_floor_open(shape, &floor, &measuring.floor, &why) != CLOACINA_OK) {
        (void)snprintf(ret_result->floor_note, sizeof(ret_result->floor_note), "%s", why.message);
    }
    enum cloacina_code code = everything_measure(&measuring, err);
    free(measuring.latencies_ns);
    if (measuring.floor != NULL) {
        measuring.floor->impl->close(measuring.floor);
    }
    if (is_own) {
        own_database_remove(url, folder);
    }
    return code;
}
