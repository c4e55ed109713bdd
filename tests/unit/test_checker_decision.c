/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_decision.c - which tasks become Ready, which are skipped, and when: each test makes
 * one commit that the engine would never make. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_rule never_rule = {
    .type = CLOACINA_RULE_ANY_OF, .parts = (const struct cloacina_rule *const[]){NULL}};
static const struct cloacina_rule failed_rule = {.type = CLOACINA_RULE_TASK_FAILED,
                                                 .task = "price"};
static const struct cloacina_task_options shop[] = {
    {.name = "price",
     .retry = {.attempts_max = 2, .initial_delay_ms = 1000, .backoff = CLOACINA_BACKOFF_FIXED}},
    {.name = "never", .rule = &never_rule},
    {.name = "after_never", .dependencies = TASKS("never")},
    {.name = "charge", .dependencies = TASKS("price")},
    {.name = "refund", .dependencies = TASKS("price"), .rule = &failed_rule},
    {.name = "report", .dependencies = TASKS("charge", "refund")},
};

/* 'price' is Running; 'never' and 'after_never' are skipped. */
static int running(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 6, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    scene_claim(&scene);
    scene_commit(&scene);
    assert_holds(&scene);
    *state = &scene;
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

/* A join that does not wait for all that comes before it. */
static void a_decision_before_its_time_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_add_row(scene, "report")->status = TASK_READY;
    scene_add_event(scene, EVENT_TASK_MARKED_READY, "report");
    scene_commit(scene);
    assert_breaks(scene, "I-04",
                  "task 'report': was decided while 2 of its dependencies have not ended");
}

/* Pausing means that nothing new begins. */
static void a_decision_while_paused_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_add_row(scene, "charge")->status = TASK_READY;
    scene_add_event(scene, EVENT_TASK_MARKED_READY, "charge");
    scene_commit(scene);
    assert_breaks(scene, "I-09", "task 'charge': was decided while the execution is Paused");
}

/* 'price' fails for good. */
static void price_fails(struct scene *scene)
{
    scene_fails(scene, "price", "no");
    scene_commit(scene);
    scene_pass(scene, NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_commit(scene);
    scene_fails(scene, "price", "no");
}

/* The task would work on what is not there. */
static void running_after_a_failed_dependency_is_seen(void **state)
{
    struct scene *scene = *state;
    price_fails(scene);
    struct event_row *event = scene_event(scene, EVENT_TASK_SKIPPED);
    assert_int_equal(event->task, scene_task(scene, "charge"));
    event->type = EVENT_TASK_MARKED_READY;
    scene_commit(scene);
    assert_breaks(scene, "I-04",
                  "task 'charge': was marked ready (no reason), but its dependencies and rule say "
                  "skip (upstream_failed)");
}

/* The reason decides what happens to the dependents, and what a person is told. */
static void a_skip_for_the_wrong_reason_is_seen(void **state)
{
    struct scene *scene = *state;
    price_fails(scene);
    scene_event(scene, EVENT_TASK_SKIPPED)->skip = 9;
    scene_commit(scene);
    assert_breaks(scene, "I-04",
                  "task 'charge': was skipped (an unknown reason), but its dependencies and rule "
                  "say skip (upstream_failed)");
}

/* The rule is the author's word, and it decides alone. */
static void running_against_its_rule_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_event(scene, EVENT_TASK_SKIPPED)->type = EVENT_TASK_MARKED_READY;
    scene_commit(scene);
    assert_breaks(scene, "I-04",
                  "task 'refund': was marked ready (no reason), but its dependencies and rule say "
                  "skip (rule)");
}

/* Work would be left out, and the execution would still be Completed. */
static void skipping_what_should_run_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    struct event_row *event = scene_event(scene, EVENT_TASK_MARKED_READY);
    event->type = EVENT_TASK_SKIPPED;
    event->skip = SKIP_UPSTREAM_SKIPPED;
    scene_commit(scene);
    assert_breaks(scene, "I-04",
                  "task 'charge': was skipped (upstream_skipped), but its dependencies and rule "
                  "say ready (no reason)");
}

/* A rule is asked once, before the claim. */
static void skipping_a_claimed_task_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene->changeset.events[0].type = EVENT_TASK_SKIPPED;
    scene->changeset.events[0].skip = SKIP_RULE;
    scene_commit(scene);
    assert_breaks(scene, "I-04", "task 'price': was skipped (rule), but it is Running");
}

/* Only executions are cancelled, and then all that is in them. */
static void cancelling_one_task_alone_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene->changeset.events[0].type = EVENT_TASK_SKIPPED;
    scene->changeset.events[0].skip = SKIP_CANCELLED;
    scene_commit(scene);
    assert_breaks(scene, "I-04", "task 'price': was cancelled, but the execution is Running");
}

/* The event names the token that it ended, so that its holder can learn it. */
static void a_cancelled_task_that_keeps_its_token_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    for (size_t n = 0; n < scene->changeset.event_count; n++) {
        scene->changeset.events[n].claim = (struct stamp){0, 0};
    }
    scene_commit(scene);
    assert_breaks(scene, "I-02",
                  "task 'price': task_skipped with token 0.0, but it is held by 1.2");
}

/* The wake-up that everybody forgets. */
static void a_task_that_nobody_decides_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    uint32_t task = scene_task(scene, "charge");
    for (size_t i = 0; i < scene->changeset.row_count; i++) {
        if (scene->changeset.rows[i].task == task) {
            scene->changeset.rows[i] = scene->changeset.rows[--scene->changeset.row_count];
        }
    }
    scene_lose_event(scene, EVENT_TASK_MARKED_READY);
    scene_commit(scene);
    assert_breaks(scene, "I-06",
                  "task 'charge': all its dependencies have ended, and it is still NotStarted");
}

/* What has ended stays, unless an operator resets the execution. */
static void a_reset_of_one_task_alone_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_add_row(scene, "never");
    scene_add_event(scene, EVENT_TASK_RESET, "never");
    scene_commit(scene);
    assert_breaks(scene, "I-03", "task 'never': was reset, but nobody reset the execution");
}

/* The dependents would keep results of an input that is gone. */
static void a_reset_that_keeps_what_came_after_is_seen(void **state)
{
    struct scene *scene = *state;
    price_fails(scene);
    scene_commit(scene);
    scene_claim(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "refund");
    scene_commit(scene);
    assert_int_equal(scene->execution.row.status, EXECUTION_FAILED);
    scene_apply(scene, EXECUTION_RESET, NULL);
    uint32_t task = scene_task(scene, "charge");
    struct changeset *changeset = &scene->changeset;
    for (size_t i = 0; i < changeset->row_count; i++) {
        if (changeset->rows[i].task == task) {
            changeset->rows[i] = changeset->rows[--changeset->row_count];
        }
    }
    for (size_t n = 0; n < changeset->event_count; n++) {
        if (changeset->events[n].task == task) {
            changeset->events[n] = changeset->events[--changeset->event_count];
        }
    }
    scene->execution.row.skipped++;
    scene_commit(scene);
    assert_breaks(scene, "I-04", "task 'charge': is Skipped, but task 'price' before it was reset");
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, running, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(a_decision_before_its_time_is_seen),
        RUNNING(a_decision_while_paused_is_seen),
        RUNNING(running_after_a_failed_dependency_is_seen),
        RUNNING(a_skip_for_the_wrong_reason_is_seen),
        RUNNING(running_against_its_rule_is_seen),
        RUNNING(skipping_what_should_run_is_seen),
        RUNNING(skipping_a_claimed_task_is_seen),
        RUNNING(cancelling_one_task_alone_is_seen),
        RUNNING(a_cancelled_task_that_keeps_its_token_is_seen),
        RUNNING(a_task_that_nobody_decides_is_seen),
        RUNNING(a_reset_of_one_task_alone_is_seen),
        RUNNING(a_reset_that_keeps_what_came_after_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
