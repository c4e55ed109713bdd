/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the program: gathers the commands that were linked in, and runs the one asked for.
 *
 * Law: the only place that touches the process itself: its streams and its signals. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cloacinactl/command.h"

/* The linker makes these where the section begins and ends. */
extern const struct command *const commands_begin[] __asm__("__start_cloacinactl_commands");
extern const struct command *const commands_end[] __asm__("__stop_cloacinactl_commands");

enum { COMMANDS_MAX = 64 };

/* A program started with its output closed would write its results into the next file that it
 * opens: such a descriptor is filled with something that cannot be written to. */
static void descriptors_fill(void)
{
    for (int descriptor = 0; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
            (void)open("/dev/null", O_RDONLY);
        }
    }
}

int main(int argc, char **argv)
{
    const struct command *commands[COMMANDS_MAX];
    size_t count = (size_t)(commands_end - commands_begin);
    if (count > COMMANDS_MAX) {
        return COMMAND_BROKEN;
    }
    for (size_t i = 0; i < count; i++) {
        commands[i] = commands_begin[i];
    }
    descriptors_fill();
    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error of a write, not a death */
    struct console console = {
        .output = stdout, .errors = stderr, .errors_are_terminal = isatty(STDERR_FILENO) == 1};
    return (int)cloacinactl_run(commands, count, &console, cloacina_heap_system(), argc, argv);
}
