/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_known.h - failures that are accepted for now, from a file:
 *
 *     # comments, and empty lines
 *     I-07                                     # every such finding
 *     I-10 *attempt 2*                         # whose message contains this; * and ? as in plans
 *     always "an order is charged once"        # why it is accepted
 *     sometimes "a reply is lost"
 *
 * Law: what is known is reported and does not fail; a line that happens no more fails. */
#ifndef CLI_SIMULATE_KNOWN_H
#define CLI_SIMULATE_KNOWN_H

#include "simulate/simulate_session.h"

enum { KNOWN_FILE_BYTES_MAX = 1048576 };

struct known_line {
    unsigned number;
    struct text id;
    struct text name;    /* of a property; empty: none */
    struct text pattern; /* over the message; empty: any */
    const char *reason;
    bool has_happened;
};

/* Owned by the caller; all-zero is none. Read freely. */
struct known {
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;
    const char *path; /* Borrowed */
    struct known_line *lines;
    size_t count, capacity;
};

/* Errors name the file and the line. On an error there is nothing to finish. */
enum cloacina_code known_read(struct cloacina_heap *heap, const char *path, struct known *ret_known,
                              struct cloacina_error *err) MUST_CHECK;
void known_finish(struct known *known);

/* The line that accepts it, which is thereby noted to have happened; NULL: there is none. */
struct known_line *known_find(struct known *known, const char *id, const char *name,
                              const char *message);

#endif
