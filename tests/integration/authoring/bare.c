/* SPDX-License-Identifier: Apache-2.0 */
/* bare.c - a shared object that knows the header and declares no workflow. */
#include <cloacina/authoring.h>

CLOACINA_TASK(lonely);
