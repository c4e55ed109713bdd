/* SPDX-License-Identifier: Apache-2.0 */
/* test_postgres.c - what the PostgreSQL store does beside the common contract: schemas, views, damage,
 * batches that hold a culprit, slices. */
#include "postgres_scene.h"

/* The store was not opened; why? */
static const char *refusal(struct cellar *cellar, enum cloacina_code code)
{
    struct dal *store;
    struct cloacina_error error = {0};
    assert_int_equal(postgres_open(&cellar->options, cellar_url(), &store, &error), code);
    snprintf(cellar->answer, sizeof(cellar->answer), "%s", error.message);
    return cellar->answer;
}

/* ---- schemas ---- */

/* Why: `admin migrate` tells which way it went. */
static void a_missing_schema_is_made_and_found_again(void **state)
{
    (void)state;
    struct cellar cellar;
    uint32_t before = 9;
    uint32_t after = 9;
    cellar_prepare(&cellar);
    cellar.options.ret_version_before = &before;
    cellar.options.ret_version = &after;
    dal_destroy(cellar_session(&cellar));
    assert_int_equal(before, 0);
    assert_true(after > 0);
    cellar.options.must_exist = true;
    cellar.options.without_migration = true;
    dal_destroy(cellar_session(&cellar));
    assert_int_equal(before, after);
    cellar_end(&cellar);
}

/* Why: a mistyped name must not make a new, empty place. */
static void what_must_exist_is_not_made(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_prepare(&cellar);
    cellar.options.must_exist = true;
    assert_non_null(strstr(refusal(&cellar, CLOACINA_NOT_FOUND), cellar.schema));
    assert_string_equal(
        cellar_sql(&cellar, "SELECT count(*) FROM pg_namespace WHERE nspname = current_schema"),
        "0");
    cellar_end(&cellar);
}

/* Why: a reader must not change what an operator wants to migrate himself. */
static void an_old_schema_is_migrated_unless_that_is_forbidden(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_prepare(&cellar);
    dal_destroy(cellar_session(&cellar));
    cellar_sql(&cellar, "DELETE FROM schema_migrations WHERE version > 1;"
                        "DROP VIEW readable_executions, readable_tasks, readable_events,"
                        " readable_leases; DROP FUNCTION readable_instant");
    cellar.options.without_migration = true;
    assert_non_null(strstr(refusal(&cellar, CLOACINA_INVALID), "has to be migrated"));
    cellar.options.without_migration = false;
    dal_destroy(cellar_session(&cellar));
    assert_string_equal(cellar_sql(&cellar, "SELECT count(*) FROM readable_tasks"), "0");
    cellar_end(&cellar);
}

/* Why: an old library would write rows that the new one does not expect. */
static void a_newer_schema_is_refused(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_prepare(&cellar);
    dal_destroy(cellar_session(&cellar));
    cellar_sql(&cellar, "INSERT INTO schema_migrations VALUES (99, 'from the future', 0)");
    assert_non_null(strstr(refusal(&cellar, CLOACINA_INVALID), "version 99"));
    cellar_end(&cellar);
}

/* Why: others have a table of that name, too. */
static void another_programs_tables_are_not_touched(void **state)
{
    (void)state;
    struct cellar cellar;
    char sql[CELLAR_TEXT_SIZE * 2];
    cellar_prepare(&cellar);
    snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", cellar.schema);
    cellar_sql(&cellar, sql);
    cellar_sql(&cellar, "CREATE TABLE schema_migrations (version varchar)");
    assert_non_null(strstr(refusal(&cellar, CLOACINA_INVALID), "another program"));
    cellar_end(&cellar);
}

/* Why: the name goes into SQL, and a tenant must not reach another one's rows with it. */
static void a_bad_name_of_a_schema_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {
        "",        "1st",        "a b",
        "a\"b",    "pg_catalog", "information_schema",
        "tenant;", "\xc3\xa4",   "a123456789012345678901234567890123456789012345678901234567890123",
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        struct cellar cellar;
        cellar_prepare(&cellar);
        cellar.options.schema = names[i];
        assert_non_null(strstr(refusal(&cellar, CLOACINA_INVALID), "a name has"));
        cellar_end(&cellar);
    }
}

/* Why: libpq users choose their schema by options in the URL. */
static void the_search_path_of_the_url_is_the_schema(void **state)
{
    (void)state;
    struct cellar cellar;
    struct dal *store;
    char url[CELLAR_TEXT_SIZE * 2];
    cellar_prepare(&cellar);
    snprintf(url, sizeof(url), "%s%coptions=-csearch_path%%3D%s", cellar_url(),
             strchr(cellar_url(), '?') == NULL ? '?' : '&', cellar.schema);
    cellar.options.schema = NULL;
    assert_int_equal(postgres_open(&cellar.options, url, &store, NULL), CLOACINA_OK);
    dal_destroy(store);
    assert_string_equal(cellar_sql(&cellar, "SELECT max(version) > 0 FROM schema_migrations"), "t");
    cellar_end(&cellar);
}

/* Why: half a store is a leak. */
static void opening_survives_every_failing_allocation(void **state)
{
    (void)state;
    struct cellar cellar;
    bool has_failed = true;
    cellar_prepare(&cellar);
    dal_destroy(cellar_session(&cellar));
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct dal *store = NULL;
        failing_heap_init(&heap, n);
        cellar.options.heap = &heap.heap;
        enum cloacina_code code = postgres_open(&cellar.options, cellar_url(), &store, NULL);
        has_failed = heap.has_failed;
        assert_int_equal(code, has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        dal_destroy(store);
        assert_int_equal(heap.outstanding, 0);
    }
    cellar_end(&cellar);
}

/* ---- rows ---- */

/* Why: people look at the tables with psql. */
static void the_views_are_readable(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a; b: a");
    cellar_submit(&cellar);
    assert_int_equal(
        shelf_poll(&cellar.shelf, cellar.shelf.scene.execution.workflow, 1).claimed_count, 1);
    assert_string_equal(cellar_sql(&cellar, "SELECT concat_ws(' ', name, status, revision)"
                                            " FROM readable_executions"),
                        "scene Running 2");
    assert_string_equal(cellar_sql(&cellar,
                                   "SELECT string_agg(concat_ws(' ', name, status,"
                                   " sub_status), ', ' ORDER BY task) FROM readable_tasks"),
                        "a Running Active, b NotStarted");
    assert_string_equal(cellar_sql(&cellar, "SELECT string_agg(type, ' ' ORDER BY revision, n)"
                                            " FROM readable_events"),
                        "workflow_submitted task_marked_ready workflow_started task_claimed");
    assert_string_equal(
        cellar_sql(&cellar, "SELECT concat_ws(' ', name, beat, now() - beat_at < interval '1 hour')"
                            " FROM readable_leases"),
        "me 1 t");
    cellar_close(&cellar);
}

/* Why: an error text may hold anything, and must not keep the failure from being recorded. */
static void words_that_postgres_cannot_keep_are_mended(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    assert_int_equal(scene_claim(&cellar.shelf.scene, 1), 1);
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    struct execution_input failed = {
        .type = EXECUTION_TASK_FAILED,
        .task = 0,
        .claim = scene_row(&cellar.shelf.scene, "a")->claim,
        .code = CLOACINA_FAILED,
        .message = TEXT_LITERAL("torn \xe2\x82"),
    };
    assert_int_equal(scene_apply(&cellar.shelf.scene, failed), CLOACINA_OK);
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    assert_string_equal(cellar_sql(&cellar, "SELECT error FROM task_executions"),
                        "torn \xef\xbf\xbd\xef\xbf\xbd");
    cellar_close(&cellar);
}

/* Why: missing or impossible data is an error that says where, never an empty default. */
static void damage_is_told_with_table_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *said;
    } damages[] = {
        {"DELETE FROM contexts", "table 'contexts', execution 00000000-0000-0001"},
        {"DELETE FROM task_executions WHERE task = 1", "table 'task_executions'"},
        {"ALTER TABLE task_executions DROP CONSTRAINT task_executions_status_check;"
         " UPDATE task_executions SET status = 7 WHERE task = 1",
         "task 1: there is no such task or status"},
        {"UPDATE task_executions SET task = 5 WHERE task = 1", "task 5"},
        {"INSERT INTO task_outputs SELECT execution, 0, 1, 'no JSON' FROM workflow_executions",
         "table 'task_outputs'"},
        {"ALTER TABLE workflow_executions DROP CONSTRAINT workflow_executions_status_check;"
         " UPDATE workflow_executions SET status = 6",
         "table 'workflow_executions'"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(damages); i++) {
        struct cellar cellar;
        struct dal_snapshot snapshot;
        struct cloacina_error error;
        cellar_open(&cellar, "a; b: a");
        cellar_submit(&cellar);
        cellar_sql(&cellar, damages[i].sql);
        struct dal *store = cellar.shelf.store;
        assert_int_equal(
            store->impl->load(store, (struct id){1, 2}, &cellar.shelf.arena, &snapshot, &error),
            CLOACINA_INVALID);
        assert_non_null(strstr(error.message, damages[i].said));
        cellar_close(&cellar);
    }
}

/* Why: history is read by people and by refreshes; a number out of range must not become an event. */
static void a_damaged_event_is_told(void **state)
{
    (void)state;
    struct cellar cellar;
    struct event_row *events;
    size_t count;
    struct cloacina_error error;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    cellar_sql(&cellar, "UPDATE execution_events SET type = 99 WHERE n = 1");
    struct dal *store = cellar.shelf.store;
    assert_int_equal(store->impl->events(store, (struct id){1, 2}, 0, 9, &cellar.shelf.arena,
                                         &events, &count, &error),
                     CLOACINA_INVALID);
    assert_non_null(strstr(error.message, "revision 1"));
    cellar_close(&cellar);
}

/* ---- batches ---- */

enum { BATCH = 5, CULPRIT = 3 };

/* Why: one refused write must not take its neighbours with it. */
static void a_culprit_is_found_and_stands_alone(void **state)
{
    (void)state;
    struct cellar cellar;
    struct dal_submission submissions[BATCH];
    struct dal_write writes[BATCH];
    struct changeset changesets[BATCH];
    struct execution_row befores[BATCH];
    struct execution_row afters[BATCH];
    enum cloacina_code answers[BATCH];
    cellar_open(&cellar, "a");
    for (size_t i = 0; i < BATCH; i++) {
        struct scene *scene = &cellar.shelf.scene;
        befores[i] = scene->changeset.before;
        afters[i] = *scene->changeset.after;
        befores[i].id = afters[i].id = (struct id){7, i};
        changesets[i] = scene->changeset;
        changesets[i].before = befores[i];
        changesets[i].after = &afters[i];
        submissions[i] = (struct dal_submission){
            .workflow = scene->execution.workflow,
            .context = i == CULPRIT ? TEXT_LITERAL("{\"a\":\"\xff\"}") : TEXT_LITERAL("{}"),
            .rows = scene->execution.rows,
        };
        writes[i] = (struct dal_write){&changesets[i], &submissions[i]};
    }
    cellar.shelf.store->impl->commit(cellar.shelf.store, writes, BATCH, answers);
    for (size_t i = 0; i < BATCH; i++) {
        assert_int_equal(answers[i], i == CULPRIT ? CLOACINA_INVALID : CLOACINA_OK);
    }
    assert_string_equal(cellar_sql(&cellar, "SELECT count(*) FROM workflow_executions"), "4");
    cellar_close(&cellar);
}

/* Why: somebody else's cleanup may take a definition away that this session knows to be there. */
static void a_definition_that_was_removed_is_stored_again(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    cellar_sql(&cellar, "TRUNCATE workflow_definitions, workflow_executions, contexts,"
                        " task_executions, task_outputs, execution_events");
    shelf_add(&cellar.shelf, (struct id){3, 3}, "scene", 0); /* the first one's definition */
    cellar.shelf.scene.execution.row.revision = 0;
    assert_string_equal(cellar_sql(&cellar, "SELECT count(*) FROM readable_executions"), "1");
    cellar_close(&cellar);
}

/* ---- slices ---- */

/* A workflow that is larger than a transaction may be. */
enum { MANY = 5000 };

static struct workflow *large_workflow(void)
{
    struct cloacina_workflow_options options = {.name = "large"};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    assert_int_equal(cloacina_workflow_builder_create(&options, &builder, NULL), CLOACINA_OK);
    for (int i = 0; i < MANY; i++) {
        char name[20];
        snprintf(name, sizeof(name), "t%d", i);
        const char *const none[] = {NULL};
        const char *const first[] = {"t0", NULL};
        struct cloacina_task_options task = {.name = name, .dependencies = i > 0 ? first : none};
        assert_int_equal(cloacina_workflow_builder_add_task(builder, &task, NULL), CLOACINA_OK);
    }
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, NULL), CLOACINA_OK);
    cloacina_workflow_builder_destroy(builder);
    struct workflow *definition = workflow_ref(workflow->definition);
    cloacina_workflow_unref(workflow);
    return definition;
}

/* Ends the session's connection before the n-th statement of a name. */
struct cutter {
    struct cellar *cellar;
    const char *statement;
    int countdown;
};

static void cut(void *user, const char *statement)
{
    struct cutter *cutter = user;
    if (strcmp(statement, cutter->statement) == 0 && --cutter->countdown == 0) {
        cellar_sql(cutter->cellar, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                                   " WHERE application_name = 'cloacina'");
    }
}

/* Why: a submission is visible entirely or not at all, also when its writer dies half way. */
static void a_submission_that_was_cut_off_is_not_seen_and_can_be_repeated(void **state)
{
    (void)state;
    struct cellar cellar;
    struct cutter cutter = {&cellar, "insert tasks", 2};
    struct dal_snapshot snapshot;
    size_t removed;
    cellar_prepare(&cellar);
    cellar.options.gate = cut;
    cellar.options.gate_user = &cutter;
    cellar_fill(&cellar, "a");
    struct shelf *shelf = &cellar.shelf;
    execution_finish(&shelf->scene.execution);
    struct workflow *workflow = large_workflow();
    struct execution_options options = {.workflow = workflow, .id = {5, 5}};
    assert_int_equal(execution_begin(&shelf->scene.execution, &options, NULL), CLOACINA_OK);
    shelf->scene.changeset.is_open = false;
    shelf->scene.changeset.row_count = shelf->scene.changeset.event_count = 0;
    assert_int_equal(scene_command(&shelf->scene, EXECUTION_SUBMITTED), CLOACINA_OK);
    shelf_seal(shelf);
    assert_int_equal(shelf_submit(shelf), CLOACINA_UNAVAILABLE);
    assert_string_equal(shelf_asked(shelf, (struct dal_question){.limit = 9}), "");
    assert_string_equal(cellar_sql(&cellar, "SELECT count(*) FROM task_executions"), "4096");
    assert_int_equal(shelf_submit(shelf), CLOACINA_OK);
    assert_int_equal(shelf_submit(shelf), CLOACINA_EXISTS);
    assert_int_equal(
        shelf->store->impl->load(shelf->store, (struct id){5, 5}, &shelf->arena, &snapshot, NULL),
        CLOACINA_OK);
    assert_int_equal(snapshot.feed.task_count, MANY);
    assert_int_equal(snapshot.feed.row.revision, 1);
    assert_int_equal(snapshot.feed.tasks[0].row.status, TASK_READY);
    /* What is never finished is swept away one day. */
    cellar_sql(&cellar, "UPDATE workflow_executions SET revision = 0, status = 4,"
                        " completed_at = created_at");
    assert_int_equal(shelf->store->impl->remove(shelf->store, (struct id){5, 5}, NULL),
                     CLOACINA_NOT_FOUND);
    assert_int_equal(shelf->store->impl->remove_ended(shelf->store, INT64_MAX, 9, &removed, NULL),
                     CLOACINA_OK);
    assert_string_equal(cellar_sql(&cellar, "SELECT count(*) FROM task_executions"), "0");
    workflow_unref(workflow);
    cellar_close(&cellar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_schema_is_made_and_found_again),
        cmocka_unit_test(what_must_exist_is_not_made),
        cmocka_unit_test(an_old_schema_is_migrated_unless_that_is_forbidden),
        cmocka_unit_test(a_newer_schema_is_refused),
        cmocka_unit_test(another_programs_tables_are_not_touched),
        cmocka_unit_test(a_bad_name_of_a_schema_is_refused),
        cmocka_unit_test(the_search_path_of_the_url_is_the_schema),
        cmocka_unit_test(opening_survives_every_failing_allocation),
        cmocka_unit_test(the_views_are_readable),
        cmocka_unit_test(words_that_postgres_cannot_keep_are_mended),
        cmocka_unit_test(damage_is_told_with_table_and_key),
        cmocka_unit_test(a_damaged_event_is_told),
        cmocka_unit_test(a_culprit_is_found_and_stands_alone),
        cmocka_unit_test(a_definition_that_was_removed_is_stored_again),
        cmocka_unit_test(a_submission_that_was_cut_off_is_not_seen_and_can_be_repeated),
    };
    return cellar_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : CELLAR_SKIPPED;
}
