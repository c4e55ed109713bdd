/* SPDX-License-Identifier: Apache-2.0 */
/* test_execution_views.c - what an execution remembers: contexts, undo, refresh; and every
 * allocation failing. */
#include "execution_scene.h"

/* ---- contexts ---- */

static void assert_final_context(struct scene *scene, const char *json)
{
    struct text_builder text;
    text_builder_init(&text, NULL);
    value_write(&text, execution_final_context(&scene->execution));
    assert_string_equal(text_builder_terminated(&text), json);
    text_builder_finish(&text);
}

/* Why: a skip or failure never loses what came before it, and the final context unites the last
 * completed tasks. */
static void contexts_flow_through_failures_to_the_end(void **state)
{
    (void)state;
    struct scene_task tasks[] = {
        {.name = "b", .retry = {.attempts_max = 1}},
        {.name = "c", .rule = CLOACINA_TASK_FAILED("b")},
    };
    struct scene scene;
    scene_open_with(&scene, "a; b: a; c: b; d: a", tasks, 2, "{\"start\":1}");
    assert_final_context(&scene, "{\"start\":1}");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_succeed(&scene, "a", "{\"/a\":1}"), CLOACINA_OK);
    assert_int_equal(scene_claim(&scene, 9), 2);
    assert_int_equal(scene_attempt(&scene, "b", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_int_equal(scene_succeed(&scene, "d", "{\"/d\":[1]}"), CLOACINA_OK);
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_succeed(&scene, "c", "{\"/c\":true}"), CLOACINA_OK);
    scene_assert_over(&scene, EXECUTION_FAILED);
    assert_final_context(&scene, "{\"a\":1,\"c\":true,\"d\":[1],\"start\":1}");
    scene_close(&scene);
}

/* Why: context_value reads what the body would see, the united views of the dependencies. */
static void a_rule_sees_what_the_body_would_see(void **state)
{
    (void)state;
    struct scene_task tasks[] = {
        {.name = "c",
         .rule = CLOACINA_CONTEXT_VALUE("n", CLOACINA_GREATER_THAN, "9007199254740992")},
    };
    struct scene scene;
    scene_open_with(&scene, "a; b: a; c: a b", tasks, 1, "{\"n\": 1}");
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_succeed(&scene, "a", NULL), CLOACINA_OK);
    assert_int_equal(scene_claim(&scene, 1), 1);
    assert_int_equal(scene_succeed(&scene, "b", "{\"/n\":9007199254740993}"), CLOACINA_OK);
    scene_assert_status(&scene, "c", TASK_READY);
    scene_close(&scene);
}

/* ---- undo ---- */

static bool refuse_b(void *user, uint32_t task)
{
    return task != *(const uint32_t *)user;
}

/* Why: a runner claims only tasks whose body it has; the others stay Ready for others. */
static void a_task_that_cannot_run_here_stays_ready(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b; c");
    uint32_t b = scene_index(&scene, "b");
    uint32_t tasks[3];
    uint32_t count;
    struct claim_request request = {
        .slots = 3, .lease = 1, .serial = 1, .can_run = refuse_b, .user = &b};
    assert_int_equal(execution_claim(&scene.execution, &request, scene.now, &scene.changeset, tasks,
                                     &count, NULL),
                     CLOACINA_OK);
    scene_accept(&scene);
    assert_int_equal(count, 2);
    scene_assert_status(&scene, "b", TASK_READY);
    scene_close(&scene);
}

static void assert_rows_equal(const struct execution *execution, const struct task_row *rows,
                              const struct execution_task *tasks)
{
    for (uint32_t task = 0; task < execution->workflow->task_count; task++) {
        assert_memory_equal(&execution->rows[task], &rows[task], sizeof(rows[0]));
        assert_ptr_equal(execution->tasks[task].view, tasks[task].view);
        assert_int_equal(execution->tasks[task].pending, tasks[task].pending);
        assert_int_equal(execution->tasks[task].change, 0);
    }
}

/* Why: after a conflict everything is as before, and the same can be applied again with the same
 * result. */
static void undo_takes_everything_back(void **state)
{
    (void)state;
    struct scene_task tasks[] = {{.name = "a", .retry = {.attempts_max = 1}}};
    struct execution_input inputs[] = {
        {.type = EXECUTION_SUCCEEDED, .task = 0},
        {.type = EXECUTION_TASK_FAILED,
         .task = 0,
         .code = CLOACINA_FAILED,
         .message = TEXT_LITERAL("no")},
        {.type = EXECUTION_CANCEL, .task = TASK_NONE},
        {.type = EXECUTION_PAUSE, .task = TASK_NONE},
    };
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct scene scene;
        scene_open_with(&scene, "a; b: a; c: b; d", tasks, 1, "{}");
        assert_int_equal(scene_claim(&scene, 1), 1);
        inputs[i].claim = scene.execution.rows[0].claim;
        struct execution_row row = scene.execution.row;
        struct task_row rows[4];
        struct execution_task beside[4];
        memcpy(rows, scene.execution.rows, sizeof(rows));
        memcpy(beside, scene.execution.tasks, sizeof(beside));
        scene.keeps_open = true;
        for (int again = 0; again < 2; again++) {
            assert_int_equal(scene_apply(&scene, inputs[i]), CLOACINA_OK);
            uint32_t claimed = scene_claim(&scene, 9);
            assert_true(claimed <= 2);
            execution_undo(&scene.execution, &scene.changeset);
            assert_rows_equal(&scene.execution, rows, beside);
            assert_memory_equal(&scene.execution.row, &row, sizeof(row));
        }
        scene.keeps_open = false;
        assert_int_equal(scene_claim(&scene, 9),
                         1); /* d, whose place in the queue was used up, is there again */
        scene_close(&scene);
    }
}

/* Why: an allocation may fail at any point; then undo gives back what was. */
static void no_memory_at_any_point_can_be_undone(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_workflow *workflow = scene_workflow("a; b: a; c: a; d: b c", NULL, 0);
        failing_heap_init(&heap, n);
        struct execution execution;
        struct changeset changeset;
        struct cloacina_error error;
        struct execution_options options = {.heap = &heap.heap,
                                            .workflow = workflow_ref(workflow->definition),
                                            .context = TEXT_LITERAL("{\"a\":1}")};
        changeset_init(&changeset, &heap.heap);
        enum cloacina_code code = execution_begin(&execution, &options, &error);
        if (code == CLOACINA_OK) {
            struct execution_input submitted = {.type = EXECUTION_SUBMITTED, .task = TASK_NONE};
            struct execution_input succeeded = {.type = EXECUTION_SUCCEEDED, .claim = {1, 1}};
            struct claim_request request = {.slots = 4, .lease = 1, .serial = 1};
            uint32_t tasks[4];
            uint32_t count;
            struct arena arena;
            arena_init(&arena, NULL);
            assert_int_equal(
                delta_read(&arena, TEXT_LITERAL("{\"/k\":[1]}"), &succeeded.delta, &error),
                CLOACINA_OK);
            code = execution_apply(&execution, &submitted, 5, random_calm(), 1, &changeset, &error);
            code = code != CLOACINA_OK ? code
                                       : execution_claim(&execution, &request, 5, &changeset, tasks,
                                                         &count, &error);
            code = code != CLOACINA_OK ? code
                                       : execution_apply(&execution, &succeeded, 6, random_calm(),
                                                         1, &changeset, &error);
            execution_undo(&execution, &changeset);
            assert_int_equal(execution.row.revision, 0);
            assert_int_equal(execution.rows[0].status, TASK_NOT_STARTED);
            assert_int_equal(execution.tasks[3].pending, 2);
            arena_finish(&arena);
            execution_finish(&execution);
        }
        changeset_finish(&changeset);
        workflow_unref(options.workflow);
        cloacina_workflow_unref(workflow);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            assert_int_equal(code, CLOACINA_OK);
            break;
        }
        assert_int_equal(code, CLOACINA_NO_MEMORY);
    }
}

/* ---- refresh ---- */

/* A feed of all rows of `from`, deltas from `deltas` (NULL entries: wrote nothing). */
static struct feed feed_of(const struct scene *from, const struct delta *const *deltas,
                           struct feed_task *tasks)
{
    uint32_t count = from->execution.workflow->task_count;
    for (uint32_t task = 0; task < count; task++) {
        tasks[task] = (struct feed_task){
            .task = task,
            .row = from->execution.rows[task],
            .has_delta = from->execution.rows[task].status == TASK_COMPLETED,
            .delta = deltas[task],
        };
    }
    return (struct feed){.row = from->execution.row, .tasks = tasks, .task_count = count};
}

static void assert_copied(const struct execution *copy, const struct execution *from)
{
    for (uint32_t task = 0; task < from->workflow->task_count; task++) {
        assert_int_equal(copy->tasks[task].pending, from->tasks[task].pending);
        assert_int_equal(copy->rows[task].status, from->rows[task].status);
        bool is_decided = from->tasks[task].view != NULL;
        assert_int_equal(copy->tasks[task].view != NULL, is_decided);
        assert_true(!is_decided || view_equal(copy->tasks[task].view, from->tasks[task].view));
    }
}

static void assert_refresh_gives(struct scene *from, const struct delta *const *deltas)
{
    struct execution copy;
    struct execution_options options = {.workflow = workflow_ref(from->execution.workflow),
                                        .id = from->execution.row.id};
    struct feed_task tasks[SCENE_TASKS_MAX];
    struct feed feed = feed_of(from, deltas, tasks);
    assert_int_equal(execution_begin(&copy, &options, NULL), CLOACINA_OK);
    assert_int_equal(execution_refresh(&copy, &feed, &from->error), CLOACINA_OK);
    assert_int_equal(execution_refresh(&copy, &feed, &from->error), CLOACINA_OK);
    assert_copied(&copy, &from->execution);
    workflow_unref(options.workflow);
    execution_finish(&copy);
}

/* Begins on the heap and takes over the rows; a refresh that runs out of memory is made again. */
static void refresh_on(struct failing_heap *heap, const struct scene *from, const struct feed *feed)
{
    struct execution copy;
    struct execution_options options = {.heap = &heap->heap,
                                        .workflow = workflow_ref(from->execution.workflow),
                                        .id = from->execution.row.id};
    if (execution_begin(&copy, &options, NULL) == CLOACINA_OK) {
        if (execution_refresh(&copy, feed, NULL) != CLOACINA_OK) {
            assert_true(copy.is_torn);
            assert_int_equal(execution_refresh(&copy, feed, NULL), CLOACINA_OK);
        }
        assert_false(copy.is_torn);
        assert_copied(&copy, &from->execution);
        execution_finish(&copy);
    }
    workflow_unref(options.workflow);
}

/* Why: half of somebody else's rows, without the views behind them, once went into the next commit;
 * a search found it. */
static void a_torn_refresh_is_made_whole_by_the_next(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a; c: a; d: b c");
    const struct delta *deltas[SCENE_TASKS_MAX] = {NULL};
    assert_int_equal(scene_claim(&scene, 9), 1);
    assert_int_equal(delta_read(&scene.arena, text_of("{\"/k\":1}"), &deltas[0], &scene.error),
                     CLOACINA_OK);
    assert_int_equal(scene_succeed(&scene, "a", "{\"/k\":1}"), CLOACINA_OK);
    struct feed_task tasks[SCENE_TASKS_MAX];
    struct feed feed = feed_of(&scene, deltas, tasks);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        refresh_on(&heap, &scene, &feed);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    scene_close(&scene);
}

/* Why: memory after a refresh is what a fresh load gives, at every moment of an execution's
 * life. */
static void a_refresh_rebuilds_what_the_rows_say(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a; c: a; d: b c; e");
    const struct delta *deltas[5] = {NULL};
    assert_refresh_gives(&scene, deltas);
    const char *order[] = {"a", "b", "c", "d"};
    const char *writes[] = {"{\"/k\":1}", "{\"/b\":[1]}", "{\"/b\":[2]}", "{\"-/k\":null}"};
    assert_int_equal(scene_claim(&scene, 9), 2);
    for (size_t i = 0; i < 4; i++) {
        (void)scene_claim(&scene, 9);
        assert_refresh_gives(&scene, deltas);
        uint32_t task = scene_index(&scene, order[i]);
        assert_int_equal(delta_read(&scene.arena, text_of(writes[i]), &deltas[task], &scene.error),
                         CLOACINA_OK);
        assert_int_equal(scene_succeed(&scene, order[i], writes[i]), CLOACINA_OK);
        assert_refresh_gives(&scene, deltas);
    }
    assert_int_equal(scene_attempt(&scene, "e", EXECUTION_TASK_FAILED), CLOACINA_OK);
    assert_refresh_gives(&scene, deltas);
    scene_close(&scene);
}

/* Why: missing data is an error, never an empty default. */
static void rows_that_cannot_be_are_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, "a; b: a");
    struct feed_task tasks[2] = {{.task = 0, .row = {.status = TASK_COMPLETED}}, {.task = 1}};
    struct feed feed = {.row = scene.execution.row, .tasks = tasks, .task_count = 1};
    assert_int_equal(execution_refresh(&scene.execution, &feed, &scene.error), CLOACINA_INVALID);
    assert_string_equal(
        scene.error.message,
        "task 'a' of 'scene' is Completed, but the store has no record of what it wrote");
    tasks[0] = (struct feed_task){.task = 7};
    assert_int_equal(execution_refresh(&scene.execution, &feed, &scene.error), CLOACINA_INVALID);
    assert_string_equal(scene.error.message,
                        "the store's row 0 of 'scene' names task 7 of 2, or is out of order");
    tasks[0] = (struct feed_task){.task = 1};
    tasks[1] = (struct feed_task){.task = 0};
    feed.task_count = 2;
    assert_int_equal(execution_refresh(&scene.execution, &feed, &scene.error), CLOACINA_INVALID);
    scene_assert_status(&scene, "a", TASK_READY);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contexts_flow_through_failures_to_the_end),
        cmocka_unit_test(a_rule_sees_what_the_body_would_see),
        cmocka_unit_test(a_task_that_cannot_run_here_stays_ready),
        cmocka_unit_test(undo_takes_everything_back),
        cmocka_unit_test(no_memory_at_any_point_can_be_undone),
        cmocka_unit_test(a_refresh_rebuilds_what_the_rows_say),
        cmocka_unit_test(a_torn_refresh_is_made_whole_by_the_next),
        cmocka_unit_test(rows_that_cannot_be_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
