/* SPDX-License-Identifier: Apache-2.0 */
/* coroutine_guard.h - a stack that is overrun says whose it was.
 *
 * Without it a body that recurses too deep ends the process with "Segmentation fault" and nothing
 * else. With it,
 *
 *     task 'extract' overran its stack of 256 KiB
 *
 * is written to stderr first. Then SIGSEGV takes its default action: a core is dumped, a debugger
 * stops, a parent sees the signal. Other faults go on to the handler that was there before. */
#ifndef SIMULATOR_COROUTINE_GUARD_H
#define SIMULATOR_COROUTINE_GUARD_H

#include <cloacina/error.h>

#include "base/compiler.h"

/* Installs a SIGSEGV handler for the process, and an alternate signal stack for this thread unless
 * it has one. Counted: it stays until as many removes, per process and per thread. Call it on each
 * thread that resumes coroutines; safe from any thread. NO_MEMORY: nothing was installed. */
enum cloacina_code coroutine_guard_install(struct cloacina_error *err) MUST_CHECK;

/* Undoes one install, on the same thread; the last one puts the previous handler back. A handler
 * that somebody installed in between must have been removed before, as always when handlers call
 * each other. */
void coroutine_guard_remove(void);

#endif
