/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.h - a finding as a C test: it fails as long as the bug is there.
 *
 * Law: the file compiles with the workflow's own files and libcloacina-testing, and nothing
 * else. */
#ifndef REPORT_REPRODUCE_H
#define REPORT_REPRODUCE_H

#include "base/text.h"
#include "search/search.h"

/* Everything is Borrowed. */
struct reproduce {
    const char *workflow; /* its C identifier, as in CLOACINA_WORKFLOW(shop, ...); NULL: it is not
                             declared in C */
    const char *origin;   /* without an identifier: what it is, "recording 'a.json'" */
    const char *context;  /* NULL: "{}" */
    uint64_t runners;
    uint64_t slots; /* 0: unlimited, which needs no word in the test */
    bool is_sqlite; /* the store */
    const struct search_finding *finding;
    const char *token;
    const char *story; /* of a file: lines; "" none */
};

/* Why there can be no C test, appended; false: there can be one, nothing was appended. */
bool reproduce_is_impossible(const struct reproduce *reproduce, struct text_builder *ret_reason);

/* The first line of every file that is written here: whoever overwrites a file looks for it. */
#define REPRODUCE_MARK "/* Written by cloacinactl simulate: a run in which something was wrong."

/* Appends the file. It must be possible. */
void reproduce_write(const struct reproduce *reproduce, struct text_builder *builder);

#endif
