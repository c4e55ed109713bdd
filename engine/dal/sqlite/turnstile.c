/* SPDX-License-Identifier: Apache-2.0 */
/* turnstile.c - whose turn it is to write.
 *
 *   many writers -> [turnstile: one] -> BEGIN IMMEDIATE -> writes -> COMMIT
 *                    held only until the transaction has begun
 *
 * SQLite alone lets whoever asks most often win: a writer that commits all the time starves one
 * that sleeps between its attempts. Here whoever has come through the turnstile is the next, and
 * whoever comes to a turnstile at which others wait lets them go first, once.
 *
 * The turnstile is a lock on a file of its own. SQLite's VFS gives it to one connection of one
 * process at a time, and the system takes it away from a process that dies:
 *   SHARED       I wait
 *   RESERVED     it is my turn
 *   EXCLUSIVE    ... and nobody waits; asked for only to learn that
 * The file has one byte, written when a commit leaves something that others may want: they watch
 * it (hint.c).
 * Law: nobody holds it while waiting for anything but the writer before. */
#include <string.h>

#include "dal/sqlite/store.h"

/* Short, since a commit is short; not so short that waiting costs the writer its processor. The
 * first pause at the turnstile is the longest: who has waited longer comes more often. */
enum { PAUSE_FIRST_US = 50, PAUSE_MAX_US = 1000, TURN_FIRST_US = 500, TURN_US = 200 };
enum { STANDSTILL_US = 1000000 }; /* far longer than a commit, and than any queue of writers */

void wait_begin(struct sqlite_store *store)
{
    int64_t now = cloacina_clock_monotonic(store->clock);
    store->deadline =
        now > INT64_MAX - store->busy_timeout_ns ? INT64_MAX : now + store->busy_timeout_ns;
    store->patience_us = store->busy_timeout_ns / 1000;
}

/* Two measures, since a test's clock may stand still while the sleep is real, or the reverse. Who has
 * waited so long that somebody must stand there (stopped, perhaps) asks ever less often. */
static bool pause_for(struct sqlite_store *store, int pause)
{
    if (store->patience_us <= 0 || cloacina_clock_monotonic(store->clock) >= store->deadline) {
        return false;
    }
    int64_t waited = store->busy_timeout_ns / 1000 - store->patience_us;
    if (waited > STANDSTILL_US) {
        pause = waited < 16 * STANDSTILL_US ? (int)(waited / 16) : STANDSTILL_US;
    }
    store->patience_us -= pause;
    (void)store->vfs->xSleep(store->vfs, pause);
    return true;
}

bool wait_pause(struct sqlite_store *store, int turn)
{
    int pause = turn > 4 ? PAUSE_MAX_US : PAUSE_FIRST_US << turn;
    return pause_for(store, pause);
}

enum cloacina_code turnstile_open(struct sqlite_store *store, struct cloacina_error *err)
{
    struct turnstile *turnstile = &store->turnstile;
    if (turnstile->path == NULL || turnstile->file != NULL) {
        return CLOACINA_OK;
    }
    size_t size = (size_t)store->vfs->szOsFile;
    sqlite3_file *file = heap_take_zeroed(store->heap, 1, size);
    if (file == NULL) {
        return fail_no_memory(store, err);
    }
    int opened = 0;
    int code = store->vfs->xOpen(store->vfs, turnstile->path, file,
                                 SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                 &opened);
    if (code == SQLITE_OK && (opened & SQLITE_OPEN_READONLY) != 0) {
        code = SQLITE_READONLY;
    }
    if (code == SQLITE_OK) {
        turnstile->file = file;
        return CLOACINA_OK;
    }
    if (file->pMethods != NULL) {
        (void)file->pMethods->xClose(file);
    }
    heap_give(store->heap, file, size);
    return cloacina_error_raise(err, fail_code(code), "store '%s': cannot open '%s': %s",
                                store->shown, turnstile->path, sqlite3_errstr(code));
}

void turnstile_close(struct sqlite_store *store)
{
    sqlite3_file *file = store->turnstile.file;
    if (file != NULL) {
        (void)file->pMethods->xClose(file);
        heap_give(store->heap, file, (size_t)store->vfs->szOsFile);
    }
    sqlite3_free_filename(store->turnstile.path);
    store->turnstile = (struct turnstile){.path = NULL};
}

/* One attempt. What it leaves when it is not our turn is SHARED, or nothing. */
static int attempt(sqlite3_file *file, bool is_first)
{
    const sqlite3_io_methods *methods = file->pMethods;
    int code = methods->xLock(file, SQLITE_LOCK_SHARED);
    if (code == SQLITE_OK) {
        code = methods->xLock(file, SQLITE_LOCK_RESERVED);
    }
    if (code == SQLITE_OK && is_first) {
        code = methods->xLock(file, SQLITE_LOCK_EXCLUSIVE);
        if (code != SQLITE_OK) { /* others wait */
            (void)methods->xUnlock(file, SQLITE_LOCK_NONE);
        }
    }
    return code;
}

enum cloacina_code turnstile_take(struct sqlite_store *store, struct cloacina_error *err)
{
    enum cloacina_code answer = turnstile_open(store, err);
    sqlite3_file *file = store->turnstile.file;
    if (answer != CLOACINA_OK || file == NULL) {
        return answer;
    }
    int code = attempt(file, true);
    int pause = TURN_FIRST_US;
    while ((code & 0xff) == SQLITE_BUSY && pause_for(store, pause)) {
        code = attempt(file, false);
        pause = TURN_US;
    }
    if (code != SQLITE_OK) {
        turnstile_give(store);
        return cloacina_error_raise(err, fail_code(code),
                                    "store '%s': it is not our turn to write: %s", store->shown,
                                    sqlite3_errstr(code));
    }
    return CLOACINA_OK;
}

void turnstile_give(struct sqlite_store *store)
{
    sqlite3_file *file = store->turnstile.file;
    if (file != NULL) {
        (void)file->pMethods->xUnlock(file, SQLITE_LOCK_NONE);
    }
}

void turnstile_tell(struct sqlite_store *store)
{
    sqlite3_file *file = store->turnstile.file;
    if (file != NULL) {
        (void)file->pMethods->xWrite(file, "\n", 1, 0); /* a lost hint costs a heartbeat */
    }
}
