/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'bank_transfer' once in a calm world, and once with a silent bank. */
#include "transfer.h"

#include <stdio.h>

#include "../../common/story.h"

int main(void)
{
    int status = story_tell(story_create(&bank_transfer), "{\"cents\":10000}");
    printf("\n");
    struct story *silent = story_create(&bank_transfer);
    story_fail(silent, "give_money", 1, "beta does not answer");
    story_fail(silent, "give_money", 2, "beta does not answer");
    story_fail(silent, "give_money", 3, "beta does not answer");
    (void)story_tell(silent, "{\"cents\":10000}"); /* it fails, and the clerk knows */
    return status;
}
