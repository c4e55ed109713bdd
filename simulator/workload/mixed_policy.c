/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_policy.c - when a task runs, and how often.
 *
 * Law: what is made here is accepted by the builder: rules name ancestors only, and delays stand in
 * order. */
#include "workload/mixed_script.h"

#include <stdio.h>

#include "base/compiler.h"

struct cloacina_retry mixed_retry(struct dice *dice)
{
    static const int64_t delays_ms[] = {0, CLOACINA_NO_DELAY, 1, 100, 700, 2500, 8000};
    static const double bases[] = {0, 1.5, 3, 0.5};
    static const double multipliers[] = {0, 0.25, 2};
    static const char *const patterns[] = {"busy", "later", "timed out", NULL};
    struct cloacina_retry retry = {
        .attempts_max = (int)dice_below(dice, 6),
        .backoff = (enum cloacina_backoff)dice_below(dice, 3),
        .initial_delay_ms = delays_ms[dice_below(dice, ARRAY_COUNT(delays_ms))],
        .jitter = (enum cloacina_jitter)dice_below(dice, 2),
        .retry_when = dice_says(dice, 60) ? CLOACINA_RETRY_ALL
                                          : (enum cloacina_retry_when)dice_below(dice, 4),
    };
    /* A cap that cuts something off in every third policy. */
    retry.delay_max_ms = dice_says(dice, 33) ? dice_between(dice, 8000, 12000) : 0;
    if (retry.backoff == CLOACINA_BACKOFF_EXPONENTIAL) {
        retry.base = bases[dice_below(dice, ARRAY_COUNT(bases))];
    }
    if (retry.backoff != CLOACINA_BACKOFF_FIXED) {
        retry.multiplier = multipliers[dice_below(dice, ARRAY_COUNT(multipliers))];
    }
    if (retry.retry_when == CLOACINA_RETRY_PATTERNS) {
        retry.patterns = patterns;
    }
    return retry;
}

/* ---- rules ---- */

/* Some task above this one: up from a dependency, with luck further. */
static const struct mixed_script *ancestor_of(const struct mixed *mixed, struct dice *dice,
                                              uint32_t task)
{
    const struct mixed_script *at = &mixed->scripts[task];
    do {
        at = &mixed->scripts[at->dependencies[dice_below(dice, at->dependency_count)]];
    } while (at->dependency_count > 0 && dice_says(dice, 40));
    return at;
}

/* By its short name, or by the full one. NULL: no memory. */
static const char *task_name(struct mixed *mixed, struct dice *dice, uint32_t task)
{
    const struct mixed_script *script = ancestor_of(mixed, dice, task);
    if (!dice_says(dice, 20)) {
        return script->name;
    }
    char name[96];
    int length = snprintf(name, sizeof(name), "public::embedded::mixed-%u::%s",
                          (unsigned)mixed->task_count, script->name);
    return arena_copy(&mixed->arena, name, (size_t)length);
}

/* What an array or a text may contain. */
static const char *const items[] = {"1", "2", "\"x\"", "{\"a\":1}", "[1]", "\"s\"", "null"};

static void condition_write(struct dice *dice, struct cloacina_rule *rule)
{
    rule->type = CLOACINA_RULE_CONTEXT_VALUE;
    rule->key = mixed_key(dice);
    rule->comparison =
        (enum cloacina_rule_operator)dice_between(dice, CLOACINA_EQUALS, CLOACINA_KEY_NOT_EXISTS);
    switch (rule->comparison) {
    case CLOACINA_EQUALS:
    case CLOACINA_NOT_EQUALS:
        rule->value = mixed_value(dice, rule->key);
        return;
    case CLOACINA_GREATER_THAN:
    case CLOACINA_LESS_THAN: /* only numbers have an order */
        rule->key = "count";
        rule->value = mixed_value(dice, rule->key);
        return;
    case CLOACINA_CONTAINS:
    case CLOACINA_NOT_CONTAINS:
        rule->key = dice_says(dice, 70) ? "list" : "any";
        rule->value = items[dice_below(dice, ARRAY_COUNT(items))];
        return;
    case CLOACINA_KEY_EXISTS:
    case CLOACINA_KEY_NOT_EXISTS:
        return;
    }
}

/* A rule without parts. */
static bool leaf_write(struct mixed *mixed, struct dice *dice, uint32_t task,
                       struct cloacina_rule *rule)
{
    static const enum cloacina_rule_type types[] = {
        CLOACINA_RULE_TASK_SUCCEEDED, CLOACINA_RULE_TASK_FAILED, CLOACINA_RULE_TASK_SKIPPED};
    uint32_t roll = dice_below(dice, 100);
    if (roll < 20) {
        rule->type = CLOACINA_RULE_ALWAYS;
        return true;
    }
    if (roll < 55 || mixed->scripts[task].dependency_count == 0) {
        condition_write(dice, rule);
        return true;
    }
    rule->type = types[dice_below(dice, ARRAY_COUNT(types))];
    rule->task = task_name(mixed, dice, task);
    return rule->task != NULL;
}

static bool parts_write(struct mixed *mixed, struct dice *dice, uint32_t task,
                        struct cloacina_rule *rule)
{
    uint32_t count = dice_below(dice, 4);
    struct cloacina_rule *rules = arena_take_zeroed(&mixed->arena, count + 1, sizeof(*rules));
    const struct cloacina_rule **parts =
        arena_take_zeroed(&mixed->arena, count + 1, sizeof(struct cloacina_rule *));
    if (rules == NULL || parts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        parts[i] = &rules[i];
        if (!leaf_write(mixed, dice, task, &rules[i])) {
            return false;
        }
    }
    rule->type =
        (enum cloacina_rule_type)dice_between(dice, CLOACINA_RULE_ALL_OF, CLOACINA_RULE_NONE_OF);
    rule->parts = parts;
    return true;
}

bool mixed_rule(struct mixed *mixed, struct dice *dice, uint32_t task,
                const struct cloacina_rule **ret_rule)
{
    *ret_rule = NULL;
    if (!dice_says(dice, 40)) {
        return true;
    }
    struct cloacina_rule *rule = arena_take_zeroed(&mixed->arena, 1, sizeof(*rule));
    if (rule == NULL) {
        return false;
    }
    *ret_rule = rule;
    return dice_says(dice, 25) ? parts_write(mixed, dice, task, rule)
                               : leaf_write(mixed, dice, task, rule);
}
