/* SPDX-License-Identifier: Apache-2.0 */
/* test_cli_engine.c - the engine's commands inside this process, where their memory can be made to
 * fail. What they print is tested from outside: tests/integration/cli_store.py, cli_runner.py. */
#include "support.h"

#include <stdio.h>
#include <unistd.h>

#include <cloacina/authoring.h>
#include <cloacina/context.h>

#include "cloacinactl/command.h"

extern const struct command *const commands_begin[] __asm__("__start_cloacinactl_commands");
extern const struct command *const commands_end[] __asm__("__stop_cloacinactl_commands");

/* A built-in workflow of this program. */
static enum cloacina_code fail_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    return cloacina_error_set(err, "out of order");
}

static enum cloacina_code write_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "coins", 3, err);
}

CLOACINA_TASK(pay, .body = write_body);
CLOACINA_TASK(vend, .body = fail_body, .dependencies = CLOACINA_TASKS(&pay),
              .retry = {.attempts_max = 1});
CLOACINA_TASK(thank, .body = write_body, .dependencies = CLOACINA_TASKS(&vend));
CLOACINA_WORKFLOW(machine, .tasks = CLOACINA_TASKS(&pay, &vend, &thank));

enum { COMMANDS_MAX = 64, ARGUMENTS_MAX = 16, PATH_SIZE = 64, ID_SIZE = 37 };

/* What a run of a command left behind. */
struct outcome {
    enum command_status status;
    char *output;
    char *errors;
};

/* A folder with a database in it, and the id of an execution that failed. */
struct place {
    char folder[PATH_SIZE / 2];
    char database[PATH_SIZE];
    char id[ID_SIZE];
};

/* The words of the command, then "--database FILE". */
static struct outcome run(const struct place *place, struct cloacina_heap *heap,
                          const char *const *words)
{
    struct outcome outcome;
    size_t output_size;
    size_t errors_size;
    const struct command *commands[COMMANDS_MAX];
    size_t count = (size_t)(commands_end - commands_begin);
    const char *argv[ARGUMENTS_MAX] = {"cloacinactl"};
    int argc = 1;
    assert_in_range(count, 1, COMMANDS_MAX);
    memcpy(commands, commands_begin, count * sizeof(*commands));
    for (size_t i = 0; words[i] != NULL; i++) {
        argv[argc++] = strcmp(words[i], "ID") == 0 ? place->id : words[i];
    }
    argv[argc++] = "--database";
    argv[argc++] = place->database;
    struct console console = {.output = open_memstream(&outcome.output, &output_size),
                              .errors = open_memstream(&outcome.errors, &errors_size)};
    assert_non_null(console.output);
    assert_non_null(console.errors);
    outcome.status =
        cloacinactl_run(commands, count, &console, heap, argc, (char *const *)(uintptr_t)argv);
    fclose(console.output);
    fclose(console.errors);
    return outcome;
}

static void outcome_finish(struct outcome *outcome)
{
    free(outcome->output);
    free(outcome->errors);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void place_open(struct place *place)
{
    *place = (struct place){.folder = "/tmp/cloacina-cli-XXXXXX"};
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->database, sizeof(place->database), "%s/a.db", place->folder);
    struct outcome outcome = run(place, cloacina_heap_system(), WORDS("run", "machine", "--json"));
    assert_int_equal(outcome.status, COMMAND_FAILED);
    const char *id = strstr(outcome.output, "\"id\":\"");
    assert_non_null(id);
    (void)snprintf(place->id, sizeof(place->id), "%s", id + strlen("\"id\":\""));
    outcome_finish(&outcome);
}

static void place_close(struct place *place)
{
    static const char *const files[] = {"a.db", "a.db-turnstile", "a.db-wal", "a.db-shm"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[PATH_SIZE + 16];
        (void)snprintf(path, sizeof(path), "%s/%s", place->folder, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(place->folder), 0);
}

/* Whatever allocation fails: status 3, one line that says why, half a result never. */
static void assert_survives(const struct place *place, const char *const *words)
{
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct outcome outcome = run(place, &heap.heap, words);
        assert_int_equal(heap.outstanding, 0);
        if (heap.has_failed && outcome.status != COMMAND_SUCCEEDED) {
            if (outcome.status != COMMAND_BROKEN || strstr(outcome.errors, "memory") == NULL ||
                outcome.output[0] != '\0') {
                fail_msg("%s %s, allocation %zu: status %d: %s%s", words[0], words[1], n,
                         (int)outcome.status, outcome.errors, outcome.output);
            }
        } else if (outcome.status != COMMAND_SUCCEEDED) {
            fail_msg("%s %s: %s", words[0], words[1], outcome.errors);
        }
        outcome_finish(&outcome);
        if (!heap.has_failed) {
            return;
        }
    }
}

/* Why: people look when the machine is already in trouble. */
static void looking_without_memory_says_so(void **state)
{
    (void)state;
    struct place place;
    place_open(&place);
    assert_survives(&place, WORDS("execution", "list"));
    assert_survives(&place, WORDS("execution", "list", "--json", "--limit=1"));
    assert_survives(&place, WORDS("execution", "show", "ID"));
    assert_survives(&place, WORDS("execution", "show", "ID", "--json"));
    assert_survives(&place, WORDS("execution", "events", "ID"));
    assert_survives(&place, WORDS("execution", "events", "ID", "--json"));
    assert_survives(&place, WORDS("execution", "export", "ID"));
    assert_survives(&place, WORDS("runner", "list"));
    assert_survives(&place, WORDS("runner", "list", "--json"));
    assert_survives(&place, WORDS("admin", "migrate"));
    assert_survives(&place, WORDS("admin", "cleanup", "--older-than=1d", "--dry-run", "--json"));
    place_close(&place);
}

/* Why: a change is made or not made; the lease is given back either way. */
static void changing_without_memory_leaves_nothing_open(void **state)
{
    (void)state;
    struct place place;
    bool is_over = false;
    place_open(&place);
    for (size_t n = 0; !is_over; n++) {
        struct failing_heap heap;
        failing_heap_init(&heap, n);
        struct outcome outcome = run(&place, &heap.heap, WORDS("execution", "retry", "ID"));
        assert_int_equal(heap.outstanding, 0);
        is_over = outcome.status == COMMAND_SUCCEEDED;
        if (!is_over) {
            assert_true(heap.has_failed);
            assert_int_equal(outcome.status, COMMAND_BROKEN);
        }
        outcome_finish(&outcome);
    }
    struct outcome outcome =
        run(&place, cloacina_heap_system(), WORDS("execution", "cancel", "ID"));
    assert_int_equal(outcome.status, COMMAND_SUCCEEDED);
    outcome_finish(&outcome);
    place_close(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looking_without_memory_says_so),
        cmocka_unit_test(changing_without_memory_leaves_nothing_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
