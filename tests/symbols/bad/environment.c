/* SPDX-License-Identifier: Apache-2.0 */
/* environment.c - a bad sample: reads the environment. */
#include <stdlib.h>

const char *home_folder(void)
{
    return getenv("HOME");
}
