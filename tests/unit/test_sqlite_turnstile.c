/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite_turnstile.c - four processes write all the time, and each gets its turn.
 *
 * The numbers of leases are given in the order of the commits: the table is the log. Judged is the
 * order, not the time. */
#include "sqlite_scene.h"

#include <sys/wait.h>

/* A writer that is passed over this often is starving: by chance alone it is next after three. */
enum { WRITERS = 4, COMMITS = 60, PASSED_OVER_MAX = COMMITS };

/* The life of one writer; its exit says whether all commits were made. */
static void write_and_exit(struct drawer *drawer, int writer)
{
    struct dal *dal = NULL;
    char name[8] = {(char)('a' + writer), '\0'};
    bool is_well = drawer_try(drawer, &dal) == CLOACINA_OK;
    for (int i = 0; is_well && i < COMMITS; i++) {
        uint64_t lease;
        int64_t now;
        is_well = dal->impl->open_lease(dal, text_of(name), &lease, &now, NULL) == CLOACINA_OK;
    }
    dal_destroy(dal);
    _exit(is_well ? 0 : 1);
}

/* Why: with SQLite's busy handler alone one of two writers stood still for seconds. */
static void nobody_starves_beside_those_who_write_all_the_time(void **state)
{
    (void)state;
    struct drawer drawer;
    pid_t writers[WRITERS];
    drawer_make_folder(&drawer);
    dal_destroy(drawer_session(&drawer));
    for (int writer = 0; writer < WRITERS; writer++) {
        writers[writer] = fork();
        if (writers[writer] == 0) {
            write_and_exit(&drawer, writer);
        }
        assert_true(writers[writer] > 0);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int status;
        assert_int_equal(waitpid(writers[writer], &status, 0), writers[writer]);
        assert_int_equal(status, 0);
    }
    struct arena arena;
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    struct dal *dal = drawer_session(&drawer);
    arena_init(&arena, NULL);
    assert_int_equal(dal->impl->leases(dal, &arena, &leases, &count, &now, NULL), CLOACINA_OK);
    assert_int_equal(count, WRITERS * COMMITS);
    size_t worst = 0;
    for (int writer = 0; writer < WRITERS; writer++) {
        size_t last = 0;
        bool has_begun = false;
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(leases[i].lease, i + 1);
            if (leases[i].name.bytes[0] == 'a' + writer) {
                size_t passed = has_begun ? i - last - 1 : 0;
                worst = passed > worst ? passed : worst;
                last = i;
                has_begun = true;
            }
        }
    }
    print_message("passed over at most %zu times in a row\n", worst);
    assert_true(worst <= PASSED_OVER_MAX);
    arena_finish(&arena);
    dal_destroy(dal);
    drawer_remove_folder(&drawer);
}

/* Why: several processes of a service start at the same time on a file that is not there yet. */
static void a_file_can_be_made_by_several_at_once(void **state)
{
    (void)state;
    struct drawer drawer;
    pid_t writers[WRITERS];
    drawer_make_folder(&drawer);
    for (int writer = 0; writer < WRITERS; writer++) {
        writers[writer] = fork();
        if (writers[writer] == 0) {
            write_and_exit(&drawer, writer);
        }
        assert_true(writers[writer] > 0);
    }
    for (int writer = 0; writer < WRITERS; writer++) {
        int status;
        assert_int_equal(waitpid(writers[writer], &status, 0), writers[writer]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM schema_migrations"),
                     (long long)schema_step_count);
    assert_int_equal(drawer_number(&drawer, "SELECT max(lease) FROM runner_leases"),
                     WRITERS * COMMITS);
    drawer_remove_folder(&drawer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_starves_beside_those_who_write_all_the_time),
        cmocka_unit_test(a_file_can_be_made_by_several_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
