/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c - names and bytes.
 *
 * Law: a call that fails has changed nothing. */
#include "disk/disk.h"

#include <assert.h>
#include <string.h>

void disk_init(struct disk *disk, struct cloacina_heap *heap)
{
    *disk = (struct disk){.heap = heap != NULL ? heap : cloacina_heap_system()};
}

static void file_free(struct disk *disk, struct disk_file *file)
{
    heap_give(disk->heap, file->bytes, file->capacity);
    heap_give(disk->heap, file->changes, file->change_capacity * sizeof(file->changes[0]));
    heap_give(disk->heap, file->old, file->old_capacity);
    heap_give(disk->heap, file, sizeof(*file));
}

void disk_finish(struct disk *disk)
{
    while (disk->first != NULL) {
        struct disk_file *file = disk->first;
        assert(file->opened == 0);
        disk->first = file->next;
        file_free(disk, file);
    }
    disk->last = NULL;
}

/* ---- names ---- */

static struct disk_file *file_add(struct disk *disk)
{
    struct disk_file *file = heap_take_zeroed(disk->heap, 1, sizeof(*file));
    if (file == NULL) {
        return NULL;
    }
    file->number = ++disk->files_made;
    if (disk->last != NULL) {
        disk->last->next = file;
    } else {
        disk->first = file;
    }
    disk->last = file;
    return file;
}

static void file_remove(struct disk *disk, struct disk_file *file)
{
    struct disk_file *before = NULL;
    for (struct disk_file *other = disk->first; other != file; other = other->next) {
        before = other;
    }
    if (before != NULL) {
        before->next = file->next;
    } else {
        disk->first = file->next;
    }
    if (disk->last == file) {
        disk->last = before;
    }
    file_free(disk, file);
}

void disk_drop(struct disk *disk, struct disk_file *file)
{
    if (file->opened == 0 && !file->is_named && !file->is_durably_named) {
        file_remove(disk, file);
    }
}

struct disk_file *disk_find(const struct disk *disk, const char *name)
{
    for (struct disk_file *file = disk->first; file != NULL; file = file->next) {
        if (file->is_named && strcmp(file->name, name) == 0) {
            return file;
        }
    }
    return NULL;
}

struct disk_file *disk_make(struct disk *disk, const char *name)
{
    size_t length = name == NULL ? 0 : strlen(name);
    if (length > DISK_NAME_MAX) {
        return NULL;
    }
    struct disk_file *file = file_add(disk);
    if (file != NULL && length > 0) {
        memcpy(file->name, name, length);
        file->is_named = true;
        disk->names_changed++;
    }
    return file;
}

void disk_delete(struct disk *disk, struct disk_file *file)
{
    file->is_named = false;
    disk->names_changed++;
    disk_drop(disk, file);
}

void disk_sync_names(struct disk *disk)
{
    struct disk_file *next;
    for (struct disk_file *file = disk->is_lying ? NULL : disk->first; file != NULL; file = next) {
        next = file->next;
        file->is_durably_named = file->is_named;
        disk_drop(disk, file);
    }
}

void disk_file_open(struct disk_file *file)
{
    file->opened++;
}

void disk_file_close(struct disk *disk, struct disk_file *file)
{
    file->opened--;
    disk_drop(disk, file);
}

/* ---- bytes ---- */

size_t disk_read(const struct disk_file *file, size_t offset, void *ret_bytes, size_t length)
{
    size_t there = offset >= file->size ? 0 : file->size - offset;
    there = there < length ? there : length;
    if (there > 0) {
        memcpy(ret_bytes, file->bytes + offset, there);
    }
    memset((unsigned char *)ret_bytes + there, 0, length - there);
    return there;
}

/* Bytes behind the size are zero, the new ones too. */
static bool make_room(struct disk *disk, struct disk_file *file, size_t size)
{
    size_t before = file->capacity;
    if (!heap_grow(disk->heap, &file->bytes, &file->capacity, size, 1)) {
        return false;
    }
    if (file->capacity > before) {
        memset(file->bytes + before, 0, file->capacity - before);
    }
    return true;
}

/* Remembers what stands there; the room for it in the file exists. */
static bool remember(struct disk *disk, struct disk_file *file, struct disk_change change)
{
    if (!heap_grow(disk->heap, &file->changes, &file->change_capacity, file->change_count + 1,
                   sizeof(file->changes[0])) ||
        !heap_grow(disk->heap, &file->old, &file->old_capacity, file->old_size + change.length,
                   1)) {
        return false;
    }
    change.old = file->old_size;
    if (change.length > 0) {
        memcpy(file->old + change.old, file->bytes + change.offset, change.length);
    }
    file->old_size += change.length;
    file->changes[file->change_count++] = change;
    return true;
}

void disk_put_bytes(struct disk_file *file, size_t offset, const unsigned char *bytes,
                    size_t length)
{
    memcpy(file->bytes + offset, bytes, length);
    file->size = offset + length > file->size ? offset + length : file->size;
}

void disk_cut_bytes(struct disk_file *file, size_t size)
{
    if (size < file->size) {
        memset(file->bytes + size, 0, file->size - size);
    }
    file->size = size;
}

bool disk_write(struct disk *disk, struct disk_file *file, size_t offset, const void *bytes,
                size_t length)
{
    size_t end = offset + length;
    struct disk_change change = {
        .offset = offset,
        .length = length,
        .size_before = file->size,
        .size_after = end > file->size ? end : file->size,
    };
    if (length == 0) {
        return true;
    }
    if (!make_room(disk, file, end) || !remember(disk, file, change)) {
        return false;
    }
    disk_put_bytes(file, offset, bytes, length);
    return true;
}

bool disk_truncate(struct disk *disk, struct disk_file *file, size_t size)
{
    struct disk_change change = {
        .offset = size,
        .length = size < file->size ? file->size - size : 0,
        .size_before = file->size,
        .size_after = size,
        .is_truncation = true,
    };
    if (!make_room(disk, file, size) || !remember(disk, file, change)) {
        return false;
    }
    disk_cut_bytes(file, size);
    return true;
}

void disk_sync(struct disk *disk, struct disk_file *file)
{
    if (!disk->is_lying) {
        file->change_count = 0;
        file->old_size = 0;
    }
}

/* ---- copies ---- */

bool disk_copy(struct disk *disk, const struct disk *image)
{
    for (const struct disk_file *from = image->first; from != NULL; from = from->next) {
        if (!from->is_named) {
            continue;
        }
        struct disk_file *file = disk_make(disk, from->name);
        if (file == NULL || !make_room(disk, file, from->size)) {
            return false;
        }
        if (from->size > 0) {
            disk_put_bytes(file, 0, from->bytes, from->size);
        }
        file->is_durably_named = true;
    }
    return true;
}
