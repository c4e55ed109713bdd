/* SPDX-License-Identifier: Apache-2.0 */
/* twice.h - I-29: the same decisions leave the same trace, wherever memory lies and whatever is in
 * it.
 *
 *   run --> decisions --> run again, memory elsewhere and filled otherwise --> same trace?
 *
 * A body that reads the real clock, an address, a random device or bytes that nobody has written
 * gives itself away. Of what differs first it is said when, and what happened then.
 * Law: both runs are noted alike: a note changes nothing. */
#ifndef SEARCH_TWICE_H
#define SEARCH_TWICE_H

#include "search/search.h"

/* search_run() twice; the second time from the decisions of the first. `setup` is that of the first
 * run, but for the teller, which must be NULL. The outcome is that of the first run, with the
 * finding "I-29" when it had none and the second was another run. */
enum cloacina_code search_twice(const struct search_subject *subject, struct source *source,
                                const struct search_setup *setup,
                                struct search_outcome *ret_outcome,
                                struct cloacina_error *err) MUST_CHECK;

#endif
