/* SPDX-License-Identifier: Apache-2.0 */
/* test_runner_api_lists.c - lists, histories, bodies that come later, and what cannot be started. */
#include "runner_api_scene.h"

static enum cloacina_code fine_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "n", 1, error);
}

static enum cloacina_code flaky_body(struct cloacina_task *task, struct cloacina_error *error)
{
    return cloacina_task_attempt(task) == 1 ? cloacina_error_set(error, "not yet") : CLOACINA_OK;
}

CLOACINA_TASK(fine, .body = fine_body);
CLOACINA_TASK(flaky, .body = flaky_body,
              .retry = {.initial_delay_ms = 1, .jitter = CLOACINA_JITTER_NONE});
CLOACINA_TASK(bad, .body = flaky_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(left_out, .body = fine_body, .dependencies = CLOACINA_TASKS(&bad));
CLOACINA_WORKFLOW(simple, .tasks = CLOACINA_TASKS(&fine));
CLOACINA_WORKFLOW(retried, .tasks = CLOACINA_TASKS(&flaky));
CLOACINA_WORKFLOW(broken, .tasks = CLOACINA_TASKS(&bad, &left_out));

/* Not declared by macro, so that a runner has them only when it is told. */
static const struct cloacina_workflow_definition later = {.name = "later",
                                                          .tasks = CLOACINA_TASKS(&fine)};
static const struct cloacina_workflow_definition other_simple = {.name = "simple",
                                                                 .tasks = CLOACINA_TASKS(&flaky)};

static const struct cloacina_workflow_definition unrelated = {.name = "unrelated",
                                                              .tasks = CLOACINA_TASKS(&fine)};

static int open_runner(void **state)
{
    struct cloacina_runner *runner;
    assert_ok(cloacina_runner_start(NULL, &runner, &err));
    *state = runner;
    return 0;
}

static int close_runner(void **state)
{
    shut(*state);
    return 0;
}

static void execute(struct cloacina_runner *runner, const char *workflow,
                    char ret_id[CLOACINA_EXECUTION_ID_SIZE])
{
    struct cloacina_execution *run;
    assert_ok(cloacina_runner_execute(runner, workflow, NULL, &run, &err));
    memcpy(ret_id, cloacina_execution_look(run)->id, CLOACINA_EXECUTION_ID_SIZE);
    cloacina_execution_destroy(run);
}

static struct cloacina_listing *listed(struct cloacina_runner *runner,
                                       struct cloacina_list_options options)
{
    struct cloacina_listing *listing;
    assert_ok(cloacina_runner_list(runner, &options, &listing, &err));
    return listing;
}

/* People look for the newest first, page by page. */
static void executions_are_listed_as_asked(void **state)
{
    char ids[3][CLOACINA_EXECUTION_ID_SIZE];
    struct cloacina_listing *listing;
    execute(*state, "simple", ids[0]);
    execute(*state, "broken", ids[1]);
    execute(*state, "simple", ids[2]);
    assert_ok(cloacina_runner_list(*state, NULL, &listing, &err));
    assert_int_equal(listing->count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(listing->items[i].id, ids[2 - i]);
    }
    assert_string_equal(listing->items[1].workflow, "broken");
    assert_string_equal(listing->items[1].tenant, "public");
    assert_string_equal(listing->items[1].package, "embedded");
    assert_int_equal(listing->items[1].status, CLOACINA_EXECUTION_FAILED);
    assert_non_null(listing->items[1].reason);
    assert_int_equal(listing->items[1].tasks, 2);
    assert_int_equal(listing->items[1].failed, 1);
    assert_int_equal(listing->items[1].skipped, 1);
    cloacina_listing_destroy(listing);

    listing = listed(*state, (struct cloacina_list_options){.oldest_first = 1, .limit = 1});
    assert_int_equal(listing->count, 1);
    assert_string_equal(listing->items[0].id, ids[0]);
    cloacina_listing_destroy(listing);
    listing = listed(*state, (struct cloacina_list_options){.oldest_first = 1, .after = ids[1]});
    assert_int_equal(listing->count, 1);
    assert_string_equal(listing->items[0].id, ids[2]);
    cloacina_listing_destroy(listing);
    listing =
        listed(*state, (struct cloacina_list_options){
                           .workflow = "simple", .statuses = 1u << CLOACINA_EXECUTION_COMPLETED});
    assert_int_equal(listing->count, 2);
    cloacina_listing_destroy(listing);
    cloacina_listing_destroy(NULL);
}

static void wrong_questions_are_refused(void **state)
{
    struct cloacina_listing *listing;
    assert_int_equal(cloacina_runner_list(*state, &(struct cloacina_list_options){.limit = 1001},
                                          &listing, &err),
                     CLOACINA_INVALID);
    assert_null(listing);
    assert_int_equal(cloacina_runner_list(*state, &(struct cloacina_list_options){.statuses = 64},
                                          &listing, &err),
                     CLOACINA_INVALID);
    assert_int_equal(
        cloacina_runner_list(*state, &(struct cloacina_list_options){.after = "x"}, &listing, &err),
        CLOACINA_INVALID);
}

/* What happened, in order, with the reasons. */
static void a_history_tells_what_happened(void **state)
{
    struct cloacina_execution *run;
    struct cloacina_history *history;
    assert_ok(cloacina_runner_execute(*state, "retried", NULL, &run, &err));
    assert_ok(cloacina_execution_history(run, 0, 0, &history, &err));
    const char *const expected[] = {
        "workflow_submitted",   "task_marked_ready", "workflow_started", "task_claimed",
        "task_retry_scheduled", "task_claimed",      "task_completed",   "workflow_completed",
    };
    assert_int_equal(history->count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < history->count; i++) {
        assert_string_equal(history->items[i].type, expected[i]);
    }
    assert_null(history->items[0].task);
    assert_string_equal(history->items[4].task, "flaky");
    assert_string_equal(history->items[4].detail, "failed");
    assert_true(history->items[4].retry_at > history->items[4].at);
    assert_int_equal(history->items[5].attempt, 2);
    assert_int_equal(history->items[5].lease, figures_of(*state).lease);
    uint64_t last = history->items[7].revision;
    cloacina_history_destroy(history);

    assert_ok(cloacina_execution_history(run, last - 1, 0, &history, &err));
    assert_int_equal(history->items[0].revision, last);
    cloacina_history_destroy(history);
    assert_ok(cloacina_execution_history(run, last, 0, &history, &err));
    assert_int_equal(history->count, 0);
    cloacina_history_destroy(history);
    cloacina_history_destroy(NULL);
    cloacina_execution_destroy(run);
}

/* Whoever reads page by page must not lose the rest of a revision. */
static void a_page_of_history_ends_with_a_whole_revision(void **state)
{
    struct cloacina_execution *run;
    struct cloacina_history *whole, *page;
    assert_ok(cloacina_runner_execute(*state, "broken", NULL, &run, &err));
    assert_ok(cloacina_execution_history(run, 0, 0, &whole, &err));
    assert_string_equal(whole->items[whole->count - 2].detail, "upstream_failed");
    size_t seen = 0;
    uint64_t revision = 0;
    while (seen < whole->count) {
        assert_ok(cloacina_execution_history(run, revision, 1, &page, &err));
        assert_true(page->count > 0);
        for (size_t i = 0; i < page->count; i++, seen++) {
            assert_int_equal(page->items[i].revision, whole->items[seen].revision);
            assert_int_equal(page->items[i].n, whole->items[seen].n);
        }
        revision = page->items[page->count - 1].revision;
        cloacina_history_destroy(page);
    }
    assert_int_equal(seen, whole->count);
    assert_ok(cloacina_execution_history(run, 0, (uint32_t)whole->count - 1, &page, &err));
    assert_true(page->count < whole->count);
    assert_int_not_equal(page->items[page->count - 1].revision, whole->items[page->count].revision);
    cloacina_history_destroy(page);
    cloacina_history_destroy(whole);
    cloacina_execution_destroy(run);
}

/* ---- bodies that come later ---- */

/* A plug-in is loaded while the runner runs. */
static void a_workflow_can_be_added_to_a_running_runner(void **state)
{
    char id[CLOACINA_EXECUTION_ID_SIZE];
    struct cloacina_execution *run;
    assert_int_equal(cloacina_runner_execute(*state, "later", NULL, &run, &err),
                     CLOACINA_NOT_FOUND);
    assert_ok(cloacina_runner_register(*state, &later, &err));
    assert_ok(cloacina_runner_register(*state, &later, &err)); /* the very same: nothing happens */
    execute(*state, "later", id);
    assert_int_equal(cloacina_runner_register(*state, &other_simple, &err), CLOACINA_EXISTS);
}

/* A builder's workflow without bodies stands for one of another program. */
static void bodies_that_come_later_run_what_waits_for_them(void **state)
{
    (void)state;
    struct cloacina_execution *run;
    const char *text;
    struct cloacina_runner *runner = runner_with(&unrelated, (struct cloacina_runner_options){0});
    assert_int_equal(cloacina_runner_execute_async(runner, "simple", NULL, &run, &err),
                     CLOACINA_NOT_FOUND);
    assert_ok(cloacina_runner_register(runner, &simple, &err));
    run = started(runner, "simple");
    assert_ok(cloacina_execution_explain(run, &text, &err));
    waited(run, CLOACINA_EXECUTION_COMPLETED);
    shut(runner);
}

/* ---- what cannot be started ---- */

static enum cloacina_code start_with(struct cloacina_runner_options options)
{
    struct cloacina_runner *runner;
    enum cloacina_code code = cloacina_runner_start(&options, &runner, &err);
    assert_null(runner);
    return code;
}

static void a_runner_that_cannot_start_says_why(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition *const twice[] = {&simple, &other_simple, NULL};
    const char *const missing[] = {"/nowhere/there.so", NULL};
    assert_int_equal(start_with((struct cloacina_runner_options){.slots = -1}), CLOACINA_INVALID);
    assert_string_equal(err.message, "runner: option 'slots' is -1, and may be 1 to 65536");
    assert_int_equal(start_with((struct cloacina_runner_options){.workflows = twice}),
                     CLOACINA_EXISTS);
    assert_non_null(
        strstr(err.message, "runner 'runner': workflow 'simple' is already registered"));
    assert_int_equal(
        start_with((struct cloacina_runner_options){.libraries = missing, .name = "night"}),
        CLOACINA_IO);
    assert_string_equal(err.message,
                        "runner 'night': library '/nowhere/there.so': there is no such file");
}

/* Whatever allocation fails, the answer is an error and nothing is left behind. One thread. */
static void without_memory_nothing_is_started_and_nothing_is_lost(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition *const workflows[] = {&simple, NULL};
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_runner *runner;
        failing_heap_init(&heap, n);
        enum cloacina_code code = cloacina_runner_open(
            &(struct cloacina_runner_options){
                .heap = &heap.heap, .workflows = workflows, .executor = CLOACINA_EXECUTOR_HOST},
            &runner, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        cloacina_runner_destroy(runner);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* The calls of one handle, each of them failing at its n-th allocation. */
static void use_everything(struct cloacina_runner *runner)
{
    struct cloacina_execution *run = NULL, *found = NULL;
    struct cloacina_listing *listing = NULL;
    struct cloacina_history *history = NULL;
    const char *text;
    int64_t deadline;
    if (cloacina_runner_execute_async(runner, "simple", "{\"a\":1}", &run, &err) != CLOACINA_OK) {
        cloacina_execution_destroy(run);
        return;
    }
    (void)!cloacina_runner_find(runner, cloacina_execution_look(run)->id, &found, &err);
    (void)!cloacina_execution_explain(run, &text, &err);
    (void)!cloacina_execution_pause(run, "lunch", &err);
    (void)!cloacina_execution_resume(run, &err);
    (void)cloacina_runner_work(runner);
    (void)!cloacina_runner_step(runner, &deadline, &err);
    (void)!cloacina_execution_refresh(run, &err);
    (void)!cloacina_runner_list(runner, NULL, &listing, &err);
    (void)!cloacina_execution_history(run, 0, 0, &history, &err);
    (void)!cloacina_runner_register(runner, &later, &err);
    cloacina_listing_destroy(listing);
    cloacina_history_destroy(history);
    cloacina_execution_destroy(found);
    cloacina_execution_destroy(run);
}

static void calls_survive_each_failing_allocation(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition *const workflows[] = {&simple, NULL};
    bool has_failed = true;
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct cloacina_runner *runner;
        failing_heap_init(&heap, FAIL_NEVER);
        assert_ok(cloacina_runner_open(
            &(struct cloacina_runner_options){
                .heap = &heap.heap, .workflows = workflows, .executor = CLOACINA_EXECUTOR_HOST},
            &runner, &err));
        heap.fail_at = heap.allocations + n;
        use_everything(runner);
        has_failed = heap.has_failed;
        heap.fail_at = FAIL_NEVER;
        cloacina_runner_destroy(runner);
        assert_int_equal(heap.outstanding, 0);
    }
}

int main(void)
{
#define WITH_RUNNER(test) cmocka_unit_test_setup_teardown(test, open_runner, close_runner)
    const struct CMUnitTest tests[] = {
        WITH_RUNNER(executions_are_listed_as_asked),
        WITH_RUNNER(wrong_questions_are_refused),
        WITH_RUNNER(a_history_tells_what_happened),
        WITH_RUNNER(a_page_of_history_ends_with_a_whole_revision),
        WITH_RUNNER(a_workflow_can_be_added_to_a_running_runner),
        cmocka_unit_test(bodies_that_come_later_run_what_waits_for_them),
        cmocka_unit_test(a_runner_that_cannot_start_says_why),
        cmocka_unit_test(without_memory_nothing_is_started_and_nothing_is_lost),
        cmocka_unit_test(calls_survive_each_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
