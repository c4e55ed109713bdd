/* SPDX-License-Identifier: Apache-2.0 */
/* output.c - a bad sample: prints. */
#include <stdio.h>

void greeting_print(const char *name)
{
    printf("good morning, %s\n", name);
}
