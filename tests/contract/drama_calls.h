/* SPDX-License-Identifier: Apache-2.0 */
/* drama_calls.h - what a session of a drama can do: one call of the store each, whose answer is
 * shown.
 *
 * "First" to "fourth" are the copies of the performance, whose changesets were sealed before. */
#ifndef TESTS_CONTRACT_DRAMA_CALLS_H
#define TESTS_CONTRACT_DRAMA_CALLS_H

#include "drama.h"

static inline struct id drama_id(uint64_t number)
{
    return (struct id){.high = 0x0190000000007000, .low = 0x8000000000000000 + number};
}

/* Notes what the store said. */
void call_answer(struct performance *performance, size_t number, enum cloacina_code code);

void call_commit_first(struct performance *performance, struct dal *store, size_t number);
void call_commit_second(struct performance *performance, struct dal *store, size_t number);
void call_commit_third(struct performance *performance, struct dal *store, size_t number);
void call_commit_fourth(struct performance *performance, struct dal *store, size_t number);
void call_first_again(struct performance *performance, struct dal *store, size_t number);
void call_second_again(struct performance *performance, struct dal *store, size_t number);
void call_pause_locked(struct performance *performance, struct dal *store, size_t number);
void call_cancel_locked(struct performance *performance, struct dal *store, size_t number);
void call_poll_one(struct performance *performance, struct dal *store, size_t number);
void call_beat(struct performance *performance, struct dal *store, size_t number);
void call_close_first_lease(struct performance *performance, struct dal *store, size_t number);
void call_open_lease(struct performance *performance, struct dal *store, size_t number);
void call_claims_of_the_dead(struct performance *performance, struct dal *store, size_t number);
void call_find_first_commit(struct performance *performance, struct dal *store, size_t number);
void call_load(struct performance *performance, struct dal *store, size_t number);
void call_refresh(struct performance *performance, struct dal *store, size_t number);
void call_list(struct performance *performance, struct dal *store, size_t number);
void call_remove_first(struct performance *performance, struct dal *store, size_t number);
void call_remove_old(struct performance *performance, struct dal *store, size_t number);
void call_submit_first(struct performance *performance, struct dal *store, size_t number);
void call_submit_second(struct performance *performance, struct dal *store, size_t number);

#endif
