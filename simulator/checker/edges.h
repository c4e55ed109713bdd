/* SPDX-License-Identifier: Apache-2.0 */
/* edges.h - which edges of the state tables were taken, over many runs.
 *
 * A search that never took an edge has proved nothing about it. The numbers are those of the rows
 * of the tables in execution/state.h. Plain data: sums may be added, and kept in shared memory. */
#ifndef CHECKER_EDGES_H
#define CHECKER_EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum { EDGES_MAX = 64 };

struct edges {
    uint64_t taken[EDGES_MAX];
};

/* How many edges there are (at most EDGES_MAX), and the text of one:
 * "task Running -> Ready by task_retry_scheduled". */
size_t edges_count(void);
void edge_print(size_t edge, struct text_builder *builder);

/* The number of an edge; edges_count() when the table does not have it. */
size_t edge_find(uint8_t event, uint8_t from, uint8_t to);

void edges_add(struct edges *sum, const struct edges *part);

#endif
