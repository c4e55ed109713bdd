/* SPDX-License-Identifier: Apache-2.0 */
/* parcel.c - an order that survives what can be survived, and ends in good order when it cannot.
 *
 *     reserve_stock --> charge_card --+--> ship_parcel ---- (skipped after a failed charge) --+
 *     three tries,      tried again   |                                                       |
 *     10 ms apart       only when it  `--> write_apology -- (only after a failed charge) -----+
 *                       can help                                                              |
 *                                          close_order, always  <-----------------------------+ */
#include "parcel.h"

#include <string.h>

#define WAREHOUSE_WAKES_AT 3 /* the attempt that it answers */

/* Stands for a warehouse that is asleep when the first questions come. The code says that a later
 * try may help; the message is for people. */
static enum cloacina_code reserve_stock_body(struct cloacina_task *task, struct cloacina_error *err)
{
    if (cloacina_task_attempt(task) < WAREHOUSE_WAKES_AT) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "the warehouse does not answer");
    }
    return cloacina_context_set_int64(cloacina_task_context(task), "shelf", 17, err);
}

/* Stands for the call of a card company: an expired card stays expired. */
static enum cloacina_code card_charge(void *argument, struct cloacina_error *err)
{
    const char *card = argument;
    if (strcmp(card, "expired") == 0) {
        return cloacina_error_set(err, "the card has expired");
    }
    return CLOACINA_OK;
}

static enum cloacina_code charge_card_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const char *card;
    enum cloacina_code code;
    code = cloacina_context_get_string(cloacina_task_context(task), "card", &card, err);
    if (code != CLOACINA_OK) {
        return code; /* it says already that 'card' is missing */
    }
    const struct cloacina_effect effect = {
        .name = "card.charge",
        .key = cloacina_task_idempotency_key(task),
        .apply = card_charge,
        .argument = (void *)card,
        .once_per_key = 1,
    };
    return cloacina_task_effect(task, &effect, err);
}

static enum cloacina_code ship_parcel_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_string(cloacina_task_context(task), "outcome", "shipped", err);
}

static enum cloacina_code write_apology_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_string(cloacina_task_context(task), "outcome", "apologised", err);
}

/* Sees what came before it, whichever way that went. */
static enum cloacina_code close_order_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "is_closed", true, err);
}

CLOACINA_TASK(reserve_stock, .body = reserve_stock_body,
              .retry = {
                  .attempts_max = 3,
                  .backoff = CLOACINA_BACKOFF_FIXED,
                  .initial_delay_ms = 10,
                  .jitter = CLOACINA_JITTER_NONE,
              });

CLOACINA_TASK(charge_card, .body = charge_card_body, .dependencies = CLOACINA_TASKS(&reserve_stock),
              .retry = {.retry_when = CLOACINA_RETRY_TRANSIENT});

CLOACINA_TASK(ship_parcel, .body = ship_parcel_body, .dependencies = CLOACINA_TASKS(&charge_card));

CLOACINA_TASK(write_apology, .body = write_apology_body,
              .dependencies = CLOACINA_TASKS(&charge_card),
              .rule = CLOACINA_TASK_FAILED("charge_card"));

CLOACINA_TASK(close_order, .body = close_order_body,
              .dependencies = CLOACINA_TASKS(&ship_parcel, &write_apology),
              .rule = CLOACINA_ALWAYS());

CLOACINA_WORKFLOW(parcel, .description = "retries, a permanent failure, and what runs all the same",
                  .tasks = CLOACINA_TASKS(&reserve_stock, &charge_card, &ship_parcel,
                                          &write_apology, &close_order));
