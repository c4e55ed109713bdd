/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_corpus.h - a folder of tokens, a file NAME.token for each: what once failed.
 *
 *     # a comment: what it was
 *     cl1:shop@9c41,chaos,runners=3,run-1/charge/1/effect.payments.charge@1=reply-lost
 *
 * Tokens of other workflows may lie in the same folder; they are passed over.
 * Laws: files are read in the order of their names. What is there is never overwritten. */
#ifndef CLI_SIMULATE_CORPUS_H
#define CLI_SIMULATE_CORPUS_H

#include "simulate/simulate_session.h"
#include "simulate/simulate_token.h"

enum { CORPUS_TOKENS_MAX = 100000 };

struct corpus_token {
    const char *path; /* "corpus/a.token" */
    struct token token;
};

/* Owned by the caller; all-zero is none. Read freely. */
struct corpus {
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;
    const char *path;            /* Borrowed; of the folder */
    struct corpus_token *tokens; /* Owned; of the session's workflow */
    size_t count, capacity;
};

/* Reads every token of the folder. Errors name the file. On an error there is nothing to finish. */
enum cloacina_code corpus_read(const struct session *session, const char *path,
                               struct corpus *ret_corpus, struct cloacina_error *err) MUST_CHECK;
void corpus_finish(struct corpus *corpus);

/* Writes a token of a finding into the folder, unless it is there already. */
enum cloacina_code corpus_add(const struct corpus *corpus, const struct session *session,
                              const struct report_finding *finding,
                              struct cloacina_error *err) MUST_CHECK;

#endif
