/* SPDX-License-Identifier: Apache-2.0 */
/* timeline.h - what happens when: the events of a world in their total order.
 *
 *   time -->  now                          later
 *             heap entries due now         heap: (time, order), order = rank << 48 | sequence
 *             then `present`: first in, first out
 *             ...runners...
 *             then `late`: those that let everybody else go first
 *
 * At one instant the outside goes first, then bodies, then runners (rank); equals go in the order
 * in which they were planned. What is planned for the present instant skips the heap.
 *
 * Laws:
 * - An event is planned at most once; planning it again moves it. The entry that stays behind in
 *   the heap is stale: its order is no longer the event's. So the memory of an event lives as long
 *   as the timeline, unless the event fired and was not planned again.
 * - Stale entries never move the time. */
#ifndef SIMULATOR_TIMELINE_H
#define SIMULATOR_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/timer_queue.h"

struct cloacina_world;

enum event_rank { RANK_OUTSIDE = 0, RANK_BODY = 1, RANK_RUNNER = 2 };

/* Embed in what is to happen; all-zero but for `fire`. */
struct event {
    void (*fire)(struct cloacina_world *world, struct event *event);
    struct event *next; /* private: in one of the two lists */
    uint64_t order;     /* private: of its entry in the heap; 0 = it has none */
    bool is_listed;     /* private: it is in one of the two lists */
};

struct event_list {
    struct event *first;
    struct event *last;
};

/* Owned by the caller. `now` and `planned` may be read. */
struct timeline {
    struct timer_queue queue; /* subject = event */
    struct event_list present;
    struct event_list late;
    uint64_t sequence;
    uint64_t planned; /* events that will fire; stale entries are not counted */
    int64_t now;      /* nanoseconds since 1970 */
};

void timeline_init(struct timeline *timeline, struct cloacina_heap *heap, int64_t now);
void timeline_finish(struct timeline *timeline);

/* Plans the event for `time` (not before now); it may be planned already, in the heap. False: no
 * memory, and it is not planned at all. */
bool timeline_plan(struct timeline *timeline, struct event *event, int64_t time,
                   enum event_rank rank) MUST_CHECK;

/* Plans a body's event for the present instant. One that is in a list already stays where it is. */
void timeline_plan_now(struct timeline *timeline, struct event *event);

/* Plans the event behind everything else of the present instant. It must not be in a list. */
void timeline_plan_late(struct timeline *timeline, struct event *event);

static inline bool event_is_planned(const struct event *event)
{
    return event->is_listed || event->order != 0;
}

/* The event does not happen, if it was planned at all. */
void timeline_cancel(struct timeline *timeline, struct event *event);

/* Takes out the next event due at the present instant; NULL: there is none but late ones. */
struct event *timeline_take(struct timeline *timeline);
struct event *timeline_take_late(struct timeline *timeline);

/* When the next event of the heap is due; INSTANT_NEVER: none. */
int64_t timeline_next(struct timeline *timeline);

#endif
