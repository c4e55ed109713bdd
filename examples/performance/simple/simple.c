/* SPDX-License-Identifier: Apache-2.0 */
/* simple.c - one task: what is measured is nearly all of it the way into the store and back. */
#include "../shapes.h"

static enum cloacina_code process_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "processed", 1000, err);
}

CLOACINA_TASK(process, .body = process_body);
CLOACINA_WORKFLOW(performance_simple, .description = "one task", .tasks = CLOACINA_TASKS(&process));

const struct performance shape_simple = {
    .workflow = &performance_simple,
    .waves = (const uint32_t[]){1, 0},
    .deltas = (const char *const[]){"{\"/processed\":1000}"},
};
