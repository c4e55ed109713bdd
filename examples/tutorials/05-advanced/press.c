/* SPDX-License-Identifier: Apache-2.0 */
/* press.c - two workflows: the second goes on with what the first has left.
 *
 *     draft:    set_type ---> count_words
 *     publish:  wait_for_editor ---> print_pages ---> deliver */
#include "press.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <string.h>

#define WORDS_PER_PAGE 4
#define LOOK_EVERY_MS 5

/* ---- the editor: stands for another system that has to be asked ---- */

static atomic_bool editor_has_signed;

void editor_sign(bool has_signed)
{
    atomic_store(&editor_has_signed, has_signed);
}

static int is_signed(void *user)
{
    (void)user;
    return atomic_load(&editor_has_signed);
}

/* ---- draft ---- */

static enum cloacina_code set_type_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_json(cloacina_task_context(task), "type",
                                     "{\"font\": \"Garamond\", \"size\": 11}", err);
}

static int64_t words_in(const char *text)
{
    int64_t words = 0;
    for (size_t length = 0; *text != '\0'; text += length) {
        text += strspn(text, " ");
        length = strcspn(text, " ");
        words += length > 0;
    }
    return words;
}

static enum cloacina_code count_words_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *text;
    enum cloacina_code code = cloacina_context_get_string(context, "text", &text, err);
    return code == CLOACINA_OK ? cloacina_context_set_int64(context, "words", words_in(text), err)
                               : code;
}

/* ---- publish ---- */

/* Gives up its slot while it waits: a thousand texts can lie on the editor's desk. An attempt that
 * is told to stop returns what the wait returned. */
static enum cloacina_code wait_for_editor_body(struct cloacina_task *task,
                                               struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_task_defer_until(task, is_signed, NULL, LOOK_EVERY_MS, err);
    return code == CLOACINA_OK
               ? cloacina_context_set_bool(cloacina_task_context(task), "is_signed", true, err)
               : code;
}

static enum cloacina_code print_pages_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t words;
    enum cloacina_code code = cloacina_context_get_int64(context, "words", &words, err);
    return code == CLOACINA_OK
               ? cloacina_context_set_int64(context, "pages",
                                            (words + WORDS_PER_PAGE - 1) / WORDS_PER_PAGE, err)
               : code;
}

/* The text is not needed any more: what is removed here is not in the final context. */
static enum cloacina_code deliver_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_remove(cloacina_task_context(task), "text", err);
}

CLOACINA_TASK(set_type, .body = set_type_body);
CLOACINA_TASK(count_words, .body = count_words_body, .dependencies = CLOACINA_TASKS(&set_type));
CLOACINA_WORKFLOW(draft, .description = "sets a text in type and counts its words",
                  .tasks = CLOACINA_TASKS(&set_type, &count_words));

CLOACINA_TASK(wait_for_editor, .body = wait_for_editor_body);
CLOACINA_TASK(print_pages, .body = print_pages_body,
              .dependencies = CLOACINA_TASKS(&wait_for_editor));
CLOACINA_TASK(deliver, .body = deliver_body, .dependencies = CLOACINA_TASKS(&print_pages));
CLOACINA_WORKFLOW(publish, .description = "waits for the editor, prints, delivers",
                  .tasks = CLOACINA_TASKS(&wait_for_editor, &print_pages, &deliver));
