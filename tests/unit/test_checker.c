/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker.c - the checkers as a whole: what is right breaks nothing, and the first thing that
 * is not is kept. */
#include "checker_scene.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price", .retry = {.attempts_max = 2}},
    {.name = "charge", .dependencies = TASKS("price")},
    {.name = "ship", .dependencies = TASKS("price")},
    {.name = "report", .dependencies = TASKS("charge", "ship")},
};

/* One task for each way of being decided. */
static const struct cloacina_rule failed_rule = {.type = CLOACINA_RULE_TASK_FAILED, .task = "root"};
static const struct cloacina_rule rich_rule = {.type = CLOACINA_RULE_CONTEXT_VALUE,
                                               .key = "cents",
                                               .comparison = CLOACINA_GREATER_THAN,
                                               .value = "1000"};
static const struct cloacina_rule never_rule = {
    .type = CLOACINA_RULE_ANY_OF, .parts = (const struct cloacina_rule *const[]){NULL}};
static const struct cloacina_rule skipped_rule = {.type = CLOACINA_RULE_TASK_SKIPPED,
                                                  .task = "never"};
static const struct cloacina_task_options decided[] = {
    {.name = "root", .retry = {.attempts_max = 1}},
    {.name = "never", .rule = &never_rule},
    {.name = "after_failed", .dependencies = TASKS("root")},
    {.name = "after_that", .dependencies = TASKS("after_failed", "never")},
    {.name = "after_skipped", .dependencies = TASKS("never")},
    {.name = "cleanup", .dependencies = TASKS("root"), .rule = &failed_rule},
    {.name = "writer"},
    {.name = "rich", .dependencies = TASKS("writer"), .rule = &rich_rule},
    {.name = "mixed", .dependencies = TASKS("writer", "never")},
    {.name = "instead", .dependencies = TASKS("never"), .rule = &skipped_rule},
};
enum { DECIDED = sizeof(decided) / sizeof(decided[0]) };

/* ---- what is right ---- */

/* The body of the first attempt, which fails. */
static void body_passes_by(struct scene *scene)
{
    struct attempt attempt = {
        .workflow = scene->workflow->definition,
        .execution = scene->execution.row.id,
        .claim = scene_row(scene, "price")->claim,
        .index = scene_task(scene, "price"),
        .number = 1,
        .runner = 1,
        .outcome = {.code = CLOACINA_FAILED, .message = "gateway timeout"},
    };
    checkers_attempt_started(scene->checkers, &attempt);
    checkers_attempt_ended(scene->checkers, &attempt);
}

static void run_with_retry(struct scene *scene)
{
    scene_submit(scene, "{\"order\":7}");
    scene_claim(scene);
    scene_commit(scene);
    body_passes_by(scene);
    scene_pass(scene, NANOSECONDS_PER_SECOND);
    scene_fails(scene, "price", "gateway timeout");
    scene_commit(scene);
    scene_pass(scene, NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_commit(scene);
    scene_writes(scene, "price", "{}", "{\"cents\":4200}");
    assert_int_equal(scene_claim(scene), 2);
    scene_commit(scene);
}

static void run_with_losses(struct scene *scene)
{
    scene_apply(scene, EXECUTION_DEFERRED, "charge");
    scene_commit(scene);
    scene_close_lease(scene, 1);
    scene->lease = 2;
    scene_apply(scene, EXECUTION_LOST, "charge");
    scene_apply(scene, EXECUTION_LOST, "ship");
    assert_int_equal(scene_claim(scene), 2);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_HANDED_BACK, "ship");
    scene_apply(scene, EXECUTION_DEFERRED, "charge");
    scene_commit(scene);
    scene_apply(scene, EXECUTION_TASK_RESUMED, "charge");
    scene_claim(scene);
    scene_commit(scene);
}

static void run_with_commands(struct scene *scene)
{
    scene_apply(scene, EXECUTION_PAUSE, NULL);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "charge");
    scene_writes(scene, "ship", "{}", "{\"parcel\":1}");
    scene_commit(scene);
    scene_apply(scene, EXECUTION_RESUME, NULL);
    scene_claim(scene);
    scene_commit(scene);
    scene_fails(scene, "report", "no printer");
    scene_commit(scene);
    scene_pass(scene, 10 * NANOSECONDS_PER_SECOND);
    scene_claim(scene);
    scene_apply(scene, EXECUTION_ABANDONED, "report");
    scene_commit(scene);
    scene_apply(scene, EXECUTION_RESET, NULL);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
}

/* Every event there is, in one life. */
static void a_run_that_is_right_breaks_nothing(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, shop, 4, "{\"order\":7}", FAIL_NEVER));
    run_with_retry(&scene);
    assert_holds(&scene);
    run_with_losses(&scene);
    assert_holds(&scene);
    run_with_commands(&scene);
    assert_holds(&scene);
    assert_int_equal(scene.execution.row.status, EXECUTION_CANCELLED);
    scene_close(&scene);
}

/* The checkers decide for themselves what becomes of each task; they must agree with the engine. */
static void every_way_of_being_decided_is_known(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, decided, DECIDED, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    scene_claim(&scene);
    scene_fails(&scene, "root", "no");
    scene_writes(&scene, "writer", "{}", "{\"cents\":4200}");
    scene_commit(&scene);
    assert_holds(&scene);
    assert_int_equal(scene_row(&scene, "after_failed")->skip, SKIP_UPSTREAM_FAILED);
    assert_int_equal(scene_row(&scene, "after_that")->skip, SKIP_UPSTREAM_FAILED);
    assert_int_equal(scene_row(&scene, "after_skipped")->skip, SKIP_UPSTREAM_SKIPPED);
    assert_int_equal(scene_row(&scene, "never")->skip, SKIP_RULE);
    assert_int_equal(scene_row(&scene, "cleanup")->status, TASK_READY);
    assert_int_equal(scene_row(&scene, "rich")->status, TASK_READY);
    assert_int_equal(scene_row(&scene, "mixed")->status, TASK_READY);
    assert_int_equal(scene_row(&scene, "instead")->status, TASK_RUNNING);
    scene_close(&scene);
}

static void root_fails_and_is_cleaned_up(struct scene *scene)
{
    scene_claim(scene);
    scene_fails(scene, "root", "no");
    scene_commit(scene);
    scene_claim(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "cleanup");
    scene_commit(scene);
}

static void writer_makes_us_rich(struct scene *scene)
{
    scene_claim(scene);
    scene_writes(scene, "writer", "{}", "{\"cents\":4200}");
    scene_commit(scene);
    scene_claim(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "rich");
    scene_apply(scene, EXECUTION_SUCCEEDED, "mixed");
    scene_commit(scene);
}

static void never_is_decided_again(struct scene *scene)
{
    scene_apply(scene, EXECUTION_RESET, "never");
    scene_commit(scene);
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "mixed");
    scene_apply(scene, EXECUTION_SUCCEEDED, "instead");
    scene_commit(scene);
}

/* A reset takes counts, gates and views back; the second life is judged like the first. */
static void a_second_life_after_a_reset_is_judged_like_the_first(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, decided, DECIDED, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    root_fails_and_is_cleaned_up(&scene);
    writer_makes_us_rich(&scene);
    scene_apply(&scene, EXECUTION_SUCCEEDED, "instead");
    scene_commit(&scene);
    assert_int_equal(scene.execution.row.status, EXECUTION_FAILED);
    scene_apply(&scene, EXECUTION_RESET, NULL); /* every failed task: root */
    scene_commit(&scene);
    assert_holds(&scene);
    root_fails_and_is_cleaned_up(&scene);
    assert_int_equal(scene.execution.row.status, EXECUTION_FAILED);
    scene_apply(&scene, EXECUTION_RESET, "writer");
    scene_commit(&scene);
    assert_holds(&scene);
    writer_makes_us_rich(&scene);
    assert_holds(&scene);
    never_is_decided_again(&scene);
    assert_holds(&scene);
    assert_int_equal(scene.execution.row.status, EXECUTION_FAILED);
    scene_close(&scene);
}

/* Two executions in one store, turn by turn. */
static void executions_are_told_apart(void **state)
{
    struct scene first;
    struct scene second;
    (void)state;
    assert_true(scene_open(&first, shop, 4, "{}", FAIL_NEVER));
    assert_true(scene_open(&second, shop, 4, "{}", FAIL_NEVER));
    struct checkers *own = second.checkers;
    second.checkers = first.checkers;
    second.execution.row.id.low++;
    second.serial = 1000;
    scene_submit(&first, "{}");
    scene_submit(&second, "{}");
    scene_claim(&first);
    scene_commit(&first);
    scene_claim(&second);
    scene_commit(&second);
    scene_apply(&first, EXECUTION_SUCCEEDED, "price");
    scene_commit(&first);
    assert_holds(&first);
    scene_close_lease(&first, 1);
    scene_pass(&first, CHECKERS_LOST_NS_MAX + 1);
    second.lease = 2;
    scene_apply(&second, EXECUTION_LOST, "price");
    scene_commit(&second);
    assert_holds(&first);
    scene_claim(&second);
    scene_commit(&second);
    scene_close_lease(&first, 2);
    scene_pass(&first, CHECKERS_LOST_NS_MAX + 1);
    scene_apply(&second, EXECUTION_PAUSE, NULL);
    scene_commit(&second);
    assert_breaks(&first, "I-06",
                  "0002 of 'shop': task 'price': is still Running under lease 2, which was closed: "
                  "nobody took it back for 30.000000001 s");
    second.checkers = own;
    scene_close(&second);
    scene_close(&first);
}

/* ---- what is kept ---- */

/* A person reads where, who, when, what was seen and what was expected. */
static void a_violation_names_time_execution_and_task(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, shop, 4, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    scene_claim(&scene);
    scene_pass(&scene, 1200 * NANOSECONDS_PER_MILLISECOND);
    scene_seal(&scene);
    scene_row(&scene, "price")->attempt = 5;
    scene_feed(&scene);
    const struct checkers_violation *violation = checkers_violation(scene.checkers);
    assert_non_null(violation);
    assert_string_equal(violation->id, "I-05");
    assert_string_equal(violation->message,
                        "at 1.2 s: execution 018cc251-f400-7000-8000-000000000001 of 'shop': task "
                        "'price': its row after the commit has attempt 5, its events say 1");
    scene_close(&scene);
}

/* After a broken promise nothing is judged any more: what follows is a consequence. */
static void the_first_violation_is_kept(void **state)
{
    struct scene scene;
    struct checkers_spin spin = {0};
    (void)state;
    assert_true(scene_open(&scene, shop, 4, "{}", FAIL_NEVER));
    struct memory_observer *observer = checkers_observer(scene.checkers);
    observer->lease_opened(observer, 1);
    assert_breaks(&scene, "I-01", "lease 1 was given out twice");
    observer->lease_opened(observer, 7);
    observer->lease_closed(observer, 9);
    scene_submit(&scene, "{}");
    struct attempt attempt = {.index = 77};
    checkers_attempt_started(scene.checkers, &attempt);
    checkers_attempt_ended(scene.checkers, &attempt);
    checkers_body_input(scene.checkers, &attempt, NULL);
    for (int i = 0; i < CHECKERS_SPIN_MAX; i++) {
        checkers_effect_call(scene.checkers, &spin, "runner-1");
    }
    checkers_settled(scene.checkers, &(struct checkers_rest){.found.slots = 1});
    assert_breaks(&scene, "I-01", "lease 1 was given out twice");
    scene_close(&scene);
}

/* ---- without memory ---- */

/* Whatever allocation fails, the checkers say that they are blind, report nothing, leak nothing. */
static void without_memory_the_checkers_say_that_they_are_blind(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct scene scene;
        bool is_open = scene_open(&scene, shop, 4, "{\"order\":7}", n);
        if (is_open) {
            run_with_retry(&scene);
            run_with_losses(&scene);
            run_with_commands(&scene);
            assert_null(checkers_violation(scene.checkers));
            assert_int_equal(checkers_are_blind(scene.checkers), scene.heap.has_failed);
        }
        bool has_failed = scene.heap.has_failed;
        scene_close(&scene);
        if (!has_failed) {
            break;
        }
    }
}

/* The rules that look at values allocate, too. */
static void without_memory_for_a_rule_the_checkers_are_blind(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct scene scene;
        if (scene_open(&scene, decided, DECIDED, "{}", n)) {
            scene_submit(&scene, "{}");
            scene_claim(&scene);
            scene_writes(&scene, "writer", "{}", "{\"cents\":4200}");
            scene_commit(&scene);
            assert_null(checkers_violation(scene.checkers));
            assert_int_equal(checkers_are_blind(scene.checkers), scene.heap.has_failed);
        }
        bool has_failed = scene.heap.has_failed;
        scene_close(&scene);
        if (!has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_is_right_breaks_nothing),
        cmocka_unit_test(every_way_of_being_decided_is_known),
        cmocka_unit_test(a_second_life_after_a_reset_is_judged_like_the_first),
        cmocka_unit_test(executions_are_told_apart),
        cmocka_unit_test(a_violation_names_time_execution_and_task),
        cmocka_unit_test(the_first_violation_is_kept),
        cmocka_unit_test(without_memory_the_checkers_say_that_they_are_blind),
        cmocka_unit_test(without_memory_for_a_rule_the_checkers_are_blind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
