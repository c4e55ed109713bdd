/* SPDX-License-Identifier: Apache-2.0 */
/* greeting.c - what is done for each visitor: look up how they are called, and write a card.
 *
 *     look_up ----> write_card */
#include "greeting.h"

#include <stdio.h>

enum { TEXT_MAX = 128 };

static enum cloacina_code look_up_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *name;
    enum cloacina_code code = cloacina_context_get_string(context, "name", &name, err);
    char title[TEXT_MAX];
    if (code != CLOACINA_OK) {
        return code;
    }
    (void)snprintf(title, sizeof(title), "Dr. %s", name);
    return cloacina_context_set_string(context, "title", title, err);
}

static enum cloacina_code write_card_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *title;
    enum cloacina_code code = cloacina_context_get_string(context, "title", &title, err);
    char card[TEXT_MAX + sizeof("Welcome, ")];
    if (code != CLOACINA_OK) {
        return code;
    }
    (void)snprintf(card, sizeof(card), "Welcome, %s", title);
    return cloacina_context_set_string(context, "card", card, err);
}

CLOACINA_TASK(look_up, .body = look_up_body);
CLOACINA_TASK(write_card, .body = write_card_body, .dependencies = CLOACINA_TASKS(&look_up));
CLOACINA_WORKFLOW(greeting, .tasks = CLOACINA_TASKS(&look_up, &write_card),
                  .description = "a card for a visitor");
