/* SPDX-License-Identifier: Apache-2.0 */
/* plan_named.c - the plans that are always there. fixtures/plans/ has the same ones as files.
 *
 * What a run seldom asks has to go wrong more often than what it always asks:
 *
 *   STEADY   a call to the store that is made some times in every run
 *   FEW      once or a few times
 *   RARE     when runners share an execution, or after something else went wrong
 *
 * Law: chaos has every fault at every place where it can happen; at each place all of them together
 * are less than certain. */
#include "oracle/plan.h"

#include <string.h>

#include "base/compiler.h"
#include "workflow/similar.h"

#define STEADY "commit,poll"
#define FEW "submit,refresh,open-lease"
#define RARE "commit-locked,load,find-commit,close-lease,claims"

#define CHAOS_UNTIL_MS INT64_C(600000)

static const struct cloacina_fault flaky_store[] = {
    {.fault = "busy", .at = "store", .probability = 0.05},
    {.fault = "error", .at = "store", .probability = 0.02},
    {.fault = "reply-lost", .at = "store", .probability = 0.03},
    {.fault = "dropped", .at = "store", .probability = 0.03},
    {.fault = "slow", .at = "store", .amount = "10ms..5s", .probability = 0.03},
    {.fault = "slow-reply", .at = "store", .amount = "10ms..5s", .probability = 0.03},
    {.fault = "down", .at = "store", .amount = "1s..20s", .probability = 0.005},
    {.fault = "full", .at = "store", .amount = "1s..20s", .probability = 0.005},
    {.fault = "lost", .at = "hint", .probability = 0.1},
    {.fault = "late", .at = "hint", .amount = "10ms..5s", .probability = 0.1},
    {.fault = "doubled", .at = "hint", .probability = 0.1},
};

static const struct cloacina_fault crashes[] = {
    {.fault = "crash", .at = "store", .probability = 0.02},
    {.fault = "crash-after", .at = "store", .probability = 0.02},
    {.fault = "crash", .at = "body,effect,wait", .probability = 0.03},
    {.fault = "crash-after", .at = "body,effect", .probability = 0.03},
    {.fault = "freeze", .at = "store", .probability = 0.01},
    {.fault = "stop", .at = "poll", .probability = 0.02},
    {.fault = "hang", .at = "body", .amount = "1s..90s", .probability = 0.02},
};

static const struct cloacina_fault clocks[] = {
    {.fault = "offset", .at = "clock", .probability = 0.6},
    {.fault = "drift", .at = "rate", .probability = 0.6},
    {.fault = "round-trip", .at = "network", .probability = 0.3},
    {.fault = "step", .at = "store", .probability = 0.02},
    {.fault = "store-step", .at = "poll", .probability = 0.02},
    {.fault = "freeze", .at = "poll", .amount = "1s..60s", .probability = 0.005},
};

static const struct cloacina_fault deploys[] = {
    {.fault = "deploy", .at = "poll", .probability = 0.05},
    {.fault = "stop", .at = "poll", .probability = 0.03},
    {.fault = "crash", .at = "store", .amount = "100ms..10s", .probability = 0.005},
    {.fault = "pause", .at = "operator", .amount = "0s..10s", .probability = 0.02},
};

/* One call to the store is some thirty calls to the disk. */
static const struct cloacina_fault disk[] = {
    {.fault = "io-error", .at = "disk", .probability = 0.002},
    {.fault = "full", .at = "disk", .amount = "1s..20s", .probability = 0.001},
    {.fault = "slow", .at = "disk", .amount = "10ms..5s", .probability = 0.001},
    {.fault = "crash", .at = "disk", .amount = "100ms..10s", .probability = 0.001},
    {.fault = "power-loss", .at = "disk", .amount = "0..1", .probability = 0.0005},
    {.fault = "power-loss", .at = "disk", .probability = 0.0005},
    {.fault = "postpone", .at = "disk", .probability = 0.05},
};

/* An execution of ten tasks on three runners sees some two to eight of these. The first is a task
 * that kills its runner whenever it starts: each death takes a minute to be noticed, and it takes
 * four until the task is given up. */
static const struct cloacina_fault chaos[] = {
    {.fault = "crash",
     .at = "body",
     .amount = "100ms..10s",
     .probability = 0.002,
     .again = 0.95,
     .until_ms = CHAOS_UNTIL_MS},
    {.fault = "postpone", .probability = 0.02},
    {.fault = "busy", .at = STEADY, .probability = 0.02},
    {.fault = "busy", .at = FEW, .probability = 0.05},
    {.fault = "busy", .at = RARE, .probability = 0.07},
    {.fault = "error", .at = STEADY, .probability = 0.01},
    {.fault = "error", .at = FEW, .probability = 0.05},
    {.fault = "error", .at = RARE, .probability = 0.07},
    {.fault = "reply-lost", .at = STEADY, .probability = 0.01},
    {.fault = "reply-lost", .at = FEW, .probability = 0.05},
    {.fault = "reply-lost", .at = RARE, .probability = 0.07},
    {.fault = "dropped", .at = STEADY, .probability = 0.01},
    {.fault = "dropped", .at = FEW, .probability = 0.05},
    {.fault = "dropped", .at = RARE, .probability = 0.07},
    {.fault = "slow", .at = STEADY, .probability = 0.008},
    {.fault = "slow", .at = FEW, .probability = 0.04},
    {.fault = "slow", .at = RARE, .probability = 0.07},
    {.fault = "slow-reply", .at = STEADY, .probability = 0.008},
    {.fault = "slow-reply", .at = FEW, .probability = 0.04},
    {.fault = "slow-reply", .at = RARE, .probability = 0.07},
    {.fault = "down", .at = STEADY, .probability = 0.002},
    {.fault = "down", .at = FEW, .probability = 0.015},
    {.fault = "down", .at = RARE, .probability = 0.07},
    {.fault = "crash", .at = STEADY, .probability = 0.004},
    {.fault = "crash", .at = FEW, .probability = 0.02},
    {.fault = "crash", .at = RARE, .probability = 0.07},
    {.fault = "crash-after", .at = STEADY, .probability = 0.004},
    {.fault = "crash-after", .at = FEW, .probability = 0.02},
    {.fault = "crash-after", .at = RARE, .probability = 0.07},
    {.fault = "freeze", .at = STEADY, .probability = 0.004},
    {.fault = "freeze", .at = FEW, .probability = 0.02},
    {.fault = "freeze", .at = RARE, .probability = 0.07},
    {.fault = "no-memory", .at = STEADY, .probability = 0.004},
    {.fault = "no-memory", .at = FEW, .probability = 0.02},
    {.fault = "no-memory", .at = RARE, .probability = 0.07},
    {.fault = "step", .at = STEADY, .probability = 0.004},
    {.fault = "step", .at = FEW, .probability = 0.02},
    {.fault = "step", .at = RARE, .probability = 0.07},
    {.fault = "full", .at = STEADY, .probability = 0.002},
    {.fault = "full", .at = "submit,open-lease", .probability = 0.015},
    {.fault = "full", .at = "commit-locked,close-lease", .probability = 0.07},
    {.fault = "stop", .at = "poll", .probability = 0.004},
    {.fault = "deploy", .at = "poll", .probability = 0.004},
    {.fault = "store-step", .at = "poll", .probability = 0.004},
    {.fault = "lost", .at = "hint", .probability = 0.02},
    {.fault = "late", .at = "hint", .probability = 0.02},
    {.fault = "doubled", .at = "hint", .probability = 0.02},
    {.fault = "fail", .at = "body", .probability = 0.01},
    {.fault = "transient", .at = "body", .probability = 0.02},
    {.fault = "hang", .at = "body", .probability = 0.005},
    {.fault = "late", .at = "body", .probability = 0.02},
    {.fault = "crash", .at = "body", .probability = 0.005},
    {.fault = "crash-after", .at = "body", .probability = 0.005},
    {.fault = "crash", .at = "wait", .probability = 0.02},
    {.fault = "error", .at = "effect", .probability = 0.03},
    {.fault = "reply-lost", .at = "effect", .probability = 0.03},
    {.fault = "slow", .at = "effect", .probability = 0.02},
    {.fault = "slow-reply", .at = "effect", .probability = 0.02},
    {.fault = "down", .at = "effect", .probability = 0.01},
    {.fault = "crash", .at = "effect", .probability = 0.01},
    {.fault = "crash-after", .at = "effect", .probability = 0.01},
    {.fault = "pause", .at = "operator", .probability = 0.01},
    {.fault = "cancel", .at = "operator", .probability = 0.003},
    {.fault = "reset", .at = "operator", .amount = "0", .probability = 0.005},
    {.fault = "reset", .at = "operator", .amount = "1..64", .probability = 0.01},
    {.fault = "offset", .at = "clock", .probability = 0.3},
    {.fault = "drift", .at = "rate", .probability = 0.3},
    {.fault = "round-trip", .at = "network", .probability = 0.25},
    {.fault = "io-error", .at = "disk", .probability = 0.0006},
    {.fault = "full", .at = "disk", .probability = 0.0005},
    {.fault = "slow", .at = "disk", .probability = 0.0002},
    {.fault = "freeze", .at = "disk", .probability = 0.0001},
    {.fault = "crash", .at = "disk", .probability = 0.0004},
    {.fault = "power-loss", .at = "disk", .amount = "0..1", .probability = 0.0002},
    {.fault = "power-loss", .at = "disk", .probability = 0.0002},
};

static const struct named {
    const char *name;
    const char *description;
    const struct cloacina_fault *faults;
    size_t count;
    int64_t until_ms; /* 0: as plans are; else faults that do not say how long are over before */
} plans[] = {
    {"none", "nothing goes wrong; only order, jitter and ids vary", NULL, 0, 0},
    {"flaky-store", "the store is busy, slow, full or gone for a while, and loses replies",
     flaky_store, ARRAY_COUNT(flaky_store), 0},
    {"crashes", "runners die, stand still, are stopped, and come back", crashes,
     ARRAY_COUNT(crashes), 0},
    {"clocks", "clocks are wrong, drift and jump, and every call takes a while", clocks,
     ARRAY_COUNT(clocks), 0},
    {"deploys", "runners are stopped and started again with changed code", deploys,
     ARRAY_COUNT(deploys), 0},
    {"disk", "the disk under SQLite fails, is full, or loses its power (with --store sqlite)", disk,
     ARRAY_COUNT(disk), 0},
    {"chaos", "everything that can go wrong, wherever it can", chaos, ARRAY_COUNT(chaos),
     CHAOS_UNTIL_MS},
};

const char *plan_named_name(size_t index)
{
    return index < ARRAY_COUNT(plans) ? plans[index].name : NULL;
}

const char *plan_named_description(size_t index)
{
    return index < ARRAY_COUNT(plans) ? plans[index].description : NULL;
}

static enum cloacina_code fill(struct cloacina_fault_plan *plan, const struct named *named,
                               struct cloacina_error *err)
{
    enum cloacina_code code = plan_set_description(plan, text_of(named->description), err);
    if (code == CLOACINA_OK && named->until_ms != 0) {
        code = cloacina_fault_plan_until(plan, named->until_ms, err);
    }
    for (size_t i = 0; i < named->count && code == CLOACINA_OK; i++) {
        struct cloacina_fault fault = named->faults[i];
        if (named->until_ms != 0 && fault.until_ms == 0) {
            fault.until_ms = CLOACINA_FAULTS_UNTIL_MS;
        }
        code = cloacina_fault_plan_add(plan, &fault, err);
    }
    return code;
}

static enum cloacina_code not_found(struct text name, struct cloacina_error *err)
{
    struct text_builder list;
    struct similar similar;
    similar_init(&similar, name);
    text_builder_init(&list, NULL);
    for (size_t i = 0; i < ARRAY_COUNT(plans); i++) {
        similar_offer(&similar, text_of(plans[i].name));
        text_builder_print(&list, "%s%s", i == 0 ? "" : ", ", plans[i].name);
    }
    enum cloacina_code code = cloacina_error_raise(
        err, CLOACINA_NOT_FOUND, "there is no fault plan '%.*s'%s (there are %s)", TEXT_PRINT(name),
        similar_question(&similar), text_builder_terminated(&list));
    text_builder_finish(&list);
    return code;
}

enum cloacina_code plan_named(struct cloacina_heap *heap, struct text name,
                              struct cloacina_fault_plan **ret_plan, struct cloacina_error *err)
{
    const struct named *named = NULL;
    for (size_t i = 0; i < ARRAY_COUNT(plans); i++) {
        if (text_equal(name, text_of(plans[i].name))) {
            named = &plans[i];
        }
    }
    if (named == NULL) {
        return not_found(name, err);
    }
    struct cloacina_fault_plan *plan;
    enum cloacina_code code = plan_create(heap, name, &plan, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = fill(plan, named, err);
    if (code != CLOACINA_OK) {
        cloacina_fault_plan_destroy(plan);
        return code;
    }
    *ret_plan = plan;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_fault_plan_named(const char *name,
                                             struct cloacina_fault_plan **ret_plan,
                                             struct cloacina_error *err)
{
    return plan_named(NULL, text_of(name), ret_plan, err);
}
