/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - one runner's border to the store: a DAL around the shared one.
 *
 *   runner --call--> [ half a round trip | the store, atomic | the other half ] --answer--> runner
 *
 * Here others may run, and here the calls of one actor are counted (I-26). Everything that can go
 * wrong between a runner and its store belongs here too.
 * Law: what a dead actor calls does nothing and answers CRASHED. */
#ifndef SIMULATOR_STORE_H
#define SIMULATOR_STORE_H

#include "dal/dal.h"

struct actor;

/* Embedded in the actor; fields private. */
struct store {
    struct dal dal;      /* first */
    struct dal *inner;   /* Borrowed */
    struct actor *actor; /* Borrowed */
    int64_t there_ns;    /* the two halves of the round trip */
    int64_t back_ns;
    uint64_t calls;
};

void store_init(struct store *store, struct dal *inner, struct actor *actor, int64_t round_trip_ns);

#endif
