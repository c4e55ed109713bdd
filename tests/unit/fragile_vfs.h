/* SPDX-License-Identifier: Apache-2.0 */
/* fragile_vfs.h - the system's files under a hand that breaks the n-th call.
 *
 *   fragile_register(&fragile)                      a VFS called "fragile"
 *   fragile.fail_at = 3; fragile.code = SQLITE_FULL; fragile.keeps_failing = true
 *   ... store_open with .vfs = "fragile" ...
 *   fragile_unregister(&fragile)
 *
 * Counted are writes, truncations and syncs of every file, from 0. */
#ifndef TESTS_UNIT_FRAGILE_VFS_H
#define TESTS_UNIT_FRAGILE_VFS_H

#include "support.h"

#include <sqlite3.h>

struct fragile_vfs {
    sqlite3_vfs vfs; /* first */
    sqlite3_vfs *real;
    size_t calls;
    size_t fail_at;     /* the call that fails; FAIL_NEVER */
    bool keeps_failing; /* all later ones, too */
    bool has_failed;
    int code;
    size_t sleeps;
    bool sleeps_really; /* for tests of several processes */
};

struct fragile_file {
    sqlite3_file file; /* first */
    struct fragile_vfs *fragile;
    sqlite3_file *real; /* behind this struct, in the same block */
};

static inline struct fragile_file *fragile_of(sqlite3_file *file)
{
    return (struct fragile_file *)file;
}

static inline int fragile_break(struct fragile_vfs *fragile)
{
    size_t number = fragile->calls++;
    bool fails =
        number == fragile->fail_at || (fragile->keeps_failing && number > fragile->fail_at);
    fragile->has_failed = fragile->has_failed || fails;
    return fails ? fragile->code : SQLITE_OK;
}

static inline int fragile_close(sqlite3_file *file)
{
    return fragile_of(file)->real->pMethods->xClose(fragile_of(file)->real);
}

static inline int fragile_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return fragile_of(file)->real->pMethods->xRead(fragile_of(file)->real, bytes, size, offset);
}

static inline int fragile_write(sqlite3_file *file, const void *bytes, int size,
                                sqlite3_int64 offset)
{
    int code = fragile_break(fragile_of(file)->fragile);
    return code != SQLITE_OK ? code
                             : fragile_of(file)->real->pMethods->xWrite(fragile_of(file)->real,
                                                                        bytes, size, offset);
}

static inline int fragile_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = fragile_break(fragile_of(file)->fragile);
    return code != SQLITE_OK
               ? code
               : fragile_of(file)->real->pMethods->xTruncate(fragile_of(file)->real, size);
}

static inline int fragile_sync(sqlite3_file *file, int flags)
{
    int code = fragile_break(fragile_of(file)->fragile);
    return code != SQLITE_OK
               ? code
               : fragile_of(file)->real->pMethods->xSync(fragile_of(file)->real, flags);
}

static inline int fragile_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return fragile_of(file)->real->pMethods->xFileSize(fragile_of(file)->real, ret_size);
}

static inline int fragile_lock(sqlite3_file *file, int level)
{
    return fragile_of(file)->real->pMethods->xLock(fragile_of(file)->real, level);
}

static inline int fragile_unlock(sqlite3_file *file, int level)
{
    return fragile_of(file)->real->pMethods->xUnlock(fragile_of(file)->real, level);
}

static inline int fragile_reserved(sqlite3_file *file, int *ret_is_reserved)
{
    return fragile_of(file)->real->pMethods->xCheckReservedLock(fragile_of(file)->real,
                                                                ret_is_reserved);
}

static inline int fragile_control(sqlite3_file *file, int operation, void *argument)
{
    return fragile_of(file)->real->pMethods->xFileControl(fragile_of(file)->real, operation,
                                                          argument);
}

static inline int fragile_sector(sqlite3_file *file)
{
    return fragile_of(file)->real->pMethods->xSectorSize(fragile_of(file)->real);
}

static inline int fragile_device(sqlite3_file *file)
{
    return fragile_of(file)->real->pMethods->xDeviceCharacteristics(fragile_of(file)->real);
}

static inline int fragile_shm_map(sqlite3_file *file, int page, int size, int extends,
                                  void volatile **ret_page)
{
    return fragile_of(file)->real->pMethods->xShmMap(fragile_of(file)->real, page, size, extends,
                                                     ret_page);
}

static inline int fragile_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return fragile_of(file)->real->pMethods->xShmLock(fragile_of(file)->real, offset, count, flags);
}

static inline void fragile_shm_barrier(sqlite3_file *file)
{
    fragile_of(file)->real->pMethods->xShmBarrier(fragile_of(file)->real);
}

static inline int fragile_shm_unmap(sqlite3_file *file, int deletes)
{
    return fragile_of(file)->real->pMethods->xShmUnmap(fragile_of(file)->real, deletes);
}

static inline int fragile_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                               int *ret_flags)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = fragile_close,
        .xRead = fragile_read,
        .xWrite = fragile_write,
        .xTruncate = fragile_truncate,
        .xSync = fragile_sync,
        .xFileSize = fragile_size,
        .xLock = fragile_lock,
        .xUnlock = fragile_unlock,
        .xCheckReservedLock = fragile_reserved,
        .xFileControl = fragile_control,
        .xSectorSize = fragile_sector,
        .xDeviceCharacteristics = fragile_device,
        .xShmMap = fragile_shm_map,
        .xShmLock = fragile_shm_lock,
        .xShmBarrier = fragile_shm_barrier,
        .xShmUnmap = fragile_shm_unmap,
    };
    struct fragile_vfs *fragile = (struct fragile_vfs *)vfs;
    struct fragile_file *made = fragile_of(file);
    made->fragile = fragile;
    made->real = (sqlite3_file *)(made + 1);
    int code = fragile->real->xOpen(fragile->real, name, made->real, flags, ret_flags);
    file->pMethods = made->real->pMethods != NULL ? &methods : NULL;
    return code;
}

static inline int fragile_delete(sqlite3_vfs *vfs, const char *name, int syncs)
{
    sqlite3_vfs *real = ((struct fragile_vfs *)vfs)->real;
    return real->xDelete(real, name, syncs);
}

static inline int fragile_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_answer)
{
    sqlite3_vfs *real = ((struct fragile_vfs *)vfs)->real;
    return real->xAccess(real, name, flags, ret_answer);
}

static inline int fragile_full_name(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
    sqlite3_vfs *real = ((struct fragile_vfs *)vfs)->real;
    return real->xFullPathname(real, name, size, ret_name);
}

static inline int fragile_randomness(sqlite3_vfs *vfs, int size, char *ret_bytes)
{
    sqlite3_vfs *real = ((struct fragile_vfs *)vfs)->real;
    return real->xRandomness(real, size, ret_bytes);
}

static inline int fragile_sleep(sqlite3_vfs *vfs, int microseconds)
{
    struct fragile_vfs *fragile = (struct fragile_vfs *)vfs;
    fragile->sleeps++;
    return fragile->sleeps_really ? fragile->real->xSleep(fragile->real, microseconds)
                                  : microseconds;
}

static inline int fragile_time(sqlite3_vfs *vfs, sqlite3_int64 *ret_time)
{
    sqlite3_vfs *real = ((struct fragile_vfs *)vfs)->real;
    return real->xCurrentTimeInt64(real, ret_time);
}

static inline void fragile_register(struct fragile_vfs *fragile)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    *fragile = (struct fragile_vfs){
        .vfs = {.iVersion = 2,
                .szOsFile = real->szOsFile + (int)sizeof(struct fragile_file),
                .mxPathname = real->mxPathname,
                .zName = "fragile",
                .xOpen = fragile_open,
                .xDelete = fragile_delete,
                .xAccess = fragile_access,
                .xFullPathname = fragile_full_name,
                .xRandomness = fragile_randomness,
                .xSleep = fragile_sleep,
                .xCurrentTimeInt64 = fragile_time},
        .real = real,
        .fail_at = FAIL_NEVER,
        .code = SQLITE_IOERR_WRITE,
    };
    assert_int_equal(sqlite3_vfs_register(&fragile->vfs, 0), SQLITE_OK);
}

static inline void fragile_unregister(struct fragile_vfs *fragile)
{
    assert_int_equal(sqlite3_vfs_unregister(&fragile->vfs), SQLITE_OK);
}

#endif
