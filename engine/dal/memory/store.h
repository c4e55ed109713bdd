/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - private to dal/memory: the tables behind the calls.
 *
 *   memory_store --+-- executions by id --> memory_execution: row, task rows, deltas, events,
 *                  |                        commits
 *                  +-- ready queue -------> (execution, task) that were Ready when pushed: hints,
 *                  |                        judged when taken
 *                  `-- leases, listeners */
#ifndef DAL_MEMORY_STORE_H
#define DAL_MEMORY_STORE_H

#include "base/id_map.h"
#include "dal/memory/memory.h"

/* Revision r made the events from first_event of commits[r - 1] to that of commits[r]. */
struct memory_commit {
    struct stamp commit;
    size_t first_event;
};

struct memory_execution {
    struct execution_row row;
    struct workflow *workflow; /* Owned reference */
    struct arena arena;        /* context, deltas, texts */
    struct text context;
    struct task_row *rows; /* Owned, task_count */
    uint8_t *recorded;     /* Owned, task_count: 1 = there is a record of what the task wrote */
    uint32_t *readied;     /* Owned, task_count: how often the task has become Ready */
    const struct delta **deltas; /* Owned, task_count; NULL array: nobody wrote anything */
    struct event_row *events;    /* Owned */
    size_t event_count, event_capacity;
    struct memory_commit *commits; /* Owned */
    size_t commit_count, commit_capacity;
};

struct memory_ready {
    struct memory_execution *execution;
    uint32_t task;
    uint32_t number; /* which time it has become Ready: an older entry stands too far in front */
};

struct memory_lease {
    uint64_t lease;
    uint64_t beat;
    uint32_t claims;            /* tasks Running under it */
    int64_t opened_at, beat_at; /* store time */
    char *name;                 /* Owned */
    size_t name_size;
    void (*wake)(void *user);
    void *user;
};

struct memory_store {
    struct dal dal; /* first */
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    struct memory_observer *observer;
    struct id_map by_id;
    struct memory_execution **executions; /* Owned, in order of submission */
    size_t execution_count, execution_capacity;
    struct memory_ready *ready; /* Owned queue: [ready_head, ready_end), oldest first */
    size_t ready_head, ready_end, ready_capacity;
    /* Owned scratch of one commit: copies made before the first row is touched. */
    const void **staged;
    size_t staged_capacity;
    struct memory_lease *leases; /* Owned, ascending */
    size_t lease_count, lease_capacity;
    uint64_t lease_last;
    uint32_t claims; /* tasks Running, under open leases and closed ones */
};

struct memory_store *memory_store_of(struct dal *dal); /* asserts that it is one */

/* ready.c */
bool ready_reserve(struct memory_store *store, size_t more) MUST_CHECK;
/* After reserving. */
void ready_push(struct memory_store *store, struct memory_execution *execution, uint32_t task);
enum cloacina_code ready_poll(struct dal *dal, const struct dal_poll *request, struct arena *arena,
                              struct dal_poll_reply *ret_reply,
                              struct cloacina_error *err) MUST_CHECK;
void ready_forget(struct memory_store *store, const struct memory_execution *execution);
void ready_finish(struct memory_store *store);

/* commit.c */
void commit_many(struct dal *dal, const struct dal_write *writes, size_t count,
                 enum cloacina_code *ret_answers);
enum cloacina_code commit_one(struct memory_store *store, struct memory_execution *execution,
                              const struct changeset *changeset) MUST_CHECK;
enum cloacina_code commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                 struct changeset *(*redo)(void *user, const struct feed *feed),
                                 void *user, struct cloacina_error *err) MUST_CHECK;
void execution_free(struct memory_store *store, struct memory_execution *execution);

/* query.c */
enum cloacina_code query_load(struct dal *dal, struct id id, struct arena *arena,
                              struct dal_snapshot *ret_snapshot,
                              struct cloacina_error *err) MUST_CHECK;
enum cloacina_code query_refresh(struct dal *dal, struct id id, uint64_t revision,
                                 struct arena *arena, struct feed *ret_feed,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code query_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                     uint64_t *ret_revision, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code query_claims(struct dal *dal, uint64_t lease, size_t limit, struct arena *arena,
                                struct dal_claimed **ret_claims, size_t *ret_count,
                                struct cloacina_error *err) MUST_CHECK;
enum cloacina_code query_events(struct dal *dal, struct id id, uint64_t after_revision,
                                size_t limit, struct arena *arena, struct event_row **ret_events,
                                size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code query_executions(struct dal *dal, const struct dal_question *question,
                                    struct arena *arena, struct dal_listed **ret_listed,
                                    size_t *ret_count, struct cloacina_error *err) MUST_CHECK;

enum cloacina_code query_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                    struct text *ret_json, struct cloacina_error *err) MUST_CHECK;

/* remove.c */
enum cloacina_code remove_one(struct dal *dal, struct id id, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code remove_ended(struct dal *dal, int64_t before, size_t limit, size_t *ret_removed,
                                struct cloacina_error *err) MUST_CHECK;

/* lease.c */
enum cloacina_code lease_open(struct dal *dal, struct text name, uint64_t *ret_lease,
                              int64_t *ret_now, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code lease_list(struct dal *dal, struct arena *arena, struct dal_lease **ret_leases,
                              size_t *ret_count, int64_t *ret_now,
                              struct cloacina_error *err) MUST_CHECK;
/* The leases of a poll that beats, taken before anything is changed. False: no memory. */
bool lease_tell(const struct memory_store *store, struct arena *arena,
                struct dal_poll_reply *reply) MUST_CHECK;
/* The beat itself, and what the leases told hold now. */
void lease_beat(struct memory_store *store, uint64_t lease, struct dal_poll_reply *reply);
enum cloacina_code lease_close(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                               struct cloacina_error *err) MUST_CHECK;
void lease_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user);
bool lease_is_open(const struct memory_store *store, uint64_t lease);
/* 0 = nobody: a claim ends, starts. */
void lease_count_claims(struct memory_store *store, uint64_t lost, uint64_t gained);
void lease_wake_others(struct memory_store *store, uint64_t lease);
void lease_finish(struct memory_store *store);

#endif
