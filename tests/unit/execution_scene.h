/* SPDX-License-Identifier: Apache-2.0 */
/* execution_scene.h - one execution on a table: a graph from a short text, inputs by task name,
 * rows to look at.
 *
 *   scene_open(&scene, "a; b: a; c: a; d: b c")      four tasks, a diamond
 *   scene_claim(&scene, 4)                           claims; tokens are {1, 1}, {1, 2}, ...
 *   scene_succeed(&scene, "a", "{\"k\": 1}")         a's output = its input with these keys set
 *   scene_assert_status(&scene, "b", TASK_READY)
 *
 * Every step is sealed and accepted at once unless scene.keeps_open is set. */
#ifndef TESTS_UNIT_EXECUTION_SCENE_H
#define TESTS_UNIT_EXECUTION_SCENE_H

#include "support.h"

#include "base/instant.h"
#include "execution/execution.h"
#include "execution/state.h"
#include "workflow/bodies.h"

enum { SCENE_TASKS_MAX = 32 };

struct scene {
    struct cloacina_heap *heap;
    struct cloacina_workflow *workflow;
    struct execution execution;
    struct changeset changeset;
    struct cloacina_error error;
    struct arena arena;
    int64_t now;
    uint64_t serial;
    uint64_t commits;
    bool keeps_open;
    bool edges[EVENT_TYPES][8][8]; /* [event][from][to]: taken so far */
};

static inline int64_t seconds(int64_t count)
{
    return count * NANOSECONDS_PER_SECOND;
}

/* Options of single tasks, by name; the rest are defaults with 2 attempts, 1 s fixed delay, no
 * jitter. */
struct scene_task {
    const char *name;
    struct cloacina_retry retry;
    const struct cloacina_rule *rule;
    int64_t timeout_ms;
};

static inline void scene_add_tasks(struct cloacina_workflow_builder *builder, const char *graph,
                                   const struct scene_task *tasks, size_t count,
                                   enum cloacina_code (*body)(struct cloacina_task *,
                                                              struct cloacina_error *))
{
    char *copy = strdup(graph);
    char *rest = copy;
    for (char *entry = strtok_r(rest, ";", &rest); entry != NULL;
         entry = strtok_r(NULL, ";", &rest)) {
        const char *names[SCENE_TASKS_MAX + 1] = {NULL};
        char *words = entry;
        char *name = strtok_r(words, " :", &words);
        size_t used = 0;
        for (char *word = strtok_r(NULL, " :", &words); word != NULL;
             word = strtok_r(NULL, " :", &words)) {
            names[used++] = word;
        }
        struct cloacina_task_options options = {
            .name = name,
            .dependencies = names,
            .body = body,
            .retry = {.attempts_max = 2,
                      .backoff = CLOACINA_BACKOFF_FIXED,
                      .jitter = CLOACINA_JITTER_NONE},
        };
        for (size_t i = 0; i < count; i++) {
            if (strcmp(tasks[i].name, name) == 0) {
                options.retry = tasks[i].retry.attempts_max != 0 ? tasks[i].retry : options.retry;
                options.rule = tasks[i].rule;
                options.timeout_ms = tasks[i].timeout_ms;
            }
        }
        struct cloacina_error error;
        if (cloacina_workflow_builder_add_task(builder, &options, &error) != CLOACINA_OK) {
            fail_msg("%s", error.message);
        }
    }
    free(copy);
}

static inline struct cloacina_workflow *
scene_workflow_with(const char *graph, const struct scene_task *tasks, size_t count,
                    enum cloacina_code (*body)(struct cloacina_task *, struct cloacina_error *))
{
    struct cloacina_workflow_options options = {.name = "scene"};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    struct cloacina_error error;
    assert_int_equal(cloacina_workflow_builder_create(&options, &builder, &error), CLOACINA_OK);
    scene_add_tasks(builder, graph, tasks, count, body);
    if (cloacina_workflow_builder_build(builder, &workflow, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

static inline struct cloacina_workflow *scene_workflow(const char *graph,
                                                       const struct scene_task *tasks, size_t count)
{
    return scene_workflow_with(graph, tasks, count, NULL);
}

/* Notes the edges that the open changeset takes; the events of one task are walked in their
 * order. */
static inline void scene_note_edges(struct scene *scene)
{
    uint8_t now_at[SCENE_TASKS_MAX];
    uint8_t execution_at = scene->changeset.before.status;
    for (uint32_t task = 0; task < scene->execution.workflow->task_count; task++) {
        now_at[task] = scene->execution.rows[task].status;
    }
    for (size_t i = 0; i < scene->changeset.row_count; i++) {
        now_at[scene->changeset.rows[i].task] = scene->changeset.rows[i].before.status;
    }
    for (size_t i = 0; i < scene->changeset.event_count; i++) {
        const struct event_row *event = &scene->changeset.events[i];
        uint8_t *at = event->task == TASK_NONE ? &execution_at : &now_at[event->task];
        size_t count;
        const struct state_edge *edges = state_edges(&count);
        bool is_known = false;
        for (size_t j = 0; j < count && !is_known; j++) {
            /* Only a resume has two ends: it goes back to where the pause came from. */
            bool was_started = scene->changeset.before.started_at != 0;
            bool fits = edges[j].event == event->type && edges[j].from == *at;
            if (fits && (event->type != EVENT_WORKFLOW_RESUMED ||
                         edges[j].to == (was_started ? EXECUTION_RUNNING : EXECUTION_PENDING))) {
                scene->edges[event->type][*at][edges[j].to] = true;
                *at = edges[j].to;
                is_known = true;
            }
        }
        if (!is_known) {
            fail_msg("event %s is no legal edge from %u",
                     event_type_name((enum event_type)event->type), *at);
        }
    }
}

static inline void scene_accept(struct scene *scene)
{
    if (!scene->keeps_open && scene->changeset.is_open) {
        execution_seal(&scene->execution, &scene->changeset,
                       (struct stamp){1, 1000000 + ++scene->commits});
        scene_note_edges(scene);
        execution_accept(&scene->execution, &scene->changeset);
    }
}

static inline enum cloacina_code scene_apply(struct scene *scene, struct execution_input input)
{
    enum cloacina_code code = execution_apply(&scene->execution, &input, scene->now, random_calm(),
                                              1, &scene->changeset, &scene->error);
    scene_accept(scene);
    return code;
}

static inline void scene_open_with(struct scene *scene, const char *graph,
                                   const struct scene_task *tasks, size_t count,
                                   const char *context)
{
    *scene = (struct scene){.heap = cloacina_heap_system(), .now = NANOSECONDS_PER_SECOND};
    scene->workflow = scene_workflow(graph, tasks, count);
    arena_init(&scene->arena, NULL);
    changeset_init(&scene->changeset, scene->heap);
    struct execution_options options = {
        .workflow = workflow_ref(scene->workflow->definition),
        .id = {1, 2},
        .context = text_of(context),
        .recoveries_max = 2,
    };
    if (execution_begin(&scene->execution, &options, &scene->error) != CLOACINA_OK) {
        fail_msg("%s", scene->error.message);
    }
    workflow_unref(options.workflow);
    assert_int_equal(scene_apply(scene, (struct execution_input){.type = EXECUTION_SUBMITTED,
                                                                 .task = TASK_NONE}),
                     CLOACINA_OK);
}

static inline void scene_open(struct scene *scene, const char *graph)
{
    scene_open_with(scene, graph, NULL, 0, "{}");
}

static inline void scene_close(struct scene *scene)
{
    execution_undo(&scene->execution, &scene->changeset);
    execution_finish(&scene->execution);
    changeset_finish(&scene->changeset);
    arena_finish(&scene->arena);
    cloacina_workflow_unref(scene->workflow);
}

static inline uint32_t scene_index(const struct scene *scene, const char *task)
{
    uint32_t index = 0;
    if (!workflow_index(scene->execution.workflow, text_of(task), &index)) {
        fail_msg("no task '%s'", task);
    }
    return index;
}

static inline const struct task_row *scene_row(const struct scene *scene, const char *task)
{
    return &scene->execution.rows[scene_index(scene, task)];
}

static inline uint32_t scene_claim(struct scene *scene, uint32_t slots)
{
    uint32_t tasks[SCENE_TASKS_MAX];
    uint32_t count = 0;
    struct claim_request request = {.slots = slots, .lease = 1, .serial = scene->serial + 1};
    assert_int_equal(execution_claim(&scene->execution, &request, scene->now, &scene->changeset,
                                     tasks, &count, &scene->error),
                     CLOACINA_OK);
    scene->serial += count;
    scene_accept(scene);
    return count;
}

/* An input of the attempt that holds the task now. */
static inline enum cloacina_code scene_attempt(struct scene *scene, const char *task,
                                               enum execution_input_type type)
{
    return scene_apply(scene, (struct execution_input){
                                  .type = type,
                                  .task = scene_index(scene, task),
                                  .claim = scene_row(scene, task)->claim,
                                  .code = CLOACINA_FAILED,
                                  .message = TEXT_LITERAL("it broke"),
                                  .grace_ns = 5 * NANOSECONDS_PER_SECOND,
                              });
}

static inline enum cloacina_code scene_command(struct scene *scene, enum execution_input_type type)
{
    return scene_apply(scene, (struct execution_input){.type = type, .task = TASK_NONE});
}

static inline enum cloacina_code scene_succeed(struct scene *scene, const char *task,
                                               const char *sets)
{
    const struct delta *delta = NULL;
    if (sets != NULL &&
        delta_read(&scene->arena, text_of(sets), &delta, &scene->error) != CLOACINA_OK) {
        fail_msg("%s", scene->error.message);
    }
    return scene_apply(scene, (struct execution_input){
                                  .type = EXECUTION_SUCCEEDED,
                                  .task = scene_index(scene, task),
                                  .claim = scene_row(scene, task)->claim,
                                  .delta = delta,
                              });
}

static inline void scene_run(struct scene *scene, const char *task)
{
    assert_int_equal(scene_claim(scene, 1), 1);
    assert_int_equal(scene_succeed(scene, task, NULL), CLOACINA_OK);
}

#define scene_assert_status(scene, task, expected)                                                 \
    assert_string_equal(task_status_name((enum task_status)scene_row(scene, task)->status),        \
                        task_status_name(expected))
#define scene_assert_over(scene, expected)                                                         \
    assert_string_equal(                                                                           \
        execution_status_name((enum execution_status)(scene)->execution.row.status),               \
        execution_status_name(expected))

#endif
