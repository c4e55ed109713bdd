/* SPDX-License-Identifier: Apache-2.0 */
/* object.c - the public face of a built workflow: life and questions.
 *
 * Law: whatever a caller passes in as a number is checked; nothing is computed that the definition
 * already says. */
#include <cloacina/workflow.h>

#include <assert.h>
#include <string.h>

#include "workflow/bodies.h"

/* ---- life ---- */

struct cloacina_workflow *cloacina_workflow_ref(struct cloacina_workflow *workflow)
{
    atomic_fetch_add_explicit(&workflow->references, 1, memory_order_relaxed);
    return workflow;
}

void cloacina_workflow_unref(struct cloacina_workflow *workflow)
{
    if (workflow == NULL) {
        return;
    }
    unsigned before = atomic_fetch_sub_explicit(&workflow->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before == 1) {
        workflow_unref(workflow->definition);
        cloacina_workflow_unref(workflow->whole);
        struct arena arena = workflow->arena; /* the workflow lies in it */
        arena_finish(&arena);
    }
}

struct cloacina_workflow *workflow_with_bodies(const struct workflow *definition,
                                               const struct task_body *bodies,
                                               struct cloacina_heap *heap)
{
    struct arena arena;
    size_t size = definition->task_count * sizeof(*bodies);
    arena_init(&arena, heap);
    struct cloacina_workflow *workflow = arena_take_zeroed(&arena, 1, sizeof(*workflow));
    struct task_body *copies = arena_take(&arena, size);
    if (workflow == NULL || copies == NULL) {
        arena_finish(&arena);
        return NULL;
    }
    memcpy(copies, bodies, size);
    atomic_init(&workflow->references, 1);
    workflow->definition = definition;
    workflow->bodies = copies;
    hash128_print(definition->hash, workflow->hash);
    workflow->arena = arena;
    return workflow;
}

/* ---- what it is ---- */

const char *cloacina_workflow_tenant(const struct cloacina_workflow *workflow)
{
    return workflow->definition->tenant.bytes;
}

const char *cloacina_workflow_package(const struct cloacina_workflow *workflow)
{
    return workflow->definition->package.bytes;
}

const char *cloacina_workflow_name(const struct cloacina_workflow *workflow)
{
    return workflow->definition->name.bytes;
}

const char *cloacina_workflow_description(const struct cloacina_workflow *workflow)
{
    return workflow->description;
}

const char *cloacina_workflow_json(const struct cloacina_workflow *workflow)
{
    return workflow->definition->json.bytes;
}

const char *cloacina_workflow_hash(const struct cloacina_workflow *workflow)
{
    return workflow->hash;
}

uint32_t cloacina_workflow_task_count(const struct cloacina_workflow *workflow)
{
    return workflow->definition->task_count;
}

const char *cloacina_workflow_task_name(const struct cloacina_workflow *workflow, uint32_t task)
{
    return task < workflow->definition->task_count ? workflow->definition->tasks[task].name : NULL;
}

enum cloacina_code cloacina_workflow_find_task(const struct cloacina_workflow *workflow,
                                               const char *name, uint32_t *ret_task,
                                               struct cloacina_error *err)
{
    return workflow_find(workflow->definition, text_of(name), ret_task, err);
}

/* ---- its graph ---- */

/* Numbers that are found one after the other: the first ones are kept, all are counted. */
struct number_list {
    uint32_t *numbers;
    uint32_t capacity;
    uint32_t count;
};

static void number_add(struct number_list *list, uint32_t number)
{
    if (list->count < list->capacity) {
        list->numbers[list->count] = number;
    }
    list->count++;
}

uint32_t cloacina_workflow_roots(const struct cloacina_workflow *workflow, uint32_t *ret_tasks,
                                 uint32_t capacity)
{
    return cloacina_workflow_level(workflow, 0, ret_tasks, capacity);
}

uint32_t cloacina_workflow_leaves(const struct cloacina_workflow *workflow, uint32_t *ret_tasks,
                                  uint32_t capacity)
{
    struct number_list list = {.numbers = ret_tasks, .capacity = capacity};
    for (uint32_t i = 0; i < workflow->definition->task_count; i++) {
        if (workflow->definition->tasks[i].dependent_count == 0) {
            number_add(&list, i);
        }
    }
    return list.count;
}

uint32_t cloacina_workflow_dependencies(const struct cloacina_workflow *workflow, uint32_t task,
                                        uint32_t *ret_tasks, uint32_t capacity)
{
    struct number_list list = {.numbers = ret_tasks, .capacity = capacity};
    if (task < workflow->definition->task_count) {
        for (uint32_t i = 0; i < workflow->definition->tasks[task].dependency_count; i++) {
            number_add(&list, workflow->definition->tasks[task].dependencies[i]);
        }
    }
    return list.count;
}

uint32_t cloacina_workflow_dependents(const struct cloacina_workflow *workflow, uint32_t task,
                                      uint32_t *ret_tasks, uint32_t capacity)
{
    struct number_list list = {.numbers = ret_tasks, .capacity = capacity};
    if (task < workflow->definition->task_count) {
        for (uint32_t i = 0; i < workflow->definition->tasks[task].dependent_count; i++) {
            number_add(&list, workflow->definition->tasks[task].dependents[i]);
        }
    }
    return list.count;
}

uint32_t cloacina_workflow_level_count(const struct cloacina_workflow *workflow)
{
    return workflow->definition->level_count;
}

uint32_t cloacina_workflow_level(const struct cloacina_workflow *workflow, uint32_t level,
                                 uint32_t *ret_tasks, uint32_t capacity)
{
    struct number_list list = {.numbers = ret_tasks, .capacity = capacity};
    for (uint32_t i = 0; i < workflow->definition->task_count; i++) {
        if (workflow->definition->tasks[i].level == level) {
            number_add(&list, i);
        }
    }
    return list.count;
}

enum cloacina_code cloacina_workflow_can_run_parallel(const struct cloacina_workflow *workflow,
                                                      const char *task, const char *other,
                                                      int *ret_yes, struct cloacina_error *err)
{
    uint32_t first;
    uint32_t second;
    bool depends;
    enum cloacina_code code = workflow_find(workflow->definition, text_of(task), &first, err);
    if (code == CLOACINA_OK) {
        code = workflow_find(workflow->definition, text_of(other), &second, err);
    }
    if (code == CLOACINA_OK) {
        uint32_t earlier = first < second ? first : second;
        uint32_t later = first < second ? second : first;
        code = workflow_depends(workflow->definition, later, earlier, &depends, err);
    }
    if (code == CLOACINA_OK) {
        *ret_yes = first != second && !depends;
    }
    return code;
}

/* ---- a part of it ---- */

static enum cloacina_code out_of_memory(const struct cloacina_workflow *workflow,
                                        struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "workflow '%.*s': no memory",
                                TEXT_PRINT(workflow->definition->name));
}

static uint32_t length_of(const char *const *texts)
{
    uint32_t length = 0;
    while (texts[length] != NULL) {
        length++;
    }
    return length;
}

static enum cloacina_code names_find(const struct workflow *definition, const char *const *names,
                                     uint32_t *ret_numbers, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; names[i] != NULL && code == CLOACINA_OK; i++) {
        code = workflow_find(definition, text_of(names[i]), &ret_numbers[i], err);
    }
    return code;
}

/* The object around a part. It keeps a reference to the whole, whose texts the bodies refer to.
 * Takes over `definition`. NULL: no memory. */
static struct cloacina_workflow *part_create(struct cloacina_workflow *whole,
                                             struct workflow *definition)
{
    struct arena arena;
    arena_init(&arena, whole->arena.heap);
    struct cloacina_workflow *part = arena_take_zeroed(&arena, 1, sizeof(*part));
    struct task_body *bodies = arena_take(&arena, definition->task_count * sizeof(*bodies));
    if (part == NULL || bodies == NULL) {
        arena_finish(&arena);
        workflow_unref(definition);
        return NULL;
    }
    for (uint32_t i = 0; i < definition->task_count; i++) {
        uint32_t task = 0;
        bool found = workflow_index(whole->definition, workflow_task_name(definition, i), &task);
        assert(found);
        (void)found;
        bodies[i] = whole->bodies[task];
    }
    atomic_init(&part->references, 1);
    part->definition = definition;
    part->bodies = bodies;
    part->whole = cloacina_workflow_ref(whole);
    part->file = whole->file;
    part->line = whole->line;
    hash128_print(definition->hash, part->hash);
    part->arena = arena;
    return part;
}

enum cloacina_code cloacina_workflow_subgraph(struct cloacina_workflow *workflow,
                                              const char *const *tasks,
                                              struct cloacina_workflow **ret_workflow,
                                              struct cloacina_error *err)
{
    const struct workflow *whole = workflow->definition;
    struct cloacina_heap *heap = workflow->arena.heap;
    uint32_t count = length_of(tasks);
    uint32_t *numbers = heap_take(heap, count * sizeof(*numbers));
    if (numbers == NULL) {
        return out_of_memory(workflow, err);
    }
    struct workflow *definition;
    enum cloacina_code code = names_find(whole, tasks, numbers, err);
    if (code == CLOACINA_OK) {
        code = workflow_subgraph(whole, numbers, count, &definition, err);
    }
    heap_give(heap, numbers, count * sizeof(*numbers));
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_workflow = part_create(workflow, definition);
    return *ret_workflow != NULL ? CLOACINA_OK : out_of_memory(workflow, err);
}
