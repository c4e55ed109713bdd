/* SPDX-License-Identifier: Apache-2.0 */
/* fault_scene.h - one task in a world in which certain things go wrong, and what was told of it. */
#ifndef TESTS_UNIT_FAULT_SCENE_H
#define TESTS_UNIT_FAULT_SCENE_H

#include "world_scene.h"

#include "base/compiler.h"

/* The body is chosen by the test. */

static enum cloacina_code (*chosen)(struct cloacina_task *task, struct cloacina_error *err);
static inline enum cloacina_code chosen_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return chosen(task, err);
}

CLOACINA_TASK(only, .body = chosen_body, .retry = {.attempts_max = 2});
CLOACINA_WORKFLOW(single, .tasks = CLOACINA_TASKS(&only));

CLOACINA_TASK(timed, .body = chosen_body, .timeout_ms = 1000, .retry = {.attempts_max = 1});
CLOACINA_WORKFLOW(watched, .tasks = CLOACINA_TASKS(&timed));

/* What was told about the end of attempts. */
static struct ended {
    int64_t at;
    enum cloacina_code code;
} ended[8];
static int ended_count;

static inline void attempt_ended(void *user, const struct cloacina_world_attempt *attempt)
{
    (void)user;
    assert_true(ended_count < 8);
    ended[ended_count++] = (struct ended){attempt->ended_ns, attempt->code};
}

/* A world in which these decisions will happen, with one execution submitted. */
static inline struct cloacina_world *
play(const struct cloacina_workflow_definition *definition,
     enum cloacina_code (*body)(struct cloacina_task *, struct cloacina_error *),
     const char *decisions, struct cloacina_world_execution *ret_run)
{
    static const struct cloacina_world_telling telling = {.attempt_ended = attempt_ended};
    struct cloacina_world *world = scene_world(
        &(struct cloacina_world_options){.replay = decisions, .telling = &telling}, definition);
    chosen = body;
    ended_count = 0;
    *ret_run = scene_submit(world, definition->name, NULL);
    return world;
}

/* Every decision came up. */
static inline void end(struct cloacina_world *world)
{
    char unused[256];
    if (cloacina_world_has_unused(world, unused, sizeof(unused))) {
        fail_msg("%s", unused);
    }
    cloacina_world_destroy(world);
}

static inline enum cloacina_code do_well(void *argument, struct cloacina_error *err)
{
    (void)argument, (void)err;
    return CLOACINA_OK;
}

/* One deed, under the key that is the same for all attempts. */
static inline enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_effect(task,
                                &(struct cloacina_effect){
                                    .name = "payments.charge",
                                    .key = cloacina_task_idempotency_key(task),
                                    .apply = do_well,
                                },
                                err);
}

static inline void assert_ledger(const struct cloacina_world *world, uint64_t calls,
                                 uint64_t applied, uint64_t lost)
{
    assert_int_equal(cloacina_world_effect_calls(world, "payments.charge"), calls);
    assert_int_equal(cloacina_world_effects(world, "payments.charge"), applied);
    assert_int_equal(cloacina_world_effects_per_key_max(world, "payments.charge"), applied);
    assert_int_equal(cloacina_world_replies_lost(world, "payments.charge"), lost);
}

/* Started again after 5 s, the runner looks around after 10 s; the lease that it sees is dead 60 s
 * later. */
enum { AGAIN_S = 5 + 10 + 60 };

static inline void assert_ran_again(struct cloacina_world *world,
                                    struct cloacina_world_execution run)
{
    scene_assert_times(world, run, "only", 1, AGAIN_S * SECOND, AGAIN_S * SECOND);
    scene_assert_task(world, run, "only", "Completed", "", 1);
    scene_assert_status(world, run, "Completed");
}

#endif
