/* SPDX-License-Identifier: Apache-2.0 */
/* shop.c - an order is priced, charged and shipped; once with a mistake, once without.
 *
 *     shop:         price ----> charge -----------> ship
 *     shop_fixed:   price ----> charge_with_key --> ship_paid
 *
 * The mistake cannot be seen in a test in which nothing goes wrong: when the reply of the payment
 * service is lost, the attempt fails, the engine tries again as it was told to, and the card is
 * charged a second time. The second workflow gives the service a key that is the same for every
 * attempt, and the service charges once per key. */
#include "shop.h"

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

/* Stands for the call of the payment service. */
static enum cloacina_code charge_card(void *cents, struct cloacina_error *err)
{
    if (*(int64_t *)cents <= 0) {
        return cloacina_error_set(err, "nothing to charge");
    }
    return CLOACINA_OK;
}

static enum cloacina_code pay(struct cloacina_task *task, int once_per_key,
                              struct cloacina_error *err)
{
    int64_t cents;
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const struct cloacina_effect effect = {
        .name = "payments.charge",
        .key = cloacina_task_idempotency_key(task),
        .apply = charge_card,
        .argument = &cents,
        .once_per_key = once_per_key,
    };
    return cloacina_task_effect(task, &effect, err);
}

/* The mistake: the service does not learn which charge this is. */
static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return pay(task, 0, err);
}

static enum cloacina_code charge_with_key_body(struct cloacina_task *task,
                                               struct cloacina_error *err)
{
    return pay(task, 1, err);
}

static enum cloacina_code ship_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_bool(cloacina_task_context(task), "shipped", 1, err);
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000}, .timeout_ms = 30000);
CLOACINA_TASK(ship, .body = ship_body, .dependencies = CLOACINA_TASKS(&charge));
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge, &ship),
                  .description = "an order; its card may be charged twice");

CLOACINA_TASK(charge_with_key, .body = charge_with_key_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000}, .timeout_ms = 30000);
CLOACINA_TASK(ship_paid, .body = ship_body, .dependencies = CLOACINA_TASKS(&charge_with_key));
CLOACINA_WORKFLOW(shop_fixed, .tasks = CLOACINA_TASKS(&price, &charge_with_key, &ship_paid),
                  .description = "the same, charged once per key");
