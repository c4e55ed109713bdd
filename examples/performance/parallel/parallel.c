/* SPDX-License-Identifier: Apache-2.0 */
/* parallel.c - five tasks: one prepares, three work side by side, one puts their results together.
 *
 *              +---> batch_1 ---+
 *     setup ---+---> batch_2 ---+---> merge
 *              +---> batch_3 ---+ */
#include "../shapes.h"

static enum cloacina_code setup_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "items", 300, err);
}

/* Each batch writes under its own name. */
static enum cloacina_code batch_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t items;
    enum cloacina_code code = cloacina_context_get_int64(context, "items", &items, err);
    return code == CLOACINA_OK
               ? cloacina_context_set_int64(context, cloacina_task_name(task), items / 3, err)
               : code;
}

static enum cloacina_code merge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    static const char *const batches[] = {"batch_1", "batch_2", "batch_3"};
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t merged = 0;
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        int64_t done;
        enum cloacina_code code = cloacina_context_get_int64(context, batches[i], &done, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        merged += done;
    }
    return cloacina_context_set_int64(context, "merged", merged, err);
}

CLOACINA_TASK(setup, .body = setup_body);
CLOACINA_TASK(batch_1, .body = batch_body, .dependencies = CLOACINA_TASKS(&setup));
CLOACINA_TASK(batch_2, .body = batch_body, .dependencies = CLOACINA_TASKS(&setup));
CLOACINA_TASK(batch_3, .body = batch_body, .dependencies = CLOACINA_TASKS(&setup));
CLOACINA_TASK(merge, .body = merge_body,
              .dependencies = CLOACINA_TASKS(&batch_1, &batch_2, &batch_3));
CLOACINA_WORKFLOW(performance_parallel, .description = "three tasks side by side between two",
                  .tasks = CLOACINA_TASKS(&setup, &batch_1, &batch_2, &batch_3, &merge));

const struct performance shape_parallel = {
    .workflow = &performance_parallel,
    .waves = (const uint32_t[]){1, 3, 1, 0},
    .deltas = (const char *const[]){"{\"/items\":300}", "{\"/batch_1\":100}", "{\"/batch_2\":100}",
                                    "{\"/batch_3\":100}", "{\"/merged\":300}"},
};
