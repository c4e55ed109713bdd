/* SPDX-License-Identifier: Apache-2.0 */
/* news.c - row events as sentences; after each commit, an operator may interfere.
 *
 * Law: nothing is put together unless somebody listens. */
#include "world/news.h"

#include "execution/state.h"
#include "world/world.h"

static struct cloacina_world *world_of(struct memory_observer *observer)
{
    return ((struct news *)observer)->world;
}

/* ---- tasks ---- */

/* 0: no tale for this. */
static enum tale_kind kind_of(enum event_type type)
{
    static const enum tale_kind kinds[EVENT_TYPES] = {
        [EVENT_TASK_DEFERRED] = TALE_DEFERRED,       [EVENT_TASK_RESUMED] = TALE_RESUMED,
        [EVENT_TASK_COMPLETED] = TALE_COMPLETED,     [EVENT_TASK_FAILED] = TALE_FAILED,
        [EVENT_TASK_RETRY_SCHEDULED] = TALE_RETRY,   [EVENT_TASK_SKIPPED] = TALE_SKIPPED,
        [EVENT_TASK_HANDED_BACK] = TALE_HANDED_BACK, [EVENT_TASK_RECOVERED] = TALE_LOST,
        [EVENT_TASK_ABANDONED] = TALE_ABANDONED,
    };
    return kinds[type];
}

static const struct row_change *change_of(const struct changeset *changeset, uint32_t task)
{
    for (size_t i = 0; i < changeset->row_count; i++) {
        if (changeset->rows[i].task == task) {
            return &changeset->rows[i];
        }
    }
    return NULL;
}

/* The attempt that the event is about: a retry's row has the next one's number already. */
static uint32_t attempt_of(const struct event_row *event, const struct row_change *change)
{
    return change != NULL && change->before.status == TASK_RUNNING ? change->before.attempt
                                                                   : event->attempt;
}

static void tell_task(const struct cloacina_world *world, const struct workflow *definition,
                      const struct changeset *changeset, const struct event_row *event)
{
    const struct workflow_task *task = &definition->tasks[event->task];
    const struct row_change *change = change_of(changeset, event->task);
    bool is_skip = event->type == EVENT_TASK_SKIPPED;
    const char *error = change == NULL ? NULL : change->after->error;
    enum tale_kind kind = kind_of((enum event_type)event->type);
    if (kind == 0) {
        return;
    }
    world_tell(world, (struct tale){
                          .kind = kind,
                          .run = world_run_of(world, changeset->after->id),
                          .attempt = attempt_of(event, change),
                          .attempts_max = task->retry->attempts_max,
                          .until = event->retry_at,
                          .code = (enum cloacina_code)event->code,
                          .task = {task->name, task->name_length},
                          .text = text_of(is_skip ? skip_reason_name((enum skip_reason)event->skip)
                                                  : error),
                      });
}

/* ---- executions ---- */

static void tell_execution(const struct cloacina_world *world, const struct changeset *changeset)
{
    const struct execution_row *row = changeset->after;
    if (row->status != changeset->before.status) {
        world_tell(world,
                   (struct tale){
                       .kind = TALE_EXECUTION,
                       .run = world_run_of(world, row->id),
                       .text = text_of(execution_status_name((enum execution_status)row->status)),
                       .other = text_of(row->reason),
                   });
    }
}

static void tell_commit(const struct cloacina_world *world, const struct changeset *changeset)
{
    const struct registration *registration =
        behaviours_find_hash(&world->behaviours, changeset->after->definition);
    for (size_t i = 0; registration != NULL && i < changeset->event_count; i++) {
        const struct event_row *event = &changeset->events[i];
        if (event->task != TASK_NONE) {
            tell_task(world, registration->definition, changeset, event);
        }
    }
    tell_execution(world, changeset);
}

static void submitted(struct memory_observer *observer, const struct dal_write *write)
{
    const struct cloacina_world *world = world_of(observer);
    world_tell(world, (struct tale){
                          .kind = TALE_SUBMITTED,
                          .run = world_run_of(world, write->changeset->after->id),
                          .text = write->submission->workflow->name,
                      });
}

/* ---- an operator ---- */

static void interfere(struct cloacina_world *world, const struct execution_row *row)
{
    struct label label = {.site = SITE_OPERATOR, .run = world_run_of(world, row->id)};
    struct choice choice = world_ask(world, &label);
    if (choice.fault != FAULT_NONE) {
        outsides_operate(world, row->id,
                         behaviours_find_hash(&world->behaviours, row->definition)->definition,
                         choice);
    }
}

static void committed(struct memory_observer *observer, const struct changeset *changeset)
{
    struct cloacina_world *world = world_of(observer);
    if (world->teller != NULL) {
        tell_commit(world, changeset);
    }
    if (!world->oracle.is_calm) {
        interfere(world, changeset->after);
    }
}

/* ---- leases ---- */

/* A runner that lives opens a new one when it has learned that its own has ended. */
static void lease_opened(struct memory_observer *observer, uint64_t lease)
{
    struct news *news = (struct news *)observer;
    if (news->world->teller == NULL) {
        return;
    }
    if (!heap_grow(news->world->heap, &news->owners, &news->owner_capacity, (size_t)lease + 1,
                   sizeof(news->owners[0]))) {
        world_fail_no_memory(news->world);
        return;
    }
    news->owners[lease] = news->opener;
    if (news->opener != 0 && actor_is_living(&news->world->actors[news->opener - 1])) {
        world_tell(news->world, (struct tale){.kind = TALE_FENCED, .runner = news->opener});
    }
}

static void lease_closed(struct memory_observer *observer, uint64_t lease)
{
    const struct news *news = (const struct news *)observer;
    if (lease < news->owner_capacity) {
        world_tell(news->world, (struct tale){.kind = TALE_BURIED, .runner = news->owners[lease]});
    }
}

void news_init(struct news *news, struct cloacina_world *world)
{
    *news = (struct news){
        .observer = {.submitted = submitted,
                     .committed = committed,
                     .lease_opened = lease_opened,
                     .lease_closed = lease_closed},
        .world = world,
    };
}

void news_finish(struct news *news)
{
    heap_give(news->world->heap, news->owners, news->owner_capacity * sizeof(news->owners[0]));
    news->owners = NULL;
    news->owner_capacity = 0;
}
