/* SPDX-License-Identifier: Apache-2.0 */
/* transparent.c - how every task of a run ended, and the calm run beside it. */
#include "search/transparent.h"

#include <stdio.h>
#include <string.h>

#include "execution/execution.h"
#include "execution/state.h"
#include "world/world.h"

void search_calm_init(struct search_calm *calm, struct cloacina_heap *heap)
{
    *calm = (struct search_calm){.heap = heap != NULL ? heap : cloacina_heap_system()};
}

void search_calm_finish(struct search_calm *calm)
{
    heap_give(calm->heap, calm->endings, calm->capacity);
    *calm = (struct search_calm){.heap = calm->heap};
}

/* ---- is the run comparable? ---- */

#define BIT(fault) (UINT64_C(1) << (fault))

/* What a store may do for a moment without changing how anything ends. */
static bool is_transparent_at(enum site site, enum fault fault)
{
    const uint64_t of_store = BIT(FAULT_BUSY) | BIT(FAULT_ERROR) | BIT(FAULT_REPLY_LOST) |
                              BIT(FAULT_DROPPED) | BIT(FAULT_POSTPONE);
    return fault == FAULT_POSTPONE || site_is_number(site) || site == SITE_HINT ||
           (site_is_store_call(site) && (of_store & BIT(fault)) != 0);
}

static bool is_random(const struct decision *decision)
{
    return decision->label.site == SITE_RANDOM;
}

/* Nothing but that, and some of it: otherwise the comparison says nothing. */
static bool is_comparable(const struct oracle *oracle)
{
    bool has_fault = false;
    for (size_t i = 0; i < oracle->decision_count; i++) {
        enum site site = oracle->decisions[i].label.site;
        enum fault fault = oracle->decisions[i].choice.fault;
        if (!is_transparent_at(site, fault)) {
            return false;
        }
        has_fault = has_fault || (!site_is_number(site) && fault != FAULT_POSTPONE);
    }
    return has_fault;
}

/* ---- how everything ended ---- */

/* A row of each execution, by the number that it has in its world. NULL: no memory. */
static const struct execution_row **rows_by_run(const struct cloacina_world *world,
                                                struct arena *arena, size_t *ret_count)
{
    struct dal *store = world->memory;
    struct dal_question everything = {.limit = SIZE_MAX};
    struct dal_listed *listed;
    if (store->impl->executions(store, &everything, arena, &listed, ret_count, NULL) !=
        CLOACINA_OK) {
        return NULL;
    }
    size_t size = (size_t)world->outsides.count + 1;
    const struct execution_row **sorted = arena_take_zeroed(arena, size, sizeof(*sorted));
    for (size_t i = 0; sorted != NULL && i < *ret_count; i++) {
        sorted[world_run_of(world, listed[i].row.id)] = &listed[i].row;
    }
    *ret_count = size;
    return sorted;
}

static const struct workflow *definition_of(const struct cloacina_world *world,
                                            const struct execution_row *row)
{
    return behaviours_find_hash(&world->behaviours, row->definition)->definition;
}

/* Rows that nobody has changed are not in the feed: those tasks have not started. */
static bool add_tasks(const struct cloacina_world *world, const struct execution_row *row,
                      struct arena *arena, struct search_calm *endings)
{
    struct dal *store = world->memory;
    struct feed feed;
    uint32_t count = definition_of(world, row)->task_count;
    if (store->impl->refresh(store, row->id, 0, arena, &feed, NULL) != CLOACINA_OK ||
        !heap_grow(endings->heap, &endings->endings, &endings->capacity, endings->count + count,
                   1)) {
        return false;
    }
    memset(endings->endings + endings->count, TASK_NOT_STARTED, count);
    for (size_t i = 0; i < feed.task_count; i++) {
        endings->endings[endings->count + feed.tasks[i].task] = feed.tasks[i].row.status;
    }
    endings->count += count;
    return true;
}

/* The endings of all tasks of all executions, one after the other. False: no memory. */
static bool endings_of(const struct cloacina_world *world, struct search_calm *endings)
{
    struct arena arena;
    size_t count = 0;
    arena_init(&arena, endings->heap);
    const struct execution_row **rows = rows_by_run(world, &arena, &count);
    bool is_done = rows != NULL;
    endings->count = 0;
    for (size_t run = 1; is_done && run < count; run++) {
        is_done = rows[run] == NULL || add_tasks(world, rows[run], &arena, endings);
    }
    arena_finish(&arena);
    return is_done;
}

/* ---- the calm run ---- */

/* Answers what bodies drew, and nothing else. */
static enum cloacina_code calm_source(const struct search_subject *subject,
                                      const struct oracle *oracle, struct source_replay *ret_replay,
                                      bool *ret_has_drawn, struct cloacina_error *err)
{
    struct cloacina_heap *heap = search_heap(subject);
    struct decision *drawn = heap_take(heap, oracle->decision_count * sizeof(*drawn));
    size_t count = 0;
    for (size_t i = 0; drawn != NULL && i < oracle->decision_count; i++) {
        if (is_random(&oracle->decisions[i])) {
            drawn[count++] = oracle->decisions[i];
        }
    }
    bool is_made = drawn != NULL && source_replay_init(ret_replay, heap, drawn, count);
    heap_give(heap, drawn, oracle->decision_count * sizeof(*drawn));
    *ret_has_drawn = count > 0;
    return is_made ? CLOACINA_OK
                   : cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
}

/* A calm run that does not come to rest, or breaks a promise, has no endings. */
static enum cloacina_code run_calm(const struct search_subject *subject,
                                   const struct search_setup *setup, struct source *source,
                                   struct search_calm *calm, struct cloacina_error *err)
{
    struct search_setup alone = {.seed = setup->seed, .pulse = setup->pulse};
    struct cloacina_world *world;
    enum cloacina_world_end end;
    enum cloacina_code code = search_world(subject, source, &alone, &world, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    calm->count = 0;
    code = cloacina_world_run(world, INT64_MAX, &end, err);
    if (code == CLOACINA_OK && end == CLOACINA_WORLD_SETTLED && !endings_of(world, calm)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    cloacina_world_destroy(world);
    return code;
}

/* What is known is used again, unless bodies have drawn numbers. */
static enum cloacina_code learn_calm(const struct search_subject *subject,
                                     const struct search_setup *setup, const struct oracle *oracle,
                                     struct search_calm *calm, struct cloacina_error *err)
{
    struct source_replay replay;
    bool has_drawn;
    enum cloacina_code code = calm_source(subject, oracle, &replay, &has_drawn, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    bool is_other = subject->uses_seed && calm->seed != setup->seed;
    if (!calm->is_known || is_other || has_drawn) {
        code = run_calm(subject, setup, &replay.source, calm, err);
        calm->is_known = code == CLOACINA_OK && !has_drawn;
        calm->seed = setup->seed;
    }
    source_replay_finish(&replay);
    return code;
}

/* ---- the comparison ---- */

/* The task whose ending is the n-th. */
static void report(const struct cloacina_world *world, size_t n, uint8_t ended, uint8_t calm,
                   struct search_finding *finding)
{
    struct arena arena;
    size_t count = 0;
    arena_init(&arena, world->heap);
    const struct execution_row **rows = rows_by_run(world, &arena, &count);
    for (size_t run = 1; rows != NULL && run < count; run++) {
        const struct workflow *definition =
            rows[run] == NULL ? NULL : definition_of(world, rows[run]);
        if (definition != NULL && n < definition->task_count) {
            (void)snprintf(finding->message, sizeof(finding->message),
                           "run %llu: task '%s' is %s, and %s in the calm run: a store that "
                           "fails for a moment must only cost time",
                           (unsigned long long)run, definition->tasks[n].name,
                           task_status_name((enum task_status)ended),
                           task_status_name((enum task_status)calm));
            break;
        }
        n -= definition == NULL ? 0 : definition->task_count;
    }
    arena_finish(&arena);
    finding->id = "I-20";
}

static void compare(const struct cloacina_world *world, const struct search_calm *endings,
                    const struct search_calm *calm, struct search_finding *finding)
{
    size_t count = calm->count < endings->count ? calm->count : endings->count;
    for (size_t i = 0; i < count; i++) {
        if (endings->endings[i] != calm->endings[i]) {
            report(world, i, endings->endings[i], calm->endings[i], finding);
            return;
        }
    }
}

enum cloacina_code transparent_judge(const struct search_subject *subject,
                                     const struct search_setup *setup, struct cloacina_world *world,
                                     struct search_finding *finding, struct cloacina_error *err)
{
    if (!is_comparable(&world->oracle)) {
        return CLOACINA_OK;
    }
    struct search_calm endings, own;
    search_calm_init(&endings, subject->heap);
    search_calm_init(&own, subject->heap);
    struct search_calm *calm = setup->calm != NULL ? setup->calm : &own;
    enum cloacina_code code = learn_calm(subject, setup, &world->oracle, calm, err);
    if (code == CLOACINA_OK && !endings_of(world, &endings)) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    if (code == CLOACINA_OK) {
        compare(world, &endings, calm, finding);
    }
    search_calm_finish(&own);
    search_calm_finish(&endings);
    return code;
}
