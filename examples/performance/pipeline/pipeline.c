/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.c - three tasks in a chain: nothing can run side by side within one execution.
 *
 *     extract ---> transform ---> load */
#include "../shapes.h"

static enum cloacina_code extract_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "extracted", 1000, err);
}

static enum cloacina_code transform_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t extracted;
    enum cloacina_code code = cloacina_context_get_int64(context, "extracted", &extracted, err);
    return code == CLOACINA_OK
               ? cloacina_context_set_int64(context, "transformed", extracted / 2, err)
               : code;
}

static enum cloacina_code load_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t transformed;
    enum cloacina_code code = cloacina_context_get_int64(context, "transformed", &transformed, err);
    return code == CLOACINA_OK ? cloacina_context_set_int64(context, "loaded", transformed, err)
                               : code;
}

CLOACINA_TASK(extract, .body = extract_body);
CLOACINA_TASK(transform, .body = transform_body, .dependencies = CLOACINA_TASKS(&extract));
CLOACINA_TASK(load, .body = load_body, .dependencies = CLOACINA_TASKS(&transform));
CLOACINA_WORKFLOW(performance_pipeline, .description = "three tasks in a chain",
                  .tasks = CLOACINA_TASKS(&extract, &transform, &load));

const struct performance shape_pipeline = {
    .workflow = &performance_pipeline,
    .waves = (const uint32_t[]){1, 1, 1, 0},
    .deltas = (const char *const[]){"{\"/extracted\":1000}", "{\"/transformed\":500}",
                                    "{\"/loaded\":500}"},
};
