/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_progress.h - how far the simulation is, as a bar that redraws itself.
 *
 *   [#############.......................]  36 %  seed 36 of 100
 *
 * Drawn ten times a second at most, and not at all while the first tenth is not over: short runs
 * do not flicker. */
#ifndef CLI_SIMULATE_PROGRESS_H
#define CLI_SIMULATE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Owned by the caller; all fields private. */
struct progress {
    FILE *stream;   /* Borrowed; NULL: nothing is drawn */
    uint64_t tasks; /* of one seed */
    uint64_t seeds;
    uint64_t seed; /* how many are done */
    uint64_t done; /* attempts of the present seed that have ended */
    int64_t drawn_at;
    bool is_drawn;
};

/* `stream` NULL: draws nothing. `seeds` 0: nobody knows how many there will be; then their number
 * is drawn in place of the bar. With `at_once` the first picture comes now. */
void progress_begin(struct progress *progress, FILE *stream, uint64_t tasks, uint64_t seeds,
                    bool at_once);
void progress_step(struct progress *progress);                /* an attempt has ended */
void progress_next_seed(struct progress *progress);           /* a seed is done */
void progress_runs(struct progress *progress, uint64_t runs); /* so many seeds are done */
void progress_end(struct progress *progress);                 /* leaves the line, if there is one */

#endif
