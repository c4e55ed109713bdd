/* SPDX-License-Identifier: Apache-2.0 */
/* table.h - columns for people: as wide as what is in them, two spaces between.
 *
 *     static const char *const titles[] = {"ID", "STATUS", NULL};
 *     table_begin(&table, heap, titles);
 *     table_cell(&table, "%s", id); table_cell(&table, "%s", status);      row by row
 *     table_write(&table, builder);
 *
 * A cell is one line whatever is in it: control characters come out as \x0a. */
#ifndef CLOACINACTL_TABLE_H
#define CLOACINACTL_TABLE_H

#include "base/compiler.h"
#include "base/text.h"

enum { TABLE_COLUMNS_MAX = 16 };

/* Owned by the caller; fields private. */
struct table {
    struct text_builder cells; /* each with a NUL behind it */
    size_t widths[TABLE_COLUMNS_MAX];
    unsigned columns;
    unsigned column; /* of the next cell */
};

void table_begin(struct table *table, struct cloacina_heap *heap, const char *const *titles);
void table_cell(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
void table_text(struct table *table, struct text text);
void table_instant(struct table *table, int64_t instant); /* to the second, UTC; 0: "-" */

/* Appends it, titles first, and frees it. Rows are whole. */
void table_write(struct table *table, struct text_builder *ret_text);

/* What came from outside, as one line: control characters as \x0a. */
void plain_append(struct text_builder *builder, struct text text);

/* "2026-01-31T12:00:00Z", cut to the second. */
enum { SECOND_TEXT_SIZE = 40 };
void second_print(int64_t instant, char ret_text[SECOND_TEXT_SIZE]);

#endif
