/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c - measures, and shows every figure beside its floor.
 *
 *   what                                  here      floor    ratio
 *   chain 1,000, checkers off           812 ns      61 ns     13.3
 *
 * The floor of a figure is the bare loop of floor.c with as many nodes as tasks, as many events as
 * the world fired, and as many pending as tasks ran at the same time on average; that of a store is
 * the same SQL without an engine (examples/performance). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cloacinactl/console.h"
#include "cloacinactl/file.h"
#include "cloacinactl/options.h"
#include "context/json.h"
#include "floor.h"
#include "meter.h"
#include "storm.h"
#include "stores.h"
#include "subject.h"

enum { TASKS_MIN = 1000, TASKS_MAX = 1000000, TASKS_QUICK_MAX = 10000, FIGURES_MAX = 64 };

/* Worlds of a search that are measured, and how many of them at most when it has to be quick. */
enum { SEEDS = 20000, SEEDS_QUICK = 500 };

/* Runs of each figure: as many as about this many tasks take, at least three. */
enum { TASKS_PER_FIGURE = 200000, RUNS_MIN = 3, UNIT_TESTS = 2000 };

struct bench_options {
    const char *json;
    bool is_quick;
};

static const struct option option_list[] = {
    {.name = "json",
     .value_name = "FILE",
     .help = "write the figures as JSON too",
     .type = OPTION_TEXT,
     .offset = offsetof(struct bench_options, json)},
    {.name = "quick",
     .help = "only up to 10,000 tasks",
     .type = OPTION_FLAG,
     .offset = offsetof(struct bench_options, is_quick)},
};

struct figure {
    char name[64];
    const char *unit;
    double value;
    double floor;
};

struct figures {
    struct figure list[FIGURES_MAX];
    size_t count;
};

static const struct {
    const char *name;
    const char *formula; /* %u: tasks, or layers */
    unsigned width;      /* tasks in a layer */
} shapes[] = {
    {"chain", "chain:%u", 1},
    {"layered, 100 wide", "layered:100x%u,edges=3", 100},
    {"layered, 1000 wide", "layered:1000x%u,edges=3", 1000},
    {"random", "random:%u,edges=3", 1},
};

static void figure_add(struct figures *figures, const char *unit, double value, double floor,
                       const char *name)
{
    if (figures->count == FIGURES_MAX) {
        abort();
    }
    struct figure *figure = &figures->list[figures->count++];
    *figure = (struct figure){.unit = unit, .value = value, .floor = floor};
    (void)snprintf(figure->name, sizeof(figure->name), "%s", name);
    printf("%-56s %10.2f %10.2f %8.2f  %s\n", name, value, floor, value / floor, unit);
    (void)fflush(stdout);
}

/* ---- one size of one shape ---- */

struct measure {
    double here; /* ns per task */
    double floor;
};

static uint32_t runs_wanted(uint32_t tasks)
{
    uint32_t runs = TASKS_PER_FIGURE / tasks;
    return runs < RUNS_MIN ? RUNS_MIN : runs;
}

/* The bare loop of the same size as what was run. */
static struct floor_options floor_like(const struct subject *subject, const struct subject_run *run)
{
    int64_t pending = subject->work_ns / run->makespan_ns;
    return (struct floor_options){.nodes = subject->tasks,
                                  .pending = pending < 1 ? 1 : (uint64_t)pending,
                                  .events = run->events};
}

static struct measure measure(const struct subject *subject, bool has_checkers)
{
    int64_t here = INT64_MAX;
    int64_t floor = INT64_MAX;
    for (uint32_t i = 0; i < runs_wanted(subject->tasks); i++) {
        struct subject_run run = subject_run(subject, has_checkers);
        struct floor_options options = floor_like(subject, &run);
        int64_t bare = floor_time_ns(&options);
        here = run.ns < here ? run.ns : here;
        floor = bare < floor ? bare : floor;
    }
    return (struct measure){.here = (double)here / subject->tasks,
                            .floor = (double)floor / subject->tasks};
}

static void subject_open_shape(struct subject *subject, size_t shape, uint32_t tasks)
{
    char formula[64];
    char number[16];
    const char *mark = strstr(shapes[shape].formula, "%u");
    (void)snprintf(number, sizeof(number), "%u", (unsigned)tasks / shapes[shape].width);
    (void)snprintf(formula, sizeof(formula), "%.*s%s%s", (int)(mark - shapes[shape].formula),
                   shapes[shape].formula, number, mark + 2);
    subject_open(subject, formula);
}

/* ---- figures ---- */

static void speed_measure(struct figures *figures, size_t shape, bool has_checkers,
                          uint32_t tasks_max)
{
    struct measure first = {0};
    struct measure last = {0};
    char name[64];
    const char *checkers = has_checkers ? "on" : "off";
    for (uint32_t tasks = TASKS_MIN; tasks <= tasks_max; tasks *= 10) {
        struct subject subject;
        subject_open_shape(&subject, shape, tasks);
        last = measure(&subject, has_checkers);
        subject_close(&subject);
        first = tasks == TASKS_MIN ? last : first;
        (void)snprintf(name, sizeof(name), "%s, %u tasks, checkers %s", shapes[shape].name,
                       (unsigned)tasks, checkers);
        figure_add(figures, "ns per task", last.here, last.floor, name);
    }
    (void)snprintf(name, sizeof(name), "%s, growth to %u, checkers %s", shapes[shape].name,
                   (unsigned)tasks_max, checkers);
    figure_add(figures, "times", last.here / first.here, last.floor / first.floor, name);
}

struct memory_work {
    size_t shape;
    uint32_t tasks;
};

static void subject_work(void *argument)
{
    const struct memory_work *work = argument;
    struct subject subject;
    subject_open_shape(&subject, work->shape, work->tasks);
    (void)subject_run(&subject, true);
    subject_close(&subject);
}

static void floor_work(void *argument)
{
    const struct memory_work *work = argument;
    struct floor_options options = {.nodes = work->tasks, .pending = 1, .events = work->tasks};
    (void)floor_run(&options);
}

static void memory_measure(struct figures *figures, size_t shape, uint32_t tasks)
{
    struct memory_work work = {.shape = shape, .tasks = tasks};
    char name[64];
    (void)snprintf(name, sizeof(name), "%s, %u tasks, memory with checkers", shapes[shape].name,
                   (unsigned)tasks);
    double here = (double)meter_memory(subject_work, &work) / tasks;
    double floor = (double)meter_memory(floor_work, &work) / tasks;
    figure_add(figures, "bytes per task", here, floor, name);
}

static void unit_test_measure(struct figures *figures)
{
    struct floor_options options = {.nodes = 3, .pending = 1, .events = 3};
    int64_t here = INT64_MAX;
    int64_t floor = INT64_MAX;
    for (int i = 0; i < UNIT_TESTS; i++) {
        int64_t ns = subject_unit_test_ns();
        int64_t begin = meter_now_ns();
        (void)floor_run(&options);
        int64_t bare = meter_now_ns() - begin;
        here = ns < here ? ns : here;
        floor = bare < floor ? bare : floor;
    }
    figure_add(figures, "us per test", (double)here / 1000, (double)floor / 1000,
               "unit test of three tasks");
}

/* ---- searches, and a year ---- */

static void seeds_measure(struct figures *figures, uint64_t seeds)
{
    double storm = (double)storm_seeds_ns("chaos", seeds) / 1000 / (double)seeds;
    double calm = (double)storm_seeds_ns(NULL, seeds) / 1000 / (double)seeds;
    figure_add(figures, "us per run", storm, calm, "ten tasks, three runners, chaos");
}

static void sweep_measure(struct figures *figures)
{
    uint64_t runs;
    double here = (double)storm_sweep_ns(&runs) / 1000000;
    double calm = (double)storm_calm_ns() / 1000000 * (double)runs;
    char name[64];
    (void)snprintf(name, sizeof(name), "sweep over five tasks, %llu runs",
                   (unsigned long long)runs);
    figure_add(figures, "ms", here, calm, name);
}

static void year_measure(struct figures *figures)
{
    uint64_t beats;
    double here = (double)storm_year_ns(&beats) / 1000000;
    struct floor_options options = {.nodes = (uint32_t)beats, .pending = 1, .events = beats};
    double floor = (double)floor_time_ns(&options) / 1000000;
    figure_add(figures, "ms", here, floor, "a year of three tasks every hour");
}

/* ---- stores ---- */

static void store_told(void *user, const char *unit, double value, double floor, const char *name)
{
    figure_add(user, unit, value, floor, name);
}

/* ---- what comes out ---- */

static void json_append(const struct figures *figures, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "{\"figures\":[");
    for (size_t i = 0; i < figures->count; i++) {
        const struct figure *figure = &figures->list[i];
        text_builder_append_terminated(builder, i == 0 ? "\n{\"name\":" : ",\n{\"name\":");
        json_write_text(builder, text_of(figure->name));
        text_builder_append_terminated(builder, ",\"unit\":");
        json_write_text(builder, text_of(figure->unit));
        text_builder_print(builder, ",\"value\":%.3f,\"floor\":%.3f,\"ratio\":%.3f}", figure->value,
                           figure->floor, figure->value / figure->floor);
    }
    text_builder_append_terminated(builder, "\n]}\n");
}

static enum cloacina_code json_write(const struct figures *figures, const char *path,
                                     struct cloacina_error *err)
{
    FILE *stream;
    struct text_builder builder;
    enum cloacina_code code = file_create(path, &stream, err);
    if (code == CLOACINA_OK) {
        text_builder_init(&builder, NULL);
        json_append(figures, &builder);
        fputs(text_builder_terminated(&builder), stream);
        text_builder_finish(&builder);
        code = console_close(stream, path, err);
    }
    return code;
}

static void all_measure(struct figures *figures, uint32_t tasks_max)
{
    printf("%-56s %10s %10s %8s\n", "", "here", "floor", "ratio");
    for (size_t shape = 0; shape < ARRAY_COUNT(shapes); shape++) {
        memory_measure(figures, shape, tasks_max);
    }
    unit_test_measure(figures);
    stores_measure(tasks_max != TASKS_MAX, store_told, figures);
    seeds_measure(figures, tasks_max == TASKS_MAX ? SEEDS : SEEDS_QUICK);
    sweep_measure(figures);
    year_measure(figures);
    for (int has_checkers = 0; has_checkers <= 1; has_checkers++) {
        for (size_t shape = 0; shape < ARRAY_COUNT(shapes); shape++) {
            speed_measure(figures, shape, has_checkers != 0, tasks_max);
        }
    }
}

int main(int argc, char **argv)
{
    static struct figures figures;
    struct bench_options options = {.json = NULL};
    struct option_table table = {.options = option_list, .count = ARRAY_COUNT(option_list)};
    struct cloacina_error err;
    bool wants_help = false;
    if (options_parse(&table, argc - 1, argv + 1, &options, &wants_help, &err) != CLOACINA_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        return 2;
    }
    if (wants_help) {
        puts("usage: bench [--json FILE] [--quick]");
        return 0;
    }
    all_measure(&figures, options.is_quick ? TASKS_QUICK_MAX : TASKS_MAX);
    if (options.json != NULL && json_write(&figures, options.json, &err) != CLOACINA_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        return 3;
    }
    return 0;
}
