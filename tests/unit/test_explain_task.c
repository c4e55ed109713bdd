/* SPDX-License-Identifier: Apache-2.0 */
/* test_explain_task.c - what a task waits for, said to somebody who is no runner. */
#include "execution_scene.h"

#include "runner/runner.h"

static struct dal_lease leases[] = {
    {.lease = 1, .name = {.bytes = "blue", .length = 4}},
    {.lease = 4, .name = {.bytes = "green", .length = 5}},
};

static void assert_explained(const struct scene *scene, const char *task, size_t lease_count,
                             int64_t now, const char *expected)
{
    struct text_builder text;
    struct explain_leases open = {.leases = leases, .count = lease_count};
    text_builder_init(&text, NULL);
    explain_task(&scene->execution, scene_index(scene, task), &open, now, &text);
    assert_string_equal(text_builder_terminated(&text), expected);
    text_builder_finish(&text);
}

/* Why: the first question about what stands still is who could move it. */
static void a_ready_task_names_the_runners_that_are_there(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a");
    assert_explained(&scene, "a", 0, scene.now, "attempt 1 of 2; no runner is open");
    assert_explained(&scene, "a", 1, scene.now,
                     "attempt 1 of 2; needs a free slot of a runner that has its body: 'blue' is "
                     "open");
    assert_explained(&scene, "a", 2, scene.now,
                     "attempt 1 of 2; needs a free slot of a runner that has its body: 'blue' and "
                     "1 more are open");
    assert_explained(&scene, "b", 2, scene.now, "waits for 'a'");
    scene_close(&scene);
}

/* Why: the second one is who has it; a lease that is gone will not bring it back. */
static void a_running_task_names_its_holder(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_claim(&scene, 1), 1);
    int64_t now = scene.now + seconds(3);
    assert_explained(&scene, "a", 2, now, "attempt 1 of 2 runs for 3 s on 'blue'");
    assert_explained(&scene, "a", 0, now,
                     "attempt 1 of 2 runs for 3 s under lease 1, which is closed: it will be found "
                     "lost");
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_DEFERRED), CLOACINA_OK);
    assert_explained(&scene, "a", 2, now,
                     "attempt 1 of 2 runs for 3 s on 'blue'; deferred until its condition holds");
    scene_close(&scene);
}

/* Why: a retry that is not due, and a pause, need no runner; what is over needs nothing. */
static void what_no_runner_could_help_is_said_first(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_attempt(&scene, "a", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_explained(&scene, "a", 0, scene.now,
                     "attempt 2 of 2, not before 1 s from now (it broke); no runner is open");
    assert_int_equal(scene_command(&scene, EXECUTION_PAUSE), CLOACINA_OK);
    assert_explained(&scene, "a", 1, scene.now + seconds(1),
                     "attempt 2 of 2 (it broke); the execution is paused");
    assert_int_equal(scene_command(&scene, EXECUTION_CANCEL), CLOACINA_OK);
    assert_explained(&scene, "a", 1, scene.now, "");
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ready_task_names_the_runners_that_are_there),
        cmocka_unit_test(a_running_task_names_its_holder),
        cmocka_unit_test(what_no_runner_could_help_is_said_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
