/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c - trace it, tell it, and note until when it lasts.
 *
 * Law: who goes first at one instant is a choice like any other, but nothing that is wrong: it does
 * not put off the calm. */
#include "world/fault.h"

#include "base/instant.h"
#include "world/witness.h"
#include "world/world.h"

/* Of a subject in the trace. */
enum { SITE_SHIFT = 8 };

static void trace_it(struct cloacina_world *world, const struct label *label, uint32_t runner,
                     struct choice choice)
{
    struct hash_stream *hash = &world->trace.hash;
    trace_add(&world->trace, TRACE_FAULT, runner,
              (uint64_t)label->site << SITE_SHIFT | (uint64_t)choice.fault);
    hash_stream_add(hash, label_key(label));
    hash_stream_add(hash, (uint64_t)choice.amount);
}

/* How long the choice is felt by itself; what comes of it is another matter. */
static int64_t duration_of(struct choice choice)
{
    int64_t minimum, maximum;
    bool lasts = fault_amount(choice.fault, &minimum, &maximum) == AMOUNT_DURATION;
    return lasts && choice.amount > 0 ? choice.amount : 0;
}

static void put_off_calm(struct cloacina_world *world, const struct label *label,
                         struct choice choice)
{
    int64_t until = instant_add(world->timeline.now, duration_of(choice));
    world->had_trouble = true;
    witness_disturbed(world, label, choice, until);
    if (until > world->calm_since) {
        world->calm_since = until;
        world->limit = instant_add(until, world->limit_ns);
    }
}

static void tell_it(struct cloacina_world *world, const struct label *label, uint32_t runner)
{
    const struct oracle *oracle = &world->oracle;
    const struct decision *decision = oracle->decision_count > 0 && !oracle->is_incomplete
                                          ? &oracle->decisions[oracle->decision_count - 1]
                                          : NULL;
    world_tell(world, (struct tale){
                          .kind = TALE_FAULT,
                          .runner = runner,
                          .run = label->run,
                          .attempt = label->attempt,
                          .task = label->task,
                          .decision = decision,
                      });
}

struct choice world_ask_by(struct cloacina_world *world, const struct label *label, uint32_t runner)
{
    struct choice choice = oracle_ask(&world->oracle, label);
    if (choice.fault == FAULT_NONE) {
        return choice;
    }
    trace_it(world, label, runner, choice);
    if (choice.fault != FAULT_POSTPONE) {
        put_off_calm(world, label, choice);
    }
    tell_it(world, label, runner);
    return choice;
}
