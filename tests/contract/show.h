/* SPDX-License-Identifier: Apache-2.0 */
/* show.h - what a store answers, as text: two stores agree when the texts are equal.
 *
 *   struct show show;
 *   show_init(&show, false);
 *   show_feed(&show, &feed);        "execution ...\ntask 0 Ready attempt 1 ...\n"
 *   show_text(&show)                borrowed until the next show
 *
 * Nothing is left out: every column of every row. What has no order is sorted first. */
#ifndef TESTS_CONTRACT_SHOW_H
#define TESTS_CONTRACT_SHOW_H

#include "dal/dal.h"

/* Instants between these two were made by a server's clock, in this century: `masks` shows them
 * as "~". The tests' own instants lie before or behind. */
#define SHOW_SERVER_TIME_MIN INT64_C(1000000000000000000)
#define SHOW_SERVER_TIME_MAX INT64_C(3000000000000000000)

/* Owned by the caller. */
struct show {
    struct text_builder builder;
    bool masks;
    uint64_t lease_base; /* leases are counted from here: 1 is the one behind it */
};

void show_init(struct show *show, bool masks);
void show_finish(struct show *show);
void show_reset(struct show *show);
const char *show_text(const struct show *show); /* also fails the test when there was no memory */

void show_code(struct show *show, enum cloacina_code code);
void show_number(struct show *show, const char *name, uint64_t number);
void show_lease(struct show *show, uint64_t lease);
void show_string(struct show *show, const char *string); /* long ones: size and hash */
void show_execution_row(struct show *show, const struct execution_row *row);
void show_events(struct show *show, const struct event_row *events, size_t count);
void show_feed(struct show *show, const struct feed *feed);
void show_snapshot(struct show *show, const struct dal_snapshot *snapshot);
void show_claims(struct show *show, struct dal_claimed *claims, size_t count); /* sorts them */
void show_leases(struct show *show, const struct dal_lease *leases, size_t count);
void show_listed(struct show *show, const struct dal_listed *listed, size_t count);
void show_reply(struct show *show, struct dal_poll_reply *reply); /* sorts what has changed */

/* All that a store tells of one execution: load, history; and of everything, by asking for lists,
 * leases and claims. Codes other than OK are shown as such. */
void show_execution(struct show *show, struct dal *store, struct id id);
void show_store(struct show *show, struct dal *store);

#endif
