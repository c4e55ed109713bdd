/* SPDX-License-Identifier: Apache-2.0 */
/* story.h - a run in English, for somebody who does not know the engine.
 *
 *  0.000 s  run 1 of 'shop' submitted; 'price' completed on runner-1
 *  0.000 s  runner-2 starts 'charge', attempt 1 of 3, key 1f3a; payments.charge applied, REPLY LOST
 *  0.000 s  'charge' failed: reply lost; retry at 1.000 s
 *  1.000 s  runner-1 starts 'charge', attempt 2 of 3, key 1f3a; payments.charge applied again
 *  1.000 s  BROKEN  always "one order is charged once": one order was charged twice
 *
 * Told are faults, deaths, and all about the tasks that matter: those that the finding names, that
 * were tried twice, that a fault has met. Of the others only how they ended is said, many at once.
 * Laws: every tale is judged by the same table of sentences; what went wrong is in CAPITALS. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/tales.h"
#include "search/search.h"

/* What a reader reads; of longer stories the middle is cut. */
enum { STORY_LINES_MAX = 20, STORY_COLUMNS = 100 };

struct story_options {
    const struct search_finding *finding; /* Borrowed; NULL: nothing was wrong */
    bool is_whole;                        /* every line, and every task: `--story all` */
};

/* Appends the lines, each with its line feed. */
void story_write(const struct tales *tales, const struct story_options *options,
                 struct text_builder *builder);

#endif
