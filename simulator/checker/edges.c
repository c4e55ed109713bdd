/* SPDX-License-Identifier: Apache-2.0 */
/* edges.c - the rows of the state table, numbered and counted.
 *
 * Law: the table is read where it stands (execution/state.c); a row that is added there has a
 * number and a text here. */
#include "checker/edges.h"

#include <assert.h>

#include "execution/state.h"

size_t edges_count(void)
{
    size_t count;
    (void)state_edges(&count);
    assert(count <= EDGES_MAX);
    return count;
}

size_t edge_find(uint8_t event, uint8_t from, uint8_t to)
{
    size_t count;
    const struct state_edge *table = state_edges(&count);
    size_t edge = 0;
    while (edge < count &&
           (table[edge].event != event || table[edge].from != from || table[edge].to != to)) {
        edge++;
    }
    return edge;
}

void edge_print(size_t edge, struct text_builder *builder)
{
    size_t count;
    const struct state_edge *row = &state_edges(&count)[edge];
    assert(edge < count);
    enum event_type event = (enum event_type)row->event;
    if (event_is_of_task(event)) {
        text_builder_print(builder, "task %s -> %s by %s",
                           task_status_name((enum task_status)row->from),
                           task_status_name((enum task_status)row->to), event_type_name(event));
    } else {
        text_builder_print(builder, "execution %s -> %s by %s",
                           execution_status_name((enum execution_status)row->from),
                           execution_status_name((enum execution_status)row->to),
                           event_type_name(event));
    }
}

void edges_add(struct edges *sum, const struct edges *part)
{
    for (size_t edge = 0; edge < EDGES_MAX; edge++) {
        sum->taken[edge] += part->taken[edge];
    }
}
