/* SPDX-License-Identifier: Apache-2.0 */
/* database.h - what the commands that look into a store share: its options, opening it, and finding
 * an execution by what a person types.
 *
 * Law: whoever only looks creates nothing and migrates nothing. */
#ifndef CLOACINACTL_DATABASE_H
#define CLOACINACTL_DATABASE_H

#include "cloacinactl/command.h"
#include "dal/store.h"

/* First in the values of such a command. */
struct database_values {
    const char *url;
    const char *schema;
    bool is_json;
};

/* The rows of its option table; `values` is a struct whose member `database` is the above. */
#define DATABASE_OPTIONS(values)                                                                   \
    {.name = "database",                                                                           \
     .value_name = "URL",                                                                          \
     .help = "sqlite://FILE, a FILE.db, or postgres://HOST/NAME",                                  \
     .type = OPTION_TEXT,                                                                          \
     .is_required = true,                                                                          \
     .offset = offsetof(values, database.url)},                                                    \
    {                                                                                              \
        .name = "schema", .value_name = "NAME",                                                    \
        .help = "PostgreSQL: the tenant's schema (default public)", .type = OPTION_TEXT,           \
        .offset = offsetof(values, database.schema)                                                \
    }

#define JSON_OPTION(values)                                                                        \
    {                                                                                              \
        .name = "json", .help = "one JSON document instead of text for people",                    \
        .type = OPTION_FLAG, .offset = offsetof(values, database.is_json)                          \
    }

/* Opens what is there, of this version. NOT_FOUND: nothing is there; else as store_open. */
enum cloacina_code database_open(const struct command_call *call,
                                 const struct database_values *values, struct dal **ret_dal,
                                 struct cloacina_error *err) MUST_CHECK;

/* The execution whose id `text` is, or begins. NOT_FOUND; INVALID: it is no beginning of an id, or
 * of several ids (the message shows two). */
enum cloacina_code database_find(struct dal *dal, struct cloacina_heap *heap, const char *text,
                                 struct id *ret_id, struct cloacina_error *err) MUST_CHECK;

/* For commands that need nothing else: opens, calls `act`, closes, and complains when it failed. */
enum command_status
database_do(const struct command_call *call, const struct database_values *values,
            enum cloacina_code (*act)(const struct command_call *call, struct dal *dal,
                                      const void *values, struct cloacina_error *err));

#endif
