/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_tell.h - from what was found to everything that the report says about it.
 *
 *   found --shrink, replay, tell (report/investigate.h)--> report_finding --known?--> C test
 *
 * Law: what a report calls a failure is neither known nor forgotten. */
#ifndef CLI_SIMULATE_TELL_H
#define CLI_SIMULATE_TELL_H

#include "simulate/simulate_emit.h"
#include "simulate/simulate_findings.h"
#include "simulate/simulate_known.h"

/* Where a finding goes, beside the report. Borrowed. */
struct telling {
    struct session *session;
    struct known *known; /* all-zero: none */
    struct emit *emit;
    bool is_careful;  /* some run has ended its process, and so may others */
    bool is_as_given; /* the decisions are told as they are, not shrunk */
};

/* Adds one finding to the report. */
enum cloacina_code tell_found(const struct telling *telling, const struct found *found,
                              struct cloacina_error *err) MUST_CHECK;

#endif
