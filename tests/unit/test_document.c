/* SPDX-License-Identifier: Apache-2.0 */
/* test_document.c - JSON for programs and columns for people. */
#include "support.h"

#include <stdio.h>

#include "cloacinactl/document.h"
#include "cloacinactl/table.h"

/* Where a command writes. */
struct desk {
    struct console console;
    struct command_call call;
    char *output;
    size_t size;
};

static void desk_open(struct desk *desk)
{
    *desk = (struct desk){.output = NULL};
    desk->console.output = open_memstream(&desk->output, &desk->size);
    assert_non_null(desk->console.output);
    desk->call.console = &desk->console;
}

static void desk_close(struct desk *desk)
{
    fclose(desk->console.output);
    free(desk->output);
}

static void fill(struct document *document, struct cloacina_heap *heap)
{
    document_begin(document, heap);
    document_object(document, NULL);
    document_words(document, "name", "a \"quoted\"\nword");
    document_words(document, "nothing", NULL);
    document_array(document, "list");
    document_number(document, NULL, UINT64_MAX);
    document_nanoseconds(document, NULL, -5);
    document_flag(document, NULL, true);
    document_object(document, NULL);
    document_end(document);
    document_end(document);
    document_instant(document, "at", 1700000000000000000);
    document_instant(document, "never", 0);
    document_id(document, "id", (struct id){1, 2});
    document_id(document, "none", (struct id){0, 0});
    document_json(document, "context", TEXT_LITERAL("{\"a\":[1]}"));
    document_text(document, "broken", TEXT_LITERAL("a\xff\x80z"));
    document_end(document);
}

/* Why: programs read it, so every comma and quote counts, and every key is there. */
static void a_document_is_json_with_every_key(void **state)
{
    (void)state;
    struct desk desk;
    struct document document;
    struct cloacina_error err;
    desk_open(&desk);
    fill(&document, NULL);
    assert_int_equal(document_put(&document, &desk.call, &err), CLOACINA_OK);
    fflush(desk.console.output);
    assert_string_equal(desk.output,
                        "{\"name\":\"a \\\"quoted\\\"\\nword\",\"nothing\":null,"
                        "\"list\":[18446744073709551615,-5,true,{}],"
                        "\"at\":\"2023-11-14T22:13:20Z\",\"never\":null,"
                        "\"id\":\"00000000-0000-0001-0000-000000000002\",\"none\":null,"
                        "\"context\":{\"a\":[1]},"
                        "\"broken\":\"a\xef\xbf\xbd\xef\xbf\xbdz\"}\n");
    desk_close(&desk);
}

/* Why: half a document would be taken for a whole one. */
static void without_memory_nothing_is_written(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct desk desk;
        struct document document;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        desk_open(&desk);
        fill(&document, &heap.heap);
        enum cloacina_code code = document_put(&document, &desk.call, &err);
        fflush(desk.console.output);
        assert_int_equal(heap.outstanding, 0);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        assert_int_equal(desk.size == 0, heap.has_failed);
        desk_close(&desk);
        if (!heap.has_failed) {
            break;
        }
    }
}

static void table_fill(struct table *table, struct cloacina_heap *heap)
{
    static const char *const titles[] = {"NAME", "COUNT", "WHY", NULL};
    table_begin(table, heap, titles);
    table_text(table, TEXT_LITERAL("gr\xc3\xbc\xc3\x9f"));
    table_cell(table, "%d", 1234567);
    table_cell(table, "%s", "");
    table_text(table, TEXT_LITERAL("a\x1b[31m\n"));
    table_instant(table, 0);
    table_instant(table, 1700000000999999999);
}

/* Why: people read down the columns; what a body says must not move the cursor. */
static void a_table_has_straight_columns_and_one_line_a_row(void **state)
{
    (void)state;
    struct table table;
    struct text_builder text;
    text_builder_init(&text, NULL);
    table_fill(&table, NULL);
    table_write(&table, &text);
    assert_string_equal(text_builder_terminated(&text),
                        "NAME           COUNT    WHY\n"
                        "gr\xc3\xbc\xc3\x9f           1234567\n"
                        "a\\x1b[31m\\x0a  -        2023-11-14T22:13:20Z\n");
    text_builder_finish(&text);
}

/* Why: a table that lacks cells would be a lie. */
static void a_table_without_memory_fails_its_text(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct table table;
        struct text_builder text;
        failing_heap_init(&heap, n);
        text_builder_init(&text, &heap.heap);
        table_fill(&table, &heap.heap);
        table_write(&table, &text);
        assert_int_equal(text.failed, heap.has_failed);
        text_builder_finish(&text);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

/* Why: seconds are cut, not rounded, on both sides of 1970. */
static void an_instant_is_cut_to_its_second(void **state)
{
    (void)state;
    char text[SECOND_TEXT_SIZE];
    second_print(1700000000999999999, text);
    assert_string_equal(text, "2023-11-14T22:13:20Z");
    second_print(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_document_is_json_with_every_key),
        cmocka_unit_test(without_memory_nothing_is_written),
        cmocka_unit_test(a_table_has_straight_columns_and_one_line_a_row),
        cmocka_unit_test(a_table_without_memory_fails_its_text),
        cmocka_unit_test(an_instant_is_cut_to_its_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
