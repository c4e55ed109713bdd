/* SPDX-License-Identifier: Apache-2.0 */
/* test_context_docs.c - the tables of docs/contexts.md are true.
 *
 * A row of the table of deltas has three cells with one piece of `code` each: given, left, delta. A
 * row of the table of examples has four: a name, the initial context, tasks in definition order as
 * `name after dependency, dependency: delta`, and what the last task is given. */
#include "support.h"

#include <stdio.h>

#include "context/view.h"

#ifndef SOURCE_ROOT
#error "SOURCE_ROOT says where the documents are"
#endif

enum { PAGE_SIZE_MAX = 65536, CELLS = 4, CODES_MAX = 8, TASKS_MAX = 8 };

static char page[PAGE_SIZE_MAX];
static struct arena arena;

static int page_read(void **state)
{
    (void)state;
    FILE *file = fopen(SOURCE_ROOT "/docs/contexts.md", "rb");
    assert_non_null(file);
    size_t length = fread(page, 1, sizeof(page) - 1, file);
    assert_in_range(length, 1, sizeof(page) - 2);
    page[length] = '\0';
    assert_int_equal(fclose(file), 0);
    arena_init(&arena, NULL);
    return 0;
}

static int page_forget(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

/* ---- the page ---- */

/* Takes what stands before the first `separator` off the front of a text, all of it if there is
 * none; false when the text is empty. */
static bool part_take(struct text *text, const char *separator, struct text *ret_part)
{
    size_t length = strlen(separator);
    if (text->length == 0) {
        return false;
    }
    size_t end = 0;
    while (end + length <= text->length && memcmp(text->bytes + end, separator, length) != 0) {
        end++;
    }
    bool is_found = end + length <= text->length;
    end = is_found ? end : text->length;
    *ret_part = (struct text){text->bytes, end};
    end += is_found ? length : 0;
    *text = (struct text){text->bytes + end, text->length - end};
    return true;
}

/* The cells of a row that begins at `row`; how many there are. */
static size_t cells_of(struct text row, struct text *ret_cells)
{
    struct text cell;
    size_t count = 0;
    assert_true(part_take(&row, "|", &cell));
    while (part_take(&row, "|", &cell)) {
        assert_true(count < CELLS);
        ret_cells[count++] = cell;
    }
    return count;
}

/* The pieces of `code` in a cell. */
static size_t codes_of(struct text cell, struct text *ret_codes)
{
    struct text part;
    size_t count = 0;
    while (part_take(&cell, "`", &part) && part_take(&cell, "`", &part)) {
        assert_true(count < CODES_MAX);
        ret_codes[count++] = part;
    }
    return count;
}

static struct text code_of(struct text cell)
{
    struct text codes[CODES_MAX];
    assert_int_equal(codes_of(cell, codes), 1);
    return codes[0];
}

/* Calls `judge` with each row of the table whose heading is `heading`; how many there were. */
static size_t rows_judge(const char *heading, size_t cell_count,
                         void (*judge)(const struct text *cells))
{
    const char *table = strstr(page, heading);
    assert_non_null(table);
    struct text rest = text_of(table);
    struct text line;
    size_t count = 0;
    assert_true(part_take(&rest, "\n", &line) && part_take(&rest, "\n", &line)); /* |---| */
    while (part_take(&rest, "\n", &line) && line.length > 0) {
        struct text cells[CELLS];
        assert_int_equal(cells_of(line, cells), cell_count);
        judge(cells);
        count++;
    }
    return count;
}

/* ---- what it says ---- */

static const struct value *value_of(struct text json)
{
    const struct value *value = NULL;
    struct cloacina_error err;
    if (value_read(&arena, json, &value, &err) != CLOACINA_OK) {
        fail_msg("%.*s: %s", TEXT_PRINT(json), err.message);
    }
    return value;
}

static const struct delta *delta_of(struct text json)
{
    const struct delta *delta = NULL;
    struct cloacina_error err;
    if (delta_read(&arena, json, &delta, &err) != CLOACINA_OK) {
        fail_msg("%.*s: %s", TEXT_PRINT(json), err.message);
    }
    return delta;
}

static void assert_text(const struct text_builder *found, struct text wanted, struct text where)
{
    if (!text_equal(text_builder_text(found), wanted)) {
        fail_msg("%.*s: the page says %.*s, the engine %s", TEXT_PRINT(where), TEXT_PRINT(wanted),
                 text_builder_terminated(found));
    }
}

static void delta_judge(const struct text *cells)
{
    const struct delta *delta = NULL;
    struct text_builder found;
    text_builder_init(&found, NULL);
    assert_int_equal(delta_compute(&arena, value_of(code_of(cells[0])), value_of(code_of(cells[1])),
                                   &delta, NULL),
                     CLOACINA_OK);
    delta_write(&found, delta);
    assert_text(&found, code_of(cells[2]), code_of(cells[0]));
    text_builder_finish(&found);
}

struct example {
    struct text names[TASKS_MAX];
    uint32_t last_dependencies[TASKS_MAX]; /* 1 + the number of the last one; 0: none */
    const struct view *outputs[TASKS_MAX];
    uint32_t count;
    const struct view *input; /* of the newest task */
};

static uint32_t task_find(const struct example *example, struct text name)
{
    for (uint32_t i = 0; i < example->count; i++) {
        if (text_equal(example->names[i], name)) {
            return i;
        }
    }
    fail_msg("no task '%.*s' above", TEXT_PRINT(name));
    return 0;
}

/* No task stands before one with a smaller name that could have come in its place. */
static void assert_definition_order(const struct example *example)
{
    for (uint32_t i = 1; i < example->count; i++) {
        for (uint32_t k = example->last_dependencies[i]; k < i; k++) {
            if (text_compare(example->names[k], example->names[i]) > 0) {
                fail_msg("'%.*s' comes before '%.*s'", TEXT_PRINT(example->names[i]),
                         TEXT_PRINT(example->names[k]));
            }
        }
    }
}

/* "name after dependency, dependency: delta" */
static void task_run(struct example *example, const struct view *initial, struct text code)
{
    struct text head;
    struct text name;
    struct text dependency;
    const struct view *inputs[TASKS_MAX] = {initial};
    size_t count = 0;
    assert_true(part_take(&code, ": ", &head));
    assert_true(part_take(&head, " after ", &name));
    uint32_t last = 0;
    while (part_take(&head, ", ", &dependency)) {
        uint32_t task = task_find(example, dependency);
        inputs[count++] = example->outputs[task];
        last = task + 1 > last ? task + 1 : last;
    }
    example->input = view_unite(&arena, inputs, count == 0 ? 1 : count);
    assert_non_null(example->input);
    const struct delta *delta = code.length == 0 ? NULL : delta_of(code);
    assert_true(example->count < TASKS_MAX);
    example->names[example->count] = name;
    example->last_dependencies[example->count] = last;
    example->outputs[example->count] = view_after(&arena, example->input, example->count, delta);
    assert_non_null(example->outputs[example->count]);
    example->count++;
}

static void example_judge(const struct text *cells)
{
    struct example example = {.count = 0};
    struct text codes[CODES_MAX];
    struct text_builder found;
    const struct view *initial = view_initial(&arena, value_of(code_of(cells[1])));
    size_t count = codes_of(cells[2], codes);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        task_run(&example, initial, codes[i]);
    }
    assert_definition_order(&example);
    text_builder_init(&found, NULL);
    const struct value *value = view_value(&arena, example.input);
    assert_non_null(value);
    value_write(&found, value);
    assert_text(&found, code_of(cells[3]), cells[0]);
    text_builder_finish(&found);
}

/* ---- tests ---- */

/* The form of a delta is shown once. */
static void the_delta_of_the_page_is_right(void **state)
{
    (void)state;
    assert_int_equal(rows_judge("| given | left | delta |", 3, delta_judge), 1);
}

/* Whoever plans with this table must be able to rely on it. */
static void the_examples_of_the_page_are_right(void **state)
{
    (void)state;
    size_t count =
        rows_judge("| case | initial context | tasks | the last task gets |", 4, example_judge);
    assert_in_range(count, 25, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delta_of_the_page_is_right),
        cmocka_unit_test(the_examples_of_the_page_are_right),
    };
    return cmocka_run_group_tests(tests, page_read, page_forget);
}
