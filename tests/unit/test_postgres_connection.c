/* SPDX-License-Identifier: Apache-2.0 */
/* test_postgres_connection.c - the connection of the PostgreSQL store: refused, lost in every place,
 * made again; and the hints that come over it. */
#include "postgres_scene.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

/* ---- not to be had ---- */

static void assert_refused(const char *url, struct store_options options, enum cloacina_code code,
                           const char *said)
{
    struct dal *store;
    struct cloacina_error error = {0};
    enum cloacina_code answer = postgres_open(&options, url, &store, &error);
    if (answer != code || strstr(error.message, said) == NULL) {
        fail_msg("%s: '%s' (expected %s: '%s')", cloacina_code_name(answer), error.message,
                 cloacina_code_name(code), said);
    }
    assert_null(strstr(error.message, "secret"));
    assert_null(strchr(error.message, '\n'));
}

/* The test's URL with something else behind it. */
static const char *url_with(char *buffer, const char *parameters)
{
    int length = snprintf(buffer, CELLAR_TEXT_SIZE, "%s%c%s", cellar_url(),
                          strchr(cellar_url(), '?') == NULL ? '?' : '&', parameters);
    assert_in_range(length, 0, CELLAR_TEXT_SIZE - 1);
    return buffer;
}

/* Why: each mistake is a person looking at one line; a password never stands in it. */
static void each_mistake_has_its_own_message(void **state)
{
    (void)state;
    struct cellar cellar;
    char url[CELLAR_TEXT_SIZE];
    const struct store_options defaults = {0};
    cellar_prepare(&cellar);
    cellar_sql(&cellar, "DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'secret';"
                        " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    assert_refused("postgres://u:secret@[::1/db", defaults, CLOACINA_INVALID,
                   "not a PostgreSQL URL");
    assert_refused("postgres://u:secret%zz@h/db", defaults, CLOACINA_INVALID,
                   "invalid percent-encoded token");
    assert_refused("postgres://h/db?sslmod=secret", defaults, CLOACINA_INVALID,
                   "invalid URI query parameter: \"sslmod\"");
    assert_refused(url_with(url, "dbname=nowhere"), defaults, CLOACINA_NOT_FOUND,
                   "database \"nowhere\" does not exist");
    assert_refused(url_with(url, "user=locked&password=secretly"), defaults, CLOACINA_INVALID,
                   "password authentication failed");
    assert_refused(url_with(url, "user=nobody_at_all"), defaults, CLOACINA_INVALID,
                   "role \"nobody_at_all\" does not exist");
    assert_refused(url_with(url, "host=/nowhere"), defaults, CLOACINA_UNAVAILABLE,
                   "connection to server");
    assert_refused(url_with(url, "options=-cnonsense%3D1"), defaults, CLOACINA_INVALID,
                   "unrecognized configuration parameter");
    cellar_end(&cellar);
}

/* A reader's session writes nothing as it opens. */
static void who_may_only_read_reads(struct cellar *cellar, const char *url)
{
    struct dal *store;
    struct dal_listed *listed;
    struct arena arena;
    struct cloacina_error error;
    uint64_t lease;
    int64_t now;
    size_t count;
    char sql[CELLAR_TEXT_SIZE * 2];
    snprintf(sql, sizeof(sql), "GRANT USAGE ON SCHEMA %s TO locked", cellar->schema);
    cellar_sql(cellar, sql);
    snprintf(sql, sizeof(sql), "GRANT SELECT ON ALL TABLES IN SCHEMA %s TO locked", cellar->schema);
    cellar_sql(cellar, sql);
    cellar->options.must_exist = true;
    cellar->options.without_migration = true;
    arena_init(&arena, NULL);
    assert_int_equal(postgres_open(&cellar->options, url, &store, NULL), CLOACINA_OK);
    assert_int_equal(store->impl->executions(store, &(struct dal_question){.limit = 9}, &arena,
                                             &listed, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 0);
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("x"), &lease, &now, &error),
                     CLOACINA_INVALID);
    assert_non_null(strstr(error.message, "permission denied for table runner_leases"));
    dal_destroy(store);
    arena_finish(&arena);
}

/* Why: an operator forgets the grant. */
static void missing_rights_are_told(void **state)
{
    (void)state;
    struct cellar cellar;
    char url[CELLAR_TEXT_SIZE];
    cellar_prepare(&cellar);
    cellar_sql(&cellar, "DO $$ BEGIN CREATE ROLE locked LOGIN PASSWORD 'secret';"
                        " EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    assert_refused(url_with(url, "user=locked&password=secret"), cellar.options, CLOACINA_INVALID,
                   "permission denied for database");
    dal_destroy(cellar_session(&cellar));
    assert_refused(url_with(url, "user=locked&password=secret"), cellar.options, CLOACINA_INVALID,
                   "permission denied for");
    who_may_only_read_reads(&cellar, url);
    cellar_end(&cellar);
}

/* Somebody who listens on a port and is no PostgreSQL. */
struct stranger {
    int listener;
    const char *says; /* NULL: nothing, ever */
    char url[CELLAR_TEXT_SIZE];
    pthread_t thread;
};

static void *stranger_answers(void *argument)
{
    struct stranger *stranger = argument;
    char heard[100];
    int socket = accept(stranger->listener, NULL, NULL);
    assert_true(read(socket, heard, sizeof(heard)) > 0);
    if (stranger->says != NULL) {
        assert_true(write(socket, stranger->says, strlen(stranger->says)) > 0);
    }
    while (read(socket, heard, sizeof(heard)) > 0) {
    }
    close(socket);
    return NULL;
}

static void stranger_open(struct stranger *stranger, const char *says)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    stranger->says = says;
    stranger->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(stranger->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(stranger->listener, 1), 0);
    assert_int_equal(getsockname(stranger->listener, (struct sockaddr *)&address, &length), 0);
    snprintf(stranger->url, sizeof(stranger->url), "postgres://u:secret@127.0.0.1:%d/db?sslmode=%s",
             ntohs(address.sin_port), "disable");
    assert_int_equal(pthread_create(&stranger->thread, NULL, stranger_answers, stranger), 0);
}

static void stranger_close(struct stranger *stranger)
{
    pthread_join(stranger->thread, NULL);
    close(stranger->listener);
}

/* Why: ports are mixed up. */
static void what_is_no_postgres_is_unavailable(void **state)
{
    (void)state;
    struct stranger stranger;
    stranger_open(&stranger, "HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_refused(stranger.url, (struct store_options){0}, CLOACINA_UNAVAILABLE,
                   "expected authentication request");
    stranger_close(&stranger);
}

/* Why: a firewall swallows packets; a call has a deadline all the same. */
static void who_never_answers_is_given_up(void **state)
{
    (void)state;
    struct stranger stranger;
    stranger_open(&stranger, NULL);
    assert_refused(stranger.url,
                   (struct store_options){.connect_timeout_ns = 20 * NANOSECONDS_PER_MILLISECOND},
                   CLOACINA_UNAVAILABLE, "did not answer in time");
    stranger_close(&stranger);
}

/* ---- lost ---- */

/* Ends the session's connection before a statement of this name; the n-th such. */
struct cutter {
    struct cellar *cellar;
    const char *statement;
    int countdown;
};

static void sessions_end(struct cellar *cellar)
{
    cellar_sql(cellar, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                       " WHERE application_name = 'cloacina'");
}

static void cut(void *user, const char *statement)
{
    struct cutter *cutter = user;
    if (cutter->statement != NULL && strcmp(statement, cutter->statement) == 0 &&
        --cutter->countdown == 0) {
        sessions_end(cutter->cellar);
    }
}

/* Why: a commit that was cut off before its COMMIT is certainly not applied; then it is unknown, and
 * the same call may be made again. */
static void a_commit_that_is_cut_off_says_what_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *statement;
        enum cloacina_code answer;
    } cuts[] = {
        {"begin", CLOACINA_UNAVAILABLE},
        {"insert executions", CLOACINA_UNAVAILABLE},
        {"insert events", CLOACINA_UNAVAILABLE},
        {"commit", CLOACINA_UNKNOWN},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
        struct cellar cellar;
        struct cutter cutter = {&cellar, NULL, 1};
        uint64_t revision = 9;
        cellar_prepare(&cellar);
        cellar.options.gate = cut;
        cellar.options.gate_user = &cutter;
        cellar_fill(&cellar, "a");
        struct dal *store = cellar.shelf.store;
        cutter.statement = cuts[i].statement;
        assert_int_equal(shelf_submit(&cellar.shelf), cuts[i].answer);
        assert_int_equal(store->impl->find_commit(store, (struct id){1, 2},
                                                  (struct stamp){cellar.shelf.lease, 101},
                                                  &revision, NULL),
                         CLOACINA_OK);
        assert_int_equal(revision, 0);
        assert_int_equal(shelf_submit(&cellar.shelf), CLOACINA_OK);
        cellar_close(&cellar);
    }
}

static struct changeset *redo(void *user, const struct feed *feed)
{
    struct cellar *cellar = user;
    assert_int_equal(feed->row.revision, 1);
    sessions_end(cellar);
    assert_int_equal(scene_command(&cellar->shelf.scene, EXECUTION_PAUSE), CLOACINA_OK);
    shelf_seal(&cellar->shelf);
    return &cellar->shelf.scene.changeset;
}

/* Why: the lock is the server's; who loses the connection has lost it. */
static void a_locked_commit_that_is_cut_off_changes_nothing(void **state)
{
    (void)state;
    struct cellar cellar;
    struct cloacina_error error;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    struct dal *store = cellar.shelf.store;
    enum cloacina_code code =
        store->impl->commit_locked(store, (struct id){1, 2}, 1, redo, &cellar, &error);
    assert_true(code == CLOACINA_UNAVAILABLE || code == CLOACINA_UNKNOWN);
    assert_string_equal(cellar_sql(&cellar, "SELECT revision FROM workflow_executions"), "1");
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    cellar_close(&cellar);
}

/* Why: an idle connection is cut by routers and restarts; that must not make an answer uncertain. */
static void a_connection_that_was_cut_while_idle_is_made_again(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    sessions_end(&cellar);
    cellar_submit(&cellar);
    sessions_end(&cellar);
    assert_int_equal(scene_claim(&cellar.shelf.scene, 1), 1);
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    cellar_close(&cellar);
}

/* Why: a lease that may have been opened is not taken for one that was not. */
static void a_lease_whose_answer_is_lost_is_unknown(void **state)
{
    (void)state;
    struct cellar cellar;
    struct cutter cutter = {&cellar, NULL, 1};
    uint64_t lease;
    int64_t now;
    cellar_prepare(&cellar);
    cellar.options.gate = cut;
    cellar.options.gate_user = &cutter;
    cellar_fill(&cellar, "a");
    struct dal *store = cellar.shelf.store;
    cutter.statement = "open lease";
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("x"), &lease, &now, NULL),
                     CLOACINA_UNKNOWN);
    assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("x"), &lease, &now, NULL),
                     CLOACINA_OK);
    cellar_close(&cellar);
}

/* Why: what only reads has changed nothing, whatever became of its answer. */
static void a_question_whose_answer_is_lost_is_unavailable(void **state)
{
    (void)state;
    static const char *const cuts[] = {"begin snapshot", "tasks", "end snapshot"};
    for (size_t i = 0; i < ARRAY_COUNT(cuts); i++) {
        struct cellar cellar;
        struct cutter cutter = {&cellar, NULL, 1};
        struct dal_snapshot snapshot;
        cellar_prepare(&cellar);
        cellar.options.gate = cut;
        cellar.options.gate_user = &cutter;
        cellar_fill(&cellar, "a");
        cellar_submit(&cellar);
        struct dal *store = cellar.shelf.store;
        struct arena *arena = &cellar.shelf.arena;
        cutter.statement = cuts[i];
        assert_int_equal(store->impl->load(store, (struct id){1, 2}, arena, &snapshot, NULL),
                         CLOACINA_UNAVAILABLE);
        assert_int_equal(store->impl->load(store, (struct id){1, 2}, arena, &snapshot, NULL),
                         CLOACINA_OK);
        cellar_close(&cellar);
    }
}

/* Why: a refused write leaves the transaction open on the server; nobody else must wait for it. */
static void a_failed_transaction_is_rolled_back(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    assert_int_equal(scene_claim(&cellar.shelf.scene, 1), 1);
    cellar.shelf.scene.changeset.rows[0].before.claim = (struct stamp){7, 7};
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_CONFLICT);
    cellar_sql(&cellar, "SET lock_timeout = '10s'");
    cellar_sql(&cellar, "SELECT 1 FROM workflow_executions FOR UPDATE");
    cellar.shelf.scene.changeset.rows[0].before.claim = (struct stamp){0, 0};
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    cellar_close(&cellar);
}

/* Why: a lock that somebody never lets go must not hold a runner for ever; and the server says so
 * before we would give the connection up, so that the answer is clear. */
static void waiting_for_a_lock_has_an_end(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    cellar_submit(&cellar);
    dal_destroy(cellar.shelf.store);
    cellar.options.clock = &cellar.shelf.clock.clock; /* it stands still: no deadline of ours */
    cellar.options.statement_timeout_ns = NANOSECONDS_PER_SECOND;
    cellar.shelf.store = cellar_session(&cellar);
    assert_int_equal(scene_claim(&cellar.shelf.scene, 1), 1);
    cellar_sql(&cellar, "BEGIN");
    cellar_sql(&cellar, "SELECT 1 FROM workflow_executions FOR UPDATE");
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_UNAVAILABLE);
    cellar_sql(&cellar, "ROLLBACK");
    assert_int_equal(shelf_commit(&cellar.shelf), CLOACINA_OK);
    cellar_close(&cellar);
}

/* ---- back-off ---- */

static enum cloacina_code ask(struct dal *store, struct cloacina_error *err)
{
    uint64_t revision;
    return store->impl->find_commit(store, (struct id){1, 2}, (struct stamp){1, 1}, &revision, err);
}

/* Attempts are told from pauses by what is said. */
static bool is_pausing(struct dal *store)
{
    struct cloacina_error error = {0};
    assert_int_equal(ask(store, &error), CLOACINA_UNAVAILABLE);
    return strstr(error.message, "a new attempt is made soon") != NULL;
}

/* Why: a server that starts up must not be stormed, and nobody waits in a call meanwhile. */
static void attempts_are_made_at_growing_intervals(void **state)
{
    (void)state;
    struct cellar cellar;
    char url[CELLAR_TEXT_SIZE];
    char name[CELLAR_TEXT_SIZE];
    char sql[CELLAR_TEXT_SIZE * 2];
    struct dal *store;
    int64_t now = 0;
    struct virtual_clock clock;
    virtual_clock_init(&clock, &(struct virtual_clock_options){.now = &now});
    cellar_prepare(&cellar);
    snprintf(name, sizeof(name), "%s", cellar.schema);
    snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
    cellar_sql(&cellar, sql);
    snprintf(sql, sizeof(sql), "dbname=%s", name);
    cellar.options.clock = &clock.clock;
    assert_int_equal(postgres_open(&cellar.options, url_with(url, sql), &store, NULL), CLOACINA_OK);
    snprintf(sql, sizeof(sql), "ALTER DATABASE %s ALLOW_CONNECTIONS false", name);
    cellar_sql(&cellar, sql);
    sessions_end(&cellar);
    for (int64_t pause = 100; pause < 40000; pause *= 2) {
        int64_t expected = (pause < 10000 ? pause : 10000) * NANOSECONDS_PER_MILLISECOND;
        assert_false(is_pausing(store)); /* refused: 'not currently accepting connections' */
        now += expected - 1;
        assert_true(is_pausing(store));
        now += 1;
    }
    snprintf(sql, sizeof(sql), "ALTER DATABASE %s ALLOW_CONNECTIONS true", name);
    cellar_sql(&cellar, sql);
    assert_int_equal(ask(store, NULL), CLOACINA_OK);
    dal_destroy(store);
    snprintf(sql, sizeof(sql), "DROP DATABASE %s WITH (FORCE)", name);
    cellar_sql(&cellar, sql);
    cellar_end(&cellar);
}

/* ---- hints ---- */

static bool is_readable(struct dal *store, int timeout_ms)
{
    struct pollfd descriptor = {.fd = store->impl->descriptor(store), .events = POLLIN};
    return poll(&descriptor, 1, timeout_ms) == 1;
}

/* Why: a runner's loop sleeps on the descriptor. */
static void a_notification_makes_the_descriptor_readable(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    struct shelf *shelf = &cellar.shelf;
    struct dal *listener = cellar_session(&cellar);
    assert_int_equal(listener->impl->descriptor(listener), -1);
    listener->impl->listen(listener, 99, shelf_wake, shelf);
    listener->impl->take_hints(listener);
    assert_int_equal(shelf->wakes, 0);
    cellar_submit(&cellar);
    while (shelf->wakes == 0) {
        assert_true(is_readable(listener, 10000));
        listener->impl->take_hints(listener);
    }
    listener->impl->listen(listener, 99, NULL, NULL);
    assert_int_equal(listener->impl->descriptor(listener), -1);
    dal_destroy(listener);
    cellar_close(&cellar);
}

/* Why: it may come in while the session waits for the answer to something else. */
static void a_notification_beside_an_answer_is_not_lost(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    struct shelf *shelf = &cellar.shelf;
    struct dal *listener = cellar_session(&cellar);
    listener->impl->listen(listener, 99, shelf_wake, shelf);
    cellar_submit(&cellar);
    assert_int_equal(ask(shelf->store, NULL), CLOACINA_OK); /* the notification was sent before */
    assert_int_equal(ask(listener, NULL), CLOACINA_OK);
    listener->impl->take_hints(listener);
    assert_int_equal(shelf->wakes, 1);
    dal_destroy(listener);
    cellar_close(&cellar);
}

/* Why: what happened while there was no connection, nobody knows. */
static void a_lost_connection_is_a_hint(void **state)
{
    (void)state;
    struct cellar cellar;
    cellar_open(&cellar, "a");
    struct shelf *shelf = &cellar.shelf;
    struct dal *store = shelf->store;
    store->impl->listen(store, shelf->lease, shelf_wake, shelf);
    sessions_end(&cellar);
    while (store->impl->descriptor(store) >= 0) {
        assert_true(is_readable(store, 10000));
        store->impl->take_hints(store);
    }
    assert_int_equal(shelf->wakes, 1);
    assert_int_equal(ask(store, NULL), CLOACINA_OK);
    assert_true(store->impl->descriptor(store) >= 0);
    cellar_close(&cellar);
}

/* What is notified, as the control connection hears it. */
static int notifications(struct cellar *cellar)
{
    int count = 0;
    PGnotify *notification;
    cellar_sql(cellar, "SELECT 1");
    while ((notification = PQnotifies(cellar->control)) != NULL) {
        count++;
        PQfreemem(notification);
    }
    return count;
}

/* Why: a notification costs a transaction; a runner that is alone sends none. */
static void who_is_alone_does_not_notify(void **state)
{
    (void)state;
    struct cellar cellar;
    char sql[CELLAR_TEXT_SIZE * 2];
    cellar_open(&cellar, "a");
    struct shelf *shelf = &cellar.shelf;
    snprintf(sql, sizeof(sql), "LISTEN \"cloacina.%s\"", cellar.schema);
    cellar_sql(&cellar, sql);
    (void)shelf_poll(shelf, NULL, 0); /* a beat: nobody else is there */
    cellar_submit(&cellar);
    assert_int_equal(ask(shelf->store, NULL), CLOACINA_OK);
    assert_int_equal(notifications(&cellar), 0);
    cellar_sql(&cellar, "INSERT INTO runner_leases (name, beat, opened_at, beat_at)"
                        " VALUES ('other', 0, 0, 0)");
    (void)shelf_poll(shelf, NULL, 0);
    assert_int_equal(scene_command(&shelf->scene, EXECUTION_PAUSE), CLOACINA_OK);
    assert_int_equal(shelf_commit(shelf), CLOACINA_OK);
    assert_int_equal(ask(shelf->store, NULL), CLOACINA_OK);
    assert_int_equal(notifications(&cellar), 1);
    cellar_close(&cellar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_has_its_own_message),
        cmocka_unit_test(missing_rights_are_told),
        cmocka_unit_test(what_is_no_postgres_is_unavailable),
        cmocka_unit_test(who_never_answers_is_given_up),
        cmocka_unit_test(a_commit_that_is_cut_off_says_what_is_known),
        cmocka_unit_test(a_locked_commit_that_is_cut_off_changes_nothing),
        cmocka_unit_test(a_connection_that_was_cut_while_idle_is_made_again),
        cmocka_unit_test(a_lease_whose_answer_is_lost_is_unknown),
        cmocka_unit_test(a_question_whose_answer_is_lost_is_unavailable),
        cmocka_unit_test(a_failed_transaction_is_rolled_back),
        cmocka_unit_test(waiting_for_a_lock_has_an_end),
        cmocka_unit_test(attempts_are_made_at_growing_intervals),
        cmocka_unit_test(a_notification_makes_the_descriptor_readable),
        cmocka_unit_test(a_notification_beside_an_answer_is_not_lost),
        cmocka_unit_test(a_lost_connection_is_a_hint),
        cmocka_unit_test(who_is_alone_does_not_notify),
    };
    return cellar_is_there() ? cmocka_run_group_tests(tests, NULL, NULL) : CELLAR_SKIPPED;
}
