/* SPDX-License-Identifier: Apache-2.0 */
/* court.h - one test of one store: fresh, with two sessions that hold a lease each.
 *
 *   static void a_promise_is_kept(void **state)
 *   {
 *       struct court *court = *state;
 *       struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
 *       assert_int_equal(court_poll(court, 0, copy, 1).claimed_count, 1);
 *       ...
 *   }
 *   ... COURT_TEST(a_promise_is_kept)
 *
 * The court owns the copies and frees everything, also after a test that failed. */
#ifndef TESTS_CONTRACT_COURT_H
#define TESTS_CONTRACT_COURT_H

#include "support.h"

#include "base/instant.h"
#include "copy.h"
#include "execution/state.h"
#include "show.h"
#include "subject.h"

enum { COURT_COPIES_MAX = 16 };

struct court {
    struct subject subject;
    struct dal *store;  /* the first session */
    struct dal *other;  /* the second */
    uint64_t leases[2]; /* of the two */
    uint64_t serial;
    struct copy copies[COURT_COPIES_MAX];
    size_t copy_count;
    struct arena arena;
    struct cloacina_error error;
    struct show show;
    int wakes; /* of the second session's lease, when it listens */
};

/* Which store the tests of this program judge; set by its main. */
extern enum store_kind court_kind;

int court_setup(void **state);
int court_teardown(void **state);
#define COURT_TEST(test) cmocka_unit_test_setup_teardown(test, court_setup, court_teardown)

struct id court_id(uint64_t number);
struct stamp court_stamp(struct court *court); /* a new one of the first lease */

/* A new copy: of a new execution that the first session has submitted, or only begun, or of what
 * the store has under that number. */
struct copy *court_submit(struct court *court, const char *name, const char *graph,
                          uint64_t number);
struct copy *court_begin(struct court *court, const char *name, const char *graph, uint64_t number,
                         const char *context);
struct copy *court_load(struct court *court, struct dal *store, uint64_t number);

/* The open changeset of a copy goes to the first session. */
enum cloacina_code court_commit(struct court *court, struct copy *copy) MUST_CHECK;

/* One step of a runner that goes well: claims the oldest Ready task; ends that task with what it
 * wrote (NULL: nothing); a command. Each is a commit. */
void court_claim(struct court *court, struct copy *copy);
void court_succeed(struct court *court, struct copy *copy, uint32_t task, const char *sets);
void court_command(struct court *court, struct copy *copy, enum execution_input_type type);

/* A poll of a session for its lease, offering all of the copy's workflow (NULL: nothing), with a
 * beat. */
struct dal_poll_reply court_poll(struct court *court, size_t session, const struct copy *offered,
                                 uint32_t limit);

/* Everything the store tells of an execution, of everything: in the court's arena. */
const char *court_told(struct court *court, struct dal *store, uint64_t number);
const char *court_told_all(struct court *court, struct dal *store);

/* The rows of the copy are those of the store. */
void court_assert_agrees(struct court *court, struct dal *store, const struct copy *copy);

void court_wake(void *user); /* user: the court */

/* The groups of promises; how many tests failed. */
int promises_of_commit(void);
int promises_of_content(void);
int promises_of_poll(void);
int promises_of_lease(void);
int promises_of_history(void);
int promises_of_list(void);
int promises_of_hint(void);
int promises_of_size(void);
int promises_of_memory(void);

#endif
