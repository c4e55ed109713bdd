/* SPDX-License-Identifier: Apache-2.0 */
/* loop.c - descriptors, and the three states of a sleeper.
 *
 * Law: whoever finds SLEEPING writes; nobody else. */
#include "production/loop.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cloacina/clock.h>

#include "base/instant.h"

enum { AWAKE, SLEEPING, WOKEN };
enum { EVENTS_MAX = 3 };
enum { PIECE_MS = 60000 }; /* epoll's clock stands still while the machine sleeps: ask ours again */

static bool is_added(struct loop *loop, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = descriptor}};
    return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

static void shut(int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
    }
    *descriptor = -1;
}

enum cloacina_code loop_open(struct loop *loop, struct cloacina_error *err)
{
    *loop = (struct loop){
        .epoll = epoll_create1(EPOLL_CLOEXEC),
        .wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK),
        .bodies = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE),
        .store = -1,
    };
    atomic_init(&loop->state, SLEEPING); /* nobody steps yet */
    if (loop->epoll < 0 || loop->wake < 0 || loop->bodies < 0 || !is_added(loop, loop->wake)) {
        int reason = errno;
        loop_close(loop);
        return cloacina_error_raise(err, CLOACINA_IO, "no descriptor to wait for: error %d",
                                    reason);
    }
    return CLOACINA_OK;
}

void loop_close(struct loop *loop)
{
    atomic_store(&loop->state, AWAKE);
    shut(&loop->epoll);
    shut(&loop->wake);
    shut(&loop->bodies);
}

void loop_begin(struct loop *loop)
{
    atomic_store(&loop->state, AWAKE);
}

bool loop_may_sleep(struct loop *loop)
{
    return atomic_exchange(&loop->state, SLEEPING) != WOKEN;
}

/* A counter that is full is readable all the same. */
static void add(int eventfd)
{
    const uint64_t one = 1;
    (void)!write(eventfd, &one, sizeof(one));
}

static void take(int eventfd)
{
    uint64_t count;
    (void)!read(eventfd, &count, sizeof(count));
}

void loop_wake(struct loop *loop)
{
    if (atomic_exchange(&loop->state, WOKEN) == SLEEPING) {
        add(loop->wake);
    }
}

void loop_watch(struct loop *loop, int store)
{
    if (loop->store >= 0 && loop->store != store) {
        (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, loop->store, NULL); /* it may be closed */
    }
    loop->store = store;
    if (store >= 0) { /* another one may have got the number of one that was closed */
        struct epoll_event event = {.events = EPOLLIN, .data = {.fd = store}};
        if (epoll_ctl(loop->epoll, EPOLL_CTL_MOD, store, &event) != 0) {
            (void)!is_added(loop, store); /* then the heartbeat finds what the hints hide */
        }
    }
}

static int timeout_of(int64_t deadline)
{
    if (deadline == 0) {
        return 0;
    }
    int64_t left = deadline - cloacina_clock_monotonic(cloacina_clock_system());
    if (left <= 0) {
        return 0;
    }
    int64_t milliseconds = left / NANOSECONDS_PER_MILLISECOND + 1;
    return milliseconds < PIECE_MS ? (int)milliseconds : PIECE_MS;
}

void loop_wait(struct loop *loop, int64_t deadline, bool *ret_has_hints)
{
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(loop->epoll, events, EVENTS_MAX, timeout_of(deadline));
    *ret_has_hints = false;
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == loop->wake) {
            take(loop->wake);
        } else if (events[i].data.fd == loop->store) {
            *ret_has_hints = true;
        }
    }
}

void loop_body_add(struct loop *loop)
{
    add(loop->bodies);
}

void loop_body_take(struct loop *loop)
{
    take(loop->bodies);
}

void loop_watch_bodies(struct loop *loop)
{
    (void)!is_added(loop, loop->bodies);
}
