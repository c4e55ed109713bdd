/* SPDX-License-Identifier: Apache-2.0 */
/* test_sqlite_writes.c - what reaches the file: slices, culprits, broken disks, damaged rows, time.
 */
#include "fragile_vfs.h"
#include "sqlite_scene.h"

#include "dal/sqlite/store.h"

/* ---- large submissions ---- */

enum { MANY = 10000 };

static enum cloacina_code nothing(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

/* A workflow of MANY roots, in the place of the shelf's own. */
static void grow(struct drawer *drawer)
{
    struct cloacina_workflow_options named = {.name = "large"};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    assert_int_equal(cloacina_workflow_builder_create(&named, &builder, NULL), CLOACINA_OK);
    for (int i = 0; i < MANY; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "t%05d", i);
        struct cloacina_task_options options = {.name = name, .body = nothing};
        assert_int_equal(cloacina_workflow_builder_add_task(builder, &options, NULL), CLOACINA_OK);
    }
    assert_int_equal(cloacina_workflow_builder_build(builder, &workflow, NULL), CLOACINA_OK);
    cloacina_workflow_builder_destroy(builder);
    struct scene *scene = &drawer->shelf.scene;
    execution_undo(&scene->execution, &scene->changeset);
    execution_finish(&scene->execution);
    struct execution_options options = {.workflow = workflow_ref(workflow->definition),
                                        .id = {1, 2},
                                        .context = TEXT_LITERAL("{\"n\":1}"),
                                        .recoveries_max = 2};
    assert_int_equal(execution_begin(&scene->execution, &options, NULL), CLOACINA_OK);
    workflow_unref(options.workflow);
    cloacina_workflow_unref(workflow);
    assert_int_equal(scene_command(scene, EXECUTION_SUBMITTED), CLOACINA_OK);
}

/* What each transaction of a submission has left behind, seen by another session. */
struct watcher {
    struct drawer *drawer;
    struct dal *other;
    size_t commits;
    size_t hidden;  /* commits after which nothing could be seen */
    size_t stop_at; /* the commit before which the files are taken away; 0: never */
    struct fragile_vfs *fragile;
};

static void watch(void *user, const char *statement)
{
    struct watcher *watcher = user;
    if (strcmp(statement, "COMMIT") == 0 || strcmp(statement, "BEGIN IMMEDIATE") == 0) {
        struct dal_snapshot snapshot;
        enum cloacina_code code = watcher->other->impl->load(
            watcher->other, (struct id){1, 2}, &watcher->drawer->shelf.arena, &snapshot, NULL);
        watcher->hidden += code == CLOACINA_NOT_FOUND;
        watcher->commits += strcmp(statement, "COMMIT") == 0;
        if (watcher->stop_at != 0 && watcher->commits == watcher->stop_at) {
            watcher->fragile->fail_at = watcher->fragile->calls;
            watcher->fragile->keeps_failing = true;
        }
    }
}

static enum cloacina_code submit_watched(struct drawer *drawer, struct watcher *watcher)
{
    struct fragile_vfs *fragile = watcher->fragile;
    drawer->options.gate = watch;
    drawer->options.gate_user = watcher;
    drawer->options.vfs = fragile == NULL ? NULL : fragile->vfs.zName;
    watcher->drawer = drawer;
    watcher->other = drawer->shelf.store;
    struct dal *session = drawer_session(drawer);
    drawer->options.gate = NULL;
    drawer->options.vfs = NULL;
    drawer->shelf.store = session;
    watcher->commits = 0;
    enum cloacina_code code = shelf_submit(&drawer->shelf);
    drawer->shelf.store = watcher->other;
    dal_destroy(session);
    return code;
}

/* Why: a writer that holds the file for seconds stops everybody; half an execution would be worse.
 */
static void a_large_submission_is_seen_whole_or_not_at_all(void **state)
{
    (void)state;
    struct drawer drawer;
    struct watcher watcher = {.hidden = 0};
    struct dal_snapshot snapshot;
    drawer_open(&drawer, "a");
    grow(&drawer);
    shelf_seal(&drawer.shelf);
    assert_int_equal(submit_watched(&drawer, &watcher), CLOACINA_OK);
    assert_true(watcher.commits > 2 * MANY / TRANSACTION_ROWS_MAX);
    assert_true(watcher.hidden >= 2 * (watcher.commits - 1));
    assert_int_equal(drawer.shelf.store->impl->load(drawer.shelf.store, (struct id){1, 2},
                                                    &drawer.shelf.arena, &snapshot, NULL),
                     CLOACINA_OK);
    assert_int_equal(snapshot.feed.task_count, MANY);
    assert_int_equal(snapshot.feed.row.revision, 1);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM execution_events"), MANY + 1);
    assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_EXISTS);
    drawer_close(&drawer);
}

/* Leaves a submission of which the process died behind `commits` commits. */
static void leave_half(struct drawer *drawer, size_t commits)
{
    struct fragile_vfs fragile;
    struct watcher watcher = {.stop_at = commits, .fragile = &fragile};
    fragile_register(&fragile);
    enum cloacina_code code = submit_watched(drawer, &watcher);
    assert_true(code == CLOACINA_IO || code == CLOACINA_UNAVAILABLE);
    fragile_unregister(&fragile);
    assert_int_equal(drawer_number(drawer, "SELECT revision FROM workflow_executions"), 0);
    assert_true(drawer_number(drawer, "SELECT count(*) FROM task_executions") > 0);
}

/* Why: who submits again after a crash must not be told that the id is taken. */
static void what_a_crash_left_half_written_is_replaced(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_open(&drawer, "a");
    grow(&drawer);
    shelf_seal(&drawer.shelf);
    leave_half(&drawer, 3);
    assert_int_equal(
        shelf_poll(&drawer.shelf, drawer.shelf.scene.execution.workflow, 1).claimed_count, 0);
    assert_string_equal(shelf_asked(&drawer.shelf, (struct dal_question){.limit = 5}), "");
    assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_OK);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM task_executions"), MANY);
    assert_string_equal(shelf_asked(&drawer.shelf, (struct dal_question){.limit = 5}), "1-2 ");
    drawer_close(&drawer);
}

/* Why: nobody may come again; and an execution that is being written now must not be swept away. */
static void what_a_crash_left_half_written_is_removed_when_it_is_old(void **state)
{
    (void)state;
    struct drawer drawer;
    size_t removed = 99;
    drawer_open(&drawer, "a");
    grow(&drawer);
    shelf_seal(&drawer.shelf);
    leave_half(&drawer, 3);
    struct dal *store = drawer.shelf.store;
    int64_t born = drawer.shelf.scene.execution.row.created_at;
    assert_int_equal(store->impl->remove_ended(store, born, 10, &removed, NULL), CLOACINA_OK);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM workflow_executions"), 1);
    assert_int_equal(store->impl->remove_ended(store, born + 1, 10, &removed, NULL), CLOACINA_OK);
    assert_int_equal(removed, 0); /* it never was one */
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM workflow_executions"), 0);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM task_executions"), 0);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM workflow_definitions"), 0);
    drawer_close(&drawer);
}

struct sweeper {
    struct dal *other;
    int64_t before;
    size_t begins;
};

/* Between two slices somebody tidies up. */
static void sweep_between(void *user, const char *statement)
{
    struct sweeper *sweeper = user;
    if (strcmp(statement, "BEGIN IMMEDIATE") == 0 && ++sweeper->begins == 3) {
        size_t removed;
        assert_int_equal(
            sweeper->other->impl->remove_ended(sweeper->other, sweeper->before, 1, &removed, NULL),
            CLOACINA_OK);
    }
}

/* Why: rows must never be added to an execution that is gone. */
static void a_submission_notices_that_it_was_swept_away(void **state)
{
    (void)state;
    struct drawer drawer;
    struct sweeper sweeper = {.before = INT64_MAX};
    drawer_open(&drawer, "a");
    grow(&drawer);
    shelf_seal(&drawer.shelf);
    sweeper.other = drawer.shelf.store;
    drawer.options.gate = sweep_between;
    drawer.options.gate_user = &sweeper;
    /* The gate is called while the turnstile is held: the sweeper would wait for it. */
    drawer.options.vfs = NULL;
    drawer.shelf.store = drawer_session(&drawer);
    ((struct sqlite_store *)sweeper.other)->busy_timeout_ns = 1;
    struct turnstile turnstile = ((struct sqlite_store *)sweeper.other)->turnstile;
    ((struct sqlite_store *)sweeper.other)->turnstile = (struct turnstile){.path = NULL};
    assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_UNAVAILABLE);
    ((struct sqlite_store *)sweeper.other)->turnstile = turnstile;
    assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_OK);
    assert_int_equal(drawer_number(&drawer, "SELECT count(*) FROM task_executions"), MANY);
    dal_destroy(sweeper.other);
    drawer_close(&drawer);
}

/* Why: the largest execution is removed like any other, and is gone for everybody at once. */
static void a_large_execution_is_removed_whole(void **state)
{
    (void)state;
    struct drawer drawer;
    drawer_open(&drawer, "a");
    grow(&drawer);
    shelf_seal(&drawer.shelf);
    assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_OK);
    execution_accept(&drawer.shelf.scene.execution, &drawer.shelf.scene.changeset);
    assert_int_equal(scene_command(&drawer.shelf.scene, EXECUTION_CANCEL), CLOACINA_OK);
    assert_int_equal(shelf_commit(&drawer.shelf), CLOACINA_OK);
    struct dal *store = drawer.shelf.store;
    assert_int_equal(store->impl->remove(store, (struct id){1, 2}, NULL), CLOACINA_OK);
    assert_int_equal(drawer_number(&drawer, "SELECT (SELECT count(*) FROM task_executions)"
                                            " + (SELECT count(*) FROM execution_events)"
                                            " + (SELECT count(*) FROM workflow_executions)"
                                            " + (SELECT count(*) FROM contexts)"
                                            " + (SELECT count(*) FROM workflow_definitions)"),
                     0);
    assert_int_equal(store->impl->remove(store, (struct id){1, 2}, NULL), CLOACINA_NOT_FOUND);
    drawer_close(&drawer);
}

/* ---- many writes ---- */

enum { WRITES = 40 };

/* WRITES submissions of one task each, ids {9, 1} upwards; the one at `bad` has a row that no table
 * takes. */
struct pile {
    struct execution executions[WRITES];
    struct changeset changesets[WRITES];
    struct dal_submission submissions[WRITES];
    struct dal_write writes[WRITES];
    enum cloacina_code answers[WRITES];
};

static void pile_make(struct pile *pile, struct drawer *drawer)
{
    for (size_t i = 0; i < WRITES; i++) {
        struct execution_options options = {
            .workflow = workflow_ref(drawer->shelf.scene.workflow->definition),
            .id = {9, i + 1},
            .recoveries_max = 2};
        struct execution_input input = {.type = EXECUTION_SUBMITTED};
        struct execution *execution = &pile->executions[i];
        struct changeset *changeset = &pile->changesets[i];
        assert_int_equal(execution_begin(execution, &options, NULL), CLOACINA_OK);
        workflow_unref(options.workflow);
        changeset_init(changeset, cloacina_heap_system());
        assert_int_equal(execution_apply(execution, &input, 1000, NULL, 1, changeset, NULL),
                         CLOACINA_OK);
        execution_seal(execution, changeset, (struct stamp){1, i + 1});
        pile->submissions[i] = (struct dal_submission){.workflow = execution->workflow,
                                                       .context = TEXT_LITERAL("{}"),
                                                       .rows = execution->rows};
        pile->writes[i] = (struct dal_write){changeset, &pile->submissions[i]};
        pile->answers[i] = CLOACINA_FAILED;
    }
}

static void pile_finish(struct pile *pile)
{
    for (size_t i = 0; i < WRITES; i++) {
        execution_finish(&pile->executions[i]);
        changeset_finish(&pile->changesets[i]);
    }
}

/* Why: one bad write must not take the others of its step with it. */
static void a_culprit_fails_alone(void **state)
{
    (void)state;
    struct drawer drawer;
    struct pile pile;
    struct task_row row;
    for (size_t bad = 0; bad < WRITES; bad += 13) {
        drawer_open(&drawer, "a");
        pile_make(&pile, &drawer);
        row = pile.executions[bad].rows[0];
        row.status = 77;
        pile.submissions[bad].rows = &row;
        drawer.shelf.store->impl->commit(drawer.shelf.store, pile.writes, WRITES, pile.answers);
        for (size_t i = 0; i < WRITES; i++) {
            assert_int_equal(pile.answers[i], i == bad ? CLOACINA_INVALID : CLOACINA_OK);
        }
        pile_finish(&pile);
        drawer_close(&drawer);
    }
}

static void count_commits(void *user, const char *statement)
{
    *(size_t *)user += strcmp(statement, "COMMIT") == 0;
}

/* Why: group commit is what makes a task cheap. */
static void many_writes_share_a_transaction(void **state)
{
    (void)state;
    struct drawer drawer;
    struct pile pile;
    size_t commits = 0;
    drawer_open(&drawer, "a");
    dal_destroy(drawer.shelf.store);
    drawer.options.gate = count_commits;
    drawer.options.gate_user = &commits;
    drawer.shelf.store = drawer_session(&drawer);
    pile_make(&pile, &drawer);
    drawer.shelf.store->impl->commit(drawer.shelf.store, pile.writes, WRITES, pile.answers);
    assert_int_equal(commits, 1);
    pile_finish(&pile);
    drawer_close(&drawer);
}

/* Why: a transaction of a gigabyte would hold up everybody. */
static void bytes_are_a_limit_of_a_transaction(void **state)
{
    (void)state;
    struct drawer drawer;
    struct pile pile;
    size_t commits = 0;
    enum { SIZE = 1024 * 1024 };
    char *large = malloc(SIZE);
    memset(large, ' ', SIZE);
    memcpy(large, "{}", 2);
    drawer_open(&drawer, "a");
    dal_destroy(drawer.shelf.store);
    drawer.options.gate = count_commits;
    drawer.options.gate_user = &commits;
    drawer.shelf.store = drawer_session(&drawer);
    pile_make(&pile, &drawer);
    for (size_t i = 0; i < WRITES; i++) {
        pile.submissions[i].context = (struct text){large, SIZE};
    }
    drawer.shelf.store->impl->commit(drawer.shelf.store, pile.writes, WRITES, pile.answers);
    assert_int_equal(commits, WRITES * SIZE / TRANSACTION_BYTES_MAX);
    for (size_t i = 0; i < WRITES; i++) {
        assert_int_equal(pile.answers[i], CLOACINA_OK);
    }
    pile_finish(&pile);
    free(large);
    drawer_close(&drawer);
}

/* ---- others, and the disk ---- */

/* Why: who cannot write says so in time, for all of its writes, and has changed nothing. */
static void a_file_that_is_busy_is_unavailable(void **state)
{
    (void)state;
    struct drawer drawer;
    struct pile pile;
    sqlite3 *db;
    struct fragile_vfs fragile;
    drawer_open(&drawer, "a");
    dal_destroy(drawer.shelf.store);
    fragile_register(&fragile);
    drawer.options.vfs = "fragile";
    drawer.options.busy_timeout_ns = NANOSECONDS_PER_SECOND;
    drawer.shelf.store = drawer_session(&drawer);
    assert_int_equal(sqlite3_open(drawer.path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    pile_make(&pile, &drawer);
    drawer.shelf.store->impl->commit(drawer.shelf.store, pile.writes, WRITES, pile.answers);
    for (size_t i = 0; i < WRITES; i++) {
        assert_int_equal(pile.answers[i], CLOACINA_UNAVAILABLE);
    }
    assert_in_range(fragile.sleeps, 1000, 2000); /* a second of them, and not one for each write */
    assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    drawer.shelf.store->impl->commit(drawer.shelf.store, pile.writes, 1, pile.answers);
    assert_int_equal(pile.answers[0], CLOACINA_OK);
    pile_finish(&pile);
    drawer_close(&drawer);
    fragile_unregister(&fragile);
}

/* Why: the second writer waits at the turnstile, not in front of the file; and only so long. */
static void a_turnstile_that_is_taken_is_unavailable(void **state)
{
    (void)state;
    struct drawer drawer;
    uint64_t lease;
    int64_t now;
    drawer_open(&drawer, "a");
    struct sqlite_store *holder = (struct sqlite_store *)drawer.shelf.store;
    drawer.options.busy_timeout_ns = 1;
    struct dal *other = drawer_session(&drawer);
    assert_int_equal(turnstile_take(holder, NULL), CLOACINA_OK);
    assert_int_equal(other->impl->open_lease(other, TEXT_LITERAL("x"), &lease, &now, &drawer.error),
                     CLOACINA_UNAVAILABLE);
    assert_non_null(strstr(drawer.error.message, "it is not our turn to write"));
    turnstile_give(holder);
    assert_int_equal(other->impl->open_lease(other, TEXT_LITERAL("x"), &lease, &now, NULL),
                     CLOACINA_OK);
    dal_destroy(other);
    drawer_close(&drawer);
}

/* All calls that write, once; whatever breaks, the answer says it. */
static void write_all(struct drawer *drawer)
{
    struct shelf *shelf = &drawer->shelf;
    struct dal *store = shelf->store;
    int64_t now;
    size_t removed;
    struct dal_poll_reply reply;
    struct cloacina_error error;
    struct dal_offer offer = {.workflow = shelf->scene.execution.workflow};
    struct dal_poll poll = {.limit = 1, .offers = &offer, .offer_count = 1, .beats = true};
    shelf->lease = 0;
    enum cloacina_code code =
        store->impl->open_lease(store, TEXT_LITERAL("me"), &shelf->lease, &now, &error);
    assert_true(code == CLOACINA_OK || code == CLOACINA_IO || code == CLOACINA_UNKNOWN);
    code = shelf_submit(shelf);
    assert_true(code == CLOACINA_OK || code == CLOACINA_IO || code == CLOACINA_UNKNOWN);
    if (code == CLOACINA_OK) { /* an answer is the truth */
        assert_int_equal(drawer_number(drawer, "SELECT revision FROM workflow_executions"), 1);
    } else if (code == CLOACINA_IO) {
        assert_int_equal(drawer_number(drawer, "SELECT count(*) FROM workflow_executions"), 0);
    }
    code = store->impl->poll(store, &poll, &shelf->arena, &reply, &error);
    assert_true(code == CLOACINA_OK || code == CLOACINA_IO || code == CLOACINA_UNKNOWN);
    code = store->impl->remove_ended(store, INT64_MAX, 9, &removed, &error);
    assert_true(code == CLOACINA_OK || code == CLOACINA_IO || code == CLOACINA_UNKNOWN);
    code = store->impl->close_lease(store, shelf->lease, 1, &error);
    assert_true(code != CLOACINA_FAILED);
}

/* Why: a disk fails anywhere; the database is whole afterwards and no answer was a lie. */
static void a_disk_that_fails_anywhere_harms_nothing(void **state)
{
    (void)state;
    static const struct {
        int code;
        bool keeps_failing;
    } kinds[] = {{SQLITE_IOERR_WRITE, false}, {SQLITE_FULL, true}};
    struct fragile_vfs fragile;
    fragile_register(&fragile);
    for (size_t kind = 0; kind < ARRAY_COUNT(kinds); kind++) {
        for (size_t n = 0;; n++) {
            struct drawer drawer;
            char whole[16];
            drawer_open(&drawer, "a");
            dal_destroy(drawer.shelf.store);
            drawer.options.vfs = "fragile";
            drawer.options.durability = STORE_DURABILITY_FULL;
            drawer.shelf.store = drawer_session(&drawer);
            shelf_seal(&drawer.shelf);
            fragile.calls = 0;
            fragile.code = kinds[kind].code;
            fragile.keeps_failing = kinds[kind].keeps_failing;
            fragile.has_failed = false;
            fragile.fail_at = n;
            write_all(&drawer);
            fragile.fail_at = FAIL_NEVER;
            fragile.keeps_failing = false;
            drawer_text(&drawer, "PRAGMA integrity_check", whole, sizeof(whole));
            assert_string_equal(whole, "ok");
            drawer_close(&drawer);
            if (!fragile.has_failed) {
                break;
            }
        }
    }
    fragile_unregister(&fragile);
}

/* ---- memory ---- */

/* Why: no memory is an answer at each allocation; the next call works again. */
static void a_store_without_memory_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct drawer drawer;
        struct failing_heap heap;
        struct cloacina_error error;
        struct arena arena;
        drawer_open(&drawer, "a; b: a");
        dal_destroy(drawer.shelf.store);
        failing_heap_init(&heap, FAIL_NEVER);
        drawer.options.heap = &heap.heap;
        struct dal *store = drawer.shelf.store = drawer_session(&drawer);
        heap.fail_at = heap.allocations + n;
        arena_init(&arena, &heap.heap);
        shelf_seal(&drawer.shelf);
        enum cloacina_code code = shelf_submit(&drawer.shelf);
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        if (code != CLOACINA_OK) {
            assert_int_equal(shelf_submit(&drawer.shelf), CLOACINA_OK);
        }
        struct dal_offer offer = {.workflow = drawer.shelf.scene.execution.workflow};
        struct dal_watch watch = {.id = {1, 2}};
        struct dal_poll poll = {.limit = 9,
                                .claim = {1, 1},
                                .commit = {1, 1},
                                .offers = &offer,
                                .offer_count = 1,
                                .beats = true,
                                .watches = &watch,
                                .watch_count = 1};
        struct dal_poll_reply reply;
        struct dal_snapshot snapshot;
        struct event_row *events;
        struct dal_claimed *claims;
        struct dal_listed *listed;
        struct dal_question question = {.limit = 9};
        struct text json;
        size_t count;
        enum cloacina_code codes[6];
        codes[0] = store->impl->poll(store, &poll, &arena, &reply, &error);
        codes[1] = store->impl->load(store, (struct id){1, 2}, &arena, &snapshot, &error);
        codes[2] =
            store->impl->events(store, (struct id){1, 2}, 0, 9, &arena, &events, &count, &error);
        codes[3] = store->impl->claims(store, 0, 9, &arena, &claims, &count, &error);
        codes[4] = store->impl->executions(store, &question, &arena, &listed, &count, &error);
        codes[5] = store->impl->definition(store, TEXT_LITERAL("scene"), &arena, &json, &error);
        for (size_t i = 0; i < ARRAY_COUNT(codes) - 1; i++) {
            assert_true(codes[i] == CLOACINA_OK || codes[i] == CLOACINA_NO_MEMORY);
        }
        assert_true(codes[5] != CLOACINA_OK || json.length > 0);
        arena_finish(&arena);
        bool is_over = !heap.has_failed;
        drawer_close(&drawer);
        assert_int_equal(heap.outstanding, 0);
        if (is_over) {
            break;
        }
    }
}

/* ---- damage and time ---- */

/* Why: a damaged row is told with its place; a crash or an empty default would hide it. */
static void damage_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        const char *told;
    } cases[] = {
        {"UPDATE task_outputs SET delta = '{\"x'", "table 'task_outputs', execution 1, task 0: "
                                                   "it is damaged: "},
        {"UPDATE task_executions SET status = 9 WHERE task = 1",
         "table 'task_executions', execution 1, task 1: it is damaged"},
        {"UPDATE task_executions SET attempt = -1 WHERE task = 1",
         "table 'task_executions', execution 1, task 1: it is damaged"},
        {"DELETE FROM task_executions WHERE task = 1",
         "table 'task_executions', execution 1: it has 1 rows, its workflow has 2 tasks"},
        {"DELETE FROM contexts", "table 'contexts', execution 1: the row is damaged"},
        {"UPDATE workflow_executions SET status = 9",
         "table 'workflow_executions', execution 1: the row is damaged"},
        {"UPDATE workflow_executions SET failed = -1",
         "table 'workflow_executions', execution 1: the row is damaged"},
        {"UPDATE workflow_executions SET definition = 7",
         "table 'workflow_executions', execution 1: the row is damaged"},
        {"UPDATE workflow_definitions SET hash = x'00'",
         "table 'workflow_executions', execution 1: the row is damaged"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct drawer drawer;
        struct dal_snapshot snapshot;
        char sql[256];
        drawer_open(&drawer, "a; b");
        drawer_submit(&drawer);
        assert_int_equal(scene_claim(&drawer.shelf.scene, 1), 1);
        assert_int_equal(shelf_commit(&drawer.shelf), CLOACINA_OK);
        assert_int_equal(scene_succeed(&drawer.shelf.scene, "a", "{\"/k\":1}"), CLOACINA_OK);
        assert_int_equal(shelf_commit(&drawer.shelf), CLOACINA_OK);
        (void)snprintf(sql, sizeof(sql), "PRAGMA ignore_check_constraints = ON; %s", cases[i].sql);
        drawer_sql(&drawer, sql);
        struct dal *store = drawer.shelf.store;
        assert_int_equal(store->impl->load(store, (struct id){1, 2}, &drawer.shelf.arena, &snapshot,
                                           &drawer.error),
                         CLOACINA_INVALID);
        assert_non_null(strstr(drawer.error.message, cases[i].told));
        drawer_close(&drawer);
    }
}

/* Why: the same for what is read elsewhere. */
static void damaged_history_and_leases_are_told(void **state)
{
    (void)state;
    struct drawer drawer;
    struct event_row *events;
    struct dal_lease *leases;
    struct dal_listed *listed;
    struct dal_poll_reply reply;
    struct dal_question question = {.limit = 9};
    size_t count;
    int64_t now;
    drawer_open(&drawer, "a; b");
    drawer_submit(&drawer);
    struct dal *store = drawer.shelf.store;
    struct arena *arena = &drawer.shelf.arena;
    drawer_sql(&drawer, "UPDATE execution_events SET type = 99 WHERE n = 1");
    assert_int_equal(
        store->impl->events(store, (struct id){1, 2}, 0, 9, arena, &events, &count, &drawer.error),
        CLOACINA_INVALID);
    assert_non_null(strstr(drawer.error.message, "table 'execution_events', execution 1, task 0"));
    drawer_sql(&drawer, "UPDATE workflow_executions SET skipped = -1");
    assert_int_equal(
        store->impl->executions(store, &question, arena, &listed, &count, &drawer.error),
        CLOACINA_INVALID);
    assert_non_null(strstr(drawer.error.message, "00000000-0000-0001-0000-000000000002"));
    drawer_sql(&drawer, "DELETE FROM store_time");
    assert_int_equal(store->impl->leases(store, arena, &leases, &count, &now, &drawer.error),
                     CLOACINA_INVALID);
    assert_non_null(strstr(drawer.error.message, "'store_time'"));
    drawer_sql(&drawer,
               "INSERT INTO store_time VALUES (1, 5); UPDATE workflow_definitions SET json = 'x'");
    struct dal_offer offer = {.workflow = drawer.shelf.scene.workflow->definition};
    struct workflow other = *offer.workflow; /* of another hash: the names must be read */
    other.hash.low++;
    offer.workflow = &other;
    struct dal_poll poll = {.limit = 1, .offers = &offer, .offer_count = 1};
    assert_int_equal(store->impl->poll(store, &poll, arena, &reply, &drawer.error),
                     CLOACINA_INVALID);
    assert_non_null(strstr(drawer.error.message, "table 'workflow_definitions', definition 1"));
    drawer_close(&drawer);
}

/* Why: an execution that was started before it was submitted would puzzle every reader. */
static void store_time_never_goes_back(void **state)
{
    (void)state;
    struct drawer drawer;
    uint64_t lease;
    int64_t now;
    drawer_open(&drawer, "a");
    struct dal *store = drawer.shelf.store;
    drawer.shelf.now = 5000;
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("x"), &lease, &now, NULL),
                     CLOACINA_OK);
    assert_int_equal(now, 5000);
    drawer.shelf.now = 2000;
    struct dal *other = drawer_session(&drawer); /* it has not seen the other instant itself */
    assert_int_equal(other->impl->open_lease(other, TEXT_LITERAL("y"), &lease, &now, NULL),
                     CLOACINA_OK);
    assert_int_equal(now, 5000);
    drawer.shelf.now = 6000;
    assert_int_equal(shelf_poll(&drawer.shelf, NULL, 0).now, 6000);
    dal_destroy(other);
    drawer_close(&drawer);
}

/* Why: a number that a rolled-back submission was given goes to the next one. */
static void a_number_that_was_not_committed_is_not_remembered(void **state)
{
    (void)state;
    struct drawer drawer;
    struct pile pile;
    struct task_row row;
    drawer_open(&drawer, "a");
    struct dal *store = drawer.shelf.store;
    pile_make(&pile, &drawer);
    row = pile.executions[1].rows[0];
    row.status = 77;
    pile.submissions[1].rows = &row;
    store->impl->commit(store, pile.writes, 2, pile.answers);
    assert_int_equal(pile.answers[1], CLOACINA_INVALID);
    store->impl->commit(store, pile.writes + 2, 1, pile.answers);
    assert_int_equal(pile.answers[0], CLOACINA_OK);
    pile.writes[1].submission = NULL; /* as if it were there */
    store->impl->commit(store, pile.writes + 1, 1, pile.answers);
    assert_int_equal(pile.answers[0], CLOACINA_NOT_FOUND);
    pile_finish(&pile);
    drawer_close(&drawer);
}

/* ---- hints ---- */

static void wake(void *user)
{
    ++*(int *)user;
}

/* Why: a runner that woke itself up with every commit would never sleep. */
static void only_the_commits_of_others_are_hints(void **state)
{
    (void)state;
    struct drawer drawer;
    int own = 0;
    int others = 0;
    drawer_open(&drawer, "a");
    struct dal *store = drawer.shelf.store;
    struct dal *other = drawer_session(&drawer);
    store->impl->listen(store, 1, wake, &own);
    other->impl->listen(other, 2, wake, &others);
    drawer_submit(&drawer);
    store->impl->take_hints(store);
    other->impl->take_hints(other);
    assert_int_equal(own, 0);
    assert_int_equal(others, 1);
    other->impl->take_hints(other);
    assert_int_equal(others, 1);
    other->impl->listen(other, 2, NULL, NULL);
    assert_int_equal(scene_command(&drawer.shelf.scene, EXECUTION_CANCEL), CLOACINA_OK);
    assert_int_equal(shelf_commit(&drawer.shelf), CLOACINA_OK);
    other->impl->take_hints(other);
    assert_int_equal(others, 1);
    dal_destroy(other);
    drawer_close(&drawer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_large_submission_is_seen_whole_or_not_at_all),
        cmocka_unit_test(what_a_crash_left_half_written_is_replaced),
        cmocka_unit_test(what_a_crash_left_half_written_is_removed_when_it_is_old),
        cmocka_unit_test(a_submission_notices_that_it_was_swept_away),
        cmocka_unit_test(a_large_execution_is_removed_whole),
        cmocka_unit_test(a_culprit_fails_alone),
        cmocka_unit_test(many_writes_share_a_transaction),
        cmocka_unit_test(bytes_are_a_limit_of_a_transaction),
        cmocka_unit_test(a_file_that_is_busy_is_unavailable),
        cmocka_unit_test(a_turnstile_that_is_taken_is_unavailable),
        cmocka_unit_test(a_disk_that_fails_anywhere_harms_nothing),
        cmocka_unit_test(a_store_without_memory_says_so),
        cmocka_unit_test(damage_is_told_with_its_place),
        cmocka_unit_test(damaged_history_and_leases_are_told),
        cmocka_unit_test(store_time_never_goes_back),
        cmocka_unit_test(a_number_that_was_not_committed_is_not_remembered),
        cmocka_unit_test(only_the_commits_of_others_are_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
