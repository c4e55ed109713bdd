/* SPDX-License-Identifier: Apache-2.0 */
/* test_oracle.c - a run is its decisions that are not zero. */
#include "oracle_scene.h"

static int64_t now;

static struct label about(uint32_t run)
{
    return (struct label){.site = SITE_COMMIT, .run = run};
}

/* A source that says always the same. */
struct stubborn {
    struct source source;
    struct choice choice;
    uint64_t number;
    uint32_t last; /* number of the last label */
};

static struct choice stubborn_ask(struct source *source, const struct label *label, uint64_t key,
                                  int64_t at)
{
    struct stubborn *stubborn = (struct stubborn *)source;
    assert_int_equal(key, label_key(label));
    assert_int_equal(at, now);
    stubborn->last = label->number;
    return stubborn->choice;
}

static uint64_t stubborn_number(struct source *source, const struct label *label, uint64_t key,
                                uint64_t bound)
{
    struct stubborn *stubborn = (struct stubborn *)source;
    assert_int_equal(key, label_key(label));
    assert_true(bound > 1);
    stubborn->last = label->number;
    return stubborn->number;
}

static void stubborn_init(struct stubborn *stubborn)
{
    static const struct source_impl impl = {.ask = stubborn_ask, .number = stubborn_number};
    *stubborn = (struct stubborn){.source.impl = &impl};
}

/* In a calm world nothing goes differently, and nothing is written down. */
static void the_calm_oracle_decides_nothing(void **state)
{
    (void)state;
    struct oracle oracle;
    struct source *calm = source_calm();
    oracle_init(&oracle, cloacina_heap_system(), calm, &now);
    assert_true(oracle.is_calm);
    struct label label = about(1);
    assert_int_equal(oracle_ask(&oracle, &label).fault, FAULT_NONE);
    assert_int_equal(oracle_number(&oracle, &label, 1000), 0);
    assert_int_equal(random_choose(&oracle.random, (struct random_label){.site = 1}, 1000), 0);
    assert_int_equal(calm->impl->ask(calm, &label, 1, now).fault, FAULT_NONE);
    assert_int_equal(calm->impl->number(calm, &label, 1, 5), 0);
    assert_int_equal(oracle.decision_count, 0);
    oracle_finish(&oracle);
}

/* The n-th question about one thing is told from the others; other things do not count. */
static void questions_are_counted_for_each_label(void **state)
{
    (void)state;
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    for (uint32_t number = 1; number <= 3; number++) {
        for (uint32_t run = 1; run <= 1000; run++) {
            struct label label = about(run);
            assert_int_equal(oracle_ask(&oracle, &label).fault, FAULT_NONE);
            assert_int_equal(source.last, number);
            assert_int_equal(label.number, 0); /* the caller's label stays */
        }
    }
    assert_int_equal(oracle.decision_count, 0);
    oracle_finish(&oracle);
}

/* The list is what a token is made of: in order, with number, choice and time. */
static void decisions_that_are_not_zero_are_written_down(void **state)
{
    (void)state;
    struct oracle oracle;
    struct stubborn source;
    char task[] = "load";
    stubborn_init(&source);
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    struct label label = {.site = SITE_COMMIT, .run = 1, .task = {task, 4}, .attempt = 2};
    (void)oracle_ask(&oracle, &label);
    source.choice = (struct choice){FAULT_SLOW, 5};
    now = 77;
    assert_int_equal(oracle_ask(&oracle, &label).amount, 5);
    now = 0;
    source.number = 6;
    struct label number = {.site = SITE_RANDOM, .run = 1};
    assert_int_equal(oracle_number(&oracle, &number, 10), 6);
    memset(task, 'x', 4); /* the oracle has its own copy */
    assert_int_equal(oracle.decision_count, 2);
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    decision_print(&oracle.decisions[0], &builder);
    text_builder_append_char(&builder, ' ');
    decision_print(&oracle.decisions[1], &builder);
    assert_string_equal(text_builder_terminated(&builder),
                        "run-1/load/2/commit@2=slow:5ns run-1/random@1=6");
    assert_int_equal(oracle.decisions[0].at, 77);
    text_builder_finish(&builder);
    oracle_finish(&oracle);
}

/* Any source may answer anything: what the table or the bound does not allow does not happen. */
static void what_is_not_legal_counts_as_calm(void **state)
{
    (void)state;
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    source.choice = (struct choice){FAULT_CANCEL, 0};
    struct label label = about(1);
    assert_int_equal(oracle_ask(&oracle, &label).fault, FAULT_NONE);
    source.number = 100;
    struct label number = {.site = SITE_RANDOM};
    assert_int_equal(oracle_number(&oracle, &number, 10), 9);
    assert_int_equal(oracle_number(&oracle, &number, 1), 0); /* no choice, no question */
    assert_int_equal(source.last, 1);
    assert_int_equal(oracle.decision_count, 1);
    oracle_finish(&oracle);
}

/* Somebody who counts learns what was asked and what has happened; sums add up. */
static void coverage_counts_questions_and_faults(void **state)
{
    (void)state;
    struct coverage coverage = {.asked = {0}}, sum = {.asked = {0}};
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    oracle.coverage = &coverage;
    struct label label = about(1), number = {.site = SITE_RANDOM};
    (void)oracle_ask(&oracle, &label);
    source.choice = (struct choice){FAULT_BUSY, 0};
    (void)oracle_ask(&oracle, &label);
    source.number = 3;
    (void)oracle_number(&oracle, &number, 10);
    coverage_add(&sum, &coverage);
    coverage_add(&sum, &coverage);
    assert_int_equal(sum.asked[SITE_COMMIT], 4);
    assert_int_equal(sum.fired[SITE_COMMIT][FAULT_BUSY], 2);
    assert_int_equal(sum.fired[SITE_COMMIT][FAULT_NONE], 0);
    assert_int_equal(sum.asked[SITE_RANDOM], 2);
    assert_int_equal(sum.fired[SITE_RANDOM][FAULT_NUMBER], 2);
    oracle_finish(&oracle);
}

/* What is left of a process that died: whole lines, as many as there is room for. */
static void the_tape_has_whole_decisions(void **state)
{
    (void)state;
    char bytes[50];
    size_t length = 0;
    struct tape tape = {.bytes = bytes, .capacity = sizeof(bytes), .length = &length};
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    source.choice = (struct choice){FAULT_BUSY, 0};
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    oracle.tape = &tape;
    for (uint32_t run = 1; run <= 9; run++) {
        struct label label = about(run);
        (void)oracle_ask(&oracle, &label);
    }
    assert_int_equal(oracle.decision_count, 9);
    assert_int_equal(length, 2 * strlen("run-1/commit@1=busy\n"));
    assert_memory_equal(bytes, "run-1/commit@1=busy\nrun-2/commit@1=busy\n", length);
    oracle_finish(&oracle);
}

static uint32_t run_of(void *user, struct id execution)
{
    (void)user;
    return (uint32_t)execution.low;
}

static void assert_engine_asks(struct oracle *oracle, struct random_label asked, const char *text)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    assert_int_equal(random_choose(&oracle->random, asked, 10), 4);
    decision_print(&oracle->decisions[oracle->decision_count - 1], &builder);
    assert_string_equal(text_builder_terminated(&builder), text);
    text_builder_finish(&builder);
}

/* The engine's questions are labelled like all others; about a task, the runner does not matter. */
static void the_engine_asks_here_too(void **state)
{
    (void)state;
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    source.number = 4;
    oracle_init(&oracle, cloacina_heap_system(), &source.source, &now);
    struct random_label retry = {.site = RANDOM_SITE_RETRY_JITTER,
                                 .actor = 2,
                                 .execution = {.low = 3},
                                 .task = TEXT_LITERAL("load"),
                                 .attempt = 1};
    assert_engine_asks(&oracle, retry, "world/load/1/retry-jitter@1=4");
    oracle.run_of = run_of;
    assert_engine_asks(&oracle, retry, "run-3/load/1/retry-jitter@1=4");
    retry.site = RANDOM_SITE_RANDOM;
    assert_engine_asks(&oracle, retry, "run-3/load/1/random@1=4");
    assert_engine_asks(&oracle, (struct random_label){.site = RANDOM_SITE_ENTROPY, .actor = 2},
                       "runner-2/entropy@1=4");
    oracle_finish(&oracle);
}

/* Writing down never changes an answer. */
static void without_memory_the_run_goes_on_and_its_list_has_holes(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct oracle oracle;
    struct stubborn source;
    char bytes[64];
    size_t length = 0;
    struct tape tape = {.bytes = bytes, .capacity = sizeof(bytes), .length = &length};
    stubborn_init(&source);
    source.choice = (struct choice){FAULT_BUSY, 0};
    failing_heap_init(&heap, 0);
    heap.keeps_failing = true;
    oracle_init(&oracle, &heap.heap, &source.source, &now);
    oracle.tape = &tape;
    struct label label = about(1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(oracle_ask(&oracle, &label).fault, FAULT_BUSY);
        assert_int_equal(source.last, 1); /* nothing can be counted */
    }
    assert_true(oracle.is_incomplete);
    assert_int_equal(oracle.decision_count, 0);
    assert_int_equal(length, 0);
    oracle_finish(&oracle);
    assert_int_equal(heap.outstanding, 0);
}

/* A table that cannot grow is used to its end before anything is counted wrongly. */
static void a_table_that_cannot_grow_goes_on_counting(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct oracle oracle;
    struct stubborn source;
    stubborn_init(&source);
    failing_heap_init(&heap, 1);
    heap.keeps_failing = true;
    oracle_init(&oracle, &heap.heap, &source.source, &now);
    uint32_t run = 0;
    while (!oracle.is_incomplete) {
        struct label label = about(++run);
        (void)oracle_ask(&oracle, &label);
    }
    assert_int_equal(run, 256);
    for (run = 1; run < 256; run++) {
        struct label label = about(run);
        oracle.is_incomplete = false;
        (void)oracle_ask(&oracle, &label);
        assert_int_equal(source.last, 2);
        assert_false(oracle.is_incomplete);
    }
    oracle_finish(&oracle);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_calm_oracle_decides_nothing),
        cmocka_unit_test(questions_are_counted_for_each_label),
        cmocka_unit_test(decisions_that_are_not_zero_are_written_down),
        cmocka_unit_test(what_is_not_legal_counts_as_calm),
        cmocka_unit_test(coverage_counts_questions_and_faults),
        cmocka_unit_test(the_tape_has_whole_decisions),
        cmocka_unit_test(the_engine_asks_here_too),
        cmocka_unit_test(without_memory_the_run_goes_on_and_its_list_has_holes),
        cmocka_unit_test(a_table_that_cannot_grow_goes_on_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
