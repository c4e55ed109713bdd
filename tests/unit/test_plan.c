/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan.c - fault plans: what may be said, what is refused, and the plans that are there. */
#include "support.h"

#include <math.h>

#include "base/instant.h"
#include "oracle/plan.h"

static struct cloacina_fault_plan *plan;

static int plan_begin(void **state)
{
    (void)state;
    return cloacina_fault_plan_create("mine", &plan, NULL) == CLOACINA_OK ? 0 : -1;
}

static int plan_end(void **state)
{
    (void)state;
    cloacina_fault_plan_destroy(plan);
    return 0;
}

static const struct plan_rule *add(struct cloacina_fault fault)
{
    struct cloacina_error err = {.message = ""};
    if (cloacina_fault_plan_add(plan, &fault, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return &plan->rules[plan->rule_count - 1];
}

static void assert_refused(struct cloacina_fault fault, const char *message)
{
    struct cloacina_error err = {.message = ""};
    size_t count = plan->rule_count;
    assert_int_equal(cloacina_fault_plan_add(plan, &fault, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, message);
    assert_int_equal(plan->rule_count, count);
}

/* ---- patterns ---- */

static bool matches(const char *glob, const char *text)
{
    return glob_matches(text_of(glob), text_of(text));
}

/* Stars and question marks as in a shell, but a star takes slashes too. */
static void patterns_match_places(void **state)
{
    (void)state;
    assert_true(matches("run-1/load/2/commit", "run-1/load/2/commit"));
    assert_false(matches("run-1/load/2/commit", "run-1/load/2/commits"));
    assert_false(matches("run-1/load/2/commit", "run-1/load/2/commi"));
    assert_true(matches("run-?/load/*", "run-7/load/2/commit"));
    assert_false(matches("run-?/load/*", "run-17/load/2/commit"));
    assert_true(matches("*/commit", "run-7/load/2/commit"));
    assert_true(matches("*", ""));
    assert_true(matches("***", "x"));
    assert_false(matches("?", ""));
    assert_true(matches("", ""));
    assert_false(matches("", "x"));
    assert_true(matches("*ab*ab*b", "xabababb"));
    assert_false(matches("*ab*ab*c", "xabababb"));
    assert_true(matches("a*", "a"));
    assert_false(matches("a*b", "ac"));
}

/* The classic trap of patterns: many stars, nearly a match. Without a limit it never ends. */
static void many_stars_cost_little(void **state)
{
    (void)state;
    char glob[2048], text[2048];
    for (size_t i = 0; i < sizeof(glob) - 2; i += 2) {
        memcpy(&glob[i], "*a", 2);
    }
    memcpy(&glob[sizeof(glob) - 2], "b", 2);
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    assert_false(matches(glob, text));
}

/* ---- rules ---- */

/* What is left out means: wherever it can be, as the list of faults says. */
static void a_rule_has_the_defaults_of_its_fault(void **state)
{
    (void)state;
    const struct plan_rule *rule =
        add((struct cloacina_fault){.fault = "slow", .probability = 0.25});
    assert_int_equal(rule->fault, FAULT_SLOW);
    assert_int_equal(rule->sites, fault_sites(FAULT_SLOW));
    assert_int_equal(rule->glob.length, 0);
    assert_int_equal(rule->chance, PLAN_CERTAIN / 4);
    assert_int_equal(rule->amount_minimum, 10 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(rule->amount_maximum, 20 * NANOSECONDS_PER_SECOND);
    assert_int_equal(rule->until_ns, INT64_MAX);
    assert_false(rule->never);
}

/* Each knob arrives. */
static void a_rule_has_what_was_said(void **state)
{
    (void)state;
    char where[] = "run-1/*";
    const struct plan_rule *rule = add((struct cloacina_fault){.fault = "crash",
                                                               .at = "commit, poll",
                                                               .where = where,
                                                               .amount = "1s..1.5m",
                                                               .probability = 1,
                                                               .from_nth = 3,
                                                               .at_most = 5,
                                                               .until_ms = 1500});
    where[0] = 'x'; /* texts are copied */
    assert_int_equal(rule->sites, UINT64_C(1) << SITE_COMMIT | UINT64_C(1) << SITE_POLL);
    assert_true(text_equal(rule->glob, TEXT_LITERAL("run-1/*")));
    assert_int_equal(rule->chance, PLAN_CERTAIN);
    assert_int_equal(rule->from_nth, 3);
    assert_int_equal(rule->at_most, 5);
    assert_int_equal(rule->until_ns, 1500 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(rule->amount_minimum, NANOSECONDS_PER_SECOND);
    assert_int_equal(rule->amount_maximum, 90 * NANOSECONDS_PER_SECOND);
    rule = add((struct cloacina_fault){.fault = "step", .amount = "-1h..+5m", .nth = 2});
    assert_int_equal(rule->amount_minimum, -NANOSECONDS_PER_HOUR);
    assert_int_equal(rule->amount_maximum, 5 * NANOSECONDS_PER_MINUTE);
    assert_int_equal(rule->nth, 2);
    rule = add((struct cloacina_fault){.fault = "drift", .amount = "100ppm", .probability = 1e-12});
    assert_int_equal(rule->amount_minimum, 100000);
    assert_int_equal(rule->amount_maximum, 100000);
    assert_int_equal(rule->chance, 1); /* never less than asked for */
    assert_true(add((struct cloacina_fault){.fault = "busy", .never = 1})->never);
    rule = add((struct cloacina_fault){.fault = "crash", .probability = 0.25, .again = 0.5});
    assert_int_equal(rule->chance, PLAN_CERTAIN / 4);
    assert_int_equal(rule->again, PLAN_CERTAIN / 2);
}

/* One word for the most common place of all; reads cannot be full. */
static void store_is_every_call_to_the_store(void **state)
{
    (void)state;
    const struct plan_rule *rule =
        add((struct cloacina_fault){.fault = "crash", .at = "store,body", .probability = 1});
    assert_int_equal(rule->sites & ~(UINT64_C(1) << SITE_BODY), fault_store_calls(FAULT_CRASH));
    for (int site = 0; site < SITES; site++) {
        assert_int_equal(fault_store_calls(FAULT_CRASH) >> site & 1,
                         site_is_store_call((enum site)site));
    }
    rule = add((struct cloacina_fault){.fault = "full", .at = "store", .probability = 1});
    assert_int_equal(rule->sites, fault_store_calls(FAULT_FULL));
    assert_refused((struct cloacina_fault){.fault = "fail", .at = "store", .probability = 1},
                   "at: 'fail' does not happen at 'store'");
}

/* And one for the place below it. */
static void disk_is_every_call_to_the_disk(void **state)
{
    (void)state;
    const struct plan_rule *rule =
        add((struct cloacina_fault){.fault = "crash", .at = "disk,body", .probability = 1});
    assert_int_equal(rule->sites & ~(UINT64_C(1) << SITE_BODY), fault_disk_calls(FAULT_CRASH));
    for (int site = 0; site < SITES; site++) {
        assert_int_equal(fault_disk_calls(FAULT_CRASH) >> site & 1,
                         site_is_disk_call((enum site)site));
    }
    rule = add((struct cloacina_fault){.fault = "power-loss", .probability = 1});
    assert_int_equal(rule->sites, fault_disk_calls(FAULT_POWER_LOSS));
    assert_refused((struct cloacina_fault){.fault = "busy", .at = "disk", .probability = 1},
                   "at: 'busy' does not happen at 'disk'");
}

/* The message begins with the field, so that a reader of files can name its line. */
static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    assert_refused((struct cloacina_fault){.probability = 1}, "fault: is missing");
    assert_refused((struct cloacina_fault){.fault = "reply-lst", .probability = 1},
                   "fault: there is no 'reply-lst'; did you mean 'reply-lost'?");
    assert_refused((struct cloacina_fault){.fault = "number", .probability = 1},
                   "fault: there is no 'number'");
    assert_refused((struct cloacina_fault){.fault = "none", .probability = 1},
                   "fault: there is no 'none'");
    assert_refused((struct cloacina_fault){.fault = "busy", .at = "comit", .probability = 1},
                   "at: there is no 'comit'; did you mean 'commit'?");
    assert_refused((struct cloacina_fault){.fault = "busy", .at = "commit,", .probability = 1},
                   "at: there is no ''");
    assert_refused((struct cloacina_fault){.fault = "busy", .at = "commit,body", .probability = 1},
                   "at: 'busy' does not happen at 'body'");
    assert_refused((struct cloacina_fault){.fault = "busy", .where = "run-1@1", .probability = 1},
                   "where: 'run-1@1' matches no place: those consist of A-Z a-z 0-9 . _ - + /");
    assert_refused((struct cloacina_fault){.fault = "busy", .where = "", .probability = 1},
                   "where: '' matches no place: those consist of A-Z a-z 0-9 . _ - + /");
    assert_refused((struct cloacina_fault){.fault = "busy", .amount = "1s", .probability = 1},
                   "amount: '1s' is not needed: this fault has no amount");
    assert_refused((struct cloacina_fault){.fault = "slow", .amount = "1..2s", .probability = 1},
                   "amount: '1..2s' is no time: '2s', or '1s..90s'");
    assert_refused((struct cloacina_fault){.fault = "slow", .amount = "", .probability = 1},
                   "amount: '' is no time: '2s', or '1s..90s'");
    assert_refused((struct cloacina_fault){.fault = "slow", .amount = "2s..1s", .probability = 1},
                   "amount: '2s..1s' begins above its end");
    assert_refused((struct cloacina_fault){.fault = "step", .amount = "x", .probability = 1},
                   "amount: 'x' is no difference of clocks: '-2s', or '-1h..1h'");
    assert_refused((struct cloacina_fault){.fault = "drift", .amount = "1s", .probability = 1},
                   "amount: '1s' is no rate: '100ppm', or '-200ppm..200ppm'");
    assert_refused((struct cloacina_fault){.fault = "no-memory", .amount = "1s", .nth = 1},
                   "amount: '1s' is no number: '2', or '1..3'");
    assert_refused((struct cloacina_fault){.fault = "busy", .probability = 1.5},
                   "probability: 1.5 is not between 0 and 1");
    assert_refused((struct cloacina_fault){.fault = "busy", .probability = -0.1},
                   "probability: -0.1 is not between 0 and 1");
    assert_refused((struct cloacina_fault){.fault = "busy", .probability = (double)NAN},
                   "probability: is no number");
    assert_refused(
        (struct cloacina_fault){.fault = "busy"},
        "probability: is missing, and so are nth and from_nth: 'busy' would never happen");
    assert_refused((struct cloacina_fault){.fault = "busy", .nth = 1, .from_nth = 2},
                   "from_nth: does not go with nth");
    assert_refused((struct cloacina_fault){.fault = "busy", .probability = 1, .again = 1.5},
                   "again: 1.5 is not between 0 and 1");
    assert_refused((struct cloacina_fault){.fault = "busy", .nth = 1, .again = 1},
                   "again: does not go with nth, from_nth");
    assert_refused((struct cloacina_fault){.fault = "busy", .from_nth = 1, .again = 1},
                   "again: does not go with nth, from_nth");
    assert_refused(
        (struct cloacina_fault){.fault = "busy", .again = 1},
        "probability: is missing, and so are nth and from_nth: 'busy' would never happen");
    assert_refused((struct cloacina_fault){.fault = "busy", .nth = 1, .until_ms = -1},
                   "until: is negative");
    assert_refused((struct cloacina_fault){.fault = "busy", .nth = 1, .until_ms = INT64_MAX},
                   "until: is more than 292 years");
    assert_refused((struct cloacina_fault){.fault = "busy", .never = 1, .probability = 7},
                   "probability: 7.0 is not between 0 and 1"); /* also what is switched off */
}

/* Everything has a limit. */
static void a_plan_has_so_many_rules(void **state)
{
    (void)state;
    struct cloacina_error err;
    for (int i = 0; i < PLAN_RULES_MAX; i++) {
        (void)add((struct cloacina_fault){.fault = "busy", .nth = 1});
    }
    assert_int_equal(
        cloacina_fault_plan_add(plan, &(struct cloacina_fault){.fault = "busy", .nth = 1}, &err),
        CLOACINA_LIMIT);
    assert_string_equal(err.message, "more than 1024 faults in a plan");
}

/* ---- plans ---- */

/* Faults for a minute, each in every second run, unless somebody says otherwise. */
static void a_plan_says_when_calm_begins_and_how_large_its_swarm_is(void **state)
{
    (void)state;
    struct cloacina_error err;
    assert_string_equal(cloacina_fault_plan_name(plan), "mine");
    assert_int_equal(plan->until_ns, NANOSECONDS_PER_MINUTE);
    assert_int_equal(plan->swarm, PLAN_CERTAIN / 2);
    assert_int_equal(cloacina_fault_plan_until(plan, 0, &err), CLOACINA_OK);
    assert_int_equal(plan->until_ns, 0);
    assert_int_equal(cloacina_fault_plan_until(plan, -1, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "until: is negative");
    assert_int_equal(cloacina_fault_plan_swarm(plan, 1, &err), CLOACINA_OK);
    assert_int_equal(plan->swarm, PLAN_CERTAIN);
    assert_int_equal(cloacina_fault_plan_swarm(plan, 0, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "swarm: is not above 0: no fault would ever happen");
    assert_int_equal(cloacina_fault_plan_swarm(plan, 2, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "swarm: 2.0 is not between 0 and 1");
    assert_int_equal(cloacina_fault_plan_swarm(plan, (double)NAN, &err), CLOACINA_INVALID);
}

/* A name becomes part of tokens; a description of one line. */
static void names_and_descriptions_are_plain(void **state)
{
    (void)state;
    static const char *const wrong[] = {"", "a b", "a/b", "a+b", "\xc3\xa4", NULL};
    struct cloacina_fault_plan *other = plan;
    struct cloacina_error err;
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        assert_int_equal(cloacina_fault_plan_create(wrong[i], &other, &err), CLOACINA_INVALID);
        assert_ptr_equal(other, plan);
    }
    assert_int_equal(plan_set_description(plan, TEXT_LITERAL("it \xe2\x80\x93 is"), &err),
                     CLOACINA_OK);
    assert_int_equal(plan_set_description(plan, TEXT_LITERAL("two\nlines"), &err),
                     CLOACINA_INVALID);
    assert_int_equal(plan_set_description(plan, TEXT_LITERAL("\xff"), &err), CLOACINA_INVALID);
    assert_int_equal(plan->description.length, strlen("it \xe2\x80\x93 is"));
    cloacina_fault_plan_destroy(NULL);
}

/* ---- the plans that are always there ---- */

static struct cloacina_fault_plan *named(const char *name)
{
    struct cloacina_fault_plan *found = NULL;
    struct cloacina_error err = {.message = ""};
    if (cloacina_fault_plan_named(name, &found, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return found;
}

/* A plan that nobody can name is not there. */
static void every_named_plan_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"none",    "flaky-store", "crashes", "clocks",
                                        "deploys", "disk",        "chaos"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct cloacina_fault_plan *found = named(names[i]);
        assert_string_equal(plan_named_name(i), names[i]);
        assert_string_equal(cloacina_fault_plan_name(found), names[i]);
        assert_string_equal(found->description.bytes, plan_named_description(i));
        assert_int_equal(found->rule_count == 0, i == 0);
        cloacina_fault_plan_destroy(found);
    }
    assert_null(plan_named_name(ARRAY_COUNT(names)));
    assert_null(plan_named_description(ARRAY_COUNT(names)));
}

/* Whoever misspells one learns which there are. */
static void an_unknown_plan_is_answered_with_the_list(void **state)
{
    (void)state;
    struct cloacina_fault_plan *found = NULL;
    struct cloacina_error err;
    assert_int_equal(cloacina_fault_plan_named("chao", &found, &err), CLOACINA_NOT_FOUND);
    assert_string_equal(err.message,
                        "there is no fault plan 'chao'; did you mean 'chaos'? (there are none, "
                        "flaky-store, crashes, clocks, deploys, disk, chaos)");
    assert_null(found);
}

/* The law of chaos. */
static void chaos_has_every_fault_everywhere(void **state)
{
    (void)state;
    struct cloacina_fault_plan *chaos = named("chaos");
    uint64_t chance_at[SITES] = {0};
    uint64_t covered[FAULTS] = {0};
    for (size_t i = 0; i < chaos->rule_count; i++) {
        covered[chaos->rules[i].fault] |= chaos->rules[i].sites;
        for (int site = 0; site < SITES; site++) {
            bool is_there = (chaos->rules[i].sites >> site & 1) != 0;
            chance_at[site] += is_there ? chaos->rules[i].chance : 0;
        }
    }
    for (int fault = FAULT_NONE + 1; fault < FAULT_NUMBER; fault++) {
        assert_int_equal(covered[fault], fault_sites((enum fault)fault));
    }
    for (int site = 0; site < SITES; site++) {
        assert_true(chance_at[site] < PLAN_CERTAIN); /* so that each has its own chance */
    }
    cloacina_fault_plan_destroy(chaos);
}

/* Only a task that kills its runner again and again goes on for longer: each death takes a minute
 * to be noticed. All else is over soon, so that runs are short. */
static void chaos_is_over_after_a_minute_but_for_what_comes_again(void **state)
{
    (void)state;
    struct cloacina_fault_plan *chaos = named("chaos");
    size_t again = 0;
    for (size_t i = 0; i < chaos->rule_count; i++) {
        const struct plan_rule *rule = &chaos->rules[i];
        again += rule->again != 0;
        assert_int_equal(rule->until_ns,
                         rule->again != 0 ? chaos->until_ns : NANOSECONDS_PER_MINUTE);
    }
    assert_int_equal(again, 1);
    assert_int_equal(chaos->until_ns, 10 * NANOSECONDS_PER_MINUTE);
    cloacina_fault_plan_destroy(chaos);
}

/* ---- for people ---- */

static void assert_contains(struct text_builder *builder, const char *part)
{
    if (strstr(text_builder_terminated(builder), part) == NULL) {
        fail_msg("'%s' is not in:\n%s", part, text_builder_terminated(builder));
    }
    text_builder_reset(builder);
}

/* A line for each rule, with all that was said. */
static void a_plan_describes_itself(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    assert_int_equal(plan_set_description(plan, TEXT_LITERAL("what I fear"), NULL), CLOACINA_OK);
    (void)add((struct cloacina_fault){.fault = "slow",
                                      .at = "commit,load",
                                      .where = "run-1/*",
                                      .amount = "1s..2s",
                                      .probability = 0.125,
                                      .from_nth = 4,
                                      .at_most = 2,
                                      .until_ms = 30000});
    (void)add((struct cloacina_fault){.fault = "stop", .amount = "5s", .nth = 3, .never = 1});
    (void)add(
        (struct cloacina_fault){.fault = "fail", .at = "body", .probability = 0.01, .again = 0.95});
    plan_describe(plan, &builder);
    assert_string_equal(
        text_builder_terminated(&builder),
        "mine: what I fear\n"
        "  until 60 s; each fault is on in 50% of the runs, and then happens at each place with\n"
        "  slow        at commit, load, where 'run-1/*', 1s..2s, 12.5%, from place 4 of a run on, "
        "at most 2 in a run, until 30 s\n"
        "  stop        at poll, 5s, at place 3 of a run only, switched off\n"
        "  fail        at body, 1%, there again 95%\n");
    text_builder_finish(&builder);
}

/* Nobody should have to read the source for the words of a plan. */
static void the_list_has_every_plan_fault_and_place(void **state)
{
    (void)state;
    struct text_builder list, line;
    text_builder_init(&list, NULL);
    text_builder_init(&line, NULL);
    faults_list(&list);
    for (int fault = FAULT_NONE + 1; fault < FAULT_NUMBER; fault++) {
        text_builder_print(&line, "\n  %-11s %s", fault_name((enum fault)fault),
                           fault_text((enum fault)fault));
        assert_non_null(strstr(text_builder_terminated(&list), text_builder_terminated(&line)));
        text_builder_reset(&line);
    }
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        assert_non_null(strstr(text_builder_terminated(&list), site_text((enum site)site)));
    }
    for (size_t i = 0; plan_named_name(i) != NULL; i++) {
        assert_non_null(strstr(text_builder_terminated(&list), plan_named_description(i)));
    }
    text_builder_append(&line, text_builder_text(&list));
    assert_contains(&line, "drift       the clock is too fast, or too slow (-200ppm..200ppm)\n"
                           "              at rate\n");
    text_builder_finish(&list);
    text_builder_finish(&line);
}

/* No memory is an answer, and nothing leaks. */
static void without_memory_there_is_no_plan(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct cloacina_fault_plan *made = NULL;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        enum cloacina_code code = plan_named(&heap.heap, TEXT_LITERAL("chaos"), &made, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        cloacina_fault_plan_destroy(made);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* A pattern or a description that does not fit is not half there. */
static void without_memory_a_rule_is_not_added(void **state)
{
    (void)state;
    char where[1025];
    memset(where, '*', sizeof(where) - 1);
    where[sizeof(where) - 1] = '\0';
    struct failing_heap heap;
    struct cloacina_fault_plan *made = NULL;
    struct cloacina_error err;
    failing_heap_init(&heap, FAIL_NEVER);
    assert_int_equal(plan_create(&heap.heap, TEXT_LITERAL("x"), &made, &err), CLOACINA_OK);
    heap.fail_at = heap.allocations;
    heap.keeps_failing = true;
    struct cloacina_fault fault = {.fault = "busy", .where = where, .nth = 1};
    assert_int_equal(cloacina_fault_plan_add(made, &fault, &err), CLOACINA_NO_MEMORY);
    assert_int_equal(plan_set_description(made, text_of(where), &err), CLOACINA_NO_MEMORY);
    assert_int_equal(made->rule_count, 0);
    assert_int_equal(made->description.length, 0);
    cloacina_fault_plan_destroy(made);
    assert_int_equal(heap.outstanding, 0);
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, plan_begin, plan_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_match_places),
        cmocka_unit_test(many_stars_cost_little),
        WITH_PLAN(a_rule_has_the_defaults_of_its_fault),
        WITH_PLAN(a_rule_has_what_was_said),
        WITH_PLAN(store_is_every_call_to_the_store),
        WITH_PLAN(disk_is_every_call_to_the_disk),
        WITH_PLAN(what_makes_no_sense_is_refused),
        WITH_PLAN(a_plan_has_so_many_rules),
        WITH_PLAN(a_plan_says_when_calm_begins_and_how_large_its_swarm_is),
        WITH_PLAN(names_and_descriptions_are_plain),
        cmocka_unit_test(every_named_plan_is_there),
        cmocka_unit_test(an_unknown_plan_is_answered_with_the_list),
        cmocka_unit_test(chaos_has_every_fault_everywhere),
        cmocka_unit_test(chaos_is_over_after_a_minute_but_for_what_comes_again),
        WITH_PLAN(a_plan_describes_itself),
        cmocka_unit_test(the_list_has_every_plan_fault_and_place),
        cmocka_unit_test(without_memory_there_is_no_plan),
        cmocka_unit_test(without_memory_a_rule_is_not_added),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
