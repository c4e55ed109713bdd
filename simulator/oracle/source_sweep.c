/* SPDX-License-Identifier: Apache-2.0 */
/* source_sweep.c - decisions that were taken before, and one fault more.
 *
 * Law: what the decisions say comes first; where they speak, the fault neither happens nor
 * counts. */
#include "oracle/sources.h"

#include "base/compiler.h"

static bool can_happen(const struct source_sweep *sweep, enum site site)
{
    return site_allows(site, sweep->fault) &&
           (sweep->sites == 0 || (sweep->sites >> site & 1) != 0);
}

static bool happens(const struct source_sweep *sweep, uint64_t place, int64_t now)
{
    return sweep->is_persistent ? place >= sweep->nth && now < sweep->until : place == sweep->nth;
}

static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    struct source_sweep *sweep = CONTAINER_OF(source, struct source_sweep, source);
    struct choice choice = {FAULT_NONE, 0};
    if (sweep->base != NULL) {
        struct source *base = &sweep->base->source;
        choice = base->impl->ask(base, label, key, now);
    }
    if (choice.fault != FAULT_NONE || !can_happen(sweep, label->site) ||
        !happens(sweep, sweep->asked++, now)) {
        return choice;
    }
    if (!sweep->has_fired) {
        sweep->has_fired = true;
        sweep->fired_at = now;
    }
    return (struct choice){sweep->fault, sweep->amount};
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    struct source_sweep *sweep = CONTAINER_OF(source, struct source_sweep, source);
    if (sweep->base == NULL) {
        return 0;
    }
    struct source *base = &sweep->base->source;
    return base->impl->number(base, label, key, bound);
}

void source_sweep_init(struct source_sweep *sweep)
{
    static const struct source_impl impl = {.ask = ask, .number = number};
    sweep->source.impl = &impl;
    sweep->asked = 0;
    sweep->has_fired = false;
    sweep->fired_at = 0;
}
