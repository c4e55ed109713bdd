/* SPDX-License-Identifier: Apache-2.0 */
/* test_cli_simulate.c - the command inside this process, where its memory can be made to fail. What
 * it prints and writes is tested from outside: tests/integration/cli_*.py. */
#include "support.h"

#include <stdio.h>
#include <unistd.h>

#include <cloacina/authoring.h>

#include "cloacinactl/command.h"

extern const struct command *const commands_begin[] __asm__("__start_cloacinactl_commands");
extern const struct command *const commands_end[] __asm__("__stop_cloacinactl_commands");

/* A built-in workflow of this program. */
static enum cloacina_code fail_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_set(err, "out of order");
}

CLOACINA_TASK(vend, .body = fail_body, .retry = {.attempts_max = 1});
CLOACINA_WORKFLOW(machine, .tasks = CLOACINA_TASKS(&vend), .description = "sells nothing");

enum { COMMANDS_MAX = 64, ARGUMENTS_MAX = 16 };

/* What a run of the command left behind. */
struct outcome {
    enum command_status status;
    char *output;
    char *errors;
};

/* The arguments behind the program's name, up to NULL. */
static struct outcome run(struct cloacina_heap *heap, const char *const *arguments)
{
    struct outcome outcome;
    size_t output_size;
    size_t errors_size;
    const struct command *commands[COMMANDS_MAX];
    size_t count = (size_t)(commands_end - commands_begin);
    char *argv[ARGUMENTS_MAX] = {(char *)(uintptr_t) "cloacinactl"};
    int argc = 1;
    assert_in_range(count, 1, COMMANDS_MAX);
    memcpy(commands, commands_begin, count * sizeof(*commands));
    for (size_t i = 0; arguments[i] != NULL; i++) {
        argv[argc++] = (char *)(uintptr_t)arguments[i];
    }
    struct console console = {.output = open_memstream(&outcome.output, &output_size),
                              .errors = open_memstream(&outcome.errors, &errors_size)};
    assert_non_null(console.output);
    assert_non_null(console.errors);
    outcome.status = cloacinactl_run(commands, count, &console, heap, argc, argv);
    fclose(console.output);
    fclose(console.errors);
    return outcome;
}

static void outcome_finish(struct outcome *outcome)
{
    free(outcome->output);
    free(outcome->errors);
}

/* Without the memory of one allocation: done as usual, or status 3 and the reason. A runner tries
 * again later; a world can do without some things, such as the list of its decisions. */
static void assert_unharmed(const struct outcome *outcome, enum command_status usual, size_t n)
{
    bool is_done = outcome->status == usual;
    bool is_said =
        outcome->status == COMMAND_BROKEN && strstr(outcome->errors, "no memory") != NULL;
    if (!is_done && !is_said) {
        fail_msg("allocation %zu failed, and the status is %d: %s%s", n, (int)outcome->status,
                 outcome->errors, outcome->output);
    }
}

/* With a failing allocation: nothing stays behind, and nobody is told anything wrong. What fails in
 * a child process is seen by its end alone. False: there was nothing left to fail. */
static bool survives_failure_of(size_t n, const char *const *arguments, enum command_status usual)
{
    struct failing_heap heap;
    failing_heap_init(&heap, n);
    struct outcome outcome = run(&heap.heap, arguments);
    assert_unharmed(&outcome, usual, n);
    assert_int_equal(heap.outstanding, 0);
    bool is_over = !heap.has_failed && outcome.status == usual;
    outcome_finish(&outcome);
    return !is_over;
}

static void assert_survives_lack_of_memory(const char *const *arguments, enum command_status usual)
{
    for (size_t n = 0; survives_failure_of(n, arguments, usual); n++) {
    }
}

/* The same for what makes many worlds of one kind: the further, the fewer. */
static void assert_survives_some_lack(const char *const *arguments, enum command_status usual)
{
    for (size_t n = 0; survives_failure_of(n, arguments, usual); n += 1 + n / 16) {
    }
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char diamond[] = SOURCE_ROOT "/fixtures/wfformat/diamond.json";

static void without_memory_a_recorded_run_says_so(void **state)
{
    (void)state;
    assert_survives_lack_of_memory(ARGUMENTS("simulate", diamond, "--json", "-", "--seeds", "2"),
                                   COMMAND_SUCCEEDED);
}

static void without_memory_a_generated_run_says_so(void **state)
{
    (void)state;
    assert_survives_lack_of_memory(ARGUMENTS("simulate", "--generate", "layered:3x3", "--trace",
                                             "/dev/null", "--runners", "2", "--json", "/dev/null"),
                                   COMMAND_SUCCEEDED);
}

static void without_memory_wrong_input_is_still_an_error(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct outcome outcome = run(
            &heap.heap, ARGUMENTS("simulate", diamond, "--context", "@" SOURCE_ROOT "/LICENSE"));
        bool has_failed = heap.has_failed;
        assert_int_not_equal(outcome.status, COMMAND_SUCCEEDED);
        assert_int_equal(heap.outstanding, 0);
        outcome_finish(&outcome);
        if (!has_failed) {
            assert_int_equal(outcome.status, COMMAND_MISUSED);
            break;
        }
    }
}

/* The report of a failure takes memory too. */
static void without_memory_a_run_that_fails_says_so(void **state)
{
    (void)state;
    assert_survives_lack_of_memory(ARGUMENTS("simulate", "machine"), COMMAND_FAILED);
}

/* Whoever reads the summary wants to know which task it was. */
static void a_failure_names_its_task_and_reason(void **state)
{
    (void)state;
    struct outcome outcome = run(cloacina_heap_system(), ARGUMENTS("simulate", "machine"));
    assert_int_equal(outcome.status, COMMAND_FAILED);
    const char *expected = "FAILED  completed, seed 0\n"
                           "  'machine' is Failed: 1 task failed, 0 completed, 0 skipped\n"
                           "  'vend', attempt 1: out of order\n"
                           "replay:  cloacinactl simulate machine --seed 0\n";
    assert_memory_equal(outcome.output, expected, strlen(expected));
    outcome_finish(&outcome);
}

static void without_memory_a_list_says_so(void **state)
{
    (void)state;
    assert_survives_lack_of_memory(ARGUMENTS("simulate", "--list"), COMMAND_SUCCEEDED);
}

/* ---- searches: the reports of children, stories, tokens and files take memory ---- */

static void without_memory_a_search_that_finds_something_says_so(void **state)
{
    (void)state;
    assert_survives_some_lack(ARGUMENTS("simulate", "machine", "--jobs", "1", "--emit-test", "none",
                                        "--junit", "/dev/null", "--coverage", "/dev/null"),
                              COMMAND_FAILED);
}

static void without_memory_a_search_with_faults_says_so(void **state)
{
    (void)state;
    assert_survives_some_lack(ARGUMENTS("simulate", "machine", "--faults", "crashes",
                                        "--require-sites", "*=crash", "--emit-test", "none"),
                              COMMAND_FAILED);
}

static void without_memory_a_replay_says_so(void **state)
{
    (void)state;
    assert_survives_some_lack(
        ARGUMENTS("simulate", "--replay", "cl1:machine,run-1/vend/1/body@1=crash"), COMMAND_FAILED);
    assert_survives_some_lack(
        ARGUMENTS("simulate", "--replay", "cl1:machine,chaos,run-1/vend/1/body@1=transient"),
        COMMAND_SUCCEEDED);
}

/* A runner that had to wait for memory in one of two runs has made another run: also a finding. */
static void without_memory_two_runs_in_one_say_so(void **state)
{
    (void)state;
    assert_survives_some_lack(
        ARGUMENTS("simulate", "machine", "--twice", "--faults", "none", "--emit-test", "none"),
        COMMAND_FAILED);
}

static void without_memory_a_corpus_says_so(void **state)
{
    (void)state;
    char folder[] = "/tmp/test-corpus-XXXXXX";
    assert_non_null(mkdtemp(folder));
    for (int i = 0; i < 2; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s/%d.token", folder, i);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs("# a machine\ncl1:machine,chaos,run-1/vend/1/body@1=transient\n", file);
        assert_int_equal(fclose(file), 0);
    }
    assert_survives_some_lack(
        ARGUMENTS("simulate", "machine", "--corpus", folder, "--faults", "crashes", "--seed", "3"),
        COMMAND_SUCCEEDED);
    for (int i = 0; i < 2; i++) {
        char path[64];
        (void)snprintf(path, sizeof(path), "%s/%d.token", folder, i);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void without_memory_a_list_of_faults_says_so(void **state)
{
    (void)state;
    assert_survives_lack_of_memory(ARGUMENTS("simulate", "--faults", "list"), COMMAND_SUCCEEDED);
}

/* What stores is part of the run: it is in the report, and a token has it. */
static void a_run_on_sqlite_says_so_and_a_token_has_it(void **state)
{
    (void)state;
    struct outcome calm = run(cloacina_heap_system(),
                              ARGUMENTS("simulate", "--generate", "chain:3", "--store", "sqlite"));
    assert_int_equal(calm.status, COMMAND_SUCCEEDED);
    assert_non_null(strstr(calm.output, ", sqlite, seed 0"));
    outcome_finish(&calm);
    struct outcome search =
        run(cloacina_heap_system(),
            ARGUMENTS("simulate", "--generate", "mixed:4", "--faults", "disk", "--seeds", "3",
                      "--runners", "2", "--store", "sqlite", "--json", "-"));
    assert_int_equal(search.status, COMMAND_SUCCEEDED);
    assert_non_null(strstr(search.output, "\"store\":\"sqlite\""));
    outcome_finish(&search);
    static const char token[] = "cl1:chain-3,generate=chain+3A3,store=sqlite,"
                                "runner-1/disk-sync.wal@1=power-loss:0";
    struct outcome replay = run(cloacina_heap_system(), ARGUMENTS("simulate", "--replay", token));
    assert_int_equal(replay.status, COMMAND_SUCCEEDED);
    outcome_finish(&replay);
    struct outcome both =
        run(cloacina_heap_system(), ARGUMENTS("simulate", "--replay", token, "--store", "sqlite"));
    assert_int_equal(both.status, COMMAND_MISUSED);
    outcome_finish(&both);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_on_sqlite_says_so_and_a_token_has_it),
        cmocka_unit_test(without_memory_a_recorded_run_says_so),
        cmocka_unit_test(without_memory_a_generated_run_says_so),
        cmocka_unit_test(without_memory_wrong_input_is_still_an_error),
        cmocka_unit_test(without_memory_a_run_that_fails_says_so),
        cmocka_unit_test(a_failure_names_its_task_and_reason),
        cmocka_unit_test(without_memory_a_list_says_so),
        cmocka_unit_test(without_memory_a_search_that_finds_something_says_so),
        cmocka_unit_test(without_memory_a_search_with_faults_says_so),
        cmocka_unit_test(without_memory_a_replay_says_so),
        cmocka_unit_test(without_memory_two_runs_in_one_say_so),
        cmocka_unit_test(without_memory_a_corpus_says_so),
        cmocka_unit_test(without_memory_a_list_of_faults_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
