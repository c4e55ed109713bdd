/* SPDX-License-Identifier: Apache-2.0 */
/* show.c - rows and answers, column by column.
 *
 * Law: equal answers give equal texts, and a difference in any column is a difference in the
 * text. */
#include "show.h"

#include <inttypes.h>

#include "support.h"

#include "base/hash.h"
#include "context/delta.h"
#include "execution/state.h"

enum { LONG_STRING = 200, LIST_MAX = 100000 };

void show_init(struct show *show, bool masks)
{
    *show = (struct show){.masks = masks};
    text_builder_init(&show->builder, NULL);
}

void show_finish(struct show *show)
{
    text_builder_finish(&show->builder);
}

void show_reset(struct show *show)
{
    text_builder_reset(&show->builder);
}

const char *show_text(const struct show *show)
{
    assert_false(show->builder.failed);
    return text_builder_terminated(&show->builder);
}

void show_code(struct show *show, enum cloacina_code code)
{
    text_builder_print(&show->builder, "%s\n", cloacina_code_name(code));
}

void show_number(struct show *show, const char *name, uint64_t number)
{
    text_builder_print(&show->builder, "%s %" PRIu64 "\n", name, number);
}

/* ---- columns ---- */

static void column_string(struct show *show, struct text text)
{
    if (text.bytes == NULL) {
        text_builder_append_terminated(&show->builder, " -");
    } else if (text.length > LONG_STRING) {
        struct hash128 hash = hash128_of(text.bytes, text.length);
        text_builder_print(&show->builder, " <%zu bytes %016" PRIx64 "%016" PRIx64 ">", text.length,
                           hash.high, hash.low);
    } else {
        text_builder_print(&show->builder, " '%.*s'", TEXT_PRINT(text));
    }
}

static void column_instant(struct show *show, const char *name, int64_t instant)
{
    if (show->masks && instant >= SHOW_SERVER_TIME_MIN && instant < SHOW_SERVER_TIME_MAX) {
        text_builder_print(&show->builder, " %s ~", name);
    } else {
        text_builder_print(&show->builder, " %s %" PRId64, name, instant);
    }
}

static uint64_t lease_of(const struct show *show, uint64_t lease)
{
    return lease > show->lease_base ? lease - show->lease_base : lease;
}

static void column_stamp(struct show *show, const char *name, struct stamp stamp)
{
    text_builder_print(&show->builder, " %s %" PRIu64 ":%" PRIu64, name,
                       lease_of(show, stamp.lease), stamp.serial);
}

static void column_id(struct show *show, struct id id)
{
    char text[ID_TEXT_SIZE];
    id_print(id, text);
    text_builder_print(&show->builder, " %s", text);
}

static void line_end(struct show *show)
{
    text_builder_append_char(&show->builder, '\n');
}

void show_lease(struct show *show, uint64_t lease)
{
    show_number(show, "lease", lease_of(show, lease));
}

void show_string(struct show *show, const char *string)
{
    column_string(show, text_of(string));
    line_end(show);
}

/* ---- rows ---- */

void show_execution_row(struct show *show, const struct execution_row *row)
{
    text_builder_append_terminated(&show->builder, "execution");
    column_id(show, row->id);
    text_builder_print(&show->builder,
                       " definition %016" PRIx64 "%016" PRIx64 " %s recoveries_max %" PRIu32
                       " revision %" PRIu64,
                       row->definition.high, row->definition.low,
                       execution_status_name((enum execution_status)row->status),
                       row->recoveries_max, row->revision);
    column_stamp(show, "commit", row->commit);
    column_instant(show, "created", row->created_at);
    column_instant(show, "started", row->started_at);
    column_instant(show, "completed", row->completed_at);
    text_builder_print(&show->builder, " counts %" PRIu32 " %" PRIu32 " %" PRIu32 " reason",
                       row->completed, row->failed, row->skipped);
    column_string(show, text_of(row->reason));
    line_end(show);
}

static void task_show(struct show *show, const struct feed_task *task)
{
    const struct task_row *row = &task->row;
    text_builder_print(&show->builder,
                       "task %" PRIu32 " %s sub %u skip %u code %u attempt %" PRIu32
                       " recoveries %" PRIu32,
                       task->task, task_status_name((enum task_status)row->status), row->sub_status,
                       row->skip, row->code, row->attempt, row->recoveries);
    column_stamp(show, "claim", row->claim);
    column_instant(show, "retry", row->retry_at);
    column_instant(show, "started", row->started_at);
    column_instant(show, "completed", row->completed_at);
    text_builder_append_terminated(&show->builder, " error");
    column_string(show, text_of(row->error));
    if (task->has_delta) {
        struct text_builder delta;
        text_builder_init(&delta, NULL);
        delta_write(&delta, task->delta);
        text_builder_append_terminated(&show->builder, " wrote");
        column_string(show, text_builder_text(&delta));
        text_builder_finish(&delta);
    }
    line_end(show);
}

static void event_show(struct show *show, const struct event_row *event)
{
    text_builder_print(&show->builder, "event %" PRIu64 ".%" PRIu32 " %s", event->revision,
                       event->n, event_type_name((enum event_type)event->type));
    if (event->task != TASK_NONE) {
        text_builder_print(&show->builder, " task %" PRIu32, event->task);
    }
    text_builder_print(&show->builder, " attempt %" PRIu32 " code %u skip %u", event->attempt,
                       event->code, event->skip);
    column_instant(show, "at", event->at);
    column_instant(show, "retry", event->retry_at);
    column_stamp(show, "claim", event->claim);
    line_end(show);
}

void show_events(struct show *show, const struct event_row *events, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        event_show(show, &events[i]);
    }
}

void show_feed(struct show *show, const struct feed *feed)
{
    show_execution_row(show, &feed->row);
    for (size_t i = 0; i < feed->task_count; i++) {
        task_show(show, &feed->tasks[i]);
    }
}

void show_snapshot(struct show *show, const struct dal_snapshot *snapshot)
{
    text_builder_print(&show->builder, "definition %016" PRIx64 "%016" PRIx64,
                       snapshot->definition.high, snapshot->definition.low);
    column_string(show, snapshot->definition_json);
    text_builder_append_terminated(&show->builder, " context");
    column_string(show, snapshot->context);
    line_end(show);
    show_feed(show, &snapshot->feed);
}

/* ---- answers ---- */

static void claimed_show(struct show *show, const struct dal_claimed *claim)
{
    text_builder_append_terminated(&show->builder, "claim of");
    column_id(show, claim->id);
    text_builder_print(&show->builder, " task %" PRIu32, claim->task);
    column_stamp(show, "token", claim->claim);
    line_end(show);
}

static int compare_claims(const void *a, const void *b)
{
    const struct dal_claimed *first = a;
    const struct dal_claimed *second = b;
    int order = id_compare(first->id, second->id);
    return order != 0 ? order : (first->task > second->task) - (first->task < second->task);
}

void show_claims(struct show *show, struct dal_claimed *claims, size_t count)
{
    if (count > 0) {
        qsort(claims, count, sizeof(claims[0]), compare_claims);
    }
    for (size_t i = 0; i < count; i++) {
        claimed_show(show, &claims[i]);
    }
}

void show_leases(struct show *show, const struct dal_lease *leases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_builder_print(&show->builder,
                           "lease %" PRIu64 " beat %" PRIu64 " claims %" PRIu32 " name",
                           lease_of(show, leases[i].lease), leases[i].beat, leases[i].claims);
        column_string(show, leases[i].name);
        column_instant(show, "opened", leases[i].opened_at);
        column_instant(show, "beat", leases[i].beat_at);
        line_end(show);
    }
}

void show_listed(struct show *show, const struct dal_listed *listed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        show_execution_row(show, &listed[i].row);
        text_builder_append_terminated(&show->builder, "  of");
        column_string(show, listed[i].workflow);
        column_string(show, listed[i].package);
        column_string(show, listed[i].tenant);
        text_builder_print(&show->builder, " with %" PRIu32 " tasks\n", listed[i].task_count);
    }
}

static int compare_ids(const void *a, const void *b)
{
    return id_compare(*(const struct id *)a, *(const struct id *)b);
}

void show_reply(struct show *show, struct dal_poll_reply *reply)
{
    if (reply->changed_count > 0) {
        qsort(reply->changed, reply->changed_count, sizeof(reply->changed[0]), compare_ids);
    }
    for (size_t i = 0; i < reply->claimed_count; i++) {
        claimed_show(show, &reply->claimed[i]);
    }
    for (size_t i = 0; i < reply->changed_count; i++) {
        text_builder_append_terminated(&show->builder, "changed");
        column_id(show, reply->changed[i]);
        line_end(show);
    }
    show_leases(show, reply->leases, reply->lease_count);
    text_builder_print(&show->builder, "orphans %" PRIu32, reply->orphans);
    column_instant(show, "now", reply->now);
    line_end(show);
}

/* ---- everything ---- */

void show_execution(struct show *show, struct dal *store, struct id id)
{
    struct arena arena;
    struct dal_snapshot snapshot;
    struct event_row *events;
    size_t count;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->load(store, id, &arena, &snapshot, NULL);
    if (code == CLOACINA_OK) {
        show_snapshot(show, &snapshot);
        code = store->impl->events(store, id, 0, LIST_MAX, &arena, &events, &count, NULL);
    }
    if (code == CLOACINA_OK) {
        show_events(show, events, count);
    } else {
        show_code(show, code);
    }
    arena_finish(&arena);
}

void show_store(struct show *show, struct dal *store)
{
    struct arena arena;
    struct dal_question question = {.limit = LIST_MAX};
    struct dal_listed *listed;
    struct dal_lease *leases;
    struct dal_claimed *claims;
    size_t count;
    int64_t now;
    arena_init(&arena, NULL);
    enum cloacina_code code =
        store->impl->executions(store, &question, &arena, &listed, &count, NULL);
    if (code == CLOACINA_OK) {
        show_listed(show, listed, count);
        for (size_t i = 0; i < count; i++) {
            show_execution(show, store, listed[i].row.id);
        }
        code = store->impl->leases(store, &arena, &leases, &count, &now, NULL);
    }
    if (code == CLOACINA_OK) {
        show_leases(show, leases, count);
        code = store->impl->claims(store, 0, LIST_MAX, &arena, &claims, &count, NULL);
    }
    if (code == CLOACINA_OK) {
        show_claims(show, claims, count);
    } else {
        show_code(show, code);
    }
    arena_finish(&arena);
}
