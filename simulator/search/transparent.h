/* SPDX-License-Identifier: Apache-2.0 */
/* transparent.h - I-20: a store that fails for a moment costs time, and changes nothing else.
 *
 *   a run whose only faults are busy, error, reply-lost, dropped, postpone and hints
 *     --> how did each task end?  ==  and how in the calm run?
 *
 * What bodies drew at random is the same in both: it is theirs, not the store's.
 * Law: a run in which anything else went wrong is not judged. */
#ifndef SEARCH_TRANSPARENT_H
#define SEARCH_TRANSPARENT_H

#include "search/search.h"

/* After a run that came to rest without a finding; makes the calm run when it is needed and not
 * known. `finding` is changed only when a task has ended in another way: "I-20". Errors: those of
 * `prepare`, and NO_MEMORY. */
enum cloacina_code transparent_judge(const struct search_subject *subject,
                                     const struct search_setup *setup, struct cloacina_world *world,
                                     struct search_finding *finding,
                                     struct cloacina_error *err) MUST_CHECK;

#endif
