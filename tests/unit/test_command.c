/* SPDX-License-Identifier: Apache-2.0 */
/* test_command.c - finding and running a command, and the status it ends with. */
#include "support.h"

#include <stdio.h>

#include "cloacinactl/command.h"

/* A program with two commands, and what it wrote. */
struct session {
    struct failing_heap heap;
    struct console console;
    char *output;
    size_t output_size;
    char *errors;
    size_t errors_size;
};

struct greet_values {
    const char *name;
    uint64_t times;
};

static enum command_status greet_run(const struct command_call *call, const void *values)
{
    const struct greet_values *greet = values;
    for (uint64_t i = 0; i < greet->times; i++) {
        fprintf(call->console->output, "hello %s\n", greet->name);
    }
    return COMMAND_SUCCEEDED;
}

static enum command_status refuse_run(const struct command_call *call, const void *values)
{
    struct cloacina_error err;
    (void)values;
    (void)cloacina_error_raise(&err, CLOACINA_IO, "the disk\n\x1b[31mis on fire\x7f");
    console_complain(call->console, "refuse", "warning: ", "it is warm");
    return command_refuse(call, &err);
}

static const struct option greet_options[] = {
    {.name = "times",
     .value_name = "N",
     .help = "how often (default 1)",
     .type = OPTION_COUNT,
     .minimum = 0,
     .maximum = 9,
     .offset = offsetof(struct greet_values, times)},
};

static const struct greet_values greet_defaults = {.name = "nobody", .times = 1};

static const struct command greet = {
    .name = "greet",
    .summary = "say hello",
    .usage = "[NAME] [options]",
    .details = "It is polite.\n",
    .table = {.options = greet_options,
              .count = 1,
              .operand_name = "NAME",
              .operand_offset = offsetof(struct greet_values, name)},
    .values_size = sizeof(struct greet_values),
    .defaults = &greet_defaults,
    .run = greet_run,
};

static const struct command refuse = {
    .name = "refuse", .summary = "say no", .usage = "", .values_size = 8, .run = refuse_run};

/* A noun that is a command as well, and two verbs of it; and a noun with a verb alone. */
static const struct command guest = {.name = "guest",
                                     .summary = "let one in",
                                     .usage = "",
                                     .table = {.operand_name = "NAME"},
                                     .values_size = 8,
                                     .run = refuse_run};
static const struct command guest_list = {.name = "guest list",
                                          .summary = "who is there",
                                          .usage = "[options]",
                                          .table = {.options = greet_options, .count = 1},
                                          .values_size = sizeof(struct greet_values),
                                          .defaults = &greet_defaults,
                                          .run = greet_run};
static const struct command door_open = {.name = "door open",
                                         .summary = "open it",
                                         .usage = "",
                                         .values_size = sizeof(struct greet_values),
                                         .defaults = &greet_defaults,
                                         .run = greet_run};

static void session_begin(struct session *session, size_t fail_at)
{
    *session = (struct session){.output = NULL};
    failing_heap_init(&session->heap, fail_at);
    session->console.output = open_memstream(&session->output, &session->output_size);
    session->console.errors = open_memstream(&session->errors, &session->errors_size);
    assert_non_null(session->console.output);
    assert_non_null(session->console.errors);
}

static void session_end(struct session *session)
{
    assert_int_equal(session->heap.outstanding, 0);
    fclose(session->console.output);
    fclose(session->console.errors);
    free(session->output);
    free(session->errors);
}

enum { ARGUMENTS_MAX = 8 };

/* The arguments behind the program's name, up to NULL. */
static enum command_status run(struct session *session, const char *const *arguments)
{
    const struct command *commands[] = {&refuse, &guest_list, &greet, &door_open, &guest};
    char *argv[ARGUMENTS_MAX] = {(char *)(uintptr_t) "cloacinactl"};
    int argc = 1;
    for (size_t i = 0; arguments[i] != NULL; i++) {
        argv[argc++] = (char *)(uintptr_t)arguments[i];
    }
    enum command_status status = cloacinactl_run(commands, ARRAY_COUNT(commands), &session->console,
                                                 &session->heap.heap, argc, argv);
    fflush(session->console.errors);
    return status;
}

static void assert_run(const char *const *arguments, enum command_status status, const char *output,
                       const char *errors)
{
    struct session session;
    session_begin(&session, FAIL_NEVER);
    assert_int_equal(run(&session, arguments), status);
    assert_string_equal(session.output, output);
    assert_string_equal(session.errors, errors);
    session_end(&session);
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The defaults are those of the command, not zero. */
static void a_command_gets_its_options_or_their_defaults(void **state)
{
    (void)state;
    assert_run(ARGUMENTS("greet"), COMMAND_SUCCEEDED, "hello nobody\n", "");
    assert_run(ARGUMENTS("greet", "joe", "--times", "2"), COMMAND_SUCCEEDED,
               "hello joe\nhello joe\n", "");
}

/* Status 2 and one line, whatever is wrong with the command line. */
static void wrong_use_is_one_line_and_status_two(void **state)
{
    (void)state;
    assert_run((const char *const[]){NULL}, COMMAND_MISUSED, "",
               "cloacinactl: a command is missing; cloacinactl --help lists them\n");
    assert_run(ARGUMENTS("great"), COMMAND_MISUSED, "",
               "cloacinactl: unknown command 'great'; did you mean 'greet'?\n");
    assert_run(ARGUMENTS("dance"), COMMAND_MISUSED, "", "cloacinactl: unknown command 'dance'\n");
    assert_run(ARGUMENTS("--quiet"), COMMAND_MISUSED, "",
               "cloacinactl: unknown option '--quiet'\n");
    assert_run(ARGUMENTS("greet", "--time"), COMMAND_MISUSED, "",
               "cloacinactl: greet: unknown option '--time'; did you mean '--times'?\n");
}

/* Scripts ask for these first. */
static void help_and_version_go_to_the_output(void **state)
{
    (void)state;
    const char *help = "usage: cloacinactl COMMAND ...\n\ncommands:\n"
                       "  door open         open it\n"
                       "  greet             say hello\n"
                       "  guest             let one in\n"
                       "  guest list        who is there\n"
                       "  refuse            say no\n\n"
                       "cloacinactl COMMAND --help explains a command; "
                       "cloacinactl --version says which version this is.\n"
                       "exit status: 0 as wished, 1 the run, property or expectation failed, "
                       "2 wrong use or input,\n3 the world outside failed.\n";
    assert_run(ARGUMENTS("--help"), COMMAND_SUCCEEDED, help, "");
    assert_run(ARGUMENTS("-h"), COMMAND_SUCCEEDED, help, "");
    assert_run(ARGUMENTS("--version"), COMMAND_SUCCEEDED, "cloacinactl " CLOACINA_VERSION "\n", "");
    assert_run(ARGUMENTS("greet", "--help"), COMMAND_SUCCEEDED,
               "usage: cloacinactl greet [NAME] [options]\nsay hello\n\noptions:\n"
               "  --times N               how often (default 1)\n"
               "  --help                  this text\n\nIt is polite.\n",
               "");
    assert_run(ARGUMENTS("refuse", "-h"), COMMAND_SUCCEEDED,
               "usage: cloacinactl refuse \nsay no\n\noptions:\n"
               "  --help                  this text\n",
               "");
}

/* Why: the verb decides what is done, and a noun may be done without one. */
static void a_command_may_be_a_noun_and_a_verb(void **state)
{
    (void)state;
    assert_run(ARGUMENTS("guest", "list", "--times=2"), COMMAND_SUCCEEDED,
               "hello nobody\nhello nobody\n", "");
    assert_run(ARGUMENTS("door", "open"), COMMAND_SUCCEEDED, "hello nobody\n", "");
    assert_run(ARGUMENTS("guest"), COMMAND_BROKEN, "",
               "cloacinactl: refuse: warning: it is warm\n"
               "cloacinactl: guest: the disk\\x0a\\x1b[31mis on fire\\x7f\n");
    assert_run(ARGUMENTS("guest", "list", "--tines"), COMMAND_MISUSED, "",
               "cloacinactl: guest list: unknown option '--tines'; did you mean '--times'?\n");
}

/* Why: whoever knows the noun only is told the verbs. */
static void a_verb_that_is_missing_or_wrong_is_named(void **state)
{
    (void)state;
    assert_run(ARGUMENTS("door"), COMMAND_MISUSED, "",
               "cloacinactl: door: a verb is missing; cloacinactl door --help lists them\n");
    assert_run(ARGUMENTS("door", "opem"), COMMAND_MISUSED, "",
               "cloacinactl: unknown command 'door opem'; did you mean 'door open'?\n");
    assert_run(ARGUMENTS("door", "slam"), COMMAND_MISUSED, "",
               "cloacinactl: unknown command 'door slam'\n");
    assert_run(ARGUMENTS("door", "--wide"), COMMAND_MISUSED, "",
               "cloacinactl: unknown option '--wide'\n");
    assert_run(ARGUMENTS("dor", "open"), COMMAND_MISUSED, "",
               "cloacinactl: unknown command 'dor'; did you mean 'door'?\n");
    assert_run(ARGUMENTS("door", "--help"), COMMAND_SUCCEEDED,
               "usage: cloacinactl door VERB ...\n\ncommands:\n"
               "  door open         open it\n\n"
               "cloacinactl door VERB --help explains one of them.\n",
               "");
    assert_run(ARGUMENTS("guest", "--help"), COMMAND_SUCCEEDED,
               "usage: cloacinactl guest \nlet one in\n\noptions:\n"
               "  --help                  this text\n\nthere is also:\n"
               "  guest list        who is there\n",
               "");
}

/* Names of files and tasks come from outside: they must not move the cursor or fake a line. */
static void a_complaint_is_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    assert_run(ARGUMENTS("refuse"), COMMAND_BROKEN, "",
               "cloacinactl: refuse: warning: it is warm\n"
               "cloacinactl: refuse: the disk\\x0a\\x1b[31mis on fire\\x7f\n");
}

/* The four statuses are a promise to scripts. */
static void every_code_has_its_status(void **state)
{
    (void)state;
    static const enum command_status statuses[] = {
        [CLOACINA_OK] = COMMAND_SUCCEEDED,         [CLOACINA_FAILED] = COMMAND_FAILED,
        [CLOACINA_INVALID] = COMMAND_MISUSED,      [CLOACINA_NOT_FOUND] = COMMAND_MISUSED,
        [CLOACINA_EXISTS] = COMMAND_MISUSED,       [CLOACINA_WRONG_TYPE] = COMMAND_MISUSED,
        [CLOACINA_OUT_OF_RANGE] = COMMAND_MISUSED, [CLOACINA_LIMIT] = COMMAND_MISUSED,
        [CLOACINA_NO_MEMORY] = COMMAND_BROKEN,     [CLOACINA_TIMEOUT] = COMMAND_FAILED,
        [CLOACINA_UNAVAILABLE] = COMMAND_BROKEN,   [CLOACINA_CANCELLED] = COMMAND_FAILED,
        [CLOACINA_CONFLICT] = COMMAND_FAILED,      [CLOACINA_UNKNOWN] = COMMAND_FAILED,
        [CLOACINA_CRASHED] = COMMAND_FAILED,       [CLOACINA_IO] = COMMAND_BROKEN,
    };
    for (size_t code = 0; code < ARRAY_COUNT(statuses); code++) {
        assert_int_equal(command_status_of((enum cloacina_code)code), statuses[code]);
    }
}

/* A full disk must not look like success: CI would go on without the report. */
static void an_output_that_cannot_be_written_is_status_three(void **state)
{
    (void)state;
    struct session session;
    session_begin(&session, FAIL_NEVER);
    FILE *output = session.console.output;
    session.console.output = fopen("/dev/full", "w");
    assert_non_null(session.console.output);
    assert_int_equal(run(&session, ARGUMENTS("greet")), COMMAND_BROKEN);
    assert_string_equal(session.errors,
                        "cloacinactl: cannot write the output: No space left on device\n");
    fclose(session.console.output);
    session.console.output = output;
    session_end(&session);
}

/* The same for a file of results; and what was lost early is not forgotten. */
static void a_file_that_did_not_arrive_whole_is_an_error(void **state)
{
    (void)state;
    struct cloacina_error err;
    FILE *file = fopen("/dev/full", "w");
    assert_non_null(file);
    fputs("results", file);
    assert_int_equal(console_close(file, "a.json", &err), CLOACINA_IO);
    assert_string_equal(err.message, "cannot write 'a.json': No space left on device");
    file = fopen("/dev/full", "w");
    assert_non_null(file);
    fputs("results", file);
    assert_int_not_equal(fflush(file), 0);
    assert_int_equal(console_close(file, "a.json", &err), CLOACINA_IO);
    assert_string_equal(err.message, "cannot write 'a.json': an earlier write failed");
    file = fopen("/dev/null", "w");
    assert_non_null(file);
    assert_int_equal(console_close(file, "a.json", &err), CLOACINA_OK);
}

/* Every allocation may fail; each failure is said, and nothing stays behind. */
static void without_memory_every_command_says_so(void **state)
{
    (void)state;
    const char *const *const lines[] = {ARGUMENTS("--help"), ARGUMENTS("greet", "--help"),
                                        ARGUMENTS("guest", "--help"), ARGUMENTS("door", "-h"),
                                        ARGUMENTS("greet")};
    for (size_t line = 0; line < ARRAY_COUNT(lines); line++) {
        for (size_t n = 0;; n++) {
            struct session session;
            session_begin(&session, n);
            enum command_status status = run(&session, lines[line]);
            bool has_failed = session.heap.has_failed;
            assert_int_equal(status, has_failed ? COMMAND_BROKEN : COMMAND_SUCCEEDED);
            assert_int_equal(has_failed, strstr(session.errors, "no memory") != NULL);
            session_end(&session);
            if (!has_failed) {
                break;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_gets_its_options_or_their_defaults),
        cmocka_unit_test(wrong_use_is_one_line_and_status_two),
        cmocka_unit_test(help_and_version_go_to_the_output),
        cmocka_unit_test(a_command_may_be_a_noun_and_a_verb),
        cmocka_unit_test(a_verb_that_is_missing_or_wrong_is_named),
        cmocka_unit_test(a_complaint_is_one_line_whatever_is_in_it),
        cmocka_unit_test(every_code_has_its_status),
        cmocka_unit_test(an_output_that_cannot_be_written_is_status_three),
        cmocka_unit_test(a_file_that_did_not_arrive_whole_is_an_error),
        cmocka_unit_test(without_memory_every_command_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
