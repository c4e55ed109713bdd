/* SPDX-License-Identifier: Apache-2.0 */
/* test_explain.c - what a finding needs, and what does not matter to it. */
#include "search_scene.h"

#include <cloacina/clock.h>

/* What is said of the finding that these decisions lead to. */
static void assert_explained(struct search_subject subject, const char *const *texts, size_t count,
                             bool is_isolated, const char *expected)
{
    struct shrink_options options = {
        .clock = cloacina_clock_system(), .budget_ns = 60 * SECOND, .is_isolated = is_isolated};
    struct scene_decisions decisions;
    struct search_outcome outcome;
    struct shrink_result result;
    struct text_builder text;
    scene_decisions_init(&decisions, texts, count);
    search_outcome_init(&outcome, NULL);
    text_builder_init(&text, NULL);
    assert_ok(search_replay(&subject, decisions.all, count, NULL, &outcome, NULL, err));
    assert_ok(shrink(&subject, &outcome.finding, decisions.all, count, &options, &result, err));
    assert_ok(shrink_explain(&subject, &outcome.finding, &result, &text, err));
    assert_string_equal(text_builder_terminated(&text), expected);
    text_builder_finish(&text);
    shrink_result_finish(&result);
    search_outcome_finish(&outcome);
    scene_decisions_finish(&decisions);
}

/* The sentence that the report shows. */
static void a_lost_reply_is_all_that_a_double_charge_needs(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    const char *texts[] = {"run-1/charge/1/effect.payments.charge@1=reply-lost"};
    assert_explained(scene_subject(&scene), texts, 1, false,
                     "needs: the lost reply of payments.charge of 'charge'.  does not matter: "
                     "order, jitter, ids, clocks, the way to the store, the number of runners");
}

/* The same in child processes, where nobody learns what was asked. */
static void the_explanation_of_a_crash_needs_processes(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    const char *texts[] = {"run-1/charge/1/effect.payments.charge@1=reply-lost"};
    assert_explained(scene_subject(&scene), texts, 1, true,
                     "needs: the lost reply of payments.charge of 'charge'.  does not matter: "
                     "order, jitter, ids, drawn numbers, clocks, the way to the store, the number "
                     "of runners");
}

/* ---- a finding that needs more ---- */

static enum cloacina_code always_wrong(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    (void)world;
    (void)user;
    return cloacina_error_set(err, "no");
}

static const struct cloacina_property wrong = {
    .name = "wrong", .type = CLOACINA_EVENTUALLY, .holds = always_wrong};

/* Not everything is the simulator's doing. */
static void what_happens_in_a_calm_world_needs_nothing(void **state)
{
    (void)state;
    struct scene scene = {.definition = &scene_safe_shop, .properties = {&wrong}};
    struct search_subject subject = scene_subject(&scene);
    subject.world.runners = 1;
    assert_explained(subject, NULL, 0, false,
                     "needs: nothing that goes wrong.  does not matter: order, ids, clocks, the "
                     "way to the store, the number of runners");
}

/* A draw of one number in two is a matter of luck. */
static enum cloacina_code coin_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_random(task, 1000) == 0 ? cloacina_error_set(err, "zero") : CLOACINA_OK;
}

static const struct cloacina_task_definition coin = {
    .name = "coin", .body = coin_body, .retry = {.attempts_max = 1}};
static const struct cloacina_workflow_definition coins = {.name = "coins",
                                                          .tasks = CLOACINA_TASKS(&coin)};

static enum cloacina_code has_no_failure(const struct cloacina_world *world, void *user,
                                         struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.failed == 0 ? CLOACINA_OK : cloacina_error_set(err, "failed");
}

static const struct cloacina_property no_failure = {
    .name = "no failure", .type = CLOACINA_ALWAYS, .holds = has_no_failure};

/* What a change makes go away is needed. */
static void drawn_numbers_that_matter_are_needed(void **state)
{
    (void)state;
    struct scene scene = {.definition = &coins, .properties = {&no_failure}};
    assert_explained(scene_subject(&scene), NULL, 0, false,
                     "needs: these drawn numbers.  does not matter: order, ids, clocks, the way to "
                     "the store, the number of runners");
}

/* ---- a body that believes its runner's clock ---- */

/* A runner is named where the decision is about no task; other clocks would have made it go. */
static void a_wrong_clock_is_needed_by_name(void **state)
{
    (void)state;
    struct scene scene = {.definition = &believers, .properties = {&no_failure}};
    struct search_subject subject = scene_subject(&scene);
    const char *texts[] = {"runner-1/clock@1=offset:-100s"};
    subject.world.runners = 1;
    assert_explained(subject, texts, 1, false,
                     "needs: the wrong clock of runner-1.  does not matter: order, ids, "
                     "clocks, the way to the store, the number of runners");
}

/* ---- I-20 ---- */

static enum cloacina_code impatient_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_now(task) > CLOACINA_WORLD_START_NS ? cloacina_error_set(err, "too late")
                                                             : CLOACINA_OK;
}

static const struct cloacina_task_definition impatient = {.name = "impatient",
                                                          .body = impatient_body,
                                                          .dependencies =
                                                              CLOACINA_TASKS(&scene_price),
                                                          .retry = {.attempts_max = 1}};
static const struct cloacina_workflow_definition hasty = {
    .name = "hasty", .tasks = CLOACINA_TASKS(&scene_price, &impatient)};

/* Runs with other clocks are not judged by it: nothing is said of them. */
static void what_is_not_judged_is_not_said_to_matter(void **state)
{
    (void)state;
    struct scene scene = {.definition = &hasty};
    struct search_subject subject = scene_subject(&scene);
    const char *texts[] = {"run-1/price/1/commit@1=busy"};
    subject.world.runners = 1;
    subject.is_transparent = true;
    assert_explained(subject, texts, 1, false,
                     "needs: the busy store at commit of 'price'.  does not matter: order, ids, "
                     "the number of runners");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_reply_is_all_that_a_double_charge_needs),
        cmocka_unit_test(the_explanation_of_a_crash_needs_processes),
        cmocka_unit_test(what_happens_in_a_calm_world_needs_nothing),
        cmocka_unit_test(drawn_numbers_that_matter_are_needed),
        cmocka_unit_test(a_wrong_clock_is_needed_by_name),
        cmocka_unit_test(what_is_not_judged_is_not_said_to_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
