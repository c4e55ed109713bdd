/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'quarter_report' with four slots; the four sources take different times to answer.
 */
#include "quarter.h"

#include "../../common/story.h"

int main(void)
{
    struct story *story = story_create(&quarter_report);
    story_cost_ms(story, "fetch_sales", 4000);
    story_cost_ms(story, "fetch_refunds", 1500);
    story_cost_ms(story, "fetch_costs", 2500);
    story_cost_ms(story, "fetch_stock", 600);
    story_fail(story, "fetch_costs", 1, "connection reset");
    story_cost_ms(story, "forecast", 12000);
    return story_tell(story, "{\"quarter\":\"2024-1\"}");
}
