/* SPDX-License-Identifier: Apache-2.0 */
/* trace.h - everything that happened, as one number; and what the store's commits say in passing.
 *
 *   event fired ------\
 *   row event stored --+--> words --> rolling 128-bit hash
 *   effect applied ---/
 *
 * Law: a word is a number that means the same in every run: an instant, an index, an id, a code.
 * Never an address, never a text's place. */
#ifndef SIMULATOR_TRACE_H
#define SIMULATOR_TRACE_H

#include "base/hash.h"
#include "dal/memory/memory.h"

/* What happened. Numbers are part of the hash: never reuse one. */
enum trace_kind {
    TRACE_TURN = 1,    /* of a runner; subject = which turn */
    TRACE_STARTED = 2, /* a body; subject = task and attempt */
    TRACE_MOVED = 3,   /* a waiting body goes on; likewise */
    TRACE_ENDED = 4,   /* a body; likewise */
    TRACE_OUTSIDE = 5, /* submission or command; subject = its number */
    /* These are followed by words of their own. */
    TRACE_TIME = 6,          /* moved: now */
    TRACE_EFFECT = 7,        /* of a body: hash of name and key */
    TRACE_STEP = 8,          /* of a runner's wall clock: by how much */
    TRACE_SUBMITTED = 9,     /* to the store: hash of the context, definition (2) */
    TRACE_COMMITTED = 10,    /* by the store; subject = how many row events follow: id, revision;
                                then what was written into contexts, hashed */
    TRACE_LEASE_OPENED = 11, /* its number */
    TRACE_LEASE_CLOSED = 12, /* likewise */
    TRACE_FAULT = 13         /* subject = site and fault: key of the label, amount */
};

/* One word holds the kind, the runner (0: nobody's), and a subject of so many bits. */
enum { TRACE_SUBJECT_BITS = 52, TRACE_ACTOR_BITS = 8 };

/* Owned by the caller; sits between the memory store and the checkers. */
struct trace {
    struct memory_observer observer; /* first */
    struct memory_observer *next;    /* Borrowed: the checkers'; NULL: none */
    struct memory_observer *last;    /* Borrowed: who hears of it after them; NULL: nobody */
    struct hash_stream hash;
    int64_t submitted_at; /* the first submission, store time; 0: none yet */
    int64_t ended_at;     /* when the last task ended, store time; 0: none yet */
    uint64_t changes;     /* commits; a submission is one */
    uint32_t leases;      /* open in the store */
};

void trace_init(struct trace *trace, struct memory_observer *next);

static inline void trace_add(struct trace *trace, enum trace_kind kind, uint32_t actor,
                             uint64_t subject)
{
    uint64_t who = (uint64_t)kind << TRACE_ACTOR_BITS | actor;
    hash_stream_add(&trace->hash, who << TRACE_SUBJECT_BITS | subject);
}

/* With a word of its own. */
static inline void trace_add_word(struct trace *trace, enum trace_kind kind, uint32_t actor,
                                  uint64_t word)
{
    trace_add(trace, kind, actor, 0);
    hash_stream_add(&trace->hash, word);
}

#endif
