/* SPDX-License-Identifier: Apache-2.0 */
/* similar.h - the name that is nearest to a misspelt one, for "did you mean".
 *
 * Law: the answer does not depend on the order of the candidates: the smallest distance wins, then
 * the smaller name by bytes. */
#ifndef WORKFLOW_SIMILAR_H
#define WORKFLOW_SIMILAR_H

#include <stdint.h>

#include "base/text.h"

enum { SIMILAR_TEXT_SIZE = 96 };

/* Owned by the caller; names are Borrowed. */
struct similar {
    struct text wanted;
    struct text best; /* empty: nothing similar so far */
    size_t distance;
    char text[SIMILAR_TEXT_SIZE];
};

void similar_init(struct similar *similar, struct text wanted);
void similar_offer(struct similar *similar, struct text candidate);

/* "; did you mean 'price'?", or "" when no candidate was similar. Lives in `similar`. */
const char *similar_question(struct similar *similar);

#endif
