/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - what a command may be given, as a table; and the reading of it.
 *
 *     struct greet_values { const char *name; uint64_t times; };
 *     static const struct option options[] = {
 *         {.name = "times", .value_name = "N", .type = OPTION_COUNT, .minimum = 1, .maximum = 10,
 *          .offset = offsetof(struct greet_values, times), .help = "how often (default 1)"},
 *     };
 *
 * An option is written --name VALUE or --name=VALUE, a flag --name, each at most once (but for
 * OPTION_TEXTS) and in any order; what follows "--" is no option. A value that itself begins with "--" needs the form with
 * "=". One argument that is no option, the operand, may stand anywhere. */
#ifndef CLOACINACTL_OPTIONS_H
#define CLOACINACTL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cloacina/error.h>

#include "base/compiler.h"
#include "base/text.h"

/* The type of the field that an option fills. */
enum option_type {
    OPTION_FLAG,   /* bool: true when given */
    OPTION_TEXT,   /* const char *: Borrowed from argv */
    OPTION_TEXTS,  /* struct option_texts: may be given again and again */
    OPTION_COUNT,  /* uint64_t: decimal digits, from minimum to maximum */
    OPTION_CHOICE, /* uint64_t: the index of the word in `choices` */
    /* int64_t: nanoseconds, from minimum to maximum; written "250ms", "1.5s", "5m", "2h", "90d" */
    OPTION_DURATION
};

enum { OPTIONS_MAX = 64 };      /* in one table */
enum { OPTION_TEXTS_MAX = 64 }; /* values of one option */

/* In the order in which they were given; Borrowed from argv; ends in NULL. */
struct option_texts {
    const char *items[OPTION_TEXTS_MAX + 1];
    size_t count;
};

struct option {
    const char *name;       /* without the dashes */
    const char *value_name; /* for the help: "N"; NULL for flags */
    const char *help;       /* may hold line breaks */
    enum option_type type;
    bool is_required;
    size_t offset; /* of the field in the struct of values */
    uint64_t minimum;
    uint64_t maximum;           /* of a duration: 0 is no limit */
    const char *const *choices; /* ends in NULL */
};

struct option_table {
    const struct option *options;
    size_t count;
    const char *operand_name; /* "WORKFLOW"; NULL: the command takes none */
    size_t operand_offset;    /* of its field, const char * */
    bool needs_operand;
};

/* Fills `values`, which holds the defaults. Stops at --help or -h with *ret_wants_help. INVALID:
 * the message names the option and the reason; `values` is filled in part. */
enum cloacina_code options_parse(const struct option_table *table, int argc, char *const *argv,
                                 void *values, bool *ret_wants_help,
                                 struct cloacina_error *err) MUST_CHECK;

/* Decimal digits only. INVALID: something else; OUT_OF_RANGE: not from minimum to maximum. The
 * message begins with the quoted text. */
enum cloacina_code count_parse(struct text digits, uint64_t minimum, uint64_t maximum,
                               uint64_t *ret_count, struct cloacina_error *err) MUST_CHECK;

/* Appends one or more lines for every option, as --help shows them. */
void options_describe(const struct option_table *table, struct text_builder *builder);

/* The name most similar to `wanted` among `count` names, or NULL: for "did you mean". */
const char *name_similar(struct text wanted, const char *const *names, size_t count);

#endif
