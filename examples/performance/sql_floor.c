/* SPDX-License-Identifier: Apache-2.0 */
/* sql_floor.c - which floor a database has. */
#include "sql_floor.h"

#include "database.h"

enum cloacina_code sql_floor_open(const struct performance *shape,
                                  const struct sql_floor_options *options,
                                  struct sql_floor **ret_floor, struct cloacina_error *err)
{
    switch (database_kind(options->database)) {
    case DATABASE_SQLITE:
        return floor_sqlite_open(shape, options, ret_floor, err);
    case DATABASE_POSTGRES:
#ifdef CLOACINA_WITH_POSTGRES
        return floor_postgres_open(shape, options, ret_floor, err);
#else
        return cloacina_error_raise(err, CLOACINA_INVALID, "this build has no PostgreSQL");
#endif
    case DATABASE_MEMORY:
        break;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "memory has no floor");
}
