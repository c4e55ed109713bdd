/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - several workflows on one SQLite file: handles, pause, cancel, and a second runner that
 * goes on where the first has stopped.
 *
 *     05-advanced [FILE]      without FILE: in a new folder, removed at the end */
#include "press.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cloacina/runner.h>

#define FOREVER (-1)

static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fprintf(stderr, "%s\n", err->message);
        exit(EXIT_FAILURE);
    }
}

static struct cloacina_runner *runner_start(const char *database)
{
    struct cloacina_error err;
    struct cloacina_runner *runner;
    const struct cloacina_runner_options options = {.database = database, .slots = 2};
    check(cloacina_runner_start(&options, &runner, &err), &err);
    return runner;
}

static struct cloacina_execution *start(struct cloacina_runner *runner, const char *workflow,
                                        const char *context)
{
    struct cloacina_error err;
    struct cloacina_execution *execution;
    check(cloacina_runner_execute_async(runner, workflow, context, &execution, &err), &err);
    return execution;
}

static void print_end(struct cloacina_execution *execution)
{
    struct cloacina_error err;
    check(cloacina_execution_wait(execution, FOREVER, &err), &err);
    const struct cloacina_execution_info *info = cloacina_execution_look(execution);
    printf("  '%s' %s%s%s: %s\n", info->workflow, cloacina_execution_status_name(info->status),
           info->reason != NULL ? ", " : "", info->reason != NULL ? info->reason : "",
           cloacina_execution_context(execution));
}

/* Three at once. Returns the context that the last of them has left. Owned by the caller. */
static char *drafts(struct cloacina_runner *runner)
{
    static const char *const texts[] = {
        "{\"text\": \"It was a dark and stormy night\"}",
        "{\"text\": \"Call me Ishmael\"}",
        "{\"text\": \"The sun shone having no alternative\"}",
    };
    enum { TEXTS = sizeof(texts) / sizeof(texts[0]) };
    struct cloacina_execution *executions[TEXTS];
    char *last = NULL;
    puts("three drafts at once");
    for (size_t i = 0; i < TEXTS; i++) {
        executions[i] = start(runner, "draft", texts[i]);
    }
    for (size_t i = 0; i < TEXTS; i++) {
        print_end(executions[i]);
        if (i == TEXTS - 1) {
            last = strdup(cloacina_execution_context(executions[i]));
        }
        cloacina_execution_destroy(executions[i]);
    }
    return last;
}

/* Nothing new starts in a paused execution; a body that is busy is left in peace. */
static void publish_with_a_pause(struct cloacina_runner *runner, const char *context)
{
    struct cloacina_error err;
    const char *explained;
    struct cloacina_execution *execution = start(runner, "publish", context);
    puts("a pause");
    check(cloacina_execution_pause(execution, "the paper is late", &err), &err);
    check(cloacina_execution_explain(execution, &explained, &err), &err);
    printf("%s", explained);
    editor_sign(true);
    printf("  paused: waiting for it ends with '%s'\n",
           cloacina_code_name(cloacina_execution_wait(execution, 0, NULL)));
    check(cloacina_execution_resume(execution, &err), &err);
    print_end(execution);
    editor_sign(false);
    cloacina_execution_destroy(execution);
}

/* A cancelled execution is over at once; its body learns it from the call that it waits in. */
static void publish_and_cancel(struct cloacina_runner *runner, const char *context)
{
    struct cloacina_error err;
    struct cloacina_execution *execution = start(runner, "publish", context);
    puts("a cancellation");
    check(cloacina_execution_cancel(execution, "the author was faster", &err), &err);
    print_end(execution);
    if (cloacina_execution_pause(execution, NULL, &err) != CLOACINA_OK) {
        printf("  and to pause it now: %s\n", err.message);
    }
    cloacina_execution_destroy(execution);
}

/* What a runner leaves unfinished is in the store, and the next runner goes on with it. */
static void publish_over_a_restart(const char *database, const char *context)
{
    char id[CLOACINA_EXECUTION_ID_SIZE];
    struct cloacina_error err;
    struct cloacina_execution *execution;
    puts("a restart");
    struct cloacina_runner *first = runner_start(database);
    execution = start(first, "publish", context);
    strcpy(id, cloacina_execution_look(execution)->id);
    check(cloacina_runner_shutdown(first, 1, &err), &err);
    cloacina_execution_destroy(execution);
    cloacina_runner_destroy(first);

    editor_sign(true);
    struct cloacina_runner *second = runner_start(database);
    check(cloacina_runner_find(second, id, &execution, &err), &err);
    print_end(execution);
    cloacina_execution_destroy(execution);
    cloacina_runner_destroy(second);
}

static void tell(const char *database)
{
    struct cloacina_runner *runner = runner_start(database);
    char *context = drafts(runner);
    if (context == NULL) {
        fprintf(stderr, "no memory\n");
        exit(EXIT_FAILURE);
    }
    publish_with_a_pause(runner, context);
    publish_and_cancel(runner, context);
    cloacina_runner_destroy(runner);
    publish_over_a_restart(database, context);
    free(context);
}

/* Removes the files of a database, and the folder that was made for them. */
static void clean(const char *database, const char *folder)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-turnstile"};
    char file[256];
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        (void)snprintf(file, sizeof(file), "%s%s", database, endings[i]);
        (void)unlink(file);
    }
    (void)rmdir(folder);
}

int main(int argc, char **argv)
{
    char folder[] = "/tmp/cloacina-advanced-XXXXXX";
    char database[sizeof(folder) + 16];
    if (argc > 1) {
        tell(argv[1]);
        return EXIT_SUCCESS;
    }
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return EXIT_FAILURE;
    }
    (void)snprintf(database, sizeof(database), "%s/press.db", folder);
    tell(database);
    clean(database, folder);
    return EXIT_SUCCESS;
}
