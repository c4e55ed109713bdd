/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - writes: compare the revision, check the guards, then copy; all or nothing.
 *
 * Law: everything that can fail (memory) is done before the first row is touched. */
#include <string.h>

#include "dal/memory/store.h"
#include "execution/state.h"

void execution_free(struct memory_store *store, struct memory_execution *execution)
{
    struct cloacina_heap *heap = store->heap;
    size_t count = execution->workflow->task_count;
    heap_give(heap, execution->rows, count * sizeof(execution->rows[0]));
    heap_give(heap, execution->recorded, count);
    heap_give(heap, execution->readied, count * sizeof(execution->readied[0]));
    heap_give(heap, execution->deltas, count * sizeof(execution->deltas[0]));
    heap_give(heap, execution->events, execution->event_capacity * sizeof(execution->events[0]));
    heap_give(heap, execution->commits, execution->commit_capacity * sizeof(execution->commits[0]));
    arena_finish(&execution->arena);
    workflow_unref(execution->workflow);
    heap_give(heap, execution, sizeof(*execution));
}

/* ---- one commit ---- */

/* The rows the changeset was made from are the rows that are here. The revision says so already; a
 * row that differs all the same is somebody's bug and is refused like a lost race. */
static bool guards_hold(const struct memory_execution *execution, const struct changeset *changeset)
{
    if (execution->row.revision != changeset->before.revision) {
        return false;
    }
    for (size_t i = 0; i < changeset->row_count; i++) {
        const struct task_row *here = &execution->rows[changeset->rows[i].task];
        const struct task_row *before = &changeset->rows[i].before;
        if (here->status != before->status || !stamp_equal(here->claim, before->claim)) {
            return false;
        }
    }
    return true;
}

/* The first delta that says something makes the array of deltas. */
static bool deltas_prepare(struct memory_store *store, struct memory_execution *execution,
                           const struct changeset *changeset)
{
    bool writes = false;
    for (size_t i = 0; i < changeset->delta_count; i++) {
        writes |= changeset->deltas[i].delta != NULL;
    }
    if (writes && execution->deltas == NULL) {
        execution->deltas = heap_take_zeroed(store->heap, execution->workflow->task_count,
                                             sizeof(execution->deltas[0]));
    }
    return !writes || execution->deltas != NULL;
}

/* The text that the store keeps for `change`: its own copy of a new one, or the one it has. */
static bool error_stage(struct memory_execution *execution, const struct row_change *change,
                        const void **ret_text)
{
    const char *error = change->after->error;
    *ret_text = execution->rows[change->task].error;
    if (error != change->before.error) {
        *ret_text = error == NULL ? NULL : arena_copy(&execution->arena, error, strlen(error));
        return error == NULL || *ret_text != NULL;
    }
    return true;
}

static size_t ready_rows(const struct changeset *changeset)
{
    size_t ready = 0;
    for (size_t i = 0; i < changeset->row_count; i++) {
        ready += changeset->rows[i].after->status == TASK_READY;
    }
    return ready;
}

/* Makes room and copies: staged = [error of each row | each delta | reason]. */
static bool stage(struct memory_store *store, struct memory_execution *execution,
                  const struct changeset *changeset)
{
    size_t rows = changeset->row_count;
    size_t deltas = changeset->delta_count;
    bool has_room =
        deltas_prepare(store, execution, changeset) &&
        ready_reserve(store, ready_rows(changeset)) &&
        heap_grow(store->heap, &store->staged, &store->staged_capacity, rows + deltas + 1,
                  sizeof(void *)) &&
        heap_grow(store->heap, &execution->events, &execution->event_capacity,
                  execution->event_count + changeset->event_count, sizeof(execution->events[0])) &&
        heap_grow(store->heap, &execution->commits, &execution->commit_capacity,
                  execution->commit_count + 1, sizeof(execution->commits[0]));
    for (size_t i = 0; has_room && i < rows; i++) {
        has_room = error_stage(execution, &changeset->rows[i], &store->staged[i]);
    }
    for (size_t i = 0; has_room && i < deltas; i++) {
        const struct delta *delta = changeset->deltas[i].delta;
        store->staged[rows + i] = delta == NULL ? NULL : delta_copy(&execution->arena, delta);
        has_room = delta == NULL || store->staged[rows + i] != NULL;
    }
    if (has_room) {
        const char *reason = changeset->after->reason;
        store->staged[rows + deltas] =
            reason == NULL ? NULL : arena_copy(&execution->arena, reason, strlen(reason));
        has_room = reason == NULL || store->staged[rows + deltas] != NULL;
    }
    return has_room;
}

static void row_write(struct memory_store *store, struct memory_execution *execution,
                      const struct row_change *change, const char *error)
{
    struct task_row *row = &execution->rows[change->task];
    if (row->claim.lease != change->after->claim.lease) {
        lease_count_claims(store, row->claim.lease, change->after->claim.lease);
    }
    *row = *change->after;
    row->error = error;
    if (row->status == TASK_READY) {
        ready_push(store, execution, change->task);
    }
    if (row->status != TASK_COMPLETED) { /* reset, perhaps: what it wrote is forgotten */
        execution->recorded[change->task] = 0;
        if (execution->deltas != NULL) {
            execution->deltas[change->task] = NULL;
        }
    }
}

/* Nothing here can fail. */
static void changeset_write(struct memory_store *store, struct memory_execution *execution,
                            const struct changeset *changeset)
{
    size_t rows = changeset->row_count;
    for (size_t i = 0; i < rows; i++) {
        row_write(store, execution, &changeset->rows[i], store->staged[i]);
    }
    for (size_t i = 0; i < changeset->delta_count; i++) {
        uint32_t task = changeset->deltas[i].task;
        execution->recorded[task] = 1;
        if (execution->deltas != NULL) {
            execution->deltas[task] = store->staged[rows + i];
        }
    }
    execution->row = *changeset->after;
    execution->row.reason = store->staged[rows + changeset->delta_count];
    execution->commits[execution->commit_count++] = (struct memory_commit){
        .commit = changeset->after->commit,
        .first_event = execution->event_count,
    };
    if (changeset->event_count > 0) {
        memcpy(execution->events + execution->event_count, changeset->events,
               changeset->event_count * sizeof(changeset->events[0]));
    }
    execution->event_count += changeset->event_count;
}

/* Does the commit leave something that another runner may want? */
static bool others_may_want(const struct memory_execution *execution,
                            const struct changeset *changeset)
{
    uint8_t before = changeset->before.status;
    uint8_t after = execution->row.status;
    bool is_news = after == EXECUTION_PAUSED || before == EXECUTION_PAUSED ||
                   execution_status_is_terminal(after) || execution_status_is_terminal(before);
    if (before != after && is_news) {
        return true;
    }
    for (size_t i = 0; i < changeset->row_count; i++) {
        if (changeset->rows[i].after->status == TASK_READY) {
            return true;
        }
    }
    return false;
}

static enum cloacina_code commit_apply(struct memory_store *store,
                                       struct memory_execution *execution,
                                       const struct changeset *changeset)
{
    if (!guards_hold(execution, changeset)) {
        return CLOACINA_CONFLICT;
    }
    if (!stage(store, execution, changeset)) {
        return CLOACINA_NO_MEMORY;
    }
    changeset_write(store, execution, changeset);
    return CLOACINA_OK;
}

static void commit_tell(struct memory_store *store, const struct memory_execution *execution,
                        const struct changeset *changeset)
{
    if (store->observer != NULL) {
        store->observer->committed(store->observer, changeset);
    }
    if (store->lease_count > 1 && others_may_want(execution, changeset)) {
        lease_wake_others(store, changeset->after->commit.lease);
    }
}

enum cloacina_code commit_one(struct memory_store *store, struct memory_execution *execution,
                              const struct changeset *changeset)
{
    enum cloacina_code code = commit_apply(store, execution, changeset);
    if (code == CLOACINA_OK) {
        commit_tell(store, execution, changeset);
    }
    return code;
}

/* ---- a new execution ---- */

static struct memory_execution *execution_make(struct memory_store *store,
                                               const struct dal_write *write)
{
    const struct dal_submission *submission = write->submission;
    struct memory_execution *execution = heap_take_zeroed(store->heap, 1, sizeof(*execution));
    if (execution == NULL) {
        return NULL;
    }
    size_t count = submission->workflow->task_count;
    execution->workflow = workflow_ref(submission->workflow);
    arena_init(&execution->arena, store->heap);
    execution->row = write->changeset->before;
    execution->context = text_copy(&execution->arena, submission->context);
    execution->rows = heap_take_zeroed(store->heap, count, sizeof(execution->rows[0]));
    execution->recorded = heap_take_zeroed(store->heap, count, 1);
    execution->readied = heap_take_zeroed(store->heap, count, sizeof(execution->readied[0]));
    if (execution->context.bytes == NULL || execution->rows == NULL ||
        execution->recorded == NULL || execution->readied == NULL) {
        execution_free(store, execution);
        return NULL;
    }
    for (size_t task = 0; task < count; task++) {
        execution->rows[task].attempt = 1;
    }
    return execution;
}

static enum cloacina_code submit_one(struct memory_store *store, const struct dal_write *write)
{
    struct id id = write->changeset->before.id;
    if (id_map_get(&store->by_id, id) != NULL) {
        return CLOACINA_EXISTS;
    }
    struct memory_execution *execution = execution_make(store, write);
    if (execution == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    if (!heap_grow(store->heap, &store->executions, &store->execution_capacity,
                   store->execution_count + 1, sizeof(store->executions[0])) ||
        !id_map_put(&store->by_id, id, execution)) {
        execution_free(store, execution);
        return CLOACINA_NO_MEMORY;
    }
    store->executions[store->execution_count++] = execution;
    enum cloacina_code code = commit_apply(store, execution, write->changeset);
    if (code != CLOACINA_OK) {
        store->execution_count--;
        id_map_remove(&store->by_id, id);
        execution_free(store, execution);
        return code;
    }
    if (store->observer != NULL) {
        store->observer->submitted(store->observer, write);
    }
    commit_tell(store, execution, write->changeset);
    return CLOACINA_OK;
}

/* ---- the calls ---- */

void commit_many(struct dal *dal, const struct dal_write *writes, size_t count,
                 enum cloacina_code *ret_answers)
{
    struct memory_store *store = memory_store_of(dal);
    for (size_t i = 0; i < count; i++) {
        const struct changeset *changeset = writes[i].changeset;
        struct memory_execution *execution = id_map_get(&store->by_id, changeset->before.id);
        if (writes[i].submission != NULL) {
            ret_answers[i] = submit_one(store, &writes[i]);
        } else if (execution == NULL) {
            ret_answers[i] = CLOACINA_NOT_FOUND;
        } else {
            ret_answers[i] = commit_one(store, execution, changeset);
        }
    }
}

enum cloacina_code commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                 struct changeset *(*redo)(void *user, const struct feed *feed),
                                 void *user, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct arena arena;
    struct feed feed;
    arena_init(&arena, store->heap);
    enum cloacina_code code = query_refresh(dal, id, revision, &arena, &feed, err);
    if (code == CLOACINA_OK) {
        struct changeset *changeset = redo(user, &feed);
        if (changeset != NULL) {
            code = commit_one(store, id_map_get(&store->by_id, id), changeset);
        }
    }
    arena_finish(&arena);
    return code;
}
