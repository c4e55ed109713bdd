/* SPDX-License-Identifier: Apache-2.0 */
/* greeting.h - makes the workflow of greeting.c known to main.c. */
#ifndef GREETING_H
#define GREETING_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(greeting);

#endif
