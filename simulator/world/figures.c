/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c - a world in numbers: time, counts, trace hash, ledger; and why nothing moves. */
#include <assert.h>

#include "execution/state.h"
#include "world/world.h"

/* A report is read by a person: what is longer is cut at a line. */
enum { EXPLANATION_BYTES_MAX = 16384 };

int64_t cloacina_world_now_ns(const struct cloacina_world *world)
{
    return world_elapsed(world->timeline.now);
}

void cloacina_world_trace_hash(const struct cloacina_world *world, char ret_text[33])
{
    hash128_print(hash_stream_value(&world->trace.hash), ret_text);
}

uint64_t cloacina_world_effects(const struct cloacina_world *world, const char *name)
{
    return ledger_effects(&world->ledger, name);
}

uint64_t cloacina_world_effects_per_key_max(const struct cloacina_world *world, const char *name)
{
    return ledger_per_key_max(&world->ledger, name);
}

uint64_t cloacina_world_effects_with_key(const struct cloacina_world *world, const char *name,
                                         const char *key)
{
    return ledger_deeds(&world->ledger, name, key);
}

uint64_t cloacina_world_effect_calls(const struct cloacina_world *world, const char *name)
{
    return ledger_calls(&world->ledger, name);
}

uint64_t cloacina_world_replies_lost(const struct cloacina_world *world, const char *name)
{
    return ledger_replies_lost(&world->ledger, name);
}

const char *cloacina_world_violation(const struct cloacina_world *world, const char **ret_message)
{
    const struct checkers_violation *seen =
        world->checkers == NULL ? NULL : checkers_violation(world->checkers);
    const char *id = world->violation.id;
    const char *message = world->violation.message;
    if (id == NULL && seen != NULL) {
        id = seen->id;
        message = seen->message;
    }
    if (id != NULL && ret_message != NULL) {
        *ret_message = message;
    }
    return id;
}

void cloacina_world_step_clock(struct cloacina_world *world, uint32_t runner, int64_t step_ns)
{
    assert(runner >= 1 && runner <= world->actor_count);
    virtual_clock_step(&world->actors[runner - 1].clock, step_ns);
    trace_add_word(&world->trace, TRACE_STEP, runner, (uint64_t)step_ns);
}

int64_t world_store_now(const struct cloacina_world *world)
{
    struct virtual_clock clock = world->store_clock; /* looking takes a clock that may be changed */
    return cloacina_clock_realtime(&clock.clock);
}

const struct runner *world_runner(const struct cloacina_world *world)
{
    for (uint32_t i = 0; i < world->begun; i++) {
        if (world->actors[i].runner != NULL) {
            return world->actors[i].runner;
        }
    }
    return NULL;
}

/* ---- counts ---- */

/* Every execution with one of `statuses` (0: any), by id. Without memory there are none. */
static size_t list(const struct cloacina_world *world, uint32_t statuses, struct arena *arena,
                   struct dal_listed **ret_listed)
{
    struct dal *store = world->memory;
    struct dal_question question = {.statuses = statuses, .limit = SIZE_MAX};
    size_t count = 0;
    if (store->impl->executions(store, &question, arena, ret_listed, &count, NULL) != CLOACINA_OK) {
        return 0;
    }
    return count;
}

static void count_rows(const struct cloacina_world *world, struct cloacina_world_counts *counts)
{
    struct arena arena;
    struct dal_listed *listed;
    arena_init(&arena, world->heap);
    size_t count = list(world, 0, &arena, &listed);
    for (size_t i = 0; i < count; i++) {
        const struct execution_row *row = &listed[i].row;
        counts->tasks += listed[i].task_count;
        counts->completed += row->completed;
        counts->failed += row->failed;
        counts->skipped += row->skipped;
        counts->executions_active += !execution_status_is_terminal(row->status);
    }
    counts->executions = count;
    arena_finish(&arena);
}

void cloacina_world_count(const struct cloacina_world *world,
                          struct cloacina_world_counts *ret_counts)
{
    *ret_counts = (struct cloacina_world_counts){
        .events = world->events,
        .attempts = world->attempts,
    };
    if (world->trace.ended_at != 0) {
        ret_counts->makespan_ns = world->trace.ended_at - world->trace.submitted_at;
    }
    for (uint32_t i = 0; i < world->begun; i++) {
        const struct actor *actor = &world->actors[i];
        struct runner_counts runner = {0};
        if (actor->runner != NULL) {
            runner_count(actor->runner, &runner);
        }
        ret_counts->commits += actor->commits;
        ret_counts->conflicts += actor->conflicts;
        ret_counts->commits += runner.commits;
        ret_counts->conflicts += runner.conflicts;
    }
    count_rows(world, ret_counts);
}

/* ---- why nothing moves ---- */

static void explain_row(struct cloacina_world *world, const struct execution_row *row,
                        struct text_builder *text)
{
    char id[ID_TEXT_SIZE];
    const struct registration *registration =
        behaviours_find_hash(&world->behaviours, row->definition);
    struct cloacina_world_execution execution = {row->id.high, row->id.low};
    const char *explanation = cloacina_world_explain(world, execution);
    id_print(row->id, id);
    text_builder_print(text, "execution %s of '%.*s' is %s:\n", id,
                       TEXT_PRINT(registration->definition->name),
                       execution_status_name((enum execution_status)row->status));
    text_builder_append_terminated(text, explanation != NULL ? explanation : "(no memory)\n");
}

/* Cuts at the last whole line that fits. */
static void cut(struct text_builder *text)
{
    if (text->length <= EXPLANATION_BYTES_MAX) {
        return;
    }
    size_t length = EXPLANATION_BYTES_MAX;
    while (length > 0 && text->bytes[length - 1] != '\n') {
        length--;
    }
    text->length = length;
    text_builder_append_terminated(text, "...\n");
}

void world_explain_all(struct cloacina_world *world, struct text_builder *ret_text)
{
    struct arena arena;
    struct dal_listed *listed;
    arena_init(&arena, world->heap);
    size_t count = list(world, WORLD_ACTIVE, &arena, &listed);
    for (size_t i = 0; i < count && ret_text->length <= EXPLANATION_BYTES_MAX; i++) {
        explain_row(world, &listed[i].row, ret_text);
    }
    cut(ret_text);
    arena_finish(&arena);
}
