/* SPDX-License-Identifier: Apache-2.0 */
/* label.h - what a question is about, by names that stay when other code changes.
 *
 *   run-1/load/2/commit@1                    the first commit about attempt 2 of task 'load'
 *   run-1/charge/1/effect.payments.charge@1  the first such effect of that attempt
 *   run-1/operator@3                         an execution, the third time
 *   runner-2/run-1/refresh@1                 a runner's call about an execution
 *   runner-2/poll@5                          a runner's call about nobody in particular
 *   world/clock@1                            the store's clock
 *
 * The text consists of A-Z a-z 0-9 . _ / @ + - only; other bytes of names are written as + and two
 * hex digits.
 * Law: two labels have the same key exactly when they have the same text without the number (but
 * for one chance in 2^64). */
#ifndef ORACLE_LABEL_H
#define ORACLE_LABEL_H

#include <cloacina/error.h>

#include "oracle/site.h"

struct label {
    enum site site;
    uint32_t runner;  /* from 1; 0: it does not matter which */
    uint32_t run;     /* the number of the execution in this world, from 1; 0: none */
    uint32_t attempt; /* from 1; without `task` it is not looked at */
    uint32_t number;  /* how often this was asked, from 1; the oracle fills it in */
    struct text task; /* Borrowed; empty: none */
    struct text name; /* Borrowed; of an effect; empty: none */
};

/* 64 bits over everything but the number. */
uint64_t label_key(const struct label *label);

void label_print(const struct label *label, struct text_builder *builder);

/* Reads what label_print writes, and nothing else; names go to the arena. INVALID says what is
 * wrong where; NO_MEMORY. */
enum cloacina_code label_parse(struct text text, struct arena *arena, struct label *ret_label,
                               struct cloacina_error *err) MUST_CHECK;

/* The escaped form of a name, and back. False: not escaped like that, or no memory. */
void name_escape(struct text name, struct text_builder *builder);
bool name_is_escaped(struct text text);
/* Consists of what is never escaped. */
bool name_is_plain(struct text text);
bool name_unescape(struct text escaped, struct arena *arena, struct text *ret_name) MUST_CHECK;

#endif
