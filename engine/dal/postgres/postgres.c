/* SPDX-License-Identifier: Apache-2.0 */
/* postgres.c - the store put together: open, destroy, and the table of its calls. */
#include "dal/postgres/postgres.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "dal/postgres/schema.h"
#include "dal/postgres/session.h"

#define CONNECT_TIMEOUT_NS (10 * NANOSECONDS_PER_SECOND)
#define STATEMENT_TIMEOUT_NS (30 * NANOSECONDS_PER_SECOND)

/* Transactions that are open end with their connection. */
static void destroy(struct dal *dal)
{
    struct session *session = session_of(dal);
    struct cloacina_heap *heap = session->heap;
    PQfinish(session->connection);
    trip_finish(session);
    parameters_finish(&session->parameters);
    offers_forget(session);
    heap_give(heap, session->offered, session->offered_capacity * sizeof(session->offered[0]));
    heap_give(heap, session, sizeof(*session));
}

static const struct dal_impl postgres_impl = {
    .commit = postgres_commit,
    .commit_locked = postgres_commit_locked,
    .poll = postgres_poll,
    .load = postgres_load,
    .refresh = postgres_refresh,
    .find_commit = postgres_find_commit,
    .open_lease = postgres_open_lease,
    .close_lease = postgres_close_lease,
    .claims = postgres_claims,
    .events = postgres_events,
    .executions = postgres_executions,
    .definition = postgres_definition,
    .leases = postgres_leases,
    .remove = postgres_remove,
    .remove_ended = postgres_remove_ended,
    .listen = postgres_listen,
    .descriptor = postgres_descriptor,
    .take_hints = postgres_take_hints,
    .destroy = destroy,
};

struct session *session_of(struct dal *dal)
{
    assert(dal->impl == &postgres_impl);
    return (struct session *)dal;
}

/* libpq quotes what it does not understand, and that may be a password or hold one: shown are names
 * of parameters only. */
static enum cloacina_code url_refuse(const char *message, struct cloacina_error *err)
{
    const char *quote = strchr(message, '"');
    const char *end = quote == NULL ? NULL : strchr(quote + 1, '"');
    size_t shown = quote == NULL ? strcspn(message, "\n") : (size_t)(quote - message);
    if (end != NULL && strcspn(quote, "%:/@?&=") > (size_t)(end - quote)) {
        shown = (size_t)(end + 1 - message);
    }
    while (shown > 0 && (message[shown - 1] == ' ' || message[shown - 1] == ':')) {
        shown--;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "store: not a PostgreSQL URL: %.*s",
                                (int)shown, message);
}

/* Is it one at all? And what does it say of our own limits? */
static enum cloacina_code url_read(struct session *session, struct cloacina_error *err)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(session->url, &message);
    if (options == NULL) {
        enum cloacina_code code = url_refuse(message != NULL ? message : "no memory", err);
        PQfreemem(message);
        return code;
    }
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        bool is_timeout = strcmp(option->keyword, "connect_timeout") == 0 && option->val != NULL;
        long seconds = is_timeout ? strtol(option->val, NULL, 10) : 0;
        if (seconds > 0 && session->options.connect_timeout_ns == 0) {
            session->connect_timeout = seconds * NANOSECONDS_PER_SECOND;
        }
    }
    PQconninfoFree(options);
    return CLOACINA_OK;
}

enum cloacina_code postgres_open(const struct store_options *options, const char *url,
                                 struct dal **ret_dal, struct cloacina_error *err)
{
    struct cloacina_heap *heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    struct session *session = heap_take_zeroed(heap, 1, sizeof(*session));
    if (session == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "store: no memory for a session");
    }
    int64_t connect = options->connect_timeout_ns;
    int64_t statement = options->statement_timeout_ns;
    session->dal.impl = &postgres_impl;
    session->heap = heap;
    session->clock = options->clock != NULL ? options->clock : cloacina_clock_system();
    session->options = *options;
    session->url = url;
    session->connect_timeout = connect > 0 ? connect : CONNECT_TIMEOUT_NS;
    session->statement_timeout = statement > 0 ? statement : STATEMENT_TIMEOUT_NS;
    session->retry_at = INT64_MIN;
    session->parameters.heap = heap;
    enum cloacina_code code = url_read(session, err);
    if (code == CLOACINA_OK) {
        code = session_connect(session, err);
    }
    if (code != CLOACINA_OK) {
        destroy(&session->dal);
        return code;
    }
    if (options->ret_version_before != NULL) {
        *options->ret_version_before = session->version_before;
    }
    if (options->ret_version != NULL) {
        *options->ret_version = (uint32_t)postgres_schema_step_count;
    }
    *ret_dal = &session->dal;
    return CLOACINA_OK;
}
