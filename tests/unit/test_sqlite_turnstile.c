/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite_turnstile.c - four processes write all the time, and each gets its turn.
 *
 * Judged is how often a writer that is awake asks in vain, not how long it takes: a process that
 * gets no processor does not starve here. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "fragile_vfs.h"
#include "sqlite_scene.h"

#include <sys/mman.h>
#include <sys/wait.h>

#include "dal/sqlite/store.h"

/* Pauses of one commit. By chance alone it is one's turn after a dozen; a second has 5,000. */
enum { WRITERS = 4, COMMITS = 200, PAUSES_MAX = 1000 };

/* The life of one writer; its exit says whether all commits were made. `*ret_worst` is the commit
 * with the most pauses. */
static void write_and_exit(struct drawer *drawer, int writer, size_t *ret_worst)
{
    struct fragile_vfs vfs;
    struct dal *dal = NULL;
    char name[2] = {(char)('a' + writer), '\0'};
    fragile_register(&vfs);
    vfs.sleeps_really = true;
    drawer->options.vfs = vfs.vfs.zName;
    bool is_well = drawer_try(drawer, &dal) == CLOACINA_OK;
    *ret_worst = vfs.sleeps;
    for (int i = 0; is_well && i < COMMITS; i++) {
        uint64_t lease;
        int64_t now;
        size_t before = vfs.sleeps;
        is_well = dal->impl->open_lease(dal, text_of(name), &lease, &now, NULL) == CLOACINA_OK;
        *ret_worst = vfs.sleeps - before > *ret_worst ? vfs.sleeps - before : *ret_worst;
    }
    dal_destroy(dal);
    fragile_unregister(&vfs);
    _exit(is_well ? 0 : 1);
}

/* Lets all of them write into the file; returns the most pauses of one commit. */
static size_t let_them_write(struct drawer *drawer)
{
    pid_t writers[WRITERS];
    size_t worst = 0;
    size_t *all = mmap(NULL, WRITERS * sizeof(*all), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(all != MAP_FAILED);
    for (int writer = 0; writer < WRITERS; writer++) {
        writers[writer] = fork();
        if (writers[writer] == 0) {
            write_and_exit(drawer, writer, &all[writer]);
        }
        assert_true(writers[writer] > 0);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int status;
        assert_int_equal(waitpid(writers[writer], &status, 0), writers[writer]);
        assert_int_equal(status, 0);
        worst = all[writer] > worst ? all[writer] : worst;
    }
    assert_int_equal(munmap(all, WRITERS * sizeof(*all)), 0);
    return worst;
}

/* Why: with SQLite's busy handler alone one of two writers stood still for seconds. */
static void nobody_starves_beside_those_who_write_all_the_time(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    dal_destroy(drawer_session(&drawer));
    size_t worst = let_them_write(&drawer);
    print_message("at most %zu pauses for a commit\n", worst);
    assert_true(worst < PAUSES_MAX);
    assert_int_equal(drawer_number(&drawer, "SELECT max(lease) FROM runner_leases"),
                     WRITERS * COMMITS);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM runner_leases"),
                     WRITERS * COMMITS);
    drawer_remove_folder(&drawer);
}

/* Why: several processes of a service start at the same time on a file that is not there yet. */
static void a_file_can_be_made_by_several_at_once(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    (void)let_them_write(&drawer);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM schema_migrations"),
                     (long long)schema_step_count);
    assert_int_equal(drawer_number(&drawer, "SELECT max(lease) FROM runner_leases"),
                     WRITERS * COMMITS);
    drawer_remove_folder(&drawer);
}

/* Why: that is the whole law: who came through is the next, however often the one before asks. */
static void who_came_through_is_the_next(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_open(&drawer, "a");
    drawer.options.busy_timeout_ns = 1;
    struct sqlite_store *next = (struct sqlite_store *)drawer.shelf.store;
    struct sqlite_store *before = (struct sqlite_store *)drawer_session(&drawer);
    assert_int_equal(transaction_write(before, NULL), CLOACINA_OK);
    assert_int_equal(turnstile_take(next, NULL), CLOACINA_OK);
    assert_int_equal(transaction_end(before, CLOACINA_OK, NULL), CLOACINA_OK);
    assert_int_equal(transaction_write(before, NULL), CLOACINA_UNAVAILABLE);
    turnstile_give(next);
    assert_int_equal(transaction_write(next, NULL), CLOACINA_OK);
    assert_int_equal(transaction_end(next, CLOACINA_OK, NULL), CLOACINA_OK);
    assert_int_equal(transaction_write(before, NULL), CLOACINA_OK);
    assert_int_equal(transaction_end(before, CLOACINA_OK, NULL), CLOACINA_OK);
    dal_destroy(&before->dal);
    drawer_close(&drawer);
}

/* Why: a process that was stopped in the middle of a commit must not cost the others their
 * processors while they wait. */
static void who_waits_for_one_that_stands_still_asks_ever_less_often(void **state)
{
    (void)state;
    struct drawer drawer;
    struct fragile_vfs vfs;
    fragile_register(&vfs);
    drawer_open(&drawer, "a");
    struct sqlite_store *still = (struct sqlite_store *)drawer.shelf.store;
    drawer.options.vfs = vfs.vfs.zName;
    struct sqlite_store *other = (struct sqlite_store *)drawer_session(&drawer);
    assert_int_equal(transaction_write(still, NULL), CLOACINA_OK);
    size_t before = vfs.sleeps;
    assert_int_equal(transaction_write(other, NULL), CLOACINA_UNAVAILABLE);
    assert_in_range(vfs.sleeps - before, 1000, 1200); /* a second of 1 ms each, then growing */
    assert_int_equal(transaction_end(still, CLOACINA_OK, NULL), CLOACINA_OK);
    dal_destroy(&other->dal);
    fragile_unregister(&vfs);
    drawer.options.vfs = NULL;
    drawer_close(&drawer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_starves_beside_those_who_write_all_the_time),
        cmocka_unit_test(a_file_can_be_made_by_several_at_once),
        cmocka_unit_test(who_came_through_is_the_next),
        cmocka_unit_test(who_waits_for_one_that_stands_still_asks_ever_less_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
