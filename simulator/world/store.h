/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - one runner's border to the store: a DAL around the shared one.
 *
 *   runner --call--> [ half a round trip | the store, atomic | the other half ] --answer--> runner
 *                    ^ what goes wrong?    ^ is it there?      ^ does the answer arrive?
 *
 * Here others may run, and here the calls of one actor are counted (I-26). Everything that can go
 * wrong between a runner and its store belongs here too.
 * Laws: what a dead actor calls does nothing and answers CRASHED. An answer is always one that
 * dal.h allows. */
#ifndef SIMULATOR_STORE_H
#define SIMULATOR_STORE_H

#include "dal/dal.h"
#include "oracle/label.h"
#include "world/timeline.h"

struct actor;
struct cloacina_world;
struct store_call;

/* Embedded in the actor; fields private. */
struct store {
    struct dal dal;      /* first */
    struct dal *inner;   /* Borrowed */
    struct actor *actor; /* Borrowed */
    int64_t there_ns;    /* the two halves of the round trip */
    int64_t back_ns;
    uint64_t calls;
    const struct store_call *call; /* Borrowed: the one that the store works at; NULL: none */
    struct event hint;             /* one that comes late, or again */
    void (*wake)(void *user);      /* where hints go; NULL: nowhere */
    void *wake_user;
};

/* What the store itself suffers from, for everybody. */
struct store_trouble {
    int64_t down_until; /* world time: nothing gets through before that instant */
    int64_t full_until; /* writes fail before that instant */
};

void store_init(struct store *store, struct dal *inner, struct actor *actor, int64_t round_trip_ns);

/* Hints have nowhere to go any more: the runner is gone. */
void store_forget(struct store *store);

/* ---- store_fault.c: what can go wrong with one call ---- */

/* One call on its way. */
struct store_call {
    struct label label;
    bool writes;          /* it would change something */
    struct choice choice; /* what goes wrong with it */
    /* What it asks for, Borrowed; for whoever wants to know what became of it (mirror.c). */
    const struct dal_write *batch;
    size_t batch_count;
    const struct id *locked; /* of commit_locked */
    const struct dal_poll *poll;
    uint64_t closing; /* a lease */
    uint64_t observed_beat;
};

/* Waits of an actor in the middle of a call, on its coroutine. */
void store_let_others_go(struct store *store);
void store_wait(struct store *store, int64_t duration_ns);
void store_freeze(struct store *store, int64_t duration_ns);

/* Nobody is to go on: the actor is dead, or the world has stopped. */
bool store_is_crashed(const struct store *store);

/* Before the call, and while it is on its way there. Anything but OK is its answer, and the store
 * was not asked. */
enum cloacina_code store_enter(struct store *store, struct store_call *call,
                               struct cloacina_error *err) MUST_CHECK;

/* On the way back; `code` is what the store has said, or what store_enter has answered. */
enum cloacina_code store_leave(struct store *store, const struct store_call *call,
                               enum cloacina_code code, struct cloacina_error *err) MUST_CHECK;

/* A hint of the store for this border's runner. */
void store_hinted(void *store);

/* What a late hint's event does. */
void store_fire_hint(struct cloacina_world *world, struct event *event);

#endif
