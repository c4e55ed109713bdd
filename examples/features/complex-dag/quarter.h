/* SPDX-License-Identifier: Apache-2.0 */
/* quarter.h - makes the workflow of quarter.c known to main.c and to its test. */
#ifndef QUARTER_H
#define QUARTER_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(quarter_report);

#endif
