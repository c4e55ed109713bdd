/* SPDX-License-Identifier: Apache-2.0 */
/* world_scene.h - a world for the tests of worlds: made, run and asked in one line each. */
#ifndef TESTS_UNIT_WORLD_SCENE_H
#define TESTS_UNIT_WORLD_SCENE_H

#include "support.h"

#include <cloacina/authoring.h>
#include <cloacina/workflow.h>
#include <cloacina/world.h>

#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

/* Fails the test with the message of the error. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        struct cloacina_error assert_ok_error_ = {CLOACINA_OK, ""};                                \
        struct cloacina_error *err = &assert_ok_error_;                                            \
        if ((call) != CLOACINA_OK) {                                                               \
            fail_msg("%s", err->message);                                                          \
        }                                                                                          \
    } while (0)

/* The call uses `err` as its error; both code and message must be these. */
#define assert_error(call, expected_code, expected_message)                                        \
    do {                                                                                           \
        struct cloacina_error assert_error_ = {CLOACINA_OK, ""};                                   \
        struct cloacina_error *err = &assert_error_;                                               \
        assert_int_equal((call), (expected_code));                                                 \
        assert_string_equal(err->message, (expected_message));                                     \
    } while (0)

/* A body that does nothing. */
static inline enum cloacina_code scene_quiet(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

static inline struct cloacina_world *
scene_world(const struct cloacina_world_options *options,
            const struct cloacina_workflow_definition *definition)
{
    struct cloacina_world *world = NULL;
    assert_ok(cloacina_world_create(options, &world, err));
    if (definition != NULL) {
        assert_ok(cloacina_world_register(world, definition, err));
    }
    return world;
}

static inline struct cloacina_world_execution
scene_submit(struct cloacina_world *world, const char *workflow, const char *context)
{
    struct cloacina_world_execution execution = {0, 0};
    assert_ok(cloacina_world_submit(world, workflow, context, &execution, err));
    return execution;
}

/* Runs to an instant or to the end, and wants it to end like this. */
static inline void scene_run_until(struct cloacina_world *world, int64_t until_ns,
                                   enum cloacina_world_end expected)
{
    enum cloacina_world_end end = CLOACINA_WORLD_LIMIT;
    const char *message = "";
    assert_ok(cloacina_world_run(world, until_ns, &end, err));
    if (end != expected) {
        const char *violation = cloacina_world_violation(world, &message);
        fail_msg("ended as %d, expected %d: %s: %s", end, expected,
                 violation == NULL ? "no violation" : violation, message);
    }
}

static inline void scene_run(struct cloacina_world *world)
{
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_SETTLED);
}

static inline struct cloacina_world_task scene_task(struct cloacina_world *world,
                                                    struct cloacina_world_execution execution,
                                                    const char *task)
{
    struct cloacina_world_task found = {0};
    assert_ok(cloacina_world_task(world, execution, task, &found, err));
    return found;
}

/* The attempt started, and the task ended, at these milliseconds exactly. */
static inline void scene_assert_times(struct cloacina_world *world,
                                      struct cloacina_world_execution execution, const char *task,
                                      uint32_t attempt, int64_t started_ns, int64_t ended_ns)
{
    struct cloacina_world_task found = scene_task(world, execution, task);
    assert_true(attempt <= found.attempts);
    if (found.started_ns[attempt - 1] != started_ns || found.ended_ns != ended_ns) {
        fail_msg("'%s', attempt %u: %lld to %lld ns, expected %lld to %lld", task, attempt,
                 (long long)found.started_ns[attempt - 1], (long long)found.ended_ns,
                 (long long)started_ns, (long long)ended_ns);
    }
}

static inline void scene_assert_task(struct cloacina_world *world,
                                     struct cloacina_world_execution execution, const char *task,
                                     const char *status, const char *reason, uint32_t attempts)
{
    struct cloacina_world_task found = scene_task(world, execution, task);
    assert_string_equal(found.status, status);
    assert_string_equal(found.reason, reason);
    assert_int_equal(found.attempts, attempts);
}

static inline void scene_assert_status(struct cloacina_world *world,
                                       struct cloacina_world_execution execution,
                                       const char *expected)
{
    const char *status = cloacina_world_status(world, execution, NULL);
    assert_non_null(status);
    assert_string_equal(status, expected);
}

#endif
