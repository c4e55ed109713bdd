/* SPDX-License-Identifier: Apache-2.0 */
/* report_finding.c - one finding for people.
 *
 *     FAILED  always "one order is charged once": seed 17; 23 decisions shrunk to 1 in 41 runs
 *       0.000 s  ... the story ...
 *     needs: the lost reply.  does not matter: runners, order, clocks
 *     replay:  cloacinactl simulate --replay cl1:shop,...
 *
 * Law: the first line says what and where, the last ones what to type. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "report/report.h"
#include "report/sentence.h"

/* "1,234,567". */
void report_write_count(uint64_t count, struct text_builder *builder)
{
    char digits[24];
    int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) {
            text_builder_append_char(builder, ',');
        }
        text_builder_append_char(builder, digits[i]);
    }
}

/* "1 runner", "2 runners". */
void report_write_noun(uint64_t count, const char *noun, struct text_builder *builder)
{
    report_write_count(count, builder);
    text_builder_print(builder, " %s%s", noun, count == 1 ? "" : "s");
}

static void shrinking_write(const struct report_finding *finding, struct text_builder *builder)
{
    if (finding->decisions == 0) {
        text_builder_append_terminated(builder, "; nothing had to go wrong");
        return;
    }
    text_builder_append_terminated(builder, "; ");
    report_write_noun(finding->decisions, "decision", builder);
    if (finding->shrink_runs == 0) {
        return;
    }
    text_builder_append_terminated(builder, " shrunk to ");
    report_write_count(finding->shrunk, builder);
    text_builder_append_terminated(builder, " in ");
    report_write_noun(finding->shrink_runs, "run", builder);
    text_builder_append_terminated(builder, finding->is_minimal ? "" : ", which may be too many");
}

static void title_write(const struct report_finding *finding, struct text_builder *builder)
{
    text_builder_append_terminated(builder, finding->is_known ? "KNOWN   " : "FAILED  ");
    finding_title_write(&finding->finding, builder);
    if (finding->origin[0] != '\0') {
        text_builder_append_terminated(builder, ": ");
        line_append(text_of(finding->origin), builder);
    }
    shrinking_write(finding, builder);
    if (finding->count > 1) {
        text_builder_append_terminated(builder, "; found ");
        report_write_noun(finding->count, "time", builder);
    }
    text_builder_append_char(builder, '\n');
}

/* Without a story the message stands for itself. */
static void message_write(const struct report_finding *finding, struct text_builder *builder)
{
    const char *message = finding_message(&finding->finding);
    while (*message != '\0') {
        size_t length = strcspn(message, "\n");
        text_builder_append_terminated(builder, "  ");
        line_append((struct text){message, length}, builder);
        text_builder_append_char(builder, '\n');
        message += length + (message[length] == '\n');
    }
}

static void word_write(const char *name, const char *value, struct text_builder *builder)
{
    if (value[0] != '\0') {
        text_builder_append_terminated(builder, name);
        line_append(text_of(value), builder);
        text_builder_append_char(builder, '\n');
    }
}

void report_write_finding(const struct report_finding *finding, struct text_builder *builder)
{
    title_write(finding, builder);
    word_write("known:   ", finding->known, builder);
    if (finding->story[0] == '\0') {
        message_write(finding, builder);
    }
    text_builder_append_terminated(builder, finding->story);
    text_builder_append_terminated(builder, finding->picture);
    word_write("", finding->needs, builder);
    word_write("replay:  cloacinactl simulate --replay ", finding->token, builder);
    word_write("test:    ", finding->test, builder);
    word_write("test:    none, ", finding->no_test, builder);
}
