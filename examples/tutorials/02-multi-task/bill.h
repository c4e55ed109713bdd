/* SPDX-License-Identifier: Apache-2.0 */
/* bill.h - makes the workflow of bill.c known to main.c and to its test. */
#ifndef BILL_H
#define BILL_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(monthly_bill);

#endif
