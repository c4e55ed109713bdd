/* SPDX-License-Identifier: Apache-2.0 */
/* assert.c - the assertions: a sentence about what was expected and found, then the report.
 *
 * Law: the sentence names the task and both values, so that most failures are understood from their
 * first line. */
#include "test.h"

#include <inttypes.h>
#include <string.h>

#include "base/instant.h"

static void assert_task_is(const struct cloacina_result *result, const char *task,
                           const char *status, struct place place)
{
    const struct cloacina_world_task row = result_task(result, task, place);
    if (strcmp(row.status, status) != 0) {
        result_fail(result, place, "task '%s' is %s, expected %s%s%s", task, row.status, status,
                    row.reason[0] == '\0' ? "" : ": ", row.reason);
    }
}

void cloacina_assert_task_status_at(const struct cloacina_result *result, const char *task,
                                    const char *status, const char *file, int line)
{
    assert_task_is(result, task, status, place_of(file, line));
}

void cloacina_assert_all_completed_at(const struct cloacina_result *result, const char *file,
                                      int line)
{
    for (const struct cloacina_task_definition *const *task = result->test->workflow->tasks;
         *task != NULL; task++) {
        assert_task_is(result, (*task)->name, "Completed", place_of(file, line));
    }
}

void cloacina_assert_status_at(const struct cloacina_result *result, const char *status,
                               const char *file, int line)
{
    const char *found = cloacina_result_status(result);
    if (strcmp(found, status) != 0) {
        result_fail(result, place_of(file, line), "run %u is %s, expected %s", result->number,
                    found, status);
    }
}

void cloacina_assert_attempts_at(const struct cloacina_result *result, const char *task,
                                 uint32_t attempts, const char *file, int line)
{
    const struct cloacina_world_task row = result_task(result, task, place_of(file, line));
    if (row.attempts != attempts) {
        result_fail(result, place_of(file, line),
                    "task '%s' was started %" PRIu32 " times, expected %" PRIu32, task,
                    row.attempts, attempts);
    }
}

void cloacina_assert_started_ms_at(const struct cloacina_result *result, const char *task,
                                   uint32_t attempt, int64_t at_ms, const char *file, int line)
{
    char found[DURATION_TEXT_SIZE];
    char wanted[DURATION_TEXT_SIZE];
    const int64_t found_ns = result_started_ns(result, task, attempt, place_of(file, line));
    if (found_ns != nanoseconds_of_ms(at_ms)) {
        duration_print(found_ns, found);
        duration_print(nanoseconds_of_ms(at_ms), wanted);
        result_fail(result, place_of(file, line),
                    "task '%s', attempt %" PRIu32 " started at %s, expected %s", task, attempt,
                    found, wanted);
    }
}

void cloacina_assert_effects_at(const struct cloacina_result *result, const char *name,
                                uint64_t count, const char *file, int line)
{
    const uint64_t found = cloacina_result_effects(result, name);
    if (found != count) {
        result_fail(result, place_of(file, line),
                    "effect '%s' was applied %" PRIu64 " times, expected %" PRIu64,
                    name == NULL ? "(any)" : name, found, count);
    }
}
