/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_script.c - what each body does: waits, deeds, writes, failures.
 *
 * Most steps are harmless; the chances below are chosen so that of ten tasks some two are retried,
 * one fails for good in every other execution, and every edge of execution/state.c is taken within
 * a few hundred runs. */
#include "workload/mixed_script.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* ---- keys and values ---- */

/* By their values: whatever there is; numbers; conditions; arrays; objects. */
static const char *const keys[] = {"any", "count", "flag", "list", "tree"};

static const char *const whatever[] = {
    "null",
    "true",
    "9007199254740993",
    "18446744073709551615",
    "-9223372036854775808",
    "0.1",
    "-1.5e300",
    "\"\"",
    "\"busy\"",
    "\"gr\\u00fc\\u00df dich\"",
    "[]",
    "{}",
    "[{\"a\":1},null,[2]]",
    "{\"a\":{\"b\":1}}",
};
static const char *const numbers[] = {"0", "1", "2", "3.0", "-7", "4294967296", "2.5"};
static const char *const flags[] = {"true", "false", "null"};
static const char *const lists[] = {
    "[]", "[1]", "[1,2,3]", "[3,1,2,1]", "[\"x\",1]", "[{\"a\":1},{\"a\":1}]", "[[1],[2]]",
};
static const char *const trees[] = {
    "{}",
    "{\"a\":1}",
    "{\"a\":{\"b\":2,\"c\":[1]}}",
    "{\"a\":{\"b\":3},\"d\":null}",
    "{\"a\":7,\"x\":{\"y\":{\"z\":\"deep\"}}}",
    "{\"x\":{\"y\":1}}",
    "{\"a\":{\"b\":2,\"e\":4},\"x\":{\"y\":{\"w\":[1]}}}",
};

const char *mixed_key(struct dice *dice)
{
    return keys[dice_below(dice, ARRAY_COUNT(keys))];
}

const char *mixed_value(struct dice *dice, const char *key)
{
    if (strcmp(key, "count") == 0) {
        return numbers[dice_below(dice, ARRAY_COUNT(numbers))];
    }
    if (strcmp(key, "flag") == 0) {
        return flags[dice_below(dice, ARRAY_COUNT(flags))];
    }
    if (strcmp(key, "list") == 0) {
        return lists[dice_below(dice, ARRAY_COUNT(lists))];
    }
    if (strcmp(key, "tree") == 0) {
        return trees[dice_below(dice, ARRAY_COUNT(trees))];
    }
    return whatever[dice_below(dice, ARRAY_COUNT(whatever))];
}

/* ---- steps ---- */

static void step_add(struct mixed_script *script, struct mixed_step step)
{
    if (script->step_count < MIXED_STEPS_MAX) {
        script->steps[script->step_count++] = step;
    }
}

/* Mostly short; one in thirty outlives a lease. */
static uint32_t sleep_ms(struct dice *dice)
{
    if (dice_says(dice, 3)) {
        return dice_between(dice, 50000, 90000);
    }
    return dice_says(dice, 25) ? 0 : dice_between(dice, 1, 3000);
}

/* Out of time in the first attempts, or in every one. */
static void timeout_write(struct dice *dice, struct mixed_script *script)
{
    if (!dice_says(dice, 30)) {
        return;
    }
    script->timeout_ms = dice_between(dice, 4000, 20000);
    if (dice_says(dice, 30)) {
        uint32_t late_ms = dice_between(dice, 1, 12000);
        step_add(script, (struct mixed_step){
                             .kind = STEP_SLEEP,
                             .attempts = dice_says(dice, 10) ? 0 : dice_between(dice, 1, 2),
                             .number = (uint32_t)script->timeout_ms + late_ms,
                         });
    }
}

static void waits_write(struct dice *dice, struct mixed_script *script)
{
    if (dice_says(dice, 60)) {
        step_add(script, (struct mixed_step){.kind = STEP_SLEEP, .number = sleep_ms(dice)});
    }
    if (dice_says(dice, 20)) {
        step_add(script,
                 (struct mixed_step){.kind = STEP_DEFER, .number = dice_between(dice, 1, 8)});
    }
    if (dice_says(dice, 30)) {
        step_add(script, (struct mixed_step){.kind = STEP_LOOK});
    }
}

/* "mail.k07": three services, so that one that is down is down for several tasks. */
static bool effect_write(struct arena *arena, struct dice *dice, struct mixed_script *script)
{
    static const char *const services[] = {"ledger", "mail", "stock"};
    if (!dice_says(dice, 50)) {
        return true;
    }
    char name[64];
    int length = snprintf(name, sizeof(name), "%s.%s",
                          services[dice_below(dice, ARRAY_COUNT(services))], script->name);
    script->effect = arena_copy(arena, name, (size_t)length);
    script->is_once_per_key = dice_says(dice, 75);
    step_add(script, (struct mixed_step){.kind = STEP_EFFECT});
    return script->effect != NULL;
}

static void write_write(struct dice *dice, struct mixed_script *script)
{
    static const enum mixed_step_kind kinds[] = {
        STEP_SET, STEP_SET, STEP_SET, STEP_SET, STEP_REMOVE, STEP_COUNT, STEP_COPY, STEP_DRAW,
    };
    struct mixed_step step = {
        .kind = kinds[dice_below(dice, ARRAY_COUNT(kinds))],
        .number = dice_between(dice, 2, 1000),
        .key = mixed_key(dice),
    };
    if (step.kind == STEP_COUNT) {
        step.key = "count";
    }
    step.text = step.kind == STEP_COPY ? mixed_key(dice) : mixed_value(dice, step.key);
    step_add(script, step);
}

/* Fails in the first attempts; rarely in every one. */
static void failure_write(struct dice *dice, struct mixed_script *script)
{
    static const struct {
        enum cloacina_code code;
        const char *message;
    } failures[] = {
        {CLOACINA_FAILED, "the machine is Busy"},
        {CLOACINA_FAILED, "no connection to the other side"},
        {CLOACINA_FAILED, "wrong input"},
        {CLOACINA_UNAVAILABLE, "come again later"},
        {CLOACINA_INVALID, "this cannot be right"},
    };
    uint32_t roll = dice_below(dice, 100);
    if (roll >= 12) {
        return;
    }
    uint32_t which = dice_below(dice, ARRAY_COUNT(failures));
    step_add(script, (struct mixed_step){
                         .kind = STEP_FAIL,
                         .attempts = roll < 2 ? 0 : dice_between(dice, 1, 3),
                         .code = failures[which].code,
                         .text = failures[which].message,
                     });
}

bool mixed_script_write(struct arena *arena, struct dice *dice, struct mixed_script *script)
{
    timeout_write(dice, script);
    waits_write(dice, script);
    for (uint32_t writes = dice_below(dice, 3); writes > 0; writes--) {
        write_write(dice, script);
    }
    if (!effect_write(arena, dice, script)) {
        return false;
    }
    if (dice_says(dice, 30)) {
        step_add(script, (struct mixed_step){.kind = STEP_SLEEP, .number = sleep_ms(dice)});
    }
    failure_write(dice, script);
    if (dice_says(dice, 60)) {
        write_write(dice, script);
    }
    return true;
}
