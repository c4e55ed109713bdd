/* SPDX-License-Identifier: Apache-2.0 */
/* narrowing.c - a bad sample: loses the upper half of a number. */
#include <stdint.h>

uint32_t number_low(uint64_t number);

uint32_t number_low(uint64_t number)
{
    return number;
}
