/* SPDX-License-Identifier: Apache-2.0 */
/* dal.h - the storage interface: dumb, atomic, bounded. A store keeps rows; it decides nothing.
 *
 * One lock: the execution row is the lock of everything beneath it. Every call that changes rows of
 * an execution takes that lock, compares the observed revision, and applies all or nothing.
 *
 * Three answers, three values: CLOACINA_OK = applied, CLOACINA_CONFLICT = somebody else was first,
 * nothing was applied, CLOACINA_UNKNOWN = the store may or may not have applied it (ask
 * dal_find_commit before going on). An error is never read as "zero rows". CLOACINA_UNAVAILABLE =
 * certainly not applied, try again.
 *
 * One thread at a time: a store object is one session (one connection), not shared; several of them
 * see the same rows. Every call may block its caller. Store time (`*ret_now` of poll and
 * open_lease, nanoseconds since 1970) is the store's own clock; instants that runners compare are
 * in it.
 *
 * Texts are UTF-8. Bytes of an error, a reason or a lease's name that are not may come back as
 * others.
 *
 * Implementers embed `struct dal` first and fill every slot; dal_check() says at start-up when one
 * is missing. */
#ifndef DAL_DAL_H
#define DAL_DAL_H

#include "base/arena.h"
#include "base/random.h"
#include "base/text.h"
#include "execution/changeset.h"
#include "execution/execution.h"
#include "execution/rows.h"
#include "workflow/workflow.h"

struct dal;

/* What a new execution is made of, beside its changeset (revision 1, before = revision 0). */
struct dal_submission {
    const struct workflow *workflow; /* the store keeps (hash, json); a reference may be taken */
    struct text context;             /* canonical JSON of the initial context */
    const struct task_row *rows;     /* task_count; as the changeset leaves them */
};

/* One execution's part of a commit. Everything Borrowed for the call. */
struct dal_write {
    const struct changeset *changeset;
    const struct dal_submission *submission; /* NULL: the execution is in the store already */
};

/* The bodies a runner has: those of one workflow. It fits executions of the very same definition,
 * and tasks of the same name in other definitions of the same workflow (tenant, package, name): new
 * code runs old executions. */
struct dal_offer {
    const struct workflow *workflow; /* Borrowed */
    const uint8_t *bodies; /* Borrowed; a byte per task in definition order, not 0 = has it; NULL =
                              has every one */
};

/* An execution a runner keeps in memory, and the revision it knows. */
struct dal_watch {
    struct id id;
    uint64_t revision;
};

/* One round trip that answers: what may I do, what did others change, and who is alive? It is the
 * only query of an idle runner, once per heartbeat interval. */
struct dal_poll {
    uint32_t limit;      /* claim at most this many; 0 = only look */
    struct stamp claim;  /* the first token; serial + 1 for each further one */
    struct stamp commit; /* the commit id of what is claimed, the same for all executions touched */
    const struct dal_offer *offers; /* NULL with offer_count 0 offers nothing */
    size_t offer_count;
    bool beats; /* also: beat = beat + 1 of lease claim.lease, and list the leases */
    const struct dal_watch *watches;
    size_t watch_count;
};

struct dal_claimed {
    struct id id;
    uint32_t task;
    struct stamp claim;
};

/* A runner incarnation as others see it. The two instants are for people: whether a lease is dead
 * is judged by its beat alone. */
struct dal_lease {
    uint64_t lease;
    uint64_t beat;
    uint32_t claims; /* tasks Running under it */
    struct text name;
    int64_t opened_at; /* store time */
    int64_t beat_at;   /* store time of the newest beat */
};

/* All arrays are taken from the arena of the call. */
struct dal_poll_reply {
    struct dal_claimed *claimed; /* oldest Ready first */
    size_t claimed_count;
    struct id *changed; /* watched executions with another revision now (those just claimed from
                           included) */
    size_t changed_count;
    struct dal_lease *leases; /* with `beats`: every open lease, ascending; the own one is missing
                                 if it was closed */
    size_t lease_count;
    uint32_t orphans; /* with `beats`: tasks Running under no open lease */
    int64_t now;      /* store time, not before the instants that the claims of this poll wrote */
};

/* Everything of one execution that a runner needs to go on with it. */
struct dal_snapshot {
    struct hash128 definition;
    struct text definition_json; /* Borrowed from the arena; set by dal_load only */
    struct text context;         /* likewise */
    struct feed feed;
};

/* Which executions, and how many. All-zero with a limit: the oldest of all. */
struct dal_question {
    struct id after;      /* only ids behind this one in the wanted order; zero: from the start */
    uint32_t statuses;    /* bit (1 << enum execution_status) for each wanted one; 0: all */
    struct text workflow; /* only this name; empty: all */
    bool newest_first;    /* by id, descending; ids ascend with time within a runner */
    size_t limit;         /* at most so many; required */
};

/* An execution in a list. Texts are in the arena of the call. */
struct dal_listed {
    struct execution_row row;
    struct text workflow, package, tenant;
    uint32_t task_count;
};

struct dal_impl {
    /* Applies the writes of one step in as few transactions as the limits allow, each write
     * atomically for its own execution and independently of the others; ret_answers[i] is OK,
     * CONFLICT, UNKNOWN, UNAVAILABLE, or a permanent error of that one alone (LIMIT, INVALID,
     * EXISTS for the id of a submission, NOT_FOUND, IO, NO_MEMORY). No two writes are of the same
     * execution. A submission is visible to others entirely or not at all. A changeset that arrives
     * twice, even under the same stamp, is a CONFLICT the second time. */
    void (*commit)(struct dal *dal, const struct dal_write *writes, size_t count,
                   enum cloacina_code *ret_answers);

    /* Locks one execution, hands `redo` what changed since `revision` (the feed), and applies the
     * changeset that it returns (NULL: nothing to do). For the slow runner that lost twice. */
    enum cloacina_code (*commit_locked)(struct dal *dal, struct id id, uint64_t revision,
                                        struct changeset *(*redo)(void *user,
                                                                  const struct feed *feed),
                                        void *user, struct cloacina_error *err);

    /* Claims the oldest Ready tasks that are offered and due, and compares the watches. A store may
     * pass over executions that another session is writing at this moment, as if they were not
     * offered. An error other than UNKNOWN means that nothing was claimed. */
    enum cloacina_code (*poll)(struct dal *dal, const struct dal_poll *request, struct arena *arena,
                               struct dal_poll_reply *ret_reply, struct cloacina_error *err);

    /* All rows (and definition and context) of an execution. NOT_FOUND. */
    enum cloacina_code (*load)(struct dal *dal, struct id id, struct arena *arena,
                               struct dal_snapshot *ret_snapshot, struct cloacina_error *err);

    /* The rows that changed after `revision`; of the newest one or beyond: no tasks. NOT_FOUND. */
    enum cloacina_code (*refresh)(struct dal *dal, struct id id, uint64_t revision,
                                  struct arena *arena, struct feed *ret_feed,
                                  struct cloacina_error *err);

    /* The revision that `commit` made in the execution, or 0 when there is none: resolves UNKNOWN.
     */
    enum cloacina_code (*find_commit)(struct dal *dal, struct id id, struct stamp commit,
                                      uint64_t *ret_revision, struct cloacina_error *err);

    /* A new lease number, never used before; beat 0. */
    enum cloacina_code (*open_lease)(struct dal *dal, struct text name, uint64_t *ret_lease,
                                     int64_t *ret_now, struct cloacina_error *err);

    /* Closes a lease if its beat is still `observed_beat` (CONFLICT if not; NOT_FOUND when it is
     * closed already). Its owner learns it from its next poll; what it still claims or holds is
     * found by `claims` with lease 0. */
    enum cloacina_code (*close_lease)(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                      struct cloacina_error *err);

    /* Running tasks whose claim belongs to `lease`, or (lease 0) to no open lease: what is lost. At
     * most `limit`, in no order: which ones are left out is open. */
    enum cloacina_code (*claims)(struct dal *dal, uint64_t lease, size_t limit, struct arena *arena,
                                 struct dal_claimed **ret_claims, size_t *ret_count,
                                 struct cloacina_error *err);

    /* History of an execution after a revision (0: from the start), in (revision, n) order, at most
     * `limit` rows. */
    enum cloacina_code (*events)(struct dal *dal, struct id id, uint64_t after_revision,
                                 size_t limit, struct arena *arena, struct event_row **ret_events,
                                 size_t *ret_count, struct cloacina_error *err);

    /* Executions by id, as asked. */
    enum cloacina_code (*executions)(struct dal *dal, const struct dal_question *question,
                                     struct arena *arena, struct dal_listed **ret_listed,
                                     size_t *ret_count, struct cloacina_error *err);

    /* The definition of the newest execution (by order of submission) of a workflow of this name,
     * as JSON. NOT_FOUND: there is none. */
    enum cloacina_code (*definition)(struct dal *dal, struct text workflow, struct arena *arena,
                                     struct text *ret_json, struct cloacina_error *err);

    /* Every open lease, ascending, and store time. */
    enum cloacina_code (*leases)(struct dal *dal, struct arena *arena,
                                 struct dal_lease **ret_leases, size_t *ret_count, int64_t *ret_now,
                                 struct cloacina_error *err);

    /* Forgets an execution that is over, with all that is beneath it. NOT_FOUND; INVALID: it is not
     * over. */
    enum cloacina_code (*remove)(struct dal *dal, struct id id, struct cloacina_error *err);

    /* Forgets up to `limit` executions that ended before the instant `before` (store time), oldest
     * first (those of one instant in any order), and what nobody refers to any more. `*ret_removed`
     * is how many; fewer than `limit`: there are no more. */
    enum cloacina_code (*remove_ended)(struct dal *dal, int64_t before, size_t limit,
                                       size_t *ret_removed, struct cloacina_error *err);

    /* Hints: from now on `wake(user)` is called when somebody else's commit leaves something that
     * this lease may want (a Ready task without a claim, a changed execution status). A hint may be
     * lost or doubled. One lease a session. wake NULL: stop. A store that hears of them by a
     * descriptor calls `wake` from within take_hints only. */
    void (*listen)(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user);

    /* A descriptor that is readable when there may be hints to take; it may change with every other
     * call. -1: there is none, and hints come by themselves. Never blocks. */
    int (*descriptor)(struct dal *dal);

    /* Takes in what the descriptor has brought, and calls `wake` if it is a hint. Never blocks. */
    void (*take_hints)(struct dal *dal);

    /* Closes the store. Transactions that are open are undone; leases stay as they are. */
    void (*destroy)(struct dal *dal);
};

/* Embed first. */
struct dal {
    const struct dal_impl *impl;
};

/* INVALID, naming the slot, when one is NULL. */
enum cloacina_code dal_check(const struct dal *dal, struct cloacina_error *err) MUST_CHECK;

/* Does a commit leave something that another runner may want: a Ready task, or an execution that
 * was paused, resumed, reset, or is over? What every store gives a hint for. */
bool dal_is_news(const struct changeset *changeset);

void dal_destroy(struct dal *dal); /* NULL is legal */

#endif
