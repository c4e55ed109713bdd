/* SPDX-License-Identifier: Apache-2.0 */
/* console.c - streams that are checked.
 *
 * Law: no write error is lost; a complaint is one line. */
#include "cloacinactl/console.h"

#include <errno.h>
#include <string.h>

void console_complain(const struct console *console, const char *command, const char *kind,
                      const char *message)
{
    fputs("cloacinactl: ", console->errors);
    if (command != NULL) {
        fprintf(console->errors, "%s: ", command);
    }
    fputs(kind, console->errors);
    for (const char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            fprintf(console->errors, "\\x%02x", (unsigned)*c);
        } else {
            fputc(*c, console->errors);
        }
    }
    fputc('\n', console->errors);
    (void)fflush(console->errors); /* nobody is left to be told */
}

/* What went wrong with a write; a stream that failed earlier no longer knows why. */
static const char *reason_of(int number)
{
    return number == 0 ? "an earlier write failed" : strerror(number);
}

enum cloacina_code console_flush(const struct console *console, struct cloacina_error *err)
{
    errno = 0;
    if (fflush(console->output) != 0 || ferror(console->output)) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot write the output: %s",
                                    reason_of(errno));
    }
    return CLOACINA_OK;
}

enum cloacina_code console_close(FILE *file, const char *path, struct cloacina_error *err)
{
    errno = 0;
    bool failed = fflush(file) != 0 || ferror(file);
    int number = errno;
    if (fclose(file) != 0 && !failed) {
        failed = true;
        number = errno;
    }
    if (failed) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot write '%s': %s", path,
                                    reason_of(number));
    }
    return CLOACINA_OK;
}
