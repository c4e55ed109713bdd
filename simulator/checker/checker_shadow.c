/* SPDX-License-Identifier: Apache-2.0 */
/* checker_shadow.c - what the checkers remember: executions and leases.
 *
 * Law: a shadow starts as revision 0 of the definition, never as a copy of the store's rows. */
#include "checker/checker_shadow.h"

#include <string.h>

#include "base/instant.h"
#include "context/value.h"
#include "context/view.h"

/* ---- executions ---- */

static void execution_destroy(struct checkers *checkers, struct checked_execution *execution)
{
    uint32_t count = execution->workflow->task_count;
    heap_give(checkers->heap, execution->tasks, count * sizeof(execution->tasks[0]));
    heap_give(checkers->heap, execution->gates, count * sizeof(execution->gates[0]));
    heap_give(checkers->heap, execution->writes, count * sizeof(execution->writes[0]));
    arena_finish(&execution->arena);
    workflow_unref(execution->workflow);
    heap_give(checkers->heap, execution, sizeof(*execution));
}

/* Every task NotStarted, attempt 1; the roots can be decided. */
static bool tasks_create(struct checkers *checkers, struct checked_execution *execution)
{
    uint32_t count = execution->workflow->task_count;
    execution->tasks = heap_take_zeroed(checkers->heap, count, sizeof(execution->tasks[0]));
    execution->gates = heap_take_zeroed(checkers->heap, count, sizeof(execution->gates[0]));
    if (execution->tasks == NULL || execution->gates == NULL) {
        return checkers_go_blind(checkers);
    }
    for (uint32_t task = 0; task < count; task++) {
        execution->tasks[task].attempt = 1;
        execution->gates[task].pending = execution->workflow->tasks[task].dependency_count;
        execution->decidable += execution->gates[task].pending == 0;
    }
    return true;
}

static bool context_read(struct checkers *checkers, struct checked_execution *execution,
                         struct text json)
{
    struct cloacina_error error = {.code = CLOACINA_OK};
    const struct value *context = NULL;
    enum cloacina_code code = value_read(&execution->arena, json, &context, &error);
    if (code == CLOACINA_OK && value_type(context) == VALUE_OBJECT) {
        execution->context = context;
        execution->initial = view_initial(&execution->arena, context);
        return execution->initial != NULL || checkers_go_blind(checkers);
    }
    if (code == CLOACINA_NO_MEMORY) {
        return checkers_go_blind(checkers);
    }
    return checkers_report(
        checkers, "I-13", execution, TASK_NONE, "its initial context is no object: %s",
        code == CLOACINA_OK ? value_type_name(value_type(context)) : error.message);
}

static bool revision_zero_judge(struct checkers *checkers,
                                const struct checked_execution *execution,
                                const struct execution_row *row)
{
    if (checked_execution_find(checkers, row->id) != NULL) {
        return checkers_report(checkers, "I-05", execution, TASK_NONE, "was submitted twice");
    }
    if (!hash128_equal(row->definition, execution->workflow->hash)) {
        return checkers_report(checkers, "I-13", execution, TASK_NONE,
                               "its row names another definition than it was submitted with");
    }
    if (row->status != EXECUTION_PENDING || row->revision != 0 ||
        row->completed + row->failed + row->skipped != 0) {
        return checkers_report(checkers, "I-05", execution, TASK_NONE,
                               "a new one is at revision %llu and %s, expected 0 and Pending",
                               (unsigned long long)row->revision,
                               checked_execution_status_name(row->status));
    }
    return true;
}

static void execution_enlist(struct checkers *checkers, struct checked_execution *execution)
{
    if (checkers->last == NULL) {
        checkers->first = execution;
    } else {
        checkers->last->next = execution;
    }
    checkers->last = execution;
    checkers->recent = execution;
}

struct checked_execution *checked_execution_add(struct checkers *checkers,
                                                const struct dal_write *write)
{
    struct checked_execution *execution = heap_take_zeroed(checkers->heap, 1, sizeof(*execution));
    if (execution == NULL) {
        (void)checkers_go_blind(checkers);
        return NULL;
    }
    execution->workflow = workflow_ref(write->submission->workflow);
    execution->row = write->changeset->before;
    execution->row.reason = NULL;
    arena_init(&execution->arena, checkers->heap);
    if (!revision_zero_judge(checkers, execution, &write->changeset->before) ||
        !tasks_create(checkers, execution) ||
        !context_read(checkers, execution, write->submission->context)) {
        execution_destroy(checkers, execution);
        return NULL;
    }
    if (!id_map_put(&checkers->executions, execution->row.id, execution)) {
        (void)checkers_go_blind(checkers);
        execution_destroy(checkers, execution);
        return NULL;
    }
    execution_enlist(checkers, execution);
    return execution;
}

struct checked_execution *checked_execution_find(struct checkers *checkers, struct id id)
{
    if (checkers->recent == NULL || !id_equal(checkers->recent->row.id, id)) {
        struct checked_execution *found = id_map_get(&checkers->executions, id);
        if (found == NULL) {
            return NULL;
        }
        checkers->recent = found;
    }
    return checkers->recent;
}

void checked_executions_destroy(struct checkers *checkers)
{
    while (checkers->first != NULL) {
        struct checked_execution *execution = checkers->first;
        checkers->first = execution->next;
        execution_destroy(checkers, execution);
    }
}

/* ---- leases ---- */

bool checked_lease_open(struct checkers *checkers, uint64_t lease)
{
    if (lease == 0 || checked_lease_find(checkers, lease) != NULL) {
        return checkers_report(checkers, "I-01", NULL, TASK_NONE, "lease %llu was given out %s",
                               (unsigned long long)lease,
                               lease == 0 ? "though 0 means none" : "twice");
    }
    if (!heap_grow(checkers->heap, &checkers->leases, &checkers->lease_capacity,
                   checkers->lease_count + 1, sizeof(checkers->leases[0]))) {
        return checkers_go_blind(checkers);
    }
    checkers->lease_recent = checkers->lease_count;
    checkers->leases[checkers->lease_count++] = (struct checked_lease){
        .lease = lease,
        .is_open = true,
        .died_at = INSTANT_NEVER,
        .beat_at = checkers_time(checkers),
        .answered_at = INSTANT_NEVER,
    };
    return true;
}

static void lost_since(struct checkers *checkers, struct checked_lease *lease, int64_t time)
{
    lease->lost_since = time;
    checkers_alarm_at(checkers, instant_add(time, checkers->options.lost_ns_max));
}

bool checked_lease_close(struct checkers *checkers, uint64_t lease, int64_t time)
{
    struct checked_lease *found = checked_lease_find(checkers, lease);
    if (found == NULL || !found->is_open) {
        return checkers_report(checkers, "I-01", NULL, TASK_NONE,
                               "lease %llu was closed, but it was not open",
                               (unsigned long long)lease);
    }
    found->is_open = false;
    lost_since(checkers, found, time);
    return true;
}

void checked_lease_claim(struct checkers *checkers, struct checked_lease *lease, int64_t time)
{
    lease->running++;
    if (!lease->is_open && lease->running == 1) {
        lost_since(checkers, lease, time);
    }
}

struct checked_lease *checked_lease_find(struct checkers *checkers, uint64_t lease)
{
    if (checkers->lease_recent < checkers->lease_count &&
        checkers->leases[checkers->lease_recent].lease == lease) {
        return &checkers->leases[checkers->lease_recent];
    }
    for (size_t i = checkers->lease_count; i-- > 0;) {
        if (checkers->leases[i].lease == lease) {
            checkers->lease_recent = i;
            return &checkers->leases[i];
        }
    }
    return NULL;
}

bool checked_lease_is_open(struct checkers *checkers, uint64_t lease)
{
    const struct checked_lease *found = checked_lease_find(checkers, lease);
    return found != NULL && found->is_open;
}

void checked_leases_destroy(struct checkers *checkers)
{
    for (size_t i = 0; i < checkers->lease_count; i++) {
        heap_give(checkers->heap, checkers->leases[i].tokens,
                  checkers->leases[i].token_capacity * sizeof(checkers->leases[i].tokens[0]));
    }
    heap_give(checkers->heap, checkers->leases,
              checkers->lease_capacity * sizeof(checkers->leases[0]));
}

/* ---- tokens ---- */

bool checked_token_is_used(struct checkers *checkers, struct stamp token)
{
    const struct checked_lease *lease = checked_lease_find(checkers, token.lease);
    uint64_t page = token.serial / CHECKED_TOKENS;
    if (lease == NULL || page >= lease->token_capacity || lease->tokens[page] == NULL) {
        return false;
    }
    uint64_t bit = token.serial % CHECKED_TOKENS;
    return (lease->tokens[page]->used[bit / 64] >> bit % 64 & 1) != 0;
}

bool checked_token_use(struct checkers *checkers, struct checked_lease *lease, uint64_t serial)
{
    size_t page = (size_t)(serial / CHECKED_TOKENS);
    size_t old = lease->token_capacity;
    if (page >= old) {
        if (!heap_grow(checkers->heap, &lease->tokens, &lease->token_capacity, page + 1,
                       sizeof(lease->tokens[0]))) {
            return checkers_go_blind(checkers);
        }
        memset(lease->tokens + old, 0, (lease->token_capacity - old) * sizeof(lease->tokens[0]));
    }
    if (lease->tokens[page] == NULL) {
        lease->tokens[page] = arena_take_zeroed(&checkers->arena, 1, sizeof(*lease->tokens[0]));
        if (lease->tokens[page] == NULL) {
            return checkers_go_blind(checkers);
        }
    }
    uint64_t bit = serial % CHECKED_TOKENS;
    lease->tokens[page]->used[bit / 64] |= UINT64_C(1) << bit % 64;
    return true;
}
