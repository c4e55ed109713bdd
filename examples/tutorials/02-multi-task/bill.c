/* SPDX-License-Identifier: Apache-2.0 */
/* bill.c - three tasks in a chain, each with its own idea of what to do when it fails.
 *
 *     read_meter ----> price_usage ----> send_bill
 *     five tries,      a wrong figure    tries again only when the
 *     a minute apart   stays wrong       mail server was out of reach */
#include "bill.h"

#include <inttypes.h>

#define CENTS_PER_UNIT 31

/* Stands for a meter that is read by radio. */
static enum cloacina_code read_meter_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "reading", 1542, err);
}

static enum cloacina_code price_usage_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    int64_t last_reading;
    int64_t reading;
    enum cloacina_code code;
    code = cloacina_context_get_int64(context, "last_reading", &last_reading, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = cloacina_context_get_int64(context, "reading", &reading, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (reading < last_reading) {
        return cloacina_error_set(err, "reading %" PRId64 " is below the last one, %" PRId64,
                                  reading, last_reading);
    }
    return cloacina_context_set_int64(context, "cents", (reading - last_reading) * CENTS_PER_UNIT,
                                      err);
}

/* Stands for the call of a mail server. */
static enum cloacina_code mail(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code send_bill_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t cents;
    enum cloacina_code code;
    code = cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    /* The key is the same in every attempt, so the server can tell a repetition from a second bill.
     */
    const struct cloacina_effect effect = {
        .name = "mail.send",
        .key = cloacina_task_idempotency_key(task),
        .apply = mail,
        .argument = &cents,
    };
    return cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(read_meter, .body = read_meter_body,
              .retry = {
                  .attempts_max = 5,
                  .backoff = CLOACINA_BACKOFF_FIXED,
                  .initial_delay_ms = 60000,
              });

CLOACINA_TASK(price_usage, .body = price_usage_body, .dependencies = CLOACINA_TASKS(&read_meter),
              .retry = {.retry_when = CLOACINA_RETRY_NEVER});

CLOACINA_TASK(send_bill, .body = send_bill_body, .dependencies = CLOACINA_TASKS(&price_usage),
              .retry = {.retry_when = CLOACINA_RETRY_TRANSIENT}, .timeout_ms = 30000);

CLOACINA_WORKFLOW(monthly_bill, .description = "a chain: read a meter, price it, send the bill",
                  .tasks = CLOACINA_TASKS(&read_meter, &price_usage, &send_bill));
