/* SPDX-License-Identifier: Apache-2.0 */
/* versions.c - one workflow in two versions: the second has a task more. Built with VERSION 1 and 2.
 *
 *   version 1   gather -> pack
 *   version 2   gather -> pack -> ship
 *
 * Each task says under "<task>_by" which version's body did the work. */
#include <cloacina/authoring.h>

#include <stdio.h>

#define TEXT_OF(number) TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(number) #number

static enum cloacina_code sign_body(struct cloacina_task *task, struct cloacina_error *err)
{
    char key[64];
    (void)snprintf(key, sizeof(key), "%s_by", cloacina_task_name(task));
    return cloacina_context_set_int64(cloacina_task_context(task), key, VERSION, err);
}

CLOACINA_TASK(gather, .body = sign_body, .revision = TEXT_OF(VERSION));
CLOACINA_TASK(pack, .body = sign_body, .dependencies = CLOACINA_TASKS(&gather),
              .revision = TEXT_OF(VERSION));
#if VERSION == 1
CLOACINA_WORKFLOW(evolving, .tasks = CLOACINA_TASKS(&gather, &pack));
#else
CLOACINA_TASK(ship, .body = sign_body, .dependencies = CLOACINA_TASKS(&pack),
              .revision = TEXT_OF(VERSION));
CLOACINA_WORKFLOW(evolving, .tasks = CLOACINA_TASKS(&gather, &pack, &ship));
#endif
