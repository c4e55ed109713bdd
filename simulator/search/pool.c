/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - children that take turns with the runs, and the parent who waits for them.
 *
 *   child says   f  a finding is in the cell; it waits until the parent has read it
 *                a  the same, and it ends: the run was left by another way than its return
 *                e  an error is in the cell; it ends
 *                d  there is nothing left to do; it ends
 *                nothing, and is gone: the run has killed it
 *
 * Law: a run is done by one child; what has killed one is not tried again. */
#include "search/pool.h"

#include <stdio.h>
#include <string.h>

#include <cloacina/clock.h>

#include "base/compiler.h"
#include "search/child.h"

enum { TIMEOUT_MS = 50 };
#define AWAY_NS INT64_C(1000000000)

/* One place for a child; when that dies, another one takes over. */
struct worker {
    const struct pool_options *options; /* Borrowed */
    struct child_cell *cell;            /* Owned */
    uint64_t next;                      /* the run to begin with */
    uint32_t stride;
    int64_t moved_at;  /* monotonic: when its pulse was seen to change */
    int64_t looked_at; /* when anybody looked */
    uint64_t pulse;
    int fd; /* in the child */
};

struct pool {
    const struct pool_options *options;
    struct cloacina_heap *heap;
    struct cloacina_clock *clock;
    struct worker *workers; /* Owned, `count` */
    struct child *children; /* Owned, `count` */
    int *said;              /* Owned, `count` */
    uint32_t count;
    int64_t hang_ns;
    int64_t started_at;
    int64_t deadline;     /* of the budget */
    bool is_over;         /* no further run begins */
    bool is_broken;       /* `error` says why */
    uint64_t runs_killed; /* that did not end by themselves */
    struct cloacina_error error;
};

/* ---- in the child ---- */

static void add_figures(struct search_figures *sum, const struct search_figures *part)
{
    sum->runs += part->runs;
    sum->events += part->events;
    sum->attempts += part->attempts;
    sum->decisions += part->decisions;
    sum->virtual_ns += part->virtual_ns;
}

/* What the parent must see, if this run is the child's last. */
static void begin_run(struct child_cell *cell, uint64_t run)
{
    cell->tape_length = 0;
    cell->where[0] = '\0';
    cell->pulse_before = ++cell->pulse;
    cell->run = run;
    cell->has_begun = true;
}

/* False: the child has nothing more to do. */
static bool end_run(struct worker *worker, enum cloacina_code code,
                    const struct search_outcome *outcome, const struct cloacina_error *err)
{
    struct child_cell *cell = worker->cell;
    if (code == CLOACINA_NOT_FOUND) {
        (void)child_say(worker->fd, 'd');
        return false;
    }
    if (code != CLOACINA_OK) {
        cell->error = *err;
        cell->error.code = code;
        (void)child_say(worker->fd, 'e');
        return false;
    }
    add_figures(&cell->figures, &outcome->figures);
    atomic_fetch_add(&cell->runs_done, 1);
    if (outcome->finding.id == NULL) {
        return true;
    }
    child_finding_put(&cell->finding, &outcome->finding);
    return child_say(worker->fd, 'f') && child_wait(worker->fd);
}

static void work(void *argument)
{
    struct worker *worker = argument;
    const struct pool_options *options = worker->options;
    struct child_cell *cell = worker->cell;
    struct tape tape = {cell->tape, sizeof(cell->tape), &cell->tape_length};
    struct search_setup setup = {
        .coverage = &cell->coverage,
        .edges = &cell->edges,
        .tape = &tape,
        .sometimes = &cell->sometimes,
        .pulse = &cell->pulse,
        .without_decisions = true,
    };
    struct search_outcome outcome;
    bool goes_on = true;
    search_outcome_init(&outcome, NULL);
    for (uint64_t run = worker->next; goes_on; run += worker->stride) {
        struct cloacina_error err = {CLOACINA_NOT_FOUND, ""};
        enum cloacina_code code = CLOACINA_NOT_FOUND;
        bool is_wanted = options->runs == 0 || run < options->runs;
        if (is_wanted && !atomic_load(&cell->must_end)) {
            begin_run(cell, run);
            code = options->run(options->user, run, &setup, &outcome, &err);
        }
        goes_on = end_run(worker, code, &outcome, &err);
    }
    search_outcome_finish(&outcome);
}

static void child_main(void *argument, int fd)
{
    struct worker *worker = argument;
    struct search_finding finding = {.id = NULL};
    worker->fd = fd;
    if (worker->options->enter == NULL) {
        work(worker);
    } else if (worker->options->enter(worker->options->user, work, worker, &finding)) {
        child_finding_put(&worker->cell->finding, &finding);
        (void)child_say(fd, 'a');
    }
}

/* ---- in the parent ---- */

static void break_with(struct pool *pool, const struct cloacina_error *error)
{
    pool->is_over = true;
    if (!pool->is_broken) {
        pool->is_broken = true;
        pool->error = *error;
    }
}

static void start(struct pool *pool, uint32_t index)
{
    struct worker *worker = &pool->workers[index];
    struct cloacina_error error = {CLOACINA_OK, ""};
    worker->cell->has_begun = false;
    worker->pulse = worker->cell->pulse;
    worker->moved_at = worker->looked_at = cloacina_clock_monotonic(pool->clock);
    enum cloacina_code code = child_start(&pool->children[index], child_main, worker,
                                          pool->children, pool->count, &error);
    if (code != CLOACINA_OK) {
        break_with(pool, &error);
    }
}

static void report(struct pool *pool, const struct worker *worker,
                   const struct search_finding *finding)
{
    const struct pool_options *options = pool->options;
    struct text tape = {worker->cell->tape, worker->cell->tape_length};
    if (!options->found(options->user, worker->cell->run, finding, tape) ||
        options->stops_at_first) {
        pool->is_over = true;
    }
}

/* The child is gone, and its run with it; another one goes on. */
static void bury(struct pool *pool, uint32_t index, const struct search_finding *finding)
{
    static const struct cloacina_error stillborn = {CLOACINA_UNAVAILABLE,
                                                    "a child process died before its first run"};
    struct worker *worker = &pool->workers[index];
    if (!worker->cell->has_begun) {
        break_with(pool, &stillborn);
        return;
    }
    pool->runs_killed++;
    worker->next = worker->cell->run + worker->stride;
    report(pool, worker, finding);
    if (!pool->is_over) {
        start(pool, index);
    }
}

static void handle(struct pool *pool, uint32_t index, int said)
{
    struct worker *worker = &pool->workers[index];
    struct child *child = &pool->children[index];
    struct search_finding finding;
    switch (said) {
    case CHILD_SILENT:
        return;
    case 'f':
        finding = child_finding_get(&worker->cell->finding);
        report(pool, worker, &finding);
        child_go_on(child);
        return;
    case 'a':
        (void)child_end(child, false);
        finding = child_finding_get(&worker->cell->finding);
        bury(pool, index, &finding);
        return;
    case 'e':
        (void)child_end(child, false);
        break_with(pool, &worker->cell->error);
        return;
    case 'd':
        (void)child_end(child, false);
        return;
    default:
        finding = child_crash(child_end(child, false), worker->cell);
        bury(pool, index, &finding);
        return;
    }
}

/* Has it moved? When nobody has looked for a while - the parent was busy with a finding, or stood
 * still itself - that proves nothing. */
static void watch(struct pool *pool, uint32_t index)
{
    struct worker *worker = &pool->workers[index];
    uint64_t pulse = *(volatile uint64_t *)&worker->cell->pulse;
    int64_t now = cloacina_clock_monotonic(pool->clock);
    bool was_away = now - worker->looked_at > AWAY_NS;
    worker->looked_at = now;
    if (pulse != worker->pulse || was_away) {
        worker->pulse = pulse;
        worker->moved_at = now;
    } else if (now - worker->moved_at >= pool->hang_ns) {
        struct search_finding hang = child_hang(pool->hang_ns, worker->cell);
        (void)child_end(&pool->children[index], true);
        bury(pool, index, &hang);
    }
}

static uint64_t runs_done(const struct pool *pool)
{
    uint64_t runs = pool->runs_killed;
    for (uint32_t i = 0; i < pool->count; i++) {
        runs += atomic_load(&pool->workers[i].cell->runs_done);
    }
    return runs;
}

static bool is_any_alive(const struct pool *pool)
{
    bool is_any = false;
    for (uint32_t i = 0; i < pool->count; i++) {
        is_any = is_any || pool->children[i].pid != 0;
    }
    return is_any;
}

/* No further run begins; after a finding or an error what is under way is not wanted any more. */
static void end_runs(struct pool *pool, bool by_force)
{
    pool->is_over = true;
    for (uint32_t i = 0; i < pool->count; i++) {
        atomic_store(&pool->workers[i].cell->must_end, true);
        if (by_force) {
            (void)child_end(&pool->children[i], true);
        }
    }
}

static void look_after(struct pool *pool)
{
    children_listen(pool->children, pool->count, TIMEOUT_MS, pool->said);
    for (uint32_t i = 0; i < pool->count && !pool->is_broken; i++) {
        bool was_over = pool->is_over;
        handle(pool, i, pool->said[i]);
        if (pool->children[i].pid != 0 && pool->said[i] == CHILD_SILENT) {
            watch(pool, i);
        }
        if (pool->is_over && !was_over) {
            return; /* somebody wants the end */
        }
    }
}

static void run_all(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->count && !pool->is_over; i++) {
        start(pool, i);
    }
    bool has_budget_ended = false;
    while (is_any_alive(pool)) {
        if (pool->is_over && !has_budget_ended) {
            end_runs(pool, true);
            break;
        }
        look_after(pool);
        if (pool->options->progress != NULL) {
            pool->options->progress(pool->options->user, runs_done(pool));
        }
        if (!pool->is_over && cloacina_clock_monotonic(pool->clock) >= pool->deadline) {
            has_budget_ended = true;
            end_runs(pool, false);
        }
    }
}

/* ---- put together ---- */

static void add_up(const struct pool *pool, struct pool_result *ret_result)
{
    *ret_result = (struct pool_result){
        .runs = runs_done(pool),
        .wall_ns = cloacina_clock_monotonic(pool->clock) - pool->started_at,
    };
    for (uint32_t i = 0; i < pool->count; i++) {
        const struct child_cell *cell = pool->workers[i].cell;
        add_figures(&ret_result->figures, &cell->figures);
        coverage_add(&ret_result->coverage, &cell->coverage);
        edges_add(&ret_result->edges, &cell->edges);
        ret_result->properties_seen |= cell->sometimes;
    }
}

static void pool_finish(struct pool *pool)
{
    for (uint32_t i = 0; i < pool->count; i++) {
        if (pool->workers != NULL) {
            child_cell_destroy(pool->workers[i].cell);
        }
    }
    heap_give(pool->heap, pool->workers, pool->count * sizeof(pool->workers[0]));
    heap_give(pool->heap, pool->children, pool->count * sizeof(pool->children[0]));
    heap_give(pool->heap, pool->said, pool->count * sizeof(pool->said[0]));
}

/* False: no memory. */
static bool pool_init(struct pool *pool, const struct pool_options *options)
{
    struct cloacina_heap *heap = cloacina_heap_system();
    uint32_t count = options->jobs != 0 ? options->jobs : 1;
    *pool = (struct pool){
        .options = options,
        .heap = heap,
        .clock = cloacina_clock_system(),
        .workers = heap_take_zeroed(heap, count, sizeof(struct worker)),
        .children = heap_take_zeroed(heap, count, sizeof(struct child)),
        .said = heap_take_zeroed(heap, count, sizeof(int)),
        .count = count,
        .hang_ns = options->hang_ns != 0 ? options->hang_ns : POOL_HANG_NS,
        .deadline = INT64_MAX,
    };
    bool is_made = pool->workers != NULL && pool->children != NULL && pool->said != NULL;
    for (uint32_t i = 0; i < count && is_made; i++) {
        struct child_cell *cell = child_cell_create();
        pool->workers[i] =
            (struct worker){.options = options, .cell = cell, .next = i, .stride = count};
        is_made = cell != NULL;
    }
    pool->started_at = cloacina_clock_monotonic(pool->clock);
    if (options->budget_ns != 0) {
        pool->deadline = pool->started_at + options->budget_ns;
    }
    return is_made;
}

enum cloacina_code pool_run(const struct pool_options *options, struct pool_result *ret_result,
                            struct cloacina_error *err)
{
    struct pool pool;
    enum cloacina_code code = CLOACINA_OK;
    if (options->jobs > POOL_JOBS_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "%u jobs: at most %d", options->jobs,
                                    POOL_JOBS_MAX);
    }
    if (!pool_init(&pool, options)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "pool: no memory");
    } else {
        run_all(&pool);
        if (pool.is_broken) {
            code = cloacina_error_raise(err, pool.error.code, "%s", pool.error.message);
        } else {
            add_up(&pool, ret_result);
        }
    }
    pool_finish(&pool);
    return code;
}
