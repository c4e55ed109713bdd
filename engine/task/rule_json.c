/* SPDX-License-Identifier: Apache-2.0 */
/* rule_json.c - rules as they stand in a stored definition.
 *
 * Law: reading gives what an author could have written, so that one set of checks (rule_of) serves
 * both. */
#include "task/rule.h"

#include "context/json.h"
#include "task/rule_words.h"

/* ---- writing ---- */

static void condition_write(struct text_builder *builder, const struct rule *rule)
{
    text_builder_append_terminated(builder, "{\"key\":");
    json_write_text(builder, rule->name);
    text_builder_append_terminated(builder, ",\"operator\":");
    json_write_text(builder, text_of(rule_operator_name(rule->comparison)));
    text_builder_append_terminated(builder, ",\"rule\":\"context_value\"");
    if (rule->value != NULL) {
        text_builder_append_terminated(builder, ",\"value\":");
        value_write(builder, rule->value);
    }
    text_builder_append_char(builder, '}');
}

static void parts_write(struct text_builder *builder, const struct rule *rule,
                        const struct rule_names *names)
{
    text_builder_append_terminated(builder, "{\"parts\":[");
    for (uint32_t i = 0; i < rule->part_count; i++) {
        text_builder_append_terminated(builder, i == 0 ? "" : ",");
        rule_write(builder, &rule->parts[i], names);
    }
    text_builder_append_terminated(builder, "],\"rule\":");
    json_write_text(builder, text_of(rule_type_name(rule->type)));
    text_builder_append_char(builder, '}');
}

void rule_write(struct text_builder *builder, const struct rule *rule,
                const struct rule_names *names)
{
    switch (rule->type) {
    case CLOACINA_RULE_ALWAYS:
        text_builder_append_terminated(builder, "{\"rule\":\"always\"}");
        break;
    case CLOACINA_RULE_TASK_SUCCEEDED:
    case CLOACINA_RULE_TASK_FAILED:
    case CLOACINA_RULE_TASK_SKIPPED:
        text_builder_append_terminated(builder, "{\"rule\":");
        json_write_text(builder, text_of(rule_type_name(rule->type)));
        text_builder_append_terminated(builder, ",\"task\":");
        json_write_text(builder, names->task_name(names, rule->task));
        text_builder_append_char(builder, '}');
        break;
    case CLOACINA_RULE_CONTEXT_VALUE:
        condition_write(builder, rule);
        break;
    case CLOACINA_RULE_ALL_OF:
    case CLOACINA_RULE_ANY_OF:
    case CLOACINA_RULE_NONE_OF:
        parts_write(builder, rule, names);
        break;
    }
}

/* ---- reading ---- */

static enum cloacina_code out_of_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "rule: no memory");
}

/* The next string, terminated, in the arena. */
static enum cloacina_code string_read(struct json_reader *reader, struct arena *arena,
                                      const char **ret_text, struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    if (code == CLOACINA_OK) {
        *ret_text = text_copy(arena, token.text).bytes;
        code = *ret_text == NULL ? out_of_memory(err) : CLOACINA_OK;
    }
    return code;
}

static enum cloacina_code type_read(struct json_reader *reader, struct cloacina_rule *rule,
                                    struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    if (code == CLOACINA_OK && !rule_type_find(token.text, &rule->type)) {
        code = json_raise(reader, token.offset, err, CLOACINA_INVALID, "there is no rule '%.*s'",
                          TEXT_PRINT(token.text));
    }
    return code;
}

static enum cloacina_code operator_read(struct json_reader *reader, struct cloacina_rule *rule,
                                        struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    if (code == CLOACINA_OK && !rule_operator_find(token.text, &rule->comparison)) {
        code = json_raise(reader, token.offset, err, CLOACINA_INVALID,
                          "there is no operator '%.*s'", TEXT_PRINT(token.text));
    }
    return code;
}

/* Back to the text that an author would have written. */
static enum cloacina_code value_text_read(struct json_reader *reader, struct arena *arena,
                                          const char **ret_json, struct cloacina_error *err)
{
    const struct value *value;
    enum cloacina_code code = value_read_next(reader, arena, &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct text_builder builder;
    text_builder_init(&builder, arena->heap);
    value_write(&builder, value);
    *ret_json = builder.failed ? NULL : text_copy(arena, text_builder_text(&builder)).bytes;
    text_builder_finish(&builder);
    return *ret_json == NULL ? out_of_memory(err) : CLOACINA_OK;
}

/* `ahead` is a copy of a reader that stands before an array: how many items has it? */
static enum cloacina_code items_count(struct json_reader ahead, size_t *ret_count,
                                      struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(&ahead, JSON_ARRAY_BEGIN, &token, err);
    for (*ret_count = 0; code == CLOACINA_OK; (*ret_count)++) {
        code = json_next(&ahead, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_ARRAY_END) {
            break;
        }
        code = json_skip_rest(&ahead, &token, err);
    }
    return code;
}

static enum cloacina_code parts_read(struct json_reader *reader, struct arena *arena,
                                     struct cloacina_rule *rule, struct cloacina_error *err)
{
    size_t count;
    struct json_token token;
    enum cloacina_code code = items_count(*reader, &count, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    const struct cloacina_rule **parts = arena_take_zeroed(arena, count + 1, sizeof(*parts));
    if (parts == NULL) {
        return out_of_memory(err);
    }
    code = json_expect(reader, JSON_ARRAY_BEGIN, &token, err);
    for (size_t i = 0; i < count && code == CLOACINA_OK; i++) {
        code = rule_read(reader, arena, &parts[i], err);
    }
    if (code == CLOACINA_OK) {
        code = json_expect(reader, JSON_ARRAY_END, &token, err);
    }
    rule->parts = parts;
    return code;
}

static enum cloacina_code field_read(struct json_reader *reader, const struct json_token *key,
                                     struct arena *arena, struct cloacina_rule *rule,
                                     struct cloacina_error *err)
{
    if (text_equal(key->text, TEXT_LITERAL("rule"))) {
        return type_read(reader, rule, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("task"))) {
        return string_read(reader, arena, &rule->task, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("key"))) {
        return string_read(reader, arena, &rule->key, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("operator"))) {
        return operator_read(reader, rule, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("value"))) {
        return value_text_read(reader, arena, &rule->value, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("parts"))) {
        return parts_read(reader, arena, rule, err);
    }
    return json_raise(reader, key->offset, err, CLOACINA_INVALID, "a rule has no '%.*s'",
                      TEXT_PRINT(key->text));
}

enum cloacina_code rule_read(struct json_reader *reader, struct arena *arena,
                             const struct cloacina_rule **ret_rule, struct cloacina_error *err)
{
    struct json_token token;
    struct cloacina_rule *rule = arena_take_zeroed(arena, 1, sizeof(*rule));
    if (rule == NULL) {
        return out_of_memory(err);
    }
    enum cloacina_code code = json_expect(reader, JSON_OBJECT_BEGIN, &token, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_OBJECT_END) {
            break;
        }
        code = field_read(reader, &token, arena, rule, err);
    }
    *ret_rule = rule;
    return code;
}
