/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'monthly_bill' on a day on which the meter answers only the third time. */
#include "bill.h"

#include "../../common/story.h"

int main(void)
{
    struct story *story = story_create(&monthly_bill);
    story_cost_ms(story, "read_meter", 900);
    story_fail(story, "read_meter", 1, "no answer from the meter");
    story_fail(story, "read_meter", 2, "no answer from the meter");
    story_cost_ms(story, "send_bill", 250);
    return story_tell(story, "{\"customer\":\"Ada\",\"last_reading\":1200}");
}
