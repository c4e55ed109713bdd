/* SPDX-License-Identifier: Apache-2.0 */
/* import.h - makes the workflow of import.c known to main.c and to its test. */
#ifndef IMPORT_H
#define IMPORT_H

#include <cloacina/authoring.h>

enum { IMPORT_PAGES = 5 };

CLOACINA_WORKFLOW_DECLARE(price_import);

#endif
