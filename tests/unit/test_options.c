/* SPDX-License-Identifier: Apache-2.0 */
/* test_options.c - the command line: what is taken, and how each mistake is named. */
#include "support.h"

#include "cloacinactl/options.h"

struct values {
    const char *operand;
    const char *file;
    uint64_t times;
    uint64_t mood;
    bool is_loud;
    struct option_texts guests;
    int64_t pause_ns;
};

static const char *const moods[] = {"calm", "merry", NULL};

static const struct option options[] = {
    {.name = "file",
     .value_name = "FILE",
     .help = "where it goes",
     .type = OPTION_TEXT,
     .offset = offsetof(struct values, file)},
    {.name = "times",
     .value_name = "N",
     .help = "how often\n(default 1)",
     .type = OPTION_COUNT,
     .minimum = 1,
     .maximum = 10,
     .offset = offsetof(struct values, times)},
    {.name = "mood-of-the-whole-day",
     .value_name = "calm|merry",
     .help = "which one",
     .type = OPTION_CHOICE,
     .choices = moods,
     .offset = offsetof(struct values, mood)},
    {.name = "loud",
     .help = "with a shout",
     .type = OPTION_FLAG,
     .offset = offsetof(struct values, is_loud)},
    {.name = "guest",
     .value_name = "NAME",
     .help = "who comes",
     .type = OPTION_TEXTS,
     .offset = offsetof(struct values, guests)},
    {.name = "pause",
     .value_name = "TIME",
     .help = "between two of them",
     .type = OPTION_DURATION,
     .minimum = 1000000,
     .maximum = 60000000000,
     .offset = offsetof(struct values, pause_ns)},
};

static const struct option_table table = {.options = options,
                                          .count = ARRAY_COUNT(options),
                                          .operand_name = "NAME",
                                          .operand_offset = offsetof(struct values, operand)};
static const struct option_table table_without_operand = {.options = options,
                                                          .count = ARRAY_COUNT(options)};

enum { ARGUMENTS_MAX = 8 };

/* The arguments up to NULL. */
static enum cloacina_code parse(const struct option_table *from, const char *const *arguments,
                                struct values *values, bool *ret_wants_help,
                                struct cloacina_error *err)
{
    char *argv[ARGUMENTS_MAX];
    int argc = 0;
    while (arguments[argc] != NULL) {
        argv[argc] = (char *)(uintptr_t)arguments[argc];
        argc++;
    }
    return options_parse(from, argc, argv, values, ret_wants_help, err);
}

static void assert_refused(const struct option_table *from, const char *const *arguments,
                           const char *message)
{
    struct values values = {.times = 1};
    struct cloacina_error err = {0};
    bool wants_help;
    assert_int_not_equal(parse(from, arguments, &values, &wants_help, &err), CLOACINA_OK);
    assert_string_equal(err.message, message);
}

#define REFUSED(message, ...)                                                                      \
    assert_refused(&table, (const char *const[]){__VA_ARGS__, NULL}, message)

/* Both spellings, any order: people type what comes to mind. */
static void every_kind_of_option_is_taken_in_both_spellings(void **state)
{
    (void)state;
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help = true;
    const char *const first[] = {"--times", "10", "joe", "--loud", "--file=a=b", NULL};
    assert_int_equal(parse(&table, first, &values, &wants_help, &err), CLOACINA_OK);
    assert_false(wants_help);
    assert_int_equal(values.times, 10);
    assert_string_equal(values.operand, "joe");
    assert_string_equal(values.file, "a=b");
    assert_true(values.is_loud);
    const char *const second[] = {
        "--mood-of-the-whole-day", "merry", "--file", "-", "--", "--x", NULL};
    values = (struct values){.times = 1};
    assert_int_equal(parse(&table, second, &values, &wants_help, &err), CLOACINA_OK);
    assert_int_equal(values.mood, 1);
    assert_string_equal(values.file, "-");
    assert_string_equal(values.operand, "--x");
    assert_int_equal(values.times, 1);
}

/* A lone dash is a name, by tradition that of the standard input. */
static void a_lone_dash_is_no_option(void **state)
{
    (void)state;
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help;
    const char *const arguments[] = {"-", NULL};
    assert_int_equal(parse(&table, arguments, &values, &wants_help, &err), CLOACINA_OK);
    assert_string_equal(values.operand, "-");
}

/* Whoever asks for help is not told about other mistakes behind it. */
static void help_is_noticed_before_what_follows_it(void **state)
{
    (void)state;
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help = false;
    const char *const arguments[] = {"--loud", "--help", "--nonsense", NULL};
    assert_int_equal(parse(&table, arguments, &values, &wants_help, &err), CLOACINA_OK);
    assert_true(wants_help);
    const char *const brief[] = {"-h", NULL};
    wants_help = false;
    assert_int_equal(parse(&table, brief, &values, &wants_help, &err), CLOACINA_OK);
    assert_true(wants_help);
}

/* The message is all that the person sees. */
static void every_mistake_is_named_with_its_option(void **state)
{
    (void)state;
    REFUSED("unknown option '--tines'; did you mean '--times'?", "--tines", "3");
    REFUSED("unknown option '--quiet'", "--quiet=yes");
    REFUSED("unknown option '-l'", "-l");
    REFUSED("option '--times' needs a value: --times N", "--times");
    REFUSED("option '--file' needs a value: --file FILE", "--file", "--loud");
    REFUSED("option '--loud' takes no value", "--loud=yes");
    REFUSED("option '--loud' is given twice", "--loud", "--loud");
    REFUSED("option '--times' is given twice", "--times=1", "--times=1");
    REFUSED("option '--times': '0' is not from 1 to 10", "--times", "0");
    REFUSED("option '--times': '11' is not from 1 to 10", "--times", "11");
    REFUSED("option '--times': 'ten' is no number", "--times", "ten");
    REFUSED("option '--times': '-1' is no number", "--times", "-1");
    REFUSED("option '--times': '' is no number", "--times=");
    REFUSED("option '--mood-of-the-whole-day': 'sad' is none of calm, merry",
            "--mood-of-the-whole-day", "sad");
    REFUSED("option '--pause': '1us' is less than 0.001 s", "--pause", "1us");
    REFUSED("option '--pause': '2m' is more than 60 s", "--pause=2m");
    REFUSED("option '--pause': '5' is no duration: a number and one of ns, us, ms, s, m, h, d are "
            "needed, as in '1.5s'",
            "--pause", "5");
    REFUSED("unexpected argument 'sue': there is already a NAME", "joe", "sue");
    assert_refused(&table_without_operand, (const char *const[]){"joe", NULL},
                   "unexpected argument 'joe'");
}

/* Libraries and statuses come in any number, durations as people say them. */
static void lists_and_durations_are_taken(void **state)
{
    (void)state;
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help;
    const char *const arguments[] = {"--guest", "ann", "--pause", "1.5s", "--guest=bob", NULL};
    assert_int_equal(parse(&table, arguments, &values, &wants_help, &err), CLOACINA_OK);
    assert_int_equal(values.guests.count, 2);
    assert_string_equal(values.guests.items[0], "ann");
    assert_string_equal(values.guests.items[1], "bob");
    assert_null(values.guests.items[2]);
    assert_int_equal(values.pause_ns, 1500000000);
}

/* A list has an end, which is said and not run over. */
static void one_value_too_many_is_refused(void **state)
{
    (void)state;
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help;
    char *argv[OPTION_TEXTS_MAX + 1];
    for (size_t i = 0; i < ARRAY_COUNT(argv); i++) {
        argv[i] = (char *)(uintptr_t) "--guest=x";
    }
    assert_int_equal(options_parse(&table, OPTION_TEXTS_MAX, argv, &values, &wants_help, &err),
                     CLOACINA_OK);
    assert_int_equal(values.guests.count, OPTION_TEXTS_MAX);
    values.guests.count = 0;
    assert_int_equal(options_parse(&table, OPTION_TEXTS_MAX + 1, argv, &values, &wants_help, &err),
                     CLOACINA_LIMIT);
    assert_string_equal(err.message, "option '--guest': more than 64 of them");
}

/* What a command cannot do without is asked for by name. */
static void what_must_be_given_is_missed(void **state)
{
    (void)state;
    static const struct option needed[] = {{.name = "file",
                                            .value_name = "FILE",
                                            .help = "where it goes",
                                            .type = OPTION_TEXT,
                                            .is_required = true,
                                            .offset = offsetof(struct values, file)}};
    struct option_table strict = {.options = needed,
                                  .count = 1,
                                  .operand_name = "NAME",
                                  .operand_offset = offsetof(struct values, operand),
                                  .needs_operand = true};
    assert_refused(&strict, (const char *const[]){"--file=a", NULL}, "the NAME is missing");
    assert_refused(&strict, (const char *const[]){"joe", NULL},
                   "option '--file' is missing: --file FILE");
    struct values values = {.times = 1};
    struct cloacina_error err;
    bool wants_help;
    const char *const arguments[] = {"joe", "--file", "a", NULL};
    assert_int_equal(parse(&strict, arguments, &values, &wants_help, &err), CLOACINA_OK);
}

/* Seeds use all 64 bits: the edge must not wrap. */
static void a_count_is_read_to_the_last_of_64_bits(void **state)
{
    (void)state;
    uint64_t count = 7;
    struct cloacina_error err;
    assert_int_equal(count_parse(text_of("18446744073709551615"), 0, UINT64_MAX, &count, &err),
                     CLOACINA_OK);
    assert_true(count == UINT64_MAX);
    count = 7;
    assert_int_equal(count_parse(text_of("18446744073709551616"), 0, UINT64_MAX, &count, &err),
                     CLOACINA_OUT_OF_RANGE);
    assert_int_equal(count_parse(text_of("99999999999999999999999"), 0, UINT64_MAX, &count, &err),
                     CLOACINA_OUT_OF_RANGE);
    assert_int_equal(count_parse(text_of("0000000000000000000000012"), 0, 12, &count, &err),
                     CLOACINA_OK);
    assert_int_equal(count, 12);
}

/* One table makes the reading and the help: they cannot differ. */
static void the_help_lists_every_option_at_one_column(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct text_builder builder;
    failing_heap_init(&heap, FAIL_NEVER);
    text_builder_init(&builder, &heap.heap);
    options_describe(&table, &builder);
    assert_string_equal(text_builder_terminated(&builder),
                        "  --file FILE             where it goes\n"
                        "  --times N               how often\n"
                        "                          (default 1)\n"
                        "  --mood-of-the-whole-day calm|merry\n"
                        "                          which one\n"
                        "  --loud                  with a shout\n"
                        "  --guest NAME            who comes\n"
                        "  --pause TIME            between two of them\n"
                        "  --help                  this text\n");
    text_builder_finish(&builder);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_option_is_taken_in_both_spellings),
        cmocka_unit_test(a_lone_dash_is_no_option),
        cmocka_unit_test(help_is_noticed_before_what_follows_it),
        cmocka_unit_test(every_mistake_is_named_with_its_option),
        cmocka_unit_test(lists_and_durations_are_taken),
        cmocka_unit_test(one_value_too_many_is_refused),
        cmocka_unit_test(what_must_be_given_is_missed),
        cmocka_unit_test(a_count_is_read_to_the_last_of_64_bits),
        cmocka_unit_test(the_help_lists_every_option_at_one_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
