/* SPDX-License-Identifier: Apache-2.0 */
/* workflow.c - counting, looking up, and questions about the graph.
 *
 * Law: nothing here changes a workflow. */
#include "workflow/workflow.h"

#include <assert.h>

#include "workflow/ancestry.h"
#include "workflow/draft.h"
#include "workflow/memory.h"
#include "workflow/name.h"
#include "workflow/similar.h"

/* ---- life ---- */

struct workflow *workflow_ref(const struct workflow *workflow)
{
    if (workflow == NULL) {
        return NULL;
    }
    atomic_fetch_add_explicit(&workflow->memory->references, 1, memory_order_relaxed);
    return &workflow->memory->workflow;
}

void workflow_unref(const struct workflow *workflow)
{
    if (workflow == NULL) {
        return;
    }
    unsigned before =
        atomic_fetch_sub_explicit(&workflow->memory->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before == 1) {
        workflow_memory_destroy(workflow->memory);
    }
}

void workflow_memory_destroy(struct workflow_memory *memory)
{
    heap_give(memory->heap, memory->json, memory->json_size);
    heap_give(memory->heap, memory->slots, memory->slot_count * sizeof(memory->slots[0]));
    arena_finish(&memory->arena);
    heap_give(memory->heap, memory, sizeof(*memory));
}

/* ---- tasks by name ---- */

bool workflow_index(const struct workflow *workflow, struct text name, uint32_t *ret_task)
{
    const struct workflow_memory *memory = workflow->memory;
    size_t slot = name_slot(name, memory->slot_count);
    while (memory->slots[slot] != 0) {
        uint32_t task = memory->slots[slot] - 1;
        if (text_equal(workflow_task_name(workflow, task), name)) {
            *ret_task = task;
            return true;
        }
        slot = (slot + 1) & (memory->slot_count - 1);
    }
    return false;
}

enum cloacina_code workflow_find(const struct workflow *workflow, struct text name,
                                 uint32_t *ret_task, struct cloacina_error *err)
{
    if (workflow_index(workflow, name, ret_task)) {
        return CLOACINA_OK;
    }
    struct similar similar;
    similar_init(&similar, name);
    for (uint32_t i = 0; i < workflow->task_count; i++) {
        similar_offer(&similar, workflow_task_name(workflow, i));
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "workflow '%.*s' has no task '%.*s'%s",
                                TEXT_PRINT(workflow->name), TEXT_PRINT(name),
                                similar_question(&similar));
}

struct text workflow_rule_name(const struct rule_names *names, uint32_t task)
{
    return workflow_task_name(CONTAINER_OF(names, struct workflow_rule_names, names)->workflow,
                              task);
}

/* ---- the graph ---- */

enum cloacina_code workflow_depends(const struct workflow *workflow, uint32_t task,
                                    uint32_t ancestor, bool *ret_depends,
                                    struct cloacina_error *err)
{
    struct ancestry ancestry;
    ancestry_init(&ancestry, workflow->tasks, workflow->task_count, workflow->memory->heap);
    bool answered = ancestry_depends(&ancestry, task, ancestor, ret_depends);
    ancestry_finish(&ancestry);
    return answered ? CLOACINA_OK
                    : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow '%.*s': no memory",
                                           TEXT_PRINT(workflow->name));
}

/* marks[i] becomes true for all that a marked task depends on: dependencies come first, so one pass
 * from the end sees every mark in time. */
static void ancestors_mark(const struct workflow *workflow, bool *marks)
{
    for (uint32_t i = workflow->task_count; i-- > 0;) {
        const struct workflow_task *task = &workflow->tasks[i];
        for (uint32_t k = 0; marks[i] && k < task->dependency_count; k++) {
            marks[task->dependencies[k]] = true;
        }
    }
}

static enum cloacina_code marked_add(struct workflow_draft *draft, const struct workflow *workflow,
                                     const bool *marks, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < workflow->task_count && code == CLOACINA_OK; i++) {
        if (!marks[i]) {
            continue;
        }
        const struct workflow_task *task = &workflow->tasks[i];
        code = draft_add_task(draft,
                              &(struct draft_task_options){.name = workflow_task_name(workflow, i),
                                                           .like = workflow,
                                                           .like_task = i},
                              NULL, err);
        for (uint32_t k = 0; k < task->dependency_count && code == CLOACINA_OK; k++) {
            code = draft_add_dependency(draft, workflow_task_name(workflow, task->dependencies[k]),
                                        err);
        }
    }
    return code;
}

static enum cloacina_code marked_build(const struct workflow *workflow, const bool *marks,
                                       struct workflow **ret_workflow, struct cloacina_error *err)
{
    struct text_builder name;
    text_builder_init(&name, workflow->memory->heap);
    text_builder_append(&name, workflow->name);
    text_builder_append_terminated(&name, "-subgraph");
    struct workflow_draft draft;
    struct draft_options options = {.heap = workflow->memory->heap,
                                    .tenant = workflow->tenant,
                                    .package = workflow->package,
                                    .name = text_builder_text(&name)};
    enum cloacina_code code = name.failed
                                  ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                                  : draft_init(&draft, &options, err);
    text_builder_finish(&name);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = marked_add(&draft, workflow, marks, err);
    if (code == CLOACINA_OK) {
        code = draft_build(&draft, ret_workflow, NULL, err);
    }
    draft_finish(&draft);
    return code;
}

enum cloacina_code workflow_subgraph(const struct workflow *workflow, const uint32_t *tasks,
                                     size_t count, struct workflow **ret_workflow,
                                     struct cloacina_error *err)
{
    struct cloacina_heap *heap = workflow->memory->heap;
    bool *marks = heap_take_zeroed(heap, workflow->task_count, sizeof(*marks));
    if (marks == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow '%.*s': no memory",
                                    TEXT_PRINT(workflow->name));
    }
    for (size_t i = 0; i < count; i++) {
        marks[tasks[i]] = true;
    }
    ancestors_mark(workflow, marks);
    enum cloacina_code code = marked_build(workflow, marks, ret_workflow, err);
    heap_give(heap, marks, workflow->task_count * sizeof(*marks));
    return code;
}
