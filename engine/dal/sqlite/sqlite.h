/* SPDX-License-Identifier: Apache-2.0 */
/* sqlite.h - the embedded store: one file, durable, used by one process or by several.
 *
 * WAL journal, foreign keys, STRICT tables; pragmas on every connection. Only SQLite opens the
 * file. Writers of several processes queue at a lock file beside it ("<path>-turnstile"), then
 * BEGIN IMMEDIATE: the busy handler alone lets one of two starve. The lock file is opened and
 * locked through SQLite's own VFS, and whoever waits sleeps through it: a simulated disk sees
 * everything.
 *
 * Promises by `synchronous`: FULL loses nothing that was acknowledged; NORMAL comes back after a
 * power cut as a prefix of the commits (a crash of the process alone loses nothing with either).
 *
 * Private to this room: sqlite3 types never leave it, but for the name of a VFS. */
#ifndef DAL_SQLITE_SQLITE_H
#define DAL_SQLITE_SQLITE_H

#include <cloacina/clock.h>

#include "dal/dal.h"
#include "dal/store.h"

/* Opens (and creates, and migrates) as store.h says. `path` is what stands behind the scheme:
 * ":memory:", a file name, or a URI "file:...". */
enum cloacina_code sqlite_open(const struct store_options *options, const char *path,
                               struct dal **ret_dal, struct cloacina_error *err) MUST_CHECK;

#endif
