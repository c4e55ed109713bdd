/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_runner.c - runners that die, stop, or live; names of commits; the oldest first. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SECOND NANOSECONDS_PER_SECOND

static const struct cloacina_task_options shop[] = {
    {.name = "price"},
    {.name = "charge"},
    {.name = "ship"},
};

/* Submitted; nothing claimed. */
static int submitted(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, 3, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    assert_holds(&scene);
    *state = &scene;
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

/* Something is committed: the checkers look at the clock. */
static void commit_something(struct scene *scene)
{
    bool is_paused = scene->execution.row.status == EXECUTION_PAUSED;
    scene_apply(scene, is_paused ? EXECUTION_RESUME : EXECUTION_PAUSE, NULL);
    scene_commit(scene);
}

/* ---- I-06: the dead ---- */

/* What it holds is held by nobody. */
static void a_dead_runners_lease_that_stays_open_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->lease = 2;
    checkers_runner_died(scene->checkers, 1);
    scene_pass(scene, 60 * SECOND + CHECKERS_LATE_NS_MAX);
    commit_something(scene);
    assert_holds(scene);
    scene_pass(scene, SECOND);
    commit_something(scene);
    assert_breaks(scene, "I-06", "lease 1 is still open: its runner has been dead for 91 s");
}

/* The usual course. */
static void a_dead_runners_lease_is_closed_in_time(void **state)
{
    struct scene *scene = *state;
    scene->lease = 2;
    checkers_runner_died(scene->checkers, 1);
    scene_pass(scene, 70 * SECOND);
    scene_close_lease(scene, 1);
    scene_pass(scene, 3600 * SECOND);
    commit_something(scene);
    assert_holds(scene);
}

/* While nothing gets through, nobody can be found dead. */
static void lateness_is_counted_from_the_calm(void **state)
{
    struct scene *scene = *state;
    scene->lease = 2;
    checkers_runner_died(scene->checkers, 1);
    scene_claim(scene);
    scene_commit(scene);
    scene_close_lease(scene, 2);
    scene->lease = 1;
    checkers_disturbed(scene->checkers, scene->clock.now + 500 * SECOND);
    checkers_disturbed(scene->checkers, scene->clock.now + 5 * SECOND);
    scene_pass(scene, 500 * SECOND + CHECKERS_LOST_NS_MAX);
    commit_something(scene);
    assert_holds(scene);
    scene_pass(scene, SECOND);
    commit_something(scene);
    assert_breaks(
        scene, "I-06",
        "is still Running under lease 2, which was closed: nobody took it back for 531 s");
}

/* ---- I-17: the living ---- */

/* Nothing kept it from beating. */
static void closing_the_lease_of_a_living_runner_is_seen(void **state)
{
    struct scene *scene = *state;
    scene->alive = 1;
    scene_pass(scene, 3600 * SECOND);
    scene_close_lease(scene, 2);
    assert_holds(scene);
    scene_close_lease(scene, 1);
    assert_breaks(scene, "I-17",
                  "lease 1 was closed, but its runner lives and nothing kept it from saying so");
}

/* Its beats may have been lost. */
static void closing_it_after_trouble_is_nobodys_fault(void **state)
{
    struct scene *scene = *state;
    scene->alive = 1;
    scene_pass(scene, 3600 * SECOND);
    checkers_disturbed(scene->checkers, scene->clock.now);
    scene_pass(scene, 100 * SECOND);
    scene_close_lease(scene, 1);
    assert_holds(scene);
}

/* Whoever closes it has not looked since: it lives. */
static void closing_a_lease_that_has_beaten_since_is_seen(void **state)
{
    struct scene *scene = *state;
    checkers_lease_beat(scene->checkers, 1);
    checkers_lease_beat(scene->checkers, 1);
    checkers_lease_beat(scene->checkers, 2);
    scene_pass(scene, 60 * SECOND);
    scene_close_lease(scene, 2);
    checkers_lease_closed(scene->checkers, 2, 1);
    assert_holds(scene);
    scene_close_lease(scene, 1);
    checkers_lease_closed(scene->checkers, 1, 1);
    assert_breaks(scene, "I-17", "lease 1 was closed at beat 1, but it had beaten 2 times");
}

/* Its owner goes by a longer time. */
static void closing_a_lease_before_it_was_silent_for_long_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_pass(scene, 30 * SECOND);
    checkers_lease_beat(scene->checkers, 1);
    scene_pass(scene, 59 * SECOND);
    scene_close_lease(scene, 1);
    checkers_lease_closed(scene->checkers, 1, 1);
    assert_breaks(scene, "I-17", "lease 1 was closed 59 s after it had beaten");
}

/* ---- I-32: an orderly stop ---- */

/* It takes its leave: nothing is left, nothing follows. */
static void an_orderly_stop_leaves_nothing_behind(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_apply(scene, EXECUTION_HANDED_BACK, "charge");
    scene_apply(scene, EXECUTION_HANDED_BACK, "ship");
    scene_commit(scene);
    scene_close_lease(scene, 1);
    checkers_runner_stopped(scene->checkers, 1);
    assert_holds(scene);
}

/* Another one would have to find it dead first. */
static void a_stop_that_leaves_claims_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    scene_close_lease(scene, 1);
    checkers_runner_stopped(scene->checkers, 1);
    assert_breaks(scene, "I-32",
                  "a runner has stopped, and 3 tasks are still Running under its lease 1");
}

/* The others would wait for its death for a minute. */
static void a_stop_that_leaves_its_lease_open_is_seen(void **state)
{
    struct scene *scene = *state;
    checkers_lease_answered(scene->checkers, 1, scene->clock.now);
    checkers_runner_left(scene->checkers, 1);
    assert_breaks(scene, "I-32", "a runner has stopped, and its lease 1 is open");
}

/* No beat was answered for so long that the lease has ended: it is not the runner's any more. */
static void a_stop_after_the_end_of_the_lease_leaves_it_to_others(void **state)
{
    struct scene *scene = *state;
    checkers_lease_answered(scene->checkers, 1, scene->clock.now);
    scene_pass(scene, 56 * SECOND);
    checkers_runner_left(scene->checkers, 1);
    checkers_runner_left(scene->checkers, 0); /* it never had one */
    assert_holds(scene);
}

/* Its process is gone: so is the body. */
static void a_stop_that_leaves_a_body_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    struct attempt attempt = {
        .workflow = scene->workflow->definition,
        .execution = scene->execution.row.id,
        .claim = scene->execution.rows[0].claim,
        .number = 1,
    };
    checkers_attempt_started(scene->checkers, &attempt);
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    scene_close_lease(scene, 1);
    checkers_runner_stopped(scene->checkers, 1);
    assert_breaks(scene, "I-32", "attempt 1 still runs, but its runner has stopped");
}

/* Whoever acts in its name is nobody. */
static void a_commit_after_a_stop_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_close_lease(scene, 1);
    checkers_runner_stopped(scene->checkers, 1);
    commit_something(scene);
    assert_breaks(scene, "I-32", "a commit under lease 1, whose runner has stopped");
}

/* ---- I-22: names of commits ---- */

/* An answer that was lost is asked for by this name: two of one name, and it is the wrong one. */
static void a_commit_with_a_name_that_was_used_is_seen(void **state)
{
    struct scene *scene = *state;
    commit_something(scene);
    scene->serial--;
    commit_something(scene);
    assert_breaks(scene, "I-22", "commit 1.2 was applied, but that name was given away before");
}

/* A token is a name, too. */
static void a_commit_with_the_name_of_a_token_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene->serial--;
    scene_commit(scene);
    assert_breaks(scene, "I-22", "commit 1.4 was applied, but that name was given away before");
}

/* ---- I-27: the oldest first ---- */

/* Claims of one poll, each in a commit of its own, all of one name. */
static void poll_claims(struct scene *scene, const char *const *names, size_t count)
{
    struct stamp commit = {.lease = scene->lease, .serial = scene->serial + 100};
    checkers_polls(scene->checkers, scene->lease);
    for (size_t i = 0; i < count; i++) {
        uint32_t task = scene_task(scene, names[i]);
        uint32_t taken = 0;
        struct claim_request request = {
            .slots = 1, .lease = scene->lease, .serial = scene->serial++};
        scene->execution.ready_head = 0;
        scene->execution.ready_count = 1;
        scene->execution.ready[0] = task;
        assert_int_equal(execution_claim(&scene->execution, &request, scene->clock.now,
                                         &scene->changeset, &task, &taken, NULL),
                         CLOACINA_OK);
        execution_seal(&scene->execution, &scene->changeset, commit);
        scene_feed(scene);
    }
    checkers_polls(scene->checkers, 0);
}

static void a_poll_that_takes_the_oldest_first_is_right(void **state)
{
    struct scene *scene = *state;
    poll_claims(scene, TASKS("charge", "price", "ship"), 3);
    assert_holds(scene);
}

/* Under load it would never be its turn. */
static void a_poll_that_overtakes_is_seen(void **state)
{
    struct scene *scene = *state;
    poll_claims(scene, TASKS("ship"), 1);
    assert_breaks(scene, "I-27",
                  "task 'ship': attempt 1 was claimed before task 'charge', which has been Ready "
                  "for longer");
}

/* It was not there for this runner. */
static void what_is_not_offered_may_be_overtaken(void **state)
{
    struct scene *scene = *state;
    scene->offered = "ship";
    poll_claims(scene, TASKS("ship"), 1);
    assert_holds(scene);
}

/* Nor for anybody, yet. */
static void what_is_not_due_may_be_overtaken(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    scene_fails(scene, "charge", "no");
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_commit(scene);
    poll_claims(scene, TASKS("price"), 1);
    assert_holds(scene);
}

/* The slot that a task's end frees may go to what it made Ready. */
static void a_runners_own_commit_may_claim_anything(void **state)
{
    struct scene *scene = *state;
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_HANDED_BACK, "ship");
    scene_apply(scene, EXECUTION_HANDED_BACK, "price");
    scene_commit(scene);
    assert_holds(scene);
}

#define SUBMITTED(test) cmocka_unit_test_setup_teardown(test, submitted, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUBMITTED(a_dead_runners_lease_that_stays_open_is_seen),
        SUBMITTED(a_dead_runners_lease_is_closed_in_time),
        SUBMITTED(lateness_is_counted_from_the_calm),
        SUBMITTED(closing_the_lease_of_a_living_runner_is_seen),
        SUBMITTED(closing_it_after_trouble_is_nobodys_fault),
        SUBMITTED(closing_a_lease_that_has_beaten_since_is_seen),
        SUBMITTED(closing_a_lease_before_it_was_silent_for_long_is_seen),
        SUBMITTED(an_orderly_stop_leaves_nothing_behind),
        SUBMITTED(a_stop_that_leaves_claims_is_seen),
        SUBMITTED(a_stop_that_leaves_its_lease_open_is_seen),
        SUBMITTED(a_stop_after_the_end_of_the_lease_leaves_it_to_others),
        SUBMITTED(a_stop_that_leaves_a_body_is_seen),
        SUBMITTED(a_commit_after_a_stop_is_seen),
        SUBMITTED(a_commit_with_a_name_that_was_used_is_seen),
        SUBMITTED(a_commit_with_the_name_of_a_token_is_seen),
        SUBMITTED(a_poll_that_takes_the_oldest_first_is_right),
        SUBMITTED(a_poll_that_overtakes_is_seen),
        SUBMITTED(what_is_not_offered_may_be_overtaken),
        SUBMITTED(what_is_not_due_may_be_overtaken),
        SUBMITTED(a_runners_own_commit_may_claim_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
