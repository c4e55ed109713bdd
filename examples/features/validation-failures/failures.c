/* SPDX-License-Identifier: Apache-2.0 */
/* failures.c - workflows that are wrong, each in its own way.
 *
 * Most are built at run time with the builder, where a dependency is a name and may be misspelt.
 * Declared tasks point at each other, so the compiler finds a misspelt one; what is left is to
 * forget one in the list, the last case. */
#include "failures.h"

/* Adds the tasks (the list ends with one without a name) and builds. Each stands in its own line of
 * "shop.c". */
static enum cloacina_code build(const struct cloacina_task_options *tasks,
                                struct cloacina_error *err)
{
    const struct cloacina_workflow_options options = {.name = "shop", .file = "shop.c", .line = 1};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    enum cloacina_code code = cloacina_workflow_builder_create(&options, &builder, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    int line = 2;
    for (; code == CLOACINA_OK && tasks->name != NULL; tasks++, line++) {
        struct cloacina_task_options task = *tasks;
        task.file = "shop.c";
        task.line = line;
        code = cloacina_workflow_builder_add_task(builder, &task, err);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_workflow_builder_build(builder, &workflow, err);
    }
    if (code == CLOACINA_OK) {
        cloacina_workflow_unref(workflow);
    }
    cloacina_workflow_builder_destroy(builder);
    return code;
}

static enum cloacina_code duplicate_name(struct cloacina_error *err)
{
    return build((const struct cloacina_task_options[]){{.name = "price"}, {.name = "price"}, {0}},
                 err);
}

static enum cloacina_code missing_dependency(struct cloacina_error *err)
{
    return build(
        (const struct cloacina_task_options[]){
            {.name = "price"}, {.name = "charge", .dependencies = CLOACINA_TEXTS("prise")}, {0}},
        err);
}

static enum cloacina_code cycle(struct cloacina_error *err)
{
    return build(
        (const struct cloacina_task_options[]){
            {.name = "order", .dependencies = CLOACINA_TEXTS("deliver")},
            {.name = "pack", .dependencies = CLOACINA_TEXTS("order")},
            {.name = "deliver", .dependencies = CLOACINA_TEXTS("pack")},
            {0}},
        err);
}

static enum cloacina_code empty(struct cloacina_error *err)
{
    return build((const struct cloacina_task_options[]){{0}}, err);
}

static enum cloacina_code rule_of_unknown_task(struct cloacina_error *err)
{
    return build((const struct cloacina_task_options[]){{.name = "charge"},
                                                        {.name = "refund",
                                                         .dependencies = CLOACINA_TEXTS("charge"),
                                                         .rule = CLOACINA_TASK_FAILED("chrage")},
                                                        {0}},
                 err);
}

static enum cloacina_code rule_of_no_ancestor(struct cloacina_error *err)
{
    return build(
        (const struct cloacina_task_options[]){
            {.name = "charge"}, {.name = "refund", .rule = CLOACINA_TASK_FAILED("charge")}, {0}},
        err);
}

static enum cloacina_code any_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "done", 1, err);
}

CLOACINA_TASK(quote, .body = any_body);
CLOACINA_TASK(pay, .body = any_body, .dependencies = CLOACINA_TASKS(&quote));

/* Not declared by CLOACINA_WORKFLOW: that would enter it into the list of the program. */
static enum cloacina_code forgotten_in_the_list(struct cloacina_error *err)
{
    const struct cloacina_workflow_definition forgetful = {
        .name = "forgetful", .tasks = CLOACINA_TASKS(&pay), .file = __FILE__, .line = __LINE__};
    struct cloacina_workflow *workflow;
    enum cloacina_code code = cloacina_workflow_build_definition(&forgetful, NULL, &workflow, err);
    if (code == CLOACINA_OK) {
        cloacina_workflow_unref(workflow);
    }
    return code;
}

const struct failure failures[] = {
    {"two tasks of one name", duplicate_name},
    {"a misspelt dependency", missing_dependency},
    {"a cycle", cycle},
    {"no task at all", empty},
    {"a rule about a misspelt task", rule_of_unknown_task},
    {"a rule about a task that need not have ended", rule_of_no_ancestor},
    {"a declared dependency that is not in the list", forgotten_in_the_list},
};
const unsigned failure_count = sizeof failures / sizeof failures[0];
