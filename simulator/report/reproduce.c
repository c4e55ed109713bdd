/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.c - writes C.
 *
 * Law: whatever the texts hold, they stay inside their comment, string or name. */
#include "report/reproduce.h"

#include <inttypes.h>
#include <string.h>

#include "report/sentence.h"

enum { NAME_LENGTH_MAX = 60, STRING_COLUMNS = 70 };

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_identifier(const char *name)
{
    if (!is_letter(name[0])) {
        return false;
    }
    for (const char *c = name; *c != '\0'; c++) {
        if (!is_letter(*c) && !is_digit(*c)) {
            return false;
        }
    }
    return true;
}

bool reproduce_is_impossible(const struct reproduce *reproduce, struct text_builder *ret_reason)
{
    if (reproduce->workflow != NULL && is_identifier(reproduce->workflow)) {
        return false;
    }
    if (reproduce->workflow != NULL) {
        text_builder_append_terminated(ret_reason, "'");
        line_append(text_of(reproduce->workflow), ret_reason);
        text_builder_append_terminated(ret_reason, "' is no name in C");
    } else {
        line_append(text_of(reproduce->origin != NULL ? reproduce->origin : "the workflow"),
                    ret_reason);
        text_builder_append_terminated(ret_reason, " is not declared in C");
    }
    return true;
}

/* ---- comments ---- */

/* A line of the comment, in which no other comment begins or ends. */
static void comment_line_write(struct text line, const char *indent, struct text_builder *builder)
{
    text_builder_append_terminated(builder, line.length > 0 ? " * " : " *");
    text_builder_append_terminated(builder, line.length > 0 ? indent : "");
    for (size_t i = 0; i < line.length; i++) {
        char before = i == 0 ? ' ' : line.bytes[i - 1];
        bool is_border =
            (before == '*' && line.bytes[i] == '/') || (before == '/' && line.bytes[i] == '*');
        text_builder_append_terminated(builder, is_border ? " " : "");
        line_append((struct text){line.bytes + i, 1}, builder);
    }
    text_builder_append_char(builder, '\n');
}

static void comment_write(const char *lines, const char *indent, struct text_builder *builder)
{
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        comment_line_write((struct text){lines, length}, indent, builder);
        lines += length + (lines[length] == '\n');
    }
}

static void head_write(const struct reproduce *reproduce, struct text_builder *builder)
{
    struct text_builder title;
    text_builder_init(&title, builder->heap);
    finding_title_write(reproduce->finding, &title);
    text_builder_append_terminated(&title, ": ");
    text_builder_append_terminated(&title, finding_message(reproduce->finding));
    text_builder_append_terminated(builder, REPRODUCE_MARK "\n *\n");
    comment_write(text_builder_terminated(&title), "", builder);
    text_builder_append_terminated(builder, " *\n");
    comment_write(reproduce->story, "", builder);
    text_builder_append_terminated(
        builder, " *\n * It fails as long as that happens. Build it with the files of the "
                 "workflow\n * and of its properties:\n"
                 " *     cc THIS.c THOSE.c $(pkg-config --cflags --libs --static "
                 "cloacina-testing) */\n");
    builder->failed = builder->failed || title.failed;
    text_builder_finish(&title);
}

/* ---- strings ---- */

/* Every byte but plain ASCII as three octal digits: more digits may follow. A question mark is
 * escaped because two of them begin a trigraph. */
static void string_char_write(char c, struct text_builder *builder)
{
    if (c == '"' || c == '\\' || c == '?') {
        text_builder_append_char(builder, '\\');
        text_builder_append_char(builder, c);
    } else if (c >= ' ' && c <= '~') {
        text_builder_append_char(builder, c);
    } else {
        text_builder_print(builder, "\\%03o", (unsigned)(unsigned char)c);
    }
}

/* As many literals below each other as it takes, broken behind commas where there are some. */
static void string_write(const char *field, const char *text, struct text_builder *builder)
{
    size_t column = 0;
    text_builder_print(builder, "        .%s = \"", field);
    for (size_t i = 0; text[i] != '\0'; i++, column++) {
        bool is_behind_comma = i > 0 && text[i - 1] == ',';
        if (column >= (is_behind_comma ? STRING_COLUMNS / 2 : STRING_COLUMNS)) {
            text_builder_append_terminated(builder, "\"\n            \"");
            column = 0;
        }
        string_char_write(text[i], builder);
    }
    text_builder_append_terminated(builder, "\",\n");
}

/* ---- the test ---- */

/* "an_order_is_charged_once"; of a promise of the engine, "promise_I_03_is_kept". */
static void name_write(const struct search_finding *finding, struct text_builder *builder)
{
    bool is_property = finding_is_of_property(finding);
    const char *text = is_property ? finding->name : finding->id;
    bool is_gap = true;
    if (!is_property || !is_letter(text[0])) {
        text_builder_append_terminated(builder, is_property ? "property_" : "promise_");
    }
    for (size_t i = 0; text[i] != '\0' && i < NAME_LENGTH_MAX; i++) {
        bool is_plain = is_letter(text[i]) || is_digit(text[i]);
        if (is_plain || !is_gap) {
            text_builder_append_char(builder, is_plain ? text[i] : '_');
        }
        is_gap = !is_plain;
    }
    text_builder_append_terminated(builder, is_property ? "" : "_is_kept");
}

static void test_write(const struct reproduce *reproduce, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "static void ");
    name_write(reproduce->finding, builder);
    text_builder_print(builder,
                       "(void **state)\n"
                       "{\n"
                       "    (void)state;\n"
                       "    cloacina_explore(&(struct cloacina_explore_options){\n"
                       "        .workflow = &%s,\n",
                       reproduce->workflow);
    if (reproduce->context != NULL) {
        string_write("context", reproduce->context, builder);
    }
    text_builder_print(builder, "        .runners = %" PRIu64 ",\n", reproduce->runners);
    if (reproduce->slots > 0) {
        text_builder_print(builder, "        .slots = %" PRIu64 ",\n", reproduce->slots);
    }
    if (reproduce->is_sqlite) {
        text_builder_append_terminated(builder, "        .store = CLOACINA_WORLD_SQLITE,\n");
    }
    string_write("token", reproduce->token, builder);
    text_builder_append_terminated(builder, "    });\n}\n");
}

static void main_write(const struct reproduce *reproduce, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "\nint main(void)\n"
                                            "{\n"
                                            "    const struct CMUnitTest tests[] = {\n"
                                            "        cmocka_unit_test(");
    name_write(reproduce->finding, builder);
    text_builder_append_terminated(builder,
                                   "),\n"
                                   "    };\n"
                                   "    return cmocka_run_group_tests(tests, NULL, NULL);\n"
                                   "}\n");
}

void reproduce_write(const struct reproduce *reproduce, struct text_builder *builder)
{
    head_write(reproduce, builder);
    text_builder_print(builder,
                       "#include <cloacina/testing.h>\n\n"
                       "CLOACINA_WORKFLOW_DECLARE(%s);\n\n",
                       reproduce->workflow);
    test_write(reproduce, builder);
    main_write(reproduce, builder);
}
