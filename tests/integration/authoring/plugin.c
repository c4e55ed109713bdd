/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.c - a shared object. Built twice, with the names of its task and functions equal to those
 * of the other one and of the program: each must see only its own. */
#include <cloacina/authoring.h>

#define TEXT_OF(word) TEXT_OF_(word)
#define TEXT_OF_(word) #word

static enum cloacina_code order_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

CLOACINA_TASK(order, .body = order_body, .description = TEXT_OF(PLUGIN));
CLOACINA_WORKFLOW(PLUGIN, .tasks = CLOACINA_TASKS(&order));
