/* SPDX-License-Identifier: Apache-2.0 */
/* similar.c - the nearest name.
 *
 * Law: a suggestion is made only when it is probably right: base/text.h says how near that is. */
#include "workflow/similar.h"

#include <stdio.h>

void similar_init(struct similar *similar, struct text wanted)
{
    *similar = (struct similar){.wanted = wanted, .distance = SIZE_MAX};
}

void similar_offer(struct similar *similar, struct text candidate)
{
    if (!text_is_similar(similar->wanted, candidate)) {
        return;
    }
    size_t distance = text_distance(similar->wanted, candidate);
    if (distance < similar->distance ||
        (distance == similar->distance && text_compare(candidate, similar->best) < 0)) {
        similar->best = candidate;
        similar->distance = distance;
    }
}

const char *similar_question(struct similar *similar)
{
    similar->text[0] = '\0';
    if (similar->best.length > 0) {
        (void)snprintf(similar->text, sizeof(similar->text), "; did you mean '%.*s'?",
                       TEXT_PRINT(similar->best));
    }
    return similar->text;
}
