/* SPDX-License-Identifier: Apache-2.0 */
/* rule_words.h - the words for types and operators in JSON and in messages; private to the files of
 * rule.h. */
#ifndef TASK_RULE_WORDS_H
#define TASK_RULE_WORDS_H

#include "task/rule.h"

/* NULL: there is no such operator. */
const char *rule_operator_name(enum cloacina_rule_operator comparison);
const char *rule_type_name(enum cloacina_rule_type type);

/* False: there is no such word. */
bool rule_operator_find(struct text word, enum cloacina_rule_operator *ret_comparison) MUST_CHECK;
bool rule_type_find(struct text word, enum cloacina_rule_type *ret_type) MUST_CHECK;

#endif
