/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - a bad sample: reads a clock. */
#include <time.h>

long now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long)now.tv_sec;
}
