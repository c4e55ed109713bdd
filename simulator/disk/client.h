/* SPDX-License-Identifier: Apache-2.0 */
/* client.h - one process that uses a disk through SQLite: a VFS of its own, and whoever decides
 * what becomes of its calls.
 *
 *   SQLite --call--> VFS --may it?--> host      go on | I/O error | full | dead
 *                     \--then------> disk, locks, shared memory
 *
 * Each client stands for a process: its locks are its own, and when it dies they drop at that
 * instant and its open files are dead, while what it wrote stays. A client without a host is never
 * refused.
 *
 * A *ghost* is a client that only looks and that nobody can notice: it holds no lock that others
 * feel, its wal-index is a private copy, what it would make or change is not made or changed.
 *
 * Laws: what a dead client calls does nothing and fails. A host is asked before anything has
 * happened, and may let any other client act before it answers. */
#ifndef DISK_CLIENT_H
#define DISK_CLIENT_H

#include "disk/disk.h"

struct disk_client;

/* What a call does. */
enum disk_operation {
    DISK_OPEN,   /* of a file, which may be made */
    DISK_DELETE, /* of a name */
    DISK_FIND,   /* whether there is such a name */
    DISK_READ,
    DISK_WRITE,
    DISK_TRUNCATE,
    DISK_SYNC,
    DISK_SIZE,
    DISK_LOCK,  /* of a file, and checking or giving back one */
    DISK_SHARE, /* a part of the shared memory is mapped, locked or unlocked; or a barrier */
    DISK_OPERATIONS
};

/* What kind of file it is about. */
enum disk_kind {
    DISK_DATABASE,
    DISK_WAL,     /* the write-ahead log */
    DISK_JOURNAL, /* rollback journals; and lock files, which are opened as such */
    DISK_SCRATCH, /* without a name */
    DISK_KINDS
};

struct disk_call {
    enum disk_operation operation;
    enum disk_kind kind;
    size_t offset, length; /* of reads and writes; the new size of a truncation */
};

enum disk_answer {
    DISK_GO_ON,
    DISK_FAILS, /* I/O error: a write may have written a part, a sync has synced nothing */
    DISK_FULL,  /* a write or truncation that makes a file larger finds no space; others go on */
    DISK_DEAD   /* the client has died in this call */
};

/* Embed first. All slots are required. */
struct disk_host;
struct disk_host_impl {
    /* Before each call of a client. It may wait, and let other clients go first. */
    enum disk_answer (*ask)(struct disk_host *host, struct disk_client *client,
                            const struct disk_call *call);
    /* Time passes for the client. */
    void (*sleep)(struct disk_host *host, struct disk_client *client, int64_t duration_ns);
    /* Nanoseconds since 1970. */
    int64_t (*now)(struct disk_host *host, struct disk_client *client);
    /* A commit of the client can be seen by others from now on (or a writer has found one that
     * nobody could see before). It may not wait. */
    void (*wrote)(struct disk_host *host, struct disk_client *client);
};
struct disk_host {
    const struct disk_host_impl *impl;
};

/* Room for "disk-" and two numbers. */
enum { DISK_VFS_NAME_SIZE = 48 };

/* Owned by the caller; stays where it is. */
struct disk_client {
    struct disk *disk;      /* Borrowed */
    struct disk_host *host; /* Borrowed; NULL: nothing goes wrong, time stands still */
    uint32_t number;        /* from the caller: who it is */
    bool is_ghost;
    bool is_dead;
    uint64_t calls;                /* of its VFS, ever */
    struct disk_handle *writer;    /* Borrowed: of a database that it may write now; NULL: none */
    struct sqlite3_vfs *vfs;       /* Owned */
    char name[DISK_VFS_NAME_SIZE]; /* of the VFS, for SQLite */
};

struct disk_client_options {
    struct disk_host *host;
    uint32_t number;
    bool is_ghost;
};

/* Registers a VFS, by a name that nobody else in the process has. False: no memory. */
bool disk_client_init(struct disk_client *client, struct disk *disk,
                      const struct disk_client_options *options) MUST_CHECK;
/* Its files are closed. One that was never made (all-zero) is fine. */
void disk_client_finish(struct disk_client *client);

/* What SQLite draws by itself (salts of its log) is the same after each call of this: in the whole
 * process, whoever draws it. */
void disk_clients_seed(void);

/* It dies now: its locks drop, its open files are dead. They must still be closed. */
void disk_client_kill(struct disk_client *client);

/* A new process in its place: what is opened from now on works. */
void disk_client_revive(struct disk_client *client);

/* A ghost is about to look: its wal-index becomes a copy of what others share now. */
void disk_client_look(struct disk_client *client);

/* Code of dead clients is about to run, and has run: what it writes into shared memory meanwhile is
 * undone. Beginning again before the end changes nothing. */
bool disk_afterlife_begin(struct disk *disk) MUST_CHECK; /* false: no memory */
void disk_afterlife_end(struct disk *disk);

#endif
