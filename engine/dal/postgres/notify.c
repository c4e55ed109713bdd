/* SPDX-License-Identifier: Apache-2.0 */
/* notify.c - hints: a NOTIFY without a payload on the channel of the schema.
 *
 * It is sent right after the commit, on its own, and its answer is not waited for: inside of the
 * commit it would hold a lock of the whole database until the disk has answered. It is sent when the
 * commit leaves something that others may want and somebody else may be there: unless the last beat
 * showed one lease only. Who comes after that beat polls as it starts, and the next beat shows it. */
#include <stdio.h>
#include <string.h>

#include "dal/postgres/session.h"

enum { NOTIFY_SIZE = SESSION_NAME_SIZE + 16 };

/* Longer names are cut, as PostgreSQL would: two schemas that share a channel wake each other. */
void notify_name(struct session *session)
{
    static const char start[] = "cloacina.";
    size_t room = sizeof(session->channel) - sizeof(start);
    size_t length = strnlen(session->schema, room);
    memcpy(session->channel, start, sizeof(start) - 1);
    memcpy(session->channel + sizeof(start) - 1, session->schema, length);
    session->channel[sizeof(start) - 1 + length] = '\0';
}

static void send(struct session *session, const char *verb)
{
    char sql[NOTIFY_SIZE];
    (void)snprintf(sql, sizeof(sql), "%s \"%s\"", verb, session->channel);
    trip_send_away(session, verb, sql);
}

/* ---- telling ---- */

void notify_others(struct session *session, const struct dal_write *writes, size_t count,
                   const enum cloacina_code *answers)
{
    bool is_wanted = false;
    for (size_t i = 0; i < count && !session->is_alone && !is_wanted; i++) {
        is_wanted = answers[i] == CLOACINA_OK && dal_is_news(writes[i].changeset);
    }
    if (is_wanted) {
        send(session, "NOTIFY");
    }
}

/* ---- listening ---- */

void notify_listen(struct session *session)
{
    if (session->wake != NULL) {
        send(session, "LISTEN");
    }
}

/* From now on means: when the call returns, the server has heard it. If it has not, the next
 * connection listens. */
static void wait_until_done(struct session *session)
{
    const PGresult *now;
    struct cloacina_error why = {0};
    (void)trip_parameters(session, STATEMENT_NOW);
    if (query_ask(session, STATEMENT_NOW, &now, &why) != CLOACINA_OK) {
        cloacina_log_print(session->options.log, CLOACINA_LOG_WARNING, "listening: %s",
                           why.message);
    }
}

void postgres_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct session *session = session_of(dal);
    bool was_listening = session->wake != NULL;
    (void)lease; /* our own notifications are known by the server's process */
    session->wake = wake;
    session->user = user;
    session->has_hint = false;
    if (was_listening && wake == NULL) {
        send(session, "UNLISTEN");
    } else if (!was_listening && wake != NULL) {
        notify_listen(session);
        wait_until_done(session);
    }
}

void notify_collect(struct session *session)
{
    if (session->connection == NULL) {
        return;
    }
    PGnotify *notification;
    while ((notification = PQnotifies(session->connection)) != NULL) {
        session->has_hint |= notification->be_pid != PQbackendPID(session->connection);
        PQfreemem(notification);
    }
}

int postgres_descriptor(struct dal *dal)
{
    const struct session *session = session_of(dal);
    bool is_listening = session->connection != NULL && session->wake != NULL;
    return is_listening ? PQsocket(session->connection) : -1;
}

void postgres_take_hints(struct dal *dal)
{
    struct session *session = session_of(dal);
    if (session->connection != NULL && trip_take_in(session)) {
        notify_collect(session);
    }
    if (session->has_hint && session->wake != NULL) {
        session->has_hint = false;
        session->wake(session->user);
    }
}
