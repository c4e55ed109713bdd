/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite.c - opening a file: new, old, newer, somebody else's, none; and what is set then. */
#include "sqlite_scene.h"

#include <fcntl.h>
#include <sys/stat.h>

static void write_file(const struct drawer *drawer, const char *text)
{
    FILE *file = fopen(drawer->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Why: who migrates wants to know from where to where. */
static void a_new_file_gets_the_whole_schema(void **state)
{
    (void)state;
    struct drawer drawer;
    uint32_t before = 99;
    uint32_t version = 99;
    drawer_make_folder(&drawer);
    drawer.options.ret_version_before = &before;
    drawer.options.ret_version = &version;
    dal_destroy(drawer_session(&drawer));
    assert_int_equal(before, 0);
    assert_int_equal(version, schema_step_count);
    dal_destroy(drawer_session(&drawer));
    assert_int_equal(before, schema_step_count);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM schema_migrations"),
                     (long long)schema_step_count);
    assert_int_equal(drawer_number(&drawer, "PRAGMA application_id"), SCHEMA_APPLICATION_ID);
    char mode[16];
    drawer_text(&drawer, "PRAGMA journal_mode", mode, sizeof(mode));
    assert_string_equal(mode, "wal");
    drawer_remove_folder(&drawer);
}

/* Why: what was committed is there after the end of the process. */
static void what_was_committed_is_there_again(void **state)
{
    (void)state;
    struct drawer drawer;
    struct dal_snapshot snapshot;
    drawer_open(&drawer, "a; b: a");
    drawer_submit(&drawer);
    dal_destroy(drawer.shelf.store);
    drawer.shelf.store = drawer_session(&drawer);
    assert_int_equal(drawer.shelf.store->impl->load(drawer.shelf.store, (struct id){1, 2},
                                                    &drawer.shelf.arena, &snapshot, NULL),
                     CLOACINA_OK);
    assert_int_equal(snapshot.feed.task_count, 2);
    drawer_close(&drawer);
}

/* Why: a library that is older than the file cannot know what it would break. */
static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    dal_destroy(drawer_session(&drawer));
    drawer_sql(&drawer, "INSERT INTO schema_migrations VALUES (99, 'later', 1)");
    drawer_assert_refused(&drawer, CLOACINA_INVALID,
                          "its schema has version 99, this library knows versions up to 3: use a "
                          "newer one");
    drawer_remove_folder(&drawer);
}

/* Takes the file back to the version before. */
static void take_back(struct drawer *drawer)
{
    drawer_sql(drawer, "DROP VIEW execution_events_readable; DROP VIEW runner_leases_readable;"
                       "DELETE FROM schema_migrations WHERE version = 3");
}

/* Why: an upgrade is one command, and only when it is wanted. */
static void an_older_schema_is_migrated(void **state)
{
    (void)state;
    struct drawer drawer;
    uint32_t before;
    drawer_make_folder(&drawer);
    dal_destroy(drawer_session(&drawer));
    take_back(&drawer);
    drawer.options.without_migration = true;
    drawer_assert_refused(&drawer, CLOACINA_INVALID,
                          "its schema has version 2, this library needs 3: migrate it first");
    drawer.options.without_migration = false;
    drawer.options.ret_version_before = &before;
    dal_destroy(drawer_session(&drawer));
    assert_int_equal(before, 2);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM runner_leases_readable"), 0);
    drawer_remove_folder(&drawer);
}

/* Why: a step that fails leaves the database as it was. */
static void a_step_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    dal_destroy(drawer_session(&drawer));
    take_back(&drawer);
    drawer_sql(&drawer, "CREATE TABLE runner_leases_readable (x)");
    drawer_assert_refused(&drawer, CLOACINA_INVALID,
                          "table runner_leases_readable already exists (SQLite says 1)");
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM sqlite_schema"
                                            " WHERE name = 'execution_events_readable'"),
                     0);
    drawer_remove_folder(&drawer);
}

/* Why: a wrong path must not cost anybody their data. */
static void the_database_of_another_program_is_left_alone(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    drawer_sql(&drawer, "CREATE TABLE photos (name TEXT); PRAGMA user_version = 7");
    drawer_assert_refused(&drawer, CLOACINA_INVALID, "it is the database of another program");
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM sqlite_schema"), 1);
    char mode[16];
    drawer_text(&drawer, "PRAGMA journal_mode", mode, sizeof(mode));
    assert_string_equal(mode, "delete");
    drawer_sql(&drawer, "DROP TABLE photos; PRAGMA application_id = 77");
    drawer_assert_refused(&drawer, CLOACINA_INVALID, "it is the database of another program");
    drawer_remove_folder(&drawer);
}

/* Why: the same, when it is not even a database. */
static void a_file_that_is_no_database_is_left_alone(void **state)
{
    (void)state;
    struct drawer drawer;
    char text[64] = {0};
    drawer_make_folder(&drawer);
    write_file(&drawer, "Dear diary, today I wrote a text that is not a database at all.\n");
    drawer_assert_refused(&drawer, CLOACINA_INVALID, "file is not a database (SQLite says 26)");
    FILE *file = fopen(drawer.path, "r");
    assert_int_equal(fread(text, 1, 10, file), 10);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "Dear diary");
    drawer_remove_folder(&drawer);
}

/* Why: a mistyped path is told as what it is. */
static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct drawer drawer;
    char wanted[256];
    drawer_make_folder(&drawer);
    drawer.options.url = drawer.folder;
    drawer_assert_refused(&drawer, CLOACINA_IO, "it is a folder");
    (void)snprintf(drawer.url, sizeof(drawer.url), "%s/no/app.db", drawer.folder);
    drawer.options.url = drawer.url;
    (void)snprintf(wanted, sizeof(wanted), "store '%s/no/app.db': there is no folder '%s/no'",
                   drawer.folder, drawer.folder);
    drawer_assert_refused(&drawer, CLOACINA_NOT_FOUND, wanted);
    drawer.options.url = drawer.path;
    drawer.options.must_exist = true;
    drawer_assert_refused(&drawer, CLOACINA_NOT_FOUND, "there is no such file");
    write_file(&drawer, "");
    drawer_assert_refused(&drawer, CLOACINA_NOT_FOUND, "it is empty");
    drawer.options.vfs = "nobody's";
    drawer_assert_refused(&drawer, CLOACINA_INVALID, "there is no VFS 'nobody's'");
    drawer_remove_folder(&drawer);
}

/* Why: looking needs no permission to write; anything else says what is missing. */
static void a_file_that_cannot_be_written_can_be_looked_at(void **state)
{
    (void)state;
    struct drawer drawer;
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    drawer_open(&drawer, "a");
    drawer_submit(&drawer);
    (void)snprintf(drawer.url, sizeof(drawer.url), "file:%s?mode=ro", drawer.path);
    struct dal *reader = drawer_session(&drawer);
    assert_int_equal(reader->impl->leases(reader, &drawer.shelf.arena, &leases, &count, &now, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1);
    uint64_t lease;
    assert_int_equal(
        reader->impl->open_lease(reader, TEXT_LITERAL("x"), &lease, &now, &drawer.error),
        CLOACINA_IO);
    dal_destroy(reader);
    dal_destroy(drawer.shelf.store);
    drawer.options.url = drawer.path;
    take_back(&drawer);
    drawer.options.url = drawer.url;
    drawer_assert_refused(&drawer, CLOACINA_IO, "it cannot be written");
    drawer.options.url = drawer.path;
    drawer.shelf.store = drawer_session(&drawer);
    drawer_close(&drawer);
}

/* Why: a copy made with VACUUM INTO is a database like any other. */
static void a_copy_gets_its_log_back(void **state)
{
    (void)state;
    struct drawer drawer;
    char sql[256];
    char mode[16];
    drawer_open(&drawer, "a");
    drawer_submit(&drawer);
    dal_destroy(drawer.shelf.store);
    (void)snprintf(sql, sizeof(sql), "VACUUM INTO '%s/copy.db'", drawer.folder);
    drawer_sql(&drawer, sql);
    (void)snprintf(drawer.path, sizeof(drawer.path), "%s/copy.db", drawer.folder);
    drawer.options.url = drawer.path;
    drawer_text(&drawer, "PRAGMA journal_mode", mode, sizeof(mode));
    assert_string_equal(mode, "delete");
    drawer.shelf.store = drawer_session(&drawer);
    drawer_text(&drawer, "PRAGMA journal_mode", mode, sizeof(mode));
    assert_string_equal(mode, "wal");
    drawer_close(&drawer);
}

/* Why: a session in memory needs no file, no log and no turn. */
static void a_database_in_memory_is_a_whole_store(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_open(&drawer, "a");
    dal_destroy(drawer.shelf.store);
    drawer.options.url = ":memory:";
    drawer.shelf.store = drawer_session(&drawer);
    drawer_submit(&drawer);
    assert_int_equal(
        shelf_poll(&drawer.shelf, drawer.shelf.scene.execution.workflow, 1).claimed_count, 1);
    assert_int_equal(drawer.shelf.store->impl->descriptor(drawer.shelf.store), -1);
    drawer_close(&drawer);
}

struct lines {
    struct cloacina_log log;
    char text[1000];
};

static void keep_line(struct cloacina_log *log, enum cloacina_log_level level, const char *line)
{
    struct lines *lines = (struct lines *)log;
    (void)level;
    strncat(lines->text, line, sizeof(lines->text) - strlen(lines->text) - 1);
    strncat(lines->text, "\n", sizeof(lines->text) - strlen(lines->text) - 1);
}

/* Why: a parameter without effect is told, a wrong value of a live one is refused. */
static void parameters_are_live_told_or_refused(void **state)
{
    (void)state;
    static const struct cloacina_log_impl impl = {.write = keep_line};
    struct lines lines = {.log = {.impl = &impl, .level = CLOACINA_LOG_DEBUG}};
    struct drawer drawer;
    drawer_make_folder(&drawer);
    drawer.options.log = &lines.log;
    (void)snprintf(drawer.url, sizeof(drawer.url), "%s?synchronous=full&mode=rwc&&cache",
                   drawer.path);
    dal_destroy(drawer_session(&drawer));
    assert_non_null(strstr(lines.text, "parameter 'mode' has no effect\n"));
    assert_non_null(strstr(lines.text, "parameter 'cache' has no effect\n"));
    (void)snprintf(drawer.url, sizeof(drawer.url), "%s?synchronous=off", drawer.path);
    drawer_assert_refused(&drawer, CLOACINA_INVALID,
                          "parameter 'synchronous' is 'off': 'full' or 'normal'");
    drawer_remove_folder(&drawer);
}

/* Why: people read statuses and instants, not numbers; and the names must be those of the engine.
 */
static void the_views_speak_like_the_engine(void **state)
{
    (void)state;
    struct drawer drawer;
    char text[64];
    char sql[256];
    drawer_open(&drawer, "a; b: a");
    drawer.shelf.now = 1700000000123456789;
    drawer_submit(&drawer);
    (void)shelf_poll(&drawer.shelf, drawer.shelf.scene.execution.workflow, 1);
    drawer_text(&drawer, "SELECT status FROM workflow_executions_readable", text, sizeof(text));
    assert_string_equal(text, "Running");
    drawer_text(&drawer, "SELECT id FROM workflow_executions_readable", text, sizeof(text));
    assert_string_equal(text, "00000000-0000-0001-0000-000000000002");
    drawer_text(&drawer, "SELECT started_at FROM workflow_executions_readable", text, sizeof(text));
    assert_string_equal(text, "2023-11-14T22:13:20.123456789Z");
    drawer_text(&drawer, "SELECT task || status FROM task_executions_readable", text, sizeof(text));
    assert_string_equal(text, "aRunning");
    drawer_text(&drawer, "SELECT opened_at FROM runner_leases_readable", text, sizeof(text));
    assert_string_equal(text, "2023-11-14T22:13:20.123456789Z");
    drawer_text(&drawer, "SELECT type || task FROM execution_events_readable WHERE task NOT NULL",
                text, sizeof(text));
    assert_string_equal(text, "task_marked_readya");
    for (int type = 1; type < EVENT_TYPES; type++) {
        (void)snprintf(sql, sizeof(sql),
                       "UPDATE execution_events SET type = %d, skip = %d, code = %d", type,
                       type % 5, type % 16);
        drawer_sql(&drawer, sql);
        drawer_text(&drawer, "SELECT type FROM execution_events_readable", text, sizeof(text));
        assert_string_equal(text, event_type_name((enum event_type)type));
        drawer_text(&drawer, "SELECT skip FROM execution_events_readable", text, sizeof(text));
        assert_string_equal(text, type % 5 == 0 ? "(null)"
                                                : skip_reason_name((enum skip_reason)(type % 5)));
        drawer_text(&drawer, "SELECT code FROM execution_events_readable", text, sizeof(text));
        assert_string_equal(
            text, type % 16 == 0 ? "(null)" : cloacina_code_name((enum cloacina_code)(type % 16)));
    }
    for (int status = 0; status < EXECUTION_STATUSES; status++) {
        (void)snprintf(sql, sizeof(sql), "UPDATE workflow_executions SET status = %d", status);
        drawer_sql(&drawer, sql);
        drawer_text(&drawer, "SELECT status FROM workflow_executions_readable", text, sizeof(text));
        assert_string_equal(text, execution_status_name((enum execution_status)status));
        (void)snprintf(sql, sizeof(sql),
                       "UPDATE task_executions SET status = %d, ready_order = iif(%d = 1, 1, NULL)",
                       status, status);
        drawer_sql(&drawer, sql);
        drawer_text(&drawer, "SELECT status FROM task_executions_readable", text, sizeof(text));
        assert_string_equal(text, task_status_name((enum task_status)status));
    }
    drawer_close(&drawer);
}

/* Why: no memory is an answer at each allocation, and nothing is lost on the way. */
static void opening_without_memory_fails_cleanly(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_make_folder(&drawer);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct dal *dal = NULL;
        failing_heap_init(&heap, n);
        drawer.options.heap = &heap.heap;
        enum cloacina_code code = drawer_try(&drawer, &dal);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        dal_destroy(dal);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    drawer_remove_folder(&drawer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_gets_the_whole_schema),
        cmocka_unit_test(what_was_committed_is_there_again),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(an_older_schema_is_migrated),
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(the_database_of_another_program_is_left_alone),
        cmocka_unit_test(a_file_that_is_no_database_is_left_alone),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test(a_file_that_cannot_be_written_can_be_looked_at),
        cmocka_unit_test(a_copy_gets_its_log_back),
        cmocka_unit_test(a_database_in_memory_is_a_whole_store),
        cmocka_unit_test(parameters_are_live_told_or_refused),
        cmocka_unit_test(the_views_speak_like_the_engine),
        cmocka_unit_test(opening_without_memory_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
