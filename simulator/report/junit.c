/* SPDX-License-Identifier: Apache-2.0 */
/* junit.c - writes XML.
 *
 * Law: what no XML 1.0 document may hold is never written, whatever the texts hold. */
#include "report/junit.h"

#include <inttypes.h>
#include <string.h>

#include "base/instant.h"
#include "report/sentence.h"

/* ---- XML ---- */

/* U+FFFE and U+FFFF are UTF-8 but no XML. */
static bool is_noncharacter(struct text text, size_t i)
{
    return text.length - i > 2 && memcmp(text.bytes + i, "\xef\xbf", 2) == 0 &&
           ((unsigned char)text.bytes[i + 2] & 0xfe) == 0xbe;
}

/* `has_lines`: line feeds stay as they are. */
static void escaped_write(struct text text, bool has_lines, struct text_builder *builder)
{
    bool is_utf8 = text_is_utf8(text);
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.bytes[i];
        if (c == '&' || c == '<' || c == '>' || c == '"' || (c == '\n' && !has_lines)) {
            text_builder_print(builder, "&#%u;", (unsigned)c);
        } else if ((c < 0x20 && c != '\n') || c == 0x7f || (c >= 0x80 && !is_utf8)) {
            text_builder_append_char(builder, '?');
        } else if (is_noncharacter(text, i)) {
            text_builder_append_char(builder, '?');
            i += 2;
        } else {
            text_builder_append_char(builder, (char)c);
        }
    }
}

static void attribute_write(const char *name, struct text value, struct text_builder *builder)
{
    text_builder_print(builder, " %s=\"", name);
    escaped_write(value, false, builder);
    text_builder_append_char(builder, '"');
}

/* ---- cases ---- */

static void case_begin(const char *kind, struct text name, const struct report *report,
                       struct text_builder *builder)
{
    struct text_builder class;
    text_builder_init(&class, builder->heap);
    text_builder_print(&class, "%.*s.%s", TEXT_PRINT(report->workflow), kind);
    text_builder_append_terminated(builder, "    <testcase");
    attribute_write("classname", text_builder_text(&class), builder);
    attribute_write("name", name, builder);
    text_builder_append_terminated(builder, " time=\"0\"");
    builder->failed = builder->failed || class.failed;
    text_builder_finish(&class);
}

static void failure_write(const char *type, const char *message, struct text content,
                          struct text_builder *builder)
{
    text_builder_append_terminated(builder, ">\n      <failure");
    attribute_write("type", text_of(type), builder);
    attribute_write("message", text_of(message), builder);
    text_builder_append_char(builder, '>');
    escaped_write(content, true, builder);
    text_builder_append_terminated(builder, "</failure>\n    </testcase>\n");
}

static void known_write(const struct report_finding *finding, struct text content,
                        struct text_builder *builder)
{
    text_builder_append_terminated(builder, ">\n      <skipped");
    attribute_write("message", text_of(finding->known), builder);
    text_builder_append_terminated(builder, "/>\n      <system-out>");
    escaped_write(content, true, builder);
    text_builder_append_terminated(builder, "</system-out>\n    </testcase>\n");
}

/* NULL: it went well. */
static void finding_write(const struct report_finding *finding, struct text_builder *builder)
{
    if (finding == NULL) {
        text_builder_append_terminated(builder, "/>\n");
        return;
    }
    struct text_builder content;
    text_builder_init(&content, builder->heap);
    report_write_finding(finding, &content);
    if (finding->is_known) {
        known_write(finding, text_builder_text(&content), builder);
    } else {
        failure_write(finding->finding.id, finding->finding.message, text_builder_text(&content),
                      builder);
    }
    builder->failed = builder->failed || content.failed;
    text_builder_finish(&content);
}

static const char *kind_of(const struct report_case *one)
{
    static const char *const names[] = {"invariants", "properties", "corpus"};
    return names[one->kind];
}

static void case_write(const struct report *report, const struct report_case *one,
                       struct text_builder *builder)
{
    const struct report_finding *finding = report_case_finding(report, one);
    case_begin(kind_of(one), text_of(one->name), report, builder);
    if (finding == NULL && one->failure[0] != '\0') {
        failure_write(kind_of(one), one->failure, text_of(one->failure), builder);
    } else {
        finding_write(finding, builder);
    }
}

/* Of these no case speaks: a crash, a hang, a second corpus file with the same finding. */
static bool finding_has_case(const struct report *report, const struct report_finding *finding)
{
    for (size_t i = 0; i < report->case_count; i++) {
        if (report_case_finding(report, &report->cases[i]) == finding) {
            return true;
        }
    }
    return false;
}

static void finding_case_write(const struct report *report, const struct report_finding *finding,
                               struct text_builder *builder)
{
    struct text_builder title;
    text_builder_init(&title, builder->heap);
    finding_title_write(&finding->finding, &title);
    case_begin("findings", text_builder_text(&title), report, builder);
    finding_write(finding, builder);
    builder->failed = builder->failed || title.failed;
    text_builder_finish(&title);
}

static void seed_case_write(const struct report *report, const struct report_failure *failure,
                            struct text_builder *builder)
{
    struct text_builder name;
    text_builder_init(&name, builder->heap);
    text_builder_print(&name, "%s, seed %" PRIu64, failure->invariant, failure->seed);
    case_begin("seeds", text_builder_text(&name), report, builder);
    failure_write(failure->invariant, failure->message, text_of(failure->message), builder);
    builder->failed = builder->failed || name.failed;
    text_builder_finish(&name);
}

/* ---- the document ---- */

struct sums {
    uint64_t tests, failures, skipped;
};

static void sums_add(struct sums *sums, const struct report_finding *finding, bool has_failed)
{
    bool is_known = finding != NULL && finding->is_known;
    sums->tests++;
    sums->skipped += is_known;
    sums->failures += has_failed && !is_known;
}

static struct sums sums_of(const struct report *report)
{
    struct sums sums = {0, 0, 0};
    for (size_t i = 0; i < report->case_count; i++) {
        const struct report_case *one = &report->cases[i];
        const struct report_finding *finding = report_case_finding(report, one);
        sums_add(&sums, finding, finding != NULL || one->failure[0] != '\0');
    }
    for (size_t i = 0; i < report->finding_count; i++) {
        if (!finding_has_case(report, &report->findings[i])) {
            sums_add(&sums, &report->findings[i], true);
        }
    }
    for (size_t i = 0; i < report->failure_count; i++) {
        sums_add(&sums, NULL, true);
    }
    return sums;
}

static int64_t wall_ms(const struct report *report)
{
    int64_t wall_ns = report->search.wall_ns;
    if (!report->search.is_search && report->run_count > 0) {
        wall_ns = report_total(report).wall_ns;
    }
    return wall_ns / NANOSECONDS_PER_MILLISECOND;
}

static void suite_begin(const struct report *report, struct text_builder *builder)
{
    struct sums sums = sums_of(report);
    int64_t ms = wall_ms(report);
    text_builder_append_terminated(builder, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                            "<testsuites>\n  <testsuite");
    attribute_write("name", report->workflow, builder);
    text_builder_print(builder,
                       " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"0\""
                       " skipped=\"%" PRIu64 "\" time=\"%" PRId64 ".%03d\">\n",
                       sums.tests, sums.failures, sums.skipped, ms / 1000, (int)(ms % 1000));
}

void junit_write(const struct report *report, struct text_builder *builder)
{
    suite_begin(report, builder);
    for (size_t i = 0; i < report->case_count; i++) {
        case_write(report, &report->cases[i], builder);
    }
    for (size_t i = 0; i < report->finding_count; i++) {
        if (!finding_has_case(report, &report->findings[i])) {
            finding_case_write(report, &report->findings[i], builder);
        }
    }
    for (size_t i = 0; i < report->failure_count; i++) {
        seed_case_write(report, &report->failures[i], builder);
    }
    text_builder_append_terminated(builder, "  </testsuite>\n</testsuites>\n");
}
