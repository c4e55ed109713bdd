/* SPDX-License-Identifier: Apache-2.0 */
/* warehouse.c - a workflow in a static library: nobody refers to it, so the library must be linked
 * whole. */
#include <cloacina/authoring.h>

static enum cloacina_code pack_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(pack, .body = pack_body);
CLOACINA_WORKFLOW(warehouse, .tasks = CLOACINA_TASKS(&pack));
