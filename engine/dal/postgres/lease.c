/* SPDX-License-Identifier: Apache-2.0 */
/* lease.c - who is alive: numbers that are never given twice, beats that only count. */
#include "dal/postgres/session.h"

enum cloacina_code postgres_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                       int64_t *ret_now, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    parameters_words_of(trip_parameters(session, STATEMENT_OPEN_LEASE), 0, name);
    enum cloacina_code code = query_ask(session, STATEMENT_OPEN_LEASE, &result, err);
    if (code == CLOACINA_OK) {
        *ret_lease = (uint64_t)reply_number(result, 0, 0);
        *ret_now = reply_number(result, 0, 1);
    }
    return code;
}

enum cloacina_code postgres_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                        struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    parameters_number(trip_parameters(session, STATEMENT_LOCK_LEASE), 0, (int64_t)lease);
    trip_send(session, STATEMENT_LOCK_LEASE);
    struct parameters *parameters = trip_parameters(session, STATEMENT_CLOSE_LEASE);
    parameters_number(parameters, 0, (int64_t)lease);
    parameters_number(parameters, 1, (int64_t)observed_beat);
    trip_send(session, STATEMENT_CLOSE_LEASE);
    trip_send_plain(session, STATEMENT_COMMIT);
    code = trip_end(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const PGresult *locked = trip_result(session, STATEMENT_LOCK_LEASE);
    if (reply_rows(locked) == 0) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "store: the lease was closed before");
    }
    if ((uint64_t)reply_number(locked, 0, 0) != observed_beat) {
        return cloacina_error_raise(err, CLOACINA_CONFLICT, "store: the lease has beaten since");
    }
    return CLOACINA_OK;
}

bool lease_read(const PGresult *result, struct arena *arena, struct dal_lease **ret_leases,
                size_t *ret_count)
{
    size_t count = reply_rows(result);
    struct dal_lease *leases = arena_take(arena, count * sizeof(leases[0]));
    for (size_t row = 0; leases != NULL && row < count; row++) {
        leases[row] = (struct dal_lease){
            .lease = (uint64_t)reply_number(result, row, 0),
            .beat = (uint64_t)reply_number(result, row, 1),
            .claims = (uint32_t)reply_number(result, row, 2),
            .opened_at = reply_number(result, row, 3),
            .beat_at = reply_number(result, row, 4),
        };
        if (!reply_text_copy(result, row, 5, arena, &leases[row].name)) {
            return false;
        }
    }
    *ret_leases = leases;
    *ret_count = count;
    return leases != NULL;
}

enum cloacina_code postgres_leases(struct dal *dal, struct arena *arena,
                                   struct dal_lease **ret_leases, size_t *ret_count,
                                   int64_t *ret_now, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    struct dal_lease *leases;
    size_t count;
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_LEASES);
    trip_send_plain(session, STATEMENT_NOW);
    code = trip_end(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!lease_read(trip_result(session, STATEMENT_LEASES), arena, &leases, &count)) {
        return no_memory_raise(err);
    }
    *ret_leases = leases;
    *ret_count = count;
    *ret_now = reply_number(trip_result(session, STATEMENT_NOW), 0, 0);
    return CLOACINA_OK;
}

enum cloacina_code postgres_claims(struct dal *dal, uint64_t lease, size_t limit,
                                   struct arena *arena, struct dal_claimed **ret_claims,
                                   size_t *ret_count, struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    const PGresult *result;
    int64_t most = limit < INT64_MAX ? (int64_t)limit : INT64_MAX;
    enum statement statement = lease != 0 ? STATEMENT_CLAIMS_OF : STATEMENT_CLAIMS_OF_NONE;
    struct parameters *parameters = trip_parameters(session, statement);
    if (lease != 0) {
        parameters_number(parameters, 0, (int64_t)lease);
    }
    parameters_number(parameters, lease != 0 ? 1 : 0, most);
    enum cloacina_code code = query_ask(session, statement, &result, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    size_t count = reply_rows(result);
    struct dal_claimed *claims = arena_take(arena, count * sizeof(claims[0]));
    if (claims == NULL) {
        return no_memory_raise(err);
    }
    for (size_t row = 0; row < count; row++) {
        claims[row] = (struct dal_claimed){
            .id = reply_id(result, row, 0),
            .task = (uint32_t)reply_number(result, row, 1),
            .claim = {(uint64_t)reply_number(result, row, 2),
                      (uint64_t)reply_number(result, row, 3)},
        };
    }
    *ret_claims = claims;
    *ret_count = count;
    return CLOACINA_OK;
}
