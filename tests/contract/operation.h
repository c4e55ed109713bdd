/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h - what can be done to a store, as plain numbers: drawn from a seed, printed, read
 * back, shrunk.
 *
 *   submit:0:2:1,poll:1:3:7,input:0:4:0
 *
 * The three numbers mean what trial.c makes of them, always modulo something: every list of
 * operations can be run, and a list stays meaningful when some are taken out. */
#ifndef TESTS_CONTRACT_OPERATION_H
#define TESTS_CONTRACT_OPERATION_H

#include "base/text.h"

enum operation_kind {
    OPERATION_SUBMIT,
    OPERATION_LOAD,
    OPERATION_REFRESH,
    OPERATION_FEED,
    OPERATION_INPUT,
    OPERATION_COMMAND,
    OPERATION_CLAIM,
    OPERATION_GROUP,
    OPERATION_LOCKED,
    OPERATION_AGAIN,
    OPERATION_POLL,
    OPERATION_OPEN,
    OPERATION_CLOSE,
    OPERATION_CLAIMS,
    OPERATION_EVENTS,
    OPERATION_LIST,
    OPERATION_DEFINITION,
    OPERATION_FIND,
    OPERATION_REMOVE,
    OPERATION_REMOVE_ENDED,
    OPERATION_ADVANCE,
    OPERATION_REOPEN
};
enum { OPERATION_KINDS = 22, OPERATION_NUMBERS = 3 };

struct operation {
    enum operation_kind kind;
    uint32_t numbers[OPERATION_NUMBERS];
};

/* A stream of numbers from a seed; the same ones for ever (splitmix64, Steele et al., 2014). */
struct draw {
    uint64_t state;
};
uint64_t draw_number(struct draw *draw);
uint32_t draw_below(struct draw *draw, uint32_t bound);

void operations_draw(uint64_t seed, struct operation *ret_operations, size_t count);
void operations_print(struct text_builder *builder, const struct operation *operations,
                      size_t count);

/* Reads that form; how many, at most `capacity`; SIZE_MAX: it is none. */
size_t operations_read(const char *text, struct operation *ret_operations, size_t capacity);

#endif
