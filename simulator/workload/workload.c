/* SPDX-License-Identifier: Apache-2.0 */
/* workload.c - turns tasks with costs into a workflow.
 *
 * Law: a recorded task goes the same way as one written by hand: through the public builder. */
#include "workload/workload.h"

#include "base/heap.h"

void workload_init(struct workload *workload, struct cloacina_heap *heap)
{
    *workload = (struct workload){.task_count = 0};
    arena_init(&workload->arena, heap);
}

void workload_finish(struct workload *workload)
{
    struct cloacina_heap *heap = workload->arena.heap;
    arena_finish(&workload->arena);
    workload_init(workload, heap);
}

int64_t workload_cost_ns(const struct workload *workload)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < workload->task_count; i++) {
        sum += workload->tasks[i].cost_ns;
    }
    return sum;
}

/* Room for the names of the dependencies of one task, and the NULL behind them. */
struct names {
    struct cloacina_heap *heap; /* Borrowed */
    const char **names;         /* Owned */
    size_t capacity;
};

static enum cloacina_code task_add(struct cloacina_workflow_builder *builder,
                                   const struct workload *workload,
                                   const struct workload_task *task, struct names *names,
                                   struct cloacina_error *err)
{
    size_t count = task->dependency_count;
    if (!heap_grow(names->heap, &names->names, &names->capacity, count + 1, sizeof(char *))) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the dependencies");
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t dependency = workload->dependencies[task->dependency_first + i];
        names->names[i] = workload->tasks[dependency].name.bytes;
    }
    names->names[count] = NULL;
    struct cloacina_task_options options = {
        .name = task->name.bytes,
        .dependencies = names->names,
        .file = workload->file,
        .line = (int)task->line,
    };
    return cloacina_workflow_builder_add_task(builder, &options, err);
}

static enum cloacina_code tasks_add(struct cloacina_workflow_builder *builder,
                                    const struct workload *workload, struct cloacina_heap *heap,
                                    struct cloacina_error *err)
{
    struct names names = {.heap = heap};
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < workload->task_count && code == CLOACINA_OK; i++) {
        code = task_add(builder, workload, &workload->tasks[i], &names, err);
    }
    heap_give(heap, names.names, names.capacity * sizeof(char *));
    return code;
}

/* The builder has put the tasks into definition order; so are the costs. */
static enum cloacina_code costs_order(const struct workload *workload,
                                      const struct cloacina_workflow *workflow,
                                      int64_t *ret_costs_ns, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < workload->task_count && code == CLOACINA_OK; i++) {
        const struct workload_task *task = &workload->tasks[i];
        uint32_t number = 0;
        code = cloacina_workflow_find_task(workflow, task->name.bytes, &number, err);
        ret_costs_ns[number] = task->cost_ns;
    }
    return code;
}

enum cloacina_code workload_build(const struct workload *workload, struct cloacina_heap *heap,
                                  struct cloacina_workflow **ret_workflow, int64_t *ret_costs_ns,
                                  struct cloacina_error *err)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_workflow_options options = {
        .name = workload->name.bytes,
        .file = workload->file,
        .line = (int)workload->line,
        .heap = heap,
    };
    enum cloacina_code code = cloacina_workflow_builder_create(&options, &builder, err);
    if (code == CLOACINA_OK) {
        code = tasks_add(builder, workload, heap, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_builder_build(builder, &workflow, err);
    }
    cloacina_workflow_builder_destroy(builder);
    if (code == CLOACINA_OK) {
        code = costs_order(workload, workflow, ret_costs_ns, err);
    }
    if (code == CLOACINA_OK) {
        *ret_workflow = workflow;
    } else {
        cloacina_workflow_unref(workflow);
    }
    return code;
}
