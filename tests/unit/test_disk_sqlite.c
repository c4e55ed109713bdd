/* SPDX-License-Identifier: Apache-2.0 */
/* test_disk_sqlite.c - SQLite on the disk in memory: what it promises after a power cut, a crash, an
 * error; and that these tests could fail. */
#include "disk_scene.h"

#include "world/coroutine_tools.h"

/* Drops, keeps, and some mixtures. */
enum { VARIANTS = 6 };

/* Every call; under valgrind, where one costs fifty times as much, every so many. */
static uint64_t stride(void)
{
    return RUNNING_ON_VALGRIND ? 23 : 1;
}

/* What became of a run in which something happened at one call. */
struct verdict {
    bool happened;
    int acknowledged; /* transactions */
    int found;        /* afterwards; -1: damaged */
    int code;         /* of the transaction that failed, or OK */
};

static struct verdict run(struct scene *scene, const char *synchronous)
{
    struct verdict verdict = {.code = SQLITE_OK};
    sqlite3 *db = scene_open(scene, 0, synchronous);
    verdict.code = db == NULL ? SQLITE_CANTOPEN : scene_work(scene, db);
    verdict.happened = scene->calls > scene->at;
    verdict.acknowledged = scene->acknowledged;
    (void)sqlite3_close(db);
    verdict.happened = verdict.happened || scene->calls > scene->at; /* while it was closed */
    scene_recover(scene);
    verdict.found = scene_judge(scene);
    return verdict;
}

static struct verdict run_with(enum deed deed, uint64_t at, uint64_t variant,
                               const char *synchronous, bool is_lying)
{
    struct scene scene;
    scene_begin(&scene);
    scene.deed = deed;
    scene.at = at;
    scene.variant = variant;
    scene.disk.is_lying = is_lying;
    struct verdict verdict = run(&scene, synchronous);
    scene_end(&scene);
    return verdict;
}

/* At every call of every kind, with every variant. Returns how many power cuts lost something that
 * was acknowledged; -1: some database was damaged or no prefix. */
static int lose_power_everywhere(const char *synchronous, bool is_lying, uint64_t variants)
{
    int losses = 0;
    for (uint64_t variant = 0; variant < variants; variant++) {
        for (uint64_t at = 0;; at += stride()) {
            struct verdict verdict = run_with(DEED_CUT, at, variant, synchronous, is_lying);
            if (!verdict.happened) {
                assert_true(at > 100);
                break;
            }
            if (verdict.found < 0 || verdict.found > verdict.acknowledged + 1) {
                return -1;
            }
            losses += verdict.found < verdict.acknowledged;
        }
    }
    return losses;
}

/* The promise of synchronous=FULL. */
static void with_full_a_power_cut_at_any_call_loses_nothing_acknowledged(void **state)
{
    (void)state;
    assert_int_equal(lose_power_everywhere("full", false, VARIANTS), 0);
}

/* The other journal has other calls: locks of the file, a journal that is made and deleted. */
static void a_rollback_journal_loses_nothing_acknowledged_either(void **state)
{
    (void)state;
    for (uint64_t variant = 0; variant < 4; variant++) {
        bool has_happened = true;
        for (uint64_t at = 0; has_happened; at += stride()) {
            struct scene scene;
            scene_begin(&scene);
            scene.has_rollback_journal = true;
            scene.deed = DEED_CUT;
            scene.at = at;
            scene.variant = variant;
            struct verdict verdict = run(&scene, "extra"); /* with the directory */
            has_happened = verdict.happened;
            scene_end(&scene);
            assert_in_range(verdict.found, verdict.acknowledged, verdict.acknowledged + 1);
        }
    }
}

/* One prepares to write beside readers; he writes when they have gone; meanwhile nobody else. */
static void file_locks_keep_writers_apart(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    scene.has_rollback_journal = true;
    sqlite3 *one = scene_open(&scene, 0, "full"), *other = scene_open(&scene, 1, "full");
    assert_int_equal(scene_run(one, "begin; insert into t values(1, 'x')"), SQLITE_OK);
    assert_int_equal(scene_run(other, "insert into t values(2, 'x')"), SQLITE_BUSY);
    sqlite3_stmt *reader = NULL;
    assert_int_equal(
        sqlite3_prepare_v2(other, "select * from t union all select 1, 2", -1, &reader, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(reader), SQLITE_ROW);
    assert_int_equal(scene_run(one, "commit"), SQLITE_BUSY);
    (void)sqlite3_finalize(reader);
    assert_int_equal(scene_number(other, "select count(*) from t"), -1); /* a writer waits */
    assert_int_equal(scene_run(one, "commit"), SQLITE_OK);
    assert_int_equal(scene_number(other, "select count(*) from t"), 1);
    assert_int_equal(sqlite3_close(one), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    scene_end(&scene);
}

/* What SQLite asks for that cannot be is refused with the code that the system's VFS has for it. */
static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MAIN_JOURNAL;
    char name[DISK_NAME_MAX + 2];
    memset(name, 'n', sizeof(name));
    name[DISK_NAME_MAX + 1] = '\0';
    scene_begin(&scene);
    sqlite3_vfs *vfs = sqlite3_vfs_find(scene.clients[0].name);
    sqlite3_vfs *ghost = sqlite3_vfs_find(scene.clients[CLIENTS - 1].name);
    sqlite3_file *file = malloc((size_t)vfs->szOsFile);
    char bytes[4] = "abc", small[4];
    assert_non_null(file);
    assert_int_equal(vfs->xDelete(vfs, "none", 0), SQLITE_IOERR_DELETE_NOENT);
    assert_int_equal(vfs->xOpen(vfs, "none", file, flags, NULL), SQLITE_CANTOPEN);
    assert_int_equal(vfs->xOpen(vfs, name, file, flags | SQLITE_OPEN_CREATE, NULL),
                     SQLITE_CANTOPEN);
    assert_int_equal(
        vfs->xOpen(vfs, "db", file, flags | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE, NULL),
        SQLITE_CANTOPEN);
    assert_int_equal(vfs->xFullPathname(vfs, "longer", sizeof(small), small), SQLITE_CANTOPEN);
    assert_int_equal(ghost->xDelete(ghost, "db", 1), SQLITE_OK);
    assert_non_null(disk_find(&scene.disk, "db"));
    assert_int_equal(vfs->xRandomness(vfs, sizeof(bytes), bytes), sizeof(bytes));
    assert_memory_equal(bytes, "\0\0\0\0", sizeof(bytes));
    assert_int_equal(
        vfs->xOpen(vfs, "gone", file, flags | SQLITE_OPEN_CREATE | SQLITE_OPEN_DELETEONCLOSE, NULL),
        SQLITE_OK);
    assert_int_equal(file->pMethods->xClose(file), SQLITE_OK);
    assert_null(disk_find(&scene.disk, "gone"));
    free(file);
    scene_end(&scene);
}

/* Without memory a session fails with that, and leaves nothing behind. */
static void every_allocation_of_a_client_may_fail(void **state)
{
    (void)state;
    bool has_failed = true;
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct disk disk;
        struct disk_client client;
        sqlite3 *db = NULL;
        failing_heap_init(&heap, n);
        disk_init(&disk, &heap.heap);
        disk_clients_seed();
        bool is_made = disk_client_init(&client, &disk, &(struct disk_client_options){0});
        if (is_made) {
            (void)sqlite3_open_v2("db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                                  client.name);
            int code = scene_run(db, "pragma journal_mode=wal; create table t(a);"
                                     "insert into t values(1)");
            assert_true(code == SQLITE_OK || heap.has_failed);
            assert_int_equal(sqlite3_close(db), SQLITE_OK);
        }
        disk_client_finish(&client);
        disk_finish(&disk);
        assert_int_equal(heap.outstanding, 0);
        has_failed = heap.has_failed;
    }
}

/* The promise of synchronous=NORMAL: whole, a prefix of the commits, but some may be lost. */
static void with_normal_a_power_cut_at_any_call_leaves_a_prefix(void **state)
{
    (void)state;
    assert_true(lose_power_everywhere("normal", false, VARIANTS) > 0);
}

/* Otherwise the two tests above would prove nothing. */
static void a_disk_whose_sync_lies_is_found_out(void **state)
{
    (void)state;
    assert_true(lose_power_everywhere("full", true, 1) != 0);
    assert_int_equal(lose_power_everywhere("full", true, 3), -1);
}

/* A process that dies loses only what it had not committed, whatever `synchronous` says. */
static void a_crash_at_any_call_loses_nothing_acknowledged(void **state)
{
    (void)state;
    for (uint64_t at = 0;; at += stride()) {
        struct verdict verdict = run_with(DEED_KILL, at, 0, "normal", false);
        if (!verdict.happened) {
            break;
        }
        assert_in_range(verdict.found, verdict.acknowledged, verdict.acknowledged + 1);
    }
}

/* An error in the middle is told, or it did not matter; nothing is damaged. */
static void an_error_at_any_call_is_told_or_does_no_harm(void **state)
{
    (void)state;
    static const enum deed deeds[] = {DEED_FAIL, DEED_FULL};
    int told = 0;
    for (size_t i = 0; i < 2; i++) {
        for (uint64_t at = 0;; at += stride()) {
            struct verdict verdict = run_with(deeds[i], at, 0, "full", false);
            if (!verdict.happened) {
                break;
            }
            assert_in_range(verdict.found, verdict.acknowledged, verdict.acknowledged + 1);
            assert_true(verdict.code != SQLITE_CORRUPT && verdict.code != SQLITE_NOTADB);
            assert_true(verdict.code != SQLITE_OK || verdict.acknowledged == TRANSACTIONS);
            told += verdict.code != SQLITE_OK;
        }
    }
    assert_true(told > 50 / (int)stride());
}

/* The session goes on with the same connection once there is space again. */
static void after_a_full_disk_the_same_session_goes_on(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *db = scene_open(&scene, 0, "full");
    scene.deed = DEED_FULL;
    scene.at = scene.calls + 60;
    scene.is_lasting = true;
    assert_int_equal(scene_work(&scene, db), SQLITE_FULL);
    scene.deed = DEED_NONE;
    assert_int_equal(scene_work(&scene, db), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(scene_judge(&scene), TRANSACTIONS);
    scene_end(&scene);
}

/* A lock is its process's. */
static void the_locks_of_a_dead_client_are_gone_at_once(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *dying = scene_open(&scene, 0, "full"), *other = scene_open(&scene, 1, "full");
    assert_int_equal(scene_run(dying, "begin immediate; insert into t values(1, 'x')"), SQLITE_OK);
    assert_int_equal(scene_run(other, "begin immediate"), SQLITE_BUSY);
    disk_client_kill(&scene.clients[0]);
    assert_int_equal(scene_run(other, "begin immediate; rollback"), SQLITE_OK);
    assert_true(scene_run(dying, "commit") != SQLITE_OK);
    (void)sqlite3_close(dying);
    assert_int_equal(scene_number(other, "select count(*) from t"), 0);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
    scene_end(&scene);
}

/* A client that dies at any call beside one that lives: its half-made traces in shared memory do not
 * confuse the other, and what its code does after death is not seen. */
static void the_living_go_on_beside_one_that_dies_at_any_call(void **state)
{
    (void)state;
    for (uint64_t at = 0;; at += stride()) {
        struct scene scene;
        scene_begin(&scene);
        sqlite3 *other = scene_open(&scene, 1, "normal"), *dying = scene_open(&scene, 0, "normal");
        assert_int_equal(scene_number(other, "select count(*) from t"), 0);
        scene.deed = DEED_KILL;
        scene.at = scene.calls + at;
        bool is_over = scene_work(&scene, dying) == SQLITE_OK;
        (void)sqlite3_close(dying);
        scene_recover(&scene);
        int found = scene_number(other, "select count(*) from t") / ROWS_EACH;
        assert_in_range(found, scene.acknowledged, scene.acknowledged + 1);
        scene.acknowledged = found;
        assert_int_equal(scene_work(&scene, other), SQLITE_OK);
        assert_int_equal(sqlite3_close(other), SQLITE_OK);
        assert_int_equal(scene_judge(&scene), TRANSACTIONS);
        scene_end(&scene);
        if (is_over) {
            break;
        }
    }
}

/* The world learns of each commit when it can be seen, once. */
static void the_host_hears_of_every_commit(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *db = scene_open(&scene, 0, "full");
    scene.heard = 0;
    assert_int_equal(scene_run(db, "pragma wal_autocheckpoint=0"), SQLITE_OK);
    assert_int_equal(scene_work(&scene, db), SQLITE_OK);
    assert_int_equal(scene.heard, TRANSACTIONS);
    assert_int_equal(scene_run(db, "begin immediate; rollback"), SQLITE_OK);
    assert_int_equal(scene.heard, TRANSACTIONS);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    scene_end(&scene);
}

/* Somebody who looks must not change what is looked at: not by locks, not by files. */
static void a_ghost_sees_everything_and_is_not_noticed(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *ghost = scene_open(&scene, CLIENTS - 1, "full");
    assert_non_null(ghost);
    assert_int_equal(scene_number(ghost, "select count(*) from t"), 0);
    (void)scene_run(ghost, "insert into t values(1, 'x')"); /* into a log that only it has */
    assert_int_equal(sqlite3_close(ghost), SQLITE_OK);
    assert_int_equal(scene.calls, 0);
    assert_int_equal(disk_find(&scene.disk, "db-wal") == NULL, 1);
    assert_int_equal(scene_judge(&scene), 0);

    sqlite3 *db = scene_open(&scene, 0, "full");
    assert_int_equal(scene_run(db, "insert into t values(1000, 'x')"), SQLITE_OK);
    ghost = scene_open(&scene, CLIENTS - 1, "full");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(scene_run(db, "begin; insert into t(filler) values('x')"), SQLITE_OK);
        disk_client_look(&scene.clients[CLIENTS - 1]);
        uint64_t calls = scene.calls;
        assert_int_equal(scene_number(ghost, "select count(*) from t"), 1 + i);
        assert_int_equal(scene.calls, calls);
        assert_int_equal(scene_run(db, "commit"), SQLITE_OK);
    }
    disk_client_look(&scene.clients[CLIENTS - 1]);
    assert_int_equal(scene_run(ghost, "begin"), SQLITE_OK);
    assert_int_equal(scene_number(ghost, "select count(*) from t"), 3);
    assert_int_equal(scene_run(db, "pragma wal_checkpoint(truncate)"), SQLITE_OK);
    assert_int_equal(scene_run(ghost, "end"), SQLITE_OK);
    assert_int_equal(sqlite3_close(ghost), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    scene_end(&scene);
}

/* A process that comes when all others are dead finds no wal-index, and reads the log again. */
static void whoever_comes_after_a_crash_recovers_the_log(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *dying = scene_open(&scene, 0, "full");
    assert_int_equal(scene_work(&scene, dying), SQLITE_OK);
    disk_client_kill(&scene.clients[0]);
    assert_int_equal(scene_judge(&scene), TRANSACTIONS);
    (void)sqlite3_close(dying);
    scene_end(&scene);
}

/* Waiting is the host's business. */
static void sleeping_and_telling_the_time_are_asked_of_the_host(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *db = scene_open(&scene, 0, "full");
    assert_int_equal(scene_number(db, "select strftime('%Y', 'now')"), 2024);
    sqlite3_vfs *vfs = sqlite3_vfs_find(scene.clients[0].name);
    assert_non_null(vfs);
    assert_int_equal(vfs->xSleep(vfs, 7), 7);
    assert_int_equal(scene.slept_ns, 7000);
    double days;
    assert_int_equal(vfs->xCurrentTime(vfs, &days), SQLITE_OK);
    assert_true(days > 2460310.4 && days < 2460310.6);
    assert_int_equal(vfs->xGetLastError(vfs, 0, NULL), 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    scene_end(&scene);
}

/* Large sorts go to files that nobody can find. */
static void scratch_files_have_no_name(void **state)
{
    (void)state;
    struct scene scene;
    scene_begin(&scene);
    sqlite3 *db = scene_open(&scene, 0, "full");
    assert_int_equal(scene_run(db, "pragma cache_size=10; pragma temp_store=file;"
                                   "create temp table s(a, b)"),
                     SQLITE_OK);
    assert_int_equal(
        scene_number(db, "with recursive n(x) as (select 1 union all select x + 1 from n where x < "
                         "20000) select count(*) from (select x, hex(zeroblob(90)) as y from n "
                         "order by y, x desc)"),
        20000);
    assert_int_equal(
        scene_run(db, "with recursive n(x) as (select 1 union all select x + 1 from n where x < "
                      "2000) insert into s select x, zeroblob(200) from n"),
        SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    for (const struct disk_file *file = scene.disk.first; file != NULL; file = file->next) {
        assert_true(file->name[0] != '\0');
    }
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_full_a_power_cut_at_any_call_loses_nothing_acknowledged),
        cmocka_unit_test(a_rollback_journal_loses_nothing_acknowledged_either),
        cmocka_unit_test(file_locks_keep_writers_apart),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(every_allocation_of_a_client_may_fail),
        cmocka_unit_test(with_normal_a_power_cut_at_any_call_leaves_a_prefix),
        cmocka_unit_test(a_disk_whose_sync_lies_is_found_out),
        cmocka_unit_test(a_crash_at_any_call_loses_nothing_acknowledged),
        cmocka_unit_test(an_error_at_any_call_is_told_or_does_no_harm),
        cmocka_unit_test(after_a_full_disk_the_same_session_goes_on),
        cmocka_unit_test(the_locks_of_a_dead_client_are_gone_at_once),
        cmocka_unit_test(the_living_go_on_beside_one_that_dies_at_any_call),
        cmocka_unit_test(the_host_hears_of_every_commit),
        cmocka_unit_test(a_ghost_sees_everything_and_is_not_noticed),
        cmocka_unit_test(whoever_comes_after_a_crash_recovers_the_log),
        cmocka_unit_test(sleeping_and_telling_the_time_are_asked_of_the_host),
        cmocka_unit_test(scratch_files_have_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
