/* SPDX-License-Identifier: Apache-2.0 */
/* ancestry.c - a depth-first search upwards, on a stack of its own.
 *
 * Law: a dependency has a smaller number than its dependents, so what lies before the ancestor
 * cannot lead to it. */
#include "workflow/ancestry.h"

void ancestry_init(struct ancestry *ancestry, const struct workflow_task *tasks, uint32_t count,
                   struct cloacina_heap *heap)
{
    *ancestry = (struct ancestry){.heap = heap, .tasks = tasks, .count = count};
}

void ancestry_finish(struct ancestry *ancestry)
{
    heap_give(ancestry->heap, ancestry->visited, ancestry->count * sizeof(uint32_t));
    heap_give(ancestry->heap, ancestry->stack, ancestry->count * sizeof(uint32_t));
    ancestry_init(ancestry, ancestry->tasks, ancestry->count, ancestry->heap);
}

static bool depends_directly(const struct ancestry *ancestry, uint32_t task, uint32_t ancestor)
{
    for (uint32_t i = 0; i < ancestry->tasks[task].dependency_count; i++) {
        if (ancestry->tasks[task].dependencies[i] == ancestor) {
            return true;
        }
    }
    return false;
}

static bool memory_take(struct ancestry *ancestry)
{
    if (ancestry->visited == NULL) {
        ancestry->visited = heap_take_zeroed(ancestry->heap, ancestry->count, sizeof(uint32_t));
    }
    if (ancestry->stack == NULL) {
        ancestry->stack = heap_take(ancestry->heap, ancestry->count * sizeof(uint32_t));
    }
    return ancestry->visited != NULL && ancestry->stack != NULL;
}

/* Each task is pushed at most once, so the stack has room. */
static bool search(struct ancestry *ancestry, uint32_t task, uint32_t ancestor)
{
    uint32_t depth = 0;
    ancestry->question++;
    ancestry->stack[depth++] = task;
    while (depth > 0) {
        const struct workflow_task *next = &ancestry->tasks[ancestry->stack[--depth]];
        for (uint32_t i = 0; i < next->dependency_count; i++) {
            uint32_t dependency = next->dependencies[i];
            if (dependency == ancestor) {
                return true;
            }
            if (dependency > ancestor && ancestry->visited[dependency] != ancestry->question) {
                ancestry->visited[dependency] = ancestry->question;
                ancestry->stack[depth++] = dependency;
            }
        }
    }
    return false;
}

bool ancestry_depends(struct ancestry *ancestry, uint32_t task, uint32_t ancestor,
                      bool *ret_depends)
{
    if (task <= ancestor || depends_directly(ancestry, task, ancestor)) {
        *ret_depends = task > ancestor;
        return true;
    }
    if (!memory_take(ancestry)) {
        return false;
    }
    *ret_depends = search(ancestry, task, ancestor);
    return true;
}
