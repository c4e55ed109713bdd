/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.c - opens libraries. */
#include "cloacinactl/bodies.h"

#include <cloacina/authoring.h>

/* Whatever keeps a library from being used is wrong input, not a failure of the machine. */
static enum cloacina_code wrong_input(struct cloacina_error *err)
{
    if (err->code == CLOACINA_IO) {
        err->code = CLOACINA_INVALID;
    }
    return err->code;
}

enum cloacina_code bodies_open(struct registry *registry, const struct option_texts *libraries,
                               struct cloacina_error *err)
{
    if (libraries->count == 0) {
        return registry_add_declared(registry, cloacina_workflows_declared, NULL, err);
    }
    for (size_t i = 0; i < libraries->count; i++) {
        if (registry_open_library(registry, libraries->items[i], err) != CLOACINA_OK) {
            return wrong_input(err);
        }
    }
    return CLOACINA_OK;
}

void bodies_list(const struct registry *registry, struct text_builder *ret_text)
{
    for (size_t i = 0; i < registry->count; i++) {
        text_builder_print(ret_text, "%s%s", i == 0 ? "" : ", ",
                           cloacina_workflow_name(registry->workflows[i]));
    }
}
