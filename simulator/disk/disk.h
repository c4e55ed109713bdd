/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h - a disk in memory: files, their names, and what of both a power cut would leave.
 *
 *   write --> bytes as everybody sees them (the page cache)
 *         \-> changes: what was there before, newest last --sync--> forgotten: it is durable
 *                                                         \--power cut--> each one is dropped,
 *                                                                         kept, or torn
 *
 * Between two syncs nothing is promised about the order in which changes reach the medium: any
 * subset of them may be there, and of a write any subset of its sectors. A name that was made or
 * deleted since the last sync of the directory is a change like any other. A new file's bytes
 * beyond what was written are zero.
 *
 * A file is like an inode: it lives while it has a name, could get it back by a power cut, or is
 * open.
 * Law: no time, no chance, no order by address. What goes wrong is decided by those who ask for
 * it. */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"

/* What a device writes as one: a write can be torn between two of these. */
enum { DISK_SECTOR = 512 };

/* Longer names are refused. */
enum { DISK_NAME_MAX = 63 };

/* One write or truncation since the last sync of its file. */
struct disk_change {
    size_t offset;
    size_t length;
    size_t size_before; /* of the file */
    size_t size_after;
    size_t old; /* where in the file's `old` the bytes stand that were there before */
    bool is_truncation;
};

struct disk_shared; /* shared.h */

struct disk_file {
    struct disk_file *next;       /* the next younger one */
    uint64_t number;              /* from 1, in the order of creation */
    char name[DISK_NAME_MAX + 1]; /* empty: it never had one */
    bool is_named;                /* it can be found by its name now */
    bool is_durably_named;        /* and could after a power cut that drops everything */
    size_t opened;                /* how often it is open */
    unsigned char *bytes;         /* Owned; those behind `size` are zero */
    size_t size, capacity;        /* of the bytes */
    struct disk_change *changes;  /* Owned; since the last sync */
    size_t change_count, change_capacity;
    unsigned char *old; /* Owned; bytes that the changes replaced */
    size_t old_size, old_capacity;
    struct disk_handle *handles; /* Borrowed: those that are open, the newest first; vfs.h */
    struct disk_shared *shared;  /* Borrowed from the handles that have it; NULL: nobody has */
};

/* Owned by the caller. Read freely; changed by the calls below only. */
struct disk {
    struct cloacina_heap *heap;     /* Borrowed */
    struct disk_file *first, *last; /* Owned; the oldest first */
    uint64_t files_made;            /* ever */
    uint64_t names_changed;         /* how often a name was made, deleted, lost or found */
    uint64_t cuts;                  /* of power */
    bool has_afterlife;             /* dead code is running: client.h */
    bool is_lying;                  /* a sync does nothing, and says that it did: for tests */
};

/* Allocates nothing. `heap` NULL: the system heap. */
void disk_init(struct disk *disk, struct cloacina_heap *heap);

/* Every file must have been closed. */
void disk_finish(struct disk *disk);

/* Makes an empty disk one with the same names and bytes as `image`, all of it durable. False: no
 * memory. */
bool disk_copy(struct disk *disk, const struct disk *image) MUST_CHECK;

/* ---- names ---- */

/* NULL: there is none of that name. */
struct disk_file *disk_find(const struct disk *disk, const char *name);

/* A new, empty file; NULL name: one without a name, which is gone when it is closed. NULL: no
 * memory, or the name is too long. There is none of that name. */
struct disk_file *disk_make(struct disk *disk, const char *name) MUST_CHECK;

/* Takes its name away. */
void disk_delete(struct disk *disk, struct disk_file *file);

/* Makes all names durable. */
void disk_sync_names(struct disk *disk);

/* Opened once more, or once less. */
void disk_file_open(struct disk_file *file);
void disk_file_close(struct disk *disk, struct disk_file *file);

/* ---- bytes ---- */

/* What there is of `length` bytes from `offset` on; the rest is zero. Returns how many were
 * there. */
size_t disk_read(const struct disk_file *file, size_t offset, void *ret_bytes, size_t length);

/* False: no memory, and nothing was done. */
bool disk_write(struct disk *disk, struct disk_file *file, size_t offset, const void *bytes,
                size_t length) MUST_CHECK;
bool disk_truncate(struct disk *disk, struct disk_file *file, size_t size) MUST_CHECK;

/* Makes the bytes and the size of a file durable; not its name. */
void disk_sync(struct disk *disk, struct disk_file *file);

/* ---- a power cut: power.c ---- */

/* What a power cut leaves: 0 = of everything that was not synced nothing, 1 = all of it, any
 * other number: a mixture of its own. */
enum { DISK_CUT_DROPS = 0, DISK_CUT_KEEPS = 1 };

/* Afterwards everything is durable, and whatever is open is dead. The caller kills the clients. */
void disk_cut_power(struct disk *disk, uint64_t variant);

/* ---- between the files of this room ---- */

/* Sets the bytes of a file, and its size. The room for them is there. */
void disk_put_bytes(struct disk_file *file, size_t offset, const unsigned char *bytes,
                    size_t length);
void disk_cut_bytes(struct disk_file *file, size_t size);

/* Frees the file if nothing keeps it. */
void disk_drop(struct disk *disk, struct disk_file *file);

#endif
