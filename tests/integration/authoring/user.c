/* SPDX-License-Identifier: Apache-2.0 */
/* user.c - every macro and every option of authoring.h in one file; it must compile without a
 * warning. */
#include <cloacina/authoring.h>

#include <stdlib.h>

struct card {
    int64_t cents;
};

static enum cloacina_code card_charge(void *argument, struct cloacina_error *err)
{
    const struct card *card = argument;
    if (card->cents < 0) {
        return cloacina_error_set(err, "a charge of %lld cents", (long long)card->cents);
    }
    return CLOACINA_OK;
}

static int is_open(void *user)
{
    return *(const int *)user;
}

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct card card;
    if (cloacina_context_get_int64(cloacina_task_context(task), "cents", &card.cents, err) !=
        CLOACINA_OK) {
        return CLOACINA_FAILED;
    }
    return cloacina_task_effect(
        task,
        &(struct cloacina_effect){.name = "payments.charge",
                                  .apply = card_charge,
                                  .argument = &card,
                                  .key = cloacina_task_idempotency_key(task)},
        err);
}

/* All of the handle. */
static enum cloacina_code handle_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_task_sleep_ms(task, 5, err);
    if (code == CLOACINA_OK) {
        code = cloacina_task_defer_until(task, is_open, cloacina_task_user(task), 100, err);
    }
    if (code != CLOACINA_OK || cloacina_task_is_cancelled(task)) {
        return code;
    }
    if (cloacina_task_attempt(task) < cloacina_task_attempts_max(task) &&
        cloacina_task_random(task, 10) == 9) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "'%s' at %lld with %s",
                                    cloacina_task_name(task), (long long)cloacina_task_now(task),
                                    cloacina_task_token(task));
    }
    return CLOACINA_OK;
}

static int door = 1;

/* Another file's task; it is never linked here. */
CLOACINA_TASK_DECLARE(order);
CLOACINA_WORKFLOW_DECLARE(elsewhere);

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 3, .initial_delay_ms = 1000}, .timeout_ms = 30000);
CLOACINA_TASK(receipt, .body = handle_body, .dependencies = CLOACINA_TASKS(&charge, &price, &order),
              .retry = {.attempts_max = 7,
                        .backoff = CLOACINA_BACKOFF_LINEAR,
                        .multiplier = 1.5,
                        .initial_delay_ms = CLOACINA_NO_DELAY,
                        .delay_max_ms = 9000,
                        .jitter = CLOACINA_JITTER_NONE,
                        .retry_when = CLOACINA_RETRY_PATTERNS,
                        .patterns = CLOACINA_TEXTS("busy", "rate limit")},
              .rule = CLOACINA_ALL_OF(
                  CLOACINA_TASK_SUCCEEDED("price"),
                  CLOACINA_ANY_OF(CLOACINA_TASK_FAILED("charge"), CLOACINA_TASK_SKIPPED("charge"),
                                  CLOACINA_ALL_OF(CLOACINA_ALWAYS())),
                  CLOACINA_NONE_OF(CLOACINA_CONTEXT_VALUE("cents", CLOACINA_GREATER_THAN, "1000"),
                                   CLOACINA_CONTEXT_VALUE("cents", CLOACINA_KEY_NOT_EXISTS, NULL))),
              .revision = "2", .description = "writes the receipt", .user = &door);

/* Without any option, and called like a function of libc. */
CLOACINA_TASK(write);
CLOACINA_WORKFLOW(nothing);

CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge, &receipt, &write),
                  .tenant = "acme", .package = "sales", .description = "sells");

/* Rules and options are ordinary expressions inside functions, too. */
const struct cloacina_rule *rule_choose(int which);
const struct cloacina_rule *rule_choose(int which)
{
    static const struct cloacina_retry retry = {.base = 3};
    static const struct cloacina_workflow_definition *const listed[] = {&shop, &nothing,
                                                                        &elsewhere};
    if (which == 0) {
        return listed[0]->tasks[2]->rule;
    }
    return retry.attempts_max == 0 ? receipt.rule : NULL;
}
