/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - a bad sample: takes memory behind the heap's back. */
#include <stdlib.h>

void *block_take(size_t size)
{
    return malloc(size);
}
