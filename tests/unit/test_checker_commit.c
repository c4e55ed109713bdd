/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_commit.c - a commit is what its events say, and its execution is what its tasks say:
 * each test falsifies one thing in a commit that is right. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price", .retry = {.attempts_max = 1}},
    {.name = "charge", .dependencies = TASKS("price"), .retry = {.attempts_max = 1}},
    {.name = "ship", .dependencies = TASKS("price")},
};

/* Submitted, 'price' claimed and committed. */
static int running(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 3, "{}", FAIL_NEVER));
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

/* Not submitted: nothing but two leases. */
static int empty(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 3, "{}", FAIL_NEVER));
    scene_apply(&scene, EXECUTION_SUBMITTED, NULL);
    scene_seal(&scene);
    *state = &scene;
    return 0;
}

/* 'price' completes; 'charge' and 'ship' become Ready. Sealed, to be falsified. */
static void price_completes(struct scene *scene)
{
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_seal(scene);
}

/* ---- I-05: events are history ---- */

/* A store that loses an event has a row that nobody can explain. */
static void a_lost_event_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.event_count--;
    scene_feed(scene);
    assert_breaks(scene, "I-05",
                  "task 'ship': its row after the commit is Ready, its events say NotStarted");
}

/* Events are numbered without gaps, so that a reader of the feed knows that it has all. */
static void a_gap_between_events_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene_lose_event(scene, EVENT_TASK_COMPLETED);
    scene_feed(scene);
    assert_breaks(scene, "I-05", "event 3.1 stands where 3.0 is expected");
}

/* The feed would tell of something that did not happen. */
static void an_event_without_a_change_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.row_count--;
    scene_feed(scene);
    assert_breaks(scene, "I-05",
                  "task 'ship': task_marked_ready in a commit that does not change its row");
}

/* Which of the two is applied last would decide. */
static void a_row_listed_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene_add_row(scene, "price");
    scene_feed(scene);
    assert_breaks(scene, "I-05", "task 'price': its row is listed twice in one commit");
}

/* Whoever follows the feed would never learn of it. */
static void a_change_without_an_event_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_add_row(scene, "ship")->attempt = 2;
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-05",
                  "task 'ship': its row after the commit has attempt 2, its events say 1");
}

/* Somebody changed the store behind the back of its history. */
static void a_row_that_was_another_one_before_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.rows[0].before.started_at++;
    scene_feed(scene);
    assert_breaks(scene, "I-05",
                  "task 'price': its row before the commit has started_at 1704067200000000001, its "
                  "events say 1704067200000000000");
}

/* History must say which attempt it was. */
static void an_event_of_another_attempt_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene_event(scene, EVENT_TASK_MARKED_READY)->attempt = 2;
    scene_feed(scene);
    assert_breaks(scene, "I-05",
                  "task 'charge': task_marked_ready of attempt 2, but it is at attempt 1");
}

/* A reader asks for what came after a revision: this event would be lost to it. */
static void an_event_of_another_revision_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.events[0].revision = 9;
    scene_feed(scene);
    assert_breaks(scene, "I-05", "event 9.0 stands where 3.0 is expected");
}

/* Two runners would make their commits from the same number, and both would win. */
static void a_revision_that_is_not_raised_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->execution.row.revision = 2;
    scene_feed(scene);
    assert_breaks(scene, "I-05", "a commit went from revision 2 to 2");
}

/* What happened to the execution itself, field by field. */
static void an_execution_row_without_its_events_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->execution.row.status = EXECUTION_COMPLETED;
    scene_feed(scene);
    assert_breaks(scene, "I-05", "its row is Completed, its events say Running");
}

/* The times of a row come from its events, or they cannot be explained. */
static void an_instant_that_no_event_tells_is_seen(void **state)
{
    struct scene *scene = *state;
    static const size_t fields[] = {
        offsetof(struct execution_row, created_at),
        offsetof(struct execution_row, started_at),
        offsetof(struct execution_row, completed_at),
    };
    static const char *const words[] = {
        "its row has created_at 1, its events say 1704067200000000000",
        "its row has started_at 1, its events say 1704067200000000000",
        "its row has completed_at 1, its events say 0",
    };
    for (size_t i = 0; i < 3; i++) {
        price_completes(scene);
        *(int64_t *)(void *)((char *)&scene->execution.row + fields[i]) = 1;
        scene_feed(scene);
        assert_breaks(scene, "I-05", words[i]);
        scene_close(scene);
        running(state);
    }
}

/* ---- I-02: from which state a commit was made ---- */

/* The guard of the revision is what keeps the loser of a race from writing. */
static void a_commit_onto_another_revision_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.before.revision = 1;
    scene_feed(scene);
    assert_breaks(scene, "I-02", "a commit made from revision 1 was applied to revision 2");
}

/* Whoever writes has a lease, or its death could not be noticed. */
static void a_commit_of_nobody_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->execution.row.commit.lease = 9;
    scene_feed(scene);
    assert_breaks(scene, "I-02", "a commit under lease 9, which was never given out");
}

/* ---- I-03, I-04: edges ---- */

/* Two messages of one attempt, or two runners: the second changes nothing. */
static void a_task_that_completes_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene_add_event(scene, EVENT_TASK_COMPLETED, "price");
    scene_feed(scene);
    assert_breaks(scene, "I-03", "task 'price': task_completed, but it is Completed");
}

/* The table of states is the only list of edges. */
static void an_edge_that_does_not_exist_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_add_row(scene, "ship");
    scene_add_event(scene, EVENT_TASK_CLAIMED, "ship");
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-04", "task 'ship': task_claimed, but it is NotStarted");
}

/* Several runners claim from a new execution; only the first one starts it. */
static void an_execution_that_starts_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_add_event(scene, EVENT_WORKFLOW_STARTED, NULL);
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-04", "'shop': workflow_started, but it is Running");
}

/* Its end is told to whoever waits, once. */
static void an_execution_that_ends_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_add_event(scene, EVENT_WORKFLOW_CANCELLED, NULL);
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-03", "'shop': workflow_cancelled, but it is Cancelled");
}

/* The table knows the event, but only as the first one. */
static void an_execution_that_is_submitted_in_mid_life_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_RESUME, NULL);
    scene_add_event(scene, EVENT_WORKFLOW_SUBMITTED, NULL);
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-04", "'shop': workflow_submitted, but it is Running");
}

/* ---- I-08: the status follows from the tasks ---- */

/* The worst lie there is: all is well. */
static void a_failed_task_in_a_completed_execution_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene_event(scene, EVENT_WORKFLOW_FAILED)->type = EVENT_WORKFLOW_COMPLETED;
    scene->execution.row.status = EXECUTION_COMPLETED;
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-08",
                  "is Completed with 0 tasks completed, 1 failed, 2 skipped of 3; expected Failed");
}

/* Whoever waits for it would wait for ever. */
static void an_execution_that_does_not_end_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene->changeset.event_count--;
    scene->execution.row.status = EXECUTION_RUNNING;
    scene->execution.row.completed_at = 0;
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-08",
                  "is Running with 0 tasks completed, 1 failed, 2 skipped of 3; expected Failed");
}

/* Whoever waits for it would read a context that is not the final one. */
static void an_execution_that_ends_too_early_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "price");
    scene_add_event(scene, EVENT_WORKFLOW_COMPLETED, NULL);
    scene->execution.row.status = EXECUTION_COMPLETED;
    scene->execution.row.completed_at = scene->clock.now;
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(
        scene, "I-08",
        "is Completed with 1 tasks completed, 0 failed, 0 skipped of 3; expected Running");
}

/* A person who reads "Failed" wants to know why. */
static void a_failure_without_a_reason_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_fails(scene, "price", "no");
    scene->execution.row.reason = NULL;
    scene_seal(scene);
    scene_feed(scene);
    assert_breaks(scene, "I-08", "is Failed, and its row does not say why: ''");
}

/* The end of an execution is decided from its counts. */
static void counts_that_are_not_those_of_the_tasks_are_seen(void **state)
{
    static const size_t fields[] = {
        offsetof(struct execution_row, completed),
        offsetof(struct execution_row, failed),
        offsetof(struct execution_row, skipped),
    };
    static const char *const words[] = {
        "its row has completed 5, its events say 1",
        "its row has failed 5, its events say 0",
        "its row has skipped 5, its events say 0",
    };
    for (size_t i = 0; i < 3; i++) {
        struct scene *scene = *state;
        price_completes(scene);
        *(uint32_t *)(void *)((char *)&scene->execution.row + fields[i]) = 5;
        scene_feed(scene);
        assert_breaks(scene, "I-08", words[i]);
        scene_close(scene);
        running(state);
    }
}

/* ---- I-10, I-12, I-13 ---- */

/* The cap on recoveries is durable, or a restart would lift it. */
static void a_cap_that_changes_under_way_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->execution.row.recoveries_max = 7;
    scene_feed(scene);
    assert_breaks(scene, "I-10", "its row has recoveries_max 7, its events say 1");
}

/* A late attempt could overwrite what the task has written. */
static void a_context_that_nobody_wrote_is_seen(void **state)
{
    struct scene *scene = *state;
    struct delta_change stray[] = {{.task = 0, .attempt = 1}};
    scene_apply(scene, EXECUTION_DEFERRED, "price");
    scene_seal(scene);
    struct delta_change *kept = scene->changeset.deltas;
    scene->changeset.deltas = stray;
    scene->changeset.delta_count = 1;
    scene_feed(scene);
    scene->changeset.deltas = kept;
    assert_breaks(scene, "I-12", "a commit in which 0 tasks completed writes 1 contexts");
}

/* A number that nobody knows must not be read as something harmless. */
static void an_unknown_status_is_an_error_not_a_default(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene_row(scene, "price")->status = 9;
    scene_feed(scene);
    assert_breaks(
        scene, "I-13",
        "task 'price': its row after the commit is an unknown status, its events say Completed");
}

/* The definition says how many tasks there are. */
static void a_task_that_does_not_exist_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    uint32_t task = scene->changeset.rows[0].task;
    scene->changeset.rows[0].task = 77;
    checkers_observer(scene->checkers)
        ->committed(checkers_observer(scene->checkers), &scene->changeset);
    scene->changeset.rows[0].task = task;
    assert_breaks(scene, "I-13", "a commit changes task number 77 of 3");
}

/* The definition says how many tasks there are, in the feed as well. */
static void an_event_about_a_task_that_does_not_exist_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.events[0].task = 77;
    scene_feed(scene);
    assert_breaks(scene, "I-13", "task_completed is about task number 77 of 3");
}

/* A newer engine may have written it: older code must stop, not guess. */
static void an_event_of_an_unknown_type_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->changeset.events[0].type = EVENT_TYPES;
    scene_feed(scene);
    assert_breaks(scene, "I-13", "an event of the unknown type 21");
}

/* An execution runs by the definition it started with, for all its life. */
static void a_definition_that_changes_under_way_is_seen(void **state)
{
    struct scene *scene = *state;
    price_completes(scene);
    scene->execution.row.definition.low++;
    scene_feed(scene);
    assert_breaks(scene, "I-13", "its definition changed under way");
}

/* ---- submissions ---- */

/* Rows that nobody submitted have no definition to be judged by. */
static void a_commit_without_a_submission_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_feed(scene);
    assert_breaks(scene, "I-13", "a commit to an execution that was never submitted");
}

/* The reply to a submission was lost, and it was sent again: the id must be refused. */
static void an_execution_submitted_twice_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_feed_submission(scene, "{}");
    assert_holds(scene);
    scene->changeset.before.revision = 0;
    scene->changeset.before.id = scene->execution.row.id;
    scene->changeset.before.definition = scene->execution.row.definition;
    scene_feed_submission(scene, "{}");
    assert_breaks(scene, "I-05", "'shop': was submitted twice");
}

/* The row would be read with the wrong names and dependencies. */
static void a_submission_with_another_definition_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->changeset.before.definition.high++;
    scene_feed_submission(scene, "{}");
    assert_breaks(scene, "I-13", "its row names another definition than it was submitted with");
}

/* History begins with revision 1. */
static void a_submission_that_has_a_past_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->changeset.before.revision = 4;
    scene_feed_submission(scene, "{}");
    assert_breaks(scene, "I-05", "a new one is at revision 4 and Pending, expected 0 and Pending");
}

/* Rows that no event touches are told only here. */
static void a_submission_with_a_task_that_has_a_past_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_row(scene, "ship")->recoveries = 3;
    scene_feed_submission(scene, "{}");
    assert_breaks(scene, "I-05",
                  "task 'ship': its row after the commit has recoveries 3, its events say 0");
}

/* A body asks for keys. */
static void an_initial_context_that_is_no_object_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_feed_submission(scene, "[1]");
    assert_breaks(scene, "I-13", "its initial context is no object: an array");
}

/* What cannot be read must not become an empty object. */
static void an_initial_context_that_is_no_json_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_feed_submission(scene, "{\"order\":");
    assert_string_equal(checkers_violation(scene->checkers)->id, "I-13");
    assert_non_null(
        strstr(checkers_violation(scene->checkers)->message, "its initial context is no object: "));
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, running, closed)
#define EMPTY(test) cmocka_unit_test_setup_teardown(test, empty, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(a_lost_event_is_seen),
        RUNNING(a_gap_between_events_is_seen),
        RUNNING(an_event_without_a_change_is_seen),
        RUNNING(a_row_listed_twice_is_seen),
        RUNNING(a_change_without_an_event_is_seen),
        RUNNING(a_row_that_was_another_one_before_is_seen),
        RUNNING(an_event_of_another_attempt_is_seen),
        RUNNING(an_event_of_another_revision_is_seen),
        RUNNING(a_revision_that_is_not_raised_is_seen),
        RUNNING(an_execution_row_without_its_events_is_seen),
        RUNNING(an_instant_that_no_event_tells_is_seen),
        RUNNING(a_commit_onto_another_revision_is_seen),
        RUNNING(a_commit_of_nobody_is_seen),
        RUNNING(a_task_that_completes_twice_is_seen),
        RUNNING(an_edge_that_does_not_exist_is_seen),
        RUNNING(an_execution_that_starts_twice_is_seen),
        RUNNING(an_execution_that_ends_twice_is_seen),
        RUNNING(an_execution_that_is_submitted_in_mid_life_is_seen),
        RUNNING(a_failed_task_in_a_completed_execution_is_seen),
        RUNNING(an_execution_that_does_not_end_is_seen),
        RUNNING(an_execution_that_ends_too_early_is_seen),
        RUNNING(a_failure_without_a_reason_is_seen),
        RUNNING(counts_that_are_not_those_of_the_tasks_are_seen),
        RUNNING(a_cap_that_changes_under_way_is_seen),
        RUNNING(a_context_that_nobody_wrote_is_seen),
        RUNNING(an_unknown_status_is_an_error_not_a_default),
        RUNNING(a_task_that_does_not_exist_is_seen),
        RUNNING(an_event_about_a_task_that_does_not_exist_is_seen),
        RUNNING(an_event_of_an_unknown_type_is_seen),
        RUNNING(a_definition_that_changes_under_way_is_seen),
        EMPTY(a_commit_without_a_submission_is_seen),
        EMPTY(an_execution_submitted_twice_is_seen),
        EMPTY(a_submission_with_another_definition_is_seen),
        EMPTY(a_submission_that_has_a_past_is_seen),
        EMPTY(a_submission_with_a_task_that_has_a_past_is_seen),
        EMPTY(an_initial_context_that_is_no_object_is_seen),
        EMPTY(an_initial_context_that_is_no_json_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
