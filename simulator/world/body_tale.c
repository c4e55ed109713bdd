/* SPDX-License-Identifier: Apache-2.0 */
/* body_tale.c - what a story says about attempts.
 *
 * Law: without a teller nothing is put together. */
#include "world/body.h"

#include <string.h>

#include "world/world.h"

static const struct cloacina_world *world_of(const struct body *body)
{
    return body->actor->world;
}

struct tale body_tale(const struct body *body, enum tale_kind kind)
{
    const struct attempt *attempt = body->attempt;
    return (struct tale){
        .kind = kind,
        .runner = body->actor->number,
        .run = body->run,
        .task = {attempt->task->name, attempt->task->name_length},
        .attempt = attempt->number,
        .attempts_max = attempt->task->retry->attempts_max,
    };
}

void body_tell_start(const struct body *body)
{
    char key[ID_TEXT_SIZE + 1 + CLOACINA_NAME_LENGTH_MAX + 1];
    const struct workflow_task *task = body->attempt->task;
    if (world_of(body)->teller == NULL) {
        return;
    }
    struct tale tale = body_tale(body, TALE_STARTED);
    id_print(body->attempt->execution, key);
    key[ID_TEXT_SIZE - 1] = ':';
    memcpy(key + ID_TEXT_SIZE, task->name, task->name_length + 1);
    tale.text = text_of(key);
    world_tell(world_of(body), tale);
}

void body_tell_return(const struct body *body)
{
    if (UNLIKELY(world_of(body)->teller != NULL)) {
        struct tale tale = body_tale(body, TALE_RETURNED);
        tale.code = body->attempt->outcome.code;
        tale.text = text_of(body->attempt->outcome.message);
        world_tell(world_of(body), tale);
    }
}
