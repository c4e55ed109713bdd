/* SPDX-License-Identifier: Apache-2.0 */
/* control_none.c - there is no PostgreSQL in this build.
 *
 * Law: nothing here is reached; who gets here all the same fails. */
#include "control.h"

#include "support.h"

struct control *control_open(const char *url)
{
    fail_msg("this build has no PostgreSQL for %s", url);
    return NULL;
}

void control_close(struct control *control)
{
    (void)control;
}

void control_run(struct control *control, const char *statements)
{
    (void)control;
    fail_msg("this build has no PostgreSQL for %s", statements);
}

bool control_is_waiting(struct control *control, const char *application)
{
    (void)control;
    (void)application;
    return false;
}

bool control_is_possible(void)
{
    return false;
}
