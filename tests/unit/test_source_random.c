/* SPDX-License-Identifier: Apache-2.0 */
/* test_source_random.c - a seed and a fault plan answer. */
#include "oracle_scene.h"

#include <cloacina/world.h>

#include "base/instant.h"
#include "oracle/sources.h"

_Static_assert(ORACLE_START_NS == CLOACINA_WORLD_START_NS, "the oracle and the world agree");

static struct cloacina_fault_plan *plan;

/* A plan whose rules are on in every run. */
static int plan_begin(void **state)
{
    (void)state;
    return cloacina_fault_plan_create("mine", &plan, NULL) == CLOACINA_OK &&
                   cloacina_fault_plan_swarm(plan, 1, NULL) == CLOACINA_OK
               ? 0
               : -1;
}

static int plan_end(void **state)
{
    (void)state;
    cloacina_fault_plan_destroy(plan);
    return 0;
}

static void add(struct cloacina_fault fault)
{
    struct cloacina_error err = {.message = ""};
    if (cloacina_fault_plan_add(plan, &fault, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
}

static struct source_random begin(uint64_t seed)
{
    struct source_random random;
    assert_true(source_random_init(&random, cloacina_heap_system(), plan, seed));
    return random;
}

/* So long after the start. */
static struct choice ask_at(struct source_random *random, struct label label, int64_t elapsed)
{
    return random->source.impl->ask(&random->source, &label, label_key(&label),
                                    ORACLE_START_NS + elapsed);
}

static struct choice ask(struct source_random *random, enum site site, uint32_t run,
                         uint32_t number)
{
    return ask_at(random, (struct label){.site = site, .run = run, .number = number}, 0);
}

/* How many of 10,000 questions are answered with this fault. */
static unsigned often(struct source_random *random, enum site site, enum fault fault)
{
    unsigned count = 0;
    for (uint32_t i = 1; i <= 10000; i++) {
        count += ask(random, site, 1, i).fault == fault;
    }
    return count;
}

/* ---- without a plan ---- */

/* Same seed, same answers, in whatever order; another seed, others. */
static void a_seed_answers_the_same_question_in_the_same_way(void **state)
{
    (void)state;
    struct source_random one, same, other;
    assert_true(source_random_init(&one, cloacina_heap_system(), NULL, 7));
    assert_true(source_random_init(&same, cloacina_heap_system(), NULL, 7));
    assert_true(source_random_init(&other, cloacina_heap_system(), NULL, 8));
    unsigned differences = 0;
    for (uint32_t i = 1; i <= 1000; i++) {
        struct label label = {.site = SITE_RANDOM, .run = 1, .number = i};
        struct label back = {.site = SITE_RANDOM, .run = 1, .number = 1001 - i};
        (void)same.source.impl->number(&same.source, &back, label_key(&back), 1000);
        uint64_t answer = one.source.impl->number(&one.source, &label, label_key(&label), 1000);
        assert_true(answer < 1000);
        assert_int_equal(same.source.impl->number(&same.source, &label, label_key(&label), 1000),
                         answer);
        differences +=
            other.source.impl->number(&other.source, &label, label_key(&label), 1000) != answer;
        assert_int_equal(ask(&one, SITE_COMMIT, 1, i).fault, ask(&same, SITE_COMMIT, 1, i).fault);
    }
    assert_true(differences > 990);
}

/* What goes first at one instant varies in every seeded run; nothing else happens. */
static void without_a_plan_turns_are_postponed_now_and_then(void **state)
{
    (void)state;
    struct source_random random;
    assert_true(source_random_init(&random, cloacina_heap_system(), NULL, 1));
    assert_in_range(often(&random, SITE_POLL, FAULT_POSTPONE), 550, 700); /* 1 in 16 */
    assert_int_equal(
        often(&random, SITE_POLL, FAULT_NONE) + often(&random, SITE_POLL, FAULT_POSTPONE), 10000);
    assert_int_equal(often(&random, SITE_BODY, FAULT_NONE), 10000);
    source_random_finish(&random);
}

/* ---- probability ---- */

/* Side by side: each rule has its own share of the questions. */
static void each_rule_happens_as_often_as_it_says(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .at = "load", .probability = 0.2});
    add((struct cloacina_fault){.fault = "error", .at = "load", .probability = 0.1});
    add((struct cloacina_fault){.fault = "full", .probability = 0.5});
    struct source_random random = begin(3);
    assert_in_range(often(&random, SITE_LOAD, FAULT_BUSY), 1850, 2150);
    assert_in_range(often(&random, SITE_LOAD, FAULT_ERROR), 880, 1120);
    assert_in_range(often(&random, SITE_LOAD, FAULT_POSTPONE), 350, 520); /* of the others */
    assert_int_equal(often(&random, SITE_LOAD, FAULT_FULL), 0);
    assert_in_range(often(&random, SITE_COMMIT, FAULT_FULL), 4800, 5200);
    source_random_finish(&random);
}

/* The first that fires wins, and the others have what is left. */
static void chances_above_certainty_are_drawn_one_by_one(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .at = "load", .probability = 0.6});
    add((struct cloacina_fault){.fault = "error", .at = "load", .probability = 1});
    struct source_random random = begin(3);
    unsigned busy = often(&random, SITE_LOAD, FAULT_BUSY);
    assert_in_range(busy, 5800, 6200);
    assert_int_equal(often(&random, SITE_LOAD, FAULT_ERROR), 10000 - busy);
    source_random_finish(&random);
}

/* A rule that is certain at its place does not take the place of others. */
static void a_pattern_says_where(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .where = "run-1/commit", .probability = 1});
    add((struct cloacina_fault){.fault = "error", .where = "run-2/*", .probability = 1});
    struct source_random random = begin(3);
    assert_int_equal(ask(&random, SITE_COMMIT, 1, 9).fault, FAULT_BUSY);
    assert_int_equal(ask(&random, SITE_COMMIT, 2, 9).fault, FAULT_ERROR);
    for (uint32_t i = 1; i <= 100; i++) {
        assert_true(ask(&random, SITE_LOAD, 1, i).fault <= FAULT_POSTPONE);
    }
    source_random_finish(&random);
}

/* ---- counting ---- */

/* The third such place, counted over all that match, and no other. */
static void the_nth_place_is_counted_in_a_run(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .at = "commit", .where = "run-1/*", .nth = 3});
    for (int run = 0; run < 2; run++) { /* counting starts again with each run */
        struct source_random random = begin(3);
        unsigned fired = 0;
        for (uint32_t i = 1; i <= 10; i++) {
            assert_true(ask(&random, SITE_COMMIT, 2, i).fault != FAULT_BUSY);
            bool is_busy = ask(&random, SITE_COMMIT, 1, i).fault == FAULT_BUSY;
            assert_int_equal(is_busy, i == 3);
            fired += is_busy;
        }
        assert_int_equal(fired, 1);
        source_random_finish(&random);
    }
}

/* From one place on, but not more often than that. */
static void from_a_place_on_at_most_so_often(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .at = "commit", .from_nth = 4, .at_most = 3});
    struct source_random random = begin(3);
    for (uint32_t i = 1; i <= 20; i++) {
        assert_int_equal(ask(&random, SITE_COMMIT, 1, i).fault == FAULT_BUSY, i >= 4 && i <= 6);
    }
    source_random_finish(&random);
}

/* A counting rule may be a chance too. */
static void from_a_place_on_with_a_chance(void **state)
{
    (void)state;
    add((struct cloacina_fault){
        .fault = "busy", .at = "commit", .from_nth = 5001, .probability = 0.5});
    struct source_random random = begin(3);
    assert_in_range(often(&random, SITE_COMMIT, FAULT_BUSY), 2350, 2650);
    source_random_finish(&random);
}

/* Rules in order; those behind the winner go on counting. */
static void the_first_rule_that_fires_wins_and_others_go_on_counting(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "error", .at = "commit", .nth = 2});
    add((struct cloacina_fault){.fault = "busy", .at = "commit", .from_nth = 2, .at_most = 2});
    struct source_random random = begin(3);
    assert_true(ask(&random, SITE_COMMIT, 1, 1).fault <= FAULT_POSTPONE);
    assert_int_equal(ask(&random, SITE_COMMIT, 1, 2).fault, FAULT_ERROR);
    assert_int_equal(ask(&random, SITE_COMMIT, 1, 3).fault, FAULT_BUSY);
    assert_int_equal(ask(&random, SITE_COMMIT, 1, 4).fault, FAULT_BUSY);
    assert_true(ask(&random, SITE_COMMIT, 1, 5).fault <= FAULT_POSTPONE);
    source_random_finish(&random);
}

/* ---- again and again ---- */

/* A place is chosen at its first question; there it comes back, and nowhere else. Nothing has to be
 * remembered: the questions may come in any order, or without the first. */
static void what_happened_at_a_place_comes_back_to_it(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "crash", .at = "body", .probability = 0.1, .again = 0.75});
    struct source_random random = begin(3);
    unsigned places = 0, again = 0;
    for (uint32_t run = 1; run <= 2000; run++) {
        bool is_chosen = ask(&random, SITE_BODY, run, 1).fault == FAULT_CRASH;
        places += is_chosen;
        for (uint32_t i = 9; i > 1; i--) {
            bool comes_back = ask(&random, SITE_BODY, run, i).fault == FAULT_CRASH;
            assert_true(is_chosen || !comes_back);
            again += comes_back;
        }
        assert_int_equal(ask(&random, SITE_BODY, run, 1).fault == FAULT_CRASH, is_chosen);
    }
    assert_in_range(places, 160, 240);
    assert_in_range(again, places * 8 * 70 / 100, places * 8 * 80 / 100);
    source_random_finish(&random);
}

/* Others have their own share of every question, whether it comes back or not. */
static void what_comes_back_leaves_others_their_chance(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "crash", .at = "body", .probability = 0.1, .again = 1});
    add((struct cloacina_fault){.fault = "fail", .at = "body", .probability = 0.2});
    struct source_random random = begin(3);
    unsigned crashes[3] = {0}, failures[3] = {0};
    for (uint32_t run = 1; run <= 10000; run++) {
        for (uint32_t i = 1; i <= 2; i++) {
            enum fault fault = ask(&random, SITE_BODY, run, i).fault;
            crashes[i] += fault == FAULT_CRASH;
            failures[i] += fault == FAULT_FAIL;
        }
    }
    assert_in_range(crashes[1], 900, 1100);
    assert_int_equal(crashes[2], crashes[1]);
    assert_in_range(failures[1], 1850, 2150);
    assert_in_range(failures[2], 1650, 1950); /* but where there is a crash already */
    source_random_finish(&random);
}

/* Where chances are drawn one by one, the first question is drawn again in the same way. */
static void what_comes_back_does_so_above_certainty_too(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "crash",
                                .at = "body",
                                .where = "run-?/body",
                                .probability = 0.6,
                                .again = 1,
                                .until_ms = 10});
    add((struct cloacina_fault){.fault = "fail", .at = "body", .probability = 0.7});
    struct source_random random = begin(3);
    unsigned places = 0;
    for (uint32_t run = 1; run <= 20; run++) {
        bool is_chosen = ask(&random, SITE_BODY, run, 1).fault == FAULT_CRASH;
        struct label late = {.site = SITE_BODY, .run = run, .number = 2};
        assert_int_equal(ask(&random, SITE_BODY, run, 2).fault == FAULT_CRASH, is_chosen);
        assert_true(ask_at(&random, late, 10 * NANOSECONDS_PER_MILLISECOND).fault != FAULT_CRASH);
        assert_true(!is_chosen || run <= 9);
        places += is_chosen;
    }
    assert_in_range(places, 1, 9);
    source_random_finish(&random);
}

/* ---- time ---- */

/* A rule ends at its own time or the plan's; then there is calm but for the order of turns. */
static void faults_end_at_their_time(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "busy", .at = "load", .probability = 1, .until_ms = 10});
    add((struct cloacina_fault){.fault = "fail", .at = "body", .probability = 1});
    struct source_random random = begin(3);
    struct label load = {.site = SITE_LOAD, .run = 1, .number = 1};
    struct label body = {.site = SITE_BODY, .run = 1, .number = 1};
    int64_t ms = NANOSECONDS_PER_MILLISECOND;
    assert_int_equal(ask_at(&random, load, 10 * ms - 1).fault, FAULT_BUSY);
    assert_true(ask_at(&random, load, 10 * ms).fault <= FAULT_POSTPONE);
    assert_int_equal(ask_at(&random, body, 60000 * ms - 1).fault, FAULT_FAIL);
    assert_int_equal(ask_at(&random, body, 60000 * ms).fault, FAULT_NONE);
    source_random_finish(&random);
}

/* ---- the swarm ---- */

/* In every run some rules are off altogether, others are on, each by itself. */
static void each_rule_is_on_in_its_share_of_the_runs(void **state)
{
    (void)state;
    unsigned busy = 0, fail = 0, both = 0;
    assert_int_equal(cloacina_fault_plan_swarm(plan, 0.5, NULL), CLOACINA_OK);
    add((struct cloacina_fault){.fault = "busy", .at = "load", .probability = 1});
    add((struct cloacina_fault){.fault = "fail", .at = "body", .probability = 1});
    add((struct cloacina_fault){.fault = "busy", .at = "claims", .never = 1});
    for (uint64_t seed = 0; seed < 2000; seed++) {
        struct source_random random = begin(seed);
        bool is_busy = ask(&random, SITE_LOAD, 1, 1).fault == FAULT_BUSY;
        bool has_failed = ask(&random, SITE_BODY, 1, 1).fault == FAULT_FAIL;
        assert_int_equal(ask(&random, SITE_LOAD, 2, 5).fault == FAULT_BUSY, is_busy);
        assert_true(ask(&random, SITE_CLAIMS, 1, 1).fault <= FAULT_POSTPONE);
        busy += is_busy;
        fail += has_failed;
        both += is_busy && has_failed;
        source_random_finish(&random);
    }
    assert_in_range(busy, 920, 1080);
    assert_in_range(fail, 920, 1080);
    assert_in_range(both, 430, 570);
}

/* A rule that is added later does not change what earlier ones do, nor a run under way. */
static void a_rule_more_changes_nothing_before_it(void **state)
{
    (void)state;
    assert_int_equal(cloacina_fault_plan_swarm(plan, 0.5, NULL), CLOACINA_OK);
    add((struct cloacina_fault){.fault = "busy", .at = "load", .probability = 0.3});
    struct source_random before[64];
    for (uint64_t seed = 0; seed < 64; seed++) {
        before[seed] = begin(seed);
    }
    add((struct cloacina_fault){.fault = "error", .at = "load", .probability = 0.3});
    for (uint64_t seed = 0; seed < 64; seed++) {
        struct source_random after = begin(seed);
        for (uint32_t i = 1; i <= 100; i++) {
            bool was_busy = ask(&before[seed], SITE_LOAD, 1, i).fault == FAULT_BUSY;
            assert_int_equal(ask(&after, SITE_LOAD, 1, i).fault == FAULT_BUSY, was_busy);
        }
        source_random_finish(&after);
        source_random_finish(&before[seed]);
    }
}

/* ---- amounts ---- */

struct spread {
    int64_t least, most;
    unsigned below; /* how many of 10,000 are below the mark */
};

static struct spread spread_of(enum site site, int64_t mark)
{
    struct spread spread = {.least = INT64_MAX, .most = INT64_MIN};
    struct source_random random = begin(3);
    for (uint32_t i = 1; i <= 10000; i++) {
        int64_t amount = ask(&random, site, 1, i).amount;
        spread.least = amount < spread.least ? amount : spread.least;
        spread.most = amount > spread.most ? amount : spread.most;
        spread.below += amount < mark;
    }
    source_random_finish(&random);
    return spread;
}

/* A short time is as probable as a long one: half are below the geometric mean. */
static void times_are_spread_over_their_orders_of_magnitude(void **state)
{
    (void)state;
    int64_t ms = NANOSECONDS_PER_MILLISECOND;
    add((struct cloacina_fault){
        .fault = "slow", .at = "load", .amount = "10ms..40960ms", .probability = 1});
    struct spread spread = spread_of(SITE_LOAD, 640 * ms);
    assert_int_equal(spread.least, 10 * ms);
    assert_true(spread.most > 40000 * ms && spread.most <= 40960 * ms);
    assert_in_range(spread.below, 4500, 5000);
}

/* A time may begin at zero, and then zero comes up. */
static void times_may_begin_at_zero(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "pause", .amount = "0s..1s", .probability = 1});
    struct spread spread = spread_of(SITE_OPERATOR, 2 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(spread.least, 0);
    assert_true(spread.most > 900 * NANOSECONDS_PER_MILLISECOND);
    assert_true(spread.below > 500);
}

/* Differences lie on both sides alike. */
static void differences_of_clocks_are_even(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "offset", .amount = "-1h..1h", .probability = 1});
    struct spread spread = spread_of(SITE_CLOCK, 0);
    assert_true(spread.least < -3500 * NANOSECONDS_PER_SECOND);
    assert_true(spread.most > 3500 * NANOSECONDS_PER_SECOND);
    assert_in_range(spread.below, 4850, 5150);
    add((struct cloacina_fault){.fault = "drift", .amount = "-200ppm..200ppm", .probability = 1});
    spread = spread_of(SITE_RATE, 0);
    assert_in_range(-spread.least, 198000, 200000);
    assert_in_range(spread.most, 198000, 200000);
    assert_in_range(spread.below, 4850, 5150);
}

/* Every number of a small range. */
static void counts_are_even(void **state)
{
    (void)state;
    add((struct cloacina_fault){.fault = "no-memory", .at = "load", .probability = 1});
    struct spread spread = spread_of(SITE_LOAD, 2);
    assert_int_equal(spread.least, 1);
    assert_int_equal(spread.most, 3);
    assert_in_range(spread.below, 3150, 3500);
}

/* The edges of what can be said: no overflow, nothing outside. */
static void the_widest_and_the_narrowest_ranges_are_kept(void **state)
{
    (void)state;
    add((struct cloacina_fault){
        .fault = "slow", .at = "load", .amount = "0s..9223372036854775807ns", .probability = 1});
    struct spread spread = spread_of(SITE_LOAD, 0);
    assert_true(spread.least < NANOSECONDS_PER_SECOND);
    assert_true(spread.most > INT64_MAX / 2);
    add((struct cloacina_fault){.fault = "offset",
                                .amount = "-9223372036854775807ns..9223372036854775807ns",
                                .probability = 1});
    spread = spread_of(SITE_CLOCK, 0);
    assert_in_range(spread.below, 4850, 5150);
    add((struct cloacina_fault){
        .fault = "late", .at = "hint", .amount = "1500us..1501us", .probability = 1});
    spread = spread_of(SITE_HINT, 1500000);
    assert_int_equal(spread.below, 0);
    assert_true(spread.most <= 1501000);
    add((struct cloacina_fault){.fault = "hang", .amount = "7s", .probability = 1});
    spread = spread_of(SITE_BODY, 0);
    assert_int_equal(spread.least, 7 * NANOSECONDS_PER_SECOND);
    assert_int_equal(spread.most, 7 * NANOSECONDS_PER_SECOND);
}

/* ---- memory ---- */

/* No memory, no source; without any for a pattern, it matches nothing. */
static void without_memory_nothing_goes_wrong(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct source_random random;
    add((struct cloacina_fault){.fault = "busy", .where = "*", .probability = 1});
    failing_heap_init(&heap, 0);
    assert_false(source_random_init(&random, &heap.heap, plan, 1));
    source_random_finish(&random);
    failing_heap_init(&heap, 1);
    heap.keeps_failing = true;
    assert_true(source_random_init(&random, &heap.heap, plan, 1));
    assert_true(ask(&random, SITE_LOAD, 1, 1).fault <= FAULT_POSTPONE);
    source_random_finish(&random);
    assert_int_equal(heap.outstanding, 0);
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, plan_begin, plan_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_answers_the_same_question_in_the_same_way),
        cmocka_unit_test(without_a_plan_turns_are_postponed_now_and_then),
        WITH_PLAN(each_rule_happens_as_often_as_it_says),
        WITH_PLAN(chances_above_certainty_are_drawn_one_by_one),
        WITH_PLAN(a_pattern_says_where),
        WITH_PLAN(the_nth_place_is_counted_in_a_run),
        WITH_PLAN(from_a_place_on_at_most_so_often),
        WITH_PLAN(from_a_place_on_with_a_chance),
        WITH_PLAN(the_first_rule_that_fires_wins_and_others_go_on_counting),
        WITH_PLAN(what_happened_at_a_place_comes_back_to_it),
        WITH_PLAN(what_comes_back_leaves_others_their_chance),
        WITH_PLAN(what_comes_back_does_so_above_certainty_too),
        WITH_PLAN(faults_end_at_their_time),
        WITH_PLAN(each_rule_is_on_in_its_share_of_the_runs),
        WITH_PLAN(a_rule_more_changes_nothing_before_it),
        WITH_PLAN(times_are_spread_over_their_orders_of_magnitude),
        WITH_PLAN(times_may_begin_at_zero),
        WITH_PLAN(differences_of_clocks_are_even),
        WITH_PLAN(counts_are_even),
        WITH_PLAN(the_widest_and_the_narrowest_ranges_are_kept),
        WITH_PLAN(without_memory_nothing_goes_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
