/* SPDX-License-Identifier: Apache-2.0 */
/* dramas.h - the encounters of sessions that have gone wrong in one system or another. */
#ifndef TESTS_CONTRACT_DRAMAS_H
#define TESTS_CONTRACT_DRAMAS_H

#include "drama.h"

extern const struct drama dramas[];
extern const size_t drama_count;

/* A pause and a claim of the same revision, as two commits: who comes second has lost. */
extern const struct drama drama_two_commits;

/* A submission in many slices, a removal of as many rows; too long to be swept. */
extern const struct drama drama_large_submission;
extern const struct drama drama_large_removal;

#endif
