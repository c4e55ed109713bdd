/* SPDX-License-Identifier: Apache-2.0 */
/* trace.c - the store's commits as words; then the checkers may look.
 *
 * Law: the encoding can be read back without knowing more (flags say which words follow), so no two
 * histories give the same words. */
#include "world/trace.h"

#include "context/delta.h"
#include "execution/state.h"

enum row_event_flag { HAS_INSTANT = 1, HAS_RETRY = 2, HAS_CLAIM = 4 };

/* The instant is written when it is another one than that of the event before. */
static void add_row_event(struct hash_stream *hash, const struct event_row *event, int64_t *at)
{
    uint64_t flags = (event->at != *at ? HAS_INSTANT : 0u) |
                     (event->retry_at != 0 ? HAS_RETRY : 0u) |
                     (stamp_is_set(event->claim) ? HAS_CLAIM : 0u);
    hash_stream_add(hash, (uint64_t)event->task << 32 | (uint64_t)event->type << 24 |
                              (uint64_t)event->code << 16 | (uint64_t)event->skip << 8 | flags);
    hash_stream_add(hash, event->claim.lease << 32 | event->attempt);
    if (event->at != *at) {
        hash_stream_add(hash, (uint64_t)event->at);
        *at = event->at;
    }
    if (event->retry_at != 0) {
        hash_stream_add(hash, (uint64_t)event->retry_at);
    }
    if (stamp_is_set(event->claim)) {
        hash_stream_add(hash, event->claim.serial);
    }
}

static bool is_end_of_task(enum event_type type)
{
    return type == EVENT_TASK_COMPLETED || type == EVENT_TASK_FAILED ||
           type == EVENT_TASK_SKIPPED || type == EVENT_TASK_ABANDONED;
}

static uint64_t hash_text(uint64_t hash, struct text text)
{
    return hash_of(text.bytes, text.length, hash);
}

/* As deep as a context may be (JSON_DEPTH_MAX), and no deeper. */
static uint64_t hash_value(uint64_t hash, const struct value *value)
{
    enum value_type type = value_type(value);
    bool has_parts = type == VALUE_ARRAY || type == VALUE_OBJECT;
    hash = hash_mix(hash, (uint64_t)type);
    if (type == VALUE_BOOL) {
        return hash_mix(hash, value_as_bool(value));
    }
    if (type == VALUE_TEXT) {
        return hash_text(hash, value_as_text(value));
    }
    if (value_is_number(value)) {
        return hash_mix(hash, value_as_number(value).uint64); /* the bits, whatever they mean */
    }
    for (size_t i = 0; has_parts && i < value_count(value); i++) {
        hash = type == VALUE_OBJECT ? hash_text(hash, value_members(value)[i].key) : hash;
        hash = hash_value(hash, type == VALUE_OBJECT ? value_members(value)[i].value
                                                     : value_item(value, i));
    }
    return has_parts ? hash_mix(hash, value_count(value)) : hash;
}

static uint64_t hash_delta(uint64_t hash, const struct delta_change *change)
{
    hash = hash_mix(hash, (uint64_t)change->task << 32 | change->attempt);
    for (size_t i = 0; change->delta != NULL && i < change->delta->count; i++) {
        const struct delta_entry *entry = &change->delta->entries[i];
        hash = hash_text(hash, entry->path.encoded);
        hash = entry->value == NULL ? ~hash : hash_value(hash, entry->value);
    }
    return hash;
}

/* What tasks have written: a body that looks at an address or a real clock shows here. */
static void add_deltas(struct trace *trace, const struct changeset *changeset)
{
    uint64_t hash = changeset->delta_count;
    for (size_t i = 0; i < changeset->delta_count; i++) {
        hash = hash_delta(hash, &changeset->deltas[i]);
    }
    hash_stream_add(&trace->hash, hash);
}

static void add_changeset(struct trace *trace, const struct changeset *changeset)
{
    int64_t at = 0;
    trace->changes++;
    trace_add(trace, TRACE_COMMITTED, 0, changeset->event_count);
    hash_stream_add(&trace->hash, changeset->after->id.low);
    hash_stream_add(&trace->hash, changeset->after->revision);
    for (size_t i = 0; i < changeset->event_count; i++) {
        const struct event_row *event = &changeset->events[i];
        add_row_event(&trace->hash, event, &at);
        if (is_end_of_task((enum event_type)event->type)) {
            trace->ended_at = event->at;
        }
    }
    if (changeset->delta_count > 0) {
        add_deltas(trace, changeset);
    }
}

static struct trace *trace_of(struct memory_observer *observer)
{
    return (struct trace *)observer;
}

static void submitted(struct memory_observer *observer, const struct dal_write *write)
{
    struct trace *trace = trace_of(observer);
    struct hash128 definition = write->submission->workflow->hash;
    struct text context = write->submission->context;
    if (trace->submitted_at == 0) {
        trace->submitted_at = write->changeset->after->created_at;
    }
    trace_add_word(trace, TRACE_SUBMITTED, 0, hash_of(context.bytes, context.length, 0));
    hash_stream_add(&trace->hash, definition.high);
    hash_stream_add(&trace->hash, definition.low);
    if (trace->next != NULL) {
        trace->next->submitted(trace->next, write);
    }
    if (trace->last != NULL) {
        trace->last->submitted(trace->last, write);
    }
}

static void committed(struct memory_observer *observer, const struct changeset *changeset)
{
    struct trace *trace = trace_of(observer);
    add_changeset(trace, changeset);
    if (trace->next != NULL) {
        trace->next->committed(trace->next, changeset);
    }
    if (trace->last != NULL) {
        trace->last->committed(trace->last, changeset);
    }
}

static void lease_opened(struct memory_observer *observer, uint64_t lease)
{
    struct trace *trace = trace_of(observer);
    trace->leases++;
    trace_add_word(trace, TRACE_LEASE_OPENED, 0, lease);
    if (trace->next != NULL) {
        trace->next->lease_opened(trace->next, lease);
    }
    if (trace->last != NULL) {
        trace->last->lease_opened(trace->last, lease);
    }
}

static void lease_closed(struct memory_observer *observer, uint64_t lease)
{
    struct trace *trace = trace_of(observer);
    trace->leases--;
    trace_add_word(trace, TRACE_LEASE_CLOSED, 0, lease);
    if (trace->next != NULL) {
        trace->next->lease_closed(trace->next, lease);
    }
    if (trace->last != NULL) {
        trace->last->lease_closed(trace->last, lease);
    }
}

void trace_init(struct trace *trace, struct memory_observer *next)
{
    trace->observer = (struct memory_observer){
        .submitted = submitted,
        .committed = committed,
        .lease_opened = lease_opened,
        .lease_closed = lease_closed,
    };
    trace->next = next;
    trace->last = NULL;
    trace->submitted_at = trace->ended_at = 0;
    trace->changes = 0;
    trace->leases = 0;
    hash_stream_init(&trace->hash);
}
