/* SPDX-License-Identifier: Apache-2.0 */
/* orders.c - a task in a file of its own. */
#include <cloacina/authoring.h>

static enum cloacina_code order_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(order, .body = order_body);
