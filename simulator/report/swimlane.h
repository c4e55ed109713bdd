/* SPDX-License-Identifier: Apache-2.0 */
/* swimlane.h - a run as a picture for the terminal.
 *
 *             0 s                                                   1 s
 *   runner-1  [price 1]                                             [charge 2--]
 *   runner-2           [charge 1!--]
 *   broken                                                                    *
 *             [task attempt] a body   ! a fault   * what was broken
 *
 * Time goes from left to right; what comes after something stands to the right of it, also within
 * one instant. Long times are shortened and marked with ~.
 * Law: ASCII, at most SWIMLANE_COLUMNS wide behind the names, and the same for the same run. */
#ifndef REPORT_SWIMLANE_H
#define REPORT_SWIMLANE_H

#include "report/tales.h"
#include "search/search.h"

enum { SWIMLANE_COLUMNS = 72 };

/* Appends the picture, or nothing when there is nothing to draw or more than fits the width.
 * `finding` is Borrowed; NULL: nothing was wrong. */
void swimlane_write(const struct tales *tales, const struct search_finding *finding,
                    struct text_builder *builder);

#endif
