/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.c - a heap for later, two lists for now. */
#include "world/timeline.h"

#include <assert.h>

#include "base/instant.h"

enum { RANK_SHIFT = 48 };

void timeline_init(struct timeline *timeline, struct cloacina_heap *heap, int64_t now)
{
    *timeline = (struct timeline){.now = now};
    timer_queue_init(&timeline->queue, heap);
}

void timeline_finish(struct timeline *timeline)
{
    timer_queue_finish(&timeline->queue);
}

/* ---- lists ---- */

static void list_append(struct event_list *list, struct event *event)
{
    assert(!event->is_listed);
    event->is_listed = true;
    event->next = NULL;
    if (list->last != NULL) {
        list->last->next = event;
    } else {
        list->first = event;
    }
    list->last = event;
}

static struct event *list_take(struct event_list *list)
{
    struct event *event = list->first;
    if (event != NULL) {
        list->first = event->next;
        list->last = list->first == NULL ? NULL : list->last;
        event->is_listed = false;
    }
    return event;
}

/* Takes `event` out of the middle; false: it is not in this list. */
static bool list_remove(struct event_list *list, struct event *event)
{
    struct event *before = NULL;
    struct event *at = list->first;
    while (at != NULL && at != event) {
        before = at;
        at = at->next;
    }
    if (at == NULL) {
        return false;
    }
    if (before != NULL) {
        before->next = event->next;
    } else {
        list->first = event->next;
    }
    list->last = list->last == event ? before : list->last;
    event->is_listed = false;
    return true;
}

/* ---- planning ---- */

bool timeline_plan(struct timeline *timeline, struct event *event, int64_t time,
                   enum event_rank rank)
{
    assert(time >= timeline->now && !event->is_listed);
    timeline->planned -= event->order != 0;
    event->order = (uint64_t)rank << RANK_SHIFT | ++timeline->sequence;
    struct timer entry = {.time = time, .order = event->order, .subject = event};
    if (!timer_queue_push(&timeline->queue, entry)) {
        event->order = 0;
        return false;
    }
    timeline->planned++;
    return true;
}

static void plan_in(struct timeline *timeline, struct event_list *list, struct event *event)
{
    timeline->planned += event->order == 0;
    event->order = 0;
    list_append(list, event);
}

void timeline_plan_now(struct timeline *timeline, struct event *event)
{
    if (!event->is_listed) {
        plan_in(timeline, &timeline->present, event);
    }
}

void timeline_plan_late(struct timeline *timeline, struct event *event)
{
    plan_in(timeline, &timeline->late, event);
}

void timeline_cancel(struct timeline *timeline, struct event *event)
{
    bool was_listed = event->is_listed && (list_remove(&timeline->present, event) ||
                                           list_remove(&timeline->late, event));
    timeline->planned -= was_listed || event->order != 0;
    event->order = 0;
}

/* ---- taking ---- */

static bool is_stale(const struct timer *entry)
{
    return ((const struct event *)entry->subject)->order != entry->order;
}

int64_t timeline_next(struct timeline *timeline)
{
    const struct timer *first = timer_queue_first(&timeline->queue);
    while (first != NULL && is_stale(first)) {
        (void)timer_queue_pop(&timeline->queue);
        first = timer_queue_first(&timeline->queue);
    }
    return first == NULL ? INSTANT_NEVER : first->time;
}

struct event *timeline_take(struct timeline *timeline)
{
    struct event *event;
    if (timeline_next(timeline) == timeline->now) {
        event = timer_queue_pop(&timeline->queue).subject;
        event->order = 0;
    } else {
        event = list_take(&timeline->present);
    }
    timeline->planned -= event != NULL;
    return event;
}

struct event *timeline_take_late(struct timeline *timeline)
{
    struct event *event = list_take(&timeline->late);
    timeline->planned -= event != NULL;
    return event;
}
