/* SPDX-License-Identifier: Apache-2.0 */
/* mixed.c - the formula, the shape of the graph, and the way into a world.
 *
 * A task waits for nothing, for the one before it (chains), for what the one before it waits for
 * (fans), or for some of the last eight (joins; with fans: diamonds). Names begin with a letter by
 * chance, so that the order of names, of numbers and of definition differ. */
#include "workload/mixed.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/heap.h"
#include "cloacinactl/options.h"
#include "workload/mixed_script.h"

enum { JOIN_REACH = 8 };

/* A task takes at most some 1,300 s: five attempts of 20 s and then out of time, or with two sleeps
 * of 90 s; 15 s of delay between them; three recoveries. */
enum { TASKS_A_DAY = 64 };

/* Streams of throws that belong to no task. */
enum { STREAM_SHAPE = 1, STREAM_CONTEXTS = 2 };

/* ---- the formula ---- */

bool mixed_is_meant(struct text formula)
{
    return text_starts_with(formula, TEXT_LITERAL("mixed:"));
}

static struct text text_behind(struct text text, size_t length)
{
    return (struct text){.bytes = text.bytes + length, .length = text.length - length};
}

enum cloacina_code mixed_read(struct text formula, struct cloacina_heap *heap,
                              struct mixed *ret_mixed, struct cloacina_error *err)
{
    struct text seed_word = TEXT_LITERAL("seed=");
    struct text count_text = text_behind(formula, sizeof("mixed:") - 1);
    struct mixed mixed = {.heap = heap != NULL ? heap : cloacina_heap_system()};
    const char *comma =
        count_text.length == 0 ? NULL : memchr(count_text.bytes, ',', count_text.length);
    struct text option = {.bytes = NULL};
    if (comma != NULL) {
        size_t length = (size_t)(comma - count_text.bytes);
        option = text_behind(count_text, length + 1);
        count_text.length = length;
    }
    uint64_t count = 0;
    if (count_parse(count_text, 1, MIXED_TASKS_MAX, &count, err) != CLOACINA_OK) {
        return cloacina_error_wrap(err, "number of tasks");
    }
    mixed.task_count = (uint32_t)count;
    mixed.has_seed = comma != NULL;
    if (mixed.has_seed && !text_starts_with(option, seed_word)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is not seed=S",
                                    TEXT_PRINT(option));
    }
    if (mixed.has_seed && count_parse(text_behind(option, seed_word.length), 0, UINT64_MAX,
                                      &mixed.seed, err) != CLOACINA_OK) {
        return cloacina_error_wrap(err, "seed");
    }
    arena_init(&mixed.arena, mixed.heap);
    *ret_mixed = mixed;
    return CLOACINA_OK;
}

void mixed_finish(struct mixed *mixed)
{
    cloacina_workflow_unref(mixed->workflow);
    arena_finish(&mixed->arena);
    mixed->workflow = NULL;
}

int64_t mixed_days_max(const struct mixed *mixed)
{
    return 1 + (int64_t)MIXED_EXECUTIONS_MAX * mixed->task_count / TASKS_A_DAY;
}

/* ---- the shape ---- */

static void dependency_add(struct mixed_script *script, uint32_t dependency)
{
    for (uint32_t i = 0; i < script->dependency_count; i++) {
        if (script->dependencies[i] == dependency) {
            return;
        }
    }
    script->dependencies[script->dependency_count++] = dependency;
}

static void dependencies_choose(struct dice *dice, struct mixed_script *scripts, uint32_t task)
{
    struct mixed_script *script = &scripts[task];
    uint32_t roll = dice_below(dice, 100);
    if (task == 0 || roll < 12) {
        return;
    }
    if (roll < 45) {
        dependency_add(script, task - 1);
        return;
    }
    if (roll < 65) {
        script->dependency_count = script[-1].dependency_count;
        memcpy(script->dependencies, script[-1].dependencies, sizeof(script->dependencies));
        return;
    }
    uint32_t reach = task < JOIN_REACH ? task : JOIN_REACH;
    for (uint32_t left = dice_between(dice, 2, MIXED_DEPENDENCIES_MAX); left > 0; left--) {
        dependency_add(script, task - 1 - dice_below(dice, reach));
    }
}

/* ---- tasks ---- */

static enum cloacina_code no_memory(const struct mixed *mixed, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for %u mixed tasks",
                                (unsigned)mixed->task_count);
}

static bool name_write(struct mixed *mixed, struct dice *dice, uint32_t task)
{
    char name[MIXED_NAME_SIZE];
    int length = snprintf(name, sizeof(name), "%c%02u", (char)('a' + dice_below(dice, 26)),
                          (unsigned)task + 1);
    mixed->scripts[task].name = arena_copy(&mixed->arena, name, (size_t)length);
    return mixed->scripts[task].name != NULL;
}

static enum cloacina_code task_add(struct cloacina_workflow_builder *builder,
                                   const struct mixed *mixed, uint32_t task,
                                   const struct cloacina_rule *rule, struct cloacina_retry retry,
                                   struct cloacina_error *err)
{
    struct mixed_script *script = &mixed->scripts[task];
    const char *dependencies[MIXED_DEPENDENCIES_MAX + 1] = {NULL};
    for (uint32_t i = 0; i < script->dependency_count; i++) {
        dependencies[i] = mixed->scripts[script->dependencies[i]].name;
    }
    struct cloacina_task_options options = {
        .name = script->name,
        .dependencies = dependencies,
        .body = mixed_body,
        .retry = retry,
        .timeout_ms = script->timeout_ms,
        .rule = rule,
        .user = script,
    };
    return cloacina_workflow_builder_add_task(builder, &options, err);
}

/* In a workflow that sleeps no task runs: the end comes with the submission. */
static const struct cloacina_rule rule_of_sleepers = {
    .type = CLOACINA_RULE_CONTEXT_VALUE, .key = "wake", .comparison = CLOACINA_KEY_EXISTS};

static enum cloacina_code tasks_add(struct cloacina_workflow_builder *builder, struct mixed *mixed,
                                    struct cloacina_error *err)
{
    struct dice shape = {.seed = hash_mix(mixed->seed, STREAM_SHAPE)};
    bool sleeps = dice_says(&shape, 3);
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t task = 0; task < mixed->task_count && code == CLOACINA_OK; task++) {
        if (!name_write(mixed, &shape, task)) {
            return no_memory(mixed, err);
        }
        dependencies_choose(&shape, mixed->scripts, task);
        const char *name = mixed->scripts[task].name;
        struct dice dice = {.seed = hash_of(name, strlen(name), mixed->seed)};
        const struct cloacina_rule *rule = NULL;
        if (!mixed_script_write(&mixed->arena, &dice, &mixed->scripts[task]) ||
            !mixed_rule(mixed, &dice, task, &rule)) {
            return no_memory(mixed, err);
        }
        code = task_add(builder, mixed, task, sleeps ? &rule_of_sleepers : rule, mixed_retry(&dice),
                        err);
    }
    return code;
}

static enum cloacina_code workflow_build(struct mixed *mixed, struct cloacina_error *err)
{
    struct cloacina_workflow_builder *builder = NULL;
    char name[32];
    (void)snprintf(name, sizeof(name), "mixed-%u", (unsigned)mixed->task_count);
    struct cloacina_workflow_options options = {.name = name, .heap = mixed->heap};
    enum cloacina_code code = cloacina_workflow_builder_create(&options, &builder, err);
    if (code == CLOACINA_OK) {
        code = tasks_add(builder, mixed, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_builder_build(builder, &mixed->workflow, err);
    }
    cloacina_workflow_builder_destroy(builder);
    return code;
}

/* One execution, or two, each with a context of its own. */
static void contexts_choose(struct mixed *mixed)
{
    static const char *const contexts[] = {
        "{}",
        "{\"any\":1,\"count\":3,\"list\":[1,2],\"tree\":{\"a\":{\"b\":1}}}",
        "{\"flag\":true,\"list\":[],\"tree\":{\"x\":{\"y\":{\"z\":1}},\"d\":0}}",
        "{\"any\":\"busy\",\"count\":18446744073709551615,\"flag\":false,\"tree\":{}}",
    };
    struct dice dice = {.seed = hash_mix(mixed->seed, STREAM_CONTEXTS)};
    mixed->execution_count = dice_says(&dice, 25) ? MIXED_EXECUTIONS_MAX : 1;
    for (uint32_t i = 0; i < MIXED_EXECUTIONS_MAX; i++) {
        mixed->contexts[i] = contexts[dice_below(&dice, ARRAY_COUNT(contexts))];
    }
}

enum cloacina_code mixed_make(struct mixed *mixed, uint64_t seed, struct cloacina_error *err)
{
    seed = mixed->has_seed ? mixed->seed : seed;
    if (mixed->workflow != NULL && mixed->seed == seed) {
        return CLOACINA_OK;
    }
    cloacina_workflow_unref(mixed->workflow);
    arena_reset(&mixed->arena);
    mixed->workflow = NULL;
    mixed->seed = seed;
    mixed->scripts = arena_take_zeroed(&mixed->arena, mixed->task_count, sizeof(mixed->scripts[0]));
    if (mixed->scripts == NULL) {
        return no_memory(mixed, err);
    }
    contexts_choose(mixed);
    return workflow_build(mixed, err);
}

/* ---- into a world ---- */

/* In how many executions the task is Completed. */
static uint64_t completed_count(const struct cloacina_world *world, const struct mixed *mixed,
                                const struct mixed_script *script)
{
    uint64_t completed = 0;
    for (uint32_t i = 0; i < mixed->execution_count; i++) {
        struct cloacina_world_task task;
        completed += cloacina_world_task(world, mixed->executions[i], script->name, &task, NULL) ==
                         CLOACINA_OK &&
                     strcmp(task.status, "Completed") == 0;
    }
    return completed;
}

/* Not less often than the task was completed; not more often than once in each execution, when the
 * receiver knows the idempotency key. */
static enum cloacina_code effect_judge(const struct cloacina_world *world,
                                       const struct mixed *mixed, const struct mixed_script *script,
                                       struct cloacina_error *err)
{
    unsigned long long applied = cloacina_world_effects(world, script->effect);
    unsigned long long completed = completed_count(world, mixed, script);
    if (applied < completed) {
        return cloacina_error_set(err, "'%s' is Completed %llu times, '%s' happened %llu times",
                                  script->name, completed, script->effect, applied);
    }
    if (script->is_once_per_key && applied > mixed->execution_count) {
        return cloacina_error_set(err, "'%s' happened %llu times in %u executions, under new keys",
                                  script->effect, applied, (unsigned)mixed->execution_count);
    }
    return CLOACINA_OK;
}

static enum cloacina_code effects_are_done(const struct cloacina_world *world, void *user,
                                           struct cloacina_error *err)
{
    const struct mixed *mixed = user;
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < mixed->task_count && code == CLOACINA_OK; i++) {
        if (mixed->scripts[i].effect != NULL) {
            code = effect_judge(world, mixed, &mixed->scripts[i], err);
        }
    }
    return code;
}

static enum cloacina_code bodies_are_right(const struct cloacina_world *world, void *user,
                                           struct cloacina_error *err)
{
    const struct mixed *mixed = user;
    (void)world;
    for (uint32_t i = 0; i < mixed->task_count; i++) {
        if (mixed->scripts[i].taken_by[0] != '\0') {
            return cloacina_error_set(err, "task '%s' ran the body of '%s'",
                                      mixed->scripts[i].taken_by, mixed->scripts[i].name);
        }
    }
    return CLOACINA_OK;
}

/* Also forgets what was seen in the world before. */
static void properties_set(struct mixed *mixed)
{
    mixed->properties[0] = (struct cloacina_property){
        .name = "a completed task has done its deed, and once under its key",
        .type = CLOACINA_EVENTUALLY,
        .holds = effects_are_done,
        .user = mixed,
    };
    mixed->properties[1] = (struct cloacina_property){
        .name = "every task runs its own body",
        .type = CLOACINA_EVENTUALLY,
        .holds = bodies_are_right,
        .user = mixed,
    };
    for (uint32_t i = 0; i < mixed->task_count; i++) {
        mixed->scripts[i].taken_by[0] = '\0';
    }
}

enum cloacina_code mixed_prepare(void *user, struct cloacina_world *world, uint64_t seed,
                                 struct cloacina_error *err)
{
    struct mixed *mixed = user;
    enum cloacina_code code = mixed_make(mixed, seed, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    properties_set(mixed);
    code = cloacina_world_register_workflow(world, mixed->workflow, err);
    for (uint32_t i = 0; i < MIXED_PROPERTIES && code == CLOACINA_OK; i++) {
        code = cloacina_world_property(world, &mixed->properties[i], err);
    }
    for (uint32_t i = 0; i < mixed->execution_count && code == CLOACINA_OK; i++) {
        code = cloacina_world_submit(world, cloacina_workflow_name(mixed->workflow),
                                     mixed->contexts[i], &mixed->executions[i], err);
    }
    return code;
}
