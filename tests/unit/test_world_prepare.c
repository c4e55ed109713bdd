/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_prepare.c - costs, stubs, failures by name; what is wrong or unused is told. */
#include "world_scene.h"

#include "world/body.h"

static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
}

static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t cents;
    enum cloacina_code code =
        cloacina_context_get_int64(cloacina_task_context(task), "cents", &cents, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_int64(cloacina_task_context(task), "charged", cents, err);
}

CLOACINA_TASK(price, .body = price_body);
CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
              .retry = {.attempts_max = 2, .initial_delay_ms = 1000});
CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));

static void assert_unused(const struct cloacina_world *world, const char *expected)
{
    char message[256] = "";
    assert_true(cloacina_world_has_unused(world, message, sizeof(message)));
    assert_string_equal(message, expected);
}

static void assert_all_used(const struct cloacina_world *world)
{
    char message[256] = "";
    if (cloacina_world_has_unused(world, message, sizeof(message))) {
        fail_msg("%s", message);
    }
}

/* A stub writes what its body would have written; others read it. */
static void a_stub_stands_for_its_body(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_ok(cloacina_world_stub(world, "shop", "price", "{\"cents\": 7, \"tax\": [1, 2]}", err));
    assert_ok(cloacina_world_cost(world, "shop", "price", 300 * MS, err));
    struct cloacina_world_execution run = scene_submit(world, "shop", "{\"order\": 7}");
    scene_run(world);
    scene_assert_times(world, run, "price", 1, 0, 300 * MS);
    assert_string_equal(cloacina_world_context(world, run),
                        "{\"cents\":7,\"charged\":7,\"order\":7,\"tax\":[1,2]}");
    assert_all_used(world);
    cloacina_world_destroy(world);
}

/* What was said last counts. */
static void a_second_word_replaces_the_first(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_ok(cloacina_world_stub(world, "shop", "price", "{\"cents\": 1}", err));
    assert_ok(cloacina_world_stub(world, "shop", "price", "{\"cents\": 2}", err));
    assert_ok(cloacina_world_cost(world, "shop", "price", 3600 * SECOND, err));
    assert_ok(cloacina_world_cost(world, "shop", "price", SECOND, err));
    assert_ok(cloacina_world_fail(world, "shop", "charge", 1, CLOACINA_FAILED, "no", err));
    assert_ok(cloacina_world_fail(world, "shop", "charge", 1, CLOACINA_TIMEOUT, "late", err));
    struct cloacina_world_execution run = scene_submit(world, "shop", NULL);
    scene_run(world);
    assert_string_equal(cloacina_world_context(world, run), "{\"cents\":2,\"charged\":2}");
    scene_assert_times(world, run, "charge", 2, 2 * SECOND, 2 * SECOND);
    assert_string_equal(scene_task(world, run, "charge").reason, "late");
    assert_int_equal(scene_task(world, run, "charge").code, CLOACINA_TIMEOUT);
    cloacina_world_destroy(world);
}

/* A failure goes before a stub, and takes the cost of its attempt too. */
static void a_failure_goes_before_a_stub(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_ok(cloacina_world_stub(world, "shop", "charge", "{}", err));
    assert_ok(cloacina_world_fail(world, "shop", "charge", 1, CLOACINA_FAILED, NULL, err));
    assert_ok(cloacina_world_cost(world, "shop", "charge", 100 * MS, err));
    struct cloacina_world_execution run = scene_submit(world, "shop", NULL);
    scene_run(world);
    scene_assert_times(world, run, "charge", 2, 1100 * MS, 1200 * MS);
    assert_string_equal(cloacina_world_context(world, run), "{\"cents\":4200}");
    assert_all_used(world);
    cloacina_world_destroy(world);
}

/* A test that speaks of something that never happens is wrong. */
static void what_was_never_used_is_told_by_name(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_all_used(world);
    assert_ok(cloacina_world_fail(world, "shop", "charge", 2, CLOACINA_FAILED, "no", err));
    assert_unused(world, "failure of task 'charge', attempt 2, was never used");
    assert_ok(cloacina_world_cost(world, "shop", "charge", MS, err));
    assert_unused(world, "cost of task 'charge' was never used");
    assert_ok(cloacina_world_stub(world, "shop", "price", "{\"cents\": 1}", err));
    (void)scene_submit(world, "shop", NULL);
    scene_run(world);
    assert_unused(world, "failure of task 'charge', attempt 2, was never used");
    assert_ok(cloacina_world_stub(world, "shop", "price", NULL, err));
    assert_unused(world, "stub of task 'price' was never used");
    cloacina_world_destroy(world);
}

/* A misspelt name must not become a test that tests nothing. */
static void what_does_not_exist_is_an_error_with_a_suggestion(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_error(cloacina_world_stub(world, "shop", "prise", "{}", err), CLOACINA_NOT_FOUND,
                 "workflow 'shop' has no task 'prise'; did you mean 'price'?");
    assert_error(cloacina_world_cost(world, "shp", "price", 1, err), CLOACINA_NOT_FOUND,
                 "there is no workflow 'shp'; did you mean 'shop'?");
    assert_error(cloacina_world_fail(world, "shop", "charg", 1, CLOACINA_FAILED, "", err),
                 CLOACINA_NOT_FOUND, "workflow 'shop' has no task 'charg'; did you mean 'charge'?");
    assert_all_used(world);
    cloacina_world_destroy(world);
}

static void what_makes_no_sense_is_an_error(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_error(cloacina_world_cost(world, "shop", "price", -1, err), CLOACINA_INVALID,
                 "cost of task 'price': it is negative");
    assert_error(cloacina_world_stub(world, "shop", "price", "[1]", err), CLOACINA_INVALID,
                 "stub of task 'price': it is an array, wanted an object");
    assert_error(cloacina_world_stub(world, "shop", "price", "{\"\": 1}", err), CLOACINA_INVALID,
                 "stub of task 'price': a key is empty or holds a NUL");
    assert_error(cloacina_world_stub(world, "shop", "price", "{\"a\\u0000b\": 1}", err),
                 CLOACINA_INVALID, "stub of task 'price': a key is empty or holds a NUL");
    assert_int_equal(cloacina_world_stub(world, "shop", "price", "{\"cents\": ", NULL),
                     CLOACINA_INVALID);
    assert_error(cloacina_world_fail(world, "shop", "price", 0, CLOACINA_FAILED, "", err),
                 CLOACINA_INVALID, "failure of task 'price': attempts are counted from 1");
    assert_error(cloacina_world_fail(world, "shop", "price", 1, CLOACINA_OK, "", err),
                 CLOACINA_INVALID, "failure of task 'price': 'ok' is no failure");
    assert_all_used(world);
    cloacina_world_destroy(world);
}

/* ---- registering and submitting ---- */

static void a_name_is_registered_once(void **state)
{
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_error(cloacina_world_register(world, &shop, err), CLOACINA_EXISTS,
                 "workflow 'shop' is already registered");
    cloacina_world_destroy(world);
}

/* Runners learn at their start which bodies they have. */
static void nothing_is_registered_after_the_first_submission(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition late = {.name = "late",
                                                      .tasks = CLOACINA_TASKS(&price)};
    struct cloacina_world *world = scene_world(NULL, &shop);
    (void)scene_submit(world, "shop", NULL);
    assert_error(cloacina_world_register(world, &late, err), CLOACINA_INVALID,
                 "workflow 'late' is registered after the first submission");
    cloacina_world_destroy(world);
}

static void a_wrong_definition_is_refused(void **state)
{
    (void)state;
    const struct cloacina_workflow_definition empty = {.name = "empty",
                                                       .tasks = CLOACINA_TASKS(NULL)};
    struct cloacina_world *world = scene_world(NULL, NULL);
    assert_int_equal(cloacina_world_register(world, &empty, NULL), CLOACINA_INVALID);
    cloacina_world_destroy(world);
}

static struct cloacina_workflow *built(const char *name, bool has_body)
{
    struct cloacina_workflow_builder *builder = NULL;
    struct cloacina_workflow *workflow = NULL;
    struct cloacina_workflow_options options = {.name = name};
    struct cloacina_task_options task = {.name = "only", .body = has_body ? price_body : NULL};
    assert_ok(cloacina_workflow_builder_create(&options, &builder, err));
    assert_ok(cloacina_workflow_builder_add_task(builder, &task, err));
    assert_ok(cloacina_workflow_builder_build(builder, &workflow, err));
    cloacina_workflow_builder_destroy(builder);
    return workflow;
}

/* Without CLOACINA_WORKFLOW: with code, and with costs in place of code. */
static void a_workflow_built_at_run_time_can_be_registered(void **state)
{
    (void)state;
    static const int64_t costs[] = {5 * SECOND};
    static const int64_t negative[] = {-1};
    struct cloacina_workflow *coded = built("coded", true);
    struct cloacina_workflow *costed = built("costed", false);
    struct cloacina_world *world = scene_world(NULL, NULL);
    assert_ok(cloacina_world_register_workflow(world, coded, err));
    assert_error(cloacina_world_register_workflow(world, costed, err), CLOACINA_INVALID,
                 "workflow 'costed': task 'only' has no body");
    assert_error(cloacina_world_register_costs(world, costed, negative, err), CLOACINA_INVALID,
                 "cost of task 'only': it is negative");
    assert_ok(cloacina_world_register_costs(world, costed, costs, err));
    assert_error(cloacina_world_register_costs(world, costed, costs, err), CLOACINA_EXISTS,
                 "workflow 'costed' is already registered");
    assert_ok(cloacina_world_cost(world, "costed", "only", SECOND, err));
    struct cloacina_world_execution one = scene_submit(world, "coded", NULL);
    struct cloacina_world_execution two = scene_submit(world, "public::embedded::costed", NULL);
    scene_run(world);
    assert_string_equal(cloacina_world_context(world, one), "{\"cents\":4200}");
    scene_assert_times(world, two, "only", 1, 0, 6 * SECOND);
    cloacina_world_destroy(world);
    cloacina_workflow_unref(coded);
    cloacina_workflow_unref(costed);
}

/* What stands for code that is not there says so, should anybody call it. */
static void the_body_of_a_task_that_only_costs_time_is_never_called(void **state)
{
    (void)state;
    assert_error(body_costs_only(NULL, err), CLOACINA_INVALID, "the task only costs time");
}

static void a_wrong_submission_is_an_error(void **state)
{
    (void)state;
    struct cloacina_world_execution run;
    struct cloacina_world *world = scene_world(NULL, &shop);
    assert_error(cloacina_world_submit(world, "shp", NULL, &run, err), CLOACINA_NOT_FOUND,
                 "there is no workflow 'shp'; did you mean 'shop'?");
    assert_error(cloacina_world_submit(world, "shop", "7", &run, err), CLOACINA_INVALID,
                 "initial context: is an int64, wanted an object");
    assert_int_equal(cloacina_world_submit(world, "shop", "{\"a\": 1", &run, NULL),
                     CLOACINA_INVALID);
    assert_int_equal(cloacina_world_submit(world, "shop", "", &run, NULL), CLOACINA_INVALID);
    scene_run(world);
    struct cloacina_world_counts counts;
    cloacina_world_count(world, &counts);
    assert_int_equal(counts.executions, 0);
    cloacina_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stub_stands_for_its_body),
        cmocka_unit_test(a_second_word_replaces_the_first),
        cmocka_unit_test(a_failure_goes_before_a_stub),
        cmocka_unit_test(what_was_never_used_is_told_by_name),
        cmocka_unit_test(what_does_not_exist_is_an_error_with_a_suggestion),
        cmocka_unit_test(what_makes_no_sense_is_an_error),
        cmocka_unit_test(a_name_is_registered_once),
        cmocka_unit_test(nothing_is_registered_after_the_first_submission),
        cmocka_unit_test(a_wrong_definition_is_refused),
        cmocka_unit_test(a_workflow_built_at_run_time_can_be_registered),
        cmocka_unit_test(the_body_of_a_task_that_only_costs_time_is_never_called),
        cmocka_unit_test(a_wrong_submission_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
