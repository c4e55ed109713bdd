/* SPDX-License-Identifier: Apache-2.0 */
/* witness.c - what the checkers cannot see in the store, and only the world can tell them.
 *
 * Law: it answers what is asked about this instant, and changes nothing. */
#include "world/witness.h"

#include "runner/runner.h"
#include "world/world.h"

static uint64_t lease_of(const struct actor *actor)
{
    struct runner_counts counts = {0};
    if (actor->runner != NULL) {
        runner_count(actor->runner, &counts);
    }
    return counts.lease;
}

static bool is_alive(void *user, uint64_t lease)
{
    const struct cloacina_world *world = user;
    for (uint32_t i = 0; i < world->begun; i++) {
        const struct actor *actor = &world->actors[i];
        bool goes_by_it = actor_is_living(actor) && actor_frozen_until(actor) == INT64_MIN;
        if (goes_by_it && lease_of(actor) == lease) {
            return true;
        }
    }
    return false;
}

/* The bodies of one workflow: those of the same definition, and of tasks of the same name in others
 * (dal/dal.h). */
static bool fits(const struct workflow *offered, const struct workflow *wanted, uint32_t task)
{
    uint32_t found;
    return hash128_equal(offered->hash, wanted->hash) ||
           (text_equal(offered->name, wanted->name) &&
            text_equal(offered->package, wanted->package) &&
            text_equal(offered->tenant, wanted->tenant) &&
            workflow_index(offered, workflow_task_name(wanted, task), &found));
}

static bool offers(struct cloacina_world *world, const struct actor *actor,
                   const struct workflow *workflow, uint32_t task)
{
    struct body_source *source = deploy_bodies(world, actor->has_new_code);
    size_t count = 0;
    struct cloacina_workflow *const *offered =
        source == NULL ? NULL : source->impl->list(source, &count);
    for (size_t i = 0; i < count; i++) {
        if (fits(offered[i]->definition, workflow, task)) {
            return true;
        }
    }
    return false;
}

/* Lease 0: also one that will be started again. */
static bool is_offered(void *user, uint64_t lease, const struct workflow *workflow, uint32_t task)
{
    struct cloacina_world *world = user;
    for (uint32_t i = 0; i < world->begun; i++) {
        const struct actor *actor = &world->actors[i];
        if ((lease == 0 || lease_of(actor) == lease) && offers(world, actor, workflow, task)) {
            return true;
        }
    }
    return false;
}

static bool was_scarce(void *user, uint32_t runner)
{
    const struct cloacina_world *world = user;
    return world->actors[runner - 1].heap.failed > 0;
}

struct checkers_options witness_options(struct cloacina_world *world, struct edges *edges)
{
    return (struct checkers_options){
        .heap = world->heap,
        .clock = &world->store_clock.clock,
        .now = &world->timeline.now,
        .edges = edges,
        .slots = world->slots,
        .is_offered = is_offered,
        .is_alive = is_alive,
        .was_scarce = was_scarce,
        .user = world,
    };
}

void witness_disturbed(const struct cloacina_world *world, const struct label *label,
                       struct choice choice, int64_t until)
{
    bool is_of_body = label->site == SITE_BODY || label->site == SITE_WAIT ||
                      label->site == SITE_EFFECT || label->site == SITE_OPERATOR;
    bool kills = choice.fault == FAULT_CRASH || choice.fault == FAULT_CRASH_AFTER;
    if (world->checkers != NULL && (kills || !is_of_body)) {
        checkers_disturbed(world->checkers, until);
    }
}

void witness_polls(const struct actor *actor, const struct dal_poll *request)
{
    if (actor->world->checkers != NULL) {
        checkers_polls(actor->world->checkers, request->claim.lease);
    }
}

void witness_polled(const struct actor *actor, const struct dal_poll *request,
                    enum cloacina_code code)
{
    struct checkers *checkers = actor->world->checkers;
    if (checkers == NULL) {
        return;
    }
    checkers_polls(checkers, 0);
    if (code == CLOACINA_OK && request->beats) {
        checkers_lease_beat(checkers, request->claim.lease);
    }
}

void witness_answered(const struct actor *actor, uint64_t lease, int64_t sent_at)
{
    if (actor->world->checkers != NULL) {
        checkers_lease_answered(actor->world->checkers, lease, sent_at);
    }
}

/* What a runner without memory has promised, it may have forgotten. */
static bool is_accountable(const struct actor *actor)
{
    return actor->state == ACTOR_IDLE && actor_is_living(actor) && !actor->is_dead &&
           actor_frozen_until(actor) == INT64_MIN && actor->heap.failed == 0;
}

void witness_counts(const struct cloacina_world *world)
{
    for (uint32_t i = 0; world->checkers != NULL && i < world->begun; i++) {
        const struct actor *actor = &world->actors[i];
        if (is_accountable(actor)) {
            struct runner_counts counts;
            runner_count(actor->runner, &counts);
            checkers_runner_counts(world->checkers, actor->number, counts.slots_used,
                                   counts.attempts);
            checkers_runner_parts(world->checkers, actor->number, counts.attempts, counts.parked,
                                  counts.zombies);
        }
    }
}

void witness_died(const struct actor *actor)
{
    if (actor->world->checkers != NULL) {
        checkers_runner_died(actor->world->checkers, lease_of(actor));
    }
}

void witness_left(const struct actor *actor)
{
    if (actor->world->checkers != NULL) {
        checkers_runner_left(actor->world->checkers, actor->lease);
    }
}

void witness_closed(const struct actor *actor, uint64_t lease, uint64_t observed_beat)
{
    struct checkers *checkers = actor->world->checkers;
    if (checkers == NULL) {
        return;
    }
    if (lease_of(actor) == lease) {
        checkers_runner_stopped(checkers, lease);
    } else {
        checkers_lease_closed(checkers, lease, observed_beat);
    }
}
