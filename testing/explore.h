/* SPDX-License-Identifier: Apache-2.0 */
/* explore.h - what the files behind cloacina_explore() share.
 *
 *   explore.c         the search: sweep and seeds; and the verdict
 *   explore_token.c   one token, written and read
 *   explore_world.c   what is explored: the world of one seed
 *   isolate.c         a failed assertion in a child process becomes a finding
 *
 * Law: everything is freed before the test is failed: the jump out of it forgets local
 * variables. */
#ifndef TESTING_EXPLORE_H
#define TESTING_EXPLORE_H

#include <stdio.h>

#include "report/report.h"
#include "search/isolate.h"
#include "test.h"

struct sweep;

/* The first finding of the search, and how it came about. */
struct found {
    bool is_there;
    uint64_t run;
    struct search_finding finding;
    struct decision *decisions; /* in the exploration's arena */
    size_t count;
    enum cloacina_code code; /* of reading them, and why */
    struct cloacina_error error;
};

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
    struct sweep *sweep;             /* Borrowed; NULL: seeds */
    struct found found;
    FILE *printed;      /* Borrowed: where a child's error output goes; NULL: nobody wants it */
    struct arena arena; /* texts and decisions */
    struct report report;
};

/* INVALID says what is wrong with the options or the workflow. On an error there is nothing to
 * close. */
enum cloacina_code exploration_open(struct exploration *exploration,
                                    const struct cloacina_explore_options *options,
                                    struct cloacina_error *err) MUST_CHECK;
void exploration_close(struct exploration *exploration);

/* Ends what the user's setup began, if it has not been ended: when the world of that seed is gone,
 * whose bodies may still want it, and before a child process is made, which would end it twice. */
void exploration_tear_down(struct exploration *exploration);

/* How the runs of this exploration are isolated. Borrows it. */
struct search_isolation exploration_isolation(struct exploration *exploration);

/* ---- tokens ---- */

/* The world of this exploration as a token has it, without decisions. In the arena; false: no
 * memory. */
bool exploration_token(struct exploration *exploration, struct token *ret_token) MUST_CHECK;

/* Runs one token in this process, so that a debugger can look: that of the options, or else that of
 * the environment, which is passed over when it is of another workflow. A finding goes into the
 * report. INVALID: it is no token, or one of the options that is of another workflow. */
enum cloacina_code explore_token(struct exploration *exploration, const char *environment,
                                 struct cloacina_error *err) MUST_CHECK;

/* ---- child processes ---- */

/* The `enter` of a pool and of an isolation; `user` is the exploration. Runs the loop inside a
 * cmocka of its own, silently, so that an assertion that fails ends the loop and not the test
 * program. */
bool isolate_enter(void *user, void (*loop)(void *argument), void *argument,
                   struct search_finding *ret_finding);

/* Runs the token once more in a child process: the end of what that writes to its error output.
 * Empty: nothing, or it cannot be had. */
enum { LAST_WORDS_SIZE = 2048 };
void isolate_last_words(struct exploration *exploration, const char *token,
                        char ret_words[LAST_WORDS_SIZE]);

#endif
