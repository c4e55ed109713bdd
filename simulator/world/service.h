/* SPDX-License-Identifier: Apache-2.0 */
/* service.h - the services that effects reach, and which of them are down.
 *
 *   effect "payments.charge"  -->  service "payments": the name up to its last dot
 *
 * Law: nothing is kept about a service that was never down. */
#ifndef SIMULATOR_SERVICE_H
#define SIMULATOR_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/heap.h"
#include "base/text.h"

struct service; /* private */

/* Owned by the caller; fields private. */
struct services {
    struct cloacina_heap *heap;
    struct service *all; /* Owned */
    size_t count, capacity;
};

void services_init(struct services *services, struct cloacina_heap *heap);
void services_finish(struct services *services);

/* The service of an effect; a part of its name. */
struct text service_of(const char *effect);

/* Nobody reaches it before that instant; an outage that lasts longer already stays. False: no
 * memory, and nothing has changed. */
bool service_stop(struct services *services, struct text name, int64_t until) MUST_CHECK;
bool service_is_down(const struct services *services, struct text name, int64_t now);

#endif
