/* SPDX-License-Identifier: Apache-2.0 */
/* disk_scene.h - SQLite on a disk in memory, and a host who does one bad thing at one call.
 *
 *   struct scene scene;
 *   scene_begin(&scene);                  a database with the table t(id, filler), durable
 *   scene.at = 17; scene.deed = DEED_CUT; the 17th call of any client from now on
 *   scene_work(&scene, db)                transactions, until one fails
 *   scene_end(&scene);
 *
 * Every transaction k inserts the rows 10 k to 10 k + 9, so that what is found afterwards says
 * exactly which were there. */
#ifndef TESTS_UNIT_DISK_SCENE_H
#define TESTS_UNIT_DISK_SCENE_H

#include "support.h"

#include <sqlite3.h>
#include <stdio.h>

#include "disk/client.h"

enum { TRANSACTIONS = 6, ROWS_EACH = 10, CLIENTS = 3 };

enum deed { DEED_NONE, DEED_FAIL, DEED_FULL, DEED_KILL, DEED_CUT };

struct scene {
    struct disk_host host; /* first */
    struct disk disk;
    struct disk_client clients[CLIENTS]; /* the last is a ghost */
    uint64_t at;                         /* the call, from 0 */
    uint64_t calls;
    enum deed deed;
    bool is_lasting;           /* from that call on */
    bool has_rollback_journal; /* in place of the write-ahead log; set before the first open */
    uint64_t variant;          /* of a power cut */
    unsigned heard;            /* how often somebody wrote something */
    int64_t slept_ns;
    int acknowledged; /* transactions */
    enum disk_operation struck;
};

static inline void scene_strike(struct scene *scene, struct disk_client *client)
{
    if (scene->deed == DEED_KILL) {
        assert_true(disk_afterlife_begin(&scene->disk));
        disk_client_kill(client);
    }
    if (scene->deed == DEED_CUT) {
        for (size_t i = 0; i < CLIENTS; i++) {
            disk_client_kill(&scene->clients[i]);
        }
        disk_cut_power(&scene->disk, scene->variant);
    }
}

static inline enum disk_answer scene_ask(struct disk_host *host, struct disk_client *client,
                                         const struct disk_call *call)
{
    static const enum disk_answer answers[] = {[DEED_NONE] = DISK_GO_ON,
                                               [DEED_FAIL] = DISK_FAILS,
                                               [DEED_FULL] = DISK_FULL,
                                               [DEED_KILL] = DISK_DEAD,
                                               [DEED_CUT] = DISK_DEAD};
    struct scene *scene = (struct scene *)host;
    uint64_t call_number = scene->calls++;
    if (call_number != scene->at && !(scene->is_lasting && call_number > scene->at)) {
        return DISK_GO_ON;
    }
    scene->struck = call->operation;
    scene_strike(scene, client);
    return answers[scene->deed];
}

static inline void scene_sleep(struct disk_host *host, struct disk_client *client,
                               int64_t duration_ns)
{
    (void)client;
    ((struct scene *)host)->slept_ns += duration_ns;
}

static inline int64_t scene_now(struct disk_host *host, struct disk_client *client)
{
    (void)host, (void)client;
    return INT64_C(1704067200000000000);
}

static inline void scene_wrote(struct disk_host *host, struct disk_client *client)
{
    (void)client;
    ((struct scene *)host)->heard++;
}

/* ---- SQLite ---- */

static inline int scene_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

/* The first number of the first row; -1: there was an error. */
static inline int scene_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    int number = -1;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
        number = sqlite3_column_int(statement, 0);
    }
    (void)sqlite3_finalize(statement);
    return number;
}

/* Checkpoints come often. NULL: an error. */
static inline sqlite3 *scene_open(struct scene *scene, size_t client, const char *synchronous)
{
    sqlite3 *db = NULL;
    char sql[160];
    (void)snprintf(sql, sizeof(sql),
                   "pragma journal_mode=%s; pragma wal_autocheckpoint=9; pragma synchronous=%s",
                   scene->has_rollback_journal ? "delete" : "wal", synchronous);
    int code =
        sqlite3_open_v2("db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        scene->clients[client].name);
    if (code == SQLITE_OK) {
        code = scene_run(db, sql);
    }
    if (code != SQLITE_OK) {
        (void)sqlite3_close(db);
        return NULL;
    }
    return db;
}

static inline void scene_begin(struct scene *scene)
{
    static const struct disk_host_impl impl = {
        .ask = scene_ask, .sleep = scene_sleep, .now = scene_now, .wrote = scene_wrote};
    *scene = (struct scene){.host.impl = &impl, .at = UINT64_MAX};
    disk_init(&scene->disk, NULL);
    for (uint32_t i = 0; i < CLIENTS; i++) {
        struct disk_client_options options = {
            .host = &scene->host, .number = i, .is_ghost = i == CLIENTS - 1};
        assert_true(disk_client_init(&scene->clients[i], &scene->disk, &options));
    }
    sqlite3 *db = scene_open(scene, 0, "full");
    assert_non_null(db);
    assert_int_equal(scene_run(db, "create table t(id integer primary key, filler blob)"),
                     SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    disk_sync_names(&scene->disk);
    scene->calls = 0;
    scene->heard = 0;
}

static inline void scene_end(struct scene *scene)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        disk_client_finish(&scene->clients[i]);
    }
    disk_finish(&scene->disk);
}

/* One transaction after the other, up to the first error; the filler makes them some pages long. */
static inline int scene_work(struct scene *scene, sqlite3 *db)
{
    char sql[256];
    for (int i = scene->acknowledged; i < TRANSACTIONS; i++) {
        (void)snprintf(sql, sizeof(sql),
                       "with recursive n(x) as (select %d union all select x + 1 from n where x < "
                       "%d) insert into t select x, zeroblob(700 + x) from n",
                       ROWS_EACH * i, ROWS_EACH * (i + 1) - 1);
        int code = scene_run(db, sql);
        if (code != SQLITE_OK) {
            return code;
        }
        scene->acknowledged++;
    }
    return SQLITE_OK;
}

/* After the bad deed: new processes, nothing goes wrong any more. */
static inline void scene_recover(struct scene *scene)
{
    disk_afterlife_end(&scene->disk);
    scene->deed = DEED_NONE;
    for (size_t i = 0; i < CLIENTS; i++) {
        disk_client_revive(&scene->clients[i]);
    }
}

/* The database is whole and has exactly the first so many transactions: that number. -1: it is
 * damaged or has something else. */
static inline int scene_judge(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, 1, "full");
    if (db == NULL) {
        return -1;
    }
    int rows = scene_number(db, "select count(*) from t");
    int last = scene_number(db, "select coalesce(max(id), -1) from t");
    int filler = scene_number(db, "select count(*) from t where length(filler) <> 700 + id");
    int is_whole = scene_number(db, "select integrity_check = 'ok' from pragma_integrity_check");
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    bool is_prefix = rows == last + 1 && rows % ROWS_EACH == 0 && filler == 0;
    return is_whole == 1 && is_prefix ? rows / ROWS_EACH : -1;
}

#endif
