/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.c - money goes from one bank to another, or somebody is told.
 *
 *     take_money ----> give_money ----> (done)
 *                          |
 *                          +-- failed --> call_clerk
 *
 * Each deed is once per key at its bank, so repetitions are harmless. When the other bank does not
 * answer, nobody knows whether it has the money: giving it back would make money. So a clerk is
 * called, who looks. What must hold, whatever happens, is in transfer_properties.c. */
#include "transfer.h"

/* Stands for the call of a bank. */
static enum cloacina_code book(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code deed(struct cloacina_task *task, const char *name,
                               struct cloacina_error *err)
{
    const struct cloacina_effect effect = {
        .name = name,
        .key = cloacina_task_idempotency_key(task),
        .apply = book,
        .once_per_key = 1,
    };
    return cloacina_task_effect(task, &effect, err);
}

static char take[] = "alpha.take";
static char give[] = "beta.give";
static char call[] = "clerk.call";

/* .user is the name of the deed. */
static enum cloacina_code deed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return deed(task, cloacina_task_user(task), err);
}

CLOACINA_TASK(take_money, .body = deed_body, .user = take,
              .retry = {.attempts_max = 10, .initial_delay_ms = 2000});
CLOACINA_TASK(give_money, .body = deed_body, .user = give,
              .dependencies = CLOACINA_TASKS(&take_money),
              .retry = {.attempts_max = 3, .initial_delay_ms = 2000});
CLOACINA_TASK(call_clerk, .body = deed_body, .user = call,
              .dependencies = CLOACINA_TASKS(&give_money),
              .rule = CLOACINA_TASK_FAILED("give_money"),
              .retry = {.attempts_max = 10, .initial_delay_ms = 2000});
CLOACINA_WORKFLOW(bank_transfer, .tasks = CLOACINA_TASKS(&take_money, &give_money, &call_clerk),
                  .description = "money that must not be lost, nor made");
