/* SPDX-License-Identifier: Apache-2.0 */
/* checker_scene.h - for the tests of the checkers: one execution, moved by hand before their eyes.
 *
 *   scene_apply, scene_claim --> scene.execution, scene.changeset --[the test falsifies]-->
 *   scene_feed --> checkers
 *
 * The engine makes the changesets; there is no store and no runner. Leases 1 and 2 are open. What
 * the engine allocates comes from the system heap, what the checkers allocate from the scene's. */
#ifndef TESTS_UNIT_CHECKER_SCENE_H
#define TESTS_UNIT_CHECKER_SCENE_H

#include "support.h"

#include <stdio.h>

#include <cloacina/world.h>

#include "base/instant.h"
#include "checker/checker.h"
#include "checker/edges.h"
#include "context/delta.h"
#include "context/value.h"
#include "execution/execution.h"
#include "executor/executor.h"
#include "workflow/bodies.h"

struct scene_clock {
    struct cloacina_clock clock; /* first */
    int64_t now;
};

struct scene {
    struct failing_heap heap; /* of the checkers */
    struct scene_clock clock;
    struct checkers *checkers;
    struct cloacina_workflow *workflow;
    struct execution execution;
    struct changeset changeset;
    struct arena arena;  /* deltas */
    uint64_t lease;      /* who commits */
    uint64_t serial;     /* of the next token or commit, for all leases */
    struct edges edges;  /* that were taken */
    const char *offered; /* the only task that runners have the body of; NULL: they have all */
    uint64_t alive;      /* the lease whose runner lives; 0: nobody asks */
    uint32_t scarce;     /* the runner that had too little memory; 0: none */
};

/* Of each runner of a scene. */
enum { SCENE_SLOTS = 2, SCENE_ZOMBIES_MAX = 1 };

static inline int64_t scene_realtime(struct cloacina_clock *clock)
{
    return ((struct scene_clock *)clock)->now;
}

static inline enum cloacina_code scene_wait(struct cloacina_clock *clock, int64_t deadline,
                                            struct cloacina_error *err)
{
    (void)deadline;
    (void)err;
    (void)clock;
    return CLOACINA_OK;
}

static inline struct cloacina_clock scene_clock_of(void)
{
    static const struct cloacina_clock_impl impl = {
        .monotonic = scene_realtime, .realtime = scene_realtime, .wait_until = scene_wait};
    return (struct cloacina_clock){.impl = &impl};
}

/* ---- the workflow ---- */

static inline struct cloacina_workflow *scene_build(const struct cloacina_task_options *tasks,
                                                    size_t count)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    assert_int_equal(cloacina_workflow_builder_create(
                         &(struct cloacina_workflow_options){.name = "shop"}, &builder, &error),
                     CLOACINA_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(cloacina_workflow_builder_add_task(builder, &tasks[i], &error),
                         CLOACINA_OK);
    }
    if (cloacina_workflow_builder_build(builder, &workflow, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

/* ---- the scene ---- */

static inline bool scene_offers(void *user, uint64_t lease, const struct workflow *workflow,
                                uint32_t task)
{
    const struct scene *scene = user;
    (void)lease;
    return scene->offered == NULL || strcmp(workflow->tasks[task].name, scene->offered) == 0;
}

static inline bool scene_lives(void *user, uint64_t lease)
{
    return ((const struct scene *)user)->alive == lease;
}

/* The number of a task by its name. */
static inline uint32_t scene_task(const struct scene *scene, const char *name)
{
    uint32_t task = TASK_NONE;
    assert_true(workflow_index(scene->workflow->definition, text_of(name), &task));
    return task;
}

static inline struct task_row *scene_row(struct scene *scene, const char *name)
{
    return &scene->execution.rows[scene_task(scene, name)];
}

static inline bool scene_was_scarce(void *user, uint32_t runner)
{
    return ((const struct scene *)user)->scarce == runner;
}

/* The checkers see two leases and nothing else; `fail_at` is the allocation of theirs that fails.
 * False: there was no memory even for that. */
static inline bool scene_open(struct scene *scene, const struct cloacina_task_options *tasks,
                              size_t count, const char *context, size_t fail_at)
{
    *scene = (struct scene){
        .clock = {.clock = scene_clock_of(), .now = CLOACINA_WORLD_START_NS},
        .workflow = scene_build(tasks, count),
        .lease = 1,
        .serial = 1,
    };
    failing_heap_init(&scene->heap, fail_at);
    changeset_init(&scene->changeset, cloacina_heap_system());
    arena_init(&scene->arena, NULL);
    struct execution_options options = {
        .workflow = workflow_ref(scene->workflow->definition),
        .id = {.high = UINT64_C(0x018cc251f4007000), .low = UINT64_C(0x8000000000000001)},
        .context = text_of(context),
        .recoveries_max = 1,
    };
    assert_int_equal(execution_begin(&scene->execution, &options, NULL), CLOACINA_OK);
    workflow_unref(options.workflow);
    scene->checkers = checkers_create(&(struct checkers_options){
        .heap = &scene->heap.heap,
        .clock = &scene->clock.clock,
        .edges = &scene->edges,
        .slots = SCENE_SLOTS,
        .zombies_max = SCENE_ZOMBIES_MAX,
        .is_offered = scene_offers,
        .is_alive = scene_lives,
        .was_scarce = scene_was_scarce,
        .user = scene,
    });
    if (scene->checkers == NULL) {
        return false;
    }
    struct memory_observer *observer = checkers_observer(scene->checkers);
    observer->lease_opened(observer, 1);
    observer->lease_opened(observer, 2);
    return true;
}

static inline void scene_close(struct scene *scene)
{
    checkers_destroy(scene->checkers);
    assert_int_equal(scene->heap.outstanding, 0);
    execution_finish(&scene->execution);
    changeset_finish(&scene->changeset);
    arena_finish(&scene->arena);
    cloacina_workflow_unref(scene->workflow);
}

static inline void scene_pass(struct scene *scene, int64_t duration_ns)
{
    scene->clock.now += duration_ns;
}

static inline void scene_close_lease(struct scene *scene, uint64_t lease)
{
    struct memory_observer *observer = checkers_observer(scene->checkers);
    observer->lease_closed(observer, lease);
}

/* ---- changes ---- */

static inline void scene_input(struct scene *scene, const struct execution_input *input)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    if (execution_apply(&scene->execution, input, scene->clock.now, random_calm(), 1,
                        &scene->changeset, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
}

/* A command, or an input of the attempt that holds `name` (NULL: the execution's own). */
static inline void scene_apply(struct scene *scene, enum execution_input_type type,
                               const char *name)
{
    struct execution_input input = {.type = type, .task = TASK_NONE};
    if (name != NULL) {
        input.task = scene_task(scene, name);
        input.claim = scene->execution.rows[input.task].claim;
    }
    scene_input(scene, &input);
}

static inline void scene_fails(struct scene *scene, const char *name, const char *message)
{
    scene_input(scene, &(struct execution_input){
                           .type = EXECUTION_TASK_FAILED,
                           .task = scene_task(scene, name),
                           .claim = scene_row(scene, name)->claim,
                           .code = CLOACINA_FAILED,
                           .message = text_of(message),
                       });
}

/* It completes, having turned the object `before` into `after`. */
static inline void scene_writes(struct scene *scene, const char *name, const char *before,
                                const char *after)
{
    const struct value *values[2];
    const struct delta *delta = NULL;
    assert_int_equal(value_read(&scene->arena, text_of(before), &values[0], NULL), CLOACINA_OK);
    assert_int_equal(value_read(&scene->arena, text_of(after), &values[1], NULL), CLOACINA_OK);
    assert_int_equal(delta_compute(&scene->arena, values[0], values[1], &delta, NULL), CLOACINA_OK);
    scene_input(scene, &(struct execution_input){
                           .type = EXECUTION_SUCCEEDED,
                           .task = scene_task(scene, name),
                           .claim = scene_row(scene, name)->claim,
                           .delta = delta,
                       });
}

/* Every Ready task that is due, for the lease that commits. */
static inline uint32_t scene_claim(struct scene *scene)
{
    uint32_t tasks[64];
    uint32_t count = 0;
    struct claim_request request = {.slots = 64, .lease = scene->lease, .serial = scene->serial};
    assert_int_equal(execution_claim(&scene->execution, &request, scene->clock.now,
                                     &scene->changeset, tasks, &count, NULL),
                     CLOACINA_OK);
    scene->serial += count;
    return count;
}

static inline void scene_seal(struct scene *scene)
{
    struct stamp commit = {.lease = scene->lease, .serial = scene->serial++};
    execution_seal(&scene->execution, &scene->changeset, commit);
    for (size_t n = 0; n < scene->changeset.event_count; n++) {
        scene->changeset.events[n].n = (uint32_t)n;
    }
}

/* What is sealed has happened. */
static inline void scene_feed(struct scene *scene)
{
    struct memory_observer *observer = checkers_observer(scene->checkers);
    observer->committed(observer, &scene->changeset);
    execution_accept(&scene->execution, &scene->changeset);
}

static inline void scene_commit(struct scene *scene)
{
    scene_seal(scene);
    scene_feed(scene);
}

static inline void scene_feed_submission(struct scene *scene, const char *context)
{
    struct memory_observer *observer = checkers_observer(scene->checkers);
    struct dal_submission submission = {
        .workflow = scene->workflow->definition,
        .context = text_of(context),
        .rows = scene->execution.rows,
    };
    struct dal_write write = {.changeset = &scene->changeset, .submission = &submission};
    observer->submitted(observer, &write);
    scene_feed(scene);
}

static inline void scene_submit(struct scene *scene, const char *context)
{
    scene_apply(scene, EXECUTION_SUBMITTED, NULL);
    scene_seal(scene);
    scene_feed_submission(scene, context);
}

/* ---- what the test falsifies ---- */

/* The open changeset's first event of that type. */
static inline struct event_row *scene_event(struct scene *scene, enum event_type type)
{
    for (size_t n = 0; n < scene->changeset.event_count; n++) {
        if (scene->changeset.events[n].type == type) {
            return &scene->changeset.events[n];
        }
    }
    fail_msg("the commit has no event of type %d", type);
    return NULL;
}

static inline void scene_lose_event(struct scene *scene, enum event_type type)
{
    struct event_row *event = scene_event(scene, type);
    struct event_row *end = scene->changeset.events + scene->changeset.event_count;
    memmove(event, event + 1, (size_t)(end - event - 1) * sizeof(*event));
    scene->changeset.event_count--;
}

/* One more event at the end, about `name` (NULL: the execution), as its row is. */
static inline struct event_row *scene_add_event(struct scene *scene, enum event_type type,
                                                const char *name)
{
    struct changeset *changeset = &scene->changeset;
    assert_true(heap_grow(changeset->heap, &changeset->events, &changeset->event_capacity,
                          changeset->event_count + 1, sizeof(changeset->events[0])));
    struct event_row *event = &changeset->events[changeset->event_count++];
    *event = (struct event_row){
        .revision = changeset->before.revision + 1,
        .n = (uint32_t)changeset->event_count - 1,
        .task = name == NULL ? TASK_NONE : scene_task(scene, name),
        .attempt = name == NULL ? 0 : scene_row(scene, name)->attempt,
        .type = (uint8_t)type,
        .at = scene->clock.now,
    };
    return event;
}

/* Lists the row of `name` as it is, for the test to change. */
static inline struct task_row *scene_add_row(struct scene *scene, const char *name)
{
    struct changeset *changeset = &scene->changeset;
    assert_true(heap_grow(changeset->heap, &changeset->rows, &changeset->row_capacity,
                          changeset->row_count + 1, sizeof(changeset->rows[0])));
    struct task_row *row = scene_row(scene, name);
    changeset->rows[changeset->row_count++] =
        (struct row_change){.task = scene_task(scene, name), .before = *row, .after = row};
    if (!changeset->is_open) {
        changeset->is_open = true;
        changeset->before = scene->execution.row;
        changeset->after = &scene->execution.row;
    }
    return row;
}

/* ---- what the checkers said ---- */

static inline void assert_holds(const struct scene *scene)
{
    const struct checkers_violation *violation = checkers_violation(scene->checkers);
    if (violation != NULL) {
        fail_msg("%s: %s", violation->id, violation->message);
    }
    assert_false(checkers_are_blind(scene->checkers));
}

/* `words`: what the message ends in. */
static inline void assert_breaks(const struct scene *scene, const char *id, const char *words)
{
    const struct checkers_violation *violation = checkers_violation(scene->checkers);
    if (violation == NULL) {
        fail_msg("nothing was seen, expected %s: %s", id, words);
        return;
    }
    size_t length = strlen(violation->message);
    size_t wanted = strlen(words);
    bool ends_so = length >= wanted && strcmp(violation->message + length - wanted, words) == 0;
    if (strcmp(violation->id, id) != 0 || !ends_so) {
        fail_msg("%s: %s; expected %s: ...%s", violation->id, violation->message, id, words);
    }
}

/* What a runner would hand to its executor. */
static inline struct attempt scene_attempt(struct scene *scene, const char *name)
{
    const struct task_row *row = scene_row(scene, name);
    return (struct attempt){
        .workflow = scene->workflow->definition,
        .task = &scene->workflow->definition->tasks[scene_task(scene, name)],
        .execution = scene->execution.row.id,
        .claim = row->claim,
        .index = scene_task(scene, name),
        .number = row->attempt,
        .runner = 1,
    };
}

#endif
