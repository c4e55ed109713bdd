/* SPDX-License-Identifier: Apache-2.0 */
/* parameters.h - what is sent along with a statement, in PostgreSQL's binary form.
 *
 * The types of a statement's parameters are one letter each:
 *
 *     b bigint   i integer   s smallint   u uuid   t text   y bytea        capital: an array of it
 *
 * A scalar is put once; an array gets one element with every put. Rows are made by putting one
 * element into each array; a statement's unnest() takes them apart again. */
#ifndef DAL_POSTGRES_PARAMETERS_H
#define DAL_POSTGRES_PARAMETERS_H

#include <stdint.h>

#include "base/heap.h"
#include "base/id.h"
#include "base/text.h"

enum { PARAMETERS_MAX = 24 };

struct parameter {
    char *bytes; /* Owned */
    size_t length, capacity;
    uint32_t count; /* elements of an array; 1: the scalar was put */
    char type;
    bool has_null; /* of an array; of a scalar: it is NULL */
};

/* All-zero and `heap` is ready for use. Memory is kept from statement to statement. */
struct parameters {
    struct cloacina_heap *heap; /* Borrowed */
    struct parameter list[PARAMETERS_MAX];
    size_t count;
    bool has_failed; /* no memory, or more than a message may hold: do not send */
};

/* The types as PostgreSQL numbers them; returns how many. */
size_t parameters_oids(const char *types, unsigned int ret_oids[PARAMETERS_MAX]);

void parameters_finish(struct parameters *parameters);

/* Forgets the values; `types` is Borrowed for the call. */
void parameters_start(struct parameters *parameters, const char *types);

void parameters_number(struct parameters *parameters, size_t place, int64_t value); /* b i s */
void parameters_id(struct parameters *parameters, size_t place, struct id id);
void parameters_text(struct parameters *parameters, size_t place, struct text text); /* t y */
void parameters_null(struct parameters *parameters, size_t place);

/* Words of somebody else's, which may be anything: what PostgreSQL cannot keep becomes U+FFFD. NULL
 * stays NULL. */
void parameters_words(struct parameters *parameters, size_t place, const char *words);
void parameters_words_of(struct parameters *parameters, size_t place, struct text words);

/* The bytes of all values so far. */
size_t parameters_size(const struct parameters *parameters);

/* Completes the arrays and shows everything in the form that libpq wants. Borrowed until the next
 * start. False: has_failed. */
bool parameters_show(struct parameters *parameters, const char *ret_values[PARAMETERS_MAX],
                     int ret_lengths[PARAMETERS_MAX]) MUST_CHECK;

#endif
