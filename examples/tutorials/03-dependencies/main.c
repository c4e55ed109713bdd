/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'trip_offer'; the airline is slower than the hotel. */
#include "trip.h"

#include "../../common/story.h"

int main(void)
{
    struct story *story = story_create(&trip_offer);
    story_cost_ms(story, "read_request", 50);
    story_cost_ms(story, "price_flight", 1800);
    story_cost_ms(story, "price_hotel", 700);
    return story_tell(story, "{\"city\":\"Rome\",\"nights\":3}");
}
