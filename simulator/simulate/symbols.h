/* SPDX-License-Identifier: Apache-2.0 */
/* symbols.h - what a shared object takes from outside, and which of that goes around the virtual
 * world.
 *
 * A body that asks the C library for the time, sleeps or starts a thread works in production, but
 * in a world it does so behind the world's back, and two runs of one seed may differ. That can be
 * seen without running it: such a call is an undefined symbol of the library. (A call that was
 * linked into the library, or is found by dlsym(), is not seen.) */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <cloacina/error.h>

#include "base/compiler.h"
#include "base/text.h"

/* The undefined symbols of one shared object, sorted by name, each once. */
struct symbols {
    struct cloacina_heap *heap; /* Borrowed */
    struct text *names;         /* Owned; the names are Borrowed from the image */
    size_t count;
    size_t capacity;
};

/* Reads a 64-bit ELF file of this machine's byte order. INVALID: it is none, or is damaged;
 * NO_MEMORY. On an error there is nothing to finish. */
enum cloacina_code symbols_read(struct cloacina_heap *heap, struct text image,
                                struct symbols *ret_symbols, struct cloacina_error *err) MUST_CHECK;
void symbols_finish(struct symbols *symbols);

/* What to call instead of a function that goes around the world, as the end of a sentence: "call
 * cloacina_task_now()". NULL: nothing is known against it. Static. */
const char *symbol_advice(struct text name);

#endif
