/* SPDX-License-Identifier: Apache-2.0 */
/* test_differential.c - random operations on the memory store and on another one.
 *
 *   test_differential sqlite                            the seeds of every day
 *   test_differential sqlite --seeds 1000 --from 5000   more of them
 *   test_differential sqlite --seed 7 --operations submit:0:2:1,poll:1:3:7      once more
 *
 * Law: a difference is somebody's bug; it is shrunk and printed as the line that replays it. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "support.h"

#include "trial.h"

enum { OPERATIONS = 100, OPERATIONS_MAX = 1000, SEEDS = 40, SHRINK_RUNS = 3000, FEW = 6 };

static struct trial_options tried = {.kind = STORE_MEMORY};
static uint64_t first_seed = 1;
static size_t seed_count = SEEDS;
static const char *given; /* operations on the command line */

/* What differs, and how to see it again. */
static void report(const struct trial_options *options, const struct operation *operations,
                   size_t count, const struct difference *difference)
{
    struct text_builder text;
    text_builder_init(&text, NULL);
    operations_print(&text, operations, count);
    print_message("the stores differ:\n--- memory\n%s--- %s\n%s", show_text(&difference->expected),
                  subject_kind_name(options->kind), show_text(&difference->actual));
    print_message("replay: test_differential %s --seed %" PRIu64 " --operations %s\n",
                  subject_kind_name(options->kind), options->seed, text_builder_terminated(&text));
    text_builder_finish(&text);
}

/* How many operations it takes to tell the stores apart; 0: these do not. */
static size_t differ_after(const struct trial_options *options, struct operation *operations,
                           size_t count, struct difference *difference)
{
    trial_run(options, operations, count, difference);
    if (!difference->is_found) {
        return 0;
    }
    return trial_shrink(options, operations, difference->place + 1, SHRINK_RUNS, difference);
}

static void one_seed(uint64_t seed)
{
    struct operation operations[OPERATIONS_MAX];
    struct trial_options options = tried;
    struct difference difference;
    size_t count = OPERATIONS;
    options.seed = seed;
    if (given != NULL) {
        count = operations_read(given, operations, OPERATIONS_MAX);
        assert_true(count != SIZE_MAX);
    } else {
        operations_draw(seed, operations, count);
    }
    difference_init(&difference);
    size_t left = differ_after(&options, operations, count, &difference);
    if (left > 0) {
        report(&options, operations, left, &difference);
        fail();
    }
    difference_finish(&difference);
}

/* Why: the memory store is the model: whatever a runner may do, another store answers the same. */
static void a_store_answers_as_the_memory_store_does(void **state)
{
    (void)state;
    for (uint64_t seed = first_seed; seed < first_seed + seed_count; seed++) {
        one_seed(seed);
    }
}

/* Why: a comparison that cannot fail is none. Each of these bugs is found, and a person is shown a
 * handful of operations. */
static void a_bug_is_found_and_shrunk(void **state)
{
    (void)state;
    static const enum broken_store_bug bugs[] = {
        BROKEN_LOSES_EVENT,      BROKEN_DOUBLES_EVENT,   BROKEN_LOSES_ROW,
        BROKEN_FORGETS_REVISION, BROKEN_APPLIES_NOTHING, BROKEN_IGNORES_REVISION,
        BROKEN_LOSES_DELTA,      BROKEN_EMPTIES_DELTA,   BROKEN_FORGETS_DEPENDENT,
        BROKEN_ENDS_COMPLETED,   BROKEN_KNOWS_EVERYBODY, BROKEN_INVENTS_CLAIMS,
    };
    for (size_t i = 0; i < ARRAY_COUNT(bugs); i++) {
        struct operation operations[OPERATIONS];
        struct trial_options options = {.kind = STORE_MEMORY, .bug = bugs[i]};
        struct difference difference;
        size_t left = 0;
        difference_init(&difference);
        for (uint64_t seed = 1; seed <= SEEDS && left == 0; seed++) {
            options.seed = seed;
            operations_draw(seed, operations, OPERATIONS);
            left = differ_after(&options, operations, OPERATIONS, &difference);
        }
        if (left == 0 || left > FEW) {
            report(&options, operations, left, &difference);
            fail_msg("bug %d: %zu operations", (int)bugs[i], left);
        }
        difference_finish(&difference);
    }
}

/* Why: the line that is printed has to replay what it was printed for. */
static void operations_are_read_as_they_were_printed(void **state)
{
    (void)state;
    struct operation operations[OPERATIONS];
    struct operation again[OPERATIONS];
    struct text_builder text;
    operations_draw(9, operations, OPERATIONS);
    text_builder_init(&text, NULL);
    operations_print(&text, operations, OPERATIONS);
    assert_int_equal(operations_read(text_builder_terminated(&text), again, OPERATIONS),
                     OPERATIONS);
    for (size_t i = 0; i < OPERATIONS; i++) {
        assert_int_equal(again[i].kind, operations[i].kind);
        assert_memory_equal(again[i].numbers, operations[i].numbers, sizeof(again[i].numbers));
    }
    assert_int_equal(operations_read(text_builder_terminated(&text), again, 3), SIZE_MAX);
    assert_int_equal(operations_read("", again, OPERATIONS), 0);
    assert_int_equal(operations_read("submit:1:2", again, OPERATIONS), SIZE_MAX);
    assert_int_equal(operations_read("submitt:1:2:3", again, OPERATIONS), SIZE_MAX);
    text_builder_finish(&text);
}

static void arguments_read(int argc, char **argv)
{
    tried.kind = subject_kind_of(argc, argv);
    seed_count = subject_share(SEEDS);
    for (int i = 2; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--operations") == 0) {
            given = argv[i + 1];
        } else if (strcmp(argv[i], "--seed") == 0) {
            first_seed = strtoull(argv[i + 1], NULL, 10);
            seed_count = 1;
        } else if (strcmp(argv[i], "--seeds") == 0) {
            seed_count = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--from") == 0) {
            first_seed = strtoull(argv[i + 1], NULL, 10);
        } else {
            fprintf(stderr, "'%s' is none of --seed, --seeds, --from, --operations\n", argv[i]);
            exit(2);
        }
    }
}

int main(int argc, char **argv)
{
    arguments_read(argc, argv);
    const struct CMUnitTest differential[] = {
        cmocka_unit_test(a_store_answers_as_the_memory_store_does),
    };
    const struct CMUnitTest own[] = {
        cmocka_unit_test(operations_are_read_as_they_were_printed),
        cmocka_unit_test(a_bug_is_found_and_shrunk),
    };
    int failed = cmocka_run_group_tests(differential, NULL, NULL);
    if (tried.kind == STORE_MEMORY) {
        failed += cmocka_run_group_tests(own, NULL, NULL);
    }
    return failed;
}
