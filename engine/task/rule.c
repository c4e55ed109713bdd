/* SPDX-License-Identifier: Apache-2.0 */
/* rule.c - trigger rules: checked, bound to task numbers, evaluated.
 *
 * Law: a rule that was accepted can be evaluated on any input: there are no errors left at run
 * time. Recursion is bounded by RULE_DEPTH_MAX. */
#include "task/rule.h"

#include <string.h>

#include "task/rule_words.h"

/* ---- words ---- */

static const char *const type_names[] = {
    [CLOACINA_RULE_ALWAYS] = "always",
    [CLOACINA_RULE_TASK_SUCCEEDED] = "task_succeeded",
    [CLOACINA_RULE_TASK_FAILED] = "task_failed",
    [CLOACINA_RULE_TASK_SKIPPED] = "task_skipped",
    [CLOACINA_RULE_CONTEXT_VALUE] = "context_value",
    [CLOACINA_RULE_ALL_OF] = "all_of",
    [CLOACINA_RULE_ANY_OF] = "any_of",
    [CLOACINA_RULE_NONE_OF] = "none_of",
};

static const char *const operator_names[] = {
    [CLOACINA_EQUALS] = "equals",
    [CLOACINA_NOT_EQUALS] = "not_equals",
    [CLOACINA_GREATER_THAN] = "greater_than",
    [CLOACINA_LESS_THAN] = "less_than",
    [CLOACINA_CONTAINS] = "contains",
    [CLOACINA_NOT_CONTAINS] = "not_contains",
    [CLOACINA_KEY_EXISTS] = "exists",
    [CLOACINA_KEY_NOT_EXISTS] = "not_exists",
};

const char *rule_operator_name(enum cloacina_rule_operator comparison)
{
    return (size_t)comparison < ARRAY_COUNT(operator_names) ? operator_names[comparison] : NULL;
}

const char *rule_type_name(enum cloacina_rule_type type)
{
    return type_names[type];
}

/* The number of a word in a list that begins with number 1; 0: it is not in it. */
static size_t word_find(struct text word, const char *const *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (text_equal(word, text_of(words[i]))) {
            return i;
        }
    }
    return 0;
}

bool rule_operator_find(struct text word, enum cloacina_rule_operator *ret_comparison)
{
    *ret_comparison =
        (enum cloacina_rule_operator)word_find(word, operator_names, ARRAY_COUNT(operator_names));
    return *ret_comparison != 0;
}

bool rule_type_find(struct text word, enum cloacina_rule_type *ret_type)
{
    *ret_type = (enum cloacina_rule_type)word_find(word, type_names, ARRAY_COUNT(type_names));
    return *ret_type != 0;
}

static bool takes_value(enum cloacina_rule_operator comparison)
{
    return comparison != CLOACINA_KEY_EXISTS && comparison != CLOACINA_KEY_NOT_EXISTS;
}

/* ---- from what the author wrote ---- */

/* What one rule_of carries along. */
struct copying {
    struct arena *arena;
    uint32_t nodes;
};

static enum cloacina_code out_of_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "rule: no memory");
}

static enum cloacina_code too_large(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_LIMIT, "rule: more than %d levels or %d parts",
                                RULE_DEPTH_MAX, RULE_NODES_MAX);
}

static enum cloacina_code name_copy(struct copying *copying, const char *what, const char *name,
                                    size_t length_max, struct text *ret_name,
                                    struct cloacina_error *err)
{
    struct text text = text_of(name);
    if (text.length == 0 || text.length > length_max || !text_is_utf8(text)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "rule: a %s is not 1 to %zu bytes of UTF-8", what, length_max);
    }
    *ret_name = text_copy(copying->arena, text);
    return ret_name->bytes == NULL ? out_of_memory(err) : CLOACINA_OK;
}

static enum cloacina_code value_check(const struct rule *rule, struct cloacina_error *err)
{
    const char *comparison = rule_operator_name(rule->comparison);
    bool is_order =
        rule->comparison == CLOACINA_GREATER_THAN || rule->comparison == CLOACINA_LESS_THAN;
    if (is_order && !value_is_number(rule->value)) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "rule: key '%.*s': '%s' needs a number, not %s",
            TEXT_PRINT(rule->name), comparison, value_type_name(value_type(rule->value)));
    }
    if (value_depth(rule->value) > RULE_VALUE_DEPTH_MAX ||
        value_size(rule->value) > RULE_VALUE_BYTES_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_LIMIT,
            "rule: key '%.*s': the value is deeper than %d or longer than %d bytes",
            TEXT_PRINT(rule->name), RULE_VALUE_DEPTH_MAX, RULE_VALUE_BYTES_MAX);
    }
    return CLOACINA_OK;
}

static enum cloacina_code value_set(struct copying *copying, struct rule *rule, const char *json,
                                    struct cloacina_error *err)
{
    bool wanted = takes_value(rule->comparison);
    if (wanted != (json != NULL)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "rule: key '%.*s': '%s' %s",
                                    TEXT_PRINT(rule->name), rule_operator_name(rule->comparison),
                                    wanted ? "needs a value" : "takes no value");
    }
    if (!wanted) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = value_read(copying->arena, text_of(json), &rule->value, err);
    if (code != CLOACINA_OK) {
        if (err != NULL) {
            (void)cloacina_error_wrap(err, "rule: key '%.*s': value", TEXT_PRINT(rule->name));
        }
        return code;
    }
    return value_check(rule, err);
}

static enum cloacina_code condition_copy(struct copying *copying,
                                         const struct cloacina_rule *source, struct rule *rule,
                                         struct cloacina_error *err)
{
    enum cloacina_code code =
        name_copy(copying, "context key", source->key, RULE_KEY_LENGTH_MAX, &rule->name, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (rule_operator_name(source->comparison) == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "rule: key '%.*s': there is no operator number %u",
                                    TEXT_PRINT(rule->name), (unsigned)source->comparison);
    }
    rule->comparison = source->comparison;
    return value_set(copying, rule, source->value, err);
}

static enum cloacina_code node_copy(struct copying *copying, const struct cloacina_rule *source,
                                    uint32_t depth, struct rule *rule, struct cloacina_error *err);

static enum cloacina_code parts_copy(struct copying *copying, const struct cloacina_rule *source,
                                     uint32_t depth, struct rule *rule, struct cloacina_error *err)
{
    uint32_t count = 0;
    while (source->parts != NULL && source->parts[count] != NULL && count <= RULE_NODES_MAX) {
        count++;
    }
    if (count > RULE_NODES_MAX - copying->nodes) {
        return too_large(err);
    }
    rule->parts = arena_take_zeroed(copying->arena, count, sizeof(*rule->parts));
    rule->part_count = count;
    if (rule->parts == NULL) {
        return out_of_memory(err);
    }
    enum cloacina_code code = CLOACINA_OK;
    for (uint32_t i = 0; i < count && code == CLOACINA_OK; i++) {
        code = node_copy(copying, source->parts[i], depth + 1, &rule->parts[i], err);
    }
    return code;
}

/* `rule` is zeroed. */
static enum cloacina_code node_copy(struct copying *copying, const struct cloacina_rule *source,
                                    uint32_t depth, struct rule *rule, struct cloacina_error *err)
{
    if (depth > RULE_DEPTH_MAX || ++copying->nodes > RULE_NODES_MAX) {
        return too_large(err);
    }
    rule->type = source->type;
    switch (source->type) {
    case CLOACINA_RULE_ALWAYS:
        return CLOACINA_OK;
    case CLOACINA_RULE_TASK_SUCCEEDED:
    case CLOACINA_RULE_TASK_FAILED:
    case CLOACINA_RULE_TASK_SKIPPED:
        return name_copy(copying, "task name", source->task, RULE_TASK_LENGTH_MAX, &rule->name,
                         err);
    case CLOACINA_RULE_CONTEXT_VALUE:
        return condition_copy(copying, source, rule, err);
    case CLOACINA_RULE_ALL_OF:
    case CLOACINA_RULE_ANY_OF:
    case CLOACINA_RULE_NONE_OF:
        return parts_copy(copying, source, depth, rule, err);
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "rule: there is no type number %u",
                                (unsigned)source->type);
}

enum cloacina_code rule_of(const struct cloacina_rule *source, struct arena *arena,
                           struct rule **ret_rule, struct cloacina_error *err)
{
    struct copying copying = {.arena = arena};
    struct rule *rule = arena_take_zeroed(arena, 1, sizeof(*rule));
    if (rule == NULL) {
        return out_of_memory(err);
    }
    enum cloacina_code code = node_copy(&copying, source, 1, rule, err);
    if (code == CLOACINA_OK) {
        *ret_rule = rule;
    }
    return code;
}

/* ---- names and numbers ---- */

static bool names_task(const struct rule *rule)
{
    return rule->type == CLOACINA_RULE_TASK_SUCCEEDED || rule->type == CLOACINA_RULE_TASK_FAILED ||
           rule->type == CLOACINA_RULE_TASK_SKIPPED;
}

enum cloacina_code rule_bind(struct rule *rule, const struct rule_resolver *resolver,
                             struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    if (names_task(rule)) {
        code = resolver->resolve(resolver, rule->name, &rule->task, err);
        if (code != CLOACINA_OK && err != NULL) {
            (void)cloacina_error_wrap(err, "rule");
        }
    }
    for (uint32_t i = 0; i < rule->part_count && code == CLOACINA_OK; i++) {
        code = rule_bind(&rule->parts[i], resolver, err);
    }
    return code;
}

/* Into `copy`, which is a copy of the node itself. */
static bool node_deepen(struct rule *copy, struct arena *arena, const struct rule_names *names)
{
    struct text name = names_task(copy) ? names->task_name(names, copy->task) : copy->name;
    copy->name = text_copy(arena, name);
    if (copy->value != NULL) {
        copy->value = value_copy(arena, copy->value);
        if (copy->value == NULL) {
            return false;
        }
    }
    const struct rule *parts = copy->parts;
    copy->parts = arena_take(arena, copy->part_count * sizeof(*copy->parts));
    if (copy->name.bytes == NULL || copy->parts == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < copy->part_count; i++) {
        copy->parts[i] = parts[i];
        if (!node_deepen(&copy->parts[i], arena, names)) {
            return false;
        }
    }
    return true;
}

struct rule *rule_copy(const struct rule *rule, struct arena *arena, const struct rule_names *names)
{
    struct rule *copy = arena_take(arena, sizeof(*copy));
    if (copy == NULL) {
        return NULL;
    }
    *copy = *rule;
    return node_deepen(copy, arena, names) ? copy : NULL;
}

/* ---- evaluation ---- */

static bool contains_text(struct text whole, struct text part)
{
    for (size_t i = 0; i + part.length <= whole.length; i++) {
        if (part.length == 0 || memcmp(whole.bytes + i, part.bytes, part.length) == 0) {
            return true;
        }
    }
    return false;
}

static bool contains(const struct value *found, const struct value *wanted)
{
    if (found == NULL) {
        return false;
    }
    if (value_type(found) == VALUE_TEXT && value_type(wanted) == VALUE_TEXT) {
        return contains_text(value_as_text(found), value_as_text(wanted));
    }
    for (size_t i = 0; value_type(found) == VALUE_ARRAY && i < value_count(found); i++) {
        if (value_equal(value_item(found, i), wanted)) {
            return true;
        }
    }
    return false;
}

/* `found` is NULL for an absent key. */
static bool compare(const struct value *found, enum cloacina_rule_operator comparison,
                    const struct value *wanted)
{
    bool are_numbers = found != NULL && value_is_number(found);
    switch (comparison) {
    case CLOACINA_EQUALS:
        return found != NULL && value_equal(found, wanted);
    case CLOACINA_NOT_EQUALS:
        return found == NULL || !value_equal(found, wanted);
    case CLOACINA_GREATER_THAN:
        return are_numbers && value_compare_numbers(found, wanted) > 0;
    case CLOACINA_LESS_THAN:
        return are_numbers && value_compare_numbers(found, wanted) < 0;
    case CLOACINA_CONTAINS:
        return contains(found, wanted);
    case CLOACINA_NOT_CONTAINS:
        return !contains(found, wanted);
    case CLOACINA_KEY_EXISTS:
        return found != NULL;
    case CLOACINA_KEY_NOT_EXISTS:
        return found == NULL;
    }
    return false;
}

/* Asks the parts from left to right, no further than the first that answers `wanted`. */
static bool any_part_is(const struct rule *rule, const struct rule_facts *facts, bool wanted)
{
    for (uint32_t i = 0; i < rule->part_count; i++) {
        if (rule_evaluate(&rule->parts[i], facts) == wanted) {
            return true;
        }
    }
    return false;
}

bool rule_evaluate(const struct rule *rule, const struct rule_facts *facts)
{
    switch (rule->type) {
    case CLOACINA_RULE_ALWAYS:
        return true;
    case CLOACINA_RULE_TASK_SUCCEEDED:
        return facts->status(facts->user, rule->task) == RULE_TASK_COMPLETED;
    case CLOACINA_RULE_TASK_FAILED:
        return facts->status(facts->user, rule->task) == RULE_TASK_FAILED;
    case CLOACINA_RULE_TASK_SKIPPED:
        return facts->status(facts->user, rule->task) == RULE_TASK_SKIPPED;
    case CLOACINA_RULE_CONTEXT_VALUE:
        return compare(value_object_get(facts->input, rule->name), rule->comparison, rule->value);
    case CLOACINA_RULE_ALL_OF:
        return !any_part_is(rule, facts, false);
    case CLOACINA_RULE_ANY_OF:
        return any_part_is(rule, facts, true);
    case CLOACINA_RULE_NONE_OF:
        return !any_part_is(rule, facts, true);
    }
    return false;
}

bool rule_uses_context(const struct rule *rule)
{
    if (rule->type == CLOACINA_RULE_CONTEXT_VALUE) {
        return true;
    }
    for (uint32_t i = 0; i < rule->part_count; i++) {
        if (rule_uses_context(&rule->parts[i])) {
            return true;
        }
    }
    return false;
}
