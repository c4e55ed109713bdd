/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - a bad sample: opens a file. */
#include <fcntl.h>

int null_open(void)
{
    return open("/dev/null", O_RDONLY);
}
