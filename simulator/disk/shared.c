/* SPDX-License-Identifier: Apache-2.0 */
/* shared.c - the wal-index: memory that the users of one database share, and its eight locks.
 *
 *   slot 0 write | 1 checkpoint | 2 recover | 3... read
 *
 * Its first 96 bytes are a header, twice. They differ while somebody writes it, or after he died in
 * the middle of it.
 * Law: memory that SQLite was given lives until it was given back, also by the dead. */
#include "disk/handle.h"

#include <string.h>

enum { SLOT_WRITE = 0, HEADER_SIZE = 48 };

static struct disk_handle *handle_of(sqlite3_file *base)
{
    return (struct disk_handle *)base;
}

static bool may_go_on(const struct disk_handle *handle)
{
    enum disk_answer answer =
        handle_ask(handle->client, handle, (struct disk_call){DISK_SHARE, handle->kind, 0, 0});
    return answer != DISK_FAILS && answer != DISK_DEAD;
}

/* ---- the memory ---- */

static void shared_free(struct cloacina_heap *heap, struct disk_shared *shared)
{
    for (size_t i = 0; i < shared->count; i++) {
        heap_give(heap, shared->regions[i], DISK_REGION_SIZE);
    }
    heap_give(heap, shared->regions, shared->capacity * sizeof(shared->regions[0]));
    heap_give(heap, shared->saved, shared->saved_count * DISK_REGION_SIZE);
    heap_give(heap, shared, sizeof(*shared));
}

static bool has_living_user(const struct disk_file *file)
{
    for (const struct disk_handle *handle = file->handles; handle != NULL; handle = handle->next) {
        if (handle_counts(handle) && handle->shared != NULL) {
            return true;
        }
    }
    return false;
}

static bool attach(struct disk_handle *handle)
{
    struct disk_file *file = handle->file;
    bool is_ghost = handle->client->is_ghost;
    struct disk_shared *shared = !is_ghost && has_living_user(file) ? file->shared : NULL;
    if (shared == NULL) {
        shared = heap_take_zeroed(handle->client->disk->heap, 1, sizeof(*shared));
        if (shared == NULL) {
            return false;
        }
        file->shared = is_ghost ? file->shared : shared;
    }
    shared->opened++;
    handle->shared = shared;
    return true;
}

static bool add_region(struct cloacina_heap *heap, struct disk_shared *shared)
{
    if (!heap_grow(heap, &shared->regions, &shared->capacity, shared->count + 1,
                   sizeof(shared->regions[0]))) {
        return false;
    }
    unsigned char *region = heap_take_zeroed(heap, 1, DISK_REGION_SIZE);
    if (region == NULL) {
        return false;
    }
    shared->regions[shared->count++] = region;
    return true;
}

/* Region i of a ghost's own copy. */
static void copy_region(const struct disk_handle *ghost, size_t i)
{
    const struct disk_shared *from = ghost->file->shared;
    if (from != NULL && i < from->count) {
        memcpy(ghost->shared->regions[i], from->regions[i], DISK_REGION_SIZE);
    } else {
        memset(ghost->shared->regions[i], 0, DISK_REGION_SIZE);
    }
}

static bool make_region(struct disk_handle *handle, size_t region)
{
    struct disk_shared *shared = handle->shared;
    while (shared->count <= region) {
        if (!add_region(handle->client->disk->heap, shared)) {
            return false;
        }
        if (handle->client->is_ghost) {
            copy_region(handle, shared->count - 1);
        }
    }
    return true;
}

/* Nobody else may have made the region that a ghost asks for, and it may not do it for others. */
static bool is_there(const struct disk_handle *handle, size_t region)
{
    const struct disk_shared *shared =
        handle->client->is_ghost ? handle->file->shared : handle->shared;
    return region < handle->shared->count || (shared != NULL && region < shared->count);
}

int handle_shared_map(sqlite3_file *base, int region, int size, int extends,
                      void volatile **ret_region)
{
    struct disk_handle *handle = handle_of(base);
    *ret_region = NULL;
    if (size != DISK_REGION_SIZE || !may_go_on(handle)) {
        return SQLITE_IOERR_SHMMAP;
    }
    if (handle->shared == NULL && !attach(handle)) {
        return SQLITE_IOERR_NOMEM;
    }
    if (!extends && !is_there(handle, (size_t)region)) {
        return SQLITE_OK;
    }
    if (!make_region(handle, (size_t)region)) {
        return SQLITE_IOERR_NOMEM;
    }
    *ret_region = handle->shared->regions[region];
    return SQLITE_OK;
}

int handle_shared_unmap(sqlite3_file *base, int is_deleted)
{
    struct disk_handle *handle = handle_of(base);
    struct disk_shared *shared = handle->shared;
    (void)is_deleted; /* it is memory: gone with its last user */
    if (shared == NULL) {
        return SQLITE_OK;
    }
    handle->shared = NULL;
    handle->shared_locks = handle->exclusive_locks = 0;
    if (handle->client->writer == handle) {
        handle->client->writer = NULL;
    }
    if (--shared->opened == 0) {
        if (handle->file->shared == shared) {
            handle->file->shared = NULL;
        }
        shared_free(handle->client->disk->heap, shared);
    }
    return SQLITE_OK;
}

void handle_shared_barrier(sqlite3_file *base)
{
    (void)may_go_on(handle_of(base));
}

/* ---- its locks ---- */

static bool is_taken(const struct disk_handle *handle, unsigned mask, bool is_exclusive)
{
    for (const struct disk_handle *other = handle->file->handles; other != NULL;
         other = other->next) {
        if (other != handle && handle_counts(other) &&
            ((other->exclusive_locks & mask) != 0 ||
             (is_exclusive && (other->shared_locks & mask) != 0))) {
            return true;
        }
    }
    return false;
}

static void remember_header(struct disk_handle *handle)
{
    if (handle->shared->count > 0) {
        memcpy(handle->header, handle->shared->regions[0], HEADER_SIZE);
    }
}

static int take(struct disk_handle *handle, unsigned mask, bool is_exclusive)
{
    if (!handle->client->is_ghost && is_taken(handle, mask, is_exclusive)) {
        return SQLITE_BUSY;
    }
    if (!is_exclusive) {
        handle->shared_locks |= mask;
        return SQLITE_OK;
    }
    handle->exclusive_locks |= mask;
    if ((mask & 1u << SLOT_WRITE) != 0) {
        handle->client->writer = handle;
        remember_header(handle);
    }
    return SQLITE_OK;
}

static void give_back(struct disk_handle *handle, unsigned mask)
{
    handle->shared_locks &= ~mask;
    handle->exclusive_locks &= ~mask;
    if ((mask & 1u << SLOT_WRITE) != 0 && handle->client->writer == handle) {
        handle->client->writer = NULL;
    }
}

int handle_shared_lock(sqlite3_file *base, int first, int count, int flags)
{
    struct disk_handle *handle = handle_of(base);
    unsigned mask = ((1u << count) - 1) << first;
    bool goes_on = may_go_on(handle);
    if ((flags & SQLITE_SHM_UNLOCK) != 0) {
        give_back(handle, mask);
        return SQLITE_OK;
    }
    return goes_on ? take(handle, mask, (flags & SQLITE_SHM_EXCLUSIVE) != 0) : SQLITE_IOERR_SHMLOCK;
}

/* A number that grows with each commit, and how many frames of the log are valid. When the log
 * begins anew there are none: that is no news. */
enum { HEADER_CHANGE = 8, HEADER_FRAMES = 16, HEADER_FIELD = 4 };

static bool differs_in(const unsigned char *header, const unsigned char *known, size_t field)
{
    return memcmp(header + field, known + field, HEADER_FIELD) != 0;
}

bool handle_has_news(struct disk_handle *handle)
{
    static const unsigned char nothing[HEADER_FIELD];
    unsigned char both[2 * HEADER_SIZE];
    if (handle->shared == NULL || handle->shared->count == 0) {
        return false;
    }
    memcpy(both, handle->shared->regions[0], sizeof(both));
    bool is_whole = memcmp(both, both + HEADER_SIZE, HEADER_SIZE) == 0;
    bool has_frames = memcmp(both + HEADER_FRAMES, nothing, HEADER_FIELD) != 0;
    bool is_new = differs_in(both, handle->header, HEADER_CHANGE) ||
                  (has_frames && differs_in(both, handle->header, HEADER_FRAMES));
    if (is_whole && is_new) {
        remember_header(handle);
    }
    return is_whole && is_new;
}

/* ---- those who only look, and those who are dead ---- */

void disk_client_look(struct disk_client *client)
{
    for (struct disk_file *file = client->disk->first; file != NULL; file = file->next) {
        for (struct disk_handle *handle = file->handles; handle != NULL; handle = handle->next) {
            size_t count = handle->client == client && handle->shared != NULL && client->is_ghost
                               ? handle->shared->count
                               : 0;
            for (size_t i = 0; i < count; i++) {
                copy_region(handle, i);
            }
        }
    }
}

static bool save(struct cloacina_heap *heap, struct disk_shared *shared)
{
    size_t wanted = shared->count * DISK_REGION_SIZE;
    if (wanted == 0) {
        return true;
    }
    shared->saved = heap_take(heap, wanted);
    if (shared->saved == NULL) {
        return false;
    }
    shared->saved_count = shared->count;
    for (size_t i = 0; i < shared->count; i++) {
        memcpy(shared->saved + i * DISK_REGION_SIZE, shared->regions[i], DISK_REGION_SIZE);
    }
    return true;
}

bool disk_afterlife_begin(struct disk *disk)
{
    bool is_saved = true;
    for (struct disk_file *file = disk->first; file != NULL && !disk->has_afterlife;
         file = file->next) {
        is_saved = is_saved && (file->shared == NULL || save(disk->heap, file->shared));
    }
    disk->has_afterlife = true;
    return is_saved;
}

static void restore(struct cloacina_heap *heap, struct disk_shared *shared)
{
    for (size_t i = 0; i < shared->saved_count; i++) {
        memcpy(shared->regions[i], shared->saved + i * DISK_REGION_SIZE, DISK_REGION_SIZE);
    }
    heap_give(heap, shared->saved, shared->saved_count * DISK_REGION_SIZE);
    shared->saved = NULL;
    shared->saved_count = 0;
}

void disk_afterlife_end(struct disk *disk)
{
    for (struct disk_file *file = disk->first; file != NULL; file = file->next) {
        if (file->shared != NULL) {
            restore(disk->heap, file->shared);
        }
    }
    disk->has_afterlife = false;
}
