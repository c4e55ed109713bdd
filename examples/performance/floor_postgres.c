/* SPDX-License-Identifier: Apache-2.0 */
/* floor_postgres.c - the SQL of an engine run on PostgreSQL, without an engine. Frozen.
 *
 *   BEGIN | lock | update, insert executions | tasks, outputs, events | COMMIT      one round trip
 *
 * Law: the text of every statement is that of engine/dal/postgres, and so are the rows that stay;
 * tests/bench/test_floor_postgres.c compares both. Nothing is decided, or told to anybody. */
#include "sql_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "database.h"
#include "floor_session.h"

#define SCHEMA "cloacina_floor"

enum { ID_BYTES = 16, RECOVERIES_MAX = 3 };

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

/* An execution that is under way. */
struct lane {
    unsigned char id[ID_BYTES];
    int64_t revision;
    int64_t commit; /* the serial of the newest revision's commit */
    int64_t created_at;
    int64_t *claims;          /* Owned by all lanes together; one for each task */
    int64_t *claims_before;   /* likewise: before this step */
    int64_t *task_started_at; /* likewise */
};

struct postgres_floor {
    struct sql_floor base; /* first */
    struct floor_session session;
    const struct performance *shape;
    uint32_t tasks;
    uint32_t concurrency;
    struct lane *lanes;    /* Owned */
    int64_t *lane_numbers; /* Owned; what the lanes point to */
    int64_t lease, serial, ids;
    int64_t now;
    const char *url; /* Borrowed */
};

/* ---- rows ---- */

static void event(struct postgres_floor *floor, const struct lane *lane, int64_t *n, int64_t type,
                  int64_t task, int64_t claim)
{
    floor_put_bytes(&floor->session, lane->id, ID_BYTES);
    FLOOR_PUT(&floor->session, lane->revision, *n);
    if (task == NO_TASK) {
        floor_put_null(&floor->session);
    } else {
        floor_put(&floor->session, task);
    }
    FLOOR_PUT(&floor->session, task != NO_TASK, type, 0, 0, floor->now, 0,
              claim != 0 ? floor->lease : 0, claim);
    if (*n == 0) { /* the first event of a revision names its commit */
        FLOOR_PUT(&floor->session, floor->lease, lane->commit);
    } else {
        floor_put_null(&floor->session);
        floor_put_null(&floor->session);
    }
    ++*n;
}

/* The fifteen columns that an insert and an update have in common. */
static void task_put(struct postgres_floor *floor, const struct lane *lane, uint32_t task,
                     int64_t status)
{
    bool is_running = status == TASK_RUNNING;
    floor_put_bytes(&floor->session, lane->id, ID_BYTES);
    FLOOR_PUT(&floor->session, task, status, is_running ? SUB_ACTIVE : SUB_NONE, 0, 0, 1, 0,
              is_running ? floor->lease : 0, is_running ? lane->claims[task] : 0, 0,
              status == TASK_NOT_STARTED ? 0 : lane->task_started_at[task],
              status == TASK_COMPLETED ? floor->now : 0);
    floor_put_null(&floor->session);
    floor_put_null(&floor->session);
}

/* What an insert and an update of an execution have in common. */
static void execution_put(struct postgres_floor *floor, const struct lane *lane, uint32_t completed)
{
    bool is_over = completed == floor->tasks;
    FLOOR_PUT(&floor->session, lane->revision, floor->lease, lane->commit, lane->created_at,
              lane->created_at, is_over ? floor->now : 0, completed, 0, 0,
              is_over ? EXECUTION_COMPLETED : EXECUTION_RUNNING);
    floor_put_null(&floor->session);
}

/* An UUIDv7: milliseconds, then a number that ascends. */
static void id_make(struct postgres_floor *floor, unsigned char id[ID_BYTES])
{
    floor_number((char *)id, 8, floor->now / 1000000 * 65536 + 0x7000);
    floor_number((char *)id + 8, 8, ++floor->ids);
    id[8] |= 0x80;
}

/* ---- one step of all executions: one transaction of the engine ---- */

static void step_begin(struct postgres_floor *floor)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    floor->now = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
    floor_send(&floor->session, BEGIN);
}

static void claims_take(struct postgres_floor *floor, struct lane *lane, uint32_t first,
                        uint32_t count)
{
    memcpy(lane->claims_before, lane->claims, floor->tasks * sizeof(lane->claims[0]));
    for (uint32_t task = first; task < first + count; task++) {
        lane->claims_before[task] = 0;
        lane->claims[task] = ++floor->serial;
        lane->task_started_at[task] = floor->now;
    }
}

static void submitted_executions(struct postgres_floor *floor)
{
    static const unsigned char hash[ID_BYTES];
    floor_begin(&floor->session, INSERT_EXECUTIONS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor_put_bytes(&floor->session, floor->lanes[i].id, ID_BYTES);
        floor_put_bytes(&floor->session, hash, sizeof(hash));
        floor_put(&floor->session, RECOVERIES_MAX);
        execution_put(floor, &floor->lanes[i], 0);
    }
    floor_send(&floor->session, INSERT_EXECUTIONS);
    floor_begin(&floor->session, INSERT_CONTEXTS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor_put_bytes(&floor->session, floor->lanes[i].id, ID_BYTES);
        floor_put_bytes(&floor->session, "{}", 2);
    }
    floor_send(&floor->session, INSERT_CONTEXTS);
}

static void submitted_tasks(struct postgres_floor *floor)
{
    floor_begin(&floor->session, INSERT_TASKS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        for (uint32_t task = 0; task < floor->tasks; task++) {
            bool is_claimed = task < floor->shape->waves[0];
            task_put(floor, &floor->lanes[i], task, is_claimed ? TASK_RUNNING : TASK_NOT_STARTED);
        }
    }
    floor_send(&floor->session, INSERT_TASKS);
}

static void submitted_events(struct postgres_floor *floor)
{
    uint32_t first_wave = floor->shape->waves[0];
    floor_begin(&floor->session, INSERT_EVENTS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        const struct lane *lane = &floor->lanes[i];
        int64_t n = 0;
        event(floor, lane, &n, EVENT_SUBMITTED, NO_TASK, 0);
        for (uint32_t task = 0; task < first_wave; task++) {
            event(floor, lane, &n, EVENT_TASK_READY, task, 0);
        }
        event(floor, lane, &n, EVENT_STARTED, NO_TASK, 0);
        for (uint32_t task = 0; task < first_wave; task++) {
            event(floor, lane, &n, EVENT_TASK_CLAIMED, task, lane->claims[task]);
        }
    }
    floor_send(&floor->session, INSERT_EVENTS);
}

/* The first wave is claimed in the commit that brings the executions into the store. */
static void submit(struct postgres_floor *floor)
{
    step_begin(floor);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        struct lane *lane = &floor->lanes[i];
        id_make(floor, lane->id);
        claims_take(floor, lane, 0, floor->shape->waves[0]);
        lane->revision = 1;
        lane->commit = ++floor->serial;
        lane->created_at = floor->now;
    }
    submitted_executions(floor);
    submitted_tasks(floor);
    submitted_events(floor);
    floor_send(&floor->session, COMMIT);
    floor_answers(&floor->session);
}

static void wave_executions(struct postgres_floor *floor, uint32_t completed)
{
    floor_begin(&floor->session, LOCK);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor_put_bytes(&floor->session, floor->lanes[i].id, ID_BYTES);
    }
    floor_send(&floor->session, LOCK);
    floor_begin(&floor->session, UPDATE_EXECUTIONS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor_put_bytes(&floor->session, floor->lanes[i].id, ID_BYTES);
        floor_put(&floor->session, floor->lanes[i].revision - 1);
        execution_put(floor, &floor->lanes[i], completed);
    }
    floor_send(&floor->session, UPDATE_EXECUTIONS);
}

static void wave_tasks(struct postgres_floor *floor, uint32_t first, uint32_t end, uint32_t next)
{
    floor_begin(&floor->session, UPDATE_TASKS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        const struct lane *lane = &floor->lanes[i];
        for (uint32_t task = first; task < end + next; task++) {
            bool was_running = task < end;
            task_put(floor, lane, task, was_running ? TASK_COMPLETED : TASK_RUNNING);
            FLOOR_PUT(&floor->session, was_running ? TASK_RUNNING : TASK_NOT_STARTED,
                      was_running ? floor->lease : 0, lane->claims_before[task]);
        }
    }
    floor_send(&floor->session, UPDATE_TASKS);
    floor_begin(&floor->session, INSERT_OUTPUTS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        for (uint32_t task = first; task < end; task++) {
            const char *delta = floor->shape->deltas[task];
            floor_put_bytes(&floor->session, floor->lanes[i].id, ID_BYTES);
            FLOOR_PUT(&floor->session, task, 1);
            floor_put_bytes(&floor->session, delta, strlen(delta));
        }
    }
    floor_send(&floor->session, INSERT_OUTPUTS);
}

static void wave_events(struct postgres_floor *floor, uint32_t first, uint32_t end, uint32_t next)
{
    floor_begin(&floor->session, INSERT_EVENTS);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        const struct lane *lane = &floor->lanes[i];
        int64_t n = 0;
        for (uint32_t task = first; task < end; task++) {
            event(floor, lane, &n, EVENT_TASK_COMPLETED, task, lane->claims[task]);
        }
        for (uint32_t task = end; task < end + next; task++) {
            event(floor, lane, &n, EVENT_TASK_READY, task, 0);
        }
        for (uint32_t task = end; task < end + next; task++) {
            event(floor, lane, &n, EVENT_TASK_CLAIMED, task, lane->claims[task]);
        }
        if (next == 0) {
            event(floor, lane, &n, EVENT_COMPLETED, NO_TASK, 0);
        }
    }
    floor_send(&floor->session, INSERT_EVENTS);
}

/* `done` tasks from `first` on have ended; `next` behind them are claimed, 0 = the executions are
 * over. */
static void wave_end(struct postgres_floor *floor, uint32_t first, uint32_t done, uint32_t next)
{
    uint32_t end = first + done;
    step_begin(floor);
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        struct lane *lane = &floor->lanes[i];
        claims_take(floor, lane, end, next);
        lane->revision++;
        lane->commit = ++floor->serial;
    }
    wave_executions(floor, end);
    wave_tasks(floor, first, end, next);
    wave_events(floor, first, end, next);
    floor_send(&floor->session, COMMIT);
    floor_answers(&floor->session);
}

static enum cloacina_code floor_run(struct sql_floor *base, uint64_t executions,
                                    uint64_t *ret_executions, struct cloacina_error *err)
{
    struct postgres_floor *floor = (struct postgres_floor *)base;
    uint64_t made = 0;
    while (made < executions && !floor->session.has_failed) {
        uint32_t first = 0;
        submit(floor);
        for (const uint32_t *wave = floor->shape->waves; *wave != 0; wave++) {
            wave_end(floor, first, wave[0], wave[1]);
            first += *wave;
        }
        made += floor->concurrency;
    }
    *ret_executions = made;
    return floor->session.has_failed
               ? cloacina_error_raise(err, CLOACINA_IO, "%s", floor->session.message)
               : CLOACINA_OK;
}

/* ---- opening and closing ---- */

static void floor_close(struct sql_floor *base)
{
    struct postgres_floor *floor = (struct postgres_floor *)base;
    if (floor->session.connection != NULL && PQexitPipelineMode(floor->session.connection)) {
        floor_execute(&floor->session, "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE");
    }
    floor_finish(&floor->session);
    free(floor->lane_numbers);
    free(floor->lanes);
    free(floor);
}

static const struct sql_floor_impl postgres_impl = {.run = floor_run, .close = floor_close};

/* The tables are made by whoever they belong to. */
static enum cloacina_code tables_make(const struct postgres_floor *floor,
                                      struct cloacina_error *err)
{
    struct cloacina_runner *runner;
    const struct cloacina_workflow_definition *const workflows[] = {floor->shape->workflow, NULL};
    const struct cloacina_runner_options options = {
        .database = floor->url, .schema = SCHEMA, .workflows = workflows};
    enum cloacina_code code = cloacina_runner_start(&options, &runner, err);
    if (code == CLOACINA_OK) {
        cloacina_runner_destroy(runner);
    }
    return code;
}

static void session_set_up(struct postgres_floor *floor, enum cloacina_durability durability)
{
    floor_execute(&floor->session, "SET search_path TO " SCHEMA);
    floor_execute(&floor->session, "SET enable_seqscan = off; SET enable_hashjoin = off;"
                                   " SET enable_mergejoin = off; SET jit = off;"
                                   " SET plan_cache_mode = force_generic_plan");
    if (durability == CLOACINA_DURABILITY_NORMAL) {
        floor_execute(&floor->session, "SET synchronous_commit TO off");
    }
    floor_execute(&floor->session,
                  "INSERT INTO workflow_definitions (hash, tenant, package, name, task_count,"
                  " json, created_at) VALUES ('\\x00000000000000000000000000000000', 'public',"
                  " 'embedded', 'floor', 1, '{}', 0)");
    floor->lease = 1;
    floor_prepare(&floor->session);
}

static bool lanes_make(struct postgres_floor *floor)
{
    size_t numbers = (size_t)floor->tasks * 3;
    floor->lanes = calloc(floor->concurrency, sizeof(*floor->lanes));
    floor->lane_numbers = calloc(floor->concurrency * numbers, sizeof(*floor->lane_numbers));
    if (floor->lanes == NULL || floor->lane_numbers == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < floor->concurrency; i++) {
        floor->lanes[i].claims = floor->lane_numbers + i * numbers;
        floor->lanes[i].claims_before = floor->lanes[i].claims + floor->tasks;
        floor->lanes[i].task_started_at = floor->lanes[i].claims_before + floor->tasks;
    }
    return true;
}

static enum cloacina_code floor_make(struct postgres_floor *floor,
                                     enum cloacina_durability durability,
                                     struct cloacina_error *err)
{
    floor_connect(&floor->session, floor->url);
    if (!lanes_make(floor)) {
        floor_fail(&floor->session, "no memory");
    }
    if (!floor->session.has_failed) {
        floor_execute(&floor->session, "SET client_min_messages TO warning");
        floor_execute(&floor->session, "DROP SCHEMA IF EXISTS " SCHEMA " CASCADE");
    }
    if (!floor->session.has_failed) {
        enum cloacina_code code = tables_make(floor, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        session_set_up(floor, durability);
    }
    return floor->session.has_failed
               ? cloacina_error_raise(err, CLOACINA_IO, "%s", floor->session.message)
               : CLOACINA_OK;
}

enum cloacina_code floor_postgres_open(const struct performance *shape,
                                       const struct sql_floor_options *options,
                                       struct sql_floor **ret_floor, struct cloacina_error *err)
{
    struct postgres_floor *floor = calloc(1, sizeof(*floor));
    if (floor == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "floor: no memory");
    }
    *floor = (struct postgres_floor){.base.impl = &postgres_impl,
                                     .shape = shape,
                                     .concurrency = options->concurrency,
                                     .url = options->database};
    for (const uint32_t *wave = shape->waves; *wave != 0; wave++) {
        floor->tasks += *wave;
    }
    enum cloacina_code code = floor_make(floor, options->durability, err);
    if (code != CLOACINA_OK) {
        floor_close(&floor->base);
        return code;
    }
    *ret_floor = &floor->base;
    return CLOACINA_OK;
}
