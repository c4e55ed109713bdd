/* SPDX-License-Identifier: Apache-2.0 */
/* witness.h - private to the world: what the checkers cannot see in the store is told to them
 * here. */
#ifndef WORLD_WITNESS_H
#define WORLD_WITNESS_H

#include "checker/checker.h"
#include "oracle/oracle.h"

struct actor;
struct cloacina_world;

/* For checkers_create, in a world that has its options. `edges` may be NULL. */
struct checkers_options witness_options(struct cloacina_world *world, struct edges *edges);

/* A fault fires and lasts until `until`. Bodies that fail, hang or are late are no excuse for
 * anybody else. */
void witness_disturbed(const struct cloacina_world *world, const struct label *label,
                       struct choice choice, int64_t until);

struct dal_poll;

/* The actor polls the store; it has polled, and the store has answered so. */
void witness_polls(const struct actor *actor, const struct dal_poll *request);
void witness_polled(const struct actor *actor, const struct dal_poll *request,
                    enum cloacina_code code);

/* The actor has got the answer to a beat, or to its opening of the lease, that it sent then. */
void witness_answered(const struct actor *actor, uint64_t lease, int64_t sent_at);

/* Nothing is left to do at this instant: what runners that idle say of themselves. */
void witness_counts(const struct cloacina_world *world);

/* The actor's process has just died; is gone after an orderly stop; has closed a lease: its own one
 * in good order. */
void witness_died(const struct actor *actor);
void witness_left(const struct actor *actor);
void witness_closed(const struct actor *actor, uint64_t lease, uint64_t observed_beat);

#endif
