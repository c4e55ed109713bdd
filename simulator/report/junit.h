/* SPDX-License-Identifier: Apache-2.0 */
/* junit.h - a search as JUnit XML, for continuous integration: one case for every invariant,
 * property and corpus token that was judged (report_add_case), and for every finding that none of
 * them names.
 *
 * The format is the one that Jenkins, GitLab and GitHub's viewers agree on: testsuites, testsuite,
 * testcase, failure, skipped, system-out. */
#ifndef REPORT_JUNIT_H
#define REPORT_JUNIT_H

#include "report/report.h"

/* Appends the document. */
void junit_write(const struct report *report, struct text_builder *builder);

#endif
