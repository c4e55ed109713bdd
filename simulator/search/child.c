/* SPDX-License-Identifier: Apache-2.0 */
/* child.c - fork, watch, end: all that the search asks of the operating system.
 *
 * Law: a child ends by _exit alone: what its parent had not written yet is not written twice. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS, which POSIX got only in 2024 */

#include "search/child.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/compiler.h"
#include "base/instant.h"

/* Who has said its last word should be gone after so long. */
enum { PATIENCE_MS = 10000 };

/* ---- cells ---- */

struct child_cell *child_cell_create(void)
{
    void *mapping = mmap(NULL, sizeof(struct child_cell), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return mapping == MAP_FAILED ? NULL : mapping;
}

void child_cell_destroy(struct child_cell *cell)
{
    if (cell != NULL) {
        (void)munmap(cell, sizeof(*cell));
    }
}

void child_finding_put(struct child_finding *kept, const struct search_finding *finding)
{
    const char *id = finding->id == NULL ? "" : finding->id;
    (void)snprintf(kept->id, sizeof(kept->id), "%s", id);
    (void)snprintf(kept->name, sizeof(kept->name), "%s", finding->name);
    (void)snprintf(kept->message, sizeof(kept->message), "%s", finding->message);
    kept->at = finding->at;
}

struct search_finding child_finding_get(const struct child_finding *kept)
{
    struct search_finding finding = {.id = NULL, .at = kept->at};
    if (kept->id[0] != '\0') {
        finding.id = search_finding_id(kept->id);
        assert(finding.id != NULL);
    }
    (void)snprintf(finding.name, sizeof(finding.name), "%s", kept->name);
    (void)snprintf(finding.message, sizeof(finding.message), "%s", kept->message);
    return finding;
}

/* ---- life ---- */

/* The parent may have died before the child could ask to die with it. */
static void die_with(pid_t parent)
{
#ifdef __linux__
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != parent) {
        _exit(0);
    }
}

/* Crashes are expected here: nobody wants their cores. */
static void live(pid_t parent, void (*main)(void *argument, int fd), void *argument, int fd)
{
    die_with(parent);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    main(argument, fd);
    _exit(0);
}

enum cloacina_code child_start(struct child *child, void (*main)(void *argument, int fd),
                               void *argument, const struct child *others, size_t other_count,
                               struct cloacina_error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "no child process: no socket");
    }
    pid_t parent = getpid();
    (void)fflush(NULL); /* a body that calls exit() would write it again */
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        for (size_t i = 0; i < other_count; i++) {
            if (others[i].pid != 0) {
                (void)close(others[i].fd);
            }
        }
        live(parent, main, argument, ends[1]);
    }
    (void)close(ends[1]);
    if (pid < 0) {
        (void)close(ends[0]);
        return cloacina_error_raise(err, CLOACINA_UNAVAILABLE, "no child process");
    }
    *child = (struct child){.pid = pid, .fd = ends[0]};
    return CLOACINA_OK;
}

/* Its end of the socket is closed by its death. */
static bool is_gone_soon(const struct child *child)
{
    struct pollfd polled = {.fd = child->fd, .events = POLLIN};
    return poll(&polled, 1, PATIENCE_MS) > 0;
}

int child_end(struct child *child, bool by_force)
{
    int status = 0;
    if (child->pid == 0) {
        return status;
    }
    if (by_force || !is_gone_soon(child)) {
        (void)kill(child->pid, SIGKILL);
    }
    while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR) {
    }
    (void)close(child->fd);
    *child = (struct child){.pid = 0};
    return status;
}

/* ---- talking ---- */

/* CHILD_GONE at the end of the other side. */
static int hear(int fd)
{
    char byte;
    ssize_t count;
    do {
        count = recv(fd, &byte, 1, 0);
    } while (count < 0 && errno == EINTR);
    return count == 1 ? (unsigned char)byte : CHILD_GONE;
}

bool child_say(int fd, char byte)
{
    ssize_t count;
    do {
        count = send(fd, &byte, 1, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    return count == 1;
}

bool child_wait(int fd)
{
    return hear(fd) != CHILD_GONE;
}

void child_go_on(const struct child *child)
{
    (void)child_say(child->fd, 'g'); /* one that has died meanwhile is noticed soon */
}

void children_listen(const struct child *children, size_t count, int timeout_ms, int *ret_said)
{
    struct pollfd polled[CHILDREN_MAX];
    assert(count <= CHILDREN_MAX);
    for (size_t i = 0; i < count; i++) {
        bool is_there = children[i].pid != 0;
        polled[i] = (struct pollfd){.fd = is_there ? children[i].fd : -1, .events = POLLIN};
    }
    int ready = poll(polled, (nfds_t)count, timeout_ms);
    for (size_t i = 0; i < count; i++) {
        bool has_said = ready > 0 && polled[i].revents != 0;
        ret_said[i] = has_said ? hear(children[i].fd) : CHILD_SILENT;
    }
}

/* ---- death ---- */

static const char *signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},   {SIGILL, "SIGILL"},
        {SIGINT, "SIGINT"},   {SIGKILL, "SIGKILL"}, {SIGPIPE, "SIGPIPE"}, {SIGSEGV, "SIGSEGV"},
        {SIGTERM, "SIGTERM"}, {SIGTRAP, "SIGTRAP"}, {SIGALRM, "SIGALRM"}, {SIGXCPU, "SIGXCPU"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (names[i].number == number) {
            return names[i].name;
        }
    }
    return "a signal";
}

/* Where it happened goes behind what happened. */
static struct search_finding finding_of(const char *id, const char *what,
                                        const struct child_cell *cell)
{
    struct search_finding finding = {.id = id};
    unsigned long long events = cell->pulse - cell->pulse_before;
    (void)snprintf(finding.message, sizeof(finding.message), "%s%s%.*s, after %llu events", what,
                   cell->where[0] != '\0' ? " in " : "", (int)sizeof(cell->where) - 1, cell->where,
                   events);
    return finding;
}

struct search_finding child_crash(int status, const struct child_cell *cell)
{
    char what[64];
    if (WIFSIGNALED(status)) {
        int number = WTERMSIG(status);
        (void)snprintf(what, sizeof(what), "signal %d (%s)", number, signal_name(number));
    } else {
        (void)snprintf(what, sizeof(what), "exit(%d) was called", WEXITSTATUS(status));
    }
    return finding_of("crash", what, cell);
}

struct search_finding child_hang(int64_t hang_ns, const struct child_cell *cell)
{
    char duration[DURATION_TEXT_SIZE];
    char what[DURATION_TEXT_SIZE + sizeof("nothing has moved for ")];
    duration_print(hang_ns, duration);
    (void)snprintf(what, sizeof(what), "nothing has moved for %s", duration);
    return finding_of("hang", what, cell);
}
