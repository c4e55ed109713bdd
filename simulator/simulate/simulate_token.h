/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_token.h - the world of this command as settings of a token, and back.
 *
 *     generate=chain+3A3 | file=a.json | library=shop.so   where the workflow comes from
 *     upgrade-from=old.so                                  what its runners begin with
 *     runners=3  slots=1  context=+7B+7D                   where they are not the default
 *     checkers=off  twice=yes  store=memory
 *     seed=17                                              of the run, where the workflow has one
 *
 * Law: a token needs nothing else to be replayed, and a setting that nobody knows is refused. */
#ifndef CLI_SIMULATE_TOKEN_H
#define CLI_SIMULATE_TOKEN_H

#include "oracle/token.h"
#include "simulate/simulate_source.h"

/* What a token says about its world, beside its options. */
struct simulate_token {
    struct simulate_options options; /* texts are Borrowed from the token, or its arena */
    uint64_t seed;
    bool has_seed;
    bool is_twice;
};

/* Without decisions. Texts are Borrowed from the arguments or in the arena; false: no memory. */
bool simulate_token_make(struct arena *arena, const struct simulate_source *source,
                         const struct simulate_token *said, const char *context, const char *plan,
                         struct token *ret_token) MUST_CHECK;

/* `defaults` is what holds where the token says nothing. INVALID, OUT_OF_RANGE: names the
 * setting. */
enum cloacina_code simulate_token_read(const struct token *token,
                                       const struct simulate_options *defaults,
                                       struct simulate_token *ret_said,
                                       struct cloacina_error *err) MUST_CHECK;

/* From a file's text, or from the command line: the first line that is not a comment. Borrowed. */
struct text simulate_token_line(struct text content);

/* Whether the token was made for another version of the workflow, which is no error. */
bool simulate_token_is_of_other_version(const struct token *token,
                                        const struct simulate_source *source);

#endif
