/* SPDX-License-Identifier: Apache-2.0 */
/* sentence.h - one tale as a clause of English.
 *
 *   template of the table   "{runner} starts {task}{attempt}{key}"
 *   + tale                  runner 2, 'charge', attempt 1 of 3
 *   = clause                "runner-2 starts 'charge', attempt 1 of 3, key 1f3a"
 *
 * Law: there is a template for every kind of tale and every fault. */
#ifndef REPORT_SENTENCE_H
#define REPORT_SENTENCE_H

#include "report/cast.h"

/* How loud a clause is: what is quiet is left out first. */
enum loudness { QUIET, PLAIN, LOUD };

/* What a clause is made of. */
struct sentence {
    const struct tale *tale;
    const struct role *role;  /* NULL: it is about no task */
    const struct tale *fault; /* that led to a death or a freeze; NULL: none is known */
    bool has_runs;            /* see struct cast */
    bool is_continued;        /* the line has named the task and the attempt */
    bool is_reply_lost;       /* of the effect that the tale is about */
};

enum loudness sentence_loudness(const struct tale *tale);
/* The tale of a fault must have its decision. */
void sentence_write(const struct sentence *sentence, struct text_builder *builder);

/* What was broken: "I-03", "always "an order is charged once"". */
void finding_title_write(const struct search_finding *finding, struct text_builder *builder);
bool finding_is_of_property(const struct search_finding *finding);

/* Its message without the name of the property that stands before it; Borrowed. */
const char *finding_message(const struct search_finding *finding);

/* "1.000 s", from a day on "2 d 03:04:05.000": since the start of the world, milliseconds
 * cut off. */
enum { MOMENT_SIZE = 32 };
void moment_print(int64_t since_start_ns, char ret_text[MOMENT_SIZE]);

/* A text from outside: what would move the cursor becomes '?'. */
void line_append(struct text line, struct text_builder *builder);

#endif
