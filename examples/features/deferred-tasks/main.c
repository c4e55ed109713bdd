/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'loan': 26 hours of waiting, told in a moment. */
#include "approval.h"

#include "../../common/story.h"

int main(void)
{
    struct story *story = story_create(&loan);
    story_cost_ms(story, "check_income", 3000);
    story_cost_ms(story, "pay_out", 1500);
    return story_tell(story, "{\"customer\":81}");
}
