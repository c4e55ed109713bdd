/* SPDX-License-Identifier: Apache-2.0 */
/* lock.c - locks of files: many read, one prepares to write, one writes.
 *
 *   NONE -> SHARED -> RESERVED -> (PENDING) -> EXCLUSIVE
 *           many      one, beside   one: no     one alone
 *                     readers       new readers
 *
 * Law: a lock that cannot be had at once is BUSY; who waits, waits outside. */
#include "disk/handle.h"

static struct disk_handle *handle_of(sqlite3_file *base)
{
    return (struct disk_handle *)base;
}

/* The highest lock that somebody else has. */
static int level_of_others(const struct disk_handle *handle)
{
    int highest = SQLITE_LOCK_NONE;
    for (const struct disk_handle *other = handle->file->handles; other != NULL;
         other = other->next) {
        if (other != handle && handle_counts(other) && other->level > highest) {
            highest = other->level;
        }
    }
    return highest;
}

/* With PENDING nobody new can read; the lock is there when the last reader has gone. */
static int lock_alone(struct disk_handle *handle, int others)
{
    if (others > SQLITE_LOCK_SHARED) {
        return SQLITE_BUSY;
    }
    handle->level = others == SQLITE_LOCK_NONE ? SQLITE_LOCK_EXCLUSIVE : SQLITE_LOCK_PENDING;
    return others == SQLITE_LOCK_NONE ? SQLITE_OK : SQLITE_BUSY;
}

static int lock(struct disk_handle *handle, int level)
{
    int others = level_of_others(handle);
    if (level == SQLITE_LOCK_EXCLUSIVE) {
        return lock_alone(handle, others);
    }
    bool is_free =
        level == SQLITE_LOCK_SHARED ? others <= SQLITE_LOCK_RESERVED : others <= SQLITE_LOCK_SHARED;
    if (is_free) {
        handle->level = level;
    }
    return is_free ? SQLITE_OK : SQLITE_BUSY;
}

/* A ghost reads beside everybody and never writes. */
static int lock_as_ghost(struct disk_handle *handle, int level)
{
    if (level > SQLITE_LOCK_SHARED) {
        return SQLITE_BUSY;
    }
    handle->level = level;
    return SQLITE_OK;
}

int handle_lock(sqlite3_file *base, int level)
{
    struct disk_handle *handle = handle_of(base);
    enum disk_answer answer =
        handle_ask(handle->client, handle, (struct disk_call){DISK_LOCK, handle->kind, 0, 0});
    if (answer == DISK_FAILS || answer == DISK_DEAD) {
        return SQLITE_IOERR_LOCK;
    }
    if (handle->level >= level) {
        return SQLITE_OK;
    }
    return handle->client->is_ghost ? lock_as_ghost(handle, level) : lock(handle, level);
}

/* Giving back cannot fail. */
int handle_unlock(sqlite3_file *base, int level)
{
    struct disk_handle *handle = handle_of(base);
    (void)handle_ask(handle->client, handle, (struct disk_call){DISK_LOCK, handle->kind, 0, 0});
    if (handle->level > level) {
        handle->level = level;
    }
    return SQLITE_OK;
}

int handle_check_reserved(sqlite3_file *base, int *ret_is_reserved)
{
    struct disk_handle *handle = handle_of(base);
    enum disk_answer answer =
        handle_ask(handle->client, handle, (struct disk_call){DISK_LOCK, handle->kind, 0, 0});
    *ret_is_reserved = 0;
    if (answer == DISK_FAILS || answer == DISK_DEAD) {
        return SQLITE_IOERR_CHECKRESERVEDLOCK;
    }
    *ret_is_reserved =
        handle->level >= SQLITE_LOCK_RESERVED || level_of_others(handle) >= SQLITE_LOCK_RESERVED;
    return SQLITE_OK;
}
