/* SPDX-License-Identifier: Apache-2.0 */
/* handle.h - private: an open file as SQLite has it, its locks, and its part of shared memory.
 *
 *   handle.c  open and closed, dead and alive       lock.c    locks of files
 *   shared.c  the wal-index and its locks           client.c  the VFS itself
 *
 * The wal-index of a database file is memory that all handles share which have asked for it. It is
 * new for whoever asks while no living one has it: so a process that comes after a crash finds
 * nothing, as on a real system. */
#ifndef DISK_HANDLE_H
#define DISK_HANDLE_H

#include <sqlite3.h>

#include "disk/client.h"

struct disk_shared {
    size_t opened;           /* handles that have it */
    unsigned char **regions; /* Owned; each Owned, DISK_REGION_SIZE bytes */
    size_t count, capacity;
    unsigned char *saved; /* Owned; while dead code runs: a copy of all regions */
    size_t saved_count;   /* regions in it */
};

enum { DISK_REGION_SIZE = 32768 };

struct disk_handle {
    sqlite3_file base; /* first */
    struct disk_client *client;
    struct disk_file *file;
    struct disk_handle *next; /* of the same file */
    enum disk_kind kind;
    bool is_dead;
    bool is_deleted_on_close;
    bool syncs_names;           /* its first sync makes names durable too: it is a journal */
    int level;                  /* SQLITE_LOCK_NONE to SQLITE_LOCK_EXCLUSIVE */
    struct disk_shared *shared; /* NULL: it has not asked; a ghost's own copy */
    unsigned shared_locks;      /* bit i: slot i, with others */
    unsigned exclusive_locks;   /* bit i: slot i, alone */
    unsigned char header[48];   /* of the wal-index, when its client was last heard of */
};

/* The handles of a file that somebody else's lock can collide with: alive, and no ghosts. */
static inline bool handle_counts(const struct disk_handle *handle)
{
    return !handle->is_dead && !handle->client->is_ghost;
}

/* Puts the handle at its file, which is opened by it; and takes it off. */
void handle_attach(struct disk_handle *handle);
void handle_detach(struct disk_handle *handle);

/* Its locks drop, its calls fail from now on. */
void handle_die(struct disk_handle *handle);
void handles_die(struct disk_file *file);

/* Asks for the client what becomes of the call. What its writer has made visible is told first. */
enum disk_answer handle_ask(struct disk_client *client, const struct disk_handle *handle,
                            struct disk_call call);

/* ---- lock.c: as sqlite3_io_methods has them ---- */

int handle_lock(sqlite3_file *base, int level);
int handle_unlock(sqlite3_file *base, int level);
int handle_check_reserved(sqlite3_file *base, int *ret_is_reserved);

/* ---- shared.c ---- */

int handle_shared_map(sqlite3_file *base, int region, int size, int extends,
                      void volatile **ret_region);
int handle_shared_lock(sqlite3_file *base, int first, int count, int flags);
void handle_shared_barrier(sqlite3_file *base);
int handle_shared_unmap(sqlite3_file *base, int is_deleted);

/* Does the wal-index say something new since the client was last heard of, and is it whole? */
bool handle_has_news(struct disk_handle *handle);

#endif
