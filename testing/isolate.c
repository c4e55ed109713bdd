/* SPDX-License-Identifier: Apache-2.0 */
/* isolate.c - an assertion that fails in a child process is a finding.
 *
 *   child --> a cmocka of its own: one test = the loop over runs --fails--> longjmp back here
 *                  what it prints goes into a file that has no name         the finding
 *
 * Law: nothing that the child's cmocka prints reaches the test's output: the parent tells it once,
 * with the token. */
#include "explore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cloacina/testing.h>

struct loop {
    void (*run)(void *argument);
    void *argument;
};

static void run_loop(void **state)
{
    const struct loop *loop = *state;
    loop->run(loop->argument);
}

/* The line that says what failed: cmocka prints "[  ERROR   ] --- " before it. */
static void message_find(char *printed, struct search_finding *finding)
{
    static const char mark[] = "[  ERROR   ] --- ";
    char *line = strstr(printed, mark);
    line = line == NULL ? printed : line + strlen(mark);
    line[strcspn(line, "\n")] = '\0';
    (void)snprintf(finding->message, sizeof(finding->message), "%s",
                   line[0] == '\0' ? "an assertion failed" : line);
}

static void finding_read(FILE *output, struct search_finding *finding)
{
    char printed[4096] = "";
    if (output != NULL) {
        rewind(output);
        printed[fread(printed, 1, sizeof(printed) - 1, output)] = '\0';
    }
    *finding = (struct search_finding){.id = "assertion"};
    message_find(printed, finding);
}

/* Sends both outputs into `output`; they stay there: the child has nothing else to say. */
static void silence(FILE *output)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
    if (output != NULL) {
        (void)dup2(fileno(output), STDOUT_FILENO);
        (void)dup2(fileno(output), STDERR_FILENO);
    }
}

bool isolate_enter(void *user, void (*loop)(void *argument), void *argument,
                   struct search_finding *ret_finding)
{
    struct loop wanted = {loop, argument};
    const struct CMUnitTest tests[] = {cmocka_unit_test_prestate(run_loop, &wanted)};
    FILE *output = tmpfile();
    (void)user;
    cmocka_set_message_output(CM_OUTPUT_STDOUT);
    silence(output);
    if (cmocka_run_group_tests_name("explore", tests, NULL, NULL) == 0) {
        return false;
    }
    (void)fflush(stdout);
    (void)fflush(stderr);
    finding_read(output, ret_finding);
    return true;
}
