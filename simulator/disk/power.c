/* SPDX-License-Identifier: Apache-2.0 */
/* power.c - what a power cut leaves of what was not synced.
 *
 *   now                back to the last sync                  forward, with what survives
 *   |<-- newest change <-- ... <-- oldest change <--| durable |--> some changes, some sectors -->|
 *
 * Going back, each change swaps its bytes with those that it had replaced, so that going forward it
 * has the new ones.
 * Law: the fate of a change is a function of the variant, its file's number and its own. */
#include "disk/disk.h"

#include <string.h>

#include "base/hash.h"
#include "disk/handle.h"

/* What fates are drawn for; each has a stream of its own. */
enum { STREAM_NAME = 1, STREAM_FATE, STREAM_SECTOR };

enum fate { FATE_DROPPED, FATE_KEPT, FATE_TORN };

static uint64_t draw(uint64_t variant, uint64_t file, uint64_t stream, uint64_t number)
{
    return hash_mix(hash_mix(hash_mix(variant, file), stream), number);
}

/* Of a mixture a half is kept, a quarter dropped, a quarter torn. */
static enum fate fate_of(uint64_t variant, const struct disk_file *file, size_t change)
{
    static const enum fate mixture[] = {FATE_KEPT, FATE_KEPT, FATE_DROPPED, FATE_TORN};
    if (variant <= DISK_CUT_KEEPS) {
        return variant == DISK_CUT_KEEPS ? FATE_KEPT : FATE_DROPPED;
    }
    return mixture[draw(variant, file->number, STREAM_FATE, change) & 3];
}

/* ---- back ---- */

static void swap_bytes(unsigned char *a, unsigned char *b, size_t length)
{
    unsigned char piece[DISK_SECTOR];
    for (size_t done = 0; done < length;) {
        size_t part = length - done < sizeof(piece) ? length - done : sizeof(piece);
        memcpy(piece, a + done, part);
        memcpy(a + done, b + done, part);
        memcpy(b + done, piece, part);
        done += part;
    }
}

static void go_back(struct disk_file *file)
{
    for (size_t i = file->change_count; i > 0; i--) {
        const struct disk_change *change = &file->changes[i - 1];
        if (change->length > 0) {
            swap_bytes(file->bytes + change->offset, file->old + change->old, change->length);
        }
        file->size = change->size_before;
    }
}

/* ---- forward ---- */

static void put(struct disk_file *file, const struct disk_change *change, size_t from, size_t to)
{
    disk_put_bytes(file, change->offset + from, file->old + change->old + from, to - from);
}

/* Sector by sector, as the device counts them. */
static void put_torn(struct disk_file *file, const struct disk_change *change, uint64_t seed)
{
    size_t from = 0;
    while (from < change->length) {
        size_t sector = (change->offset + from) / DISK_SECTOR;
        size_t to = (sector + 1) * DISK_SECTOR - change->offset;
        to = to < change->length ? to : change->length;
        if ((hash_mix(seed, sector) & 1) != 0) {
            put(file, change, from, to);
        }
        from = to;
    }
}

static void go_forward(struct disk_file *file, uint64_t variant)
{
    for (size_t i = 0; i < file->change_count; i++) {
        const struct disk_change *change = &file->changes[i];
        enum fate fate = fate_of(variant, file, i);
        if (fate == FATE_DROPPED) {
            continue;
        }
        if (change->is_truncation) {
            disk_cut_bytes(file, change->size_after);
        } else if (fate == FATE_TORN) {
            put_torn(file, change, draw(variant, file->number, STREAM_SECTOR, i));
        } else {
            put(file, change, 0, change->length);
        }
    }
    file->change_count = 0;
    file->old_size = 0;
}

/* ---- names ---- */

static bool name_survives(const struct disk_file *file, uint64_t variant)
{
    if (variant <= DISK_CUT_KEEPS) {
        return variant == DISK_CUT_KEEPS;
    }
    return (draw(variant, file->number, STREAM_NAME, 0) & 1) != 0;
}

/* Only one file can have a name: the youngest. */
static void lose_to_younger(struct disk_file *file)
{
    for (const struct disk_file *other = file->next; other != NULL; other = other->next) {
        if (other->is_named && strcmp(other->name, file->name) == 0) {
            file->is_named = false;
        }
    }
}

static void cut_names(struct disk *disk, uint64_t variant)
{
    struct disk_file *next;
    for (struct disk_file *file = disk->first; file != NULL; file = file->next) {
        if (file->is_named != file->is_durably_named && !name_survives(file, variant)) {
            file->is_named = file->is_durably_named;
        }
    }
    for (struct disk_file *file = disk->first; file != NULL; file = next) {
        next = file->next;
        lose_to_younger(file);
        file->is_durably_named = file->is_named;
        disk_drop(disk, file);
    }
}

void disk_cut_power(struct disk *disk, uint64_t variant)
{
    for (struct disk_file *file = disk->first; file != NULL; file = file->next) {
        go_back(file);
        go_forward(file, variant);
        handles_die(file);
    }
    disk->cuts++;
    disk->names_changed++;
    cut_names(disk, variant);
}
