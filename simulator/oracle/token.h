/* SPDX-License-Identifier: Apache-2.0 */
/* token.h - one run, written down: its world, and its decisions that are not zero.
 *
 *   cl1:shop@9c41,chaos,runners=3,store=memory,run-1/load/2/commit@1=reply-lost
 *   |   |    |    |     |                      |
 *   |   |    |    |     settings name=value    decisions label=choice
 *   |   |    |    fault plan (a name to know it by: the decisions say all)
 *   |   |    first hex digits of the definition's hash (told when it differs, not required)
 *   |   workflow
 *   version
 *
 * Only A-Z a-z 0-9 . _ / : , = @ + - occur, so a token needs no quotes anywhere. Names and values
 * are escaped like those of labels (and ':' too).
 * Law: any token is a legal run. One whose labels no longer occur is one with fewer decisions. */
#ifndef ORACLE_TOKEN_H
#define ORACLE_TOKEN_H

#include "oracle/oracle.h"

enum { TOKEN_BYTES_MAX = 1048576, TOKEN_SETTINGS_MAX = 64, TOKEN_HASH_DIGITS = 4 };

struct token_setting {
    struct text name;
    struct text value;
};

/* Texts and arrays are Borrowed from an arena. */
struct token {
    struct text workflow;
    struct text hash; /* 4 hex digits; empty: not said */
    struct text plan; /* empty: none */
    struct token_setting *settings;
    size_t setting_count;
    struct decision *decisions; /* `at` is 0 */
    size_t decision_count;
};

void token_print(const struct token *token, struct text_builder *builder);

/* INVALID or LIMIT: names the place (byte, from 1) and the reason; NO_MEMORY. Surrounding white
 * space is ignored. */
enum cloacina_code token_parse(struct text text, struct arena *arena, struct token *ret_token,
                               struct cloacina_error *err) MUST_CHECK;

/* The value of a setting, Borrowed; an empty text with .bytes NULL: it is not there. */
struct text token_setting(const struct token *token, const char *name);

/* One decision, "label=choice": also a line of a tape. `at` is 0. INVALID, NO_MEMORY. */
void decision_print(const struct decision *decision, struct text_builder *builder);
enum cloacina_code decision_parse(struct text text, struct arena *arena,
                                  struct decision *ret_decision,
                                  struct cloacina_error *err) MUST_CHECK;

/* A tape: a decision a line, each with its line feed. The list is in the arena. */
enum cloacina_code decisions_parse(struct text tape, struct arena *arena,
                                   struct decision **ret_decisions, size_t *ret_count,
                                   struct cloacina_error *err) MUST_CHECK;

#endif
