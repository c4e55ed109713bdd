/* SPDX-License-Identifier: Apache-2.0 */
/* test_mixed.c - workflows with everything the engine has: made from a seed, and run. */
#include "support.h"

#include <stdio.h>

#include "task/retry.h"
#include "task/rule.h"
#include "workflow/bodies.h"
#include "workload/mixed.h"
#include "workload/mixed_script.h"

static void read_fine(const char *formula, struct cloacina_heap *heap, struct mixed *mixed)
{
    struct cloacina_error err = {0};
    if (mixed_read(text_of(formula), heap, mixed, &err) != CLOACINA_OK) {
        fail_msg("%s: %s", formula, err.message);
    }
}

static void make_fine(struct mixed *mixed, uint64_t seed)
{
    struct cloacina_error err = {0};
    if (mixed_make(mixed, seed, &err) != CLOACINA_OK) {
        fail_msg("seed %llu: %s", (unsigned long long)seed, err.message);
    }
}

/* ---- formulas ---- */

/* The other formulas are generate.c's. */
static void a_formula_is_known_by_its_first_word(void **state)
{
    (void)state;
    assert_true(mixed_is_meant(TEXT_LITERAL("mixed:10")));
    assert_true(mixed_is_meant(TEXT_LITERAL("mixed:")));
    assert_false(mixed_is_meant(TEXT_LITERAL("mixed")));
    assert_false(mixed_is_meant(TEXT_LITERAL("chain:10")));
}

/* A search without a seed in the formula makes another workflow in every run. */
static void a_formula_may_name_the_seed(void **state)
{
    (void)state;
    struct mixed mixed;
    read_fine("mixed:7", NULL, &mixed);
    assert_int_equal(mixed.task_count, 7);
    assert_false(mixed.has_seed);
    mixed_finish(&mixed);
    read_fine("mixed:4096,seed=18446744073709551615", NULL, &mixed);
    assert_int_equal(mixed.task_count, MIXED_TASKS_MAX);
    assert_true(mixed.has_seed);
    assert_true(mixed.seed == UINT64_MAX);
    mixed_finish(&mixed);
}

static void assert_refused(const char *formula, enum cloacina_code code, const char *message)
{
    struct mixed mixed;
    struct cloacina_error err = {0};
    assert_int_equal(mixed_read(text_of(formula), NULL, &mixed, &err), code);
    assert_string_equal(err.message, message);
}

/* Whoever mistypes learns which part is wrong. */
static void a_wrong_formula_is_refused_with_its_wrong_part(void **state)
{
    (void)state;
    assert_refused("mixed:", CLOACINA_INVALID, "number of tasks: '' is no number");
    assert_refused("mixed:0", CLOACINA_OUT_OF_RANGE, "number of tasks: '0' is not from 1 to 4096");
    assert_refused("mixed:4097", CLOACINA_OUT_OF_RANGE,
                   "number of tasks: '4097' is not from 1 to 4096");
    assert_refused("mixed:5,edges=2", CLOACINA_INVALID, "'edges=2' is not seed=S");
    assert_refused("mixed:5,", CLOACINA_INVALID, "'' is not seed=S");
    assert_refused("mixed:5,seed=x", CLOACINA_INVALID, "seed: 'x' is no number");
}

/* A world that hangs is found out after this time, and one that does not hang is not cut off. */
static void more_tasks_may_take_more_days(void **state)
{
    (void)state;
    struct mixed mixed;
    read_fine("mixed:10", NULL, &mixed);
    assert_int_equal(mixed_days_max(&mixed), 1);
    mixed_finish(&mixed);
    read_fine("mixed:4096", NULL, &mixed);
    assert_int_equal(mixed_days_max(&mixed), 129);
    mixed_finish(&mixed);
}

/* ---- what is made ---- */

/* Tokens name the seed only. */
static void the_same_seed_gives_the_same_workflow(void **state)
{
    (void)state;
    struct mixed one;
    struct mixed other;
    read_fine("mixed:10", NULL, &one);
    read_fine("mixed:10,seed=5", NULL, &other);
    make_fine(&one, 4);
    make_fine(&other, 99); /* the formula's seed counts */
    assert_string_equal(cloacina_workflow_name(one.workflow), "mixed-10");
    assert_string_not_equal(cloacina_workflow_hash(one.workflow),
                            cloacina_workflow_hash(other.workflow));
    make_fine(&one, 5);
    assert_string_equal(cloacina_workflow_hash(one.workflow),
                        cloacina_workflow_hash(other.workflow));
    assert_int_equal(one.execution_count, other.execution_count);
    assert_string_equal(one.contexts[0], other.contexts[0]);
    for (uint32_t i = 0; i < 10; i++) {
        assert_int_equal(one.scripts[i].step_count, other.scripts[i].step_count);
    }
    mixed_finish(&one);
    mixed_finish(&other);
}

/* A search with a seed in its formula builds its workflow once. */
static void what_is_there_already_stays(void **state)
{
    (void)state;
    struct mixed mixed;
    read_fine("mixed:3,seed=1", NULL, &mixed);
    make_fine(&mixed, 0);
    const struct cloacina_workflow *made = mixed.workflow;
    make_fine(&mixed, 1);
    assert_ptr_equal(mixed.workflow, made);
    mixed_finish(&mixed);
}

/* What was seen, as bits. */
struct seen {
    unsigned rules, comparisons, backoffs, jitters, whens, steps, shapes;
    bool has_timeout, has_two_executions, has_late_name;
};

static void see_rule(struct seen *seen, const struct rule *rule)
{
    seen->rules |= 1U << rule->type;
    if (rule->type == CLOACINA_RULE_CONTEXT_VALUE) {
        seen->comparisons |= 1U << rule->comparison;
    }
    for (uint32_t i = 0; i < rule->part_count; i++) {
        see_rule(seen, &rule->parts[i]);
    }
}

static void see_task(struct seen *seen, const struct workflow_task *task)
{
    if (task->rule != NULL) {
        see_rule(seen, task->rule);
    }
    seen->backoffs |= 1U << task->retry->backoff;
    seen->jitters |= 1U << task->retry->jitter;
    seen->whens |= 1U << task->retry->when;
    seen->shapes |= 1U << task->dependency_count;
    seen->has_timeout |= task->timeout_ns > 0;
}

/* A bug in a corner is only found by a workflow that goes there. */
static void all_that_the_engine_has_occurs(void **state)
{
    (void)state;
    struct mixed mixed;
    struct seen seen = {0};
    read_fine("mixed:10", NULL, &mixed);
    for (uint64_t seed = 0; seed < 300; seed++) {
        make_fine(&mixed, seed);
        const struct workflow *workflow = mixed.workflow->definition;
        for (uint32_t i = 0; i < workflow->task_count; i++) {
            see_task(&seen, &workflow->tasks[i]);
            for (uint32_t k = 0; k < mixed.scripts[i].step_count; k++) {
                seen.steps |= 1U << mixed.scripts[i].steps[k].kind;
            }
            seen.has_late_name |= strcmp(workflow->tasks[i].name, mixed.scripts[i].name) != 0;
        }
        seen.has_two_executions |= mixed.execution_count == 2;
    }
    assert_int_equal(seen.rules, ((1U << (CLOACINA_RULE_NONE_OF + 1)) - 1) & ~1U);
    assert_int_equal(seen.comparisons, ((1U << (CLOACINA_KEY_NOT_EXISTS + 1)) - 1) & ~1U);
    assert_int_equal(seen.backoffs, 7);
    assert_int_equal(seen.jitters, 3);
    assert_int_equal(seen.whens, 15);
    assert_int_equal(seen.steps, (1U << STEPS) - 1);
    assert_int_equal(seen.shapes, 31); /* from no dependency to four */
    assert_true(seen.has_timeout);
    assert_true(seen.has_two_executions);
    assert_true(seen.has_late_name);
    mixed_finish(&mixed);
}

/* ---- in a world ---- */

static struct cloacina_world *world_of(struct mixed *mixed, uint64_t seed)
{
    struct cloacina_world *world = NULL;
    struct cloacina_error err = {0};
    struct cloacina_world_options options = {.is_seeded = 1, .seed = seed, .runners = 3};
    if (cloacina_world_create(&options, &world, &err) != CLOACINA_OK ||
        mixed_prepare(mixed, world, seed, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return world;
}

static void run(struct cloacina_world *world)
{
    enum cloacina_world_end end;
    struct cloacina_error err = {0};
    if (cloacina_world_run(world, INT64_MAX, &end, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

/* Without faults nothing is wrong; executions end in every way that tasks can bring about. */
static void calm_worlds_end_well(void **state)
{
    (void)state;
    struct mixed mixed;
    unsigned completed = 0;
    unsigned failed = 0;
    unsigned asleep = 0;
    read_fine("mixed:10", NULL, &mixed);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct cloacina_world *world = world_of(&mixed, seed);
        run(world);
        const char *message = NULL;
        if (cloacina_world_violation(world, &message) != NULL) {
            fail_msg("seed %llu: %s", (unsigned long long)seed, message);
        }
        struct cloacina_world_counts counts;
        cloacina_world_count(world, &counts);
        asleep += counts.attempts == 0;
        const char *status = cloacina_world_status(world, mixed.executions[0], NULL);
        completed += strcmp(status, "Completed") == 0;
        failed += strcmp(status, "Failed") == 0;
        cloacina_world_destroy(world);
    }
    assert_int_equal(completed + failed, 200);
    assert_true(completed > 40);
    assert_true(failed > 40);
    assert_true(asleep > 0);
    mixed_finish(&mixed);
}

/* The first script that does something to the outside. */
static const struct mixed_script *script_with_effect(const struct mixed *mixed)
{
    for (uint32_t i = 0; i < mixed->task_count; i++) {
        if (mixed->scripts[i].effect != NULL) {
            return &mixed->scripts[i];
        }
    }
    fail_msg("no task of this seed does anything to the outside");
    return NULL;
}

/* The property must be able to fail: a stub completes its task without the deed. */
static void a_task_that_completes_without_its_deed_is_found_out(void **state)
{
    (void)state;
    struct mixed mixed;
    struct cloacina_error err = {0};
    bool is_found = false;
    read_fine("mixed:10", NULL, &mixed);
    for (uint64_t seed = 0; seed < 20 && !is_found; seed++) {
        struct cloacina_world *world = world_of(&mixed, seed);
        const struct mixed_script *script = script_with_effect(&mixed);
        assert_int_equal(cloacina_world_stub(world, "mixed-10", script->name, NULL, &err),
                         CLOACINA_OK);
        run(world);
        const char *message = "";
        const char *id = cloacina_world_violation(world, &message);
        if (id != NULL) {
            assert_string_equal(id, "eventually");
            assert_non_null(strstr(message, script->effect));
            is_found = true;
        }
        cloacina_world_destroy(world);
    }
    assert_true(is_found);
    mixed_finish(&mixed);
}

/* A runner that mixes up its bodies must not go unnoticed: here the scripts are mixed up. */
static void a_task_with_the_body_of_another_is_found_out(void **state)
{
    (void)state;
    struct mixed mixed;
    read_fine("mixed:10", NULL, &mixed);
    struct cloacina_world *world = world_of(&mixed, 1);
    for (uint32_t i = 0; i < 10; i++) {
        mixed.scripts[i].name = "somebody";
    }
    run(world);
    const char *message = "";
    assert_string_equal(cloacina_world_violation(world, &message), "eventually");
    assert_non_null(strstr(message, "ran the body of 'somebody'"));
    cloacina_world_destroy(world);
    mixed_finish(&mixed);
}

/* ---- steps ---- */

/* Runs one task with these steps in a calm world. */
static struct cloacina_world *steps_run(struct mixed_script *script,
                                        struct cloacina_workflow **ret_workflow,
                                        struct cloacina_world_execution *ret_execution,
                                        const char *context)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_world *world = NULL;
    struct cloacina_error err = {0};
    struct cloacina_workflow_options options = {.name = "steps"};
    struct cloacina_task_options task = {.name = "one", .body = mixed_body, .user = script};
    bool is_made =
        cloacina_workflow_builder_create(&options, &builder, &err) == CLOACINA_OK &&
        cloacina_workflow_builder_add_task(builder, &task, &err) == CLOACINA_OK &&
        cloacina_workflow_builder_build(builder, ret_workflow, &err) == CLOACINA_OK &&
        cloacina_world_create(NULL, &world, &err) == CLOACINA_OK &&
        cloacina_world_register_workflow(world, *ret_workflow, &err) == CLOACINA_OK &&
        cloacina_world_submit(world, "steps", context, ret_execution, &err) == CLOACINA_OK;
    cloacina_workflow_builder_destroy(builder);
    if (!is_made) {
        fail_msg("%s", err.message);
    }
    run(world);
    return world;
}

static void assert_steps(const struct mixed_step *steps, uint32_t count, const char *context,
                         int64_t wanted_ns, const char *wanted)
{
    struct mixed_script script = {.name = "one", .effect = "mail.one", .step_count = count};
    memcpy(script.steps, steps, count * sizeof(steps[0]));
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_world_execution execution;
    struct cloacina_world *world = steps_run(&script, &workflow, &execution, context);
    assert_string_equal(cloacina_world_status(world, execution, NULL), "Completed");
    assert_string_equal(cloacina_world_context(world, execution), wanted);
    assert_int_equal(cloacina_world_now_ns(world), wanted_ns);
    cloacina_world_destroy(world);
    cloacina_workflow_unref(workflow);
}

/* Each step does what its name says; a world is calm, so a drawn number is 0. */
static void a_body_takes_its_steps_one_after_the_other(void **state)
{
    (void)state;
    const struct mixed_step steps[] = {
        {.kind = STEP_SLEEP, .number = 250},
        {.kind = STEP_DEFER, .number = 3},
        {.kind = STEP_EFFECT},
        {.kind = STEP_LOOK},
        {.kind = STEP_SET, .key = "tree", .text = "{\"a\":[1]}"},
        {.kind = STEP_REMOVE, .key = "list"},
        {.kind = STEP_REMOVE, .key = "nowhere"},
        {.kind = STEP_COUNT, .key = "count"},
        {.kind = STEP_COPY, .key = "any", .text = "tree"},
        {.kind = STEP_DRAW, .key = "drawn", .number = 6},
    };
    assert_steps(steps, ARRAY_COUNT(steps), "{\"count\":41,\"list\":[]}", INT64_C(1750000000),
                 "{\"any\":{\"a\":[1]},\"count\":42,\"drawn\":0,\"tree\":{\"a\":[1]}}");
}

/* What is no number, or none that can grow, begins anew. */
static void counting_begins_with_one(void **state)
{
    (void)state;
    const struct mixed_step steps[] = {
        {.kind = STEP_COUNT, .key = "count"},
        {.kind = STEP_COPY, .key = "any", .text = "nowhere"},
    };
    assert_steps(steps, 2, "{}", 0, "{\"count\":1}");
    assert_steps(steps, 2, "{\"count\":\"x\"}", 0, "{\"count\":1}");
    assert_steps(steps, 2, "{\"count\":9223372036854775807}", 0, "{\"count\":1}");
}

/* A step may be for the first attempts only: so a failure ends by itself. */
static void a_step_may_be_for_the_first_attempts_only(void **state)
{
    (void)state;
    const struct mixed_step steps[] = {
        {.kind = STEP_FAIL, .attempts = 2, .code = CLOACINA_UNAVAILABLE, .text = "not yet"},
        {.kind = STEP_SET, .key = "any", .text = "1"},
    };
    /* 1 s and 2 s between the attempts */
    assert_steps(steps, 2, "{}", INT64_C(3000000000), "{\"any\":1}");
}

/* ---- memory ---- */

/* Whatever allocation fails, the answer says so and nothing is left behind. */
static void making_survives_failing_memory(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct mixed mixed;
        struct cloacina_error err = {0};
        failing_heap_init(&heap, n);
        read_fine("mixed:6", &heap.heap, &mixed);
        enum cloacina_code code = mixed_make(&mixed, 3, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (heap.has_failed) {
            make_fine(&mixed, 3); /* the second time there is memory */
        }
        mixed_finish(&mixed);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_formula_is_known_by_its_first_word),
        cmocka_unit_test(a_formula_may_name_the_seed),
        cmocka_unit_test(a_wrong_formula_is_refused_with_its_wrong_part),
        cmocka_unit_test(more_tasks_may_take_more_days),
        cmocka_unit_test(the_same_seed_gives_the_same_workflow),
        cmocka_unit_test(what_is_there_already_stays),
        cmocka_unit_test(all_that_the_engine_has_occurs),
        cmocka_unit_test(calm_worlds_end_well),
        cmocka_unit_test(a_task_that_completes_without_its_deed_is_found_out),
        cmocka_unit_test(a_task_with_the_body_of_another_is_found_out),
        cmocka_unit_test(a_body_takes_its_steps_one_after_the_other),
        cmocka_unit_test(counting_begins_with_one),
        cmocka_unit_test(a_step_may_be_for_the_first_attempts_only),
        cmocka_unit_test(making_survives_failing_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
