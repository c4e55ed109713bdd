/* SPDX-License-Identifier: Apache-2.0 */
/* shop.h - makes the two workflows of shop.c known to main.c and to the tests. */
#ifndef SHOP_H
#define SHOP_H

#include <cloacina/authoring.h>

CLOACINA_WORKFLOW_DECLARE(shop);
CLOACINA_WORKFLOW_DECLARE(shop_fixed);

#endif
