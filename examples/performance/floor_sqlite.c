/* SPDX-License-Identifier: Apache-2.0 */
/* floor_sqlite.c - the SQL of an engine run on SQLite, without an engine. Frozen.
 *
 * Law: the text of every statement is that of engine/dal/sqlite, and so are the rows that stay;
 * tests/bench/test_floor.c compares both. Nothing is read, decided, or told to anybody. */
#include "sql_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "database.h"

enum { NUMBERS_MAX = 14, ID_BYTES = 16, RECOVERIES_MAX = 3 };

/* The numbers that the engine stores; engine/execution/rows.h names them. */
enum { EXECUTION_RUNNING = 1, EXECUTION_COMPLETED = 2 };
enum { TASK_NOT_STARTED = 0, TASK_RUNNING = 2, TASK_COMPLETED = 3, SUB_NONE = 0, SUB_ACTIVE = 1 };
enum {
    EVENT_SUBMITTED = 1,
    EVENT_STARTED = 2,
    EVENT_COMPLETED = 3,
    EVENT_TASK_READY = 9,
    EVENT_TASK_CLAIMED = 10,
    EVENT_TASK_COMPLETED = 13
};
enum { NO_TASK = -1 };

enum statement {
    BEGIN,
    COMMIT,
    EXECUTION_INSERT,
    EXECUTION_ADVANCE,
    CONTEXT_INSERT,
    TASK_INSERT,
    TASK_UPDATE,
    OUTPUT_PUT,
    EVENT_INSERT,
    STATEMENTS
};

static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [EXECUTION_INSERT] =
        "INSERT INTO workflow_executions (id, definition, revision, status, recoveries_max,"
        " commit_lease, commit_serial, created_at, started_at, completed_at, completed, failed,"
        " skipped, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [EXECUTION_ADVANCE] =
        "UPDATE workflow_executions SET status = ?3, revision = ?4, commit_lease = ?5,"
        " commit_serial = ?6, started_at = ?7, completed_at = ?8, completed = ?9, failed = ?10,"
        " skipped = ?11, reason = ?12 WHERE execution = ?1 AND revision = ?2",
    [CONTEXT_INSERT] = "INSERT INTO contexts (execution, value) VALUES (?, ?)",
    [TASK_INSERT] =
        "INSERT INTO task_executions (execution, task, status, sub_status, skip, code, attempt,"
        " recoveries, claim_lease, claim_serial, retry_at, started_at, completed_at, ready_order,"
        " error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [TASK_UPDATE] =
        "UPDATE task_executions SET status = ?3, sub_status = ?4, skip = ?5, code = ?6,"
        " attempt = ?7, recoveries = ?8, claim_lease = ?9, claim_serial = ?10, retry_at = ?11,"
        " started_at = ?12, completed_at = ?13, ready_order = ?14"
        " WHERE execution = ?1 AND task = ?2",
    [OUTPUT_PUT] =
        "INSERT OR REPLACE INTO task_outputs (execution, task, attempt, delta) VALUES (?, ?, ?, ?)",
    [EVENT_INSERT] =
        "INSERT INTO execution_events (execution, revision, n, task, attempt, type, code, skip, at,"
        " retry_at, claim_lease, claim_serial, commit_lease, commit_serial)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

/* An execution that is under way. */
struct lane {
    int64_t execution; /* its short number */
    int64_t revision;
    int64_t events; /* of the newest revision so far */
    int64_t commit; /* the serial of the newest revision's commit */
    int64_t started_at;
    int64_t *claims;          /* Owned by all lanes together; one for each task */
    int64_t *task_started_at; /* likewise */
};

struct sqlite_floor {
    struct sql_floor base; /* first */
    const struct performance *shape;
    uint32_t tasks;
    uint32_t concurrency;
    sqlite3 *connection;                  /* Owned */
    sqlite3_stmt *statements[STATEMENTS]; /* Owned */
    struct lane *lanes;                   /* Owned */
    int64_t *lane_numbers;                /* Owned; what the lanes point to */
    int64_t definition;
    int64_t lease, serial, ids;
    int64_t now;
    int code; /* of the first call that failed; nothing is done after it */
    char url[DATABASE_TEXT_BYTES];
};

/* ---- statements ---- */

static void note(struct sqlite_floor *floor, int code)
{
    if (floor->code == SQLITE_OK && code != SQLITE_OK && code != SQLITE_DONE) {
        floor->code = code;
    }
}

static void run(struct sqlite_floor *floor, enum statement name)
{
    if (floor->code == SQLITE_OK) {
        note(floor, sqlite3_step(floor->statements[name]));
        note(floor, sqlite3_reset(floor->statements[name]));
    }
}

/* Numbers into the parameters from `first` on. */
static void put(struct sqlite_floor *floor, enum statement name, int first, const int64_t *numbers,
                int count)
{
    for (int i = 0; i < count; i++) {
        note(floor, sqlite3_bind_int64(floor->statements[name], first + i, numbers[i]));
    }
}

static void put_text(struct sqlite_floor *floor, enum statement name, int parameter,
                     const char *text)
{
    note(floor, sqlite3_bind_text(floor->statements[name], parameter, text, -1, SQLITE_STATIC));
}

#define PUT(floor, name, first, ...)                                                               \
    put(floor, name, first, (const int64_t[]){__VA_ARGS__},                                        \
        (int)(sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t)))

/* ---- rows ---- */

static void event(struct sqlite_floor *floor, struct lane *lane, int64_t type, int64_t task,
                  int64_t claim)
{
    bool has_task = task != NO_TASK;
    PUT(floor, EVENT_INSERT, 1, lane->execution, lane->revision, lane->events, task, has_task, type,
        0, 0, floor->now, 0, claim != 0 ? floor->lease : 0, claim, floor->lease, lane->commit);
    if (!has_task) {
        note(floor, sqlite3_bind_null(floor->statements[EVENT_INSERT], 4));
    }
    if (lane->events > 0) { /* the first event of a revision names its commit */
        note(floor, sqlite3_bind_null(floor->statements[EVENT_INSERT], 13));
        note(floor, sqlite3_bind_null(floor->statements[EVENT_INSERT], 14));
    }
    lane->events++;
    run(floor, EVENT_INSERT);
}

static void task_update(struct sqlite_floor *floor, const struct lane *lane, uint32_t task,
                        bool is_over)
{
    PUT(floor, TASK_UPDATE, 1, lane->execution, task, is_over ? TASK_COMPLETED : TASK_RUNNING,
        is_over ? SUB_NONE : SUB_ACTIVE, 0, 0, 1, 0, is_over ? 0 : floor->lease,
        is_over ? 0 : lane->claims[task], 0, lane->task_started_at[task], is_over ? floor->now : 0);
    note(floor, sqlite3_bind_null(floor->statements[TASK_UPDATE], 14));
    run(floor, TASK_UPDATE);
}

static void task_insert(struct sqlite_floor *floor, const struct lane *lane, uint32_t task,
                        bool is_claimed)
{
    PUT(floor, TASK_INSERT, 1, lane->execution, task, is_claimed ? TASK_RUNNING : TASK_NOT_STARTED,
        is_claimed ? SUB_ACTIVE : SUB_NONE, 0, 0, 1, 0, is_claimed ? floor->lease : 0,
        is_claimed ? lane->claims[task] : 0, 0, is_claimed ? floor->now : 0, 0);
    note(floor, sqlite3_bind_null(floor->statements[TASK_INSERT], 14));
    note(floor, sqlite3_bind_null(floor->statements[TASK_INSERT], 15));
    run(floor, TASK_INSERT);
}

/* An UUIDv7: milliseconds, then a number that ascends. */
static void id_make(struct sqlite_floor *floor, uint8_t id[ID_BYTES])
{
    uint64_t milliseconds = (uint64_t)floor->now / 1000000;
    uint64_t number = (uint64_t)++floor->ids;
    for (size_t i = 0; i < 6; i++) {
        id[i] = (uint8_t)(milliseconds >> (40 - 8 * i));
    }
    id[6] = 0x70;
    id[7] = 0;
    for (size_t i = 0; i < 8; i++) {
        id[8 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    id[8] |= 0x80;
}

static void execution_insert(struct sqlite_floor *floor, struct lane *lane)
{
    uint8_t id[ID_BYTES];
    id_make(floor, id);
    PUT(floor, EXECUTION_INSERT, 2, floor->definition, lane->revision, EXECUTION_RUNNING,
        RECOVERIES_MAX, floor->lease, lane->commit, floor->now, floor->now, 0, 0, 0, 0);
    note(floor,
         sqlite3_bind_blob(floor->statements[EXECUTION_INSERT], 1, id, sizeof(id), SQLITE_STATIC));
    note(floor, sqlite3_bind_null(floor->statements[EXECUTION_INSERT], 14));
    run(floor, EXECUTION_INSERT);
    lane->execution = sqlite3_last_insert_rowid(floor->connection);
    PUT(floor, CONTEXT_INSERT, 1, lane->execution);
    put_text(floor, CONTEXT_INSERT, 2, "{}");
    run(floor, CONTEXT_INSERT);
}

static void execution_advance(struct sqlite_floor *floor, const struct lane *lane,
                              uint32_t completed)
{
    bool is_over = completed == floor->tasks;
    PUT(floor, EXECUTION_ADVANCE, 1, lane->execution, lane->revision - 1,
        is_over ? EXECUTION_COMPLETED : EXECUTION_RUNNING, lane->revision, floor->lease,
        lane->commit, lane->started_at, is_over ? floor->now : 0, completed, 0, 0);
    note(floor, sqlite3_bind_null(floor->statements[EXECUTION_ADVANCE], 12));
    run(floor, EXECUTION_ADVANCE);
}

/* ---- one step of one execution: one changeset of the engine ---- */

static void claims_take(struct sqlite_floor *floor, struct lane *lane, uint32_t first,
                        uint32_t count)
{
    for (uint32_t task = first; task < first + count; task++) {
        lane->claims[task] = ++floor->serial;
        lane->task_started_at[task] = floor->now;
    }
}

static void revision_begin(struct sqlite_floor *floor, struct lane *lane)
{
    lane->revision++;
    lane->events = 0;
    lane->commit = ++floor->serial;
}

/* The first wave is claimed in the commit that brings the execution into the store. */
static void submit(struct sqlite_floor *floor, struct lane *lane)
{
    uint32_t first_wave = floor->shape->waves[0];
    lane->revision = 0;
    claims_take(floor, lane, 0, first_wave);
    revision_begin(floor, lane);
    lane->started_at = floor->now;
    execution_insert(floor, lane);
    for (uint32_t task = 0; task < floor->tasks; task++) {
        task_insert(floor, lane, task, task < first_wave);
    }
    event(floor, lane, EVENT_SUBMITTED, NO_TASK, 0);
    for (uint32_t task = 0; task < first_wave; task++) {
        event(floor, lane, EVENT_TASK_READY, task, 0);
    }
    event(floor, lane, EVENT_STARTED, NO_TASK, 0);
    for (uint32_t task = 0; task < first_wave; task++) {
        event(floor, lane, EVENT_TASK_CLAIMED, task, lane->claims[task]);
    }
}

/* `done` tasks from `first` on have ended; `next` behind them are claimed, 0 = the execution is
 * over. */
static void wave_end(struct sqlite_floor *floor, struct lane *lane, uint32_t first, uint32_t done,
                     uint32_t next)
{
    uint32_t end = first + done;
    claims_take(floor, lane, end, next);
    revision_begin(floor, lane);
    execution_advance(floor, lane, end);
    for (uint32_t task = first; task < end + next; task++) {
        task_update(floor, lane, task, task < end);
    }
    for (uint32_t task = first; task < end; task++) {
        PUT(floor, OUTPUT_PUT, 1, lane->execution, task, 1);
        put_text(floor, OUTPUT_PUT, 4, floor->shape->deltas[task]);
        run(floor, OUTPUT_PUT);
        event(floor, lane, EVENT_TASK_COMPLETED, task, lane->claims[task]);
    }
    for (uint32_t task = end; task < end + next; task++) {
        event(floor, lane, EVENT_TASK_READY, task, 0);
    }
    for (uint32_t task = end; task < end + next; task++) {
        event(floor, lane, EVENT_TASK_CLAIMED, task, lane->claims[task]);
    }
    if (next == 0) {
        event(floor, lane, EVENT_COMPLETED, NO_TASK, 0);
    }
}

/* ---- all lanes ---- */

static void step_begin(struct sqlite_floor *floor)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    floor->now = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    run(floor, BEGIN);
}

/* As many executions as there are lanes, from their submission to their end. */
static void lanes_run(struct sqlite_floor *floor)
{
    step_begin(floor);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        submit(floor, &floor->lanes[i]);
    }
    run(floor, COMMIT);
    uint32_t first = 0;
    for (const uint32_t *wave = floor->shape->waves; *wave != 0; wave++) {
        step_begin(floor);
        for (uint32_t i = 0; i < floor->concurrency; i++) {
            wave_end(floor, &floor->lanes[i], first, wave[0], wave[1]);
        }
        run(floor, COMMIT);
        first += *wave;
    }
}

static enum cloacina_code failed(const struct sqlite_floor *floor, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_IO, "floor: %s", sqlite3_errstr(floor->code));
}

static enum cloacina_code floor_run(struct sql_floor *base, uint64_t executions,
                                    uint64_t *ret_executions, struct cloacina_error *err)
{
    struct sqlite_floor *floor = (struct sqlite_floor *)base;
    uint64_t made = 0;
    while (made < executions && floor->code == SQLITE_OK) {
        lanes_run(floor);
        made += floor->concurrency;
    }
    *ret_executions = made;
    return floor->code == SQLITE_OK ? CLOACINA_OK : failed(floor, err);
}

static void floor_close(struct sql_floor *base)
{
    struct sqlite_floor *floor = (struct sqlite_floor *)base;
    for (size_t i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(floor->statements[i]);
    }
    (void)sqlite3_close(floor->connection);
    database_remove(floor->url);
    free(floor->lane_numbers);
    free(floor->lanes);
    free(floor);
}

static const struct sql_floor_impl sqlite_impl = {.run = floor_run, .close = floor_close};

/* ---- opening ---- */

/* The tables are made by whoever they belong to. */
static enum cloacina_code tables_make(const struct sqlite_floor *floor, struct cloacina_error *err)
{
    struct cloacina_runner *runner;
    const struct cloacina_workflow_definition *const workflows[] = {floor->shape->workflow, NULL};
    const struct cloacina_runner_options options = {.database = floor->url, .workflows = workflows};
    enum cloacina_code code = cloacina_runner_start(&options, &runner, err);
    if (code == CLOACINA_OK) {
        cloacina_runner_destroy(runner);
    }
    return code;
}

static void connection_open(struct sqlite_floor *floor, enum cloacina_durability durability)
{
    char path[DATABASE_TEXT_BYTES];
    const char *pragmas = durability == CLOACINA_DURABILITY_NORMAL
                              ? "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                              : "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;";
    database_path(floor->url, path, sizeof(path));
    note(floor, sqlite3_open_v2(path, &floor->connection,
                                SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    if (floor->code == SQLITE_OK) {
        note(floor, sqlite3_exec(floor->connection, pragmas, NULL, NULL, NULL));
        note(floor,
             sqlite3_exec(floor->connection,
                          "INSERT INTO workflow_definitions (hash, tenant, package, name,"
                          " task_count, json, created_at)"
                          " VALUES (zeroblob(16), 'public', 'embedded', 'floor', 1, '{}', 0);"
                          "INSERT INTO runner_leases (name, beat, opened_at, beat_at)"
                          " VALUES ('floor', 0, 0, 0)",
                          NULL, NULL, NULL));
        floor->definition = 1;
        floor->lease = sqlite3_last_insert_rowid(floor->connection);
    }
    for (size_t i = 0; i < STATEMENTS && floor->code == SQLITE_OK; i++) {
        note(floor, sqlite3_prepare_v3(floor->connection, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                       &floor->statements[i], NULL));
    }
}

static bool lanes_make(struct sqlite_floor *floor)
{
    floor->lanes = calloc(floor->concurrency, sizeof(*floor->lanes));
    floor->lane_numbers =
        calloc((size_t)floor->concurrency * floor->tasks * 2, sizeof(*floor->lane_numbers));
    if (floor->lanes == NULL || floor->lane_numbers == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor->lanes[i].claims = floor->lane_numbers + (size_t)i * floor->tasks * 2;
        floor->lanes[i].task_started_at = floor->lanes[i].claims + floor->tasks;
    }
    return true;
}

enum cloacina_code floor_sqlite_open(const struct performance *shape,
                                     const struct sql_floor_options *options,
                                     struct sql_floor **ret_floor, struct cloacina_error *err)
{
    char path[DATABASE_TEXT_BYTES];
    struct sqlite_floor *floor = calloc(1, sizeof(*floor));
    if (floor == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "floor: no memory");
    }
    *floor = (struct sqlite_floor){
        .base.impl = &sqlite_impl, .shape = shape, .concurrency = options->concurrency};
    for (const uint32_t *wave = shape->waves; *wave != 0; wave++) {
        floor->tasks += *wave;
    }
    database_path(options->database, path, sizeof(path));
    (void)snprintf(floor->url, sizeof(floor->url), "sqlite://%.*s-floor.db",
                   (int)sizeof(floor->url) - 32, path);
    database_remove(floor->url);
    enum cloacina_code code =
        lanes_make(floor) ? tables_make(floor, err)
                          : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "floor: no memory");
    if (code == CLOACINA_OK) {
        connection_open(floor, options->durability);
        code = floor->code == SQLITE_OK ? CLOACINA_OK : failed(floor, err);
    }
    if (code != CLOACINA_OK) {
        floor_close(&floor->base);
        return code;
    }
    *ret_floor = &floor->base;
    return CLOACINA_OK;
}
