/* SPDX-License-Identifier: Apache-2.0 */
/* test_edges.c - the rows of the state table, numbered, named and counted. */
#include "checker_scene.h"

#include "execution/state.h"

static const struct cloacina_task_options shop[] = {{.name = "price"}};

static size_t edge_of(enum event_type event, uint8_t from, uint8_t to)
{
    size_t edge = edge_find((uint8_t)event, from, to);
    assert_true(edge < edges_count());
    return edge;
}

/* A search that has the wrong number of edges says that it has taken all of them. */
static void there_are_as_many_edges_as_rows_in_the_table(void **state)
{
    size_t count;
    (void)state;
    (void)state_edges(&count);
    assert_int_equal(edges_count(), count);
    assert_true(count <= EDGES_MAX);
}

/* The report is read by people. */
static void an_edge_prints_as_a_sentence(void **state)
{
    struct text_builder text;
    (void)state;
    text_builder_init(&text, NULL);
    edge_print(edge_of(EVENT_TASK_RETRY_SCHEDULED, TASK_RUNNING, TASK_READY), &text);
    text_builder_append_terminated(&text, "; ");
    edge_print(edge_of(EVENT_WORKFLOW_PAUSED, EXECUTION_RUNNING, EXECUTION_PAUSED), &text);
    assert_string_equal(text_builder_terminated(&text),
                        "task Running -> Ready by task_retry_scheduled; "
                        "execution Running -> Paused by workflow_paused");
    text_builder_finish(&text);
}

/* Resuming leads to two statuses: they are two edges. */
static void edges_with_the_same_beginning_are_told_apart(void **state)
{
    (void)state;
    size_t pending = edge_of(EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_PENDING);
    size_t running = edge_of(EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_RUNNING);
    assert_int_not_equal(pending, running);
    assert_int_equal(edge_find(EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_FAILED),
                     edges_count());
}

/* Runs happen in many processes: their sums are added. */
static void sums_add_up(void **state)
{
    struct edges sum = {.taken = {1, 2}};
    struct edges part = {.taken = {10, 0, 5}};
    (void)state;
    edges_add(&sum, &part);
    assert_int_equal(sum.taken[0], 11);
    assert_int_equal(sum.taken[1], 2);
    assert_int_equal(sum.taken[2], 5);
}

/* Counted where the commit is seen, each edge once. */
static void each_commit_counts_its_edges(void **state)
{
    struct scene scene;
    (void)state;
    assert_true(scene_open(&scene, shop, 1, "{}", FAIL_NEVER));
    scene_submit(&scene, "{}");
    scene_apply(&scene, EXECUTION_PAUSE, NULL);
    scene_apply(&scene, EXECUTION_RESUME, NULL);
    scene_claim(&scene);
    scene_commit(&scene);
    scene_apply(&scene, EXECUTION_HANDED_BACK, "price");
    scene_claim(&scene);
    scene_commit(&scene);
    scene_apply(&scene, EXECUTION_SUCCEEDED, "price");
    scene_commit(&scene);
    assert_holds(&scene);
    const uint64_t *taken = scene.edges.taken;
    assert_int_equal(taken[edge_of(EVENT_TASK_MARKED_READY, TASK_NOT_STARTED, TASK_READY)], 1);
    assert_int_equal(taken[edge_of(EVENT_TASK_CLAIMED, TASK_READY, TASK_RUNNING)], 2);
    assert_int_equal(taken[edge_of(EVENT_TASK_HANDED_BACK, TASK_RUNNING, TASK_READY)], 1);
    assert_int_equal(taken[edge_of(EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_PENDING)],
                     1);
    assert_int_equal(taken[edge_of(EVENT_WORKFLOW_RESUMED, EXECUTION_PAUSED, EXECUTION_RUNNING)],
                     0);
    assert_int_equal(
        taken[edge_of(EVENT_WORKFLOW_COMPLETED, EXECUTION_RUNNING, EXECUTION_COMPLETED)], 1);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_are_as_many_edges_as_rows_in_the_table),
        cmocka_unit_test(an_edge_prints_as_a_sentence),
        cmocka_unit_test(edges_with_the_same_beginning_are_told_apart),
        cmocka_unit_test(sums_add_up),
        cmocka_unit_test(each_commit_counts_its_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
