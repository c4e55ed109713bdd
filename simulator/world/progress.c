/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c - suspect a task, wait as long as a runner may sleep, look again.
 *
 * Law: only what was the same at both looks, with no start in between, is reported. */
#include "world/progress.h"

#include <stdio.h>

#include "base/instant.h"
#include "execution/state.h"
#include "world/world.h"

/* A runner's heartbeat interval: what a lost hint costs at most. And a second for clocks that do
 * not run alike. */
#define SLEEP_NS (11 * NANOSECONDS_PER_SECOND)

/* Round trips of one step between looking and starting: beat, load, catch up, claim. */
enum { STEP_TRIPS = 4 };

/* What a runner dies of without an answer, its threshold: after so much calm every lease is its
 * owner's, or closed. */
#define LEASE_NS (60 * NANOSECONDS_PER_SECOND)

/* Bodies that did not return keep a runner from claiming (runner.h, zombies_max). */
enum { ZOMBIES_MAX = 16 };

void progress_stalled(struct cloacina_world *world, const char *id, bool is_limit, const char *what)
{
    struct text_builder text;
    text_builder_init(&text, world->heap);
    text_builder_print(&text, "%s\n", what);
    world_explain_all(world, &text);
    if (text.failed) {
        world_fail_no_memory(world);
        text_builder_finish(&text);
        return;
    }
    world->is_stopped = true;
    world->violation = (struct world_violation){
        .id = id,
        .message = text.bytes,
        .size = text.capacity,
        .is_limit = is_limit,
    };
}

/* ---- who could start something ---- */

static bool is_able(const struct cloacina_world *world, const struct actor *actor)
{
    struct runner_counts counts;
    if (!actor_is_living(actor) || actor->state != ACTOR_IDLE) {
        return false;
    }
    runner_count(actor->runner, &counts);
    return counts.zombies < ZOMBIES_MAX && (world->slots == 0 || counts.slots_used < world->slots);
}

static bool has_body(struct cloacina_world *world, const struct actor *actor,
                     const struct workflow *definition, struct text task)
{
    const struct registry *registry =
        (const struct registry *)deploy_bodies(world, actor->has_new_code);
    const struct cloacina_workflow *offered =
        registry == NULL
            ? NULL
            : registry_get(registry, definition->tenant, definition->package, definition->name);
    uint32_t index;
    return offered != NULL && workflow_index(offered->definition, task, &index);
}

/* NULL: nobody. */
static const struct actor *able_actor(struct cloacina_world *world,
                                      const struct workflow *definition, struct text task)
{
    for (uint32_t i = 0; i < world->begun; i++) {
        const struct actor *actor = &world->actors[i];
        if (is_able(world, actor) &&
            (definition == NULL || has_body(world, actor, definition, task))) {
            return actor;
        }
    }
    return NULL;
}

/* ---- what could be started ---- */

struct suspect {
    struct id execution;
    uint64_t revision;
    uint32_t task;
    const struct workflow *definition;
    const struct actor *actor; /* who could have started it; NULL: nothing was found */
};

static void find_in(struct cloacina_world *world, const struct execution_row *row,
                    struct arena *arena, struct suspect *suspect)
{
    struct dal *store = world->memory;
    struct dal_snapshot snapshot;
    int64_t now = world_store_now(world);
    const struct registration *registration =
        behaviours_find_hash(&world->behaviours, row->definition);
    if (row->status == EXECUTION_PAUSED || registration == NULL ||
        store->impl->load(store, row->id, arena, &snapshot, NULL) != CLOACINA_OK) {
        return;
    }
    for (size_t i = 0; i < snapshot.feed.task_count && suspect->actor == NULL; i++) {
        const struct feed_task *task = &snapshot.feed.tasks[i];
        if (task->row.status != TASK_READY || task->row.retry_at > now) {
            continue;
        }
        *suspect = (struct suspect){
            .execution = row->id,
            .revision = row->revision,
            .task = task->task,
            .definition = registration->definition,
        };
        suspect->actor = able_actor(world, registration->definition,
                                    workflow_task_name(registration->definition, task->task));
    }
}

static void find(struct cloacina_world *world, struct suspect *suspect)
{
    struct dal *store = world->memory;
    struct dal_question question = {.statuses = WORLD_ACTIVE, .limit = SIZE_MAX};
    struct arena arena;
    struct dal_listed *listed;
    size_t count = 0;
    arena_init(&arena, world->heap);
    if (store->impl->executions(store, &question, &arena, &listed, &count, NULL) != CLOACINA_OK) {
        count = 0;
    }
    for (size_t i = 0; i < count && suspect->actor == NULL; i++) {
        find_in(world, &listed[i].row, &arena, suspect);
    }
    arena_finish(&arena);
}

/* ---- looking ---- */

static int64_t patience(const struct cloacina_world *world)
{
    int64_t trip = 0;
    for (uint32_t i = 0; i < world->begun; i++) {
        const struct store *store = &world->actors[i].store;
        int64_t own = store->there_ns + store->back_ns;
        trip = own > trip ? own : trip;
    }
    return SLEEP_NS + STEP_TRIPS * trip;
}

static void report(struct cloacina_world *world, const struct suspect *suspect)
{
    struct runner_counts counts;
    char since[DURATION_TEXT_SIZE];
    char what[CLOACINA_ERROR_MESSAGE_SIZE];
    runner_count(suspect->actor->runner, &counts);
    duration_print(world->timeline.now - world->progress.suspected_at, since);
    (void)snprintf(what, sizeof(what),
                   "for %s nothing has started, although '%s' of run %u is Ready and due, and "
                   "runner-%u has its body, uses %u slots and idles",
                   since, suspect->definition->tasks[suspect->task].name,
                   world_run_of(world, suspect->execution), suspect->actor->number,
                   counts.slots_used);
    progress_stalled(world, "I-27", false, what);
}

static bool is_same(const struct progress *progress, const struct suspect *suspect)
{
    return progress->suspected_at != 0 && id_equal(progress->execution, suspect->execution) &&
           progress->task == suspect->task && progress->revision == suspect->revision;
}

static void look_closely(struct cloacina_world *world)
{
    struct progress *progress = &world->progress;
    struct suspect suspect = {.actor = NULL};
    if (able_actor(world, NULL, text_of(NULL)) != NULL && deploy_has_work(world)) {
        find(world, &suspect);
    }
    if (suspect.actor != NULL && is_same(progress, &suspect)) {
        report(world, &suspect);
        return;
    }
    progress->since = world->timeline.now;
    progress->suspected_at = suspect.actor != NULL ? world->timeline.now : 0;
    progress->execution = suspect.execution;
    progress->task = suspect.task;
    progress->revision = suspect.revision;
}

void progress_look(struct cloacina_world *world)
{
    struct progress *progress = &world->progress;
    int64_t now = world->timeline.now;
    bool is_calm =
        now - world->calm_since > LEASE_NS || world->calm_since == CLOACINA_WORLD_START_NS;
    if (world->attempts != progress->attempts || !is_calm) {
        progress->attempts = world->attempts;
        progress->since = now;
        progress->suspected_at = 0;
    } else if (UNLIKELY(now - progress->since > patience(world)) && world->checkers != NULL) {
        look_closely(world);
    }
}
