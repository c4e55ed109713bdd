/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_replay.h - one token: does it still fail, and what happens? */
#ifndef CLI_SIMULATE_REPLAY_H
#define CLI_SIMULATE_REPLAY_H

#include "simulate/simulate_session.h"

/* Opens what the token names, replays it, tells the story, writes the report. */
enum cloacina_code simulate_replay(struct session *session, struct cloacina_error *err) MUST_CHECK;

#endif
