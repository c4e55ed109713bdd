/* SPDX-License-Identifier: Apache-2.0 */
/* mirror.c - from rows and events back to the commits that made them.
 *
 * A revision's changeset is: the events that bear its number; the rows that those events name (of
 * the only new revision: all rows that have changed); the contexts of the tasks among them that
 * have completed. Several new revisions of one execution come from a poll alone, which gives each
 * claim one of its own and touches no row twice; the execution's row is the same in all of them but
 * for the number.
 * Law: what does not fit together is a violation, never repaired. */
#include "world/mirror.h"

#include <string.h>

#include "execution/state.h"
#include "world/witness.h"
#include "world/world.h"

/* An execution as it was told last. */
struct mirrored {
    struct execution_row row;
    const struct workflow *workflow; /* Borrowed from the world's behaviours */
    struct arena arena;              /* texts of rows */
    struct task_row rows[];          /* task_count */
};

struct mirrored_lease {
    uint64_t lease;
    uint64_t beat;
    bool is_closing; /* somebody has tried to close it */
};

/* What is new in one execution. */
struct fresh {
    struct mirrored *known;
    struct feed feed;
    struct event_row *events; /* after the known revision */
    size_t event_count;
};

/* One of its revisions, to be told. */
struct revision {
    const struct fresh *fresh;
    uint64_t number;
    size_t first, end; /* of its events */
    uint64_t order;
};

/* One look. */
struct look_round {
    struct cloacina_world *world;
    const struct store_call *call; /* of the writer; NULL: nobody's, or it is not known whose */
    struct dal *dal;
    struct arena arena;
    struct revision *revisions;
    size_t count, capacity; /* in the arena */
};

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

void mirror_lease_closing(struct cloacina_world *world, uint64_t lease)
{
    for (size_t i = 0; i < world->mirror.lease_count; i++) {
        struct mirrored_lease *known = &world->mirror.leases[i];
        known->is_closing = known->is_closing || known->lease == lease;
    }
}

/* ---- what cannot go on ---- */

/* The ghost cannot fail but for memory. */
static bool answered(struct look_round *round, enum cloacina_code code, struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        (void)cloacina_error_wrap(err, "world: looking at the store");
        world_fail(round->world, err);
    }
    return code == CLOACINA_OK;
}

static bool has_memory(struct look_round *round, const void *taken)
{
    if (taken == NULL) {
        world_fail_no_memory(round->world);
    }
    return taken != NULL;
}

/* The memory store has the same rows: it can only refuse what does not follow from them. */
static void tell(struct look_round *round, const struct dal_write *write)
{
    struct dal *memory = round->world->memory;
    enum cloacina_code answer = CLOACINA_OK;
    memory->impl->commit(memory, write, 1, &answer);
    if (answer == CLOACINA_NO_MEMORY) {
        world_fail_no_memory(round->world);
    } else if (answer != CLOACINA_OK) {
        world_violated(
            round->world, "I-05",
            "run %u: SQLite has revision %llu, which does not follow from the one before",
            (unsigned)world_run_of(round->world, write->changeset->after->id),
            (unsigned long long)write->changeset->after->revision);
    }
}

/* ---- an execution that is new ---- */

static struct mirrored *mirrored_add(struct look_round *round, const struct workflow *workflow,
                                     struct id id)
{
    struct mirror *mirror = &round->world->mirror;
    struct mirrored *known = heap_take_zeroed(
        mirror->heap, 1, sizeof(*known) + workflow->task_count * sizeof(known->rows[0]));
    if (!has_memory(round, known)) {
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
    if (code == CLOACINA_NOT_FOUND || !answered(round, code, &err)) {
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
        if (!has_memory(round, more)) {
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
    if (!has_memory(round, fresh)) {
        return false;
    }
    fresh->known = known;
    enum cloacina_code code =
        dal->impl->refresh(dal, id, known->row.revision, &round->arena, &fresh->feed, &err);
    if (code == CLOACINA_OK && fresh->feed.row.revision > known->row.revision) {
        code = dal->impl->events(dal, id, known->row.revision, SIZE_MAX, &round->arena,
                                 &fresh->events, &fresh->event_count, &err);
    }
    return answered(round, code, &err) && add_revisions(round, fresh);
}

/* ---- a revision is told ---- */

static bool is_named(const struct revision *revision, uint32_t task)
{
    for (size_t i = revision->first; i < revision->end; i++) {
        if (revision->fresh->events[i].task == task) {
            return true;
        }
    }
    return false;
}

/* It keeps a copy of a text until the next one comes. */
static bool row_take(struct look_round *round, struct mirrored *known, const struct feed_task *task)
{
    struct task_row *row = &known->rows[task->task];
    const char *before = row->error, *after = task->row.error;
    *row = task->row;
    row->error = NULL;
    if (after != NULL) {
        row->error = before != NULL && strcmp(before, after) == 0
                         ? before
                         : arena_copy(&known->arena, after, strlen(after));
        return has_memory(round, row->error);
    }
    return true;
}

static const struct feed_task *task_of(const struct feed *feed, uint32_t task)
{
    for (size_t i = 0; i < feed->task_count; i++) {
        if (feed->tasks[i].task == task) {
            return &feed->tasks[i];
        }
    }
    return NULL;
}

/* What completed tasks wrote, in the order of their events. */
static void deltas_fill(const struct revision *revision, struct changeset *changeset)
{
    for (size_t i = revision->first; i < revision->end; i++) {
        const struct event_row *event = &revision->fresh->events[i];
        const struct feed_task *task = event->type == EVENT_TASK_COMPLETED
                                           ? task_of(&revision->fresh->feed, event->task)
                                           : NULL;
        if (task != NULL && task->has_delta && changeset->delta_count < changeset->delta_capacity) {
            changeset->deltas[changeset->delta_count++] = (struct delta_change){
                .task = task->task, .attempt = task->row.attempt, .delta = task->delta};
        }
    }
}

static bool is_one_of_many(const struct revision *revision)
{
    const struct fresh *fresh = revision->fresh;
    return fresh->events[0].revision != fresh->feed.row.revision;
}

/* Rows and contexts of the changeset; arrays are in the arena. */
static bool changes_make(struct look_round *round, const struct revision *revision,
                         struct changeset *changeset)
{
    const struct feed *feed = &revision->fresh->feed;
    struct mirrored *known = revision->fresh->known;
    bool is_part = is_one_of_many(revision);
    changeset->rows = arena_take_zeroed(&round->arena, feed->task_count, sizeof(struct row_change));
    changeset->deltas =
        arena_take_zeroed(&round->arena, feed->task_count, sizeof(struct delta_change));
    if (!has_memory(round, changeset->rows) || !has_memory(round, changeset->deltas)) {
        return false;
    }
    changeset->delta_capacity = feed->task_count;
    deltas_fill(revision, changeset);
    for (size_t i = 0; i < feed->task_count; i++) {
        const struct feed_task *task = &feed->tasks[i];
        if (task->task >= known->workflow->task_count ||
            (is_part && !is_named(revision, task->task))) {
            continue;
        }
        changeset->rows[changeset->row_count++] = (struct row_change){
            .task = task->task,
            .before = known->rows[task->task],
            .after = &known->rows[task->task],
        };
        if (!row_take(round, known, task)) {
            return false;
        }
    }
    return true;
}

/* The poll that is under way is told of around its own claims. */
static void tell_commit(struct look_round *round, const struct dal_write *write)
{
    struct checkers *checkers = round->world->checkers;
    const struct dal_poll *poll = round->call == NULL ? NULL : round->call->poll;
    bool is_poll = checkers != NULL && poll != NULL &&
                   stamp_equal(write->changeset->after->commit, poll->commit);
    if (is_poll) {
        checkers_polls(checkers, poll->claim.lease);
    }
    tell(round, write);
    if (is_poll) {
        checkers_polls(checkers, 0);
    }
}

static void tell_submission(struct look_round *round, const struct mirrored *known,
                            const struct changeset *changeset)
{
    struct dal *dal = round->dal;
    struct dal_snapshot snapshot;
    struct cloacina_error err = {CLOACINA_OK, ""};
    enum cloacina_code code = dal->impl->load(dal, known->row.id, &round->arena, &snapshot, &err);
    if (answered(round, code, &err)) {
        struct dal_submission submission = {
            .workflow = known->workflow, .context = snapshot.context, .rows = known->rows};
        tell_commit(round, &(struct dal_write){changeset, &submission});
    }
}

static void tell_revision(struct look_round *round, const struct revision *revision)
{
    const struct fresh *fresh = revision->fresh;
    struct mirrored *known = fresh->known;
    struct execution_row after = fresh->feed.row;
    struct changeset changeset = {
        .heap = round->world->heap,
        .is_open = true,
        .before = known->row,
        .after = &known->row,
        .events = fresh->events + revision->first,
        .event_count = revision->end - revision->first,
    };
    after.revision = revision->number;
    if (after.reason != NULL) {
        after.reason = arena_copy(&known->arena, after.reason, strlen(after.reason));
        if (!has_memory(round, after.reason)) {
            return;
        }
    }
    if (!changes_make(round, revision, &changeset)) {
        return;
    }
    known->row = after;
    if (revision->number == 1) {
        tell_submission(round, known, &changeset);
    } else {
        tell_commit(round, &(struct dal_write){&changeset, NULL});
    }
}

/* By insertion: there are few, and nearly always in order. */
static void sort(struct look_round *round)
{
    for (size_t i = 1; i < round->count; i++) {
        struct revision revision = round->revisions[i];
        size_t at = i;
        while (at > 0 && round->revisions[at - 1].order > revision.order) {
            round->revisions[at] = round->revisions[at - 1];
            at--;
        }
        round->revisions[at] = revision;
    }
}

static void tell_all(struct look_round *round)
{
    sort(round);
    for (size_t i = 0; i < round->count && world_goes_on(round->world); i++) {
        tell_revision(round, &round->revisions[i]);
    }
}

/* ---- leases ---- */

static void lease_came(struct look_round *round, const struct dal_lease *lease,
                       const struct actor *writer)
{
    struct cloacina_world *world = round->world;
    struct mirror *mirror = &world->mirror;
    uint64_t number = 0;
    int64_t now;
    if (!heap_grow(mirror->heap, &mirror->leases, &mirror->lease_capacity, mirror->lease_count + 1,
                   sizeof(mirror->leases[0]))) {
        world_fail_no_memory(world);
        return;
    }
    world->news.opener = writer != NULL ? writer->number : 0;
    enum cloacina_code code =
        world->memory->impl->open_lease(world->memory, lease->name, &number, &now, NULL);
    if (code != CLOACINA_OK) {
        world_fail_no_memory(world);
    } else if (number != lease->lease) {
        world_violated(world, "I-02", "SQLite has opened lease %llu, and the next one is %llu",
                       (unsigned long long)lease->lease, (unsigned long long)number);
    }
    mirror->leases[mirror->lease_count++] = (struct mirrored_lease){.lease = lease->lease};
}

static void lease_beats(struct look_round *round, struct mirrored_lease *known, uint64_t beat)
{
    for (; known->beat < beat; known->beat++) {
        if (round->world->checkers != NULL) {
            checkers_lease_beat(round->world->checkers, known->lease);
        }
    }
}

static void lease_went(struct look_round *round, size_t place, const struct actor *writer)
{
    struct cloacina_world *world = round->world;
    struct mirror *mirror = &world->mirror;
    uint64_t lease = mirror->leases[place].lease;
    const struct store_call *call = round->call;
    mirror->lease_count--;
    memmove(&mirror->leases[place], &mirror->leases[place + 1],
            (mirror->lease_count - place) * sizeof(mirror->leases[0]));
    if (world->memory->impl->close_lease(world->memory, lease, 0, NULL) != CLOACINA_OK) {
        world_violated(world, "I-02", "SQLite has closed lease %llu, which was never opened",
                       (unsigned long long)lease);
    } else if (call != NULL && call->closing == lease) {
        witness_closed(writer, lease, call->observed_beat);
    }
}

static bool leases_read(struct look_round *round, struct dal_lease **ret_leases, size_t *ret_count)
{
    int64_t now;
    struct cloacina_error err = {CLOACINA_OK, ""};
    enum cloacina_code code =
        round->dal->impl->leases(round->dal, &round->arena, ret_leases, ret_count, &now, &err);
    return answered(round, code, &err);
}

/* Both lists ascend; numbers only grow. */
static void look_at_leases(struct look_round *round, const struct actor *writer)
{
    struct mirror *mirror = &round->world->mirror;
    struct dal_lease *found;
    size_t count, at = 0;
    if (!leases_read(round, &found, &count)) {
        return;
    }
    for (size_t i = 0; i < mirror->lease_count;) {
        if (at < count && found[at].lease == mirror->leases[i].lease) {
            lease_beats(round, &mirror->leases[i++], found[at++].beat);
        } else {
            lease_went(round, i, writer);
        }
    }
    for (; at < count && world_goes_on(round->world); at++) {
        lease_came(round, &found[at], writer);
    }
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
    bool goes_on = answered(
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
        look_at_leases(&round, writer);
    }
    if (world_goes_on(world) && find(&round)) {
        tell_all(&round);
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
    if (code != CLOACINA_NOT_FOUND && !answered(round, code, &err)) {
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

/* NULL: it is not open. */
static const struct dal_lease *lease_of(const struct dal_lease *leases, size_t count,
                                        uint64_t lease)
{
    for (size_t i = 0; i < count; i++) {
        if (leases[i].lease == lease) {
            return &leases[i];
        }
    }
    return NULL;
}

static bool are_leases_there(struct look_round *round)
{
    const struct mirror *mirror = &round->world->mirror;
    struct dal_lease *leases;
    size_t count;
    if (!leases_read(round, &leases, &count)) {
        return false;
    }
    for (size_t i = 0; i < mirror->lease_count; i++) {
        const struct mirrored_lease *known = &mirror->leases[i];
        const struct dal_lease *found = lease_of(leases, count, known->lease);
        if (found == NULL ? !known->is_closing : found->beat < known->beat) {
            world_violated(round->world, "I-35",
                           "lease %llu was stored with beat %llu, and is not after a power loss",
                           (unsigned long long)known->lease, (unsigned long long)known->beat);
            return false;
        }
    }
    return true;
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
    goes_on = goes_on && are_leases_there(&round);
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
