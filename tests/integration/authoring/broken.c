/* SPDX-License-Identifier: Apache-2.0 */
/* broken.c - a shared object whose second workflow is wrong: not even the first may be
 * registered. */
#include <cloacina/authoring.h>

static enum cloacina_code order_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(order, .body = order_body);
CLOACINA_WORKFLOW(fine, .tasks = CLOACINA_TASKS(&order));

#line 7 "broken.c"
CLOACINA_WORKFLOW(wrong);
