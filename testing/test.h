/* SPDX-License-Identifier: Apache-2.0 */
/* test.h - what the files of this folder share: the test runner, its results, and how a test fails.
 *
 *   cloacina_test (owns the world, the arena, the results) <-- cloacina_result (one execution each)
 *
 * Law: whatever goes wrong ends in test_fail(), which prints and leaves the test through cmocka's
 * jump; so nothing may be owned by a local variable when it is called. */
#ifndef TESTING_TEST_H
#define TESTING_TEST_H

#include <stdbool.h>

#include <cloacina/testing.h>

#include "base/arena.h"
#include "base/compiler.h"

/* Where a call stands in the user's file. */
struct place {
    const char *file; /* Borrowed */
    int line;
};

static inline struct place place_of(const char *file, int line)
{
    return (struct place){.file = file, .line = line};
}

/* What an operator will do to the next run. */
struct operator_command {
    enum cloacina_world_command command;
    int64_t at_ms;
    struct place place; /* of the call that asked for it */
    struct operator_command *next;
};

struct cloacina_result {
    struct cloacina_test *test; /* Borrowed: it owns this */
    struct cloacina_world_execution execution;
    int64_t started_ns; /* since the world's start */
    unsigned number;    /* 1 = the first run */
};

struct cloacina_test {
    struct cloacina_heap *heap;   /* Borrowed */
    struct arena arena;           /* results, commands, copies of definitions, texts */
    struct cloacina_world *world; /* Owned */
    const struct cloacina_workflow_definition *workflow; /* Borrowed, or in the arena */
    struct operator_command *commands;                   /* in the order of the calls */
    struct cloacina_result *latest;                      /* NULL: nothing was run yet */
    bool is_failing; /* the test was failed from here: what comes after is no news */
};

/* The workflow of the options: theirs, or one made of their tasks, in the arena. NULL: no
 * memory. */
const struct cloacina_workflow_definition *
subset_workflow(struct arena *arena, const struct cloacina_task_definition *const *tasks);

/* The result of the latest run; fails the test when there was none. */
struct cloacina_result *test_latest(struct cloacina_test *test, struct place place);

/* Fails the test at `place` with the message. `test` may be NULL. */
_Noreturn void test_fail(struct cloacina_test *test, struct place place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same, with the state of every task of the result below the message. */
_Noreturn void result_fail(const struct cloacina_result *result, struct place place,
                           const char *format, ...) PRINTF_LIKE(3, 4);

/* Prints the run: its outcome, a line for every task, what it waits for if it has not ended, its
 * context. */
void report_print(const struct cloacina_result *result);

bool task_has_ended(const struct cloacina_world_task *row);

/* When an attempt started, since the start of its run; fails the test when there is no such
 * attempt. */
int64_t result_started_ns(const struct cloacina_result *result, const char *task, uint32_t attempt,
                          struct place place);

/* The row of a task; fails the test when there is no such task. A task of a run that the store does
 * not know yet is NotStarted. */
struct cloacina_world_task result_task(const struct cloacina_result *result, const char *task,
                                       struct place place);

#endif
