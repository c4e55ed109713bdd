/* SPDX-License-Identifier: Apache-2.0 */
/* mirror.c - what is new in SQLite since the last look.
 *
 * Law: what does not fit together is a violation, never repaired. */
#include "world/mirror.h"

#include <string.h>

#include "world/mirror_round.h"
#include "world/world.h"

void mirror_init(struct mirror *mirror, struct cloacina_heap *heap)
{
    *mirror = (struct mirror){.heap = heap};
    id_map_init(&mirror->by_id, heap);
}

static void mirrored_free(struct cloacina_heap *heap, struct mirrored *known)
{
    size_t size = sizeof(*known) + known->workflow->task_count * sizeof(known->rows[0]);
    arena_finish(&known->arena);
    heap_give(heap, known, size);
}

void mirror_finish(struct mirror *mirror)
{
    for (size_t i = 0; i < mirror->count; i++) {
        mirrored_free(mirror->heap, mirror->executions[i]);
    }
    heap_give(mirror->heap, mirror->executions, mirror->capacity * sizeof(mirror->executions[0]));
    heap_give(mirror->heap, mirror->leases, mirror->lease_capacity * sizeof(mirror->leases[0]));
    id_map_finish(&mirror->by_id);
}

void mirror_is_unsure(struct cloacina_world *world)
{
    world->mirror.is_unsure = true;
}

/* ---- what cannot go on ---- */

bool mirror_answered(struct look_round *round, enum cloacina_code code, struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        (void)cloacina_error_wrap(err, "world: looking at the store");
        world_fail(round->world, err);
    }
    return code == CLOACINA_OK;
}

bool mirror_has_memory(struct look_round *round, const void *taken)
{
    if (taken == NULL) {
        world_fail_no_memory(round->world);
    }
    return taken != NULL;
}

/* ---- an execution that is new ---- */

static struct mirrored *mirrored_add(struct look_round *round, const struct workflow *workflow,
                                     struct id id)
{
    struct mirror *mirror = &round->world->mirror;
    struct mirrored *known = heap_take_zeroed(
        mirror->heap, 1, sizeof(*known) + workflow->task_count * sizeof(known->rows[0]));
    if (!mirror_has_memory(round, known)) {
        return NULL;
    }
    arena_init(&known->arena, mirror->heap);
    known->workflow = workflow;
    known->row.id = id;
    for (uint32_t task = 0; task < workflow->task_count; task++) {
        known->rows[task].attempt = 1;
    }
    if (!heap_grow(mirror->heap, &mirror->executions, &mirror->capacity, mirror->count + 1,
                   sizeof(mirror->executions[0])) ||
        !id_map_put(&mirror->by_id, id, known)) {
        mirrored_free(mirror->heap, known);
        world_fail_no_memory(round->world);
        return NULL;
    }
    mirror->executions[mirror->count++] = known;
    return known;
}

/* NULL: there is none (yet), or the world has failed. */
static struct mirrored *known_of(struct look_round *round, struct id id)
{
    struct mirrored *known = id_map_get(&round->world->mirror.by_id, id);
    struct feed feed;
    struct cloacina_error err = {CLOACINA_OK, ""};
    if (known != NULL) {
        return known;
    }
    enum cloacina_code code =
        round->dal->impl->refresh(round->dal, id, UINT64_MAX, &round->arena, &feed, &err);
    if (code == CLOACINA_NOT_FOUND || !mirror_answered(round, code, &err)) {
        return NULL;
    }
    const struct registration *registration =
        behaviours_find_hash(&round->world->behaviours, feed.row.definition);
    if (registration == NULL) {
        world_violated(round->world, "I-13", "SQLite has an execution of an unknown definition");
        return NULL;
    }
    known = mirrored_add(round, registration->definition, id);
    if (known != NULL) {
        known->row.definition = feed.row.definition;
        known->row.recoveries_max = feed.row.recoveries_max;
    }
    return known;
}

/* ---- what is new ---- */

static bool add_revision(struct look_round *round, struct revision revision)
{
    if (round->count == round->capacity) {
        size_t capacity = 2 * round->capacity + 8;
        struct revision *more = arena_take_zeroed(&round->arena, capacity, sizeof(more[0]));
        if (!mirror_has_memory(round, more)) {
            return false;
        }
        if (round->count > 0) {
            memcpy(more, round->revisions, round->count * sizeof(more[0]));
        }
        round->revisions = more;
        round->capacity = capacity;
    }
    round->revisions[round->count++] = revision;
    return true;
}

/* Claims of the poll that is under way come in the order of their tokens, behind all else; other
 * revisions as they were found. */
static uint64_t order_of(const struct look_round *round, const struct fresh *fresh, size_t first,
                         size_t end)
{
    const struct dal_poll *poll = round->call == NULL ? NULL : round->call->poll;
    if (poll == NULL || !stamp_equal(fresh->feed.row.commit, poll->commit)) {
        return round->count;
    }
    for (size_t i = first; i < end; i++) {
        if (fresh->events[i].type == EVENT_TASK_CLAIMED) {
            return (UINT64_C(1) << 63) + fresh->events[i].claim.serial;
        }
    }
    return round->count;
}

static bool add_revisions(struct look_round *round, const struct fresh *fresh)
{
    size_t first = 0;
    for (uint64_t number = fresh->known->row.revision + 1; number <= fresh->feed.row.revision;
         number++) {
        size_t end = first;
        while (end < fresh->event_count && fresh->events[end].revision == number) {
            end++;
        }
        struct revision revision = {fresh, number, first, end, order_of(round, fresh, first, end)};
        if (!add_revision(round, revision)) {
            return false;
        }
        first = end;
    }
    return true;
}

static bool find_fresh(struct look_round *round, struct id id)
{
    struct dal *dal = round->dal;
    struct cloacina_error err = {CLOACINA_OK, ""};
    struct mirrored *known = known_of(round, id);
    if (known == NULL) {
        return world_goes_on(round->world);
    }
    struct fresh *fresh = arena_take_zeroed(&round->arena, 1, sizeof(*fresh));
    if (!mirror_has_memory(round, fresh)) {
        return false;
    }
    fresh->known = known;
    enum cloacina_code code =
        dal->impl->refresh(dal, id, known->row.revision, &round->arena, &fresh->feed, &err);
    if (code == CLOACINA_OK && fresh->feed.row.revision > known->row.revision) {
        code = dal->impl->events(dal, id, known->row.revision, SIZE_MAX, &round->arena,
                                 &fresh->events, &fresh->event_count, &err);
    }
    return mirror_answered(round, code, &err) && add_revisions(round, fresh);
}

/* ---- looking ---- */

/* Executions that the call under way may have changed. */
static bool find_in_batch(struct look_round *round)
{
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < round->call->batch_count; i++) {
        goes_on = find_fresh(round, round->call->batch[i].changeset->before.id);
    }
    return goes_on;
}

/* Any execution may have changed, or (a poll) any that is not over. */
static bool find_in_list(struct look_round *round, uint32_t statuses)
{
    struct dal_question question = {.statuses = statuses, .limit = SIZE_MAX};
    struct dal_listed *listed;
    size_t count;
    struct cloacina_error err = {CLOACINA_OK, ""};
    bool goes_on = mirror_answered(
        round,
        round->dal->impl->executions(round->dal, &question, &round->arena, &listed, &count, &err),
        &err);
    for (size_t i = 0; goes_on && i < count; i++) {
        const struct mirrored *known = id_map_get(&round->world->mirror.by_id, listed[i].row.id);
        goes_on = (known != NULL && known->row.revision == listed[i].row.revision) ||
                  find_fresh(round, listed[i].row.id);
    }
    return goes_on;
}

static bool find(struct look_round *round)
{
    const struct store_call *call = round->call;
    if (call == NULL || round->world->mirror.is_unsure) {
        return find_in_list(round, 0);
    }
    if (call->batch_count > 0) {
        return find_in_batch(round);
    }
    return call->locked != NULL ? find_fresh(round, *call->locked)
                                : find_in_list(round, WORLD_ACTIVE);
}

static bool concerns_leases(const struct look_round *round)
{
    const struct store_call *call = round->call;
    return call == NULL || round->world->mirror.is_unsure || call->label.site == SITE_OPEN_LEASE ||
           call->label.site == SITE_CLOSE_LEASE || (call->poll != NULL && call->poll->beats);
}

void mirror_look(struct cloacina_world *world, const struct actor *writer)
{
    struct look_round round = {
        .world = world,
        .call = writer == NULL ? NULL : writer->store.call,
        .dal = world_goes_on(world) ? machine_look(world) : NULL,
    };
    if (round.dal == NULL) {
        return;
    }
    arena_init(&round.arena, world->heap);
    if (concerns_leases(&round)) {
        mirror_tell_leases(&round, writer);
    }
    if (world_goes_on(world) && find(&round)) {
        mirror_tell_all(&round);
    }
    world->mirror.is_unsure = false;
    arena_finish(&round.arena);
}

/* ---- after a power loss ---- */

static bool is_there(struct look_round *round, const struct mirrored *known)
{
    struct cloacina_world *world = round->world;
    struct feed feed;
    struct cloacina_error err = {CLOACINA_OK, ""};
    enum cloacina_code code = round->dal->impl->refresh(round->dal, known->row.id, UINT64_MAX,
                                                        &round->arena, &feed, &err);
    if (code != CLOACINA_NOT_FOUND && !mirror_answered(round, code, &err)) {
        return false;
    }
    uint64_t revision = code == CLOACINA_OK ? feed.row.revision : 0;
    if (revision < known->row.revision) {
        world_violated(world, "I-35",
                       "run %u was stored at revision %llu; after a power loss the store has %llu",
                       (unsigned)world_run_of(world, known->row.id),
                       (unsigned long long)known->row.revision, (unsigned long long)revision);
    }
    return revision >= known->row.revision;
}

void mirror_power_lost(struct cloacina_world *world)
{
    struct look_round round = {.world = world,
                               .dal = world_goes_on(world) ? machine_look(world) : NULL};
    bool goes_on = round.dal != NULL;
    arena_init(&round.arena, world->heap);
    for (size_t i = 0; goes_on && i < world->mirror.count; i++) {
        goes_on = is_there(&round, world->mirror.executions[i]);
    }
    goes_on = goes_on && mirror_are_leases_there(&round);
    arena_finish(&round.arena);
    if (!goes_on) {
        return;
    }
    mirror_is_unsure(world);
    mirror_look(world, NULL);
    if (world->checkers != NULL && world_goes_on(world)) {
        checkers_judge_store(world->checkers, round.dal);
    }
}
