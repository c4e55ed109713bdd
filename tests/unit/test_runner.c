/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner.c - the step: claims, slots, retries, timeouts, parking, commands, several runners,
 * and every answer a store can give. */
#include "runner_scene.h"

/* ---- one runner ---- */

/* Why: the main job: submit, claim, run, decide, end. */
static void a_workflow_runs_from_submit_to_end(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 4, "a; b: a; c: a; d: b c");
    stage_submit(&stage, 0, "{\"n\":1}");
    assert_int_equal(stage_running(&stage), 1);
    stage_end(&stage, "a", CLOACINA_OK, "{\"/a\":1}");
    assert_int_equal(stage_running(&stage), 2);
    stage_end(&stage, "c", CLOACINA_OK, NULL);
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    stage_end(&stage, "d", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    assert_int_equal(stage_counts(&stage, 0).executions, 0);
    assert_int_equal(stage_counts(&stage, 0).slots_used, 0);
    stage_close(&stage);
}

/* Why: a runner never has more bodies than slots, and fills a slot from the commit that
 * freed it. */
static void slots_bound_the_bodies(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 2, "a; b; c; d; e");
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 2);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_int_equal(stage_running(&stage), 2);
    assert_non_null(stage_attempt(&stage, "c"));
    assert_int_equal(stage_counts(&stage, 0).slots_used, 2);
    stage_close(&stage);
}

/* Why: with slots = 0 there is no bound. */
static void zero_slots_means_unlimited(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 0, "a; b; c; d; e; f; g; h");
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 8);
    stage_close(&stage);
}

/* Why: the retry starts at the exact instant, without polling. */
static void a_retry_starts_when_it_is_due(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_submit(&stage, 0, "{}");
    stage_end(&stage, "a", CLOACINA_FAILED, NULL);
    assert_int_equal(stage.runners[0].next.busy, seconds(1));
    stage_time(&stage, seconds(1) - 1);
    assert_int_equal(stage_running(&stage), 0);
    stage_time(&stage, 1);
    assert_int_equal(stage_running(&stage), 1);
    assert_int_equal(stage_attempt(&stage, "a")->number, 2);
    stage_end(&stage, "a", CLOACINA_UNAVAILABLE, NULL);
    stage_assert_execution(&stage, EXECUTION_FAILED);
    stage_close(&stage);
}

static const struct scene_task timed[] = {{.name = "a", .timeout_ms = 3000}};

/* Why: a body that is too slow loses its claim; the next attempt waits for the grace; the slot
 * comes back with the body, or with the end of the grace (a zombie). */
static void a_timeout_takes_the_claim_and_then_the_slot(void **state)
{
    (void)state;
    struct stage stage;
    stage_open_with(&stage, 1, 1, "a", timed, 1,
                    (struct runner_options){.cancel_grace_ns = seconds(2)});
    stage_submit(&stage, 0, "{}");
    stage_time(&stage, seconds(3));
    assert_int_equal(stage.cancelled, 1);
    stage_assert_task(&stage, "a", TASK_READY);
    assert_string_equal(stage_row(&stage, "a")->error, "timed out after 3 s");
    assert_int_equal(stage_counts(&stage, 0).slots_used, 1);
    stage_time(&stage, seconds(2));
    assert_int_equal(stage_counts(&stage, 0).zombies, 1);
    assert_int_equal(stage_running(&stage), 2);
    struct attempt *zombie = stage.started[0];
    stage.started[0] = NULL;
    zombie->message.kind = ATTEMPT_FINISHED;
    inbox_post(zombie->inbox, &zombie->message);
    stage_settle(&stage);
    assert_int_equal(stage_counts(&stage, 0).zombies, 0);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: the runner's default timeout is for tasks without one. */
static void the_default_timeout_is_for_tasks_without_their_own(void **state)
{
    (void)state;
    struct stage stage;
    stage_open_with(&stage, 1, 2, "a; b", timed, 1,
                    (struct runner_options){.task_timeout_ns = seconds(60)});
    stage_submit(&stage, 0, "{}");
    stage_time(&stage, seconds(4));
    stage_assert_task(&stage, "b", TASK_RUNNING);
    stage_time(&stage, seconds(56));
    assert_string_equal(stage_row(&stage, "b")->error, "timed out after 60 s");
    stage_close(&stage);
}

/* Why: too many bodies that do not return, and the runner stops claiming instead of drowning. */
static void a_runner_full_of_zombies_claims_nothing(void **state)
{
    (void)state;
    struct stage stage;
    stage_open_with(&stage, 1, 1, "a", timed, 1,
                    (struct runner_options){.cancel_grace_ns = seconds(1), .zombies_max = 1});
    stage_submit(&stage, 0, "{}");
    stage_time(&stage, seconds(30));
    assert_int_equal(stage_counts(&stage, 0).zombies, 1);
    assert_int_equal(stage_running(&stage), 1);
    struct text_builder text;
    text_builder_init(&text, NULL);
    runner_explain(stage.runners[0].runner,
                   runner_execution(stage.runners[0].runner, stage.command.id), stage.now, &text);
    assert_string_equal(text_builder_terminated(&text),
                        "'a' Ready: attempt 2 of 2 (timed out after 3 s); 'runner-1' claims "
                        "nothing: 1 bodies did not "
                        "return\n");
    text_builder_finish(&text);
    stage_close(&stage);
}

/* Why: a parked body gives its slot up, its time stands still, and it waits for a slot to go on. */
static void a_parked_body_gives_up_its_slot_and_its_clock(void **state)
{
    (void)state;
    struct stage stage;
    stage_open_with(&stage, 1, 1, "a; b", timed, 1, (struct runner_options){0});
    stage_submit(&stage, 0, "{}");
    stage_time(&stage, seconds(1));
    stage_post(&stage, "a", ATTEMPT_DEFERRED);
    assert_int_equal(stage.resumed, 1);
    assert_int_equal(stage_row(&stage, "a")->sub_status, TASK_SUB_DEFERRED);
    assert_non_null(stage_attempt(&stage, "b"));
    assert_int_equal(stage_counts(&stage, 0).parked, 1);
    stage_time(&stage, seconds(100));
    stage_assert_task(&stage, "a", TASK_RUNNING);
    stage_post(&stage, "a", ATTEMPT_WANTS_SLOT);
    assert_int_equal(stage.resumed, 1);
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    assert_int_equal(stage.resumed, 2);
    assert_int_equal(stage_row(&stage, "a")->sub_status, TASK_SUB_ACTIVE);
    stage_time(&stage, seconds(2) - 1);
    stage_assert_task(&stage, "a", TASK_RUNNING);
    stage_time(&stage, 1);
    stage_assert_task(&stage, "a", TASK_READY);
    stage_close(&stage);
}

/* ---- commands ---- */

/* Why: an operator's wish is carried out at once, and bodies learn of a cancel through their
 * handle. */
static void pause_resume_and_cancel_reach_the_bodies(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a; b");
    stage_submit(&stage, 0, "{}");
    assert_true(stage_command(&stage, 0, RUNNER_PAUSE, "lunch"));
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_int_equal(stage_running(&stage), 0);
    assert_true(stage_command(&stage, 0, RUNNER_RESUME, NULL));
    assert_int_equal(stage_running(&stage), 1);
    struct attempt *attempt = stage_attempt(&stage, "b");
    assert_true(stage_command(&stage, 0, RUNNER_CANCEL, "no"));
    assert_int_equal(stage.command.status, EXECUTION_CANCELLED);
    assert_true(atomic_load(&attempt->is_cancelled));
    stage_end(&stage, "b", CLOACINA_CANCELLED, NULL);
    stage_assert_execution(&stage, EXECUTION_CANCELLED);
    assert_int_equal(stage_counts(&stage, 0).executions, 0);
    assert_true(stage_command(&stage, 0, RUNNER_PAUSE, NULL));
    assert_int_equal(stage.command.code, CLOACINA_INVALID);
    assert_string_equal(stage.command.error.message, "execution is Cancelled: it cannot be paused");
    stage_close(&stage);
}

/* Why: a task that is reset and ready in the same commit must not see what it wrote before; a
 * search found a body whose input held its own old key. */
static void what_a_reset_task_wrote_is_forgotten(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_submit(&stage, 0, "{}");
    stage_end(&stage, "a", CLOACINA_OK, "{\"/k\":1}");
    struct runner_command reset = stage.command;
    reset.message.kind = RUNNER_RESET;
    reset.task = 0;
    runner_post(stage.runners[0].runner, &reset);
    stage_settle(&stage);
    assert_int_equal(reset.code, CLOACINA_OK);
    struct dal_snapshot rows = stage_rows(&stage);
    assert_int_equal(rows.feed.tasks[0].row.status, TASK_RUNNING);
    assert_false(rows.feed.tasks[0].has_delta);
    assert_null(rows.feed.tasks[0].delta);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: waiting ends with the commit that ends the execution, whoever made it. */
static void waiting_ends_with_the_execution(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a");
    stage_submit(&stage, 0, "{}");
    assert_false(stage_command(&stage, 1, RUNNER_WAIT, NULL));
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_true(stage.is_done);
    assert_int_equal(stage.command.status, EXECUTION_COMPLETED);
    assert_true(stage_command(&stage, 1, RUNNER_WAIT, NULL));
    stage.command.id = (struct id){9, 9};
    assert_true(stage_command(&stage, 1, RUNNER_WAIT, NULL));
    assert_int_equal(stage.command.code, CLOACINA_NOT_FOUND);
    stage_close(&stage);
}

/* Why: a wrong context is the caller's error and leaves nothing behind. */
static void a_submit_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    assert_true(stage_command(&stage, 0, RUNNER_SUBMIT, "[1]"));
    assert_int_equal(stage.command.code, CLOACINA_INVALID);
    assert_int_equal(dal_memory_active_count(stage.store), 0);
    stage_close(&stage);
}

/* Why: a client that asks again, because its first question went through and the answer did not
 * come back, must not get a second execution, nor hurt the first. */
static void a_submit_that_is_asked_again_changes_nothing(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_submit(&stage, 0, "{}");
    assert_true(stage_command(&stage, 0, RUNNER_SUBMIT, "{}"));
    assert_int_equal(stage.command.code, CLOACINA_EXISTS);
    assert_int_equal(stage_counts(&stage, 0).executions, 1);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: the same through another runner: what it made up is forgotten, and who asked for something
 * else in the same breath is answered by the execution that is there. */
static void a_submit_that_another_runner_has_stored_is_forgotten(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b: a");
    stage_submit(&stage, 0, "{}");
    struct runner_command again = stage.command;
    struct runner_command pause = stage.command;
    again.message.kind = RUNNER_SUBMIT;
    pause.message.kind = RUNNER_PAUSE;
    pause.reason = text_of("lunch");
    runner_post(stage.runners[1].runner, &again);
    runner_post(stage.runners[1].runner, &pause);
    stage_settle(&stage);
    assert_int_equal(again.code, CLOACINA_EXISTS);
    assert_int_equal(pause.code, CLOACINA_OK);
    stage_assert_execution(&stage, EXECUTION_PAUSED);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_true(stage_command(&stage, 1, RUNNER_RESUME, NULL));
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: a failed execution can be taken up again. */
static void a_reset_runs_what_failed_again(void **state)
{
    (void)state;
    struct scene_task once[] = {{.name = "a", .retry = {.attempts_max = 1}}};
    struct stage stage;
    stage_open_with(&stage, 1, 1, "a", once, 1, (struct runner_options){0});
    stage_submit(&stage, 0, "{}");
    stage_end(&stage, "a", CLOACINA_FAILED, NULL);
    stage_assert_execution(&stage, EXECUTION_FAILED);
    assert_true(stage_command(&stage, 0, RUNNER_RESET, NULL));
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* ---- several runners ---- */

/* Why: a free slot anywhere is filled at the same instant. */
static void runners_share_the_work(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 3, 2, "a; b; c; d; e; f; z: a b c d e f");
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 6);
    const char *names[] = {"a", "b", "c", "d", "e", "f"};
    for (size_t i = 0; i < 6; i++) {
        stage_end(&stage, names[i], CLOACINA_OK, NULL);
    }
    assert_int_equal(stage_running(&stage), 1);
    stage_end(&stage, "z", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stage_counts(&stage, i).executions, 0);
    }
    stage_close(&stage);
}

/* Why: a cancel given to one runner reaches the bodies of another at once. */
static void a_cancel_reaches_the_bodies_of_other_runners(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b");
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 2);
    assert_true(stage_command(&stage, 0, RUNNER_CANCEL, NULL));
    assert_int_equal(stage.cancelled, 2);
    stage_close(&stage);
}

/* ---- what a store may answer ---- */

/* Why: an answer that got lost must not do the work twice, nor forget it. */
static void an_unknown_answer_is_read_back(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct stage stage;
        stage_open(&stage, 1, 1, "a; b: a");
        stage_submit(&stage, 0, "{}");
        stage.runners[0].border.commit = (struct border_fault){CLOACINA_UNKNOWN, applied != 0, 1};
        stage.runners[0].border.find_commit = (struct border_fault){CLOACINA_UNAVAILABLE, false, 1};
        stage_end(&stage, "a", CLOACINA_OK, NULL);
        assert_int_equal(stage_running(&stage), 0);
        stage_time(&stage, seconds(5));
        assert_int_equal(stage_running(&stage), 1);
        assert_int_equal(stage_rows(&stage).feed.row.revision, 2);
        assert_int_equal(stage_counts(&stage, 0).unknowns, 1);
        stage_end(&stage, "b", CLOACINA_OK, NULL);
        stage_assert_execution(&stage, EXECUTION_COMPLETED);
        stage_close(&stage);
    }
}

/* Why: the same for a submit: exactly one execution. */
static void an_unknown_submit_is_read_back(void **state)
{
    (void)state;
    for (int applied = 0; applied < 2; applied++) {
        struct stage stage;
        stage_open(&stage, 1, 1, "a");
        stage.runners[0].border.submit = (struct border_fault){CLOACINA_UNKNOWN, applied != 0, 1};
        assert_false(stage_command(&stage, 0, RUNNER_SUBMIT, "{}"));
        stage_time(&stage, seconds(1));
        assert_true(stage.is_done);
        assert_int_equal(dal_memory_active_count(stage.store), 1);
        stage_end(&stage, "a", CLOACINA_OK, NULL);
        stage_assert_execution(&stage, EXECUTION_COMPLETED);
        stage_close(&stage);
    }
}

/* Why: a store that is away for a while changes the timing only. */
static void an_unavailable_store_is_tried_again(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a; b: a");
    stage_submit(&stage, 0, "{}");
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_UNAVAILABLE, false, 6};
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_time(&stage, seconds(30));
    assert_int_equal(stage_running(&stage), 1);
    stage_close(&stage);
}

/* Why: a full disk says nothing about the result that it has no room for. */
static void a_full_store_delays_a_result_and_keeps_it(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a; b: a");
    stage_submit(&stage, 0, "{}");
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_IO, false, 6};
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_time(&stage, seconds(30));
    stage_assert_task(&stage, "a", TASK_COMPLETED);
    stage_close(&stage);
}

/* Why: a runner that asks a silent store again and again at one instant never comes to its
 * bodies. */
static void a_silent_store_is_asked_once_a_second(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    struct border *border = &stage.runners[0].border;
    border->poll = (struct border_fault){CLOACINA_UNAVAILABLE, false, 5};
    stage_time(&stage, seconds(1) - 1);
    assert_int_equal(border->polls, 1);
    stage_submit(&stage, 0, "{}");
    assert_int_equal(border->polls, 1);
    stage_time(&stage, seconds(4));
    assert_int_equal(border->polls, 5);
    stage_time(&stage, seconds(2));
    assert_int_equal(border->poll.count, 0);
    stage_assert_task(&stage, "a", TASK_RUNNING);
    stage_close(&stage);
}

struct rival {
    struct stage *stage;
    enum execution_input_type type;
};

/* Somebody else pauses the execution in the store, just before our commit. */
static void rival_acts(void *user)
{
    struct rival *rival = user;
    struct stage *stage = rival->stage;
    struct runner_command *command = &stage->command;
    struct runner_command rivals = {
        .message.kind = rival->type == EXECUTION_PAUSE ? RUNNER_PAUSE : RUNNER_CANCEL,
        .id = command->id,
        .done = stage_done,
        .user = stage,
    };
    struct runner_next next;
    runner_post(stage->runners[1].runner, &rivals);
    assert_int_equal(runner_step(stage->runners[1].runner, &next, NULL), CLOACINA_OK);
}

/* Why: after a conflict the same inputs are applied to the fresh rows. */
static void a_conflict_is_folded_again_on_fresh_rows(void **state)
{
    (void)state;
    enum execution_input_type types[] = {EXECUTION_PAUSE, EXECUTION_CANCEL};
    for (size_t i = 0; i < 2; i++) {
        struct stage stage;
        stage_open(&stage, 2, 1, "a; b: a; c: a");
        stage_submit(&stage, 0, "{}");
        struct rival rival = {&stage, types[i]};
        stage.runners[0].border.before_commit.run = rival_acts;
        stage.runners[0].border.before_commit.user = &rival;
        stage_end(&stage, "a", CLOACINA_OK, NULL);
        assert_int_equal(stage_counts(&stage, 0).conflicts, 1);
        assert_int_equal(stage_running(&stage), 0);
        stage_assert_task(&stage, "a", types[i] == EXECUTION_PAUSE ? TASK_COMPLETED : TASK_SKIPPED);
        stage_assert_task(&stage, "b",
                          types[i] == EXECUTION_PAUSE ? TASK_NOT_STARTED : TASK_SKIPPED);
        stage_close(&stage);
    }
}

/* Why: a slow runner beside fast ones must not lose for ever: the third try is made under the
 * store's lock. */
static void the_third_try_is_made_under_the_lock(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a; b: a");
    stage_submit(&stage, 0, "{}");
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_CONFLICT, false, 3};
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    assert_int_equal(stage_counts(&stage, 0).conflicts, 3);
    assert_int_equal(stage_running(&stage), 1);
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_CONFLICT, false, 3};
    stage.runners[0].border.commit_locked = (struct border_fault){CLOACINA_UNKNOWN, true, 1};
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    stage_time(&stage, seconds(1));
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: what the store will never take must fail alone and visibly, and not block the rest. */
static void a_refused_result_fails_alone(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 2, "a; b; c: b");
    stage_submit(&stage, 0, "{}");
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_LIMIT, false, 1};
    stage_end(&stage, "a", CLOACINA_OK, "{\"/big\":1}");
    stage_assert_task(&stage, "a", TASK_FAILED);
    assert_int_equal(stage_row(&stage, "a")->code, CLOACINA_LIMIT);
    assert_string_equal(stage_row(&stage, "a")->error, "the store refused the result");
    stage_end(&stage, "b", CLOACINA_OK, NULL);
    stage_end(&stage, "c", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_FAILED);
    stage_close(&stage);
}

/* Why: a command that the store refuses is answered with the refusal. */
static void a_refused_command_is_answered(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage.runners[0].border.submit = (struct border_fault){CLOACINA_LIMIT, false, 1};
    assert_true(stage_command(&stage, 0, RUNNER_SUBMIT, "{}"));
    assert_int_equal(stage.command.code, CLOACINA_LIMIT);
    assert_string_equal(stage.command.error.message, "the store refused it: limit");
    stage_submit(&stage, 0, "{}");
    stage.runners[0].border.commit = (struct border_fault){CLOACINA_LIMIT, false, 1};
    assert_true(stage_command(&stage, 0, RUNNER_PAUSE, "x"));
    assert_int_equal(stage.command.code, CLOACINA_LIMIT);
    stage_end(&stage, "a", CLOACINA_OK, NULL);
    stage_assert_execution(&stage, EXECUTION_COMPLETED);
    stage_close(&stage);
}

/* Why: a claim whose answer got lost is in our name and unknown to us: the next beat hands it
 * back. */
static void a_claim_that_nobody_remembers_is_handed_back(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b");
    stage.runners[1].border.poll = (struct border_fault){CLOACINA_UNKNOWN, true, 1};
    stage_submit(&stage, 0, "{}");
    stage_assert_task(&stage, "b", TASK_RUNNING);
    assert_int_equal(stage_running(&stage), 1);
    stage_time(&stage, seconds(12));
    assert_int_equal(stage_running(&stage), 2);
    assert_int_equal(stage_row(&stage, "b")->recoveries, 0);
    stage_close(&stage);
}

/* Why: an idle runner asks the store once per heartbeat interval, and nothing else. */
static void an_idle_runner_asks_once_per_interval(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    stage_settle(&stage);
    int polls = stage.runners[0].border.polls;
    stage_time(&stage, seconds(100));
    assert_int_equal(stage.runners[0].border.polls, polls + 10);
    assert_true(stage.runners[0].next.busy == INSTANT_NEVER);
    stage_close(&stage);
}

/* Why: work that a lost hint hid is found at the next beat. */
static void a_lost_hint_costs_one_interval_at_most(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 2, 1, "a; b");
    stage_settle(&stage);
    uint64_t lease = stage_counts(&stage, 1).lease;
    stage.store->impl->listen(stage.store, lease, NULL, NULL);
    stage_submit(&stage, 0, "{}");
    assert_int_equal(stage_running(&stage), 1);
    stage_time(&stage, seconds(10));
    assert_int_equal(stage_running(&stage), 2);
    stage_close(&stage);
}

/* Why: a dead actor must unwind at once, whatever call told it so. */
static void a_crash_ends_the_step(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct stage stage;
        stage_open(&stage, 1, 1, "a; b: a");
        stage_submit(&stage, 0, "{}");
        struct border_fault crash = {CLOACINA_CRASHED, false, 1};
        struct border *border = &stage.runners[0].border;
        border->commit = which == 0 ? crash : border->commit;
        border->poll = which == 1 ? crash : border->poll;
        border->commit =
            which >= 2
                ? (struct border_fault){which == 2 ? CLOACINA_CONFLICT : CLOACINA_UNKNOWN, false, 1}
                : border->commit;
        border->refresh = which == 2 ? crash : border->refresh;
        border->find_commit = which == 3 ? crash : border->find_commit;
        stage_end(&stage, "a", CLOACINA_OK, NULL);
        stage_time(&stage, seconds(20));
        assert_true(stage.runners[0].is_dead);
        stage_close(&stage);
    }
}

/* ---- making one ---- */

/* Why: a missing part is named when the runner is made, not when it is needed. */
static void a_missing_part_is_named(void **state)
{
    (void)state;
    struct runner *runner;
    struct cloacina_error error;
    assert_int_equal(runner_create(&(struct runner_options){0}, &runner, &error), CLOACINA_INVALID);
    assert_string_equal(error.message, "runner: option 'clock' is missing");
    struct stage stage;
    stage_open(&stage, 1, 1, "a");
    struct dal_impl half = border_impl;
    half.claims = NULL;
    struct dal dal = {&half};
    assert_int_equal(dal_check(&dal, &error), CLOACINA_INVALID);
    assert_string_equal(error.message, "store: slot 'claims' is empty");
    assert_int_equal(dal_check(NULL, &error), CLOACINA_INVALID);
    stage_close(&stage);
}

/* Why: explain says for every unfinished task what it waits for. */
static void explain_says_what_every_task_waits_for(void **state)
{
    (void)state;
    struct stage stage;
    stage_open(&stage, 1, 2, "a; b; c; d; e; z: a b c d e");
    stage_submit(&stage, 0, "{}");
    stage_end(&stage, "a", CLOACINA_FAILED, NULL);
    stage_post(&stage, "b", ATTEMPT_DEFERRED);
    struct text_builder text;
    text_builder_init(&text, NULL);
    runner_explain(stage.runners[0].runner,
                   runner_execution(stage.runners[0].runner, stage.command.id), stage.now, &text);
    assert_string_equal(text_builder_terminated(&text),
                        "'a' Ready: attempt 2 of 2, not before 1 s from now (it broke); needs a "
                        "slot: 'runner-1' has 0 "
                        "of 2 free\n"
                        "'b' Running: attempt 1 of 2 runs for 0 s under lease 1; deferred until "
                        "its condition holds\n"
                        "'c' Running: attempt 1 of 2 runs for 0 s under lease 1\n"
                        "'d' Running: attempt 1 of 2 runs for 0 s under lease 1\n"
                        "'e' Ready: attempt 1 of 2; needs a slot: 'runner-1' has 0 of 2 free\n"
                        "'z' NotStarted: waits for 'a', 'b', 'c' and 2 more\n");
    text_builder_finish(&text);
    stage_close(&stage);
}

/* Why: an allocation may fail anywhere in a runner's life; the workflow still reaches its end. */
static void no_memory_once_delays_but_never_loses(void **state)
{
    (void)state;
    for (size_t n = 0; n < 400; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, FAIL_NEVER);
        struct stage stage;
        stage_open_with(&stage, 2, 2, "a; b: a; c: a; d: b c", NULL, 0,
                        (struct runner_options){.heap = &heap.heap});
        heap.fail_at = heap.allocations + n;
        bool is_done = stage_command(&stage, 0, RUNNER_SUBMIT, "{\"n\":1}");
        stage_time(&stage, seconds(1));
        if (stage.is_done && stage.command.code == CLOACINA_NO_MEMORY) {
            stage_submit(&stage, 0, "{\"n\":1}");
        }
        (void)is_done;
        const char *names[] = {"a", "b", "c", "d"};
        for (size_t i = 0; i < 4; i++) {
            for (int tries = 0; tries < 100 && stage_attempt(&stage, names[i]) == NULL; tries++) {
                stage_time(&stage, seconds(5));
            }
            stage_end(&stage, names[i], CLOACINA_OK, i == 1 ? "{\"/b\":[1,2]}" : NULL);
        }
        for (int tries = 0; tries < 20 && stage_status(&stage) != EXECUTION_COMPLETED; tries++) {
            stage_time(&stage, seconds(5));
            /* Its result was dropped for want of memory, and it runs again. */
            if (stage_running(&stage) > 0) {
                for (size_t i = 0; i < 4; i++) {
                    if (stage_attempt(&stage, names[i]) != NULL) {
                        stage_end(&stage, names[i], CLOACINA_OK, NULL);
                    }
                }
            }
        }
        stage_assert_execution(&stage, EXECUTION_COMPLETED);
        stage_close(&stage);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_workflow_runs_from_submit_to_end),
        cmocka_unit_test(slots_bound_the_bodies),
        cmocka_unit_test(zero_slots_means_unlimited),
        cmocka_unit_test(a_retry_starts_when_it_is_due),
        cmocka_unit_test(a_timeout_takes_the_claim_and_then_the_slot),
        cmocka_unit_test(the_default_timeout_is_for_tasks_without_their_own),
        cmocka_unit_test(a_runner_full_of_zombies_claims_nothing),
        cmocka_unit_test(a_parked_body_gives_up_its_slot_and_its_clock),
        cmocka_unit_test(pause_resume_and_cancel_reach_the_bodies),
        cmocka_unit_test(waiting_ends_with_the_execution),
        cmocka_unit_test(a_submit_that_cannot_be_is_refused),
        cmocka_unit_test(a_reset_runs_what_failed_again),
        cmocka_unit_test(what_a_reset_task_wrote_is_forgotten),
        cmocka_unit_test(runners_share_the_work),
        cmocka_unit_test(a_cancel_reaches_the_bodies_of_other_runners),
        cmocka_unit_test(an_unknown_answer_is_read_back),
        cmocka_unit_test(an_unknown_submit_is_read_back),
        cmocka_unit_test(an_unavailable_store_is_tried_again),
        cmocka_unit_test(a_full_store_delays_a_result_and_keeps_it),
        cmocka_unit_test(a_silent_store_is_asked_once_a_second),
        cmocka_unit_test(a_submit_that_is_asked_again_changes_nothing),
        cmocka_unit_test(a_submit_that_another_runner_has_stored_is_forgotten),
        cmocka_unit_test(a_conflict_is_folded_again_on_fresh_rows),
        cmocka_unit_test(the_third_try_is_made_under_the_lock),
        cmocka_unit_test(a_refused_result_fails_alone),
        cmocka_unit_test(a_refused_command_is_answered),
        cmocka_unit_test(a_claim_that_nobody_remembers_is_handed_back),
        cmocka_unit_test(an_idle_runner_asks_once_per_interval),
        cmocka_unit_test(a_lost_hint_costs_one_interval_at_most),
        cmocka_unit_test(a_crash_ends_the_step),
        cmocka_unit_test(a_missing_part_is_named),
        cmocka_unit_test(explain_says_what_every_task_waits_for),
        cmocka_unit_test(no_memory_once_delays_but_never_loses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
