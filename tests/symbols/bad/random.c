/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - a bad sample: draws from the C library's generator. */
#include <stdlib.h>

int dice_throw(void)
{
    return rand() % 6;
}
