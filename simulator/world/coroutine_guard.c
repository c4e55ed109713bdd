/* SPDX-License-Identifier: Apache-2.0 */
/* coroutine_guard.c - the SIGSEGV handler and the stack it runs on.
 *
 * Law: what is left behind after the last remove is what was found at the first install. The
 * handler itself calls nothing that is not safe in a signal handler. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS and sigaltstack() */

#include "world/coroutine_guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world/coroutine.h"

/* The whole process: counted under the lock; the handler reads `previous`, which does not change
 * while it can run. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned process_installs;
static struct sigaction previous;

/* This thread. */
static THREAD_LOCAL unsigned thread_installs;
static THREAD_LOCAL void *alternate_stack; /* Owned; NULL: the thread had one already */

enum { ALTERNATE_STACK_SIZE = 64 * 1024, MESSAGE_SIZE = 256 };

/* ---- the handler ---- */

_Static_assert(COROUTINE_STACK_SIZE == 256 * 1024, "the message names the size");

/* One write, so that lines of several processes do not mix; no printf, which is not safe here. */
static void overrun_report(const char *name)
{
    static const char text[] = " overran its stack of 256 KiB\n";
    char message[MESSAGE_SIZE];
    size_t length = strlen(name);
    length = length < sizeof(message) - sizeof(text) ? length : sizeof(message) - sizeof(text);
    memcpy(message, name, length);
    memcpy(message + length, text, sizeof(text) - 1);
    ssize_t written = write(STDERR_FILENO, message, length + sizeof(text) - 1);
    (void)written; /* the process dies anyway */
}

/* What would have happened without us. After a return from the handler the faulting instruction
 * runs again and finds the new action; a SIGSEGV that somebody sent does not come again by itself,
 * hence the raise. */
static void signal_pass_on(const struct sigaction *action, int signal, siginfo_t *info,
                           void *context)
{
    if ((action->sa_flags & SA_SIGINFO) != 0) {
        action->sa_sigaction(signal, info, context);
    } else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN) {
        action->sa_handler(signal);
    } else {
        (void)sigaction(signal, action, NULL);
        (void)raise(signal);
    }
}

static void handle(int signal, siginfo_t *info, void *context)
{
    static const struct sigaction by_default = {.sa_handler = SIG_DFL};
    int saved_errno = errno;
    const struct coroutine *coroutine = coroutine_current();
    bool is_overrun =
        info->si_code > 0 && coroutine != NULL && coroutine_guards(coroutine, info->si_addr);
    if (is_overrun) {
        overrun_report(coroutine_name(coroutine));
    }
    signal_pass_on(is_overrun ? &by_default : &previous, signal, info, context);
    errno = saved_errno;
}

/* ---- installing ---- */

/* False: no memory. */
static bool alternate_stack_install(void)
{
    stack_t found;
    int status = sigaltstack(NULL, &found);
    assert(status == 0);
    if ((found.ss_flags & SS_DISABLE) == 0) {
        return true;
    }
    void *stack = mmap(NULL, ALTERNATE_STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) {
        return false;
    }
    status = sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = ALTERNATE_STACK_SIZE}, NULL);
    assert(status == 0);
    alternate_stack = stack;
    return true;
}

static void alternate_stack_remove(void)
{
    stack_t found;
    if (alternate_stack == NULL) {
        return;
    }
    int status = sigaltstack(NULL, &found);
    assert(status == 0);
    if (found.ss_sp == alternate_stack) {
        status = sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
        assert(status == 0);
    }
    (void)munmap(alternate_stack, ALTERNATE_STACK_SIZE);
    alternate_stack = NULL;
}

enum cloacina_code coroutine_guard_install(struct cloacina_error *err)
{
    if (thread_installs == 0 && !alternate_stack_install()) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY,
                                    "no memory for an alternate signal stack");
    }
    thread_installs++;
    (void)pthread_mutex_lock(&lock);
    if (process_installs++ == 0) {
        struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        int status = sigaction(SIGSEGV, &action, &previous);
        assert(status == 0);
    }
    (void)pthread_mutex_unlock(&lock);
    return CLOACINA_OK;
}

void coroutine_guard_remove(void)
{
    assert(thread_installs > 0);
    (void)pthread_mutex_lock(&lock);
    if (--process_installs == 0) {
        (void)sigaction(SIGSEGV, &previous, NULL);
    }
    (void)pthread_mutex_unlock(&lock);
    if (--thread_installs == 0) {
        alternate_stack_remove();
    }
}
