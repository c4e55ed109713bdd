/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - reading: load, refresh, history, lists. Every answer is a copy in the caller's arena.
 *
 * Law: order never comes from a hash: tasks ascend, events by (revision, n), executions by id. */
#include <stdlib.h>
#include <string.h>

#include "dal/memory/store.h"
#include "execution/state.h"

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for the answer");
}

static enum cloacina_code find(struct dal *dal, struct id id,
                               struct memory_execution **ret_execution, struct cloacina_error *err)
{
    *ret_execution = id_map_get(&memory_store_of(dal)->by_id, id);
    if (*ret_execution == NULL) {
        char text[ID_TEXT_SIZE];
        id_print(id, text);
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: there is no execution %s",
                                    text);
    }
    return CLOACINA_OK;
}

static bool text_answer(struct arena *arena, const char **text)
{
    if (*text != NULL) {
        *text = arena_copy(arena, *text, strlen(*text));
        return *text != NULL;
    }
    return true;
}

static bool feed_task_answer(const struct memory_execution *execution, uint32_t task,
                             struct arena *arena, struct feed_task *ret_task)
{
    const struct delta *delta = execution->deltas == NULL ? NULL : execution->deltas[task];
    *ret_task = (struct feed_task){
        .task = task,
        .row = execution->rows[task],
        .has_delta = execution->recorded[task] != 0,
        .delta = delta == NULL ? NULL : delta_copy(arena, delta),
    };
    return (delta == NULL || ret_task->delta != NULL) && text_answer(arena, &ret_task->row.error);
}

/* The rows named by `tasks` (ascending). */
static bool feed_answer(const struct memory_execution *execution, const uint32_t *tasks,
                        size_t count, struct arena *arena, struct feed *ret_feed)
{
    *ret_feed = (struct feed){
        .row = execution->row,
        .tasks = arena_take(arena, count * sizeof(struct feed_task)),
        .task_count = count,
    };
    bool done = ret_feed->tasks != NULL && text_answer(arena, &ret_feed->row.reason);
    for (size_t i = 0; done && i < count; i++) {
        done = feed_task_answer(execution, tasks[i], arena, &ret_feed->tasks[i]);
    }
    return done;
}

enum cloacina_code query_load(struct dal *dal, struct id id, struct arena *arena,
                              struct dal_snapshot *ret_snapshot, struct cloacina_error *err)
{
    struct memory_execution *execution;
    enum cloacina_code code = find(dal, id, &execution, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    uint32_t count = execution->workflow->task_count;
    uint32_t *tasks = arena_take(arena, count * sizeof(uint32_t));
    if (tasks == NULL) {
        return no_memory(err);
    }
    for (uint32_t task = 0; task < count; task++) {
        tasks[task] = task;
    }
    ret_snapshot->definition = execution->workflow->hash;
    ret_snapshot->definition_json = text_copy(arena, execution->workflow->json);
    ret_snapshot->context = text_copy(arena, execution->context);
    if (ret_snapshot->definition_json.bytes == NULL || ret_snapshot->context.bytes == NULL ||
        !feed_answer(execution, tasks, count, arena, &ret_snapshot->feed)) {
        return no_memory(err);
    }
    return CLOACINA_OK;
}

static int compare_tasks(const void *a, const void *b)
{
    uint32_t first;
    uint32_t second;
    memcpy(&first, a, sizeof(first));
    memcpy(&second, b, sizeof(second));
    return first < second ? -1 : first > second;
}

/* Where the events after `revision` start. */
static size_t events_after(const struct memory_execution *execution, uint64_t revision)
{
    return revision < execution->commit_count ? execution->commits[revision].first_event
                                              : execution->event_count;
}

enum cloacina_code query_refresh(struct dal *dal, struct id id, uint64_t revision,
                                 struct arena *arena, struct feed *ret_feed,
                                 struct cloacina_error *err)
{
    struct memory_execution *execution;
    enum cloacina_code code = find(dal, id, &execution, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    size_t first = events_after(execution, revision);
    uint32_t *tasks = arena_take(arena, (execution->event_count - first) * sizeof(uint32_t));
    if (tasks == NULL) {
        return no_memory(err);
    }
    size_t count = 0;
    for (size_t i = first; i < execution->event_count; i++) {
        if (execution->events[i].task != TASK_NONE) {
            tasks[count++] = execution->events[i].task;
        }
    }
    qsort(tasks, count, sizeof(tasks[0]), compare_tasks);
    size_t unique = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || tasks[i] != tasks[i - 1]) {
            tasks[unique++] = tasks[i];
        }
    }
    return feed_answer(execution, tasks, unique, arena, ret_feed) ? CLOACINA_OK : no_memory(err);
}

enum cloacina_code query_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                     uint64_t *ret_revision, struct cloacina_error *err)
{
    struct memory_execution *execution = id_map_get(&memory_store_of(dal)->by_id, id);
    (void)err;
    *ret_revision = 0;
    for (size_t i = execution == NULL ? 0 : execution->commit_count; i-- > 0;) {
        if (stamp_equal(execution->commits[i].commit, commit)) {
            *ret_revision = i + 1;
            break;
        }
    }
    return CLOACINA_OK;
}

static bool is_wanted(const struct memory_store *store, const struct task_row *row, uint64_t lease)
{
    if (row->status != TASK_RUNNING) {
        return false;
    }
    return lease != 0 ? row->claim.lease == lease : !lease_is_open(store, row->claim.lease);
}

enum cloacina_code query_claims(struct dal *dal, uint64_t lease, size_t limit, struct arena *arena,
                                struct dal_claimed **ret_claims, size_t *ret_count,
                                struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct dal_claimed *claims = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (size_t i = 0; i < store->execution_count; i++) {
        const struct memory_execution *execution = store->executions[i];
        bool may_run = !execution_status_is_terminal(execution->row.status);
        for (uint32_t task = 0; may_run && task < execution->workflow->task_count && count < limit;
             task++) {
            if (!is_wanted(store, &execution->rows[task], lease)) {
                continue;
            }
            if (!heap_grow(store->heap, &claims, &capacity, count + 1, sizeof(claims[0]))) {
                heap_give(store->heap, claims, capacity * sizeof(claims[0]));
                return no_memory(err);
            }
            claims[count++] = (struct dal_claimed){
                .id = execution->row.id, .task = task, .claim = execution->rows[task].claim};
        }
    }
    *ret_claims = arena_take(arena, count * sizeof(claims[0]));
    if (*ret_claims != NULL && count > 0) {
        memcpy(*ret_claims, claims, count * sizeof(claims[0]));
    }
    *ret_count = count;
    heap_give(store->heap, claims, capacity * sizeof(claims[0]));
    return *ret_claims != NULL ? CLOACINA_OK : no_memory(err);
}

enum cloacina_code query_events(struct dal *dal, struct id id, uint64_t after_revision,
                                size_t limit, struct arena *arena, struct event_row **ret_events,
                                size_t *ret_count, struct cloacina_error *err)
{
    struct memory_execution *execution;
    enum cloacina_code code = find(dal, id, &execution, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    size_t first = events_after(execution, after_revision);
    size_t count = execution->event_count - first < limit ? execution->event_count - first : limit;
    *ret_events = arena_take(arena, count * sizeof(struct event_row));
    if (*ret_events == NULL) {
        return no_memory(err);
    }
    if (count > 0) {
        memcpy(*ret_events, execution->events + first, count * sizeof(struct event_row));
    }
    *ret_count = count;
    return CLOACINA_OK;
}

static bool is_asked_for(const struct dal_question *question,
                         const struct memory_execution *execution)
{
    int order = id_compare(execution->row.id, question->after);
    bool is_behind =
        id_is_zero(question->after) || (question->newest_first ? order < 0 : order > 0);
    bool has_status =
        question->statuses == 0 || (question->statuses >> execution->row.status & 1) != 0;
    bool has_name =
        question->workflow.length == 0 || text_equal(question->workflow, execution->workflow->name);
    return is_behind && has_status && has_name;
}

static int compare_oldest_first(const void *a, const void *b)
{
    return id_compare(((const struct dal_listed *)a)->row.id,
                      ((const struct dal_listed *)b)->row.id);
}

static int compare_newest_first(const void *a, const void *b)
{
    return compare_oldest_first(b, a);
}

/* Texts of the store become texts of the answer. */
static bool listed_answer(struct arena *arena, struct dal_listed *listed)
{
    listed->workflow = text_copy(arena, listed->workflow);
    listed->package = text_copy(arena, listed->package);
    listed->tenant = text_copy(arena, listed->tenant);
    return listed->workflow.bytes != NULL && listed->package.bytes != NULL &&
           listed->tenant.bytes != NULL && text_answer(arena, &listed->row.reason);
}

enum cloacina_code query_executions(struct dal *dal, const struct dal_question *question,
                                    struct arena *arena, struct dal_listed **ret_listed,
                                    size_t *ret_count, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct dal_listed *listed = arena_take(arena, store->execution_count * sizeof(listed[0]));
    size_t count = 0;
    for (size_t i = 0; listed != NULL && i < store->execution_count; i++) {
        const struct memory_execution *execution = store->executions[i];
        if (is_asked_for(question, execution)) {
            listed[count++] = (struct dal_listed){
                .row = execution->row,
                .workflow = execution->workflow->name,
                .package = execution->workflow->package,
                .tenant = execution->workflow->tenant,
                .task_count = execution->workflow->task_count,
            };
        }
    }
    if (listed == NULL) {
        return no_memory(err);
    }
    qsort(listed, count, sizeof(listed[0]),
          question->newest_first ? compare_newest_first : compare_oldest_first);
    count = count < question->limit ? count : question->limit;
    for (size_t i = 0; i < count; i++) {
        if (!listed_answer(arena, &listed[i])) {
            return no_memory(err);
        }
    }
    *ret_listed = listed;
    *ret_count = count;
    return CLOACINA_OK;
}

enum cloacina_code query_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                    struct text *ret_json, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    for (size_t i = store->execution_count; i-- > 0;) {
        const struct workflow *definition = store->executions[i]->workflow;
        if (text_equal(definition->name, workflow)) {
            *ret_json = text_copy(arena, definition->json);
            return ret_json->bytes != NULL ? CLOACINA_OK : no_memory(err);
        }
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: it knows no workflow '%.*s'",
                                TEXT_PRINT(workflow));
}
