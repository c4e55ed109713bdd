/* SPDX-License-Identifier: Apache-2.0 */
/* absent.c - what stands here when the library is built without PostgreSQL. */
#include "dal/postgres/postgres.h"

enum cloacina_code postgres_open(const struct store_options *options, const char *url,
                                 struct dal **ret_dal, struct cloacina_error *err)
{
    (void)options;
    (void)url;
    (void)ret_dal;
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "store: this library was built without PostgreSQL (libpq)");
}
