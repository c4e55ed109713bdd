/* SPDX-License-Identifier: Apache-2.0 */
/* explore.h - what the files behind cloacina_explore() share.
 *
 *   explore.c         the search: one token, or sweep and seeds; and the verdict
 *   explore_world.c   what is explored: the world of one seed
 *   isolate.c         a failed assertion in a child process becomes a finding
 *
 * Law: everything is freed before the test is failed: the jump out of it forgets local variables.
 */
#ifndef TESTING_EXPLORE_H
#define TESTING_EXPLORE_H

#include "report/report.h"
#include "search/pool.h"
#include "test.h"

/* What is explored, made of the options. */
struct exploration {
    const struct cloacina_explore_options *options; /* Borrowed */
    struct cloacina_fault_plan *named;              /* Owned: the plan of that name; NULL: none */
    const struct cloacina_fault_plan *plan;         /* Borrowed */
    struct search_subject subject;
    char hash[TOKEN_HASH_DIGITS + 1]; /* of the workflow's definition */
    const struct cloacina_property *properties[CLOACINA_WORLD_PROPERTIES_MAX];
    size_t property_count;
    struct cloacina_property own[2]; /* `always` and `eventually` of the options, with `user` */
    void *state;                     /* of the seed that is run now */
    bool is_set_up;                  /* and has to be torn down */
    struct arena arena;              /* texts and decisions */
    struct report report;
};

/* INVALID says what is wrong with the options or the workflow. On an error there is nothing to
 * close. */
enum cloacina_code exploration_open(struct exploration *exploration,
                                    const struct cloacina_explore_options *options,
                                    struct cloacina_error *err) MUST_CHECK;
void exploration_close(struct exploration *exploration);

/* The world of this exploration as a token has it, without decisions. In the arena; false: no
 * memory. */
bool exploration_token(struct exploration *exploration, struct token *ret_token) MUST_CHECK;

/* The `enter` of a pool: runs the loop inside a cmocka of its own, silently, so that an assertion
 * that fails ends the loop and not the test program. */
bool isolate_enter(void *user, void (*loop)(void *argument), void *argument,
                   struct search_finding *ret_finding);

#endif
