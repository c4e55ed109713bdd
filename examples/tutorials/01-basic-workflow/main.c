/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - runs 'hello' once and tells what happened. */
#include "hello.h"

#include "../../common/story.h"

int main(void)
{
    return story_tell(story_create(&hello), "{\"name\":\"Ada\"}");
}
