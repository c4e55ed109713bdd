/* SPDX-License-Identifier: Apache-2.0 */
/* checker_view.c - what a task's body must see, from what the store committed.
 *
 *   input  = the united views of the dependencies
 *   view   = input with the committed delta written into it (completed), or the input (otherwise)
 *
 * Law: views are made of the deltas in commits, never of what a runner keeps in memory (I-11). As
 * long as nobody has written anything, every view is the initial context and nothing is kept. */
#include "checker/checker_shadow.h"

#include "context/delta.h"
#include "context/view.h"

static const struct view *view_of(const struct checked_execution *execution, uint32_t task)
{
    const struct view *view = execution->writes[task].view;
    return view != NULL ? view : execution->initial;
}

/* The input of a task whose dependencies have ended; new nodes go into `arena`. NULL: no memory. */
static const struct view *input_unite(struct checkers *checkers,
                                      const struct checked_execution *execution,
                                      struct arena *arena, uint32_t task)
{
    const struct workflow_task *definition = &execution->workflow->tasks[task];
    uint32_t count = definition->dependency_count;
    if (execution->writes == NULL || count == 0) {
        return execution->initial;
    }
    if (!heap_grow(checkers->heap, &checkers->inputs, &checkers->input_capacity, count,
                   sizeof(checkers->inputs[0]))) {
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++) {
        checkers->inputs[i] = view_of(execution, definition->dependencies[i]);
    }
    return view_unite(arena, checkers->inputs, count);
}

static bool writes_make(struct checkers *checkers, struct checked_execution *execution)
{
    execution->writes = heap_take_zeroed(checkers->heap, execution->workflow->task_count,
                                         sizeof(execution->writes[0]));
    return execution->writes != NULL || checkers_go_blind(checkers);
}

/* The delta is copied: the commit's own lives no longer than the commit. */
static bool write_into(struct checked_execution *execution, uint32_t task,
                       const struct delta *delta)
{
    struct checked_writes *writes = &execution->writes[task];
    writes->delta = delta_copy(&execution->arena, delta);
    writes->view = writes->delta == NULL
                       ? NULL
                       : view_after(&execution->arena, writes->view, task, writes->delta);
    return writes->view != NULL;
}

bool view_hand_on(struct checkers *checkers, struct checked_execution *execution, uint32_t task,
                  const struct delta *delta)
{
    bool writes = delta != NULL && !delta_is_empty(delta);
    if (execution->writes == NULL) {
        if (!writes) {
            return true;
        }
        if (!writes_make(checkers, execution)) {
            return false;
        }
    }
    struct checked_writes *handed = &execution->writes[task];
    handed->view = input_unite(checkers, execution, &execution->arena, task);
    bool has_memory = handed->view != NULL && (!writes || write_into(execution, task, delta));
    return has_memory || checkers_go_blind(checkers);
}

void view_forget(struct checked_execution *execution, uint32_t task)
{
    if (execution->writes != NULL) {
        execution->writes[task] = (struct checked_writes){0};
    }
}

const struct value *view_input_value(struct checkers *checkers,
                                     const struct checked_execution *execution, uint32_t task)
{
    const struct view *view = input_unite(checkers, execution, &checkers->scratch, task);
    return view != NULL ? view_value(&checkers->scratch, view) : NULL;
}
