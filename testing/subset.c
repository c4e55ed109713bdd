/* SPDX-License-Identifier: Apache-2.0 */
/* subset.c - a workflow made of some tasks of another: dependencies on tasks outside are left out.
 *
 * Law: the definitions of the user are constant; what differs is a copy in the arena. */
#include "test.h"

#include <string.h>

static size_t count_tasks(const struct cloacina_task_definition *const *tasks)
{
    size_t count = 0;
    while (tasks[count] != NULL) {
        count++;
    }
    return count;
}

/* The member of `tasks` of that name, or NULL. */
static const struct cloacina_task_definition *
find_task(const struct cloacina_task_definition *const *tasks, const char *name)
{
    for (; *tasks != NULL; tasks++) {
        if (strcmp((*tasks)->name, name) == 0) {
            return *tasks;
        }
    }
    return NULL;
}

/* Those of a task's dependencies that are in `tasks`. NULL: no memory. */
static const struct cloacina_task_definition **
inner_dependencies(struct arena *arena, const struct cloacina_task_definition *task,
                   const struct cloacina_task_definition *const *tasks)
{
    const size_t count = task->dependencies == NULL ? 0 : count_tasks(task->dependencies);
    const struct cloacina_task_definition **inner =
        arena_take_zeroed(arena, count + 1, sizeof *inner);
    if (inner == NULL) {
        return NULL;
    }
    for (size_t i = 0, used = 0; i < count; i++) {
        const struct cloacina_task_definition *found =
            find_task(tasks, task->dependencies[i]->name);
        if (found != NULL) {
            inner[used++] = found;
        }
    }
    return inner;
}

const struct cloacina_workflow_definition *
subset_workflow(struct arena *arena, const struct cloacina_task_definition *const *tasks)
{
    const size_t count = count_tasks(tasks);
    struct cloacina_workflow_definition *workflow = arena_take_zeroed(arena, 1, sizeof *workflow);
    struct cloacina_task_definition *copies = arena_take_zeroed(arena, count, sizeof *copies);
    const struct cloacina_task_definition **list =
        arena_take_zeroed(arena, count + 1, sizeof *list);
    if (workflow == NULL || copies == NULL || list == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        copies[i] = *tasks[i];
        list[i] = &copies[i];
    }
    for (size_t i = 0; i < count; i++) {
        copies[i].dependencies = inner_dependencies(arena, tasks[i], list);
        if (copies[i].dependencies == NULL) {
            return NULL;
        }
    }
    workflow->name = "subset";
    workflow->tasks = list;
    return workflow;
}
