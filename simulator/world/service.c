/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - a list of outages: a workflow talks to a handful of services. */
#include "world/service.h"

#include "base/hash.h"

struct service {
    uint64_t name; /* hashed */
    int64_t down_until;
};

void services_init(struct services *services, struct cloacina_heap *heap)
{
    *services = (struct services){.heap = heap};
}

void services_finish(struct services *services)
{
    heap_give(services->heap, services->all, services->capacity * sizeof(services->all[0]));
    services_init(services, services->heap);
}

struct text service_of(const char *effect)
{
    struct text name = text_of(effect);
    for (size_t i = name.length; i-- > 0;) {
        if (name.bytes[i] == '.') {
            return (struct text){name.bytes, i};
        }
    }
    return name;
}

/* NULL: it was never down. */
static struct service *find(const struct services *services, uint64_t name)
{
    for (size_t i = 0; i < services->count; i++) {
        if (services->all[i].name == name) {
            return &services->all[i];
        }
    }
    return NULL;
}

bool service_stop(struct services *services, struct text name, int64_t until)
{
    uint64_t hash = hash_of(name.bytes, name.length, 0);
    struct service *service = find(services, hash);
    if (service == NULL) {
        if (!heap_grow(services->heap, &services->all, &services->capacity, services->count + 1,
                       sizeof(services->all[0]))) {
            return false;
        }
        service = &services->all[services->count++];
        *service = (struct service){.name = hash, .down_until = until};
    }
    service->down_until = until > service->down_until ? until : service->down_until;
    return true;
}

bool service_is_down(const struct services *services, struct text name, int64_t now)
{
    if (services->count == 0) {
        return false;
    }
    const struct service *service = find(services, hash_of(name.bytes, name.length, 0));
    return service != NULL && now < service->down_until;
}
