/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - a store by its URL: of which kind it is, and opening it.
 *
 *     memory://                              rows of this process, gone with it
 *     sqlite://app.db  sqlite:///var/app.db  a file; also app.db ./app ../app /var/app file:...
 *     :memory:  sqlite://:memory:            SQLite without a file, private to this session
 *     postgres://user:password@host:port/database?every=libpq&parameter
 *     postgresql://...                       the same
 *
 * A bare name is SQLite's when it starts with '/', './', '../' or 'file:', or ends in '.db',
 * '.sqlite' or '.sqlite3'. Of the parameters of an SQLite URL, `synchronous=full|normal` is live;
 * others are accepted without effect (logged once). Everything else is INVALID, and the message
 * says what would be right. No message, log line or answer ever shows a password.
 *
 * One session per call: what comes back is used by one thread at a time. */
#ifndef DAL_STORE_H
#define DAL_STORE_H

#include <cloacina/clock.h>
#include <cloacina/log.h>

#include "dal/dal.h"

enum store_kind { STORE_MEMORY = 1, STORE_SQLITE, STORE_POSTGRES };

/* Which promise `acknowledged` gives after a power cut. */
enum store_durability {
    STORE_DURABILITY_DEFAULT = 0, /* what the URL says; else FULL */
    STORE_DURABILITY_FULL,        /* everything that was acknowledged is there */
    STORE_DURABILITY_NORMAL       /* a prefix of the commits is there */
};

/* All-zero but for `url` means the defaults. Everything Borrowed outlives the store. */
struct store_options {
    const char *url;              /* required */
    struct cloacina_heap *heap;   /* NULL: the system heap */
    struct cloacina_clock *clock; /* NULL: the system's. SQLite's store time, and all deadlines */
    struct cloacina_log *log;     /* NULL: silence */
    const char *schema;           /* PostgreSQL: the tenant's schema; NULL: public */
    enum store_durability durability;
    int64_t busy_timeout_ns;    /* waiting for other writers; default 30 s, then UNAVAILABLE */
    int64_t connect_timeout_ns; /* PostgreSQL; default 10 s */
    int64_t
        statement_timeout_ns; /* PostgreSQL: one round trip; default 30 s, then the connection is
                                     given up: UNKNOWN for writes, UNAVAILABLE else */
    bool must_exist;          /* do not create what is not there: NOT_FOUND */
    bool without_migration;   /* INVALID when the schema is older than this library's */
    const char *vfs;          /* SQLite: the name of a registered VFS; NULL: the system's */
    /* Called before each statement that is sent, for tests that interleave sessions; NULL: nothing.
     * PostgreSQL then sends one statement at a time instead of a pipeline. */
    void (*gate)(void *user, const char *statement);
    void *gate_user;
    /* Both may be NULL. Written when it was opened: the version of the schema that was found (0:
     * none) and the one it has now. Memory has none: 0, 0. */
    uint32_t *ret_version_before;
    uint32_t *ret_version;
};

/* Opens it: connects, creates and migrates. Blocks. INVALID: the URL, another program's database, a
 * newer schema, a bad schema name; NOT_FOUND; UNAVAILABLE: nobody answers; IO: the file cannot be
 * read or written. The message names the database (without its password) and the reason. */
enum cloacina_code store_open(const struct store_options *options, struct dal **ret_dal,
                              struct cloacina_error *err) MUST_CHECK;

/* The kind of an URL, and what stands behind the scheme. INVALID as above. `*ret_rest` is Borrowed
 * from `url`. */
enum cloacina_code store_kind_of(const char *url, enum store_kind *ret_kind, const char **ret_rest,
                                 struct cloacina_error *err) MUST_CHECK;

/* The URL as it may be shown: "postgres://user:***@host/db". Appended to `ret_text`. */
void store_url_show(const char *url, struct text_builder *ret_text);

#endif
