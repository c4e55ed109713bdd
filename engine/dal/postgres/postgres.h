/* SPDX-License-Identifier: Apache-2.0 */
/* postgres.h - the store for many runners on many machines: a schema of a PostgreSQL database.
 *
 * One session is one connection, non-blocking under the hood, with a deadline for every round trip.
 * A connection that breaks is made anew by the next call, after a pause that doubles from 100 ms to
 * 10 s; until then calls answer UNAVAILABLE at once. Nothing here sleeps.
 *
 * Promises by durability: FULL loses nothing that was acknowledged; NORMAL (synchronous_commit off)
 * comes back after a crash of the server as a prefix of the commits.
 *
 * Text that PostgreSQL cannot keep, which is anything but UTF-8 without NUL, occurs in error texts,
 * reasons and names of runners only (JSON escapes NUL): there each such byte becomes U+FFFD.
 *
 * Private to this room: libpq types never leave it. */
#ifndef DAL_POSTGRES_POSTGRES_H
#define DAL_POSTGRES_POSTGRES_H

#include "dal/dal.h"
#include "dal/store.h"

/* Connects, creates and migrates as store.h says. `url` is the whole of it, scheme included, and
 * Borrowed for as long as the store lives, as everything in `options` is. */
enum cloacina_code postgres_open(const struct store_options *options, const char *url,
                                 struct dal **ret_dal, struct cloacina_error *err) MUST_CHECK;

#endif
