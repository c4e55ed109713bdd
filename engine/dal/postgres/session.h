/* SPDX-License-Identifier: Apache-2.0 */
/* session.h - private to dal/postgres: one session, and which file does what.
 *
 *   postgres.c  open, destroy, the table of calls      commit.c   batches, answers
 *   connect.c   the connection and its end             submit.c   new executions, large ones in slices
 *   migrate.c   the schema's version                   write.c    rows to arrays to statements
 *   trip.c      statements out, results in             poll.c     claims, watches, beat
 *   notify.c    hints                                  offers.c   bodies x definitions
 *   lease.c  feed.c  query.c  remove.c                 the other calls
 *
 * A call is one or more trips, and a trip is one round trip:
 *
 *   trip_begin()           connected? what was owed is discarded
 *   trip_send(BEGIN) ... trip_send(COMMIT)             queued; sent when there is room
 *   trip_end()             waits for all answers, or for the first failure
 *   trip_result(...)       read them */
#ifndef DAL_POSTGRES_SESSION_H
#define DAL_POSTGRES_SESSION_H

#include <libpq-fe.h>

#include "dal/postgres/failure.h"
#include "dal/postgres/parameters.h"
#include "dal/postgres/postgres.h"
#include "dal/postgres/statement.h"

enum { SESSION_NAME_SIZE = 64 };                   /* a name in PostgreSQL, with its NUL */
enum { SESSION_DEFINITIONS = 16 };                 /* definitions known to be stored */
enum { COMMIT_ROWS_MAX = 4096 };                   /* of one transaction */
#define COMMIT_BYTES_MAX ((size_t)8 * 1024 * 1024) /* likewise */

/* One round trip. */
struct trip {
    enum statement *sent; /* Owned; in order */
    PGresult **results;   /* Owned; NULL: not answered */
    size_t count, answered;
    size_t sent_capacity, results_capacity;
    struct failure_meaning failure; /* of the first that failed; CLOACINA_OK: none */
    char sqlstate[6];               /* "" when the server did not say */
    enum statement culprit;
    bool is_preparing; /* what comes in answers no statement */
    struct cloacina_error error;
};

/* What one definition has to do with what is offered. */
struct offered {
    int64_t definition;
    char *mask; /* Owned, a bit a task; NULL: all bodies, or none */
    size_t mask_size;
    bool is_whole; /* a body for every task */
};

struct session {
    struct dal dal; /* first */
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    struct store_options options; /* what it points to is Borrowed */
    const char *url;              /* Borrowed */
    char schema[SESSION_NAME_SIZE];
    char channel[SESSION_NAME_SIZE];
    int64_t connect_timeout, statement_timeout;
    uint32_t version_before; /* of the schema, as it was found */

    PGconn *connection; /* Owned; NULL: there is none */
    size_t owed;        /* trips whose answers nobody waits for */
    int64_t retry_at;   /* monotonic: no attempt to connect before that */
    int64_t pause;      /* what retry_at grew by */

    struct parameters parameters; /* of the statement that is being made */
    struct trip trip;
    struct hash128 definitions[SESSION_DEFINITIONS]; /* ring */
    size_t definition_next;
    struct offered *offered; /* Owned */
    size_t offered_count, offered_capacity;
    struct hash128 offers; /* what `offered` was made from */
    bool has_asked;        /* for the definitions of these offers */

    void (*wake)(void *user);
    void *user;
    bool has_hint; /* came in with the answer of another call */
    bool is_alone; /* the last beat showed the own lease and no other */
};

struct session *session_of(struct dal *dal); /* asserts that it is one */

/* ---- connect.c ---- */

/* There is a connection, with everything prepared. UNAVAILABLE at once while a pause lasts. */
enum cloacina_code session_connect(struct session *session, struct cloacina_error *err) MUST_CHECK;
/* Gives the connection up. The next call makes a new one. */
void session_disconnect(struct session *session);
/* Waits until the socket can be read (or written, with `writes`). False: the deadline has come. */
bool session_wait(struct session *session, bool writes, int64_t deadline) MUST_CHECK;
/* Something has arrived, or the other end is gone. */
bool session_is_readable(const struct session *session);
/* Runs SQL outside of trips, several statements too. The last result is the caller's to clear. */
enum cloacina_code session_query(struct session *session, const char *sql, PGresult **ret_result,
                                 struct cloacina_error *err) MUST_CHECK;
/* The same when only success is of interest. */
enum cloacina_code session_run(struct session *session, const char *sql,
                               struct cloacina_error *err) MUST_CHECK;
/* Says what libpq or the server has against us, without passwords and line breaks. */
enum cloacina_code session_raise(const struct session *session, enum cloacina_code code,
                                 const char *message, struct cloacina_error *err);

/* ---- migrate.c ---- */

/* Brings the schema to the newest version, or says why not. */
enum cloacina_code session_migrate(struct session *session, struct cloacina_error *err) MUST_CHECK;
/* The schema has exactly the version that this library knows. */
enum cloacina_code session_check_version(struct session *session,
                                         struct cloacina_error *err) MUST_CHECK;

/* ---- trip.c ---- */
enum cloacina_code trip_begin(struct session *session, struct cloacina_error *err) MUST_CHECK;
/* The next trip of an open transaction: the connection must be the same. */
void trip_continue(struct session *session);
/* The parameters of a statement, empty. */
struct parameters *trip_parameters(struct session *session, enum statement statement);
void trip_send(struct session *session, enum statement statement); /* with session->parameters */
void trip_send_plain(struct session *session, enum statement statement); /* without any */
/* OK, or why nothing of the trip is in the store; UNKNOWN: it may be. An open transaction is rolled
 * back after a failure. */
enum cloacina_code trip_end(struct session *session, struct cloacina_error *err) MUST_CHECK;
/* Of the first such statement of the last trip, which ended well. */
const PGresult *trip_result(const struct session *session, enum statement statement);
/* Sends a statement of its own whose answer nobody waits for. */
void trip_send_away(struct session *session, const char *name, const char *sql);
/* Takes in what has arrived, without waiting. False: the connection is gone. */
bool trip_take_in(struct session *session) MUST_CHECK;
/* Waits for the answers to what connect.c has sent. */
enum cloacina_code trip_settle(struct session *session, struct cloacina_error *err) MUST_CHECK;
void trip_finish(struct session *session);

/* ---- reply.c: binary values of a result ---- */
size_t reply_rows(const PGresult *result);
bool reply_is_null(const PGresult *result, size_t row, int column);
int64_t reply_number(const PGresult *result, size_t row, int column); /* NULL: 0 */
struct id reply_id(const PGresult *result, size_t row, int column);
struct text reply_text(const PGresult *result, size_t row, int column); /* Borrowed */
/* A copy in the arena, NUL-terminated, NULL for NULL. False: no memory. */
bool reply_words(const PGresult *result, size_t row, int column, struct arena *arena,
                 const char **ret_words) MUST_CHECK;
bool reply_text_copy(const PGresult *result, size_t row, int column, struct arena *arena,
                     struct text *ret_text) MUST_CHECK;

/* ---- write.c: rows of writes, as statements of an open trip ---- */
void write_executions(struct session *session, const struct dal_write *writes, size_t count);
void write_rows(struct session *session, const struct dal_write *writes, size_t count);
void write_unseen(struct session *session, const struct dal_write *write);
void write_unseen_tasks(struct session *session, const struct dal_write *write, uint32_t first,
                        uint32_t count);
size_t write_row_count(const struct dal_write *write);
size_t write_size(const struct dal_write *write); /* bytes, roughly */

/* ---- commit.c ---- */
void postgres_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                     enum cloacina_code *ret_answers);
enum cloacina_code postgres_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                          struct changeset *(*redo)(void *user,
                                                                    const struct feed *feed),
                                          void *user, struct cloacina_error *err) MUST_CHECK;
/* One batch in one transaction. `*ret_is_of_rows`: halve it. */
enum cloacina_code commit_batch(struct session *session, const struct dal_write *writes,
                                size_t count, enum cloacina_code *ret_answers,
                                bool *ret_is_of_rows) MUST_CHECK;

/* ---- submit.c ---- */

/* The definitions of the writes are in the store. */
enum cloacina_code submit_definitions(struct session *session, const struct dal_write *writes,
                                      size_t count, bool *ret_is_of_rows) MUST_CHECK;
/* A submission that a batch did not insert: why? OK: try it again. */
enum cloacina_code submit_judge(struct session *session, const struct dal_write *write) MUST_CHECK;
/* One that is larger than a transaction. */
enum cloacina_code submit_in_slices(struct session *session,
                                    const struct dal_write *write) MUST_CHECK;

/* ---- poll.c, offers.c ---- */
enum cloacina_code postgres_poll(struct dal *dal, const struct dal_poll *request,
                                 struct arena *arena, struct dal_poll_reply *ret_reply,
                                 struct cloacina_error *err) MUST_CHECK;
/* Forgets what was resolved for other offers. */
void offers_use(struct session *session, const struct dal_poll *request);
/* Asks for definitions of what is offered that are not resolved yet. */
void offers_ask(struct session *session, const struct dal_poll *request);
/* Resolves the answer. True: there is something that was not known before. */
bool offers_learn(struct session *session, const struct dal_poll *request);
/* The first three parameters of a statement over claimable tasks. */
void offers_put(const struct session *session, struct parameters *parameters);
void offers_forget(struct session *session);

/* ---- lease.c ---- */
enum cloacina_code postgres_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                       int64_t *ret_now, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                        struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_leases(struct dal *dal, struct arena *arena,
                                   struct dal_lease **ret_leases, size_t *ret_count,
                                   int64_t *ret_now, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_claims(struct dal *dal, uint64_t lease, size_t limit,
                                   struct arena *arena, struct dal_claimed **ret_claims,
                                   size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
/* The rows of STATEMENT_LEASES. */
bool lease_read(const PGresult *result, struct arena *arena, struct dal_lease **ret_leases,
                size_t *ret_count) MUST_CHECK;

/* ---- feed.c ---- */
enum cloacina_code postgres_load(struct dal *dal, struct id id, struct arena *arena,
                                 struct dal_snapshot *ret_snapshot,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_refresh(struct dal *dal, struct id id, uint64_t revision,
                                    struct arena *arena, struct feed *ret_feed,
                                    struct cloacina_error *err) MUST_CHECK;
/* The questions behind a refresh, and what their answers say. */
void feed_ask(struct session *session, struct id id, uint64_t revision);
enum cloacina_code feed_read(struct session *session, struct id id, struct arena *arena,
                             struct feed *ret_feed, struct cloacina_error *err) MUST_CHECK;
/* EXECUTION_COLUMNS. INVALID: what stands there is no execution. */
enum cloacina_code feed_read_execution(const PGresult *result, size_t row, struct arena *arena,
                                       struct execution_row *ret_row,
                                       struct cloacina_error *err) MUST_CHECK;
enum { FEED_TASK_COUNT = 14, FEED_AFTER = 15 }; /* columns: of the definition, the first behind */

/* ---- query.c ---- */
enum cloacina_code postgres_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                        uint64_t *ret_revision,
                                        struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_events(struct dal *dal, struct id id, uint64_t after_revision,
                                   size_t limit, struct arena *arena, struct event_row **ret_events,
                                   size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_executions(struct dal *dal, const struct dal_question *question,
                                       struct arena *arena, struct dal_listed **ret_listed,
                                       size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                       struct text *ret_json,
                                       struct cloacina_error *err) MUST_CHECK;
enum cloacina_code no_execution_raise(struct id id, struct cloacina_error *err);
enum cloacina_code no_memory_raise(struct cloacina_error *err);
/* A single reading statement, whose parameters are made. */
enum cloacina_code query_ask(struct session *session, enum statement statement,
                             const PGresult **ret_result, struct cloacina_error *err) MUST_CHECK;

/* ---- remove.c ---- */
enum cloacina_code postgres_remove(struct dal *dal, struct id id,
                                   struct cloacina_error *err) MUST_CHECK;
enum cloacina_code postgres_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                         size_t *ret_removed,
                                         struct cloacina_error *err) MUST_CHECK;
/* The statements that delete executions whose revision is at most `revision_max`. */
void remove_send(struct session *session, const struct id *ids, size_t count, int64_t before,
                 int64_t revision_max);

/* ---- notify.c ---- */
void postgres_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user);
int postgres_descriptor(struct dal *dal);
void postgres_take_hints(struct dal *dal);
/* After a commit: tells the others, if there are any who may want what it left. */
void notify_others(struct session *session, const struct dal_write *writes, size_t count,
                   const enum cloacina_code *answers);
/* Sets aside what the server has told in between. */
void notify_collect(struct session *session);
void notify_name(struct session *session);   /* the channel of the schema */
void notify_listen(struct session *session); /* on a new connection */

#endif
