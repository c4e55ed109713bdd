/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'price_import' on two runners, and lets the first one die in the middle of page 3.
 */
#include "import.h"

#include "../../common/story.h"

int main(void)
{
    struct story *story =
        story_create_with(&price_import, &(const struct cloacina_world_options){
                                             .runners = 2,
                                             .replay = "run-1/import_pages/1/"
                                                       "effect.warehouse.write@3=crash:10m",
                                         });
    return story_tell(story, "{}");
}
