/* SPDX-License-Identifier: Apache-2.0 */
/* import.c - a long task whose runner may die in the middle.
 *
 *     fetch_list ----> import_pages ------------> publish_prices
 *                      five pages, two minutes
 *                      each; every page is an
 *                      effect with a key
 *
 * When the runner dies, nobody tells the engine. Its lease stops beating; after a minute another
 * runner declares it dead and runs the task again, from the start: tasks are at-least-once. So each
 * page is written under a key of its own, and a page that is there already costs nothing. */
#include "import.h"

#include <stdio.h>

enum { MINUTE_MS = 60000 };

static enum cloacina_code fetch_list_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "pages", IMPORT_PAGES, err);
}

/* Stands for an insert into a table whose primary key is the page. */
static enum cloacina_code write_page(void *page, struct cloacina_error *err)
{
    (void)page;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code import_page(struct cloacina_task *task, int64_t page,
                                      struct cloacina_error *err)
{
    char key[128];
    snprintf(key, sizeof key, "%s-page-%d", cloacina_task_idempotency_key(task), (int)page);
    const struct cloacina_effect effect = {
        .name = "warehouse.write",
        .key = key,
        .apply = write_page,
        .argument = &page,
        .once_per_key = 1,
    };
    return cloacina_task_effect(task, &effect, err);
}

static enum cloacina_code import_pages_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t pages;
    enum cloacina_code code = cloacina_context_get_int64(context, "pages", &pages, err);
    for (int64_t page = 1; code == CLOACINA_OK && page <= pages; page++) {
        code = cloacina_task_sleep_ms(task, 2 * MINUTE_MS, err);
        if (code == CLOACINA_OK) {
            code = import_page(task, page, err);
        }
    }
    return code == CLOACINA_OK ? cloacina_context_set_int64(context, "imported", pages, err) : code;
}

static enum cloacina_code publish_prices_body(struct cloacina_task *task,
                                              struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "published", 1, err);
}

CLOACINA_TASK(fetch_list, .body = fetch_list_body);
CLOACINA_TASK(import_pages, .body = import_pages_body, .dependencies = CLOACINA_TASKS(&fetch_list),
              .retry = {.attempts_max = 5, .initial_delay_ms = 5000});
CLOACINA_TASK(publish_prices, .body = publish_prices_body,
              .dependencies = CLOACINA_TASKS(&import_pages));
CLOACINA_WORKFLOW(price_import,
                  .tasks = CLOACINA_TASKS(&fetch_list, &import_pages, &publish_prices),
                  .description = "a long task that survives the death of its runner");
