/* SPDX-License-Identifier: Apache-2.0 */
/* replay.h - the decisions that somebody wrote down for a world.
 *
 *   "cl1:shop,run-1/charge/1/body@1=fail"   a token: its decisions; its world is not looked at
 *   "run-1/charge/1/body@1=fail,..."        decisions alone
 *
 * Law: a decision that never comes up is told, not forgotten. */
#ifndef WORLD_REPLAY_H
#define WORLD_REPLAY_H

#include "oracle/sources.h"
#include "oracle/token.h"

/* Owned by the caller; all-zero is none. */
struct replay {
    struct arena arena;
    struct token token;
    struct source_replay source; /* `.heap` NULL: there is none */
};

/* Errors name the place in the text: "replay: ...". On an error there is nothing to finish. */
enum cloacina_code replay_init(struct replay *replay, struct cloacina_heap *heap, const char *text,
                               struct cloacina_error *err) MUST_CHECK;
void replay_finish(struct replay *replay);

/* Writes about the first decision that the oracle has not been asked for; false: there is none. */
bool replay_unused(const struct replay *replay, const struct oracle *oracle, char *ret_message,
                   size_t size);

#endif
