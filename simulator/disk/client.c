/* SPDX-License-Identifier: Apache-2.0 */
/* client.c - the VFS: every method of SQLite's border to the system, on the disk in memory.
 *
 * It promises what the usual file systems do (SQLITE_IOCAP_POWERSAFE_OVERWRITE: a torn write
 * touches no byte outside of it), and syncs the directory when the system's VFS does: with the
 * first sync of each journal that would have been made if it had not been there.
 * Law: ask first, then look: whoever is asked may let others go first. */
#include "disk/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "disk/handle.h"

/* What the system's VFS says. */
enum { SECTOR_SIZE = 4096, PATH_MAX_SHOWN = 512 };

/* Julian day 2440587.5 is 1970-01-01T00:00:00Z; SQLite counts milliseconds. */
#define JULIAN_1970_MS INT64_C(210866760000000)

static struct disk_handle *handle_of(sqlite3_file *base)
{
    return (struct disk_handle *)base;
}

static struct disk *disk_of(const struct disk_handle *handle)
{
    return handle->client->disk;
}

static enum disk_answer ask_about(const struct disk_handle *handle, enum disk_operation operation,
                                  int64_t offset, int length)
{
    struct disk_call call = {operation, handle->kind, (size_t)offset, (size_t)length};
    return handle_ask(handle->client, handle, call);
}

static bool is_refused(enum disk_answer answer)
{
    return answer == DISK_FAILS || answer == DISK_DEAD;
}

/* ---- files ---- */

static int file_close(sqlite3_file *base)
{
    struct disk_handle *handle = handle_of(base);
    struct disk_file *file = handle->file;
    (void)handle_shared_unmap(base, 0);
    if (handle->is_deleted_on_close && file->is_named && !handle->is_dead) {
        disk_delete(disk_of(handle), file); /* it is still open: it does not go yet */
    }
    handle_detach(handle);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *bytes, int length, sqlite3_int64 offset)
{
    struct disk_handle *handle = handle_of(base);
    if (is_refused(ask_about(handle, DISK_READ, offset, length))) {
        return SQLITE_IOERR_READ;
    }
    size_t got = disk_read(handle->file, (size_t)offset, bytes, (size_t)length);
    return got == (size_t)length ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/* A ghost writes to what only it has. */
static bool may_write(const struct disk_handle *handle)
{
    return !handle->client->is_ghost || !handle->file->is_named;
}

static int write_part(struct disk_handle *handle, const void *bytes, size_t length, size_t offset)
{
    return disk_write(disk_of(handle), handle->file, offset, bytes, length) ? SQLITE_OK
                                                                            : SQLITE_IOERR_NOMEM;
}

/* A failed write has written its first half. */
static int file_write(sqlite3_file *base, const void *bytes, int length, sqlite3_int64 offset)
{
    struct disk_handle *handle = handle_of(base);
    enum disk_answer answer = ask_about(handle, DISK_WRITE, offset, length);
    if (answer == DISK_DEAD || !may_write(handle)) {
        return SQLITE_IOERR_WRITE;
    }
    if (answer == DISK_FULL && (size_t)offset + (size_t)length > handle->file->size) {
        return SQLITE_FULL;
    }
    if (answer == DISK_FAILS) {
        int code = write_part(handle, bytes, (size_t)length / 2, (size_t)offset);
        return code == SQLITE_OK ? SQLITE_IOERR_WRITE : code;
    }
    return write_part(handle, bytes, (size_t)length, (size_t)offset);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct disk_handle *handle = handle_of(base);
    enum disk_answer answer = ask_about(handle, DISK_TRUNCATE, size, 0);
    if (is_refused(answer) || !may_write(handle)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    if (answer == DISK_FULL && (size_t)size > handle->file->size) {
        return SQLITE_FULL;
    }
    return disk_truncate(disk_of(handle), handle->file, (size_t)size) ? SQLITE_OK
                                                                      : SQLITE_IOERR_NOMEM;
}

static int file_sync(sqlite3_file *base, int flags)
{
    struct disk_handle *handle = handle_of(base);
    (void)flags;
    if (is_refused(ask_about(handle, DISK_SYNC, 0, 0)) || !may_write(handle)) {
        return SQLITE_IOERR_FSYNC;
    }
    disk_sync(disk_of(handle), handle->file);
    if (handle->syncs_names) {
        handle->syncs_names = false;
        disk_sync_names(disk_of(handle));
    }
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret_size)
{
    struct disk_handle *handle = handle_of(base);
    if (is_refused(ask_about(handle, DISK_SIZE, 0, 0))) {
        return SQLITE_IOERR_FSTAT;
    }
    *ret_size = (sqlite3_int64)handle->file->size;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument)
{
    (void)base, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
    (void)base;
    return SECTOR_SIZE;
}

static int device_characteristics(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = handle_lock,
    .xUnlock = handle_unlock,
    .xCheckReservedLock = handle_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = handle_shared_map,
    .xShmLock = handle_shared_lock,
    .xShmBarrier = handle_shared_barrier,
    .xShmUnmap = handle_shared_unmap,
};

/* ---- the VFS ---- */

static struct disk_client *client_of(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static enum disk_kind kind_of(const char *name, int flags)
{
    if (name == NULL) {
        return DISK_SCRATCH;
    }
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
        return DISK_DATABASE;
    }
    return (flags & SQLITE_OPEN_WAL) != 0 ? DISK_WAL : DISK_JOURNAL;
}

/* The file, made if it must be; NULL: `*ret_code` says why not. A ghost makes none that has a
 * name. */
static struct disk_file *find_or_make(struct disk_client *client, const char *name, int flags,
                                      int *ret_code)
{
    struct disk_file *file = name == NULL ? NULL : disk_find(client->disk, name);
    bool is_alone = (flags & SQLITE_OPEN_EXCLUSIVE) != 0;
    *ret_code = SQLITE_CANTOPEN;
    if (file != NULL) {
        return is_alone ? NULL : file;
    }
    if ((flags & SQLITE_OPEN_CREATE) == 0) {
        return NULL;
    }
    *ret_code = SQLITE_IOERR_NOMEM;
    return disk_make(client->disk, client->is_ghost ? NULL : name);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                    int *ret_flags)
{
    struct disk_client *client = client_of(vfs);
    struct disk_handle *handle = handle_of(base);
    bool can_make = (flags & SQLITE_OPEN_CREATE) != 0;
    int code;
    *handle = (struct disk_handle){.client = client, .kind = kind_of(name, flags)};
    enum disk_answer answer =
        handle_ask(client, NULL, (struct disk_call){DISK_OPEN, handle->kind, 0, 0});
    if (is_refused(answer) || (name != NULL && strlen(name) > DISK_NAME_MAX)) {
        return SQLITE_CANTOPEN;
    }
    handle->file = find_or_make(client, name, flags, &code);
    if (handle->file == NULL) {
        return code;
    }
    handle_attach(handle);
    handle->is_deleted_on_close = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    handle->syncs_names = can_make && (handle->kind == DISK_WAL || handle->kind == DISK_JOURNAL);
    handle->base.pMethods = &file_methods;
    if (ret_flags != NULL) {
        *ret_flags = flags;
    }
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int syncs_names)
{
    struct disk_client *client = client_of(vfs);
    struct disk_call call = {DISK_DELETE, kind_of(name, 0), 0, 0};
    if (is_refused(handle_ask(client, NULL, call))) {
        return SQLITE_IOERR_DELETE;
    }
    struct disk_file *file = disk_find(client->disk, name);
    if (file == NULL) {
        return SQLITE_IOERR_DELETE_NOENT;
    }
    if (client->is_ghost) {
        return SQLITE_OK;
    }
    disk_delete(client->disk, file);
    if (syncs_names) {
        disk_sync_names(client->disk);
    }
    return SQLITE_OK;
}

/* An empty file does not exist for SQLite: as the system's VFS has it. */
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_is_there)
{
    struct disk_client *client = client_of(vfs);
    struct disk_call call = {DISK_FIND, kind_of(name, 0), 0, 0};
    if (is_refused(handle_ask(client, NULL, call))) {
        return SQLITE_IOERR_ACCESS;
    }
    const struct disk_file *file = disk_find(client->disk, name);
    *ret_is_there = file != NULL && (flags != SQLITE_ACCESS_EXISTS || file->size > 0);
    return SQLITE_OK;
}

static int vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int size, char *ret_name)
{
    (void)vfs;
    int length = snprintf(ret_name, (size_t)size, "%s", name);
    return length < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

/* What SQLite draws (salts of the log, names of scratch files) changes nothing that can be seen. */
static int vfs_randomness(sqlite3_vfs *vfs, int size, char *ret_bytes)
{
    (void)vfs;
    memset(ret_bytes, 0, (size_t)size);
    return size;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    struct disk_client *client = client_of(vfs);
    if (client->host != NULL && !client->is_ghost && !client->is_dead) {
        client->host->impl->sleep(client->host, client, (int64_t)microseconds * 1000);
    }
    return microseconds;
}

static int vfs_current_time_int64(sqlite3_vfs *vfs, sqlite3_int64 *ret_ms)
{
    struct disk_client *client = client_of(vfs);
    int64_t now = client->host == NULL ? 0 : client->host->impl->now(client->host, client);
    *ret_ms = JULIAN_1970_MS + now / 1000000;
    return SQLITE_OK;
}

static int vfs_current_time(sqlite3_vfs *vfs, double *ret_days)
{
    sqlite3_int64 ms;
    int code = vfs_current_time_int64(vfs, &ms);
    *ret_days = (double)ms / 86400000.0;
    return code;
}

static int vfs_last_error(sqlite3_vfs *vfs, int size, char *ret_text)
{
    (void)vfs, (void)size, (void)ret_text;
    return 0;
}

/* ---- clients ---- */

static sqlite3_vfs vfs_of(struct disk_client *client)
{
    return (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = (int)sizeof(struct disk_handle),
        .mxPathname = PATH_MAX_SHOWN,
        .zName = client->name,
        .pAppData = client,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_current_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_current_time_int64,
    };
}

/* The address makes the name unique; it goes nowhere else. */
bool disk_client_init(struct disk_client *client, struct disk *disk,
                      const struct disk_client_options *options)
{
    *client = (struct disk_client){
        .disk = disk,
        .host = options->host,
        .number = options->number,
        .is_ghost = options->is_ghost,
    };
    (void)snprintf(client->name, sizeof(client->name), "disk-%" PRIxPTR "-%" PRIu32,
                   (uintptr_t)client, client->number);
    client->vfs = heap_take(disk->heap, sizeof(*client->vfs));
    if (client->vfs == NULL) {
        return false;
    }
    *client->vfs = vfs_of(client);
    if (sqlite3_vfs_register(client->vfs, 0) != SQLITE_OK) {
        heap_give(disk->heap, client->vfs, sizeof(*client->vfs));
        client->vfs = NULL;
        return false;
    }
    return true;
}

void disk_client_finish(struct disk_client *client)
{
    if (client->vfs != NULL) {
        (void)sqlite3_vfs_unregister(client->vfs);
        heap_give(client->disk->heap, client->vfs, sizeof(*client->vfs));
        client->vfs = NULL;
    }
}

void disk_clients_seed(void)
{
    (void)sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, 1, NULL);
}

void disk_client_kill(struct disk_client *client)
{
    client->is_dead = true;
    client->writer = NULL;
    for (struct disk_file *file = client->disk->first; file != NULL; file = file->next) {
        for (struct disk_handle *handle = file->handles; handle != NULL; handle = handle->next) {
            if (handle->client == client) {
                handle_die(handle);
            }
        }
    }
}

void disk_client_revive(struct disk_client *client)
{
    client->is_dead = false;
}
