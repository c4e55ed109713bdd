/* SPDX-License-Identifier: Apache-2.0 */
/* checker.c - the checkers as a whole: made, called, ended; and the first violation.
 *
 * Law: after the first violation, and without memory, every call returns at once. */
#include "checker/checker.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "checker/checker_shadow.h"
#include "execution/state.h"

/* What a runner does unless its options say otherwise (runner/runner.h). */
enum { ZOMBIES_MAX = 16 };
#define CANCEL_GRACE_NS (5 * NANOSECONDS_PER_SECOND)
#define LEASE_NS (60 * NANOSECONDS_PER_SECOND)
#define LEASE_MARGIN_NS (5 * NANOSECONDS_PER_SECOND)

static struct checkers *of_observer(struct memory_observer *observer)
{
    return CONTAINER_OF(observer, struct checkers, observer);
}

/* ---- what the store calls ---- */

/* How far apart the two clocks ever were says how early a claim may seem to be:
 * from the first lease on, when somebody is there to be misled. */
static void skew_note(struct checkers *checkers)
{
    int64_t skew = checkers_now(checkers) - checkers_time(checkers);
    checkers->skew_min = skew < checkers->skew_min ? skew : checkers->skew_min;
    checkers->skew_max = skew > checkers->skew_max ? skew : checkers->skew_max;
}

/* The store calls `committed` for the same changeset next. */
static void submitted(struct memory_observer *observer, const struct dal_write *write)
{
    struct checkers *checkers = of_observer(observer);
    if (checkers_have_ended(checkers)) {
        return;
    }
    struct commit commit = {
        .checkers = checkers,
        .execution = checked_execution_add(checkers, write),
        .changeset = write->changeset,
    };
    if (commit.execution != NULL) {
        (void)commit_judge_submission(&commit, write->submission);
    }
}

static void committed(struct memory_observer *observer, const struct changeset *changeset)
{
    struct checkers *checkers = of_observer(observer);
    if (checkers_have_ended(checkers)) {
        return;
    }
    checkers->changes++;
    struct commit commit = {
        .checkers = checkers,
        .execution = checked_execution_find(checkers, changeset->after->id),
        .changeset = changeset,
        .now = checkers_now(checkers),
        .time = checkers_time(checkers),
    };
    skew_note(checkers);
    if (commit.execution == NULL) {
        (void)checkers_report(checkers, "I-13", NULL, TASK_NONE,
                              "a commit to an execution that was never submitted");
        return;
    }
    (void)commit_judge(&commit);
}

static void lease_opened(struct memory_observer *observer, uint64_t lease)
{
    struct checkers *checkers = of_observer(observer);
    if (!checkers_have_ended(checkers)) {
        checkers->changes++;
        skew_note(checkers);
        (void)checked_lease_open(checkers, lease);
    }
}

static void lease_closed(struct memory_observer *observer, uint64_t lease)
{
    struct checkers *checkers = of_observer(observer);
    if (!checkers_have_ended(checkers)) {
        checkers->changes++;
        (void)(checked_lease_judge_close(checkers, lease) &&
               checked_lease_close(checkers, lease, checkers_time(checkers)));
    }
}

struct memory_observer *checkers_observer(struct checkers *checkers)
{
    return &checkers->observer;
}

/* ---- life ---- */

static void edges_read(struct checkers *checkers)
{
    size_t count;
    const struct state_edge *edges = state_edges(&count);
    for (size_t i = 0; i < count; i++) {
        checkers->legal[edges[i].event] |= (uint8_t)(1U << edges[i].from);
        checkers->edge_of[edges[i].event][edges[i].from][edges[i].to] = (uint8_t)i;
    }
}

static void options_complete(struct checkers_options *options)
{
    options->lost_ns_max = options->lost_ns_max != 0 ? options->lost_ns_max : CHECKERS_LOST_NS_MAX;
    options->cancel_grace_ns =
        options->cancel_grace_ns != 0 ? options->cancel_grace_ns : CANCEL_GRACE_NS;
    options->lease_ns = options->lease_ns != 0 ? options->lease_ns : LEASE_NS;
    options->lease_margin_ns =
        options->lease_margin_ns != 0 ? options->lease_margin_ns : LEASE_MARGIN_NS;
    options->zombies_max = options->zombies_max != 0 ? options->zombies_max : ZOMBIES_MAX;
}

struct checkers *checkers_create(const struct checkers_options *options)
{
    assert(options->clock != NULL);
    struct cloacina_heap *heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    struct checkers *checkers = heap_take_zeroed(heap, 1, sizeof(*checkers));
    if (checkers == NULL) {
        return NULL;
    }
    checkers->observer = (struct memory_observer){
        .submitted = submitted,
        .committed = committed,
        .lease_opened = lease_opened,
        .lease_closed = lease_closed,
    };
    checkers->options = *options;
    options_complete(&checkers->options);
    checkers->heap = heap;
    checkers->start = checkers_time(checkers);
    checkers->alarm = INSTANT_NEVER;
    checkers->calm_since = INT64_MIN;
    checkers->skew_min = INT64_MAX;
    checkers->skew_max = INT64_MIN;
    edges_read(checkers);
    id_map_init(&checkers->executions, heap);
    arena_init(&checkers->arena, heap);
    arena_init(&checkers->scratch, heap);
    return checkers;
}

void checkers_destroy(struct checkers *checkers)
{
    if (checkers == NULL) {
        return;
    }
    checked_executions_destroy(checkers);
    checked_leases_destroy(checkers);
    heap_give(checkers->heap, checkers->inputs,
              checkers->input_capacity * sizeof(checkers->inputs[0]));
    heap_give(checkers->heap, checkers->bodies,
              checkers->body_capacity * sizeof(checkers->bodies[0]));
    heap_give(checkers->heap, checkers->active,
              checkers->active_capacity * sizeof(checkers->active[0]));
    heap_give(checkers->heap, checkers->ready,
              checkers->ready_capacity * sizeof(checkers->ready[0]));
    id_map_finish(&checkers->executions);
    arena_finish(&checkers->arena);
    arena_finish(&checkers->scratch);
    heap_give(checkers->heap, checkers, sizeof(*checkers));
}

int64_t checkers_now(const struct checkers *checkers)
{
    return cloacina_clock_realtime(checkers->options.clock);
}

int64_t checkers_time(const struct checkers *checkers)
{
    return checkers->options.now != NULL ? *checkers->options.now : checkers_now(checkers);
}

/* ---- what may be late ---- */

/* A clock may be about to jump: so far it was wrong by so much. */
void checkers_disturbed(struct checkers *checkers, int64_t until)
{
    skew_note(checkers);
    if (until > checkers->calm_since) {
        checkers->calm_since = until;
    }
}

bool checkers_judge_late(struct checkers *checkers)
{
    int64_t time = checkers_time(checkers);
    if (LIKELY(time <= checkers->alarm)) {
        return true;
    }
    checkers->alarm = INSTANT_NEVER;
    return checked_leases_judge(checkers, time) && bodies_judge(checkers, time);
}

/* ---- what was seen ---- */

const struct checkers_violation *checkers_violation(const struct checkers *checkers)
{
    return checkers->violation.id != NULL ? &checkers->violation : NULL;
}

bool checkers_are_blind(const struct checkers *checkers)
{
    return checkers->is_blind;
}

bool checkers_go_blind(struct checkers *checkers)
{
    checkers->is_blind = true;
    return false;
}

static void append_arguments(struct checkers_violation *violation, const char *format,
                             va_list arguments) PRINTF_LIKE(2, 0);
static void append_arguments(struct checkers_violation *violation, const char *format,
                             va_list arguments)
{
    size_t length = strlen(violation->message);
    (void)vsnprintf(violation->message + length, sizeof(violation->message) - length, format,
                    arguments);
}

static void append(struct checkers_violation *violation, const char *format, ...) PRINTF_LIKE(2, 3);
static void append(struct checkers_violation *violation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_arguments(violation, format, arguments);
    va_end(arguments);
}

bool checkers_report(struct checkers *checkers, const char *id,
                     const struct checked_execution *execution, uint32_t task, const char *format,
                     ...)
{
    struct checkers_violation *violation = &checkers->violation;
    char duration[DURATION_TEXT_SIZE];
    duration_print(checkers_time(checkers) - checkers->start, duration);
    append(violation, "at %s: ", duration);
    if (execution != NULL) {
        char name[ID_TEXT_SIZE];
        id_print(execution->row.id, name);
        append(violation, "execution %s of '%.*s': ", name, TEXT_PRINT(execution->workflow->name));
    }
    if (task != TASK_NONE) {
        append(violation, "task '%s': ", execution->workflow->tasks[task].name);
    }
    va_list arguments;
    va_start(arguments, format);
    append_arguments(violation, format, arguments);
    va_end(arguments);
    violation->id = id;
    return false;
}

const char *checked_status_name(uint8_t status)
{
    return status < TASK_STATUSES ? task_status_name((enum task_status)status)
                                  : "an unknown status";
}

const char *checked_execution_status_name(uint8_t status)
{
    return status < EXECUTION_STATUSES ? execution_status_name((enum execution_status)status)
                                       : "an unknown status";
}

const char *checked_skip_name(uint8_t skip)
{
    if (skip == SKIP_NONE) {
        return "no reason";
    }
    return skip <= SKIP_CANCELLED ? skip_reason_name((enum skip_reason)skip) : "an unknown reason";
}
