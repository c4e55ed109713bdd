/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - loses one reply of the payment service, and looks at what became of the order. */
#include "shop.h"

#include <stdio.h>

#include "../../common/story.h"

static int lose_the_reply(const struct cloacina_workflow_definition *workflow, const char *replay)
{
    struct story *story =
        story_create_with(workflow, &(const struct cloacina_world_options){.replay = replay});
    return story_tell(story, "{\"order\":7}");
}

int main(void)
{
    int status = lose_the_reply(&shop, "run-1/charge/1/effect.payments.charge@1=reply-lost");
    printf("\n");
    return status | lose_the_reply(&shop_fixed,
                                   "run-1/charge_with_key/1/effect.payments.charge@1=reply-lost");
}
