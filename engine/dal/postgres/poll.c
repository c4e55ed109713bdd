/* SPDX-License-Identifier: Apache-2.0 */
/* poll.c - claims, watches and the beat in one round trip.
 *
 *   BEGIN | claim | is more? | new definitions | watch | beat | leases, orphans | now | COMMIT
 *
 * The claim passes by executions that somebody else has locked. If it got less than it wanted and
 * there is more, or there are definitions that it did not know, it is asked once more; then it waits
 * for those locks, in the order of the ids. So a Ready task is not missed because its execution was
 * being written.
 *
 * Law: what was claimed is told, whatever becomes of a further round. */
#include "dal/postgres/session.h"

enum { CLAIMS_MAX = 4096 }; /* of one poll, whatever is asked for */

struct round {
    bool claims; /* something is wanted, and something is offered */
    bool waits;  /* for the locks of others */
    bool beats;
};

/* How many may still be claimed. */
static int64_t claims_left(const struct dal_poll *request, size_t claimed)
{
    size_t most = request->limit < CLAIMS_MAX ? request->limit : CLAIMS_MAX;
    return (int64_t)(most - claimed);
}

static void send_claim(struct session *session, const struct dal_poll *request, struct round round,
                       size_t claimed)
{
    int64_t limit = claims_left(request, claimed);
    if (round.waits) {
        if (session->options.gate == NULL) { /* a test may look at one session for long */
            trip_send_plain(session, STATEMENT_HURRY);
        }
        struct parameters *parameters = trip_parameters(session, STATEMENT_LOCK_READY);
        offers_put(session, parameters);
        parameters_number(parameters, 3, limit);
        trip_send(session, STATEMENT_LOCK_READY);
    }
    struct parameters *parameters = trip_parameters(session, STATEMENT_CLAIM);
    offers_put(session, parameters);
    parameters_number(parameters, 3, limit);
    parameters_number(parameters, 4, (int64_t)request->claim.lease);
    parameters_number(parameters, 5, (int64_t)(request->claim.serial + claimed));
    parameters_number(parameters, 6, (int64_t)request->commit.lease);
    parameters_number(parameters, 7, (int64_t)request->commit.serial);
    trip_send(session, STATEMENT_CLAIM);
    offers_put(session, trip_parameters(session, STATEMENT_IS_MORE));
    trip_send(session, STATEMENT_IS_MORE);
    offers_ask(session, request);
}

static void send_watches(struct session *session, const struct dal_poll *request)
{
    struct parameters *parameters = trip_parameters(session, STATEMENT_WATCH);
    for (size_t i = 0; i < request->watch_count; i++) {
        parameters_id(parameters, 0, request->watches[i].id);
        parameters_number(parameters, 1, (int64_t)request->watches[i].revision);
    }
    trip_send(session, STATEMENT_WATCH);
}

static void send_beat(struct session *session, const struct dal_poll *request, struct round round)
{
    if (round.beats) {
        parameters_number(trip_parameters(session, STATEMENT_BEAT), 0,
                          (int64_t)request->claim.lease);
        trip_send(session, STATEMENT_BEAT);
    }
    trip_send_plain(session, STATEMENT_LEASES);
    trip_send_plain(session, STATEMENT_ORPHANS);
}

static enum cloacina_code ask(struct session *session, const struct dal_poll *request,
                              struct round round, size_t claimed, struct cloacina_error *err)
{
    enum cloacina_code code = trip_begin(session, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    trip_send_plain(session, STATEMENT_BEGIN);
    if (round.claims) {
        send_claim(session, request, round, claimed);
    }
    if (request->watch_count > 0) {
        send_watches(session, request);
    }
    if (request->beats) {
        send_beat(session, request, round);
    }
    trip_send_plain(session, STATEMENT_NOW);
    trip_send_plain(session, STATEMENT_COMMIT);
    return trip_end(session, err);
}

/* ---- the answers ---- */

/* Room for what may be claimed and changed, before anything is: after the COMMIT it would be too
 * late to be out of memory. (Only the list of leases comes later; it is told by every beat.) */
static bool reserve(const struct dal_poll *request, struct arena *arena,
                    struct dal_poll_reply *reply)
{
    size_t claims = request->limit < CLAIMS_MAX ? request->limit : CLAIMS_MAX;
    reply->claimed = arena_take(arena, claims * sizeof(reply->claimed[0]));
    reply->changed = arena_take(arena, request->watch_count * sizeof(reply->changed[0]));
    return reply->claimed != NULL && reply->changed != NULL;
}

/* Adds what this round has claimed to what the one before it has. */
static void read_claims(const struct session *session, const struct dal_poll *request,
                        struct dal_poll_reply *reply)
{
    const PGresult *result = trip_result(session, STATEMENT_CLAIM);
    for (size_t row = 0; row < reply_rows(result); row++) {
        reply->claimed[reply->claimed_count++] = (struct dal_claimed){
            .id = reply_id(result, row, 0),
            .task = (uint32_t)reply_number(result, row, 1),
            .claim = {request->claim.lease, (uint64_t)reply_number(result, row, 2)},
        };
        reply->now = reply_number(result, row, 3); /* what the rows and events say, too */
    }
}

static void read_changed(const struct session *session, struct dal_poll_reply *reply)
{
    const PGresult *result = trip_result(session, STATEMENT_WATCH);
    reply->changed_count = reply_rows(result);
    for (size_t row = 0; row < reply->changed_count; row++) {
        reply->changed[row] = reply_id(result, row, 0);
    }
}

static bool read_beat(struct session *session, const struct dal_poll *request, struct arena *arena,
                      struct dal_poll_reply *reply)
{
    reply->orphans = (uint32_t)reply_number(trip_result(session, STATEMENT_ORPHANS), 0, 0);
    if (!lease_read(trip_result(session, STATEMENT_LEASES), arena, &reply->leases,
                    &reply->lease_count)) {
        return false;
    }
    session->is_alone = reply->lease_count == 1 && reply->leases[0].lease == request->claim.lease;
    return true;
}

/* ---- rounds ---- */

/* One round; `*ret_again`: another one may bring more. */
static enum cloacina_code go_round(struct session *session, const struct dal_poll *request,
                                   struct round *round, struct arena *arena,
                                   struct dal_poll_reply *reply, bool *ret_again,
                                   struct cloacina_error *err)
{
    *ret_again = false;
    enum cloacina_code code = ask(session, request, *round, reply->claimed_count, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    reply->now = reply_number(trip_result(session, STATEMENT_NOW), 0, 0);
    if (request->watch_count > 0) {
        read_changed(session, reply);
    }
    if (round->claims) {
        bool has_waited = round->waits;
        bool has_news = offers_learn(session, request);
        read_claims(session, request, reply);
        round->waits = reply_rows(trip_result(session, STATEMENT_IS_MORE)) > 0;
        *ret_again = claims_left(request, reply->claimed_count) > 0 &&
                     (has_news || (round->waits && !has_waited));
    }
    round->beats = false;
    return !request->beats || read_beat(session, request, arena, reply) ? CLOACINA_OK
                                                                        : no_memory_raise(err);
}

/* Definitions of offers that were not seen before, so that the first round can claim. */
static enum cloacina_code meet_offers(struct session *session, const struct dal_poll *request,
                                      struct cloacina_error *err)
{
    enum cloacina_code code = trip_begin(session, err);
    if (code == CLOACINA_OK) {
        offers_ask(session, request);
        code = trip_end(session, err);
    }
    if (code == CLOACINA_OK) {
        session->has_asked = true;
        (void)offers_learn(session, request);
    }
    return code;
}

enum cloacina_code postgres_poll(struct dal *dal, const struct dal_poll *request,
                                 struct arena *arena, struct dal_poll_reply *ret_reply,
                                 struct cloacina_error *err)
{
    struct session *session = session_of(dal);
    struct dal_poll_reply reply = {0};
    struct round round = {
        .claims = request->limit > 0 && request->offer_count > 0,
        .beats = request->beats,
    };
    bool is_first = true;
    bool again = true;
    if (!reserve(request, arena, &reply)) {
        return no_memory_raise(err);
    }
    offers_use(session, request);
    if (round.claims && !session->has_asked) {
        enum cloacina_code code = meet_offers(session, request, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    while (again) {
        struct cloacina_error why = {0};
        enum cloacina_code code = go_round(session, request, &round, arena, &reply, &again, &why);
        if (code != CLOACINA_OK && is_first) {
            return cloacina_error_raise(err, code, "%s", why.message);
        }
        is_first = false;
    }
    *ret_reply = reply;
    return CLOACINA_OK;
}
