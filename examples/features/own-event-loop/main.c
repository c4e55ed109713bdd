/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - a program with an event loop of its own runs workflows in it: one thread, one epoll.
 *
 *     standard input --name--> execution ...            the runner's descriptor --> step, work
 *                                                       over? --> its context on standard output
 *
 * The runner has no thread: it is stepped when its descriptor is readable or its deadline has come,
 * and its bodies run where cloacina_runner_work() is called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <cloacina/runner.h>

#include "greeting.h"

enum { VISITORS_MAX = 16, NAME_MAX_LENGTH = 64 };
enum { NS_PER_MS = 1000000, MINUTE_MS = 60000 };

struct reception {
    struct cloacina_runner *runner;
    struct cloacina_error err;
    int epoll;
    int is_open; /* standard input has not ended */
    int64_t deadline;
    struct cloacina_execution *waiting[VISITORS_MAX];
    size_t count;
};

/* Every call that may fail ends the program with its message. */
static void must(struct reception *reception, enum cloacina_code code)
{
    if (code != CLOACINA_OK) {
        (void)fprintf(stderr, "own-event-loop: %s\n", reception->err.message);
        exit(EXIT_FAILURE);
    }
}

static void watch(struct reception *reception, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = descriptor}};
    if (epoll_ctl(reception->epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
        perror("own-event-loop: a descriptor cannot be waited for");
        exit(EXIT_FAILURE);
    }
}

static void reception_open(struct reception *reception)
{
    static const struct cloacina_workflow_definition *const workflows[] = {&greeting, NULL};
    const struct cloacina_runner_options options = {
        .workflows = workflows,
        .executor = CLOACINA_EXECUTOR_HOST,
    };
    *reception = (struct reception){.epoll = epoll_create1(EPOLL_CLOEXEC), .is_open = 1};
    must(reception, cloacina_runner_open(&options, &reception->runner, &reception->err));
    watch(reception, cloacina_runner_descriptor(reception->runner));
    watch(reception, STDIN_FILENO);
}

/* Names that came in, one a line: an execution for each. */
static void visitors_come(struct reception *reception)
{
    char names[NAME_MAX_LENGTH * VISITORS_MAX + 1];
    char context[NAME_MAX_LENGTH + sizeof("{\"name\":\"\"}")];
    ssize_t length = read(STDIN_FILENO, names, sizeof(names) - 1);
    if (length <= 0) {
        reception->is_open = 0;
        (void)epoll_ctl(reception->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
        return;
    }
    names[length] = '\0';
    char *rest = NULL;
    for (char *name = strtok_r(names, "\n", &rest); name != NULL && reception->count < VISITORS_MAX;
         name = strtok_r(NULL, "\n", &rest)) {
        (void)snprintf(context, sizeof(context), "{\"name\":\"%.*s\"}", NAME_MAX_LENGTH, name);
        must(reception, cloacina_runner_execute_async(reception->runner, "greeting", context,
                                                      &reception->waiting[reception->count++],
                                                      &reception->err));
    }
}

/* Shows what is over; the others stay. */
static void visitors_leave(struct reception *reception)
{
    size_t left = 0;
    for (size_t i = 0; i < reception->count; i++) {
        struct cloacina_execution *execution = reception->waiting[i];
        if (cloacina_execution_wait(execution, 0, NULL) == CLOACINA_OK) {
            (void)puts(cloacina_execution_context(execution));
            cloacina_execution_destroy(execution);
        } else {
            reception->waiting[left++] = execution;
        }
    }
    reception->count = left;
}

/* A minute at most: the deadline may be far away, and epoll's clock stands still in suspend. */
static int milliseconds_until(int64_t deadline)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    int64_t left = deadline / NS_PER_MS - (now.tv_sec * 1000 + now.tv_nsec / NS_PER_MS);
    return left < 0 ? 0 : left >= MINUTE_MS ? MINUTE_MS : (int)left + 1;
}

int main(void)
{
    struct reception reception;
    struct epoll_event events[2];
    reception_open(&reception);
    while (reception.is_open || reception.count > 0) {
        int count = epoll_wait(reception.epoll, events, 2, milliseconds_until(reception.deadline));
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == STDIN_FILENO) {
                visitors_come(&reception);
            }
        }
        must(&reception,
             cloacina_runner_step(reception.runner, &reception.deadline, &reception.err));
        while (cloacina_runner_work(reception.runner)) {
        }
        visitors_leave(&reception);
    }
    must(&reception, cloacina_runner_shutdown(reception.runner, 0, &reception.err));
    cloacina_runner_destroy(reception.runner);
    (void)close(reception.epoll);
    return EXIT_SUCCESS;
}
