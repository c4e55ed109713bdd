/* SPDX-License-Identifier: Apache-2.0 */
/* report_search.h - private: the lines of a summary that only a search has. */
#ifndef REPORT_SEARCH_H
#define REPORT_SEARCH_H

#include "report/report.h"

/* Runs, time, faults, what was reached and what never was; a line each. */
void report_write_search(const struct report *report, struct text_builder *builder);

#endif
