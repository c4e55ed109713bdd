/* SPDX-License-Identifier: Apache-2.0 */
/* timer_queue.h - what is due next: a 4-ary heap over (time, order).
 *
 *              [0]                 Ties in time are broken by `order`, which the owner hands out
 *       /    /     \    \          ascending, so equal times fire in the order they were started
 *     [1]  [2]    [3]  [4]         and never by address.
 *
 * Used by the runner for its own deadlines and by the world for its timeline. Entries are values;
 * the owner cancels by ignoring an entry when it comes. */
#ifndef BASE_TIMER_QUEUE_H
#define BASE_TIMER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"

struct timer {
    int64_t time;
    uint64_t order;
    void *subject; /* Borrowed; meaning is the owner's */
};

/* Owned by the caller; fields private except `count`. */
struct timer_queue {
    struct cloacina_heap *heap; /* Borrowed; outlives the queue */
    struct timer *timers;       /* Owned */
    size_t count;
    size_t capacity;
};

/* Allocates nothing. `heap` NULL means the system heap. */
void timer_queue_init(struct timer_queue *queue, struct cloacina_heap *heap);

/* Frees the array; the queue is as after timer_queue_init. */
void timer_queue_finish(struct timer_queue *queue);

/* False: no memory, nothing changed. */
bool timer_queue_push(struct timer_queue *queue, struct timer timer) MUST_CHECK;

/* What is due next, or NULL. Borrowed until the next push or pop. */
static inline const struct timer *timer_queue_first(const struct timer_queue *queue)
{
    return queue->count == 0 ? NULL : &queue->timers[0];
}

/* Takes it out; the queue must not be empty. */
struct timer timer_queue_pop(struct timer_queue *queue);

#endif
