/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - two orders on a real runner, and what the caller gets to see of their failures.
 *
 * Two kinds of failure are kept apart: a call that could not do what it says returns a code; a
 * workflow that ran and failed is an answer, and the call that waited for it returns CLOACINA_OK. */
#include "parcel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <cloacina/runner.h>

static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fprintf(stderr, "%s\n", err->message);
        exit(EXIT_FAILURE);
    }
}

/* One line a task: how it ended, after how many attempts, and why. */
static void print_task(const struct cloacina_task_info *task)
{
    printf("  %-14s %-9s", task->name, cloacina_task_status_name(task->status));
    if (task->status == CLOACINA_TASK_SKIPPED) {
        printf(" %s", task->skip_reason);
    } else {
        printf(" attempt %" PRIu32 " of %" PRIu32, task->attempt, task->attempts_max);
    }
    printf("%s%s\n", task->error != NULL ? ": " : "", task->error != NULL ? task->error : "");
}

static void print_execution(const struct cloacina_execution *execution)
{
    const struct cloacina_execution_info *info = cloacina_execution_look(execution);
    const struct cloacina_task_info *task;
    printf("  %s%s%s\n", cloacina_execution_status_name(info->status),
           info->reason != NULL ? ": " : "", info->reason != NULL ? info->reason : "");
    for (uint32_t i = 0; (task = cloacina_execution_task(execution, i)) != NULL; i++) {
        print_task(task);
    }
    printf("  context: %s\n", cloacina_execution_context(execution));
}

/* The history says more than the rows: every failed attempt, also of a task that made it in the
 * end. */
static void print_failures(struct cloacina_execution *execution)
{
    struct cloacina_error err;
    struct cloacina_history *history;
    check(cloacina_execution_history(execution, 0, 0, &history, &err), &err);
    for (size_t i = 0; i < history->count; i++) {
        const struct cloacina_event *event = &history->items[i];
        if (event->task != NULL && event->detail != NULL) {
            printf("  history: %-20s %-13s %s\n", event->type, event->task, event->detail);
        }
    }
    cloacina_history_destroy(history);
}

static void order(struct cloacina_runner *runner, const char *context)
{
    struct cloacina_error err;
    struct cloacina_execution *execution;
    printf("an order of %s\n", context);
    check(cloacina_runner_execute(runner, "parcel", context, &execution, &err), &err);
    print_execution(execution);
    print_failures(execution);
    cloacina_execution_destroy(execution);
}

/* Calls that cannot do what they say: nothing runs, the code is for the program, the message for
 * people. */
static void order_wrongly(struct cloacina_runner *runner, const char *workflow, const char *context)
{
    struct cloacina_error err;
    struct cloacina_execution *execution = NULL;
    enum cloacina_code code = cloacina_runner_execute(runner, workflow, context, &execution, &err);
    printf("refused, %s: %s\n", cloacina_code_name(code), err.message);
    cloacina_execution_destroy(execution);
}

int main(void)
{
    struct cloacina_error err;
    struct cloacina_runner *runner;
    const struct cloacina_runner_options options = {.database = "memory://"};
    check(cloacina_runner_start(&options, &runner, &err), &err);
    order(runner, "{\"card\": \"good\"}");
    order(runner, "{\"card\": \"expired\"}");
    order(runner, "{}");
    order_wrongly(runner, "parcels", "{}");
    order_wrongly(runner, "parcel", "[1, 2]");
    cloacina_runner_destroy(runner);
    return EXIT_SUCCESS;
}
