/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - running a function in a child process, for tests about dying: signals, assertions,
 * limits. */
#ifndef TESTS_UNIT_CHILD_H
#define TESTS_UNIT_CHILD_H

#include "support.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* How the child ended. */
struct outcome {
    int status;
    char text[8192]; /* what it wrote to stderr */
};

/* Runs the function in a child process; when it returns, the child exits with 0. */
static inline struct outcome in_child(void (*function)(void))
{
    struct outcome outcome = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    (void)fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        function();
        exit(0);
    }
    (void)close(ends[1]);
    FILE *reader = fdopen(ends[0], "r");
    assert_non_null(reader);
    (void)fread(outcome.text, 1, sizeof(outcome.text) - 1, reader);
    (void)fclose(reader);
    assert_int_equal(waitpid(child, &outcome.status, 0), child);
    return outcome;
}

static inline void assert_died(const struct outcome *outcome, int signal)
{
    if (!WIFSIGNALED(outcome->status) || WTERMSIG(outcome->status) != signal) {
        fail_msg("status %#x, stderr '%s'", (unsigned)outcome->status, outcome->text);
    }
}

static inline void assert_exited(const struct outcome *outcome, int status)
{
    if (!WIFEXITED(outcome->status) || WEXITSTATUS(outcome->status) != status) {
        fail_msg("status %#x, stderr '%s'", (unsigned)outcome->status, outcome->text);
    }
}

#endif
