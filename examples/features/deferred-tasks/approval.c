/* SPDX-License-Identifier: Apache-2.0 */
/* approval.c - a task that waits for a person, without keeping a slot.
 *
 *     check_income ----> wait_for_officer ----> pay_out
 *                        asks every 15 minutes
 *                        whether the file is signed
 *
 * A body that waits in cloacina_task_defer_until() keeps its variables and gives up its slot: a
 * runner with four slots can look after a thousand such files. The time it waits does not count
 * towards its timeout. */
#include "approval.h"

#include <stdint.h>

enum { QUARTER_OF_AN_HOUR_MS = 900000, OFFICE_HOURS = 26 };

#define NS_PER_HOUR INT64_C(3600000000000)

struct file {
    const struct cloacina_task *task;
    int64_t signed_at;
};

static enum cloacina_code check_income_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "income_checked", 1, err);
}

/* Stands for a look into a mailbox. It must not take long: a runner asks in between. */
static int is_signed(void *user)
{
    const struct file *file = user;
    return cloacina_task_now(file->task) >= file->signed_at;
}

static enum cloacina_code wait_for_officer_body(struct cloacina_task *task,
                                                struct cloacina_error *err)
{
    struct file file = {
        .task = task,
        .signed_at = cloacina_task_now(task) + OFFICE_HOURS * NS_PER_HOUR,
    };
    enum cloacina_code code =
        cloacina_task_defer_until(task, is_signed, &file, QUARTER_OF_AN_HOUR_MS, err);
    return code == CLOACINA_OK
               ? cloacina_context_set_bool(cloacina_task_context(task), "signed", 1, err)
               : code;
}

static enum cloacina_code pay_out_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "paid_out", 1, err);
}

CLOACINA_TASK(check_income, .body = check_income_body);
CLOACINA_TASK(wait_for_officer, .body = wait_for_officer_body,
              .dependencies = CLOACINA_TASKS(&check_income), .timeout_ms = 60000);
CLOACINA_TASK(pay_out, .body = pay_out_body, .dependencies = CLOACINA_TASKS(&wait_for_officer));
CLOACINA_WORKFLOW(loan, .tasks = CLOACINA_TASKS(&check_income, &wait_for_officer, &pay_out),
                  .description = "waits a day for a signature without keeping a slot");
