/* SPDX-License-Identifier: Apache-2.0 */
/* failure.h - what an SQLSTATE means to us. The one translator. */
#ifndef DAL_POSTGRES_FAILURE_H
#define DAL_POSTGRES_FAILURE_H

#include <stdbool.h>

#include <cloacina/error.h>

struct failure_meaning {
    enum cloacina_code code;
    bool is_of_rows; /* one of the rows is to blame, and without it the rest would go */
    bool is_final;   /* the connection is of no use any more */
};

/* `sqlstate` NULL or empty: the connection broke without a word. */
struct failure_meaning failure_meaning(const char *sqlstate);

#endif
