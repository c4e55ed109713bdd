/* SPDX-License-Identifier: Apache-2.0 */
/* timers.c - deadlines that can be taken back.
 *
 * Law: the first entry of the queue is always a live one, so the runner never asks to be woken for
 * nothing. A disarmed entry stays in the queue as stale; when more than half are stale the queue is
 * rebuilt. */
#include "runner/internal.h"

enum { STALE_MIN = 64 }; /* fewer are not worth a rebuild */

void timers_init(struct runner_timers *timers, struct cloacina_heap *heap)
{
    *timers = (struct runner_timers){0};
    timer_queue_init(&timers->queue, heap);
}

void timers_finish(struct runner_timers *timers)
{
    timer_queue_finish(&timers->queue);
}

static bool is_live(const struct timer *entry)
{
    return ((const struct runner_timer *)entry->subject)->order == entry->order;
}

/* Moves the live entries to the front and makes a heap of them again, in the memory that is
 * there. */
static void rebuild(struct runner_timers *timers)
{
    size_t count = timers->queue.count;
    timers->queue.count = 0;
    for (size_t i = 0; i < count; i++) {
        struct timer entry = timers->queue.timers[i];
        if (is_live(&entry)) {
            (void)!timer_queue_push(&timers->queue,
                                    entry); /* cannot fail: it goes where others were */
        }
    }
}

bool timer_arm(struct runner_timers *timers, struct runner_timer *timer,
               enum runner_timer_kind kind, int64_t time)
{
    timer_disarm(timers, timer);
    if (timers->queue.count > 2 * timers->armed + STALE_MIN) {
        rebuild(timers);
    }
    uint64_t order = ++timers->order_last;
    if (!timer_queue_push(&timers->queue,
                          (struct timer){.time = time, .order = order, .subject = timer})) {
        return false;
    }
    *timer = (struct runner_timer){.kind = kind, .order = order, .time = time};
    timers->armed++;
    return true;
}

void timer_disarm(struct runner_timers *timers, struct runner_timer *timer)
{
    timers->armed -= timer->order != 0;
    timer->order = 0;
}

int64_t timers_next(struct runner_timers *timers)
{
    const struct timer *first = timer_queue_first(&timers->queue);
    while (first != NULL && !is_live(first)) {
        (void)timer_queue_pop(&timers->queue);
        first = timer_queue_first(&timers->queue);
    }
    return first == NULL ? INSTANT_NEVER : first->time;
}

struct runner_timer *timers_pop_due(struct runner_timers *timers, int64_t now)
{
    if (timers_next(timers) > now) {
        return NULL;
    }
    struct runner_timer *timer = timer_queue_pop(&timers->queue).subject;
    timer_disarm(timers, timer);
    return timer;
}
