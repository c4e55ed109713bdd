/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_emit.h - the C test that reproduces the first failure, as a file.
 *
 * Law: a file that this command has not written is never overwritten. */
#ifndef CLI_SIMULATE_EMIT_H
#define CLI_SIMULATE_EMIT_H

#include "simulate/simulate_session.h"

#define EMIT_PATH_DEFAULT "simulate-failure.c"

/* All-zero: nothing is written. */
struct emit {
    const char *path; /* Borrowed; NULL: nothing is wanted */
    bool is_blocked;  /* somebody else's file is there */
    bool is_done;
};

/* Looks whether the file may be written. INVALID: it was asked for by name, and is somebody
 * else's. */
enum cloacina_code emit_open(const struct session *session, struct emit *ret_emit,
                             struct cloacina_error *err) MUST_CHECK;

/* Writes the test for this finding, if there can be one and none is written yet; notes file or
 * reason in the finding. `runners`, `slots` and `context` are those of its run. */
enum cloacina_code emit_write(struct emit *emit, struct session *session,
                              const struct simulate_options *options, const char *context,
                              struct report_finding *finding,
                              struct cloacina_error *err) MUST_CHECK;

#endif
