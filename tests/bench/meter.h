/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h - what work costs: processor time of this process, memory of a child. */
#ifndef BENCH_METER_H
#define BENCH_METER_H

#include <stdint.h>

/* Nanoseconds of processor time that this process has used so far. */
int64_t meter_now_ns(void);

/* Bytes of memory that `work(argument)` needs at its peak, beyond what the process had: it runs in
 * a child process. Ends the program when there can be none. */
int64_t meter_memory(void (*work)(void *argument), void *argument);

#endif
