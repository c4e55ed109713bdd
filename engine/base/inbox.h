/* SPDX-License-Identifier: Apache-2.0 */
/* inbox.h - many threads post, one thread drains: an intrusive list behind one atomic pointer.
 *
 *   post:  message->next = head; head = message        (compare-and-swap)
 *   drain: take all, reverse: messages come out in the order in which they went in
 *
 * `wake` is called by the post that finds the inbox empty; it must be thread-safe and must not
 * block. */
#ifndef BASE_INBOX_H
#define BASE_INBOX_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Embed in what is posted. A message may be posted again only after it was drained. */
struct inbox_message {
    struct inbox_message *next;
    _Atomic(uint32_t) kind; /* meaning is the owner's; may be changed until it is read */
};

struct inbox {
    _Atomic(struct inbox_message *) head;
    void (*wake)(void *user);
    void *user;
};

static inline void inbox_init(struct inbox *inbox, void (*wake)(void *user), void *user)
{
    atomic_init(&inbox->head, NULL);
    inbox->wake = wake;
    inbox->user = user;
}

static inline void inbox_post(struct inbox *inbox, struct inbox_message *message)
{
    struct inbox_message *head = atomic_load_explicit(&inbox->head, memory_order_relaxed);
    do {
        message->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&inbox->head, &head, message,
                                                    memory_order_release, memory_order_relaxed));
    if (head == NULL) {
        inbox->wake(inbox->user);
    }
}

/* The oldest message first, linked by `next`; NULL when there is none. */
static inline struct inbox_message *inbox_drain(struct inbox *inbox)
{
    struct inbox_message *newest =
        atomic_exchange_explicit(&inbox->head, NULL, memory_order_acquire);
    struct inbox_message *oldest = NULL;
    while (newest != NULL) {
        struct inbox_message *next = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

#endif
