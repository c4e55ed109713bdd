/* SPDX-License-Identifier: Apache-2.0 */
/* model_rule.c - a task's own rule, as the authors of tasks are told.
 *
 * Law: every part is asked, whatever the others said: a rule has no effects, so that changes
 * nothing. The depth of rules is bounded where they are built. */
#include "checker/model.h"

#include <string.h>

static bool text_is_inside(struct text whole, struct text part)
{
    bool is_inside = part.length == 0;
    for (size_t i = 0; !is_inside && i + part.length <= whole.length; i++) {
        is_inside = memcmp(whole.bytes + i, part.bytes, part.length) == 0;
    }
    return is_inside;
}

static bool contains(const struct value *found, const struct value *wanted)
{
    bool does = false;
    if (value_type(found) == VALUE_TEXT) {
        return value_type(wanted) == VALUE_TEXT &&
               text_is_inside(value_as_text(found), value_as_text(wanted));
    }
    for (size_t i = 0; value_type(found) == VALUE_ARRAY && i < value_count(found); i++) {
        does |= value_equal(value_item(found, i), wanted);
    }
    return does;
}

/* The first of the members with that key; the model does not trust their order. */
static const struct value *member(const struct value *object, struct text key)
{
    const struct value_member *members = value_members(object);
    for (size_t i = 0; i < value_count(object); i++) {
        if (text_equal(members[i].key, key)) {
            return members[i].value;
        }
    }
    return NULL;
}

/* <0, 0, >0; 0 also when one of them is no number. */
static int order_of(const struct value *found, const struct value *wanted)
{
    return value_is_number(found) && value_is_number(wanted) ? value_compare_numbers(found, wanted)
                                                             : 0;
}

/* `found` NULL: the key is absent. An absent key equals, contains and exceeds nothing. */
static bool condition_holds(const struct rule *rule, const struct value *found)
{
    const struct value *wanted = rule->value;
    switch (rule->comparison) {
    case CLOACINA_KEY_EXISTS:
        return found != NULL;
    case CLOACINA_KEY_NOT_EXISTS:
        return found == NULL;
    case CLOACINA_EQUALS:
        return found != NULL && value_equal(found, wanted);
    case CLOACINA_NOT_EQUALS:
        return found == NULL || !value_equal(found, wanted);
    case CLOACINA_GREATER_THAN:
        return found != NULL && order_of(found, wanted) > 0;
    case CLOACINA_LESS_THAN:
        return found != NULL && order_of(found, wanted) < 0;
    case CLOACINA_CONTAINS:
        return found != NULL && contains(found, wanted);
    case CLOACINA_NOT_CONTAINS:
        return found == NULL || !contains(found, wanted);
    }
    return false;
}

static uint32_t parts_that_hold(const struct rule *rule, const struct model_facts *facts)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < rule->part_count; i++) {
        count += model_rule_holds(&rule->parts[i], facts);
    }
    return count;
}

bool model_rule_holds(const struct rule *rule, const struct model_facts *facts)
{
    switch (rule->type) {
    case CLOACINA_RULE_ALWAYS:
        return true;
    case CLOACINA_RULE_TASK_SUCCEEDED:
        return facts->status(facts->user, rule->task) == TASK_COMPLETED;
    case CLOACINA_RULE_TASK_FAILED:
        return facts->status(facts->user, rule->task) == TASK_FAILED;
    case CLOACINA_RULE_TASK_SKIPPED:
        return facts->status(facts->user, rule->task) == TASK_SKIPPED;
    case CLOACINA_RULE_CONTEXT_VALUE:
        return condition_holds(rule, member(facts->input, rule->name));
    case CLOACINA_RULE_ALL_OF:
        return parts_that_hold(rule, facts) == rule->part_count;
    case CLOACINA_RULE_ANY_OF:
        return parts_that_hold(rule, facts) > 0;
    case CLOACINA_RULE_NONE_OF:
        return parts_that_hold(rule, facts) == 0;
    }
    return false;
}

bool model_rule_reads(const struct rule *rule)
{
    bool reads = rule->type == CLOACINA_RULE_CONTEXT_VALUE;
    for (uint32_t i = 0; i < rule->part_count; i++) {
        reads |= model_rule_reads(&rule->parts[i]);
    }
    return reads;
}
