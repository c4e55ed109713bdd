/* SPDX-License-Identifier: Apache-2.0 */
/* generate.c - workloads from a formula.
 *
 * Law: every choice is a pure function of (seed, what is chosen, how many came before it). */
#include "workload/generate.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/instant.h"
#include "cloacinactl/options.h"

enum { EDGES_DEFAULT = 3, RANDOM_COST_MS_MAX = 1000 };

enum shape { SHAPE_CHAIN, SHAPE_LAYERED, SHAPE_RANDOM };

/* Streams of choices. */
enum stream { STREAM_EDGES = 1, STREAM_COSTS = 2 };

struct formula {
    enum shape shape;
    uint64_t tasks; /* of one layer for SHAPE_LAYERED */
    uint64_t layers;
    uint64_t edges;
    uint64_t seed;
    uint64_t cost_ms;
    bool has_edges;
    bool has_seed;
    bool has_cost;
};

/* Takes off what is before `separator`, and it; true: there was one, so something may follow. */
static bool part_take(struct text *text, char separator, struct text *ret_part)
{
    size_t length = 0;
    while (length < text->length && text->bytes[length] != separator) {
        length++;
    }
    bool is_cut = length < text->length;
    size_t used = length + is_cut;
    *ret_part = (struct text){.bytes = text->bytes, .length = length};
    *text = (struct text){.bytes = text->bytes + used, .length = text->length - used};
    return is_cut;
}

/* One of edges=, seed=, cost=. */
static enum cloacina_code option_read(struct text option, struct formula *formula,
                                      struct cloacina_error *err)
{
    struct text value = option;
    struct text name;
    (void)part_take(&value, '=', &name);
    uint64_t maximum = UINT64_MAX;
    uint64_t *field;
    bool *seen;
    if (text_equal(name, TEXT_LITERAL("edges")) && formula->shape != SHAPE_CHAIN) {
        field = &formula->edges;
        seen = &formula->has_edges;
        maximum = formula->shape == SHAPE_LAYERED ? formula->tasks : CLOACINA_WORKFLOW_TASKS_MAX;
    } else if (text_equal(name, TEXT_LITERAL("seed"))) {
        field = &formula->seed;
        seen = &formula->has_seed;
    } else if (text_equal(name, TEXT_LITERAL("cost"))) {
        field = &formula->cost_ms;
        seen = &formula->has_cost;
        maximum = (uint64_t)GENERATE_COST_MS_MAX;
    } else {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is none of %sseed=S, cost=MS",
                                    TEXT_PRINT(option),
                                    formula->shape == SHAPE_CHAIN ? "" : "edges=E, ");
    }
    if (*seen) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is given twice",
                                    TEXT_PRINT(name));
    }
    *seen = true;
    enum cloacina_code code = count_parse(value, 0, maximum, field, err);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "%.*s", TEXT_PRINT(name));
}

static enum cloacina_code shape_read(struct text name, struct formula *formula,
                                     struct cloacina_error *err)
{
    if (text_equal(name, TEXT_LITERAL("chain"))) {
        formula->shape = SHAPE_CHAIN;
    } else if (text_equal(name, TEXT_LITERAL("layered"))) {
        formula->shape = SHAPE_LAYERED;
    } else if (text_equal(name, TEXT_LITERAL("random"))) {
        formula->shape = SHAPE_RANDOM;
    } else {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "'%.*s' is none of chain:N, layered:WxD,edges=E, "
                                    "random:N,edges=E, mixed:N",
                                    TEXT_PRINT(name));
    }
    return CLOACINA_OK;
}

/* "N", or "WxD" for SHAPE_LAYERED. */
static enum cloacina_code size_read(struct text size, struct formula *formula,
                                    struct cloacina_error *err)
{
    uint64_t maximum = CLOACINA_WORKFLOW_TASKS_MAX;
    struct text width = size;
    if (formula->shape == SHAPE_LAYERED) {
        (void)part_take(&size, 'x', &width);
    }
    formula->layers = 1;
    enum cloacina_code code = count_parse(width, 1, maximum, &formula->tasks, err);
    if (code == CLOACINA_OK && formula->shape == SHAPE_LAYERED) {
        code = count_parse(size, 1, maximum / formula->tasks, &formula->layers, err);
    }
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(
            err, "number of %s",
            formula->shape == SHAPE_LAYERED ? "tasks in a layer x layers (WxD)" : "tasks");
    }
    return CLOACINA_OK;
}

static enum cloacina_code formula_read(struct text text, struct formula *ret_formula,
                                       struct cloacina_error *err)
{
    struct formula formula = {.shape = SHAPE_CHAIN};
    struct text part;
    struct text name;
    bool has_more = part_take(&text, ',', &part);
    (void)part_take(&part, ':', &name);
    enum cloacina_code code = shape_read(name, &formula, err);
    if (code == CLOACINA_OK) {
        code = size_read(part, &formula, err);
    }
    while (code == CLOACINA_OK && has_more) {
        has_more = part_take(&text, ',', &part);
        code = option_read(part, &formula, err);
    }
    if (code == CLOACINA_OK && !formula.has_edges) {
        bool is_narrow = formula.shape == SHAPE_LAYERED && formula.tasks < EDGES_DEFAULT;
        formula.edges = is_narrow ? formula.tasks : EDGES_DEFAULT;
    }
    *ret_formula = formula;
    return code;
}

/* A number below `bound`, by multiplication (see base/random.h). */
static uint64_t draw(const struct formula *formula, enum stream stream, uint64_t count,
                     uint64_t bound)
{
    uint64_t word = hash_mix(hash_mix(formula->seed, stream), count);
    return (uint64_t)(((uint128_t)word * bound) >> 64);
}

/* The tasks that task `task` chooses its dependencies from: `*ret_count` from `*ret_first` on.
 * Returns how many it takes of them. */
static uint64_t candidates(const struct formula *formula, uint64_t task, uint64_t *ret_first,
                           uint64_t *ret_count)
{
    uint64_t layer = task / formula->tasks;
    uint64_t edges = formula->edges;
    switch (formula->shape) {
    case SHAPE_CHAIN:
        *ret_first = task - (task > 0);
        *ret_count = task > 0;
        return *ret_count;
    case SHAPE_LAYERED:
        *ret_first = layer > 0 ? (layer - 1) * formula->tasks : 0;
        *ret_count = formula->tasks;
        return layer > 0 ? edges : 0;
    case SHAPE_RANDOM:
        break;
    }
    *ret_first = 0;
    *ret_count = task;
    return task < edges ? task : edges;
}

/* How many dependencies there will be. */
static uint64_t dependencies_count(const struct formula *formula, uint64_t tasks)
{
    uint64_t sum = 0;
    for (uint64_t task = 0; task < tasks; task++) {
        uint64_t first;
        uint64_t count;
        sum += candidates(formula, task, &first, &count);
    }
    return sum;
}

/* Chooses the dependencies of one task, each with the same probability (R. Floyd, "A sample of
 * brilliance", CACM 30:9, 1987): one draw per dependency, none in vain. `marks[i] == task` says
 * that task i is chosen already. */
static void dependencies_choose(const struct formula *formula, struct workload *workload,
                                uint32_t task, uint32_t *marks)
{
    uint64_t first;
    uint64_t count;
    uint64_t edges = candidates(formula, task, &first, &count);
    struct workload_task *into = &workload->tasks[task];
    into->dependency_first = (uint32_t)workload->dependency_count;
    into->dependency_count = (uint32_t)edges;
    for (uint64_t last = count - edges; last < count; last++) {
        uint64_t chosen = first + draw(formula, STREAM_EDGES, workload->dependency_count, last + 1);
        if (marks[chosen] == task) {
            chosen = first + last;
        }
        marks[chosen] = task;
        workload->dependencies[workload->dependency_count++] = (uint32_t)chosen;
    }
}

/* "t007": all of one width, so that the order of names is that of numbers. */
static bool task_name(struct workload *workload, uint32_t task, int width)
{
    char name[16];
    int length = snprintf(name, sizeof(name), "t%0*u", width, (unsigned)task + 1);
    struct text text = {.bytes = name, .length = (size_t)length};
    workload->tasks[task].name = text_copy(&workload->arena, text);
    return workload->tasks[task].name.bytes != NULL;
}

static bool tasks_fill(const struct formula *formula, struct workload *workload, uint32_t *marks)
{
    int width = snprintf(NULL, 0, "%u", (unsigned)workload->task_count);
    for (uint32_t task = 0; task < workload->task_count; task++) {
        if (!task_name(workload, task, width)) {
            return false;
        }
        uint64_t cost_ms = formula->has_cost
                               ? formula->cost_ms
                               : 1 + draw(formula, STREAM_COSTS, task, RANDOM_COST_MS_MAX);
        workload->tasks[task].cost_ns = nanoseconds_of_ms((int64_t)cost_ms);
        marks[task] = UINT32_MAX;
        dependencies_choose(formula, workload, task, marks);
    }
    return true;
}

/* "layered-100x10": the formula without what stands behind the size. */
static bool workload_name(const struct formula *formula, struct workload *workload)
{
    static const char *const names[] = {"chain", "layered", "random"};
    char name[64];
    int length = snprintf(name, sizeof(name), "%s-%llu", names[formula->shape],
                          (unsigned long long)formula->tasks);
    if (formula->shape == SHAPE_LAYERED) {
        length += snprintf(name + length, sizeof(name) - (size_t)length, "x%llu",
                           (unsigned long long)formula->layers);
    }
    workload->name =
        text_copy(&workload->arena, (struct text){.bytes = name, .length = (size_t)length});
    return workload->name.bytes != NULL;
}

static bool workload_fill(const struct formula *formula, struct workload *workload, uint64_t tasks,
                          uint64_t dependencies)
{
    struct arena *arena = &workload->arena;
    uint32_t *marks = heap_take(arena->heap, (size_t)tasks * sizeof(*marks));
    workload->tasks = arena_take_zeroed(arena, (size_t)tasks, sizeof(*workload->tasks));
    workload->dependencies = arena_take(arena, (size_t)dependencies * sizeof(uint32_t));
    workload->task_count = (uint32_t)tasks;
    bool is_filled = marks != NULL && workload->tasks != NULL && workload->dependencies != NULL &&
                     workload_name(formula, workload) && tasks_fill(formula, workload, marks);
    heap_give(arena->heap, marks, (size_t)tasks * sizeof(*marks));
    return is_filled;
}

enum cloacina_code generate(struct text text, struct workload *workload, struct cloacina_error *err)
{
    struct formula formula;
    enum cloacina_code code = formula_read(text, &formula, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    uint64_t tasks = formula.tasks * formula.layers;
    uint64_t cost_ms = formula.has_cost ? formula.cost_ms : RANDOM_COST_MS_MAX;
    if (cost_ms > (uint64_t)(WORKLOAD_COST_NS_MAX / NANOSECONDS_PER_MILLISECOND) / tasks) {
        return cloacina_error_raise(err, CLOACINA_LIMIT,
                                    "%llu tasks of %llu ms are over the limit of 100 years",
                                    (unsigned long long)tasks, (unsigned long long)cost_ms);
    }
    uint64_t dependencies = dependencies_count(&formula, tasks);
    if (dependencies > GENERATE_DEPENDENCIES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT,
                                    "%llu dependencies are over the limit of %d",
                                    (unsigned long long)dependencies, GENERATE_DEPENDENCIES_MAX);
    }
    if (!workload_fill(&formula, workload, tasks, dependencies)) {
        workload_finish(workload);
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for %llu tasks",
                                    (unsigned long long)tasks);
    }
    return CLOACINA_OK;
}
