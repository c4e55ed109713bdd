/* SPDX-License-Identifier: Apache-2.0 */
/* test.c - the test runner: a world with one workflow, prepared, run and destroyed.
 *
 * Law: a call does what it says or fails the test at the caller's place; there is no third way. */
#include "test.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/heap.h"
#include "base/instant.h"

#define NO_MEMORY_TEXT "no memory"

/* ---- failing ---- */

static void PRINTF_LIKE(1, 0) print_failure(const char *format, va_list arguments)
{
    char message[2 * CLOACINA_ERROR_MESSAGE_SIZE];
    vsnprintf(message, sizeof message, format, arguments);
    print_error("ERROR: %s\n", message);
}

/* cmocka does not say that it does not return, though outside of a test it ends the program. */
static _Noreturn void leave(struct place place)
{
    _fail(place.file, place.line);
    __builtin_unreachable();
}

void test_fail(struct cloacina_test *test, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_failure(format, arguments);
    va_end(arguments);
    if (test != NULL) {
        test->is_failing = true;
    }
    leave(place);
}

void result_fail(const struct cloacina_result *result, struct place place, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_failure(format, arguments);
    va_end(arguments);
    report_print(result);
    result->test->is_failing = true;
    leave(place);
}

/* ---- create, destroy ---- */

static void free_test(struct cloacina_test *test)
{
    cloacina_world_destroy(test->world);
    arena_finish(&test->arena);
    heap_give(test->heap, test, sizeof *test);
}

static enum cloacina_code create_world(struct cloacina_test *test,
                                       const struct cloacina_test_options *options,
                                       struct cloacina_error *err)
{
    const struct cloacina_world_options world = {
        .heap = options->heap,
        .is_seeded = options->is_seeded,
        .seed = options->seed,
        .replay = options->replay,
        .store = options->store,
        .runners = options->runners,
        .slots = options->slots,
        .slots_unlimited = options->slots_unlimited,
        .round_trip_ns = nanoseconds_of_ms(options->round_trip_ms),
        .days_max = options->days_max,
    };
    test->workflow = options->workflow != NULL ? options->workflow
                                               : subset_workflow(&test->arena, options->tasks);
    if (test->workflow == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, NO_MEMORY_TEXT);
    }
    enum cloacina_code code = cloacina_world_create(&world, &test->world, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_world_register(test->world, test->workflow, err);
}

struct cloacina_test *cloacina_test_create_at(const struct cloacina_test_options *options,
                                              const char *file, int line)
{
    struct cloacina_heap *heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    struct cloacina_error err;
    if ((options->workflow == NULL) == (options->tasks == NULL)) {
        test_fail(NULL, place_of(file, line),
                  "a test runner wants a workflow or tasks, one of them");
    }
    struct cloacina_test *test = heap_take_zeroed(heap, 1, sizeof *test);
    if (test == NULL) {
        test_fail(NULL, place_of(file, line), NO_MEMORY_TEXT);
    }
    test->heap = heap;
    arena_init(&test->arena, heap);
    if (create_world(test, options, &err) != CLOACINA_OK) {
        free_test(test);
        test_fail(NULL, place_of(file, line), "%s", err.message);
    }
    return test;
}

void cloacina_test_destroy_at(struct cloacina_test *test, const char *file, int line)
{
    char unused[CLOACINA_ERROR_MESSAGE_SIZE];
    if (test == NULL) {
        return;
    }
    const bool complain =
        !test->is_failing && cloacina_world_has_unused(test->world, unused, sizeof unused);
    free_test(test);
    if (complain) {
        test_fail(NULL, place_of(file, line), "%s", unused);
    }
}

int cloacina_test_setup(void **state)
{
    const struct cloacina_workflow_definition *workflow = *state;
    const struct cloacina_test_options options = {.workflow = workflow};
    *state = cloacina_test_create_at(&options, workflow->file, workflow->line);
    return 0;
}

int cloacina_test_teardown(void **state)
{
    struct cloacina_test *test = *state;
    const struct cloacina_workflow_definition *workflow = test->workflow;
    *state = NULL;
    cloacina_test_destroy_at(test, workflow->file, workflow->line);
    return 0;
}

struct cloacina_world *cloacina_test_world(struct cloacina_test *test)
{
    return test->world;
}

/* ---- prepare ---- */

void cloacina_test_cost_ms_at(struct cloacina_test *test, const char *task, int64_t cost_ms,
                              const char *file, int line)
{
    struct cloacina_error err;
    if (cloacina_world_cost(test->world, test->workflow->name, task, nanoseconds_of_ms(cost_ms),
                            &err) != CLOACINA_OK) {
        test_fail(test, place_of(file, line), "%s", err.message);
    }
}

void cloacina_test_stub_at(struct cloacina_test *test, const char *task, const char *returns_json,
                           const char *file, int line)
{
    struct cloacina_error err;
    if (cloacina_world_stub(test->world, test->workflow->name, task, returns_json, &err) !=
        CLOACINA_OK) {
        test_fail(test, place_of(file, line), "%s", err.message);
    }
}

void cloacina_test_fail_at(struct cloacina_test *test, const char *task, uint32_t attempt,
                           enum cloacina_code code, const char *message, const char *file, int line)
{
    struct cloacina_error err;
    if (cloacina_world_fail(test->world, test->workflow->name, task, attempt, code, message,
                            &err) != CLOACINA_OK) {
        test_fail(test, place_of(file, line), "%s", err.message);
    }
}

void cloacina_test_command_at(struct cloacina_test *test, enum cloacina_world_command command,
                              int64_t at_ms, const char *file, int line)
{
    struct operator_command **end = &test->commands;
    struct operator_command *wanted = arena_take(&test->arena, sizeof *wanted);
    if (at_ms < 0) {
        test_fail(test, place_of(file, line),
                  "an operator cannot act %" PRId64 " ms before the run", -at_ms);
    }
    if (wanted == NULL) {
        test_fail(test, place_of(file, line), NO_MEMORY_TEXT);
    }
    *wanted = (struct operator_command){
        .command = command, .at_ms = at_ms, .place = place_of(file, line)};
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = wanted;
}

void cloacina_test_step_clock_ms(struct cloacina_test *test, int64_t step_ms)
{
    cloacina_world_step_clock(test->world, 1, nanoseconds_of_ms(step_ms));
}

/* ---- run ---- */

static struct cloacina_result *new_result(struct cloacina_test *test, struct place place)
{
    struct cloacina_result *result = arena_take_zeroed(&test->arena, 1, sizeof *result);
    if (result == NULL) {
        test_fail(test, place, NO_MEMORY_TEXT);
    }
    result->test = test;
    result->started_ns = cloacina_world_now_ns(test->world);
    result->number = test->latest == NULL ? 1 : test->latest->number + 1;
    return result;
}

static void give_commands(struct cloacina_test *test, const struct cloacina_result *result)
{
    struct operator_command *next = test->commands;
    test->commands = NULL;
    for (; next != NULL; next = next->next) {
        struct cloacina_error err;
        const int64_t at_ns = instant_add(result->started_ns, nanoseconds_of_ms(next->at_ms));
        if (cloacina_world_command(test->world, result->execution, next->command, at_ns, &err) !=
            CLOACINA_OK) {
            test_fail(test, next->place, "%s", err.message);
        }
    }
}

static void run_world(struct cloacina_test *test, int64_t until_ns, struct place place)
{
    struct cloacina_error err;
    enum cloacina_world_end end;
    const char *message = "";
    if (cloacina_world_run(test->world, until_ns, &end, &err) != CLOACINA_OK) {
        test_fail(test, place, "%s", err.message);
    }
    switch (end) {
    case CLOACINA_WORLD_SETTLED:
    case CLOACINA_WORLD_UNTIL:
        return;
    case CLOACINA_WORLD_VIOLATION:
    case CLOACINA_WORLD_LIMIT:
        break;
    }
    const char *invariant = cloacina_world_violation(test->world, &message);
    result_fail(test->latest, place, "%s: %s", invariant, message);
}

const struct cloacina_result *cloacina_test_start_at(struct cloacina_test *test,
                                                     const char *context_json, const char *file,
                                                     int line)
{
    struct cloacina_error err;
    struct cloacina_result *result = new_result(test, place_of(file, line));
    if (cloacina_world_submit(test->world, test->workflow->name,
                              context_json == NULL ? "{}" : context_json, &result->execution,
                              &err) != CLOACINA_OK) {
        test_fail(test, place_of(file, line), "%s", err.message);
    }
    test->latest = result;
    give_commands(test, result);
    return result;
}

const struct cloacina_result *cloacina_test_run_at(struct cloacina_test *test,
                                                   const char *context_json, const char *file,
                                                   int line)
{
    const struct cloacina_result *result = cloacina_test_start_at(test, context_json, file, line);
    run_world(test, INT64_MAX, place_of(file, line));
    return result;
}

struct cloacina_result *test_latest(struct cloacina_test *test, struct place place)
{
    if (test->latest == NULL) {
        test_fail(test, place, "nothing was started");
    }
    return test->latest;
}

void cloacina_test_run_until_ms_at(struct cloacina_test *test, int64_t until_ms, const char *file,
                                   int line)
{
    const struct cloacina_result *latest = test_latest(test, place_of(file, line));
    const int64_t until_ns = instant_add(latest->started_ns, nanoseconds_of_ms(until_ms));
    if (until_ns < cloacina_world_now_ns(test->world)) {
        test_fail(test, place_of(file, line),
                  "%" PRId64 " ms after the start of the run is in the past", until_ms);
    }
    run_world(test, until_ns, place_of(file, line));
}

void cloacina_test_run_to_end_at(struct cloacina_test *test, const char *file, int line)
{
    (void)test_latest(test, place_of(file, line));
    run_world(test, INT64_MAX, place_of(file, line));
}
