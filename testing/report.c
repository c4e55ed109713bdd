/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - what a failing assertion shows: every task with what became of it.
 *
 *     run 1 of 'shop': Failed at 4.2 s, 1 of 2 tasks failed
 *       price   Completed  1 attempt at 0 s, ended at 0 s
 *       charge  Failed     3 attempts at 0 s, 1.2 s, 3.4 s, ended at 4.2 s: gateway timeout
 *     context: {"cents":4200,"order":7}
 *
 * Printed through cmocka, line by line: it cuts what is longer than about a thousand bytes. */
#include "test.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

/* More would bury what matters. */
enum { TASKS_SHOWN_MAX = 50, ATTEMPTS_SHOWN_MAX = 6, CONTEXT_SHOWN_MAX = 900 };

static int longest_name(const struct cloacina_result *result)
{
    size_t longest = 0;
    size_t shown = 0;
    for (const struct cloacina_task_definition *const *task = result->test->workflow->tasks;
         *task != NULL && shown < TASKS_SHOWN_MAX; task++, shown++) {
        const size_t length = strlen((*task)->name);
        longest = length > longest ? length : longest;
    }
    return (int)longest;
}

static void print_attempts(const struct cloacina_result *result,
                           const struct cloacina_world_task *row)
{
    char when[DURATION_TEXT_SIZE];
    print_error("%" PRIu32 " attempt%s at ", row->attempts, row->attempts == 1 ? "" : "s");
    for (uint32_t i = 0; i < row->attempts; i++) {
        if (i == ATTEMPTS_SHOWN_MAX) {
            print_error(", ...");
            break;
        }
        duration_print(row->started_ns[i] - result->started_ns, when);
        print_error("%s%s", i == 0 ? "" : ", ", when);
    }
}

static void print_task(const struct cloacina_result *result, const char *name, int width)
{
    char when[DURATION_TEXT_SIZE];
    struct cloacina_world_task row;
    if (cloacina_world_task(result->test->world, result->execution, name, &row, NULL) !=
        CLOACINA_OK) {
        print_error("  %-*s  not stored yet\n", width, name);
        return;
    }
    print_error("  %-*s  %-10s ", width, name, row.status);
    if (row.attempts > 0) {
        print_attempts(result, &row);
        if (task_has_ended(&row)) {
            duration_print(row.ended_ns - result->started_ns, when);
            print_error(", ended at %s", when);
        }
    } else {
        print_error("no attempt");
    }
    print_error("%s%s\n", row.reason[0] == '\0' ? "" : ": ", row.reason);
}

static void print_tasks(const struct cloacina_result *result)
{
    const int width = longest_name(result);
    const struct cloacina_task_definition *const *task = result->test->workflow->tasks;
    for (size_t shown = 0; *task != NULL; task++, shown++) {
        if (shown == TASKS_SHOWN_MAX) {
            print_error("  ...\n");
            return;
        }
        print_task(result, (*task)->name, width);
    }
}

void report_print(const struct cloacina_result *result)
{
    char when[DURATION_TEXT_SIZE];
    const char *reason = cloacina_result_reason(result);
    const char *waits = cloacina_result_explain(result);
    const char *context = cloacina_world_context(result->test->world, result->execution);
    duration_print(cloacina_world_now_ns(result->test->world) - result->started_ns, when);
    print_error("run %u of '%s': %s at %s%s%s\n", result->number, result->test->workflow->name,
                cloacina_result_status(result), when, reason[0] == '\0' ? "" : ", ", reason);
    print_tasks(result);
    if (waits[0] != '\0') {
        print_error("waits for:\n%s\n", waits);
    }
    if (context != NULL) {
        print_error("context: %.*s%s\n", CONTEXT_SHOWN_MAX, context,
                    strlen(context) > CONTEXT_SHOWN_MAX ? "..." : "");
    }
}
