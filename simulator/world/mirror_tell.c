/* SPDX-License-Identifier: Apache-2.0 */
/* mirror_tell.c - from rows and events back to the commits that made them.
 *
 * A revision's changeset is: the events that bear its number; the rows that those events name (of
 * the only new revision: all rows that have changed); the contexts of the tasks among them that
 * have completed. Several new revisions of one execution come from a poll alone, which gives each
 * claim one of its own and touches no row twice; the execution's row is the same in all of them but
 * for the number.
 * Law: the memory store is told nothing that SQLite does not have. */
#include <string.h>

#include "world/mirror_round.h"
#include "world/world.h"

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
        return mirror_has_memory(round, row->error);
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
    if (!mirror_has_memory(round, changeset->rows) ||
        !mirror_has_memory(round, changeset->deltas)) {
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
    if (mirror_answered(round, code, &err)) {
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
        if (!mirror_has_memory(round, after.reason)) {
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

void mirror_tell_all(struct look_round *round)
{
    sort(round);
    for (size_t i = 0; i < round->count && world_goes_on(round->world); i++) {
        tell_revision(round, &round->revisions[i]);
    }
}
