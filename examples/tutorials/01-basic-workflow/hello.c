/* SPDX-License-Identifier: Apache-2.0 */
/* hello.c - the smallest workflow: one task that reads one key of the context and writes another.
 */
#include "hello.h"

#include <stdio.h>

static enum cloacina_code greet_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *name = "world";
    char greeting[80];
    if (cloacina_context_has(context, "name")) {
        /* Absent was asked above, so an error here says that 'name' is no text: pass it on as it
         * is. */
        enum cloacina_code code = cloacina_context_get_string(context, "name", &name, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    snprintf(greeting, sizeof greeting, "Hello, %s!", name);
    return cloacina_context_set_string(context, "greeting", greeting, err);
}

CLOACINA_TASK(greet, .body = greet_body);
CLOACINA_WORKFLOW(hello, .description = "one task that greets", .tasks = CLOACINA_TASKS(&greet));
