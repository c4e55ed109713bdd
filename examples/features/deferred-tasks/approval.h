/* SPDX-License-Identifier: Apache-2.0 */
/* approval.h - makes the workflow of approval.c known to main.c and to its test. */
#ifndef APPROVAL_H
#define APPROVAL_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(loan);

#endif
