/* SPDX-License-Identifier: Apache-2.0 */
/* trip.h - makes the workflow of trip.c, and one task of it, known to main.c and to its test. */
#ifndef TRIP_H
#define TRIP_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(trip_offer);
CLOACINA_TASK_DECLARE(write_offer);

#endif
