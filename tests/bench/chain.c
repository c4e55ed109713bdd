/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c - the chain, and a runner that executes it. */
#include "chain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum cloacina_code step_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), cloacina_task_name(task), 1,
                                      err);
}

CLOACINA_TASK(step_a, .body = step_body);
CLOACINA_TASK(step_b, .body = step_body, .dependencies = CLOACINA_TASKS(&step_a));
CLOACINA_TASK(step_c, .body = step_body, .dependencies = CLOACINA_TASKS(&step_b));
CLOACINA_WORKFLOW(floor_chain, .tasks = CLOACINA_TASKS(&step_a, &step_b, &step_c));

const struct performance chain = {
    .workflow = &floor_chain,
    .waves = (const uint32_t[]){1, 1, 1, 0},
    .deltas = (const char *const[]){"{\"/step_a\":1}", "{\"/step_b\":1}", "{\"/step_c\":1}"},
};

static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fail_msg("%s", err->message);
    }
}

void chain_execute(const char *url, const char *schema)
{
    struct cloacina_error err;
    struct cloacina_runner *runner;
    struct cloacina_execution *execution;
    const struct cloacina_workflow_definition *const workflows[] = {&floor_chain, NULL};
    const struct cloacina_runner_options options = {
        .database = url, .schema = schema, .workflows = workflows};
    check(cloacina_runner_start(&options, &runner, &err), &err);
    for (int i = 0; i < CHAIN_EXECUTIONS; i++) {
        check(cloacina_runner_execute(runner, "floor_chain", NULL, &execution, &err), &err);
        cloacina_execution_destroy(execution);
    }
    check(cloacina_runner_shutdown(runner, 0, &err), &err);
    cloacina_runner_destroy(runner);
}
