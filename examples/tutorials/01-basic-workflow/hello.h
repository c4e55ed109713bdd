/* SPDX-License-Identifier: Apache-2.0 */
/* hello.h - makes the workflow of hello.c known to main.c and to its test. */
#ifndef HELLO_H
#define HELLO_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(hello);

#endif
