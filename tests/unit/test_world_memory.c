/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_memory.c - every allocation of a world's life may fail: nothing leaks, nothing
 * lies. */
#include "world_scene.h"

#include <stdio.h>

static enum cloacina_code apply(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code deed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_effect effect = {.name = "deed", .key = "k", .apply = apply};
    enum cloacina_code code =
        cloacina_context_set_int64(cloacina_task_context(task), "done", 1, err);
    if (code == CLOACINA_OK) {
        code = cloacina_task_sleep_ms(task, 10, err);
    }
    return code != CLOACINA_OK ? code : cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(deed, .body = deed_body);
CLOACINA_TASK(stubbed, .body = scene_quiet, .dependencies = CLOACINA_TASKS(&deed));
CLOACINA_TASK(other, .body = scene_quiet);
CLOACINA_WORKFLOW(lean, .tasks = CLOACINA_TASKS(&deed, &stubbed, &other));

static void attempt_ended(void *user, const struct cloacina_world_attempt *attempt)
{
    (void)attempt;
    ++*(int *)user;
}

/* What the test says about the bodies; any of it may fail. */
static enum cloacina_code prepare(struct cloacina_world *world)
{
    enum cloacina_code code = cloacina_world_register(world, &lean, NULL);
    if (code == CLOACINA_OK) {
        code = cloacina_world_cost(world, "lean", "other", 5 * MS, NULL);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_stub(world, "lean", "stubbed", "{\"a\": [1, \"b\"]}", NULL);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_fail(world, "lean", "stubbed", 1, CLOACINA_FAILED, "no", NULL);
    }
    return code;
}

static enum cloacina_code run(struct cloacina_world *world,
                              struct cloacina_world_execution *ret_run)
{
    enum cloacina_world_end end;
    enum cloacina_code code = cloacina_world_submit(world, "lean", "{\"order\": 7}", ret_run, NULL);
    if (code == CLOACINA_OK) {
        code = cloacina_world_command(world, *ret_run, CLOACINA_WORLD_PAUSE, MS, NULL);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_command(world, *ret_run, CLOACINA_WORLD_RESUME, 2 * MS, NULL);
    }
    if (code == CLOACINA_OK) {
        code = cloacina_world_run(world, INT64_MAX, &end, NULL);
    }
    if (code == CLOACINA_OK && end != CLOACINA_WORLD_SETTLED) {
        const char *message = "";
        const char *id = cloacina_world_violation(world, &message);
        fail_msg("%s: %s", id, message);
    }
    return code;
}

/* Answers are right or missing. */
static void look(struct cloacina_world *world, struct cloacina_world_execution execution)
{
    struct cloacina_world_task task;
    struct cloacina_world_counts counts;
    const char *status = cloacina_world_status(world, execution, NULL);
    const char *context = cloacina_world_context(world, execution);
    const char *explanation = cloacina_world_explain(world, execution);
    cloacina_world_count(world, &counts);
    assert_true(status == NULL || strcmp(status, "Completed") == 0 ||
                strcmp(status, "Failed") == 0);
    assert_true(explanation == NULL || strcmp(explanation, "") == 0);
    if (cloacina_world_task(world, execution, "deed", &task, NULL) == CLOACINA_OK &&
        context != NULL && strcmp(task.status, "Completed") == 0) {
        assert_non_null(strstr(context, "\"done\":1"));
    }
}

static void torture(const struct cloacina_world_options *shape)
{
    size_t n = 0;
    for (bool has_failed = true; has_failed; n++) {
        struct failing_heap heap;
        int told = 0;
        struct cloacina_world_telling telling = {.attempt_ended = attempt_ended, .user = &told};
        struct cloacina_world_options options = *shape;
        struct cloacina_world *world = NULL;
        struct cloacina_world_execution execution;
        failing_heap_init(&heap, n);
        options.heap = &heap.heap;
        options.telling = &telling;
        enum cloacina_code code = cloacina_world_create(&options, &world, NULL);
        if (code == CLOACINA_OK) {
            code = prepare(world);
        }
        if (code == CLOACINA_OK) {
            code = run(world, &execution);
        }
        if (code == CLOACINA_OK) {
            look(world, execution);
        } else {
            assert_int_equal(code, CLOACINA_NO_MEMORY);
        }
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
        has_failed = heap.has_failed;
    }
    assert_true(n > 100);
}

/* The calm world: steps are called directly. */
static void any_allocation_of_a_calm_world_may_fail(void **state)
{
    (void)state;
    torture(&(struct cloacina_world_options){.runners = 1});
}

/* Coroutines for runners, decisions that are written down, stores that take time. */
static void any_allocation_of_a_seeded_world_may_fail(void **state)
{
    (void)state;
    torture(&(struct cloacina_world_options){
        .runners = 2, .is_seeded = 1, .seed = 5, .round_trip_ns = MS});
}

/* Nobody looks twice: without checkers the engine alone has to cope. */
static void any_allocation_of_an_unchecked_world_may_fail(void **state)
{
    (void)state;
    torture(&(struct cloacina_world_options){.runners = 1, .checkers_off = 1});
}

/* ---- one call after the other, with definitions and texts that need blocks of their own ---- */

enum { MANY = 300 };

static struct cloacina_workflow *many(void)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    assert_ok(cloacina_workflow_builder_create(&(struct cloacina_workflow_options){.name = "many"},
                                               &builder, err));
    for (int i = 0; i < MANY; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "task-%03d", i);
        assert_ok(cloacina_workflow_builder_add_task(
            builder, &(struct cloacina_task_options){.name = name}, err));
    }
    assert_ok(cloacina_workflow_builder_build(builder, &workflow, err));
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

/* A world whose calls fail one after the other; `workflow` is registered when it may be. */
struct strained {
    struct failing_heap heap;
    struct cloacina_world *world;
    struct cloacina_workflow *workflow;
    int64_t costs[MANY];
    char text[4000]; /* as long as a message or a value may well be */
};

static void strained_begin(struct strained *strained)
{
    *strained = (struct strained){.workflow = many()};
    failing_heap_init(&strained->heap, FAIL_NEVER);
    memset(strained->text, 'x', sizeof(strained->text) - 1);
    strained->world =
        scene_world(&(struct cloacina_world_options){.heap = &strained->heap.heap}, NULL);
}

static void strained_end(struct strained *strained)
{
    cloacina_world_destroy(strained->world);
    assert_int_equal(strained->heap.outstanding, 0);
    cloacina_workflow_unref(strained->workflow);
}

/* Calls until no allocation fails any more; the code is OK in the end and NO_MEMORY before. */
static void strain(struct strained *strained, enum cloacina_code (*call)(struct strained *strained))
{
    enum cloacina_code code = CLOACINA_NO_MEMORY;
    for (size_t n = 0; code != CLOACINA_OK; n++) {
        assert_int_equal(code, CLOACINA_NO_MEMORY);
        assert_true(n < 100);
        strained->heap.fail_at = strained->heap.allocations + n;
        code = call(strained);
    }
    strained->heap.fail_at = FAIL_NEVER;
}

static enum cloacina_code call_register(struct strained *strained)
{
    return cloacina_world_register_costs(strained->world, strained->workflow, strained->costs,
                                         NULL);
}

static enum cloacina_code call_fail(struct strained *strained)
{
    return cloacina_world_fail(strained->world, "many", "task-001", 1, CLOACINA_FAILED,
                               strained->text, NULL);
}

static enum cloacina_code call_stub(struct strained *strained)
{
    char json[sizeof(strained->text) * 2];
    (void)snprintf(json, sizeof(json), "{\"%.900s\": \"%s\"}", strained->text, strained->text);
    return cloacina_world_stub(strained->world, "many", "task-002", json, NULL);
}

/* What failed can be asked for again, and is whole then. */
static void any_allocation_of_a_call_may_fail(void **state)
{
    struct strained strained;
    (void)state;
    strained_begin(&strained);
    strain(&strained, call_register);
    strain(&strained, call_fail);
    strain(&strained, call_stub);
    struct cloacina_world_execution execution = scene_submit(strained.world, "many", NULL);
    scene_run(strained.world);
    scene_assert_status(strained.world, execution, "Completed");
    scene_assert_task(strained.world, execution, "task-001", "Completed", strained.text, 2);
    assert_true(strlen(cloacina_world_context(strained.world, execution)) > sizeof(strained.text));
    strained_end(&strained);
}

/* Looking with too little memory gives no answer, never a wrong one. */
static void any_allocation_of_a_look_may_fail(void **state)
{
    struct strained strained;
    struct cloacina_world_task task;
    (void)state;
    strained_begin(&strained);
    assert_int_equal(call_register(&strained), CLOACINA_OK);
    struct cloacina_world_execution execution = scene_submit(strained.world, "many", "{\"a\": 1}");
    enum cloacina_code code = CLOACINA_NO_MEMORY;
    for (size_t n = 0; code != CLOACINA_OK; n++) {
        scene_run(strained.world); /* forgets what was looked up */
        strained.heap.fail_at = strained.heap.allocations + n;
        code = cloacina_world_task(strained.world, execution, "task-299", &task, NULL);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        strained.heap.fail_at = FAIL_NEVER;
    }
    assert_int_equal(task.attempts, 1);
    bool is_complete = false;
    for (size_t n = 0; !is_complete; n++) {
        scene_run(strained.world);
        strained.heap.fail_at = strained.heap.allocations + n;
        strained.heap.has_failed = false;
        const char *context = cloacina_world_context(strained.world, execution);
        const char *input = cloacina_world_input(strained.world, execution, "task-000");
        const char *explanation = cloacina_world_explain(strained.world, execution);
        is_complete = !strained.heap.has_failed;
        strained.heap.fail_at = FAIL_NEVER;
        assert_true(context == NULL || strcmp(context, "{\"a\":1}") == 0);
        assert_true(input == NULL || strcmp(input, "{\"a\":1}") == 0);
        assert_true(explanation == NULL || strcmp(explanation, "") == 0);
    }
    strained_end(&strained);
}

/* The report of a hang needs memory, too. */
static void any_allocation_at_the_limit_may_fail(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_world *world = NULL;
        struct cloacina_world_execution execution;
        enum cloacina_world_end end;
        failing_heap_init(&heap, FAIL_NEVER);
        world = scene_world(&(struct cloacina_world_options){.heap = &heap.heap, .events_max = 10},
                            &lean);
        execution = scene_submit(world, "lean", NULL);
        heap.fail_at = heap.allocations + n;
        enum cloacina_code code = cloacina_world_run(world, INT64_MAX, &end, NULL);
        if (code == CLOACINA_OK && end == CLOACINA_WORLD_LIMIT) {
            const char *message = NULL;
            assert_string_equal(cloacina_world_violation(world, &message), "I-07");
            assert_non_null(message);
        }
        (void)cloacina_world_status(world, execution, NULL);
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_of_a_calm_world_may_fail),
        cmocka_unit_test(any_allocation_of_a_seeded_world_may_fail),
        cmocka_unit_test(any_allocation_of_an_unchecked_world_may_fail),
        cmocka_unit_test(any_allocation_of_a_call_may_fail),
        cmocka_unit_test(any_allocation_of_a_look_may_fail),
        cmocka_unit_test(any_allocation_at_the_limit_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
