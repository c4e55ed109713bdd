/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - reading one execution: load, refresh, history. Every answer is a copy in the caller's
 * arena.
 *
 * Law: what is answered was true at one instant: each call is one read transaction. */
#include "dal/sqlite/store.h"

/* ---- load and refresh ---- */

static enum cloacina_code get_snapshot_texts(struct sqlite_store *store, int64_t execution,
                                             struct arena *arena, struct dal_snapshot *snapshot,
                                             struct cloacina_error *err)
{
    struct statement *get = statement_begin(store, STATEMENT_SNAPSHOT);
    uint32_t task_count = 0;
    struct text json = {.bytes = NULL};
    struct text context = {.bytes = NULL};
    statement_put_number(get, execution);
    enum cloacina_code code = statement_first(store, get, err);
    if (code == CLOACINA_OK) {
        json = statement_get_text(get);
        task_count = statement_get_small(get, TASK_NONE - 1);
        context = statement_get_text(get);
    }
    if (code == CLOACINA_NOT_FOUND || get->is_damaged) {
        code = fail_damaged(store, "workflow_definitions", execution, TASK_NONE, err);
    } else if (code == CLOACINA_OK && context.bytes == NULL) {
        code = fail_damaged(store, "contexts", execution, TASK_NONE, err);
    } else if (code == CLOACINA_OK && task_count != snapshot->feed.task_count) {
        code = cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store '%s': table 'task_executions', execution %lld: it has "
                                    "%lu rows, its workflow has %lu tasks",
                                    store->shown, (long long)execution,
                                    (unsigned long)snapshot->feed.task_count,
                                    (unsigned long)task_count);
    }
    if (code == CLOACINA_OK) {
        snapshot->definition_json = text_copy(arena, json);
        snapshot->context = text_copy(arena, context);
        if (snapshot->definition_json.bytes == NULL || snapshot->context.bytes == NULL) {
            code = fail_no_memory(store, err);
        }
    }
    statement_end(get);
    return code;
}

enum cloacina_code sqlite_load(struct dal *dal, struct id id, struct arena *arena,
                               struct dal_snapshot *ret_snapshot, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct found_execution found;
    struct dal_snapshot snapshot = {.context = {.bytes = NULL}};
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = number_find(store, id, &found, err);
    if (code == CLOACINA_OK) {
        code = get_everything(store, found.number, arena, &snapshot.feed, err);
    }
    if (code == CLOACINA_OK) {
        code = get_snapshot_texts(store, found.number, arena, &snapshot, err);
    }
    code = transaction_end(store, code, err);
    if (code == CLOACINA_OK) {
        snapshot.definition = snapshot.feed.row.definition;
        *ret_snapshot = snapshot;
    }
    return code;
}

enum cloacina_code sqlite_refresh(struct dal *dal, struct id id, uint64_t revision,
                                  struct arena *arena, struct feed *ret_feed,
                                  struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct found_execution found;
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = number_find(store, id, &found, err);
    if (code == CLOACINA_OK) {
        code = get_feed(store, found.number, revision, arena, ret_feed, err);
    }
    return transaction_end(store, code, err);
}

/* ---- history ---- */

static enum cloacina_code find_in_events(struct sqlite_store *store, int64_t execution,
                                         struct stamp commit, uint64_t *ret_revision,
                                         struct cloacina_error *err)
{
    struct statement *find = statement_begin(store, STATEMENT_FIND_COMMIT);
    statement_put_number(find, execution);
    statement_put_stamp(find, commit);
    enum cloacina_code code = statement_first(store, find, err);
    *ret_revision = code == CLOACINA_OK ? statement_get_unsigned(find) : 0;
    statement_end(find);
    return code == CLOACINA_NOT_FOUND ? CLOACINA_OK : code;
}

enum cloacina_code sqlite_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                      uint64_t *ret_revision, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct cloacina_error error;
    struct found_execution found;
    uint64_t revision = 0;
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = number_find(store, id, &found, &error);
    if (code == CLOACINA_NOT_FOUND) {
        code = CLOACINA_OK;
    } else if (code != CLOACINA_OK) {
        code = cloacina_error_raise(err, code, "%s", error.message);
    } else if (stamp_equal(found.commit, commit)) {
        revision = found.revision;
    } else {
        code = find_in_events(store, found.number, commit, &revision, err);
    }
    code = transaction_end(store, code, err);
    if (code == CLOACINA_OK) {
        *ret_revision = revision;
    }
    return code;
}

/* The row that the statement is at. */
static enum cloacina_code get_event(struct sqlite_store *store, struct statement *list,
                                    int64_t execution, struct event_row *ret_event,
                                    struct cloacina_error *err)
{
    *ret_event = (struct event_row){.revision = statement_get_unsigned(list)};
    ret_event->n = statement_get_small(list, UINT32_MAX);
    ret_event->task = TASK_NONE;
    if (sqlite3_column_type(list->handle, list->column) == SQLITE_NULL) {
        list->column++;
    } else {
        ret_event->task = statement_get_small(list, TASK_NONE - 1);
    }
    ret_event->attempt = statement_get_small(list, UINT32_MAX);
    ret_event->type = (uint8_t)statement_get_small(list, EVENT_TYPES - 1);
    ret_event->code = (uint8_t)statement_get_small(list, UINT8_MAX);
    ret_event->skip = (uint8_t)statement_get_small(list, SKIP_CANCELLED);
    ret_event->at = statement_get_number(list);
    ret_event->retry_at = statement_get_number(list);
    ret_event->claim = statement_get_stamp(list);
    return list->is_damaged
               ? fail_damaged(store, "execution_events", execution, ret_event->task, err)
               : CLOACINA_OK;
}

static enum cloacina_code list_events(struct sqlite_store *store, int64_t execution,
                                      uint64_t after_revision, size_t limit,
                                      struct event_row **events, size_t *capacity,
                                      size_t *ret_count, struct cloacina_error *err)
{
    struct statement *list = statement_begin(store, STATEMENT_EVENTS);
    enum cloacina_code code = CLOACINA_OK;
    bool has_row = true;
    statement_put_number(list, execution);
    statement_put_revision(list, after_revision);
    statement_put_revision(list, limit);
    *ret_count = 0;
    while (code == CLOACINA_OK) {
        code = statement_step(store, list, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        if (!heap_grow(store->heap, events, capacity, *ret_count + 1, sizeof(**events))) {
            code = fail_no_memory(store, err);
            break;
        }
        code = get_event(store, list, execution, &(*events)[(*ret_count)++], err);
    }
    statement_end(list);
    return code;
}

enum cloacina_code sqlite_events(struct dal *dal, struct id id, uint64_t after_revision,
                                 size_t limit, struct arena *arena, struct event_row **ret_events,
                                 size_t *ret_count, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct found_execution found;
    struct event_row *events = NULL;
    size_t count = 0;
    size_t capacity = 0;
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = number_find(store, id, &found, err);
    if (code == CLOACINA_OK) {
        code = list_events(store, found.number, after_revision, limit, &events, &capacity, &count,
                           err);
    }
    code = transaction_end(store, code, err);
    if (code == CLOACINA_OK) {
        struct event_row *answer = arena_take(arena, count * sizeof(events[0]));
        for (size_t i = 0; answer != NULL && i < count; i++) {
            answer[i] = events[i];
        }
        *ret_events = answer;
        *ret_count = count;
        code = answer != NULL ? CLOACINA_OK : fail_no_memory(store, err);
    }
    heap_give(store->heap, events, capacity * sizeof(events[0]));
    return code;
}
