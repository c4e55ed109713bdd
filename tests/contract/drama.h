/* SPDX-License-Identifier: Apache-2.0 */
/* drama.h - two or three sessions that get into each other's way, and the judge of what came of it.
 *
 *   prepare   on the first session: executions, claims, changesets ready to be sent
 *   calls     each belongs to a session; a session's calls are made in their order
 *   history   the answer of each call, then everything that the store tells
 *
 * A history is right when some serial order of the same calls on the memory store gives it. A poll
 * may pass over an execution that another session is writing at that moment (PostgreSQL does not
 * wait there): in such a store it may also answer as if that one had not been offered. */
#ifndef TESTS_CONTRACT_DRAMA_H
#define TESTS_CONTRACT_DRAMA_H

#include "broken_store.h"
#include "copy.h"
#include "show.h"
#include "stage.h"

enum { DRAMA_CALLS_MAX = 6, DRAMA_COPIES_MAX = 6, DRAMA_HISTORIES_MAX = 1500 };

struct drama;

/* A store with its sessions and the stage before it, for many performances. Owned by the caller;
 * must not move. */
struct house {
    struct subject subject;
    struct stage stage;
    struct broken_store broken[SUBJECT_SESSIONS_MAX];
    struct dal *sessions[SUBJECT_SESSIONS_MAX]; /* the broken stores, or the subject's own */
    enum broken_store_bug bug;
    size_t session_count;
    int64_t now; /* of the runners */
};
void house_open(struct house *house, enum store_kind kind, size_t sessions,
                enum broken_store_bug bug);
void house_close(struct house *house);

/* One performance. Read freely. */
struct performance {
    const struct drama *drama;
    struct house *house;
    uint64_t leases[SUBJECT_SESSIONS_MAX]; /* one of each session */
    struct copy copies[DRAMA_COPIES_MAX];
    enum cloacina_code codes[DRAMA_CALLS_MAX]; /* of calls that others depend on */
    struct show answers[DRAMA_CALLS_MAX];
    uint32_t passes_over[DRAMA_CALLS_MAX]; /* a poll: bit i leaves out what copies[i] is of */
    int64_t now;
};

struct drama_call {
    size_t session;
    /* Makes the call and shows its answer in performance->answers[number]. Runs in a thread of its
     * own: it asserts nothing, and touches nothing that another session's calls touch. */
    void (*make)(struct performance *performance, struct dal *store, size_t number);
    uint32_t may_pass_over; /* a poll: bit i for the execution of copies[i] */
    /* Serially, the call may stand anywhere between others of its session: it is one write of
     * several that share a call. */
    bool is_loose;
};

struct drama {
    const char *name;
    size_t sessions;
    void (*prepare)(struct performance *performance);
    struct drama_call calls[DRAMA_CALLS_MAX]; /* up to the first without `make` */
    /* Instead of single calls, on stage: all of a session's calls at once. NULL: one by one. */
    void (*play)(struct performance *performance, struct dal *store, size_t session);
    bool needs_new_house; /* what the store remembers from the last time would be in the way */
};

/* All histories that serial orders give. Owned by the caller. */
struct judge {
    char *histories[DRAMA_HISTORIES_MAX];
    size_t count;
};
void judge_init(struct judge *judge, const struct drama *drama, enum store_kind kind);
void judge_finish(struct judge *judge);
bool judge_allows(const struct judge *judge, const char *history);

/* One performance; the house is cleared afterwards. The history is the caller's (free); NULL: the
 * sessions got stuck. */
char *drama_perform(const struct drama *drama, struct house *house, struct order *order);

/* For calls: a stamp of a session, by any number. */
static inline struct stamp drama_stamp(const struct performance *performance, size_t session,
                                       uint64_t serial)
{
    return (struct stamp){performance->leases[session], serial};
}

#endif
