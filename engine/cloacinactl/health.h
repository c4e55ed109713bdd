/* SPDX-License-Identifier: Apache-2.0 */
/* health.h - health and metrics over HTTP, for this machine alone.
 *
 *     GET /health    200, or 503 with the reason      is it alive?
 *     GET /ready     likewise                         would it take work?
 *     GET /metrics   200                              Prometheus
 *
 * Listens on 127.0.0.1 only, on a thread of its own. Built with the Meson feature `server`
 * (libmicrohttpd); without it health_start refuses. */
#ifndef CLOACINACTL_HEALTH_H
#define CLOACINACTL_HEALTH_H

#include <stdint.h>

#include "base/compiler.h"
#include "cloacinactl/vitals.h"

struct health;

struct health_options {
    struct cloacina_heap *heap; /* Borrowed; thread-safe */
    uint16_t port;              /* 0: any that is free */
    /* How is it now? Called by the server's thread. */
    void (*look)(void *user, struct vitals *ret_vitals);
    void *user;
};

/* INVALID: the port is taken, or this program was built without it. IO: no socket. */
enum cloacina_code health_start(const struct health_options *options, struct health **ret_health,
                                struct cloacina_error *err) MUST_CHECK;

uint16_t health_port(const struct health *health);

void health_stop(struct health *health); /* NULL is legal; nothing is asked afterwards */

#endif
