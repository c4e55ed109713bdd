/* SPDX-License-Identifier: Apache-2.0 */
/* test_timeline.c - events come in one total order: (time, rank, sequence), late ones last. */
#include "support.h"

#include "base/instant.h"
#include "world/timeline.h"

struct scene {
    struct failing_heap heap;
    struct timeline timeline;
    struct event events[8];
};

static int setup(void **state)
{
    static struct scene scene;
    scene = (struct scene){0};
    failing_heap_init(&scene.heap, FAIL_NEVER);
    timeline_init(&scene.timeline, &scene.heap.heap, 1000);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    timeline_finish(&scene->timeline);
    assert_int_equal(scene->heap.outstanding, 0);
    return 0;
}

static void plan(struct scene *scene, int event, int64_t time, enum event_rank rank)
{
    assert_true(timeline_plan(&scene->timeline, &scene->events[event], time, rank));
}

/* Which event is taken next at the present instant; -1: none. */
static int take(struct scene *scene)
{
    struct event *event = timeline_take(&scene->timeline);
    return event == NULL ? -1 : (int)(event - scene->events);
}

static int take_late(struct scene *scene)
{
    struct event *event = timeline_take_late(&scene->timeline);
    return event == NULL ? -1 : (int)(event - scene->events);
}

/* The order decides what a runner finds in its inbox, so it must not depend on anything else. */
static void at_one_instant_the_outside_goes_first_then_bodies_then_runners(void **state)
{
    struct scene *scene = *state;
    plan(scene, 0, 1000, RANK_RUNNER);
    plan(scene, 1, 1000, RANK_BODY);
    plan(scene, 2, 1000, RANK_OUTSIDE);
    plan(scene, 3, 1000, RANK_BODY);
    assert_int_equal(take(scene), 2);
    assert_int_equal(take(scene), 1);
    assert_int_equal(take(scene), 3);
    assert_int_equal(take(scene), 0);
    assert_int_equal(take(scene), -1);
}

/* Waiting is arithmetic: nothing comes before its time, however often it is asked for. */
static void what_is_due_later_is_not_taken_now(void **state)
{
    struct scene *scene = *state;
    plan(scene, 0, 2000, RANK_BODY);
    assert_int_equal(take(scene), -1);
    assert_int_equal(timeline_next(&scene->timeline), 2000);
    scene->timeline.now = 2000;
    assert_int_equal(take(scene), 0);
    assert_int_equal(timeline_next(&scene->timeline), INSTANT_NEVER);
}

/* The list of the present instant continues the order of the heap: what was planned earlier for
 * this instant has the smaller sequence. */
static void what_is_planned_for_now_comes_after_what_was_planned_for_now_before(void **state)
{
    struct scene *scene = *state;
    plan(scene, 0, 1000, RANK_BODY);
    timeline_plan_now(&scene->timeline, &scene->events[1]);
    timeline_plan_now(&scene->timeline, &scene->events[2]);
    timeline_plan_now(&scene->timeline, &scene->events[1]); /* stays in its place */
    assert_int_equal(scene->timeline.planned, 3);
    assert_int_equal(take(scene), 0);
    assert_int_equal(take(scene), 1);
    assert_int_equal(take(scene), 2);
    assert_int_equal(take(scene), -1);
    assert_int_equal(scene->timeline.planned, 0);
}

/* A postponed actor lets everybody else of its instant go first, but does not move time. */
static void late_events_wait_for_all_others(void **state)
{
    struct scene *scene = *state;
    timeline_plan_late(&scene->timeline, &scene->events[0]);
    timeline_plan_late(&scene->timeline, &scene->events[1]);
    timeline_plan_now(&scene->timeline, &scene->events[2]);
    assert_int_equal(scene->timeline.planned, 3);
    assert_int_equal(take(scene), 2);
    assert_int_equal(take(scene), -1);
    assert_int_equal(take_late(scene), 0);
    assert_int_equal(take_late(scene), 1);
    assert_int_equal(take_late(scene), -1);
}

/* A cancelled sleep must not wake its body a second time, nor keep the world from resting. */
static void an_event_that_is_moved_fires_once(void **state)
{
    struct scene *scene = *state;
    plan(scene, 0, 5000, RANK_BODY);
    timeline_plan_now(&scene->timeline, &scene->events[0]);
    plan(scene, 1, 5000, RANK_BODY);
    plan(scene, 1, 3000, RANK_BODY);
    assert_int_equal(scene->timeline.planned, 2);
    assert_int_equal(take(scene), 0);
    assert_int_equal(timeline_next(&scene->timeline), 3000);
    scene->timeline.now = 3000;
    assert_int_equal(take(scene), 1);
    assert_int_equal(scene->timeline.planned, 0);
    assert_int_equal(timeline_next(&scene->timeline), INSTANT_NEVER); /* stale ones move no time */
}

/* An event that could not be planned is not half planned. */
static void without_memory_nothing_is_planned(void **state)
{
    struct scene *scene = *state;
    scene->heap.fail_at = 0;
    assert_false(timeline_plan(&scene->timeline, &scene->events[0], 2000, RANK_BODY));
    assert_int_equal(scene->timeline.planned, 0);
    assert_int_equal(timeline_next(&scene->timeline), INSTANT_NEVER);
    plan(scene, 0, 2000, RANK_BODY);
    assert_int_equal(scene->timeline.planned, 1);
}

/* A runner that dies waits for nothing any more, wherever its event stands. */
static void what_is_cancelled_does_not_happen(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 3; i++) {
        timeline_plan_now(&scene->timeline, &scene->events[i]);
    }
    timeline_plan_late(&scene->timeline, &scene->events[3]);
    plan(scene, 4, 1000, RANK_BODY);
    plan(scene, 5, 2000, RANK_BODY);
    for (int i = 0; i < 6; i++) {
        assert_true(event_is_planned(&scene->events[i]));
    }
    timeline_cancel(&scene->timeline, &scene->events[2]); /* the last of its list */
    timeline_cancel(&scene->timeline, &scene->events[0]); /* the first */
    timeline_cancel(&scene->timeline, &scene->events[3]);
    timeline_cancel(&scene->timeline, &scene->events[4]);
    timeline_cancel(&scene->timeline, &scene->events[5]);
    timeline_cancel(&scene->timeline, &scene->events[6]); /* was never planned */
    assert_int_equal(scene->timeline.planned, 1);
    timeline_plan_now(&scene->timeline, &scene->events[7]);
    assert_int_equal(take(scene), 1);
    assert_int_equal(take(scene), 7);
    assert_int_equal(take(scene), -1);
    assert_int_equal(take_late(scene), -1);
    assert_true(timeline_next(&scene->timeline) == INSTANT_NEVER);
    assert_int_equal(scene->timeline.planned, 0);
}

int main(void)
{
#define TIMELINE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        TIMELINE_TEST(at_one_instant_the_outside_goes_first_then_bodies_then_runners),
        TIMELINE_TEST(what_is_due_later_is_not_taken_now),
        TIMELINE_TEST(what_is_planned_for_now_comes_after_what_was_planned_for_now_before),
        TIMELINE_TEST(late_events_wait_for_all_others),
        TIMELINE_TEST(an_event_that_is_moved_fires_once),
        TIMELINE_TEST(without_memory_nothing_is_planned),
        cmocka_unit_test_setup_teardown(what_is_cancelled_does_not_happen, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
