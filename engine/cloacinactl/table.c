/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - cells are kept until all are known, then padded. */
#include "cloacinactl/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

enum { GAP = 2 };

/* In characters; a byte of the form 10xxxxxx goes on with one. */
static size_t width_of(struct text text)
{
    size_t width = 0;
    for (size_t i = 0; i < text.length; i++) {
        width += ((unsigned char)text.bytes[i] & 0xc0) != 0x80;
    }
    return width;
}

void plain_append(struct text_builder *builder, struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c < 0x20 || c == 0x7f) {
            text_builder_print(builder, "\\x%02x", (unsigned)c);
        } else {
            text_builder_append_char(builder, text.bytes[i]);
        }
    }
}

void table_text(struct table *table, struct text text)
{
    size_t start = table->cells.length;
    unsigned column = table->column;
    table->column = (column + 1) % table->columns;
    plain_append(&table->cells, text);
    if (table->cells.failed) {
        return;
    }
    struct text cell = {.bytes = table->cells.bytes + start, .length = table->cells.length - start};
    size_t width = width_of(cell);
    if (width > table->widths[column]) {
        table->widths[column] = width;
    }
    text_builder_append_char(&table->cells, '\0');
}

void table_cell(struct table *table, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    table_text(table, text_of(text));
}

void second_print(int64_t instant, char ret_text[SECOND_TEXT_SIZE])
{
    int64_t within = instant % NANOSECONDS_PER_SECOND;
    instant_print(instant - (within < 0 ? within + NANOSECONDS_PER_SECOND : within), ret_text);
}

void table_instant(struct table *table, int64_t instant)
{
    char text[SECOND_TEXT_SIZE] = "-";
    if (instant != 0) {
        second_print(instant, text);
    }
    table_text(table, text_of(text));
}

void table_begin(struct table *table, struct cloacina_heap *heap, const char *const *titles)
{
    *table = (struct table){.columns = 0};
    text_builder_init(&table->cells, heap);
    while (titles[table->columns] != NULL) {
        table->columns++;
    }
    assert(table->columns > 0 && table->columns <= TABLE_COLUMNS_MAX);
    for (unsigned i = 0; i < table->columns; i++) {
        table_text(table, text_of(titles[i]));
    }
}

static void spaces_append(struct text_builder *builder, size_t count)
{
    while (count-- > 0) {
        text_builder_append_char(builder, ' ');
    }
}

void table_write(struct table *table, struct text_builder *ret_text)
{
    assert(table->column == 0);
    size_t pending = 0; /* spaces that nothing has followed yet */
    unsigned column = 0;
    ret_text->failed = ret_text->failed || table->cells.failed;
    for (size_t at = 0; !ret_text->failed && at < table->cells.length;) {
        struct text cell = text_of(table->cells.bytes + at);
        if (cell.length > 0) {
            spaces_append(ret_text, pending);
            text_builder_append(ret_text, cell);
            pending = 0;
        }
        pending += table->widths[column] + GAP - width_of(cell);
        at += cell.length + 1;
        if (++column == table->columns) {
            text_builder_append_char(ret_text, '\n');
            column = 0;
            pending = 0;
        }
    }
    text_builder_finish(&table->cells);
}
