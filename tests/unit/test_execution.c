/* SPDX-License-Identifier: Apache-2.0 */
/* test_execution.c - the state machine, without a store: every input, every rule, every edge. */
#include "execution_scene.h"

/* ---- deciding ---- */

/* Why: a workflow starts with exactly the tasks that wait for nothing. */
static void submitting_makes_the_roots_ready_and_nothing_else(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b; c: a b");
    scene_assert_status(&scene, "a", TASK_READY);
    scene_assert_status(&scene, "b", TASK_READY);
    scene_assert_status(&scene, "c", TASK_NOT_STARTED);
    scene_assert_over(&scene, EXECUTION_PENDING);
    assert_int_equal(scene.execution.row.revision, 1);
    scene_close(&scene);
}

/* Why: a task is decided once, when all its dependencies are terminal, never earlier. */
static void a_join_is_decided_with_its_last_dependency(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b; c: a b");
    assert_int_equal(scene_claim(&scene, 9), 2);
    assert_int_equal(scene_succeed(&scene, "a", NULL), CLOACINA_OK);
    scene_assert_status(&scene, "c", TASK_NOT_STARTED);
    assert_int_equal(scene_succeed(&scene, "b", NULL), CLOACINA_OK);
    scene_assert_status(&scene, "c", TASK_READY);
    scene_run(&scene, "c");
    scene_assert_over(&scene, EXECUTION_COMPLETED);
    assert_null(scene.execution.row.reason);
    scene_close(&scene);
}

/* Why: without a rule a failure stops what depends on it, with its reason, to the end of the
 * graph. */
static void a_failure_skips_everything_below_it(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a; c: b; d");
    for (int attempt = 0; attempt < 2; attempt++) {
        scene.now += seconds(2);
        assert_true(scene_claim(&scene, 9) >= 1);
        assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    }
    scene_assert_status(&scene, "a", TASK_FAILED);
    scene_assert_status(&scene, "b", TASK_SKIPPED);
    scene_assert_status(&scene, "c", TASK_SKIPPED);
    assert_int_equal(scene_row(&scene, "c")->skip, SKIP_UPSTREAM_FAILED);
    scene_assert_over(&scene, EXECUTION_RUNNING);
    assert_int_equal(scene_succeed(&scene, "d", NULL), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_FAILED);
    assert_string_equal(scene.execution.row.reason, "1 task failed, 1 completed, 2 skipped");
    scene_close(&scene);
}

/* Why: a task skipped by its own rule does not block its dependents, but one whose dependencies
 * were all skipped has nothing to work on. */
static void a_skip_by_rule_blocks_only_those_with_nothing_else(void **state)
{
    (void)state;
    struct scene_task tasks[] = {
        {.name = "b", .rule = CLOACINA_CONTEXT_VALUE("go", CLOACINA_EQUALS, "true")}};
    struct scene scene;
    scene_open_with(&scene, "a; b: a; only: b; both: a b", tasks, 1, "{\"go\": false}");
    scene_run(&scene, "a");
    scene_assert_status(&scene, "b", TASK_SKIPPED);
    assert_int_equal(scene_row(&scene, "b")->skip, SKIP_RULE);
    scene_assert_status(&scene, "only", TASK_SKIPPED);
    assert_int_equal(scene_row(&scene, "only")->skip, SKIP_UPSTREAM_SKIPPED);
    scene_assert_status(&scene, "both", TASK_READY);
    scene_run(&scene, "both");
    scene_assert_over(&scene, EXECUTION_COMPLETED);
    scene_close(&scene);
}

/* Why: an explicit rule decides alone: it may run after a failure. */
static void a_rule_may_run_a_task_because_another_failed(void **state)
{
    (void)state;
    struct scene_task tasks[] = {
        {.name = "a", .retry = {.attempts_max = 1}},
        {.name = "refund", .rule = CLOACINA_TASK_FAILED("a")},
        {.name = "thanks", .rule = CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("a"))},
        {.name = "after", .rule = CLOACINA_TASK_SKIPPED("thanks")},
    };
    struct scene scene;
    scene_open_with(&scene, "a; refund: a; thanks: a; after: thanks", tasks, 4, "{}");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    scene_assert_status(&scene, "refund", TASK_READY);
    scene_assert_status(&scene, "thanks", TASK_SKIPPED);
    scene_assert_status(&scene, "after", TASK_READY);
    scene_run(&scene, "refund");
    scene_run(&scene, "after");
    scene_assert_over(&scene, EXECUTION_FAILED);
    scene_close(&scene);
}

/* Why: a workflow whose roots are all skipped by rule ends with its submission. */
static void an_execution_without_work_ends_at_once(void **state)
{
    (void)state;
    struct scene_task tasks[] = {
        {.name = "a", .rule = CLOACINA_CONTEXT_VALUE("x", CLOACINA_KEY_EXISTS, NULL)}};
    struct scene scene;
    scene_open_with(&scene, "a", tasks, 1, "{}");
    scene_assert_over(&scene, EXECUTION_COMPLETED);
    assert_int_equal(scene.execution.row.started_at, 0);
    scene_close(&scene);
}

/* ---- retries ---- */

/* Why: attempts_max counts runs in all; the next start is the failure plus the policy's delay. */
static void a_failed_attempt_is_retried_after_its_delay(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    const struct task_row *row = scene_row(&scene, "a");
    assert_int_equal(row->status, TASK_READY);
    assert_int_equal(row->attempt, 2);
    assert_int_equal(row->retry_at, scene.now + seconds(1));
    assert_string_equal(row->error, "it broke");
    assert_int_equal(execution_next_retry(&scene.execution), row->retry_at);
    assert_false(execution_is_claimable(&scene.execution, scene.now));
    assert_int_equal(scene_claim(&scene, 1), 0);
    scene.now = row->retry_at;
    assert_true(execution_is_claimable(&scene.execution, scene.now));
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    scene_assert_status(&scene, "a", TASK_FAILED);
    assert_int_equal(execution_next_retry(&scene.execution), INT64_MAX);
    scene_close(&scene);
}

/* Why: after a timeout the old body may still be busy: the next attempt waits for the grace at
 * least. */
static void a_timeout_waits_for_the_grace(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TIMED_OUT), CLOACINA_OK);
    assert_int_equal(scene_row(&scene, "a")->retry_at, scene.now + seconds(5));
    assert_int_equal(scene_row(&scene, "a")->code, CLOACINA_TIMEOUT);
    scene_close(&scene);
}

/* ---- tokens ---- */

/* Why: the loser of a claim changes nothing, whatever it says. */
static void an_attempt_without_the_token_changes_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b");
    assert_int_equal(scene_claim(&scene, 1), 1);
    enum execution_input_type types[] = {
        EXECUTION_SUCCEEDED,    EXECUTION_TASK_FAILED, EXECUTION_TIMED_OUT, EXECUTION_DEFERRED,
        EXECUTION_TASK_RESUMED, EXECUTION_HANDED_BACK, EXECUTION_LOST,      EXECUTION_ABANDONED,
    };
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct execution_input wrong = {
            .type = types[i], .task = scene_index(&scene, "a"), .claim = {1, 77}};
        assert_int_equal(scene_apply(&scene, wrong), CLOACINA_CONFLICT);
        wrong.task = scene_index(&scene, "b");
        assert_int_equal(scene_apply(&scene, wrong), CLOACINA_CONFLICT);
        wrong.task = 99;
        assert_int_equal(scene_apply(&scene, wrong), CLOACINA_CONFLICT);
        assert_false(scene.changeset.is_open);
    }
    scene_assert_status(&scene, "a", TASK_RUNNING);
    scene_close(&scene);
}

/* Why: parking and resuming alternate; the row says which. */
static void deferring_and_resuming_alternate(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_RESUMED), CLOACINA_CONFLICT);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_DEFERRED), CLOACINA_OK);
    assert_int_equal(scene_row(&scene, "a")->sub_status, TASK_SUB_DEFERRED);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_DEFERRED), CLOACINA_CONFLICT);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_RESUMED), CLOACINA_OK);
    assert_int_equal(scene_row(&scene, "a")->sub_status, TASK_SUB_ACTIVE);
    assert_int_equal(scene_succeed(&scene, "a", NULL), CLOACINA_OK);
    assert_int_equal(scene_row(&scene, "a")->sub_status, TASK_SUB_NONE);
    scene_close(&scene);
}

/* ---- recovery ---- */

/* Why: a handed back attempt did no work: it costs neither an attempt nor a recovery. */
static void a_handed_back_attempt_costs_nothing(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(scene_claim(&scene, 1), 1);
        assert_int_equal(scene_attempt(&scene, "a", EXECUTION_HANDED_BACK), CLOACINA_OK);
    }
    assert_int_equal(scene_row(&scene, "a")->attempt, 1);
    assert_int_equal(scene_row(&scene, "a")->recoveries, 0);
    scene_close(&scene);
}

/* Why: a task that kills its runners must not take one after the other down for ever. */
static void losses_are_recovered_up_to_the_cap(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    for (uint32_t i = 1; i <= 2; i++) {
        assert_int_equal(scene_claim(&scene, 1), 1);
        assert_int_equal(scene_attempt(&scene, "a", EXECUTION_LOST), CLOACINA_OK);
        assert_int_equal(scene_row(&scene, "a")->recoveries, i);
        assert_int_equal(scene_row(&scene, "a")->attempt, 1);
    }
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_LOST), CLOACINA_OK);
    scene_assert_status(&scene, "a", TASK_FAILED);
    assert_string_equal(scene_row(&scene, "a")->error,
                        "abandoned: its runner died 3 times, and 2 recoveries are allowed");
    scene_assert_over(&scene, EXECUTION_FAILED);
    scene_close(&scene);
}

/* Why: a parked attempt was not working when its runner died. */
static void a_loss_while_parked_does_not_count(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    for (int i = 0; i < 5; i++) {
        assert_int_equal(scene_claim(&scene, 1), 1);
        assert_int_equal(scene_attempt(&scene, "a", EXECUTION_DEFERRED), CLOACINA_OK);
        assert_int_equal(scene_attempt(&scene, "a", EXECUTION_LOST), CLOACINA_OK);
    }
    assert_int_equal(scene_row(&scene, "a")->recoveries, 0);
    scene_assert_status(&scene, "a", TASK_READY);
    scene_close(&scene);
}

/* ---- commands ---- */

/* Why: while paused nothing becomes Ready and nothing is claimed; bodies finish; resuming decides
 * what waited. */
static void a_pause_holds_everything_back_until_the_resume(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a; c");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(
        scene_apply(&scene, (struct execution_input){.type = EXECUTION_PAUSE,
                                                     .task = TASK_NONE,
                                                     .message = TEXT_LITERAL("lunch")}),
        CLOACINA_OK);
    assert_string_equal(scene.execution.row.reason, "lunch");
    assert_int_equal(scene_claim(&scene, 9), 0);
    assert_false(execution_is_claimable(&scene.execution, scene.now));
    assert_int_equal(scene_succeed(&scene, "a", NULL), CLOACINA_OK);
    scene_assert_status(&scene, "b", TASK_NOT_STARTED);
    assert_int_equal(scene_command(&scene, EXECUTION_RESUME), CLOACINA_OK);
    assert_null(scene.execution.row.reason);
    scene_assert_status(&scene, "b", TASK_READY);
    assert_int_equal(scene_claim(&scene, 9), 2);
    scene_close(&scene);
}

/* Why: an execution that was never started is Pending again after a pause, not Running. */
static void a_pause_before_the_start_is_undone_by_the_resume(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_command(&scene, EXECUTION_PAUSE), CLOACINA_OK);
    assert_int_equal(scene_command(&scene, EXECUTION_RESUME), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_PENDING);
    scene_close(&scene);
}

/* Why: if all tasks end while paused, the execution ends. */
static void the_last_body_ends_a_paused_execution(void **state)
{
    (void)state;
    for (int fails = 0; fails < 2; fails++) {
        struct scene_task tasks[] = {{.name = "a", .retry = {.attempts_max = 1}}};
        struct scene scene;
        scene_open_with(&scene, "a", tasks, 1, "{}");
        assert_int_equal(scene_claim(&scene, 1), 1);
        assert_int_equal(scene_command(&scene, EXECUTION_PAUSE), CLOACINA_OK);
        assert_int_equal(
            scene_attempt(&scene, "a", fails ? EXECUTION_TASK_FAILED : EXECUTION_SUCCEEDED),
            CLOACINA_OK);
        scene_assert_over(&scene, fails ? EXECUTION_FAILED : EXECUTION_COMPLETED);
        scene_close(&scene);
    }
}

/* Why: cancel is one commit: everything unfinished is Skipped, tokens are void, the end is there at
 * once. */
static void a_cancel_ends_everything_at_once(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b; c: a; d: c");
    assert_int_equal(scene_claim(&scene, 1), 1);
    struct stamp token = scene_row(&scene, "a")->claim;
    assert_int_equal(scene_command(&scene, EXECUTION_CANCEL), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_CANCELLED);
    const char *names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++) {
        scene_assert_status(&scene, names[i], TASK_SKIPPED);
        assert_int_equal(scene_row(&scene, names[i])->skip, SKIP_CANCELLED);
    }
    struct execution_input late = {
        .type = EXECUTION_SUCCEEDED, .task = scene_index(&scene, "a"), .claim = token};
    assert_int_equal(scene_apply(&scene, late), CLOACINA_CONFLICT);
    scene_close(&scene);
}

/* Why: a failed run can be taken up again: what failed and what depends on it, and nothing else. */
static void a_reset_runs_the_failed_part_again(void **state)
{
    (void)state;
    struct scene_task tasks[] = {{.name = "b", .retry = {.attempts_max = 1}}};
    struct scene scene;
    scene_open_with(&scene, "a; b: a; c: b; d: a", tasks, 1, "{}");
    scene_run(&scene, "a");
    assert_int_equal(scene_claim(&scene, 9), 2);
    assert_int_equal(scene_attempt(&scene, "b", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_int_equal(scene_succeed(&scene, "d", NULL), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_FAILED);
    assert_int_equal(scene_command(&scene, EXECUTION_RESET), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_RUNNING);
    scene_assert_status(&scene, "a", TASK_COMPLETED);
    scene_assert_status(&scene, "d", TASK_COMPLETED);
    scene_assert_status(&scene, "b", TASK_READY);
    scene_assert_status(&scene, "c", TASK_NOT_STARTED);
    scene_run(&scene, "b");
    scene_run(&scene, "c");
    scene_assert_over(&scene, EXECUTION_COMPLETED);
    struct execution_input one = {.type = EXECUTION_RESET, .task = scene_index(&scene, "c")};
    assert_int_equal(scene_apply(&scene, one), CLOACINA_OK);
    scene_assert_status(&scene, "c", TASK_READY);
    scene_close(&scene);
}

/* Why: a command that makes no sense now says so and changes nothing. */
static void commands_out_of_place_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_command(&scene, EXECUTION_SUBMITTED), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Pending: it was submitted before");
    assert_int_equal(scene_command(&scene, EXECUTION_RESUME), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Pending: it cannot be resumed");
    assert_int_equal(scene_command(&scene, EXECUTION_RESET), CLOACINA_INVALID);
    assert_string_equal(scene.error.message,
                        "execution is Pending: only a Completed or Failed one can be reset");
    scene_run(&scene, "a");
    assert_int_equal(scene_command(&scene, EXECUTION_PAUSE), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Completed: it cannot be paused");
    assert_int_equal(scene_command(&scene, EXECUTION_CANCEL), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Completed: it cannot be cancelled");
    assert_int_equal(scene_command(&scene, EXECUTION_RESET), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Completed: no task of it failed");
    struct execution_input one = {.type = EXECUTION_RESET, .task = 5};
    assert_int_equal(scene_apply(&scene, one), CLOACINA_INVALID);
    assert_string_equal(scene.error.message, "execution is Completed: it has no such task");
    scene_close(&scene);
}

/* Why: the initial context must be an object, and the error says where it is not. */
static void a_wrong_initial_context_is_refused(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = scene_workflow("a", NULL, 0);
    struct execution execution;
    struct cloacina_error error;
    struct execution_options options = {.workflow = workflow_ref(workflow->definition)};
    const char *wrong[] = {"[]", "{\"a\":", "nonsense"};
    for (size_t i = 0; i < 3; i++) {
        options.context = text_of(wrong[i]);
        assert_int_equal(execution_begin(&execution, &options, &error), CLOACINA_INVALID);
        assert_true(strncmp(error.message, "initial context: ", 17) == 0);
        assert_int_equal(execution_begin(&execution, &options, NULL), CLOACINA_INVALID);
    }
    workflow_unref(options.workflow);
    cloacina_workflow_unref(workflow);
}

/* Why: a context that no task could read is refused where it comes in, by size and not by
 * chance. */
static void an_initial_context_over_the_limit_is_refused(void **state)
{
    (void)state;
    struct cloacina_workflow *workflow = scene_workflow("a", NULL, 0);
    struct execution execution;
    struct cloacina_error error;
    size_t size = CLOACINA_CONTEXT_BYTES_MAX + 16;
    char *json = malloc(size);
    assert_non_null(json);
    memset(json, 'x', size);
    memcpy(json, "{\"k\":\"", 6);
    memcpy(json + size - 2, "\"}", 2);
    struct execution_options options = {.workflow = workflow_ref(workflow->definition),
                                        .context = {.bytes = json, .length = size}};
    assert_int_equal(execution_begin(&execution, &options, &error), CLOACINA_LIMIT);
    assert_string_equal(error.message, "initial context: JSON of 67108880 bytes, at most 67108864");
    free(json);
    workflow_unref(options.workflow);
    cloacina_workflow_unref(workflow);
}

/* ---- the table ---- */

static void edges_add(bool (*all)[8][8], const struct scene *scene)
{
    for (size_t event = 0; event < EVENT_TYPES; event++) {
        for (size_t from = 0; from < 8; from++) {
            for (size_t to = 0; to < 8; to++) {
                all[event][from][to] |= scene->edges[event][from][to];
            }
        }
    }
}

/* Drives one execution at random through inputs of every kind. */
static void drive(struct scene *scene, uint64_t seed)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (uint64_t step = 0; step < 60; step++) {
        uint64_t draw = hash_mix(seed, step);
        const char *task = names[draw % 5];
        scene->now += (int64_t)(draw >> 8) % seconds(2);
        switch ((draw >> 40) % 16) {
        case 0:
            (void)scene_command(scene, EXECUTION_PAUSE);
            break;
        case 1:
        case 2:
            (void)scene_command(scene, EXECUTION_RESUME);
            break;
        case 3:
            (void)((draw >> 50) % 4 == 0 ? scene_command(scene, EXECUTION_CANCEL) : CLOACINA_OK);
            break;
        case 4: {
            struct execution_input reset = {.type = EXECUTION_RESET,
                                            .task = scene_index(scene, task)};
            (void)scene_apply(scene, reset);
            break;
        }
        case 5:
        case 6:
        case 7:
            (void)scene_claim(scene, 2);
            break;
        default:
            (void)scene_attempt(
                scene, task, (enum execution_input_type)(EXECUTION_SUCCEEDED + (draw >> 45) % 8));
            break;
        }
        for (uint32_t i = 0; i < 5; i++) {
            uint32_t unfinished = 0;
            const struct workflow_task *definition = &scene->execution.workflow->tasks[i];
            for (uint32_t j = 0; j < definition->dependency_count; j++) {
                unfinished += !task_status_is_terminal(
                    scene->execution.rows[definition->dependencies[j]].status);
            }
            assert_int_equal(scene->execution.tasks[i].pending, unfinished);
        }
    }
}

/* Why: the table of edges says what can happen; a row that nothing can take would be a promise
 * without a body. */
static void every_edge_of_the_table_is_taken_and_no_other(void **state)
{
    (void)state;
    static bool all[EVENT_TYPES][8][8];
    struct scene_task tasks[] = {
        {.name = "d", .rule = CLOACINA_ALWAYS()},
        {.name = "e", .rule = CLOACINA_CONTEXT_VALUE("x", CLOACINA_KEY_EXISTS, NULL)},
    };
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct scene scene;
        scene_open_with(&scene,
                        seed % 2 == 0 ? "a; b: a; c: a; d: b c; e: d" : "e; a: e; b: e; c: b; d: b",
                        tasks, 2, "{}");
        drive(&scene, seed);
        edges_add(all, &scene);
        scene_close(&scene);
    }
    struct scene over;
    scene_open_with(&over, "e", &tasks[1], 1, "{}"); /* Pending -> Completed: nothing to do */
    edges_add(all, &over);
    scene_close(&over);
    size_t count;
    const struct state_edge *edges = state_edges(&count);
    for (size_t i = 0; i < count; i++) {
        if (!all[edges[i].event][edges[i].from][edges[i].to]) {
            fail_msg("edge %s from %u to %u was never taken",
                     event_type_name((enum event_type)edges[i].event), edges[i].from, edges[i].to);
        }
        assert_true(state_is_legal((enum event_type)edges[i].event, edges[i].from, edges[i].to));
    }
    assert_false(state_is_legal(EVENT_TASK_CLAIMED, TASK_NOT_STARTED, TASK_RUNNING));
    assert_true(event_is_of_task(EVENT_TASK_MARKED_READY));
    assert_false(event_is_of_task(EVENT_WORKFLOW_RESET));
    assert_string_equal(skip_reason_name(SKIP_UPSTREAM_FAILED), "upstream_failed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(submitting_makes_the_roots_ready_and_nothing_else),
        cmocka_unit_test(a_join_is_decided_with_its_last_dependency),
        cmocka_unit_test(a_failure_skips_everything_below_it),
        cmocka_unit_test(a_skip_by_rule_blocks_only_those_with_nothing_else),
        cmocka_unit_test(a_rule_may_run_a_task_because_another_failed),
        cmocka_unit_test(an_execution_without_work_ends_at_once),
        cmocka_unit_test(a_failed_attempt_is_retried_after_its_delay),
        cmocka_unit_test(a_timeout_waits_for_the_grace),
        cmocka_unit_test(an_attempt_without_the_token_changes_nothing),
        cmocka_unit_test(deferring_and_resuming_alternate),
        cmocka_unit_test(a_handed_back_attempt_costs_nothing),
        cmocka_unit_test(losses_are_recovered_up_to_the_cap),
        cmocka_unit_test(a_loss_while_parked_does_not_count),
        cmocka_unit_test(a_pause_holds_everything_back_until_the_resume),
        cmocka_unit_test(a_pause_before_the_start_is_undone_by_the_resume),
        cmocka_unit_test(the_last_body_ends_a_paused_execution),
        cmocka_unit_test(a_cancel_ends_everything_at_once),
        cmocka_unit_test(a_reset_runs_the_failed_part_again),
        cmocka_unit_test(commands_out_of_place_are_refused_with_a_reason),
        cmocka_unit_test(a_wrong_initial_context_is_refused),
        cmocka_unit_test(an_initial_context_over_the_limit_is_refused),
        cmocka_unit_test(every_edge_of_the_table_is_taken_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
