/* SPDX-License-Identifier: Apache-2.0 */
/* explore.c - the search behind cloacina_explore(), and its verdict.
 *
 *   token   replay in this process --> the story
 *   sweep, then seeds, in child processes --> the first finding --> shrink --> the story */
#include "explore.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/investigate.h"
#include "search/sweep.h"

enum { SEEDS_DEFAULT = 1000, SOMETIMES_RUNS_MIN = 100, MESSAGE_SIZE = 256 };

/* ---- the first finding ---- */

struct found {
    struct exploration *exploration;
    bool is_there;
    uint64_t run;
    struct search_finding finding;
    struct decision *decisions; /* in the exploration's arena */
    size_t count;
    enum cloacina_code code; /* of reading them */
};

static size_t lines_in(struct text tape)
{
    size_t count = 0;
    for (size_t i = 0; i < tape.length; i++) {
        count += tape.bytes[i] == '\n';
    }
    return count;
}

static enum cloacina_code tape_read(struct found *found, struct text tape)
{
    struct arena *arena = &found->exploration->arena;
    found->decisions = arena_take_zeroed(arena, lines_in(tape) + 1, sizeof(struct decision));
    if (found->decisions == NULL) {
        return CLOACINA_NO_MEMORY;
    }
    while (tape.length > 0) {
        const char *end = memchr(tape.bytes, '\n', tape.length);
        size_t length = end == NULL ? tape.length : (size_t)(end - tape.bytes);
        struct text line = {tape.bytes, length};
        enum cloacina_code code =
            decision_parse(line, arena, &found->decisions[found->count], NULL);
        if (code != CLOACINA_OK) {
            return code;
        }
        found->count++;
        length += end != NULL;
        tape.bytes += length;
        tape.length -= length;
    }
    return CLOACINA_OK;
}

static bool note_finding(void *user, uint64_t run, const struct search_finding *finding,
                         struct text tape)
{
    struct found *found = user;
    if (!found->is_there) {
        found->is_there = true;
        found->run = run;
        found->finding = *finding;
        found->code = tape_read(found, tape);
    }
    return false;
}

/* ---- runs in child processes ---- */

/* One phase of the search: `sweep` NULL is seeds. */
struct phase {
    struct found found; /* first: both hooks of the pool get this */
    struct sweep *sweep;
};

static enum cloacina_code run_one(void *user, uint64_t run, const struct search_setup *setup,
                                  struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    const struct phase *phase = user;
    const struct exploration *exploration = phase->found.exploration;
    if (phase->sweep != NULL) {
        return sweep_run(phase->sweep, run, setup, ret_outcome, err);
    }
    return search_seed(&exploration->subject, exploration->plan,
                       exploration->options->first_seed + run, setup, ret_outcome, err);
}

static struct pool_options pool_of(struct phase *phase)
{
    const struct cloacina_explore_options *options = phase->found.exploration->options;
    return (struct pool_options){
        .jobs = options->jobs,
        .budget_ns = options->budget_ms * 1000000,
        .stops_at_first = true,
        .run = run_one,
        .found = note_finding,
        .enter = isolate_enter,
        .user = phase,
    };
}

static bool is_fatal(const struct search_finding *finding)
{
    return strcmp(finding->id, "crash") == 0 || strcmp(finding->id, "hang") == 0 ||
           strcmp(finding->id, "assertion") == 0;
}

static enum cloacina_code tell(const struct phase *phase, struct cloacina_error *err)
{
    const struct found *found = &phase->found;
    struct exploration *exploration = found->exploration;
    const struct search_isolation isolation = {.enter = isolate_enter};
    struct token world;
    char origin[64];
    if (found->code != CLOACINA_OK || !exploration_token(exploration, &world)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "explore: no memory for a finding");
    }
    if (phase->sweep != NULL) {
        (void)snprintf(origin, sizeof(origin), "sweep, run %" PRIu64, found->run);
    } else {
        (void)snprintf(origin, sizeof(origin), "seed %" PRIu64,
                       exploration->options->first_seed + found->run);
    }
    const struct investigate asked = {
        .subject = &exploration->subject,
        .world = &world,
        .finding = &found->finding,
        .decisions = found->decisions,
        .decision_count = found->count,
        .count = 1,
        .origin = origin,
        .clock = cloacina_clock_system(),
        .is_isolated = is_fatal(&found->finding),
        .isolation = &isolation,
    };
    return investigate(&asked, &exploration->report, err);
}

static enum cloacina_code seek(struct phase *phase, uint64_t runs, struct pool_result *ret_result,
                               struct cloacina_error *err)
{
    struct pool_options pool = pool_of(phase);
    pool.runs = runs;
    enum cloacina_code code = pool_run(&pool, ret_result, err);
    return code == CLOACINA_OK && phase->found.is_there ? tell(phase, err) : code;
}

static enum cloacina_code seek_sweep(struct exploration *exploration,
                                     struct pool_result *ret_result, struct cloacina_error *err)
{
    struct sweep sweep;
    struct phase phase = {.found = {.exploration = exploration}, .sweep = &sweep};
    bool has_plan = exploration->options->faults != NULL || exploration->options->plan != NULL;
    enum cloacina_code code = sweep_begin(&sweep, &exploration->subject,
                                          has_plan ? exploration->plan : NULL, false, err);
    if (code == CLOACINA_OK) {
        code = seek(&phase, 0, ret_result, err);
        sweep_finish(&sweep);
    }
    return code;
}

/* ---- what must have been true at least once ---- */

/* The bit of a "sometimes" is its number among those. */
static enum cloacina_code judge_sometimes(struct exploration *exploration,
                                          const struct pool_result *seen,
                                          struct cloacina_error *err)
{
    uint64_t bit = 1;
    for (size_t i = 0; i < exploration->property_count; i++) {
        const struct cloacina_property *property = exploration->properties[i];
        if (property->type != CLOACINA_SOMETIMES) {
            continue;
        }
        if ((seen->properties_seen & bit) == 0) {
            return cloacina_error_raise(err, CLOACINA_FAILED,
                                        "sometimes \"%s\": not once in %" PRIu64 " runs",
                                        property->name, seen->runs);
        }
        bit <<= 1;
    }
    return CLOACINA_OK;
}

static enum cloacina_code search(struct exploration *exploration, struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    struct phase seeds = {.found = {.exploration = exploration}};
    struct pool_result swept = {.runs = 0};
    struct pool_result result = {.runs = 0};
    enum cloacina_code code = options->sweep ? seek_sweep(exploration, &swept, err) : CLOACINA_OK;
    if (code != CLOACINA_OK || exploration->report.finding_count > 0) {
        return code;
    }
    code = seek(&seeds, options->seeds != 0 ? options->seeds : SEEDS_DEFAULT, &result, err);
    if (code != CLOACINA_OK || exploration->report.finding_count > 0) {
        return code;
    }
    result.properties_seen |= swept.properties_seen;
    result.runs += swept.runs;
    return result.runs < SOMETIMES_RUNS_MIN ? CLOACINA_OK
                                            : judge_sometimes(exploration, &result, err);
}

/* ---- one token ---- */

/* In this process, so that a debugger can look. One that does not fail any more leaves no finding.
 */
static enum cloacina_code replay(struct exploration *exploration, const struct token *token,
                                 struct cloacina_error *err)
{
    struct search_outcome outcome;
    const struct search_setup setup = {.seed = 0};
    search_outcome_init(&outcome, exploration->subject.heap);
    size_t found;
    enum cloacina_code code = search_replay(&exploration->subject, token->decisions,
                                            token->decision_count, &setup, &outcome, &found, err);
    if (code == CLOACINA_OK && found < token->decision_count) {
        print_message("explore: %zu of %zu decisions found\n", found, token->decision_count);
    }
    if (code == CLOACINA_OK && outcome.finding.id != NULL) {
        const struct investigate asked = {
            .subject = &exploration->subject,
            .world = token,
            .finding = &outcome.finding,
            .decisions = token->decisions,
            .decision_count = token->decision_count,
            .count = 1,
            .origin = "token",
            .clock = cloacina_clock_system(),
        };
        code = investigate(&asked, &exploration->report, err);
    }
    search_outcome_finish(&outcome);
    return code;
}

static enum cloacina_code explore_token(struct exploration *exploration, const char *text,
                                        bool is_own, struct cloacina_error *err)
{
    struct token token;
    struct text workflow = text_of(exploration->subject.workflow);
    enum cloacina_code code = token_parse(text_of(text), &exploration->arena, &token, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, is_own ? "explore: token" : "CLOACINA_TOKEN");
    }
    if (text_equal(token.workflow, workflow)) {
        return replay(exploration, &token, err);
    }
    if (is_own) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "explore: the token is of workflow '%.*s', not of '%s'",
                                    TEXT_PRINT(token.workflow), exploration->subject.workflow);
    }
    print_message("explore: '%s' is passed over: CLOACINA_TOKEN is of '%.*s'\n",
                  exploration->subject.workflow, TEXT_PRINT(token.workflow));
    return CLOACINA_OK;
}

/* ---- the verdict ---- */

/* cmocka cuts what is longer than about a thousand bytes: line by line. */
static void print_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        for (size_t i = 0; i < length; i += 900) {
            size_t part = length - i < 900 ? length - i : 900;
            print_error("%.*s", (int)part, text + i);
        }
        print_error("\n");
        text += length + (text[length] == '\n');
    }
}

/* Prints the finding and writes the sentence that fails the test; false: there is none. */
static bool print_verdict(const struct exploration *exploration, char message[MESSAGE_SIZE])
{
    const struct report *report = &exploration->report;
    if (report->finding_count == 0) {
        return false;
    }
    const struct report_finding *finding = &report->findings[0];
    struct text_builder text;
    text_builder_init(&text, NULL);
    report_write_finding(finding, &text);
    print_lines(text_builder_terminated(&text));
    text_builder_reset(&text);
    text_builder_print(&text, "again:   CLOACINA_TOKEN=%s and this test", finding->token);
    print_lines(text_builder_terminated(&text));
    text_builder_finish(&text);
    (void)snprintf(message, MESSAGE_SIZE, "%s: %.200s", finding->finding.id,
                   finding->finding.message);
    return true;
}

/* False: the test has failed, and `message` says why; everything is freed. */
static bool explore(const struct cloacina_explore_options *options, char message[MESSAGE_SIZE])
{
    struct exploration exploration;
    struct cloacina_error err = {CLOACINA_OK, ""};
    const char *environment = getenv("CLOACINA_TOKEN");
    enum cloacina_code code = exploration_open(&exploration, options, &err);
    bool has_failed = false;
    if (code == CLOACINA_OK) {
        if (options->token != NULL) {
            code = explore_token(&exploration, options->token, true, &err);
        } else if (environment != NULL && environment[0] != '\0') {
            code = explore_token(&exploration, environment, false, &err);
        } else {
            code = search(&exploration, &err);
        }
        has_failed = code == CLOACINA_OK && print_verdict(&exploration, message);
        exploration_close(&exploration);
    }
    if (code != CLOACINA_OK) {
        (void)snprintf(message, MESSAGE_SIZE, "%.*s", MESSAGE_SIZE - 1, err.message);
    }
    return code == CLOACINA_OK && !has_failed;
}

void cloacina_explore_at(const struct cloacina_explore_options *options, const char *file, int line)
{
    char message[MESSAGE_SIZE];
    if (!explore(options, message)) {
        test_fail(NULL, place_of(file, line), "%s", message);
    }
}
