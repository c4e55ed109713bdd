/* SPDX-License-Identifier: Apache-2.0 */
/* console.h - where a command writes: results to the output, everything else to the errors.
 *
 * Results go out in one piece or the command answers COMMAND_BROKEN: a full disk and a closed pipe
 * are noticed, at the latest by console_flush. */
#ifndef CLOACINACTL_CONSOLE_H
#define CLOACINACTL_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

#include <cloacina/error.h>

#include "base/compiler.h"

/* Plain data. A test gives streams of its own. */
struct console {
    FILE *output; /* Borrowed: what was asked for */
    FILE *errors; /* Borrowed: complaints and progress */
    bool errors_are_terminal;
};

/* Writes "cloacinactl: <command>: <kind><message>" as exactly one line, whatever bytes the message
 * holds: control characters come out as \x1b. `command` NULL: the program itself; `kind`: "" or
 * "warning: ". */
void console_complain(const struct console *console, const char *command, const char *kind,
                      const char *message);

/* Writes out what the output still holds back. IO: this or an earlier write failed. */
enum cloacina_code console_flush(const struct console *console,
                                 struct cloacina_error *err) MUST_CHECK;

/* Closes a file that was written to. IO: not everything has arrived; the message names `path`. */
enum cloacina_code console_close(FILE *file, const char *path,
                                 struct cloacina_error *err) MUST_CHECK;

#endif
