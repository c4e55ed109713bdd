/* SPDX-License-Identifier: Apache-2.0 */
/* health_absent.c - health.h in a program that was built without libmicrohttpd. */
#include "cloacinactl/health.h"

enum cloacina_code health_start(const struct health_options *options, struct health **ret_health,
                                struct cloacina_error *err)
{
    (void)options;
    (void)ret_health;
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "this program was built without libmicrohttpd (the Meson feature "
                                "'server')");
}

uint16_t health_port(const struct health *health)
{
    (void)health;
    return 0;
}

void health_stop(struct health *health)
{
    (void)health;
}
