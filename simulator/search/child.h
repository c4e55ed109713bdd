/* SPDX-License-Identifier: Apache-2.0 */
/* child.h - private: a process that does runs, and the memory in which it leaves what came out.
 *
 *   parent   child.fd <---- socket ----> fd   child
 *            waits for a byte                 says a byte: what it has to tell is in the cell
 *               \---------- cell ------------/
 *
 * A child that has died is noticed by the end of its socket. It dies with its parent: at once where
 * the system can do that, else when it next has something to say.
 * Laws: the cell holds plain data, no pointers. No process and no mapping is left over. */
#ifndef SEARCH_CHILD_H
#define SEARCH_CHILD_H

#include <stdatomic.h>
#include <sys/types.h>

#include "checker/edges.h"
#include "search/search.h"

enum {
    CHILDREN_MAX = 256,
    CHILD_TAPE_BYTES = 1 << 20,
    CHILD_WHERE_BYTES = 128,
    CHILD_ID_BYTES = 16
};

/* A finding without pointers. */
struct child_finding {
    char id[CHILD_ID_BYTES]; /* empty: none */
    char name[96];
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    int64_t at;
};

/* Shared by parent and child. Written by the child but for `must_end`; read by the parent when the
 * child has said something, or is dead; `pulse` and `runs_done` at any time. */
struct child_cell {
    uint64_t pulse;        /* counts up while it moves */
    uint64_t pulse_before; /* what it was when the run began */
    _Atomic uint64_t runs_done;
    atomic_bool must_end; /* no further run */
    bool has_begun;       /* some run; its number: */
    uint64_t run;
    struct child_finding finding;
    struct search_figures figures;
    struct coverage coverage;
    struct edges edges;
    uint64_t sometimes;
    struct hash128 trace;
    struct cloacina_error error;
    char where[CHILD_WHERE_BYTES]; /* whose code ran last */
    size_t tape_length;
    char tape[CHILD_TAPE_BYTES];
};

/* All-zero memory, shared with children to come; NULL: none. */
struct child_cell *child_cell_create(void);
void child_cell_destroy(struct child_cell *cell); /* NULL is legal */

void child_finding_put(struct child_finding *kept, const struct search_finding *finding);
struct search_finding child_finding_get(const struct child_finding *kept);

/* Owned by the parent. All-zero is none. */
struct child {
    pid_t pid;
    int fd; /* the parent's end */
};

/* Runs main(argument, fd) in a new process, which ends when that returns. `others` are children
 * whose ends the new one must not keep. UNAVAILABLE: no process. */
enum cloacina_code child_start(struct child *child, void (*main)(void *argument, int fd),
                               void *argument, const struct child *others, size_t other_count,
                               struct cloacina_error *err) MUST_CHECK;

/* Ends it, by force or when it does not end soon by itself, and returns how it ended, as waitpid()
 * has it. */
int child_end(struct child *child, bool by_force);

/* What a child says: one byte. In the parent: waits at most `timeout_ms` until one of the children
 * with a process has said something; ret_said[i] is the byte, CHILD_SILENT or CHILD_GONE. */
enum { CHILD_SILENT = -1, CHILD_GONE = -2 };
void children_listen(const struct child *children, size_t count, int timeout_ms, int *ret_said);

/* The parent lets a child that waits go on. */
void child_go_on(const struct child *child);

/* In the child: says a byte; and waits until the parent lets it go on. False: the parent is
 * gone. */
bool child_say(int fd, char byte);
bool child_wait(int fd);

/* How a dead child ended, as a finding: "signal 11 (SIGSEGV) in ...". */
struct search_finding child_crash(int status, const struct child_cell *cell);

/* That it has not moved for so long. */
struct search_finding child_hang(int64_t hang_ns, const struct child_cell *cell);

#endif
