/* SPDX-License-Identifier: Apache-2.0 */
/* transfer.h - makes the workflow of transfer.c known to main.c and to its test. */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(bank_transfer);

#endif
