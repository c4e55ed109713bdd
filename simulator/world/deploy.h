/* SPDX-License-Identifier: Apache-2.0 */
/* deploy.h - which code the runners of a world have, and what a deploy changes about it.
 *
 *                      before the deploy           after it
 *   with old bodies    the old ones                the registered ones
 *   without            the registered ones         the same bodies, under definitions with one more
 *                                                  task each
 *
 * The changed definitions are not the ones that executions run by: those are served all the same,
 * because the tasks have the same names (dal.h, dal_offer).
 * Law: a runner keeps the code that it began with. */
#ifndef WORLD_DEPLOY_H
#define WORLD_DEPLOY_H

#include "registry/registry.h"

struct cloacina_world;

/* Owned by the world. */
struct deploy {
    struct registry other; /* the old bodies, or the changed definitions */
    bool has_old;
    bool is_changed; /* the changed definitions have been made */
};

void deploy_init(struct deploy *deploy, struct cloacina_heap *heap);
void deploy_finish(struct deploy *deploy);

/* What a runner is given. NULL: no memory. */
struct body_source *deploy_bodies(struct cloacina_world *world, bool has_new_code);

/* By what definition a runner with this code starts a workflow: its own, if it has old bodies. */
const struct workflow *deploy_definition(const struct cloacina_world *world, bool has_new_code,
                                         const struct workflow *definition);

/* Is a task Ready in the store that a runner of this world could claim, now or later? */
bool deploy_has_work(const struct cloacina_world *world);

#endif
