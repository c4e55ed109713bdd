/* SPDX-License-Identifier: Apache-2.0 */
/* subject.h - the store that is judged: a fresh one, with one or more sessions open.
 *
 *   subject_open(&subject, subject_kind(), 2)     an empty store, sessions[0] and sessions[1]
 *   subject_reopen(&subject, 1)                   what a durable store kept is what is there
 *   subject_close(&subject)                       nothing is left behind
 *
 * Two sessions of SQLite or PostgreSQL are two connections; of the memory store they are one object
 * twice. Store time is `now` where the store takes it from a clock of ours. */
#ifndef TESTS_CONTRACT_SUBJECT_H
#define TESTS_CONTRACT_SUBJECT_H

#include "clock/virtual.h"
#include "dal/dal.h"
#include "dal/store.h"

enum { SUBJECT_SESSIONS_MAX = 3, SUBJECT_TEXT_SIZE = 512 };

/* What meson gives to a program that was skipped. */
enum { SUBJECT_EXIT_SKIPPED = 77 };

/* Owned by the caller; read freely. Must not move while it is open. */
struct subject {
    enum store_kind kind;
    int64_t now; /* what the clock says; move it freely, forwards */
    struct virtual_clock clock;
    struct dal *sessions[SUBJECT_SESSIONS_MAX]; /* NULL: not open */
    char folder[SUBJECT_TEXT_SIZE];             /* SQLite: of the file */
    char url[SUBJECT_TEXT_SIZE];
    char schema[64];                      /* PostgreSQL */
    char names[SUBJECT_SESSIONS_MAX][64]; /* PostgreSQL: how the server calls the session */
    /* Before subject_open, for tests that interleave; else NULL. As in store.h. */
    void (*gate)(void *user, const char *statement);
    void *gate_users[SUBJECT_SESSIONS_MAX];
    const char *vfs;
    struct cloacina_heap *heap; /* of the first session (of the memory store: of all) */
};

/* That many, or what CONTRACT_PERCENT makes of it (in percent, at least 1): fewer for slow tools
 * like valgrind, more for a long search. */
size_t subject_share(size_t count);

/* From the arguments of a program: "memory" (also without any), "sqlite" or "postgres". Ends the
 * program when it is something else, or (skipped, saying why) when that store is not to be had. */
enum store_kind subject_kind_of(int argc, char **argv);

/* "memory", "sqlite", "postgres". */
const char *subject_kind_name(enum store_kind kind);

/* The clock of its store shows `now` (not PostgreSQL's: that is the server's). */
bool subject_has_our_clock(enum store_kind kind);

/* Fails the test when it does not work. `subject` is zero but for the fields that may be set
 * before. */
void subject_open(struct subject *subject, enum store_kind kind, size_t sessions);
void subject_close(struct subject *subject);

/* Closes one session and opens it again; of the memory store: nothing. */
void subject_reopen(struct subject *subject, size_t session);

#endif
