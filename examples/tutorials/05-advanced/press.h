/* SPDX-License-Identifier: Apache-2.0 */
/* press.h - the workflows of press.c, and the editor whom one of them waits for. */
#ifndef PRESS_H
#define PRESS_H

#include <stdbool.h>

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(draft);
CLOACINA_WORKFLOW_DECLARE(publish);

/* The editor puts the pen down on the next text, or lifts it again. Any thread may call it. */
void editor_sign(bool has_signed);

#endif
