/* SPDX-License-Identifier: Apache-2.0 */
/* memory_scene.h - a memory store and one execution in it, changed through the same calls that a
 * runner makes.
 *
 *   shelf_submitted(&shelf, "a; b: a")              stored, with an open lease
 *   scene_claim(&shelf.scene, 1); shelf_commit()    anything that execution_scene.h does, committed
 *   shelf_poll(&shelf, workflow, 4)                 what somebody else would do
 *   shelf_add(&shelf, id, "other", 2000)            another execution, cancelled at that instant
 *   shelf_asked(&shelf, question)                   "1-1 1-2 ": the ids of a list */
#ifndef TESTS_UNIT_MEMORY_SCENE_H
#define TESTS_UNIT_MEMORY_SCENE_H

#include "execution_scene.h"

#include <stdio.h>

#include "clock/virtual.h"
#include "dal/memory/memory.h"

enum { SHELF_IDS_SIZE = 1000 };

struct shelf {
    struct scene scene;
    int64_t now;
    struct virtual_clock clock;
    struct dal *store;
    struct arena arena;
    uint64_t lease;
    int wakes;
};

static inline void shelf_wake(void *user)
{
    ((struct shelf *)user)->wakes++;
}

static inline void shelf_seal(struct shelf *shelf)
{
    execution_seal(&shelf->scene.execution, &shelf->scene.changeset,
                   (struct stamp){shelf->lease, 100 + ++shelf->scene.commits});
}

static inline enum cloacina_code shelf_submit(struct shelf *shelf)
{
    struct dal_submission submission = {
        .workflow = shelf->scene.execution.workflow,
        .context = TEXT_LITERAL("{\"n\":1}"),
        .rows = shelf->scene.execution.rows,
    };
    struct dal_write write = {&shelf->scene.changeset, &submission};
    enum cloacina_code answer;
    shelf->store->impl->commit(shelf->store, &write, 1, &answer);
    return answer;
}

/* The open changeset goes to the store and is accepted if the store takes it. */
static inline enum cloacina_code shelf_commit(struct shelf *shelf)
{
    struct dal_write write = {.changeset = &shelf->scene.changeset};
    enum cloacina_code answer;
    shelf_seal(shelf);
    shelf->store->impl->commit(shelf->store, &write, 1, &answer);
    if (answer == CLOACINA_OK) {
        execution_accept(&shelf->scene.execution, &shelf->scene.changeset);
    }
    return answer;
}

static inline void shelf_open(struct shelf *shelf, const char *graph, struct cloacina_heap *heap)
{
    memset(shelf, 0, sizeof(*shelf));
    shelf->now = 1000;
    virtual_clock_init(&shelf->clock, &(struct virtual_clock_options){.now = &shelf->now});
    shelf->store = dal_memory_create(heap, &shelf->clock.clock);
    arena_init(&shelf->arena, NULL);
    scene_open(&shelf->scene, graph);
    /* Take the submission back, to make it again with the changeset open. */
    execution_finish(&shelf->scene.execution);
    struct execution_options options = {.workflow = workflow_ref(shelf->scene.workflow->definition),
                                        .id = {1, 2},
                                        .context = TEXT_LITERAL("{\"n\":1}"),
                                        .recoveries_max = 2};
    assert_int_equal(execution_begin(&shelf->scene.execution, &options, NULL), CLOACINA_OK);
    workflow_unref(options.workflow);
    shelf->scene.keeps_open = true;
    shelf->scene.commits = 0;
    assert_int_equal(scene_command(&shelf->scene, EXECUTION_SUBMITTED), CLOACINA_OK);
}

static inline void shelf_close(struct shelf *shelf)
{
    dal_destroy(shelf->store);
    arena_finish(&shelf->arena);
    scene_close(&shelf->scene);
}

static inline void shelf_submitted(struct shelf *shelf, const char *graph)
{
    int64_t now;
    shelf_open(shelf, graph, NULL);
    assert_int_equal(
        shelf->store->impl->open_lease(shelf->store, TEXT_LITERAL("me"), &shelf->lease, &now, NULL),
        CLOACINA_OK);
    assert_int_equal(now, 1000);
    shelf_seal(shelf);
    assert_int_equal(shelf_submit(shelf), CLOACINA_OK);
    execution_accept(&shelf->scene.execution, &shelf->scene.changeset);
}

/* Another execution on the shelf, of a workflow with this name; cancelled at an instant, or (0)
 * not. */
static inline void shelf_add(struct shelf *shelf, struct id id, const char *name, int64_t ended_at)
{
    struct cloacina_workflow_options named = {.name = name};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    struct execution own = shelf->scene.execution; /* put aside */
    assert_int_equal(cloacina_workflow_builder_create(&named, &builder, NULL), CLOACINA_OK);
    scene_add_tasks(builder, id.low % 2 == 0 ? "a; b" : "a", NULL, 0, NULL);
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, NULL), CLOACINA_OK);
    cloacina_workflow_builder_destroy(builder);
    struct execution_options options = {.workflow = workflow_ref(workflow->definition), .id = id};
    assert_int_equal(execution_begin(&shelf->scene.execution, &options, NULL), CLOACINA_OK);
    workflow_unref(options.workflow);
    assert_int_equal(scene_command(&shelf->scene, EXECUTION_SUBMITTED), CLOACINA_OK);
    shelf_seal(shelf);
    assert_int_equal(shelf_submit(shelf), CLOACINA_OK);
    execution_accept(&shelf->scene.execution, &shelf->scene.changeset);
    if (ended_at != 0) {
        shelf->scene.now = ended_at;
        assert_int_equal(scene_command(&shelf->scene, EXECUTION_CANCEL), CLOACINA_OK);
        assert_int_equal(shelf_commit(shelf), CLOACINA_OK);
    }
    execution_finish(&shelf->scene.execution);
    cloacina_workflow_unref(workflow);
    shelf->scene.execution = own;
}

/* The ids of the answer: "high-low high-low ". In the shelf's arena. */
static inline const char *shelf_asked(struct shelf *shelf, struct dal_question question)
{
    struct dal_listed *listed;
    size_t count;
    char *ids = arena_take_zeroed(&shelf->arena, 1, SHELF_IDS_SIZE);
    size_t length = 0;
    assert_int_equal(shelf->store->impl->executions(shelf->store, &question, &shelf->arena, &listed,
                                                    &count, NULL),
                     CLOACINA_OK);
    for (size_t i = 0; i < count; i++) {
        length += (size_t)snprintf(ids + length, SHELF_IDS_SIZE - length, "%d-%d ",
                                   (int)listed[i].row.id.high, (int)listed[i].row.id.low);
    }
    return ids;
}

static inline struct dal_poll_reply shelf_poll(struct shelf *shelf, const struct workflow *offered,
                                               uint32_t limit)
{
    struct dal_offer offer = {.workflow = offered};
    struct dal_poll request = {.limit = limit,
                               .claim = {shelf->lease, 50},
                               .commit = {shelf->lease, 60},
                               .offers = &offer,
                               .offer_count = offered != NULL,
                               .beats = true};
    struct dal_poll_reply reply;
    assert_int_equal(shelf->store->impl->poll(shelf->store, &request, &shelf->arena, &reply, NULL),
                     CLOACINA_OK);
    return reply;
}

#endif
