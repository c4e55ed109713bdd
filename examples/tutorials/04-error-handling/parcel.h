/* SPDX-License-Identifier: Apache-2.0 */
/* parcel.h - makes the workflow of parcel.c known to main.c and to its tests. */
#ifndef PARCEL_H
#define PARCEL_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(parcel);

#endif
