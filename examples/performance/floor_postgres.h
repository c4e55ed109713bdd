/* SPDX-License-Identifier: Apache-2.0 */
/* floor_postgres.h - the statements of the floor, for the test that compares them with those of the
 * store. */
#ifndef EXAMPLES_FLOOR_POSTGRES_H
#define EXAMPLES_FLOOR_POSTGRES_H

#include <stddef.h>

enum { FLOOR_POSTGRES_STATEMENTS = 10 };

/* Static. */
const char *floor_postgres_statement(size_t number);

#endif
