/* SPDX-License-Identifier: Apache-2.0 */
/* migrate.c - the schema: made when it is missing, brought to the newest version step by step.
 *
 * Laws: one at a time migrates (an advisory lock of the schema's name), each step is a transaction,
 * and somebody else's tables are not touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "dal/postgres/schema.h"
#include "dal/postgres/session.h"

enum { SQL_SIZE = 1024, VALUE_SIZE = 64 };

/* The version of the schema: -1 there is none, -2 a table of ours is somebody else's. */
enum { VERSION_NONE = -1, VERSION_FOREIGN = -2 };

/* One value of one row; "" when there is no row or it is NULL. */
static enum cloacina_code ask(struct session *session, const char *sql, char ret_value[VALUE_SIZE],
                              bool *ret_has_row, struct cloacina_error *err)
{
    PGresult *result;
    enum cloacina_code code = session_query(session, sql, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_has_row = PQntuples(result) > 0;
    const char *value = *ret_has_row ? PQgetvalue(result, 0, 0) : "";
    size_t length = strnlen(value, VALUE_SIZE - 1);
    memcpy(ret_value, value, length);
    ret_value[length] = '\0';
    PQclear(result);
    return CLOACINA_OK;
}

static enum cloacina_code version_read(struct session *session, int *ret_version,
                                       struct cloacina_error *err)
{
    char sql[SQL_SIZE];
    char value[VALUE_SIZE];
    bool is_there = false;
    (void)snprintf(sql, sizeof(sql),
                   "SELECT obj_description(c.oid, 'pg_class') FROM pg_catalog.pg_class c"
                   " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                   " WHERE n.nspname = '%s' AND c.relname = 'schema_migrations'",
                   session->schema);
    enum cloacina_code code = ask(session, sql, value, &is_there, err);
    if (code != CLOACINA_OK || !is_there || strcmp(value, SCHEMA_COMMENT) != 0) {
        *ret_version = is_there ? VERSION_FOREIGN : VERSION_NONE;
        return code;
    }
    (void)snprintf(sql, sizeof(sql),
                   "SELECT coalesce(max(version), 0) FROM \"%s\".schema_migrations",
                   session->schema);
    code = ask(session, sql, value, &is_there, err);
    if (code == CLOACINA_OK) {
        *ret_version = (int)strtol(value, NULL, 10);
    }
    return code;
}

static enum cloacina_code version_judge(const struct session *session, int version,
                                        struct cloacina_error *err)
{
    const char *database = PQdb(session->connection);
    int newest = (int)postgres_schema_step_count;
    if (version == VERSION_FOREIGN) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: database '%s', schema '%s': there is another program's "
                                    "table 'schema_migrations'; give cloacina a schema of its own",
                                    database, session->schema);
    }
    if (version > newest) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "store: database '%s', schema '%s' has version %d; this "
                                    "library knows %d: it needs to be newer",
                                    database, session->schema, version, newest);
    }
    if (version == VERSION_NONE && session->options.must_exist) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND,
                                    "store: database '%s' has no cloacina tables in schema '%s'",
                                    database, session->schema);
    }
    if (version < newest && session->options.without_migration) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "store: database '%s', schema '%s' has version %d and needs %d: "
            "it has to be migrated first",
            database, session->schema, version < 0 ? 0 : version, newest);
    }
    return CLOACINA_OK;
}

static enum cloacina_code schema_make(struct session *session, struct cloacina_error *err)
{
    char sql[SQL_SIZE];
    char value[VALUE_SIZE];
    bool is_there;
    (void)snprintf(sql, sizeof(sql), "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '%s'",
                   session->schema);
    enum cloacina_code code = ask(session, sql, value, &is_there, err);
    if (code != CLOACINA_OK || is_there) {
        return code;
    }
    (void)snprintf(sql, sizeof(sql), "CREATE SCHEMA \"%s\"", session->schema);
    return session_run(session, sql, err);
}

/* One step and the row that says so. */
static enum cloacina_code step_take(struct session *session, int version,
                                    struct cloacina_error *err)
{
    const struct schema_step *step = &postgres_schema_steps[version];
    char sql[SQL_SIZE];
    enum cloacina_code code = session_run(session, step->sql, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO schema_migrations VALUES (%d, '%s',"
                   " (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000)",
                   version + 1, step->name);
    return session_run(session, sql, err);
}

/* The lock lasts as long as the transaction. `*ret_is_done`: there is nothing left to do. */
static enum cloacina_code step_next(struct session *session, bool *ret_is_done,
                                    struct cloacina_error *err)
{
    char sql[SQL_SIZE];
    int version = 0;
    uint64_t key = hash_of(session->schema, strlen(session->schema), 0);
    (void)snprintf(sql, sizeof(sql), "BEGIN; SELECT pg_advisory_xact_lock(%lld)", (long long)key);
    enum cloacina_code code = session_run(session, sql, err);
    if (code == CLOACINA_OK) {
        code = version_read(session, &version, err);
    }
    if (code == CLOACINA_OK) {
        code = version_judge(session, version, err);
    }
    *ret_is_done = version == (int)postgres_schema_step_count;
    if (code == CLOACINA_OK && version == VERSION_NONE) {
        code = schema_make(session, err);
        version = 0;
    }
    if (code == CLOACINA_OK && !*ret_is_done) {
        code = step_take(session, version, err);
    }
    return code == CLOACINA_OK ? session_run(session, "COMMIT", err) : code;
}

enum cloacina_code session_migrate(struct session *session, struct cloacina_error *err)
{
    bool is_done = false;
    int version = 0;
    enum cloacina_code code = version_read(session, &version, err);
    if (code == CLOACINA_OK) {
        code = version_judge(session, version, err);
    }
    is_done = version == (int)postgres_schema_step_count;
    session->version_before = version > 0 ? (uint32_t)version : 0;
    while (code == CLOACINA_OK && !is_done) {
        code = step_next(session, &is_done, err);
    }
    return code;
}

enum cloacina_code session_check_version(struct session *session, struct cloacina_error *err)
{
    int version = 0;
    enum cloacina_code code = version_read(session, &version, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (version >= 0 && version < (int)postgres_schema_step_count) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE,
                                    "store: the schema has an older version now");
    }
    return version == VERSION_NONE
               ? cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: the schema is gone")
               : version_judge(session, version, err);
}
