/* SPDX-License-Identifier: Apache-2.0 */
/* test_explore.c - cloacina_explore(): what it finds, how it says so, and what it is told. */
#include "explore_scene.h"

/* ---- findings ---- */

/* Everything that somebody needs who sees it for the first time. */
static void a_broken_property_is_shrunk_and_told(void **state)
{
    (void)state;
    const struct outcome outcome =
        assert_fails((struct cloacina_explore_options){.workflow = &shop,
                                                       .context = "{\"order\": 7}",
                                                       .plan = forgetful,
                                                       .always = charged_once},
                     "ERROR: always: one order was charged twice");
    assert_prints(&outcome, "FAILED  always: seed ");
    assert_prints(&outcome, " shrunk to 1 in ");
    assert_prints(&outcome, "runner-1 starts 'charge', attempt 1 of 3");
    assert_prints(&outcome, "REPLY LOST");
    assert_prints(&outcome, "  1.000 s  BROKEN  always: one order was charged twice");
    assert_prints(&outcome, "needs: the lost reply of payments.charge of 'charge'.");
    assert_prints(&outcome, "again:   run this test with CLOACINA_TOKEN=cl1:shop@");
    assert_prints(&outcome, ",forgetful,runners=3,slots=4,context=+7B+22order+22+3A+207+7D,"
                            "run-1/charge/1/effect.payments.charge@1=reply-lost\n");
    assert_does_not_print(&outcome, "cloacinactl"); /* which does not know the property */
}

/* A test that fails today and passes tomorrow is worse than none. */
static void the_seeds_are_the_same_every_time(void **state)
{
    (void)state;
    const struct cloacina_explore_options options = {.workflow = &shop, .always = charged_once};
    const struct outcome first = outcome_of(options);
    const struct outcome second = outcome_of(options);
    assert_string_equal(first.text, second.text);
    assert_prints(&first, ": seed ");
}

/* A nightly job wants other ones. */
static void the_first_seed_can_be_chosen(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &shop,
                                                   .always = charged_once,
                                                   .first_seed = UINT64_C(123456000000)},
                 "FAILED  always: seed 1234560000");
}

static enum cloacina_code never_charged(const struct cloacina_world *world, void *user,
                                        struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects(world, "payments.charge") == 0
               ? CLOACINA_OK
               : cloacina_error_set(err, "somebody was charged");
}

/* Nothing has to go wrong for that. */
static void what_is_wrong_in_the_end_is_found(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .eventually = never_charged},
                 "ERROR: eventually: somebody was charged");
}

static const struct cloacina_property thrifty = {
    .name = "nobody is charged", .type = CLOACINA_ALWAYS, .holds = never_charged};

/* A property says what it is called. */
static void a_listed_property_is_named(void **state)
{
    (void)state;
    static const struct cloacina_property *const list[] = {&thrifty, NULL};
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .properties = list},
                 "FAILED  always \"nobody is charged\": seed ");
}

CLOACINA_TASK(donate, .body = charge_body);
CLOACINA_WORKFLOW(charity, .tasks = CLOACINA_TASKS(&donate));
CLOACINA_PROPERTY(charity_is_free, .workflow = "charity", .type = CLOACINA_ALWAYS,
                  .name = "charity is free", .holds = never_charged);

/* What is written beside the workflow holds in every test of it. */
static void a_declared_property_holds_here_too(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &charity},
                 "FAILED  always \"charity is free\"");
}

/* ---- what goes wrong ---- */

/* One fault after the other needs no luck. */
static void a_sweep_finds_a_single_fault(void **state)
{
    (void)state;
    assert_fails(
        (struct cloacina_explore_options){
            .workflow = &shop, .always = charged_once, .sweep = 1, .seeds = 1},
        "FAILED  always: sweep, run ");
}

/* Of a plan, only what is in it. */
static void a_sweep_of_a_plan_has_only_its_faults(void **state)
{
    (void)state;
    assert_survives((struct cloacina_explore_options){
        .workflow = &shop, .always = charged_once, .faults = "clocks", .sweep = 1, .seeds = 20});
}

/* In place of those that have names. */
static void a_plan_of_your_own_is_used(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &shop,
                                                   .always = charged_once,
                                                   .plan = forgetful,
                                                   .seeds = 1,
                                                   .runners = 1,
                                                   .slots = 2},
                 ",forgetful,runners=1,slots=2,");
}

/* Calm: not all that varies is a fault. */
static void without_faults_the_shop_survives(void **state)
{
    (void)state;
    assert_survives((struct cloacina_explore_options){
        .workflow = &shop, .always = charged_once, .faults = "none", .seeds = 200});
}

/* ---- sometimes ---- */

static enum cloacina_code never(const struct cloacina_world *world, void *user,
                                struct cloacina_error *err)
{
    (void)world;
    (void)user;
    return cloacina_error_set(err, "no");
}

static enum cloacina_code charged(const struct cloacina_world *world, void *user,
                                  struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects(world, "payments.charge") > 0 ? CLOACINA_OK
                                                                : cloacina_error_set(err, "no");
}

static const struct cloacina_property snow = {
    .name = "it snows", .type = CLOACINA_SOMETIMES, .holds = never};
static const struct cloacina_property sale = {
    .name = "somebody is charged", .type = CLOACINA_SOMETIMES, .holds = charged};

/* A search that never saw it has looked at nothing; a short one may have had no luck. */
static void what_never_happens_in_a_hundred_runs_fails(void **state)
{
    (void)state;
    static const struct cloacina_property *const list[] = {&sale, &snow, NULL};
    struct cloacina_explore_options options = {.workflow = &shop, .properties = list, .seeds = 100};
    assert_fails(options, "ERROR: sometimes \"it snows\": not once in 100 runs");
    options.seeds = 99;
    assert_survives(options);
    options.sweep = 1; /* its runs count */
    assert_fails(options, "ERROR: sometimes \"it snows\": not once in ");
}

/* Once, in any run, is enough. */
static void what_happens_sometimes_is_fine(void **state)
{
    (void)state;
    static const struct cloacina_property *const list[] = {&thrifty, &sale, NULL};
    assert_survives((struct cloacina_explore_options){
        .workflow = &shop, .properties = list + 1, .seeds = 100, .sweep = 1});
}

/* ---- how much ---- */

/* Two processes share the seeds. */
static void two_jobs_find_it_too(void **state)
{
    (void)state;
    assert_fails(
        (struct cloacina_explore_options){.workflow = &shop, .always = charged_once, .jobs = 2},
        "FAILED  always: seed ");
}

/* Of time that really passes: sweep and seeds together. */
static void the_budget_ends_the_search(void **state)
{
    (void)state;
    assert_survives((struct cloacina_explore_options){
        .workflow = &shop, .seeds = UINT64_MAX / 2, .budget_ms = 50, .sweep = 1});
    assert_survives((struct cloacina_explore_options){
        .workflow = &shop, .seeds = UINT64_MAX / 2, .budget_ms = 1, .sweep = 1});
}

/* ---- wrong use ---- */

/* The names that there are. */
static void an_unknown_plan_is_answered_with_all_plans(void **state)
{
    (void)state;
    const struct outcome outcome = assert_fails(
        (struct cloacina_explore_options){.workflow = &shop, .faults = "choas"}, "choas");
    assert_prints(&outcome, "chaos");
    assert_prints(&outcome, "flaky-store");
}

CLOACINA_TASK_DECLARE(hen);
CLOACINA_TASK(egg, .body = price_body, .dependencies = CLOACINA_TASKS(&hen));
CLOACINA_TASK(hen, .body = price_body, .dependencies = CLOACINA_TASKS(&egg));
CLOACINA_WORKFLOW(farm, .tasks = CLOACINA_TASKS(&hen, &egg));

/* Before anything is run. */
static void a_workflow_that_cannot_be_is_named(void **state)
{
    (void)state;
    const struct outcome outcome =
        assert_fails((struct cloacina_explore_options){.workflow = &farm},
                     "depends on itself: egg -> hen -> egg");
    assert_prints(&outcome, "test_explore.c:");
    assert_fails((struct cloacina_explore_options){.workflow = NULL}, "a workflow is required");
}

/* What cannot be done is not done silently. */
static void options_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const struct cloacina_property *many[CLOACINA_WORLD_PROPERTIES_MAX + 2];
    for (size_t i = 0; i <= CLOACINA_WORLD_PROPERTIES_MAX; i++) {
        many[i] = &sale;
    }
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .runners = 1000},
                 "1000 runners");
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .jobs = 1000}, "1000 jobs");
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .context = "[]"}, "object");
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .budget_ms = -1},
                 "explore: a budget of -1 ms");
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .hang_ms = -1},
                 "explore: a hang after -1 ms");
    assert_fails((struct cloacina_explore_options){.workflow = &shop, .properties = many},
                 "explore: more than ");
}

/* ---- around every seed ---- */

static int order = 7;

static int set_up(void **state)
{
    counts->setups++;
    assert_ptr_equal(*state, &counts);
    *state = &order;
    return 0;
}

static int set_up_badly(void **state)
{
    (void)state;
    return 3;
}

static int tear_down(void **state)
{
    assert_ptr_equal(*state, &order);
    counts->teardowns++;
    return 0;
}

static enum cloacina_code slow_price(struct cloacina_world *world, void *user,
                                     struct cloacina_error *err)
{
    assert_ptr_equal(user, &order);
    counts->prepares++;
    return cloacina_world_cost(world, "shop", "price", 5000000, err);
}

static enum cloacina_code wrong_price(struct cloacina_world *world, void *user,
                                      struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_cost(world, "shop", "prise", 5000000, err);
}

static enum cloacina_code order_is_seven(const struct cloacina_world *world, void *user,
                                         struct cloacina_error *err)
{
    (void)world;
    return user == &order ? CLOACINA_OK : cloacina_error_set(err, "another state");
}

/* As cmocka's own setup and teardown are around every test. */
static void setup_and_teardown_are_around_every_seed(void **state)
{
    (void)state;
    assert_survives((struct cloacina_explore_options){.workflow = &shop,
                                                      .seeds = 37,
                                                      .setup = set_up,
                                                      .teardown = tear_down,
                                                      .state = &counts,
                                                      .prepare = slow_price,
                                                      .always = order_is_seven,
                                                      .eventually = order_is_seven});
    assert_int_equal(counts->setups, 37);
    assert_int_equal(counts->prepares, 37);
    assert_int_equal(counts->teardowns, 37);
}

/* Stays asleep when its run is ended. */
static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct cloacina_effect effect = {.name = "yawn", .apply = charge_card};
    enum cloacina_code code = cloacina_task_effect(task, &effect, err);
    if (code == CLOACINA_OK) {
        code = cloacina_task_sleep_ms(task, 60000, err);
        counts->naps_without_state += order == 0;
    }
    return code;
}

CLOACINA_TASK(nap, .body = nap_body);
CLOACINA_WORKFLOW(holiday, .tasks = CLOACINA_TASKS(&nap));

static int open_shop(void **state)
{
    (void)state;
    counts->setups++;
    order = 7;
    return 0;
}

static int close_shop(void **state)
{
    (void)state;
    counts->teardowns++;
    order = 0;
    return 0;
}

static enum cloacina_code nobody_yawns(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    (void)user;
    return cloacina_world_effects(world, "yawn") == 0 ? CLOACINA_OK
                                                      : cloacina_error_set(err, "a yawn");
}

/* A body that waits when its run ends returns through its own error path, and may want the state.
 * The next run may have begun when the finding ends the search: it is not torn down. */
static void the_teardown_comes_when_all_bodies_are_gone(void **state)
{
    (void)state;
    const struct cloacina_explore_options options = {
        .workflow = &holiday, .setup = open_shop, .teardown = close_shop, .always = nobody_yawns};
    assert_fails(options, "a yawn");
    assert_true(counts->setups > 1);
    assert_in_range(counts->setups - counts->teardowns, 0, 1);
    assert_int_equal(counts->naps_without_state, 0);
}

/* The calm run of a sweep is made in this process, and its state must not reach the others. */
static void a_sweep_tears_down_what_it_sets_up(void **state)
{
    (void)state;
    assert_survives((struct cloacina_explore_options){.workflow = &shop,
                                                      .setup = open_shop,
                                                      .teardown = close_shop,
                                                      .sweep = 1,
                                                      .jobs = 2,
                                                      .seeds = 3});
    assert_true(counts->setups > 50);
    assert_int_equal(counts->setups, counts->teardowns);
}

/* No seed is run in a world that is not what the test wants. */
static void a_setup_that_fails_fails_the_test(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &shop,
                                                   .setup = set_up_badly,
                                                   .teardown = tear_down},
                 "ERROR: explore: setup answered 3");
    assert_int_equal(counts->teardowns, 0);
}

/* What was set up is torn down all the same. */
static void an_error_of_prepare_fails_the_test(void **state)
{
    (void)state;
    assert_fails((struct cloacina_explore_options){.workflow = &shop,
                                                   .setup = set_up,
                                                   .teardown = tear_down,
                                                   .state = &counts,
                                                   .prepare = wrong_price},
                 "did you mean 'price'?");
    assert_int_equal(counts->setups, 1);
    assert_int_equal(counts->teardowns, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_property_is_shrunk_and_told),
        cmocka_unit_test(the_seeds_are_the_same_every_time),
        cmocka_unit_test(the_first_seed_can_be_chosen),
        cmocka_unit_test(what_is_wrong_in_the_end_is_found),
        cmocka_unit_test(a_listed_property_is_named),
        cmocka_unit_test(a_declared_property_holds_here_too),
        cmocka_unit_test(a_sweep_finds_a_single_fault),
        cmocka_unit_test(a_sweep_of_a_plan_has_only_its_faults),
        cmocka_unit_test(a_plan_of_your_own_is_used),
        cmocka_unit_test(without_faults_the_shop_survives),
        cmocka_unit_test(what_never_happens_in_a_hundred_runs_fails),
        cmocka_unit_test(what_happens_sometimes_is_fine),
        cmocka_unit_test(two_jobs_find_it_too),
        cmocka_unit_test(the_budget_ends_the_search),
        cmocka_unit_test(an_unknown_plan_is_answered_with_all_plans),
        cmocka_unit_test(a_workflow_that_cannot_be_is_named),
        cmocka_unit_test(options_that_make_no_sense_are_refused),
        cmocka_unit_test(setup_and_teardown_are_around_every_seed),
        cmocka_unit_test(the_teardown_comes_when_all_bodies_are_gone),
        cmocka_unit_test(a_sweep_tears_down_what_it_sets_up),
        cmocka_unit_test(a_setup_that_fails_fails_the_test),
        cmocka_unit_test(an_error_of_prepare_fails_the_test),
    };
    scene_open();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    scene_close();
    return failed;
}
