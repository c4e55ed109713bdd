/* SPDX-License-Identifier: Apache-2.0 */
/* options.c - reads the command line by a table.
 *
 * Law: whatever is wrong is named together with its reason, and nothing is guessed. */
#include "cloacinactl/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"

enum { HELP_COLUMN = 26 }; /* where the explanations begin */

/* One reading of one command line. */
struct reading {
    const struct option_table *table; /* Borrowed */
    char *const *arguments;           /* Borrowed */
    int count;
    int next;
    uint64_t seen; /* bit i: option i was given */
    bool has_operand;
    char *values; /* Borrowed: the struct to fill */
};

enum cloacina_code count_parse(struct text digits, uint64_t minimum, uint64_t maximum,
                               uint64_t *ret_count, struct cloacina_error *err)
{
    uint64_t count = 0;
    bool is_over = false;
    for (size_t i = 0; i < digits.length; i++) {
        unsigned digit = (unsigned char)digits.bytes[i] - (unsigned)'0';
        if (digit > 9) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is no number",
                                        TEXT_PRINT(digits));
        }
        is_over = is_over || count > (UINT64_MAX - digit) / 10;
        count = count * 10 + digit;
    }
    if (digits.length == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'' is no number");
    }
    if (is_over || count < minimum || count > maximum) {
        return cloacina_error_raise(err, CLOACINA_OUT_OF_RANGE, "'%.*s' is not from %llu to %llu",
                                    TEXT_PRINT(digits), (unsigned long long)minimum,
                                    (unsigned long long)maximum);
    }
    *ret_count = count;
    return CLOACINA_OK;
}

const char *name_similar(struct text wanted, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (text_is_similar(wanted, text_of(names[i]))) {
            return names[i];
        }
    }
    return NULL;
}

/* Writes "auto, always, never". */
static void choices_join(const char *const *choices, char *ret_text, size_t size)
{
    size_t used = 0;
    ret_text[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && used < size; i++) {
        int length = snprintf(ret_text + used, size - used, "%s%s", i == 0 ? "" : ", ", choices[i]);
        used += (size_t)length;
    }
}

static enum cloacina_code choice_parse(const struct option *option, const char *value,
                                       uint64_t *ret_index, struct cloacina_error *err)
{
    for (uint64_t i = 0; option->choices[i] != NULL; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *ret_index = i;
            return CLOACINA_OK;
        }
    }
    char joined[128];
    choices_join(option->choices, joined, sizeof(joined));
    return cloacina_error_raise(err, CLOACINA_INVALID, "'%s' is none of %s", value, joined);
}

static enum cloacina_code duration_store(const struct option *option, const char *value,
                                         int64_t *ret_ns, struct cloacina_error *err)
{
    int64_t duration;
    int64_t maximum = option->maximum == 0 ? INT64_MAX : (int64_t)option->maximum;
    enum cloacina_code code = duration_parse(text_of(value), &duration, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (duration < (int64_t)option->minimum || duration > maximum) {
        char least[DURATION_TEXT_SIZE];
        char most[DURATION_TEXT_SIZE];
        bool is_short = duration < (int64_t)option->minimum;
        duration_print((int64_t)option->minimum, least);
        duration_print(maximum, most);
        return cloacina_error_raise(err, CLOACINA_OUT_OF_RANGE, "'%s' is %s than %s", value,
                                    is_short ? "less" : "more", is_short ? least : most);
    }
    *ret_ns = duration;
    return CLOACINA_OK;
}

static enum cloacina_code texts_add(struct option_texts *texts, const char *value,
                                    struct cloacina_error *err)
{
    if (texts->count == OPTION_TEXTS_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "more than %d of them", OPTION_TEXTS_MAX);
    }
    texts->items[texts->count++] = value;
    return CLOACINA_OK;
}

/* Puts the value into the field of its option. */
static enum cloacina_code value_store(const struct option *option, const char *value, char *values,
                                      struct cloacina_error *err)
{
    void *field = values + option->offset;
    enum cloacina_code code = CLOACINA_OK;
    switch (option->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        break;
    case OPTION_TEXT:
        *(const char **)field = value;
        break;
    case OPTION_COUNT:
        code = count_parse(text_of(value), option->minimum, option->maximum, field, err);
        break;
    case OPTION_CHOICE:
        code = choice_parse(option, value, field, err);
        break;
    case OPTION_TEXTS:
        code = texts_add(field, value, err);
        break;
    case OPTION_DURATION:
        code = duration_store(option, value, field, err);
        break;
    }
    if (code != CLOACINA_OK) {
        (void)cloacina_error_wrap(err, "option '--%s'", option->name);
    }
    return code;
}

/* `argument` without its dashes and without "=VALUE". */
static struct text option_name(const char *argument)
{
    size_t length = strcspn(argument + 2, "=");
    return (struct text){.bytes = argument + 2, .length = length};
}

static enum cloacina_code unknown_option(const struct option_table *table, const char *argument,
                                         struct cloacina_error *err)
{
    size_t length = strcspn(argument, "=");
    const char *names[OPTIONS_MAX];
    for (size_t i = 0; i < table->count; i++) {
        names[i] = table->options[i].name;
    }
    const char *similar =
        argument[1] == '-' ? name_similar(option_name(argument), names, table->count) : NULL;
    return cloacina_error_raise(err, CLOACINA_INVALID, "unknown option '%.*s'%s%s%s", (int)length,
                                argument, similar != NULL ? "; did you mean '--" : "",
                                similar != NULL ? similar : "", similar != NULL ? "'?" : "");
}

/* The index of the option that `argument` names, or the count. */
static size_t option_find(const struct option_table *table, const char *argument)
{
    if (argument[1] != '-') {
        return table->count;
    }
    struct text name = option_name(argument);
    size_t index = 0;
    while (index < table->count && !text_equal(name, text_of(table->options[index].name))) {
        index++;
    }
    return index;
}

/* The value behind "=" or in the next argument; NULL: there is none. */
static const char *value_take(struct reading *reading, const char *argument)
{
    const char *equals = strchr(argument, '=');
    if (equals != NULL) {
        return equals + 1;
    }
    if (reading->next == reading->count ||
        strncmp(reading->arguments[reading->next], "--", 2) == 0) {
        return NULL;
    }
    return reading->arguments[reading->next++];
}

static enum cloacina_code option_read(struct reading *reading, const char *argument,
                                      struct cloacina_error *err)
{
    size_t index = option_find(reading->table, argument);
    if (index == reading->table->count) {
        return unknown_option(reading->table, argument, err);
    }
    const struct option *option = &reading->table->options[index];
    if (reading->seen & UINT64_C(1) << index && option->type != OPTION_TEXTS) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "option '--%s' is given twice",
                                    option->name);
    }
    reading->seen |= UINT64_C(1) << index;
    if (option->type == OPTION_FLAG) {
        return strchr(argument, '=') == NULL
                   ? value_store(option, NULL, reading->values, err)
                   : cloacina_error_raise(err, CLOACINA_INVALID, "option '--%s' takes no value",
                                          option->name);
    }
    const char *value = value_take(reading, argument);
    if (value == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "option '--%s' needs a value: --%s %s",
                                    option->name, option->name, option->value_name);
    }
    return value_store(option, value, reading->values, err);
}

static enum cloacina_code operand_read(struct reading *reading, const char *argument,
                                       struct cloacina_error *err)
{
    const struct option_table *table = reading->table;
    if (table->operand_name == NULL || reading->has_operand) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "unexpected argument '%s'%s%s", argument,
                                    table->operand_name == NULL ? "" : ": there is already a ",
                                    table->operand_name == NULL ? "" : table->operand_name);
    }
    reading->has_operand = true;
    *(const char **)(void *)(reading->values + table->operand_offset) = argument;
    return CLOACINA_OK;
}

/* What must be given was. */
static enum cloacina_code required_check(const struct reading *reading, struct cloacina_error *err)
{
    const struct option_table *table = reading->table;
    if (table->needs_operand && !reading->has_operand) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "the %s is missing",
                                    table->operand_name);
    }
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        if (option->is_required && !(reading->seen & UINT64_C(1) << i)) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "option '--%s' is missing: --%s %s",
                                        option->name, option->name, option->value_name);
        }
    }
    return CLOACINA_OK;
}

enum cloacina_code options_parse(const struct option_table *table, int argc, char *const *argv,
                                 void *values, bool *ret_wants_help, struct cloacina_error *err)
{
    assert(table->count <= OPTIONS_MAX);
    struct reading reading = {.table = table, .arguments = argv, .count = argc, .values = values};
    bool is_option_allowed = true;
    *ret_wants_help = false;
    while (reading.next < reading.count) {
        const char *argument = reading.arguments[reading.next++];
        bool is_option = is_option_allowed && argument[0] == '-' && argument[1] != '\0';
        enum cloacina_code code = CLOACINA_OK;
        if (is_option && (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            *ret_wants_help = true;
            return CLOACINA_OK;
        }
        if (is_option && strcmp(argument, "--") == 0) {
            is_option_allowed = false;
        } else if (is_option) {
            code = option_read(&reading, argument, err);
        } else {
            code = operand_read(&reading, argument, err);
        }
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return required_check(&reading, err);
}

/* The lines of a help text, each at its column. */
static void help_append(struct text_builder *builder, size_t column, const char *help)
{
    while (true) {
        size_t length = strcspn(help, "\n");
        text_builder_print(builder, "%*s%.*s\n", (int)(HELP_COLUMN - column), "", (int)length,
                           help);
        if (help[length] == '\0') {
            return;
        }
        help += length + 1;
        column = 0;
    }
}

void options_describe(const struct option_table *table, struct text_builder *builder)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option *option = &table->options[i];
        size_t start = builder->length;
        text_builder_print(builder, "  --%s%s%s", option->name,
                           option->value_name != NULL ? " " : "",
                           option->value_name != NULL ? option->value_name : "");
        size_t column = builder->length - start;
        if (column + 2 > HELP_COLUMN) {
            text_builder_append_char(builder, '\n');
            column = 0;
        }
        help_append(builder, column, option->help);
    }
    text_builder_print(builder, "  --help%*sthis text\n", HELP_COLUMN - 8, "");
}
