/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c - asks the operating system.
 *
 * Law: processor time, not time of day: the machine may be busy with other things. */
#include "meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int64_t meter_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t peak_bytes(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (int64_t)usage.ru_maxrss * 1024;
}

static void child_run(int result, void (*work)(void *argument), void *argument)
{
    int64_t before = peak_bytes();
    work(argument);
    int64_t bytes = peak_bytes() - before;
    _exit(write(result, &bytes, sizeof(bytes)) == sizeof(bytes) ? 0 : 1);
}

int64_t meter_memory(void (*work)(void *argument), void *argument)
{
    int ends[2];
    int64_t bytes = 0;
    pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child == 0) {
        child_run(ends[1], work, argument);
    }
    if (child < 0 || close(ends[1]) != 0 || read(ends[0], &bytes, sizeof(bytes)) != sizeof(bytes)) {
        fprintf(stderr, "bench: no child process\n");
        exit(3);
    }
    (void)close(ends[0]);
    (void)waitpid(child, NULL, 0);
    return bytes;
}
