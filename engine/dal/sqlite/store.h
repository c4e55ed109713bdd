/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - private to dal/sqlite: one session, and which file makes which call.
 *
 *   sqlite_store --+-- db, statements         the connection
 *                  +-- turnstile              whose turn it is to write
 *                  +-- numbers, definitions   what is remembered of the file
 *                  `-- hints                  whether somebody else wrote
 *
 * Law: a call begins no transaction that it does not end, whatever happens in between. */
#ifndef DAL_SQLITE_STORE_H
#define DAL_SQLITE_STORE_H

#include "dal/sqlite/sqlite.h"
#include "dal/sqlite/statement.h"

/* The limits of one transaction; a single write may be over them, since it is atomic. */
enum { TRANSACTION_ROWS_MAX = 4096, TRANSACTION_BYTES_MAX = 8 * 1024 * 1024 };

/* One step through at a time; see turnstile.c. */
struct turnstile {
    char *path;         /* Owned, made by sqlite3_create_filename; NULL: nobody else can write */
    sqlite3_file *file; /* Owned; NULL: not open yet */
};

/* id -> short number and revision of executions, of those used last; see number.c. */
enum { NUMBERS_MAX = 4096 };
struct known_number {
    struct id id;
    int64_t number;    /* 0: the place is empty */
    uint64_t revision; /* in the file as it was at `version` */
    int64_t version;
};

/* number -> definition, of those used last; see definition.c. */
enum { DEFINITIONS_MAX = 64 };
struct known_definition {
    int64_t number;            /* 0: the place is empty */
    struct workflow *workflow; /* Owned reference */
};

struct hints {
    int descriptor;  /* Owned; -1: none */
    int64_t version; /* data_version when they were last taken in */
    void (*wake)(void *user);
    void *user;
};

struct sqlite_store {
    struct dal dal; /* first */
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    struct cloacina_log *log;
    void (*gate)(void *user, const char *statement);
    void *gate_user;
    sqlite3 *db;      /* Owned */
    sqlite3_vfs *vfs; /* of the file; static */
    char *shown;      /* Owned: the name of the database in messages */
    size_t shown_size;
    bool is_private;   /* ":memory:": nobody else sees it */
    bool uses_inotify; /* the file is in the system's own file system */
    bool is_writing;   /* a write transaction is open */
    bool is_news;      /* it leaves something that others may want: tell them behind it */
    int64_t busy_timeout_ns;
    int64_t deadline;         /* monotonic: of the present wait for other writers */
    int64_t patience_us;      /* how much longer it may sleep */
    int64_t newest;           /* no store time told by this session is older */
    int64_t version;          /* data_version when it was asked last */
    int64_t ready_last;       /* the largest ready_order in this transaction; -1: not asked yet */
    int64_t bytes;            /* written in this transaction: texts */
    struct text_builder text; /* Owned scratch: the JSON of a delta */
    void *scratch;            /* Owned: candidates of a poll, places in the Ready queue */
    size_t scratch_capacity;  /* bytes */
    struct statement statements[STATEMENT_COUNT];
    struct turnstile turnstile;
    struct known_number *numbers; /* Owned, NUMBERS_MAX; NULL: nothing is remembered */
    struct known_definition definitions[DEFINITIONS_MAX];
    struct hints hints;
};

struct sqlite_store *sqlite_store_of(struct dal *dal); /* asserts that it is one */

/* fail.c: the one place that knows SQLite's codes. */
enum cloacina_code fail_code(int code) MUST_CHECK;
/* Raises what SQLite says about its last call, which answered `code`. */
enum cloacina_code fail_with(struct sqlite_store *store, int code,
                             struct cloacina_error *err) MUST_CHECK;
enum cloacina_code fail_no_memory(struct sqlite_store *store,
                                  struct cloacina_error *err) MUST_CHECK;
/* INVALID: a row that nobody could have written. `task` TASK_NONE: the row of the execution. */
enum cloacina_code fail_damaged(struct sqlite_store *store, const char *table, int64_t execution,
                                uint32_t task, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code fail_no_execution(struct sqlite_store *store, struct id id,
                                     struct cloacina_error *err) MUST_CHECK;

/* turnstile.c */
/* Sets the deadline of a wait that begins now. */
void wait_begin(struct sqlite_store *store);
/* Sleeps a little for the `turn`-th time; false: it has lasted too long. */
bool wait_pause(struct sqlite_store *store, int turn);
enum cloacina_code turnstile_take(struct sqlite_store *store,
                                  struct cloacina_error *err) MUST_CHECK;
void turnstile_give(struct sqlite_store *store);
/* Opens the file of the turnstile if that was not done yet. */
enum cloacina_code turnstile_open(struct sqlite_store *store,
                                  struct cloacina_error *err) MUST_CHECK;
void turnstile_close(struct sqlite_store *store);
/* Changes the file of the turnstile: whoever watches it hears that there is news. */
void turnstile_tell(struct sqlite_store *store);

/* transaction.c */
enum cloacina_code transaction_read(struct sqlite_store *store,
                                    struct cloacina_error *err) MUST_CHECK;
enum cloacina_code transaction_write(struct sqlite_store *store,
                                     struct cloacina_error *err) MUST_CHECK;
/* Ends it either way: with OK it is committed, else undone. Returns `code`, or what the commit said:
 * UNKNOWN when nobody can tell. */
enum cloacina_code transaction_end(struct sqlite_store *store, enum cloacina_code code,
                                   struct cloacina_error *err) MUST_CHECK;
/* Store time; never older than any that was told before. Inside of a write transaction it is
 * remembered in the file. */
enum cloacina_code transaction_time(struct sqlite_store *store, int64_t *ret_now,
                                    struct cloacina_error *err) MUST_CHECK;

/* Brings store->version up to date: it changes when somebody else has committed. */
enum cloacina_code transaction_version(struct sqlite_store *store,
                                       struct cloacina_error *err) MUST_CHECK;

/* migrate.c: is it ours; then as this library wants it. */
enum cloacina_code migrate(struct sqlite_store *store, const struct store_options *options,
                           struct cloacina_error *err) MUST_CHECK;

/* number.c */
/* 0: not remembered. What is remembered may have been removed since: the number is never used
 * again. */
int64_t number_recall(struct sqlite_store *store, struct id id);
void number_remember(struct sqlite_store *store, struct id id, int64_t number, uint64_t revision);
/* After an undone transaction, which may have given numbers, and after removals. */
void number_forget_all(struct sqlite_store *store);
/* The revision of an execution, if it is remembered and nobody else has written since
 * transaction_version was asked in this transaction. */
bool number_revision(struct sqlite_store *store, struct id id, uint64_t *ret_revision);
/* What the file says about an execution; NOT_FOUND. */
struct found_execution {
    int64_t number;
    int64_t definition;
    uint64_t revision;
    struct stamp commit;
    uint8_t status;
};
enum cloacina_code number_find(struct sqlite_store *store, struct id id,
                               struct found_execution *ret_found,
                               struct cloacina_error *err) MUST_CHECK;
/* The same; an execution that is half written is there too, with revision 0. */
enum cloacina_code number_find_hidden(struct sqlite_store *store, struct id id,
                                      struct found_execution *ret_found,
                                      struct cloacina_error *err) MUST_CHECK;

/* definition.c */
/* Its number; it is written if it is new. Inside of a write transaction. */
enum cloacina_code definition_number(struct sqlite_store *store, const struct workflow *workflow,
                                     int64_t *ret_number, struct cloacina_error *err) MUST_CHECK;
/* Borrowed until the next call. */
enum cloacina_code definition_read(struct sqlite_store *store, int64_t number,
                                   const struct workflow **ret_workflow,
                                   struct cloacina_error *err) MUST_CHECK;
void definition_forget_all(struct sqlite_store *store);

/* put.c: the rows of one changeset, inside of a write transaction */
enum cloacina_code put_changeset(struct sqlite_store *store, int64_t execution,
                                 const struct changeset *changeset,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code put_events(struct sqlite_store *store, int64_t execution,
                              const struct changeset *changeset, size_t first, size_t end,
                              struct cloacina_error *err) MUST_CHECK;
enum cloacina_code put_deltas(struct sqlite_store *store, int64_t execution,
                              const struct changeset *changeset,
                              struct cloacina_error *err) MUST_CHECK;
/* The execution row, if its revision is the one before; CONFLICT. */
enum cloacina_code put_execution(struct sqlite_store *store, int64_t execution,
                                 const struct changeset *changeset,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code put_ready_last(struct sqlite_store *store,
                                  struct cloacina_error *err) MUST_CHECK;
/* status to completed_at: the columns that a row's statements share. */
void put_task_columns(struct statement *statement, const struct task_row *row);
/* Puts the columns of the execution row that change with a commit, but for the revision. */
void put_execution_columns(struct statement *statement, const struct execution_row *row);

/* commit.c */
void sqlite_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                   enum cloacina_code *ret_answers);
enum cloacina_code sqlite_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                        struct changeset *(*redo)(void *user,
                                                                  const struct feed *feed),
                                        void *user, struct cloacina_error *err) MUST_CHECK;

/* submit.c */
/* Rows that a write takes. */
size_t submission_weight(const struct dal_write *write);
/* Inside of a write transaction; EXISTS. */
enum cloacina_code submission_write(struct sqlite_store *store, const struct dal_write *write,
                                    struct cloacina_error *err) MUST_CHECK;
/* In transactions of its own, for what is too large for one. */
enum cloacina_code submission_slices(struct sqlite_store *store, const struct dal_write *write,
                                     struct cloacina_error *err) MUST_CHECK;

/* poll.c, claim.c */
enum cloacina_code sqlite_poll(struct dal *dal, const struct dal_poll *request, struct arena *arena,
                               struct dal_poll_reply *ret_reply,
                               struct cloacina_error *err) MUST_CHECK;
/* Inside of a transaction; true: there is at least one that a poll would claim. */
enum cloacina_code claim_is_possible(struct sqlite_store *store, const struct dal_poll *request,
                                     int64_t now, bool *ret_exists,
                                     struct cloacina_error *err) MUST_CHECK;
/* Inside of a write transaction. */
enum cloacina_code claim_ready(struct sqlite_store *store, const struct dal_poll *request,
                               int64_t now, struct arena *arena, struct dal_poll_reply *reply,
                               struct cloacina_error *err) MUST_CHECK;

/* lease.c */
enum cloacina_code sqlite_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                     int64_t *ret_now, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                      struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_leases(struct dal *dal, struct arena *arena,
                                 struct dal_lease **ret_leases, size_t *ret_count, int64_t *ret_now,
                                 struct cloacina_error *err) MUST_CHECK;
/* The beat and the list of a poll that asks for them; inside of a write transaction. */
enum cloacina_code beat_lease(struct sqlite_store *store, uint64_t lease, int64_t now,
                              struct arena *arena, struct dal_poll_reply *reply,
                              struct cloacina_error *err) MUST_CHECK;

/* get.c: rows of the file into rows of the engine, inside of a transaction */
enum cloacina_code get_execution(struct sqlite_store *store, int64_t execution, struct arena *arena,
                                 struct execution_row *ret_row,
                                 struct cloacina_error *err) MUST_CHECK;
/* Gets EXECUTION_COLUMNS; false: no memory. Ask is_damaged. */
bool get_execution_columns(struct statement *statement, struct arena *arena,
                           struct execution_row *ret_row) MUST_CHECK;
/* Gets TASK_COLUMNS; error is left in the statement. Ask is_damaged. */
uint32_t get_task_columns(struct statement *statement, struct task_row *ret_row,
                          struct text *ret_error);
enum cloacina_code get_everything(struct sqlite_store *store, int64_t execution,
                                  struct arena *arena, struct feed *ret_feed,
                                  struct cloacina_error *err) MUST_CHECK;
/* Of the tasks, those with an event after `revision`. */
enum cloacina_code get_feed(struct sqlite_store *store, int64_t execution, uint64_t revision,
                            struct arena *arena, struct feed *ret_feed,
                            struct cloacina_error *err) MUST_CHECK;

/* query.c, list.c */
enum cloacina_code sqlite_load(struct dal *dal, struct id id, struct arena *arena,
                               struct dal_snapshot *ret_snapshot,
                               struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_refresh(struct dal *dal, struct id id, uint64_t revision,
                                  struct arena *arena, struct feed *ret_feed,
                                  struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                      uint64_t *ret_revision,
                                      struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_events(struct dal *dal, struct id id, uint64_t after_revision,
                                 size_t limit, struct arena *arena, struct event_row **ret_events,
                                 size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_claims(struct dal *dal, uint64_t lease, size_t limit, struct arena *arena,
                                 struct dal_claimed **ret_claims, size_t *ret_count,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_executions(struct dal *dal, const struct dal_question *question,
                                     struct arena *arena, struct dal_listed **ret_listed,
                                     size_t *ret_count, struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_definition(struct dal *dal, struct text workflow, struct arena *arena,
                                     struct text *ret_json, struct cloacina_error *err) MUST_CHECK;

/* remove.c */
enum cloacina_code sqlite_remove(struct dal *dal, struct id id,
                                 struct cloacina_error *err) MUST_CHECK;
enum cloacina_code sqlite_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                       size_t *ret_removed, struct cloacina_error *err) MUST_CHECK;
/* A half-written or half-removed execution and what is beneath it, in transactions of its own. */
enum cloacina_code remove_hidden(struct sqlite_store *store, int64_t execution, int64_t definition,
                                 struct cloacina_error *err) MUST_CHECK;

/* hint.c */
void sqlite_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user);
int sqlite_descriptor(struct dal *dal);
void sqlite_take_hints(struct dal *dal);
void hint_close(struct sqlite_store *store);

#endif
