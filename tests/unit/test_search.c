/* SPDX-License-Identifier: Apache-2.0 */
/* test_search.c - one run of a subject, and what is said of it. */
#include "search_scene.h"

/* ---- bodies ---- */

/* Ends well unless the oracle says one of a hundred. */
static enum cloacina_code dice_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_random(task, 100) == 7 ? cloacina_error_set(err, "seven") : CLOACINA_OK;
}

/* Turns for ever without doing anything. */
static enum cloacina_code sleepless_body(struct cloacina_task *task, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK) {
        code = cloacina_task_sleep_ms(task, 1000, err);
    }
    return code;
}

CLOACINA_TASK(dice, .body = dice_body, .retry = {.attempts_max = 1});
CLOACINA_WORKFLOW(gamble, .tasks = CLOACINA_TASKS(&dice));
CLOACINA_TASK(turn, .body = sleepless_body);
CLOACINA_WORKFLOW(endless, .tasks = CLOACINA_TASKS(&turn));

static enum cloacina_code never_failed(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.failed == 0 ? CLOACINA_OK : cloacina_error_set(err, "a task has failed");
}

static enum cloacina_code has_attempts(const struct cloacina_world *world, void *user,
                                       struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.attempts > 0 ? CLOACINA_OK : cloacina_error_set(err, "not yet");
}

static enum cloacina_code never(const struct cloacina_world *world, void *user,
                                struct cloacina_error *err)
{
    (void)world;
    (void)user;
    return cloacina_error_set(err, "no");
}

static const struct cloacina_property lucky = {
    .name = "it's luck: 'no seven'", .type = CLOACINA_EVENTUALLY, .holds = never_failed};
static const struct cloacina_property is_tried = {
    .name = "something is tried", .type = CLOACINA_SOMETIMES, .holds = has_attempts};
static const struct cloacina_property is_never = {
    .name = "never", .type = CLOACINA_SOMETIMES, .holds = never};

static struct search_outcome outcome_of(struct cloacina_heap *heap)
{
    struct search_outcome outcome;
    search_outcome_init(&outcome, heap);
    return outcome;
}

/* ---- tests ---- */

/* The plain unit test: no decision, no finding, and figures that can be added up. */
static void a_calm_run_has_no_finding_and_no_decisions(void **state)
{
    (void)state;
    struct scene scene = scene_of_shop();
    struct search_subject subject = scene_subject(&scene);
    struct search_outcome outcome = outcome_of(NULL);
    assert_ok(search_run(&subject, source_calm(), NULL, &outcome, err));
    assert_null(outcome.finding.id);
    assert_int_equal(outcome.decision_count, 0);
    assert_int_equal(outcome.figures.runs, 1);
    assert_int_equal(outcome.figures.attempts, 5);
    assert_true(outcome.figures.events > 0);
    assert_int_equal(scene.prepared, 1);
    search_outcome_finish(&outcome);
}

/* The name is what tells two findings of one kind apart; it may contain quotes itself. */
static void a_broken_property_is_a_finding_with_its_name(void **state)
{
    (void)state;
    struct scene scene = {.definition = &gamble, .properties = {&is_never, &lucky}};
    struct search_subject subject = scene_subject(&scene);
    const char *texts[] = {"run-1/dice/1/random@1=7"};
    struct scene_decisions decisions;
    scene_decisions_init(&decisions, texts, 1);
    struct search_outcome outcome = outcome_of(NULL);
    size_t found = 0;
    assert_ok(search_replay(&subject, decisions.all, 1, NULL, &outcome, &found, err));
    assert_string_equal(outcome.finding.id, "eventually");
    assert_string_equal(outcome.finding.name, "it's luck: 'no seven'");
    assert_string_equal(outcome.finding.message, "'it's luck: 'no seven'': a task has failed");
    assert_int_equal(found, 1);
    assert_decisions(outcome.decisions, outcome.decision_count, texts[0]);
    search_outcome_finish(&outcome);
    scene_decisions_finish(&decisions);
}

/* A token made before a change still runs; it says how much of it was found. */
static void decisions_that_nobody_asks_for_are_not_found(void **state)
{
    (void)state;
    struct scene scene = {.definition = &gamble, .properties = {&lucky}};
    struct search_subject subject = scene_subject(&scene);
    const char *texts[] = {"run-1/gone/1/random@1=7", "run-1/dice/1/random@1=8"};
    struct scene_decisions decisions;
    scene_decisions_init(&decisions, texts, 2);
    struct search_outcome outcome = outcome_of(NULL);
    size_t found = 0;
    assert_ok(search_replay(&subject, decisions.all, 2, NULL, &outcome, &found, err));
    assert_null(outcome.finding.id);
    assert_int_equal(found, 1);
    search_outcome_finish(&outcome);
    scene_decisions_finish(&decisions);
}

/* The law of the room: whatever chance finds, its decisions find it again. */
static void the_decisions_of_a_seed_make_the_same_run(void **state)
{
    (void)state;
    struct scene scene = {.definition = &gamble, .properties = {&lucky}};
    struct search_subject subject = scene_subject(&scene);
    subject.uses_seed = true;
    struct search_outcome outcome = outcome_of(NULL), again = outcome_of(NULL);
    uint64_t seed = 0;
    do {
        assert_ok(search_seed(&subject, NULL, seed++, NULL, &outcome, err));
        assert_int_equal(scene.seed, seed - 1);
    } while (outcome.finding.id == NULL);
    assert_true(seed < 2000);
    struct search_setup setup = {.seed = seed - 1};
    assert_ok(search_replay(&subject, outcome.decisions, outcome.decision_count, &setup, &again,
                            NULL, err));
    assert_true(search_finding_equal(&outcome.finding, &again.finding));
    assert_true(hash128_equal(outcome.trace, again.trace));
    assert_int_equal(outcome.finding.at, again.finding.at);
    search_outcome_finish(&outcome);
    search_outcome_finish(&again);
}

/* A world that never rests is wrong by I-07; but not when somebody wanted only its beginning. */
static void a_run_may_be_cut_short(void **state)
{
    (void)state;
    struct scene scene = {.definition = &endless};
    struct search_subject subject = scene_subject(&scene);
    subject.world.events_max = 500;
    struct search_outcome outcome = outcome_of(NULL);
    assert_ok(search_run(&subject, source_calm(), NULL, &outcome, err));
    assert_string_equal(outcome.finding.id, "I-07");
    struct search_setup setup = {.events_max = 100};
    assert_ok(search_run(&subject, source_calm(), &setup, &outcome, err));
    assert_null(outcome.finding.id);
    assert_int_equal(outcome.figures.events, 100);
    search_outcome_finish(&outcome);
}

/* What was true at some moment of some run, by the number among those of its type. */
static void sometimes_properties_are_noted(void **state)
{
    (void)state;
    struct scene scene = {.definition = &gamble, .properties = {&lucky, &is_never, &is_tried}};
    struct search_subject subject = scene_subject(&scene);
    uint64_t seen = 0, pulse = 0;
    struct search_setup setup = {.sometimes = &seen, .pulse = &pulse, .without_decisions = true};
    struct search_outcome outcome = outcome_of(NULL);
    assert_ok(search_run(&subject, source_calm(), &setup, &outcome, err));
    assert_int_equal(seen, 2);
    assert_int_equal(pulse, outcome.figures.events);
    search_outcome_finish(&outcome);
}

static enum cloacina_code prepare_nothing(void *user, struct cloacina_world *world, uint64_t seed,
                                          struct cloacina_error *err)
{
    (void)user;
    (void)world;
    (void)seed;
    return cloacina_error_raise(err, CLOACINA_IO, "no input");
}

/* It is not a finding about the workflow. */
static void an_error_while_preparing_ends_the_search(void **state)
{
    (void)state;
    struct search_subject subject = {.prepare = prepare_nothing};
    struct search_outcome outcome = outcome_of(NULL);
    assert_error(search_run(&subject, source_calm(), NULL, &outcome, err), CLOACINA_IO, "no input");
    search_outcome_finish(&outcome);
}

/* Ids are read back from other processes and from files. */
static void findings_are_the_same_by_id_and_name(void **state)
{
    (void)state;
    struct search_finding none = {.id = NULL}, i01 = {.id = "I-01"}, i02 = {.id = "I-02"};
    struct search_finding a = {.id = "always", .name = "a"}, b = {.id = "always", .name = "b"};
    assert_true(search_finding_equal(&none, &none));
    assert_false(search_finding_equal(&none, &i01));
    assert_false(search_finding_equal(&i01, &none));
    assert_false(search_finding_equal(&i01, &i02));
    assert_false(search_finding_equal(&a, &b));
    assert_true(search_finding_equal(&b, &b));
    assert_string_equal(search_finding_id("I-35"), "I-35");
    assert_string_equal(search_finding_id("hang"), "hang");
    assert_null(search_finding_id("I-36"));
}

/* ---- I-20 ---- */

/* Behaves differently when its runner has been slow to commit: by the time that it sees. */
static enum cloacina_code impatient_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_now(task) > CLOACINA_WORLD_START_NS ? cloacina_error_set(err, "too late")
                                                             : CLOACINA_OK;
}

CLOACINA_TASK(early, .body = dice_body, .retry = {.attempts_max = 1});
CLOACINA_TASK(impatient, .body = impatient_body, .retry = {.attempts_max = 1},
              .dependencies = CLOACINA_TASKS(&early));
CLOACINA_WORKFLOW(hasty, .tasks = CLOACINA_TASKS(&early, &impatient));

/* A busy store costs time; a workflow that fails for it is told. */
static void a_busy_store_must_not_change_how_a_task_ends(void **state)
{
    (void)state;
    struct scene scene = {.definition = &hasty};
    struct search_subject subject = scene_subject(&scene);
    subject.world.runners = 1;
    subject.is_transparent = true;
    const char *texts[] = {"run-1/early/1/commit@1=busy", "run-1/early/1/commit@1=crash:1s",
                           "run-1/early/1/random@1=7"};
    struct scene_decisions decisions;
    scene_decisions_init(&decisions, texts, 3);
    struct search_calm calm;
    search_calm_init(&calm, NULL);
    struct search_setup setup = {.calm = &calm};
    struct search_outcome outcome = outcome_of(NULL);
    assert_ok(search_replay(&subject, decisions.all, 1, &setup, &outcome, NULL, err));
    assert_non_null(outcome.finding.id);
    assert_string_equal(outcome.finding.id, "I-20");
    assert_string_equal(outcome.finding.message,
                        "run 1: task 'impatient' is Failed, and Completed in the calm run: a store "
                        "that fails for a moment must only cost time");
    assert_int_equal(scene.prepared, 2);

    /* The second time the calm run is known. */
    assert_ok(search_replay(&subject, decisions.all, 1, &setup, &outcome, NULL, err));
    assert_string_equal(outcome.finding.id, "I-20");
    assert_int_equal(scene.prepared, 3);

    /* A dead runner is another matter. */
    assert_ok(search_replay(&subject, decisions.all + 1, 1, &setup, &outcome, NULL, err));
    assert_null(outcome.finding.id);
    assert_int_equal(scene.prepared, 4);

    /* What a body drew is the same in both. */
    decisions.all[1] = decisions.all[2];
    assert_ok(search_replay(&subject, decisions.all, 2, NULL, &outcome, NULL, err));
    assert_null(outcome.finding.id);
    assert_int_equal(scene.prepared, 6);
    search_outcome_finish(&outcome);
    search_calm_finish(&calm);
    scene_decisions_finish(&decisions);
}

/* Nothing is left over, and nothing is judged, when memory ends anywhere. */
static void running_out_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    (void)state;
    const char *texts[] = {"run-1/early/1/commit@1=busy", "run-1/early/1/random@1=3"};
    struct scene_decisions decisions;
    scene_decisions_init(&decisions, texts, 2);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct scene scene = {.definition = &hasty};
        struct search_subject subject = scene_subject(&scene);
        subject.heap = &heap.heap;
        subject.is_transparent = true;
        struct search_outcome outcome = outcome_of(&heap.heap);
        struct cloacina_error error = {CLOACINA_OK, ""};
        enum cloacina_code code =
            search_replay(&subject, decisions.all, 2, NULL, &outcome, NULL, &error);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        search_outcome_finish(&outcome);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    scene_decisions_finish(&decisions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calm_run_has_no_finding_and_no_decisions),
        cmocka_unit_test(a_broken_property_is_a_finding_with_its_name),
        cmocka_unit_test(decisions_that_nobody_asks_for_are_not_found),
        cmocka_unit_test(the_decisions_of_a_seed_make_the_same_run),
        cmocka_unit_test(a_run_may_be_cut_short),
        cmocka_unit_test(sometimes_properties_are_noted),
        cmocka_unit_test(an_error_while_preparing_ends_the_search),
        cmocka_unit_test(findings_are_the_same_by_id_and_name),
        cmocka_unit_test(a_busy_store_must_not_change_how_a_task_ends),
        cmocka_unit_test(running_out_of_memory_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
