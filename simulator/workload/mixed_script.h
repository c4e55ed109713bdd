/* SPDX-License-Identifier: Apache-2.0 */
/* mixed_script.h - private: what the tasks of a mixed workflow are told to do.
 *
 *   mixed.c         formula, shape, life      mixed_policy.c  rules, retries, timeouts
 *   mixed_script.c  the steps of each body    mixed_body.c    one body that takes any steps
 *
 * Law: a task's script is a function of (seed, task name) alone. */
#ifndef WORKLOAD_MIXED_SCRIPT_H
#define WORKLOAD_MIXED_SCRIPT_H

#include "base/hash.h"
#include "workload/mixed.h"

/* ---- dice: each throw is a function of the seed and of how many came before it ---- */

struct dice {
    uint64_t seed;
    uint64_t thrown;
};

/* A number below `bound`, by multiplication (see base/random.h). */
static inline uint32_t dice_below(struct dice *dice, uint32_t bound)
{
    return (uint32_t)((hash_mix(dice->seed, ++dice->thrown) >> 32) * bound >> 32);
}

static inline uint32_t dice_between(struct dice *dice, uint32_t least, uint32_t most)
{
    return least + dice_below(dice, most - least + 1);
}

static inline bool dice_says(struct dice *dice, uint32_t percent)
{
    return dice_below(dice, 100) < percent;
}

/* ---- scripts ---- */

enum mixed_step_kind {
    STEP_SLEEP,  /* so many ms */
    STEP_DEFER,  /* until the condition was asked so many times, every 500 ms */
    STEP_EFFECT, /* the one of the script */
    STEP_SET,    /* key = text, as JSON */
    STEP_REMOVE, /* key */
    STEP_COUNT,  /* key = key + 1; 1 if there is no such number */
    STEP_COPY,   /* key = what is under the key `text`, if that is there */
    STEP_DRAW,   /* key = a random number below so many */
    STEP_LOOK,   /* ends the body if it is cancelled */
    STEP_FAIL,   /* ends it with this code; `text`: the message */
    STEPS
};

struct mixed_step {
    enum mixed_step_kind kind;
    uint32_t attempts; /* only in the first so many; 0: in all */
    uint32_t number;
    enum cloacina_code code;
    const char *key;
    const char *text;
};

enum {
    MIXED_STEPS_MAX = 10,
    MIXED_DEPENDENCIES_MAX = 4,
    MIXED_NAME_SIZE = 16,
    MIXED_DEFER_INTERVAL_MS = 500,
};

/* Texts are the arena's, or static. */
struct mixed_script {
    const char *name;
    const char *effect;   /* the name of what it does to the outside; NULL: nothing */
    bool is_once_per_key; /* and whom it does it to knows the idempotency key */
    uint32_t dependencies[MIXED_DEPENDENCIES_MAX]; /* numbers of scripts before it */
    uint32_t dependency_count;
    int64_t timeout_ms; /* 0: none */
    struct mixed_step steps[MIXED_STEPS_MAX];
    uint32_t step_count;
    char taken_by[MIXED_NAME_SIZE]; /* another task whose body ran this script; "": none did */
};

/* The keys that scripts and rules speak of: few, so that tasks get into each other's way. */
const char *mixed_key(struct dice *dice);

/* A value as JSON that is likely to be found under that key; static. */
const char *mixed_value(struct dice *dice, const char *key);

/* Steps, timeout and effect; the name is there already. False: no memory. */
bool mixed_script_write(struct arena *arena, struct dice *dice,
                        struct mixed_script *script) MUST_CHECK;

/* The retry policy. */
struct cloacina_retry mixed_retry(struct dice *dice);

/* The rule of script number `task`, or NULL in *ret_rule; the arena's. False: no memory. */
bool mixed_rule(struct mixed *mixed, struct dice *dice, uint32_t task,
                const struct cloacina_rule **ret_rule) MUST_CHECK;

/* Runs its script, which is its `user`. */
enum cloacina_code mixed_body(struct cloacina_task *task, struct cloacina_error *err) MUST_CHECK;

#endif
