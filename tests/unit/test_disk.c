/* SPDX-License-Identifier: Apache-2.0 */
/* test_disk.c - files, names, and what a power cut leaves of them. */
#include "support.h"

#include "disk/disk.h"

#define SIZE 2048

static void fill(unsigned char *bytes, size_t size, unsigned char value)
{
    memset(bytes, value, size);
}

static struct disk_file *make_synced(struct disk *disk, const char *name, unsigned char value)
{
    unsigned char bytes[SIZE];
    struct disk_file *file = disk_make(disk, name);
    fill(bytes, sizeof(bytes), value);
    assert_non_null(file);
    assert_true(disk_write(disk, file, 0, bytes, sizeof(bytes)));
    disk_sync(disk, file);
    disk_sync_names(disk);
    return file;
}

static size_t count_of(const struct disk_file *file, unsigned char value)
{
    size_t count = 0;
    for (size_t i = 0; i < file->size; i++) {
        count += file->bytes[i] == value;
    }
    return count;
}

/* SQLite reads a page of a new file and takes what is not there as zero. */
static void what_is_not_there_reads_as_zero(void **state)
{
    (void)state;
    struct disk disk;
    unsigned char bytes[16];
    disk_init(&disk, NULL);
    struct disk_file *file = disk_make(&disk, "a");
    assert_true(disk_write(&disk, file, 10, "xyz", 3));
    fill(bytes, sizeof(bytes), 7);
    assert_int_equal(disk_read(file, 8, bytes, sizeof(bytes)), 5);
    assert_memory_equal(bytes, "\0\0xyz\0\0\0\0\0\0\0\0\0\0\0", sizeof(bytes));
    assert_int_equal(disk_read(file, 100, bytes, sizeof(bytes)), 0);
    assert_int_equal(bytes[0], 0);
    assert_true(disk_write(&disk, file, 500, "", 0));
    assert_int_equal(file->size, 13);
    disk_finish(&disk);
}

/* The two ends of what may happen. */
static void a_power_cut_drops_or_keeps_what_was_not_synced(void **state)
{
    (void)state;
    for (uint64_t variant = DISK_CUT_DROPS; variant <= DISK_CUT_KEEPS; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        struct disk_file *file = make_synced(&disk, "a", 1);
        unsigned char bytes[SIZE];
        fill(bytes, sizeof(bytes), 2);
        assert_true(disk_write(&disk, file, SIZE / 2, bytes, SIZE));
        assert_true(disk_truncate(&disk, file, SIZE + 100));
        disk_cut_power(&disk, variant);
        assert_int_equal(file->size, variant == DISK_CUT_KEEPS ? SIZE + 100 : SIZE);
        assert_int_equal(count_of(file, 2), variant == DISK_CUT_KEEPS ? SIZE / 2 + 100 : 0);
        assert_int_equal(disk.cuts, 1);
        disk_finish(&disk);
    }
}

/* A truncation is undone with the bytes that it took away, also after new ones came. */
static void a_truncation_that_is_dropped_gives_the_bytes_back(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk, NULL);
    struct disk_file *file = make_synced(&disk, "a", 1);
    assert_true(disk_truncate(&disk, file, 0));
    assert_true(disk_write(&disk, file, 0, "new", 3));
    assert_true(disk_truncate(&disk, file, 10));
    disk_cut_power(&disk, DISK_CUT_DROPS);
    assert_int_equal(file->size, SIZE);
    assert_int_equal(count_of(file, 1), SIZE);
    disk_finish(&disk);
}

/* Each sector is the old or the new one, whole; over many variants both come up everywhere. */
static void a_torn_write_is_torn_between_sectors(void **state)
{
    (void)state;
    bool was_old[SIZE / DISK_SECTOR] = {false}, was_new[SIZE / DISK_SECTOR] = {false};
    size_t torn = 0;
    for (uint64_t variant = 2; variant < 200; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        struct disk_file *file = make_synced(&disk, "a", 1);
        unsigned char bytes[SIZE];
        fill(bytes, sizeof(bytes), 2);
        assert_true(disk_write(&disk, file, 0, bytes, sizeof(bytes)));
        disk_cut_power(&disk, variant);
        size_t new = 0;
        for (size_t sector = 0; sector < SIZE / DISK_SECTOR; sector++) {
            const unsigned char *first = file->bytes + sector * DISK_SECTOR;
            for (size_t i = 1; i < DISK_SECTOR; i++) {
                assert_int_equal(first[i], first[0]);
            }
            was_new[sector] = was_new[sector] || first[0] == 2;
            was_old[sector] = was_old[sector] || first[0] == 1;
            new += first[0] == 2;
        }
        torn += new > 0 && new < SIZE / DISK_SECTOR;
        disk_finish(&disk);
    }
    for (size_t sector = 0; sector < SIZE / DISK_SECTOR; sector++) {
        assert_true(was_old[sector] && was_new[sector]);
    }
    assert_in_range(torn, 20, 100);
}

/* Nothing orders two files. */
static void files_lose_independently_of_each_other(void **state)
{
    (void)state;
    bool seen[4] = {false};
    for (uint64_t variant = 2; variant < 100; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        struct disk_file *a = make_synced(&disk, "a", 1), *b = make_synced(&disk, "b", 1);
        assert_true(disk_write(&disk, a, 0, "2", 1));
        assert_true(disk_write(&disk, b, 0, "2", 1));
        disk_cut_power(&disk, variant);
        seen[(a->bytes[0] == '2') + 2 * (b->bytes[0] == '2')] = true;
        disk_finish(&disk);
    }
    assert_true(seen[0] && seen[1] && seen[2] && seen[3]);
}

/* What was synced is there whatever the variant. */
static void what_was_synced_survives_every_variant(void **state)
{
    (void)state;
    for (uint64_t variant = 0; variant < 50; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        (void)make_synced(&disk, "a", 5);
        disk_cut_power(&disk, variant);
        assert_int_equal(count_of(disk_find(&disk, "a"), 5), SIZE);
        disk_finish(&disk);
    }
}

/* A file whose directory was never synced may be gone with all that was synced in it. */
static void a_new_name_is_not_durable_before_the_directory_is_synced(void **state)
{
    (void)state;
    for (uint64_t variant = DISK_CUT_DROPS; variant <= DISK_CUT_KEEPS; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        struct disk_file *file = disk_make(&disk, "a");
        assert_true(disk_write(&disk, file, 0, "x", 1));
        disk_sync(&disk, file);
        disk_cut_power(&disk, variant);
        assert_true((disk_find(&disk, "a") != NULL) == (variant == DISK_CUT_KEEPS));
        disk_finish(&disk);
    }
}

/* And a deleted one may be back. */
static void a_deleted_name_may_come_back(void **state)
{
    (void)state;
    for (uint64_t variant = DISK_CUT_DROPS; variant <= DISK_CUT_KEEPS; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        disk_delete(&disk, make_synced(&disk, "a", 1));
        assert_null(disk_find(&disk, "a"));
        disk_cut_power(&disk, variant);
        assert_true((disk_find(&disk, "a") == NULL) == (variant == DISK_CUT_KEEPS));
        disk_finish(&disk);
    }
    struct disk disk;
    disk_init(&disk, NULL);
    disk_delete(&disk, make_synced(&disk, "a", 1));
    disk_sync_names(&disk);
    disk_cut_power(&disk, DISK_CUT_DROPS);
    assert_null(disk.first);
    disk_finish(&disk);
}

/* Two files cannot have one name, whatever comes back. */
static void of_two_files_of_one_name_the_younger_keeps_it(void **state)
{
    (void)state;
    bool had_old = false, had_new = false;
    for (uint64_t variant = 2; variant < 60; variant++) {
        struct disk disk;
        disk_init(&disk, NULL);
        disk_delete(&disk, make_synced(&disk, "a", 1));
        struct disk_file *young = disk_make(&disk, "a");
        assert_non_null(young);
        assert_true(disk_write(&disk, young, 0, "\2", 1));
        disk_sync(&disk, young);
        disk_cut_power(&disk, variant);
        const struct disk_file *found = disk_find(&disk, "a");
        had_old = had_old || (found != NULL && found->bytes[0] == 1);
        had_new = had_new || (found != NULL && found->bytes[0] == 2);
        assert_true(found == NULL || found == disk.last);
        disk_finish(&disk);
    }
    assert_true(had_old && had_new);
}

/* As with inodes. */
static void a_file_lives_as_long_as_it_is_open(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk, NULL);
    struct disk_file *file = make_synced(&disk, "a", 3);
    struct disk_file *scratch = disk_make(&disk, NULL);
    disk_file_open(file);
    disk_file_open(scratch);
    disk_delete(&disk, file);
    disk_sync_names(&disk);
    assert_int_equal(count_of(file, 3), SIZE);
    disk_file_close(&disk, file);
    assert_ptr_equal(disk.first, scratch);
    disk_file_close(&disk, scratch);
    assert_null(disk.first);
    assert_null(disk.last);
    disk_finish(&disk);
}

/* A disk that lies is how the other tests show that they can fail. */
static void a_lying_disk_loses_what_was_synced(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk, NULL);
    struct disk_file *file = make_synced(&disk, "a", 3);
    disk.is_lying = true;
    assert_true(disk_write(&disk, file, 0, "new", 3));
    disk_sync(&disk, file);
    disk_delete(&disk, file);
    disk_sync_names(&disk);
    disk_cut_power(&disk, DISK_CUT_DROPS);
    assert_int_equal(count_of(disk_find(&disk, "a"), 3), SIZE);
    disk_finish(&disk);
}

/* Every world starts from the same bytes and changes its own. */
static void a_copy_has_the_same_names_and_bytes_and_is_durable(void **state)
{
    (void)state;
    struct disk image, disk;
    disk_init(&image, NULL);
    struct disk_file *file = make_synced(&image, "a", 1);
    assert_non_null(disk_make(&image, "empty"));
    disk_file_open(file);
    disk_delete(&image, file);
    (void)make_synced(&image, "a", 2);
    disk_init(&disk, NULL);
    assert_true(disk_copy(&disk, &image));
    disk_cut_power(&disk, DISK_CUT_DROPS);
    assert_int_equal(count_of(disk_find(&disk, "a"), 2), SIZE);
    assert_int_equal(disk_find(&disk, "empty")->size, 0);
    assert_true(disk_write(&disk, disk_find(&disk, "a"), 0, "x", 1));
    assert_int_equal(disk_find(&image, "a")->bytes[0], 2);
    disk_finish(&disk);
    disk_file_close(&image, file);
    disk_finish(&image);
}

/* A name is a fixed field. */
static void a_name_that_is_too_long_is_refused(void **state)
{
    (void)state;
    char name[DISK_NAME_MAX + 2];
    struct disk disk;
    memset(name, 'n', sizeof(name));
    name[DISK_NAME_MAX + 1] = '\0';
    disk_init(&disk, NULL);
    assert_null(disk_make(&disk, name));
    assert_non_null(disk_make(&disk, name + 1));
    disk_finish(&disk);
}

/* A call that fails has changed nothing. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct disk disk, copy;
        unsigned char bytes[SIZE] = {1};
        failing_heap_init(&heap, n);
        disk_init(&disk, &heap.heap);
        disk_init(&copy, &heap.heap);
        struct disk_file *file = disk_make(&disk, "a");
        if (file != NULL) {
            bool is_written = disk_write(&disk, file, 0, bytes, sizeof(bytes));
            assert_int_equal(file->size, is_written ? SIZE : 0);
            assert_int_equal(file->change_count, is_written);
            bool is_cut = disk_truncate(&disk, file, 3 * SIZE);
            assert_int_equal(file->size, is_cut ? 3 * SIZE : is_written ? SIZE : 0);
            assert_true(disk_copy(&copy, &disk) || heap.has_failed);
        }
        disk_finish(&copy);
        disk_finish(&disk);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_reads_as_zero),
        cmocka_unit_test(a_power_cut_drops_or_keeps_what_was_not_synced),
        cmocka_unit_test(a_truncation_that_is_dropped_gives_the_bytes_back),
        cmocka_unit_test(a_torn_write_is_torn_between_sectors),
        cmocka_unit_test(files_lose_independently_of_each_other),
        cmocka_unit_test(what_was_synced_survives_every_variant),
        cmocka_unit_test(a_new_name_is_not_durable_before_the_directory_is_synced),
        cmocka_unit_test(a_deleted_name_may_come_back),
        cmocka_unit_test(of_two_files_of_one_name_the_younger_keeps_it),
        cmocka_unit_test(a_file_lives_as_long_as_it_is_open),
        cmocka_unit_test(a_lying_disk_loses_what_was_synced),
        cmocka_unit_test(a_copy_has_the_same_names_and_bytes_and_is_durable),
        cmocka_unit_test(a_name_that_is_too_long_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
